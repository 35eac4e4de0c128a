package gitmeta_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/gitmeta"
)

// fork is a history with a merge:
//
//	0 - 1 - 2 - 5 - 6    main
//	     \ 3 - 4 /       (5 merges 4)
//	          \ 7        side
var fork = [][]int{{-1}, {0}, {1}, {1}, {3}, {2, 4}, {5}, {4}}

func parentsOf(graph [][]int) func(int) []int { return func(i int) []int { return graph[i] } }

func TestIsAncestor(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	h := r.fill(len(fork), true, parentsOf(fork))
	opened := r.open()
	reach := closure(fork)
	for a := range fork {
		for d := range fork {
			is, err := opened.IsAncestor(t.Context(), h[a], fmt.Sprintf("c%d", d))
			require.NoError(t, err)
			require.Equal(t, reach[d][a], is, "%d of %d", a, d)
		}
	}
	_, err := opened.IsAncestor(t.Context(), unknown(1)[0], "main")
	require.ErrorIs(t, err, gitmeta.ErrUnknownRevision)
}

func TestBetween(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	h := r.fill(len(fork), true, parentsOf(fork))
	opened := r.open()
	reach := closure(fork)
	for old := range fork {
		for new := range fork {
			commits, err := opened.Between(t.Context(), h[old], h[new])
			require.NoError(t, err)
			require.Equal(t, want(h, reach, old, new), hashesOf(commits), "from %d to %d", old, new)
		}
	}
	commits, err := opened.Between(t.Context(), "c1", "c2")
	require.NoError(t, err)
	require.Equal(t, "change 2", commits[0].Subject)
	_, err = opened.Between(t.Context(), "main", "nope")
	require.ErrorIs(t, err, gitmeta.ErrUnknownRevision)
}

// A child made by a clock that runs late comes before its parent all the same, where the dates alone would put it behind.
func TestBetweenSkewedClock(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	base := r.commit("base")
	tree := r.git("rev-parse", "HEAD^{tree}")
	child := func(minutes int, parents ...string) string {
		object := "tree " + tree + "\n"
		for _, p := range parents {
			object += "parent " + p + "\n"
		}
		at := epoch.Add(time.Duration(minutes) * time.Minute).Unix()
		return r.raw(fmt.Sprintf("%sauthor A <a@b> %d +0000\ncommitter C <c@d> %d +0000\n\nx\n", object, at, at))
	}
	forked := child(10, base)
	left, late := child(12, forked), child(-1000, forked)
	merged := child(13, left, late)
	commits, err := r.open().Between(t.Context(), base, merged)
	require.NoError(t, err)
	require.Equal(t, []string{merged, left, late, forked}, hashesOf(commits))
}

// The everyday shallow clone, a line: what is in it is answered, what leads out of it is not.
func TestShallowLine(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	h := r.fill(10, false, nil)
	clone := r.clone("--depth=4") // holds 6 to 9
	linked := clone.in(filepath.Join(t.TempDir(), "linked"))
	clone.git("worktree", "add", "-q", "--detach", linked.dir)

	for _, opened := range []*gitmeta.Repo{clone.open(), linked.open()} {
		for a := 6; a < 10; a++ {
			for d := 6; d < 10; d++ {
				is, err := opened.IsAncestor(t.Context(), h[a], h[d])
				require.NoError(t, err)
				require.Equal(t, a <= d, is)
				commits, err := opened.Between(t.Context(), h[a], h[d])
				require.NoError(t, err)
				require.Len(t, commits, max(0, d-a))
			}
		}
		_, err := opened.IsAncestor(t.Context(), h[2], h[9])
		require.ErrorIs(t, err, gitmeta.ErrShallow, "2 is an ancestor of 9")
		_, err = opened.Between(t.Context(), h[2], h[9])
		require.ErrorIs(t, err, gitmeta.ErrShallow)
		_, err = opened.History(t.Context(), ".")
		require.ErrorIs(t, err, gitmeta.ErrShallow)
		head, err := opened.Head(t.Context())
		require.NoError(t, err)
		require.Equal(t, h[9], head.Hash)
	}

	clone.git("fetch", "-q", "--unshallow")
	is, err := clone.open().IsAncestor(t.Context(), h[2], h[9])
	require.NoError(t, err)
	require.True(t, is, "and the way out works")
}

// A clone exactly as deep as the history has all of it, though git lists its root as shallow.
func TestShallowButWhole(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	h := r.fill(3, false, nil)
	clone := r.clone("--depth=3")
	require.Equal(t, "true", clone.git("rev-parse", "--is-shallow-repository"))
	opened := clone.open()
	is, err := opened.IsAncestor(t.Context(), h[2], h[0])
	require.NoError(t, err)
	require.False(t, is)
	history, err := opened.History(t.Context(), ".")
	require.NoError(t, err)
	require.Len(t, history, 3)
	_, err = opened.Resolve(t.Context(), unknown(1)[0])
	require.NotErrorIs(t, err, gitmeta.ErrShallow)
}

// Of any history, cut anywhere: an answer is the true one, or it is ErrShallow. The seeds include clones in which git by
// itself is wrong in both directions: too few commits, and too many.
func TestShallowNeverLies(t *testing.T) {
	t.Parallel()
	const size = 12
	answered, refused, tooFew, tooMany := 0, 0, 0, 0
	for seed := range uint64(4) {
		rnd := rand.New(rand.NewPCG(seed, 0))
		graph := make([][]int, size)
		for i := range graph {
			graph[i] = []int{i - 1 - rnd.IntN(min(i+1, 3))}
			if graph[i][0] < 0 {
				graph[i][0] = min(0, i-1) // one root
			}
			if other := rnd.IntN(i + 1); i > 2 && rnd.IntN(3) == 0 && other != i && !slices.Contains(graph[i], other) {
				graph[i] = append(graph[i], other)
			}
		}
		reach := closure(graph)
		origin := newRepo(t)
		h := origin.fill(size, false, parentsOf(graph))
		for _, tip := range []int{size - 1, size - 2, size / 2, size/2 - 1} {
			origin.git("branch", fmt.Sprintf("tip%d", tip), h[tip])
		}
		clone := origin.clone("--no-single-branch", fmt.Sprintf("--depth=%d", 2+seed%2))
		opened := clone.open()
		var there []int
		found, _, err := opened.Lookup(t.Context(), h...)
		require.NoError(t, err)
		for i := range h {
			if _, ok := found[h[i]]; ok {
				there = append(there, i)
			}
		}
		for range 20 {
			a, b := there[rnd.IntN(len(there))], there[rnd.IntN(len(there))]
			truth := want(h, reach, a, b)
			switch naive := len(strings.Fields(clone.git("rev-list", h[b], "^"+h[a]))); {
			case naive < len(truth):
				tooFew++
			case naive > len(truth):
				tooMany++
			}
			is, err := opened.IsAncestor(t.Context(), h[a], h[b])
			if !errors.Is(err, gitmeta.ErrShallow) {
				require.NoError(t, err)
				require.Equal(t, reach[b][a], is, "seed %d: %d ancestor of %d", seed, a, b)
				answered++
			} else {
				refused++
			}
			commits, err := opened.Between(t.Context(), h[a], h[b])
			if !errors.Is(err, gitmeta.ErrShallow) {
				require.NoError(t, err)
				require.Equal(t, truth, hashesOf(commits), "seed %d: from %d to %d", seed, a, b)
				answered++
			} else {
				refused++
			}
		}
	}
	t.Logf("%d answered, %d refused; git alone would have listed too few %d times, too many %d times", answered, refused, tooFew, tooMany)
	require.Positive(t, tooFew, "the clones are hard enough to tell")
	require.Positive(t, tooMany, "the clones are hard enough to tell")
	require.Greater(t, answered, refused, "refusing everything is no answer")
}

// closure tells for each commit which it can reach, itself included.
func closure(graph [][]int) [][]bool {
	reach := make([][]bool, len(graph))
	for i, parents := range graph {
		reach[i] = make([]bool, len(graph))
		reach[i][i] = true
		for _, p := range parents {
			for j := range graph {
				if p >= 0 && reach[p][j] {
					reach[i][j] = true
				}
			}
		}
	}
	return reach
}

// want is the true list of what new has and old has not, newest first: fill makes commits a minute apart, in order.
func want(hashes []string, reach [][]bool, old, new int) []string {
	list := []string{}
	for i, h := range slices.Backward(hashes) {
		if reach[new][i] && !reach[old][i] {
			list = append(list, h)
		}
	}
	return list
}

func hashesOf(commits []gitmeta.Commit) []string {
	list := []string{}
	for _, c := range commits {
		list = append(list, c.Hash)
	}
	return list
}
