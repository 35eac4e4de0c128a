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
	"github.com/peppercorn-go/peppercorn/provision/ecsdriver/ecstest"
	"github.com/peppercorn-go/peppercorn/provision/elbdriver/elbtest"
	"github.com/peppercorn-go/peppercorn/provision/lambdadriver/lambdatest"
	"github.com/peppercorn-go/peppercorn/provision/rdsdriver/rdstest"
)

// random is what is different in each run: ids, names made of them, addresses, and times.
var random = regexp.MustCompile(`0[0-9a-f]{16}\b|/[0-9a-f]{16}\b|-\d+\.us-east-1\.elb|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|` +
	`(?i)db-[a-z2-7]{26}(-[a-z2-7]{6})?|\.[0-9a-z]+\.us-east-1\.(cache|rds)|\d+[.-]\d+[.-]\d+[.-]\d+|2000-01-\d\dT[0-9:.]*Z|9466\d{5}`)

// census is all that there is in the cloud, without what is different in each run and the bucket that was there before. It is empty for a new account.
func census(t *testing.T, cloud *awstest.Cloud) (all []string) {
	t.Helper()
	for _, things := range [][]any{
		list(cloud.EC2.SecurityGroups()), list(cloud.EC2.NetworkInterfaces()), list(cloud.EC2.Volumes()),
		list(cloud.EC2.LiveInstances()), list(cloud.EC2.LaunchTemplates()), list(cloud.AutoScaling.Groups()),
		list(cloud.ELB.Balancers()), list(cloud.ELB.TargetGroups()), list(cloud.ELB.Listeners()),
		list(liveRevisions(cloud)), list(liveServices(cloud)), list(cloud.Lambda.Functions()), list(cloud.CloudControl.Resources()),
		list(cloud.RDS.Instances()), list(cloud.ElastiCache.Groups()), list(cloud.DynamoDB.Tables()), list(madeBuckets(cloud)),
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

// liveRevisions are the task definitions that ECS has not begun to purge, which takes it an hour.
func liveRevisions(cloud *awstest.Cloud) []ecstest.Revision {
	return slices.DeleteFunc(cloud.ECS.Revisions(), func(r ecstest.Revision) bool { return r.Status == "DELETE_IN_PROGRESS" })
}

// liveServices are the services that have tasks, or may have.
func liveServices(cloud *awstest.Cloud) []ecstest.Service {
	return slices.DeleteFunc(cloud.ECS.Services(), func(s ecstest.Service) bool { return s.Status == "INACTIVE" })
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
			slack := float64(s.pauses) * 100
			require.InDelta(t, up[0], up[1], up[0]/10+slack)
			require.InDelta(t, down[0], down[1], down[0]/10+slack)
		})
	}
}

// brief makes short what lasts for minutes, and with it a matrix, of which every look of a poll is a row.
func brief(o *awstest.Options) {
	o.ELB = append(o.ELB, func(o *elbtest.Options) { o.Provision, o.Release = 20*time.Second, 10*time.Second })
	o.EC2 = append(o.EC2, func(o *ec2test.Options) { o.Shutdown = 10 * time.Second })
	o.ECS = append(o.ECS, func(o *ecstest.Options) { o.Start, o.Stop = 10*time.Second, 10*time.Second })
	o.Lambda = append(o.Lambda, func(o *lambdatest.Options) { o.PendingVPC, o.Release = 10*time.Second, 20*time.Second })
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
		stride = 11
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

// reads are the operations that change nothing.
var reads = regexp.MustCompile(`^(Describe|Get|List|Head)`)

// changes are the operations that changed something, in order of arrival.
func changes(cloud *awstest.Cloud) (ops []string) {
	for _, call := range cloud.Calls() {
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
