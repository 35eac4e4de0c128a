package elbdriver

import (
	"context"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

var _ provision.Checker = (*Driver)(nil)

// Check asks whether what a load balancer or a listener refers to is there: with [Options.Network] subnets and security groups, with
// [Options.Certificate] the certificate. ELB itself is asked nothing: the other things that its kinds refer to are made with them.
func (d *Driver) Check(ctx context.Context, c provision.Call) error {
	switch spec := c.Spec.(type) {
	case kinds.LoadBalancer:
		if d.opts.Network != nil {
			return d.opts.Network(ctx, spec.Subnets, spec.SecurityGroups)
		}
	case kinds.Listener:
		if d.opts.Certificate == nil || spec.Certificate == "" || spec.Certificate.Pending() {
			return nil
		}
		if err := d.opts.Certificate(ctx, string(spec.Certificate)); err != nil {
			return &provision.BlueprintError{Field: "Certificate", Err: err}
		}
	}
	return nil
}
