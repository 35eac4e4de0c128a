package logstest_test

import (
	"context"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/provision/logsdriver/logstest"
)

// world is a service and a client of it.
type world struct {
	*cloudwatchlogs.Client
	service *logstest.Logs
	cloud   *sim.Cloud
}

// in runs a test in a bubble of virtual time.
func in(t *testing.T, test func(ctx context.Context, t *testing.T, w world), optFns ...func(*logstest.Options)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		cloud := sim.New(func(o *sim.Options) { o.PageSize = 2 })
		service := logstest.Register(cloud, optFns...)
		test(t.Context(), t, world{cloudwatchlogs.NewFromConfig(cloud.Config()), service, cloud})
	})
}

// refused checks that a call is refused with a code.
func refused(t *testing.T, err error, code string) {
	t.Helper()
	var api smithy.APIError
	require.ErrorAs(t, err, &api)
	require.Equal(t, code, api.ErrorCode(), "%v", err)
}

func TestNewGroupIsUnknownForASecond(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		name := aws.String("web")
		_, err := w.CreateLogGroup(ctx, &cloudwatchlogs.CreateLogGroupInput{LogGroupName: name, Tags: map[string]string{"team": "a"}})
		require.NoError(t, err)
		_, err = w.CreateLogGroup(ctx, &cloudwatchlogs.CreateLogGroupInput{LogGroupName: name})
		refused(t, err, "ResourceAlreadyExistsException")
		time.Sleep(999 * time.Millisecond)
		_, err = w.PutRetentionPolicy(ctx, &cloudwatchlogs.PutRetentionPolicyInput{LogGroupName: name, RetentionInDays: aws.Int32(7)})
		refused(t, err, "ResourceNotFoundException")
		list, err := w.DescribeLogGroups(ctx, &cloudwatchlogs.DescribeLogGroupsInput{})
		require.NoError(t, err)
		require.Empty(t, list.LogGroups)
		time.Sleep(time.Millisecond)
		list, err = w.DescribeLogGroups(ctx, &cloudwatchlogs.DescribeLogGroupsInput{})
		require.NoError(t, err)
		require.Equal(t, "arn:aws:logs:us-east-1:123456789012:log-group:web", *list.LogGroups[0].LogGroupArn)
		require.Equal(t, "arn:aws:logs:us-east-1:123456789012:log-group:web:*", *list.LogGroups[0].Arn)
		require.Nil(t, list.LogGroups[0].RetentionInDays)
		tags, err := w.ListTagsForResource(ctx, &cloudwatchlogs.ListTagsForResourceInput{ResourceArn: list.LogGroups[0].LogGroupArn})
		require.NoError(t, err)
		require.Equal(t, map[string]string{"team": "a"}, tags.Tags)
		_, err = w.ListTagsForResource(ctx, &cloudwatchlogs.ListTagsForResourceInput{ResourceArn: list.LogGroups[0].Arn})
		refused(t, err, "InvalidParameterException")
	})
}

func TestWhatIsNoGroupIsRefused(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		for name, in := range map[string]*cloudwatchlogs.CreateLogGroupInput{
			"a blank":      {LogGroupName: aws.String("my logs")},
			"too long":     {LogGroupName: aws.String(strings.Repeat("x", 513))},
			"reserved":     {LogGroupName: aws.String("aws/mine")},
			"a class":      {LogGroupName: aws.String("web"), LogGroupClass: "CHEAP"},
			"an alias":     {LogGroupName: aws.String("web"), KmsKeyId: aws.String("alias/logs")},
			"a tag":        {LogGroupName: aws.String("web"), Tags: map[string]string{"subject": "feat(api): x"}},
			"a key of AWS": {LogGroupName: aws.String("web"), Tags: map[string]string{"AWS:x": "y"}},
			"a long value": {LogGroupName: aws.String("web"), Tags: map[string]string{"x": strings.Repeat("y", 257)}},
		} {
			_, err := w.CreateLogGroup(ctx, in)
			require.Error(t, err, name)
			refused(t, err, "InvalidParameterException")
		}
		require.Empty(t, w.service.Groups())
	})
}

func TestRetentionIsOneOfTheList(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		_, err := w.service.AddGroup("web", nil)
		require.NoError(t, err)
		put := func(days int32) error {
			_, err := w.PutRetentionPolicy(ctx, &cloudwatchlogs.PutRetentionPolicyInput{LogGroupName: aws.String("web"), RetentionInDays: &days})
			return err
		}
		refused(t, put(2), "InvalidParameterException")
		require.NoError(t, put(3))
		w.service.SetAccountRetention(30)
		list, err := w.DescribeLogGroups(ctx, &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: aws.String("w")})
		require.NoError(t, err)
		require.Equal(t, int32(30), *list.LogGroups[0].RetentionInDays)
		require.NotNil(t, list.LogGroups[0].RetentionPolicyName)
		require.Equal(t, 3, w.service.Groups()[0].RetentionDays)
		w.service.SetAccountRetention(0)
		_, err = w.DeleteRetentionPolicy(ctx, &cloudwatchlogs.DeleteRetentionPolicyInput{LogGroupName: aws.String("web")})
		require.NoError(t, err)
		require.Zero(t, w.service.Groups()[0].RetentionDays)
	})
}

func TestBytesAreCountedLateAndStreamsAtOnce(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		_, err := w.service.AddGroup("web", nil)
		require.NoError(t, err)
		group := aws.String("web")
		event := types.InputLogEvent{Message: aws.String("hello"), Timestamp: aws.Int64(time.Now().UnixMilli())}
		put := &cloudwatchlogs.PutLogEventsInput{LogGroupName: group, LogStreamName: aws.String("b"), LogEvents: []types.InputLogEvent{event}}
		_, err = w.PutLogEvents(ctx, put)
		refused(t, err, "ResourceNotFoundException")
		for _, stream := range []string{"a", "b", "c"} {
			_, err = w.CreateLogStream(ctx, &cloudwatchlogs.CreateLogStreamInput{LogGroupName: group, LogStreamName: &stream})
			require.NoError(t, err)
		}
		_, err = w.CreateLogStream(ctx, &cloudwatchlogs.CreateLogStreamInput{LogGroupName: group, LogStreamName: aws.String("a")})
		refused(t, err, "ResourceAlreadyExistsException")
		_, err = w.PutLogEvents(ctx, put)
		require.NoError(t, err)

		streams, err := w.DescribeLogStreams(ctx, &cloudwatchlogs.DescribeLogStreamsInput{LogGroupName: group})
		require.NoError(t, err)
		require.Len(t, streams.LogStreams, 2)
		require.Nil(t, streams.LogStreams[0].FirstEventTimestamp)
		require.Equal(t, event.Timestamp, streams.LogStreams[1].FirstEventTimestamp)
		require.NotNil(t, streams.NextToken)
		stored := func() int64 {
			list, err := w.DescribeLogGroups(ctx, &cloudwatchlogs.DescribeLogGroupsInput{})
			require.NoError(t, err)
			return *list.LogGroups[0].StoredBytes
		}
		require.Zero(t, stored())
		require.Equal(t, int64(31), w.service.Groups()[0].Bytes)
		time.Sleep(time.Hour)
		require.Equal(t, int64(31), stored())
	})
}

func TestListHasPages(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		for _, name := range []string{"c", "a", "b", "other"} {
			_, err := w.service.AddGroup("shop-"+name, nil)
			require.NoError(t, err)
		}
		var names []string
		pages := cloudwatchlogs.NewDescribeLogGroupsPaginator(w, &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: aws.String("shop-")})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			require.NoError(t, err)
			require.Len(t, page.LogGroups, 2)
			for _, group := range page.LogGroups {
				names = append(names, *group.LogGroupName)
			}
		}
		require.Equal(t, []string{"shop-a", "shop-b", "shop-c", "shop-other"}, names)
	})
}

func TestEachOperationHasARateOfItsOwn(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		once := func(o *cloudwatchlogs.Options) { o.RetryMaxAttempts = 1 }
		describe := func() error {
			_, err := w.DescribeLogGroups(ctx, &cloudwatchlogs.DescribeLogGroupsInput{}, once)
			return err
		}
		require.NoError(t, describe())
		require.NoError(t, describe())
		refused(t, describe(), "ThrottlingException")
		_, err := w.CreateLogGroup(ctx, &cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String("web")}, once)
		require.NoError(t, err)
		time.Sleep(500 * time.Millisecond)
		require.NoError(t, describe())
	}, func(o *logstest.Options) { o.Rate = 2 })
}

func TestTagsComeAndGo(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		group, err := w.service.AddGroup("web", map[string]string{"a": "1"})
		require.NoError(t, err)
		_, err = w.TagResource(ctx, &cloudwatchlogs.TagResourceInput{ResourceArn: &group.ARN, Tags: map[string]string{"a": "2", "b": "3"}})
		require.NoError(t, err)
		_, err = w.TagResource(ctx, &cloudwatchlogs.TagResourceInput{ResourceArn: &group.ARN, Tags: map[string]string{"c": "#"}})
		refused(t, err, "InvalidParameterException")
		many := map[string]string{}
		for i := range 49 {
			many[strconv.Itoa(i)] = ""
		}
		_, err = w.TagResource(ctx, &cloudwatchlogs.TagResourceInput{ResourceArn: &group.ARN, Tags: many})
		refused(t, err, "TooManyTagsException")
		_, err = w.UntagResource(ctx, &cloudwatchlogs.UntagResourceInput{ResourceArn: &group.ARN, TagKeys: []string{"b"}})
		require.NoError(t, err)
		require.Equal(t, map[string]string{"a": "2"}, w.service.Groups()[0].Tags)
		require.Equal(t, map[string]string{"a": "1"}, group.Tags, "what a test was given does not change")
	})
}
