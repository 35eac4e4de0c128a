package gitmeta_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/peppercorn-go/peppercorn/gitmeta"
)

// shop makes a small repository for the examples: three commits on main, the first of them tagged v1.
func shop() (dir string, remove func()) {
	dir, err := os.MkdirTemp("", "shop")
	if err != nil {
		log.Fatal(err)
	}
	git := func(args ...string) {
		cmd := exec.Command("git", args...)
		cmd.Dir = dir
		cmd.Env = []string{
			"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "GIT_CONFIG_GLOBAL=" + os.DevNull, "GIT_CONFIG_NOSYSTEM=1",
			"GIT_AUTHOR_NAME=Ada", "GIT_AUTHOR_EMAIL=ada@example.com", "GIT_AUTHOR_DATE=2026-01-02T03:04:05Z",
			"GIT_COMMITTER_NAME=Ada", "GIT_COMMITTER_EMAIL=ada@example.com", "GIT_COMMITTER_DATE=2026-01-02T03:04:05Z",
		}
		if out, err := cmd.CombinedOutput(); err != nil {
			log.Fatalf("git %q: %v\n%s", args, err, out)
		}
	}
	git("init", "-q", "-b", "main")
	for i, subject := range []string{"Open the shop", "Take orders", "Send receipts"} {
		if err := os.WriteFile(filepath.Join(dir, "version"), fmt.Appendln(nil, i+1), 0o644); err != nil {
			log.Fatal(err)
		}
		git("add", "version")
		git("commit", "-q", "-m", subject)
		if i == 0 {
			git("tag", "v1")
		}
	}
	return dir, func() { os.RemoveAll(dir) }
}

func ExampleRepo_Head() {
	dir, remove := shop()
	defer remove()
	ctx := context.Background()

	repo, err := gitmeta.Open(ctx, dir)
	if err != nil {
		log.Fatal(err)
	}
	head, err := repo.Head(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(head)
	fmt.Println(head.Branch, head.Author, head.Time)

	// A file that is not committed would not be deployed.
	if err := os.WriteFile(filepath.Join(dir, "new"), nil, 0o644); err != nil {
		log.Fatal(err)
	}
	head, err = repo.Head(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("dirty:", head.Dirty)
	// Output:
	// 1fb667055dcb Send receipts
	// main Ada 2026-01-02 03:04:05 +0000 UTC
	// dirty: true
}

func ExampleRepo_Between() {
	dir, remove := shop()
	defer remove()
	ctx := context.Background()

	repo, err := gitmeta.Open(ctx, dir)
	if err != nil {
		log.Fatal(err)
	}
	commits, err := repo.Between(ctx, "v1", "main")
	if err != nil {
		log.Fatal(err)
	}
	for _, c := range commits {
		fmt.Println(c)
	}
	// Output:
	// 1fb667055dcb Send receipts
	// d072065d39ac Take orders
}

func ExampleRepo_Lookup() {
	dir, remove := shop()
	defer remove()
	ctx := context.Background()

	repo, err := gitmeta.Open(ctx, dir)
	if err != nil {
		log.Fatal(err)
	}
	first, err := repo.Resolve(ctx, "v1")
	if err != nil {
		log.Fatal(err)
	}
	found, missing, err := repo.Lookup(ctx, first.Hash, "0123456789abcdef0123456789abcdef01234567")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(found[first.Hash].Subject)
	fmt.Println("not here:", missing)
	// Output:
	// Open the shop
	// not here: [0123456789abcdef0123456789abcdef01234567]
}

func ExampleRepo_Resolve() {
	dir, remove := shop()
	defer remove()
	ctx := context.Background()

	repo, err := gitmeta.Open(ctx, dir)
	if err != nil {
		log.Fatal(err)
	}
	_, err = repo.Resolve(ctx, "--output=x")
	var rev *gitmeta.RevisionError
	if errors.As(err, &rev) {
		fmt.Println(rev)
	}
	// Output:
	// unknown revision "--output=x"
}

func ExampleRepo_ReadFile() {
	dir, remove := shop()
	defer remove()
	ctx := context.Background()

	repo, err := gitmeta.Open(ctx, dir)
	if err != nil {
		log.Fatal(err)
	}
	data, err := repo.ReadFile(ctx, "v1", "version")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(string(data))
	// Output:
	// 1
}

func ExampleFromCI() {
	_, err := gitmeta.FromCI([]string{
		"GITHUB_ACTIONS=true",
		"GITHUB_EVENT_NAME=pull_request",
		"GITHUB_REF=refs/pull/7/merge",
		"GITHUB_SHA=0123456789abcdef0123456789abcdef01234567",
	})
	fmt.Println(errors.Is(err, gitmeta.ErrNotCommit))

	commit, err := gitmeta.FromCI([]string{
		"GITHUB_ACTIONS=true",
		"GITHUB_EVENT_NAME=push",
		"GITHUB_REF=refs/heads/main",
		"GITHUB_SHA=0123456789abcdef0123456789abcdef01234567",
	})
	fmt.Println(commit.Short(), commit.Branch, err)
	// Output:
	// true
	// 0123456789ab main <nil>
}
