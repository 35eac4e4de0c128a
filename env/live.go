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
func (m *Manager) Live(ctx context.Context) ([]Alias, error) {
	notes, names, err := m.listAliases(ctx)
	if err != nil {
		return nil, wrap("live", "", err)
	}
	var out []Alias
	for alias, txt := range notes {
		a, err := parseAlias(alias, txt, names[alias])
		if err != nil {
			return nil, wrap("live", alias, err)
		}
		if m.drift(a) != nil {
			// The two may be from different pages, with a promotion between them.
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
func (m *Manager) listAliases(ctx context.Context) (notes, names map[string]dns.Record, err error) {
	notes, names = map[string]dns.Record{}, map[string]dns.Record{}
	parent := aliasLabel + "." + m.base
	for from, inside := parent, true; inside && from != ""; {
		var page []dns.Record
		if page, from, err = m.zone.Page(ctx, from); err != nil {
			return nil, nil, err
		}
		for _, r := range page {
			if alias, ok := below(r.Name, parent); ok {
				// Whatever else somebody keeps there, a wildcard say, is no alias.
				if r.Type == dns.TypeTXT && checkAlias(alias) == nil {
					notes[alias] = r
				}
				continue
			}
			inside = inside && r.Name == parent
			m.addName(names, r)
		}
	}
	var missing []string
	for alias := range notes {
		if _, ok := names[alias]; !ok {
			missing = append(missing, alias)
		}
	}
	slices.Sort(missing)
	for _, alias := range missing {
		if _, ok := names[alias]; ok {
			continue // it was in the page of the one before
		}
		page, _, err := m.zone.Page(ctx, m.aliasName(alias))
		if err != nil {
			return nil, nil, err
		}
		names[alias] = dns.Record{Name: m.aliasName(alias), Type: dns.TypeCNAME} // unless the page has it
		for _, r := range page {
			m.addName(names, r)
		}
	}
	return notes, names, nil
}

func (m *Manager) addName(names map[string]dns.Record, r dns.Record) {
	if label, ok := below(r.Name, m.base); ok && r.Type == dns.TypeCNAME {
		names[label] = r
	}
}
