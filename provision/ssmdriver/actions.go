package ssmdriver

import "github.com/peppercorn-go/peppercorn/provision"

var _ provision.Actor = (*Driver)(nil)

// Actions returns the IAM actions that the driver needs. Tags that are given to PutParameter are also checked as
// ssm:AddTagsToResource. Parameters outside of the driver's own folder are out of its reach, so nothing that it may do reads a
// secret.
func (d *Driver) Actions() []provision.Action {
	const parameters = "arn:${Partition}:ssm:${Region}:${Account}:parameter" + folder
	ours, seen := []string{parameters + "${Name}"}, []string{parameters + "${Search}"}
	return []provision.Action{
		{Name: "ssm:PutParameter", Resources: ours, Tags: provision.TagsGiven},
		{Name: "ssm:AddTagsToResource", Resources: ours, Tags: provision.TagsGiven, For: []string{"PutParameter"}, Why: "it gives tags"},
		{Name: "ssm:DeleteParameter", Resources: ours, Tags: provision.TagsThere},
		{Name: "ssm:DescribeParameters"},
		{Name: "ssm:GetParameter", Resources: ours},
		{Name: "ssm:ListTagsForResource", Resources: seen},
	}
}
