package gitmeta_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/gitmeta"
)

func TestHead(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	r.write(".gitignore", "*.tmp\n")
	hash := r.commit("Say \"hello\"\n\nAnd the rest.\n")
	head, err := r.open().Head(t.Context())
	require.NoError(t, err)
	require.Equal(t, gitmeta.Commit{
		Hash: hash, Subject: `Say "hello"`, Author: "Ada Lovelace", AuthorEmail: "ada@example.com",
		Time: epoch.Add(time.Minute), Branch: "main",
	}, head, "the committer's time in UTC, not the author's")
}

func TestHeadDirty(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		change func(r *repo)
		dirty  bool
	}{
		"clean":     {func(*repo) {}, false},
		"ignored":   {func(r *repo) { r.write("x.tmp", "") }, false},
		"changed":   {func(r *repo) { r.write("file", "other") }, true},
		"staged":    {func(r *repo) { r.write("file", "other"); r.git("add", "file") }, true},
		"deleted":   {func(r *repo) { require.NoError(r.t, os.Remove(filepath.Join(r.dir, "file"))) }, true},
		"untracked": {func(r *repo) { r.write("new/file", "") }, true},
		"stash only": {func(r *repo) {
			r.write("file", "other")
			r.git("stash", "-q")
			r.git("config", "status.showStash", "true")
		}, false},
		"untracked, hidden by a setting": {func(r *repo) {
			r.git("config", "status.showUntrackedFiles", "no")
			r.write("new", "")
		}, true},
		"while somebody holds the index": {func(r *repo) { r.write(".git/index.lock", ""); r.write("file", "other") }, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRepo(t)
			r.write(".gitignore", "*.tmp\n")
			hash := r.commitFile("file", "content")
			r.write("folder/keep", "")
			hash = r.commit("two: " + hash)
			tt.change(r)
			// From a folder below, too: the whole tree counts.
			for _, dir := range []string{r.dir, filepath.Join(r.dir, "folder")} {
				head, err := r.in(dir).open().Head(t.Context())
				require.NoError(t, err)
				require.Equal(t, tt.dirty, head.Dirty)
				require.Equal(t, hash, head.Hash)
			}
		})
	}
}

// Git status refreshes the index when it finds it stale, under a lock that a git commit next door would trip over.
func TestHeadWritesNothing(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	r.commitFile("file", "content")
	require.NoError(t, os.Chtimes(filepath.Join(r.dir, "file"), epoch, epoch)) // stale, and still the same
	index := filepath.Join(r.dir, ".git", "index")
	before, err := os.ReadFile(index)
	require.NoError(t, err)

	head, err := r.open().Head(t.Context())
	require.NoError(t, err)
	require.False(t, head.Dirty)
	after, err := os.ReadFile(index)
	require.NoError(t, err)
	require.Equal(t, before, after)

	r.git("status")
	refreshed, err := os.ReadFile(index)
	require.NoError(t, err)
	require.NotEqual(t, before, refreshed, "git by itself would have written")
}

func TestHeadSubmodule(t *testing.T) {
	t.Parallel()
	library := newRepo(t)
	inner := library.commitFile("lib", "x")
	r := newRepo(t)
	r.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", library.dir, "lib")
	outer := r.commit("with a submodule")

	sub := r.in(filepath.Join(r.dir, "lib"))
	head, err := sub.open().Head(t.Context())
	require.NoError(t, err)
	require.Equal(t, inner, head.Hash, "a submodule is a repository of its own")

	head, err = r.open().Head(t.Context())
	require.NoError(t, err)
	require.Equal(t, outer, head.Hash)
	require.False(t, head.Dirty)

	_, err = r.open().ReadFile(t.Context(), "HEAD", "lib")
	require.ErrorContains(t, err, "submodule")

	r.git("config", "diff.ignoreSubmodules", "all")
	r.git("config", "submodule.lib.ignore", "all")
	sub.write("untracked", "")
	head, err = r.open().Head(t.Context())
	require.NoError(t, err)
	require.True(t, head.Dirty, "a file in a submodule counts, whatever the settings say")
}

func TestHeadDetached(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	first := r.commit("one")
	r.commit("two")
	r.git("checkout", "-q", "--detach", first)
	head, err := r.open().Head(t.Context())
	require.NoError(t, err)
	require.Equal(t, first, head.Hash)
	require.Empty(t, head.Branch)
	require.False(t, head.Dirty)
}

func TestHeadWorktree(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	first := r.commit("one")
	r.commit("two")
	linked := r.in(filepath.Join(t.TempDir(), "linked"))
	r.git("worktree", "add", "-q", "-b", "feature/x", linked.dir, first)
	r.write("untracked", "in the main tree")
	head, err := linked.open().Head(t.Context())
	require.NoError(t, err)
	require.Equal(t, first, head.Hash)
	require.Equal(t, "feature/x", head.Branch)
	require.False(t, head.Dirty, "each worktree has a tree of its own")
}

func TestHeadBare(t *testing.T) {
	t.Parallel()
	r := newRepo(t, "--bare")
	_, err := r.open().Head(t.Context())
	require.ErrorIs(t, err, gitmeta.ErrNoCommits)

	hash := r.fill(2, false, nil)[1]
	head, err := r.open().Head(t.Context())
	require.NoError(t, err)
	require.Equal(t, hash, head.Hash)
	require.Equal(t, "main", head.Branch)
	require.False(t, head.Dirty)

	r.git("update-ref", "--no-deref", "HEAD", hash)
	head, err = r.open().Head(t.Context())
	require.NoError(t, err)
	require.Equal(t, hash, head.Hash)
	require.Empty(t, head.Branch)

	linked := r.in(filepath.Join(t.TempDir(), "linked"))
	r.git("worktree", "add", "-q", linked.dir, "main")
	linked.write("untracked", "")
	head, err = linked.open().Head(t.Context())
	require.NoError(t, err)
	require.True(t, head.Dirty, "a worktree of a bare repository has a tree")
}

// Seen from inside .git there is no tree to compare with; "clean" would be a guess.
func TestHeadInsideGitDir(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	r.commit("one")
	r.write("untracked", "")
	_, err := r.in(filepath.Join(r.dir, ".git")).open().Head(t.Context())
	require.Error(t, err)
}

func TestEmptyRepository(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	r.write("untracked", "")
	opened := r.open()
	_, err := opened.Head(t.Context())
	require.ErrorIs(t, err, gitmeta.ErrNoCommits)
	_, err = opened.History(t.Context(), ".")
	require.ErrorIs(t, err, gitmeta.ErrNoCommits)
	_, err = opened.Resolve(t.Context(), "HEAD")
	require.ErrorIs(t, err, gitmeta.ErrUnknownRevision)
	branches, err := opened.Branches(t.Context())
	require.NoError(t, err)
	require.Empty(t, branches)
	ids := unknown(2)
	found, missing, err := opened.Lookup(t.Context(), ids...)
	require.NoError(t, err)
	require.Empty(t, found)
	require.Equal(t, ids, missing)
}

func TestSHA256(t *testing.T) {
	t.Parallel()
	r := newRepo(t, "--object-format=sha256")
	first := r.commitFile("file", "one")
	second := r.commitFile("file", "two")
	require.Len(t, first, 64)
	require.True(t, gitmeta.ValidHash(first))
	opened := r.open()

	head, err := opened.Head(t.Context())
	require.NoError(t, err)
	require.Equal(t, second, head.Hash)
	require.Equal(t, second[:12], head.Short())

	c, err := opened.Resolve(t.Context(), first[:9])
	require.NoError(t, err)
	require.Equal(t, first, c.Hash)

	short := unknown(1)[0] // 40 digits are no id here
	found, missing, err := opened.Lookup(t.Context(), first, short, second, first[:40])
	require.NoError(t, err)
	require.Len(t, found, 2)
	require.Equal(t, []string{short, first[:40]}, missing)

	between, err := opened.Between(t.Context(), first, second)
	require.NoError(t, err)
	require.Len(t, between, 1)
	data, err := opened.ReadFile(t.Context(), first, "file")
	require.NoError(t, err)
	require.Equal(t, "one", string(data))
}
