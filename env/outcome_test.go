package env_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/dns"
	"github.com/peppercorn-go/peppercorn/dns/dnstest"
	"github.com/peppercorn-go/peppercorn/env"
	"github.com/peppercorn-go/peppercorn/env/envtest"
	"github.com/peppercorn-go/peppercorn/gitmeta"
	"github.com/peppercorn-go/peppercorn/guard"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// A dry run of every verb writes nothing, makes nothing, and says what the real run would.
func TestDryRunsOfTheOtherVerbsWriteNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, a, b := pinnedShop(t)
		ctx := t.Context()
		c := w.Commit("three")
		late := make(chan struct{})
		goOn := sync.OnceFunc(func() { close(late) })
		defer goOn()
		deploy := inBackground(func() error { _, err := slowServer(t, w, late).Deploy(ctx, c, shop()); return err })
		time.Sleep(time.Minute)

		same := unchanged(t, w)
		require.NoError(t, w.Unpin(ctx, "preview", env.DryRun()))
		joined, err := w.Deploy(ctx, c, shop(), env.DryRun())
		require.NoError(t, err)
		require.Equal(t, env.StateProvisioning, joined.State)
		_, err = w.Deploy(ctx, a.Commit, shop(), env.DryRun(), env.Heal())
		require.NoError(t, err)
		_, err = w.Promote(ctx, "preview", a.ID, env.DryRun())
		require.NoError(t, err)
		same()
		require.True(t, liveAlias(t, w, "preview").Pinned)

		edit(t, w, types.ChangeActionUpsert, "preview."+envtest.Base, "CNAME", b.Name)
		same = unchanged(t, w)
		require.NoError(t, w.Restore(ctx, "preview", env.DryRun()))
		require.NoError(t, w.Adopt(ctx, "preview", env.DryRun()))
		same()
		goOn()
		require.NoError(t, deploy())
	})
}

func TestDryRunOfTerminateSaysWhatWouldGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t)
		b := shop()
		kinds.AddBucket(b, "photos", kinds.Bucket{}, provision.Keep)
		e := deployed(t, w.Manager, w.Commit("one"), b)
		same := unchanged(t, w)
		would, err := w.Terminate(t.Context(), e.ID, env.DryRun())
		require.NoError(t, err)
		same()
		require.Len(t, would.Gone, 3)
		require.Len(t, would.Kept, 1)
		did, err := w.Terminate(t.Context(), e.ID)
		require.NoError(t, err)
		require.ElementsMatch(t, ids(would.Gone), ids(did.Gone))
		require.Equal(t, ids(would.Kept), ids(did.Kept))
	})
}

func ids(states []provision.State) (all []string) {
	for _, s := range states {
		all = append(all, s.ID)
	}
	return all
}

// noMoves is a policy that lets no alias be settled or unpinned.
type noMoves struct{}

func (noMoves) Name() string { return "NoMoves" }
func (noMoves) Judge(op guard.Operation) guard.Decision {
	switch op.Action {
	case guard.ActionAdopt, guard.ActionRestore, guard.ActionUnpin, guard.ActionRelease:
		return guard.Decision{Reason: "not today"}
	}
	return guard.Decision{Allow: true}
}

// Every verb asks the guard, the dry run as well, and a refusal writes nothing.
func TestEveryVerbOnAnAliasIsJudged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t, func(o *envtest.Options) { o.Config = func(c *env.Config) { c.Guard = guard.New(noMoves{}) } })
		ctx := t.Context()
		a, b := deployed(t, w.Manager, w.Commit("one"), shop()), deployed(t, w.Manager, w.Commit("two"), shop())
		promoted(t, w.Manager, "preview", a.ID)
		for _, opts := range [][]env.Option{nil, {env.DryRun()}} {
			require.ErrorIs(t, w.Unpin(ctx, "preview", opts...), guard.ErrRefused)
			require.ErrorIs(t, w.Release(ctx, "preview", opts...), guard.ErrRefused)
		}
		edit(t, w, types.ChangeActionUpsert, "preview."+envtest.Base, "CNAME", b.Name)
		same := unchanged(t, w)
		for _, opts := range [][]env.Option{nil, {env.DryRun()}} {
			require.ErrorIs(t, w.Restore(ctx, "preview", opts...), guard.ErrRefused)
			require.ErrorIs(t, w.Adopt(ctx, "preview", opts...), guard.ErrRefused)
		}
		same()
		require.NoError(t, w.Adopt(ctx, "preview", env.Waive(guard.Waiver{Policy: "NoMoves", Reason: "test", By: "ada"})))
		pointsAt(t, w, "preview", b.ID)
	})
}

// A repeated rollback, and the last change of a termination, are told when every server has them.
func TestRepeatedRollbackWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t)
		a, b := deployed(t, w.Manager, w.Commit("one"), shop()), deployed(t, w.Manager, w.Commit("two"), shop())
		promoted(t, w.Manager, "preview", a.ID)
		promoted(t, w.Manager, "preview", b.ID)
		for k := 1; !strings.Contains(aliasNote(w, "preview"), "pinned="); k++ {
			require.Less(t, k, 50)
			dying := w.Process(t, "dying"+strings.Repeat("x", k))
			dying.CrashAt(k, dnstest.After)
			_, err := dying.Rollback(t.Context(), "preview")
			require.ErrorIs(t, err, dnstest.ErrCrashed)
		}
		require.NotEqual(t, w.Route53.Records(w.ZoneID), w.Route53.Served(w.ZoneID))
		p, err := w.Rollback(t.Context(), "preview")
		require.NoError(t, err)
		require.False(t, p.Changed)
		require.Equal(t, a.ID, p.To.ID)
		served(t, w)
		time.Sleep(time.Hour)
		_, err = w.Terminate(t.Context(), b.ID)
		require.NoError(t, err)
		served(t, w)
	})
}

// A failover has lost the change of a promotion: nobody waits for it for ever, and nobody calls it done.
func TestPromotionLostByAFailoverIsUncertain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t)
		a := deployed(t, w.Manager, w.Commit("one"), shop())
		began := time.Now()
		promotion := inBackground(func() error { _, err := w.Promote(t.Context(), "production", a.ID); return err })
		time.Sleep(15 * time.Second)
		lost, err := w.Route53.Failover(w.ZoneID)
		require.NoError(t, err)
		require.NotEmpty(t, lost)
		err = promotion()
		require.ErrorIs(t, err, dns.ErrUncertain)
		require.ErrorContains(t, err, "run the verb again")
		require.InDelta(t, 30*time.Minute, time.Since(began), float64(time.Minute))
		promoted(t, w.Manager, "production", a.ID)
		pointsAt(t, w, "production", a.ID)
	})
}

// brokenGit is a repository that does not answer.
type brokenGit struct{}

func (brokenGit) Lookup(context.Context, ...string) (map[string]gitmeta.Commit, []string, error) {
	return nil, nil, errors.New("git: not found")
}

func (brokenGit) Between(context.Context, string, string) ([]gitmeta.Commit, error) {
	return nil, errors.New("git: not found")
}

// In an incident one wants to roll back, not to repair git first.
func TestGitThatFailsStopsNoVerb(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t, func(o *envtest.Options) { o.Config = func(c *env.Config) { c.Repo = brokenGit{} } })
		ctx := t.Context()
		a, b := deployed(t, w.Manager, w.Commit("one"), shop()), deployed(t, w.Manager, w.Commit("two"), shop())
		promoted(t, w.Manager, "production", a.ID)
		promoted(t, w.Manager, "production", b.ID)
		live := liveAlias(t, w, "production")
		require.Equal(t, gitmeta.Commit{Hash: b.Commit.Hash}, live.Commit)
		p, err := w.Rollback(ctx, "production")
		require.NoError(t, err)
		require.Equal(t, gitmeta.Commit{Hash: a.Commit.Hash}, p.To.Commit)
		require.NoError(t, w.Unpin(ctx, "production"))
		for e, err := range w.List(ctx) {
			require.NoError(t, err)
			require.Len(t, e.Commit.Hash, 40)
		}
		_, err = w.Describe(ctx, a.ID)
		require.NoError(t, err)
		_, err = w.Terminate(ctx, b.ID, waiveAll)
		require.NoError(t, err)
	})
}

// Route 53 takes 256 characters of a comment. That somebody waived a policy comes before a reason that may be longer.
func TestWaiversComeBeforeALongReason(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t)
		a, b := deployed(t, w.Manager, w.Commit("one"), shop()), deployed(t, w.Manager, w.Commit("two"), shop())
		promoted(t, w.Manager, "preview", a.ID)
		promoted(t, w.Manager, "preview", b.ID)
		before := len(w.Route53.Batches(w.ZoneID))
		_, err := w.Terminate(t.Context(), a.ID, waiveAll, env.By("grace"), env.Because(strings.Repeat("x", 300)))
		require.NoError(t, err)
		for _, batch := range w.Route53.Batches(w.ZoneID)[before:] {
			if strings.HasPrefix(batch.Comment, "drain ") || strings.HasPrefix(batch.Comment, "terminate ") {
				require.Contains(t, batch.Comment, "KeepsRollback waived by ada")
				require.Contains(t, batch.Comment, "Drained waived by ada")
				require.Contains(t, batch.Comment, "by grace")
				require.Contains(t, batch.Comment, "xxx")
			}
		}
	})
}

// What else somebody keeps below the names of ours is no alias and no environment.
func TestStrangersRecordsBelowOurNames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t)
		ctx := t.Context()
		a := deployed(t, w.Manager, w.Commit("one"), shop())
		promoted(t, w.Manager, "preview", a.ID)
		for _, name := range []string{"*._alias.", "spf._alias.x.", "*._env.", "spf._env."} {
			edit(t, w, types.ChangeActionCreate, name+envtest.Base, "TXT", `"v=spf1 -all"`)
		}
		edit(t, w, types.ChangeActionCreate, "*."+envtest.Base, "CNAME", "parking.example.net")
		live, err := w.Live(ctx)
		require.NoError(t, err)
		require.Len(t, live, 1)
		require.Nil(t, live[0].Drift)
		n := 0
		for e, err := range w.List(ctx) {
			require.NoError(t, err)
			require.Equal(t, a.ID, e.ID)
			n++
		}
		require.Equal(t, 1, n)
		promoted(t, w.Manager, "fresh", a.ID)
		_, err = w.Terminate(ctx, a.ID)
		require.ErrorIs(t, err, guard.ErrRefused)
	})
}

// A promotion comes between the two requests of Live. That is no drift.
func TestLiveTakesNoPromotionForDrift(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t)
		a, b := deployed(t, w.Manager, w.Commit("one"), shop()), deployed(t, w.Manager, w.Commit("two"), shop())
		promoted(t, w.Manager, "production", a.ID)
		engine, err := provision.NewEngine([]provision.Driver{w.Memory})
		require.NoError(t, err)
		zone := dns.Open(route53.NewFromConfig(w.Route53.Process("viewer").Config()), w.ZoneID, func(o *dns.Options) { o.PageSize = 1 })
		viewer, err := env.New(env.Config{App: "shop", Base: envtest.Base, Zone: zone, Engine: engine})
		require.NoError(t, err)
		w.Route53.Inject(dnstest.Fault{Match: func(c *dnstest.Call) bool { return c.Process == "viewer" }, Kind: dnstest.Delay, Delay: time.Minute})
		var live []env.Alias
		look := inBackground(func() (err error) { live, err = viewer.Live(t.Context()); return err })
		time.Sleep(90 * time.Second) // it has read the record of the alias and not yet its name
		promoted(t, w.Manager, "production", b.ID)
		require.NoError(t, look())
		require.Len(t, live, 1)
		require.Nil(t, live[0].Drift)
		require.Equal(t, b.ID, live[0].Environment)
	})
}

// Concurrent verbs never call the observer at once, so that it needs no lock.
func TestObserverIsCalledOneAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var inside, most, calls atomic.Int32
		w := envtest.New(t, func(o *envtest.Options) {
			o.Config = func(c *env.Config) {
				c.Observe = func(context.Context, env.Event) {
					calls.Add(1)
					if n := inside.Add(1); n > most.Load() {
						most.Store(n)
					}
					time.Sleep(time.Second)
					inside.Add(-1)
				}
			}
		})
		one, two := w.Commit("one"), w.Commit("two")
		first := inBackground(func() error { _, err := w.Deploy(t.Context(), one, shop()); return err })
		second := inBackground(func() error { _, err := w.Deploy(t.Context(), two, shop()); return err })
		require.NoError(t, first())
		require.NoError(t, second())
		require.EqualValues(t, 1, most.Load())
		require.Greater(t, calls.Load(), int32(10))
	})
}
