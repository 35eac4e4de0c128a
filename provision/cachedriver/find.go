package cachedriver

import (
	"context"
	"fmt"
	"iter"
	"maps"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	"github.com/aws/aws-sdk-go-v2/service/elasticache/types"
	"golang.org/x/sync/errgroup"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// Find lists the caches that o owns, with all outputs that ElastiCache tells. It reads all replication groups of the
// account's region, page by page, and the tags of each that is available. The owner of one that is not comes from its
// description, and has no subject.
func (d *Driver) Find(ctx context.Context, o provision.Owner) iter.Seq2[provision.State, error] {
	return func(yield func(provision.State, error) bool) {
		pages := elasticache.NewDescribeReplicationGroupsPaginator(d.api, &elasticache.DescribeReplicationGroupsInput{})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				yield(provision.State{}, fmt.Errorf("cachedriver: listing caches: %w", err))
				return
			}
			tags, err := d.tagsOfAll(ctx, page.ReplicationGroups)
			if err != nil {
				yield(provision.State{}, err)
				return
			}
			for i := range page.ReplicationGroups {
				group := &page.ReplicationGroups[i]
				s, ours := stateOf(group, tags[i])
				if ours && o.Matches(tags[i]) && !yield(withOutputs(s, group), nil) {
					return
				}
			}
		}
	}
}

// tagsOfAll reads the tags of many groups, a few at a time. Those of a group that is gone meanwhile are nil. Any other
// failure is one of the whole, for a group whose owner is not known may be ours.
func (d *Driver) tagsOfAll(ctx context.Context, groups []types.ReplicationGroup) ([]map[string]string, error) {
	all := make([]map[string]string, len(groups))
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(max(1, d.opts.Parallel))
	for i := range groups {
		work.Go(func() error {
			tags, err := d.tagsOf(ctx, &groups[i])
			if err != nil && !unknown(err) {
				return fmt.Errorf("cachedriver: whose is cache %s? reading its tags: %w", aws.ToString(groups[i].ReplicationGroupId), err)
			}
			all[i] = tags
			return nil
		})
	}
	return all, work.Wait()
}

// stateOf describes a cache; ours is false if it does not carry all of our tags.
func stateOf(group *types.ReplicationGroup, tags map[string]string) (s provision.State, ours bool) {
	name := aws.ToString(group.ReplicationGroupId)
	s = provision.State{
		Kind:     kinds.CacheKind,
		ID:       name,
		Name:     name,
		Outputs:  map[string]provision.Value{"Name": provision.TextValue(name)},
		Deleting: aws.ToString(group.Status) == statusDeleting,
	}
	ours = provision.StateOwner(&s, tags)
	return s, ours
}

// primary returns the endpoint of the primary node, nil if there is none yet.
func primary(group *types.ReplicationGroup) *types.Endpoint {
	if len(group.NodeGroups) != 1 {
		return nil
	}
	endpoint := group.NodeGroups[0].PrimaryEndpoint
	if endpoint == nil || aws.ToString(endpoint.Address) == "" {
		return nil
	}
	return endpoint
}

// withOutputs returns s with the outputs that ElastiCache tells by now. The outputs that s shares with others are not written
// to.
func withOutputs(s provision.State, group *types.ReplicationGroup) provision.State {
	s.Outputs = maps.Clone(s.Outputs)
	if s.Outputs == nil {
		s.Outputs = map[string]provision.Value{}
	}
	s.Outputs["Name"] = provision.TextValue(aws.ToString(group.ReplicationGroupId))
	if arn := aws.ToString(group.ARN); arn != "" {
		s.Outputs["ARN"] = provision.TextValue(arn)
	}
	endpoint := primary(group)
	if endpoint == nil {
		return s
	}
	reader := endpoint
	if r := group.NodeGroups[0].ReaderEndpoint; r != nil && aws.ToString(r.Address) != "" {
		reader = r
	}
	s.Outputs["Endpoint"] = provision.TextValue(aws.ToString(endpoint.Address))
	s.Outputs["ReaderEndpoint"] = provision.TextValue(aws.ToString(reader.Address))
	s.Outputs["Port"] = provision.NumberValue(float64(aws.ToInt32(endpoint.Port)))
	return s
}
