package guard

import (
	"fmt"
	"strings"
)

// minExpected is the fewest digits of a hash that count as having named a
// commit: git's own default for an abbreviation.
const minExpected = 7

// ExpectedCommit refuses an operation on another commit than the one that the
// caller claims to act on in Operation.Expected. It judges every action, and
// allows all of them if nothing is claimed. Hashes are compared without regard
// to case; fewer than seven digits are refused.
//
// Its fact is advisory: as of gathering. It cannot go stale by itself: the
// commit of an attempt never changes.
func ExpectedCommit() Policy { return expectedCommit{} }

type expectedCommit struct{}

func (expectedCommit) Name() string { return "ExpectedCommit" }

func (p expectedCommit) Judge(op Operation) Decision {
	if !op.Action.known() || op.Expected == "" {
		return unconcerned(p, op)
	}
	want, got := strings.ToLower(op.Expected), strings.ToLower(op.Commit.Hash)
	var reasons []string
	switch {
	case len(want) < minExpected || strings.Trim(want, "0123456789abcdef") != "":
		reasons = append(reasons, fmt.Sprintf("%q does not name a commit; give %d or more digits of its hash", op.Expected, minExpected))
	case got == "":
		reasons = append(reasons, fmt.Sprintf("commit %s was expected, and the commit of the environment is not known", op.Expected))
	case !strings.HasPrefix(got, want):
		reasons = append(reasons, fmt.Sprintf("commit %s was expected, and this is %s%s; look at what is there and ask again",
			op.Expected, got, subject(op.Commit)))
	}
	return decide(p, reasons)
}
