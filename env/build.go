package env

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/peppercorn-go/peppercorn/dns"
	"github.com/peppercorn-go/peppercorn/provision"
)

// build makes the resources and probes them, while a second goroutine watches the environment's record. A deployer that lost its
// record stops and deletes nothing: only Terminate deletes.
func (d *deploy) build(ctx context.Context) (entrance dns.Target, made int, err error) {
	ctx, stop := d.watch(ctx)
	defer stop()
	owner := d.m.owner(d.id, d.commit, d.registry, d.rec.attempt)
	applied, err := d.m.engine.Apply(ctx, owner, d.blueprint, func(o *provision.ApplyOptions) {
		o.Observe = func(s provision.Step) { d.emit(Progress{Environment: d.id, Step: s}) }
		if d.checked != nil && maps.Equal(d.checked.Pins, d.blueprint.Pins) { // else another deployer was faster, and chose
			o.Checked = *d.checked
		}
	})
	entrance = dns.Target{Host: dns.Name(applied.Host), ZoneID: strings.TrimPrefix(applied.ZoneID, "/hostedzone/")}
	if err == nil && d.blueprint.Entrance.Host != "" {
		err = errors.Join(d.m.checkHost(entrance.Host), checkZone(entrance.ZoneID))
	}
	if err == nil {
		err = d.probe(ctx, Target{Environment: d.id, Host: entrance.Host, Name: d.m.envName(d.id)})
	}
	if cause := context.Cause(ctx); err != nil && errors.Is(cause, ErrSuperseded) {
		err = errors.Join(cause, err)
	}
	return entrance, len(applied.States), err
}

// checkZone insists that the zone of a host, where there is one, reads like the id of a hosted zone.
func checkZone(id string) error {
	if id != "" && !zonePattern.MatchString(id) {
		return fmt.Errorf("%w: the zone of the blueprint's entrance has come out as %q, which is no id of a hosted zone", ErrNoEntrance, id)
	}
	return nil
}

// checkHost insists that the environment can be called by a name that is not one of ours.
func (m *Manager) checkHost(host string) error {
	_, notIP := netip.ParseAddr(host)
	labels := strings.Split(host, ".")
	switch {
	case host == "":
		return fmt.Errorf("%w: the host of the blueprint's entrance has come out empty, as it does for an instance without a public address", ErrNoEntrance)
	case notIP == nil, len(labels) < 2, len(host) > 253,
		slices.ContainsFunc(labels, func(l string) bool { return len(l) > 63 || !baseLabel.MatchString(strings.ReplaceAll(l, "_", "x")) }):
		return fmt.Errorf("%w: the host of the blueprint's entrance has come out as %q, which is no host name", ErrNoEntrance, host)
	case host == m.base, strings.HasSuffix(host, "."+m.base):
		return fmt.Errorf("%w: the host of the blueprint's entrance is %s, a name below the base: give the name that AWS gave it", ErrNoEntrance, host)
	}
	return nil
}

// watch looks at the environment's record from time to time, until stop is called. It keeps the lease in the future, and ends
// the context that it returns when the record is gone or another attempt's.
func (d *deploy) watch(ctx context.Context) (watched context.Context, stop func()) {
	watched, cancel := context.WithCancelCause(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		ticker := time.NewTicker(d.m.lease / 3)
		defer ticker.Stop()
		for {
			select {
			case <-watched.Done():
				return
			case <-ticker.C:
			}
			if err := d.renew(watched); errors.Is(err, ErrSuperseded) {
				cancel(err)
			} else if err != nil && watched.Err() == nil {
				d.notice("the lease could not be renewed: " + err.Error())
			}
		}
	}()
	return watched, func() {
		cancel(nil)
		<-done
	}
}

// renew extends the lease of an environment that is not ready yet. That it fails is no reason to stop: the lease is a courtesy of
// Terminate. That the record is another's is.
func (d *deploy) renew(ctx context.Context) error {
	_, err := d.m.zone.Update(ctx, func(tx *dns.Tx) error {
		rec, err := d.own(ctx, tx)
		if err != nil || rec.state == StateReady {
			return err
		}
		tx.PutNote(rec.raw.Name, rec.note.With(keyLease, unixText(tx.Now().Add(d.m.lease))))
		return nil
	})
	return err
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
func (d *deploy) publish(ctx context.Context, entrance dns.Target, made int) (dns.Change, error) {
	m := d.m
	var from State
	change, err := m.zone.Update(ctx, func(tx *dns.Tx) error {
		// The name first: two reads are no snapshot, and another deployer of this commit who publishes between them must not
		// look like a stranger's name beside a record that is still provisioning.
		name, err := tx.Address(ctx, m.envName(d.id))
		if err != nil {
			return err
		}
		rec, err := d.own(ctx, tx)
		if err != nil {
			return err
		}
		from = rec.state
		d.rec = rec
		d.rec.state, d.rec.made, d.rec.host = StateReady, made, entrance.Host
		d.rec.zone = entrance.ZoneID
		if rec.state == StateReady && !d.opts.heal {
			// A deployer that joined was faster, and what it made may have been healed since: the record knows better.
			d.rec = rec
			return m.named(rec, name)
		}
		if rec.state == StateReady && rec.made == made && rec.target() == entrance && name.LeadsTo(entrance) {
			return nil
		}
		if err := m.named(rec, name); err != nil {
			return err
		}
		tx.PutNote(m.envNote(d.id), rec.note.With(keyState, string(StateReady)).With(keyMade, strconv.Itoa(made)).
			With(keyHost, entrance.Host).With(keyZone, entrance.ZoneID).With(keyLease, "").With(keyReady, unixText(tx.Now())))
		if entrance.Host != "" {
			tx.PutAddress(m.envName(d.id), nameTTL, entrance)
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
func (m *Manager) named(rec envRecord, name dns.Address) error {
	switch {
	case !name.Exists():
		return nil
	case rec.state != StateReady:
		return fmt.Errorf("%w: %s points at %s although %s is %s: delete that name", ErrForeign, name.Name, orNothing(points(name)), rec.id, cmp.Or(string(rec.state), "absent"))
	case !name.LeadsTo(rec.target()):
		return fmt.Errorf("%w: %s points at %s and not at %s: put it back, or delete it", ErrDrift, name.Name, orNothing(points(name)), orNothing(form(rec.target())))
	case name.TTL() > nameTTL:
		return fmt.Errorf("%w: the TTL of %s is %v and not %v, so that resolvers remember it for longer than anybody counts on: put it back", ErrDrift, name.Name, name.TTL(), nameTTL)
	}
	return nil
}
