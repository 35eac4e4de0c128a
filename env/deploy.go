package env

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/peppercorn-go/peppercorn/dns"
	"github.com/peppercorn-go/peppercorn/gitmeta"
	"github.com/peppercorn-go/peppercorn/guard"
	"github.com/peppercorn-go/peppercorn/provision"
)

// Deploy makes the environment of a commit, or joins or resumes a deploy of it, and returns when it is ready: every resource
// usable, its name in DNS, and that change on every Route 53 server. A commit that is deployed already costs one read and
// changes nothing; in the first two minutes, while not every server may have its name, Deploy waits until they do.
//
// The commit must be whole: a full hash and no changes beside it ([ErrDirty]). The same commit with another blueprint is
// [ErrImmutable]. All that can be known without AWS is checked before the first call: names, references, cycles, drivers.
//
// Deploy may be killed at any point and run again, by anybody, also at the same time: the attempt in the environment's record
// names everything that is made, so that a second run finds what the first one made. When it fails, what was made stays, and
// the error ([*provision.ApplyError]) lists it; run Deploy again to go on, or Terminate to remove it. Pass the same commit, with
// the same subject, since resources are tagged with it.
//
// Options: [Variant], [Heal], [Probe], [Waive], [DryRun], [Because], [By], [NoWait].
func (m *Manager) Deploy(ctx context.Context, c gitmeta.Commit, b *provision.Blueprint, opts ...Option) (_ Environment, err error) {
	d, err := m.planDeploy(ctx, c, b, opts)
	if err != nil {
		return Environment{}, wrap("deploy", c.Short(), err)
	}
	v := d.verb
	ctx = v.begin(ctx)
	defer v.done(&err)

	if err := d.register(ctx); err != nil {
		return Environment{}, err
	}
	if d.opts.dryRun {
		return d.result(), nil
	}
	if d.rec.state == StateReady && !d.opts.heal {
		if err := d.confirm(ctx); err != nil {
			return Environment{}, err
		}
		return d.result(), nil
	}
	entrance, made, err := d.build(ctx)
	if err != nil {
		return Environment{}, err
	}
	change, err := d.publish(ctx, entrance, made)
	if err != nil {
		return Environment{}, err
	}
	if change.Stamp == "" {
		err = d.confirm(ctx)
	} else {
		err = v.settle(ctx, change)
	}
	if err != nil {
		return Environment{}, err
	}
	return d.result(), nil
}

// confirm waits until every server knows the name of an environment that another run, which may be dead, made ready a moment
// ago. Whoever asks for a name too early is told for up to 15 minutes that there is none. There is no change to wait for, so the
// record is stamped anew to have one.
func (d *deploy) confirm(ctx context.Context) error {
	if d.opts.noWait || d.m.zone.Now().Sub(d.rec.ready) > propagation {
		return nil
	}
	change, err := d.m.zone.Restamp(ctx, d.m.envNote(d.id))
	if err != nil {
		return err
	}
	return d.insync(ctx, change)
}

// deploy is one call of Deploy.
type deploy struct {
	*verb
	id        string
	commit    gitmeta.Commit
	asked     *provision.Blueprint // as the caller gave it
	blueprint *provision.Blueprint // with the choices of its look-ups
	checked   *provision.Checked   // nil until this call has checked it
	digest    string
	place     string
	services  []string
	registry  string
	rec       envRecord // as this call last read or wrote it
}

// planDeploy checks everything that can be checked before the first call to AWS.
func (m *Manager) planDeploy(ctx context.Context, c gitmeta.Commit, b *provision.Blueprint, opts []Option) (*deploy, error) {
	o, err := m.optionsFor("deploy", opts, "Variant", "Heal", "Probe", "Waive", "DryRun", "Because", "By", "NoWait")
	if err != nil {
		return nil, err
	}
	if !gitmeta.ValidHash(c.Hash) {
		return nil, invalid("commit", c.Hash, "a full hash of 40 or 64 hexadecimal digits is needed")
	}
	if c.Dirty {
		return nil, fmt.Errorf("%w: commit or stash them, or deploy from a clean checkout of %s", ErrDirty, c.Short())
	}
	if b == nil {
		return nil, invalid("blueprint", "nil", "there is nothing to deploy")
	}
	id := ID(c, o.variant)
	d := &deploy{verb: &verb{m: m, op: "deploy", subject: id, opts: o}, id: id, commit: c, asked: b}
	// The names that ownership adds are judged with the longest values that they can have.
	if err := m.engine.Validate(m.owner(d.id, c, nonce(), nonce()), b); err != nil {
		return nil, err
	}
	if host := string(b.Entrance.Host); host != "" && !strings.Contains(host, "${{") {
		if err := m.checkHost(dns.Name(host)); err != nil {
			return nil, err
		}
	}
	if zone := string(b.Entrance.ZoneID); !strings.Contains(zone, "${{") {
		if err := checkZone(strings.TrimPrefix(zone, "/hostedzone/")); err != nil {
			return nil, err
		}
	}
	if err := d.pin(nil); err != nil {
		return nil, err
	}
	for _, n := range b.Nodes {
		if _, ok := n.Spec.(provision.Existing); ok {
			continue // nothing of it is ever deleted
		}
		if s := n.Spec.Kind().Service(); !slices.Contains(d.services, s) {
			d.services = append(d.services, s)
		}
	}
	slices.Sort(d.services)
	d.place, err = m.place(ctx)
	return d, err
}

func (m *Manager) owner(id string, c gitmeta.Commit, registry, attempt string) provision.Owner {
	return provision.Owner{Registry: registry, Base: m.base, App: m.app, Env: id, Commit: c.Hash, Attempt: attempt, Subject: c.Subject}
}

// register makes the environment's record, or joins the attempt of the one that is there. The registry's root record is made in
// the same batch when this is the first environment of the base.
func (d *deploy) register(ctx context.Context) error {
	for {
		err := d.registerOnce(ctx)
		switch {
		case errors.Is(err, errAppeared):
		case errors.Is(err, errUnchecked):
			if err := d.check(ctx); err != nil {
				return err
			}
		default:
			return err
		}
	}
}

// errAppeared: another deployer made the environment between two reads, so that its name looked like a stranger's.
var errAppeared = errors.New("it was deployed in the meantime")

func (d *deploy) appeared(ctx context.Context) bool {
	rec, err := d.m.readEnv(ctx, d.m.zone, d.id)
	return err == nil && rec.exists()
}

func (d *deploy) registerOnce(ctx context.Context) error {
	m := d.m
	// The same names in every run of the transaction: after a lost reply it is one of them that the zone shows.
	registry, attempt := nonce(), nonce()
	change, err := m.zone.Update(ctx, func(tx *dns.Tx) error {
		rec, err := m.readEnv(ctx, tx, d.id)
		if err != nil {
			return err
		}
		if d.rec = rec; rec.state == StateReady && !d.opts.heal {
			return d.join(tx, rec) // which needs no registry, and is one request less
		}
		root, err := tx.Get(ctx, m.rootName(), dns.TypeTXT)
		if err != nil {
			return err
		}
		d.registry = registry
		if root.Exists() {
			if d.registry, err = registryOf(root); err != nil {
				return err
			}
		} else if rec.exists() {
			return m.rootMissing()
		}
		if rec.exists() {
			return d.join(tx, rec)
		}
		if d.checked == nil {
			return errUnchecked // which is slow, so it is not done within a transaction
		}
		// A stranger's name is found now, not when everything is made.
		name, err := tx.Address(ctx, m.envName(d.id))
		if err == nil {
			if err = m.named(rec, name); err != nil && d.appeared(ctx) {
				return errAppeared
			}
		}
		if err == nil {
			_, err = d.consult(guard.Operation{
				Action: guard.ActionDeploy, Environment: d.id, Attempt: attempt, Commit: d.commit, Now: tx.Now(), Known: guard.FactTimes,
			})
		}
		if err != nil || d.opts.dryRun {
			return err
		}
		if !root.Exists() {
			if err := m.unregistered(ctx); err != nil {
				return err
			}
			tx.Put(m.rootName(), dns.TypeTXT, dns.NoteTTL, dns.NewNote(keyRegistry, registry).String())
		}
		d.rec.attempt, d.rec.state, d.rec.created = attempt, StateProvisioning, tx.Now()
		note := dns.NewNote(keyState, string(StateProvisioning), keyCommit, d.commit.Hash, keyDigest, d.digest, keyPins, pinsText(d.blueprint.Pins), keyAttempt, attempt,
			keyPlace, d.place, keyServices, strings.Join(d.services, "."), keyLease, unixText(tx.Now().Add(m.lease)), keyCreated, unixText(tx.Now()))
		tx.PutNote(m.envNote(d.id), note)
		tx.Comment(d.opts.comment("deploy " + d.id))
		return nil
	})
	if err != nil {
		return err
	}
	if change.Stamp != "" && d.rec.attempt == attempt {
		d.emit(StateChanged{Environment: d.id, To: StateProvisioning, Change: change})
	}
	return nil
}

// join decides whether the environment that is there is the one that this call is to make. Joining a deploy in progress is safe
// without any lock: every create is idempotent by a name or token that the attempt determines. The lease is extended as a
// courtesy to Terminate.
func (d *deploy) join(tx *dns.Tx, rec envRecord) error {
	switch {
	case rec.commit != d.commit.Hash:
		return fmt.Errorf("%w: id %s is commit %s, not %s", ErrCollision, d.id, rec.commit, d.commit.Hash)
	case rec.place != d.place:
		return fmt.Errorf("%w: use the account, region and application that %s was deployed with", ErrElsewhere, d.id)
	case rec.state == StateDraining || rec.state == StateTerminating:
		return fmt.Errorf("%w: it is %s; finish with Terminate, then deploy again", ErrTerminating, rec.state)
	case d.pin(rec.pins) != nil || rec.digest != d.digest:
		return fmt.Errorf("%w: %s exists with another blueprint (digest %s, not %s): commit the change, or use a variant", ErrImmutable, d.id, rec.digest, d.digest)
	case rec.state == StateReady || d.opts.dryRun:
		return nil
	}
	tx.PutNote(d.m.envNote(d.id), rec.note.With(keyLease, unixText(tx.Now().Add(d.m.lease))))
	tx.Comment(d.opts.comment("resume the deploy of " + d.id))
	return nil
}

func (d *deploy) result() Environment {
	out := d.m.environment(d.rec)
	out.ID, out.Commit = d.id, d.commit
	return out
}
