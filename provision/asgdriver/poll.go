package asgdriver

import (
	"context"
	"errors"
	"fmt"
	"time"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"

	"github.com/peppercorn-go/peppercorn/internal/wait"
)

// errLate says that something has not happened in time.
var errLate = errors.New("it took too long")

// poll calls look until it is done or has an error, for at most limit, and pauses ever longer in between. A look that Auto
// Scaling throttles, or Elastic Load Balancing if it is asked for its targets, is one that saw nothing: a wait must not fail for it.
func (d *Driver) poll(ctx context.Context, limit time.Duration, look func() (done bool, err error)) error {
	deadline := time.Now().Add(limit)
	for pause := d.opts.Poll; ; pause = min(pause+pause/2, d.opts.MaxPoll) {
		done, err := look()
		if throttled(err) {
			done, err = false, nil
		}
		if done || err != nil {
			return err
		}
		if time.Now().Add(pause).After(deadline) {
			return fmt.Errorf("%w (%v)", errLate, limit)
		}
		if err := wait.Sleep(ctx, pause); err != nil {
			return err
		}
	}
}

// serverTime is what the clock of the service says in a reply, or our own if it does not say.
func serverTime(metadata middleware.Metadata) time.Time {
	if t, ok := awsmiddleware.GetServerTime(metadata); ok {
		return t
	}
	return time.Now()
}
