package dnstest

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/peppercorn-go/peppercorn/dns"
)

// A Harness is a Route 53 that [TestZone] runs on.
type Harness struct {
	// Open returns a place for one case to work in. It is called once for each, inside Run.
	Open func(t *testing.T) Place
	// Run runs a case; nil calls it. With testing/synctest.Test it runs in virtual time.
	Run func(t *testing.T, test func(t *testing.T))
	// Gaps are the cases that this Route 53 is known to fail, by name, each with the reason. Such a case must fail: one
	// that passes is an error, so that the list cannot rot.
	Gaps map[string]string
}

// A Place is where one case of [TestZone] works.
type Place struct {
	// API leads to Route 53. The suite puts no limit on its rate; use [dns.Limit] where there is one.
	API dns.API
	// Zone is the id of a hosted zone. Other records in it do no harm and suffer none.
	Zone string
	// Base is a name in that zone with nothing at or below it, and which no one else uses. What the case leaves there is
	// removed.
	Base string
}

// zoneCase is one promise of package dns on a Route 53.
type zoneCase struct {
	name    string
	promise string
	// check returns nil if the promise is kept.
	check func(ctx context.Context, s *site) error
}

// TestZone checks that package dns keeps its promises on a Route 53: the simulated one, an emulator, or the real one. Each
// promise is a subtest. All of them touch nothing outside of the places they are given.
func TestZone(t *testing.T, h Harness) {
	t.Helper()
	cases := slices.Concat(readCases(), writeCases(), addressCases(), raceCases())
	unknown := maps.Clone(h.Gaps)
	for _, c := range cases {
		delete(unknown, c.name)
	}
	if len(unknown) > 0 {
		t.Errorf("gaps name cases that do not exist: %v", slices.Sorted(maps.Keys(unknown)))
	}
	run := h.Run
	if run == nil {
		run = func(t *testing.T, test func(t *testing.T)) { test(t) }
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			run(t, func(t *testing.T) {
				err := c.check(t.Context(), newSite(t, h.Open(t)))
				switch reason, gap := h.Gaps[c.name]; {
				case gap && err == nil:
					t.Errorf("this Route 53 keeps the promise by now; take the gap from the list (%s)\npromise: %s", reason, c.promise)
				case gap:
					t.Logf("known gap: %s\npromise: %s\nseen: %v", reason, c.promise, err)
				case err != nil:
					t.Errorf("broken promise: %s\nseen: %v", c.promise, err)
				}
			})
		})
	}
}

// site is a place with a zone opened on it, and what cases do there.
type site struct {
	Place
	zone *dns.Zone
}

func newSite(t *testing.T, p Place) *site {
	s := &site{Place: p}
	s.zone = s.open(p.API)
	ctx := context.WithoutCancel(t.Context())
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(ctx, time.Minute)
		defer cancel()
		if err := s.clear(ctx); err != nil {
			t.Logf("cleaning up below %s: %v", p.Base, err)
		}
	})
	return s
}

// open returns another program's view of the zone.
func (s *site) open(api dns.API) *dns.Zone {
	return dns.Open(dns.Limit(api, math.Inf(1)), s.Zone, func(o *dns.Options) { o.PageSize = 2 })
}

// name returns a name below the base.
func (s *site) name(label string) string { return label + "." + s.Base }

// clear deletes what is at and below the base, whatever its form.
func (s *site) clear(ctx context.Context) error {
	pages := route53.NewListResourceRecordSetsPaginator(s.API, &route53.ListResourceRecordSetsInput{
		HostedZoneId: aws.String(s.Zone), StartRecordName: aws.String(s.Base)})
	var changes []types.Change
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, set := range page.ResourceRecordSets {
			if dns.Under(aws.ToString(set.Name), s.Base) {
				changes = append(changes, Change(types.ChangeActionDelete, set))
			}
		}
	}
	if len(changes) == 0 {
		return nil
	}
	return s.change(ctx, changes...)
}

// change sends a batch past package dns, as a stranger would.
func (s *site) change(ctx context.Context, changes ...types.Change) error {
	_, err := s.API.ChangeResourceRecordSets(ctx, &route53.ChangeResourceRecordSetsInput{
		HostedZoneId: aws.String(s.Zone),
		ChangeBatch:  &types.ChangeBatch{Changes: changes},
	})
	return err
}

// stage reads records and stages changes to them in one Update.
func (s *site) stage(ctx context.Context, fn func(tx *dns.Tx), read ...dns.Record) error {
	_, err := s.zone.Update(ctx, func(tx *dns.Tx) error {
		for _, r := range read {
			if _, err := tx.Get(ctx, r.Name, r.Type); err != nil {
				return err
			}
		}
		fn(tx)
		return nil
	})
	return err
}

// at names a record to read.
func at(name, typ string) dns.Record { return dns.Record{Name: name, Type: typ} }

// want returns an error unless a record has that one value, or is absent if the value is "".
func (s *site) want(ctx context.Context, name, typ, value string) error {
	r, err := s.zone.Get(ctx, name, typ)
	switch {
	case err != nil:
		return err
	case r.Exists() != (value != "") || r.Value() != value:
		return fmt.Errorf("%v, wanted %q", r, value)
	}
	return nil
}
