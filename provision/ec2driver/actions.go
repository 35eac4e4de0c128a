package ec2driver

import (
	"slices"

	"github.com/peppercorn-go/peppercorn/provision"
)

var _ provision.Actor = (*Driver)(nil)

// Actions returns the IAM actions that the driver needs. EC2 checks an action on each resource that a call makes or uses: what
// is made must be given our tags, and images, subnets, groups and keys, which a blueprint may name as it likes, are free. It also
// checks ec2:CreateTags for tags that are given at birth, and says in the key ec2:CreateAction by which call; so the policy allows to
// tag what is being made and nothing that exists. ARNs of EC2 hold ids and no names, so tags are all that tells ours from others. To
// describe can be allowed for all or none. Parameters that hold the ids of images are those that AWS publishes, and those that
// [provision.PolicyOptions].Parameters names.
func (d *Driver) Actions() []provision.Action {
	const (
		arn    = "arn:${Partition}:ec2:${Region}:${Account}:"
		shared = "arn:${Partition}:ec2:${Region}:*:" // networks that another account shares have its number
	)
	var (
		groups    = []string{arn + "security-group/*"}
		templates = []string{arn + "launch-template/*"}
		instances = []string{arn + "instance/*"}
		launched  = []string{arn + "instance/*", arn + "network-interface/*", arn + "volume/*"}
		used      = []string{
			"arn:${Partition}:ec2:${Region}::image/*", arn + "key-pair/*", shared + "security-group/*", shared + "subnet/*",
		}
		birth   = []string{"CreateLaunchTemplate", "CreateSecurityGroup", "RunInstances"}
		atBirth = []provision.Condition{{Operator: "StringEquals", Key: "ec2:CreateAction", Values: birth}}
		toEC2   = []provision.Condition{{
			Operator: "StringEquals", Key: "iam:PassedToService", Values: []string{"ec2.amazonaws.com", "ec2.amazonaws.com.cn"},
		}}
	)
	needs := []provision.Action{
		{Name: "ec2:CreateSecurityGroup", Resources: groups, Tags: provision.TagsGiven},
		{Name: "ec2:CreateSecurityGroup", Resources: []string{shared + "vpc/*"}},
		{Name: "ec2:CreateLaunchTemplate", Resources: templates, Tags: provision.TagsGiven},
		{Name: "ec2:RunInstances", Resources: launched, Tags: provision.TagsGiven},
		{Name: "ec2:RunInstances", Resources: used},
		{
			Name: "ec2:CreateTags", Resources: slices.Concat(launched, groups, templates), Tags: provision.TagsGiven, When: atBirth,
			For: birth, Why: "it gives tags",
		},
		{Name: "iam:PassRole", Resources: []string{"${Role}"}, When: toEC2, For: []string{"RunInstances"}, Why: "an instance may have a role"},
		{Name: "ec2:AuthorizeSecurityGroupEgress", Resources: groups, Tags: provision.TagsThere},
		{Name: "ec2:AuthorizeSecurityGroupIngress", Resources: groups, Tags: provision.TagsThere},
		{Name: "ec2:RevokeSecurityGroupEgress", Resources: groups, Tags: provision.TagsThere},
		{Name: "ec2:DeleteSecurityGroup", Resources: groups, Tags: provision.TagsThere},
		{Name: "ec2:DeleteLaunchTemplate", Resources: templates, Tags: provision.TagsThere},
		{Name: "ec2:TerminateInstances", Resources: instances, Tags: provision.TagsThere},
		{Name: "ec2:DescribeImages"},
		{Name: "ec2:DescribeInstances"},
		{Name: "ec2:DescribeKeyPairs"},
		{Name: "ec2:DescribeLaunchTemplates"},
		{Name: "ec2:DescribeNetworkInterfaces"},
		{Name: "ec2:DescribeSecurityGroupVpcAssociations"},
		{Name: "ec2:DescribeSecurityGroups"},
		{Name: "ec2:DescribeSubnets"},
		{Name: "ec2:DescribeVpcs"},
	}
	if d.opts.StatusChecks {
		needs = append(needs, provision.Action{Name: "ec2:DescribeInstanceStatus"})
	}
	if d.opts.Parameter != nil {
		parameters := []string{"arn:${Partition}:ssm:${Region}:*:parameter/aws/service/*", "${Parameter}"}
		needs = append(needs, provision.Action{Name: "ssm:GetParameter", Resources: parameters})
	}
	return needs
}
