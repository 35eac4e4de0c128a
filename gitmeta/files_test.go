package gitmeta_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/gitmeta"
)

func TestReadFile(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	files := map[string]string{
		"peppercorn.yaml":   "app: shop\n",
		"deep/er/file":      "no newline at the end",
		"empty":             "",
		"binary":            "\x00\xff\n\n\x00",
		"with space\nand: ": "odd",
		"star*":             "star",
		":(top)magic":       "magic",
		"--output=x":        "dashes",
		"é":                 "unicode",
	}
	for name, content := range files {
		r.write(name, content)
	}
	require.NoError(t, os.Symlink("deep/er/file", filepath.Join(r.dir, "link")))
	first := r.commit("one")
	r.commitFile("peppercorn.yaml", "changed")
	r.write("empty", "not committed")

	// Paths are from the root, wherever the repository was opened.
	for _, dir := range []string{r.dir, filepath.Join(r.dir, "deep")} {
		opened := r.in(dir).open()
		for name, content := range files {
			data, err := opened.ReadFile(t.Context(), first, name)
			require.NoError(t, err, name)
			require.Equal(t, content, string(data), name)
		}
	}
	opened := r.open()
	data, err := opened.ReadFile(t.Context(), "main", "peppercorn.yaml")
	require.NoError(t, err)
	require.Equal(t, "changed", string(data))
	data, err = opened.ReadFile(t.Context(), "main", "link")
	require.NoError(t, err)
	require.Equal(t, "deep/er/file", string(data))

	for _, name := range []string{"nope", "deep/nope", "peppercorn.yaml/below", "starX", "star?", "PEPPERCORN.yaml"} {
		_, err := opened.ReadFile(t.Context(), "main", name)
		require.ErrorIs(t, err, fs.ErrNotExist, name)
		var e *fs.PathError
		require.ErrorAs(t, err, &e)
		require.Equal(t, name, e.Path)
	}
	for _, name := range []string{"", "/etc/passwd", "../x", "deep/../empty", "./empty", "deep/", "a//b", "a\x00b"} {
		_, err := opened.ReadFile(t.Context(), "main", name)
		require.ErrorIs(t, err, fs.ErrInvalid, name)
	}
	for _, name := range []string{"deep", "deep/er", "."} {
		_, err := opened.ReadFile(t.Context(), "main", name)
		require.ErrorContains(t, err, "is a directory", name)
		require.NotErrorIs(t, err, fs.ErrNotExist)
	}
	_, err = opened.ReadFile(t.Context(), "nope", "empty")
	require.ErrorIs(t, err, gitmeta.ErrUnknownRevision)
	require.NotErrorIs(t, err, fs.ErrNotExist, "an unknown commit is not a commit without the file")
}

// A partial clone would fetch what it lacks when it is read. Reading must not go to the network, nor say that there is no
// such file.
func TestPartialCloneIsNotFetched(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	r.commitFile("file", "content")
	r.git("config", "uploadpack.allowFilter", "true")
	r.git("config", "uploadpack.allowAnySHA1InWant", "true")
	clone := r.clone("--filter=blob:none", "--no-checkout")
	objects := clone.git("count-objects", "-v")

	_, err := clone.open().ReadFile(t.Context(), "HEAD", "file")
	var git *gitmeta.GitError
	require.ErrorAs(t, err, &git)
	require.False(t, errors.Is(err, fs.ErrNotExist))
	require.Equal(t, objects, clone.git("count-objects", "-v"), "nothing came in")

	c, err := clone.open().Resolve(t.Context(), "HEAD")
	require.NoError(t, err, "commits are all there")
	require.Equal(t, "file", c.Subject)
	require.Equal(t, "content", clone.git("cat-file", "blob", "HEAD:file"), "git itself would have fetched")
}

func TestHistory(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	one := r.commitFile("dir/a", "1")
	r.commitFile("dir/b", "1")
	three := r.commitFile("dir/a", "2")
	four := r.commitFile("a*", "star")
	five := r.commitFile("abc", "1")
	r.git("rm", "-q", "dir/a")
	six := r.commit("removed")
	for path, want := range map[string][]string{
		"dir/a": {six, three, one},
		"a*":    {four},
		"abc":   {five},
		"never": {},
	} {
		for _, dir := range []string{r.dir, filepath.Join(r.dir, "dir")} {
			history, err := r.in(dir).open().History(t.Context(), path)
			require.NoError(t, err)
			require.Equal(t, want, hashesOf(history), path)
		}
	}
	whole, err := r.open().History(t.Context(), ".")
	require.NoError(t, err)
	require.Len(t, whole, 6)
	dir, err := r.open().History(t.Context(), "dir")
	require.NoError(t, err)
	require.Len(t, dir, 4)
	require.Equal(t, "removed", dir[0].Subject)
	_, err = r.open().History(t.Context(), "../x")
	require.ErrorIs(t, err, fs.ErrInvalid)
}

func TestBranches(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	first := r.commit("one")
	second := r.commit("two")
	r.git("branch", "old", first)
	clone := r.clone()
	clone.git("branch", "feature/x", first)
	clone.git("checkout", "-q", "--detach")

	branches, err := clone.open().Branches(t.Context())
	require.NoError(t, err)
	type row struct {
		name, ref string
		remote    bool
		hash      string
	}
	var rows []row
	for _, b := range branches {
		rows = append(rows, row{b.Name, b.Ref, b.Remote, b.Commit.Hash})
	}
	require.Equal(t, []row{
		{"feature/x", "refs/heads/feature/x", false, first},
		{"main", "refs/heads/main", false, second},
		{"origin/main", "refs/remotes/origin/main", true, second},
		{"origin/old", "refs/remotes/origin/old", true, first},
	}, rows, "and not origin/HEAD, which is no branch")
	require.Equal(t, "two", branches[1].Commit.Subject)
}
