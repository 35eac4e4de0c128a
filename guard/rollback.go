package guard

import (
	"fmt"
	"slices"
)

// KeepsRollback refuses to terminate one of the newest n environments that a
// rollback of any alias could go back to. Without it, a nightly cull would
// take yesterday's version while today's is still on trial.
//
// The targets of an alias are what it pointed at before, newest first, each
// counted once, without what it points at now: after promotions back and forth
// the newest entries are not n different environments. Only the same attempt
// counts: what was terminated and deployed again was never live. Zero keeps
// none; a negative n refuses.
//
// It needs [FactHistory], which is advisory: as of gathering. The history is in the
// records of the aliases, which terminate does not replace. An alias that moves
// away from the environment in the meantime does change the record that
// terminate replaces.
func KeepsRollback(n int) Policy { return keepsRollback{n: n} }

type keepsRollback struct{ n int }

func (keepsRollback) Name() string { return "KeepsRollback" }

func (p keepsRollback) Judge(op Operation) Decision {
	if op.Action != ActionTerminate {
		return unconcerned(p, op)
	}
	reasons := unread(op, FactHistory)
	if op.Attempt == "" {
		reasons = append(reasons, "the attempt is not known, so it could be any that a rollback needs")
	}
	if p.n < 0 {
		reasons = append(reasons, fmt.Sprintf("a number of %d makes no sense; use zero or more", p.n))
	}
	for _, alias := range op.Aliases {
		for _, target := range targets(alias, p.n) {
			if target.Environment == op.Environment && target.Attempt == op.Attempt {
				reasons = append(reasons, fmt.Sprintf("a rollback of %q would need it (it was live until %s); promote another environment to %s first, or waive %s",
					alias.Name, stamp(target.Until), alias.Name, p.Name()))
			}
		}
	}
	return decide(p, reasons)
}

// targets returns the newest n environments that a rollback of the alias could
// go to, each once.
func targets(a Alias, n int) []Previous {
	var list []Previous
	for _, p := range a.Previous {
		if len(list) >= n {
			break
		}
		seen := slices.ContainsFunc(list, func(q Previous) bool {
			return q.Environment == p.Environment && q.Attempt == p.Attempt
		})
		if p.Environment != a.Environment && !seen {
			list = append(list, p)
		}
	}
	return list
}
