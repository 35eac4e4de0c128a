package kinds_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

func TestAlarmValidate(t *testing.T) {
	t.Parallel()
	topics := func(n int) (arns []provision.Text) {
		for range n {
			arns = append(arns, "arn:aws:sns:us-east-1:123456789012:pages")
		}
		return arns
	}
	many := map[string]provision.Text{}
	for i := range 31 {
		many[strings.Repeat("d", i+1)] = "x"
	}
	for _, tt := range []struct {
		name   string
		change func(a *kinds.Alarm)
		want   []string // fields
	}{
		{"the least", func(*kinds.Alarm) {}, nil},
		{"nothing", func(a *kinds.Alarm) { *a = kinds.Alarm{} }, []string{"Namespace", "Metric", "Statistic", "Comparison"}},
		{"a percentile", func(a *kinds.Alarm) { a.Statistic = "p99.9" }, nil},
		{"all of them", func(a *kinds.Alarm) { a.Statistic = "p100" }, nil},
		{"more than all", func(a *kinds.Alarm) { a.Statistic = "p101" }, []string{"Statistic"}},
		{"small letters", func(a *kinds.Alarm) { a.Statistic = "sum" }, []string{"Statistic"}},
		{"a sign", func(a *kinds.Alarm) { a.Comparison = ">" }, []string{"Comparison"}},
		{"an anomaly", func(a *kinds.Alarm) { a.Comparison = "GreaterThanUpperThreshold" }, []string{"Comparison"}},
		{"not a number", func(a *kinds.Alarm) { a.Threshold = math.NaN() }, []string{"Threshold"}},
		{"beyond numbers", func(a *kinds.Alarm) { a.Threshold = math.Inf(1) }, []string{"Threshold"}},
		{"half a minute", func(a *kinds.Alarm) { a.Period = 30 * time.Second }, nil},
		{"40 seconds", func(a *kinds.Alarm) { a.Period = 40 * time.Second }, []string{"Period"}},
		{"90 seconds", func(a *kinds.Alarm) { a.Period = 90 * time.Second }, []string{"Period"}},
		{"seconds by mistake", func(a *kinds.Alarm) { a.Period = 60 }, []string{"Period"}},
		{"a day of minutes", func(a *kinds.Alarm) { a.Evaluations = 1440 }, nil},
		{"a minute more", func(a *kinds.Alarm) { a.Evaluations = 1441 }, []string{"Evaluations"}},
		{"a week of hours", func(a *kinds.Alarm) { a.Period, a.Evaluations = time.Hour, 168 }, nil},
		{"an hour more", func(a *kinds.Alarm) { a.Period, a.Evaluations = time.Hour, 169 }, []string{"Evaluations"}},
		{"more than a week at once", func(a *kinds.Alarm) { a.Period = 8 * 24 * time.Hour }, []string{"Evaluations"}},
		{"three of five", func(a *kinds.Alarm) { a.Evaluations, a.Breaching = 5, 3 }, nil},
		{"two of one", func(a *kinds.Alarm) { a.Breaching = 2 }, []string{"Breaching"}},
		{"less than one", func(a *kinds.Alarm) { a.Evaluations, a.Breaching = 2, -1 }, []string{"Breaching"}},
		{"missing data", func(a *kinds.Alarm) { a.MissingData = "notBreaching" }, nil},
		{"missing data by another name", func(a *kinds.Alarm) { a.MissingData = "not_breaching" }, []string{"MissingData"}},
		{"a dimension", func(a *kinds.Alarm) { a.Dimensions = map[string]provision.Text{"Queue": "${{jobs.Name}}"} }, nil},
		{"an empty dimension", func(a *kinds.Alarm) { a.Dimensions = map[string]provision.Text{"Queue": " "} }, []string{"Dimensions[Queue]"}},
		{"a dimension of other letters", func(a *kinds.Alarm) { a.Dimensions = map[string]provision.Text{"Queue": "jöbs"} }, []string{"Dimensions[Queue]"}},
		{"a colon first", func(a *kinds.Alarm) { a.Dimensions = map[string]provision.Text{":Queue": "jobs"} }, []string{"Dimensions[:Queue]"}},
		{"31 dimensions", func(a *kinds.Alarm) { a.Dimensions = many }, []string{"Dimensions"}},
		{"actions", func(a *kinds.Alarm) { a.AlarmActions, a.OKActions = topics(5), topics(5) }, nil},
		{"too many actions", func(a *kinds.Alarm) { a.OKActions = topics(6) }, []string{"OKActions"}},
		{"a name is no ARN", func(a *kinds.Alarm) { a.AlarmActions = []provision.Text{"pages"} }, []string{"AlarmActions[0]"}},
		{"a topic that is not known yet", func(a *kinds.Alarm) { a.AlarmActions = []provision.Text{"${{pages.ARN}}"} }, nil},
		{"a long description", func(a *kinds.Alarm) { a.Description = strings.Repeat("x", 1025) }, []string{"Description"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			alarm := kinds.Alarm{Namespace: "Shop", Metric: "Errors", Statistic: "Sum", Comparison: "GreaterThanThreshold"}
			tt.change(&alarm)
			err := alarm.Validate()
			require.Equal(t, tt.want, fields(err), "%v", err)
		})
	}
}
