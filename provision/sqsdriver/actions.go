package sqsdriver

import "github.com/peppercorn-go/peppercorn/provision"

var _ provision.Actor = (*Driver)(nil)

// Actions returns the IAM actions that the driver needs. SQS knows the tags of queues in policies, and tags that are given to
// CreateQueue are also checked as sqs:TagQueue (API reference, CreateQueue). Tags are read without asking for any: they are
// what tells ours from others.
func (d *Driver) Actions() []provision.Action {
	const queues = "arn:${Partition}:sqs:${Region}:${Account}:"
	ours, seen := []string{queues + "${Name}"}, []string{queues + "${Search}"}
	return []provision.Action{
		{Name: "sqs:CreateQueue", Resources: ours, Tags: provision.TagsGiven},
		{Name: "sqs:TagQueue", Resources: ours, Tags: provision.TagsGiven, For: []string{"CreateQueue"}, Why: "it gives tags"},
		{Name: "sqs:DeleteQueue", Resources: ours, Tags: provision.TagsThere},
		{Name: "sqs:GetQueueAttributes", Resources: ours},
		{Name: "sqs:GetQueueUrl", Resources: ours},
		{Name: "sqs:ListQueueTags", Resources: seen},
		{Name: "sqs:ListQueues"},
	}
}
