package dnstest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/peppercorn-go/peppercorn/dns"
)

// writeCases are the promises about one writer.
func writeCases() []zoneCase {
	return []zoneCase{
		{"swap", "A name moves from host to host, and its stamp counts.", checkSwap},
		{"swap back", "A name moves back to where it was.", checkSwapBack},
		{"swap refused", "A swap from a host where the name does not point is refused and names the holder.", checkSwapRefused},
		{"several records", "One batch makes, replaces and deletes several records.", checkSeveral},
		{"nothing to do", "What is as it should be is not written.", checkNothing},
		{"delete", "Deleted records are gone, and can be made again.", checkDelete},
		{"lone CNAME", "A CNAME beside another record of its name is refused, with Route 53's reason.", checkLoneCNAME},
		{"all or nothing", "A batch of which one change is refused changes nothing.", checkAtomic},
		{"wait", "A change becomes INSYNC.", checkWait},
		{"restamp", "A note gets a new stamp and keeps its words.", checkRestamp},
		{"others' forms", "A record with several values is read, and neither replaced nor deleted.", checkForeign},
	}
}

func checkSwap(ctx context.Context, s *site) error {
	return s.swaps(ctx, "first", "second", "third")
}

func checkSwapBack(ctx context.Context, s *site) error {
	return s.swaps(ctx, "first", "second", "first")
}

func (s *site) swaps(ctx context.Context, hosts ...string) error {
	name, from := s.name("alias"), ""
	for i, to := range hosts {
		to = s.name(to)
		change, err := s.zone.Swap(ctx, name, from, to)
		if err != nil {
			return err
		}
		if err := s.want(ctx, name, dns.TypeCNAME, to); err != nil {
			return err
		}
		if err := s.want(ctx, "_rev."+name, dns.TypeTXT, fmt.Sprintf("p1 rev=%d.%s to=%s", i+1, change.Stamp, to)); err != nil {
			return err
		}
		from = to
	}
	return nil
}

func checkSwapRefused(ctx context.Context, s *site) error {
	name := s.name("alias")
	if _, err := s.zone.Swap(ctx, name, "", s.name("first")); err != nil {
		return err
	}
	for _, from := range []string{"", s.name("second")} {
		_, err := s.zone.Swap(ctx, name, from, s.name("third"))
		if err := conflict(err, s.name("first")); err != nil {
			return err
		}
	}
	return s.want(ctx, name, dns.TypeCNAME, s.name("first"))
}

// conflict returns an error unless err is a conflict with that present value.
func conflict(err error, have string) error {
	var c *dns.ConflictError
	switch {
	case !errors.As(err, &c):
		return fmt.Errorf("wanted a conflict with %q, got: %w", have, orNone(err))
	case have != "" && c.Have.Value() != have:
		return fmt.Errorf("wanted a conflict with %q, got: %w", have, err)
	}
	return nil
}

var errNone = errors.New("no error")

func orNone(err error) error {
	if err == nil {
		return errNone
	}
	return err
}

func checkSeveral(ctx context.Context, s *site) error {
	kept, moved, gone, made, note := s.name("kept"), s.name("moved"), s.name("gone"), s.name("made"), s.name("_note")
	all := []dns.Record{at(kept, "A"), at(moved, "A"), at(gone, "A"), at(made, "A"), at(note, "TXT")}
	err := s.stage(ctx, func(tx *dns.Tx) {
		for _, name := range []string{kept, moved, gone} {
			tx.Put(name, "A", time.Minute, "192.0.2.1")
		}
		tx.PutNote(note, dns.NewNote())
	}, all...)
	if err != nil {
		return err
	}
	err = s.stage(ctx, func(tx *dns.Tx) {
		tx.Put(moved, "A", time.Minute, "192.0.2.2")
		tx.Put(made, "A", time.Minute, "192.0.2.3")
		tx.Delete(gone, "A")
		tx.PutNote(note, dns.NewNote())
		tx.Comment("the suite of package dnstest")
	}, all...)
	if err != nil {
		return err
	}
	for name, value := range map[string]string{kept: "192.0.2.1", moved: "192.0.2.2", made: "192.0.2.3", gone: ""} {
		if err := s.want(ctx, name, "A", value); err != nil {
			return err
		}
	}
	return nil
}

func checkNothing(ctx context.Context, s *site) error {
	name := s.name("alias")
	if _, err := s.zone.Swap(ctx, name, "", s.name("first")); err != nil {
		return err
	}
	change, err := s.zone.Update(ctx, func(tx *dns.Tx) error {
		if _, err := tx.Get(ctx, name, dns.TypeCNAME); err != nil {
			return err
		}
		if _, err := tx.Get(ctx, s.name("absent"), dns.TypeCNAME); err != nil {
			return err
		}
		tx.Put(name, dns.TypeCNAME, dns.SwapTTL, s.name("FIRST"))
		tx.Delete(s.name("absent"), dns.TypeCNAME)
		return nil
	})
	if err == nil && change != (dns.Change{}) {
		err = fmt.Errorf("the change is %+v", change)
	}
	return err
}

func checkDelete(ctx context.Context, s *site) error {
	name := s.name("alias")
	for range 2 {
		if _, err := s.zone.Swap(ctx, name, "", s.name("first")); err != nil {
			return err
		}
		err := s.stage(ctx, func(tx *dns.Tx) {
			tx.Delete(name, dns.TypeCNAME)
			tx.Delete("_rev."+name, dns.TypeTXT)
		}, at(name, dns.TypeCNAME), at("_rev."+name, dns.TypeTXT))
		if err != nil {
			return err
		}
		for r, err := range s.zone.Records(ctx, s.Base) {
			return fmt.Errorf("%v is left, error %w", r, orNone(err))
		}
	}
	return nil
}

func checkLoneCNAME(ctx context.Context, s *site) error {
	name := s.name("alias")
	if err := s.change(ctx, Change(types.ChangeActionCreate, Set(name, types.RRTypeA, 60, "192.0.2.1"))); err != nil {
		return err
	}
	_, err := s.zone.Swap(ctx, name, "", s.name("first"))
	var refused *dns.RefusedError
	if !errors.As(err, &refused) || len(refused.Messages) == 0 {
		return fmt.Errorf("wanted a refusal, got: %w", orNone(err))
	}
	return nil
}

func checkAtomic(ctx context.Context, s *site) error {
	if err := s.change(ctx, Change(types.ChangeActionCreate, Set(s.name("taken"), types.RRTypeA, 60, "192.0.2.1"))); err != nil {
		return err
	}
	err := s.stage(ctx, func(tx *dns.Tx) {
		tx.Put(s.name("new"), "A", time.Minute, "192.0.2.1")
		tx.PutNote(s.name("_note"), dns.NewNote())
		tx.Put(s.name("taken"), dns.TypeCNAME, time.Minute, s.name("new"))
	}, at(s.name("new"), "A"), at(s.name("_note"), "TXT"), at(s.name("taken"), "CNAME"))
	if err == nil {
		return errors.New("the batch was accepted")
	}
	if err := s.want(ctx, s.name("new"), "A", ""); err != nil {
		return err
	}
	return s.want(ctx, s.name("_note"), dns.TypeTXT, "")
}

func checkWait(ctx context.Context, s *site) error {
	change, err := s.zone.Swap(ctx, s.name("alias"), "", s.name("first"))
	if err != nil {
		return err
	}
	if change.ID == "" || change.At.IsZero() {
		return fmt.Errorf("the change is %+v", change)
	}
	return s.zone.Wait(ctx, change)
}

func checkRestamp(ctx context.Context, s *site) error {
	name := s.name("_note")
	if err := s.stage(ctx, func(tx *dns.Tx) { tx.PutNote(name, dns.NewNote("a", "1", "b", "2")) }, at(name, "TXT")); err != nil {
		return err
	}
	change, err := s.zone.Restamp(ctx, name)
	if err != nil {
		return err
	}
	if err := s.want(ctx, name, dns.TypeTXT, "p1 rev=2."+change.Stamp+" a=1 b=2"); err != nil {
		return err
	}
	if _, err := s.zone.Restamp(ctx, s.name("_absent")); !errors.Is(err, dns.ErrNoRecord) {
		return fmt.Errorf("an absent note: %w", orNone(err))
	}
	return nil
}

func checkForeign(ctx context.Context, s *site) error {
	name := s.name("multi")
	if err := s.change(ctx, Change(types.ChangeActionCreate, Set(name, types.RRTypeA, 60, "192.0.2.1", "192.0.2.2"))); err != nil {
		return err
	}
	for _, stage := range []func(tx *dns.Tx){
		func(tx *dns.Tx) { tx.Put(name, "A", time.Minute, "192.0.2.3") },
		func(tx *dns.Tx) { tx.Delete(name, "A") },
	} {
		err := s.stage(ctx, func(tx *dns.Tx) { stage(tx); tx.PutNote(s.name("_note"), dns.NewNote()) }, at(name, "A"), at(s.name("_note"), "TXT"))
		if !errors.Is(err, dns.ErrUnsupported) {
			return fmt.Errorf("wanted a refusal, got: %w", orNone(err))
		}
	}
	r, err := s.zone.Get(ctx, name, "A")
	if err == nil && len(r.Values) != 2 {
		err = fmt.Errorf("it is %v", r)
	}
	return err
}
