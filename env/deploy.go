package env

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/peppercorn-go/peppercorn/dns"
	"github.com/peppercorn-go/peppercorn/gitmeta"
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
// Options: [Variant], [Heal], [Probe], [DryRun], [Because], [By], [NoWait].
func (m *Manager) Deploy(ctx context.Context, c gitmeta.Commit, b *provision.Blueprint, opts ...Option) (_ Environment, err error) {
	d, err := m.planDeploy(ctx, c, b, opts)
	if err != nil {
		return Environment{}, wrap("deploy", c.Short(), err)
	}
	v := d.verb
	v.begin(ctx)
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
	applied, err := d.apply(ctx)
	if err != nil {
		return Environment{}, err
	}
	if applied.Host == "" && b.Entrance.Host != "" {
		return Environment{}, fmt.Errorf("%w: %s has come out empty, as it does for an instance without a public address", ErrNoEntrance, b.Entrance.Host)
	}
	if err := v.probe(ctx, Target{Environment: d.id, Host: dns.Name(applied.Host), Name: m.envName(d.id)}); err != nil {
		return Environment{}, err
	}
	change, err := d.publish(ctx, dns.Name(applied.Host), len(applied.States))
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
	blueprint *provision.Blueprint
	digest    string
	place     string
	services  []string
	registry  string
	rec       envRecord // as this call last read or wrote it
}

// planDeploy checks everything that can be checked before the first call to AWS.
func (m *Manager) planDeploy(ctx context.Context, c gitmeta.Commit, b *provision.Blueprint, opts []Option) (*deploy, error) {
	o, err := m.optionsFor("deploy", opts, "Variant", "Heal", "Probe", "DryRun", "Because", "By", "NoWait")
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
	d := &deploy{verb: &verb{m: m, op: "deploy", subject: id, opts: o}, id: id, commit: c, blueprint: b}
	// The names that ownership adds are judged with the longest values that they can have.
	if err := m.engine.Validate(m.owner(d.id, c, nonce(), nonce()), b); err != nil {
		return nil, err
	}
	if d.digest, err = b.Digest(); err != nil {
		return nil, err
	}
	for _, n := range b.Nodes {
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
			return fmt.Errorf("record %s is missing although environments exist: %w: put it back (their resources carry its value in the tag %s)",
				m.rootName(), ErrNotFound, provision.TagRegistry)
		}
		if rec.exists() {
			return d.join(tx, rec)
		}
		if d.opts.dryRun {
			return nil
		}
		if !root.Exists() {
			tx.Put(m.rootName(), dns.TypeTXT, dns.NoteTTL, dns.NewNote(keyRegistry, registry).String())
		}
		d.rec.attempt, d.rec.state, d.rec.created = attempt, StateProvisioning, tx.Now()
		note := dns.NewNote(keyState, string(StateProvisioning), keyCommit, d.commit.Hash, keyDigest, d.digest, keyAttempt, attempt,
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
		return fmt.Errorf("%w: use the account and region in which %s was deployed", ErrElsewhere, d.id)
	case rec.state == StateDraining || rec.state == StateTerminating:
		return fmt.Errorf("%w: it is %s; finish with Terminate, then deploy again", ErrTerminating, rec.state)
	case rec.digest != d.digest:
		return fmt.Errorf("%w: %s exists with another blueprint (digest %s, not %s): commit the change, or use a variant", ErrImmutable, d.id, rec.digest, d.digest)
	case rec.state == StateReady || d.opts.dryRun:
		return nil
	}
	tx.PutNote(d.m.envNote(d.id), rec.note.With(keyLease, unixText(tx.Now().Add(d.m.lease))))
	tx.Comment(d.opts.comment("resume the deploy of " + d.id))
	return nil
}

// registryOf reads the root record.
func registryOf(root dns.Record) (string, error) {
	note, err := root.Note()
	if err != nil {
		return "", fmt.Errorf("record %s: %w", root.Name, err)
	}
	r := note.Value(keyRegistry)
	if r == "" {
		return "", fmt.Errorf("record %s cannot be understood: no %s in %q", root.Name, keyRegistry, root.Value())
	}
	return r, nil
}

// apply makes the resources while a second goroutine renews the lease. A deployer that lost its record stops and deletes
// nothing: only Terminate and a sweep delete.
func (d *deploy) apply(ctx context.Context) (provision.Applied, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	renewed := make(chan struct{})
	if d.rec.state == StateProvisioning {
		go func() {
			defer close(renewed)
			d.renew(ctx, cancel)
		}()
	} else {
		close(renewed)
	}
	owner := d.m.owner(d.id, d.commit, d.registry, d.rec.attempt)
	applied, err := d.m.engine.Apply(ctx, owner, d.blueprint, func(o *provision.ApplyOptions) {
		o.Observe = func(s provision.Step) { d.emit(Progress{Environment: d.id, Step: s}) }
	})
	if cause := context.Cause(ctx); err != nil && errors.Is(cause, ErrSuperseded) {
		err = errors.Join(cause, err)
	}
	cancel(nil)
	<-renewed
	return applied, err
}

// renew keeps the lease in the future while resources are made. A renewal that fails is not an error, the lease is a courtesy;
// one that finds another attempt ends the deploy.
func (d *deploy) renew(ctx context.Context, cancel context.CancelCauseFunc) {
	ticker := time.NewTicker(d.m.lease / 3)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		ready := false
		_, err := d.m.zone.Update(ctx, func(tx *dns.Tx) error {
			rec, err := d.own(ctx, tx)
			if err != nil {
				return err
			}
			if ready = rec.state == StateReady; ready {
				return nil
			}
			tx.PutNote(d.m.envNote(d.id), rec.note.With(keyLease, unixText(tx.Now().Add(d.m.lease))))
			return nil
		})
		switch {
		case errors.Is(err, ErrSuperseded):
			cancel(err)
			return
		case err != nil && ctx.Err() == nil:
			d.notice("the lease could not be renewed: " + err.Error())
		case ready:
			return
		}
	}
}

// own reads the environment's record and insists that it still is this deploy's.
func (d *deploy) own(ctx context.Context, tx *dns.Tx) (envRecord, error) {
	rec, err := d.m.readEnv(ctx, tx, d.id)
	switch {
	case err != nil:
		return rec, err
	case !rec.exists():
		return rec, fmt.Errorf("%w: the record of %s is gone", ErrSuperseded, d.id)
	case rec.attempt != d.rec.attempt:
		return rec, fmt.Errorf("%w: %s was deployed anew", ErrSuperseded, d.id)
	case rec.state != StateProvisioning && rec.state != StateReady:
		return rec, fmt.Errorf("%w: %s is %s", ErrSuperseded, d.id, rec.state)
	}
	return rec, nil
}

// publish makes the environment ready and gives it its name, in one batch.
func (d *deploy) publish(ctx context.Context, host string, made int) (dns.Change, error) {
	m := d.m
	var from State
	change, err := m.zone.Update(ctx, func(tx *dns.Tx) error {
		// The name first: two reads are no snapshot, and another deployer of this commit who publishes between them must not
		// look like a stranger's name beside a record that is still provisioning.
		name, err := tx.Get(ctx, m.envName(d.id), dns.TypeCNAME)
		if err != nil {
			return err
		}
		rec, err := d.own(ctx, tx)
		if err != nil {
			return err
		}
		from = rec.state
		d.rec = rec
		d.rec.state, d.rec.made, d.rec.host = StateReady, made, host
		switch {
		case rec.state == StateReady && rec.made == made && rec.host == host && name.Value() == host:
			return nil // a deployer that joined was faster
		}
		if err := m.named(rec, name); err != nil {
			return err
		}
		tx.PutNote(m.envNote(d.id), rec.note.With(keyState, string(StateReady)).With(keyMade, strconv.Itoa(made)).
			With(keyHost, host).With(keyLease, "").With(keyReady, unixText(tx.Now())))
		if host != "" {
			tx.Put(m.envName(d.id), dns.TypeCNAME, nameTTL, host)
		}
		tx.Comment(d.opts.comment("deployed " + d.id))
		return nil
	})
	if err == nil && change.Stamp != "" {
		d.emit(StateChanged{Environment: d.id, From: from, To: StateReady, Change: change})
	}
	return change, err
}

// named compares the name of an environment with its record. A name that is there too early is a stranger's; one that was edited
// by hand is settled by hand, never written over.
func (m *Manager) named(rec envRecord, name dns.Record) error {
	switch {
	case !name.Exists():
		return nil
	case rec.state != StateReady:
		return fmt.Errorf("%w: %s points at %s although %s is %s: delete that name", ErrForeign, name.Name, orNothing(name.Value()), rec.id, rec.state)
	case !slices.Equal(name.Targets(), []string{rec.host}):
		return fmt.Errorf("%w: %s points at %s and not at %s: put it back, or delete it", ErrDrift, name.Name, orNothing(name.Value()), orNothing(rec.host))
	}
	return nil
}

func (d *deploy) result() Environment {
	out := d.m.environment(d.rec)
	out.ID, out.Commit = d.id, d.commit
	return out
}
