package cloudwatchdriver

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"golang.org/x/sync/errgroup"

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
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				yield(provision.State{}, fmt.Errorf("cloudwatchdriver: listing alarms: %w", err))
				return
			}
			tags, err := d.tagsOf(ctx, page.MetricAlarms)
			if err != nil {
				yield(provision.State{}, err)
				return
			}
			for i, a := range page.MetricAlarms {
				s, ours := stateOf(ofMetric(a), tags[i])
				if ours && o.Matches(tags[i]) && !yield(s, nil) {
					return
				}
			}
		}
	}
}

// tagsOf reads the tags of many alarms, a few at a time. Those of an alarm that is gone are nil. Any other failure is one of
// the whole, for an alarm whose owner is not known may be ours.
func (d *Driver) tagsOf(ctx context.Context, alarms []types.MetricAlarm) ([]map[string]string, error) {
	all := make([]map[string]string, len(alarms))
	tasks, ctx := errgroup.WithContext(ctx)
	tasks.SetLimit(max(1, d.opts.Parallel))
	for i, a := range alarms {
		tasks.Go(func() error {
			tags, err := d.tags(ctx, aws.ToString(a.AlarmArn))
			if err != nil && !unknown(err) {
				return fmt.Errorf("cloudwatchdriver: whose is alarm %s? reading its tags: %w", aws.ToString(a.AlarmArn), err)
			}
			all[i] = tags
			return nil
		})
	}
	return all, tasks.Wait()
}

// stateOf describes an alarm; ours is false if it does not carry all of our tags.
func stateOf(a alarm, tags map[string]string) (s provision.State, ours bool) {
	s = provision.State{Kind: kinds.AlarmKind, ID: a.arn, Name: a.name, Outputs: outputsOf(a)}
	ours = provision.StateOwner(&s, tags)
	return s, ours
}

func outputsOf(a alarm) map[string]provision.Value {
	return map[string]provision.Value{"Name": provision.TextValue(a.name), "ARN": provision.TextValue(a.arn)}
}

// nameIn returns the name in an ARN, arn:partition:cloudwatch:region:account:alarm:name. Our names have no colons.
func nameIn(arn string) string { return arn[strings.LastIndex(arn, ":")+1:] }
