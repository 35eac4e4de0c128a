package cloudwatchdriver

import (
	"context"
	"fmt"

	"github.com/peppercorn-go/peppercorn/provision"
)

// Await waits until CloudWatch lists the alarm. It does not wait for a state: an alarm has none until there is data. One
// that is not listed for [Options.Appear] is a [provision.ErrGone].
func (d *Driver) Await(ctx context.Context, s provision.State) (provision.State, error) {
	var there alarm
	err := d.retry(ctx, func() (err error) {
		there, err = d.named(ctx, nameIn(s.ID))
		return err
	})
	switch {
	case unknown(err):
		return provision.State{}, fmt.Errorf("cloudwatchdriver: alarm %s of node %q %w: %w", s.ID, s.Node, provision.ErrGone, err)
	case err != nil:
		return provision.State{}, fmt.Errorf("cloudwatchdriver: awaiting alarm %s: %w", s.ID, err)
	}
	s.Outputs = outputsOf(there)
	return s, nil
}
