package cloudwatchdriver

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/peppercorn-go/peppercorn/internal/taglist"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// Create makes the alarm that c asks for, or returns the one that an earlier call for the same node, environment and attempt
// has made. An alarm of that name that is somebody else's is a [provision.ForeignError], and is not touched if it was there
// before; see the package comment for one that is made at the same moment.
func (d *Driver) Create(ctx context.Context, c provision.Call) (provision.State, error) {
	a, err := alarmOf(c)
	if err != nil {
		return provision.State{}, err
	}
	in := inputOf(c, a)
	name := aws.ToString(in.AlarmName)
	there, tags, err := d.look(ctx, name)
	switch {
	case err == nil:
		return d.adopt(c, in, there, tags)
	case !unknown(err):
		return provision.State{}, fmt.Errorf("cloudwatchdriver: is there an alarm %s already? %w", name, err)
	}
	if _, err := d.api.PutMetricAlarm(ctx, in); err != nil {
		return provision.State{}, fmt.Errorf("cloudwatchdriver: creating alarm %s: %w", name, err)
	}
	err = d.retry(ctx, func() error {
		there, tags, err = d.look(ctx, name)
		return err
	})
	if err != nil {
		return provision.State{}, fmt.Errorf("cloudwatchdriver: whose is alarm %s, that was just put? %w", name, err)
	}
	if err := c.CheckOwner(kinds.AlarmKind, there.arn, tags); err != nil {
		return provision.State{}, fmt.Errorf("cloudwatchdriver: somebody else made alarm %s while it was about to be created, and "+
			"its settings were overwritten (its history in CloudWatch has those that it had): %w", name, err)
	}
	s := stateOf(there)
	provision.StateOwner(&s, tags) // ours, as was just proven
	return s, nil
}

// adopt returns an alarm that is there already, if it is ours and has the settings of the blueprint.
func (d *Driver) adopt(c provision.Call, in *cloudwatch.PutMetricAlarmInput, there alarm, tags map[string]string) (provision.State, error) {
	if err := c.CheckOwner(kinds.AlarmKind, there.arn, tags); err != nil {
		return provision.State{}, err
	}
	if changed := differences(in, there.metric); len(changed) > 0 {
		return provision.State{}, fmt.Errorf("cloudwatchdriver: alarm %s of node %q exists, is ours, and has other settings than "+
			"the blueprint says: %s; somebody changed it by hand (put the settings back, or terminate the environment and "+
			"deploy again)", there.arn, c.Node, strings.Join(changed, ", "))
	}
	s := stateOf(there)
	provision.StateOwner(&s, tags) // ours, as was just proven
	return s, nil
}

// alarm is what has the name of an alarm. Metric alarms, composite alarms and log alarms share their names.
type alarm struct {
	name, arn string
	metric    types.MetricAlarm // empty if it is another sort
}

// look returns the alarm of a name, whatever its sort, and its tags.
func (d *Driver) look(ctx context.Context, name string) (alarm, map[string]string, error) {
	there, err := d.named(ctx, name)
	if err != nil {
		return alarm{}, nil, err
	}
	tags, err := d.tags(ctx, there.arn)
	return there, tags, err
}

// named returns the alarm of a name, whatever its sort.
func (d *Driver) named(ctx context.Context, name string) (alarm, error) {
	pages := cloudwatch.NewDescribeAlarmsPaginator(d.api, &cloudwatch.DescribeAlarmsInput{
		AlarmNames: []string{name},
		AlarmTypes: []types.AlarmType{types.AlarmTypeMetricAlarm, types.AlarmTypeCompositeAlarm, types.AlarmTypeLogAlarm},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return alarm{}, err
		}
		switch {
		case len(page.MetricAlarms) > 0:
			return ofMetric(page.MetricAlarms[0]), nil
		case len(page.CompositeAlarms) > 0:
			return alarm{name: name, arn: aws.ToString(page.CompositeAlarms[0].AlarmArn)}, nil
		case len(page.LogAlarms) > 0:
			return alarm{name: name, arn: aws.ToString(page.LogAlarms[0].AlarmArn)}, nil
		}
	}
	return alarm{}, errUnlisted
}

func ofMetric(a types.MetricAlarm) alarm {
	return alarm{name: aws.ToString(a.AlarmName), arn: aws.ToString(a.AlarmArn), metric: a}
}

func (d *Driver) tags(ctx context.Context, arn string) (map[string]string, error) {
	out, err := d.api.ListTagsForResource(ctx, &cloudwatch.ListTagsForResourceInput{ResourceARN: aws.String(arn)})
	if err != nil {
		return nil, err
	}
	return taglist.Map(out.Tags, func(tag types.Tag) (key, value *string) { return tag.Key, tag.Value }), nil
}
