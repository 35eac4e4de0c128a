package asgdriver

import (
	"context"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

var _ provision.Checker = (*Driver)(nil)

// Check asks with [Options.Network] whether the subnets of a group are there and in one VPC. Auto Scaling itself is asked nothing.
func (d *Driver) Check(ctx context.Context, c provision.Call) error {
	spec, ok := c.Spec.(kinds.Group)
	if !ok || d.opts.Network == nil {
		return nil
	}
	return d.opts.Network(ctx, spec.Subnets, nil)
}
