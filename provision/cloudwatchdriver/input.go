package cloudwatchdriver

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/peppercorn-go/peppercorn/internal/taglist"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// maxName is the longest name of an alarm.
const maxName = 255

// inputOf writes an alarm in CloudWatch's words, defaults too. It is a pure function of c.
func inputOf(c provision.Call, a kinds.Alarm) *cloudwatch.PutMetricAlarmInput {
	evaluations := cmp.Or(a.Evaluations, 1)
	in := &cloudwatch.PutMetricAlarmInput{
		AlarmName:          aws.String(nameOf(c)),
		Namespace:          aws.String(a.Namespace),
		MetricName:         aws.String(a.Metric),
		Period:             aws.Int32(int32(cmp.Or(a.Period, time.Minute) / time.Second)),
		EvaluationPeriods:  aws.Int32(int32(evaluations)),                      //nolint:gosec // Validate bounds it
		DatapointsToAlarm:  aws.Int32(int32(cmp.Or(a.Breaching, evaluations))), //nolint:gosec // likewise
		ComparisonOperator: types.ComparisonOperator(a.Comparison),
		Threshold:          aws.Float64(a.Threshold),
		TreatMissingData:   aws.String(cmp.Or(a.MissingData, "missing")),
		AlarmActions:       textsOf(a.AlarmActions),
		OKActions:          textsOf(a.OKActions),
	}
	if a.Description != "" {
		in.AlarmDescription = aws.String(a.Description)
	}
	if strings.HasPrefix(a.Statistic, "p") {
		in.ExtendedStatistic = aws.String(a.Statistic)
	} else {
		in.Statistic = types.Statistic(a.Statistic)
	}
	for _, name := range slices.Sorted(maps.Keys(a.Dimensions)) {
		in.Dimensions = append(in.Dimensions, types.Dimension{Name: aws.String(name), Value: aws.String(string(a.Dimensions[name]))})
	}
	in.Tags = taglist.Of(c.Tags(), func(key, value *string) types.Tag { return types.Tag{Key: key, Value: value} })
	return in
}

// differences says which settings of an alarm are not as they should be.
func differences(want *cloudwatch.PutMetricAlarmInput, got types.MetricAlarm) (changed []string) {
	for _, setting := range []struct {
		name      string
		want, got any
	}{
		{"Description", aws.ToString(want.AlarmDescription), aws.ToString(got.AlarmDescription)},
		{"Namespace", aws.ToString(want.Namespace), aws.ToString(got.Namespace)},
		{"Metric", aws.ToString(want.MetricName), aws.ToString(got.MetricName)},
		{"Dimensions", dimensions(want.Dimensions), dimensions(got.Dimensions)},
		{"Statistic", string(want.Statistic) + aws.ToString(want.ExtendedStatistic), string(got.Statistic) + aws.ToString(got.ExtendedStatistic)},
		{"Period", aws.ToInt32(want.Period), aws.ToInt32(got.Period)},
		{"Evaluations", aws.ToInt32(want.EvaluationPeriods), aws.ToInt32(got.EvaluationPeriods)},
		{"Breaching", aws.ToInt32(want.DatapointsToAlarm), aws.ToInt32(got.DatapointsToAlarm)},
		{"Comparison", want.ComparisonOperator, got.ComparisonOperator},
		{"Threshold", aws.ToFloat64(want.Threshold), aws.ToFloat64(got.Threshold)},
		{"MissingData", aws.ToString(want.TreatMissingData), cmp.Or(aws.ToString(got.TreatMissingData), "missing")},
		{"AlarmActions", actions(want.AlarmActions), actions(got.AlarmActions)},
		{"OKActions", actions(want.OKActions), actions(got.OKActions)},
	} {
		if setting.want != setting.got {
			changed = append(changed, fmt.Sprintf("%s is %#v, not %#v", setting.name, setting.got, setting.want))
		}
	}
	return changed
}

// dimensions writes dimensions in the order of their names, which is not one that CloudWatch keeps.
func dimensions(all []types.Dimension) string {
	var texts []string
	for _, d := range all {
		texts = append(texts, fmt.Sprintf("%s=%q", aws.ToString(d.Name), aws.ToString(d.Value)))
	}
	slices.Sort(texts)
	return strings.Join(texts, " ")
}

func actions(arns []string) string {
	return strings.Join(slices.Sorted(slices.Values(arns)), " ")
}

func textsOf(texts []provision.Text) (literals []string) {
	for _, t := range texts {
		literals = append(literals, string(t))
	}
	return literals
}

func nameOf(c provision.Call) string { return c.Name(maxName, "") }
