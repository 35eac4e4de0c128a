package provision

import (
	"errors"
	"fmt"
	"strings"
)

// The questions that callers ask of an error with errors.Is.
var (
	// ErrForeign says that a resource of that name exists and is not ours. See ForeignError.
	ErrForeign = errors.New("exists and is not ours")
	// ErrDeleting says that a resource is on its way out and not gone yet.
	ErrDeleting = errors.New("is being deleted")
	// ErrBusy says that something else needs a resource, so that it cannot be deleted yet. See BusyError.
	ErrBusy = errors.New("is needed by something else")
	// ErrNoDriver says that no driver was given for a kind.
	ErrNoDriver = errors.New("no driver for this kind")
	// ErrGone says that a resource does not exist any more.
	ErrGone = errors.New("is gone")
	// ErrMissing says that something which a blueprint refers to does not exist, or cannot be used. See MissingError.
	ErrMissing = errors.New("does not exist")
	// ErrNoPlace says that an engine was not told how to learn which account and region it acts in.
	ErrNoPlace = errors.New("the engine does not know its place: set Options.Place")
)

// ForeignError says that a resource which a Create met is not the caller's own. It is an ErrForeign.
type ForeignError struct {
	Kind Kind
	ID   string            // of the resource that is there
	Node string            // the node that the resource was to be made for
	Tags map[string]string // the tags of the resource, as read
}

// Error names the resource, whose it is if that is known, and the way out.
func (e *ForeignError) Error() string {
	whose := "it has no tags of ours"
	if o, node, _, ok := ParseTags(e.Tags); ok {
		whose = fmt.Sprintf("it belongs to node %q of %s", node, o)
	}
	return fmt.Sprintf("node %q: %s %s exists and is not ours: %s; it was not touched (delete or rename it, or give the node another name)",
		e.Node, e.Kind, e.ID, whose)
}

// Is makes errors.Is(err, ErrForeign) true.
func (e *ForeignError) Is(target error) bool { return target == ErrForeign }

// BusyError says why a resource cannot be deleted yet. It is an ErrBusy.
type BusyError struct {
	Kind    Kind
	ID      string
	Blocker string // what needs it, as precisely as the service tells: "network interface eni-0abc (web)"; may be empty
	Err     error  // the service's error
}

// Error names the resource and its blocker.
func (e *BusyError) Error() string {
	text := fmt.Sprintf("%s %s is needed by %s", e.Kind, e.ID, blocker(e.Blocker))
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// blocker returns the name of a blocker, or words for one that the service did not name.
func blocker(name string) string {
	if name == "" {
		return "something that the service does not name"
	}
	return name
}

// Is makes errors.Is(err, ErrBusy) true.
func (e *BusyError) Is(target error) bool { return target == ErrBusy }

// Unwrap returns the service's error.
func (e *BusyError) Unwrap() error { return e.Err }

// MissingError says that something which a node refers to does not exist, or cannot be used. It is an ErrMissing.
type MissingError struct {
	Field string // of the spec that refers to it, such as "Image"
	What  string // "image ami-0abc"
	Why   string // why it cannot be used although it is there, or a way out; may be empty
	Err   error  // the service's error, if that is how it is known; else nil
}

// Error names the field, what is missing, and why.
func (e *MissingError) Error() string {
	text := e.What + " does not exist"
	if e.Field != "" {
		text = e.Field + ": " + text
	}
	if e.Why != "" {
		text = strings.TrimSuffix(text, " does not exist") + ": " + e.Why
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Is makes errors.Is(err, ErrMissing) true.
func (e *MissingError) Is(target error) bool { return target == ErrMissing }

// Unwrap returns the service's error.
func (e *MissingError) Unwrap() error { return e.Err }

// BlueprintError is one mistake in a blueprint. Blueprint.Validate returns all of them, joined.
type BlueprintError struct {
	Node  string // empty if the mistake is in no node: in the entrance, or a cycle of several
	Field string // the path of the field within the spec, such as "Ingress[0].CIDRs[1]"; empty if the whole node is meant
	Err   error
}

// Error says where the mistake is, and what.
func (e *BlueprintError) Error() string {
	var where []string
	if e.Node != "" {
		where = append(where, fmt.Sprintf("node %q", e.Node))
	}
	if e.Field != "" {
		where = append(where, e.Field)
	}
	return strings.Join(append(where, e.Err.Error()), ": ")
}

// Unwrap returns the mistake without its place.
func (e *BlueprintError) Unwrap() error { return e.Err }

// NodeError says at which node and in which phase something failed.
type NodeError struct {
	Node  string
	Kind  Kind
	Phase Phase // what was going on: Checking, Starting, Created (awaiting readiness) or Deleting
	Err   error
}

// Error names the node and what was being done to it.
func (e *NodeError) Error() string {
	doing := "create"
	switch e.Phase {
	case Checking:
		doing = "check"
	case Created:
		doing = "wait until it is ready"
	case Deleting:
		doing = "delete"
	}
	return fmt.Sprintf("node %q (%s): %s: %v", e.Node, e.Kind, doing, e.Err)
}

// Unwrap returns the cause.
func (e *NodeError) Unwrap() error { return e.Err }

// ApplyError says how far Engine.Apply came. It unwraps to every cause, and to the context's error if that is why it stopped.
type ApplyError struct {
	Made       []State      // what exists now, ready or not, in blueprint order
	Failed     []*NodeError // in the order in which they failed
	NotStarted []string     // names of nodes for which no call was made, in blueprint order
	Err        error        // why nothing new was started if not for a failed node: the context's error; else nil
}

// Error lists the failures and counts the rest.
func (e *ApplyError) Error() string {
	var causes []string
	if e.Err != nil {
		causes = append(causes, e.Err.Error())
	}
	for _, f := range e.Failed {
		causes = append(causes, f.Error())
	}
	text := fmt.Sprintf("provision: %d made, %d failed, %d never started: %s",
		len(e.Made), len(e.Failed), len(e.NotStarted), strings.Join(causes, "; "))
	return text
}

// Unwrap returns every cause.
func (e *ApplyError) Unwrap() []error {
	causes := make([]error, 0, len(e.Failed)+1)
	if e.Err != nil {
		causes = append(causes, e.Err)
	}
	for _, f := range e.Failed {
		causes = append(causes, f)
	}
	return causes
}

// DestroyError says what Engine.Destroy left behind. It unwraps to every cause.
type DestroyError struct {
	Left     []State           // what is not confirmed gone
	Blockers map[string]string // by State.ID: what each of those that are busy is needed by
	Causes   []error           // why it gave up: the context's error, a failed Find, *NodeError of each Delete that failed
}

// Error names what is left, and what each of it is waiting for.
func (e *DestroyError) Error() string {
	var b strings.Builder
	if b.WriteString("provision: the teardown is not finished"); len(e.Left) > 0 {
		fmt.Fprintf(&b, "; %d resources are left", len(e.Left))
	}
	for i, s := range e.Left {
		if i == 20 {
			fmt.Fprintf(&b, "; and %d more", len(e.Left)-i)
			break
		}
		fmt.Fprintf(&b, "; %s %s (node %q)", s.Kind, s.ID, s.Node)
		if by, ok := e.Blockers[s.ID]; ok {
			fmt.Fprintf(&b, " is needed by %s", blocker(by))
		}
	}
	for _, err := range e.Causes {
		fmt.Fprintf(&b, ": %v", err)
	}
	return b.String()
}

// Unwrap returns every cause.
func (e *DestroyError) Unwrap() []error { return e.Causes }
