package ecsdriver

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/peppercorn-go/peppercorn/internal/wait"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// The states of a service (API reference, Service).
const (
	statusDraining = "DRAINING"
	statusInactive = "INACTIVE"
)

// createService makes a service unless there is one of its name.
func (d *Driver) createService(ctx context.Context, c provision.Call, spec kinds.Service) (provision.State, error) {
	name, cluster := nameOf(c), string(spec.Cluster)
	there, err := d.service(ctx, cluster, name)
	switch {
	case err == nil:
		return d.adopt(c, spec, there)
	case !unlisted(err):
		return provision.State{}, fmt.Errorf("ecsdriver: looking for service %s in cluster %s: %w", name, cluster, err)
	}
	_, err = d.api.CreateService(ctx, serviceInput(c, spec))
	refused := (*types.InvalidParameterException)(nil)
	if err != nil && !errors.As(err, &refused) {
		return provision.State{}, fmt.Errorf("ecsdriver: creating service %s in cluster %s: %w", name, cluster, err)
	}
	refusal := err
	err = d.retry(ctx, func() (err error) {
		there, err = d.service(ctx, cluster, name)
		if refusal != nil && unlisted(err) {
			return refusal // the name is free, so the parameters are invalid indeed
		}
		return err
	})
	if err != nil {
		return provision.State{}, fmt.Errorf("ecsdriver: creating service %s in cluster %s: %w", name, cluster, err)
	}
	return d.adopt(c, spec, there)
}

// adopt returns a service that exists, if it is ours and is what the blueprint says.
func (d *Driver) adopt(c provision.Call, spec kinds.Service, there *types.Service) (provision.State, error) {
	arn, tags := aws.ToString(there.ServiceArn), tagMap(there.Tags)
	if err := c.CheckOwner(kinds.ServiceKind, arn, tags); err != nil {
		return provision.State{}, err
	}
	if aws.ToString(there.Status) == statusDraining {
		return provision.State{}, fmt.Errorf("ecsdriver: service %s of node %q %w: its tasks are stopping", arn, c.Node, provision.ErrDeleting)
	}
	// How many tasks run may change, as when the service is scaled. What they run may not.
	if is := aws.ToString(there.TaskDefinition); is != string(spec.TaskDefinition) {
		return provision.State{}, fmt.Errorf("ecsdriver: service %s of node %q exists, is ours, and runs %s, not %s; somebody changed it by "+
			"hand (put the task definition back, or terminate the environment and deploy again)", arn, c.Node, is, spec.TaskDefinition)
	}
	return serviceState(there), nil
}

// service returns a service that is not gone, by its name or ARN. One that is INACTIVE or unknown is errUnlisted: its name is free.
func (d *Driver) service(ctx context.Context, cluster, name string) (*types.Service, error) {
	out, err := d.api.DescribeServices(ctx, &ecs.DescribeServicesInput{
		Cluster:  aws.String(cluster),
		Services: []string{name},
		Include:  []types.ServiceField{types.ServiceFieldTags},
	})
	if err != nil {
		return nil, err
	}
	for i := range out.Services {
		if aws.ToString(out.Services[i].Status) != statusInactive {
			return &out.Services[i], nil
		}
	}
	for _, f := range out.Failures {
		if reason := aws.ToString(f.Reason); reason != "MISSING" {
			return nil, fmt.Errorf("describing service %s: %s %s", name, reason, aws.ToString(f.Detail))
		}
	}
	return nil, errUnlisted
}

// deleteService deletes a service, with its tasks, if its tags say that it is s.Owner's.
func (d *Driver) deleteService(ctx context.Context, s provision.State) error {
	cluster := clusterOf(s)
	var there *types.Service
	err := wait.Twice(ctx, d.opts.Settle, unlisted, func() (err error) {
		there, err = d.service(ctx, cluster, s.ID)
		return err
	})
	switch {
	case unlisted(err), noCluster(err):
		return nil
	case err != nil:
		return fmt.Errorf("ecsdriver: whose is service %s? %w", s.ID, err)
	}
	owner := provision.Call{Owner: s.Owner, Node: s.Node}
	if err := owner.CheckOwner(kinds.ServiceKind, s.ID, tagMap(there.Tags)); err != nil {
		return err
	}
	if aws.ToString(there.Status) != statusDraining {
		// Force spares the update to no tasks that ECS would ask for first.
		_, err := d.api.DeleteService(ctx, &ecs.DeleteServiceInput{
			Cluster: aws.String(cluster), Service: aws.String(s.ID), Force: aws.Bool(true),
		})
		if err != nil && !goneMeanwhile(err) {
			return fmt.Errorf("ecsdriver: deleting service %s: %w", s.ID, err)
		}
	}
	return fmt.Errorf("ecsdriver: service %s %w", s.ID, provision.ErrDeleting)
}

// goneMeanwhile reports whether a deletion came too late. The next one finds out what there is.
func goneMeanwhile(err error) bool {
	missing, inactive := (*types.ServiceNotFoundException)(nil), (*types.ServiceNotActiveException)(nil)
	return errors.As(err, &missing) || errors.As(err, &inactive)
}

// noCluster reports whether there is no such cluster. ECS deletes none that has services.
func noCluster(err error) bool {
	missing := (*types.ClusterNotFoundException)(nil)
	return errors.As(err, &missing)
}

// clusterOf returns the cluster of a service: the output, or what the ARN says, arn:...:service/cluster/name.
func clusterOf(s provision.State) string {
	if cluster := s.Outputs["Cluster"].String(); cluster != "" {
		return cluster
	}
	if part := strings.Split(s.ID, "/"); len(part) == 3 {
		return part[1]
	}
	return "" // ECS takes its own default
}

// serviceState describes a service. Its Node is empty if it does not carry all of our tags.
func serviceState(there *types.Service) provision.State {
	arn, name := aws.ToString(there.ServiceArn), aws.ToString(there.ServiceName)
	s := provision.State{
		Kind: kinds.ServiceKind,
		ID:   arn,
		Name: name,
		Outputs: map[string]provision.Value{
			"ARN":     provision.TextValue(arn),
			"Name":    provision.TextValue(name),
			"Cluster": provision.TextValue(aws.ToString(there.ClusterArn)),
		},
		Deleting: aws.ToString(there.Status) == statusDraining,
	}
	provision.StateOwner(&s, tagMap(there.Tags))
	return s
}
