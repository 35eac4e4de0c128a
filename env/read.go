package env

import (
	"context"
	"slices"

	"github.com/peppercorn-go/peppercorn/dns"
)

// getter reads a record, or all that says where a name leads: a zone outside of a transaction, a Tx inside of it. Each is one
// request.
type getter interface {
	Get(ctx context.Context, name, typ string) (dns.Record, error)
	Address(ctx context.Context, name string) (dns.Address, error)
}

var (
	_ getter = (*dns.Zone)(nil)
	_ getter = (*dns.Tx)(nil)
)

func (m *Manager) readEnv(ctx context.Context, g getter, id string) (envRecord, error) {
	raw, err := g.Get(ctx, m.envNote(id), dns.TypeTXT)
	if err != nil {
		return envRecord{}, err
	}
	return parseEnv(id, raw)
}

func (m *Manager) readAlias(ctx context.Context, g getter, alias string) (aliasRecord, error) {
	txt, err := g.Get(ctx, m.aliasNote(alias), dns.TypeTXT)
	if err != nil {
		return aliasRecord{}, err
	}
	return m.readName(ctx, g, alias, txt)
}

func (m *Manager) readName(ctx context.Context, g getter, alias string, txt dns.Record) (aliasRecord, error) {
	a, err := m.parseAlias(alias, txt)
	if err != nil {
		return a, err
	}
	a.name, err = g.Address(ctx, m.nameOf(a))
	return a, err
}

// lookAlias is readAlias outside of a transaction, where a promotion may come between the two requests: that would look like
// drift, or a stranger's name. A promotion writes both, so if they disagree and the record has changed meanwhile, both are read again.
func (m *Manager) lookAlias(ctx context.Context, alias string) (aliasRecord, error) {
	a, err := m.readAlias(ctx, m.zone, alias)
	for err == nil && (m.drift(a) != nil || a.nameless() && a.name.Exists()) {
		var again dns.Record
		if again, err = m.zone.Get(ctx, m.aliasNote(alias), dns.TypeTXT); err != nil || slices.Equal(again.Values, a.txt.Values) {
			break
		}
		a, err = m.readName(ctx, m.zone, alias, again)
	}
	return a, err
}
