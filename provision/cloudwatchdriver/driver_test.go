package cloudwatchdriver_test

import (
	"context"
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
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/cloudwatchdriver"
	"github.com/peppercorn-go/peppercorn/provision/cloudwatchdriver/cloudwatchtest"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// world is a driver on a simulated CloudWatch.
type world struct {
	*cloudwatchdriver.Driver
	drivertest.Lab
	service *cloudwatchtest.CloudWatch
	client  *cloudwatch.Client
}

// in runs a test in a bubble of virtual time.
func in(t *testing.T, test func(ctx context.Context, t *testing.T, w world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		cloud := sim.New(func(o *sim.Options) { o.PageSize = 2 })
		service := cloudwatchtest.Register(cloud)
		client := clientOf(cloud.Config())
		driver := cloudwatchdriver.New(client)
		test(t.Context(), t, world{driver, drivertest.NewLab(cloud, driver), service, client})
	})
}

// alarmCall is a call for an alarm of an attempt.
func alarmCall(attempt string, a kinds.Alarm) provision.Call {
	return provision.Call{Owner: drivertest.Owner(attempt), Node: "errors", Spec: a}
}

func TestAlarmIsMadeAsTheBlueprintSays(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		c := alarmCall("a1", full)
		c.Keep = true
		s := w.Made(ctx, t, c)
		alarm := w.service.Alarms()[0]
		require.Equal(t, c.Tags(), alarm.Tags)
		require.Equal(t, "INSUFFICIENT_DATA", alarm.State)
		require.True(t, alarm.ActionsEnabled)
		alarm.Settings.Tags = nil
		require.Equal(t, &cloudwatch.PutMetricAlarmInput{
			AlarmName: aws.String(c.Name(255, "")), AlarmDescription: aws.String("Customers see errors: roll back."),
			Namespace: aws.String("AWS/ApplicationELB"), MetricName: aws.String("TargetResponseTime"),
			Dimensions: []types.Dimension{
				{Name: aws.String("LoadBalancer"), Value: aws.String("app/web/2")},
				{Name: aws.String("TargetGroup"), Value: aws.String("targetgroup/web/1")},
			},
			ExtendedStatistic: aws.String("p99.9"), Period: aws.Int32(300), EvaluationPeriods: aws.Int32(5), DatapointsToAlarm: aws.Int32(3),
			ComparisonOperator: "GreaterThanOrEqualToThreshold", Threshold: aws.Float64(0.25), TreatMissingData: aws.String("notBreaching"),
			AlarmActions: []string{"arn:aws:sns:us-east-1:123456789012:pages"},
			OKActions:    []string{"arn:aws:sns:us-east-1:123456789012:relief"},
		}, alarm.Settings)
		require.Equal(t, alarm.ARN, s.ID)
		require.Equal(t, alarm.ARN, s.Outputs["ARN"].String())
		require.Equal(t, alarm.Name, s.Outputs["Name"].String())
		require.Equal(t, c.Owner, s.Owner)
		require.True(t, s.Keep)

		c.Node, c.Spec = "few", minimal
		w.Made(ctx, t, c)
		few := w.service.Alarms()[1].Settings
		require.Equal(t, []int32{60, 1, 1}, []int32{*few.Period, *few.EvaluationPeriods, *few.DatapointsToAlarm})
		require.Equal(t, types.StatisticSum, few.Statistic)
		require.Equal(t, "missing", *few.TreatMissingData)
		require.Zero(t, *few.Threshold)
	})
}

func TestLostReplyMakesOneAlarm(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		w.Cloud.Inject(sim.Fault{Match: sim.On("CloudWatch", "PutMetricAlarm"), Times: 1, Kind: sim.LostReply})
		s := w.Made(ctx, t, alarmCall("a1", full))
		require.Equal(t, 2, w.Times("PutMetricAlarm"))
		require.Equal(t, s, w.Made(ctx, t, alarmCall("a1", full)))
		require.Equal(t, 2, w.Times("PutMetricAlarm"), "what is there is not put again")
		require.Len(t, w.service.Alarms(), 1)
	})
}

// A program that died right after it put the alarm finds it, and puts nothing.
func TestCrashAfterThePutIsCompleted(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		c := alarmCall("a1", full)
		doomed := w.Cloud.Process("doomed")
		doomed.CrashAt(2, sim.After)
		_, err := cloudwatchdriver.New(clientOf(doomed.Config())).Create(ctx, c)
		require.ErrorIs(t, err, sim.ErrCrashed)
		require.Len(t, w.service.Alarms(), 1)
		time.Sleep(time.Minute)
		w.Made(ctx, t, c)
		require.Equal(t, 1, w.Times("PutMetricAlarm"))
	})
}

func TestStrangersAlarmIsNeverTouched(t *testing.T) {
	ours := alarmCall("a1", minimal)
	another := taglist.Of(alarmCall("a2", minimal).Tags(), func(key, value *string) types.Tag { return types.Tag{Key: key, Value: value} })
	for name, tags := range map[string][]types.Tag{"no tags": nil, "another attempt's": another} {
		t.Run(name, func(t *testing.T) {
			in(t, func(ctx context.Context, t *testing.T, w world) {
				before, err := w.service.AddAlarm(ours.Name(255, ""), cloudwatch.PutMetricAlarmInput{Tags: tags})
				require.NoError(t, err)
				_, err = w.Create(ctx, ours)
				var foreign *provision.ForeignError
				require.ErrorAs(t, err, &foreign)
				require.Equal(t, before.ARN, foreign.ID)
				err = w.Delete(ctx, provision.State{ID: before.ARN, Owner: ours.Owner, Node: "errors", Kind: kinds.AlarmKind})
				require.ErrorIs(t, err, provision.ErrForeign)
				require.Equal(t, []cloudwatchtest.Alarm{before}, w.service.Alarms())
				require.Zero(t, w.Times("PutMetricAlarm"))
			})
		})
	}
}

// Composite alarms have their names from the same box, and are not in the list unless one asks for them.
func TestStrangersCompositeAlarmIsForeignToo(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		c := alarmCall("a1", minimal)
		_, err := w.client.PutCompositeAlarm(ctx, &cloudwatch.PutCompositeAlarmInput{
			AlarmName: aws.String(c.Name(255, "")), AlarmRule: aws.String("FALSE"),
		})
		require.NoError(t, err)
		time.Sleep(time.Second)
		_, err = w.Create(ctx, c)
		require.ErrorIs(t, err, provision.ErrForeign)
		require.Zero(t, w.Times("PutMetricAlarm"))
	})
}

// The one window that CloudWatch leaves open: it cannot be closed, but it is not closed over in silence.
func TestAlarmThatAStrangerMakesMeanwhileIsToldOf(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		c := alarmCall("a1", minimal)
		w.Cloud.Inject(sim.Fault{Times: 1, Kind: sim.Delay, Match: func(call *sim.Call) bool {
			if call.Op != "PutMetricAlarm" {
				return false
			}
			_, err := w.service.AddAlarm(c.Name(255, ""), cloudwatch.PutMetricAlarmInput{})
			return err == nil
		}})
		_, err := w.Create(ctx, c)
		require.ErrorIs(t, err, provision.ErrForeign)
		require.ErrorContains(t, err, "its settings were overwritten")
		require.Empty(t, w.service.Alarms()[0].Tags)
		err = w.Delete(ctx, provision.State{ID: w.service.Alarms()[0].ARN, Owner: c.Owner, Node: "errors", Kind: kinds.AlarmKind})
		require.ErrorIs(t, err, provision.ErrForeign, "what was overwritten is still theirs")
	})
}

func TestSettingsOfAnotherHandAreNamed(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		s := w.Made(ctx, t, alarmCall("a1", full))
		theirs := w.service.Alarms()[0].Settings
		theirs.Threshold, theirs.Dimensions, theirs.OKActions = aws.Float64(9), theirs.Dimensions[:1], nil
		_, err := w.service.AddAlarm(s.Name, *theirs)
		require.NoError(t, err)
		_, err = w.Create(ctx, alarmCall("a1", full))
		require.NotErrorIs(t, err, provision.ErrForeign)
		require.ErrorContains(t, err, s.ID)
		require.ErrorContains(t, err, "Threshold is 9, not 0.25")
		require.ErrorContains(t, err, "Dimensions is")
		require.ErrorContains(t, err, "OKActions is")
		require.NotContains(t, err.Error(), "Period")
		require.InDelta(t, 9, *w.service.Alarms()[0].Settings.Threshold, 0, "it is not set back")
	})
}

func TestSilencedAlarmIsStillOurs(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		s := w.Made(ctx, t, alarmCall("a1", full))
		_, err := w.client.DisableAlarmActions(ctx, &cloudwatch.DisableAlarmActionsInput{AlarmNames: []string{s.Name}})
		require.NoError(t, err)
		require.Equal(t, s, w.Made(ctx, t, alarmCall("a1", full)))
		require.False(t, w.service.Alarms()[0].ActionsEnabled)
	})
}

func TestCompositeAlarmBlocksTheDeletion(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		s := w.Made(ctx, t, alarmCall("a1", minimal))
		_, err := w.client.PutCompositeAlarm(ctx, &cloudwatch.PutCompositeAlarmInput{
			AlarmName: aws.String("all-of-it"), AlarmRule: aws.String(`ALARM("` + s.Name + `") OR FALSE`),
		})
		require.NoError(t, err)
		time.Sleep(time.Second)
		err = w.Delete(ctx, s)
		var busy *provision.BusyError
		require.ErrorAs(t, err, &busy)
		require.ErrorIs(t, err, provision.ErrBusy)
		require.Equal(t, "composite alarm all-of-it", busy.Blocker)
		require.Len(t, w.service.Alarms(), 2)
		_, err = w.client.DeleteAlarms(ctx, &cloudwatch.DeleteAlarmsInput{AlarmNames: []string{"all-of-it"}})
		require.NoError(t, err)
		require.ErrorIs(t, w.Delete(ctx, s), provision.ErrDeleting)
		require.NoError(t, w.Delete(ctx, s))
		require.Empty(t, w.service.Alarms())
	})
}

func TestOtherRefusalsOfADeletionAreNotBusy(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		s := w.Made(ctx, t, alarmCall("a1", minimal))
		w.Cloud.Inject(sim.Fault{Match: sim.On("CloudWatch", "DeleteAlarms"), Kind: sim.Fail, Err: sim.Error("AccessDenied", "no", 403)})
		err := w.Delete(ctx, s)
		var api smithy.APIError
		require.ErrorAs(t, err, &api)
		require.Equal(t, "AccessDenied", api.ErrorCode())
		require.NotErrorIs(t, err, provision.ErrBusy)
	})
}

// An alarm that was put a moment ago is not listed yet, which is no proof that it is gone.
func TestDeleteWaitsForWhatIsNew(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		c := alarmCall("a1", minimal)
		doomed := w.Cloud.Process("doomed")
		doomed.CrashAt(2, sim.After)
		_, err := cloudwatchdriver.New(clientOf(doomed.Config())).Create(ctx, c)
		require.ErrorIs(t, err, sim.ErrCrashed)
		s := provision.State{Node: c.Node, Kind: kinds.AlarmKind, ID: w.service.Alarms()[0].ARN, Owner: c.Owner}
		require.ErrorIs(t, w.Delete(ctx, s), provision.ErrDeleting)
		require.NoError(t, w.Delete(ctx, s))
		require.Empty(t, w.service.Alarms())
	})
}

func TestFindFailsRatherThanMissAnAlarm(t *testing.T) {
	for _, op := range []string{"DescribeAlarms", "ListTagsForResource"} {
		t.Run(op, func(t *testing.T) {
			in(t, func(ctx context.Context, t *testing.T, w world) {
				s := w.Made(ctx, t, alarmCall("a1", minimal))
				w.Cloud.Inject(sim.Fault{Match: sim.On("CloudWatch", op), Kind: sim.Fail, Err: sim.Error("AccessDenied", "no", 403)})
				_, err := w.Found(ctx, s.Owner)
				var api smithy.APIError
				require.ErrorAs(t, err, &api)
				require.Equal(t, "AccessDenied", api.ErrorCode())
			})
		})
	}
}

// What goes between the list and the look at its tags is nobody's, and no failure.
func TestFindPassesOverAnAlarmThatGoesMeanwhile(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		s := w.Made(ctx, t, alarmCall("a1", minimal))
		w.Cloud.Inject(sim.Fault{
			Match: sim.On("CloudWatch", "ListTagsForResource"), Times: 1, Kind: sim.Fail, Err: &types.ResourceNotFoundException{},
		})
		found, err := w.Found(ctx, s.Owner)
		require.NoError(t, err)
		require.Empty(t, found)
	})
}

func TestOtherSpecsAreRefused(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		c := alarmCall("a1", minimal)
		c.Spec = &kinds.Alarm{}
		require.ErrorContains(t, w.Validate(c), "*kinds.Alarm")
		_, err := w.Create(ctx, c)
		require.ErrorContains(t, err, `node "errors"`)
		require.Empty(t, w.Cloud.Calls())
		require.NoError(t, w.Validate(alarmCall("a1", minimal)))
	})
}
