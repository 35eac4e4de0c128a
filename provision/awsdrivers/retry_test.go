package awsdrivers

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestPausesGrowToALimitAndAreSpread(t *testing.T) {
	t.Parallel()
	o := RetryOptions{Base: time.Second, Most: 20 * time.Second}
	for attempt, longest := range map[int]time.Duration{
		0: time.Second, 1: time.Second, 2: 2 * time.Second, 5: 16 * time.Second, 6: 20 * time.Second, 1000: 20 * time.Second,
	} {
		var least, most time.Duration = time.Hour, 0
		for range 1000 {
			p := pause(o, attempt)
			least, most = min(least, p), max(most, p)
		}
		require.LessOrEqual(t, most, longest, "attempt %d", attempt)
		require.Greater(t, most, longest*8/10, "attempt %d", attempt)
		require.Less(t, least, longest*2/10, "attempt %d", attempt)
	}
}

func TestRetryerHasNoQuota(t *testing.T) {
	t.Parallel()
	r := NewRetryer(func(o *RetryOptions) { o.Attempts = 7 })
	require.Equal(t, 7, r.MaxAttempts())
	for range 1000 { // the SDK's own runs dry after a hundred
		_, err := r.GetRetryToken(t.Context(), nil)
		require.NoError(t, err)
	}
	require.Equal(t, 16, NewRetryer().MaxAttempts())
}
