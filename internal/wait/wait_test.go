package wait_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/internal/wait"
)

var (
	errSoon  = errors.New("not yet")
	errNever = errors.New("no")
)

func soon(err error) bool { return errors.Is(err, errSoon) }

func TestRetry(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answers []error // the last one again and again
		want    error
		calls   int
		took    time.Duration
	}{
		"at once":            {[]error{nil}, nil, 1, 0},
		"what does not pass": {[]error{errNever}, errNever, 1, 0},
		"after a while":      {[]error{errSoon, errSoon, nil}, nil, 3, 3 * time.Second},
		"turns bad":          {[]error{errSoon, errNever}, errNever, 2, time.Second},
		"pauses grow to eight times the first, until they are the limit together": {[]error{errSoon}, errSoon, 7, 31 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start, calls := time.Now(), 0
				err := wait.Retry(t.Context(), time.Second, 30*time.Second, soon, func() error {
					calls++
					return c.answers[min(calls, len(c.answers))-1]
				})
				require.ErrorIs(t, err, c.want)
				require.Equal(t, c.calls, calls)
				require.Equal(t, c.took, time.Since(start))
			})
		})
	}
}

func TestRetryEndsWhateverItsPauses(t *testing.T) {
	t.Parallel()
	for _, first := range []time.Duration{0, -1, time.Nanosecond, time.Hour} {
		for limit, calls := range map[time.Duration]int{-1: 1, 0: 1, time.Minute: 0} {
			synctest.Test(t, func(t *testing.T) {
				start, n := time.Now(), 0
				err := wait.Retry(t.Context(), first, limit, soon, func() error {
					n++
					return errSoon
				})
				require.ErrorIs(t, err, errSoon)
				require.Less(t, time.Since(start), 2*time.Hour)
				if calls > 0 {
					require.Equal(t, calls, n)
				}
			})
		}
	}
}

// Where a context has ended and a pause is over, the context counts: otherwise it would be chance what Twice says.
func TestAnEndedContextCounts(t *testing.T) {
	t.Parallel()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for range 100 {
		require.ErrorIs(t, wait.Sleep(ended, 0), context.Canceled)
		require.NotErrorIs(t, wait.Twice(ended, 0, soon, func() error { return errSoon }), errSoon)
	}
}

func TestRetryDoesNotCountTheTimeOfCalls(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		err := wait.Retry(t.Context(), time.Second, 3*time.Second, soon, func() error {
			time.Sleep(time.Minute) // in virtual time: a call that is throttled
			if calls++; calls < 3 {
				return errSoon
			}
			return nil
		})
		require.NoError(t, err)
	})
}

func TestRetryEndsWithTheContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		start := time.Now()
		err := wait.Retry(ctx, time.Second, time.Hour, soon, func() error { return errSoon })
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.NotErrorIs(t, err, errSoon, "which would say that it is gone")
		require.ErrorContains(t, err, "not yet")
		require.Equal(t, 5*time.Second, time.Since(start))
		require.ErrorIs(t, wait.Sleep(ctx, time.Hour), context.DeadlineExceeded)
	})
}

func TestTwice(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answers []error
		want    error
		took    time.Duration
	}{
		"there":                {[]error{nil}, nil, 0},
		"what does not pass":   {[]error{errNever}, errNever, 0},
		"there by now":         {[]error{errSoon, nil}, nil, time.Second},
		"gone":                 {[]error{errSoon, errSoon}, errSoon, time.Second},
		"another error by now": {[]error{errSoon, errNever}, errNever, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start, calls := time.Now(), 0
				err := wait.Twice(t.Context(), time.Second, soon, func() error {
					calls++
					return c.answers[calls-1]
				})
				require.ErrorIs(t, err, c.want)
				require.Len(t, c.answers, calls)
				require.Equal(t, c.took, time.Since(start))
			})
		})
	}
}

func TestTwiceEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	calls := 0
	err := wait.Twice(ctx, time.Hour, soon, func() error {
		calls++
		cancel()
		return errSoon
	})
	require.ErrorIs(t, err, context.Canceled)
	require.NotErrorIs(t, err, errSoon, "which would say that it is gone")
	require.ErrorContains(t, err, "not yet")
	require.Equal(t, 1, calls)
}
