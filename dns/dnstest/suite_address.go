package dnstest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/peppercorn-go/peppercorn/dns"
)

// addressCases are the promises about names that lead somewhere by alias record sets. What they lead to are names of the same
// zone, since those are there in every Route 53.
func addressCases() []zoneCase {
	return []zoneCase{
		{"alias pair", "A name gets alias record sets for IPv4 and IPv6 in one batch, moves with both, and loses both.", checkPair},
		{"CNAME to alias", "A name turns from a CNAME into a pair of alias record sets and back, each in one batch.", checkTurn},
		{"alias as it is", "A pair that leads where it is to lead is not written.", checkPairKept},
		{"alias to nothing", "A pair whose target lacks one of the two types is refused, whole.", checkPairToNothing},
		{"half a pair", "Half a pair is told from a whole one, and is completed.", checkHalf},
		{"stale alias", "A pair that a stranger has moved is a conflict, and stays as he left it.", checkStalePair},
		{"address appeared", "A stranger's record of another type, made since the name was read, is a conflict.", checkAppeared},
	}
}

// hosts makes names that have addresses of both kinds.
func (s *site) hosts(ctx context.Context, labels ...string) error {
	var changes []types.Change
	for _, label := range labels {
		changes = append(changes, Change(types.ChangeActionCreate, Set(s.name(label), types.RRTypeA, 60, "192.0.2.1")),
			Change(types.ChangeActionCreate, Set(s.name(label), types.RRTypeAaaa, 60, "2001:db8::1")))
	}
	return s.change(ctx, changes...)
}

// alias is the target that a name of the place is.
func (s *site) alias(label string) dns.Target {
	return dns.Target{Host: s.name(label), ZoneID: s.Zone}
}

// lead makes a name lead to a target in one Update, which decides on what it reads.
func (s *site) lead(ctx context.Context, zone *dns.Zone, name string, to dns.Target, before ...func() error) error {
	_, err := zone.Update(ctx, func(tx *dns.Tx) error {
		a, err := tx.Address(ctx, name)
		if err != nil {
			return err
		}
		if _, err := tx.Get(ctx, "_rev."+name, dns.TypeTXT); err != nil {
			return err
		}
		for _, meanwhile := range before {
			if err := meanwhile(); err != nil {
				return err
			}
		}
		tx.PinAddress(a)
		if to == (dns.Target{}) {
			tx.DeleteAddress(name)
		} else {
			tx.PutAddress(name, time.Minute, to)
		}
		tx.PutNote("_rev."+name, dns.NewNote())
		return nil
	})
	return err
}

// leads returns an error unless a name leads to a target and nowhere else.
func (s *site) leads(ctx context.Context, name string, to dns.Target) error {
	a, err := s.zone.Address(ctx, name)
	if err == nil && !a.LeadsTo(to) {
		err = fmt.Errorf("%s leads to %q, wanted %+v", name, a, to)
	}
	return err
}

func checkPair(ctx context.Context, s *site) error {
	name := s.name("www")
	if err := s.hosts(ctx, "first", "second"); err != nil {
		return err
	}
	for _, to := range []dns.Target{s.alias("first"), s.alias("second"), s.alias("first"), {}, s.alias("first")} {
		if err := s.lead(ctx, s.zone, name, to); err != nil {
			return err
		}
		if err := s.leads(ctx, name, to); err != nil {
			return err
		}
	}
	r, err := s.zone.Get(ctx, name, dns.TypeAAAA)
	if err == nil && (r.AliasHost != s.name("first") || r.TTL != 0 || !slices.Equal(r.Targets(), []string{s.name("first")})) {
		err = fmt.Errorf("its AAAA record is %v", r)
	}
	return err
}

func checkTurn(ctx context.Context, s *site) error {
	name := s.name("www")
	if err := s.hosts(ctx, "host", "other"); err != nil {
		return err
	}
	for _, to := range []dns.Target{{Host: s.name("host")}, s.alias("host"), {Host: s.name("other")}, s.alias("other"), {}} {
		if err := s.lead(ctx, s.zone, name, to); err != nil {
			return err
		}
		if err := s.leads(ctx, name, to); err != nil {
			return err
		}
	}
	return nil
}

func checkPairKept(ctx context.Context, s *site) error {
	name := s.name("www")
	if err := s.hosts(ctx, "host"); err != nil {
		return err
	}
	if err := s.lead(ctx, s.zone, name, s.alias("host")); err != nil {
		return err
	}
	change, err := s.zone.Update(ctx, func(tx *dns.Tx) error {
		if _, err := tx.Address(ctx, name); err != nil {
			return err
		}
		tx.PutAddress(name, time.Minute, s.alias("HOST"))
		return nil
	})
	if err == nil && change != (dns.Change{}) {
		err = fmt.Errorf("the change is %+v", change)
	}
	return err
}

func checkPairToNothing(ctx context.Context, s *site) error {
	name := s.name("www")
	if err := s.change(ctx, Change(types.ChangeActionCreate, Set(s.name("host"), types.RRTypeA, 60, "192.0.2.1"))); err != nil {
		return err
	}
	err := s.lead(ctx, s.zone, name, s.alias("host"))
	var refused *dns.RefusedError
	if !errors.As(err, &refused) {
		return fmt.Errorf("wanted a refusal, got: %w", orNone(err))
	}
	return s.leads(ctx, name, dns.Target{})
}

func checkHalf(ctx context.Context, s *site) error {
	name := s.name("www")
	if err := s.hosts(ctx, "host"); err != nil {
		return err
	}
	if err := s.change(ctx, Change(types.ChangeActionCreate, Alias(name, types.RRTypeA, s.Zone, s.name("host")))); err != nil {
		return err
	}
	a, err := s.zone.Address(ctx, name)
	if err != nil {
		return err
	}
	if to, whole := a.Target(); whole || !a.Exists() || !slices.Equal(a.Targets(), []string{s.name("host")}) {
		return fmt.Errorf("half a pair is taken for %+v", to)
	}
	if err := s.lead(ctx, s.zone, name, s.alias("host")); err != nil {
		return err
	}
	return s.leads(ctx, name, s.alias("host"))
}

func checkStalePair(ctx context.Context, s *site) error {
	name := s.name("www")
	if err := s.hosts(ctx, "first", "second", "third"); err != nil {
		return err
	}
	if err := s.lead(ctx, s.zone, name, s.alias("first")); err != nil {
		return err
	}
	stranger := s.open(s.API)
	err := s.lead(ctx, s.zone, name, s.alias("second"), func() error { return s.lead(ctx, stranger, name, s.alias("third")) })
	if err := conflict(err, ""); err != nil {
		return err
	}
	return s.leads(ctx, name, s.alias("third"))
}

func checkAppeared(ctx context.Context, s *site) error {
	if err := s.hosts(ctx, "host"); err != nil {
		return err
	}
	for label, tt := range map[string]struct {
		stranger types.ResourceRecordSet
		to       dns.Target
	}{
		"cname": {Set(s.name("cname"), types.RRTypeA, 60, "192.0.2.9"), dns.Target{Host: s.name("host")}},
		"pair":  {Set(s.name("pair"), types.RRTypeCname, 60, s.name("elsewhere")), s.alias("host")},
	} {
		name := s.name(label)
		err := s.lead(ctx, s.zone, name, tt.to, func() error {
			return s.change(ctx, Change(types.ChangeActionCreate, tt.stranger))
		})
		if err := conflict(err, ""); err != nil {
			return fmt.Errorf("%s: %w", label, err)
		}
		r, err := s.zone.Get(ctx, name, string(tt.stranger.Type))
		if err != nil {
			return err
		}
		if r.Value() == "" {
			return fmt.Errorf("the stranger's record is %v", r)
		}
	}
	return nil
}
