package ssmdriver

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/peppercorn-go/peppercorn/provision"
)

// Await waits until the parameter can be read. One that is not known for [Options.Appear] is a [provision.ErrGone].
func (d *Driver) Await(ctx context.Context, s provision.State) (provision.State, error) {
	var there *types.Parameter
	err := d.retry(ctx, unsettled, func() (err error) {
		there, err = d.get(ctx, s.ID)
		return err
	})
	switch {
	case unknown(err):
		return provision.State{}, fmt.Errorf("ssmdriver: parameter %s of node %q %w: %w", s.ID, s.Node, provision.ErrGone, err)
	case err != nil:
		return provision.State{}, fmt.Errorf("ssmdriver: awaiting parameter %s: %w", s.ID, err)
	}
	s.Outputs = outputsOf(s.ID, aws.ToString(there.ARN))
	return s, nil
}
