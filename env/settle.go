package env

import (
	"context"
	"fmt"
	"slices"

	"github.com/peppercorn-go/peppercorn/dns"
	"github.com/peppercorn-go/peppercorn/guard"
)

// Restore settles drift in favour of the record: the name that users call is put back to the environment that the alias's
// record says, whatever a hand had made of it; except that a routing set, or a record of several values, is not written over but has
// to be removed by hand first. Without drift it only makes sure that the record is on every server.
//
// Options: [Expect], [Waive], [DryRun], [Because], [By], [NoWait].
func (m *Manager) Restore(ctx context.Context, alias string, opts ...Option) (err error) {
	ctx, v, err := m.aliasVerb(ctx, "restore", alias, opts)
	if err != nil {
		return err
	}
	defer v.done(&err)
	a, err := v.ours(ctx, alias)
	if err != nil {
		return err
	}
	rec, err := v.judgeAlias(ctx, guard.ActionRestore, a)
	if err != nil {
		return err
	}
	if err := m.eligible(rec, a.commit); err != nil {
		return fmt.Errorf("what the record says cannot be restored: %w", err)
	}
	if rec.attempt != a.attempt {
		return fmt.Errorf("what the record says cannot be restored: %w: %s was deployed anew since", ErrNotFound, a.to)
	}
	// Resolvers remember where the hand had pointed the name, so from now on that environment has to drain.
	strayed, err := v.namedBy(ctx, a)
	if err != nil {
		return err
	}
	return v.settleDrift(ctx, a, rec, strayed, false)
}

// Adopt settles drift in favour of the name: the alias's record follows the name to the environment that a hand had pointed it
// at, which from then on is held. It has to be one of ours and ready; a stranger's host cannot be adopted, only restored.
//
// Options: [Expect], [Waive], [DryRun], [Because], [By], [NoWait].
func (m *Manager) Adopt(ctx context.Context, alias string, opts ...Option) (err error) {
	ctx, v, err := m.aliasVerb(ctx, "adopt", alias, opts)
	if err != nil {
		return err
	}
	defer v.done(&err)
	a, err := v.ours(ctx, alias)
	if err != nil {
		return err
	}
	rec, err := v.follow(ctx, a)
	if err != nil {
		return err
	}
	if err := m.eligible(rec, ""); err != nil {
		return fmt.Errorf("what the name points at cannot be adopted: %w", err)
	}
	if err := v.check(ctx, guard.ActionAdopt, a, rec); err != nil {
		return err
	}
	return v.settleDrift(ctx, a, rec, nil, true)
}

// ours reads an alias that has a record of ours, drift or not.
func (v *verb) ours(ctx context.Context, alias string) (aliasRecord, error) {
	a, err := v.m.lookAlias(ctx, alias)
	switch {
	case err != nil:
		return a, err
	case !a.exists() && a.name.Exists():
		return a, v.m.settled(a)
	case !a.exists():
		return a, fmt.Errorf("alias %s: %w", alias, ErrNotFound)
	}
	return a, nil
}

// namedBy finds the environments that the alias's name points at: by their own names, or by their entrances' hosts. A host that
// several have as their entrance counts for all of them.
func (v *verb) namedBy(ctx context.Context, a aliasRecord) (found []envRecord, err error) {
	m := v.m
	var c *census
	for _, host := range a.name.Targets() {
		if id, ok := below(host, m.base); ok && idPattern.MatchString(id) {
			rec, err := m.readEnv(ctx, m.zone, id)
			if err != nil {
				return nil, err
			}
			found = append(found, rec)
			continue
		}
		if c == nil {
			if c, err = m.census(ctx); err != nil {
				return nil, err
			}
		}
		for _, rec := range c.envs {
			if rec.host != "" && bareHost(rec.host) == bareHost(host) {
				found = append(found, rec)
			}
		}
	}
	return found, nil
}

// follow finds the one environment that the alias's name points at.
func (v *verb) follow(ctx context.Context, a aliasRecord) (envRecord, error) {
	name := v.m.nameOf(a)
	if v.m.drift(a) == nil {
		return v.m.readEnv(ctx, v.m.zone, a.to)
	}
	if !a.name.Exists() {
		return envRecord{}, fmt.Errorf("%w: the name %s is gone, there is nothing to adopt: use Restore", ErrNotFound, name)
	}
	found, err := v.namedBy(ctx, a)
	switch {
	case err != nil:
		return envRecord{}, err
	case a.name.SetID() != "":
		return envRecord{}, fmt.Errorf("%w: %s points at %s, which is no one environment: remove that set by hand, then use Restore", ErrForeign, name, points(a.name))
	case len(found) == 0:
		return envRecord{}, fmt.Errorf("%w: %s points at %s, which is no environment of %s: use Restore", ErrForeign, name, points(a.name), v.m.base)
	case len(found) > 1:
		return envRecord{}, fmt.Errorf("%w: %s points at %s, which is the entrance of several environments, or of each record another: point it at the name of one, or use Restore",
			ErrForeign, name, points(a.name))
	}
	return found[0], nil
}

// settleDrift makes record and name of an alias agree on the environment. What was read is pinned: if the record moves in the
// meantime, or a name that is written over, that is a conflict. To follow the name (adopt) moves the hold; to restore it makes the
// environments that it strayed to drain from now on.
func (v *verb) settleDrift(ctx context.Context, a aliasRecord, target envRecord, strayed []envRecord, adopt bool) error {
	m := v.m
	if err := m.callable(a, target); err != nil {
		return err
	}
	drift := m.drift(a)
	if drift != nil {
		if err := m.reachable(ctx, target); err != nil {
			return err
		}
	}
	if v.opts.dryRun {
		return nil
	}
	if drift == nil {
		change, err := m.zone.Restamp(ctx, a.txt.Name)
		if err != nil {
			return err
		}
		return v.settle(ctx, change)
	}
	change, err := m.zone.Update(ctx, func(tx *dns.Tx) error {
		if _, err := m.readAlias(ctx, tx, a.alias); err != nil {
			return err
		}
		tx.Pin(a.txt)
		tx.PinAddress(a.name)
		now, err := m.readEnv(ctx, tx, target.id)
		if err != nil {
			return err
		}
		if err := m.same(now, target); err != nil {
			return err
		}
		tx.Comment(v.opts.comment(fmt.Sprintf("%s %s to %s", v.op, a.alias, target.id)))
		if adopt {
			return v.adopt(ctx, tx, a, now)
		}
		m.point(tx, a, now, a.at, a.note.Value(keyPinned), a.previous)
		return v.leave(ctx, tx, a, now, strayed)
	}, known(a.name, a.txt)...)
	if err != nil {
		return err
	}
	v.emit(AliasMoved{Alias: a.alias, From: a.to, To: target.id, Pinned: a.pinned && !adopt, Change: change})
	if err := v.settle(ctx, change); err != nil {
		return err
	}
	// The batch of an adoption does not change the name, so a hand may have moved it once more.
	again, err := m.lookAlias(ctx, a.alias)
	if err != nil {
		return err
	}
	return m.settled(again)
}

// adopt stages that the record follows the name to now.
func (v *verb) adopt(ctx context.Context, tx *dns.Tx, a aliasRecord, now envRecord) error {
	m := v.m
	previous := pushPrevious(a.previous, Previous{Environment: a.to, Attempt: a.attempt, Until: tx.Now()},
		Previous{Environment: now.id, Attempt: now.attempt})
	m.point(tx, a, now, tx.Now(), "", previous)
	if a.to == now.id {
		return nil
	}
	old, err := m.readEnv(ctx, tx, a.to)
	if err != nil {
		return err
	}
	if old.exists() && slices.Contains(old.held, a.alias) {
		tx.PutNote(old.raw.Name, old.withoutHold(a, tx.Now()))
	}
	return nil
}

// leave stages that the environments which a hand had pointed the name at drain from now on.
func (v *verb) leave(ctx context.Context, tx *dns.Tx, a aliasRecord, now envRecord, strayed []envRecord) error {
	for _, s := range strayed {
		if !s.exists() || s.id == now.id {
			continue
		}
		left, err := v.m.readEnv(ctx, tx, s.id)
		if err != nil {
			return err
		}
		if left.exists() && left.attempt == s.attempt && (left.state == StateReady || left.state == StateDraining) {
			tx.PutNote(left.raw.Name, left.note.With(keyUnheld, left.leftBy(a, tx.Now())))
		}
	}
	return nil
}
