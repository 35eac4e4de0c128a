package s3driver

import (
	"context"
	"fmt"

	"github.com/peppercorn-go/peppercorn/provision"
)

// Await waits until S3 knows the bucket, which it may not do for a moment after its creation. A bucket that S3 does not know
// for [Options.Appear] is a [provision.ErrGone].
func (d *Driver) Await(ctx context.Context, s provision.State) (provision.State, error) {
	err := d.retry(ctx, d.opts.Appear, func() error {
		_, err := d.tags(ctx, s.ID)
		return err
	}, codeNoBucket)
	switch {
	case unknown(err):
		return provision.State{}, fmt.Errorf("s3driver: bucket %s of node %q %w: %w", s.ID, s.Node, provision.ErrGone, err)
	case err != nil:
		return provision.State{}, fmt.Errorf("s3driver: awaiting bucket %s: %w", s.ID, err)
	}
	s.Outputs = d.outputs(s.ID)
	return s, nil
}
