package cloudwatchdriver

import "github.com/peppercorn-go/peppercorn/provision"

var _ provision.Actor = (*Driver)(nil)

// Actions returns the IAM actions that the driver needs. Tags that are given to PutMetricAlarm are also checked as
// cloudwatch:TagResource (API reference, PutMetricAlarm).
func (d *Driver) Actions() []provision.Action {
	const alarms = "arn:${Partition}:cloudwatch:${Region}:${Account}:alarm:"
	ours, seen := []string{alarms + "${Name}"}, []string{alarms + "${Search}"}
	return []provision.Action{
		{Name: "cloudwatch:PutMetricAlarm", Resources: ours, Tags: provision.TagsGiven},
		{Name: "cloudwatch:TagResource", Resources: ours, Tags: provision.TagsGiven, For: []string{"PutMetricAlarm"}, Why: "it gives tags"},
		{Name: "cloudwatch:DeleteAlarms", Resources: ours, Tags: provision.TagsThere},
		{Name: "cloudwatch:DescribeAlarms"},
		{Name: "cloudwatch:ListTagsForResource", Resources: seen},
	}
}
