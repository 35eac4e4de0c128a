package snstest_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
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
	"github.com/peppercorn-go/peppercorn/provision/snsdriver/snstest"
)

// world is a service and a client of it.
type world struct {
	*sns.Client
	service *snstest.SNS
	cloud   *sim.Cloud
}

// in runs a test in a bubble of virtual time.
func in(t *testing.T, test func(ctx context.Context, t *testing.T, w world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		cloud := sim.New(func(o *sim.Options) { o.PageSize = 2 })
		service := snstest.Register(cloud)
		test(t.Context(), t, world{sns.NewFromConfig(cloud.Config()), service, cloud})
	})
}

func tag(k, v string) types.Tag { return types.Tag{Key: &k, Value: &v} }

// refusal of an error, or nothing.
func refusal(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode() + ": " + api.ErrorMessage()
	}
	return fmt.Sprint(err)
}

func (w world) create(ctx context.Context, name string, attributes map[string]string, tags ...types.Tag) (string, error) {
	out, err := w.CreateTopic(ctx, &sns.CreateTopicInput{Name: &name, Attributes: attributes, Tags: tags})
	if err != nil {
		return "", err
	}
	return *out.TopicArn, nil
}

func TestNamesAndAttributes(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		fifo := map[string]string{"FifoTopic": "true"}
		for _, tt := range []struct {
			name       string
			attributes map[string]string
			good       bool
		}{
			{"a", nil, true},
			{strings.Repeat("x", 256), nil, true},
			{strings.Repeat("x", 257), nil, false},
			{"a.b", nil, false},
			{"a.fifo", nil, false},
			{"b.fifo", fifo, true},
			{"b", fifo, false},
			{strings.Repeat("x", 252) + ".fifo", fifo, false},
			{"c", map[string]string{"ContentBasedDeduplication": "true"}, false},
			{"d.fifo", map[string]string{"FifoTopic": "true", "ContentBasedDeduplication": "yes"}, false},
			{"e", map[string]string{"Colour": "red"}, false},
		} {
			_, err := w.create(ctx, tt.name, tt.attributes)
			if tt.good {
				require.NoError(t, err, tt.name)
				continue
			}
			require.Contains(t, refusal(err), "InvalidParameter: ", tt)
		}
	})
}

func TestCreatingOnceMore(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		arn, err := w.create(ctx, "news", map[string]string{"DisplayName": "News"}, tag("a", "1"), tag("b", "2"))
		require.NoError(t, err)
		for _, tt := range []struct {
			attributes map[string]string
			tags       []types.Tag
			want       string
		}{
			{nil, nil, ""},
			{map[string]string{"DisplayName": "News"}, []types.Tag{tag("a", "1")}, ""},
			{map[string]string{"DisplayName": "Olds"}, nil, "InvalidParameter: Invalid parameter: Attributes Reason: Topic already exists with different attributes"},
			{nil, []types.Tag{tag("a", "2")}, "InvalidParameter: Invalid parameter: Tags Reason: Topic already exists with different tags"},
			{nil, []types.Tag{tag("c", "")}, "InvalidParameter: Invalid parameter: Tags Reason: Topic already exists with different tags"},
		} {
			again, err := w.create(ctx, "news", tt.attributes, tt.tags...)
			if tt.want == "" {
				require.NoError(t, err)
				require.Equal(t, arn, again)
				continue
			}
			require.Equal(t, tt.want, refusal(err))
		}
		require.Len(t, w.service.Topics(), 1)
		require.Equal(t, map[string]string{"a": "1", "b": "2"}, w.service.Topics()[0].Tags)
	})
}

func TestNewAndDeletedTopics(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		arn, err := w.create(ctx, "news", nil, tag("a", "1"))
		require.NoError(t, err)
		var missing *types.NotFoundException
		_, err = w.GetTopicAttributes(ctx, &sns.GetTopicAttributesInput{TopicArn: &arn})
		require.ErrorAs(t, err, &missing)
		var resource *types.ResourceNotFoundException
		_, err = w.ListTagsForResource(ctx, &sns.ListTagsForResourceInput{ResourceArn: &arn})
		require.ErrorAs(t, err, &resource)
		listed := func() int {
			out, err := w.ListTopics(ctx, &sns.ListTopicsInput{})
			require.NoError(t, err)
			return len(out.Topics)
		}
		require.Zero(t, listed())
		time.Sleep(time.Second)
		require.Equal(t, 1, listed())
		tags := func() int {
			out, err := w.ListTagsForResource(ctx, &sns.ListTagsForResourceInput{ResourceArn: &arn})
			require.NoError(t, err)
			return len(out.Tags)
		}
		require.Zero(t, tags())
		time.Sleep(time.Second)
		require.Equal(t, 1, tags())

		for range 2 { // to delete what is gone is no error
			_, err = w.DeleteTopic(ctx, &sns.DeleteTopicInput{TopicArn: &arn})
			require.NoError(t, err)
		}
		require.Equal(t, 1, listed())
		_, err = w.create(ctx, "news", nil, tag("a", "1"))
		var stale *types.StaleTagException
		require.ErrorAs(t, err, &stale)
		time.Sleep(10 * time.Second)
		require.Zero(t, listed())
		_, err = w.create(ctx, "news", nil, tag("a", "1"))
		require.NoError(t, err)
	})
}

func TestSubscriptions(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		topic, err := w.service.AddTopic("news", nil, nil)
		require.NoError(t, err)
		subscribe := func(arn, protocol, endpoint string, attributes map[string]string) (string, error) {
			out, err := w.Subscribe(ctx, &sns.SubscribeInput{TopicArn: &arn, Protocol: &protocol, Endpoint: &endpoint, Attributes: attributes})
			if err != nil {
				return "", err
			}
			return *out.SubscriptionArn, nil
		}
		const queue = "arn:aws:sqs:us-east-1:123456789012:jobs"
		raw := map[string]string{"RawMessageDelivery": "true"}
		first, err := subscribe(topic.ARN, "sqs", queue, raw)
		require.NoError(t, err)
		again, err := subscribe(topic.ARN, "sqs", queue, nil)
		require.NoError(t, err)
		require.Equal(t, first, again)
		_, err = subscribe(topic.ARN, "sqs", queue, map[string]string{"RawMessageDelivery": "false"})
		require.Contains(t, refusal(err), "Subscription already exists with different attributes")

		waiting, err := subscribe(topic.ARN, "email", "ops@example.com", nil)
		require.NoError(t, err)
		require.Equal(t, "pending confirmation", waiting)
		for _, bad := range [][2]string{
			{"sqs", "https://sqs/jobs"}, {"sqs", queue + ".fifo"}, {"https", "http://example.com"}, {"email", "ops"}, {"pigeon", "home"}, {"lambda", queue},
		} {
			_, err = subscribe(topic.ARN, bad[0], bad[1], nil)
			require.Contains(t, refusal(err), "InvalidParameter", bad)
		}
		_, err = subscribe(topic.ARN, "email", "dev@example.com", raw)
		require.Contains(t, refusal(err), "does not support raw message delivery")
		fifo, err := w.service.AddTopic("news.fifo", map[string]string{"FifoTopic": "true"}, nil)
		require.NoError(t, err)
		_, err = subscribe(fifo.ARN, "email", "ops@example.com", nil)
		require.Contains(t, refusal(err), "FIFO topics support SQS queues only")

		// A topic that comes after this one does not inherit its subscriptions.
		_, err = w.DeleteTopic(ctx, &sns.DeleteTopicInput{TopicArn: &topic.ARN})
		require.NoError(t, err)
		_, err = w.service.AddTopic("news", nil, nil)
		require.NoError(t, err)
		byTopic, err := w.ListSubscriptionsByTopic(ctx, &sns.ListSubscriptionsByTopicInput{TopicArn: &topic.ARN})
		require.NoError(t, err)
		require.Empty(t, byTopic.Subscriptions)
		all, err := w.ListSubscriptions(ctx, &sns.ListSubscriptionsInput{})
		require.NoError(t, err)
		require.Len(t, all.Subscriptions, 2)
		_, err = w.Unsubscribe(ctx, &sns.UnsubscribeInput{SubscriptionArn: &first})
		require.NoError(t, err)
		require.Len(t, w.service.Subscriptions(), 1)
		time.Sleep(48 * time.Hour)
		require.Empty(t, w.service.Subscriptions())
	})
}

func TestTags(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		for _, bad := range []types.Tag{tag("", ""), tag("aws:a", ""), tag("a", "feat(api)"), tag("a", strings.Repeat("x", 257)), tag(strings.Repeat("x", 129), "")} {
			_, err := w.create(ctx, "news", nil, bad)
			require.Contains(t, refusal(err), "InvalidParameter")
		}
		many := make([]types.Tag, 51)
		for i := range many {
			many[i] = tag(fmt.Sprint("k", i), "v")
		}
		_, err := w.create(ctx, "news", nil, tag("a", "1"), tag("a", "1"))
		require.Contains(t, refusal(err), "Duplicated keys")
		_, err = w.create(ctx, "news", nil, many...)
		var limit *types.TagLimitExceededException
		require.ErrorAs(t, err, &limit)
		require.Empty(t, w.service.Topics())
	})
}

func TestTagsCanBeChangedLater(t *testing.T) {
	tagOf := func(key, value *string) types.Tag { return types.Tag{Key: key, Value: value} }
	in(t, func(ctx context.Context, t *testing.T, w world) {
		topic, err := w.service.AddTopic("news", nil, map[string]string{"a": "1", "b": "2"})
		require.NoError(t, err)
		drivertest.TestTagsLater(t, drivertest.Tagged{
			Tags: func() map[string]string { return w.service.Topics()[0].Tags },
			Change: func(tags map[string]string) error {
				_, err := w.TagResource(ctx, &sns.TagResourceInput{ResourceArn: &topic.ARN, Tags: taglist.Of(tags, tagOf)})
				return err
			},
			Invalid: func(err error) {
				require.Contains(t, refusal(err), "InvalidParameter: Invalid parameter: Tags Reason: ")
			},
			TooMany: func(err error) {
				var limit *types.TagLimitExceededException
				require.ErrorAs(t, err, &limit)
			},
		})
	})
}

func TestRates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := sim.New()
		service := snstest.Register(cloud, func(o *snstest.Options) { o.Settle, o.TagRate = 0, 1 })
		topic, err := service.AddTopic("news", nil, nil)
		require.NoError(t, err)
		client := sns.NewFromConfig(cloud.Config(), func(o *sns.Options) { o.RetryMaxAttempts = 1 })
		in := &sns.ListTagsForResourceInput{ResourceArn: aws.String(topic.ARN)}
		_, err = client.ListTagsForResource(t.Context(), in)
		require.NoError(t, err)
		_, err = client.ListTagsForResource(t.Context(), in)
		require.Contains(t, refusal(err), "ThrottlingException")
	})
}
