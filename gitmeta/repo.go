package gitmeta

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Options are the settings of a Repo. The zero value is good.
type Options struct {
	// Git is the git executable: a path, or a name that is looked for on PATH. The default is "git".
	Git string
	// Env is the environment that git runs in; nil means that of this process. Variables that would point git at another
	// repository (GIT_DIR and its like, which git sets for hooks) are removed from it.
	Env []string
	// Logger receives every git command at level Debug, with its duration. Nil is silence.
	Logger *slog.Logger
}

// Repo reads one git repository. It holds no process and no file open, remembers nothing that git says, and is safe for
// concurrent use.
type Repo struct {
	git    string
	dir    string
	env    []string
	bare   bool
	logger *slog.Logger
}

// Open finds the repository that dir belongs to: its root, any folder below it, a linked worktree, a submodule, or a bare
// repository. An empty dir is the current folder.
//
// Errors: ErrNoGit, ErrNotRepository, ErrUnsafe with git's advice, and an fs.PathError if there is no such folder.
func Open(ctx context.Context, dir string, optFns ...func(*Options)) (*Repo, error) {
	opts := Options{Git: "git"}
	for _, fn := range optFns {
		fn(&opts)
	}
	if opts.Env == nil {
		opts.Env = os.Environ()
	}
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	dir, err := filepath.Abs(dir) // the process may change its folder later
	if err != nil {
		return nil, fmt.Errorf("gitmeta: open: %w", err)
	}
	if _, err := os.Stat(dir); err != nil {
		return nil, fmt.Errorf("gitmeta: open: %w", err)
	}
	git, err := exec.LookPath(opts.Git)
	if err != nil {
		return nil, fmt.Errorf("gitmeta: open %s: %w: %w", dir, ErrNoGit, err)
	}
	r := &Repo{git: git, dir: dir, env: environment(opts.Env), logger: opts.Logger}
	out, err := r.run(ctx, "rev-parse", "--is-bare-repository")
	if err != nil {
		return nil, fmt.Errorf("gitmeta: open %s: %w", dir, refusal(err))
	}
	r.bare = strings.TrimSpace(string(out)) == "true"
	return r, nil
}
