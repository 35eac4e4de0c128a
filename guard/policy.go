package guard

import (
	"fmt"
	"strings"
	"time"
)

// A Decision is what one policy says of one operation. The zero Decision refuses.
type Decision struct {
	Allow  bool
	Policy string // the name of the policy; the guard fills it in
	Reason string // why not, and the way out; empty when allowed
}

// A Policy judges operations. Implement it to add rules of your own.
//
// Name is what a [Waiver] calls the policy by; it is constant and not empty.
// Judge is a pure function of the operation and safe for concurrent use. It
// refuses when a fact that it needs is not in Operation.Known. Several policies
// may have one name; each of them is heard.
type Policy interface {
	Name() string
	Judge(op Operation) Decision
}

// An Absolute is a [Policy] that cannot be waived.
type Absolute interface {
	Policy

	// NoWaiver says what to do instead of waiving the policy, such as
	// "promote another environment first". It is shown to whoever tried.
	NoWaiver() string
}

// decide is the decision of p, given all its reasons against: none allows.
func decide(p Policy, reasons []string) Decision {
	return Decision{Allow: len(reasons) == 0, Policy: p.Name(), Reason: strings.Join(reasons, "; ")}
}

// unconcerned is what p says of an action that it does not judge. Silence is
// consent only for actions that are known not to matter.
func unconcerned(p Policy, op Operation) Decision {
	var reasons []string
	if !op.Action.known() {
		reasons = append(reasons, fmt.Sprintf("%q is not an action that it knows", op.Action))
	}
	return decide(p, reasons)
}

// unread returns the reason to refuse for want of facts, or nothing when op
// carries all that are needed about an environment that it names.
func unread(op Operation, need Fact) []string {
	var reasons []string
	if op.Environment == "" {
		reasons = append(reasons, "the operation does not name an environment")
	}
	if missing := need &^ op.Known; missing != 0 {
		reasons = append(reasons, fmt.Sprintf("could not be read, so the worst is assumed: %s", missing))
	}
	return reasons
}

// stamp is a moment as reasons show it.
func stamp(t time.Time) string {
	if t.IsZero() {
		return "an unknown time"
	}
	return t.UTC().Format(time.RFC3339)
}

// left is the time from now until then as reasons show it: rounded up, so that
// whoever waits that long has waited long enough.
func left(now, then time.Time) time.Duration {
	d := then.Sub(now)
	whole := d.Truncate(time.Second)
	if whole < d {
		whole += time.Second
	}
	return whole
}
