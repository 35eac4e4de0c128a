package gitmeta

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A shallow clone holds some commits whose parents were cut off; git lists these commits in a file and takes them for roots.
// All that git finds there is true. What it does not find may be behind a cut. The rule used below: nothing that descends
// from a commit can be among its ancestors, so a commit from which a cut can be reached is not behind that cut.

// cuts returns the commits whose parents were cut off. It is empty if the clone is not shallow.
func (r *Repo) cuts(ctx context.Context) (map[string]bool, error) {
	out, err := r.run(ctx, "rev-parse", "--git-path", "shallow") // of the common folder, in a linked worktree
	if err != nil {
		return nil, err
	}
	path := strings.TrimSuffix(string(out), "\n")
	if !filepath.IsAbs(path) {
		path = filepath.Join(r.dir, path)
	}
	list, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var names []string
	for h := range strings.FieldsSeq(string(list)) {
		names = append(names, commitNamed(h))
	}
	cuts := make(map[string]bool, len(names))
	_, err = r.catFile(ctx, names, func(_ int, o object) error {
		// A true root at exactly the depth of the clone is in the file, too. The object itself still names its parents.
		if _, parents := parseCommit(o.hash, o.data); len(parents) > 0 {
			cuts[o.hash] = true
		}
		return nil
	})
	return cuts, err
}

// certainlyNot returns ErrShallow if a, which git does not find among the ancestors of d, may be one of them after all: there
// is a cut below d that cannot be reached from a.
func (r *Repo) certainlyNot(ctx context.Context, a, d string) error {
	cuts, err := r.cuts(ctx)
	if err != nil || len(cuts) == 0 {
		return err
	}
	below, err := r.revList(ctx, d, "^"+a, "--")
	if err != nil {
		return err
	}
	if slices.ContainsFunc(below, func(h string) bool { return cuts[h] }) {
		return ErrShallow
	}
	return nil
}

// certainlyBetween returns ErrShallow if hashes, which git found to be reachable from new and not from old, may be too few
// (one of them is a cut, with more behind it) or too many (one may be behind a cut below old).
func (r *Repo) certainlyBetween(ctx context.Context, old, new string, hashes []string) error {
	cuts, err := r.cuts(ctx)
	if err != nil || len(cuts) == 0 || len(hashes) == 0 {
		return err // an empty list is certain: what is behind new's cuts is behind old's, which are the same
	}
	if slices.ContainsFunc(hashes, func(h string) bool { return cuts[h] }) {
		return ErrShallow
	}
	below, err := r.revList(ctx, old, "--")
	if err != nil {
		return err
	}
	for _, cut := range below {
		if !cuts[cut] {
			continue
		}
		above, err := r.descendants(ctx, cut, new)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(hashes, func(h string) bool { return !above[h] }) {
			return ErrShallow
		}
	}
	return nil
}

// descendants returns the commits on the ways from base up to tip.
func (r *Repo) descendants(ctx context.Context, base, tip string) (map[string]bool, error) {
	hashes, err := r.revList(ctx, "--ancestry-path", tip, "^"+base, "--")
	if err != nil {
		return nil, err
	}
	set := make(map[string]bool, len(hashes))
	for _, h := range hashes {
		set[h] = true
	}
	return set, nil
}

// certainlyWhole returns ErrShallow if any history of tip was cut off.
func (r *Repo) certainlyWhole(ctx context.Context, tip string) error {
	cuts, err := r.cuts(ctx)
	if err != nil || len(cuts) == 0 {
		return err
	}
	below, err := r.revList(ctx, tip, "--")
	if err != nil {
		return err
	}
	if slices.ContainsFunc(below, func(h string) bool { return cuts[h] }) {
		return ErrShallow
	}
	return nil
}
