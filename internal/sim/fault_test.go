package sim_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"net/url"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/internal/sim"
)

func fixed(before, after time.Duration) func(string, string, *rand.Rand) (time.Duration, time.Duration) {
	return func(string, string, *rand.Rand) (time.Duration, time.Duration) { return before, after }
}

func TestThrottlesAreRetriedWithBackOff(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, q := newCloud()
		c.Inject(sim.Fault{Match: sim.On("SQS", "CreateQueue"), Times: 3, Kind: sim.Throttle})
		client := sqs.NewFromConfig(c.Config(), func(o *sqs.Options) { o.RetryMaxAttempts = 5 })
		start := time.Now()
		require.NoError(t, create(t.Context(), client, "a"))
		require.Positive(t, time.Since(start), "the SDK backs off in virtual time")
		require.Equal(t, []string{"a"}, q.list())

		calls := c.Calls()
		require.Len(t, calls, 4)
		for i, call := range calls {
			require.Equal(t, i+1, call.N)
			require.Equal(t, i+1, call.Attempt)
			require.Equal(t, i == 3, call.Effect)
			if i < 3 {
				require.Equal(t, "throttle", call.Fault)
				var api smithy.APIError
				require.ErrorAs(t, call.Err, &api)
				require.Equal(t, "RequestThrottled", api.ErrorCode())
			}
		}
	})
}

func TestThrottlesForEverEndInTheSDKsError(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, _ := newCloud()
		stop := c.Inject(sim.Fault{Kind: sim.Throttle})
		client := sqs.NewFromConfig(c.Config())
		err := create(t.Context(), client, "a")
		var exhausted *retry.MaxAttemptsError
		require.ErrorAs(t, err, &exhausted)
		require.Equal(t, 3, exhausted.Attempt)
		stop()
		require.NoError(t, create(t.Context(), client, "a"))
	})
}

func TestFaultsAndTheirEffects(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		kind    sim.FaultKind
		effects int // of the first attempt and its retry
		err     error
	}{
		{kind: sim.Throttle, effects: 1},
		{kind: sim.ServerError, effects: 1},
		{kind: sim.Reset, effects: 1},
		{kind: sim.LostReply, effects: 2},
		{kind: sim.Delay, effects: 1},
	} {
		t.Run(tt.kind.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c, q := newCloud()
				c.Inject(sim.Fault{Kind: tt.kind, Times: 1, Delay: time.Second})
				start := time.Now()
				require.NoError(t, create(t.Context(), sqs.NewFromConfig(c.Config()), "a"))
				require.Len(t, q.list(), tt.effects, "each retry is a call of its own")
				require.GreaterOrEqual(t, time.Since(start), time.Second)
				require.Equal(t, tt.kind.String(), c.Calls()[0].Fault)
				require.Equal(t, tt.kind == sim.LostReply || tt.kind == sim.Delay, c.Calls()[0].Effect)
			})
		})
	}
}

func TestLostReplyLooksLikeAReset(t *testing.T) {
	t.Parallel()
	for _, kind := range []sim.FaultKind{sim.Reset, sim.LostReply} {
		c, _ := newCloud()
		c.Inject(sim.Fault{Kind: kind})
		client := sqs.NewFromConfig(c.Config(), func(o *sqs.Options) { o.RetryMaxAttempts = 1 })
		err := create(t.Context(), client, "a")
		var send *smithyhttp.RequestSendError
		require.ErrorAs(t, err, &send)
		var operation *net.OpError
		require.ErrorAs(t, err, &operation)
		var address *url.Error
		require.ErrorAs(t, err, &address)
		require.ErrorIs(t, err, syscall.ECONNRESET)
		require.ErrorContains(t, err, "sqs.us-east-1.amazonaws.com")
		require.Equal(t, aws.TrueTernary, retry.IsErrorRetryables(retry.DefaultRetryables).IsErrorRetryable(err))
		require.Equal(t, kind == sim.LostReply, c.Calls()[0].Effect)
		require.Equal(t, kind == sim.LostReply, c.Calls()[0].Output != nil)
	}
}

func TestFailGivesTheErrorAsItIs(t *testing.T) {
	t.Parallel()
	c, q := newCloud()
	c.Inject(sim.Fault{Kind: sim.Fail, Err: sim.Error("AccessDenied", "not you", 403), Times: 1})
	err := create(t.Context(), sqs.NewFromConfig(c.Config()), "a")
	var api smithy.APIError
	require.ErrorAs(t, err, &api)
	require.Equal(t, "AccessDenied", api.ErrorCode())
	require.Equal(t, smithy.FaultClient, api.ErrorFault())
	var response *smithyhttp.ResponseError
	require.ErrorAs(t, err, &response)
	require.Equal(t, 403, response.HTTPStatusCode())
	require.Empty(t, q.list())
	require.Len(t, c.Calls(), 1)
}

func TestDelaysAddUpAndLetOtherFaultsAct(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, _ := newCloud(func(o *sim.Options) { o.Latency = fixed(time.Second, time.Second) })
		c.Inject(sim.Fault{Kind: sim.Delay, Delay: 3 * time.Second})
		c.Inject(sim.Fault{Kind: sim.Delay, Delay: 4 * time.Second})
		c.Inject(sim.Fault{Kind: sim.Fail, Err: errors.New("last"), Match: func(call *sim.Call) bool { return call.N == 2 }})
		client := sqs.NewFromConfig(c.Config())
		start := time.Now()
		require.NoError(t, create(t.Context(), client, "a"))
		require.Equal(t, 9*time.Second, time.Since(start))
		require.ErrorContains(t, create(t.Context(), client, "b"), "last")
		require.Equal(t, 18*time.Second, time.Since(start))
	})
}

func TestDiceDependOnTheSeedOnly(t *testing.T) {
	t.Parallel()
	run := func(seed uint64) (hits []int) {
		c, _ := newCloud(func(o *sim.Options) { o.Seed = seed })
		c.Inject(sim.Fault{Kind: sim.Fail, Err: errors.New("bad luck"), Probability: 0.3})
		client := sqs.NewFromConfig(c.Config())
		for i := range 200 {
			if create(t.Context(), client, "a") != nil {
				hits = append(hits, i)
			}
		}
		return hits
	}
	one := run(1)
	require.Equal(t, one, run(1))
	require.NotEqual(t, one, run(2))
	require.InDelta(t, 60, len(one), 30)
}

func TestCrash(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		when    sim.When
		effects []string
		sent    int
	}{
		{sim.Before, []string{"a"}, 2},
		{sim.After, []string{"a", "b"}, 2},
	} {
		t.Run(tt.when.String(), func(t *testing.T) {
			t.Parallel()
			c, q := newCloud()
			p := c.Process("first")
			p.CrashAt(2, tt.when)
			client := sqs.NewFromConfig(p.Config())
			require.NoError(t, create(t.Context(), client, "a"))
			require.False(t, p.Crashed())
			require.ErrorIs(t, create(t.Context(), client, "b"), sim.ErrCrashed)
			require.True(t, p.Crashed())
			require.ErrorIs(t, create(t.Context(), client, "c"), sim.ErrCrashed)
			require.ErrorIs(t, create(t.Context(), sqs.NewFromConfig(p.Config()), "d"), sim.ErrCrashed, "a new client does not revive it")
			require.Equal(t, tt.effects, q.list())
			require.Len(t, p.Calls(), tt.sent, "the dead send nothing, and the SDK does not retry")
			require.Equal(t, "crash "+tt.when.String(), p.Calls()[1].Fault)

			require.NoError(t, create(t.Context(), sqs.NewFromConfig(c.Process("second").Config()), "e"))
			require.Len(t, c.Calls(), tt.sent+1)
			require.Same(t, p, c.Process("first"))
		})
	}
}

func TestCrashLosesRepliesUnderWay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, q := newCloud(func(o *sim.Options) { o.Latency = fixed(time.Second, time.Second) })
		p := c.Process("p")
		client := sqs.NewFromConfig(p.Config())
		var wg sync.WaitGroup
		wg.Go(func() { require.ErrorIs(t, create(t.Context(), client, "a"), sim.ErrCrashed) })
		time.Sleep(time.Second / 2)
		p.Crash()
		wg.Wait()
		require.Equal(t, []string{"a"}, q.list(), "the request had left the process")
	})
}

func TestCrashComesBeforeOtherFaults(t *testing.T) {
	t.Parallel()
	c, q := newCloud()
	c.Inject(sim.Fault{Kind: sim.Throttle})
	p := c.Process("p")
	p.CrashAt(1, sim.After)
	require.ErrorIs(t, create(t.Context(), sqs.NewFromConfig(p.Config()), "a"), sim.ErrCrashed)
	require.Equal(t, []string{"a"}, q.list())
	require.Equal(t, "crash after", p.Calls()[0].Fault)
}

func TestCrashAtACallThatIsCancelled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, q := newCloud(func(o *sim.Options) { o.Latency = fixed(time.Minute, 0) })
		p := c.Process("p")
		p.CrashAt(1, sim.After)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.Error(t, create(ctx, sqs.NewFromConfig(p.Config()), "a"))
		require.True(t, p.Crashed(), "the call was sent, and it was the last one")
		require.Empty(t, q.list())
	})
}

func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	c, q := newCloud()
	c.Inject(sim.Fault{Probability: 0.1, Kind: sim.Delay, Delay: time.Microsecond, Match: func(*sim.Call) bool {
		return len(c.Calls()) > 0 // asking the cloud from within must not lock up
	}})
	var wg sync.WaitGroup
	for i := range 8 {
		client := sqs.NewFromConfig(c.Process(string(rune('a' + i))).Config())
		wg.Go(func() {
			for range 25 {
				if err := create(context.Background(), client, "q"); err != nil {
					t.Error(err)
				}
				c.Inject(sim.Fault{Times: 1, Match: func(*sim.Call) bool { return false }})()
				c.Calls()
			}
		})
	}
	wg.Wait()
	require.Len(t, q.list(), 200)
	calls := c.Calls()
	require.Len(t, calls, 200)
	ids := map[string]bool{}
	for i, call := range calls {
		require.Equal(t, i+1, call.N)
		require.False(t, call.Done.IsZero())
		ids[call.RequestID] = true
	}
	require.Len(t, ids, 200, "request ids are unique")
}

func TestBucket(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := sim.NewBucket(5, 5)
		take := func() (n int) {
			for b.Take() {
				n++
			}
			return n
		}
		require.Equal(t, 5, take())
		time.Sleep(200 * time.Millisecond)
		require.Equal(t, 1, take())
		time.Sleep(time.Second)
		require.Equal(t, 5, take())
		time.Sleep(time.Hour)
		require.Equal(t, 5, take(), "the bucket does not grow beyond its burst")
		time.Sleep(time.Second)
		require.False(t, b.TakeN(6))
		require.True(t, b.TakeN(5), "a refusal takes nothing")
		require.True(t, sim.NewBucket(0, 0).Take(), "no rate, no limit")
	})
}

func TestThrottleCodes(t *testing.T) {
	t.Parallel()
	for service, code := range map[string]string{
		"EC2":                       "RequestLimitExceeded",
		"Route 53":                  "Throttling",
		"SQS":                       "RequestThrottled",
		"Elastic Load Balancing v2": "ThrottlingException",
	} {
		var api smithy.APIError
		err := sim.ThrottleError(service)
		require.ErrorAs(t, err, &api)
		require.Equal(t, code, api.ErrorCode())
		require.Equal(t, aws.TrueTernary, retry.IsErrorThrottles(retry.DefaultThrottles).IsErrorThrottle(err), service)
	}
}
