package cloudwatchtest_test

import (
	"context"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/internal/drivertest"
	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/internal/taglist"
	"github.com/peppercorn-go/peppercorn/provision/cloudwatchdriver/cloudwatchtest"
)

// world is a service and a client of it.
type world struct {
	*cloudwatch.Client
	service *cloudwatchtest.CloudWatch
}

// in runs a test in a bubble of virtual time.
func in(t *testing.T, test func(ctx context.Context, t *testing.T, w world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		cloud := sim.New(func(o *sim.Options) { o.PageSize = 2 })
		service := cloudwatchtest.Register(cloud)
		test(t.Context(), t, world{cloudwatch.NewFromConfig(cloud.Config()), service})
	})
}

// refused checks that a call is refused with a code.
func refused(t *testing.T, err error, code string) {
	t.Helper()
	var api smithy.APIError
	require.ErrorAs(t, err, &api)
	require.Equal(t, code, api.ErrorCode(), "%v", err)
}

// put is a request for an alarm, perhaps with changes.
func put(name string, changes ...func(in *cloudwatch.PutMetricAlarmInput)) *cloudwatch.PutMetricAlarmInput {
	in := &cloudwatch.PutMetricAlarmInput{
		AlarmName: &name, Namespace: aws.String("Shop"), MetricName: aws.String("Errors"), Statistic: types.StatisticSum,
		Period: aws.Int32(60), EvaluationPeriods: aws.Int32(1), Threshold: aws.Float64(0),
		ComparisonOperator: types.ComparisonOperatorGreaterThanThreshold,
	}
	for _, change := range changes {
		change(in)
	}
	return in
}

func tags(value string) func(in *cloudwatch.PutMetricAlarmInput) {
	return func(in *cloudwatch.PutMetricAlarmInput) {
		in.Tags = []types.Tag{{Key: aws.String("team"), Value: &value}}
	}
}

func TestPutOverwritesAllButStateAndTags(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		_, err := w.PutMetricAlarm(ctx, put("errors", tags("theirs")))
		require.NoError(t, err)
		time.Sleep(time.Second)
		_, err = w.SetAlarmState(ctx, &cloudwatch.SetAlarmStateInput{
			AlarmName: aws.String("errors"), StateValue: types.StateValueAlarm, StateReason: aws.String("drill"),
		})
		require.NoError(t, err)
		_, err = w.PutMetricAlarm(ctx, put("errors", tags("ours"), func(in *cloudwatch.PutMetricAlarmInput) { in.Threshold = aws.Float64(7) }))
		require.NoError(t, err)
		alarm := w.service.Alarms()[0]
		require.InDelta(t, 7, *alarm.Settings.Threshold, 0)
		require.Equal(t, "ALARM", alarm.State)
		require.Equal(t, map[string]string{"team": "theirs"}, alarm.Tags)
		out, err := w.ListTagsForResource(ctx, &cloudwatch.ListTagsForResourceInput{ResourceARN: &alarm.ARN})
		require.NoError(t, err)
		require.Equal(t, "theirs", *out.Tags[0].Value)
	})
}

func TestNewAlarmIsUnlistedForASecond(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		_, err := w.PutMetricAlarm(ctx, put("errors"))
		require.NoError(t, err)
		arn := aws.String("arn:aws:cloudwatch:us-east-1:123456789012:alarm:errors")
		_, err = w.ListTagsForResource(ctx, &cloudwatch.ListTagsForResourceInput{ResourceARN: arn})
		refused(t, err, "ResourceNotFoundException")
		_, err = w.DeleteAlarms(ctx, &cloudwatch.DeleteAlarmsInput{AlarmNames: []string{"errors", "no such alarm"}})
		require.NoError(t, err, "names that are not known are passed over")
		time.Sleep(time.Second)
		out, err := w.DescribeAlarms(ctx, &cloudwatch.DescribeAlarmsInput{AlarmNames: []string{"errors"}})
		require.NoError(t, err)
		require.Equal(t, arn, out.MetricAlarms[0].AlarmArn)
		require.Equal(t, types.StateValueInsufficientData, out.MetricAlarms[0].StateValue)
		require.True(t, *out.MetricAlarms[0].ActionsEnabled)
		_, err = w.DeleteAlarms(ctx, &cloudwatch.DeleteAlarmsInput{AlarmNames: []string{"errors"}})
		require.NoError(t, err)
		require.Empty(t, w.service.Alarms())
	})
}

func TestWhatIsNoAlarmIsRefused(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		for name, tt := range map[string]struct {
			code   string
			change func(in *cloudwatch.PutMetricAlarmInput)
		}{
			"a long name":     {"ValidationError", func(in *cloudwatch.PutMetricAlarmInput) { in.AlarmName = aws.String(strings.Repeat("x", 256)) }},
			"a control in it": {"ValidationError", func(in *cloudwatch.PutMetricAlarmInput) { in.AlarmName = aws.String("a\tb") }},
			"no metric":       {"ValidationError", func(in *cloudwatch.PutMetricAlarmInput) { in.MetricName = nil }},
			"a colon":         {"ValidationError", func(in *cloudwatch.PutMetricAlarmInput) { in.Namespace = aws.String(":Shop") }},
			"no statistic":    {"InvalidParameterCombination", func(in *cloudwatch.PutMetricAlarmInput) { in.Statistic = "" }},
			"two statistics":  {"InvalidParameterCombination", func(in *cloudwatch.PutMetricAlarmInput) { in.ExtendedStatistic = aws.String("p99") }},
			"40 seconds":      {"ValidationError", func(in *cloudwatch.PutMetricAlarmInput) { in.Period = aws.Int32(40) }},
			"more than a day": {"ValidationError", func(in *cloudwatch.PutMetricAlarmInput) { in.EvaluationPeriods = aws.Int32(1441) }},
			"more than a week": {"ValidationError", func(in *cloudwatch.PutMetricAlarmInput) {
				in.Period, in.EvaluationPeriods = aws.Int32(3600), aws.Int32(169)
			}},
			"two of one":         {"ValidationError", func(in *cloudwatch.PutMetricAlarmInput) { in.DatapointsToAlarm = aws.Int32(2) }},
			"no threshold":       {"InvalidParameterCombination", func(in *cloudwatch.PutMetricAlarmInput) { in.Threshold = nil }},
			"infinity":           {"InvalidParameterCombination", func(in *cloudwatch.PutMetricAlarmInput) { in.Threshold = aws.Float64(math.Inf(1)) }},
			"another comparison": {"ValidationError", func(in *cloudwatch.PutMetricAlarmInput) { in.ComparisonOperator = "Equals" }},
			"missing data":       {"ValidationError", func(in *cloudwatch.PutMetricAlarmInput) { in.TreatMissingData = aws.String("fine") }},
			"an action":          {"ValidationError", func(in *cloudwatch.PutMetricAlarmInput) { in.OKActions = []string{"pages"} }},
			"six actions": {"ValidationError", func(in *cloudwatch.PutMetricAlarmInput) {
				in.AlarmActions = strings.Split(strings.Repeat("arn:aws:sns:r:a:t ", 6), " ")[:6]
			}},
			"a dimension twice": {"ValidationError", func(in *cloudwatch.PutMetricAlarmInput) {
				d := types.Dimension{Name: aws.String("Queue"), Value: aws.String("jobs")}
				in.Dimensions = []types.Dimension{d, d}
			}},
			"a dimension of other letters": {"ValidationError", func(in *cloudwatch.PutMetricAlarmInput) {
				in.Dimensions = []types.Dimension{{Name: aws.String("Queue"), Value: aws.String("jöbs")}}
			}},
			"a tag": {"ValidationError", tags("don't")},
		} {
			_, err := w.PutMetricAlarm(ctx, put("errors", tt.change), func(o *cloudwatch.Options) { o.RetryMaxAttempts = 10 })
			require.Error(t, err, name)
			var api smithy.APIError
			require.ErrorAs(t, err, &api, name)
			require.Equal(t, tt.code, strings.TrimSuffix(api.ErrorCode(), "Exception"), "%s: %v", name, err)
		}
		require.Empty(t, w.service.Alarms())
	})
}

func TestCompositeAlarms(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		rule := func(name, rule string) error {
			_, err := w.PutCompositeAlarm(ctx, &cloudwatch.PutCompositeAlarmInput{AlarmName: &name, AlarmRule: &rule})
			return err
		}
		require.ErrorContains(t, rule("all", "ALARM(errors)"), "do not exist")
		_, err := w.service.AddAlarm("errors", cloudwatch.PutMetricAlarmInput{})
		require.NoError(t, err)
		require.NoError(t, rule("all", `ALARM("errors") AND NOT OK(errors)`))
		time.Sleep(time.Second)
		refused(t, rule("errors", "FALSE"), "ValidationError")
		_, err = w.PutMetricAlarm(ctx, put("all"))
		refused(t, err, "ValidationError")
		_, err = w.DeleteAlarms(ctx, &cloudwatch.DeleteAlarmsInput{AlarmNames: []string{"errors"}})
		require.ErrorContains(t, err, "as there are composite alarm(s) depending on it")

		out, err := w.DescribeAlarms(ctx, &cloudwatch.DescribeAlarmsInput{})
		require.NoError(t, err)
		require.Len(t, out.MetricAlarms, 1)
		require.Empty(t, out.CompositeAlarms, "nobody asked for them")
		out, err = w.DescribeAlarms(ctx, &cloudwatch.DescribeAlarmsInput{AlarmTypes: []types.AlarmType{types.AlarmTypeCompositeAlarm}})
		require.NoError(t, err)
		require.Equal(t, "all", *out.CompositeAlarms[0].AlarmName)
		out, err = w.DescribeAlarms(ctx, &cloudwatch.DescribeAlarmsInput{ParentsOfAlarmName: aws.String("errors")})
		require.NoError(t, err)
		require.Equal(t, "all", *out.CompositeAlarms[0].AlarmName)
		require.Nil(t, out.CompositeAlarms[0].AlarmRule)
		_, err = w.DeleteAlarms(ctx, &cloudwatch.DeleteAlarmsInput{AlarmNames: []string{"errors", "all"}})
		require.NoError(t, err)
		require.Empty(t, w.service.Alarms())
	})
}

func TestListHasPages(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		for _, name := range []string{"shop-c", "shop-a", "shop-b", "other"} {
			_, err := w.service.AddAlarm(name, cloudwatch.PutMetricAlarmInput{})
			require.NoError(t, err)
		}
		var names []string
		pages := cloudwatch.NewDescribeAlarmsPaginator(w, &cloudwatch.DescribeAlarmsInput{AlarmNamePrefix: aws.String("shop")})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			require.NoError(t, err)
			for _, alarm := range page.MetricAlarms {
				names = append(names, *alarm.AlarmName)
			}
		}
		require.Equal(t, []string{"shop-a", "shop-b", "shop-c"}, names)
		_, err := w.DescribeAlarms(ctx, &cloudwatch.DescribeAlarmsInput{MaxRecords: aws.Int32(101)})
		refused(t, err, "ValidationError")
	})
}

func TestThreeAlarmsASecond(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		once := func(o *cloudwatch.Options) { o.RetryMaxAttempts = 1 }
		for _, name := range []string{"a", "b", "c"} {
			_, err := w.PutMetricAlarm(ctx, put(name), once)
			require.NoError(t, err)
		}
		_, err := w.PutMetricAlarm(ctx, put("d"), once)
		refused(t, err, "Throttling")
		time.Sleep(time.Second / 3)
		_, err = w.PutMetricAlarm(ctx, put("d"), once)
		require.NoError(t, err)
	})
}

func TestTagsComeAndGo(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		alarm, err := w.service.AddAlarm("errors", *put("", tags("a")))
		require.NoError(t, err)
		_, err = w.TagResource(ctx, &cloudwatch.TagResourceInput{ResourceARN: &alarm.ARN, Tags: []types.Tag{{Key: aws.String("x"), Value: aws.String("y")}}})
		require.NoError(t, err)
		_, err = w.UntagResource(ctx, &cloudwatch.UntagResourceInput{ResourceARN: &alarm.ARN, TagKeys: []string{"team"}})
		require.NoError(t, err)
		require.Equal(t, map[string]string{"x": "y"}, w.service.Alarms()[0].Tags)
	})
}

func TestTagsCanBeChangedLater(t *testing.T) {
	tagOf := func(key, value *string) types.Tag { return types.Tag{Key: key, Value: value} }
	in(t, func(ctx context.Context, t *testing.T, w world) {
		alarm, err := w.service.AddAlarm("errors", cloudwatch.PutMetricAlarmInput{Tags: taglist.Of(map[string]string{"a": "1", "b": "2"}, tagOf)})
		require.NoError(t, err)
		drivertest.TestTagsLater(t, drivertest.Tagged{
			Tags: func() map[string]string { return w.service.Alarms()[0].Tags },
			Change: func(tags map[string]string) error {
				_, err := w.TagResource(ctx, &cloudwatch.TagResourceInput{ResourceARN: &alarm.ARN, Tags: taglist.Of(tags, tagOf)})
				return err
			},
			Invalid: func(err error) { refused(t, err, "ValidationError") },
			TooMany: func(err error) {
				refused(t, err, "ValidationError")
				require.ErrorContains(t, err, "51 tags", "the code is that of all refusals")
			},
		})
	})
}
