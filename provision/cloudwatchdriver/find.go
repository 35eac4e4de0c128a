package cloudwatchdriver

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/peppercorn-go/peppercorn/internal/listing"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// pageSize is the most that DescribeAlarms gives at a time.
const pageSize = 100

// Find lists the alarms that o owns, with all outputs. It reads the account's metric alarms, page by page, and the tags of
// each whose name may be one of o's.
func (d *Driver) Find(ctx context.Context, o provision.Owner) iter.Seq2[provision.State, error] {
	return func(yield func(provision.State, error) bool) {
		in := &cloudwatch.DescribeAlarmsInput{
			AlarmTypes: []types.AlarmType{types.AlarmTypeMetricAlarm},
			MaxRecords: aws.Int32(pageSize),
		}
		if prefix := o.NamePrefix(maxName); prefix != "" {
			in.AlarmNamePrefix = aws.String(prefix)
		}
		pages := cloudwatch.NewDescribeAlarmsPaginator(d.api, in)
		listing.Owned(ctx, o, "cloudwatchdriver: listing alarms", d.opts.Parallel, yield, pages,
			func(page *cloudwatch.DescribeAlarmsOutput) []types.MetricAlarm { return page.MetricAlarms }, d.listed)
	}
}

// listed describes an alarm of a list; one that is gone meanwhile has no tags.
func (d *Driver) listed(ctx context.Context, a types.MetricAlarm) (listing.Found, error) {
	arn := aws.ToString(a.AlarmArn)
	tags, err := d.tags(ctx, arn)
	if err != nil && !unknown(err) {
		return listing.Found{}, fmt.Errorf("cloudwatchdriver: whose is alarm %s? reading its tags: %w", arn, err)
	}
	return listing.Found{State: stateOf(ofMetric(a)), Tags: tags}, nil
}

// stateOf describes an alarm without its owner.
func stateOf(a alarm) provision.State {
	return provision.State{Kind: kinds.AlarmKind, ID: a.arn, Name: a.name, Outputs: outputsOf(a)}
}

func outputsOf(a alarm) map[string]provision.Value {
	return map[string]provision.Value{"Name": provision.TextValue(a.name), "ARN": provision.TextValue(a.arn)}
}

// nameIn returns the name in an ARN, arn:partition:cloudwatch:region:account:alarm:name. Our names have no colons.
func nameIn(arn string) string { return arn[strings.LastIndex(arn, ":")+1:] }
