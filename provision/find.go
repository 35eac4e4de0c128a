package provision

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
)

// Find lists what o owns, through every driver at once, sorted by kind, node and id. An Owner with only a Registry finds everything of
// that registry. If one driver fails, so does Find: a part of the resources must never look like all of them.
func (e *Engine) Find(ctx context.Context, o Owner) ([]State, error) {
	if o.Registry == "" {
		return nil, errors.New("provision: find: the owner has no registry, and would be everybody")
	}
	var (
		found = make([][]State, len(e.drivers))
		errs  = make([]error, len(e.drivers))
		wait  sync.WaitGroup
	)
	for i := range e.drivers {
		wait.Go(func() { found[i], errs[i] = e.findThrough(ctx, i, o) })
	}
	wait.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	states := slices.Concat(found...)
	slices.SortFunc(states, compareStates)
	// A listing of several pages is no snapshot: what moves between two pages is shown on both.
	return slices.CompactFunc(states, func(a, b State) bool { return a.key() == b.key() }), nil
}

// findThrough lists through one driver, and does not trust it with the safety of others: deletion follows from this list.
func (e *Engine) findThrough(ctx context.Context, i int, o Owner) ([]State, error) {
	d := e.drivers[i]
	var states []State
	for s, err := range d.Find(ctx, o) {
		if err != nil {
			return nil, fmt.Errorf("provision: find through %T: %w", d, err)
		}
		if of, ok := e.byKind[s.Kind]; !ok || of != i {
			return nil, fmt.Errorf("provision: find through %T: it listed %s %s, which is not of its kinds", d, s.Kind, s.ID)
		}
		if !o.Matches(Call{Owner: s.Owner, Node: s.Node}.Tags()) {
			return nil, fmt.Errorf("provision: find through %T: it listed %s %s of %s, which was not asked for", d, s.Kind, s.ID, s.Owner)
		}
		states = append(states, s)
	}
	return states, nil
}

// Loses returns the data that deleting the resources would lose, in their order. A driver's failure is an error, because what cannot be
// read counts as data.
func (e *Engine) Loses(ctx context.Context, states []State) ([]Loss, error) {
	var (
		losses = make([][]Loss, len(states))
		errs   = make([]error, len(states))
		wait   sync.WaitGroup
		slots  = make(chan struct{}, e.options.Parallel)
	)
	for i, s := range states {
		d := e.driver(s.Kind)
		if d == nil {
			errs[i] = fmt.Errorf("provision: what would be lost with %s %s: %w", s.Kind, s.ID, ErrNoDriver)
			continue
		}
		loser, ok := d.(Loser)
		if !ok {
			continue
		}
		slots <- struct{}{}
		wait.Go(func() {
			defer func() { <-slots }()
			var err error
			if losses[i], err = loser.Loses(ctx, s); err != nil {
				errs[i] = fmt.Errorf("provision: what would be lost with %s %s (node %q): %w", s.Kind, s.ID, s.Node, err)
			}
		})
	}
	wait.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return slices.Concat(losses...), nil
}

// stateKey tells resources apart.
type stateKey struct {
	kind Kind
	id   string
}

func (s State) key() stateKey { return stateKey{s.Kind, s.ID} }

func compareStates(a, b State) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Node, b.Node), cmp.Compare(a.ID, b.ID))
}
