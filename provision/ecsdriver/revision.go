package ecsdriver

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/peppercorn-go/peppercorn/internal/listing"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// pageSize is the most that the listings of ECS give at a time.
const pageSize = 100

// revisions lists the ARNs of a family's revisions of one status, the lowest first.
func (d *Driver) revisions(ctx context.Context, family string, status types.TaskDefinitionStatus) ([]string, error) {
	var arns []string
	pages := ecs.NewListTaskDefinitionsPaginator(d.api, &ecs.ListTaskDefinitionsInput{
		FamilyPrefix: aws.String(family), // the whole name, in spite of the word
		Status:       status,
		Sort:         types.SortOrderAsc,
		MaxResults:   aws.Int32(pageSize),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("listing the revisions of task definition %s: %w", family, err)
		}
		arns = append(arns, page.TaskDefinitionArns...)
	}
	slices.SortFunc(arns, func(a, b string) int {
		_, m := splitRevision(a)
		_, n := splitRevision(b)
		return cmp.Compare(m, n)
	})
	return arns, nil
}

// splitRevision returns family and number of the ARN of a task definition.
func splitRevision(arn string) (family string, revision int) {
	family, number, _ := strings.Cut(afterSlash(arn), ":")
	revision, _ = strconv.Atoi(number)
	return family, revision
}

func (d *Driver) describeTask(ctx context.Context, arn string) (*types.TaskDefinition, map[string]string, error) {
	out, err := d.api.DescribeTaskDefinition(ctx, &ecs.DescribeTaskDefinitionInput{
		TaskDefinition: aws.String(arn),
		Include:        []types.TaskDefinitionField{types.TaskDefinitionFieldTags},
	})
	if err != nil {
		return nil, nil, fmt.Errorf("whose is task definition %s? %w", arn, err)
	}
	return out.TaskDefinition, tagMap(out.Tags), nil
}

// findTasks yields the task definitions of o.
func (d *Driver) findTasks(ctx context.Context, o provision.Owner, yield func(provision.State, error) bool) {
	in := &ecs.ListTaskDefinitionFamiliesInput{
		Status:     types.TaskDefinitionFamilyStatusAll,
		MaxResults: aws.Int32(pageSize),
	}
	if prefix := o.NamePrefix(maxName); prefix != "" {
		in.FamilyPrefix = aws.String(prefix)
	}
	pages := ecs.NewListTaskDefinitionFamiliesPaginator(d.api, in)
	listing.Owned(ctx, o, "ecsdriver: listing families of task definitions", d.opts.Parallel, yield, pages,
		func(page *ecs.ListTaskDefinitionFamiliesOutput) []string {
			return slices.DeleteFunc(page.Families, func(family string) bool { return !mayBeOurs(o, family) })
		},
		func(ctx context.Context, family string) (listing.Found, error) { return d.taskOf(ctx, o, family) })
}

// taskOf returns the lowest ACTIVE revision of a family that is o's, or else the lowest that was deregistered and is not deleted
// yet. It has no tags if there is neither.
func (d *Driver) taskOf(ctx context.Context, o provision.Owner, family string) (listing.Found, error) {
	for _, status := range []types.TaskDefinitionStatus{types.TaskDefinitionStatusActive, types.TaskDefinitionStatusInactive} {
		arns, err := d.revisions(ctx, family, status)
		if err != nil {
			return listing.Found{}, fmt.Errorf("ecsdriver: %w", err)
		}
		for _, arn := range arns {
			task, tags, err := d.describeTask(ctx, arn)
			if err != nil {
				return listing.Found{}, fmt.Errorf("ecsdriver: %w", err)
			}
			if task.Status == types.TaskDefinitionStatusDeleteInProgress || !o.Matches(tags) {
				continue
			}
			if s := taskState(task, tags); s.Node != "" {
				return listing.Found{State: s, Tags: tags}, nil
			}
		}
	}
	return listing.Found{}, nil
}

// taskState describes a revision. Its Node is empty if it does not carry all of our tags.
func taskState(task *types.TaskDefinition, tags map[string]string) provision.State {
	arn, family := aws.ToString(task.TaskDefinitionArn), aws.ToString(task.Family)
	s := provision.State{
		Kind: kinds.TaskDefinitionKind,
		ID:   arn,
		Name: family,
		Outputs: map[string]provision.Value{
			"ARN":      provision.TextValue(arn),
			"Family":   provision.TextValue(family),
			"Revision": provision.NumberValue(float64(task.Revision)),
		},
		Deleting: task.Status != types.TaskDefinitionStatusActive,
	}
	provision.StateOwner(&s, tags)
	return s
}
