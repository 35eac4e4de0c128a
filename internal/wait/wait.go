// Package wait asks a service again: after a moment, because what was just made is not known everywhere yet, and for as long as it takes to
// make a thing. It also tells from the service's events why something did not come about.
package wait

import (
	"context"
	"fmt"
	"time"
)

// Sleep waits for d, and returns early with the context's error if that ends. Where both are over, the context counts.
func Sleep(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return ctx.Err()
	}
}

// Retry calls try again and again while its error is one that passes. The first pause between two calls is first; each is twice as
// long as the one before, up to eight times first. Once the pauses are limit together, Retry returns the last error of try; when the
// context ends before, the error is [Interrupted]. The time that calls take is not counted, for one that AWS throttles may take minutes.
func Retry(ctx context.Context, first, limit time.Duration, passes func(error) bool, try func() error) error {
	first = max(first, time.Millisecond) // pauses of nothing would never be limit together
	var waited time.Duration
	for pause := first; ; pause = min(2*pause, 8*first) {
		err := try()
		if err == nil || !passes(err) || waited >= limit {
			return err
		}
		if ended := Sleep(ctx, pause); ended != nil {
			return Interrupted(ended, err)
		}
		waited += pause
	}
}

// Twice calls try, and once more after a pause if its error is one that passes. Whoever asks for a thing twice and hears both times
// that it is not there knows that it is gone, and not so new that nobody has heard of it yet. When the context ends between the two, the
// error is [Interrupted].
func Twice(ctx context.Context, pause time.Duration, passes func(error) bool, try func() error) error {
	err := try()
	if err == nil || !passes(err) {
		return err
	}
	if ended := Sleep(ctx, pause); ended != nil {
		return Interrupted(ended, err)
	}
	return try()
}

// Interrupted is the error of a wait whose context has ended: ended is the context's, and last the last answer, if there was any. That is
// told and is no part of the chain of errors. What was not there when no time was left to ask again may be there all the same, and nobody
// must find out by errors.As that it is gone.
func Interrupted(ended, last error) error {
	if last == nil {
		return ended
	}
	return &interrupted{ended, last}
}

type interrupted struct{ ended, last error }

func (e *interrupted) Error() string {
	return fmt.Sprintf("%v (the last answer was: %v)", e.ended, e.last)
}

func (e *interrupted) Unwrap() error { return e.ended }
