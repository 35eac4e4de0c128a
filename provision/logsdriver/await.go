package logsdriver

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"github.com/peppercorn-go/peppercorn/provision"
)

// Await waits until CloudWatch Logs lists the group, which can be written to then. A group that is not listed for
// [Options.Appear] is a [provision.ErrGone].
func (d *Driver) Await(ctx context.Context, s provision.State) (provision.State, error) {
	var group types.LogGroup
	err := d.retry(ctx, unsettled, func() (err error) {
		group, err = d.named(ctx, nameIn(s.ID))
		return err
	})
	switch {
	case unknown(err):
		return provision.State{}, fmt.Errorf("logsdriver: log group %s of node %q %w: %w", s.ID, s.Node, provision.ErrGone, err)
	case err != nil:
		return provision.State{}, fmt.Errorf("logsdriver: awaiting log group %s: %w", s.ID, err)
	}
	s.Outputs = outputsOf(group)
	return s, nil
}
