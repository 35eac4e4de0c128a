package ecsdriver

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

var _ provision.Looker = (*Driver)(nil)

// statusActive is the status of a cluster that can be used (API reference, Cluster). One that was deleted is INACTIVE and may be shown for
// a while.
const statusActive = "ACTIVE"

// Looks returns [kinds.ExistingClusterKind].
func (d *Driver) Looks() []provision.Kind { return []provision.Kind{kinds.ExistingClusterKind} }

// Look finds a cluster by its name or ARN. The pin is empty and is ignored, since a name leaves no choice.
func (d *Driver) Look(ctx context.Context, c provision.Call, _ string) (s provision.State, pin string, err error) {
	spec, ok := c.Spec.(kinds.ExistingCluster)
	if !ok {
		return provision.State{}, "", fmt.Errorf("ecsdriver: node %q: %w: %T", c.Node, provision.ErrNoDriver, c.Spec)
	}
	cluster, err := d.cluster(ctx, "Name", string(spec.Name))
	if err != nil {
		return provision.State{}, "", fmt.Errorf("ecsdriver: %w", err)
	}
	name, arn := aws.ToString(cluster.ClusterName), aws.ToString(cluster.ClusterArn)
	return provision.State{ID: arn, Name: name, Outputs: map[string]provision.Value{
		"Name": provision.TextValue(name), "ARN": provision.TextValue(arn),
	}}, "", nil
}

// cluster finds the ACTIVE cluster that a field names. ECS reports one that it does not know among the failures of an answer.
func (d *Driver) cluster(ctx context.Context, field, nameOrARN string) (*types.Cluster, error) {
	missing := &provision.MissingError{Field: field, What: "ECS cluster " + nameOrARN}
	out, err := d.api.DescribeClusters(ctx, &ecs.DescribeClustersInput{Clusters: []string{nameOrARN}})
	switch {
	case err != nil:
		return nil, fmt.Errorf("look for ECS cluster %s: %w", nameOrARN, err)
	case len(out.Clusters) == 0:
		if len(out.Failures) > 0 && aws.ToString(out.Failures[0].Reason) != "MISSING" {
			missing.Why = "ECS says " + aws.ToString(out.Failures[0].Reason)
		}
		return nil, missing
	case aws.ToString(out.Clusters[0].Status) != statusActive:
		missing.Why = "its status is " + aws.ToString(out.Clusters[0].Status)
		return nil, missing
	}
	return &out.Clusters[0], nil
}
