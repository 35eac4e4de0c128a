package awstest_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/awsdrivers"
	"github.com/peppercorn-go/peppercorn/provision/awsdrivers/awstest"
	"github.com/peppercorn-go/peppercorn/provision/ec2driver/ec2test"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// This file is one table of the whole catalogue, for tests of what must hold for every kind. They range over it with
// [forEveryKind], make what an entry says with [entry.blueprint] and [engineOf], and look at what is there with [entry.things].
// What somebody else may have in the way of ours is in [entry.stranger], see strangers_test.go. A new kind is one more entry;
// [TestTheCatalogueIsWhole] fails until there is one.

// An entry is a kind of the catalogue, and how to make and to see it.
type entry struct {
	kind provision.Kind
	// needs adds what the nodes of the kind need, and returns what adds one of them: the i-th, of that name.
	needs func(cloud *awstest.Cloud, b *provision.Blueprint) (add func(i int, node string))
	// things are what the service has of the kind, whoever made it.
	things func(cloud *awstest.Cloud) []thing
	// stranger makes somebody else's thing of that name, and returns its id. Nil if none can be in the way of ours.
	stranger func(ctx context.Context, cloud *awstest.Cloud, name string) (id string, err error)
	// noStranger says why there is no stranger.
	noStranger string
	// goes says why the stranger's thing goes when ours do, if it does.
	goes string
}

// A thing is what a simulated service has, by the id that a driver's State has.
type thing struct {
	ID   string
	Tags map[string]string
}

// blueprint is a minimal one with these nodes of the kind, which are its last. Without any it has only what they need.
func (e entry) blueprint(cloud *awstest.Cloud, nodes ...string) *provision.Blueprint {
	var b provision.Blueprint
	add := e.needs(cloud, &b)
	for i, node := range nodes {
		add(i, node)
	}
	return &b
}

// forEveryKind runs a test for each entry, in virtual time and in a cloud of its own.
func forEveryKind(t *testing.T, test func(ctx context.Context, t *testing.T, cloud *awstest.Cloud, e entry), optFns ...func(*awstest.Options)) {
	t.Helper()
	for _, e := range catalogue {
		t.Run(string(e.kind), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { test(t.Context(), t, awstest.New(optFns...), e) })
		})
	}
}

// A new kind is an entry here as well, or no test of this directory goes near it.
func TestTheCatalogueIsWhole(t *testing.T) {
	t.Parallel()
	var made, listed []provision.Kind
	for _, d := range awsdrivers.All(awstest.New().Config(), ofAllTypes) {
		made = append(made, d.Kinds()...)
	}
	for _, e := range catalogue {
		listed = append(listed, e.kind)
		require.Equal(t, e.stranger == nil, e.noStranger != "", "%s: either a stranger, or why there is none", e.kind)
		b := e.blueprint(awstest.New(), "it")
		require.NoError(t, b.Validate(), e.kind)
		last := b.Nodes[len(b.Nodes)-1]
		require.Equal(t, e.kind, last.Spec.Kind(), "the last node is of the kind")
		require.Equal(t, "it", last.Name)
	}
	require.ElementsMatch(t, made, listed)
}

// alone is for kinds that need nothing else.
func alone[S provision.Spec](spec S) func(*awstest.Cloud, *provision.Blueprint) func(int, string) {
	return func(_ *awstest.Cloud, b *provision.Blueprint) func(int, string) {
		return func(_ int, node string) { b.Add(node, spec) }
	}
}

// catalogue has every kind that awsdrivers.All makes.
var catalogue = []entry{
	{
		kind:     kinds.SecurityGroupKind,
		needs:    alone(kinds.SecurityGroup{Ingress: []kinds.Rule{kinds.TCP(80, "0.0.0.0/0")}}),
		things:   securityGroups,
		stranger: strangersSecurityGroup,
	},
	{
		kind:       kinds.InstanceKind,
		needs:      alone(kinds.Instance{Image: ec2test.Linux, Type: "t3.micro"}),
		things:     instances,
		noStranger: "RunInstances is idempotent by its client token; instances have no names",
	},
	{
		kind:     kinds.LaunchTemplateKind,
		needs:    alone(kinds.LaunchTemplate{Image: ec2test.Linux, Type: "t3.micro"}),
		things:   launchTemplates,
		stranger: strangersLaunchTemplate,
	},
	{kind: kinds.GroupKind, needs: needsOfGroup, things: groups, stranger: strangersGroup},
	{kind: kinds.LoadBalancerKind, needs: needsOfLoadBalancer, things: loadBalancers, stranger: strangersLoadBalancer},
	{kind: kinds.TargetGroupKind, needs: needsOfTargetGroup, things: targetGroups, stranger: strangersTargetGroup},
	{
		kind: kinds.ListenerKind, needs: needsOfListener, things: listeners, stranger: strangersListener,
		goes: "listeners go with their balancer, which is ours",
	},
	{
		kind:     kinds.TaskDefinitionKind,
		needs:    alone(task),
		things:   taskDefinitions,
		stranger: strangersTaskDefinition,
	},
	{kind: kinds.ServiceKind, needs: needsOfService, things: services, stranger: strangersService},
	{
		kind: kinds.FunctionKind,
		needs: func(cloud *awstest.Cloud, b *provision.Blueprint) func(int, string) {
			return func(_ int, node string) {
				kinds.AddFunction(b, node, kinds.Function{Role: roleNamed(cloud, "shop"), Zip: code(cloud), URL: kinds.PublicURL})
			}
		},
		things:   functions,
		stranger: strangersFunction,
	},
	{
		kind:     kinds.DatabaseKind,
		needs:    alone(kinds.Database{Engine: kinds.Postgres, Class: "db.t4g.micro", StorageGiB: 20}),
		things:   databases,
		stranger: strangersDatabase,
	},
	{
		kind:     kinds.CacheKind,
		needs:    alone(kinds.Cache{NodeType: "cache.t4g.micro", SubnetGroup: "default"}),
		things:   caches,
		stranger: strangersCache,
	},
	{
		kind:     kinds.TableKind,
		needs:    alone(kinds.Table{PartitionKey: kinds.TableKey{Name: "id"}}),
		things:   tables,
		stranger: strangersTable,
	},
	{kind: kinds.BucketKind, needs: alone(kinds.Bucket{Versioned: true}), things: buckets, stranger: strangersBucket},
	{kind: kinds.TopicKind, needs: needsOfTopic, things: topics, stranger: strangersTopic},
	{kind: kinds.QueueKind, needs: alone(kinds.Queue{}), things: queues, stranger: strangersQueue},
	{kind: kinds.ParameterKind, needs: alone(kinds.Parameter{Value: "blue"}), things: parameters, stranger: strangersParameter},
	{
		kind: kinds.AlarmKind,
		needs: alone(kinds.Alarm{
			Namespace: "AWS/SQS", Metric: "ApproximateAgeOfOldestMessage", Statistic: "Maximum", Comparison: "GreaterThanThreshold", Threshold: 60,
		}),
		things:   alarms,
		stranger: strangersAlarm,
	},
	{
		kind:     kinds.LogGroupKind,
		needs:    alone(kinds.LogGroup{RetentionDays: 30, Disposable: true}),
		things:   logGroups,
		stranger: strangersLogGroup,
	},
	{
		kind:     kinds.CloudControlKind,
		needs:    alone(kinds.CloudControl{Type: repository}),
		things:   resources,
		stranger: strangersResource,
	},
}

func needsOfGroup(cloud *awstest.Cloud, b *provision.Blueprint) func(int, string) {
	template := kinds.AddLaunchTemplate(b, "template", kinds.LaunchTemplate{Image: ec2test.Linux, Type: "t3.micro"})
	return func(_ int, node string) {
		kinds.AddGroup(b, node, kinds.Group{Template: template.ID(), Version: template.Version(), Subnets: subnets(cloud), Desired: 1})
	}
}

func needsOfLoadBalancer(cloud *awstest.Cloud, b *provision.Blueprint) func(int, string) {
	return func(_ int, node string) { kinds.AddLoadBalancer(b, node, kinds.LoadBalancer{Subnets: subnets(cloud)}) }
}

func needsOfTargetGroup(cloud *awstest.Cloud, b *provision.Blueprint) func(int, string) {
	return func(_ int, node string) {
		kinds.AddTargetGroup(b, node, kinds.TargetGroup{Port: 80, VPC: provision.Text(cloud.EC2.DefaultVPC())})
	}
}

// needsOfListener puts fifty listeners on each balancer, which is as many as it may have.
func needsOfListener(cloud *awstest.Cloud, b *provision.Blueprint) func(int, string) {
	const most = 50
	var lb kinds.LoadBalancerRef
	more := func(n int) {
		lb = kinds.AddLoadBalancer(b, fmt.Sprintf("lb%d", n), kinds.LoadBalancer{Subnets: subnets(cloud)})
	}
	more(0)
	return func(i int, node string) {
		if i > 0 && i%most == 0 {
			more(i / most)
		}
		kinds.AddListener(b, node, kinds.Listener{LoadBalancer: lb.ARN(), Port: 8000 + i%most, RedirectToHTTPS: true})
	}
}

// task is a small task definition.
var task = kinds.TaskDefinition{Containers: []kinds.Container{{Name: "web", Image: "public.ecr.aws/shop/web:${{commit}}", Ports: []int{8080}}}}

func needsOfService(cloud *awstest.Cloud, b *provision.Blueprint) func(int, string) {
	definition := kinds.AddTaskDefinition(b, "task", task)
	in := cluster(cloud)
	return func(_ int, node string) {
		kinds.AddService(b, node, kinds.Service{Cluster: in, TaskDefinition: definition.ARN(), Subnets: subnets(cloud)})
	}
}

// needsOfTopic makes topics that pass everything on to one queue: a subscription is a call of its own.
func needsOfTopic(_ *awstest.Cloud, b *provision.Blueprint) func(int, string) {
	jobs := kinds.AddQueue(b, "jobs", kinds.Queue{})
	return func(_ int, node string) {
		kinds.AddTopic(b, node, kinds.Topic{Subscriptions: []kinds.Subscription{{Protocol: kinds.ToQueue, Endpoint: jobs.ARN()}}})
	}
}

// thingsOf turns what a service has into things. What has no id is none.
func thingsOf[T any](all []T, one func(T) (id string, tags map[string]string)) []thing {
	var things []thing
	for _, a := range all {
		if id, tags := one(a); id != "" {
			things = append(things, thing{id, maps.Clone(tags)})
		}
	}
	return things
}

// tagsOf reads tags that are a list of one of the SDK's types.
func tagsOf[T any](list []T, one func(T) (key, value *string)) map[string]string {
	tags := map[string]string{}
	for _, t := range list {
		key, value := one(t)
		tags[aws.ToString(key)] = aws.ToString(value)
	}
	return tags
}

// owned are the things that carry the tags of an owner's node.
func owned(things []thing, o provision.Owner, node string) []thing {
	return slices.DeleteFunc(slices.Clone(things), func(th thing) bool {
		_, of, _, ok := provision.ParseTags(th.Tags)
		return !ok || of != node || !o.Matches(th.Tags)
	})
}
