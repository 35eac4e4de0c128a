package gitmeta

import (
	"errors"
	"fmt"
	"strings"
)

// The questions that callers ask of an error of this package, with errors.Is.
var (
	// ErrNoGit: there is no git executable on PATH.
	ErrNoGit = errors.New("git is not installed or not on PATH")
	// ErrNotRepository: the folder is in no git repository.
	ErrNotRepository = errors.New("not a git repository")
	// ErrUnsafe: git refuses the repository because it belongs to another user ("dubious ownership"), as happens in
	// containers and under sudo. The error carries git's own advice; this package never sets safe.directory by itself.
	ErrUnsafe = errors.New("git does not trust the repository's owner")
	// ErrNoCommits: the repository or the branch that is checked out has no commit yet.
	ErrNoCommits = errors.New("no commits yet")
	// ErrUnknownRevision: the repository has no such commit. The error is a *RevisionError.
	ErrUnknownRevision = errors.New("unknown revision")
	// ErrAmbiguous: an abbreviated id fits several commits. The error is a *RevisionError that lists them.
	ErrAmbiguous = errors.New("ambiguous revision")
	// ErrShallow: the answer may lie in the history that a shallow clone does not have.
	ErrShallow = errors.New("the clone is shallow and the history that decides this was cut off (git fetch --unshallow gets it)")
	// ErrNoCI: the environment is of no CI service that FromCI knows.
	ErrNoCI = errors.New("no known CI service in the environment")
	// ErrNotCommit: the CI service is known, but what it names is not a commit of a branch. The error is a *CIError.
	ErrNotCommit = errors.New("the CI service names no commit that could be deployed")
)

// GitError is a git command that failed, with git's own words.
type GitError struct {
	// Args is the command line without "git" and without the settings that every call has.
	Args []string
	// Stderr is what git wrote to its standard error, trimmed; at most 64 KiB of it.
	Stderr string
	// Err says how it failed: the context's error, an *exec.ExitError, or why git could not be started.
	Err error
}

// Error shows the command and git's own words, which often have the way out in them.
func (e *GitError) Error() string {
	s := "git " + strings.Join(e.Args, " ") + ": " + e.Err.Error()
	if e.Stderr != "" {
		s += ": " + e.Stderr
	}
	return s
}

// Unwrap returns e.Err.
func (e *GitError) Unwrap() error { return e.Err }

// RevisionError is a revision that names no commit, or several.
type RevisionError struct {
	// Rev is the revision as it was asked for.
	Rev string
	// Candidates are the full ids of the commits that an ambiguous abbreviation fits.
	Candidates []string
	// Shallow tells that history was cut off, so that the commit may exist where the clone came from. The error is then
	// ErrShallow, too.
	Shallow bool
	// Stderr is what git had to say beyond that; mostly empty.
	Stderr string
	// Err is ErrUnknownRevision or ErrAmbiguous.
	Err error
}

// Error names the revision, the candidates if there are any, and the way out.
func (e *RevisionError) Error() string {
	s := fmt.Sprintf("%v %q", e.Err, e.Rev)
	switch {
	case len(e.Candidates) > 0:
		s += ": it fits " + strings.Join(e.Candidates, " and ")
	case e.Shallow:
		s += ": the clone is shallow, git fetch --unshallow may bring it"
	case e.Stderr != "":
		s += ": " + e.Stderr
	}
	return s
}

// Unwrap returns e.Err, and ErrShallow if the clone is shallow.
func (e *RevisionError) Unwrap() []error {
	if e.Shallow {
		return []error{e.Err, ErrShallow}
	}
	return []error{e.Err}
}

// CIError is a CI service whose variables do not name a commit that could be deployed.
type CIError struct {
	Service  string // as its maker spells it
	Variable string // the variable that should have named the commit
	Value    string // what it holds; empty if it is not set
	Reason   string // why that will not do, and the way out
}

// Error names the service, the variable, what it holds and the way out.
func (e *CIError) Error() string {
	return fmt.Sprintf("%v: %s has %s=%q: %s", ErrNotCommit, e.Service, e.Variable, e.Value, e.Reason)
}

// Unwrap returns ErrNotCommit.
func (e *CIError) Unwrap() error { return ErrNotCommit }
