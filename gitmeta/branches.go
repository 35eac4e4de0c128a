package gitmeta

import (
	"context"
	"fmt"
	"strings"
)

const (
	branchPrefix = "refs/heads/"
	remotePrefix = "refs/remotes/"
)

// Branch is a local or a remote-tracking branch.
type Branch struct {
	Name   string // without refs/heads/ or refs/remotes/: "main", "origin/main"
	Ref    string // in full: "refs/heads/main"
	Remote bool   // it is a remote's branch as it was at the last fetch
	Commit Commit // its head
}

// Branches lists the local branches and then the remote-tracking ones, each by name. Names that only point at another branch
// (origin/HEAD) are left out. A repository without commits has none.
func (r *Repo) Branches(ctx context.Context) ([]Branch, error) {
	branches, err := r.branches(ctx)
	if err != nil {
		return nil, fmt.Errorf("gitmeta: branches of %s: %w", r.dir, err)
	}
	return branches, nil
}

func (r *Repo) branches(ctx context.Context) ([]Branch, error) {
	// The name of a ref contains no spaces and no control characters (git check-ref-format), so lines are safe here.
	out, err := r.run(ctx, "for-each-ref", "--format=%(objectname) %(refname) %(symref)", branchPrefix, remotePrefix)
	if err != nil {
		return nil, err
	}
	var branches []Branch
	var hashes []string
	for line := range strings.Lines(string(out)) {
		f := strings.Fields(line)
		if len(f) != 2 { // a third field is what a symbolic ref points at
			continue
		}
		b := Branch{Ref: f[1], Remote: strings.HasPrefix(f[1], remotePrefix)}
		b.Name = strings.TrimPrefix(strings.TrimPrefix(b.Ref, branchPrefix), remotePrefix)
		branches, hashes = append(branches, b), append(hashes, f[0])
	}
	commits, err := r.commits(ctx, hashes)
	if err != nil {
		return nil, err
	}
	for i := range branches {
		branches[i].Commit = commits[i]
	}
	return branches, nil
}
