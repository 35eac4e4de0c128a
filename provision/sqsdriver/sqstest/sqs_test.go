package sqstest_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/provision/sqsdriver/sqstest"
)

// world is a service and a client of it.
type world struct {
	*sqs.Client
	service *sqstest.SQS
	cloud   *sim.Cloud
}

// in runs a test in a bubble of virtual time.
func in(t *testing.T, test func(ctx context.Context, t *testing.T, w world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		cloud := sim.New(func(o *sim.Options) { o.PageSize = 2 })
		service := sqstest.Register(cloud)
		test(t.Context(), t, world{sqs.NewFromConfig(cloud.Config()), service, cloud})
	})
}

// make makes a queue and waits until it can be used.
func (w world) make(ctx context.Context, t *testing.T, name string, attributes map[string]string) string {
	t.Helper()
	out, err := w.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: &name, Attributes: attributes})
	require.NoError(t, err)
	time.Sleep(time.Second)
	return *out.QueueUrl
}

func (w world) attribute(ctx context.Context, t *testing.T, url, name string) string {
	t.Helper()
	out, err := w.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: &url, AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameAll}})
	require.NoError(t, err)
	return out.Attributes[name]
}

func TestNewQueueIsUnknownForASecond(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		out, err := w.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String("jobs")})
		require.NoError(t, err)
		var missing *types.QueueDoesNotExist

		time.Sleep(999 * time.Millisecond)
		_, err = w.ListQueueTags(ctx, &sqs.ListQueueTagsInput{QueueUrl: out.QueueUrl})
		require.ErrorAs(t, err, &missing)
		_, err = w.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: aws.String("jobs")})
		require.ErrorAs(t, err, &missing)
		require.Equal(t, "AWS.SimpleQueueService.NonExistentQueue", missing.ErrorCode())
		list, err := w.ListQueues(ctx, &sqs.ListQueuesInput{})
		require.NoError(t, err)
		require.Empty(t, list.QueueUrls)

		time.Sleep(time.Millisecond)
		got, err := w.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: aws.String("jobs")})
		require.NoError(t, err)
		require.Equal(t, "https://sqs.us-east-1.amazonaws.com/123456789012/jobs", *got.QueueUrl)
		require.Equal(t, out.QueueUrl, got.QueueUrl)
		require.Equal(t, "arn:aws:sqs:us-east-1:123456789012:jobs", w.attribute(ctx, t, *got.QueueUrl, "QueueArn"))
	})
}

func TestCreateComparesTheAttributesOfTheRequest(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		url := w.make(ctx, t, "jobs", map[string]string{"DelaySeconds": "5"})
		for name, again := range map[string]struct {
			attributes map[string]string
			differs    string
		}{
			"same":          {map[string]string{"DelaySeconds": "5"}, ""},
			"not named":     {nil, ""},
			"a default":     {map[string]string{"VisibilityTimeout": "30"}, ""},
			"other value":   {map[string]string{"DelaySeconds": "6"}, "DelaySeconds"},
			"other default": {map[string]string{"VisibilityTimeout": "31", "DelaySeconds": "5"}, "VisibilityTimeout"},
		} {
			out, err := w.CreateQueue(ctx, &sqs.CreateQueueInput{
				QueueName: aws.String("jobs"), Attributes: again.attributes,
			})
			if again.differs == "" {
				require.NoError(t, err, name)
				require.Equal(t, url, *out.QueueUrl, name)
				continue
			}
			var differs *types.QueueNameExists
			require.ErrorAs(t, err, &differs, name)
			require.Equal(t, "QueueAlreadyExists", differs.ErrorCode(), name)
			require.ErrorContains(t, err, "different value for attribute "+again.differs, name)
		}
		require.Len(t, w.service.Queues(), 1)
	})
}

func TestCreateComparesTheTagsOfTheRequest(t *testing.T) {
	for _, ignore := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			cloud := sim.New()
			service := sqstest.Register(cloud, func(o *sqstest.Options) { o.IgnoreTags = ignore })
			client := sqs.NewFromConfig(cloud.Config())
			create := func(tags map[string]string) error {
				_, err := client.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String("jobs"), Tags: tags})
				return err
			}
			require.NoError(t, create(map[string]string{"team": "a"}))
			require.NoError(t, create(map[string]string{"team": "a"}))
			require.NoError(t, create(nil), "a request without tags does not compare them")
			for _, tags := range []map[string]string{{"team": "b"}, {"team": "a", "more": "x"}, {"more": "x"}} {
				var differs *types.QueueNameExists
				if err := create(tags); ignore {
					require.NoError(t, err)
				} else {
					require.ErrorAs(t, err, &differs)
				}
				require.Equal(t, map[string]string{"team": "a"}, service.Queues()[0].Tags, "a create of what exists changes nothing")
			}
		})
	}
}

func TestDeletionTakesTimeAndBlocksTheName(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		url := w.make(ctx, t, "jobs", nil)
		require.NoError(t, w.service.AddMessages("jobs", 3))
		start := time.Now()
		for range 2 { // a second DeleteQueue changes nothing
			_, err := w.DeleteQueue(ctx, &sqs.DeleteQueueInput{QueueUrl: &url})
			require.NoError(t, err)
		}
		require.True(t, w.service.Queues()[0].Deleting)
		require.Equal(t, "3", w.attribute(ctx, t, url, "ApproximateNumberOfMessages"), "it answers as if nothing had happened")

		var missing *types.QueueDoesNotExist
		var recently *types.QueueDeletedRecently
		gone := time.Duration(0)
		for gone == 0 {
			_, err := w.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String("jobs")})
			require.ErrorAs(t, err, &recently)
			if _, err = w.ListQueueTags(ctx, &sqs.ListQueueTagsInput{QueueUrl: &url}); errors.As(err, &missing) {
				gone = time.Since(start)
			}
			time.Sleep(time.Second)
		}
		require.Greater(t, gone, 29*time.Second)
		require.Less(t, gone, 61*time.Second)
		_, err := w.DeleteQueue(ctx, &sqs.DeleteQueueInput{QueueUrl: &url})
		require.ErrorAs(t, err, &missing)
		require.Empty(t, w.service.Queues())

		time.Sleep(time.Minute - time.Millisecond - time.Since(start))
		_, err = w.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String("jobs")})
		require.ErrorAs(t, err, &recently)
		require.Equal(t, "AWS.SimpleQueueService.QueueDeletedRecently", recently.ErrorCode())
		time.Sleep(time.Millisecond)
		require.Equal(t, "0", w.attribute(ctx, t, w.make(ctx, t, "jobs", nil), "ApproximateNumberOfMessages"))
	})
}

func TestBadRequests(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		w.make(ctx, t, "plain", nil)
		w.make(ctx, t, "ordered.fifo", map[string]string{"FifoQueue": "true"})
		fifty := map[string]string{}
		for i := range 50 {
			fifty[fmt.Sprint(i)] = ""
		}
		many := maps.Clone(fifty)
		many["one more"] = ""
		redrive := func(name string) map[string]string {
			return map[string]string{"RedrivePolicy": `{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:123456789012:` + name + `","maxReceiveCount":5}`}
		}
		one := func(name, value string) map[string]string { return map[string]string{name: value} }
		for name, c := range map[string]struct {
			name       string
			attributes map[string]string
			tags       map[string]string
			code, text string // of the refusal; "" if the request is right
		}{
			"80 characters":       {name: strings.Repeat("a", 80)},
			"81 characters":       {name: strings.Repeat("a", 81), code: "InvalidParameterValue", text: "1 to 80 in length"},
			"no name":             {name: "", code: "InvalidParameterValue", text: "1 to 80 in length"},
			"dot":                 {name: "a.b", code: "InvalidParameterValue", text: "alphanumeric"},
			"fifo by name only":   {name: "a.fifo", code: "InvalidParameterValue", text: "alphanumeric"},
			"fifo":                {name: "a.fifo", attributes: one("FifoQueue", "true")},
			"fifo without suffix": {name: "a", attributes: one("FifoQueue", "true"), code: "InvalidParameterValue", text: "must end with .fifo"},
			"long fifo":           {name: strings.Repeat("a", 76) + ".fifo", attributes: one("FifoQueue", "true"), code: "InvalidParameterValue"},
			"not fifo":            {name: "a", attributes: one("FifoQueue", "false"), code: "InvalidAttributeName", text: "Unknown Attribute FifoQueue"},
			"unknown":             {name: "a", attributes: one("Colour", "red"), code: "InvalidAttributeName", text: "Colour"},
			"read-only":           {name: "a", attributes: one("QueueArn", "x"), code: "InvalidAttributeName"},
			"delay":               {name: "a", attributes: one("DelaySeconds", "901"), code: "InvalidAttributeValue", text: "DelaySeconds"},
			"not a number":        {name: "a", attributes: one("DelaySeconds", "5s"), code: "InvalidAttributeValue"},
			"small":               {name: "a", attributes: one("MaximumMessageSize", "1023"), code: "InvalidAttributeValue"},
			"large":               {name: "a", attributes: one("MaximumMessageSize", "1048577"), code: "InvalidAttributeValue"},
			"short retention":     {name: "a", attributes: one("MessageRetentionPeriod", "59"), code: "InvalidAttributeValue"},
			"long wait":           {name: "a", attributes: one("ReceiveMessageWaitTimeSeconds", "21"), code: "InvalidAttributeValue"},
			"visibility":          {name: "a", attributes: one("VisibilityTimeout", "43201"), code: "InvalidAttributeValue"},
			"two encryptions":     {name: "a", attributes: map[string]string{"KmsMasterKeyId": "alias/x", "SqsManagedSseEnabled": "true"}, code: "InvalidAttributeValue", text: "one type"},
			"redrive":             {name: "redriven", attributes: redrive("plain")},
			"redrive to nowhere":  {name: "a", attributes: redrive("later"), code: "InvalidParameterValue", text: "Dead letter target does not exist"},
			"redrive to fifo":     {name: "a", attributes: redrive("ordered.fifo"), code: "InvalidParameterValue", text: "same type"},
			"redrive of nothing":  {name: "a", attributes: one("RedrivePolicy", `{"maxReceiveCount":5}`), code: "InvalidParameterValue", text: "deadLetterTargetArn"},
			"redrive, no JSON":    {name: "a", attributes: one("RedrivePolicy", `plain`), code: "InvalidParameterValue", text: "JSON"},
			"50 tags":             {name: "b", tags: fifty},
			"51 tags":             {name: "a", tags: many, code: "InvalidParameterValue", text: "There are 51 tags"},
			"long key":            {name: "a", tags: one(strings.Repeat("k", 129), ""), code: "InvalidParameterValue", text: "1 and 128"},
			"long value":          {name: "a", tags: one("k", strings.Repeat("ü", 257)), code: "InvalidParameterValue", text: "at most 256"},
			"256 runes":           {name: "c", tags: one("k", strings.Repeat("ü", 256))},
			"reserved":            {name: "a", tags: one("AWS:k", ""), code: "InvalidParameterValue", text: "reserved"},
			"parentheses":         {name: "a", tags: one("k", "feat(api)"), code: "InvalidParameterValue", text: "must match"},
			"emoji":               {name: "a", tags: one("k", "🚀"), code: "InvalidParameterValue", text: "must match"},
		} {
			before := len(w.service.Queues())
			_, err := w.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String(c.name), Attributes: c.attributes, Tags: c.tags})
			if c.code == "" {
				require.NoError(t, err, name)
				continue
			}
			var api smithy.APIError
			require.ErrorAs(t, err, &api, name)
			require.Equal(t, c.code, api.ErrorCode(), name)
			require.ErrorContains(t, err, c.text, name)
			require.Len(t, w.service.Queues(), before, name)
		}
	})
}

func TestListGivesATokenOnlyWhenAskedForPages(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		for _, name := range []string{"shop-b", "shop-a", "shop-c", "other"} {
			w.make(ctx, t, name, nil)
		}
		out, err := w.ListQueues(ctx, &sqs.ListQueuesInput{QueueNamePrefix: aws.String("shop-")})
		require.NoError(t, err)
		require.Len(t, out.QueueUrls, 2, "cut short")
		require.Nil(t, out.NextToken, "in silence")

		var names []string
		pages := sqs.NewListQueuesPaginator(w.Client, &sqs.ListQueuesInput{QueueNamePrefix: aws.String("shop-"), MaxResults: aws.Int32(1000)})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			require.NoError(t, err)
			for _, url := range page.QueueUrls {
				names = append(names, url[strings.LastIndex(url, "/")+1:])
			}
		}
		require.Equal(t, []string{"shop-a", "shop-b", "shop-c"}, names)
		_, err = w.ListQueues(ctx, &sqs.ListQueuesInput{MaxResults: aws.Int32(1001)})
		require.ErrorContains(t, err, "MaxResults")
	})
}

func TestQueueOfAnotherRegionIsAnotherQueue(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		url := w.make(ctx, t, "jobs", nil)
		abroad := sqs.NewFromConfig(w.cloud.Config(), func(o *sqs.Options) { o.Region = "eu-central-1" })
		var missing *types.QueueDoesNotExist
		_, err := abroad.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: aws.String("jobs")})
		require.ErrorAs(t, err, &missing)
		var address *types.InvalidAddress
		_, err = abroad.DeleteQueue(ctx, &sqs.DeleteQueueInput{QueueUrl: &url})
		require.ErrorAs(t, err, &address)
	})
}

func TestTagsCanBeChangedLater(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		url := w.make(ctx, t, "jobs", nil)
		_, err := w.TagQueue(ctx, &sqs.TagQueueInput{QueueUrl: &url, Tags: map[string]string{"a": "1", "b": "2"}})
		require.NoError(t, err)
		_, err = w.UntagQueue(ctx, &sqs.UntagQueueInput{QueueUrl: &url, TagKeys: []string{"a", "none"}})
		require.NoError(t, err)
		out, err := w.ListQueueTags(ctx, &sqs.ListQueueTagsInput{QueueUrl: &url})
		require.NoError(t, err)
		require.Equal(t, map[string]string{"b": "2"}, out.Tags)
	})
}

func TestRatesAreLimited(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		once := func(o *sqs.Options) { o.Retryer = aws.NopRetryer{} }
		url := w.make(ctx, t, "jobs", nil)
		throttled := func(calls int, call func() error) (n int) {
			for range calls {
				var throttle *types.RequestThrottled
				if err := call(); err != nil {
					require.ErrorAs(t, err, &throttle)
					n++
				}
			}
			return n
		}
		require.Equal(t, 5, throttled(35, func() error {
			_, err := w.ListQueueTags(ctx, &sqs.ListQueueTagsInput{QueueUrl: &url}, once)
			return err
		}))
		time.Sleep(time.Minute)
		require.Equal(t, 50, throttled(250, func() error {
			_, err := w.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: aws.String("jobs")}, once)
			return err
		}))
	})
}

func TestSettingsCanBeChangedByHand(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		url := w.make(ctx, t, "jobs", nil)
		_, err := w.SetQueueAttributes(ctx, &sqs.SetQueueAttributesInput{QueueUrl: &url, Attributes: map[string]string{"DelaySeconds": "9"}})
		require.NoError(t, err)
		require.Equal(t, "9", w.attribute(ctx, t, url, "DelaySeconds"))
		_, err = w.SetQueueAttributes(ctx, &sqs.SetQueueAttributesInput{QueueUrl: &url, Attributes: map[string]string{"DelaySeconds": "-1"}})
		require.Error(t, err)
		require.Equal(t, "9", w.attribute(ctx, t, url, "DelaySeconds"))
		out, err := w.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: &url})
		require.NoError(t, err)
		require.Empty(t, out.Attributes, "who names no attribute gets none")
		_, err = w.PurgeQueue(ctx, &sqs.PurgeQueueInput{QueueUrl: &url})
		require.NoError(t, err)
		var progress *types.PurgeQueueInProgress
		_, err = w.PurgeQueue(ctx, &sqs.PurgeQueueInput{QueueUrl: &url})
		require.ErrorAs(t, err, &progress)
	})
}

func TestOtherOperationsAreRefused(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		_, err := w.SendMessageBatch(ctx, &sqs.SendMessageBatchInput{QueueUrl: aws.String("x"), Entries: []types.SendMessageBatchRequestEntry{{Id: aws.String("1"), MessageBody: aws.String("x")}}})
		require.ErrorContains(t, err, "does not know the operation SendMessageBatch")
	})
}
