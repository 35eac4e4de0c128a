package kinds_test

import (
	"fmt"
	"time"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

func Example() {
	var b provision.Blueprint
	dead := kinds.AddQueue(&b, "dead-letters", kinds.Queue{Retention: 14 * 24 * time.Hour})
	jobs := kinds.AddQueue(&b, "jobs", kinds.Queue{
		VisibilityTimeout: 5 * time.Minute,
		Redrive:           kinds.Redrive{Queue: dead.ARN(), MaxReceives: 5},
	})
	http := kinds.AddSecurityGroup(&b, "http", kinds.SecurityGroup{
		Ingress: []kinds.Rule{kinds.TCP(80, "0.0.0.0/0")},
	})
	web := kinds.AddInstance(&b, "web", kinds.Instance{
		Image:          "${{in.image}}",
		Type:           "t3.micro",
		SecurityGroups: []provision.Text{http.ID()},
		Environment:    map[string]provision.Text{"JOBS": jobs.URL()},
		Script:         "#!/bin/sh\nset -a; . /etc/peppercorn/env\nexec /opt/shop/serve\n",
	})
	b.Inputs = map[string]string{"image": "ami-0123456789abcdef0"}
	b.Entrance.Host = web.PublicDNS()

	fmt.Println(b.Validate())
	for _, node := range b.Nodes {
		fmt.Println(node.Name, node.Spec.Kind())
	}
	// Output:
	// <nil>
	// dead-letters sqs/queue
	// jobs sqs/queue
	// http ec2/security-group
	// web ec2/instance
}

func ExampleInstance_Validate() {
	err := kinds.Instance{Image: "ubuntu", Type: "t3.micro", Script: "echo hello"}.Validate()
	fmt.Println(err)
	// Output:
	// Image: "ubuntu" is not an id of the form ami-...
	// Script: does not start with "#!"; cloud-init would not run it
}

// Servers behind a load balancer: HTTPS from everywhere, and only the balancer reaches the servers.
func ExampleGroup() {
	var b provision.Blueprint
	net := kinds.AddExistingNetwork(&b, "net", kinds.ExistingNetwork{
		Tags: map[string]provision.Text{"Name": "production"}, SubnetTags: map[string]provision.Text{"tier": "public"}, OnePerZone: true,
	})
	image := kinds.AddExistingImage(&b, "image", kinds.ExistingImage{Owner: "amazon", Name: "al2023-ami-2023.*-kernel-6.1-arm64"})
	tls := kinds.AddExistingCertificate(&b, "tls", kinds.ExistingCertificate{Domain: "*.${{base}}"})
	profile := kinds.AddExistingInstanceProfile(&b, "profile", kinds.ExistingInstanceProfile{Name: "shop"})

	outside := kinds.AddSecurityGroup(&b, "outside", kinds.SecurityGroup{VPC: net.ID(), Ingress: []kinds.Rule{kinds.TCP(443, "0.0.0.0/0")}})
	inside := kinds.AddSecurityGroup(&b, "inside", kinds.SecurityGroup{
		VPC: net.ID(), Ingress: []kinds.Rule{{Protocol: "tcp", FromPort: 8080, Groups: []provision.Text{outside.ID()}}},
	})
	lb := kinds.AddLoadBalancer(&b, "lb", kinds.LoadBalancer{
		Subnets: []provision.Text{net.Subnets()}, SecurityGroups: []provision.Text{outside.ID()},
	})
	servers := kinds.AddTargetGroup(&b, "servers", kinds.TargetGroup{
		Port: 8080, VPC: net.ID(), HealthCheck: kinds.HealthCheck{Path: "/healthz", Interval: 10 * time.Second, Healthy: 2},
	})
	kinds.AddListener(&b, "https", kinds.Listener{LoadBalancer: lb.ARN(), Certificate: tls.ARN(), TargetGroup: servers.ARN()})

	template := kinds.AddLaunchTemplate(&b, "template", kinds.LaunchTemplate{
		Image: image.ID(), Type: "t4g.small", Profile: profile.Name(), SecurityGroups: []provision.Text{inside.ID()},
		Environment: map[string]provision.Text{"COMMIT": "${{commit}}"},
		Script:      "#!/bin/sh\nset -a; . /etc/peppercorn/env\nexec /opt/shop/serve\n",
	})
	kinds.AddGroup(&b, "web", kinds.Group{
		Template: template.ID(), Version: template.Version(), Subnets: []provision.Text{net.Subnets()}, Desired: 2, Max: 4,
		TargetGroups: []provision.Text{servers.ARN()},
	})
	b.Entrance = provision.Entrance{Host: lb.DNSName(), ZoneID: lb.ZoneID()}
	fmt.Println(b.Validate())
	// Output: <nil>
}

// Containers on Fargate. ECS puts the password into the container's variable; the library never sees it.
func ExampleService() {
	var b provision.Blueprint
	cluster := kinds.AddExistingCluster(&b, "cluster", kinds.ExistingCluster{Name: "production"})
	execution := kinds.AddExistingRole(&b, "execution", kinds.ExistingRole{Name: "ecs-execution"})
	db := kinds.AddExistingDatabase(&b, "db", kinds.ExistingDatabase{Name: "shared"})
	logs := kinds.AddLogGroup(&b, "logs", kinds.LogGroup{RetentionDays: 30, Disposable: true})
	task := kinds.AddTaskDefinition(&b, "task", kinds.TaskDefinition{
		ExecutionRole: execution.ARN(), LogGroup: logs.ARN(), CPU: 512, Architecture: kinds.TaskARM,
		Containers: []kinds.Container{{
			Name:        "web",
			Image:       "123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop:${{commit}}",
			Ports:       []int{8080},
			Environment: map[string]provision.Text{"DATABASE_HOST": db.Endpoint(), "DATABASE_PORT": db.Port()},
			Secrets:     map[string]provision.Secret{"DATABASE_PASSWORD": db.SecretARN() + ":password::"},
		}},
	})
	kinds.AddService(&b, "web", kinds.Service{
		Cluster: cluster.ARN(), TaskDefinition: task.ARN(), Count: 2, Subnets: []provision.Text{"subnet-0a1b", "subnet-2c3d"},
	})
	fmt.Println(b.Validate())
	// Output: <nil>
}

// A function finds out where its secret is, and reads it in a role of its own.
func ExampleFunction() {
	var b provision.Blueprint
	role := kinds.AddExistingRole(&b, "role", kinds.ExistingRole{Name: "shop-function"})
	key := kinds.AddExistingSecret(&b, "key", kinds.ExistingSecret{Name: "shop/payment-key"})
	jobs := kinds.AddQueue(&b, "jobs", kinds.Queue{})
	kinds.AddFunction(&b, "worker", kinds.Function{
		Image:       "123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop:${{commit}}",
		Role:        role.ARN(),
		Timeout:     time.Minute,
		Environment: map[string]provision.Text{"JOBS": jobs.URL()},
		Secrets:     map[string]provision.Secret{"PAYMENT_KEY_ARN": key.ARN()},
	})
	fmt.Println(b.Validate())
	// Output: <nil>
}

// What keeps data: the database is restored from what the last environment left, and stays when this one goes.
func ExampleDatabase() {
	var b provision.Blueprint
	latest := kinds.AddExistingSnapshot(&b, "latest", kinds.ExistingSnapshot{Node: "orders"})
	db := kinds.AddDatabase(&b, "orders", kinds.Database{
		Engine: kinds.Postgres, Class: "db.t4g.small", SubnetGroup: "private", MultiAZ: true, Snapshot: latest.ID(),
	}, provision.Keep)
	sessions := kinds.AddTable(&b, "sessions", kinds.Table{PartitionKey: kinds.TableKey{Name: "id"}})
	cache := kinds.AddCache(&b, "cache", kinds.Cache{NodeType: "cache.t4g.micro", SubnetGroup: "private"})
	uploads := kinds.AddBucket(&b, "uploads", kinds.Bucket{Versioned: true})
	settings := kinds.AddParameter(&b, "settings", kinds.Parameter{Value: "theme=dark"})
	kinds.AddInstance(&b, "web", kinds.Instance{
		Image: "ami-0123456789abcdef0", Type: "t4g.micro", Profile: "web", // whose role may read the secret
		Environment: map[string]provision.Text{
			"DATABASE_HOST": db.Endpoint(), "DATABASE_PORT": db.Port(), "SESSIONS": sessions.Name(), "CACHE": cache.Endpoint(),
			"UPLOADS": uploads.Name(), "SETTINGS": settings.Name(),
		},
		Secrets: map[string]provision.Secret{"DATABASE_SECRET": db.SecretARN()},
	})
	fmt.Println(b.Validate())
	// Output: <nil>
}

// An alarm tells people by mail, and software by a queue.
func ExampleAlarm() {
	var b provision.Blueprint
	incidents := kinds.AddQueue(&b, "incidents", kinds.Queue{})
	alerts := kinds.AddTopic(&b, "alerts", kinds.Topic{Subscriptions: []kinds.Subscription{
		{Protocol: kinds.ToEmail, Endpoint: "ops@example.com"},
		{Protocol: kinds.ToQueue, Endpoint: incidents.ARN(), Raw: true},
	}})
	jobs := kinds.AddQueue(&b, "jobs", kinds.Queue{})
	kinds.AddAlarm(&b, "stuck", kinds.Alarm{
		Description: "Nobody takes the jobs", Namespace: "AWS/SQS", Metric: "ApproximateAgeOfOldestMessage",
		Dimensions: map[string]provision.Text{"QueueName": jobs.Name()}, Statistic: "Maximum",
		Comparison: "GreaterThanThreshold", Threshold: 600, Evaluations: 3, AlarmActions: []provision.Text{alerts.ARN()},
	})
	fmt.Println(b.Validate())
	// Output: <nil>
}

// A secret that AWS makes up, and a policy that lets a role read it. In the tree, the reference to the secret is a
// provision.Secret, which says that this is the place for it.
func ExampleCloudControl() {
	var b provision.Blueprint
	secret := kinds.AddCloudControl(&b, "session-key", kinds.CloudControl{
		Type: kinds.CloudControlType{
			Name: "AWS::SecretsManager::Secret", NameProperty: "Name", SecretOutputs: []string{"Identifier"},
		},
		Properties: map[string]any{"GenerateSecretString": map[string]any{"PasswordLength": 64}},
	})
	kinds.AddCloudControl(&b, "read", kinds.CloudControl{
		Type: kinds.CloudControlType{
			Name: "AWS::IAM::ManagedPolicy", NameProperty: "ManagedPolicyName", Tags: kinds.TagList,
		},
		Properties: map[string]any{
			"Roles": []any{"shop"},
			"PolicyDocument": map[string]any{
				"Version": "2012-10-17",
				"Statement": []any{map[string]any{
					"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": secret.Secret("Identifier"),
				}},
			},
		},
	})
	fmt.Println(b.Validate())
	// Output: <nil>
}
