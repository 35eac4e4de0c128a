package cloudwatchtest

import (
	"cmp"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
)

// Limits of alarms (CloudWatch API reference, PutMetricAlarm).
const (
	maxName        = 255
	maxDescription = 1024
	maxDimensions  = 30
	maxActions     = 5
	maxShortSpan   = 86_400  // seconds of all periods, if each is shorter than an hour
	maxLongSpan    = 604_800 // seconds of all periods otherwise
)

// alarm is a metric alarm, or a composite one if it has children.
type alarm struct {
	region, name string
	arn          string
	composite    bool
	rule         string   // of a composite alarm
	children     []string // of a composite alarm

	in      *cloudwatch.PutMetricAlarmInput // of a metric alarm: its settings
	enabled bool
	state   types.StateValue
	reason  string
	tags    map[string]string
	updated time.Time
	usable  time.Time // from then on it is listed
}

func (w *CloudWatch) arnOf(region, name string) string {
	return fmt.Sprintf("arn:aws:cloudwatch:%s:%s:alarm:%s", region, w.cloud.Options().Account, name)
}

func (w *CloudWatch) putMetricAlarm(region string, in *cloudwatch.PutMetricAlarmInput) (*cloudwatch.PutMetricAlarmOutput, error) {
	if _, err := w.put(region, in); err != nil {
		return nil, err
	}
	return &cloudwatch.PutMetricAlarmOutput{}, nil
}

func (w *CloudWatch) put(region string, in *cloudwatch.PutMetricAlarmInput) (*alarm, error) {
	if err := check(in); err != nil {
		return nil, err
	}
	a, err := w.named(region, aws.ToString(in.AlarmName), false, in.Tags)
	if err != nil {
		return nil, err
	}
	a.in, a.enabled, a.updated = in, in.ActionsEnabled == nil || *in.ActionsEnabled, time.Now()
	return a, nil
}

// named returns the alarm of a name for a put to set up: the one that is there, whose tags stay as they are, or a new one without settings.
func (w *CloudWatch) named(region, name string, composite bool, tags []types.Tag) (*alarm, error) {
	at := key{region, name}
	if a := w.alarms[at]; a != nil {
		if a.composite != composite {
			return nil, invalid("An alarm named %s of another type exists already.", name)
		}
		return a, nil
	}
	given, err := merged(nil, tags)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	w.alarms[at] = &alarm{
		region: region, name: name, arn: w.arnOf(region, name), composite: composite, tags: given, enabled: true, updated: now,
		state: types.StateValueInsufficientData, reason: "Unchecked: Initial alarm creation", usable: now.Add(w.opts.Settle),
	}
	return w.alarms[at], nil
}

// check refuses settings that no metric alarm can have.
func check(in *cloudwatch.PutMetricAlarmInput) error {
	if err := checkName(aws.ToString(in.AlarmName)); err != nil {
		return err
	}
	switch {
	case in.Metrics != nil || in.EvaluationCriteria != nil || in.ThresholdMetricId != nil || in.EvaluationInterval != nil ||
		in.EvaluationWindow != nil || in.WarmUpConfiguration != nil || in.ActionConfiguration != nil:
		return invalid("cloudwatchtest simulates alarms on one metric with a static threshold only")
	case utf8.RuneCountInString(aws.ToString(in.AlarmDescription)) > maxDescription:
		return invalid("AlarmDescription must have at most %d characters", maxDescription)
	case len(in.AlarmActions) > maxActions, len(in.OKActions) > maxActions, len(in.InsufficientDataActions) > maxActions:
		return invalid("There are more than %d actions for one state", maxActions)
	}
	for _, action := range slices.Concat(in.AlarmActions, in.OKActions, in.InsufficientDataActions) {
		if !strings.HasPrefix(action, "arn:") {
			return invalid("Invalid arn syntax: %s", action)
		}
	}
	if err := checkMetric(in); err != nil {
		return err
	}
	return checkEvaluation(in)
}

func checkName(name string) error {
	if n := utf8.RuneCountInString(name); n < 1 || n > maxName || strings.ContainsFunc(name, unicode.IsControl) {
		return invalid("AlarmName must have 1 to %d characters and no control characters: %q", maxName, name)
	}
	return nil
}

var extended = regexp.MustCompile(`^(p(\d{1,2}(\.\d{0,10})?|100)|(tm|tc|ts|wm)\d{1,2}(\.\d{0,10})?|IQM|(PR|TC|TM|TS|WM)\(.*:.*\))$`)

func checkMetric(in *cloudwatch.PutMetricAlarmInput) error {
	for what, text := range map[string]*string{"Namespace": in.Namespace, "MetricName": in.MetricName} {
		if s := aws.ToString(text); strings.TrimSpace(s) == "" || len(s) > 255 || s[0] == ':' {
			return invalid("%s must have 1 to 255 characters, no colon first: %q", what, s)
		}
	}
	if len(in.Dimensions) > maxDimensions {
		return invalid("The collection Dimensions must not have a size greater than %d.", maxDimensions)
	}
	seen := map[string]bool{}
	for _, d := range in.Dimensions {
		name, value := aws.ToString(d.Name), aws.ToString(d.Value)
		if strings.TrimSpace(name) == "" || name[0] == ':' || len(name) > 255 || strings.TrimSpace(value) == "" || len(value) > 1024 ||
			!ascii(name) || !ascii(value) || seen[name] {
			return invalid("The dimension %q=%q is not valid, or is given twice.", name, value)
		}
		seen[name] = true
	}
	switch {
	case (in.Statistic == "") == (in.ExtendedStatistic == nil):
		return combination("Exactly one element of Statistic and ExtendedStatistic must be specified")
	case in.Statistic != "" && !slices.Contains(in.Statistic.Values(), in.Statistic):
		return invalid("Invalid Statistic: %s", in.Statistic)
	case in.ExtendedStatistic != nil && !extended.MatchString(*in.ExtendedStatistic):
		return invalid("The value %s for parameter ExtendedStatistic is not supported.", *in.ExtendedStatistic)
	case in.Unit != "" && !slices.Contains(in.Unit.Values(), in.Unit):
		return invalid("Invalid Unit: %s", in.Unit)
	}
	return nil
}

func ascii(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
}

var comparisons = []types.ComparisonOperator{
	types.ComparisonOperatorGreaterThanOrEqualToThreshold, types.ComparisonOperatorGreaterThanThreshold,
	types.ComparisonOperatorLessThanThreshold, types.ComparisonOperatorLessThanOrEqualToThreshold,
}

func checkEvaluation(in *cloudwatch.PutMetricAlarmInput) error {
	period, n := aws.ToInt32(in.Period), aws.ToInt32(in.EvaluationPeriods)
	span, most := int64(period)*int64(n), int64(maxShortSpan)
	if period >= 3600 {
		most = maxLongSpan
	}
	switch {
	case period != 10 && period != 20 && period != 30 && (period < 60 || period%60 != 0):
		return invalid("Period must be 10, 20, 30 or a multiple of 60: %d", period)
	case n < 1:
		return invalid("EvaluationPeriods must be greater than or equal to 1")
	case span > most:
		return invalid("Metrics cannot be checked across more than %d seconds (EvaluationPeriods * Period).", most)
	case in.DatapointsToAlarm != nil && (*in.DatapointsToAlarm < 1 || *in.DatapointsToAlarm > n):
		return invalid("DatapointsToAlarm must be from 1 to EvaluationPeriods")
	case !slices.Contains(comparisons, in.ComparisonOperator):
		return invalid("Invalid ComparisonOperator for a static threshold: %q", in.ComparisonOperator)
	case in.Threshold == nil || math.IsNaN(*in.Threshold) || math.IsInf(*in.Threshold, 0):
		return combination("A Threshold must be specified")
	}
	switch cmp.Or(aws.ToString(in.TreatMissingData), "missing") {
	case "missing", "breaching", "notBreaching", "ignore":
		return nil
	}
	return invalid("TreatMissingData must be breaching, notBreaching, ignore or missing: %s", *in.TreatMissingData)
}

// child finds the alarms that a rule names, such as ALARM("errors").
var child = regexp.MustCompile(`(?:ALARM|OK|INSUFFICIENT_DATA)\(\s*["']?([^"')]+?)["']?\s*\)`)

func (w *CloudWatch) putCompositeAlarm(region string, in *cloudwatch.PutCompositeAlarmInput) (*cloudwatch.PutCompositeAlarmOutput, error) {
	name := aws.ToString(in.AlarmName)
	if err := checkName(name); err != nil {
		return nil, err
	}
	var children []string
	for _, found := range child.FindAllStringSubmatch(aws.ToString(in.AlarmRule), -1) {
		named := found[1][strings.LastIndex(found[1], ":")+1:]
		if w.alarms[key{region, named}] == nil {
			return nil, invalid("Could not save the composite alarm as alarms [%s] in the alarm rule do not exist", named)
		}
		children = append(children, named)
	}
	a, err := w.named(region, name, true, in.Tags)
	if err != nil {
		return nil, err
	}
	a.rule, a.children = aws.ToString(in.AlarmRule), children
	return &cloudwatch.PutCompositeAlarmOutput{}, nil
}
