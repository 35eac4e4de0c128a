package gitmeta

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// Head reads the commit that is checked out, its branch, and whether the tree differs from it. Changed, staged, deleted and
// untracked files make it dirty, as do submodules that differ in any of these ways; ignored files do not. It does not
// matter what status.* and diff.* settings say. A bare repository has no tree and is never dirty.
//
// Hash and Dirty come from one look at the repository, so they belong together even when somebody commits meanwhile.
//
// Errors: ErrNoCommits in a repository, or on a branch, without commits.
func (r *Repo) Head(ctx context.Context) (Commit, error) {
	head, err := r.head(ctx)
	if err != nil {
		return Commit{}, fmt.Errorf("gitmeta: head of %s: %w", r.dir, err)
	}
	return head, nil
}

func (r *Repo) head(ctx context.Context) (Commit, error) {
	if r.bare {
		return r.bareHead(ctx)
	}
	out, err := r.run(ctx, "status", "--porcelain=v2", "-z", "--branch", "--no-ahead-behind", "--no-renames",
		"--untracked-files=normal", "--ignore-submodules=none")
	if err != nil {
		return Commit{}, err
	}
	var hash, branch string
	dirty := false
	for line := range strings.SplitSeq(string(out), "\x00") {
		switch {
		case line == "":
		case strings.HasPrefix(line, "# branch.oid "):
			hash = strings.TrimPrefix(line, "# branch.oid ")
		case strings.HasPrefix(line, "# branch.head "):
			branch = strings.TrimPrefix(line, "# branch.head ")
		case !strings.HasPrefix(line, "# "): // other remarks, such as the number of stashes
			dirty = true
		}
	}
	if hash == "(initial)" {
		return Commit{}, ErrNoCommits
	}
	commits, err := r.resolve(ctx, hash)
	if err != nil {
		return Commit{}, err
	}
	c := commits[0]
	c.Dirty = dirty
	if branch != "(detached)" {
		c.Branch = branch
	}
	return c, nil
}

// bareHead reads HEAD where git status has nothing to look at.
func (r *Repo) bareHead(ctx context.Context) (Commit, error) {
	out, err := r.run(ctx, "symbolic-ref", "-q", "HEAD")
	detached := exitCode(err) == 1
	if err != nil && !detached {
		return Commit{}, err
	}
	commits, err := r.resolve(ctx, "HEAD")
	if errors.Is(err, ErrUnknownRevision) && !detached {
		return Commit{}, ErrNoCommits
	}
	if err != nil {
		return Commit{}, err
	}
	c := commits[0]
	c.Branch = strings.TrimPrefix(strings.TrimSpace(string(out)), branchPrefix)
	return c, nil
}
