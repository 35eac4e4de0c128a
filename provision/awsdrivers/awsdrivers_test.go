package awsdrivers_test

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/awsdrivers"
	"github.com/peppercorn-go/peppercorn/provision/awsdrivers/awstest"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
	"github.com/peppercorn-go/peppercorn/provision/sqsdriver"
)

// driverOf picks the driver of a kind.
func driverOf(t *testing.T, drivers []provision.Driver, kind provision.Kind) provision.Driver {
	t.Helper()
	i := slices.IndexFunc(drivers, func(d provision.Driver) bool { return slices.Contains(d.Kinds(), kind) })
	require.GreaterOrEqual(t, i, 0, "no driver for %s", kind)
	return drivers[i]
}

func queue(node string) provision.Call {
	return provision.Call{
		Owner: provision.Owner{Registry: "r3g1", Base: "shop.example.com", App: "shop", Env: "1f0c9d3ab2e4", Attempt: "a1"},
		Node:  node,
		Spec:  kinds.Queue{},
	}
}

// A new kind is one here as well.
func TestAllHasADriverForEveryKind(t *testing.T) {
	t.Parallel()
	drivers := awsdrivers.All(awstest.New().Config(), func(o *awsdrivers.Options) {
		o.CloudControlTypes = []kinds.CloudControlType{{Name: "AWS::ECR::Repository"}}
	})
	all := []provision.Kind{
		kinds.SecurityGroupKind, kinds.InstanceKind, kinds.LaunchTemplateKind, kinds.GroupKind,
		kinds.LoadBalancerKind, kinds.TargetGroupKind, kinds.ListenerKind,
		kinds.TaskDefinitionKind, kinds.ServiceKind, kinds.FunctionKind,
		kinds.DatabaseKind, kinds.CacheKind, kinds.TableKind, kinds.BucketKind, kinds.TopicKind, kinds.QueueKind,
		kinds.ParameterKind, kinds.AlarmKind, kinds.LogGroupKind, kinds.CloudControlKind,
	}
	made := 0
	for _, d := range drivers {
		made += len(d.Kinds())
	}
	require.Equal(t, len(all), made, "what is made and not listed here is not tested")
	for _, kind := range all {
		driverOf(t, drivers, kind)
	}
	_, err := provision.NewEngine(drivers)
	require.NoError(t, err, "no kind has two drivers")
	require.Len(t, awsdrivers.All(awstest.New().Config()), len(drivers)-1, "Cloud Control must be told its types")
}

// halfThrottled refuses every second attempt at each call. Which ones depends on the call and not on the order in which
// goroutines come, so every run is the same.
func halfThrottled(cloud *awstest.Cloud) {
	cloud.Inject(awstest.Fault{Kind: awstest.Throttle, Match: func(call *awstest.Call) bool {
		h := fnv.New32a()
		switch in := call.Input.(type) {
		case *sqs.CreateQueueInput:
			fmt.Fprint(h, *in.QueueName)
		case *sqs.ListQueueTagsInput:
			fmt.Fprint(h, *in.QueueUrl)
		case *sqs.GetQueueAttributesInput:
			fmt.Fprint(h, *in.QueueUrl)
		}
		fmt.Fprint(h, call.Op, call.Attempt)
		return h.Sum32()>>7&1 == 0
	}})
}

// together makes n queues at the same time and returns what went wrong.
func together(t *testing.T, d provision.Driver, n int) (errs []error) {
	t.Helper()
	var (
		wait sync.WaitGroup
		mu   sync.Mutex
	)
	for i := range n {
		wait.Go(func() {
			s, err := d.Create(t.Context(), queue(fmt.Sprintf("q%d", i)))
			if err == nil {
				_, err = d.Await(t.Context(), s)
			}
			if err != nil {
				mu.Lock()
				defer mu.Unlock()
				errs = append(errs, err)
			}
		})
	}
	wait.Wait()
	return errs
}

func TestTwoHundredCreatesSurviveThrottling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := awstest.New()
		halfThrottled(cloud)
		d := driverOf(t, awsdrivers.All(cloud.Config()), kinds.QueueKind)
		require.Empty(t, together(t, d, 200))
		require.Len(t, cloud.SQS.Queues(), 200)
		throttled := 0
		for _, call := range cloud.Calls() {
			if call.Err != nil {
				throttled++
			}
		}
		require.Greater(t, throttled, len(cloud.Calls())/3, "the test must throttle, or it shows nothing")
	})
}

// Without the retryer of this package the same deployment fails, and with an error that blames the client.
func TestTheDefaultRetryerDoesNotSurvive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := awstest.New()
		halfThrottled(cloud)
		errs := together(t, sqsdriver.New(sqs.NewFromConfig(cloud.Config())), 200)
		require.NotEmpty(t, errs)
		require.True(t, slices.ContainsFunc(errs, func(err error) bool {
			return strings.Contains(err.Error(), "retry quota exceeded")
		}))
	})
}

func TestOwnRetryerAndOwnLimitAreKept(t *testing.T) {
	for _, c := range []struct {
		name     string
		change   func(*aws.Config)
		attempts int
	}{
		{"nothing set", func(*aws.Config) {}, 16},
		{"max attempts", func(cfg *aws.Config) { cfg.RetryMaxAttempts = 2 }, 2},
		{"retryer", func(cfg *aws.Config) {
			cfg.Retryer = func() aws.Retryer { return retry.AddWithMaxAttempts(retry.NewStandard(), 4) }
		}, 4},
	} {
		for _, call := range []provision.Call{queue("jobs"), group("web")} {
			t.Run(c.name+" "+string(call.Spec.Kind()), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					cloud := awstest.New()
					cloud.Inject(awstest.Fault{Kind: awstest.Throttle})
					cfg := cloud.Config()
					c.change(&cfg)
					_, err := driverOf(t, awsdrivers.All(cfg), call.Spec.Kind()).Create(t.Context(), call)
					require.Error(t, err)
					last := cloud.Calls()[len(cloud.Calls())-1]
					require.Equal(t, c.attempts, last.Attempt)
				})
			})
		}
	}
}

func group(node string) provision.Call {
	c := queue(node)
	c.Spec = kinds.SecurityGroup{Description: "web"}
	return c
}
