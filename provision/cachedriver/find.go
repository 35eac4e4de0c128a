package cachedriver

import (
	"context"
	"fmt"
	"iter"
	"maps"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	"github.com/aws/aws-sdk-go-v2/service/elasticache/types"

	"github.com/peppercorn-go/peppercorn/internal/listing"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// Find lists the caches that o owns, with all outputs that ElastiCache tells. It reads all replication groups of the
// account's region, page by page, and the tags of each that is available. The owner of one that is not comes from its
// description, and has no subject.
func (d *Driver) Find(ctx context.Context, o provision.Owner) iter.Seq2[provision.State, error] {
	return func(yield func(provision.State, error) bool) {
		pages := elasticache.NewDescribeReplicationGroupsPaginator(d.api, &elasticache.DescribeReplicationGroupsInput{})
		listing.Owned(ctx, o, "cachedriver: listing caches", d.opts.Parallel, yield, pages,
			func(page *elasticache.DescribeReplicationGroupsOutput) []types.ReplicationGroup {
				return page.ReplicationGroups
			}, d.look)
	}
}

// look describes a group of a list; one that is gone meanwhile has no tags.
func (d *Driver) look(ctx context.Context, group types.ReplicationGroup) (listing.Found, error) {
	tags, err := d.tagsOf(ctx, &group)
	if err != nil && !unknown(err) {
		return listing.Found{}, fmt.Errorf("cachedriver: whose is cache %s? reading its tags: %w", aws.ToString(group.ReplicationGroupId), err)
	}
	return listing.Found{State: withOutputs(stateOf(&group), &group), Tags: tags}, nil
}

// stateOf describes a cache without its owner.
func stateOf(group *types.ReplicationGroup) provision.State {
	name := aws.ToString(group.ReplicationGroupId)
	return provision.State{
		Kind:     kinds.CacheKind,
		ID:       name,
		Name:     name,
		Outputs:  map[string]provision.Value{"Name": provision.TextValue(name)},
		Deleting: aws.ToString(group.Status) == statusDeleting,
	}
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
