package env_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/dns"
	"github.com/peppercorn-go/peppercorn/dns/dnstest"
	"github.com/peppercorn-go/peppercorn/env"
	"github.com/peppercorn-go/peppercorn/env/envtest"
	"github.com/peppercorn-go/peppercorn/guard"
)

// The tests of this file are about Restore and Adopt, which settle what a hand has done to an alias.

// verbOn calls one of the two.
func verbOn(m *env.Manager, op string) func(context.Context, string, ...env.Option) error {
	if op == "adopt" {
		return m.Adopt
	}
	return m.Restore
}

// strayed is a world in which a hand has moved production from the first environment to the second; a third one is there as well.
func strayed(t *testing.T, w *envtest.World) (a, b, c env.Environment) {
	t.Helper()
	a = deployed(t, w.Manager, w.Commit("one"), shop())
	b = deployed(t, w.Manager, w.Commit("two"), shop())
	c = deployed(t, w.Manager, w.Commit("three"), shop())
	promoted(t, w.Manager, "production", a.ID)
	edit(t, w, types.ChangeActionUpsert, productionName, "CNAME", b.Name)
	return a, b, c
}

// After Restore, resolvers still send users to where the hand had pointed the name.
func TestRestoreLetsTheOtherEnvironmentDrain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t)
		_, b, _ := strayed(t, w)
		time.Sleep(24 * time.Hour)
		require.NoError(t, w.Restore(t.Context(), "production", env.NoWait()))
		drains(t, w, b.ID, time.Hour)
	})
}

// Restore puts back what was: the pin of a rollback and the time of the promotion too. Adopt is a new decision.
func TestWhatRestoreKeepsAndAdoptDoesNot(t *testing.T) {
	for _, op := range []string{"restore", "adopt"} {
		t.Run(op, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := envtest.New(t)
				ctx := t.Context()
				a, b := deployed(t, w.Manager, w.Commit("one"), shop()), deployed(t, w.Manager, w.Commit("two"), shop())
				promoted(t, w.Manager, "production", a.ID)
				promoted(t, w.Manager, "production", b.ID)
				_, err := w.Rollback(ctx, "production")
				require.NoError(t, err)
				before := liveAlias(t, w, "production")
				require.True(t, before.Pinned)
				time.Sleep(time.Hour)
				edit(t, w, types.ChangeActionUpsert, productionName, "CNAME", b.Name)
				require.NoError(t, verbOn(w.Manager, op)(ctx, "production"))
				served(t, w)
				now := liveAlias(t, w, "production")
				if op == "restore" {
					require.Equal(t, before, now)
					_, err = w.Promote(ctx, "production", b.ID)
					require.Equal(t, []string{"NotPinned"}, refusedBy(t, err))
					return
				}
				require.Equal(t, b.ID, now.Environment)
				require.False(t, now.Pinned)
				require.Greater(t, now.Since.Sub(before.Since), 50*time.Minute)
				require.Equal(t, a.ID, now.Previous[0].Environment)
				require.Equal(t, "production", word(note(w, b.ID), "held"))
				require.Empty(t, word(note(w, a.ID), "held"))
				require.NotEmpty(t, word(note(w, a.ID), "unheld"), "it drains from now on")
			})
		})
	}
}

// A hand moves the name once more between the reading and the batch.
func TestSettlingIsPinnedToTheName(t *testing.T) {
	for _, op := range []string{"restore", "adopt"} {
		t.Run(op, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := envtest.New(t)
				a, _, c := strayed(t, w)
				w.Route53.Inject(dnstest.Fault{Match: comment("ci", op), Times: 1, Kind: dnstest.Delay, Delay: time.Minute})
				ci := w.Process(t, "ci")
				late := inBackground(func() error { return verbOn(ci.Manager, op)(t.Context(), "production") })
				time.Sleep(30 * time.Second)
				edit(t, w, types.ChangeActionUpsert, productionName, "CNAME", c.Name)
				err := late()
				if op == "adopt" {
					// Its batch does not touch the name, so that Route 53 cannot refuse it. It is told all the same.
					require.ErrorIs(t, err, env.ErrDrift)
				} else {
					require.ErrorIs(t, err, dns.ErrConflict)
					require.Equal(t, a.ID, word(aliasNote(w, "production"), "to"))
				}
				require.Equal(t, c.Name, text(w, productionName, types.RRTypeCname))
			})
		})
	}
}

// The alias was settled, promoted, and strayed again to the same place: it looks as it did, and its record says something else.
func TestSettlingIsPinnedToTheRecord(t *testing.T) {
	for _, op := range []string{"restore", "adopt"} {
		t.Run(op, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := envtest.New(t)
				a, b, c := strayed(t, w)
				w.Route53.Inject(dnstest.Fault{Match: comment("ci", op), Times: 1, Kind: dnstest.Delay, Delay: 10 * time.Minute})
				ci := w.Process(t, "ci")
				late := inBackground(func() error { return verbOn(ci.Manager, op)(t.Context(), "production") })
				time.Sleep(30 * time.Second)
				edit(t, w, types.ChangeActionUpsert, productionName, "CNAME", a.Name)
				promoted(t, w.Manager, "production", c.ID)
				edit(t, w, types.ChangeActionUpsert, productionName, "CNAME", b.Name)
				require.ErrorIs(t, late(), dns.ErrConflict)
				require.Equal(t, c.ID, word(aliasNote(w, "production"), "to"))
				require.Equal(t, b.Name, text(w, productionName, types.RRTypeCname))
			})
		})
	}
}

// The environment to be adopted is drained between the reading and the batch.
func TestAdoptTakesNothingThatIsDraining(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t)
		a, b := deployed(t, w.Manager, w.Commit("one"), shop()), deployed(t, w.Manager, w.Commit("two"), shop())
		promoted(t, w.Manager, "production", a.ID)
		w.Route53.Inject(dnstest.Fault{Match: comment("", "drain"), Times: 1, Kind: dnstest.Delay, Delay: 2 * time.Minute})
		w.Route53.Inject(dnstest.Fault{Match: comment("ci", "adopt"), Times: 1, Kind: dnstest.Delay, Delay: 2 * time.Minute})
		termination := inBackground(func() error { _, err := w.Terminate(t.Context(), b.ID); return err })
		time.Sleep(15 * time.Second)
		edit(t, w, types.ChangeActionUpsert, productionName, "CNAME", b.Name)
		require.ErrorIs(t, w.Process(t, "ci").Adopt(t.Context(), "production"), env.ErrNotReady)
		require.Equal(t, a.ID, word(aliasNote(w, "production"), "to"))
		require.ErrorIs(t, termination(), env.ErrPointedAt)
		whole(t, w, b.ID, 3)
	})
}

// The batch of an adoption does not change the name. A hand that moves it once more while the change is on its way is told.
func TestAdoptLooksAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t)
		_, _, c := strayed(t, w)
		adoption := inBackground(func() error { return w.Adopt(t.Context(), "production") })
		time.Sleep(15 * time.Second)
		edit(t, w, types.ChangeActionUpsert, productionName, "CNAME", c.Name)
		require.ErrorIs(t, adoption(), env.ErrDrift)
	})
}

// What the record says is another incarnation: nobody has put that one live.
func TestRestoreWantsTheSameAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t)
		a, _, _ := strayed(t, w)
		rewrite(t, w, "production._alias."+envtest.Base, "attempt="+a.Attempt, "attempt=aaaaaaaaaa")
		same := unchanged(t, w)
		for _, opts := range [][]env.Option{nil, {env.DryRun()}} { // a dry run says what the real run would
			err := w.Restore(t.Context(), "production", opts...)
			require.ErrorIs(t, err, env.ErrNotFound)
			require.ErrorContains(t, err, "deployed anew")
		}
		same()
	})
}

// A dry run of Restore judges all that the real run does.
func TestRestoreRefusesAnEnvironmentThatIsNotReady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t)
		a, _, _ := strayed(t, w)
		rewrite(t, w, a.ID+"._env."+envtest.Base, "state=ready", "state=draining")
		same := unchanged(t, w)
		for _, opts := range [][]env.Option{nil, {env.DryRun()}} {
			require.ErrorIs(t, w.Restore(t.Context(), "production", opts...), env.ErrNotReady)
		}
		same()
	})
}

// A hand points an alias at the entrance's host itself. That is where it points by its record, so it was not moved.
func TestAdoptOfItsOwnHostIsNoMove(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t)
		ctx := t.Context()
		a, b := deployed(t, w.Manager, w.Commit("one"), shop()), deployed(t, w.Manager, w.Commit("two"), shop())
		promoted(t, w.Manager, "preview", a.ID)
		promoted(t, w.Manager, "preview", b.ID)
		edit(t, w, types.ChangeActionUpsert, "preview."+envtest.Base, "CNAME", "dualstack."+b.Host)
		require.NoError(t, w.Adopt(ctx, "preview"))
		pointsAt(t, w, "preview", b.ID)
		require.NotContains(t, word(aliasNote(w, "preview"), "prev"), b.ID, "it is its own past")
		p, err := w.Rollback(ctx, "preview")
		require.NoError(t, err)
		require.Equal(t, a.ID, p.To.ID)
		require.True(t, p.Changed)
		pointsAt(t, w, "preview", a.ID)
	})
}

// What the console writes for a load balancer has "dualstack." before the host, for the same addresses.
func TestDualstackHostIsTheEntrance(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t)
		a, b, c := strayed(t, w)
		consoleAlias(t, w, "www.example.com", c.Host)
		_, err := w.Terminate(t.Context(), c.ID, waiveAll)
		require.Equal(t, []string{"NothingPointsAt"}, refusedBy(t, err))
		require.ErrorContains(t, err, "www.example.com")
		whole(t, w, c.ID, 3)

		edit(t, w, types.ChangeActionUpsert, productionName, "CNAME", "dualstack."+b.Host)
		_, err = w.Terminate(t.Context(), b.ID, waiveAll)
		require.Contains(t, refusedBy(t, err), "NothingPointsAt")
		require.NoError(t, w.Adopt(t.Context(), "production"))
		pointsAt(t, w, "production", b.ID)
		require.Empty(t, word(note(w, a.ID), "held"))
	})
}

// Two environments behind one load balancer of somebody else: its host does not say which one is meant.
func TestAdoptOfAHostThatTwoShare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t)
		shared := worker()
		shared.Entrance.Host = "lb.example.net"
		deployed(t, w.Manager, w.Commit("one"), shared)
		deployed(t, w.Manager, w.Commit("two"), shared)
		c := deployed(t, w.Manager, w.Commit("three"), shop())
		promoted(t, w.Manager, "preview", c.ID)
		edit(t, w, types.ChangeActionUpsert, "preview."+envtest.Base, "CNAME", "lb.example.net")
		same := unchanged(t, w)
		err := w.Adopt(t.Context(), "preview")
		require.ErrorIs(t, err, env.ErrForeign)
		require.ErrorContains(t, err, "several environments")
		same()
		require.NoError(t, w.Restore(t.Context(), "preview"))
		pointsAt(t, w, "preview", c.ID)
	})
}

// A hand has made the alias a weighted set. Listings show its members one by one, any of which may point anywhere.
func TestWeightedAliasIsDrift(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t)
		ctx := t.Context()
		a, b := deployed(t, w.Manager, w.Commit("one"), shop()), deployed(t, w.Manager, w.Commit("two"), shop())
		promoted(t, w.Manager, "preview", b.ID)
		promoted(t, w.Manager, "preview", a.ID)
		name := "preview." + envtest.Base
		x, y := dnstest.Set(name, types.RRTypeCname, 60, a.Name), dnstest.Set(name, types.RRTypeCname, 60, b.Name)
		x.SetIdentifier, x.Weight = aws.String("1"), aws.Int64(1)
		y.SetIdentifier, y.Weight = aws.String("2"), aws.Int64(99)
		old, ok := recordSet(w, name, types.RRTypeCname)
		require.True(t, ok)
		require.NoError(t, w.Route53.Edit(w.ZoneID, dnstest.Change(types.ChangeActionDelete, old),
			dnstest.Change(types.ChangeActionCreate, x), dnstest.Change(types.ChangeActionCreate, y)))
		time.Sleep(time.Hour)

		same := unchanged(t, w)
		live := liveAlias(t, w, "preview")
		require.NotNil(t, live.Drift)
		require.Contains(t, live.Drift.Points, "one of several")
		for _, id := range []string{a.ID, b.ID} {
			_, err := w.Promote(ctx, "preview", id)
			require.ErrorIs(t, err, env.ErrDrift)
			_, err = w.Terminate(ctx, id, waiveAll)
			require.ErrorIs(t, err, guard.ErrRefused)
			require.Contains(t, refusedBy(t, err), "NothingPointsAt")
		}
		_, err := w.Rollback(ctx, "preview")
		require.ErrorIs(t, err, env.ErrDrift)
		require.ErrorIs(t, w.Release(ctx, "preview"), env.ErrDrift)
		require.ErrorIs(t, w.Unpin(ctx, "preview"), env.ErrDrift)
		require.Error(t, w.Restore(ctx, "preview"))
		require.Error(t, w.Adopt(ctx, "preview"))
		same()
	})
}
