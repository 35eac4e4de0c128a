package guard

import (
	"errors"
	"fmt"
	"strings"
)

// ErrRefused answers "was it refused by a policy?" of any error that [Guard.Check]
// returned. The reasons are in the [*Refusal].
var ErrRefused = errors.New("refused")

// A Refusal is the error of an operation that may not be done.
type Refusal struct {
	Operation Operation
	Decisions []Decision // all that refused, in the order of the policies
}

// Error lists every reason, one a line if there is more than one.
func (r *Refusal) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "guard: %s: %v", r.Operation, ErrRefused)
	switch len(r.Decisions) {
	case 0:
	case 1:
		fmt.Fprintf(&b, ": %s: %s", r.Decisions[0].Policy, r.Decisions[0].Reason)
	default:
		fmt.Fprintf(&b, " for %d reasons:", len(r.Decisions))
		for _, d := range r.Decisions {
			fmt.Fprintf(&b, "\n- %s: %s", d.Policy, d.Reason)
		}
	}
	return b.String()
}

// Unwrap returns [ErrRefused].
func (r *Refusal) Unwrap() error { return ErrRefused }
