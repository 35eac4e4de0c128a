package awstest_test

import (
	"time"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/awsdrivers/awstest"
	"github.com/peppercorn-go/peppercorn/provision/ec2driver/ec2test"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// A stack is a blueprint that takes things of several services, whose ways of coming and going depend on each other.
type stack struct {
	name      string
	blueprint func(*awstest.Cloud) *provision.Blueprint
	// calls is how many an Apply and a Destroy make at least, so that a matrix of crashes has as many rows.
	calls int
	// snapshots are left when all else is gone.
	snapshots int
	// pauses is how many times it waits for a time that a service names. It reads the service's clock, off the Date of the answer,
	// which counts whole seconds however fast the cloud is.
	pauses int
}

// stacks are what the tests below go through.
var stacks = []stack{
	{"web behind a load balancer", webStack, 20, 0, 0},
	{"a group behind a load balancer", groupStack, 40, 0, 0},
	{"data", dataStack, 40, 1, 0},
	{"what watches a web application", watchStack, 25, 0, 0},
	{"containers behind a load balancer", containerStack, 50, 0, 0},
	{"functions and types without a kind", functionStack, 30, 0, 5},
}

// webStack is what a web application has in front of its servers.
func webStack(cloud *awstest.Cloud) *provision.Blueprint {
	var b provision.Blueprint
	addFront(cloud, &b)
	return &b
}

func addFront(cloud *awstest.Cloud, b *provision.Blueprint) (http kinds.SecurityGroupRef, servers kinds.TargetGroupRef) {
	http = kinds.AddSecurityGroup(b, "http", kinds.SecurityGroup{Description: "web", Ingress: []kinds.Rule{kinds.TCP(80, "0.0.0.0/0")}})
	lb := kinds.AddLoadBalancer(b, "lb", kinds.LoadBalancer{
		Subnets: subnets(cloud), SecurityGroups: []provision.Text{http.ID()}, IdleTimeout: 2 * time.Minute,
	})
	servers = kinds.AddTargetGroup(b, "servers", kinds.TargetGroup{
		Port: 8080, VPC: provision.Text(cloud.EC2.DefaultVPC()), DeregistrationDelay: 30 * time.Second,
	})
	kinds.AddListener(b, "port80", kinds.Listener{LoadBalancer: lb.ARN(), TargetGroup: servers.ARN()})
	b.Entrance.Host = lb.DNSName()
	return http, servers
}

// groupStack is a web application with its servers.
func groupStack(cloud *awstest.Cloud) *provision.Blueprint {
	var b provision.Blueprint
	http, servers := addFront(cloud, &b)
	inside := kinds.AddSecurityGroup(&b, "inside", kinds.SecurityGroup{
		Ingress: []kinds.Rule{{Protocol: "tcp", FromPort: 8080, Groups: []provision.Text{http.ID()}}},
	})
	template := kinds.AddLaunchTemplate(&b, "template", kinds.LaunchTemplate{
		Image: ec2test.Data, Type: "t3.micro", SecurityGroups: []provision.Text{inside.ID()},
	})
	kinds.AddGroup(&b, "web", kinds.Group{
		Template: template.ID(), Version: template.Version(), Subnets: subnets(cloud), Desired: 2,
		TargetGroups: []provision.Text{servers.ARN()},
	})
	return &b
}

// dataStack is what keeps data or passes it on.
func dataStack(*awstest.Cloud) *provision.Blueprint {
	var b provision.Blueprint
	jobs := kinds.AddQueue(&b, "jobs", kinds.Queue{})
	kinds.AddTopic(&b, "events", kinds.Topic{Subscriptions: []kinds.Subscription{{Protocol: kinds.ToQueue, Endpoint: jobs.ARN()}}})
	kinds.AddBucket(&b, "uploads", kinds.Bucket{Versioned: true})
	kinds.AddTable(&b, "sessions", kinds.Table{PartitionKey: kinds.TableKey{Name: "id"}})
	kinds.AddCache(&b, "cache", kinds.Cache{NodeType: "cache.t4g.micro", SubnetGroup: "default"})
	kinds.AddDatabase(&b, "db", kinds.Database{Engine: kinds.Postgres, Class: "db.t4g.micro", StorageGiB: 20})
	return &b
}

// watchStack is what tells how a web application fares.
func watchStack(cloud *awstest.Cloud) *provision.Blueprint {
	var b provision.Blueprint
	lb := kinds.AddLoadBalancer(&b, "lb", kinds.LoadBalancer{Subnets: subnets(cloud)})
	oncall := kinds.AddTopic(&b, "oncall", kinds.Topic{})
	kinds.AddAlarm(&b, "errors", kinds.Alarm{
		Namespace: "AWS/ApplicationELB", Metric: "HTTPCode_ELB_5XX_Count",
		Dimensions: map[string]provision.Text{"LoadBalancer": lb.FullName()},
		Statistic:  "Sum", Comparison: "GreaterThanThreshold", Threshold: 10, MissingData: "notBreaching",
		AlarmActions: []provision.Text{oncall.ARN()},
	})
	logs := kinds.AddLogGroup(&b, "logs", kinds.LogGroup{RetentionDays: 30, Disposable: true})
	kinds.AddParameter(&b, "where", kinds.Parameter{Value: logs.Name()})
	return &b
}

// containerStack is a web application whose servers are containers.
func containerStack(cloud *awstest.Cloud) *provision.Blueprint {
	var b provision.Blueprint
	http := kinds.AddSecurityGroup(&b, "http", kinds.SecurityGroup{Ingress: []kinds.Rule{kinds.TCP(80, "0.0.0.0/0")}})
	inside := kinds.AddSecurityGroup(&b, "inside", kinds.SecurityGroup{
		Ingress: []kinds.Rule{{Protocol: "tcp", FromPort: 8080, Groups: []provision.Text{http.ID()}}},
	})
	lb := kinds.AddLoadBalancer(&b, "lb", kinds.LoadBalancer{Subnets: subnets(cloud), SecurityGroups: []provision.Text{http.ID()}})
	tasks := kinds.AddTargetGroup(&b, "tasks", kinds.TargetGroup{
		Port: 8080, VPC: provision.Text(cloud.EC2.DefaultVPC()), TargetType: "ip", DeregistrationDelay: 30 * time.Second,
	})
	port80 := kinds.AddListener(&b, "port80", kinds.Listener{LoadBalancer: lb.ARN(), TargetGroup: tasks.ARN()})
	logs := kinds.AddLogGroup(&b, "logs", kinds.LogGroup{RetentionDays: 30, Disposable: true})
	task := kinds.AddTaskDefinition(&b, "task", kinds.TaskDefinition{
		ExecutionRole: roleNamed(cloud, "ecs-execution"), LogGroup: logs.ARN(),
		Containers: []kinds.Container{{Name: "web", Image: "public.ecr.aws/shop/web:${{commit}}", Ports: []int{8080}}},
	})
	kinds.AddService(&b, "web", kinds.Service{
		Cluster: cluster(cloud), TaskDefinition: task.ARN(), Count: 2, Subnets: subnets(cloud), SecurityGroups: []provision.Text{inside.ID()},
		Targets: []kinds.ServiceTarget{{Group: tasks.ARN(), Container: "web", Port: 8080}},
	}, provision.After(port80))
	b.Entrance.Host = lb.DNSName()
	return &b
}

// functionStack is an application without servers, one of whose parts has no kind.
func functionStack(cloud *awstest.Cloud) *provision.Blueprint {
	var b provision.Blueprint
	images := kinds.AddCloudControl(&b, "images", kinds.CloudControl{Type: repository})
	group := kinds.AddSecurityGroup(&b, "out", kinds.SecurityGroup{})
	logs := kinds.AddLogGroup(&b, "logs", kinds.LogGroup{RetentionDays: 30, Disposable: true})
	kinds.AddFunction(&b, "api", kinds.Function{
		Role: roleNamed(cloud, "shop"), URL: kinds.PublicURL,
		Zip:     code(cloud),
		Subnets: subnets(cloud), SecurityGroups: []provision.Text{group.ID()}, LogGroup: logs.Name(),
		Environment: map[string]provision.Text{"IMAGES": images.Attribute("RepositoryUri")},
	})
	return &b
}

// repository is a resource type that has no kind of its own.
var repository = kinds.CloudControlType{
	Name: "AWS::ECR::Repository", NameProperty: "RepositoryName", NameIsIdentifier: true,
	Attributes: map[string]provision.Type{"RepositoryUri": provision.TextType},
}

// cluster makes sure that there is one for containers.
func cluster(cloud *awstest.Cloud) provision.Text {
	const name = "production"
	if _, err := cloud.ECS.AddCluster(name); err != nil {
		panic(err) // a constant that ECS refuses
	}
	return name
}

// subnets are two of the default VPC, in different zones.
func subnets(cloud *awstest.Cloud) []provision.Text {
	ids := cloud.EC2.Subnets(cloud.EC2.DefaultVPC())
	return []provision.Text{provision.Text(ids[0]), provision.Text(ids[1])}
}
