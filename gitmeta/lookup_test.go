package gitmeta_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/gitmeta"
)

func TestLookup(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	first := r.commitFile("file", "x")
	r.git("tag", "-a", "-m", "a tag", "v1")
	second := r.commit("two")
	tag, blob := r.git("rev-parse", "v1"), r.git("rev-parse", "HEAD:file")
	gone := unknown(2)

	found, missing, err := r.open().Lookup(t.Context(), second, gone[1], first, gone[0], first, gone[1],
		tag, blob, first[:12], strings.ToUpper(first), "HEAD", "", first+"\n"+second)
	require.NoError(t, err)
	require.Len(t, found, 2)
	require.Equal(t, "two", found[second].Subject)
	require.Equal(t, "file", found[first].Subject)
	require.Equal(t, first, found[first].Hash)
	require.Equal(t, []string{
		gone[1], gone[0], tag, blob, first[:12], strings.ToUpper(first), "HEAD", "", first + "\n" + second,
	}, missing, "each once, in order; a full id of a commit is needed")

	// A tag's id is missing although its commit was asked for, too; the commit of a tag is found only if it was.
	found, missing, err = r.open().Lookup(t.Context(), tag)
	require.NoError(t, err)
	require.Empty(t, found)
	require.Equal(t, []string{tag}, missing)
}

func TestLookupTenThousand(t *testing.T) { // not parallel: it changes PATH
	r := newRepo(t)
	hashes := r.fill(10_000, false, nil)
	gone := unknown(500)
	script, runs := counter(t)
	t.Setenv("PATH", filepath.Dir(script)+string(os.PathListSeparator)+os.Getenv("PATH"))
	opened := r.open()

	before := runs()
	require.Positive(t, before, "the script is what runs")
	found, missing, err := opened.Lookup(t.Context(), append(gone, hashes...)...)
	require.NoError(t, err)
	require.Equal(t, 1, runs()-before, "one git process")
	require.Len(t, found, len(hashes))
	require.Equal(t, gone, missing)
	for _, h := range []string{hashes[0], hashes[9_999]} {
		require.Equal(t, h, found[h].Hash)
	}
	require.Equal(t, "change 9999", found[hashes[9_999]].Subject)

	before = runs()
	found, missing, err = opened.Lookup(t.Context())
	require.NoError(t, err)
	require.Empty(t, found)
	require.Empty(t, missing)
	require.Equal(t, before, runs(), "nothing to ask, no process")
}

// A shallow clone does not have the commits of older environments.
func TestLookupShallow(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	hashes := r.fill(5, false, nil)
	clone := r.clone("--depth=2")
	found, missing, err := clone.open().Lookup(t.Context(), hashes...)
	require.NoError(t, err)
	require.Len(t, found, 2)
	require.Equal(t, hashes[:3], missing)

	_, err = clone.open().Resolve(t.Context(), hashes[0])
	require.ErrorIs(t, err, gitmeta.ErrUnknownRevision)
	require.ErrorIs(t, err, gitmeta.ErrShallow, "it may well exist where the clone came from")
	require.ErrorContains(t, err, "--unshallow")
}
