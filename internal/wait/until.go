package wait

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"

	"github.com/peppercorn-go/peppercorn/provision"
)

// Pace says how often to look at a thing, and for how long.
type Pace struct {
	// Poll is the shortest pause between two looks. The pauses grow with the time waited, to a hundredth of it, but to no more than MaxPoll.
	Poll, MaxPoll time.Duration
	// Appear is how long the service may not know a thing before it counts as gone.
	Appear time.Duration
	// Ready is how long to wait.
	Ready time.Duration
}

// Until looks at a thing until it is ready, and returns what the last look saw. A look whose error is one of unknown saw nothing: once that
// has been so for Appear, the thing is a [provision.ErrGone]. One that was throttled tells neither. Any other error of look, and every error
// of ready, ends the wait.
func Until[T any](
	ctx context.Context, p Pace, unknown func(error) bool, look func() (T, error), ready func(T) (bool, error),
) (T, error) {
	var none T
	start, seen := time.Now(), time.Now()
	for {
		thing, err := look()
		switch {
		case Throttled(err):
		case unknown(err) && time.Since(seen) >= p.Appear:
			return none, fmt.Errorf("it %w: %w", provision.ErrGone, err)
		case unknown(err):
		case err != nil:
			return none, err
		default:
			seen = time.Now()
			done, err := ready(thing)
			if err != nil {
				return none, err
			}
			if done {
				return thing, nil
			}
		}
		waited := time.Since(start)
		if waited >= p.Ready {
			return none, fmt.Errorf("it is not ready after %v", waited)
		}
		if err := Sleep(ctx, max(p.Poll, min(waited/100, p.MaxPoll))); err != nil {
			return none, err
		}
	}
}

// Throttled reports whether a service refused a call for its rate, after all attempts of the SDK. Each has a code of its own for it. A wait
// must not fail for it.
func Throttled(err error) bool {
	codes := retry.ThrottleErrorCode{Codes: retry.DefaultThrottleErrorCodes}
	return codes.IsErrorThrottle(err) == aws.TrueTernary
}
