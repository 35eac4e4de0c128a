package env

import (
	"context"
	"fmt"
	"time"

	"github.com/peppercorn-go/peppercorn/dns"
)

// An alias leads to <id>.<base>. By default its name is <alias>.<base> and a CNAME, whatever <id>.<base> is. The alias that is the
// base itself ([Config].Apex) is a pair of alias record sets, since no CNAME may stand at the apex of a zone.

// nameOf is the name that users call.
func (m *Manager) nameOf(a aliasRecord) string {
	if a.atBase {
		return m.base
	}
	return m.aliasName(a.alias)
}

// leadsTo is where the name of an alias has to lead to reach an environment: nowhere if that is a worker.
func (m *Manager) leadsTo(a aliasRecord, id string) dns.Target {
	switch {
	case a.worker || !a.exists():
		return dns.Target{}
	case a.atBase:
		return dns.Target{Host: m.envName(id), ZoneID: m.zone.ID()}
	}
	return dns.Target{Host: m.envName(id)}
}

// callable is whether users could call the environment by the name of the alias. A pair of alias record sets finds its target by
// type, so that it cannot lead to a CNAME (Developer Guide, "Choosing between alias and non-alias records").
func (m *Manager) callable(a aliasRecord, target envRecord) error {
	switch {
	case a.exists() && !a.worker && target.host == "":
		return fmt.Errorf("%w: %s is a worker, and users call %s: release the alias first, or use another one", ErrNoEntrance, target.id, m.nameOf(a))
	case target.host != "" && a.nameless() && a.name.Exists():
		return strangers(a)
	case a.atBase && target.host != "" && target.zone == "":
		return fmt.Errorf("%w: %s is a CNAME, for %s, and users call the base, %s, which cannot lead to one: "+
			"give the blueprint's entrance a ZoneID, as load balancers have, or use another alias", ErrNoEntrance, m.envName(target.id), target.host, m.base)
	}
	return nil
}

// nameless is whether an alias has no name although it is the one for the base. It points at a worker, and what stands at the base is
// somebody else's, such as another alias that is the base by now: it is no drift, and no verb on this alias takes it away.
func (a aliasRecord) nameless() bool { return a.worker && a.atBase }

// reachable insists that the name of an environment leads to its entrance, before the name of an alias is led there: a hand may have
// deleted or edited it, and users would be told that there is no such name, or be sent to a stranger.
func (m *Manager) reachable(ctx context.Context, target envRecord) error {
	if target.host == "" {
		return nil
	}
	name, err := m.zone.Address(ctx, m.envName(target.id))
	if err != nil || name.LeadsTo(target.target()) {
		return err
	}
	// Unless the record has moved on since it was read, and the name with it.
	now, err := m.readEnv(ctx, m.zone, target.id)
	if err != nil {
		return err
	}
	if err := m.same(now, target); err != nil {
		return err
	}
	if now.raw.Value() != target.raw.Value() {
		return m.moved(now, target)
	}
	return fmt.Errorf("%w: users would be led to %s, which points at %s and not at %s: put it back, or delete it and Deploy with Heal",
		ErrDrift, name.Name, orNothing(points(name)), form(target.target()))
}

// left is from when on the answers that resolvers remember of an alias get old. A hand may have given its name a longer time to
// live than ours; that much longer they keep it.
func (a aliasRecord) left(now time.Time) time.Time { return now.Add(max(0, a.name.TTL()-nameTTL)) }

// leftBy is when the answers that resolvers remember of an environment get old, now that an alias leaves it. Of another alias that
// left it before they may remember longer.
func (e envRecord) leftBy(a aliasRecord, now time.Time) string {
	t := a.left(now)
	if e.unheld.After(t) {
		t = e.unheld
	}
	return unixText(t)
}

// drift compares the record of an alias with its name. A name without a record of ours is not drift but a stranger's.
func (m *Manager) drift(a aliasRecord) *Drift {
	if a.nameless() || a.name.LeadsTo(m.leadsTo(a, a.to)) {
		return nil
	}
	d := &Drift{Record: a.to, Points: points(a.name)}
	if hosts := a.name.Targets(); len(hosts) == 1 && a.name.SetID() == "" {
		if id, ok := below(hosts[0], m.base); ok && idPattern.MatchString(id) {
			d.Environment = id
		}
	}
	return d
}

// points says where a name leads, for people.
func points(name dns.Address) string {
	if set := name.SetID(); set != "" {
		// A listing by name shows one member of a weighted or other routed set first; the others may point anywhere.
		return fmt.Sprintf("%s, as one of several (%s)", name, set)
	}
	return name.String()
}

// settled is the common precondition of the verbs that move an alias: what is there is ours, and nobody edited it by hand.
func (m *Manager) settled(a aliasRecord) error {
	if !a.exists() {
		if a.name.Exists() {
			return strangers(a)
		}
		return nil
	}
	if d := m.drift(a); d != nil {
		return &DriftError{Alias: a.alias, Drift: *d}
	}
	return nil
}

// strangers says that there is something of somebody else where the name of the alias would go.
func strangers(a aliasRecord) error {
	return fmt.Errorf("%w: %s points at %s and is not of alias %s, as far as records say: delete that name, or choose another alias",
		ErrForeign, a.name.Name, orNothing(points(a.name)), a.alias)
}

// form says what a name is to be, for people.
func form(to dns.Target) string {
	if to.ZoneID == "" {
		return to.Host
	}
	return to.Host + " (A and AAAA, aliases in zone " + to.ZoneID + ")"
}
