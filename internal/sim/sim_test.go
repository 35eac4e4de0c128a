package sim_test

import (
	"context"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/internal/sim"
)

// queues is a service for these tests: it knows names of queues and nothing else.
type queues struct {
	page int

	mu    sync.Mutex
	names []string
}

func (q *queues) Serve(_ context.Context, call *sim.Call) (any, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch in := call.Input.(type) {
	case *sqs.CreateQueueInput:
		q.names = append(q.names, *in.QueueName)
		in.QueueName = aws.String("scribbled over")
		return &sqs.CreateQueueOutput{QueueUrl: aws.String("https://sqs.example/" + q.names[len(q.names)-1])}, nil
	case *sqs.ListQueuesInput:
		start, _ := strconv.Atoi(aws.ToString(in.NextToken))
		end := min(start+q.page, len(q.names))
		out := &sqs.ListQueuesOutput{QueueUrls: q.names[start:end]}
		if end < len(q.names) {
			out.NextToken = aws.String(strconv.Itoa(end))
		}
		return out, nil
	case *sqs.GetQueueUrlInput:
		return nil, sim.WithStatus(&types.QueueDoesNotExist{Message: aws.String("no such queue")}, 404)
	case *sqs.DeleteQueueInput:
		return &sqs.CreateQueueOutput{}, nil // a mistake of the handler
	default:
		return nil, sim.UnknownOperation(call)
	}
}

func (q *queues) list() []string {
	q.mu.Lock()
	defer q.mu.Unlock()
	return append([]string(nil), q.names...)
}

func newCloud(optFns ...func(*sim.Options)) (*sim.Cloud, *queues) {
	c := sim.New(optFns...)
	q := &queues{page: 2}
	c.Register("SQS", q)
	return c, q
}

func create(ctx context.Context, client *sqs.Client, name string) error {
	_, err := client.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: &name})
	return err
}

func TestTypedAnswer(t *testing.T) {
	t.Parallel()
	c, _ := newCloud()
	client := sqs.NewFromConfig(c.Config())
	out, err := client.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String("a")})
	require.NoError(t, err)
	require.Equal(t, "https://sqs.example/a", *out.QueueUrl)

	id, ok := awsmiddleware.GetRequestIDMetadata(out.ResultMetadata)
	require.True(t, ok)
	calls := c.Calls()
	require.Len(t, calls, 1)
	require.Equal(t, calls[0].RequestID, id)
	require.Equal(t, "us-east-1", calls[0].Region)
	require.True(t, calls[0].Effect)
	require.Equal(t, 1, calls[0].Attempt)
	require.Equal(t, "a", *calls[0].Input.(*sqs.CreateQueueInput).QueueName, "what the handler does to its input stays out of the record")
	require.Equal(t, "https://sqs.example/a", *calls[0].Output.(*sqs.CreateQueueOutput).QueueUrl)
}

func TestRecordSharesNothingWithCallers(t *testing.T) {
	t.Parallel()
	c, _ := newCloud()
	in := &sqs.CreateQueueInput{QueueName: aws.String("a"), Tags: map[string]string{"k": "v"}}
	out, err := sqs.NewFromConfig(c.Config()).CreateQueue(t.Context(), in)
	require.NoError(t, err)
	*in.QueueName, in.Tags["k"], *out.QueueUrl = "b", "w", "c"

	call := c.Calls()[0]
	require.Equal(t, "a", *call.Input.(*sqs.CreateQueueInput).QueueName)
	require.Equal(t, "v", call.Input.(*sqs.CreateQueueInput).Tags["k"])
	require.Equal(t, "https://sqs.example/a", *call.Output.(*sqs.CreateQueueOutput).QueueUrl)
}

// keeper is a service that hands out its state and changes it later.
type keeper struct{ out *sqs.CreateQueueOutput }

func (k keeper) Serve(context.Context, *sim.Call) (any, error) { return k.out, nil }

func TestServicesCannotChangeWhatTheySaid(t *testing.T) {
	t.Parallel()
	c, state := sim.New(), &sqs.CreateQueueOutput{QueueUrl: aws.String("a")}
	c.Register("SQS", keeper{state})
	out, err := sqs.NewFromConfig(c.Config()).CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String("a")})
	require.NoError(t, err)
	*state.QueueUrl = "b"
	require.Equal(t, "a", *out.QueueUrl)
	require.Equal(t, "a", *c.Calls()[0].Output.(*sqs.CreateQueueOutput).QueueUrl)
}

func TestTypedErrorsReachTheCallerAsFromAWS(t *testing.T) {
	t.Parallel()
	c, _ := newCloud()
	_, err := sqs.NewFromConfig(c.Config()).GetQueueUrl(t.Context(), &sqs.GetQueueUrlInput{QueueName: aws.String("a")})
	var typed *types.QueueDoesNotExist
	require.ErrorAs(t, err, &typed)
	var response *smithyhttp.ResponseError
	require.ErrorAs(t, err, &response)
	require.Equal(t, 404, response.HTTPStatusCode())
	var operation *smithy.OperationError
	require.ErrorAs(t, err, &operation)
	require.Equal(t, "GetQueueUrl", operation.Operation())
	require.Contains(t, err.Error(), "RequestID: "+c.Calls()[0].RequestID)
}

func TestMistakesAreNamedAndNotRetried(t *testing.T) {
	t.Parallel()
	c, _ := newCloud()
	client := sqs.NewFromConfig(c.Config())
	for name, tt := range map[string]struct {
		call func() error
		want string
	}{
		"unknown service": {
			call: func() error {
				_, err := route53.NewFromConfig(c.Config()).GetChange(t.Context(), &route53.GetChangeInput{Id: aws.String("C1")})
				return err
			},
			want: `no service "Route 53" is registered with this simulated cloud (operation GetChange)`,
		},
		"unknown operation": {
			call: func() error {
				_, err := client.PurgeQueue(t.Context(), &sqs.PurgeQueueInput{QueueUrl: aws.String("x")})
				return err
			},
			want: "the simulated SQS does not know the operation PurgeQueue",
		},
		"wrong output": {
			call: func() error {
				_, err := client.DeleteQueue(t.Context(), &sqs.DeleteQueueInput{QueueUrl: aws.String("x")})
				return err
			},
			want: "answered DeleteQueue with *sqs.CreateQueueOutput instead of a *DeleteQueueOutput",
		},
	} {
		before := len(c.Calls())
		require.ErrorContains(t, tt.call(), tt.want, name)
		require.Len(t, c.Calls(), before+1, "%s: one attempt", name)
	}
}

func TestValidationOfTheSDKRuns(t *testing.T) {
	t.Parallel()
	c, _ := newCloud()
	_, err := sqs.NewFromConfig(c.Config()).CreateQueue(t.Context(), &sqs.CreateQueueInput{})
	var invalid smithy.InvalidParamsError
	require.ErrorAs(t, err, &invalid)
	require.ErrorContains(t, err, "QueueName")
	require.Empty(t, c.Calls(), "a request that the SDK refuses is never sent")
}

func TestNoRequestLeavesTheProcess(t *testing.T) {
	t.Parallel()
	c, _ := newCloud()
	client := sqs.NewFromConfig(c.Config(), func(o *sqs.Options) {
		o.APIOptions = nil // the mistake: replaced instead of appended to
		o.RetryMaxAttempts = 1
	})
	require.ErrorContains(t, create(t.Context(), client, "a"), "no request may leave the process")
	require.Empty(t, c.Calls())
}

func TestPaginator(t *testing.T) {
	t.Parallel()
	c, _ := newCloud()
	client := sqs.NewFromConfig(c.Config())
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		require.NoError(t, create(t.Context(), client, name))
	}
	c.ForgetCalls()
	var all []string
	for p := sqs.NewListQueuesPaginator(client, &sqs.ListQueuesInput{MaxResults: aws.Int32(10)}); p.HasMorePages(); {
		page, err := p.NextPage(t.Context())
		require.NoError(t, err)
		all = append(all, page.QueueUrls...)
	}
	require.Equal(t, []string{"a", "b", "c", "d", "e"}, all)
	require.Len(t, c.Calls(), 3)
}

// changes answers GetChange with PENDING for a minute.
type changes struct{ since time.Time }

func (h changes) Serve(_ context.Context, call *sim.Call) (any, error) {
	status := r53types.ChangeStatusPending
	if time.Since(h.since) > time.Minute {
		status = r53types.ChangeStatusInsync
	}
	return &route53.GetChangeOutput{ChangeInfo: &r53types.ChangeInfo{
		Id:          call.Input.(*route53.GetChangeInput).Id,
		Status:      status,
		SubmittedAt: &h.since,
	}}, nil
}

func TestWaiterLivesInVirtualTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := sim.New()
		start := time.Now()
		c.Register("Route 53", changes{since: start})
		client := route53.NewFromConfig(c.Config())
		waiter := route53.NewResourceRecordSetsChangedWaiter(client)
		out, err := waiter.WaitForOutput(t.Context(), &route53.GetChangeInput{Id: aws.String("/change/C1")}, time.Hour)
		require.NoError(t, err)
		require.Equal(t, "C1", *out.ChangeInfo.Id, "the handler sees the input after the SDK has trimmed it")
		require.Greater(t, time.Since(start), time.Minute)
		require.Greater(t, len(c.Calls()), 1)
	})
}

func TestServerTimeAndSkew(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, _ := newCloud(func(o *sim.Options) { o.ServerSkew = time.Hour })
		client := sqs.NewFromConfig(c.Config())
		begin := time.Now()
		out, err := client.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String("a")})
		require.NoError(t, err, "the SDK reads the time from the refusal and signs again")
		server, ok := awsmiddleware.GetServerTime(out.ResultMetadata)
		require.True(t, ok)
		require.WithinDuration(t, time.Now().Add(time.Hour), server, time.Second)
		skew, ok := awsmiddleware.GetAttemptSkew(out.ResultMetadata)
		require.True(t, ok)
		require.InDelta(t, time.Hour, skew, float64(time.Second))

		calls := c.Calls()
		require.Len(t, calls, 2)
		require.ErrorContains(t, calls[0].Err, "Signature expired")
		require.False(t, calls[0].Effect)
		require.True(t, calls[1].Effect)
		require.Equal(t, 2, calls[1].Attempt)
		require.GreaterOrEqual(t, calls[1].At, begin)

		require.NoError(t, create(t.Context(), client, "b"))
		require.Len(t, c.Calls(), 3, "the client remembers the skew")
	})
}

func TestLatencyHonoursTheContext(t *testing.T) {
	t.Parallel()
	latency := func(before, after time.Duration) func(*sim.Options) {
		return func(o *sim.Options) { o.Latency = fixed(before, after) }
	}
	for _, tt := range []struct {
		name   string
		option func(*sim.Options)
		effect bool
	}{
		{"cancelled on the way there: no effect", latency(time.Minute, 0), false},
		{"cancelled on the way back: effect, and nobody is told", latency(time.Second, time.Minute), true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c, q := newCloud(tt.option)
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				defer cancel()
				start := time.Now()
				err := create(ctx, sqs.NewFromConfig(c.Config()), "a")
				require.ErrorIs(t, err, context.DeadlineExceeded)
				var cancelled *smithy.CanceledError
				require.ErrorAs(t, err, &cancelled)
				require.Equal(t, 10*time.Second, time.Since(start))
				calls := c.Calls()
				require.Len(t, calls, 1, "a cancelled call is not retried")
				require.Equal(t, tt.effect, calls[0].Effect)
				require.Equal(t, tt.effect, len(q.list()) == 1)
				require.Equal(t, 10*time.Second, calls[0].Done.Sub(calls[0].At))
			})
		})
	}
}

func TestPresignedRequestsAreNotAnswered(t *testing.T) {
	t.Parallel()
	stack := middleware.NewStack("op", smithyhttp.NewStackRequest)
	for _, install := range sim.New().Config().APIOptions {
		require.NoError(t, install(stack), "a stack without deserialiser is left alone")
	}
	require.Empty(t, stack.Deserialize.List())
}
