package env

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/peppercorn-go/peppercorn/dns"
	"github.com/peppercorn-go/peppercorn/gitmeta"
	"github.com/peppercorn-go/peppercorn/guard"
)

// Promotion is what Promote and Rollback did, or with [DryRun] would have done.
type Promotion struct {
	Alias   string
	Name    string           // the DNS name that users call
	From    Environment      // what the alias pointed at; zero for a new alias
	To      Environment      // what it points at now
	Gained  []gitmeta.Commit // in To and not in From, newest first; nil where the repository does not know both
	Dropped []gitmeta.Commit // in From and not in To
	Changed bool             // false: it pointed there already
	Pinned  bool
	Skipped []string         // of a rollback: environments that came first and could not be taken, each with the reason
	Waived  []guard.SetAside // refusals that a waiver set aside
	Change  dns.Change
}

// Promote points an alias at a ready environment, in one atomic Route 53 batch that names the exact record it replaces, and
// returns when every Route 53 server has it. The alias is made if it is not there yet. What was judged is what the batch asserts:
// if the alias moves in the meantime, by whatever hand, the error is [dns.ErrConflict] and names the present holder, and
// nothing was changed; if the environment was deployed anew or is being terminated, the error says so. An environment whose own
// name a hand has deleted or edited is [ErrDrift]: users would be led nowhere, or to a stranger.
//
// The environment is named by its id or by the full hash of its commit. Nothing is built, and nothing but DNS is touched.
// Promoting to where the alias points already changes nothing.
//
// Options: [Probe], [Expect], [Waive], [Before], [After], [DryRun], [Because], [By], [NoWait].
func (m *Manager) Promote(ctx context.Context, alias, environment string, opts ...Option) (_ Promotion, err error) {
	o, err := m.optionsFor("promote", opts, "Probe", "Expect", "Waive", "Before", "After", "DryRun", "Because", "By", "NoWait")
	if err == nil {
		err = checkAlias(alias)
	}
	if err != nil {
		return Promotion{}, wrap("promote", alias, err)
	}
	id, hash, err := parseTarget(environment)
	if err != nil {
		return Promotion{}, wrap("promote", alias, err)
	}
	v := &verb{m: m, op: "promote", subject: alias, opts: o}
	ctx = v.begin(ctx)
	defer v.done(&err)

	a, err := m.lookAlias(ctx, alias)
	if err != nil {
		return Promotion{}, err
	}
	if a.exists() && !a.worker && !a.atBase && alias == m.apex {
		return Promotion{}, invalid("Apex", alias, fmt.Sprintf("users call this alias %s, as it was made, and a promotion does not take that from them: "+
			"give the base to an alias that is new, or release this one first", m.aliasName(alias)))
	}
	target, err := m.readEnv(ctx, m.zone, id)
	if err != nil {
		return Promotion{}, err
	}
	if err := m.eligible(target, hash); err != nil {
		return Promotion{}, err
	}
	return v.move(ctx, &move{action: guard.ActionPromote, alias: a, target: target})
}

// eligible is whether an alias may point at the environment at all.
func (m *Manager) eligible(rec envRecord, hash string) error {
	switch {
	case !rec.exists():
		return fmt.Errorf("environment %s: %w: deploy its commit first", rec.id, ErrNotFound)
	case hash != "" && rec.commit != hash:
		return fmt.Errorf("%w: id %s is commit %s, not %s", ErrCollision, rec.id, rec.commit, hash)
	case rec.state != StateReady:
		return fmt.Errorf("%w: %s is %s", ErrNotReady, rec.id, rec.state)
	}
	return nil
}

// move is a change of where an alias points: what was read, judged and is to be asserted.
type move struct {
	action  guard.Action
	alias   aliasRecord // as judged
	target  envRecord   // as judged; its attempt is what was probed
	skipped []string
}

// move judges and makes the change. Everything slow (probes, git, the caller's hook) happens before the transaction; the
// transaction pins the alias as it was judged, and insists on the attempt that was probed.
func (v *verb) move(ctx context.Context, mv *move) (Promotion, error) {
	m, a := v.m, mv.alias
	if err := m.settled(a); err != nil {
		return Promotion{}, err
	}
	p := Promotion{
		Alias: a.alias, Name: m.nameOf(a), To: m.environment(mv.target), Pinned: a.pinned, Skipped: mv.skipped,
	}
	left, err := v.describeLeft(ctx, a)
	if err != nil {
		return p, err
	}
	p.From = m.environment(left)
	if err := v.report(ctx, &p); err != nil {
		return p, err
	}
	op := m.operation(mv.action, mv.target, a, v.opts)
	op.Commit, op.FromCommit = p.To.Commit, p.From.Commit
	if a.exists() && a.to == mv.target.id && a.attempt == mv.target.attempt {
		if err := v.expected(op); err != nil {
			return p, err
		}
		return p, v.alreadyThere(ctx, a)
	}
	if err := m.callable(a, mv.target); err != nil {
		return p, err
	}
	if err := m.reachable(ctx, mv.target); err != nil {
		return p, err
	}
	if p.Waived, err = v.consult(op); err != nil || v.opts.dryRun {
		return p, err
	}
	if err := v.probe(ctx, Target{Environment: mv.target.id, Host: mv.target.host, Name: p.Name}); err != nil {
		return p, err
	}
	if v.opts.before != nil {
		if err := v.opts.before(ctx, p); err != nil {
			return p, fmt.Errorf("before: %w", err)
		}
	}
	p.Pinned = mv.action == guard.ActionRollback
	p.Change, err = v.commit(ctx, mv, left)
	if err != nil {
		return p, err
	}
	p.Changed = true
	p.To.Held = slices.Compact(slices.Sorted(slices.Values(append(slices.Clone(mv.target.held), a.alias))))
	v.emit(AliasMoved{Alias: a.alias, From: a.to, To: mv.target.id, Pinned: p.Pinned, Change: p.Change})
	if err := v.settle(ctx, p.Change); err != nil {
		return p, err
	}
	if v.opts.after != nil {
		if err := v.opts.after(ctx, p); err != nil {
			return p, fmt.Errorf("after: %w", err)
		}
	}
	return p, nil
}

// commit writes the one batch: the alias and its record, the new environment's hold, the old one's release.
func (v *verb) commit(ctx context.Context, mv *move, left envRecord) (dns.Change, error) {
	m, alias := v.m, mv.alias.alias
	return m.zone.Update(ctx, func(tx *dns.Tx) error {
		a, err := m.readAlias(ctx, tx, alias)
		if err != nil {
			return err
		}
		// Intent is pinned: to write over an alias that moved after it was judged would silently take a decision again on a
		// truth that its maker never saw.
		tx.Pin(mv.alias.txt)
		tx.PinAddress(mv.alias.name)
		target, err := m.readEnv(ctx, tx, mv.target.id)
		if err != nil {
			return err
		}
		if err := m.same(target, mv.target); err != nil {
			return err
		}
		now := tx.Now()
		to := Previous{Environment: target.id, Attempt: target.attempt}
		previous, pinned := pushPrevious(a.previous, Previous{Environment: a.to, Attempt: a.attempt, Until: now}, to), ""
		if mv.action == guard.ActionRollback {
			// What is rolled back from is not what to roll back to: the next rollback goes further back.
			previous, pinned = behind(a.previous, to), "1"
		}
		m.point(tx, a, target, now, pinned, previous)
		if a.exists() && a.to != target.id {
			old, err := m.readEnv(ctx, tx, a.to)
			if err != nil {
				return err
			}
			if old.exists() && old.attempt == a.attempt {
				tx.PutNote(m.envNote(old.id), old.withoutHold(a, now))
			}
		}
		tx.Comment(v.opts.comment(fmt.Sprintf("%s %s from %s to %s", v.op, alias, orNothing(a.to), target.id)))
		return nil
	}, known(mv.alias.name, mv.alias.txt, mv.target.raw, left.raw)...)
}

// point stages an alias that points at target: its record, its name, and the target's hold.
func (m *Manager) point(tx *dns.Tx, a aliasRecord, target envRecord, now time.Time, pinned string, previous []Previous) {
	note, entrance := a.note, ""
	if !a.exists() {
		note = dns.NewNote()
	}
	switch {
	case target.host == "":
		entrance = noEntrance
		if !a.nameless() {
			tx.DeleteAddress(m.nameOf(a))
		}
	case a.atBase:
		entrance = baseEntrance
		tx.PutAddress(m.base, nameTTL, dns.Target{Host: m.envName(target.id), ZoneID: m.zone.ID()})
	default:
		tx.PutAddress(m.aliasName(a.alias), nameTTL, dns.Target{Host: m.envName(target.id)})
	}
	tx.PutNote(m.aliasNote(a.alias), note.With(keyTo, target.id).With(keyAttempt, target.attempt).With(keyCommit, target.commit).
		With(keyAt, unixText(now)).With(keyPinned, pinned).With(keyEntrance, entrance).With(keyPrevious, previousText(previous)))
	tx.PutNote(m.envNote(target.id), target.withHold(a.alias))
}

// same is whether an environment still is the one that was judged. Another attempt is another environment, even under the same
// id: nobody has probed it.
func (m *Manager) same(now, judged envRecord) error {
	switch {
	case !now.exists():
		return fmt.Errorf("%w: %s was terminated in the meantime", ErrNotReady, judged.id)
	case now.attempt != judged.attempt || now.commit != judged.commit || now.target() != judged.target():
		return m.moved(now, judged)
	case now.state != StateReady:
		return fmt.Errorf("%w: %s is %s", ErrNotReady, judged.id, now.state)
	}
	return nil
}

// moved says that the record of an environment is not the one that was judged.
func (m *Manager) moved(now, judged envRecord) error {
	return &dns.ConflictError{Zone: m.zone.ID(), Name: judged.raw.Name, Type: dns.TypeTXT, Want: judged.raw, Have: now.raw}
}

// alreadyThere ends a promotion to where the alias points already. A run that was killed after its batch comes here: while the
// batch may still be on its way to some servers, the record is stamped anew to have a change to wait for.
func (v *verb) alreadyThere(ctx context.Context, a aliasRecord) error {
	if v.opts.noWait || v.opts.dryRun || v.m.zone.Now().Sub(a.at) > propagation {
		return nil
	}
	change, err := v.m.zone.Restamp(ctx, a.txt.Name)
	if err != nil {
		return err
	}
	return v.insync(ctx, change)
}

// describeLeft reads the environment that the alias leaves; zero when there is none.
func (v *verb) describeLeft(ctx context.Context, a aliasRecord) (envRecord, error) {
	if !a.exists() {
		return envRecord{}, nil
	}
	return v.m.readEnv(ctx, v.m.zone, a.to)
}

// report fills in what git knows of the two commits and of what lies between them. That a repository does not know them, as in
// a shallow clone, is no reason to refuse.
func (v *verb) report(ctx context.Context, p *Promotion) error {
	if v.m.repo == nil {
		return nil
	}
	if err := v.m.commits(ctx, &p.From.Commit, &p.To.Commit); err != nil {
		return err
	}
	if p.From.Commit.Subject == "" || p.To.Commit.Subject == "" {
		return nil
	}
	var err, err2 error
	p.Gained, err = v.m.repo.Between(ctx, p.From.Commit.Hash, p.To.Commit.Hash)
	p.Dropped, err2 = v.m.repo.Between(ctx, p.To.Commit.Hash, p.From.Commit.Hash)
	for _, err := range []error{err, err2} {
		if err != nil && ctx.Err() != nil {
			return err
		}
		if err != nil {
			v.notice("what lies between the two commits is not known: " + err.Error())
		}
	}
	return nil
}

// known is what a transaction need not read again. It leaves out what was never looked up.
func known(name dns.Address, rs ...dns.Record) []dns.Record {
	return slices.DeleteFunc(append(name.Records(), rs...), func(r dns.Record) bool { return r.Name == "" })
}
