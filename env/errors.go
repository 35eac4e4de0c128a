package env

import (
	"errors"
	"fmt"
	"strings"

	"github.com/peppercorn-go/peppercorn/provision"
)

// Questions that a caller asks of an error with [errors.Is]. A refusal by policy is [guard.ErrRefused] with a [*guard.Refusal],
// a lost race is [dns.ErrConflict] with a [*dns.ConflictError], and a resource of somebody else is [ErrForeign].
var (
	// ErrInvalid: an argument or the configuration cannot be right; nothing was changed.
	ErrInvalid = errors.New("invalid")
	// ErrDirty: the tree has changes that the commit does not, so the commit does not describe what would be deployed.
	ErrDirty = errors.New("the work tree has changes that the commit does not")
	// ErrNotFound: there is no such environment or alias, or it is gone already. A script that repeats a finished Terminate
	// or Release gets it too.
	ErrNotFound = errors.New("not found")
	// ErrImmutable: the environment exists with another blueprint. Commit the change, or use a variant.
	ErrImmutable = errors.New("an environment is never changed")
	// ErrCollision: the id belongs to another commit whose hash starts with the same 12 digits.
	ErrCollision = errors.New("another commit has this id")
	// ErrElsewhere: the environment lives in another account or region than the drivers of this program act in, or belongs to
	// another application.
	ErrElsewhere = errors.New("the environment is of another account, region or application")
	// ErrNotReady: the environment is not in state ready, so that no alias may point at it.
	ErrNotReady = errors.New("the environment is not ready")
	// ErrTerminating: the environment is being terminated; run Terminate to finish it.
	ErrTerminating = errors.New("the environment is being terminated")
	// ErrSuperseded: while a deploy was in progress its environment was terminated or deployed anew by somebody else. Nothing
	// was deleted; the termination finds what was made, and [provision.Engine.Find] whatever it came too early for.
	ErrSuperseded = errors.New("superseded by somebody else")
	// ErrPointedAt: Terminate found a pointer at the environment after it had begun, and made it ready again.
	ErrPointedAt = errors.New("something points at the environment")
	// ErrDrift: an alias and its record disagree, because somebody edited one by hand; Restore or Adopt settles it. Or the name of
	// an environment does not lead to its entrance, for the same reason; then the error says what to put back.
	ErrDrift = errors.New("DNS was edited by hand")
	// ErrNoRollback: no environment is left to roll back to.
	ErrNoRollback = errors.New("nothing to roll back to")
	// ErrNoEntrance: nobody could call the environment: its entrance came out without a host, or it is a worker and an alias that
	// users call was to point at it, or it is a CNAME and the alias is the base, see [Config].Apex.
	ErrNoEntrance = errors.New("there is no entrance to call")
	// ErrForeign: a resource or record of that name exists and is not ours. It was not touched.
	ErrForeign = provision.ErrForeign
)

// Error is what a verb of [Manager] returns: the verb, what it was asked to act on, and why it failed.
type Error struct {
	Op      string // "deploy", "promote", ...
	Subject string // the id of an environment, or the name of an alias
	Err     error
}

// Error implements error.
func (e *Error) Error() string {
	if e.Subject == "" {
		return "env: " + e.Op + ": " + e.Err.Error()
	}
	return "env: " + e.Op + " " + e.Subject + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// InvalidError says which argument cannot be right, and why.
type InvalidError struct{ Field, Value, Why string }

// Error implements error.
func (e *InvalidError) Error() string { return fmt.Sprintf("%s %q: %s", e.Field, e.Value, e.Why) }

// Is makes the error an [ErrInvalid].
func (e *InvalidError) Is(target error) bool { return target == ErrInvalid }

func invalid(field, value, why string) error {
	return &InvalidError{Field: field, Value: value, Why: why}
}

// DriftError says how an alias and its record disagree.
type DriftError struct {
	Alias string
	Drift Drift
}

// Error implements error.
func (e *DriftError) Error() string {
	return fmt.Sprintf("%s: %v: its record says %s, its name points at %s: settle it with Restore (the name follows the record) or Adopt (the record follows the name)",
		e.Alias, ErrDrift, orNothing(e.Drift.Record), orNothing(e.Drift.Points))
}

// Is makes the error an [ErrDrift].
func (e *DriftError) Is(target error) bool { return target == ErrDrift }

func orNothing(s string) string {
	if strings.TrimSpace(s) == "" {
		return "nothing"
	}
	return s
}
