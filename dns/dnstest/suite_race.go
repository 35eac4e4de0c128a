package dnstest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/peppercorn-go/peppercorn/dns"
)

// raceCases are the promises about several writers, and about replies that are lost.
func raceCases() []zoneCase {
	return []zoneCase{
		{"stale", "A batch that replaces a record which has moved since it was read is not applied.", checkStale},
		{"created meanwhile", "A batch that makes a record which somebody else has made since is not applied.", checkCreated},
		{"time to live", "A record whose time to live alone was changed counts as changed.", checkTTL},
		{"away and back", "A name that was moved away and back is not taken for one that never moved.", checkABA},
		{"second run", "When a record has moved that was not pinned, the decision is made again on the new record.", checkSecondRun},
		{"one winner", "Of several programs that swap a name from the same host at once, exactly one wins.", checkOneWinner},
		{"lost reply", "A batch whose reply was lost is recognised, and is not applied twice.", checkLostReply},
		{"sent twice", "A batch that was sent twice because a reply was lost is a success.", checkSentTwice},
	}
}

// pinned updates a note on the strength of an older reading of a record.
func (s *site) pinned(ctx context.Context, reading dns.Record, stage func(tx *dns.Tx)) error {
	note := s.name("_note")
	known, err := s.zone.Get(ctx, note, dns.TypeTXT)
	if err != nil {
		return err
	}
	_, err = s.zone.Update(ctx, func(tx *dns.Tx) error {
		for _, r := range []dns.Record{known, reading} {
			if _, err := tx.Get(ctx, r.Name, r.Type); err != nil {
				return err
			}
		}
		tx.Pin(reading)
		tx.PutNote(note, dns.NewNote())
		stage(tx)
		return nil
	}, known, reading)
	return err
}

func checkStale(ctx context.Context, s *site) error {
	name := s.name("alias")
	if _, err := s.zone.Swap(ctx, name, "", s.name("first")); err != nil {
		return err
	}
	reading, err := s.zone.Get(ctx, name, dns.TypeCNAME)
	if err != nil {
		return err
	}
	if _, err := s.open(s.API).Swap(ctx, name, s.name("first"), s.name("second")); err != nil {
		return err
	}
	err = s.pinned(ctx, reading, func(tx *dns.Tx) { tx.Put(name, dns.TypeCNAME, time.Minute, s.name("third")) })
	return errors.Join(conflict(err, s.name("second")),
		s.want(ctx, name, dns.TypeCNAME, s.name("second")), s.want(ctx, s.name("_note"), dns.TypeTXT, ""))
}

func checkCreated(ctx context.Context, s *site) error {
	name := s.name("alias")
	reading, err := s.zone.Get(ctx, name, dns.TypeCNAME)
	if err != nil {
		return err
	}
	if _, err := s.open(s.API).Swap(ctx, name, "", s.name("first")); err != nil {
		return err
	}
	err = s.pinned(ctx, reading, func(tx *dns.Tx) { tx.Put(name, dns.TypeCNAME, time.Minute, s.name("second")) })
	return errors.Join(conflict(err, s.name("first")), s.want(ctx, name, dns.TypeCNAME, s.name("first")))
}

func checkTTL(ctx context.Context, s *site) error {
	name := s.name("alias")
	if err := s.change(ctx, Change(types.ChangeActionUpsert, Set(name, types.RRTypeCname, 60, s.name("first")))); err != nil {
		return err
	}
	reading, err := s.zone.Get(ctx, name, dns.TypeCNAME)
	if err != nil {
		return err
	}
	if err := s.change(ctx, Change(types.ChangeActionUpsert, Set(name, types.RRTypeCname, 300, s.name("first")))); err != nil {
		return err
	}
	err = s.pinned(ctx, reading, func(tx *dns.Tx) { tx.Put(name, dns.TypeCNAME, time.Minute, s.name("second")) })
	return errors.Join(conflict(err, ""), s.want(ctx, name, dns.TypeCNAME, s.name("first")))
}

func checkABA(ctx context.Context, s *site) error {
	name := s.name("alias")
	if _, err := s.zone.Swap(ctx, name, "", s.name("first")); err != nil {
		return err
	}
	reading, err := s.zone.Get(ctx, "_rev."+name, dns.TypeTXT)
	if err != nil {
		return err
	}
	for _, step := range [][2]string{{"first", "second"}, {"second", "first"}} {
		if _, err := s.open(s.API).Swap(ctx, name, s.name(step[0]), s.name(step[1])); err != nil {
			return err
		}
	}
	_, err = s.zone.Update(ctx, func(tx *dns.Tx) error {
		if _, err := tx.Get(ctx, name, dns.TypeCNAME); err != nil {
			return err
		}
		stamp, err := tx.Get(ctx, reading.Name, reading.Type)
		if err != nil {
			return err
		}
		tx.Pin(stamp)
		tx.Put(name, dns.TypeCNAME, time.Minute, s.name("third"))
		tx.PutNote(stamp.Name, dns.NewNote())
		return nil
	}, reading)
	return errors.Join(conflict(err, ""), s.want(ctx, name, dns.TypeCNAME, s.name("first")))
}

func checkSecondRun(ctx context.Context, s *site) error {
	name := s.name("_count")
	add := func(z *dns.Zone, known ...dns.Record) error {
		_, err := z.Update(ctx, func(tx *dns.Tx) error {
			r, err := tx.Get(ctx, name, dns.TypeTXT)
			if err != nil {
				return err
			}
			n := dns.NewNote()
			if r.Exists() {
				if n, err = r.Note(); err != nil {
					return err
				}
			}
			tx.PutNote(name, n.With("n", n.Value("n")+"|"))
			return nil
		}, known...)
		return err
	}
	stale, err := s.zone.Get(ctx, name, dns.TypeTXT)
	if err != nil {
		return err
	}
	if err := errors.Join(add(s.open(s.API)), add(s.open(s.API)), add(s.zone, stale)); err != nil {
		return err
	}
	r, err := s.zone.Get(ctx, name, dns.TypeTXT)
	if err != nil {
		return err
	}
	n, err := r.Note()
	if err == nil && n.Value("n") != "|||" {
		err = fmt.Errorf("three additions made %q", n.Value("n"))
	}
	return err
}

func checkOneWinner(ctx context.Context, s *site) error {
	const racers = 8
	name := s.name("alias")
	if _, err := s.zone.Swap(ctx, name, "", s.name("first")); err != nil {
		return err
	}
	// All of them have read before the first one writes.
	gate := &gate{API: s.API, closed: make(chan struct{}), left: racers}
	errs := make([]error, racers)
	var all sync.WaitGroup
	for i := range racers {
		all.Go(func() {
			_, errs[i] = s.open(gate).Swap(ctx, name, s.name("first"), s.name(fmt.Sprint("racer", i)))
		})
	}
	all.Wait()
	winner := -1
	for i, err := range errs {
		switch {
		case err == nil && winner >= 0:
			return fmt.Errorf("racers %d and %d have both won", winner, i)
		case err == nil:
			winner = i
		case !errors.Is(err, dns.ErrConflict):
			return err
		}
	}
	if winner < 0 {
		return fmt.Errorf("nobody has won: %w", errs[0])
	}
	return s.want(ctx, name, dns.TypeCNAME, s.name(fmt.Sprint("racer", winner)))
}

// gate holds batches back until everybody has one to send.
type gate struct {
	dns.API
	mu     sync.Mutex
	left   int
	closed chan struct{}
}

func (g *gate) ChangeResourceRecordSets(ctx context.Context, in *route53.ChangeResourceRecordSetsInput, optFns ...func(*route53.Options)) (*route53.ChangeResourceRecordSetsOutput, error) {
	g.mu.Lock()
	if g.left--; g.left == 0 {
		close(g.closed)
	}
	g.mu.Unlock()
	select {
	case <-g.closed:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return g.API.ChangeResourceRecordSets(ctx, in, optFns...)
}

// lossy loses the reply to the first batch; if it is to send it twice, what it returns is the answer to the second.
type lossy struct {
	dns.API
	twice bool
	mu    sync.Mutex
	done  bool
}

var errLost = errors.New("the reply was lost")

func (l *lossy) ChangeResourceRecordSets(ctx context.Context, in *route53.ChangeResourceRecordSetsInput, optFns ...func(*route53.Options)) (*route53.ChangeResourceRecordSetsOutput, error) {
	out, err := l.API.ChangeResourceRecordSets(ctx, in, optFns...)
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil || l.done {
		return out, err
	}
	l.done = true
	if l.twice {
		return l.API.ChangeResourceRecordSets(ctx, in, optFns...)
	}
	return nil, errLost
}

func checkLostReply(ctx context.Context, s *site) error { return s.checkLost(ctx, false) }

func checkSentTwice(ctx context.Context, s *site) error { return s.checkLost(ctx, true) }

func (s *site) checkLost(ctx context.Context, twice bool) error {
	name := s.name("alias")
	if _, err := s.zone.Swap(ctx, name, "", s.name("first")); err != nil {
		return err
	}
	z := s.open(&lossy{API: s.API, twice: twice})
	change, err := z.Swap(ctx, name, s.name("first"), s.name("second"))
	if err != nil {
		return err
	}
	if err := s.want(ctx, name, dns.TypeCNAME, s.name("second")); err != nil {
		return err
	}
	r, err := s.zone.Get(ctx, "_rev."+name, dns.TypeTXT)
	if err != nil {
		return err
	}
	n, err := r.Note()
	if err != nil {
		return err
	}
	if count, _ := n.Rev(); count != 3 { // both swaps, and the stamp that gives a change to wait for
		return fmt.Errorf("the stamp is %s", n.Stamp())
	}
	if change.ID == "" {
		return errors.New("there is no change to wait for")
	}
	return z.Wait(ctx, change)
}
