package awstest_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/acmdriver/acmtest"
	"github.com/peppercorn-go/peppercorn/provision/asgdriver"
	"github.com/peppercorn-go/peppercorn/provision/awsdrivers"
	"github.com/peppercorn-go/peppercorn/provision/awsdrivers/awstest"
	"github.com/peppercorn-go/peppercorn/provision/ec2driver"
	"github.com/peppercorn-go/peppercorn/provision/ec2driver/ec2test"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// deployer is the process whose calls are recorded.
const deployer = "deployer"

// neighbour is a name of another application that begins like ours, so that drivers must look whose it is.
const neighbour = "shopping-web-abcdefghijklm"

// everyCheck switches on what makes drivers call more than they must.
func everyCheck(o *awsdrivers.Options) {
	o.EC2 = append(o.EC2, func(o *ec2driver.Options) { o.StatusChecks = true })
}

// healthUnasked has nobody tell the driver of groups how their targets fare, so that it asks Auto Scaling.
func healthUnasked(o *awsdrivers.Options) {
	o.AutoScaling = append(o.AutoScaling, func(o *asgdriver.Options) { o.TargetHealth = nil })
}

// deployerOf is an engine whose calls are recorded.
func deployerOf(t *testing.T, cloud *awstest.Cloud, optFns ...func(*awsdrivers.Options)) *provision.Engine {
	t.Helper()
	cfg := cloud.Process(deployer).Config()
	engine, err := provision.NewEngine(driversOf(cloud, deployer, optFns...), cloud.PaceEngine,
		func(o *provision.Options) { o.Place = awsdrivers.Place(cfg) })
	require.NoError(t, err)
	return engine
}

// A diversion is what happens to an environment besides its life, so that its driver makes calls that it makes only then.
type diversion struct {
	name      string
	blueprint func(*awstest.Cloud) *provision.Blueprint
	// before is done by hand before the first Apply, between between it and the second one.
	before, between func(context.Context, *testing.T, *awstest.Cloud)
	// fails says that the environment cannot be made, and falls that it cannot be made again after what happened between.
	fails, falls bool
	// options of the drivers.
	options []func(*awsdrivers.Options)
}

// single makes the blueprint of one node.
func single(spec provision.Spec) func(*awstest.Cloud) *provision.Blueprint {
	return func(*awstest.Cloud) *provision.Blueprint {
		var b provision.Blueprint
		b.Add("it", spec)
		return &b
	}
}

// diversions are those that the calls of the catalogue's lives lack.
var diversions = []diversion{
	{
		name: "a queue that somebody tags", blueprint: single(kinds.Queue{}),
		between: func(ctx context.Context, t *testing.T, cloud *awstest.Cloud) {
			client := sqs.NewFromConfig(cloud.Config())
			_, err := client.TagQueue(ctx, &sqs.TagQueueInput{QueueUrl: &queues(cloud)[0].ID, Tags: map[string]string{"cost": "42"}})
			require.NoError(t, err)
		},
	},
	{
		name: "a bucket with a key, and opened by hand", blueprint: single(kinds.Bucket{KMSKey: "arn:aws:kms:us-east-1:123456789012:key/shop"}),
		between: func(ctx context.Context, t *testing.T, cloud *awstest.Cloud) {
			client := s3.NewFromConfig(cloud.Config())
			_, err := client.DeletePublicAccessBlock(ctx, &s3.DeletePublicAccessBlockInput{Bucket: aws.String(buckets(cloud)[0].ID)})
			require.NoError(t, err)
		},
	},
	{
		name: "a group with an egress of its own, and in use",
		blueprint: single(kinds.SecurityGroup{
			Ingress: []kinds.Rule{kinds.TCP(80, "0.0.0.0/0")}, Egress: []kinds.Rule{kinds.TCP(443, "0.0.0.0/0")},
		}),
	},
	{
		name: "a database out of a snapshot",
		blueprint: single(kinds.Database{
			Engine: kinds.Postgres, Class: "db.t4g.micro", Snapshot: "yesterday",
		}),
		before: func(_ context.Context, t *testing.T, cloud *awstest.Cloud) {
			_, err := cloud.RDS.AddSnapshot("yesterday", kinds.Postgres, true)
			require.NoError(t, err)
		},
	},
	{
		name: "a container that does not start", fails: true,
		blueprint: func(cloud *awstest.Cloud) *provision.Blueprint {
			cloud.ECS.BreakImage("public.ecr.aws/shop/web:"+owner().Commit, "no such image")
			var b provision.Blueprint
			needsOfService(cloud, &b)(0, "it")
			return &b
		},
	},
	{
		name: "a database that RDS gives up", falls: true,
		blueprint: single(kinds.Database{Engine: kinds.Postgres, Class: "db.t4g.micro", StorageGiB: 20}),
		between: func(_ context.Context, t *testing.T, cloud *awstest.Cloud) {
			require.True(t, cloud.RDS.SetStatus(databases(cloud)[0].ID, "failed", "the volume is gone"))
		},
	},
	{
		name: "a cache that ElastiCache gives up", falls: true,
		blueprint: single(kinds.Cache{NodeType: "cache.t4g.micro", SubnetGroup: "default"}),
		between: func(_ context.Context, t *testing.T, cloud *awstest.Cloud) {
			require.True(t, cloud.ElastiCache.SetStatus(caches(cloud)[0].ID, "create-failed", "no capacity"))
		},
	},
	{
		name: "an instance with all that it can name",
		blueprint: func(*awstest.Cloud) *provision.Blueprint {
			var b provision.Blueprint
			network := kinds.AddExistingNetwork(&b, "network", kinds.ExistingNetwork{})
			group := kinds.AddSecurityGroup(&b, "group", kinds.SecurityGroup{VPC: network.ID()})
			kinds.AddInstance(&b, "it", kinds.Instance{
				Image: ec2test.Linux, Type: "t3.micro", KeyName: "ops", SecurityGroups: []provision.Text{group.ID()},
			})
			return &b
		},
	},
	{
		name: "an instance in a VPC and a group of another", fails: true,
		blueprint: func(cloud *awstest.Cloud) *provision.Blueprint {
			return single(kinds.Instance{
				Image: ec2test.Linux, Type: "t3.micro",
				SecurityGroups: []provision.Text{provision.Text(cloud.EC2.AddSecurityGroup("elsewhere", cloud.EC2.OtherVPC(), nil))},
			})(cloud)
		},
	},
	{name: "what is there already", before: addExisting, blueprint: existing},
	{name: "an image that nobody has pushed", fails: true, before: addExisting, blueprint: single(containerOf(sharedContainer + "2"))},
	{name: "a log group whose events are kept", blueprint: single(kinds.LogGroup{})},
	{
		name: "a network load balancer",
		blueprint: func(cloud *awstest.Cloud) *provision.Blueprint {
			var b provision.Blueprint
			lb := kinds.AddLoadBalancer(&b, "lb", kinds.LoadBalancer{Network: true, Subnets: subnets(cloud)})
			targets := kinds.AddTargetGroup(&b, "targets", kinds.TargetGroup{
				Protocol: "TCP", Port: 25, VPC: provision.Text(cloud.EC2.DefaultVPC()),
			})
			kinds.AddListener(&b, "port25", kinds.Listener{LoadBalancer: lb.ARN(), Protocol: "TCP", Port: 25, TargetGroup: targets.ARN()})
			return &b
		},
	},
	{name: "a group behind a load balancer", blueprint: groupStack},
	{name: "a group whose load balancer is not asked", blueprint: groupStack, options: []func(*awsdrivers.Options){healthUnasked}},
}

// recorded returns the calls of a deployer through the life of every kind, and all diversions. It records them once.
func recorded(t *testing.T) []awstest.Call {
	t.Helper()
	record.Do(func() {
		var lives []diversion
		for _, e := range catalogue {
			life := diversion{
				name:      string(e.kind),
				blueprint: func(cloud *awstest.Cloud) *provision.Blueprint { return e.blueprint(cloud, "it") },
			}
			if e.stranger != nil && e.goes == "" {
				life.before = func(ctx context.Context, t *testing.T, cloud *awstest.Cloud) {
					_, err := e.stranger(ctx, cloud, neighbour)
					require.NoError(t, err)
					time.Sleep(time.Minute) // it has been there for long enough to be listed
				}
			}
			lives = append(lives, life)
		}
		for _, d := range slices.Concat(lives, diversions) {
			synctest.Test(t, func(t *testing.T) {
				cloud := awstest.New(brief)
				d.live(t.Context(), t, cloud)
				for _, call := range cloud.Calls() {
					if call.Process == deployer && call.Service != "STS" { // who one is everybody may ask
						diary = append(diary, call)
					}
				}
			})
		}
	})
	require.NotEmpty(t, diary)
	return diary
}

var (
	record sync.Once
	diary  []awstest.Call
)

// live is the life of an environment: made, made again by somebody who does not know that it is there, looked at and taken down.
func (d diversion) live(ctx context.Context, t *testing.T, cloud *awstest.Cloud) {
	t.Helper()
	if d.before != nil {
		d.before(ctx, t, cloud)
	}
	engine := deployerOf(t, cloud, d.options...)
	b := d.blueprint(cloud)
	_, err := engine.Apply(ctx, owner(), b)
	require.Equal(t, d.fails, err != nil, "%s: %v", d.name, err)
	if d.between != nil {
		d.between(ctx, t, cloud)
	}
	if !d.fails {
		_, err = engine.Apply(ctx, owner(), b)
		require.Equal(t, d.falls, err != nil, "%s: %v", d.name, err)
	}
	states, err := engine.Find(ctx, owner())
	require.NoError(t, err)
	_, err = engine.Loses(ctx, states)
	require.NoError(t, err)
	_, err = engine.Destroy(ctx, owner())
	require.NoError(t, err, d.name)
}

// What an environment may refer to and does not make.
const (
	sharedImage     = "/images/web"
	sharedContainer = "123456789012.dkr.ecr.us-east-1.amazonaws.com/shop/web:v1"
)

// addExisting makes what [existing] looks up.
func addExisting(_ context.Context, t *testing.T, cloud *awstest.Cloud) {
	t.Helper()
	_, err := cloud.IAM.AddRole("shop")
	require.NoError(t, err)
	_, err = cloud.IAM.AddInstanceProfile("shop", "shop")
	require.NoError(t, err)
	_, err = cloud.ACM.AddCertificate(acmtest.Certificate{Domain: "*.shop.example.com"})
	require.NoError(t, err)
	_, err = cloud.SecretsManager.AddSecret("shop/stripe", "hush")
	require.NoError(t, err)
	_, err = cloud.ECR.Push("shop/web", "v1")
	require.NoError(t, err)
	_, err = cloud.SSM.AddParameter(sharedImage, ec2test.Linux, nil)
	require.NoError(t, err)
	_, err = cloud.RDS.AddSnapshot("yesterday", kinds.Postgres, true)
	require.NoError(t, err)
	cloud.RDS.AddParameterGroup("shop")
}

// containerOf is a task of an image in ECR.
func containerOf(image provision.Text) kinds.TaskDefinition {
	return kinds.TaskDefinition{
		ExecutionRole: "arn:aws:iam::123456789012:role/shop", Containers: []kinds.Container{{Name: "web", Image: image}},
	}
}

// existing looks up everything that can be.
func existing(cloud *awstest.Cloud) *provision.Blueprint {
	var b provision.Blueprint
	kinds.AddExistingNetwork(&b, "network", kinds.ExistingNetwork{})
	kinds.AddExistingImage(&b, "image", kinds.ExistingImage{Parameter: sharedImage})
	kinds.AddExistingRole(&b, "role", kinds.ExistingRole{Name: "shop"})
	kinds.AddExistingInstanceProfile(&b, "profile", kinds.ExistingInstanceProfile{Name: "shop"})
	kinds.AddExistingCertificate(&b, "certificate", kinds.ExistingCertificate{Domain: "www.shop.example.com"})
	kinds.AddExistingSecret(&b, "secret", kinds.ExistingSecret{Name: "shop/stripe"})
	kinds.AddExistingCluster(&b, "cluster", kinds.ExistingCluster{Name: cluster(cloud)})
	kinds.AddExistingSnapshot(&b, "snapshot", kinds.ExistingSnapshot{Name: "yesterday"})
	kinds.AddTaskDefinition(&b, "task", containerOf(sharedContainer))
	kinds.AddDatabase(&b, "db", kinds.Database{
		Engine: kinds.Postgres, EngineVersion: "17", Class: "db.t4g.micro", StorageGiB: 20, SubnetGroup: "default", ParameterGroup: "shop",
	})
	return &b
}
