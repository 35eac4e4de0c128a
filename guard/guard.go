package guard

import (
	"fmt"
	"slices"
	"time"
)

// The names under which the guard itself refuses, beside its policies.
const (
	frameName  = "operation" // the operation makes no sense
	waiverName = "waiver"    // a waiver makes no sense
)

// A Guard runs policies. The zero Guard and the nil *Guard run [Defaults]. A
// Guard is immutable and safe for concurrent use.
type Guard struct {
	policies []Policy
}

// New returns a guard that runs the given policies, in this order. With none it
// runs [Defaults]. A nil policy is kept, and refuses everything.
func New(policies ...Policy) *Guard {
	return &Guard{policies: slices.Clone(policies)}
}

// Defaults returns the policies that a guard runs unless told otherwise: a new
// slice each time, to be appended to.
func Defaults() []Policy {
	return []Policy{
		ProtectAliases("production", "staging"),
		NothingPointsAt(),
		Drained(5 * time.Minute),
		KeepsRollback(1),
		KeepsData(),
		ExpectedCommit(),
		NotPinned(),
		NoDeployInProgress(),
	}
}

// Policies returns the policies that g runs, in order. The slice is the caller's.
func (g *Guard) Policies() []Policy {
	if g == nil || len(g.policies) == 0 {
		return Defaults()
	}
	return slices.Clone(g.policies)
}

// Check asks every policy, whatever the others say, and returns nil if all allow
// op or are waived. Otherwise it returns a [*Refusal] with all reasons: first
// what is wrong with the operation itself, then the policies in their order,
// then the waivers that are not valid.
func (g *Guard) Check(op Operation, waivers ...Waiver) error {
	refused, _ := g.judge(op, waivers)
	if len(refused) == 0 {
		return nil
	}
	return &Refusal{Operation: op.clone(), Decisions: refused}
}

// Waived returns the refusals that the waivers set aside, in the order of the
// policies: what has to be recorded beside an operation that [Guard.Check] let
// through with the same waivers. A waiver that was not needed is not in it.
func (g *Guard) Waived(op Operation, waivers ...Waiver) []SetAside {
	_, aside := g.judge(op, waivers)
	return aside
}

// judge hears every policy and sorts the refusals into those that stand and
// those that a waiver sets aside.
func (g *Guard) judge(op Operation, waivers []Waiver) (refused []Decision, aside []SetAside) {
	seats := seat(g.Policies())
	valid, flaws := examine(waivers, seats)
	refused = frame(op)
	for _, s := range seats {
		d := s.hear(op)
		if d.Allow {
			continue
		}
		i := slices.IndexFunc(valid, func(w Waiver) bool { return w.Policy == s.name })
		if i < 0 {
			refused = append(refused, d)
			continue
		}
		aside = append(aside, SetAside{Decision: d, Waiver: valid[i]})
	}
	return append(refused, flaws...), aside
}

// frame refuses operations that make no sense to any policy. It is not a policy
// so that no choice of policies leaves it out, and no waiver reaches it.
func frame(op Operation) []Decision {
	var reasons []string
	if !op.Action.known() {
		reasons = append(reasons, fmt.Sprintf("%q is not an action", op.Action))
	}
	if op.Action.needsEnvironment() && op.Environment == "" {
		reasons = append(reasons, fmt.Sprintf("%s needs an environment", op.Action))
	}
	if op.Action.actsOnAlias() && op.Alias == "" {
		reasons = append(reasons, fmt.Sprintf("%s needs an alias", op.Action))
	}
	var refused []Decision
	for _, r := range reasons {
		refused = append(refused, Decision{Policy: frameName, Reason: r})
	}
	return refused
}
