package dns

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestName(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ in, name, wire string }{
		{"www.example.com", "www.example.com", "www.example.com."},
		{"WWW.Example.COM.", "www.example.com", "www.example.com."},
		{`\052.example.com.`, "*.example.com", "*.example.com."},
		{"*.example.com", "*.example.com", "*.example.com."},
		{"_rev.www.example.com", "_rev.www.example.com", "_rev.www.example.com."},
		{`a\100b.example.com`, "a@b.example.com", `a\100b.example.com.`},
		{`\101.example.com`, "a.example.com", "a.example.com."},                   // an escaped capital is no other letter
		{`a\056b.example.com`, `a\056b.example.com`, `a\056b.example.com.`},       // one label with a dot in it
		{`a\134b.example.com`, `a\134b.example.com`, `a\134b.example.com.`},       // a backslash
		{`a\b.example.com`, `a\134b.example.com`, `a\134b.example.com.`},          // a stray one
		{`a\400.example.com`, `a\134400.example.com`, `a\134400.example.com.`},    // beyond a byte
		{`a\134052.example.com`, `a\134052.example.com`, `a\134052.example.com.`}, // no second decoding
		{`b\303\274ro.example.com`, "büro.example.com", `b\303\274ro.example.com.`},
		{`ends\056`, `ends\056`, `ends\056.`}, // this dot is no root
		{`a\05`, `a\13405`, `a\13405.`},
		{"", "", "."},
		{".", "", "."},
	} {
		require.Equal(t, tt.name, Name(tt.in), tt.in)
		require.Equal(t, tt.wire, wireName(tt.in), tt.in)
	}
}

func TestUnder(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, base string
		under      bool
	}{
		{"www.example.com", "example.com", true},
		{"example.com", "Example.com.", true},
		{"anexample.com", "example.com", false},
		{"com", "example.com", false},
		{"www.example.com", "", true},
	} {
		require.Equal(t, tt.under, Under(tt.name, tt.base), "%s under %s", tt.name, tt.base)
	}
}

func FuzzName(f *testing.F) {
	for _, seed := range []string{"www.example.com.", `\052.Example.com`, `a\056b`, `\`, `\\`, `\134056`, "ü.de", "a b", "."} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		name := Name(s)
		require.Equal(t, name, Name(name), "idempotent")
		wire := wireName(s)
		for i := range len(wire) {
			c := wire[i]
			plain := 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-' || c == '_' || c == '.' || c == '*' || c == '\\'
			require.True(t, plain, "%q in a request", c)
		}
		if s != "" && s != "." {
			require.Equal(t, name, Name(wire), "a request names the same record")
		}
	})
}
