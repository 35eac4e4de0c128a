package ecsdriver

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/smithy-go"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

var _ provision.Checker = (*Driver)(nil)

// Check asks whether what a service or a task definition refers to is there: the cluster, which must be ACTIVE; and as far as the driver
// was told how, images with [Options.Image], roles with [Options.IAMRole], and subnets and security groups with [Options.Network].
func (d *Driver) Check(ctx context.Context, c provision.Call) error {
	switch spec := c.Spec.(type) {
	case kinds.TaskDefinition:
		problems := []error{
			check(ctx, d.opts.IAMRole, "ExecutionRole", spec.ExecutionRole), check(ctx, d.opts.IAMRole, "TaskRole", spec.TaskRole),
		}
		for i, container := range spec.Containers {
			problems = append(problems, check(ctx, d.opts.Image, fmt.Sprintf("Containers[%d].Image", i), container.Image))
		}
		return errors.Join(problems...)
	case kinds.Service:
		problems := []error{d.checkCluster(ctx, spec.Cluster)}
		if d.opts.Network != nil {
			problems = append(problems, d.opts.Network(ctx, spec.Subnets, spec.SecurityGroups))
		}
		return errors.Join(problems...)
	}
	return nil
}

func (d *Driver) checkCluster(ctx context.Context, nameOrARN provision.Text) error {
	if nameOrARN.Pending() {
		return nil
	}
	_, err := d.cluster(ctx, "Cluster", string(nameOrARN))
	var api smithy.APIError
	if errors.As(err, &api) && api.ErrorCode() == "AccessDeniedException" {
		return nil // the create that follows asks again
	}
	return err
}

// check asks about what a field names, unless that is still to be made or there is nobody to ask.
func check(ctx context.Context, ask func(context.Context, string) error, field string, text provision.Text) error {
	if ask == nil || text == "" || text.Pending() {
		return nil
	}
	if err := ask(ctx, string(text)); err != nil {
		return &provision.BlueprintError{Field: field, Err: err}
	}
	return nil
}
