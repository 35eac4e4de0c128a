package gitmeta

import (
	"log/slog"
	"time"
)

// shortLen is the length of the ids that people see and environments are named by: 48 bits.
const shortLen = 12

// Commit is what git says of one version of an application.
//
// It is a plain value: compare Hash to compare commits. The texts come from whoever made the commit and are made safe to
// print, not safe to trust: they are valid UTF-8 on one line, without control characters.
type Commit struct {
	// Hash is the full id: 40 hexadecimal digits, or 64 in a SHA-256 repository.
	Hash string
	// Subject is the first paragraph of the message, joined to one line, as git log --format=%s shows it.
	Subject string
	// Author and AuthorEmail name who wrote the change. Mailmaps are not applied.
	Author, AuthorEmail string
	// Time is when the commit was made (the committer's date, not the author's), in UTC. It is the zero time if the commit
	// does not say.
	Time time.Time
	// Branch is the branch that is checked out, without refs/heads/. It is empty when HEAD is detached, and for every commit
	// that does not come from Repo.Head or FromCI: a commit as such is on no branch.
	Branch string
	// Dirty tells that what is at hand differs from the commit. Only Repo.Head and FromBuildInfo can set it.
	Dirty bool
}

// Short returns the first 12 digits of the hash: the form that environments are named by. A shorter hash is returned whole.
func (c Commit) Short() string {
	if len(c.Hash) <= shortLen {
		return c.Hash
	}
	return c.Hash[:shortLen]
}

// String returns the short hash and the subject, as git log --oneline does. A dirty tree shows as "+dirty" behind the hash,
// the mark that the Go tool uses in versions.
func (c Commit) String() string {
	s := c.Short()
	if c.Dirty {
		s += "+dirty"
	}
	if c.Subject != "" {
		s += " " + c.Subject
	}
	return s
}

// LogValue makes a commit a group of attributes in a log/slog record. What is not known is left out.
func (c Commit) LogValue() slog.Value {
	attrs := []slog.Attr{slog.String("hash", c.Hash)}
	for _, a := range []slog.Attr{
		slog.String("subject", c.Subject),
		slog.String("author", c.Author),
		slog.String("branch", c.Branch),
	} {
		if a.Value.String() != "" {
			attrs = append(attrs, a)
		}
	}
	if !c.Time.IsZero() {
		attrs = append(attrs, slog.Time("time", c.Time))
	}
	if c.Dirty {
		attrs = append(attrs, slog.Bool("dirty", true))
	}
	return slog.GroupValue(attrs...)
}

// ValidHash reports whether s has the form of a full commit id: 40 (SHA-1) or 64 (SHA-256) lower-case hexadecimal digits.
// It does not ask whether there is such a commit.
func ValidHash(s string) bool {
	if len(s) != 40 && len(s) != 64 {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
