package gitmeta

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os/exec"
	"slices"
	"strings"
	"time"
)

const (
	maxStderr = 64 << 10
	// waitDelay is how long a killed git may keep its pipes open, through a child of its own, before they are closed.
	waitDelay = 2 * time.Second
)

// settings are what every git of this package runs with.
var settings = []string{
	"LC_ALL=C",                 // git's words are read in one place (refusal) and must not be translated
	"GIT_TERMINAL_PROMPT=0",    // never ask
	"GIT_OPTIONAL_LOCKS=0",     // git status refreshes the index if it can; a reader must not be in a writer's way
	"GIT_NO_REPLACE_OBJECTS=1", // a commit is what its hash says
	"GIT_NO_LAZY_FETCH=1",      // a partial clone fetches missing objects when they are read; we only read what is here,
	"GIT_ALLOW_PROTOCOL=none",  // also with a git that is too old to know GIT_NO_LAZY_FETCH (before 2.45)
}

// foreign are the variables that would make git read another repository than the folder's, or read paths in another way.
// Git sets the first ones itself when it runs hooks and aliases.
var foreign = []string{
	"GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_NAMESPACE",
	"GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_QUARANTINE_PATH",
	"GIT_SHALLOW_FILE", "GIT_GRAFT_FILE", "GIT_REPLACE_REF_BASE",
	"GIT_LITERAL_PATHSPECS", "GIT_GLOB_PATHSPECS", "GIT_NOGLOB_PATHSPECS", "GIT_ICASE_PATHSPECS",
}

// environment returns what git runs in, made from base.
func environment(base []string) []string {
	env := make([]string, 0, len(base)+len(settings))
	for _, kv := range base {
		if name, _, _ := strings.Cut(kv, "="); !slices.Contains(foreign, name) {
			env = append(env, kv)
		}
	}
	return append(env, settings...)
}

// run runs git to its end and returns what it wrote. The error is a *GitError.
func (r *Repo) run(ctx context.Context, args ...string) ([]byte, error) {
	var out bytes.Buffer
	_, err := r.stream(ctx, nil, func(stdout io.Reader) error {
		_, err := out.ReadFrom(stdout)
		return err
	}, args...)
	return out.Bytes(), err
}

// stream runs git while read consumes its output, and returns what git wrote to its standard error. A git that read gives
// up on does not go on. The error is a *GitError.
func (r *Repo) stream(ctx context.Context, stdin io.Reader, read func(io.Reader) error, args ...string) (string, error) {
	start := time.Now()
	// A file system monitor is a daemon that git status would start, and that would outlive it. Older gits have a program's
	// name there, so no name rather than "false".
	cmd := exec.CommandContext(ctx, r.git, append([]string{"-c", "core.fsmonitor="}, args...)...)
	cmd.Dir, cmd.Env, cmd.Stdin, cmd.WaitDelay = r.dir, r.env, stdin, waitDelay
	var stderr limitedBuffer
	cmd.Stderr = &stderr
	stdout, w := io.Pipe()
	cmd.Stdout = w
	if err := cmd.Start(); err != nil {
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return "", &GitError{Args: args, Err: err}
	}
	done := make(chan error, 1)
	go func() {
		err := read(stdout)
		if err == nil {
			_, err = io.Copy(io.Discard, stdout)
		}
		stdout.CloseWithError(err) // if git has more to say, it now gets SIGPIPE
		done <- err
	}()
	err := cmd.Wait()
	_ = w.Close() // never fails
	readErr := <-done
	r.logger.DebugContext(ctx, "git", slog.Any("args", args), slog.String("dir", r.dir),
		slog.Duration("took", time.Since(start)), slog.Int("exit", exitCode(err)))
	switch {
	case err == nil && readErr == nil:
		return stderr.String(), nil
	case ctx.Err() != nil:
		err = ctx.Err() // "signal: killed" would be true and of no use
	case readErr != nil && exitCode(err) <= 0:
		err = readErr // git was well, or died because nobody listened
	}
	return stderr.String(), &GitError{Args: args, Stderr: stderr.String(), Err: err}
}

// exitCode returns the exit status behind an error of run: 0 if there is none, -1 if git did not come to its end.
func exitCode(err error) int {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.ExitCode()
	}
	return -1
}

// refusal tells why git would not open a repository. Git has one exit status for every reason, so its words are all there
// is to go by; LC_ALL=C keeps them from being translated.
func refusal(err error) error {
	var git *GitError
	if !errors.As(err, &git) {
		return err
	}
	var reason error
	switch {
	case strings.Contains(git.Stderr, "dubious ownership"), // since 2.37.3
		strings.Contains(git.Stderr, "unsafe repository"): // since 2.35.2
		reason = ErrUnsafe
	case strings.Contains(git.Stderr, "not a git repository"):
		reason = ErrNotRepository
	default:
		return err
	}
	return &GitError{Args: git.Args, Stderr: git.Stderr, Err: fmt.Errorf("%w (%w)", reason, git.Err)}
}

// limitedBuffer keeps the first maxStderr bytes that are written to it, and swallows the rest.
type limitedBuffer struct{ buf bytes.Buffer }

func (b *limitedBuffer) Write(p []byte) (int, error) {
	if room := maxStderr - b.buf.Len(); room > 0 {
		b.buf.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}

func (b *limitedBuffer) String() string { return strings.TrimSpace(b.buf.String()) }
