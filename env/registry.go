package env

import (
	"context"
	"fmt"

	"github.com/peppercorn-go/peppercorn/dns"
	"github.com/peppercorn-go/peppercorn/provision"
)

// The registry is a random word in the root record of a base. Every resource carries it, so that a wiped zone, or a zone of the
// same name in another account, is never taken for a base without environments.

// registry reads the root record, without which nothing can be proved to be ours.
func (m *Manager) registry(ctx context.Context) (string, error) {
	root, err := m.zone.Get(ctx, m.rootName(), dns.TypeTXT)
	if err != nil {
		return "", err
	}
	if !root.Exists() {
		return "", m.rootMissing()
	}
	return registryOf(root)
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

// unregistered insists that there is no environment yet, before a registry is made. To make another one would hide the resources
// of all that are there.
func (m *Manager) unregistered(ctx context.Context) error {
	page, _, err := m.zone.Page(ctx, envLabel+"."+m.base)
	if err != nil {
		return err
	}
	for _, r := range page {
		if _, ok := below(r.Name, envLabel+"."+m.base); !ok {
			continue
		}
		// Somebody else may have made the first environment, and the registry with it, since the root record was read. Then the
		// batch, which is to make it too, is refused, and everything is read anew.
		root, err := m.zone.Get(ctx, m.rootName(), dns.TypeTXT)
		if err == nil && !root.Exists() {
			err = m.rootMissing()
		}
		return err
	}
	return nil
}

func (m *Manager) rootMissing() error {
	return fmt.Errorf("record %s is missing although there are environments: %w: put it back; their resources carry its value in the tag %s",
		m.rootName(), ErrNotFound, provision.TagRegistry)
}
