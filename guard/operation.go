package guard

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/peppercorn-go/peppercorn/gitmeta"
)

// An Action is what somebody wants to do. Policies refuse an action that is
// not one of the constants below, so a misspelt or a newer one never slips through.
type Action string

// The actions that are judged.
const (
	ActionPromote   Action = "promote"   // point an alias at an environment
	ActionRollback  Action = "rollback"  // point an alias back at the environment before, and pin it there
	ActionRelease   Action = "release"   // remove an alias
	ActionRestore   Action = "restore"   // undo a hand edit: the alias goes back to what its record says
	ActionAdopt     Action = "adopt"     // accept a hand edit: the record says what the alias points at
	ActionUnpin     Action = "unpin"     // let automation move an alias again
	ActionTerminate Action = "terminate" // delete an environment and everything in it
	ActionDeploy    Action = "deploy"    // make an environment
)

// actsOnAlias tells whether the action moves, marks or removes an alias.
func (a Action) actsOnAlias() bool {
	switch a {
	case ActionPromote, ActionRollback, ActionRelease, ActionRestore, ActionAdopt, ActionUnpin:
		return true
	default:
		return false
	}
}

// needsEnvironment tells whether the action means nothing without an
// environment to act on.
func (a Action) needsEnvironment() bool {
	switch a {
	case ActionPromote, ActionRollback, ActionTerminate, ActionDeploy:
		return true
	default:
		return false
	}
}

// known tells whether a is one of the constants of this package.
func (a Action) known() bool { return a.actsOnAlias() || a.needsEnvironment() }

// The states of an environment, as its record spells them.
const (
	stateProvisioning = "provisioning"
	stateReady        = "ready"
	stateDraining     = "draining"
	stateTerminating  = "terminating"
)

// A Pointer is a DNS record that points at the environment.
type Pointer struct {
	Name   string // its name, such as "www.example.com"
	Type   string // its type, such as "CNAME"
	Target string // what of the environment it points at
}

// String returns the pointer as one would say it, such as
// "www.example.com (CNAME to 3f2a91c0d4e8.shop.example.com)".
func (p Pointer) String() string {
	return fmt.Sprintf("%s (%s to %s)", p.Name, p.Type, p.Target)
}

// A Loss is data that would be gone for good.
type Loss struct {
	Node string // the node of the blueprint, such as "jobs"
	Kind string // its kind, such as "sqs/queue"
	ID   string // its name or id in AWS
	What string // what is in it, such as "12 messages"
}

// String returns the loss as one would say it, such as
// "12 messages in jobs (sqs/queue shop-jobs-2k4x)".
func (l Loss) String() string {
	return fmt.Sprintf("%s in %s (%s %s)", l.What, l.Node, l.Kind, l.ID)
}

// A Previous is an environment that an alias pointed at before.
type Previous struct {
	Environment string
	Attempt     string
	Until       time.Time // when the alias was moved away from it
}

// An Alias is a movable name, where it points and where it pointed.
type Alias struct {
	Name        string
	Environment string
	Attempt     string
	Since       time.Time
	Pinned      bool // a rollback pinned it: automation leaves it alone
	// Previous are the rollback targets, newest first. To judge a termination they are only those that still exist in the
	// same attempt, ready or draining; otherwise all that the alias's record remembers.
	Previous []Previous
}

// An Operation is what somebody wants to do, with all that is known about it:
// plain facts, gathered beforehand. A fact that could not be read is left
// empty and its bit is left out of Known, and the policies that need it refuse.
type Operation struct {
	Action Action

	// Environment is what the action acts on: what is terminated or deployed,
	// what the alias moves to. For release and unpin it is what the alias
	// points at.
	Environment string
	Attempt     string         // its incarnation
	State       string         // as in the registry: provisioning, ready, draining, terminating
	Commit      gitmeta.Commit // its commit

	Alias      string         // the alias that the action moves, marks or removes
	From       string         // the environment that Alias points at now; empty when there is no such alias yet
	FromCommit gitmeta.Commit // the commit of From

	// Known tells which of the facts below could be read.
	Known Fact

	// Holds are the aliases that hold Environment: by its own record, by an
	// alias's record or by the alias itself. Where these disagree, all count.
	Holds []string

	// Pointers are all other records of the zone that point at Environment.
	Pointers []Pointer

	// Losses is the data that would be gone for good if Environment were terminated.
	Losses []Loss

	// Aliases are the application's aliases with their history: all of them to
	// judge a termination, at least the one that moves otherwise.
	Aliases []Alias

	Created time.Time // when Environment's record was made
	Unheld  time.Time // when the last alias let go of it; zero when none ever held it
	Lease   time.Time // until when a deployer claims it; zero when none does
	Now     time.Time // Route 53's time, not the local clock's

	// CacheTTL is how long resolvers may still hand out the old name: the TTL of
	// the alias, plus that of the environment's name, plus the time that a
	// change may take until every name server of Route 53 has it.
	CacheTTL time.Duration

	// Expected is the commit hash that the caller claims to act on, in full or the
	// first seven or more digits of it. Empty: nothing was claimed.
	Expected string
}

// String says what is to be done, such as "promote production to 3f2a91c0d4e8"
// or `terminate 3f2a91c0d4e8 ("Fix the cart")`.
func (op Operation) String() string {
	action := string(op.Action)
	if action == "" {
		action = "(no action)"
	}
	target := op.Environment
	if target != "" {
		target += subject(op.Commit)
	}
	switch op.Action {
	case ActionPromote, ActionAdopt, ActionRestore, ActionRollback:
		return words(action, op.Alias, "to", target)
	case ActionRelease, ActionUnpin:
		return words(action, op.Alias, "at", target)
	default:
		return words(action, "", "", target)
	}
}

// subject is a commit's subject in brackets, or nothing. It is quoted, since
// anybody who can commit can put control characters into it.
func subject(c gitmeta.Commit) string {
	if c.Subject == "" {
		return ""
	}
	return fmt.Sprintf(" (%q)", c.Subject)
}

// words joins an action, its object and "to target", leaving out what is empty.
func words(action, object, preposition, target string) string {
	parts := []string{action}
	if object != "" {
		parts = append(parts, object)
	}
	if target != "" {
		if preposition != "" {
			parts = append(parts, preposition)
		}
		parts = append(parts, target)
	}
	return strings.Join(parts, " ")
}

// holders returns the names of all aliases that hold the environment, sorted
// and each once. An alias whose record names the environment counts even if
// Holds was gathered without it: of two sources that disagree, both are believed.
func (op Operation) holders() []string {
	names := slices.Clone(op.Holds)
	for _, a := range op.Aliases {
		if a.Environment == op.Environment {
			names = append(names, a.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// clone returns a copy that shares no slice with op, so that a policy which
// sorts or filters in place cannot hide a hold from the policies after it.
func (op Operation) clone() Operation {
	op.Holds = slices.Clone(op.Holds)
	op.Pointers = slices.Clone(op.Pointers)
	op.Losses = slices.Clone(op.Losses)
	op.Aliases = slices.Clone(op.Aliases)
	total := 0
	for _, a := range op.Aliases {
		total += len(a.Previous)
	}
	// One array for every history: a cull judges thousands of operations. Each
	// part ends at its capacity, so an append to one cannot reach the next.
	all := make([]Previous, 0, total)
	for i, a := range op.Aliases {
		from := len(all)
		all = append(all, a.Previous...)
		op.Aliases[i].Previous = all[from:len(all):len(all)]
	}
	return op
}
