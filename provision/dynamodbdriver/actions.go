package dynamodbdriver

import "github.com/peppercorn-go/peppercorn/provision"

var _ provision.Actor = (*Driver)(nil)

// Actions returns the IAM actions that the driver needs. DynamoDB heeds tags in policies only where somebody has enabled that for
// the account, and denies what asks for them elsewhere; so what the driver may change is told by its name alone. Tags that are
// given to CreateTable are also checked as dynamodb:TagResource.
func (d *Driver) Actions() []provision.Action {
	const tables = "arn:${Partition}:dynamodb:${Region}:${Account}:table/"
	ours, seen := []string{tables + "${Name}"}, []string{tables + "${Search}"}
	return []provision.Action{
		{Name: "dynamodb:CreateTable", Resources: ours},
		{Name: "dynamodb:TagResource", Resources: ours, For: []string{"CreateTable"}, Why: "it gives tags"},
		{Name: "dynamodb:DeleteTable", Resources: ours},
		{Name: "dynamodb:DescribeContinuousBackups", Resources: ours},
		{Name: "dynamodb:DescribeTable", Resources: seen},
		{Name: "dynamodb:ListTables"},
		{Name: "dynamodb:ListTagsOfResource", Resources: seen},
		{
			Name: "dynamodb:Scan", Resources: ours,
			When: []provision.Condition{{Operator: "StringEquals", Key: "dynamodb:Select", Values: []string{"COUNT"}}}, // and no items
		},
		{Name: "dynamodb:UpdateContinuousBackups", Resources: ours},
	}
}
