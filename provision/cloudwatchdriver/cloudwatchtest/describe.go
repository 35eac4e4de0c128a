package cloudwatchtest

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
)

// listLimit is how many alarms one answer lists, at most, and how many names one request may have.
const listLimit = 100

// describeAlarms lists alarms in the order of names. The token is the name that the last page ended with.
func (w *CloudWatch) describeAlarms(region string, in *cloudwatch.DescribeAlarmsInput) (*cloudwatch.DescribeAlarmsOutput, error) {
	limit := 50
	if in.MaxRecords != nil {
		if *in.MaxRecords < 1 || *in.MaxRecords > listLimit {
			return nil, invalid("MaxRecords must be from 1 to %d: %d", listLimit, *in.MaxRecords)
		}
		limit = int(*in.MaxRecords)
	}
	if size := w.cloud.Options().PageSize; size > 0 {
		limit = min(limit, size)
	}
	alone := in.AlarmNamePrefix == nil && in.AlarmNames == nil && in.AlarmTypes == nil && in.StateValue == "" && in.ActionPrefix == nil
	switch {
	case in.ParentsOfAlarmName != nil && !alone:
		return nil, invalid("ParentsOfAlarmName cannot be combined with other parameters")
	case in.AlarmNames != nil && in.AlarmNamePrefix != nil:
		return nil, combination("AlarmNames and AlarmNamePrefix cannot be specified together")
	case len(in.AlarmNames) > listLimit:
		return nil, invalid("AlarmNames must have at most %d names", listLimit)
	case in.ChildrenOfAlarmName != nil || in.ActionPrefix != nil:
		return nil, invalid("cloudwatchtest simulates neither ChildrenOfAlarmName nor ActionPrefix")
	}
	var found []*alarm
	now := time.Now()
	for k, a := range w.alarms {
		if k.region == region && !now.Before(a.usable) && k.name > aws.ToString(in.NextToken) && a.wanted(in) {
			found = append(found, a)
		}
	}
	slices.SortFunc(found, func(a, b *alarm) int { return cmp.Compare(a.name, b.name) })
	out := &cloudwatch.DescribeAlarmsOutput{}
	if len(found) > limit {
		found = found[:limit]
		out.NextToken = aws.String(found[limit-1].name)
	}
	for _, a := range found {
		if a.composite {
			out.CompositeAlarms = append(out.CompositeAlarms, a.describeComposite(in.ParentsOfAlarmName != nil))
		} else {
			out.MetricAlarms = append(out.MetricAlarms, a.describe())
		}
	}
	return out, nil
}

// wanted reports whether a request asks for this alarm.
func (a *alarm) wanted(in *cloudwatch.DescribeAlarmsInput) bool {
	if in.ParentsOfAlarmName != nil {
		return slices.Contains(a.children, *in.ParentsOfAlarmName)
	}
	typ := types.AlarmTypeMetricAlarm
	if a.composite {
		typ = types.AlarmTypeCompositeAlarm
	}
	asked := in.AlarmTypes
	if asked == nil {
		asked = []types.AlarmType{types.AlarmTypeMetricAlarm}
	}
	return slices.Contains(asked, typ) && strings.HasPrefix(a.name, aws.ToString(in.AlarmNamePrefix)) &&
		(in.AlarmNames == nil || slices.Contains(in.AlarmNames, a.name)) && (in.StateValue == "" || in.StateValue == a.state)
}

func (a *alarm) describe() types.MetricAlarm {
	return types.MetricAlarm{
		AlarmName: aws.String(a.name), AlarmArn: aws.String(a.arn), AlarmDescription: a.in.AlarmDescription,
		ActionsEnabled: aws.Bool(a.enabled), AlarmActions: a.in.AlarmActions, OKActions: a.in.OKActions,
		InsufficientDataActions: a.in.InsufficientDataActions,
		Namespace:               a.in.Namespace, MetricName: a.in.MetricName, Dimensions: a.in.Dimensions, Unit: a.in.Unit,
		Statistic: a.in.Statistic, ExtendedStatistic: a.in.ExtendedStatistic,
		Period: a.in.Period, EvaluationPeriods: a.in.EvaluationPeriods, DatapointsToAlarm: a.in.DatapointsToAlarm,
		ComparisonOperator: a.in.ComparisonOperator, Threshold: a.in.Threshold, TreatMissingData: a.in.TreatMissingData,
		StateValue: a.state, StateReason: aws.String(a.reason), AlarmConfigurationUpdatedTimestamp: aws.Time(a.updated),
	}
}

// describeComposite describes a composite alarm; one that is listed as a parent has its name and ARN only.
func (a *alarm) describeComposite(short bool) types.CompositeAlarm {
	described := types.CompositeAlarm{AlarmName: aws.String(a.name), AlarmArn: aws.String(a.arn)}
	if !short {
		described.AlarmRule, described.StateValue = aws.String(a.rule), a.state
		described.ActionsEnabled = aws.Bool(a.enabled)
	}
	return described
}

func (w *CloudWatch) deleteAlarms(region string, in *cloudwatch.DeleteAlarmsInput) (*cloudwatch.DeleteAlarmsOutput, error) {
	if len(in.AlarmNames) > listLimit {
		return nil, invalid("AlarmNames must have at most %d names", listLimit)
	}
	for _, a := range w.alarms {
		if a.region != region || slices.Contains(in.AlarmNames, a.name) {
			continue
		}
		for _, name := range a.children {
			if slices.Contains(in.AlarmNames, name) {
				return nil, invalid("Cannot delete %s as there are composite alarm(s) depending on it.", name)
			}
		}
	}
	now := time.Now()
	for _, name := range in.AlarmNames {
		if a := w.alarms[key{region, name}]; a != nil && !now.Before(a.usable) {
			delete(w.alarms, key{region, name})
		}
	}
	return &cloudwatch.DeleteAlarmsOutput{}, nil
}

func (w *CloudWatch) setAlarmState(region string, in *cloudwatch.SetAlarmStateInput) (*cloudwatch.SetAlarmStateOutput, error) {
	a := w.alarms[key{region, aws.ToString(in.AlarmName)}]
	switch {
	case a == nil || time.Now().Before(a.usable):
		return nil, &types.ResourceNotFound{Message: aws.String("There is no alarm of this name.")}
	case !slices.Contains(in.StateValue.Values(), in.StateValue):
		return nil, invalid("Invalid StateValue: %s", in.StateValue)
	}
	a.state, a.reason = in.StateValue, aws.ToString(in.StateReason)
	return &cloudwatch.SetAlarmStateOutput{}, nil
}

// enable switches the actions of alarms on or off. Names of alarms that do not exist are passed over.
func (w *CloudWatch) enable(region string, names []string, on bool) {
	for _, name := range names {
		if a := w.alarms[key{region, name}]; a != nil {
			a.enabled = on
		}
	}
}
