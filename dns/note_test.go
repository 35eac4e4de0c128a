package dns

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNote(t *testing.T) {
	t.Parallel()
	n, err := ParseNote("p1 rev=7.k2v9 to=4f1c attempt=a=b future=x%20y")
	require.NoError(t, err)
	require.Equal(t, "7.k2v9", n.Stamp())
	count, nonce := n.Rev()
	require.Equal(t, uint64(7), count)
	require.Equal(t, "k2v9", nonce)
	require.Equal(t, []string{"to", "attempt", "future"}, n.Keys())
	require.Equal(t, "a=b", n.Value("attempt"))
	require.Equal(t, "x y", n.Value("future"))
	_, ok := n.Get("none")
	require.False(t, ok)

	changed := n.With("to", "9a9a").With("attempt", "").With("at", "12")
	require.Equal(t, "p1 rev=7.k2v9 to=9a9a future=x%20y at=12", changed.String(), "order and unknown keys stay")
	require.Equal(t, "p1 rev=7.k2v9 to=4f1c attempt=a=b future=x%20y", n.String(), "a note is a value")
	require.Equal(t, "p1 rev=8.new to=4f1c attempt=a=b future=x%20y", n.stamped(8, "new").String())
}

func TestNoteWithoutStamp(t *testing.T) {
	t.Parallel()
	n, err := ParseNote("p1 registry=q7")
	require.NoError(t, err)
	require.Empty(t, n.Stamp())
	count, nonce := n.Rev()
	require.Zero(t, count)
	require.Empty(t, nonce)
	require.Equal(t, "q7", n.Value("registry"))
	require.Equal(t, "p1 rev=1.x registry=q7", n.stamped(1, "x").String())
	require.Equal(t, "p1", Note{}.String())
	require.Equal(t, "p1 a=1", NewNote("a", "1", "rev", "9.forged", "b").String())
}

func TestNoteEscapes(t *testing.T) {
	t.Parallel()
	n := NewNote("who", `Ada "L" 100%`, "a=b", "c=d", "nl", "x\ny", "uni", "ü")
	require.Equal(t, "p1 who=Ada%20%22L%22%20100%25 a%3Db=c=d nl=x%0Ay uni=%C3%BC", n.String())
	parsed, err := ParseNote(n.String())
	require.NoError(t, err)
	require.Equal(t, n, parsed)
}

func TestParseNoteRefuses(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "p", "v=spf1 -all", "P1 a=b", "p1  a=b", "p1 a=b ", "p1 a", "p1 =b", "p1 a=b a=c", "p1 a=b %61=c",
		"p1 rev=7", "p1 rev=x.y", "p1 rev=7.", "p1 rev=-1.x", "p1 rev=99999999999999999999.x",
		"p1 a=%", "p1 a=%4", "p1 a=%zz", "p1 a=%+1", `p1 a="b"`, "p1 a=ü",
	} {
		_, err := ParseNote(text)
		var malformed *NoteError
		require.ErrorAs(t, err, &malformed, text)
		require.NotErrorIs(t, err, ErrVersion, text)
	}
	for _, text := range []string{"p2", "p2 rev=7.x", "p10 whatever it is"} {
		_, err := ParseNote(text)
		require.ErrorIs(t, err, ErrVersion, text)
	}
}

func FuzzNote(f *testing.F) {
	f.Add("p1 rev=7.k2v9 to=4f1c", "key", "value")
	f.Add("p1 a=%41", "a", "A")
	f.Add("p1", "=", " ")
	f.Add("p1 %72ev=1.x b=", "rev", "")
	f.Fuzz(func(t *testing.T, text, key, value string) {
		n, err := ParseNote(text)
		if err != nil {
			return
		}
		require.Equal(t, text, n.String(), "what was read is written again to the byte")

		changed := n.With(key, value)
		reread, err := ParseNote(changed.String())
		require.NoError(t, err, changed.String())
		require.Equal(t, changed, reread)
		require.Equal(t, n.Stamp(), changed.Stamp())
		if key != "" && key != "rev" && value != "" {
			require.Equal(t, value, reread.Value(key))
		}
		for _, other := range n.Keys() {
			if other != key {
				require.Equal(t, n.Value(other), reread.Value(other))
			}
		}
		stamped, err := ParseNote(n.stamped(3, "nonce").String())
		require.NoError(t, err)
		require.Equal(t, "3.nonce", stamped.Stamp())
		require.Equal(t, n.Keys(), stamped.Keys())
	})
}
