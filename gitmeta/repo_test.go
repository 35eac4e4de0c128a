package gitmeta_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/gitmeta"
)

func TestOpen(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	hash := r.commitFile("deep/folder/file", "x")

	t.Run("a folder below the root", func(t *testing.T) {
		t.Parallel()
		head, err := r.in(filepath.Join(r.dir, "deep", "folder")).open().Head(t.Context())
		require.NoError(t, err)
		require.Equal(t, hash, head.Hash)
	})
	t.Run("no repository", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		_, err := gitmeta.Open(t.Context(), dir, withEnv(r.env))
		require.ErrorIs(t, err, gitmeta.ErrNotRepository)
		require.ErrorContains(t, err, dir, "the place")
		var git *gitmeta.GitError
		require.ErrorAs(t, err, &git)
		require.Contains(t, git.Stderr, "fatal: not a git repository")
	})
	t.Run("no folder", func(t *testing.T) {
		t.Parallel()
		_, err := gitmeta.Open(t.Context(), filepath.Join(r.dir, "nope"), withEnv(r.env))
		require.ErrorIs(t, err, fs.ErrNotExist)
	})
	t.Run("a hook's variables do not lead to another repository", func(t *testing.T) {
		t.Parallel()
		other := newRepo(t)
		other.commit("other")
		env := append([]string{"GIT_DIR=" + filepath.Join(other.dir, ".git"), "GIT_WORK_TREE=" + other.dir}, r.env...)
		opened, err := gitmeta.Open(t.Context(), r.dir, withEnv(env))
		require.NoError(t, err)
		head, err := opened.Head(t.Context())
		require.NoError(t, err)
		require.Equal(t, hash, head.Hash)
	})
}

func TestOpenWithoutGit(t *testing.T) { // not parallel: it changes PATH
	r := newRepo(t)
	t.Setenv("PATH", t.TempDir())
	_, err := gitmeta.Open(t.Context(), r.dir, withEnv(r.env))
	require.ErrorIs(t, err, gitmeta.ErrNoGit)
}

func TestOpenForeignOwner(t *testing.T) {
	t.Parallel()
	check := func(t *testing.T, dir string, env []string) {
		t.Helper()
		_, err := gitmeta.Open(t.Context(), dir, withEnv(env))
		require.ErrorIs(t, err, gitmeta.ErrUnsafe)
		require.NotErrorIs(t, err, gitmeta.ErrNotRepository)
		require.ErrorContains(t, err, "safe.directory", "git's advice is passed on")

		// The advice works, from the environment too: nothing that trusts the folder is filtered out.
		trusting := append([]string{"GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=safe.directory", "GIT_CONFIG_VALUE_0=" + dir}, env...)
		_, err = gitmeta.Open(t.Context(), dir, withEnv(trusting))
		require.NoError(t, err)
	}
	t.Run("owned by another user", func(t *testing.T) {
		t.Parallel()
		if os.Geteuid() != 0 {
			t.Skip("SKIPPED: only root can give a folder to another user; the case below covers git's refusal")
		}
		r := newRepo(t)
		const nobody = 65534
		require.NoError(t, os.Lchown(r.dir, nobody, nobody))
		require.NoError(t, os.Lchown(filepath.Join(r.dir, ".git"), nobody, nobody))
		check(t, r.dir, r.env)
	})
	t.Run("as git's own tests do it", func(t *testing.T) {
		t.Parallel()
		r := newRepo(t)
		check(t, r.dir, append([]string{"GIT_TEST_ASSUME_DIFFERENT_OWNER=1"}, r.env...))
	})
}

func TestCancelled(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	r.commit("one")
	opened := r.open()

	t.Run("before", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := opened.Head(ctx)
		require.ErrorIs(t, err, context.Canceled)
		_, _, err = opened.Lookup(ctx, unknown(3)...)
		require.ErrorIs(t, err, context.Canceled)
		_, err = gitmeta.Open(ctx, r.dir, withEnv(r.env))
		require.ErrorIs(t, err, context.Canceled)
	})
	t.Run("while git hangs", func(t *testing.T) {
		t.Parallel()
		slow := fakeGit(t, `exec sleep 600`)
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		start := time.Now()
		_, err := r.open(withGit(slow)).Resolve(ctx, "HEAD")
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Less(t, time.Since(start), time.Minute, "git was killed, not waited for")
	})
	t.Run("while a child of git's keeps its output open", func(t *testing.T) {
		t.Parallel()
		slow := fakeGit(t, `sleep 30; exit 1`)
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		start := time.Now()
		_, err := r.open(withGit(slow)).Resolve(ctx, "HEAD")
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Less(t, time.Since(start), 20*time.Second, "the child is not waited for either")
	})
}

// fakeGit is a git that opens any repository, and else does what body says.
func fakeGit(t *testing.T, body string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "git")
	text := "#!/bin/sh\ncase \"$*\" in *--is-bare-repository*) echo false; exit;; esac\n" + body + "\n"
	require.NoError(t, os.WriteFile(path, []byte(text), 0o755))
	return path
}

// A git that dies or talks nonsense is an error: never a panic, a hang or an answer.
func TestGarbledAnswers(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	hash := strings.Repeat("a", 40)
	for name, body := range map[string]string{
		"nothing":        ``,
		"nonsense":       `echo what`,
		"empty line":     `echo`,
		"no size":        `echo ` + hash + ` commit x`,
		"negative size":  `echo ` + hash + ` commit -2`,
		"cut off":        `echo ` + hash + ` commit 999; echo tree`,
		"no newline":     `printf '` + hash + ` commit 3'`,
		"failure":        `echo 'fatal: it broke' >&2; exit 128`,
		"late failure":   `echo ` + hash + ` commit 0; echo; echo 'fatal: it broke' >&2; exit 128`,
		"never the last": `while :; do echo what; done`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, err := r.open(withGit(fakeGit(t, body))).Lookup(t.Context(), hash)
			var git *gitmeta.GitError
			require.ErrorAs(t, err, &git)
			if strings.Contains(name, "failure") {
				require.Equal(t, "fatal: it broke", git.Stderr)
				require.ErrorContains(t, err, "fatal: it broke")
			}
		})
	}
}

func TestLogger(t *testing.T) {
	t.Parallel()
	r := newRepo(t)
	var log bytes.Buffer
	r.open(func(o *gitmeta.Options) {
		o.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	require.Contains(t, log.String(), "rev-parse")
}

func TestErrorsUnwrap(t *testing.T) {
	t.Parallel()
	rev := &gitmeta.RevisionError{Rev: "x", Err: gitmeta.ErrUnknownRevision}
	require.NotErrorIs(t, rev, gitmeta.ErrShallow)
	rev.Shallow = true
	require.ErrorIs(t, rev, gitmeta.ErrShallow)
	require.ErrorIs(t, rev, gitmeta.ErrUnknownRevision)
	require.ErrorIs(t, &gitmeta.GitError{Err: errors.ErrUnsupported}, errors.ErrUnsupported)
}
