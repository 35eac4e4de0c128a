package gitmeta_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/gitmeta"
)

func TestCommitText(t *testing.T) {
	t.Parallel()
	hash := strings.Repeat("0123456789abcdef", 4)
	require.Equal(t, "0123456789ab", gitmeta.Commit{Hash: hash}.Short())
	require.Equal(t, "0123456789ab", gitmeta.Commit{Hash: hash[:12]}.Short())
	require.Equal(t, "0123", gitmeta.Commit{Hash: "0123"}.Short())
	require.Empty(t, gitmeta.Commit{}.Short())
	require.Equal(t, "0123456789ab Fix it", gitmeta.Commit{Hash: hash, Subject: "Fix it"}.String())
	require.Equal(t, "0123456789ab+dirty", gitmeta.Commit{Hash: hash, Dirty: true}.String())
}

func TestCommitLogValue(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log := slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey && a.Value.Kind() == slog.KindTime && !a.Value.Time().Equal(epoch) {
			return slog.Attr{}
		}
		return a
	}}))
	log.Info("x", slog.Any("commit", gitmeta.Commit{Hash: "abc"}))
	log.Info("x", slog.Any("commit", gitmeta.Commit{Hash: "abc", Subject: "s", Author: "A", Branch: "b", Time: epoch, Dirty: true}))
	require.Equal(t, "level=INFO msg=x commit.hash=abc\nlevel=INFO msg=x commit.hash=abc commit.subject=s commit.author=A "+
		"commit.branch=b commit.time=2026-01-02T03:04:05.000Z commit.dirty=true\n", out.String())
}

func TestValidHash(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]bool{
		"":                              false,
		strings.Repeat("a", 40):         true,
		strings.Repeat("9", 64):         true,
		strings.Repeat("a", 39):         false,
		strings.Repeat("a", 41):         false,
		strings.Repeat("A", 40):         false,
		strings.Repeat("g", 40):         false,
		strings.Repeat("a", 39) + "\n":  false,
		"--output=" + unknown(1)[0][9:]: false,
		strings.Repeat("é", 20):         false,
	} {
		require.Equal(t, want, gitmeta.ValidHash(s), "%q", s)
	}
}

// Subjects are what git log --format=%s shows, decoded, where that is valid text on one line; and made so where it is not.
func TestSubjects(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		encoding string
		message  string
		want     string
		oracle   bool // git itself must say the same
	}{
		"plain":                         {"", "Add a queue\n", "Add a queue", true},
		"quotes":                        {"", `He said "it's $HOME \n 100%"`, `He said "it's $HOME \n 100%"`, true},
		"emoji":                         {"", "🚀 ship 日本語\n\nbody", "🚀 ship 日本語", true},
		"several lines":                 {"", "one\ntwo\nthree\n\nbody\n", "one two three", true},
		"leading blank lines":           {"", "\n\n  \nfirst\n\nbody", "first", true},
		"a line of spaces ends it":      {"", "first\n \t\nbody", "first", true},
		"no newline":                    {"", "x", "x", true},
		"no message":                    {"", "", "", true},
		"only blank":                    {"", "\n\n\n", "", true},
		"Windows lines":                 {"", "one\r\ntwo\r\n\r\nbody\r\n", "one two", true},
		"invalid UTF-8":                 {"", "caf\xe9 ok", "caf\uFFFD ok", false},
		"cut in a character":            {"", "ab\xf0\x9f\x9a", "ab\uFFFD", false},
		"terminal escapes":              {"", "red \x1b[31malert\x07", "red  [31malert", false},
		"a carriage return forges":      {"", "safe\rEVIL", "safe EVIL", false},
		"Unicode line ends":             {"", "one\u2028two\u2029three\u0085four", "one two three four", false},
		"latin1":                        {"ISO-8859-1", "caf\xe9 \xfc\xdf\xa3", "café üß£", true},
		"latin1 by another name":        {"latin1", "caf\xe9", "café", true},
		"UTF-8 said":                    {"UTF-8", "café", "café", true},
		"unknown encoding, UTF-8 bytes": {"x-unknown", "café", "café", true},
		"unknown encoding, other bytes": {"x-unknown", "caf\xe9!", "caf\uFFFD!", false},
	}
	r := newRepo(t)
	tree := r.gitIn("", "write-tree")
	opened := r.open()
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			raw := "tree " + tree + "\nauthor Ada <ada@example.com> 1 +0000\ncommitter C <c@d> 2 +0000\n"
			if tt.encoding != "" {
				raw += "encoding " + tt.encoding + "\n"
			}
			hash := r.raw(raw + "\n" + tt.message)
			c, err := opened.Resolve(t.Context(), hash)
			require.NoError(t, err)
			require.Equal(t, tt.want, c.Subject)
			require.True(t, utf8.ValidString(c.Subject))
			if tt.oracle {
				require.Equal(t, r.git("log", "-1", "--encoding=UTF-8", "--format=%s", hash), c.Subject)
			}
		})
	}
}

func TestAuthorEncoding(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	hash := r.raw("tree " + r.git("write-tree") + "\nauthor J\xfcrgen \x1b[1m <j\xfc@example.com> 1 +0000\ncommitter C <c@d> 2 +0000\nencoding ISO-8859-1\n\nx\n")
	c, err := r.open().Resolve(t.Context(), hash)
	require.NoError(t, err)
	require.Equal(t, "Jürgen  [1m", c.Author)
	require.Equal(t, "jü@example.com", c.AuthorEmail)
}
