package guard

import (
	"fmt"
	"slices"
	"strings"
)

// ProtectAliases refuses to terminate an environment that one of the named aliases
// holds, to release one of the named aliases, and to promote one of them to nothing.
// Release is judged because it would be the back door: release production, then
// terminate what nobody holds any more. Names are compared as DNS does, without
// regard to case. With no names it protects every alias, so that a list that
// came out empty does not leave production bare.
//
// It cannot be waived. The way past it is to promote another environment, which
// moves the hold.
//
// It needs [FactHolds] to judge terminate. Its facts are asserted by the batch
// that carries the decision out: terminate replaces the environment's own
// record, whose held= list is compared by Route 53, and release replaces the
// alias's. A hold that only a hand edit of the alias shows stands in neither; it is
// looked at again while the environment is draining, as other pointers are.
func ProtectAliases(names ...string) Policy {
	var kept []string
	for _, name := range names {
		if name = strings.TrimSpace(name); name != "" {
			kept = append(kept, name)
		}
	}
	return protectAliases{names: kept}
}

type protectAliases struct{ names []string }

func (protectAliases) Name() string { return "ProtectAliases" }

func (protectAliases) NoWaiver() string {
	return "promote another environment, which moves the alias, and then this one is free"
}

func (p protectAliases) Judge(op Operation) Decision {
	switch op.Action {
	case ActionTerminate:
		reasons := unread(op, FactHolds)
		for _, name := range op.holders() {
			if p.protects(name) {
				reasons = append(reasons, fmt.Sprintf("the protected alias %q holds it; promote another environment to %s first", name, name))
			}
		}
		return decide(p, reasons)
	case ActionRelease:
		var reasons []string
		if p.protects(op.Alias) {
			reasons = append(reasons, fmt.Sprintf("the alias %q is protected and cannot be released; promote another environment instead", op.Alias))
		}
		return decide(p, reasons)
	case ActionPromote, ActionRollback:
		var reasons []string
		if op.Environment == "" && p.protects(op.Alias) {
			reasons = append(reasons, fmt.Sprintf("the protected alias %q has to point at an environment; name one", op.Alias))
		}
		return decide(p, reasons)
	default:
		return unconcerned(p, op)
	}
}

// protects tells whether the alias is protected. An alias without a name could
// be any, so it is.
func (p protectAliases) protects(alias string) bool {
	return alias == "" || len(p.names) == 0 ||
		slices.ContainsFunc(p.names, func(name string) bool { return strings.EqualFold(name, alias) })
}
