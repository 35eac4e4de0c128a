package rdsdriver

import (
	"fmt"

	"github.com/peppercorn-go/peppercorn/provision"
)

// A StatusError says that a database will not become ready: it failed, does not fit its surroundings, was stopped, or is being
// deleted. It is a [provision.ErrDeleting] in the last case.
type StatusError struct {
	ID     string
	Status string // of the DB instance, e.g. "incompatible-network"
	Reason string // what RDS's latest events say; may be empty
}

// Error names the database, its status and RDS's reason.
func (e *StatusError) Error() string {
	reason := e.Reason
	if reason == "" {
		reason = "RDS gives no reason"
	}
	return fmt.Sprintf("database %s will not become ready, its status is %s: %s", e.ID, e.Status, reason)
}

// Is makes errors.Is(err, provision.ErrDeleting) true for a database that is being deleted.
func (e *StatusError) Is(target error) bool {
	return target == provision.ErrDeleting && e.Status == statusDeleting
}

// A ProtectedError says that a database cannot be deleted because somebody has switched on its deletion protection. It
// unwraps to RDS's refusal, if RDS was asked.
type ProtectedError struct {
	ID  string
	Err error
}

// Error names the database and who can help.
func (e *ProtectedError) Error() string {
	text := fmt.Sprintf("database %s has deletion protection, which somebody switched on after it was made: it was not deleted, and "+
		"whoever did so must switch it off first (ModifyDBInstance, DeletionProtection=false)", e.ID)
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap returns RDS's refusal.
func (e *ProtectedError) Unwrap() error { return e.Err }
