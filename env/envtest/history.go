package envtest

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/peppercorn-go/peppercorn/env"
	"github.com/peppercorn-go/peppercorn/gitmeta"
)

// History is a made-up line of commits that a manager can ask about. It is safe for concurrent use.
type History struct {
	mu      sync.Mutex
	commits []gitmeta.Commit
}

var _ env.Commits = (*History)(nil)

// Commit adds a commit of that subject and returns it. Its hash depends on the subject and its place in the history only.
func (h *History) Commit(subject string) gitmeta.Commit {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := len(h.commits)
	sum := sha1.Sum(fmt.Appendf(nil, "%d %s", n, subject)) // a name, not a secret
	c := gitmeta.Commit{
		Hash: hex.EncodeToString(sum[:]), Subject: subject, Author: "Ada", AuthorEmail: "ada@example.com",
		Time: time.Date(2026, 1, 1, 0, n, 0, 0, time.UTC), Branch: "main",
	}
	h.commits = append(h.commits, c)
	return c
}

// Commit adds a commit to the history of the World, see [History.Commit].
func (w *World) Commit(subject string) gitmeta.Commit { return w.History.Commit(subject) }

// Lookup implements [env.Commits].
func (h *History) Lookup(_ context.Context, hashes ...string) (found map[string]gitmeta.Commit, missing []string, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	found = map[string]gitmeta.Commit{}
	for _, hash := range hashes {
		if i := h.index(hash); i >= 0 {
			found[hash] = h.commits[i]
		} else {
			missing = append(missing, hash)
		}
	}
	return found, missing, nil
}

// Between implements [env.Commits].
func (h *History) Between(_ context.Context, old, next string) ([]gitmeta.Commit, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	i, j := h.index(old), h.index(next)
	if i < 0 || j < 0 {
		return nil, fmt.Errorf("envtest: the history does not have both %s and %s", old, next)
	}
	if j <= i {
		return nil, nil
	}
	out := slices.Clone(h.commits[i+1 : j+1])
	slices.Reverse(out)
	return out, nil
}

func (h *History) index(hash string) int {
	return slices.IndexFunc(h.commits, func(c gitmeta.Commit) bool { return c.Hash == hash })
}

// Last returns the newest commit; the zero Commit of an empty history.
func (h *History) Last() gitmeta.Commit {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.commits) == 0 {
		return gitmeta.Commit{}
	}
	return h.commits[len(h.commits)-1]
}
