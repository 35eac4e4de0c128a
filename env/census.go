package env

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/peppercorn-go/peppercorn/dns"
	"github.com/peppercorn-go/peppercorn/guard"
)

// census is everything that the zone says, read page by page. Route 53 says that pages are no snapshot of one moment; whoever
// decides on a census re-asserts in the transaction what matters.
type census struct {
	m       *Manager
	records map[string][]dns.Record // by name
	targets map[string][]dns.Record // by what they point at, see bareHost
	envs    map[string]envRecord
	aliases map[string]aliasRecord
	names   map[string]string // of aliases, by the name that users call
}

// census reads the whole zone, since anybody's record in it may point at an environment.
func (m *Manager) census(ctx context.Context) (*census, error) { return m.count(ctx, "") }

// count reads the records at and under a name.
func (m *Manager) count(ctx context.Context, under string) (*census, error) {
	c := &census{
		m: m, records: map[string][]dns.Record{}, targets: map[string][]dns.Record{},
		envs: map[string]envRecord{}, aliases: map[string]aliasRecord{}, names: map[string]string{},
	}
	notes := map[string]dns.Record{}
	for r, err := range m.zone.Records(ctx, under) {
		if err != nil {
			return nil, err
		}
		c.records[r.Name] = append(c.records[r.Name], r)
		for _, target := range r.Targets() {
			c.targets[bareHost(target)] = append(c.targets[bareHost(target)], r)
		}
		if id, ok := below(r.Name, envLabel+"."+m.base); ok && r.Type == dns.TypeTXT && idPattern.MatchString(id) {
			if c.envs[id], err = parseEnv(id, r); err != nil {
				return nil, err
			}
		}
		if alias, ok := below(r.Name, aliasLabel+"."+m.base); ok && r.Type == dns.TypeTXT && checkAlias(alias) == nil {
			notes[alias] = r
		}
	}
	for alias, txt := range notes {
		a, err := m.parseAlias(alias, txt)
		if err != nil {
			return nil, err
		}
		a.name = c.address(m.nameOf(a))
		c.aliases[alias] = a
		if !a.nameless() {
			c.names[a.name.Name] = alias
		}
	}
	return c, nil
}

// bareHost takes off what the Route 53 console puts in front of a load balancer's host name for the same addresses.
func bareHost(host string) string { return strings.TrimPrefix(host, "dualstack.") }

// pointers returns what points at the environment: the aliases that hold it, by its own record, by theirs or by their name, and
// every other record of the zone whose target is its name or the host of its entrance. While it is draining its own name
// is gone; a record that somebody has put there would point at nothing, so it counts as well.
func (c *census) pointers(rec envRecord) (holds []string, others []guard.Pointer) {
	m := c.m
	held := map[string]bool{}
	for _, alias := range rec.held {
		held[alias] = true
	}
	for alias, a := range c.aliases {
		if a.to == rec.id {
			held[alias] = true
		}
	}
	own := m.envName(rec.id)
	hits := slices.Clone(c.targets[own])
	if rec.host != "" {
		hits = append(hits, c.targets[bareHost(rec.host)]...)
	}
	if rec.state == StateDraining {
		hits = append(hits, c.records[own]...)
	}
	for _, r := range hits {
		if r.Name == own && rec.state != StateDraining {
			continue
		}
		if alias, ok := c.names[r.Name]; ok {
			held[alias] = true
			continue
		}
		p := guard.Pointer{Name: r.Name, Type: r.Type, Target: strings.Join(r.Targets(), ", ")}
		if !slices.Contains(others, p) {
			others = append(others, p)
		}
	}
	return slices.Sorted(maps.Keys(held)), others
}

// history returns the aliases with the environments that each could be rolled back to.
func (c *census) history() []guard.Alias {
	var all []aliasRecord
	for _, name := range slices.Sorted(maps.Keys(c.aliases)) {
		a := c.aliases[name]
		a.previous = slices.DeleteFunc(slices.Clone(a.previous), func(p Previous) bool {
			e := c.envs[p.Environment]
			return e.attempt != p.Attempt || e.state != StateReady && e.state != StateDraining
		})
		all = append(all, a)
	}
	return c.m.aliasFacts(all...)
}

// address returns where a name leads.
func (c *census) address(name string) dns.Address { return dns.NewAddress(name, c.records[name]...) }
