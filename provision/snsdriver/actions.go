package snsdriver

import "github.com/peppercorn-go/peppercorn/provision"

var _ provision.Actor = (*Driver)(nil)

// Actions returns the IAM actions that the driver needs. Tags that are given to CreateTopic are also checked as sns:TagResource. To
// end a subscription can be allowed for all or none: the reference of SNS knows no resource for sns:Unsubscribe.
func (d *Driver) Actions() []provision.Action {
	const topics = "arn:${Partition}:sns:${Region}:${Account}:"
	ours, seen := []string{topics + "${Name}"}, []string{topics + "${Search}"}
	return []provision.Action{
		{Name: "sns:CreateTopic", Resources: ours, Tags: provision.TagsGiven},
		{Name: "sns:TagResource", Resources: ours, Tags: provision.TagsGiven, For: []string{"CreateTopic"}, Why: "it gives tags"},
		{Name: "sns:DeleteTopic", Resources: ours, Tags: provision.TagsThere},
		{Name: "sns:GetTopicAttributes", Resources: ours},
		{Name: "sns:ListSubscriptionsByTopic", Resources: ours},
		{Name: "sns:ListTagsForResource", Resources: seen},
		{Name: "sns:ListTopics"},
		{Name: "sns:Subscribe", Resources: ours, Tags: provision.TagsThere},
		{Name: "sns:Unsubscribe"},
	}
}
