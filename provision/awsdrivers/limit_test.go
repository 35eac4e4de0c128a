package awsdrivers_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision/awsdrivers"
	"github.com/peppercorn-go/peppercorn/provision/awsdrivers/awstest"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// limited sets limits of its own.
func limited(limits ...awsdrivers.Limit) func(*awsdrivers.Options) {
	return func(o *awsdrivers.Options) { o.Limits = limits }
}

// pace makes n queues at the same time, and returns how long after the start the attempts at CreateQueue came.
func pace(t *testing.T, cloud *awstest.Cloud, n int, optFns ...func(*awsdrivers.Options)) (after []time.Duration) {
	t.Helper()
	start := time.Now()
	d := driverOf(t, awsdrivers.All(cloud.Config(), optFns...), kinds.QueueKind)
	var wait sync.WaitGroup
	for i := range n {
		wait.Go(func() {
			_, err := d.Create(t.Context(), queue(fmt.Sprintf("q%d", i)))
			require.NoError(t, err)
		})
	}
	wait.Wait()
	for _, call := range cloud.Calls() {
		if call.Op == "CreateQueue" {
			after = append(after, call.At.Sub(start).Round(time.Millisecond))
		}
	}
	return after
}

func TestLimitsSpaceCallsOut(t *testing.T) {
	const s = time.Second
	create := func(perSecond float64, burst int) awsdrivers.Limit {
		return awsdrivers.Limit{Service: sqs.ServiceID, Operations: []string{"CreateQueue"}, PerSecond: perSecond, Burst: burst}
	}
	for _, c := range []struct {
		name   string
		limits []awsdrivers.Limit
		want   []time.Duration // of four calls
	}{
		{"none", nil, []time.Duration{0, 0, 0, 0}},
		{"a burst, then the rate", []awsdrivers.Limit{create(0.5, 2)}, []time.Duration{0, 0, 2 * s, 4 * s}},
		{"a burst is one at least", []awsdrivers.Limit{create(1, 0)}, []time.Duration{0, s, 2 * s, 3 * s}},
		{"the first that covers the operation counts", []awsdrivers.Limit{create(0, 0), create(1, 1)}, []time.Duration{0, 0, 0, 0}},
		{"another service", []awsdrivers.Limit{{Service: "SNS", PerSecond: 1, Burst: 1}}, []time.Duration{0, 0, 0, 0}},
		{"another operation", []awsdrivers.Limit{{Service: "SQS", Operations: []string{"Create", "Get*"}, PerSecond: 1, Burst: 1}}, []time.Duration{0, 0, 0, 0}},
		{"names that begin alike", []awsdrivers.Limit{{Service: "SQS", Operations: []string{"Create*"}, PerSecond: 1, Burst: 3}}, []time.Duration{0, 0, 0, s}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				require.Equal(t, c.want, pace(t, awstest.New(), len(c.want), limited(c.limits...)))
			})
		})
	}
}

// Operations share a bucket, unless each has its own.
func TestOperationsShareABucketOrHaveTheirOwn(t *testing.T) {
	for each, least := range map[bool]time.Duration{false: 10 * time.Second, true: 0} {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			after := pace(t, awstest.New(), 1, limited(awsdrivers.Limit{Service: sqs.ServiceID, Each: each, PerSecond: 0.1, Burst: 2}))
			require.Equal(t, []time.Duration{0}, after)
			require.GreaterOrEqual(t, time.Since(start), least, "the queue is made, and looked at until it is known")
			if each {
				require.Less(t, time.Since(start), 2*time.Second)
			}
		})
	}
}

// A call that is made once more takes another token: AWS counts both.
func TestEveryAttemptCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := awstest.New()
		cloud.Inject(awstest.Fault{Kind: awstest.Throttle, Match: awstest.On("SQS", "CreateQueue"), Times: 3})
		after := pace(t, cloud, 1, limited(awsdrivers.Limit{Service: sqs.ServiceID, PerSecond: 0.01, Burst: 1}),
			func(o *awsdrivers.Options) {
				o.Retry = append(o.Retry, func(o *awsdrivers.RetryOptions) { o.Base = time.Second })
			})
		require.Equal(t, []time.Duration{0, 100 * time.Second, 200 * time.Second, 300 * time.Second}, after)
	})
}

// A context that ends, ends the wait as well; the call is neither made nor tried again, and its token goes to the next one.
func TestAWaitEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := awstest.New()
		d := driverOf(t, awsdrivers.All(cloud.Config(), limited(awsdrivers.Limit{
			Service: sqs.ServiceID, Operations: []string{"CreateQueue"}, PerSecond: 0.1, Burst: 1,
		})), kinds.QueueKind)
		start := time.Now()
		_, err := d.Create(t.Context(), queue("first"))
		require.NoError(t, err)
		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		_, err = d.Create(short, queue("second"))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.ErrorContains(t, err, "CreateQueue of SQS waits for its rate limit")
		require.Equal(t, time.Second, time.Since(began))
		operation := (*smithy.OperationError)(nil)
		require.ErrorAs(t, err, &operation)
		require.Len(t, cloud.SQS.Queues(), 1)
		_, err = d.Create(t.Context(), queue("third"))
		require.NoError(t, err)
		var third time.Time
		for _, call := range cloud.Calls() {
			if call.Op == "CreateQueue" {
				third = call.At
			}
		}
		require.InDelta(t, 10, third.Sub(start).Seconds(), 0.1, "and not 20")
	})
}

// Clients of one set of drivers share their limits, and a faster cloud has higher ones.
func TestLimitsAreShownAndScaled(t *testing.T) {
	t.Parallel()
	cloud := awstest.New(func(o *awstest.Options) { o.Scale = 50 })
	var before, after awsdrivers.Options
	keep := func(into *awsdrivers.Options) func(*awsdrivers.Options) {
		return func(o *awsdrivers.Options) { *into = *o }
	}
	awsdrivers.All(cloud.Config(), keep(&before), cloud.PaceDrivers, keep(&after))
	require.Equal(t, awsdrivers.DefaultLimits(), before.Limits)
	require.Len(t, after.Limits, len(before.Limits))
	for i, l := range before.Limits {
		l.PerSecond *= 50
		require.Equal(t, l, after.Limits[i])
	}
}

// Whatever a driver of All calls has a limit.
func TestEveryServiceHasALimit(t *testing.T) {
	t.Parallel()
	limits := awsdrivers.DefaultLimits()
	services := map[string]bool{}
	for i, l := range limits {
		require.Positive(t, l.PerSecond)
		require.Positive(t, l.Burst)
		if len(l.Operations) == 0 {
			require.False(t, services[l.Service], "limit %d is never reached", i)
			services[l.Service] = true
		}
	}
	for _, service := range []string{
		"EC2", "Auto Scaling", "Elastic Load Balancing v2", "ECS", "Lambda", "RDS", "ElastiCache", "DynamoDB", "S3", "SNS", "SQS", "SSM",
		"CloudWatch", "CloudWatch Logs", "CloudControl", "IAM", "ACM", "ECR", "Secrets Manager",
	} {
		require.True(t, services[service], service)
	}
}

// Those who give up while they queue take nothing from those who stay, wherever in the queue they stood.
func TestWhoGivesUpLeavesTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := awstest.New()
		d := driverOf(t, awsdrivers.All(cloud.Config(), limited(awsdrivers.Limit{
			Service: sqs.ServiceID, Operations: []string{"CreateQueue"}, PerSecond: 0.1, Burst: 1,
		})), kinds.QueueKind)
		start := time.Now()
		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var wait sync.WaitGroup
		begin := func(ctx context.Context, name string, fails bool) {
			wait.Go(func() {
				_, err := d.Create(ctx, queue(name))
				require.Equal(t, fails, err != nil, "%s: %v", name, err)
			})
			synctest.Wait() // it stands in the queue
		}
		begin(t.Context(), "first", false)
		for i := range 10 {
			begin(short, fmt.Sprintf("before-%d", i), true)
		}
		begin(t.Context(), "second", false)
		for i := range 10 {
			begin(short, fmt.Sprintf("between-%d", i), true)
		}
		begin(t.Context(), "third", false)
		wait.Wait()
		var after []time.Duration
		for _, call := range cloud.Calls() {
			if call.Op == "CreateQueue" {
				after = append(after, call.At.Sub(start).Round(time.Second))
			}
		}
		require.Equal(t, []time.Duration{0, 10 * time.Second, 20 * time.Second}, after)
	})
}
