package ecsdriver

import (
	"slices"

	"github.com/peppercorn-go/peppercorn/provision"
)

var _ provision.Actor = (*Driver)(nil)

// Actions returns the IAM actions that the driver needs. ECS checks ecs:TagResource for tags that are given at birth, and says
// in the key ecs:CreateAction by which call; so the policy allows to tag what is being made and nothing that exists. Task
// definitions cannot be told apart where they are described, listed or deregistered: the reference of ECS knows no resource for
// these actions. A revision of a stranger that is deregistered can still be used by what uses it, and only people delete it.
func (d *Driver) Actions() []provision.Action {
	const arn = "arn:${Partition}:ecs:${Region}:${Account}:"
	var (
		services = []string{arn + "service/*/${Name}"}
		tasks    = []string{arn + "task-definition/${Name}"}
		birth    = []string{"CreateService", "RegisterTaskDefinition"}
		atBirth  = []provision.Condition{{Operator: "StringEquals", Key: "ecs:CreateAction", Values: birth}}
		toTasks  = []provision.Condition{{Operator: "StringEquals", Key: "iam:PassedToService", Values: []string{"ecs-tasks.amazonaws.com"}}}
	)
	return []provision.Action{
		{Name: "ecs:CreateService", Resources: services, Tags: provision.TagsGiven},
		{Name: "ecs:RegisterTaskDefinition", Resources: tasks, Tags: provision.TagsGiven},
		{
			Name: "ecs:TagResource", Resources: slices.Concat(services, tasks), Tags: provision.TagsGiven, When: atBirth,
			For: birth, Why: "it gives tags",
		},
		{Name: "iam:PassRole", Resources: []string{"${Role}"}, When: toTasks, For: birth, Why: "tasks have roles"},
		{
			Name:      "iam:CreateServiceLinkedRole",
			Resources: []string{"arn:${Partition}:iam::${Account}:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"},
			For:       []string{"CreateService"}, Why: "the first one in an account makes the role of the service",
		},
		{Name: "ecs:DeleteService", Resources: services, Tags: provision.TagsThere},
		{Name: "ecs:DeleteTaskDefinitions", Resources: tasks, Tags: provision.TagsThere},
		{Name: "ecs:DeregisterTaskDefinition"},
		{Name: "ecs:DescribeClusters", Resources: []string{arn + "cluster/*"}},
		{Name: "ecs:DescribeServices", Resources: []string{arn + "service/*/${Search}"}},
		{Name: "ecs:DescribeTaskDefinition"},
		{Name: "ecs:DescribeTasks"},
		{Name: "ecs:ListClusters"},
		{Name: "ecs:ListServices"},
		{Name: "ecs:ListTaskDefinitionFamilies"},
		{Name: "ecs:ListTaskDefinitions"},
		{Name: "ecs:ListTasks"},
	}
}
