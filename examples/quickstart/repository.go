package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/peppercorn-go/peppercorn/gitmeta"
)

// repository makes a git repository in a temporary folder, with one commit for each subject, and reads them back as any program
// would. The caller removes the folder.
func repository(ctx context.Context, subjects ...string) (repo *gitmeta.Repo, commits []gitmeta.Commit, remove func(), err error) {
	dir, err := os.MkdirTemp("", "quickstart-")
	if err != nil {
		return nil, nil, nil, err
	}
	remove = func() { _ = os.RemoveAll(dir) }
	defer func() {
		if err != nil {
			remove()
		}
	}()
	if err := git(ctx, dir, "init", "-q"); err != nil {
		return nil, nil, nil, err
	}
	for _, subject := range subjects {
		if err := os.WriteFile(filepath.Join(dir, "shop.txt"), []byte(subject+"\n"), 0o600); err != nil {
			return nil, nil, nil, err
		}
		if err := git(ctx, dir, "add", "shop.txt"); err != nil {
			return nil, nil, nil, err
		}
		if err := git(ctx, dir, "commit", "-q", "-m", subject); err != nil {
			return nil, nil, nil, err
		}
		if repo, err = gitmeta.Open(ctx, dir); err != nil {
			return nil, nil, nil, err
		}
		head, err := repo.Head(ctx)
		if err != nil {
			return nil, nil, nil, err
		}
		commits = append(commits, head)
	}
	return repo, commits, remove, nil
}

// git runs git with an identity and a date of its own, so that the commits have the same ids everywhere, and without the settings,
// hooks and keys of whoever runs the example.
func git(ctx context.Context, dir string, args ...string) error {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir = dir
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "GIT_") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	cmd.Env = append(cmd.Env, "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1",
		"GIT_AUTHOR_NAME=Ada", "GIT_AUTHOR_EMAIL=ada@example.com", "GIT_AUTHOR_DATE=2026-01-01T09:00:00Z",
		"GIT_COMMITTER_NAME=Ada", "GIT_COMMITTER_EMAIL=ada@example.com", "GIT_COMMITTER_DATE=2026-01-01T09:00:00Z")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("git %s: %w: %s", strings.Join(args, " "), err, out)
	}
	return nil
}
