// Package gitmeta answers what a deployment asks of git: which commit is this, what does it say, is the tree clean, does
// that commit contain this one. A commit is the version of an application, so a wrong answer here would become a wrong
// environment: where git cannot know, this package returns an error rather than a guess.
//
// # The commit at hand
//
// [Open] finds the repository that a folder belongs to, and [Repo.Head] reads what is checked out, including whether the
// tree differs from it:
//
//	repo, err := gitmeta.Open(ctx, ".")
//	if err != nil {
//		return err
//	}
//	head, err := repo.Head(ctx)
//	if err != nil {
//		return err
//	}
//	if head.Dirty {
//		return fmt.Errorf("%s is not what would be deployed: commit first", head.Short())
//	}
//
// [Repo.Resolve] turns what a person typed (a branch, a tag, an abbreviated id, HEAD~3) into a full commit. Programs should
// keep the full [Commit.Hash]: an abbreviation that is unique today may be ambiguous tomorrow.
//
// # Commits known by their ids
//
// [Repo.Lookup] reads any number of commits in one git process. Ids that are not in the repository are an ordinary outcome,
// not an error: CI checkouts are mostly shallow and do not hold the commits of older environments.
//
// # How commits relate
//
// [Repo.IsAncestor] and [Repo.Between] tell what a promotion would bring and a rollback would drop. In a shallow clone part
// of the history was cut off; when the answer could lie there they return [ErrShallow] instead of a wrong "no".
// [Repo.Branches], [Repo.ReadFile] and [Repo.History] read branches, files as they are in a commit, and the commits that
// changed a file.
//
// # Without a repository
//
// [FromCI] reads the variables of a CI service, and [FromBuildInfo] reads what the Go tool stamped into the running binary.
// Neither knows what is in the folder; where there is a checkout, [Repo.Head] is the better witness.
//
// # How git is run
//
// The package runs the git command line, because only git itself has exact semantics for worktrees, safe.directory, partial
// clones, and SHA-256 repositories. It only reads: no call writes to the repository, takes its locks, runs its hooks, asks
// for a password or goes to the network. Revisions reach git on its standard input or as full ids, so that none can be
// taken for an option. Replace refs (git replace) are not followed: a commit is what its hash says. Any git from 2.25 on
// will do; SHA-256 repositories need 2.29.
package gitmeta
