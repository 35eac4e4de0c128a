package ec2driver

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/peppercorn-go/peppercorn/internal/wait"
)

// errLate says that something has not happened in time.
var errLate = errors.New("it took too long")

// poll calls look until it is done or has an error, for at most limit, and pauses ever longer in between. A look that
// EC2 throttles is one that saw nothing: a wait must not fail for it.
func (d *Driver) poll(ctx context.Context, limit time.Duration, look func() (done bool, err error)) error {
	deadline := time.Now().Add(limit)
	for pause := d.opts.Poll; ; pause = min(pause+pause/2, d.opts.MaxPoll) {
		done, err := look()
		if hasCode(err, codeThrottled) {
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

// onceKnown makes a call, again as long as EC2 answers with a code that says that it does not know an id. An id that was
// given out or even described a moment ago may be unknown to the next call (EC2 developer guide, eventual consistency).
func (d *Driver) onceKnown(ctx context.Context, unknown string, call func() error) error {
	var refusal error
	err := d.poll(ctx, min(d.opts.Visible, maxLag), func() (bool, error) {
		refusal = call()
		if hasCode(refusal, unknown) {
			return false, nil
		}
		return true, refusal
	})
	if errors.Is(err, errLate) {
		return fmt.Errorf("%w: %w", err, refusal)
	}
	return err
}

// maxLag is how long an id that a request refers to may be unknown. It is shorter than what an id of our own is given,
// because an id that was misspelt in the blueprint is unknown too, and somebody is waiting to be told.
const maxLag = time.Minute
