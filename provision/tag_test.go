package provision

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func TestEncodeTag(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, text, want string }{
		{"empty", "", ""},
		{"plain", "Fix the cart - 50 items, see shop.example.com/x:y_z+1 @me", "Fix the cart - 50 items=2C see shop.example.com/x:y_z+1 @me"},
		{"conventional commit", "feat(api): x (#12)", "feat=28api=29: x =28=2312=29"},
		{"its own sign", "a=20b", "a=3D20b"},
		{"its own mark", "a=..", "a=3D.."},
		{"two bytes", "é", "=C3=A9"},
		{"invalid UTF-8", "a\xffb", "a=FFb"},
		{"control characters", "a\tb\n", "a=09b=0A"},
		{"blanks at the ends", " a b ", "=20a b=20"},
		{"a blank alone", " ", "=20"},
		{"reserved start", "aws:x", "=61ws:x"},
		{"reserved start in capitals", "RDS:x", "=52DS:x"},
		{"reserved word later", "x aws:", "x aws:"},
		{"just fits", strings.Repeat("a", 256), strings.Repeat("a", 256)},
		{"one too long", strings.Repeat("a", 257), strings.Repeat("a", 253) + "=.."},
		{"cut between runes", strings.Repeat("🚀", 100), strings.Repeat("=F0=9F=9A=80", 21) + "=.."},
		{"an escape at the very end", strings.Repeat("a", 253) + "é", strings.Repeat("a", 253) + "=.."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := EncodeTag(tt.text)
			require.Equal(t, tt.want, got)
			text, cut := DecodeTag(got)
			require.Equal(t, strings.HasSuffix(tt.want, "=.."), cut)
			if !cut {
				require.Equal(t, tt.text, text)
			}
			require.True(t, strings.HasPrefix(tt.text, text))
		})
	}
}

func TestDecodeTagKeepsWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	for _, value := range []string{"by hand", "a=b", "=", "==", "=2", "=zz", "=e9 lower case", "100% (hand made)"} {
		text, cut := DecodeTag(value)
		require.Equal(t, value, text)
		require.False(t, cut)
	}
}

var strictest = regexp.MustCompile(`^[A-Za-z0-9 +\-=._:/@]{0,256}$`)

// FuzzTag looks for texts that do not survive a tag, or that a service would refuse.
func FuzzTag(f *testing.F) {
	for _, seed := range []string{"", "plain", "=..", "aws:", "rDs:x", " ", "é=\xff", strings.Repeat("é", 43), strings.Repeat("a", 255) + " b", "=20", "=2"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		value := EncodeTag(s)
		require.Regexp(t, strictest, value)
		require.Equal(t, strings.TrimSpace(value), value, "blanks at the ends get lost")
		require.False(t, reservedPrefix(value), "%q is reserved", value)
		text, cut := DecodeTag(value)
		if !cut {
			require.Equal(t, s, text)
			return
		}
		require.Greater(t, len(s), 80, "what fits is not cut")
		require.True(t, strings.HasPrefix(s, text))
		if utf8.ValidString(s) {
			require.True(t, utf8.ValidString(text), "cut inside a character")
		}
		require.GreaterOrEqual(t, len(value), longestTag-len(cutMark)-3*utf8.UTFMax, "cut more than needed")
	})
}
