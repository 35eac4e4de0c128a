package env

import (
	"context"
	"fmt"

	"github.com/peppercorn-go/peppercorn/dns"
	"github.com/peppercorn-go/peppercorn/guard"
)

// Release removes an alias: its name, its record and its hold on the environment go in one batch. The environment stays. A
// protected alias cannot be released ([guard.ProtectAliases]), and no alias that somebody else has moved in the meantime is.
// An alias that is gone already is [ErrNotFound].
//
// Options: [Expect], [Waive], [DryRun], [Because], [By], [NoWait].
func (m *Manager) Release(ctx context.Context, alias string, opts ...Option) (err error) {
	v, err := m.aliasVerb(ctx, "release", alias, opts)
	if err != nil {
		return err
	}
	defer v.done(&err)
	a, err := v.existing(ctx, alias)
	if err != nil {
		return err
	}
	rec, err := v.judgeAlias(ctx, guard.ActionRelease, a)
	if err != nil || v.opts.dryRun {
		return err
	}
	change, err := m.zone.Update(ctx, func(tx *dns.Tx) error {
		if _, err := m.readAlias(ctx, tx, alias); err != nil {
			return err
		}
		tx.Pin(a.txt)
		tx.Pin(a.cname)
		rec, err := m.readEnv(ctx, tx, a.to)
		if err != nil {
			return err
		}
		tx.Delete(a.txt.Name, dns.TypeTXT)
		tx.Delete(a.cname.Name, dns.TypeCNAME)
		if rec.exists() {
			tx.PutNote(rec.raw.Name, rec.withoutHold(alias, tx.Now()))
		}
		tx.Comment(v.opts.comment(fmt.Sprintf("release %s from %s", alias, a.to)))
		return nil
	}, known(a.txt, a.cname, rec.raw)...)
	if err != nil {
		return err
	}
	v.emit(AliasMoved{Alias: alias, From: a.to, Change: change})
	return v.settle(ctx, change)
}
