package cachedriver

import "github.com/peppercorn-go/peppercorn/provision"

var _ provision.Actor = (*Driver)(nil)

// Actions returns the IAM actions that the driver needs. A replication group is made with a subnet group and a parameter group, on
// which the same action is checked and which are not ours. Tags that are given at birth are also checked as
// elasticache:AddTagsToResource, on the group and on the nodes that they are copied to. ElastiCache acts in the VPC by its
// service-linked role, which it makes with the first cache of an account if the caller may do so.
func (d *Driver) Actions() []provision.Action {
	const arn = "arn:${Partition}:elasticache:${Region}:${Account}:"
	ours, create := []string{arn + "replicationgroup:${Name}"}, []string{"CreateReplicationGroup"}
	return []provision.Action{
		{Name: "elasticache:CreateReplicationGroup", Resources: ours, Tags: provision.TagsGiven},
		{Name: "elasticache:CreateReplicationGroup", Resources: []string{arn + "parametergroup:*", arn + "subnetgroup:*"}},
		{
			Name: "elasticache:AddTagsToResource", Resources: []string{ours[0], arn + "cluster:${Name}"}, Tags: provision.TagsGiven,
			For: create, Why: "it gives tags",
		},
		{
			Name:      "iam:CreateServiceLinkedRole",
			Resources: []string{"arn:${Partition}:iam::${Account}:role/aws-service-role/elasticache.amazonaws.com/AWSServiceRoleForElastiCache"},
			For:       create, Why: "the first one in an account makes the role of the service",
		},
		{Name: "elasticache:DeleteReplicationGroup", Resources: ours, Tags: provision.TagsThere},
		{Name: "elasticache:DescribeEvents"},
		{Name: "elasticache:DescribeReplicationGroups"},
		{Name: "elasticache:ListTagsForResource", Resources: []string{arn + "replicationgroup:*"}}, // all, to find ours
	}
}
