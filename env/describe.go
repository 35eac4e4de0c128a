package env

import (
	"context"
	"fmt"

	"github.com/peppercorn-go/peppercorn/provision"
)

// Inventory is everything that an environment consists of.
type Inventory struct {
	Environment Environment
	Resources   []provision.State // as the services themselves describe them, found by tag
}

// Describe returns an environment, named by its id or by the full hash of its commit, with everything it consists of: every
// resource with its id, name and outputs, found through the drivers. A driver that fails makes it fail: a partial inventory
// never looks complete.
func (m *Manager) Describe(ctx context.Context, environment string) (Inventory, error) {
	id, hash, err := parseTarget(environment)
	if err != nil {
		return Inventory{}, wrap("describe", environment, err)
	}
	ctx, end := m.span(ctx, "describe", id)
	defer func() { end(err) }()
	inv, err := m.inventory(ctx, id, hash)
	err = wrap("describe", environment, err)
	return inv, err
}

func (m *Manager) inventory(ctx context.Context, id, hash string) (Inventory, error) {
	rec, err := m.readEnv(ctx, m.zone, id)
	switch {
	case err != nil:
		return Inventory{}, err
	case !rec.exists():
		return Inventory{}, ErrNotFound
	case hash != "" && rec.commit != hash:
		return Inventory{}, fmt.Errorf("%w: id %s is commit %s, not %s", ErrCollision, id, rec.commit, hash)
	}
	owner, err := m.ownerOf(ctx, rec)
	if err != nil {
		return Inventory{}, err
	}
	inv := Inventory{Environment: m.environment(rec)}
	if inv.Resources, err = m.engine.Find(ctx, owner); err != nil {
		return Inventory{}, err
	}
	return inv, m.commits(ctx, &inv.Environment.Commit)
}

// ownerOf returns what the tags of an environment's resources say. It refuses where the drivers of this program could not see
// all of them: in another account or region, or without a driver for one of its services.
func (m *Manager) ownerOf(ctx context.Context, rec envRecord) (provision.Owner, error) {
	place, err := m.place(ctx)
	if err != nil {
		return provision.Owner{}, err
	}
	if rec.place != place {
		return provision.Owner{}, fmt.Errorf("%w: use the account, region and application that %s was deployed with", ErrElsewhere, rec.id)
	}
	have := map[string]bool{}
	for _, s := range m.engine.Services() {
		have[s] = true
	}
	for _, s := range rec.services {
		if !have[s] {
			return provision.Owner{}, fmt.Errorf("%w: %s has resources of service %s: give the engine its driver", provision.ErrNoDriver, rec.id, s)
		}
	}
	registry, err := m.registry(ctx)
	if err != nil {
		return provision.Owner{}, err
	}
	return provision.Owner{Registry: registry, Base: m.base, App: m.app, Env: rec.id, Commit: rec.commit, Attempt: rec.attempt}, nil
}
