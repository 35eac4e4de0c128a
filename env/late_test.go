package env_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/dns"
	"github.com/peppercorn-go/peppercorn/env"
	"github.com/peppercorn-go/peppercorn/env/envtest"
	"github.com/peppercorn-go/peppercorn/guard"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/provisiontest"
)

// The tests of this file are about deployers that are late: what they do must not touch what has become of their environment.

var waiveLease = env.Waive(guard.Waiver{Policy: "NoDeployInProgress", Reason: "test", By: "ada"})

// stuck is a driver whose creates last until they are called off.
type stuck struct{ *provisiontest.Memory }

func (d stuck) Create(ctx context.Context, _ provision.Call) (provision.State, error) {
	<-ctx.Done()
	return provision.State{}, ctx.Err()
}

// slowServer returns a manager whose servers are made when the channel is closed.
func slowServer(t *testing.T, w *envtest.World, late <-chan struct{}) *env.Manager {
	t.Helper()
	return another(t, w, "slow", &held{Memory: w.Memory, create: func(node string) <-chan struct{} {
		if node == "server" {
			return late
		}
		return nil
	}})
}

func vanish(t *testing.T, w *envtest.World, id, node string) {
	t.Helper()
	inv, err := w.Describe(t.Context(), id)
	require.NoError(t, err)
	for _, s := range inv.Resources {
		if s.Node == node {
			w.Memory.Vanish(s.ID)
			return
		}
	}
	t.Fatalf("%s has no %s", id, node)
}

// A deployer wakes while its environment is being terminated. It must not publish "ready" over that.
func TestLateDeployerDoesNotPublishOverATermination(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t)
		c := w.Commit("one")
		late := make(chan struct{})
		deploy := inBackground(func() error { _, err := slowServer(t, w, late).Deploy(t.Context(), c, shop()); return err })
		time.Sleep(time.Minute)
		termination := inBackground(func() error { _, err := w.Terminate(t.Context(), c.Short(), waiveLease); return err })
		for !recordSays(w, c.Short(), "state=terminating") {
			time.Sleep(time.Second)
		}
		close(late)
		require.ErrorIs(t, deploy(), env.ErrSuperseded)
		require.True(t, recordSays(w, c.Short(), "state=terminating"))
		require.Empty(t, text(w, c.Short()+"."+envtest.Base, types.RRTypeCname))
		require.NoError(t, termination())
		require.Empty(t, w.Memory.All())
	})
}

// A Heal wakes while its environment is draining, which then turns back. It must neither make it ready too early nor delete anything.
func TestLateHealLeavesADrainingEnvironmentAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t)
		c := w.Commit("one")
		e := deployed(t, w.Manager, c, shop())
		vanish(t, w, e.ID, "server")
		late := make(chan struct{})
		heal := inBackground(func() error { _, err := slowServer(t, w, late).Deploy(t.Context(), c, shop(), env.Heal()); return err })
		time.Sleep(5 * time.Second)
		termination := inBackground(func() error { _, err := w.Terminate(t.Context(), e.ID); return err })
		time.Sleep(15 * time.Second)
		require.True(t, recordSays(w, e.ID, "state=draining"))
		edit(t, w, types.ChangeActionCreate, "www.example.com", "CNAME", e.Host)
		close(late)
		require.ErrorIs(t, heal(), env.ErrSuperseded)
		require.True(t, recordSays(w, e.ID, "state=draining"))
		require.ErrorIs(t, termination(), env.ErrPointedAt)
		whole(t, w, e.ID, 3)
		require.Equal(t, e.Host, text(w, e.Name, types.RRTypeCname))
	})
}

// Whoever makes resources for an environment that is gone is told within a third of the lease, in the middle of a create.
func TestWatchStopsADeployThatLostItsRecord(t *testing.T) {
	for _, heal := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			w := envtest.New(t)
			c := w.Commit("one")
			opts := []env.Option{}
			if heal {
				e := deployed(t, w.Manager, c, shop())
				vanish(t, w, e.ID, "server")
				opts = append(opts, env.Heal())
			}
			var stopped time.Time
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Hour) // else a deploy that nobody stops goes on for ever
			defer cancel()
			deploy := inBackground(func() error {
				_, err := another(t, w, "slow", stuck{w.Memory}).Deploy(ctx, c, shop(), opts...)
				stopped = time.Now()
				return err
			})
			time.Sleep(time.Minute)
			_, err := w.Terminate(t.Context(), c.Short(), waiveLease)
			require.NoError(t, err)
			gone := time.Now()
			require.ErrorIs(t, deploy(), env.ErrSuperseded)
			require.LessOrEqual(t, stopped.Sub(gone), 5*time.Minute+10*time.Second, "a third of the lease")
			require.Empty(t, note(w, c.Short()))
		})
	}
}

// The watch keeps the lease alive during the probe too, which may take longer.
func TestLeaseOutlivesALongProbe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t)
		c := w.Commit("one")
		deploy := inBackground(func() error {
			_, err := w.Deploy(t.Context(), c, shop(), env.Probe(func(context.Context, env.Target) error { time.Sleep(40 * time.Minute); return nil }))
			return err
		})
		for range 3 {
			time.Sleep(11 * time.Minute)
			_, err := w.Terminate(t.Context(), c.Short())
			require.ErrorIs(t, err, guard.ErrRefused)
			require.Equal(t, []string{"NoDeployInProgress"}, refusedBy(t, err))
		}
		require.NoError(t, deploy())
		whole(t, w, c.Short(), 3)
	})
}

// A deployer is in its probe. Another one has finished, and a Heal has given the environment another host since: what the first one
// knows is out of date.
func TestLateDeployerDoesNotWriteOverAHeal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t)
		c := w.Commit("one")
		late, in := make(chan struct{}), make(chan struct{})
		var seen env.Environment
		deploy := inBackground(func() (err error) {
			seen, err = w.Process(t, "late").Deploy(t.Context(), c, shop(), env.Probe(func(context.Context, env.Target) error {
				close(in)
				<-late
				return nil
			}))
			return err
		})
		<-in
		e := deployed(t, w.Manager, c, shop())
		promoted(t, w.Manager, "production", e.ID)
		vanish(t, w, e.ID, "server")
		healed, err := w.Deploy(t.Context(), c, shop(), env.Heal())
		require.NoError(t, err)
		require.NotEqual(t, e.Host, healed.Host, "the host that this test is about")
		close(late)
		require.NoError(t, deploy())
		require.Equal(t, healed.Host, seen.Host)
		host, ok := w.Route53.Resolve(productionName)
		require.True(t, ok)
		require.Equal(t, healed.Host, host)
	})
}

// A promotion has probed a host that a Heal has replaced in the meantime. Nobody has probed the new one.
func TestPromotionIsPinnedToTheHostThatItProbed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t)
		a, c := deployed(t, w.Manager, w.Commit("one"), shop()), w.Commit("two")
		b := deployed(t, w.Manager, c, shop())
		promoted(t, w.Manager, "production", a.ID)
		_, err := w.Process(t, "ci").Promote(t.Context(), "production", b.ID, env.Probe(func(ctx context.Context, _ env.Target) error {
			vanish(t, w, b.ID, "server")
			_, err := w.Deploy(ctx, c, shop(), env.Heal())
			return err
		}))
		require.ErrorIs(t, err, dns.ErrConflict)
		pointsAt(t, w, "production", a.ID)
	})
}

// freeze is a policy that lets nothing be deployed.
type freeze struct{}

func (freeze) Name() string { return "Freeze" }
func (freeze) Judge(op guard.Operation) guard.Decision {
	return guard.Decision{Allow: op.Action != guard.ActionDeploy, Reason: "it is Friday"}
}

// A policy may refuse to make an environment. To join one that is there needs no leave.
func TestGuardIsAskedBeforeADeploy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		frozen := false
		w := envtest.New(t, func(o *envtest.Options) {
			o.Config = func(c *env.Config) {
				if frozen {
					c.Guard = guard.New(append(guard.Defaults(), freeze{})...)
				}
			}
		})
		ctx := t.Context()
		one, two := w.Commit("one"), w.Commit("two")
		before := deployed(t, w.Manager, one, shop())
		frozen = true
		m := w.Process(t, "frozen")
		same := unchanged(t, w)
		for _, opts := range [][]env.Option{nil, {env.DryRun()}} {
			_, err := m.Deploy(ctx, two, shop(), opts...)
			require.ErrorIs(t, err, guard.ErrRefused)
			require.Equal(t, []string{"Freeze"}, refusedBy(t, err))
		}
		same()
		joined, err := m.Deploy(ctx, one, shop())
		require.NoError(t, err)
		require.Equal(t, before.Attempt, joined.Attempt)
		_, err = m.Deploy(ctx, one, shop(), env.Heal())
		require.NoError(t, err)

		// Also while it is being made.
		late := make(chan struct{})
		slow := inBackground(func() error { _, err := slowServer(t, w, late).Deploy(ctx, two, shop()); return err })
		time.Sleep(time.Minute)
		_, err = m.Deploy(ctx, two, shop())
		require.NoError(t, err)
		close(late)
		require.NoError(t, slow())
		_, err = m.Deploy(ctx, w.Commit("three"), shop(), env.Waive(guard.Waiver{Policy: "Freeze", Reason: "an outage", By: "ada"}))
		require.NoError(t, err)
	})
}

// A name that somebody else has is found before anything is made.
func TestForeignNameStopsADeployAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t)
		c := w.Commit("one")
		edit(t, w, types.ChangeActionCreate, c.Short()+"."+envtest.Base, "CNAME", "elsewhere.example.net")
		same := unchanged(t, w)
		for _, opts := range [][]env.Option{nil, {env.DryRun()}} {
			_, err := w.Deploy(t.Context(), c, shop(), opts...)
			require.ErrorIs(t, err, env.ErrForeign)
			require.ErrorContains(t, err, c.Short()+"."+envtest.Base)
		}
		same()
		require.Empty(t, w.Memory.Calls())
	})
}

// The root record was deleted by hand. To make another registry would hide all resources that carry the old one.
func TestDeployMakesNoSecondRegistry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t)
		one := w.Commit("one")
		deployed(t, w.Manager, one, shop())
		drop(t, w, "_peppercorn."+envtest.Base, types.RRTypeTxt)
		same := unchanged(t, w)
		_, err := w.Deploy(t.Context(), w.Commit("two"), shop())
		require.ErrorIs(t, err, env.ErrNotFound)
		require.ErrorContains(t, err, "_peppercorn."+envtest.Base)
		require.ErrorContains(t, err, provision.TagRegistry)
		_, err = w.Deploy(t.Context(), one, shop(), env.Heal())
		require.ErrorIs(t, err, env.ErrNotFound)
		same()
	})
}
