package env

import (
	"context"
	"slices"
	"strings"

	"github.com/peppercorn-go/peppercorn/dns"
	"github.com/peppercorn-go/peppercorn/gitmeta"
)

// Live tells what is live: every alias with the environment that it points at, sorted by name. Where a hand has edited an
// alias, [Alias].Drift shows both what the record says and what the name does. An empty answer means that there is no alias.
//
// The records of the aliases are one listing however many environments there are. Their names are in the same page while the
// base is small, and else cost about one request more, since names that sort together are read together.
func (m *Manager) Live(ctx context.Context) (_ []Alias, err error) {
	ctx, end := m.span(ctx, "live", "")
	defer func() { end(err) }()
	all, err := m.listAliases(ctx)
	if err != nil {
		return nil, wrap("live", "", err)
	}
	var out []Alias
	for _, a := range all {
		alias := a.alias
		if m.drift(a) != nil {
			// The two may be from different pages, with a promotion between them; or a page ended within the name.
			if a, err = m.lookAlias(ctx, alias); err != nil {
				return nil, wrap("live", alias, err)
			}
			if !a.exists() {
				continue // released meanwhile
			}
		}
		out = append(out, m.alias(a))
	}
	slices.SortFunc(out, func(a, b Alias) int { return strings.Compare(a.Alias, b.Alias) })
	commits := make([]*gitmeta.Commit, len(out))
	for i := range out {
		commits[i] = &out[i].Commit
	}
	return out, wrap("live", "", m.commits(ctx, commits...))
}

// listAliases reads the records of all aliases, which are contiguous, and their names, which lie among the environments'.
func (m *Manager) listAliases(ctx context.Context) ([]aliasRecord, error) {
	var all []aliasRecord
	names := map[string]dns.Address{}
	parent := aliasLabel + "." + m.base
	for from, inside := parent, true; inside && from != ""; {
		page, next, err := m.zone.Page(ctx, from)
		if err != nil {
			return nil, err
		}
		for _, r := range page {
			alias, ok := below(r.Name, parent)
			switch {
			case !ok:
				inside = inside && r.Name == parent
			case r.Type == dns.TypeTXT && checkAlias(alias) == nil: // whatever else somebody keeps there, a wildcard say, is no alias
				a, err := m.parseAlias(alias, r)
				if err != nil {
					return nil, wrap("live", alias, err)
				}
				all = append(all, a)
			}
		}
		addNames(names, page)
		from = next
	}
	slices.SortFunc(all, func(a, b aliasRecord) int { return strings.Compare(a.alias, b.alias) })
	for i := range all {
		name := m.nameOf(all[i])
		if _, ok := names[name]; !ok {
			page, _, err := m.zone.Page(ctx, name)
			if err != nil {
				return nil, err
			}
			names[name] = dns.NewAddress(name) // unless the page has it
			addNames(names, page)
		}
		all[i].name = names[name]
	}
	return all, nil
}

// addNames notes where the names of a page lead.
func addNames(names map[string]dns.Address, page []dns.Record) {
	here := map[string][]dns.Record{}
	for _, r := range page {
		here[r.Name] = append(here[r.Name], r)
	}
	for name, records := range here {
		if a := dns.NewAddress(name, records...); a.Exists() {
			names[name] = a
		}
	}
}
