package dns

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Questions to ask of an error with [errors.Is]. The error types of this package
// carry the details; every error unwraps to what the SDK returned.
var (
	// ErrConflict: what the decision stood on has changed. See [ConflictError].
	ErrConflict = errors.New("the record was changed by somebody else")

	// ErrUncertain: a batch may have been applied, or may still be. See [UncertainError].
	ErrUncertain = errors.New("the batch may have been applied")

	// ErrBusy: the zone or the account had no turn to give in time. See [BusyError].
	ErrBusy = errors.New("Route 53 is busy")

	// ErrClockSkew: the local clock is wrong. See [ClockSkewError].
	ErrClockSkew = errors.New("the local clock is wrong")

	// ErrVersion: a note is of a version that this program does not know.
	ErrVersion = errors.New("unknown version")

	// ErrNoZone: there is no hosted zone of that name. See [NoZoneError].
	ErrNoZone = errors.New("no such hosted zone")

	// ErrAmbiguousZone: there are several of that name. See [AmbiguousZoneError].
	ErrAmbiguousZone = errors.New("several hosted zones")

	// ErrUnstamped: a batch changes no note, so it could not be told from another.
	ErrUnstamped = errors.New("the batch changes no note")

	// ErrNoRecord: there is no such record.
	ErrNoRecord = errors.New("no such record")

	// ErrUnsupported: a record is of a form that this package does not write. See
	// [UnsupportedRecordError].
	ErrUnsupported = errors.New("unsupported record")
)

// ConflictError says that a pinned record is no longer as it was when the
// decision was made, so the decision was not carried out. It matches
// [ErrConflict]. The way out is to look at Have and to decide anew.
type ConflictError struct {
	Zone string // the hosted zone's id
	Name string
	Type string
	Want Record // as it was pinned
	Have Record // as it is now

	// MaybeWon is set if a reply was lost on the way: the batch may have been
	// applied and its result changed again before the zone could be read.
	MaybeWon bool

	// Err is what Route 53 said of the batch, or nil if none was sent.
	Err error
}

// Error implements error.
func (e *ConflictError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "dns: %s %s in zone %s is %s, not %s: %v", e.Name, e.Type, e.Zone, e.Have.content(), e.Want.content(), ErrConflict)
	if e.MaybeWon {
		b.WriteString(" (a reply was lost: this change may have won and been superseded)")
	}
	b.WriteString("; read it and decide anew")
	return b.String()
}

// Is reports a match with [ErrConflict].
func (e *ConflictError) Is(target error) bool { return target == ErrConflict }

// Unwrap returns what Route 53 said of the batch.
func (e *ConflictError) Unwrap() error { return e.Err }

// UncertainError says that a batch was sent and that its fate could not be
// learnt: the context ended, or the zone could not be read. It matches
// [ErrUncertain] and unwraps to the cause. The way out is to read the zone, where
// a note with the stamp's nonce says that the batch was applied.
type UncertainError struct {
	Zone  string
	Nonce string // of the batch, see [Note.Rev]
	Err   error
}

// Error implements error.
func (e *UncertainError) Error() string {
	return fmt.Sprintf("dns: zone %s: %v (nonce %s); read the zone before you go on: %v", e.Zone, ErrUncertain, e.Nonce, e.Err)
}

// Is reports a match with [ErrUncertain].
func (e *UncertainError) Is(target error) bool { return target == ErrUncertain }

// Unwrap returns the cause.
func (e *UncertainError) Unwrap() error { return e.Err }

// BusyError says that Route 53 kept answering "Throttling" (five requests a
// second per account) or "PriorRequestNotComplete" (one batch at a time per zone)
// for as long as [Options].Busy allows. It matches [ErrBusy]. Nothing was changed
// unless the error also matches [ErrUncertain].
type BusyError struct {
	Zone string        // empty when zones were looked up
	For  time.Duration // how long it was tried
	Err  error         // the last answer
}

// Error implements error.
func (e *BusyError) Error() string {
	where := ""
	if e.Zone != "" {
		where = "zone " + e.Zone + ": "
	}
	return fmt.Sprintf("dns: %s%v, tried for %v; try again later, or share one dns.Limit among all zones of the account: %v", where, ErrBusy, e.For.Round(time.Second), e.Err)
}

// Is reports a match with [ErrBusy].
func (e *BusyError) Is(target error) bool { return target == ErrBusy }

// Unwrap returns the last answer.
func (e *BusyError) Unwrap() error { return e.Err }

// ClockSkewError says that the local clock is so far from Route 53's that times
// in notes cannot be trusted. It matches [ErrClockSkew].
type ClockSkewError struct {
	Skew time.Duration // Route 53's time less the local one
	Max  time.Duration
}

// Error implements error.
func (e *ClockSkewError) Error() string {
	way := "behind"
	if e.Skew < 0 {
		way = "ahead of"
	}
	return fmt.Sprintf("dns: %v: it is %v %s Route 53's, more than %v; set it (is NTP running?)", ErrClockSkew, e.Skew.Abs().Round(time.Second), way, e.Max)
}

// Is reports a match with [ErrClockSkew].
func (e *ClockSkewError) Is(target error) bool { return target == ErrClockSkew }

// NoteError says that a text is not a note.
type NoteError struct {
	Text   string
	Reason string
	Err    error // [ErrVersion], or nil
}

// Error implements error.
func (e *NoteError) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("dns: note %q: %s; use a newer release", e.Text, e.Reason)
	}
	return fmt.Sprintf("dns: %q is not a note: %s", e.Text, e.Reason)
}

// Unwrap returns Err.
func (e *NoteError) Unwrap() error { return e.Err }

// NoZoneError says that no hosted zone has a name. It matches [ErrNoZone].
type NoZoneError struct {
	Name string

	// Parent is the nearest domain above Name that has a hosted zone of its own,
	// or "". Records of Name may live there.
	Parent string
}

// Error implements error.
func (e *NoZoneError) Error() string {
	way := "; create it, or use another account's credentials"
	if e.Parent != "" {
		way = fmt.Sprintf("; the nearest parent with one is %q", e.Parent)
	}
	return fmt.Sprintf("dns: %v is named %q%s", ErrNoZone, e.Name, way)
}

// Is reports a match with [ErrNoZone].
func (e *NoZoneError) Is(target error) bool { return target == ErrNoZone }

// Candidate is one of several hosted zones of a name.
type Candidate struct {
	ID      string
	Private bool
}

// AmbiguousZoneError says that several hosted zones have a name, such as a public
// zone and its private twin. It matches [ErrAmbiguousZone]. The way out is to pass
// the right id to [Open].
type AmbiguousZoneError struct {
	Name  string
	Zones []Candidate
}

// Error implements error.
func (e *AmbiguousZoneError) Error() string {
	zones := make([]string, len(e.Zones))
	for i, zone := range e.Zones {
		kind := "public"
		if zone.Private {
			kind = "private"
		}
		zones[i] = fmt.Sprintf("%s (%s)", zone.ID, kind)
	}
	return fmt.Sprintf("dns: %v are named %q: %s; say which by its id", ErrAmbiguousZone, e.Name, strings.Join(zones, ", "))
}

// Is reports a match with [ErrAmbiguousZone].
func (e *AmbiguousZoneError) Is(target error) bool { return target == ErrAmbiguousZone }

// UnsupportedRecordError says that a record cannot be replaced or deleted by this
// package, because it is not a simple record with one value or alias target. It matches
// [ErrUnsupported]. Such records can be read.
type UnsupportedRecordError struct {
	Record Record
	Reason string
}

// Error implements error.
func (e *UnsupportedRecordError) Error() string {
	return fmt.Sprintf("dns: %s is not changed, for %s: %v; remove it by the means that made it", e.Record.label(), e.Reason, ErrUnsupported)
}

// Is reports a match with [ErrUnsupported].
func (e *UnsupportedRecordError) Is(target error) bool { return target == ErrUnsupported }

// RefusedError says that Route 53 refuses a batch although no record that it
// changes has moved, so the batch itself is at fault: a CNAME beside another
// record of its name, for example.
type RefusedError struct {
	Zone     string
	Messages []string // every reason that Route 53 gave
	Err      error
}

// Error implements error.
func (e *RefusedError) Error() string {
	return fmt.Sprintf("dns: zone %s refuses the batch: %s", e.Zone, strings.Join(e.Messages, "; "))
}

// Unwrap returns what the SDK returned.
func (e *RefusedError) Unwrap() error { return e.Err }
