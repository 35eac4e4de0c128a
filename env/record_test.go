package env

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func past(id int, attempt string) Previous {
	return Previous{Environment: fmt.Sprintf("%012x", id), Attempt: attempt, Until: time.Unix(int64(id), 0).UTC()}
}

func TestPushPrevious(t *testing.T) {
	t.Parallel()
	a, b, c := past(1, "a"), past(2, "b"), past(3, "c")
	again := past(1, "z") // deployed anew
	var full []Previous
	for i := range maxPrevious {
		full = append(full, past(100+i, "x"))
	}
	for name, tc := range map[string]struct {
		history  []Previous
		left, to Previous
		want     []Previous
	}{
		"the first promotion":                 {nil, Previous{}, a, nil},
		"what is left comes first":            {[]Previous{a}, b, c, []Previous{b, a}},
		"what it goes to is not behind it":    {[]Previous{b, a}, c, a, []Previous{c, b}},
		"what is left is there once":          {[]Previous{b, a}, a, c, []Previous{a, b}},
		"to itself":                           {[]Previous{b}, a, a, []Previous{b}},
		"another attempt is another":          {[]Previous{b, a}, c, again, []Previous{c, b, a}},
		"to another attempt of the same id":   {[]Previous{b}, a, again, []Previous{a, b}},
		"the oldest of nine goes":             {full, a, b, append([]Previous{a}, full[:maxPrevious-1]...)},
		"eight stay if nothing is left":       {full, Previous{}, a, full},
		"to one of eight makes room for left": {full, a, full[7], append([]Previous{a}, full[:7]...)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before := previousText(tc.history)
			require.Equal(t, tc.want, pushPrevious(tc.history, tc.left, tc.to))
			require.Equal(t, before, previousText(tc.history), "the argument was changed")
		})
	}
}

// Ten promotions fit, and the text is read as it was written.
func TestPreviousTextRoundTrip(t *testing.T) {
	t.Parallel()
	var history []Previous
	for i := range 10 {
		history = pushPrevious(history, past(i, "aaaaaaaaaa"), past(i+1, "aaaaaaaaaa"))
	}
	require.Len(t, history, 8, "more would not be sure to fit")
	require.Equal(t, past(9, "aaaaaaaaaa"), history[0])
	require.Less(t, len(previousText(history)), 2*255, "two strings of a TXT record")
	for i, s := range splitList(previousText(history), ",") {
		p, ok := parsePrevious(s)
		require.True(t, ok)
		require.Equal(t, history[i], p)
	}
	for _, s := range []string{"", "x", "aaaaaaaaaaaa@1", "aaaaaaaaaaaa.@1", "short.b@1", "aaaaaaaaaaaa.b", "aaaaaaaaaaaa.b@soon"} {
		_, ok := parsePrevious(s)
		require.False(t, ok, s)
	}
}
