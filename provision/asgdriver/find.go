package asgdriver

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"

	"github.com/peppercorn-go/peppercorn/provision"
)

// maxRecords is the largest page of groups and of activities.
const maxRecords = 100

// Find lists the groups that o owns, with all outputs. Those that are being deleted are among them, as Deleting.
func (d *Driver) Find(ctx context.Context, o provision.Owner) iter.Seq2[provision.State, error] {
	return func(yield func(provision.State, error) bool) {
		if o.Registry == "" {
			return
		}
		pages := autoscaling.NewDescribeAutoScalingGroupsPaginator(d.api, &autoscaling.DescribeAutoScalingGroupsInput{
			Filters:          owned(o),
			IncludeInstances: aws.Bool(false),
			MaxRecords:       aws.Int32(maxRecords),
		})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx, d.patient)
			if err != nil {
				yield(provision.State{}, fmt.Errorf("asgdriver: list groups: %w", err))
				return
			}
			for i := range page.AutoScalingGroups {
				group := &page.AutoScalingGroups[i]
				if s, ok := stateOf(group); ok && o.Matches(tagMap(group.Tags)) && !yield(s, nil) {
					return
				}
			}
		}
	}
}

// owned are the filters by which Auto Scaling itself chooses what o owns. What comes back is compared again, because a value
// that had to be cut matches others.
func owned(o provision.Owner) []types.Filter {
	tags := provision.Call{Owner: o}.Tags()
	var filters []types.Filter
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		if tags[key] != "" && key != provision.TagSubject {
			filters = append(filters, types.Filter{Name: aws.String("tag:" + key), Values: []string{tags[key]}})
		}
	}
	return filters
}
