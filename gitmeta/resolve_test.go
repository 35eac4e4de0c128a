package gitmeta_test

import (
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/gitmeta"
)

func TestResolve(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	first := r.commitFile("file", "one")
	r.git("tag", "light")
	r.git("tag", "-a", "-m", "a tag", "v1.0")
	second := r.commit("Fix: the ^{queue} ~2")
	r.git("branch", "feature/ü", first)
	// Git makes such branches when it is not asked politely; they are names, and no more.
	r.git("update-ref", "refs/heads/--output=x", first)
	r.git("update-ref", "refs/heads/-h", second)
	r.git("tag", "both", first)
	r.git("branch", "both", second)

	opened := r.open()
	for rev, want := range map[string]string{
		"HEAD": second, "@": second, "main": second, "refs/heads/main": second, "heads/main": second,
		"light": first, "v1.0": first, "v1.0^{}": first, "HEAD~1": first, "HEAD^": first, "HEAD@{1}": first, "v1.0^0": first,
		first: first, first[:7]: first, strings.ToUpper(first[:10]): first, second[:4]: second, second[:8] + "~1": first,
		":/the .*queue. ~2$": second, "HEAD^{/Fix}": second, "feature/ü": first, "v1.0-1-g" + second[:7]: second,
		"--output=x": first, "-h": second,
		"both": first, // git's rule
	} {
		c, err := opened.Resolve(t.Context(), rev)
		require.NoError(t, err, rev)
		require.Equal(t, want, c.Hash, rev)
		require.Empty(t, c.Branch, "a commit as such is on no branch")
	}

	blob := r.git("rev-parse", "HEAD:file")
	for _, rev := range []string{
		"", " ", "nope", "HEAD~7", "main..HEAD", "^main", "HEAD:file", "HEAD^{tree}", blob, blob[:8], unknown(1)[0], strings.Repeat("0", 40),
		"main\nHEAD", "main\n", "main\x00", "--all", "-", "--", "--batch-all-objects", "%(objectname)", "main feature", ":/nobody wrote this",
		"HEAD missing", first + " commit 5", first + first[:10], strings.Repeat("ab", 32), strings.Repeat("c", 500),
	} {
		_, err := opened.Resolve(t.Context(), rev)
		require.ErrorIs(t, err, gitmeta.ErrUnknownRevision, rev)
		require.NotErrorIs(t, err, gitmeta.ErrShallow)
		var e *gitmeta.RevisionError
		require.ErrorAs(t, err, &e, rev)
		require.Equal(t, rev, e.Rev)
		require.ErrorContains(t, err, r.dir)
	}
}

// Wherever a revision goes in, one that git could take for an option stays a revision: nothing is written, no help is shown.
func TestRevisionIsNoOption(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	r.commitFile("file", "x")
	opened := r.open()
	before := listing(t, r.dir)
	here := listing(t, ".")
	for _, rev := range []string{"--output=x", "--output=/tmp/x", "-o", "-h", "--help", "--version", "--exec-path", "--stdin", "--", "-c"} {
		_, err := opened.Resolve(t.Context(), rev)
		require.ErrorIs(t, err, gitmeta.ErrUnknownRevision, rev)
		_, err = opened.IsAncestor(t.Context(), rev, "HEAD")
		require.ErrorIs(t, err, gitmeta.ErrUnknownRevision, rev)
		_, err = opened.Between(t.Context(), "HEAD", rev)
		require.ErrorIs(t, err, gitmeta.ErrUnknownRevision, rev)
		_, err = opened.ReadFile(t.Context(), rev, "file")
		require.ErrorIs(t, err, gitmeta.ErrUnknownRevision, rev)
		_, missing, err := opened.Lookup(t.Context(), rev)
		require.NoError(t, err)
		require.Equal(t, []string{rev}, missing)
		history, err := opened.History(t.Context(), rev)
		require.NoError(t, err)
		require.Empty(t, history)
	}
	require.Equal(t, before, listing(t, r.dir), "no file was made")
	require.Equal(t, here, listing(t, "."), "no file was made")
	require.NoFileExists(t, "/tmp/x")
}

func listing(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestResolveAmbiguous(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	// Of two thousand ids with four digits shown, some thirty pairs are alike; the dates are fixed, so are the ids.
	byPrefix := make(map[string][]string)
	for _, h := range r.fill(2000, false, nil) {
		byPrefix[h[:4]] = append(byPrefix[h[:4]], h)
	}
	opened := r.open()
	checked := 0
	for prefix, hashes := range byPrefix {
		if len(hashes) < 2 || checked == 3 {
			continue
		}
		checked++
		for _, rev := range []string{prefix, strings.ToUpper(prefix), prefix + "~1", prefix + "^{commit}"} {
			_, err := opened.Resolve(t.Context(), rev)
			require.ErrorIs(t, err, gitmeta.ErrAmbiguous, rev)
			require.NotErrorIs(t, err, gitmeta.ErrUnknownRevision)
			var e *gitmeta.RevisionError
			require.ErrorAs(t, err, &e)
			require.ElementsMatch(t, hashes, e.Candidates)
			require.ErrorContains(t, err, hashes[1])
		}
		for _, h := range hashes {
			c, err := opened.Resolve(t.Context(), h[:20])
			require.NoError(t, err)
			require.Equal(t, h, c.Hash)
		}
	}
	require.Positive(t, checked)
}

// An abbreviation that fits one commit and a file's contents is not ambiguous where a commit is meant.
func TestResolvePrefersCommits(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	hash := r.commit("one")
	for i := 0; ; i++ {
		content := fmt.Sprint(i)
		sum := sha1.Sum(fmt.Appendf(nil, "blob %d\x00%s", len(content), content))
		if hex.EncodeToString(sum[:2]) == hash[:4] {
			require.Equal(t, hex.EncodeToString(sum[:]), r.gitIn(content, "hash-object", "-w", "--stdin"))
			break
		}
	}
	c, err := r.open().Resolve(t.Context(), hash[:4])
	require.NoError(t, err)
	require.Equal(t, hash, c.Hash)
}

// A commit is what its hash says, not what a local git replace makes of it.
func TestReplaceRefsAreNotFollowed(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	first := r.commitFile("file", "one")
	second := r.commitFile("file", "two")
	r.git("replace", second, first)
	opened := r.open()
	c, err := opened.Resolve(t.Context(), second)
	require.NoError(t, err)
	require.Equal(t, second, c.Hash)
	data, err := opened.ReadFile(t.Context(), second, "file")
	require.NoError(t, err)
	require.Equal(t, "two", string(data))
}
