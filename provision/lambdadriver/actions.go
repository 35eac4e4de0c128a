package lambdadriver

import "github.com/peppercorn-go/peppercorn/provision"

var _ provision.Actor = (*Driver)(nil)

// Actions returns the IAM actions that the driver needs. Tags that are given to CreateFunction are also checked as
// lambda:TagResource, and GetFunction shows tags only to who has lambda:ListTags. Lambda reads the code of a function, and looks at
// its VPC, in the name of the caller (developer guide, API permissions). It reads images by the policy of their repository, which
// should say so: without, Lambda would try to add that with the caller's ecr:SetRepositoryPolicy, which is not among these.
func (d *Driver) Actions() []provision.Action {
	const functions = "arn:${Partition}:lambda:${Region}:${Account}:function:"
	var (
		ours     = []string{functions + "${Name}"}
		seen     = []string{functions + "${Search}"}
		create   = []string{"CreateFunction"}
		toLambda = []provision.Condition{{Operator: "StringEquals", Key: "iam:PassedToService", Values: []string{"lambda.amazonaws.com"}}}
	)
	return []provision.Action{
		{Name: "lambda:CreateFunction", Resources: ours, Tags: provision.TagsGiven},
		{Name: "lambda:TagResource", Resources: ours, Tags: provision.TagsGiven, For: create, Why: "it gives tags"},
		{Name: "iam:PassRole", Resources: []string{"${Role}"}, When: toLambda, For: create, Why: "a function has a role"},
		{Name: "s3:GetObject", Resources: []string{"${Code}"}, For: create, Why: "Lambda reads the code"},
		{Name: "s3:GetObjectVersion", Resources: []string{"${Code}"}, For: create, Why: "Lambda reads the code of that version"},
		{Name: "s3:GetObject", Resources: []string{"${Code}"}, For: []string{"HeadObject"}},
		{Name: "ec2:DescribeSecurityGroups", For: create, Why: "Lambda looks at the VPC"},
		{Name: "ec2:DescribeSubnets", For: create, Why: "Lambda looks at the VPC"},
		{Name: "ec2:DescribeVpcs", For: create, Why: "Lambda looks at the VPC"},
		{Name: "lambda:AddPermission", Resources: ours, Tags: provision.TagsThere},
		{Name: "lambda:CreateFunctionUrlConfig", Resources: ours, Tags: provision.TagsThere},
		{Name: "lambda:DeleteFunction", Resources: ours, Tags: provision.TagsThere},
		{Name: "lambda:GetFunction", Resources: seen},
		{Name: "lambda:ListTags", Resources: seen, For: []string{"GetFunction"}, Why: "without it the answer has no tags"},
		{Name: "lambda:GetFunctionUrlConfig", Resources: ours},
		{Name: "lambda:GetPolicy", Resources: ours},
		{Name: "lambda:ListFunctions"},
		{Name: "lambda:ListVersionsByFunction", Resources: ours},
	}
}
