package dnstest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/peppercorn-go/peppercorn/dns"
)

// readCases are the promises about reading.
func readCases() []zoneCase {
	return []zoneCase{
		{"absent", "A record that does not exist is no error, and none of its neighbours is taken for it.", checkAbsent},
		{"round trip", "What was put is read back: hosts, any text, notes, their times to live.", checkRoundTrip},
		{"long text", "A text longer than one string of DNS is read back whole, and can be replaced.", checkLongText},
		{"wildcard", "A wildcard is read under the name it was put with, and can be replaced.", checkWildcard},
		{"spelling", "A name is the same in capitals and with its dot.", checkSpelling},
		{"under", "A listing has each record at or below a name once, over any number of pages, and no others.", checkUnder},
		{"time", "Route 53's time is known after a reply.", checkTime},
	}
}

func checkAbsent(ctx context.Context, s *site) error {
	err := s.stage(ctx, func(tx *dns.Tx) {
		tx.Put(s.name("b"), dns.TypeTXT, time.Minute, "text")
		tx.PutNote(s.name("c"), dns.NewNote())
	}, at(s.name("b"), dns.TypeTXT), at(s.name("c"), dns.TypeTXT))
	if err != nil {
		return err
	}
	for _, r := range []dns.Record{at(s.name("a"), "A"), at(s.name("a"), "TXT"), at(s.name("b"), "A"), at(s.name("b"), "CNAME"), at(s.name("d"), "TXT"), at("x."+s.name("b"), "TXT")} {
		if err := s.want(ctx, r.Name, r.Type, ""); err != nil {
			return err
		}
	}
	return nil
}

func checkRoundTrip(ctx context.Context, s *site) error {
	const text = "quote \" backslash \\ tab \t umlaut ü"
	host, words, note := s.name("host"), s.name("words"), s.name("_note")
	change, err := s.zone.Update(ctx, func(tx *dns.Tx) error {
		for _, r := range []dns.Record{at(host, "CNAME"), at(words, "TXT"), at(note, "TXT")} {
			if _, err := tx.Get(ctx, r.Name, r.Type); err != nil {
				return err
			}
		}
		tx.Put(host, dns.TypeCNAME, 2*time.Minute, "Target.Example.ORG.")
		tx.Put(words, dns.TypeTXT, time.Minute, text)
		tx.PutNote(note, dns.NewNote("key", "a value"))
		return nil
	})
	if err != nil {
		return err
	}
	if err := s.want(ctx, host, dns.TypeCNAME, "target.example.org"); err != nil {
		return err
	}
	if err := s.want(ctx, words, dns.TypeTXT, text); err != nil {
		return err
	}
	if err := s.want(ctx, note, dns.TypeTXT, "p1 rev=1."+change.Stamp+" key=a%20value"); err != nil {
		return err
	}
	r, err := s.zone.Get(ctx, host, dns.TypeCNAME)
	if err == nil && r.TTL != 2*time.Minute {
		err = fmt.Errorf("the time to live is %v", r.TTL)
	}
	return err
}

func checkLongText(ctx context.Context, s *site) error {
	name := s.name("_long")
	for range 2 {
		long := strings.Repeat("0123456789", 100)
		err := s.stage(ctx, func(tx *dns.Tx) { tx.PutNote(name, dns.NewNote("long", long)) }, at(name, dns.TypeTXT))
		if err != nil {
			return err
		}
		r, err := s.zone.Get(ctx, name, dns.TypeTXT)
		if err != nil {
			return err
		}
		n, err := r.Note()
		if err != nil {
			return err
		}
		if n.Value("long") != long {
			return fmt.Errorf("it is read back as %q", n)
		}
	}
	return nil
}

func checkWildcard(ctx context.Context, s *site) error {
	name := "*." + s.Base
	if _, err := s.zone.Swap(ctx, name, "", s.name("first")); err != nil {
		return err
	}
	r, err := s.zone.Get(ctx, name, dns.TypeCNAME)
	if err != nil {
		return err
	}
	if r.Name != name {
		return fmt.Errorf("its name is %q", r.Name)
	}
	if _, err := s.zone.Swap(ctx, name, s.name("first"), s.name("second")); err != nil {
		return err
	}
	return s.want(ctx, name, dns.TypeCNAME, s.name("second"))
}

func checkSpelling(ctx context.Context, s *site) error {
	if _, err := s.zone.Swap(ctx, strings.ToUpper(s.name("alias"))+".", "", strings.ToUpper(s.name("first"))); err != nil {
		return err
	}
	if err := s.want(ctx, strings.ToUpper(s.name("alias")), dns.TypeCNAME, s.name("first")); err != nil {
		return err
	}
	return s.want(ctx, s.name("alias")+".", dns.TypeCNAME, s.name("first"))
}

func checkUnder(ctx context.Context, s *site) error {
	under, beside := s.name("list"), s.name("listing")
	var names []string
	for _, name := range []string{under, "a." + under, "b.a." + under, "_c." + under, "z-z." + under, "0." + under, beside} {
		err := s.stage(ctx, func(tx *dns.Tx) { tx.PutNote(name, dns.NewNote()) }, at(name, dns.TypeTXT))
		if err != nil {
			return err
		}
		if name != beside {
			names = append(names, name)
		}
	}
	var got []string
	for r, err := range s.zone.Records(ctx, under) {
		if err != nil {
			return err
		}
		got = append(got, r.Name)
	}
	slices.Sort(names)
	slices.Sort(got)
	if !slices.Equal(names, got) {
		return fmt.Errorf("listed %q, wanted %q", got, names)
	}
	return nil
}

func checkTime(ctx context.Context, s *site) error {
	if _, err := s.zone.Get(ctx, s.Base, "A"); err != nil {
		return err
	}
	if off := time.Until(s.zone.Now()).Abs(); off > time.Minute {
		return fmt.Errorf("it is %v off the local clock", off)
	}
	return nil
}
