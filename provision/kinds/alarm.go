package kinds

import (
	"cmp"
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/peppercorn-go/peppercorn/provision"
)

// AlarmKind is the kind of an [Alarm].
const AlarmKind provision.Kind = "cloudwatch/alarm"

// An Alarm is an Amazon CloudWatch alarm that watches one metric. Namespace, Metric, Statistic and Comparison are required. It
// is ready as soon as it exists; until CloudWatch has seen data its state is INSUFFICIENT_DATA.
//
//	kinds.AddAlarm(&b, "errors", kinds.Alarm{
//		Namespace: "AWS/ApplicationELB", Metric: "HTTPCode_Target_5XX_Count",
//		Dimensions: map[string]provision.Text{"LoadBalancer": lb.FullName()},
//		Statistic: "Sum", Comparison: "GreaterThanThreshold", Threshold: 10,
//		Evaluations: 5, Breaching: 3, MissingData: "notBreaching",
//	})
type Alarm struct {
	// Description is for people: what the alarm means, and what to do. Up to 1,024 characters. Default: none.
	Description string
	// Namespace of the metric, such as "AWS/ApplicationELB": 1 to 255 characters, no colon first. Required.
	Namespace string
	// Metric is its name: 1 to 255 characters. Required.
	Metric string
	// Dimensions that say which metric of that name is meant, all of them: at most 30, names of 1 to 255 and values of 1 to 1,024
	// characters of ASCII. Default: the metric has none.
	Dimensions map[string]provision.Text
	// Statistic is "SampleCount", "Average", "Sum", "Minimum", "Maximum", or a percentile such as "p99" or "p99.9". Required.
	Statistic string
	// Period that each value of the statistic is taken over: 10, 20 or 30 seconds, which only metrics of high resolution fill,
	// or whole minutes. Default 1 minute.
	Period time.Duration
	// Evaluations is how many of the latest periods are looked at. Together they may be a day long, and seven days if Period is
	// an hour or more. Default 1.
	Evaluations int
	// Breaching is how many of those periods must be beyond the threshold: 1 to Evaluations. Default: all.
	Breaching int
	// Comparison of the statistic (on the left) with the threshold: "GreaterThanThreshold", "GreaterThanOrEqualToThreshold",
	// "LessThanThreshold" or "LessThanOrEqualToThreshold". Required.
	Comparison string
	// Threshold, in the unit of the metric. Default 0.
	Threshold float64
	// MissingData says what a period without data is: "missing", "breaching", "notBreaching" or "ignore". Default "missing":
	// only with no data at all does the state change, to INSUFFICIENT_DATA.
	MissingData string
	// AlarmActions are ARNs, usually of a topic, that are told when the state becomes ALARM: at most 5. Default: nobody.
	AlarmActions []provision.Text
	// OKActions are ARNs that are told when the state becomes OK: at most 5. Default: nobody.
	OKActions []provision.Text
}

// Bounds of an alarm (CloudWatch API reference, PutMetricAlarm).
const (
	maxAlarmText        = 255
	maxAlarmDescription = 1024
	maxAlarmDimensions  = 30
	maxAlarmValue       = 1024
	maxAlarmActions     = 5
	maxAlarmShortSpan   = 24 * time.Hour     // of all periods, if each is shorter than an hour
	maxAlarmLongSpan    = 7 * 24 * time.Hour // of all periods otherwise
)

var (
	alarmPercentile  = regexp.MustCompile(`^p(100(\.0{1,10})?|[0-9]{1,2}(\.[0-9]{1,10})?)$`)
	alarmStatistics  = []string{"SampleCount", "Average", "Sum", "Minimum", "Maximum"}
	alarmComparisons = []string{
		"GreaterThanThreshold", "GreaterThanOrEqualToThreshold", "LessThanThreshold", "LessThanOrEqualToThreshold",
	}
	alarmMissing = []string{"", "missing", "breaching", "notBreaching", "ignore"}
)

// Kind returns [AlarmKind].
func (Alarm) Kind() provision.Kind { return AlarmKind }

// Outputs of an alarm.
func (Alarm) Outputs() []provision.Output {
	return []provision.Output{
		{Name: "Name", Type: provision.TextType, Early: true, Doc: "the alarm's name, which CloudWatch's calls address it by"},
		{Name: "ARN", Type: provision.TextType, Early: true, Doc: "the alarm's ARN, for policies and composite alarms"},
	}
}

// Validate checks names, ranges and words. It returns every problem, joined.
func (a Alarm) Validate() error {
	var p problems
	if n := utf8.RuneCountInString(a.Description); n > maxAlarmDescription {
		p.addf("Description", "%d characters are too many, at most %d are allowed", n, maxAlarmDescription)
	}
	a.checkMetric(&p)
	a.checkTimes(&p)
	if !slices.Contains(alarmStatistics, a.Statistic) && !alarmPercentile.MatchString(a.Statistic) {
		p.addf("Statistic", "%q is none of %s, and no percentile such as p99", a.Statistic, strings.Join(alarmStatistics, ", "))
	}
	if !slices.Contains(alarmComparisons, a.Comparison) {
		p.addf("Comparison", "%q is none of %s", a.Comparison, strings.Join(alarmComparisons, ", "))
	}
	if math.IsNaN(a.Threshold) || math.IsInf(a.Threshold, 0) {
		p.addf("Threshold", "%v is not a number to compare with", a.Threshold)
	}
	if !slices.Contains(alarmMissing, a.MissingData) {
		p.addf("MissingData", `%q is not "missing", "breaching", "notBreaching" or "ignore"`, a.MissingData)
	}
	checkAlarmActions(&p, "AlarmActions", a.AlarmActions)
	checkAlarmActions(&p, "OKActions", a.OKActions)
	return p.err()
}

func (a Alarm) checkMetric(p *problems) {
	checkAlarmText(p, "Namespace", a.Namespace)
	checkAlarmText(p, "Metric", a.Metric)
	if n := len(a.Dimensions); n > maxAlarmDimensions {
		p.addf("Dimensions", "%d are too many, at most %d are allowed", n, maxAlarmDimensions)
	}
	for _, name := range slices.Sorted(maps.Keys(a.Dimensions)) {
		field := "Dimensions[" + name + "]"
		checkAlarmText(p, field, name)
		value, ok := literal(a.Dimensions[name])
		switch {
		case !ok:
		case strings.TrimSpace(value) == "":
			p.addf(field, "is empty")
		case len(value) > maxAlarmValue || !alarmASCII(value):
			p.addf(field, "%q is not up to %d printable characters of ASCII", value, maxAlarmValue)
		}
	}
}

func (a Alarm) checkTimes(p *problems) {
	period := cmp.Or(a.Period, time.Minute)
	switch period {
	case 10 * time.Second, 20 * time.Second, 30 * time.Second:
	default:
		if period < time.Minute || period%time.Minute != 0 {
			p.addf("Period", "%v is not 10, 20 or 30 seconds or a whole number of minutes", period)
			return
		}
	}
	n := cmp.Or(a.Evaluations, 1)
	span := maxAlarmShortSpan
	if period >= time.Hour {
		span = maxAlarmLongSpan
	}
	if n < 1 || n > int(span/period) {
		p.addf("Evaluations", "%d periods of %v are out of range, together they may be up to %v", n, period, span)
		return
	}
	if m := a.Breaching; m != 0 && (m < 1 || m > n) {
		p.addf("Breaching", "%d is out of range, it may be 1 to %d, which is Evaluations", m, n)
	}
}

func checkAlarmActions(p *problems, field string, actions []provision.Text) {
	if n := len(actions); n > maxAlarmActions {
		p.addf(field, "%d are too many, at most %d are allowed", n, maxAlarmActions)
	}
	for i, action := range actions {
		p.required(indexed(field, i), action)
		if arn, ok := literal(action); ok && action != "" && !strings.HasPrefix(arn, "arn:") {
			p.addf(indexed(field, i), "%q is not an ARN", arn)
		}
	}
}

// checkAlarmText checks the name of a metric, a namespace or a dimension.
func checkAlarmText(p *problems, field, text string) {
	switch {
	case strings.TrimSpace(text) == "":
		p.addf(field, "is missing")
	case len(text) > maxAlarmText || !alarmASCII(text) || text[0] == ':':
		p.addf(field, "%q is not 1 to %d printable characters of ASCII, no colon first", text, maxAlarmText)
	}
}

func alarmASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) < 0
}

// AlarmRef is the handle of an [Alarm] in a blueprint.
type AlarmRef struct{ provision.Ref }

// AddAlarm adds an alarm to a blueprint. A bad name or a duplicate is reported by the blueprint's Validate.
func AddAlarm(b *provision.Blueprint, name string, a Alarm, optFns ...func(*provision.Node)) AlarmRef {
	return AlarmRef{b.Add(name, a, optFns...)}
}

// Name is the alarm's name, which CloudWatch's calls address it by. Known at once.
func (r AlarmRef) Name() provision.Text { return r.Output("Name") }

// ARN is the alarm's ARN, for policies and composite alarms. Known at once.
func (r AlarmRef) ARN() provision.Text { return r.Output("ARN") }
