package logsdriver

import "github.com/peppercorn-go/peppercorn/provision"

var _ provision.Actor = (*Driver)(nil)

// Actions returns the IAM actions that the driver needs. Tags that are given to CreateLogGroup are also checked as
// logs:TagResource. Some actions are checked on the group's ARN with ":*" behind it, which the star in a name covers. To read log events is not
// among them.
func (d *Driver) Actions() []provision.Action {
	const groups = "arn:${Partition}:logs:${Region}:${Account}:log-group:"
	ours, seen := []string{groups + "${Name}"}, []string{groups + "${Search}"}
	return []provision.Action{
		{Name: "logs:CreateLogGroup", Resources: ours, Tags: provision.TagsGiven},
		{Name: "logs:TagResource", Resources: ours, Tags: provision.TagsGiven, For: []string{"CreateLogGroup"}, Why: "it gives tags"},
		{Name: "logs:DeleteLogGroup", Resources: ours, Tags: provision.TagsThere},
		{Name: "logs:DescribeLogGroups"},
		{Name: "logs:DescribeLogStreams", Resources: ours},
		{Name: "logs:ListTagsForResource", Resources: seen},
		{Name: "logs:PutRetentionPolicy", Resources: ours, Tags: provision.TagsThere},
	}
}
