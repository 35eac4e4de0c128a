package wait_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/internal/wait"
	"github.com/peppercorn-go/peppercorn/provision"
)

var (
	errUnknown = errors.New("no such thing")
	errDenied  = errors.New("not for you")
	errLost    = errors.New("it failed")
	errRate    = fmt.Errorf("after 3 attempts: %w", &smithy.GenericAPIError{Code: "Throttling"})
)

func unknown(err error) bool { return errors.Is(err, errUnknown) }

// pace is that of the tests: it gives up what is unknown after 10 s, and everything after an hour.
var pace = wait.Pace{Poll: 5 * time.Second, MaxPoll: 30 * time.Second, Appear: 10 * time.Second, Ready: time.Hour}

// answer is what a look sees: the thing's status, or an error.
type answer struct {
	status string
	err    error
}

// ready fails for what is lost.
func ready(status string) (bool, error) {
	if status == "lost" {
		return false, errLost
	}
	return status == "available", nil
}

func TestUntil(t *testing.T) {
	t.Parallel()
	unseen, slow := answer{err: errUnknown}, answer{err: errRate}
	making, available := answer{status: "creating"}, answer{status: "available"}
	for name, c := range map[string]struct {
		answers []answer // the last one again and again
		want    error
		took    time.Duration
	}{
		"what is ready is not waited for":          {[]answer{available}, nil, 0},
		"it takes a while":                         {[]answer{making, making, available}, nil, 10 * time.Second},
		"it cannot be seen at once":                {[]answer{unseen, unseen, available}, nil, 10 * time.Second},
		"it never was":                             {[]answer{unseen}, provision.ErrGone, 10 * time.Second},
		"it goes":                                  {[]answer{making, making, unseen}, provision.ErrGone, 15 * time.Second},
		"it is out of sight twice":                 {[]answer{unseen, making, unseen, available}, nil, 15 * time.Second},
		"a throttled look does not say that it is": {[]answer{unseen, slow, unseen}, provision.ErrGone, 10 * time.Second},
		"nor that it is not":                       {[]answer{slow, slow, slow, slow, available}, nil, 20 * time.Second},
		"it will never be":                         {[]answer{making, {status: "lost"}}, errLost, 5 * time.Second},
		"nobody may look":                          {[]answer{making, {err: errDenied}}, errDenied, 5 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start, looks := time.Now(), 0
				got, err := wait.Until(t.Context(), pace, unknown, func() (string, error) {
					a := c.answers[min(looks, len(c.answers)-1)]
					looks++
					return a.status, a.err
				}, ready)
				require.ErrorIs(t, err, c.want)
				require.Equal(t, c.took, time.Since(start))
				if c.want == nil {
					require.Equal(t, "available", got)
				} else {
					require.Empty(t, got)
				}
				if errors.Is(err, provision.ErrGone) {
					require.ErrorIs(t, err, errUnknown, "the service's own words stay in reach")
				}
			})
		})
	}
}

// The longer it takes, the more seldom it is looked at.
func TestPausesGrowWithTheTimeWaited(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start, last, first, longest := time.Now(), time.Now(), time.Duration(0), time.Duration(0)
		_, err := wait.Until(t.Context(), pace, unknown, func() (string, error) {
			pause := time.Since(last)
			if last = time.Now(); first == 0 {
				first = pause
			}
			require.LessOrEqual(t, pause, max(pace.Poll, time.Since(start)/100))
			longest = max(longest, pause)
			return "creating", nil
		}, ready)
		require.ErrorContains(t, err, "it is not ready after 1h")
		require.Less(t, time.Since(start), pace.Ready+pace.MaxPoll)
		require.Equal(t, pace.Poll, first)
		require.Equal(t, pace.MaxPoll, longest)
	})
}

func TestUntilEndsWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 7*time.Second)
		defer cancel()
		start := time.Now()
		_, err := wait.Until(ctx, pace, unknown, func() (string, error) { return "creating", nil }, ready)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, 7*time.Second, time.Since(start))
	})
}

func TestThrottled(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequestsException"} {
		require.True(t, wait.Throttled(fmt.Errorf("describing: %w", &smithy.GenericAPIError{Code: code})), code)
	}
	for _, err := range []error{nil, errDenied, &smithy.GenericAPIError{Code: "ValidationError"}} {
		require.False(t, wait.Throttled(err), "%v", err)
	}
}

func TestReason(t *testing.T) {
	t.Parallel()
	type event struct {
		at   *time.Time
		said string
	}
	about := func(e event) (*time.Time, *string) { return e.at, &e.said }
	at := func(second int64) *time.Time { return aws.Time(time.Unix(second, 0)) }
	require.Empty(t, wait.Reason(nil, about))
	require.Equal(t, "a", wait.Reason([]event{{at(1), "a"}}, about))
	events := []event{{at(4), "d"}, {at(2), "b"}, {at(3), "c"}, {nil, "long ago"}, {at(4), "e"}}
	require.Equal(t, "c; d; e", wait.Reason(events, about), "the latest three, and of one moment as they are listed")
	require.Equal(t, "d", events[0].said, "the service's answer stays as it is")
}
