package env

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/peppercorn-go/peppercorn/dns"
	"github.com/peppercorn-go/peppercorn/guard"
)

// Release removes an alias: its name, its record and its hold on the environment go in one batch. The environment stays. A
// protected alias cannot be released ([guard.ProtectAliases]), and no alias that somebody else has moved in the meantime is.
// An alias that is gone already is [ErrNotFound], unless a hand deleted it and an environment still says that it is held by it:
// then that hold is released.
//
// Options: [Expect], [Waive], [DryRun], [Because], [By], [NoWait].
func (m *Manager) Release(ctx context.Context, alias string, opts ...Option) (err error) {
	ctx, v, err := m.aliasVerb(ctx, "release", alias, opts)
	if err != nil {
		return err
	}
	defer v.done(&err)
	a, err := v.existing(ctx, alias)
	if errors.Is(err, ErrNotFound) {
		return v.releaseHolds(ctx, alias, err)
	}
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
		tx.PinAddress(a.name)
		rec, err := m.readEnv(ctx, tx, a.to)
		if err != nil {
			return err
		}
		tx.Delete(a.txt.Name, dns.TypeTXT)
		if !a.nameless() {
			tx.DeleteAddress(a.name.Name)
		}
		if rec.exists() {
			tx.PutNote(rec.raw.Name, rec.withoutHold(a, tx.Now()))
		}
		tx.Comment(v.opts.comment(fmt.Sprintf("release %s from %s", alias, a.to)))
		return nil
	}, known(a.name, a.txt, rec.raw)...)
	if err != nil {
		return err
	}
	v.emit(AliasMoved{Alias: alias, From: a.to, Change: change})
	return v.settle(ctx, change)
}

// releaseHolds takes an alias that no longer exists off the environments whose records name it; absent is the answer when there is none.
func (v *verb) releaseHolds(ctx context.Context, alias string, absent error) error {
	m := v.m
	c, err := m.census(ctx)
	if err != nil {
		return err
	}
	gone := aliasRecord{alias: alias}
	for _, rec := range c.envs {
		if !slices.Contains(rec.held, alias) {
			continue
		}
		gone.to, absent = rec.id, nil
		if err := v.check(ctx, guard.ActionRelease, gone, rec); err != nil || v.opts.dryRun {
			return err
		}
		change, err := m.zone.Update(ctx, func(tx *dns.Tx) error {
			a, err := m.readAlias(ctx, tx, alias)
			if err != nil {
				return err
			}
			// The alias is as absent as it was when this was judged.
			tx.Pin(a.txt)
			if a.exists() {
				return &dns.ConflictError{Zone: m.zone.ID(), Name: a.txt.Name, Type: dns.TypeTXT, Want: dns.Record{Name: a.txt.Name, Type: dns.TypeTXT}, Have: a.txt}
			}
			now, err := m.readEnv(ctx, tx, rec.id)
			if err != nil || !slices.Contains(now.held, alias) {
				return err
			}
			tx.PutNote(now.raw.Name, now.withoutHold(gone, tx.Now()))
			tx.Comment(v.opts.comment(fmt.Sprintf("release what is left of %s from %s", alias, rec.id)))
			return nil
		})
		if err != nil {
			return err
		}
		v.emit(AliasMoved{Alias: alias, From: rec.id, Change: change})
		if err := v.settle(ctx, change); err != nil {
			return err
		}
	}
	return absent
}
