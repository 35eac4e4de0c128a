package elbdriver

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/peppercorn-go/peppercorn/internal/wait"
	"github.com/peppercorn-go/peppercorn/provision"
)

// errLate says that something has not happened in time.
var errLate = errors.New("it took too long")

// await calls look until it is done, for at most limit. What ELB does not know for Options.Appear is gone; the time counts
// from the last time that it was known. A look that ELB throttles is one that saw nothing: a wait must not fail for it.
func (d *Driver) await(ctx context.Context, limit time.Duration, look func() (done bool, err error)) error {
	start := time.Now()
	known := start
	for pause := d.opts.Poll; ; pause = min(pause+pause/2, d.opts.MaxPoll) {
		done, err := look()
		switch {
		case missing(err):
			if time.Since(known) >= d.opts.Appear {
				return fmt.Errorf("it %w: %w", provision.ErrGone, err)
			}
			pause = min(pause, d.opts.Settle)
		case err != nil && !throttled(err), done:
			return err
		case time.Since(start) >= limit:
			return fmt.Errorf("%w (%v)", errLate, limit)
		default:
			known = time.Now()
		}
		if err := wait.Sleep(ctx, pause); err != nil {
			return err
		}
	}
}

// retry calls try again and again while its error is one that passes, with growing pauses, and at most for Options.Appear.
func (d *Driver) retry(ctx context.Context, passes func(error) bool, try func() error) error {
	return wait.Retry(ctx, d.opts.Settle, d.opts.Appear, passes, try)
}

// goneOrOurs is how every deletion begins. It reports whether the thing is gone, which it asks twice before it believes it: what is
// a moment old may be unknown as well. If the thing is there, its tags have to say that it is the one that s describes.
func (d *Driver) goneOrOurs(ctx context.Context, s provision.State, what string, look func() error) (gone bool, err error) {
	switch err := wait.Twice(ctx, d.opts.Settle, missing, look); {
	case missing(err):
		return true, nil
	case err != nil:
		return false, fmt.Errorf("elbdriver: deleting %s %s: %w", what, s.ID, err)
	}
	if err := d.checkOwner(ctx, s); !missing(err) {
		return false, err
	}
	return true, nil // it has just gone
}
