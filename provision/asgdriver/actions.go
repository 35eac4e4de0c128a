package asgdriver

import (
	"slices"

	"github.com/peppercorn-go/peppercorn/provision"
)

var _ provision.Actor = (*Driver)(nil)

// Actions returns the IAM actions that the driver needs. When a group is made, Auto Scaling checks that its caller might launch
// instances from the launch template himself, with its tags and its role (user guide, API permissions); the launching is done by its
// service-linked role later. So the policy allows to launch from a template that has our tags, and nothing without a template. Tags of the
// group are also checked as autoscaling:CreateOrUpdateTags. Its ARN holds an id before the name.
func (d *Driver) Actions() []provision.Action {
	const (
		ec2    = "arn:${Partition}:ec2:${Region}:${Account}:"
		shared = "arn:${Partition}:ec2:${Region}:*:" // networks that another account shares have its number
	)
	var (
		ours      = []string{"arn:${Partition}:autoscaling:${Region}:${Account}:autoScalingGroup:*:autoScalingGroupName/${Name}"}
		templates = []string{ec2 + "launch-template/*"}
		launched  = []string{ec2 + "instance/*", ec2 + "network-interface/*", ec2 + "volume/*"}
		used      = []string{
			"arn:${Partition}:ec2:${Region}::image/*", ec2 + "key-pair/*", shared + "security-group/*", shared + "subnet/*",
		}
		create       = []string{"CreateAutoScalingGroup"}
		fromTemplate = []provision.Condition{{Operator: "ArnLike", Key: "ec2:LaunchTemplate", Values: templates}}
		atLaunch     = []provision.Condition{{Operator: "StringEquals", Key: "ec2:CreateAction", Values: []string{"RunInstances"}}}
		toEC2        = []provision.Condition{{
			Operator: "StringEquals", Key: "iam:PassedToService", Values: []string{"ec2.amazonaws.com", "ec2.amazonaws.com.cn"},
		}}
	)
	needs := []provision.Action{
		{Name: "autoscaling:CreateAutoScalingGroup", Resources: ours, Tags: provision.TagsGiven},
		{Name: "autoscaling:CreateOrUpdateTags", Resources: ours, Tags: provision.TagsGiven, For: create, Why: "it gives tags"},
		{Name: "ec2:RunInstances", Resources: templates, Tags: provision.TagsThere, For: create, Why: "it launches from our template"},
		{
			Name: "ec2:RunInstances", Resources: slices.Concat(launched, used), When: fromTemplate,
			For: create, Why: "it launches what is in a template",
		},
		{Name: "ec2:CreateTags", Resources: launched, When: atLaunch, For: create, Why: "it launches with tags"},
		{Name: "iam:PassRole", Resources: []string{"${Role}"}, When: toEC2, For: create, Why: "an instance may have a role"},
		{
			Name:      "iam:CreateServiceLinkedRole",
			Resources: []string{"arn:${Partition}:iam::${Account}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"},
			For:       create, Why: "the first one in an account makes the role of the service",
		},
		{Name: "autoscaling:DeleteAutoScalingGroup", Resources: ours, Tags: provision.TagsThere},
		{Name: "autoscaling:DescribeAutoScalingGroups"},
		{Name: "autoscaling:DescribeScalingActivities"},
	}
	// Who tells how targets fare; see Options.TargetHealth.
	if d.opts.TargetHealth == nil {
		return append(needs, provision.Action{Name: "autoscaling:DescribeLoadBalancerTargetGroups"})
	}
	return append(needs, provision.Action{Name: "elasticloadbalancing:DescribeTargetHealth"})
}
