package awstest_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/awsdrivers/awstest"
	"github.com/peppercorn-go/peppercorn/provision/cachedriver/cachetest"
	"github.com/peppercorn-go/peppercorn/provision/ec2driver/ec2test"
	"github.com/peppercorn-go/peppercorn/provision/elbdriver/elbtest"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
	"github.com/peppercorn-go/peppercorn/provision/rdsdriver/rdstest"
)

// A stack is a blueprint that takes things of several services, whose ways of coming and going depend on each other.
type stack struct {
	name      string
	blueprint func(*awstest.Cloud) *provision.Blueprint
	// calls is how many an Apply and a Destroy make at least, so that a matrix of crashes has as many rows.
	calls int
	// snapshots are left when all else is gone.
	snapshots int
}

// stacks are what the tests below go through.
var stacks = []stack{
	{"web behind a load balancer", webStack, 20, 0},
	{"a group behind a load balancer", groupStack, 40, 0},
	{"data", dataStack, 40, 1},
	{"what watches a web application", watchStack, 25, 0},
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

// subnets are two of the default VPC, in different zones.
func subnets(cloud *awstest.Cloud) []provision.Text {
	ids := cloud.EC2.Subnets(cloud.EC2.DefaultVPC())
	return []provision.Text{provision.Text(ids[0]), provision.Text(ids[1])}
}

// random is what is different in each run: ids, names made of them, addresses, and times.
var random = regexp.MustCompile(`0[0-9a-f]{16}\b|/[0-9a-f]{16}\b|-\d+\.us-east-1\.elb|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|` +
	`(?i)db-[a-z2-7]{26}(-[a-z2-7]{6})?|\.[0-9a-z]+\.us-east-1\.(cache|rds)|\d+[.-]\d+[.-]\d+[.-]\d+|2000-01-\d\dT[0-9:.]*Z|9466\d{5}`)

// census is all that there is in the cloud, without what is different in each run. It is empty for a new account.
func census(t *testing.T, cloud *awstest.Cloud) (all []string) {
	t.Helper()
	for _, things := range [][]any{
		list(cloud.EC2.SecurityGroups()), list(cloud.EC2.NetworkInterfaces()), list(cloud.EC2.Volumes()),
		list(cloud.EC2.LiveInstances()), list(cloud.EC2.LaunchTemplates()), list(cloud.AutoScaling.Groups()),
		list(cloud.ELB.Balancers()), list(cloud.ELB.TargetGroups()), list(cloud.ELB.Listeners()),
		list(cloud.RDS.Instances()), list(cloud.ElastiCache.Groups()), list(cloud.DynamoDB.Tables()), list(cloud.S3.Buckets()),
		list(cloud.SNS.Topics()), list(cloud.SNS.Subscriptions()), list(cloud.SQS.Queues()),
		list(cloud.SSM.Parameters()), list(cloud.CloudWatch.Alarms()), list(cloud.Logs.Groups()),
	} {
		for _, thing := range things {
			text, err := json.Marshal(thing)
			require.NoError(t, err)
			all = append(all, fmt.Sprintf("%T %s", thing, random.ReplaceAll(text, []byte("*"))))
		}
	}
	slices.Sort(all)
	return all
}

func list[T any](things []T) []any {
	all := make([]any, len(things))
	for i := range things {
		all[i] = things[i]
	}
	return all
}

// outputs are those of an environment, without what is different in each run.
func outputs(applied provision.Applied) (all []string) {
	for _, s := range applied.States {
		all = append(all, random.ReplaceAllString(fmt.Sprint(s.Node, s.Kind, s.Name, s.Outputs), "*"))
	}
	return all
}

func TestCrashAtEveryCallOfApply(t *testing.T) {
	for _, s := range stacks {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			var want, wantOutputs []string
			synctest.Test(t, func(t *testing.T) {
				cloud := awstest.New(brief)
				applied, err := engineOf(t, cloud, cloud.Config(), unhurried).Apply(t.Context(), owner(), s.blueprint(cloud))
				require.NoError(t, err)
				want, wantOutputs = census(t, cloud), outputs(applied)
			})
			everyCall(t, s.calls, func(t *testing.T, cloud *awstest.Cloud, first *awstest.Process) error {
				_, err := engineOf(t, cloud, first.Config(), unhurried).Apply(t.Context(), owner(), s.blueprint(cloud))
				applied, again := engineOf(t, cloud, cloud.Process("second").Config(), unhurried).Apply(t.Context(), owner(), s.blueprint(cloud))
				require.NoError(t, again)
				require.Equal(t, want, census(t, cloud), "the same things, and nothing else")
				require.Equal(t, wantOutputs, outputs(applied))
				return err
			})
		})
	}
}

func TestCrashAtEveryCallOfDestroy(t *testing.T) {
	for _, s := range stacks {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			everyCall(t, s.calls, func(t *testing.T, cloud *awstest.Cloud, first *awstest.Process) error {
				second := engineOf(t, cloud, cloud.Process("second").Config(), unhurried)
				_, err := second.Apply(t.Context(), owner(), s.blueprint(cloud))
				require.NoError(t, err)
				_, err = engineOf(t, cloud, first.Config(), unhurried).Destroy(t.Context(), owner())
				_, again := second.Destroy(t.Context(), owner())
				require.NoError(t, again)
				require.Empty(t, census(t, cloud), "nothing is left")
				require.Len(t, cloud.RDS.Snapshots(), s.snapshots)
				return err
			})
		})
	}
}

// unhurried has an engine look less often, for the same reason as [brief].
func unhurried(o *provision.Options) { o.Poll = 5 * time.Second }

// A cloud that is a hundred times as fast is that in every service, and so are the drivers.
func TestScaleHoldsForEveryStack(t *testing.T) {
	for _, s := range stacks {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			var up, down []float64 // seconds of AWS's time
			for _, scale := range []float64{1, 100} {
				inBubble(t, func(ctx context.Context, t *testing.T, cloud *awstest.Cloud) {
					engine := engineOf(t, cloud, cloud.Config())
					start := time.Now()
					_, err := engine.Apply(ctx, owner(), s.blueprint(cloud))
					require.NoError(t, err)
					up = append(up, time.Since(start).Seconds()*scale)
					start = time.Now()
					_, err = engine.Destroy(ctx, owner())
					require.NoError(t, err)
					down = append(down, time.Since(start).Seconds()*scale)
				}, func(o *awstest.Options) { o.Scale = scale })
			}
			t.Logf("up in %.0f s, down in %.0f s; if a hundred times as fast %.0f s and %.0f s", up[0], down[0], up[1], down[1])
			require.InEpsilon(t, up[0], up[1], 0.1)
			require.InEpsilon(t, down[0], down[1], 0.1)
		})
	}
}

// brief makes short what lasts for minutes, and with it a matrix, of which every look of a poll is a row.
func brief(o *awstest.Options) {
	o.ELB = append(o.ELB, func(o *elbtest.Options) { o.Provision, o.Release = 20*time.Second, 10*time.Second })
	o.EC2 = append(o.EC2, func(o *ec2test.Options) { o.Shutdown = 10 * time.Second })
	o.ElastiCache = append(o.ElastiCache, func(o *cachetest.Options) { o.Creation, o.Deletion = 30*time.Second, 20*time.Second })
	o.RDS = append(o.RDS, func(o *rdstest.Options) {
		o.Creation, o.Backup, o.Snapshot, o.Deletion = 30*time.Second, 10*time.Second, 10*time.Second, 20*time.Second
	})
}

// everyCall kills the process that it gives to run at its first call, its second, and so on until it survives, before and after the effect.
// run returns what that process was told. With -short, most calls are left out.
func everyCall(t *testing.T, least int, run func(*testing.T, *awstest.Cloud, *awstest.Process) error) {
	stride := 1
	if testing.Short() {
		stride = 7
		t.Logf("-short: only every %dth call", stride)
	}
	for _, when := range []awstest.When{awstest.Before, awstest.After} {
		call := 1
		for crashed := true; crashed; call += stride {
			synctest.Test(t, func(t *testing.T) {
				cloud := awstest.New(brief)
				first := cloud.Process("first")
				first.CrashAt(call, when)
				err := run(t, cloud, first)
				if crashed = first.Crashed(); crashed {
					require.ErrorIs(t, err, awstest.ErrCrashed, "%v call %d", when, call)
				} else {
					require.NoError(t, err)
				}
			})
			if t.Failed() {
				t.Fatalf("killed %v call %d", when, call)
			}
		}
		require.Greater(t, call, least, "the matrix has as many rows as there are calls")
	}
}

// journal records the steps of one engine.
type journal []provision.Step

func (j *journal) apply(o *provision.ApplyOptions)     { o.Observe = j.add }
func (j *journal) destroy(o *provision.DestroyOptions) { o.Observe = j.add }
func (j *journal) add(s provision.Step)                { *j = append(*j, s) }

// at is when a node came to a phase for the first time.
func (j journal) at(t *testing.T, phase provision.Phase, node string) time.Time {
	t.Helper()
	i := slices.IndexFunc(j, func(s provision.Step) bool { return s.Phase == phase && s.Node == node })
	require.GreaterOrEqual(t, i, 0, "%s never was %s: %v", node, phase, j)
	return j[i].At
}

// order is the nodes in the order in which they came to a phase.
func (j journal) order(phase provision.Phase) (nodes []string) {
	steps := slices.Clone(j)
	slices.SortStableFunc(steps, func(a, b provision.Step) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Node, b.Node)) })
	for _, s := range steps {
		if s.Phase == phase {
			nodes = append(nodes, s.Node)
		}
	}
	return nodes
}

// changes are the operations that changed something, in order of arrival.
func changes(cloud *awstest.Cloud) (ops []string) {
	for _, call := range cloud.Calls() {
		reads := regexp.MustCompile(`^(Describe|Get|List|Head)`)
		if call.Effect && !reads.MatchString(call.Op) {
			ops = append(ops, call.Op)
		}
	}
	return ops
}

// inBubble runs a test in virtual time.
func inBubble(t *testing.T, test func(ctx context.Context, t *testing.T, cloud *awstest.Cloud), optFns ...func(*awstest.Options)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { test(t.Context(), t, awstest.New(optFns...)) })
}
