package sqsdriver_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/internal/drivertest"
	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
	"github.com/peppercorn-go/peppercorn/provision/sqsdriver"
	"github.com/peppercorn-go/peppercorn/provision/sqsdriver/sqstest"
)

// world is a driver on a simulated SQS.
type world struct {
	*sqsdriver.Driver
	drivertest.Lab
	service *sqstest.SQS
	client  *sqs.Client
}

// in runs a test in a bubble of virtual time.
func in(t *testing.T, test func(ctx context.Context, t *testing.T, w world), optFns ...func(*sqstest.Options)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		cloud := sim.New(func(o *sim.Options) { o.PageSize = 2 })
		service := sqstest.Register(cloud, optFns...)
		client := sqs.NewFromConfig(cloud.Config())
		driver := sqsdriver.New(client)
		test(t.Context(), t, world{driver, drivertest.NewLab(cloud, driver), service, client})
	})
}

// jobs is a call for a queue of an attempt.
func jobs(attempt string, q kinds.Queue) provision.Call {
	return provision.Call{Owner: drivertest.Owner(attempt), Node: "jobs", Spec: q}
}

func TestQueueIsMadeAsTheBlueprintSays(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		dead := jobs("a1", kinds.Queue{FIFO: true})
		dead.Node = "dead"
		target := w.Made(ctx, t, dead).Outputs["ARN"].String()
		require.True(t, strings.HasPrefix(target, "arn:aws:sqs:us-east-1:123456789012:shop-dead-"), target)
		require.True(t, strings.HasSuffix(target, ".fifo"), target)

		c := jobs("a1", kinds.Queue{
			FIFO: true, ContentDeduplication: true, VisibilityTimeout: 5 * time.Minute, Retention: time.Hour,
			Delay: 3 * time.Second, MaxMessageBytes: 2048, ReceiveWait: 20 * time.Second, KMSKey: "alias/shop",
			Redrive: kinds.Redrive{Queue: provision.Text(target), MaxReceives: 4},
		})
		c.Keep = true
		s := w.Made(ctx, t, c)
		require.Equal(t, c.Name(80, ".fifo"), s.Name)
		require.Equal(t, c.Owner, s.Owner)
		require.Equal(t, "jobs", s.Node)
		require.True(t, s.Keep)
		require.Equal(t, s.ID, s.Outputs["URL"].String())
		require.Equal(t, s.Name, s.Outputs["Name"].String())

		queue := w.service.Queues()[1]
		require.Equal(t, queue.ARN, s.Outputs["ARN"].String())
		require.Equal(t, c.Tags(), queue.Tags)
		for name, value := range map[string]string{
			"FifoQueue": "true", "ContentBasedDeduplication": "true", "VisibilityTimeout": "300",
			"MessageRetentionPeriod": "3600", "DelaySeconds": "3", "MaximumMessageSize": "2048",
			"ReceiveMessageWaitTimeSeconds": "20", "KmsMasterKeyId": "alias/shop", "SqsManagedSseEnabled": "false",
			"RedrivePolicy": `{"deadLetterTargetArn":"` + target + `","maxReceiveCount":4}`,
		} {
			require.Equal(t, value, queue.Attributes[name], name)
		}
	})
}

// What the request does not name is not compared with a queue that exists, so the defaults are in it as well.
func TestDefaultsAreWrittenOut(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		w.Made(ctx, t, jobs("a1", kinds.Queue{}))
		require.Equal(t, map[string]string{
			"VisibilityTimeout": "30", "MessageRetentionPeriod": "345600", "DelaySeconds": "0",
			"ReceiveMessageWaitTimeSeconds": "0", "MaximumMessageSize": "1048576", "SqsManagedSseEnabled": "true",
		}, w.Cloud.Calls()[0].Input.(*sqs.CreateQueueInput).Attributes)
	})
}

func TestLostReplyMakesOneQueue(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		w.Cloud.Inject(sim.Fault{Match: sim.On("SQS", "CreateQueue"), Times: 1, Kind: sim.LostReply})
		s := w.Made(ctx, t, jobs("a1", kinds.Queue{}))
		require.Equal(t, 2, w.Times("CreateQueue"))
		require.Len(t, w.service.Queues(), 1)
		again := w.Made(ctx, t, jobs("a1", kinds.Queue{}))
		require.Equal(t, s, again)
		require.Len(t, w.service.Queues(), 1)
	})
}

func TestStrangersQueueIsNeverAdopted(t *testing.T) {
	ours, other := jobs("a1", kinds.Queue{}), jobs("a2", kinds.Queue{})
	for name, stranger := range map[string]struct{ attributes, tags map[string]string }{
		"same settings":     {},
		"other settings":    {attributes: map[string]string{"DelaySeconds": "7"}},
		"another attempt's": {tags: other.Tags()},
	} {
		for _, ignoreTags := range []bool{false, true} { // it is not documented whether SQS compares them
			t.Run(fmt.Sprintf("%s, tags ignored %v", name, ignoreTags), func(t *testing.T) {
				in(t, func(ctx context.Context, t *testing.T, w world) {
					before, err := w.service.AddQueue(ours.Name(80, ""), stranger.attributes, stranger.tags)
					require.NoError(t, err)
					_, err = w.Create(ctx, ours)
					var foreign *provision.ForeignError
					require.ErrorAs(t, err, &foreign)
					require.ErrorIs(t, err, provision.ErrForeign)
					require.Equal(t, before.URL, foreign.ID)
					require.Equal(t, "jobs", foreign.Node)

					err = w.Delete(ctx, provision.State{ID: before.URL, Owner: ours.Owner, Node: "jobs", Kind: kinds.QueueKind})
					require.ErrorIs(t, err, provision.ErrForeign)
					require.Equal(t, []sqstest.Queue{before}, w.service.Queues())
				}, func(o *sqstest.Options) { o.IgnoreTags = ignoreTags })
			})
		}
	}
}

func TestOwnQueueWithFurtherTagsIsAdopted(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		dead := jobs("a1", kinds.Queue{})
		dead.Node = "dead"
		target := w.Made(ctx, t, dead).Outputs["ARN"].String()
		c := jobs("a1", kinds.Queue{Redrive: kinds.Redrive{Queue: provision.Text(target)}})
		first := w.Made(ctx, t, c)
		_, err := w.client.TagQueue(ctx, &sqs.TagQueueInput{QueueUrl: &first.ID, Tags: map[string]string{"cost-center": "7"}})
		require.NoError(t, err)
		_, err = w.client.SetQueueAttributes(ctx, &sqs.SetQueueAttributesInput{QueueUrl: &first.ID, Attributes: map[string]string{
			"RedrivePolicy": `{ "maxReceiveCount": 10, "deadLetterTargetArn": "` + target + `" }`, // the same in other words
		}})
		require.NoError(t, err)
		require.Equal(t, first, w.Made(ctx, t, c))
		require.Len(t, w.service.Queues(), 2)
	})
}

func TestOwnQueueThatWasChangedByHandIsNotSwallowed(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		s := w.Made(ctx, t, jobs("a1", kinds.Queue{}))
		_, err := w.client.SetQueueAttributes(ctx, &sqs.SetQueueAttributesInput{
			QueueUrl: &s.ID, Attributes: map[string]string{"DelaySeconds": "7", "VisibilityTimeout": "60"},
		})
		require.NoError(t, err)
		_, err = w.Create(ctx, jobs("a1", kinds.Queue{}))
		require.NotErrorIs(t, err, provision.ErrForeign)
		require.ErrorContains(t, err, s.ID)
		require.ErrorContains(t, err, "DelaySeconds is 7, not 0, VisibilityTimeout is 60, not 30")
		var exists *types.QueueNameExists
		require.ErrorAs(t, err, &exists)
	})
}

func TestNameOfADeletedQueueIsWaitedFor(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		first := w.Made(ctx, t, jobs("a1", kinds.Queue{}))
		start := time.Now()
		require.ErrorIs(t, w.Delete(ctx, first), provision.ErrDeleting)
		again := w.Made(ctx, t, jobs("a1", kinds.Queue{}))
		require.Equal(t, first.ID, again.ID)
		require.GreaterOrEqual(t, time.Since(start), time.Minute)
		require.Less(t, time.Since(start), 75*time.Second)
		require.False(t, w.service.Queues()[0].Deleting)
	})
}

func TestNameThatStaysBlockedIsGivenUp(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		s := w.Made(ctx, t, jobs("a1", kinds.Queue{}))
		require.ErrorIs(t, w.Delete(ctx, s), provision.ErrDeleting)
		hasty := sqsdriver.New(w.client, func(o *sqsdriver.Options) { o.Reuse = 10 * time.Second })
		_, err := hasty.Create(ctx, jobs("a1", kinds.Queue{}))
		require.ErrorIs(t, err, provision.ErrDeleting)
		require.ErrorContains(t, err, s.Name)
		short, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		_, err = w.Create(short, jobs("a1", kinds.Queue{}))
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
}

func TestAwaitEndsASecondAfterCreation(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		time.Sleep(700 * time.Millisecond) // so that SQS cuts much off the time of creation
		start := time.Now()
		s := w.Made(ctx, t, jobs("a1", kinds.Queue{}))
		require.GreaterOrEqual(t, time.Since(start), time.Second)
		require.LessOrEqual(t, time.Since(start), 3*time.Second)
		time.Sleep(time.Second)
		start = time.Now()
		_, err := w.Await(ctx, s)
		require.NoError(t, err)
		require.Zero(t, time.Since(start), "an old queue is not waited for")
	})
}

// SQS asks to wait for a second even where it answers at once.
func TestAwaitEndsNoEarlier(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		start := time.Now()
		s := w.Created(ctx, t, jobs("a1", kinds.Queue{}))
		require.Zero(t, time.Since(start), "who needs no more than the address need not wait")
		_, err := w.Await(ctx, s)
		require.NoError(t, err)
		require.Equal(t, time.Second, time.Since(start))
	}, func(o *sqstest.Options) { o.Settle = 0 })
}

// SQS tells its times in whole seconds: a queue of 10.9 s looks a second old at 11.1 s.
func TestAwaitDoesNotTakeRoundedTimesForExact(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		time.Sleep(900 * time.Millisecond)
		start := time.Now()
		s := w.Created(ctx, t, jobs("a1", kinds.Queue{}))
		time.Sleep(200 * time.Millisecond)
		_, err := w.Await(ctx, s)
		require.NoError(t, err)
		require.GreaterOrEqual(t, time.Since(start), time.Second)
	}, func(o *sqstest.Options) { o.Settle = 0 })
}

func TestAwaitOfAQueueThatIsGone(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		s := w.Made(ctx, t, jobs("a1", kinds.Queue{}))
		w.Gone(ctx, t, s)
		start := time.Now()
		_, err := w.Await(ctx, s)
		require.ErrorIs(t, err, provision.ErrGone)
		require.LessOrEqual(t, time.Since(start), time.Minute)
		var api smithy.APIError
		require.ErrorAs(t, err, &api, "the error of the SDK stays in reach")
	})
}

func TestDeleteEndsWhenSQSSaysSoTwice(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		c := jobs("a1", kinds.Queue{})
		// SQS has made the queue, and the program has crashed at once: it knows the queue's address, SQS does not yet.
		_, err := w.client.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String(c.Name(80, "")), Tags: c.Tags()})
		require.NoError(t, err)
		s := provision.State{Node: c.Node, Kind: kinds.QueueKind, ID: w.service.Queues()[0].URL, Owner: c.Owner}
		steps := 0
		for err := w.Delete(ctx, s); err != nil; err = w.Delete(ctx, s) {
			require.ErrorIs(t, err, provision.ErrDeleting)
			steps++
			time.Sleep(5 * time.Second)
		}
		require.Greater(t, steps, 5)
		require.Empty(t, w.service.Queues())
		require.NoError(t, w.Delete(ctx, s))
		states, err := w.Found(ctx, c.Owner)
		require.NoError(t, err)
		require.Empty(t, states)
	})
}

func TestDeleteOfAQueueThatSomebodyElseDeletesMeanwhile(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		s := w.Made(ctx, t, jobs("a1", kinds.Queue{}))
		_, err := w.client.DeleteQueue(ctx, &sqs.DeleteQueueInput{QueueUrl: &s.ID})
		require.NoError(t, err)
		// The tags are read while the queue answers still, DeleteQueue arrives when it does not any more.
		w.Cloud.Inject(sim.Fault{Match: sim.On("SQS", "DeleteQueue"), Kind: sim.Delay, Delay: 2 * time.Minute})
		require.ErrorIs(t, w.Delete(ctx, s), provision.ErrDeleting)
		require.NoError(t, w.Delete(ctx, s))
	})
}

func TestDeleteLeavesTheNextAttemptAlone(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		dead := w.Made(ctx, t, jobs("a1", kinds.Queue{}))
		alive := w.Made(ctx, t, jobs("a2", kinds.Queue{}))
		require.NotEqual(t, dead.ID, alive.ID)
		mixed := alive
		mixed.Owner = dead.Owner // whatever state says: the tags decide
		require.ErrorIs(t, w.Delete(ctx, mixed), provision.ErrForeign)
		require.ErrorIs(t, w.Delete(ctx, dead), provision.ErrDeleting)
		time.Sleep(2 * time.Minute)
		require.Len(t, w.service.Queues(), 1)
		require.Equal(t, alive.ID, w.service.Queues()[0].URL)
	})
}

func TestLosesCountsWaitingReceivedAndDelayedMessages(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		s := w.Made(ctx, t, jobs("a1", kinds.Queue{}))
		loses := func() string {
			losses, err := w.Loses(ctx, s)
			require.NoError(t, err)
			if len(losses) == 0 {
				return ""
			}
			require.Equal(t, provision.Loss{Node: "jobs", Kind: "sqs/queue", ID: s.ID, What: losses[0].What}, losses[0])
			return losses[0].What
		}
		require.Empty(t, loses())
		require.NoError(t, w.service.AddMessages(s.Name, 1))
		require.Equal(t, "1 message", loses())
		require.NoError(t, w.service.AddMessages(s.Name, 10))
		_, err := w.client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: &s.ID, MaxNumberOfMessages: 3})
		require.NoError(t, err)
		_, err = w.client.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &s.ID, MessageBody: aws.String("later"), DelaySeconds: 900})
		require.NoError(t, err)
		require.Equal(t, "12 messages", loses())

		w.Cloud.Inject(sim.Fault{Match: sim.On("SQS", "GetQueueAttributes"), Times: 1, Kind: sim.Fail, Err: sim.Error("AccessDenied", "no", 403)})
		_, err = w.Loses(ctx, s)
		require.ErrorContains(t, err, "AccessDenied", "what cannot be counted is not nothing")
		w.Gone(ctx, t, s)
		require.Empty(t, loses())
	})
}

func TestFindReadsAllPagesAndOnlyItsOwn(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		var want []string
		for i := range 5 {
			c := jobs("a1", kinds.Queue{FIFO: i%2 == 0})
			c.Node = fmt.Sprintf("jobs-%d", i)
			s := w.Made(ctx, t, c)
			want = append(want, s.ID)
		}
		w.Made(ctx, t, jobs("a2", kinds.Queue{}))
		admin := jobs("a1", kinds.Queue{})
		admin.Owner.App, admin.Owner.Registry = "shopadmin", "another"
		w.Made(ctx, t, admin)
		_, err := w.service.AddQueue("shop-legacy", nil, map[string]string{"peppercorn:registry": "r3g1"})
		require.NoError(t, err)
		_, err = w.service.AddQueue("warehouse", nil, nil)
		require.NoError(t, err)

		w.Cloud.ForgetCalls()
		owner := jobs("a1", kinds.Queue{}).Owner
		states, err := w.Found(ctx, owner)
		require.NoError(t, err)
		var got []string
		for _, s := range states {
			require.Equal(t, owner, s.Owner)
			require.Equal(t, s.ID, s.Outputs["URL"].String())
			got = append(got, s.ID)
		}
		require.ElementsMatch(t, want, got)
		require.Equal(t, 8, w.Times("ListQueueTags"), "the warehouse's queue is left in peace, for its name begins differently")

		states, err = w.Found(ctx, provision.Owner{Registry: "r3g1"})
		require.NoError(t, err)
		require.Len(t, states, 6, "five and the next attempt's; one that has the registry's tag only is not ours")
		states, err = w.Found(ctx, provision.Owner{})
		require.NoError(t, err)
		require.Empty(t, states, "an owner that names nothing owns nothing")
	})
}

func TestFindAsksAFewQueuesAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := sim.New()
		service := sqstest.Register(cloud)
		for i := range 20 {
			c := jobs("a1", kinds.Queue{})
			c.Node = fmt.Sprintf("jobs-%d", i)
			_, err := service.AddQueue(c.Name(80, ""), nil, c.Tags())
			require.NoError(t, err)
		}
		cloud.Inject(sim.Fault{Match: sim.On("SQS", "ListQueueTags"), Kind: sim.Delay, Delay: time.Second})
		start := time.Now()
		lab := drivertest.NewLab(cloud, sqsdriver.New(sqs.NewFromConfig(cloud.Config())))
		states, err := lab.Found(t.Context(), provision.Owner{Registry: "r3g1"})
		require.NoError(t, err)
		require.Len(t, states, 20)
		require.Equal(t, 3*time.Second, time.Since(start), "8, 8 and 4")
	})
}

func TestFindFailsRatherThanMissAQueue(t *testing.T) {
	for _, op := range []string{"ListQueues", "ListQueueTags"} {
		t.Run(op, func(t *testing.T) {
			in(t, func(ctx context.Context, t *testing.T, w world) {
				w.Made(ctx, t, jobs("a1", kinds.Queue{}))
				w.Cloud.Inject(sim.Fault{Match: sim.On("SQS", op), Kind: sim.Fail, Err: sim.Error("AccessDenied", "no", 403)})
				_, err := w.Found(ctx, jobs("a1", kinds.Queue{}).Owner)
				require.ErrorContains(t, err, "AccessDenied")
			})
		})
	}
}

func TestFindPassesOverWhatIsGoneMeanwhile(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		s := w.Made(ctx, t, jobs("a1", kinds.Queue{}))
		// The list is read while the queue answers still, the tags when it does not any more.
		w.Cloud.Inject(sim.Fault{Match: sim.On("SQS", "ListQueueTags"), Times: 1, Kind: sim.Delay, Delay: 2 * time.Minute})
		_, err := w.client.DeleteQueue(ctx, &sqs.DeleteQueueInput{QueueUrl: &s.ID})
		require.NoError(t, err)
		states, err := w.Found(ctx, s.Owner)
		require.NoError(t, err)
		require.Empty(t, states)
		require.Equal(t, 1, w.Times("ListQueues"))
	})
}

func TestOtherSpecsAreRefused(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		c := jobs("a1", kinds.Queue{})
		c.Spec = &kinds.Queue{}
		require.ErrorContains(t, w.Validate(c), "*kinds.Queue")
		_, err := w.Create(ctx, c)
		require.ErrorContains(t, err, `node "jobs"`)
		require.Empty(t, w.Cloud.Calls())
		require.NoError(t, w.Validate(jobs("a1", kinds.Queue{})))
	})
}

func TestErrorsNameTheQueueAndUnwrap(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		denied := sim.Error("AccessDenied", "not for you", 403)
		c := jobs("a1", kinds.Queue{})
		s := w.Made(ctx, t, c)
		for op, call := range map[string]func() error{
			"CreateQueue":        func() error { _, err := w.Create(ctx, c); return err },
			"GetQueueAttributes": func() error { _, err := w.Await(ctx, s); return err },
			"ListQueueTags":      func() error { return w.Delete(ctx, s) },
			"DeleteQueue":        func() error { return w.Delete(ctx, s) },
		} {
			remove := w.Cloud.Inject(sim.Fault{Match: sim.On("SQS", op), Kind: sim.Fail, Err: denied})
			err := call()
			remove()
			var api smithy.APIError
			require.ErrorAs(t, err, &api, op)
			require.Equal(t, "AccessDenied", api.ErrorCode(), op)
			require.ErrorContains(t, err, s.Name, op)
		}
		ended, cancel := context.WithCancelCause(ctx)
		cancel(errors.New("enough"))
		_, err := w.Create(ended, c)
		require.ErrorIs(t, err, context.Canceled)
	})
}
