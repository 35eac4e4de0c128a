package snsdriver_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/internal/drivertest"
	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/internal/taglist"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
	"github.com/peppercorn-go/peppercorn/provision/snsdriver"
	"github.com/peppercorn-go/peppercorn/provision/snsdriver/snstest"
)

// world is a driver on a simulated SNS.
type world struct {
	*snsdriver.Driver
	drivertest.Lab
	service *snstest.SNS
	client  *sns.Client
}

// in runs a test in a bubble of virtual time.
func in(t *testing.T, test func(ctx context.Context, t *testing.T, w world), optFns ...func(*snstest.Options)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		cloud := sim.New(func(o *sim.Options) { o.PageSize = 2 })
		service := snstest.Register(cloud, optFns...)
		client := sns.NewFromConfig(cloud.Config())
		driver := snsdriver.New(client)
		test(t.Context(), t, world{driver, drivertest.NewLab(cloud, driver), service, client})
	})
}

const (
	queue = "arn:aws:sqs:us-east-1:123456789012:jobs"
	hook  = "https://hooks.example.com/a"
)

// everybody is a topic with a subscription of each sort.
var everybody = kinds.Topic{KMSKey: "alias/shop", Subscriptions: []kinds.Subscription{
	{Protocol: kinds.ToQueue, Endpoint: queue, Raw: true},
	{Protocol: kinds.ToFunction, Endpoint: "arn:aws:lambda:us-east-1:123456789012:function:work"},
	{Protocol: kinds.ToHTTPS, Endpoint: hook},
	{Protocol: kinds.ToEmail, Endpoint: "ops@example.com"},
}}

// orders is a call for a topic of an attempt.
func orders(attempt string, spec kinds.Topic) provision.Call {
	return provision.Call{Owner: drivertest.Owner(attempt), Node: "orders", Spec: spec}
}

func TestTopicIsMadeAsTheBlueprintSays(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		c := orders("a1", everybody)
		c.Keep = true
		s := w.Made(ctx, t, c)
		require.Equal(t, c.Name(256, ""), s.Name)
		require.Equal(t, "arn:aws:sns:us-east-1:123456789012:"+s.Name, s.ID)
		require.Equal(t, c.Owner, s.Owner)
		require.True(t, s.Keep)
		require.Equal(t, map[string]provision.Value{
			"ARN": provision.TextValue(s.ID), "Name": provision.TextValue(s.Name),
		}, s.Outputs)
		topic := w.service.Topics()[0]
		require.Equal(t, c.Tags(), topic.Tags)
		require.Equal(t, "alias/shop", topic.Attributes["KmsMasterKeyId"])
		subscriptions := w.service.Subscriptions()
		require.Len(t, subscriptions, 4)
		require.Equal(t, "true", subscriptions[0].Attributes["RawMessageDelivery"])
		require.Equal(t, "false", subscriptions[2].Attributes["RawMessageDelivery"])
	})
	in(t, func(ctx context.Context, t *testing.T, w world) {
		c := orders("a1", kinds.Topic{FIFO: true, ContentDeduplication: true})
		s := w.Made(ctx, t, c)
		require.Equal(t, c.Name(256, ".fifo"), s.Name)
		require.Equal(t, "true", w.service.Topics()[0].Attributes["ContentBasedDeduplication"])
	})
}

// A program that is killed anywhere between the first call and the last leaves a topic that the next run finishes.
func TestCrashBetweenTheStepsIsCompleted(t *testing.T) {
	c := orders("a1", everybody)
	for _, when := range []sim.When{sim.Before, sim.After} {
		for k, done := 1, false; !done; k++ {
			in(t, func(ctx context.Context, t *testing.T, w world) {
				require.Less(t, k, 50)
				first := w.Cloud.Process("first")
				first.CrashAt(k, when)
				_, err := snsdriver.New(sns.NewFromConfig(first.Config())).Create(ctx, c)
				if done = !first.Crashed(); done {
					require.NoError(t, err)
					return
				}
				for _, topic := range w.service.Topics() {
					require.Equal(t, c.Tags(), topic.Tags, "what exists is ours from birth")
				}
				w.Made(ctx, t, c)
				require.Len(t, w.service.Topics(), 1)
				require.Len(t, w.service.Subscriptions(), 4)
			})
		}
	}
}

func TestLostRepliesMakeOneOfEach(t *testing.T) {
	for _, op := range []string{"CreateTopic", "Subscribe"} {
		in(t, func(ctx context.Context, t *testing.T, w world) {
			w.Cloud.Inject(sim.Fault{Match: sim.On("SNS", op), Times: 1, Kind: sim.LostReply})
			s := w.Made(ctx, t, orders("a1", everybody))
			require.Equal(t, s, w.Made(ctx, t, orders("a1", everybody)))
			require.Len(t, w.service.Topics(), 1)
			require.Len(t, w.service.Subscriptions(), 4)
		})
	}
}

// Who was asked to confirm a subscription is not asked again by every run of the program.
func TestNobodyIsAskedTwice(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		w.Made(ctx, t, orders("a1", everybody))
		w.Cloud.ForgetCalls()
		w.Made(ctx, t, orders("a1", everybody))
		require.Equal(t, 2, w.Times("Subscribe"), "the queue's and the function's, which changes nothing")

		require.Equal(t, 1, w.service.Confirm(hook))
		time.Sleep(49 * time.Hour) // and the mail was never answered
		require.Len(t, w.service.Subscriptions(), 3)
		w.Made(ctx, t, orders("a1", everybody))
		require.Len(t, w.service.Subscriptions(), 4)
	})
}

func TestStrangersTopicIsNeverAdopted(t *testing.T) {
	ours, other := orders("a1", everybody), orders("a2", kinds.Topic{})
	for name, stranger := range map[string]struct{ attributes, tags map[string]string }{
		"without anything":  {},
		"same settings":     {attributes: map[string]string{"KmsMasterKeyId": "alias/shop"}},
		"another attempt's": {tags: other.Tags()},
	} {
		t.Run(name, func(t *testing.T) {
			in(t, func(ctx context.Context, t *testing.T, w world) {
				for i := range 4 { // on other pages
					_, err := w.service.AddTopic(fmt.Sprintf("a%d", i), nil, nil)
					require.NoError(t, err)
				}
				before, err := w.service.AddTopic(ours.Name(256, ""), stranger.attributes, stranger.tags)
				require.NoError(t, err)
				_, err = w.Create(ctx, ours)
				var foreign *provision.ForeignError
				require.ErrorAs(t, err, &foreign)
				require.ErrorIs(t, err, provision.ErrForeign)
				require.Equal(t, before.ARN, foreign.ID)
				require.Equal(t, "orders", foreign.Node)

				err = w.Delete(ctx, provision.State{ID: before.ARN, Owner: ours.Owner, Node: "orders", Kind: kinds.TopicKind})
				require.ErrorIs(t, err, provision.ErrForeign)
				require.Equal(t, before, w.service.Topics()[4])
				require.Empty(t, w.service.Subscriptions())
			})
		})
	}
}

func TestOwnTopicWithFurtherTagsAndSubscriptionsIsAdopted(t *testing.T) {
	for _, all := range []bool{false, true} { // it is not documented which tags SNS compares
		in(t, func(ctx context.Context, t *testing.T, w world) {
			first := w.Made(ctx, t, orders("a1", everybody))
			_, err := w.client.TagResource(ctx, &sns.TagResourceInput{
				ResourceArn: &first.ID, Tags: []types.Tag{{Key: aws.String("cost-center"), Value: aws.String("7")}},
			})
			require.NoError(t, err)
			require.NoError(t, w.service.AddSubscription(first.ID, "arn:aws:sqs:us-east-1:999999999999:theirs"))
			require.Equal(t, first, w.Made(ctx, t, orders("a1", everybody)))
			require.Len(t, w.service.Subscriptions(), 5)
		}, func(o *snstest.Options) { o.AllTags = all })
	}
}

func TestHandEditsAreNamedAndLeft(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		for _, tt := range []struct {
			topic              kinds.Topic
			key, value, expect string
		}{
			{kinds.Topic{KMSKey: "alias/shop"}, "KmsMasterKeyId", "alias/other", "KmsMasterKeyId is alias/other, not alias/shop"},
			{kinds.Topic{}, "KmsMasterKeyId", "alias/other", "KmsMasterKeyId is alias/other, not absent"},
			{kinds.Topic{FIFO: true}, "ContentBasedDeduplication", "true", "ContentBasedDeduplication is true, not false"},
		} {
			c := orders("a1", tt.topic)
			c.Node = fmt.Sprintf("orders-%v-%s", tt.topic.FIFO, tt.topic.KMSKey)
			s := w.Made(ctx, t, c)
			_, err := w.client.SetTopicAttributes(ctx, &sns.SetTopicAttributesInput{TopicArn: &s.ID, AttributeName: &tt.key, AttributeValue: &tt.value})
			require.NoError(t, err)
			before := w.service.Topics()
			_, err = w.Create(ctx, c)
			require.NotErrorIs(t, err, provision.ErrForeign)
			require.ErrorContains(t, err, s.ID)
			require.ErrorContains(t, err, tt.expect)
			require.Equal(t, before, w.service.Topics())
		}
		c := orders("a2", kinds.Topic{Subscriptions: []kinds.Subscription{{Protocol: kinds.ToQueue, Endpoint: queue}}})
		w.Made(ctx, t, c)
		c.Spec = kinds.Topic{Subscriptions: []kinds.Subscription{{Protocol: kinds.ToQueue, Endpoint: queue, Raw: true}}}
		_, err := w.Create(ctx, c)
		require.ErrorContains(t, err, "subscription 0 (sqs)")
		require.ErrorContains(t, err, "already exists with different attributes")
	})
}

func TestARefusalThatIsNoTopicsFault(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		w.Cloud.Inject(sim.Fault{Match: sim.On("SNS", "CreateTopic"), Kind: sim.Fail, Err: &types.InvalidParameterException{Message: aws.String("no such key")}})
		_, err := w.Create(ctx, orders("a1", everybody))
		require.NotErrorIs(t, err, provision.ErrForeign)
		require.ErrorContains(t, err, "no such key")
	})
}

func TestTagsOfADeletedTopicAreWaitedFor(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		first := w.Made(ctx, t, orders("a1", everybody))
		require.NoError(t, w.Delete(ctx, first))
		start := time.Now()
		require.Equal(t, first.ID, w.Made(ctx, t, orders("a1", everybody)).ID)
		require.GreaterOrEqual(t, time.Since(start), 10*time.Second)

		w.Cloud.Inject(sim.Fault{Match: sim.On("SNS", "CreateTopic"), Kind: sim.Fail, Err: &types.StaleTagException{}})
		_, err := w.Create(ctx, orders("a2", kinds.Topic{}))
		require.ErrorIs(t, err, provision.ErrDeleting)
	})
}

// SNS would keep them for two days, in which they count against a quota and nobody can tell whose they are.
func TestDeleteEndsOurSubscriptionsToo(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		s := w.Made(ctx, t, orders("a1", everybody))
		require.Equal(t, 1, w.service.Confirm(hook))
		require.NoError(t, w.service.AddSubscription(s.ID, "arn:aws:sqs:us-east-1:999999999999:theirs"))
		other := w.Made(ctx, t, orders("a2", everybody))
		require.NoError(t, w.Delete(ctx, s))
		require.Len(t, w.service.Topics(), 1)
		var left []string
		for _, sub := range w.service.Subscriptions() {
			if sub.TopicARN == s.ID {
				require.True(t, sub.Orphaned)
				left = append(left, sub.Endpoint)
			}
		}
		require.Equal(t, []string{"ops@example.com", "arn:aws:sqs:us-east-1:999999999999:theirs"}, left,
			"what waits for a confirmation cannot be ended, and another account's is not ours to end")
		time.Sleep(49 * time.Hour)
		for _, sub := range w.service.Subscriptions() {
			require.Equal(t, other.ID, sub.TopicARN)
		}
		require.NoError(t, w.Delete(ctx, s))
	})
}

func TestDeleteThatIsInterruptedGoesOn(t *testing.T) {
	for k, done := 1, false; !done; k++ {
		in(t, func(ctx context.Context, t *testing.T, w world) {
			s := w.Made(ctx, t, orders("a1", everybody))
			first := w.Cloud.Process("first")
			first.CrashAt(k, sim.After)
			_ = snsdriver.New(sns.NewFromConfig(first.Config())).Delete(ctx, s)
			done = !first.Crashed()
			require.NoError(t, w.Delete(ctx, s))
			require.Empty(t, w.service.Topics())
			require.Len(t, w.service.Subscriptions(), 2, "the two that nobody has confirmed")
		})
	}
}

func TestDeleteEndsWhenSNSSaysSoTwice(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		// SNS has made the topic and the program has crashed at once: it knows the topic's ARN, not all of SNS does.
		c := orders("a1", kinds.Topic{})
		tags := taglist.Of(c.Tags(), func(key, value *string) types.Tag { return types.Tag{Key: key, Value: value} })
		out, err := w.client.CreateTopic(ctx, &sns.CreateTopicInput{Name: aws.String(c.Name(256, "")), Tags: tags})
		require.NoError(t, err)
		time.Sleep(2 * time.Second)
		w.Cloud.Inject(sim.Fault{Match: sim.On("SNS", "ListTagsForResource"), Times: 1, Kind: sim.Fail, Err: &types.ResourceNotFoundException{}})
		s := provision.State{Node: c.Node, Kind: kinds.TopicKind, ID: *out.TopicArn, Owner: c.Owner}
		require.NoError(t, w.Delete(ctx, s))
		require.Empty(t, w.service.Topics())
		states, err := w.Found(ctx, c.Owner)
		require.NoError(t, err)
		require.Empty(t, states, "SNS lists it still, and knows no tags of it")
		_, err = w.Await(ctx, s)
		require.ErrorIs(t, err, provision.ErrGone)
	})
}

func TestFindReadsAllPagesAndOnlyItsOwn(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		var want []string
		for i := range 5 {
			c := orders("a1", kinds.Topic{FIFO: i%2 == 0})
			c.Node = fmt.Sprintf("orders-%d", i)
			want = append(want, w.Made(ctx, t, c).ID)
		}
		w.Made(ctx, t, orders("a2", kinds.Topic{}))
		warehouse := orders("a1", kinds.Topic{})
		warehouse.Owner.App = "warehouse"
		for _, name := range []string{"shop-legacy", "warehouse", "Shop_News", warehouse.Name(256, "")} {
			_, err := w.service.AddTopic(name, nil, map[string]string{"peppercorn:registry": "r3g1"})
			require.NoError(t, err)
		}
		w.Cloud.ForgetCalls()
		states, err := w.Found(ctx, orders("a1", kinds.Topic{}).Owner)
		require.NoError(t, err)
		var got []string
		for _, s := range states {
			require.Len(t, s.Outputs, 2)
			got = append(got, s.ID)
		}
		require.ElementsMatch(t, want, got)
		require.Equal(t, 6, w.Times("ListTagsForResource"), "topics of other names are left in peace")
		states, err = w.Found(ctx, provision.Owner{Registry: "r3g1"})
		require.NoError(t, err)
		require.Len(t, states, 6)
	})
}

// SNS throttles those who read tags faster than ten times a second, and the SDK gives up after three attempts.
func TestFindKeepsToTheRateOfTags(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		for i := range 100 {
			c := orders("a1", kinds.Topic{})
			c.Node = fmt.Sprintf("orders-%d", i)
			_, err := w.service.AddTopic(c.Name(256, ""), nil, c.Tags())
			require.NoError(t, err)
		}
		start := time.Now()
		states, err := w.Found(ctx, provision.Owner{Registry: "r3g1"})
		require.NoError(t, err)
		require.Len(t, states, 100)
		require.InDelta(t, 9, time.Since(start).Seconds(), 2)
		for _, call := range w.Cloud.Calls() {
			require.NoError(t, call.Err, "nothing was throttled")
		}
	})
}

func TestFindFailsRatherThanMissATopic(t *testing.T) {
	for _, op := range []string{"ListTopics", "ListTagsForResource"} {
		in(t, func(ctx context.Context, t *testing.T, w world) {
			w.Made(ctx, t, orders("a1", kinds.Topic{}))
			w.Cloud.Inject(sim.Fault{Match: sim.On("SNS", op), Kind: sim.Fail, Err: sim.Error("AuthorizationError", "no", 403)})
			_, err := w.Found(ctx, orders("a1", kinds.Topic{}).Owner)
			require.ErrorContains(t, err, "AuthorizationError")
		})
	}
}

func TestErrorsNameTheTopicAndUnwrap(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		c := orders("a1", everybody)
		s := w.Made(ctx, t, c)
		create := func() error { _, err := w.Create(ctx, c); return err }
		remove := func() error { return w.Delete(ctx, s) }
		for op, call := range map[string]func() error{
			"CreateTopic":              create,
			"GetTopicAttributes":       create,
			"ListSubscriptionsByTopic": create,
			"Subscribe":                create,
			"ListTagsForResource":      remove,
			"Unsubscribe":              remove,
		} {
			heal := w.Cloud.Inject(sim.Fault{Match: sim.On("SNS", op), Kind: sim.Fail, Err: sim.Error("AuthorizationError", "not for you", 403)})
			err := call()
			heal()
			var refusal smithy.APIError
			require.ErrorAs(t, err, &refusal, op)
			require.Equal(t, "AuthorizationError", refusal.ErrorCode(), op)
			require.ErrorContains(t, err, s.Name, op)
			require.NotContains(t, err.Error(), "hooks.example.com", "an endpoint may be a secret, as some make their URLs")
		}
		heal := w.Cloud.Inject(sim.Fault{Match: sim.On("SNS", "DeleteTopic"), Kind: sim.Fail, Err: sim.Error("AuthorizationError", "no", 403)})
		require.ErrorContains(t, remove(), s.Name)
		heal()
		ended, cancel := context.WithCancelCause(ctx)
		cancel(errors.New("enough"))
		_, err := w.Create(ended, c)
		require.ErrorIs(t, err, context.Canceled)
	})
}

func TestOtherSpecsAreRefused(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		c := orders("a1", kinds.Topic{})
		require.NoError(t, w.Validate(c))
		c.Spec = &kinds.Topic{}
		require.ErrorContains(t, w.Validate(c), "*kinds.Topic")
		_, err := w.Create(ctx, c)
		require.ErrorContains(t, err, `node "orders"`)
		require.Empty(t, w.Cloud.Calls())
	})
}
