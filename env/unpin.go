package env

import (
	"context"

	"github.com/peppercorn-go/peppercorn/dns"
	"github.com/peppercorn-go/peppercorn/guard"
)

// Unpin lets an alias be promoted again after a rollback. An alias that is not pinned is left as it is.
//
// Options: [Waive], [DryRun], [Because], [By], [NoWait].
func (m *Manager) Unpin(ctx context.Context, alias string, opts ...Option) (err error) {
	ctx, v, err := m.aliasVerb(ctx, "unpin", alias, opts)
	if err != nil {
		return err
	}
	defer v.done(&err)
	a, err := v.existing(ctx, alias)
	if err != nil {
		return err
	}
	rec, err := v.judgeAlias(ctx, guard.ActionUnpin, a)
	if err != nil || v.opts.dryRun || !a.pinned {
		return err
	}
	change, err := m.zone.Update(ctx, func(tx *dns.Tx) error {
		if _, err := m.readAlias(ctx, tx, alias); err != nil {
			return err
		}
		tx.Pin(a.txt)
		tx.PutNote(a.txt.Name, a.note.With(keyPinned, ""))
		tx.Comment(v.opts.comment("unpin " + alias))
		return nil
	}, known(a.name, a.txt)...)
	if err != nil {
		return err
	}
	v.emit(AliasMoved{Alias: alias, From: a.to, To: rec.id, Change: change})
	return v.settle(ctx, change)
}

// aliasVerb begins a verb on an alias that takes no more than the common options. The context is that of its span.
func (m *Manager) aliasVerb(ctx context.Context, op, alias string, opts []Option) (context.Context, *verb, error) {
	o, err := m.optionsFor(op, opts, "Waive", "Expect", "DryRun", "Because", "By", "NoWait")
	if err == nil {
		err = checkAlias(alias)
	}
	if err != nil {
		return ctx, nil, wrap(op, alias, err)
	}
	v := &verb{m: m, op: op, subject: alias, opts: o}
	return v.begin(ctx), v, nil
}

// judgeAlias asks the guard about a verb that acts on what the alias points at.
func (v *verb) judgeAlias(ctx context.Context, action guard.Action, a aliasRecord) (envRecord, error) {
	rec, err := v.m.readEnv(ctx, v.m.zone, a.to)
	if err != nil {
		return rec, err
	}
	return rec, v.check(ctx, action, a, rec)
}
