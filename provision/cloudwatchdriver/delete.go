package cloudwatchdriver

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"

	"github.com/peppercorn-go/peppercorn/internal/wait"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// Delete deletes an alarm if its tags say that it is s.Owner's. It answers [provision.ErrDeleting] until the alarm is not
// listed any more, asked twice, and a [provision.BusyError] while a composite alarm depends on it, which it names and leaves
// alone.
func (d *Driver) Delete(ctx context.Context, s provision.State) error {
	var there alarm
	err := wait.Twice(ctx, d.opts.Settle, unknown, func() (err error) {
		there, err = d.named(ctx, nameIn(s.ID))
		return err
	})
	switch {
	case unknown(err):
		return nil
	case err != nil:
		return fmt.Errorf("cloudwatchdriver: deleting alarm %s: %w", s.ID, err)
	}
	tags, err := d.tags(ctx, there.arn)
	switch {
	case unknown(err):
		return fmt.Errorf("cloudwatchdriver: alarm %s %w", s.ID, provision.ErrDeleting)
	case err != nil:
		return fmt.Errorf("cloudwatchdriver: whose is alarm %s? reading its tags: %w", s.ID, err)
	}
	owner := provision.Call{Owner: s.Owner, Node: s.Node}
	if err := owner.CheckOwner(kinds.AlarmKind, s.ID, tags); err != nil {
		return err
	}
	_, err = d.api.DeleteAlarms(ctx, &cloudwatch.DeleteAlarmsInput{AlarmNames: []string{there.name}})
	if err == nil || unknown(err) {
		return fmt.Errorf("cloudwatchdriver: alarm %s %w", s.ID, provision.ErrDeleting)
	}
	// CloudWatch has no error of its own for an alarm that composite alarms depend on, so the driver asks whether any do.
	if parents := d.parents(ctx, there.name); len(parents) > 0 {
		return &provision.BusyError{Kind: kinds.AlarmKind, ID: s.ID, Blocker: "composite alarm " + strings.Join(parents, ", "), Err: err}
	}
	return fmt.Errorf("cloudwatchdriver: deleting alarm %s: %w", s.ID, err)
}

// parents returns the names of the composite alarms that depend on an alarm, as far as they can be listed.
func (d *Driver) parents(ctx context.Context, name string) (names []string) {
	pages := cloudwatch.NewDescribeAlarmsPaginator(d.api, &cloudwatch.DescribeAlarmsInput{ParentsOfAlarmName: aws.String(name)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return names // there is an error already, and it matters more
		}
		for _, a := range page.CompositeAlarms {
			names = append(names, aws.ToString(a.AlarmName))
		}
	}
	return names
}
