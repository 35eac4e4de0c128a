package env

import (
	"context"
	"errors"
	"slices"

	"github.com/peppercorn-go/peppercorn/gitmeta"
	"github.com/peppercorn-go/peppercorn/guard"
)

// consult asks the guard. What the caller expects holds whatever policies the guard has: who says Expect means it.
func (v *verb) consult(op guard.Operation) ([]guard.SetAside, error) {
	err := v.m.guard.Check(op, v.opts.waivers...)
	expected := v.expected(op)
	var refusal, unexpected *guard.Refusal
	switch {
	case expected == nil:
	case err == nil:
		err = expected
	case errors.As(err, &refusal) && errors.As(expected, &unexpected):
		for _, d := range unexpected.Decisions {
			if !slices.Contains(refusal.Decisions, d) {
				refusal.Decisions = append(refusal.Decisions, d)
			}
		}
	}
	if err != nil {
		return nil, err
	}
	return v.m.guard.Waived(op, v.opts.waivers...), nil
}

// expected is nil unless the caller expects another commit.
func (v *verb) expected(op guard.Operation) error {
	d := guard.ExpectedCommit().Judge(op)
	if d.Allow {
		return nil
	}
	return &guard.Refusal{Operation: op, Decisions: []guard.Decision{d}}
}

// check asks the guard about a verb that acts on what the alias points at.
func (v *verb) check(ctx context.Context, action guard.Action, a aliasRecord, rec envRecord) error {
	op := v.m.operation(action, rec, a, v.opts)
	if err := v.m.commits(ctx, &op.Commit, &op.FromCommit); err != nil {
		return err
	}
	_, err := v.consult(op)
	return err
}

// operation gathers the facts for a verb that moves or marks an alias. Whether other aliases hold the environment would take a
// listing, and nothing about moving an alias turns on it, so that fact is left unknown.
func (m *Manager) operation(action guard.Action, rec envRecord, a aliasRecord, o options) guard.Operation {
	return guard.Operation{
		Action: action, Environment: rec.id, Attempt: rec.attempt, State: string(rec.state), Commit: gitmeta.Commit{Hash: rec.commit},
		Alias: a.alias, From: a.to, FromCommit: gitmeta.Commit{Hash: a.commit},
		Known:   guard.FactHistory | guard.FactTimes,
		Aliases: m.aliasFacts(a), Created: rec.created, Unheld: rec.unheld, Lease: rec.lease, Now: m.zone.Now(), CacheTTL: cacheTTL,
		Expected: o.expect,
	}
}

func (m *Manager) aliasFacts(as ...aliasRecord) []guard.Alias {
	var out []guard.Alias
	for _, a := range as {
		if !a.exists() {
			continue
		}
		fact := guard.Alias{Name: a.alias, Environment: a.to, Attempt: a.attempt, Since: a.at, Pinned: a.pinned}
		for _, p := range a.previous {
			fact.Previous = append(fact.Previous, guard.Previous(p))
		}
		out = append(out, fact)
	}
	return out
}
