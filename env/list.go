package env

import (
	"context"
	"iter"
	"slices"
	"strings"

	"github.com/peppercorn-go/peppercorn/gitmeta"
)

// List yields every environment of the base, oldest first, in any state. It costs one request for 300 records, of which an
// environment has two, or three if its name is a pair; each range asks afresh. The listing is no snapshot: what changes while it is
// read may appear before or after. It ends after the first error, which comes with a zero Environment.
func (m *Manager) List(ctx context.Context) iter.Seq2[Environment, error] {
	return func(yield func(Environment, error) bool) {
		ctx, end := m.span(ctx, "list", "")
		all, err := m.list(ctx)
		err = wrap("list", "", err)
		end(err) // what the caller does with them is not listing
		if err != nil {
			yield(Environment{}, err)
			return
		}
		for _, e := range all {
			if !yield(e, nil) {
				return
			}
		}
	}
}

func (m *Manager) list(ctx context.Context) ([]Environment, error) {
	c, err := m.count(ctx, m.base)
	if err != nil {
		return nil, err
	}
	var all []Environment
	for _, rec := range c.envs {
		e := m.environment(rec)
		e.Held, _ = c.pointers(rec) // drift included: what any of the records says counts
		all = append(all, e)
	}
	slices.SortFunc(all, func(a, b Environment) int {
		if d := a.Created.Compare(b.Created); d != 0 {
			return d
		}
		return strings.Compare(a.ID, b.ID)
	})
	commits := make([]*gitmeta.Commit, len(all))
	for i := range all {
		commits[i] = &all[i].Commit
	}
	return all, m.commits(ctx, commits...)
}
