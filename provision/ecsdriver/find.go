package ecsdriver

import (
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/peppercorn-go/peppercorn/provision"
)

// describeBatch is the most that DescribeServices takes at a time.
const describeBatch = 10

// findServices yields the services of o in all clusters. It reports false if it has yielded an error or the caller has enough.
func (d *Driver) findServices(ctx context.Context, o provision.Owner, yield func(provision.State, error) bool) bool {
	clusters := ecs.NewListClustersPaginator(d.api, &ecs.ListClustersInput{MaxResults: aws.Int32(pageSize)})
	for clusters.HasMorePages() {
		page, err := clusters.NextPage(ctx)
		if err != nil {
			yield(provision.State{}, fmt.Errorf("ecsdriver: listing clusters: %w", err))
			return false
		}
		for _, cluster := range page.ClusterArns {
			if !d.findIn(ctx, o, cluster, yield) {
				return false
			}
		}
	}
	return true
}

// findIn yields the services of o in one cluster. One that was deleted meanwhile has none.
func (d *Driver) findIn(ctx context.Context, o provision.Owner, cluster string, yield func(provision.State, error) bool) bool {
	pages := ecs.NewListServicesPaginator(d.api, &ecs.ListServicesInput{Cluster: aws.String(cluster), MaxResults: aws.Int32(pageSize)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if noCluster(err) {
			return true
		}
		if err != nil {
			yield(provision.State{}, fmt.Errorf("ecsdriver: listing the services of cluster %s: %w", cluster, err))
			return false
		}
		arns := slices.DeleteFunc(page.ServiceArns, func(arn string) bool { return !mayBeOurs(o, afterSlash(arn)) })
		for batch := range slices.Chunk(arns, describeBatch) {
			states, err := d.servicesOf(ctx, o, cluster, batch)
			if err != nil {
				yield(provision.State{}, fmt.Errorf("ecsdriver: whose are the services of cluster %s? %w", cluster, err))
				return false
			}
			for _, s := range states {
				if !yield(s, nil) {
					return false
				}
			}
		}
	}
	return true
}

// servicesOf returns those of up to ten services that are o's and not gone.
func (d *Driver) servicesOf(ctx context.Context, o provision.Owner, cluster string, arns []string) ([]provision.State, error) {
	out, err := d.api.DescribeServices(ctx, &ecs.DescribeServicesInput{
		Cluster:  aws.String(cluster),
		Services: arns,
		Include:  []types.ServiceField{types.ServiceFieldTags},
	})
	if noCluster(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for _, f := range out.Failures {
		if reason := aws.ToString(f.Reason); reason != "MISSING" { // it was purged meanwhile
			return nil, fmt.Errorf("describing service %s: %s %s", aws.ToString(f.Arn), reason, aws.ToString(f.Detail))
		}
	}
	var states []provision.State
	for i := range out.Services {
		there := &out.Services[i]
		if aws.ToString(there.Status) == statusInactive || !o.Matches(tagMap(there.Tags)) {
			continue
		}
		if s := serviceState(there); s.Node != "" {
			states = append(states, s)
		}
	}
	return states, nil
}
