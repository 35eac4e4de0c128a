package env

import (
	"context"
	"errors"
	"fmt"

	"github.com/peppercorn-go/peppercorn/dns"
	"github.com/peppercorn-go/peppercorn/guard"
	"github.com/peppercorn-go/peppercorn/provision"
)

// Termination is what Terminate did, or with [DryRun] would have done.
type Termination struct {
	Environment Environment
	Gone        []provision.State // deleted, and confirmed to be gone; with DryRun what there is to delete
	Kept        []provision.State // nodes that the blueprint marked Keep: they stay
	Waived      []guard.SetAside  // refusals that a waiver set aside
}

// errDone ends a termination whose environment is gone, or was deployed anew, in the meantime: somebody else finished it.
var errDone = errors.New("done by somebody else")

// Terminate deletes an environment, named by its id or by the full hash of its commit, with everything it consists of. It is
// refused ([guard.ErrRefused], with all reasons) whenever it could hurt: see package guard.
//
// It goes in two stages, so that it never races a promotion or a hand that edits DNS. First the environment becomes draining:
// its name goes, and no alias can be pointed at it any more. When every Route 53 server knows that, everything is judged once
// more; a pointer found now makes it ready again, name and all, and is [ErrPointedAt]. Only then does it become terminating,
// from which nothing leads back, and only when every Route 53 server knows that, the first resource is deleted. The record
// goes last, when all are confirmed gone.
//
// It may be killed at any point and run again. It acts on the attempt that it saw first: if the environment is deployed anew in
// the meantime, the new one is left alone. An environment that is gone already is [ErrNotFound].
//
// Options: [Expect], [Waive], [DryRun], [Because], [By], [NoWait] (for the last change only).
func (m *Manager) Terminate(ctx context.Context, environment string, opts ...Option) (_ Termination, err error) {
	o, err := m.optionsFor("terminate", opts, "Expect", "Waive", "DryRun", "Because", "By", "NoWait")
	if err != nil {
		return Termination{}, wrap("terminate", environment, err)
	}
	id, hash, err := parseTarget(environment)
	if err != nil {
		return Termination{}, wrap("terminate", environment, err)
	}
	t := &termination{verb: &verb{m: m, op: "terminate", subject: id, opts: o}, id: id}
	ctx = t.begin(ctx)
	defer t.done(&err)
	err = t.run(ctx, hash)
	if errors.Is(err, errDone) {
		t.notice(err.Error())
		err = nil
	}
	return t.out, err
}

// termination is one call of Terminate.
type termination struct {
	*verb
	id    string
	first envRecord // as first read: its attempt is the one that is terminated
	owner provision.Owner
	out   Termination
}

func (t *termination) run(ctx context.Context, hash string) (err error) {
	m := t.m
	if t.first, err = m.readEnv(ctx, m.zone, t.id); err != nil {
		return err
	}
	switch {
	case !t.first.exists():
		return ErrNotFound
	case hash != "" && t.first.commit != hash:
		return fmt.Errorf("%w: id %s is commit %s, not %s", ErrCollision, t.id, t.first.commit, hash)
	}
	t.out.Environment = m.environment(t.first)
	if err := m.commits(ctx, &t.out.Environment.Commit); err != nil {
		return err
	}
	if t.owner, err = m.ownerOf(ctx, t.first); err != nil {
		return err
	}
	if t.first.state == StateTerminating {
		// Nothing below judges any more.
		op := guard.Operation{Action: guard.ActionTerminate, Environment: t.id, Commit: t.out.Environment.Commit, Expected: t.opts.expect}
		if err := t.expected(op); err != nil {
			return err
		}
	}
	if t.first.state == StateProvisioning || t.first.state == StateReady || t.opts.dryRun {
		if err := t.judge(ctx, t.first); err != nil || t.opts.dryRun {
			return err
		}
	}
	if t.first.state == StateReady || t.first.state == StateDraining {
		if err := t.drain(ctx); err != nil {
			return err
		}
	} else if err := t.doom(ctx, t.first); err != nil {
		return err
	}
	if err := t.delete(ctx); err != nil {
		return err
	}
	return t.forget(ctx)
}

// judge gathers every fact anew and asks the guard.
func (t *termination) judge(ctx context.Context, rec envRecord) error {
	m := t.m
	c, err := m.census(ctx)
	if err != nil {
		return err
	}
	if rec.state != StateDraining {
		if wrong := m.named(rec, c.address(m.envName(t.id))); wrong != nil {
			// Unless the record has moved on since it was read, and the name with it.
			if now, err := t.mine(ctx, m.zone); err != nil {
				return err
			} else if now.raw.Value() != rec.raw.Value() {
				return t.conflict(now)
			}
			return wrong
		}
	}
	found, err := m.engine.Find(ctx, t.owner)
	if err != nil {
		return err
	}
	losses, err := m.engine.Loses(ctx, found)
	if err != nil {
		return err
	}
	op := guard.Operation{
		Action: guard.ActionTerminate, Environment: t.id, Attempt: rec.attempt, State: string(rec.state),
		Commit: t.out.Environment.Commit,
		Known:  guard.FactHolds | guard.FactPointers | guard.FactLosses | guard.FactHistory | guard.FactTimes, Aliases: c.history(),
		Created: rec.created, Unheld: rec.unheld, Lease: rec.lease, Now: m.zone.Now(), CacheTTL: cacheTTL, Expected: t.opts.expect,
	}
	op.Holds, op.Pointers = c.pointers(rec)
	for _, l := range losses {
		op.Losses = append(op.Losses, guard.Loss{Node: l.Node, Kind: string(l.Kind), ID: l.ID, What: l.What})
	}
	t.out.Waived, err = t.consult(op)
	if err == nil && t.opts.dryRun {
		for _, s := range found {
			if s.Keep {
				t.out.Kept = append(t.out.Kept, s)
			} else {
				t.out.Gone = append(t.out.Gone, s)
			}
		}
	}
	if err != nil && rec.state == StateDraining && len(op.Holds)+len(op.Pointers) > 0 {
		return fmt.Errorf("%w: %w", ErrPointedAt, err)
	}
	return err
}

// drain takes the environment's name away, waits until every server knows, and judges once more. A run that resumes stamps the
// record anew, so that it has a change to wait for: that a record says draining does not mean that every server does.
func (t *termination) drain(ctx context.Context) error {
	m, mark := t.m, nonce()
	change, err := m.zone.Update(ctx, func(tx *dns.Tx) error {
		rec, err := t.mine(ctx, tx)
		if err != nil {
			return err
		}
		name, err := tx.Address(ctx, m.envName(t.id))
		if err != nil {
			return err
		}
		switch {
		case len(rec.held) > 0, rec.state == StateProvisioning:
			// It was promoted, or made ready again and promoted, since it was judged.
			return t.conflict(rec)
		case rec.state == StateTerminating:
			return nil // another Terminate went on; join it
		case rec.state == StateReady:
			// What was judged is what is drained: it may have been live since, and resolvers remember its name.
			if t.first.state == StateReady {
				tx.Pin(t.first.raw)
			}
			if err := m.named(rec, name); err != nil {
				return err
			}
			tx.DeleteAddress(name.Name)
		}
		tx.PutNote(rec.raw.Name, rec.note.With(keyState, string(StateDraining)).With(keyDrain, mark))
		tx.Comment(t.opts.comment("drain " + t.id))
		return nil
	}, known(dns.Address{}, t.first.raw)...)
	if err != nil {
		return err
	}
	if change.Stamp != "" {
		t.emit(StateChanged{Environment: t.id, From: t.first.state, To: StateDraining, Change: change})
	}
	if err := t.insync(ctx, change); err != nil {
		return t.stays(StateDraining, err)
	}
	rec, err := t.mine(ctx, m.zone)
	switch {
	case err != nil:
		return t.stays(StateDraining, err)
	case rec.state == StateTerminating:
		return t.doom(ctx, rec)
	case rec.state != StateDraining || rec.note.Value(keyDrain) != mark:
		// Another Terminate drained it after this one: what this one lists would not be listed after the last change.
		return t.conflict(rec)
	}
	switch err := t.judge(ctx, rec); {
	case errors.Is(err, guard.ErrRefused):
		return errors.Join(err, t.turnBack(ctx, rec))
	case err != nil:
		return t.stays(StateDraining, err)
	}
	return t.doom(ctx, rec)
}

// turnBack makes a draining environment ready again, with its name.
func (t *termination) turnBack(ctx context.Context, judged envRecord) error {
	m := t.m
	change, err := m.zone.Update(ctx, func(tx *dns.Tx) error {
		rec, err := t.mine(ctx, tx)
		if err != nil {
			return err
		}
		name, err := tx.Address(ctx, m.envName(t.id))
		if err != nil {
			return err
		}
		if name.Exists() && !name.LeadsTo(rec.target()) {
			return fmt.Errorf("%w: %s points at %s: delete that name", ErrForeign, name.Name, orNothing(points(name)))
		}
		tx.Pin(judged.raw)
		tx.PutNote(rec.raw.Name, rec.note.With(keyState, string(StateReady)).With(keyDrain, "").With(keyReady, unixText(tx.Now())))
		if rec.host != "" {
			tx.PutAddress(m.envName(t.id), nameTTL, rec.target())
		}
		tx.Comment(t.opts.comment("make ready again " + t.id))
		return nil
	}, judged.raw)
	if err != nil {
		return t.stays(StateDraining, err)
	}
	t.emit(StateChanged{Environment: t.id, From: StateDraining, To: StateReady, Change: change})
	return t.insync(ctx, change)
}

// doom makes the record say terminating, from which nothing leads back, waits until every server knows, and reads it again: a
// failover of Route 53's control plane can lose a change that was accepted and not yet everywhere. The record is pinned as it
// was judged.
func (t *termination) doom(ctx context.Context, judged envRecord) error {
	m := t.m
	change, err := m.zone.Update(ctx, func(tx *dns.Tx) error {
		rec, err := t.mine(ctx, tx)
		if err != nil {
			return err
		}
		if judged.state != StateTerminating {
			tx.Pin(judged.raw)
		}
		tx.PutNote(rec.raw.Name, rec.note.With(keyState, string(StateTerminating)).With(keyLease, ""))
		tx.Comment(t.opts.comment("terminate " + t.id))
		return nil
	}, judged.raw)
	if err != nil {
		return t.stays(judged.state, err)
	}
	t.emit(StateChanged{Environment: t.id, From: judged.state, To: StateTerminating, Change: change})
	if change.ID == "" {
		// The reply was lost, and another Terminate has stamped the record since. Without a change to wait for, deleting would
		// begin too early.
		if change, err = m.zone.Restamp(ctx, m.envNote(t.id)); errors.Is(err, dns.ErrNoRecord) {
			return fmt.Errorf("%w: the record of %s is gone", errDone, t.id)
		} else if err != nil {
			return t.stays(StateTerminating, err)
		}
	}
	if err := t.insync(ctx, change); err != nil {
		return t.stays(StateTerminating, err)
	}
	rec, err := t.mine(ctx, m.zone)
	if err == nil && rec.state != StateTerminating {
		err = t.conflict(rec)
	}
	return err
}

// delete deletes the resources of the attempt, and of no other.
func (t *termination) delete(ctx context.Context) error {
	destroyed, err := t.m.engine.Destroy(ctx, t.owner, func(o *provision.DestroyOptions) {
		o.Expect = t.first.made
		o.Observe = func(s provision.Step) { t.emit(Progress{Environment: t.id, Step: s}) }
	})
	t.out.Gone, t.out.Kept = destroyed.Gone, destroyed.Kept
	if err != nil {
		return t.stays(StateTerminating, err)
	}
	if n := len(destroyed.Gone) + len(destroyed.Kept); n < t.first.made {
		t.notice(fmt.Sprintf("%d resources were made and %d were found; the others went earlier", t.first.made, n))
	}
	return nil
}

// forget deletes the record, which is the end of the environment.
func (t *termination) forget(ctx context.Context) error {
	change, err := t.m.zone.Update(ctx, func(tx *dns.Tx) error {
		rec, err := t.mine(ctx, tx)
		if err != nil {
			return err
		}
		if rec.state != StateTerminating {
			return t.conflict(rec)
		}
		tx.Delete(rec.raw.Name, dns.TypeTXT)
		tx.Comment(t.opts.comment("forget " + t.id))
		return nil
	})
	if err != nil {
		return err
	}
	t.emit(StateChanged{Environment: t.id, From: StateTerminating, Change: change})
	return t.settle(ctx, change)
}

// mine reads the record of the attempt that is terminated.
func (t *termination) mine(ctx context.Context, g getter) (envRecord, error) {
	rec, err := t.m.readEnv(ctx, g, t.id)
	switch {
	case err != nil:
		return rec, err
	case !rec.exists():
		return rec, fmt.Errorf("%w: the record of %s is gone", errDone, t.id)
	case rec.attempt != t.first.attempt:
		return rec, fmt.Errorf("%w: %s was deployed anew, as attempt %s", errDone, t.id, rec.attempt)
	}
	return rec, nil
}

// stays says in which state a termination leaves the environment, and what to do about it.
func (t *termination) stays(state State, err error) error {
	switch {
	case errors.Is(err, errDone):
		return err
	case state == StateDraining:
		return fmt.Errorf("%s stays draining, without its name; run Terminate again: %w", t.id, err)
	case state == StateTerminating:
		return fmt.Errorf("%s stays terminating; run Terminate again: %w", t.id, err)
	}
	return err
}

func (t *termination) conflict(have envRecord) error {
	return &dns.ConflictError{Zone: t.m.zone.ID(), Name: have.raw.Name, Type: dns.TypeTXT, Want: t.first.raw, Have: have.raw}
}
