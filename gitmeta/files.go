package gitmeta

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

// ReadFile reads a file as it is in the commit that rev names; what is in the folder does not matter. The path is as in
// io/fs: relative to the root of the repository, with slashes, without "." and "..". A symbolic link reads as the path that
// it points at, and a file kept by Git LFS as its pointer, for that is what the commit holds.
//
// Errors: those of Resolve; an *fs.PathError with fs.ErrNotExist if the commit has no such file, with fs.ErrInvalid if the
// path is none, and with neither if the path is a folder or a submodule; a *GitError if a partial clone does not have the
// contents (they are never fetched).
func (r *Repo) ReadFile(ctx context.Context, rev, path string) ([]byte, error) {
	data, err := r.readFile(ctx, rev, path)
	if err != nil {
		return nil, fmt.Errorf("gitmeta: in %s: %w", r.dir, err)
	}
	return data, nil
}

var (
	errIsTree      = errors.New("is a directory")
	errIsSubmodule = errors.New("is a submodule: its files are in a repository of its own")
)

func (r *Repo) readFile(ctx context.Context, rev, path string) ([]byte, error) {
	fail := func(err error) ([]byte, error) {
		return nil, &fs.PathError{Op: "read " + rev + ":", Path: path, Err: err}
	}
	if !fs.ValidPath(path) || strings.Contains(path, "\x00") {
		return fail(fs.ErrInvalid)
	}
	if path == "." {
		return fail(errIsTree)
	}
	commits, err := r.resolve(ctx, rev)
	if err != nil {
		return fail(err)
	}
	// Asking the tree first tells what is not there from what cannot be read, by more than git's words.
	out, err := r.run(ctx, "ls-tree", "-z", "--full-tree", commits[0].Hash, "--", literal(path))
	if err != nil {
		return fail(err)
	}
	entry, _, found := strings.Cut(string(out), "\t")
	f := strings.Fields(entry) // mode, kind, hash
	switch {
	case !found || len(f) != 3:
		return fail(fs.ErrNotExist)
	case f[1] == "tree":
		return fail(errIsTree)
	case f[1] == "commit":
		return fail(errIsSubmodule)
	}
	data, err := r.run(ctx, "cat-file", "blob", f[2])
	if err != nil {
		return fail(err)
	}
	return data, nil
}

// History returns the commits up to HEAD that changed the file or folder at path, newest first, simplified at merges as git
// log does. The path is as for ReadFile; "." is the whole repository. A path that never was has no history, which is no
// error. Renames are not followed.
//
// Errors: ErrNoCommits; an *fs.PathError with fs.ErrInvalid if the path is none; ErrShallow in a clone whose history was cut
// off below HEAD: git would show all files as made there.
func (r *Repo) History(ctx context.Context, path string) ([]Commit, error) {
	commits, err := r.history(ctx, path)
	if err != nil {
		return nil, fmt.Errorf("gitmeta: history of %q in %s: %w", path, r.dir, err)
	}
	return commits, nil
}

func (r *Repo) history(ctx context.Context, path string) ([]Commit, error) {
	if !fs.ValidPath(path) || strings.Contains(path, "\x00") {
		return nil, &fs.PathError{Op: "history", Path: path, Err: fs.ErrInvalid}
	}
	heads, err := r.resolve(ctx, "HEAD")
	if errors.Is(err, ErrUnknownRevision) {
		return nil, ErrNoCommits
	}
	if err != nil {
		return nil, err
	}
	head := heads[0].Hash
	if err := r.certainlyWhole(ctx, head); err != nil {
		return nil, err
	}
	args := []string{"--date-order", head, "--"}
	if path != "." {
		args = append(args, literal(path))
	}
	hashes, err := r.revList(ctx, args...)
	if err != nil {
		return nil, err
	}
	return r.commits(ctx, hashes)
}

// literal is the pathspec that means this path and no pattern, seen from the root of the repository.
func literal(path string) string { return ":(top,literal)" + path }
