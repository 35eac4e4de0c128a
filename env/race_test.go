package env_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/dns"
	"github.com/peppercorn-go/peppercorn/dns/dnstest"
	"github.com/peppercorn-go/peppercorn/env"
	"github.com/peppercorn-go/peppercorn/guard"
)

// A promotion and a termination of one environment that start together, in a world whose every request takes a random time. The
// rule is one winner; that neither wins is allowed, as long as it is rare and leaves nothing stuck.
func TestPromoteAndTerminateNeverBothSucceed(t *testing.T) {
	t.Parallel()
	seeds := seedCount(t)
	var tally tally
	eachSeed(t, seeds, func(t *testing.T, seed uint64) error {
		r := newRaceWorld(t, seed)
		blue, err := r.deploy("blue")
		require.NoError(t, err)
		if seed%2 == 0 {
			// The alias exists and has to leave another environment; else it is made by the race.
			green, err := r.deploy("green")
			require.NoError(t, err)
			_, err = r.Promote(r.ctx, "production", green.ID, env.NoWait())
			require.NoError(t, err)
		}
		if seed%3 == 0 {
			r.goWrong()
		}
		promoter, terminator := r.Process(t, "promoter"), r.Process(t, "terminator")
		var promoted, terminated error
		r.start(func() {
			// A termination looks at more before its first batch, so it gets a start.
			time.Sleep(700 * time.Millisecond)
			_, promoted = promoter.Promote(r.ctx, "production", blue.ID)
		})
		r.start(func() { _, terminated = terminator.Terminate(r.ctx, blue.ID) })
		r.wait()

		if promoted == nil && terminated == nil {
			return r.failure("both succeeded")
		}
		for verb, err := range map[string]error{"promote": promoted, "terminate": terminated} {
			if !expected(err) {
				return r.failure("%s failed in an unexpected way: %v", verb, err)
			}
		}
		if err := r.verify(); err != nil {
			return err
		}
		switch {
		case promoted == nil:
			tally.add("the promotion won")
			return r.points("production", blue)
		case terminated == nil:
			tally.add("the termination won")
			return r.isGone(blue.ID)
		}
		tally.add("neither won")
		if _, err := r.Terminate(r.ctx, blue.ID); err != nil {
			return r.failure("neither won (%v; %v), and it cannot be terminated afterwards: %v", promoted, terminated, err)
		}
		return errors.Join(r.verify(), r.isGone(blue.ID))
	})
	t.Logf("%d seeds: %s", seeds, &tally)
	if t.Failed() || seeds < 100 {
		return
	}
	// A race that only one side can win proves nothing.
	require.Greater(t, tally.count("the promotion won"), seeds/20)
	require.Greater(t, tally.count("the termination won"), seeds/20)
	require.Less(t, tally.count("neither won"), seeds/20)
}

// Everybody at once: three who promote, two who terminate, one who deploys and one who rolls back, on a few environments and
// aliases, while replies get lost and requests are throttled.
func TestEverybodyAtOnce(t *testing.T) {
	t.Parallel()
	seeds := seedCount(t)
	var tally tally
	eachSeed(t, seeds, func(t *testing.T, seed uint64) error {
		r := newRaceWorld(t, seed)
		r.populate(t)
		r.goWrong()
		r.watch("production")
		r.startAll(t, &tally)
		r.wait()
		return r.verify()
	})
	t.Logf("%d seeds: %s", seeds, &tally)
	if t.Failed() || seeds < 100 {
		return
	}
	for _, verb := range []string{"promote", "terminate", "deploy", "rollback"} {
		require.Positive(t, tally.count(verb+" succeeded"))
	}
}

// Several terminations of one environment at once, in a world that loses half of the replies: they join or give way, and none of them
// deletes anything before every name server knows that the environment is terminating.
func TestTerminationsAtOnce(t *testing.T) {
	t.Parallel()
	seeds := seedCount(t) / 4
	var tally tally
	eachSeed(t, seeds, func(t *testing.T, seed uint64) error {
		r := newRaceWorld(t, seed)
		blue, err := r.deploy("blue")
		require.NoError(t, err)
		heal := r.Route53.Inject(dnstest.Fault{Match: dnstest.On("ChangeResourceRecordSets"), Probability: 0.5, Kind: dnstest.LostReply})
		for i := range 3 {
			m := r.Process(t, fmt.Sprint("terminator ", i)).Manager
			r.start(func() {
				switch _, err := m.Terminate(r.ctx, blue.ID); {
				case err == nil:
					tally.add("succeeded")
				case expected(err):
					tally.add("gave way")
				default:
					r.violation("unexpected: %v", err)
				}
			})
		}
		r.wait()
		heal()
		if _, err := r.Terminate(r.ctx, blue.ID); err != nil && !errors.Is(err, env.ErrNotFound) {
			return r.failure("it cannot be terminated afterwards: %v", err)
		}
		return errors.Join(r.verify(), r.isGone(blue.ID))
	})
	t.Logf("%d seeds: %s", seeds, &tally)
}

// startAll starts everybody. What they do is chosen here, so that it depends on the seed alone.
func (r *raceWorld) startAll(t *testing.T, tally *tally) {
	act := func(who string, acts ...func(m *env.Manager) (string, error)) {
		m := r.Process(t, who).Manager
		r.start(func() {
			for _, act := range acts {
				verb, err := act(m)
				switch {
				case err == nil:
					tally.add(verb + " succeeded")
				case expected(err):
					tally.add(verb + " did not")
				default:
					r.violation("%s failed in an unexpected way: %v", verb, err)
				}
			}
		})
	}
	promote := func(alias, name string) func(*env.Manager) (string, error) {
		think := time.Duration(max(0, r.dice.IntN(90)-45)) * time.Second
		return func(m *env.Manager) (string, error) {
			// Half of them take their time between the decision and the deed.
			p, err := m.Promote(r.ctx, alias, r.version(name).Hash, env.Before(func(context.Context, env.Promotion) error {
				time.Sleep(think)
				return nil
			}))
			if err == nil && p.Changed {
				r.promise(p)
			}
			return "promote", err
		}
	}
	terminate := func(name string) func(*env.Manager) (string, error) {
		return func(m *env.Manager) (string, error) {
			waive := func(policy string) guard.Waiver {
				return guard.Waiver{Policy: policy, Reason: "a race", By: "the test"}
			}
			_, err := m.Terminate(r.ctx, r.version(name).Hash, env.Waive(waive("Drained"), waive("KeepsRollback")))
			return "terminate", err
		}
	}
	deploy := func(name string) func(*env.Manager) (string, error) {
		return func(m *env.Manager) (string, error) {
			_, err := m.Deploy(r.ctx, r.version(name), r.blueprint(name))
			return "deploy", err
		}
	}
	rollback := func(m *env.Manager) (string, error) {
		p, err := m.Rollback(r.ctx, "production")
		if err == nil && p.Changed {
			r.promise(p)
		}
		return "rollback", err
	}
	unpin := func(m *env.Manager) (string, error) { return "unpin", m.Unpin(r.ctx, "production") }

	pick := func(from ...string) string { return from[r.dice.IntN(len(from))] }
	for i := range 3 {
		act(fmt.Sprint("promoter ", i), promote(pick("production", "staging"), pick(raceNames...)),
			promote(pick("production", "staging"), pick(raceNames...)))
	}
	for i := range 2 {
		act(fmt.Sprint("terminator ", i), terminate(pick(raceNames...)), terminate(pick(raceNames...)))
	}
	act("deployer", deploy(pick(raceNames...)), deploy(pick(raceNames...)))
	act("operator", rollback, unpin)
}

// expected is whether an error is one that a race, or a world where requests fail, may give. That an alias drifted is not: nobody
// edits the zone by hand here.
func expected(err error) bool {
	for _, target := range []error{
		nil, dns.ErrConflict, dns.ErrBusy, guard.ErrRefused, env.ErrNotReady, env.ErrNotFound, env.ErrNoRollback, env.ErrTerminating,
		env.ErrSuperseded,
	} {
		if errors.Is(err, target) {
			return true
		}
	}
	return false
}
