package provision

import (
	"context"
	"errors"
	"fmt"
	"iter"
)

// Existing is a Spec of something that exists already and is looked up instead of made: a network, an image, a certificate. Its
// outputs are like any other node's, but it is never owned, changed or deleted, has no tags of ours, and is counted nowhere.
//
// All look-ups are made before the first resource is, so the fields of an Existing may refer to inputs, to commit, app, env and base, and to other
// look-ups, but not to what the blueprint makes. The driver of its kind is a Looker.
type Existing interface {
	Spec
	// Existing does nothing. It tells look-ups from what is made.
	Existing()
}

// Looker is an optional power of a driver, and the one that a kind which is Existing needs.
type Looker interface {
	// Looks lists the kinds that the driver looks up, as Driver.Kinds lists those that it makes. It is called once.
	Looks() []Kind

	// Look finds what c.Spec describes and returns its ID and all Outputs. It changes nothing.
	//
	// A spec may leave a choice, such as the newest image of a name. What was chosen is in the pin that Look returns, and it finds the very
	// same when it is given that pin again, whatever the spec would choose by then. An empty pin asks for a new choice, and is returned
	// where the spec leaves none. A pin consists of letters, digits and any of "-_.:/,", 512 at most. It becomes a part of the blueprint's
	// digest and is kept in the environment's record in DNS, so it is no place for anything confidential: by custom it is
	// an id without the account's number.
	//
	// What does not exist, or cannot be used (an image that has failed, a certificate that has expired), is an error that is
	// ErrMissing. So is what a pin names once it is gone.
	Look(ctx context.Context, c Call, pin string) (s State, newPin string, err error)
}

// longestPin is how long a pin may be. All pins of an environment share a TXT record of at most 4,000 characters with its state.
const longestPin = 512

// checkPin returns what is wrong with a pin, if anything.
func checkPin(pin string) error {
	if len(pin) > longestPin {
		return fmt.Errorf("the pin %q has %d characters; at most %d are allowed", cutText(pin, 40), len(pin), longestPin)
	}
	for _, c := range pin {
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
		if !letter && c != '-' && c != '_' && c != '.' && c != ':' && c != '/' && c != ',' {
			return fmt.Errorf("the pin %q has %q in it; letters, digits and any of -_.:/, are allowed", cutText(pin, 40), c)
		}
	}
	return nil
}

// isExisting reports whether a node is looked up instead of made.
func isExisting(n *Node) bool {
	_, ok := n.Spec.(Existing)
	return ok
}

// NothingMade makes a Driver of a Looker that does nothing but look up. It is to be embedded.
type NothingMade struct{}

var errNothingMade = errors.New("this driver looks up and makes nothing")

// Kinds returns none.
func (NothingMade) Kinds() []Kind { return nil }

// Create refuses.
func (NothingMade) Create(context.Context, Call) (State, error) { return State{}, errNothingMade }

// Await refuses.
func (NothingMade) Await(context.Context, State) (State, error) { return State{}, errNothingMade }

// Find finds nothing, since nothing is ever owned.
func (NothingMade) Find(context.Context, Owner) iter.Seq2[State, error] {
	return func(func(State, error) bool) {}
}

// Delete refuses.
func (NothingMade) Delete(context.Context, State) error { return errNothingMade }
