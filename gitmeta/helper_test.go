package gitmeta_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/gitmeta"
)

// epoch is the committer's date of the first commit of every repository here; authors are an hour earlier.
var epoch = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// repo is a git repository made by a test, on the real git, sealed off from the settings of whoever runs it.
type repo struct {
	t   *testing.T
	dir string
	env []string
	now time.Time
}

// newRepo makes a repository whose branch is main. The arguments are further ones of git init.
func newRepo(t *testing.T, initArgs ...string) *repo {
	t.Helper()
	r := &repo{t: t, dir: t.TempDir(), env: hermetic(t), now: epoch}
	r.git(append([]string{"init", "-q", "-b", "main"}, initArgs...)...)
	return r
}

func hermetic(t *testing.T) []string {
	t.Helper()
	home := t.TempDir()
	return []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home, "XDG_CONFIG_HOME=" + home,
		"GIT_CONFIG_GLOBAL=" + os.DevNull, "GIT_CONFIG_NOSYSTEM=1", "GIT_CEILING_DIRECTORIES=" + os.TempDir(),
		"GIT_AUTHOR_NAME=Ada Lovelace", "GIT_AUTHOR_EMAIL=ada@example.com",
		"GIT_COMMITTER_NAME=Robot", "GIT_COMMITTER_EMAIL=robot@example.com",
	}
}

// in returns the same repository, or another that belongs to it, seen from a folder.
func (r *repo) in(dir string) *repo {
	return &repo{t: r.t, dir: dir, env: r.env, now: r.now}
}

func (r *repo) git(args ...string) string {
	r.t.Helper()
	return r.gitIn("", args...)
}

func (r *repo) gitIn(stdin string, args ...string) string {
	r.t.Helper()
	cmd := exec.CommandContext(r.t.Context(), "git", args...)
	cmd.Dir, cmd.Stdin = r.dir, strings.NewReader(stdin)
	cmd.Env = append(r.env,
		fmt.Sprintf("GIT_AUTHOR_DATE=%d +0100", r.now.Add(-time.Hour).Unix()), fmt.Sprintf("GIT_COMMITTER_DATE=%d -0800", r.now.Unix()))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	require.NoError(r.t, err, "git %q: %s", args, &stderr)
	return strings.TrimSuffix(string(out), "\n")
}

func (r *repo) write(name, content string) {
	r.t.Helper()
	path := filepath.Join(r.dir, filepath.FromSlash(name))
	require.NoError(r.t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(r.t, os.WriteFile(path, []byte(content), 0o644))
}

// commit commits everything, a minute after the last commit, and returns the hash.
func (r *repo) commit(message string) string {
	r.t.Helper()
	r.now = r.now.Add(time.Minute)
	r.git("add", "-A")
	r.gitIn(message, "commit", "-q", "--allow-empty", "--cleanup=verbatim", "-F", "-")
	return r.git("rev-parse", "HEAD")
}

// commitFile writes a file and commits it, with the file's name as the message.
func (r *repo) commitFile(name, content string) string {
	r.t.Helper()
	r.write(name, content)
	return r.commit(name)
}

// raw stores a commit object as it is, and returns its hash.
func (r *repo) raw(object string) string {
	r.t.Helper()
	return r.gitIn(object, "hash-object", "-t", "commit", "-w", "--stdin", "--literally")
}

func (r *repo) open(optFns ...func(*gitmeta.Options)) *gitmeta.Repo {
	r.t.Helper()
	opened, err := gitmeta.Open(r.t.Context(), r.dir, append([]func(*gitmeta.Options){withEnv(r.env)}, optFns...)...)
	require.NoError(r.t, err)
	return opened
}

func withEnv(env []string) func(*gitmeta.Options) {
	return func(o *gitmeta.Options) { o.Env = env }
}

func withGit(path string) func(*gitmeta.Options) {
	return func(o *gitmeta.Options) { o.Git = path }
}

// clone clones over the file protocol, which, unlike a path, honours --depth and --filter.
func (r *repo) clone(args ...string) *repo {
	r.t.Helper()
	dir := r.t.TempDir()
	r.git(append(append([]string{"clone", "-q"}, args...), "file://"+r.dir, dir)...)
	return r.in(dir)
}

// fill makes n commits in one process and returns their hashes, oldest first. parents says which of the commits before it
// are the parents of the i-th; nil is a line. Branch main is the last of them, and branch c<i> the i-th if branches is set.
func (r *repo) fill(n int, branches bool, parents func(i int) []int) []string {
	r.t.Helper()
	var in strings.Builder
	for i := range n {
		from := []int{i - 1}
		if parents != nil {
			from = parents(i)
		}
		fmt.Fprintf(&in, "commit refs/heads/main\nmark :%d\ncommitter Robot <robot@example.com> %d +0000\ndata <<.\nchange %d\n.\n",
			i+1, epoch.Add(time.Duration(i)*time.Minute).Unix(), i)
		for k, p := range from {
			if p >= 0 {
				fmt.Fprintf(&in, "%s :%d\n", [...]string{"from", "merge"}[min(k, 1)], p+1)
			}
		}
		in.WriteString("\n")
		if branches {
			fmt.Fprintf(&in, "reset refs/heads/c%d\nfrom :%d\n\n", i, i+1)
		}
	}
	marks := filepath.Join(r.t.TempDir(), "marks")
	r.gitIn(in.String(), "fast-import", "--quiet", "--force", "--export-marks="+marks)
	list, err := os.ReadFile(marks)
	require.NoError(r.t, err)
	hashes := make([]string, n)
	for line := range strings.Lines(string(list)) {
		var mark int
		var hash string
		_, err := fmt.Sscanf(line, ":%d %s", &mark, &hash)
		require.NoError(r.t, err)
		hashes[mark-1] = hash
	}
	return hashes
}

// counter puts a script in front of git that notes each run, and returns the script and the number of runs so far.
func counter(t *testing.T) (script string, runs func() int) {
	t.Helper()
	real, err := exec.LookPath("git")
	require.NoError(t, err)
	dir := t.TempDir()
	log := filepath.Join(dir, "log")
	script = filepath.Join(dir, "git")
	text := fmt.Sprintf("#!/bin/sh\necho run >> '%s'\nexec '%s' \"$@\"\n", log, real)
	require.NoError(t, os.WriteFile(script, []byte(text), 0o755))
	return script, func() int {
		b, err := os.ReadFile(log)
		if os.IsNotExist(err) {
			return 0
		}
		require.NoError(t, err)
		return bytes.Count(b, []byte("\n"))
	}
}

// unknown returns ids of commits that nobody has.
func unknown(n int) []string {
	rnd := rand.New(rand.NewPCG(1, 2))
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("%016x%016x%08x", rnd.Uint64(), rnd.Uint64(), rnd.Uint32())
	}
	return ids
}
