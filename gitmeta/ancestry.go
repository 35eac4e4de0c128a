package gitmeta

import (
	"context"
	"fmt"
	"strings"
)

// IsAncestor reports whether ancestor is descendant or can be reached from it through parents. Both are revisions, as for
// Resolve.
//
// Errors: those of Resolve; ErrShallow if the way, if there is one, leads through history that a shallow clone does not have.
// A "no" from a shallow clone is one that the missing history cannot turn into a "yes".
func (r *Repo) IsAncestor(ctx context.Context, ancestor, descendant string) (bool, error) {
	is, err := r.isAncestor(ctx, ancestor, descendant)
	if err != nil {
		return false, fmt.Errorf("gitmeta: whether %q is an ancestor of %q in %s: %w", ancestor, descendant, r.dir, err)
	}
	return is, nil
}

func (r *Repo) isAncestor(ctx context.Context, ancestor, descendant string) (bool, error) {
	commits, err := r.resolve(ctx, ancestor, descendant)
	if err != nil {
		return false, err
	}
	a, d := commits[0].Hash, commits[1].Hash
	_, err = r.run(ctx, "merge-base", "--is-ancestor", a, d)
	switch exitCode(err) {
	case 0:
		return true, nil
	case 1:
		return false, r.certainlyNot(ctx, a, d)
	}
	return false, err
}

// Between returns the commits that can be reached from new and not from old, newest first and never a parent before its
// child: what moving from old to new would bring. Called the other way round it tells what would be dropped. Both are
// revisions, as for Resolve.
//
// Errors: those of Resolve; ErrShallow if the list would be too short or too long because the clone is shallow.
func (r *Repo) Between(ctx context.Context, old, new string) ([]Commit, error) {
	commits, err := r.between(ctx, old, new)
	if err != nil {
		return nil, fmt.Errorf("gitmeta: commits from %q to %q in %s: %w", old, new, r.dir, err)
	}
	return commits, nil
}

func (r *Repo) between(ctx context.Context, old, new string) ([]Commit, error) {
	ends, err := r.resolve(ctx, old, new)
	if err != nil {
		return nil, err
	}
	hashes, err := r.revList(ctx, "--date-order", ends[1].Hash, "^"+ends[0].Hash, "--")
	if err != nil {
		return nil, err
	}
	if err := r.certainlyBetween(ctx, ends[0].Hash, ends[1].Hash, hashes); err != nil {
		return nil, err
	}
	return r.commits(ctx, hashes)
}

// revList returns the hashes that git rev-list finds.
func (r *Repo) revList(ctx context.Context, args ...string) ([]string, error) {
	out, err := r.run(ctx, append([]string{"rev-list"}, args...)...)
	return strings.Fields(string(out)), err
}

// commits reads commits that must be there, in the order of their hashes.
func (r *Repo) commits(ctx context.Context, hashes []string) ([]Commit, error) {
	found, missing, err := r.lookup(ctx, hashes)
	if err != nil {
		return nil, err
	}
	if len(missing) > 0 { // git has just listed it: the repository is damaged, or was pruned meanwhile
		return nil, &RevisionError{Rev: missing[0], Err: ErrUnknownRevision}
	}
	commits := make([]Commit, len(hashes))
	for i, h := range hashes {
		commits[i] = found[h]
	}
	return commits, nil
}
