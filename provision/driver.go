package provision

import (
	"context"
	"iter"
)

// State is one resource as a driver knows it. Drivers read it from AWS, so it is never stored.
type State struct {
	Node    string           // the node of the blueprint that it was made for, from its tags
	Kind    Kind             // what it is
	ID      string           // what the service calls it: an id, ARN or URL, unique within the kind
	Name    string           // the name that people see, where the service has names
	Outputs map[string]Value // by the names that Spec.Outputs promised; after Create the early ones, after Await all
	Owner   Owner            // whose it is, from its tags
	Keep    bool             // teardown leaves it where it is, from its tags
	// Deleting says that the resource is on its way out: it cannot be used and need not be deleted again, but it is not gone.
	Deleting bool
}

// Driver makes, finds and deletes the resources of one or several kinds. It is the only thing that knows an AWS service.
//
// The contract below is checked by provisiontest.TestDriver; a driver that passes it can be given to NewEngine. All methods are safe
// for concurrent use, obey their context in every wait, and return errors that unwrap to those of the SDK; but when a context ends before
// a method can be certain, its error is the context's and never says that something is gone. Every method may be called again after a
// crash, in another process, at any time.
type Driver interface {
	// Kinds lists what the driver makes. It is called once.
	Kinds() []Kind

	// Create begins to make the resource that c asks for and returns as soon as the service has accepted it, with ID and all early
	// outputs in the State.
	//
	// It is idempotent by a name (Call.Name) or a token (Call.Token): however often it is called, also at the same time, also after a
	// reply was lost, there is one resource, and each call returns its ID. The request is a pure function of c. The tags of c.Tags are given in
	// the call that makes the resource, never afterwards: a crash in between would leave something that nobody can find.
	//
	// What is there already is adopted only if its tags, read back, say that it is ours (Call.CheckOwner); otherwise the error is
	// an ErrForeign and the resource is not touched. A resource of ours that is on its way out is an ErrDeleting: it can be neither
	// adopted nor made.
	Create(ctx context.Context, c Call) (State, error)

	// Await returns once the resource can be used, with every output in the State. s is what Create returned. A resource that has failed for good is
	// an error at once, and one that vanished is an ErrGone.
	Await(ctx context.Context, s State) (State, error)

	// Find lists what o owns, by Owner.Matches, from the service's own Describe calls and all of their pages. What is already gone, such
	// as a terminated instance that is still shown, is not listed; what is on its way out is, with Deleting set. The sequence
	// ends after the first error; it can be ranged over again and then asks afresh.
	Find(ctx context.Context, o Owner) iter.Seq2[State, error]

	// Delete takes one step towards the end of a resource: nil says that it is gone, ErrDeleting that the service has accepted and
	// that the call is to be repeated, ErrBusy (a *BusyError that names the blocker) that something else needs it still and
	// that the call is to be repeated then. To delete what is gone is nil.
	//
	// It never deletes what the tags do not prove to be s.Owner's: where the service makes that possible, it reads them first.
	Delete(ctx context.Context, s State) error
}

// Validator is an optional power of a driver: checks of one service that package kinds cannot make. It makes no calls. c.Spec may
// still hold references.
type Validator interface {
	Validate(c Call) error
}

// Loser is an optional power of a driver whose resources hold data.
type Loser interface {
	// Loses returns the data that deleting s would lose; none if there is nothing to lose, and none if s is gone.
	Loses(ctx context.Context, s State) ([]Loss, error)
}

// Loss is data that a deletion would lose.
type Loss struct {
	Node string
	Kind Kind
	ID   string
	What string // for people: "12 messages"
}

// Place is where a set of drivers acts. An environment lives in exactly one.
type Place struct {
	Account string // the account's id of twelve digits
	Region  string
}

// String returns account and region, "123456789012/eu-central-1".
func (p Place) String() string { return p.Account + "/" + p.Region }
