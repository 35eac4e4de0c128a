package cloudwatchtest

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"

	"github.com/peppercorn-go/peppercorn/internal/sim"
)

// Alarm is an alarm as it is at one moment, for tests to look at. It shares nothing with the service.
type Alarm struct {
	// Region, Name and ARN of the alarm.
	Region, Name, ARN string
	// Settings are what the last PutMetricAlarm said, whosever it was; nil for a composite alarm. Its Tags are those of the
	// request, not those of the alarm.
	Settings *cloudwatch.PutMetricAlarmInput
	// Rule of a composite alarm.
	Rule string
	// ActionsEnabled says that changes of the state have consequences.
	ActionsEnabled bool
	// State is OK, ALARM or INSUFFICIENT_DATA.
	State string
	// Tags of the alarm.
	Tags map[string]string
	// Updated is when the settings were last put.
	Updated time.Time
}

// Alarms returns all alarms of all regions, also those that are not listed yet, in the order of regions and names. It is no
// call: nothing is recorded, and no fault strikes.
func (w *CloudWatch) Alarms() []Alarm {
	w.mu.Lock()
	defer w.mu.Unlock()
	var all []Alarm
	for _, a := range w.alarms {
		all = append(all, a.snapshot())
	}
	slices.SortFunc(all, func(a, b Alarm) int {
		return cmp.Or(cmp.Compare(a.Region, b.Region), cmp.Compare(a.Name, b.Name))
	})
	return all
}

func (a *alarm) snapshot() Alarm {
	return Alarm{
		Region: a.region, Name: a.name, ARN: a.arn,
		Settings:       sim.Clone(a.in),
		Rule:           a.rule,
		ActionsEnabled: a.enabled,
		State:          string(a.state),
		Tags:           maps.Clone(a.tags),
		Updated:        a.updated,
	}
}

// AddAlarm puts a metric alarm by somebody else's hand, in the region of the cloud: no call is recorded, no fault strikes, and
// it is listed at once. It refuses what PutMetricAlarm would refuse, and overwrites what that would overwrite. Settings that
// are missing are those of an alarm on the processors of all instances.
func (w *CloudWatch) AddAlarm(name string, settings cloudwatch.PutMetricAlarmInput) (Alarm, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	in := sim.Clone(settings)
	in.AlarmName = &name
	in.Namespace = cmp.Or(in.Namespace, aws.String("AWS/EC2"))
	in.MetricName = cmp.Or(in.MetricName, aws.String("CPUUtilization"))
	in.ComparisonOperator = cmp.Or(in.ComparisonOperator, comparisons[0])
	in.Threshold = cmp.Or(in.Threshold, aws.Float64(90))
	in.Period = cmp.Or(in.Period, aws.Int32(60))
	in.EvaluationPeriods = cmp.Or(in.EvaluationPeriods, aws.Int32(1))
	if in.ExtendedStatistic == nil {
		in.Statistic = cmp.Or(in.Statistic, "Average")
	}
	a, err := w.put(w.cloud.Options().Region, &in)
	if err != nil {
		return Alarm{}, fmt.Errorf("cloudwatchtest: adding %s: %w", name, err)
	}
	a.usable = a.updated
	return a.snapshot(), nil
}
