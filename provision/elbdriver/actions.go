package elbdriver

import (
	"slices"

	"github.com/peppercorn-go/peppercorn/provision"
)

var _ provision.Actor = (*Driver)(nil)

// Actions returns the IAM actions that the driver needs. ELB checks elasticloadbalancing:AddTags for tags that are given at
// birth, and says in the key elasticloadbalancing:CreateAction by which call; so the policy allows to tag what is being
// made and nothing that exists. It also looks at the VPC in the name of its caller (user guide, API permissions). A listener is checked
// on the balancer that it is made on, and so is told from others by the balancer's tags.
func (d *Driver) Actions() []provision.Action {
	const arn = "arn:${Partition}:elasticloadbalancing:${Region}:${Account}:"
	var (
		balancers = []string{arn + "loadbalancer/app/${Name}", arn + "loadbalancer/net/${Name}"}
		groups    = []string{arn + "targetgroup/${Name}"}
		listeners = []string{arn + "listener/app/${Name}", arn + "listener/net/${Name}"}
		create    = []string{"CreateLoadBalancer"}
		look      = []string{"CreateLoadBalancer", "CreateTargetGroup"}
		birth     = []string{"CreateListener", "CreateLoadBalancer", "CreateTargetGroup"}
		atBirth   = []provision.Condition{{Operator: "StringEquals", Key: "elasticloadbalancing:CreateAction", Values: birth}}
	)
	return []provision.Action{
		{Name: "elasticloadbalancing:CreateLoadBalancer", Resources: balancers, Tags: provision.TagsGiven},
		{Name: "elasticloadbalancing:CreateTargetGroup", Resources: groups, Tags: provision.TagsGiven},
		{Name: "elasticloadbalancing:CreateListener", Resources: balancers, Tags: provision.TagsThere},
		{
			Name: "elasticloadbalancing:AddTags", Resources: slices.Concat(balancers, groups, listeners), Tags: provision.TagsGiven,
			When: atBirth, For: birth, Why: "it gives tags",
		},
		{Name: "ec2:DescribeAccountAttributes", For: create, Why: "ELB looks at the VPC"},
		{Name: "ec2:DescribeAddresses", For: create, Why: "ELB looks at the VPC"},
		{Name: "ec2:DescribeInternetGateways", For: look, Why: "ELB looks at the VPC"},
		{Name: "ec2:DescribeSecurityGroups", For: create, Why: "ELB looks at the VPC"},
		{Name: "ec2:DescribeSubnets", For: create, Why: "ELB looks at the VPC"},
		{Name: "ec2:DescribeVpcs", For: look, Why: "ELB looks at the VPC"},
		{
			Name:      "iam:CreateServiceLinkedRole",
			Resources: []string{"arn:${Partition}:iam::${Account}:role/aws-service-role/elasticloadbalancing.amazonaws.com/AWSServiceRoleForElasticLoadBalancing"},
			For:       create, Why: "the first one in an account makes the role of the service",
		},
		{Name: "elasticloadbalancing:DeleteListener", Resources: listeners, Tags: provision.TagsThere},
		{Name: "elasticloadbalancing:DeleteLoadBalancer", Resources: balancers, Tags: provision.TagsThere},
		{Name: "elasticloadbalancing:DeleteTargetGroup", Resources: groups, Tags: provision.TagsThere},
		{Name: "elasticloadbalancing:ModifyLoadBalancerAttributes", Resources: balancers, Tags: provision.TagsThere},
		{Name: "elasticloadbalancing:ModifyTargetGroupAttributes", Resources: groups, Tags: provision.TagsThere},
		{Name: "elasticloadbalancing:DescribeListeners"},
		{Name: "elasticloadbalancing:DescribeLoadBalancerAttributes"},
		{Name: "elasticloadbalancing:DescribeLoadBalancers"},
		{Name: "elasticloadbalancing:DescribeTags"},
		{Name: "elasticloadbalancing:DescribeTargetGroupAttributes"},
		{Name: "elasticloadbalancing:DescribeTargetGroups"},
	}
}
