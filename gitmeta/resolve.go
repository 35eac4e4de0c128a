package gitmeta

import (
	"context"
	"fmt"
	"strings"
)

// Resolve finds the commit that rev names: a branch, a tag (annotated ones are followed), a full or abbreviated id, or any
// other of git's spellings, such as HEAD~3, main@{upstream} or :/text. A name that is several things is resolved by git's
// rules (a tag wins over a branch). A rev that begins with a dash is a name like any other, never an option.
//
// Errors: ErrUnknownRevision, which is ErrShallow too if the clone is shallow, and ErrAmbiguous; both as a *RevisionError.
func (r *Repo) Resolve(ctx context.Context, rev string) (Commit, error) {
	commits, err := r.resolve(ctx, rev)
	if err != nil {
		return Commit{}, fmt.Errorf("gitmeta: resolve in %s: %w", r.dir, err)
	}
	return commits[0], nil
}

// resolve resolves all the revisions in one process, or fails at the first that is not a commit.
func (r *Repo) resolve(ctx context.Context, revs ...string) ([]Commit, error) {
	names := make([]string, len(revs))
	for i, rev := range revs {
		names[i] = commitNamed(rev)
		switch {
		case rev == "" || strings.ContainsAny(rev, "\n\x00"):
			// A newline would be a second name for cat-file. No revision contains one: not even :/text, which seeks in a line.
			return nil, &RevisionError{Rev: rev, Err: ErrUnknownRevision}
		case strings.HasPrefix(rev, ":/"):
			names[i] = rev // everything behind :/ is the text; it finds commits only
		}
	}
	commits := make([]Commit, len(revs))
	bad := -1
	remarks, err := r.catFile(ctx, names, func(i int, o object) error {
		if o.kind == "commit" {
			commits[i], _ = parseCommit(o.hash, o.data)
		} else if bad < 0 {
			bad = i
		}
		return nil
	})
	switch {
	case err != nil:
		return nil, err
	case bad >= 0:
		return nil, r.unresolved(ctx, revs[bad], remarks)
	}
	return commits, nil
}

// unresolved finds out why rev is not a commit.
func (r *Repo) unresolved(ctx context.Context, rev, remarks string) error {
	e := &RevisionError{Rev: rev, Stderr: remarks, Err: ErrUnknownRevision}
	candidates, err := r.candidates(ctx, rev)
	if err != nil {
		return err
	}
	if len(candidates) > 1 {
		e.Candidates, e.Err = candidates, ErrAmbiguous
		return e
	}
	cuts, err := r.cuts(ctx)
	if err != nil {
		return err
	}
	e.Shallow = len(cuts) > 0
	return e
}

// candidates lists the commits that the abbreviated id at the beginning of rev fits ("84ae" in "84ae~2"). When cat-file is
// asked for a commit it says "missing" of an ambiguous abbreviation, so this tells the two apart.
func (r *Repo) candidates(ctx context.Context, rev string) ([]string, error) {
	prefix := strings.ToLower(rev)
	if i := strings.IndexAny(prefix, "^~@"); i >= 0 {
		prefix = prefix[:i]
	}
	if len(prefix) < 4 || strings.Trim(prefix, "0123456789abcdef") != "" { // git abbreviates to no less than 4
		return nil, nil
	}
	out, err := r.run(ctx, "rev-parse", "--disambiguate="+prefix)
	if err != nil {
		return nil, err
	}
	hashes := strings.Fields(string(out))
	found, _, err := r.lookup(ctx, hashes)
	if err != nil {
		return nil, err
	}
	var commits []string
	for _, h := range hashes {
		if _, ok := found[h]; ok {
			commits = append(commits, h)
		}
	}
	return commits, nil
}
