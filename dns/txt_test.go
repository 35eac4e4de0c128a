package dns

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestQuoteTXT(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, text, value string }{
		{"words", "p1 rev=1.x", `"p1 rev=1.x"`},
		{"empty", "", `""`},
		{"quote and backslash", `say "hi" \o/`, `"say \"hi\" \\o/"`},
		{"newline and nul", "a\nb\x00", `"a\012b\000"`},
		{"not ASCII", "ü", `"\303\274"`},
		{"one full string", strings.Repeat("x", 255), `"` + strings.Repeat("x", 255) + `"`},
		{"one more", strings.Repeat("x", 256), `"` + strings.Repeat("x", 255) + `" "x"`},
		{"an escape is not cut", strings.Repeat("x", 254) + `"`, `"` + strings.Repeat("x", 254) + `" "\""`},
		{"two cuts", strings.Repeat("x", 511), `"` + strings.Repeat("x", 255) + `" "` + strings.Repeat("x", 255) + `" "x"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.value, quoteTXT(tt.text))
			text, ok := unquoteTXT(tt.value)
			require.True(t, ok)
			require.Equal(t, tt.text, text)
		})
	}
}

func TestUnquoteTXT(t *testing.T) {
	t.Parallel()
	for value, text := range map[string]string{
		`"a" "b"`:      "ab",
		`"a"   "b" `:   "ab",
		`"a""b"`:       "ab",
		`"\a\.\040\7"`: "a. 7", // a backslash takes the meaning from any character
		`"" ""`:        "",
	} {
		got, ok := unquoteTXT(value)
		require.True(t, ok, value)
		require.Equal(t, text, got, value)
	}
	for _, value := range []string{"", " ", "bare", `"open`, `"a" b`, `"a\`, `"a\"`} {
		_, ok := unquoteTXT(value)
		require.False(t, ok, value)
	}
}

func FuzzTXT(f *testing.F) {
	for _, seed := range []string{"", "p1 rev=1.x a=b", `"`, `\`, "\x00\xff", "ü", strings.Repeat(`"`, 600)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		value := quoteTXT(text)
		got, ok := unquoteTXT(value)
		require.True(t, ok, value)
		require.Equal(t, text, got)
		for _, c := range []byte(value) {
			require.True(t, c >= ' ' && c <= '~', "%q on the wire", c)
		}
		for part := range strings.SplitSeq(value, `" "`) {
			require.LessOrEqual(t, len(strings.Trim(part, `"`)), maxTXTString)
		}
	})
}
