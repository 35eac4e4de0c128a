package gitmeta

import (
	"runtime/debug"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func TestParseCommit(t *testing.T) {
	t.Parallel()
	const hash = "1111111111111111111111111111111111111111"
	// No git makes such commits today; old ones and imports did. None of it may panic, and what is there is read.
	tests := map[string]struct {
		raw  string
		want Commit
	}{
		"empty":      {"", Commit{}},
		"no message": {"tree x\nauthor A <a@b> 1 +0000\ncommitter C <c@d> 2 +0000\n", Commit{Author: "A", AuthorEmail: "a@b", Time: time.Unix(2, 0)}},
		"no people":  {"tree x\n\nsubject", Commit{Subject: "subject"}},
		"no date":    {"author A <a@b>\ncommitter C <c@d>\n\ns", Commit{Author: "A", AuthorEmail: "a@b", Subject: "s"}},
		"bad date":   {"committer C <c@d> soon +0000\n\ns", Commit{Subject: "s"}},
		"huge date":  {"committer C <c@d> 99999999999999999999 +0000\n\ns", Commit{Subject: "s"}},
		"before 1970": {
			"committer C <c@d> -60 +0000\n\ns", Commit{Subject: "s", Time: time.Unix(-60, 0)},
		},
		"no brackets":    {"author somebody\n\ns", Commit{Author: "somebody", Subject: "s"}},
		"stray brackets": {"author A <a@b>> 1 +0000\ncommitter C <c@d>> 2 +0000\n\ns", Commit{Author: "A", AuthorEmail: "a@b", Subject: "s", Time: time.Unix(2, 0)}},
		"no name":        {"author <a@b> 1 +0000\n\ns", Commit{AuthorEmail: "a@b", Subject: "s"}},
		"a signature that looks like headers": {
			"author A <a@b> 1 +0000\ngpgsig -----BEGIN\n author Eve <e@e> 1 +0000\n encoding latin1\n -----END\n\n\xc3\xa9",
			Commit{Author: "A", AuthorEmail: "a@b", Subject: "é"},
		},
		"a message that looks like headers": {"author A <a@b> 1 +0000\n\nauthor Eve <e@e> 1 +0000", Commit{Author: "A", AuthorEmail: "a@b", Subject: "author Eve <e@e> 1 +0000"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, _ := parseCommit(hash, []byte(tt.raw))
			tt.want.Hash = hash
			if !tt.want.Time.IsZero() {
				tt.want.Time = tt.want.Time.UTC()
			}
			require.Equal(t, tt.want, got)
		})
	}
}

func TestParseCommitParents(t *testing.T) {
	t.Parallel()
	_, parents := parseCommit("x", []byte("tree t\nparent p1\nparent p2\nauthor A <a> 1 +0000\n\nparent p3\n"))
	require.Equal(t, []string{"p1", "p2"}, parents)
}

func FuzzParseCommit(f *testing.F) {
	f.Add([]byte("tree t\nparent p\nauthor A <a@b> 1 +0000\ncommitter C <c@d> 2 +0000\nencoding ISO-8859-1\n\nsubject\n\nbody"))
	f.Add([]byte("author \xff<\x1b[31m> 1\nencoding x\n\n\n\n \xe2\x80\xa8\xff\nx"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		c, _ := parseCommit("h", raw)
		for _, s := range []string{c.Subject, c.Author, c.AuthorEmail} {
			if !utf8.ValidString(s) {
				t.Fatalf("%q is not UTF-8", s)
			}
			if strings.ContainsFunc(s, unicode.IsControl) || strings.ContainsAny(s, "\u2028\u2029") {
				t.Fatalf("%q has control characters", s)
			}
			if s != strings.TrimSpace(s) {
				t.Fatalf("%q is not trimmed", s)
			}
		}
	})
}

func TestFromBuildInfo(t *testing.T) {
	t.Parallel()
	const hash = "0123456789abcdef0123456789abcdef01234567"
	stamp := func(kv ...string) *debug.BuildInfo {
		info := &debug.BuildInfo{}
		for i := 0; i < len(kv); i += 2 {
			info.Settings = append(info.Settings, debug.BuildSetting{Key: kv[i], Value: kv[i+1]})
		}
		return info
	}
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	tests := map[string]struct {
		info *debug.BuildInfo
		want Commit
		ok   bool
	}{
		"clean":         {stamp("vcs", "git", "vcs.revision", hash, "vcs.time", "2026-01-02T03:04:05Z", "vcs.modified", "false"), Commit{Hash: hash, Time: at}, true},
		"modified":      {stamp("vcs", "git", "vcs.revision", hash, "vcs.time", "2026-01-02T03:04:05Z", "vcs.modified", "true"), Commit{Hash: hash, Time: at, Dirty: true}, true},
		"nothing said":  {stamp("vcs", "git", "vcs.revision", hash), Commit{Hash: hash, Dirty: true}, true},
		"no stamp":      {stamp("GOOS", "linux"), Commit{}, false},
		"another tool":  {stamp("vcs", "hg", "vcs.revision", hash, "vcs.modified", "false"), Commit{}, false},
		"not an id":     {stamp("vcs", "git", "vcs.revision", "devel", "vcs.modified", "false"), Commit{}, false},
		"no revision":   {stamp("vcs", "git", "vcs.modified", "false"), Commit{}, false},
		"time unparsed": {stamp("vcs", "git", "vcs.revision", hash, "vcs.time", "now", "vcs.modified", "false"), Commit{Hash: hash}, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, ok := fromBuildInfo(tt.info)
			require.Equal(t, tt.ok, ok)
			require.Equal(t, tt.want, got)
		})
	}
	_, ok := FromBuildInfo()
	require.False(t, ok, "the Go tool does not stamp test binaries")
}
