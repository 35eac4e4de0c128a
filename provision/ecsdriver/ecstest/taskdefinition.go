package ecstest

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/peppercorn-go/peppercorn/internal/sim"
)

// family is a family of task definitions. Its revisions are never numbered anew.
type family struct {
	name      string
	revisions []*revision // revision n is at n-1
}

type revision struct {
	types.TaskDefinition
	tags            []types.Tag
	listed, deleted time.Time // when it is listed, and when it was deleted
}

func (e *ECS) registerTaskDefinition(region string, in *ecs.RegisterTaskDefinitionInput) (*ecs.RegisterTaskDefinitionOutput, error) {
	if err := checkTaskDefinition(in); err != nil {
		return nil, err
	}
	if err := checkTags(in.Tags); err != nil {
		return nil, err
	}
	name, now := aws.ToString(in.Family), time.Now()
	k := key{region, name}
	if e.families[k] == nil {
		e.families[k] = &family{name: name}
	}
	f := e.families[k]
	n := len(f.revisions) + 1
	in = sim.Clone(in)
	r := &revision{
		TaskDefinition: types.TaskDefinition{
			TaskDefinitionArn:       aws.String(e.arn(region, "task-definition/"+name+":"+strconv.Itoa(n))),
			Family:                  in.Family,
			Revision:                int32(n), //nolint:gosec // a counter
			Status:                  types.TaskDefinitionStatusActive,
			ContainerDefinitions:    in.ContainerDefinitions,
			Cpu:                     in.Cpu,
			Memory:                  in.Memory,
			NetworkMode:             in.NetworkMode,
			RequiresCompatibilities: in.RequiresCompatibilities,
			Compatibilities:         []types.Compatibility{types.CompatibilityEc2, types.CompatibilityFargate},
			RuntimePlatform:         in.RuntimePlatform,
			ExecutionRoleArn:        in.ExecutionRoleArn,
			TaskRoleArn:             in.TaskRoleArn,
			RegisteredAt:            aws.Time(now),
		},
		tags:   in.Tags,
		listed: now.Add(e.opts.Settle),
	}
	f.revisions = append(f.revisions, r)
	return &ecs.RegisterTaskDefinitionOutput{TaskDefinition: r.describe(), Tags: sim.Clone(r.tags)}, nil
}

func (r *revision) describe() *types.TaskDefinition {
	return sim.Clone(&r.TaskDefinition)
}

// at returns a revision by its ARN or as family:revision; a family alone means its latest ACTIVE revision.
func (e *ECS) at(region string, ref *string) (*revision, error) {
	name := strings.TrimPrefix(aws.ToString(ref), e.arn(region, "task-definition/"))
	name, number, numbered := strings.Cut(name, ":")
	f := e.families[key{region, name}]
	if f == nil {
		return nil, client("Unable to describe task definition.")
	}
	n, _ := strconv.Atoi(number)
	for i := len(f.revisions) - 1; !numbered && n == 0 && i >= 0; i-- {
		if f.revisions[i].Status == types.TaskDefinitionStatusActive {
			n = i + 1
		}
	}
	if n < 1 || n > len(f.revisions) || e.purged(f.revisions[n-1]) {
		return nil, client("Unable to describe task definition.")
	}
	return f.revisions[n-1], nil
}

// purged reports whether nothing is left of a deleted revision.
func (e *ECS) purged(r *revision) bool {
	return r.Status == types.TaskDefinitionStatusDeleteInProgress && !time.Now().Before(r.deleted.Add(e.opts.Purge))
}

func (e *ECS) describeTaskDefinition(region string, in *ecs.DescribeTaskDefinitionInput) (*ecs.DescribeTaskDefinitionOutput, error) {
	r, err := e.at(region, in.TaskDefinition)
	if err != nil {
		return nil, err
	}
	out := &ecs.DescribeTaskDefinitionOutput{TaskDefinition: r.describe()}
	if slices.Contains(in.Include, types.TaskDefinitionFieldTags) {
		out.Tags = sim.Clone(r.tags)
	}
	return out, nil
}

func (e *ECS) deregisterTaskDefinition(region string, in *ecs.DeregisterTaskDefinitionInput) (*ecs.DeregisterTaskDefinitionOutput, error) {
	r, err := e.at(region, in.TaskDefinition)
	if err != nil {
		return nil, err
	}
	if r.Status == types.TaskDefinitionStatusDeleteInProgress {
		return nil, client("The specified task definition is being deleted.")
	}
	if r.Status == types.TaskDefinitionStatusActive {
		r.Status, r.DeregisteredAt = types.TaskDefinitionStatusInactive, aws.Time(time.Now())
	}
	return &ecs.DeregisterTaskDefinitionOutput{TaskDefinition: r.describe()}, nil
}

func (e *ECS) deleteTaskDefinitions(region string, in *ecs.DeleteTaskDefinitionsInput) (*ecs.DeleteTaskDefinitionsOutput, error) {
	const most = 10
	if n := len(in.TaskDefinitions); n < 1 || n > most {
		return nil, invalid("The number of task definitions is %d, it may be 1 to %d", n, most)
	}
	out := &ecs.DeleteTaskDefinitionsOutput{}
	for _, ref := range in.TaskDefinitions {
		r, err := e.at(region, &ref)
		switch {
		case err != nil:
			out.Failures = append(out.Failures, types.Failure{Arn: aws.String(ref), Reason: aws.String("The specified task definition does not exist.")})
		case r.Status == types.TaskDefinitionStatusActive:
			out.Failures = append(out.Failures, types.Failure{
				Arn: aws.String(ref), Reason: aws.String("The specified task definition is still in ACTIVE status. Please deregister the target and try again."),
			})
		default:
			if r.Status == types.TaskDefinitionStatusInactive {
				r.Status, r.deleted = types.TaskDefinitionStatusDeleteInProgress, time.Now()
			}
			out.TaskDefinitions = append(out.TaskDefinitions, *r.describe())
		}
	}
	return out, nil
}

func (e *ECS) listTaskDefinitions(region string, in *ecs.ListTaskDefinitionsInput) (*ecs.ListTaskDefinitionsOutput, error) {
	status := in.Status
	if status == "" {
		status = types.TaskDefinitionStatusActive
	}
	var arns []string
	for _, f := range e.sortedFamilies(region) {
		if in.FamilyPrefix != nil && *in.FamilyPrefix != f.name { // the whole name, says the API reference
			continue
		}
		for _, r := range f.revisions {
			if r.Status == status && !e.purged(r) && !time.Now().Before(r.listed) {
				arns = append(arns, *r.TaskDefinitionArn)
			}
		}
	}
	if in.Sort == types.SortOrderDesc {
		slices.Reverse(arns)
	}
	page, next, err := e.page(arns, in.NextToken, in.MaxResults)
	return &ecs.ListTaskDefinitionsOutput{TaskDefinitionArns: page, NextToken: next}, err
}

func (e *ECS) listTaskDefinitionFamilies(region string, in *ecs.ListTaskDefinitionFamiliesInput) (*ecs.ListTaskDefinitionFamiliesOutput, error) {
	var names []string
	for _, f := range e.sortedFamilies(region) {
		active, there := false, false
		for _, r := range f.revisions {
			if e.purged(r) || time.Now().Before(r.listed) {
				continue
			}
			there = true
			active = active || r.Status == types.TaskDefinitionStatusActive
		}
		wanted := in.Status == "" || in.Status == types.TaskDefinitionFamilyStatusAll ||
			active == (in.Status == types.TaskDefinitionFamilyStatusActive)
		if there && wanted && strings.HasPrefix(f.name, aws.ToString(in.FamilyPrefix)) {
			names = append(names, f.name)
		}
	}
	page, next, err := e.page(names, in.NextToken, in.MaxResults)
	return &ecs.ListTaskDefinitionFamiliesOutput{Families: page, NextToken: next}, err
}

func (e *ECS) sortedFamilies(region string) []*family {
	var all []*family
	for k, f := range e.families {
		if k.region == region {
			all = append(all, f)
		}
	}
	slices.SortFunc(all, func(a, b *family) int { return strings.Compare(a.name, b.name) })
	return all
}
