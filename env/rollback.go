package env

import (
	"context"
	"fmt"
	"strings"

	"github.com/peppercorn-go/peppercorn/guard"
)

// Rollback points an alias back at the environment that it pointed at before, and pins it there, so that automation does not
// undo what a person has just done: promotions are refused until [Manager.Unpin]. Environments that were terminated, or deployed
// anew, since they were live are passed over, and [Promotion].Skipped says so.
//
// An alias that is pinned has been rolled back already; then Rollback changes nothing. So a run that was killed can be repeated,
// and of two people who roll back at the same time the second does not bring back what the first took away. To go back further,
// unpin and roll back again, or promote an environment by its id. What was rolled back from is no longer behind the alias: it is
// not what a further rollback goes to, nor is it kept for one.
//
// Options: [Probe], [Expect], [Waive], [Before], [After], [DryRun], [Because], [By], [NoWait].
func (m *Manager) Rollback(ctx context.Context, alias string, opts ...Option) (_ Promotion, err error) {
	o, err := m.optionsFor("rollback", opts, "Probe", "Expect", "Waive", "Before", "After", "DryRun", "Because", "By", "NoWait")
	if err == nil {
		err = checkAlias(alias)
	}
	if err != nil {
		return Promotion{}, wrap("rollback", alias, err)
	}
	v := &verb{m: m, op: "rollback", subject: alias, opts: o}
	ctx = v.begin(ctx)
	defer v.done(&err)

	a, err := v.existing(ctx, alias)
	if err != nil {
		return Promotion{}, err
	}
	if a.pinned {
		return v.rolledBack(ctx, a)
	}
	mv := &move{action: guard.ActionRollback, alias: a}
	for _, p := range a.previous {
		rec, err := m.readEnv(ctx, m.zone, p.Environment)
		if err != nil {
			return Promotion{}, err
		}
		switch {
		case !rec.exists():
			mv.skipped = append(mv.skipped, p.Environment+" was terminated")
		case rec.attempt != p.Attempt:
			mv.skipped = append(mv.skipped, p.Environment+" was deployed anew since it was live")
		case rec.state != StateReady:
			mv.skipped = append(mv.skipped, fmt.Sprintf("%s is %s", p.Environment, rec.state))
		default:
			mv.target = rec
			return v.move(ctx, mv)
		}
	}
	if mv.skipped == nil {
		return Promotion{}, fmt.Errorf("%w: %s pointed at nothing else before %s", ErrNoRollback, alias, a.to)
	}
	return Promotion{}, fmt.Errorf("%w: %s", ErrNoRollback, strings.Join(mv.skipped, ", "))
}

// rolledBack reports a rollback that was made already.
func (v *verb) rolledBack(ctx context.Context, a aliasRecord) (Promotion, error) {
	rec, err := v.m.readEnv(ctx, v.m.zone, a.to)
	if err != nil {
		return Promotion{}, err
	}
	op := v.m.operation(guard.ActionRollback, rec, a, v.opts)
	if err := v.expected(op); err != nil {
		return Promotion{}, err
	}
	here := v.m.environment(rec)
	p := Promotion{Alias: a.alias, Name: v.m.nameOf(a), From: here, To: here, Pinned: true}
	if err := v.report(ctx, &p); err != nil {
		return p, err
	}
	return p, v.alreadyThere(ctx, a)
}

// existing reads an alias that has to be there, to be ours, and to be free of drift.
func (v *verb) existing(ctx context.Context, alias string) (aliasRecord, error) {
	a, err := v.m.lookAlias(ctx, alias)
	if err != nil {
		return a, err
	}
	if err := v.m.settled(a); err != nil {
		return a, err
	}
	if !a.exists() {
		return a, fmt.Errorf("alias %s: %w", alias, ErrNotFound)
	}
	return a, nil
}
