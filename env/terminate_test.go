package env_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/dns"
	"github.com/peppercorn-go/peppercorn/dns/dnstest"
	"github.com/peppercorn-go/peppercorn/env"
	"github.com/peppercorn-go/peppercorn/env/envtest"
)

// The batch that makes an environment terminating is on its way for ten minutes. Meanwhile another Terminate turns back and the
// environment goes live: what was judged is not what is there.
func TestDoomIsPinnedToWhatWasJudged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t)
		b := deployed(t, w.Manager, w.Commit("one"), shop())
		ci := w.Process(t, "ci")
		w.Route53.Inject(dnstest.Fault{Match: comment("ci", "terminate"), Times: 1, Kind: dnstest.Delay, Delay: 10 * time.Minute})
		late := inBackground(func() error { _, err := ci.Terminate(t.Context(), b.ID); return err })
		time.Sleep(2 * time.Minute) // drained, and judged twice
		require.True(t, recordSays(w, b.ID, "state=draining"))
		edit(t, w, types.ChangeActionCreate, "www.example.com", "CNAME", b.Host)
		_, err := w.Terminate(t.Context(), b.ID)
		require.ErrorIs(t, err, env.ErrPointedAt)
		promoted(t, w.Manager, "production", b.ID)
		require.ErrorIs(t, late(), dns.ErrConflict)
		whole(t, w, b.ID, 3)
		pointsAt(t, w, "production", b.ID)
	})
}

// Between the judgement and the batch that takes its name away, the environment was live for a moment. Nothing points at it any
// more, but resolvers remember its name.
func TestDrainIsPinnedToWhatWasJudged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t)
		a, b := deployed(t, w.Manager, w.Commit("one"), shop()), deployed(t, w.Manager, w.Commit("two"), shop())
		promoted(t, w.Manager, "production", a.ID)
		ci := w.Process(t, "ci")
		w.Route53.Inject(dnstest.Fault{Match: comment("ci", "drain"), Times: 1, Kind: dnstest.Delay, Delay: 3 * time.Minute})
		late := inBackground(func() error { _, err := ci.Terminate(t.Context(), b.ID); return err })
		time.Sleep(20 * time.Second)
		promoted(t, w.Manager, "production", b.ID)
		promoted(t, w.Manager, "production", a.ID)
		require.ErrorIs(t, late(), dns.ErrConflict)
		whole(t, w, b.ID, 3)
		require.Equal(t, b.Host, text(w, b.Name, types.RRTypeCname), "it keeps its name")
	})
}

// While an environment is draining its name is free, and a hand may write it again.
func TestOwnNameThatComesBackStopsTerminate(t *testing.T) {
	for target, ours := range map[string]bool{"the host": true, "a stranger": false} {
		t.Run(target, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := envtest.New(t)
				b := deployed(t, w.Manager, w.Commit("one"), shop())
				termination := inBackground(func() error { _, err := w.Terminate(t.Context(), b.ID); return err })
				time.Sleep(15 * time.Second)
				require.True(t, recordSays(w, b.ID, "state=draining"))
				to := b.Host
				if !ours {
					to = "elsewhere.example.net"
				}
				edit(t, w, types.ChangeActionCreate, b.Name, "CNAME", to)
				err := termination()
				require.ErrorIs(t, err, env.ErrPointedAt)
				require.Len(t, w.Memory.All(), 3)
				require.Equal(t, to, text(w, b.Name, types.RRTypeCname), "a hand's name is not written over")
				if ours {
					whole(t, w, b.ID, 3)
					return
				}
				require.ErrorIs(t, err, env.ErrForeign)
				require.ErrorContains(t, err, "stays draining")
				require.ErrorContains(t, err, b.Name)
				require.True(t, recordSays(w, b.ID, "state=draining"))
				drop(t, w, b.Name, types.RRTypeCname)
				_, err = w.Terminate(t.Context(), b.ID)
				require.NoError(t, err, "the error named the way out")
				require.Empty(t, w.Memory.All())
			})
		})
	}
}

// crashed runs Terminate until it dies right after the batch that puts the environment into a state.
func crashed(t *testing.T, w *envtest.World, id, state string, opts ...env.Option) {
	t.Helper()
	for k := 1; ; k++ {
		require.Less(t, k, 50)
		dying := w.Process(t, "dying"+strings.Repeat("x", k))
		dying.CrashAt(k, dnstest.After)
		_, err := dying.Terminate(t.Context(), id, opts...)
		require.ErrorIs(t, err, dnstest.ErrCrashed)
		if recordSays(w, id, "state="+state) {
			return
		}
	}
}

// A record that says terminating need not say so tomorrow: until every server has it, a failover of Route 53's control plane may
// take it back. Whoever resumes has not seen the first change arrive.
func TestResumeOfTerminatingWaitsBeforeItDeletes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t)
		e := deployed(t, w.Manager, w.Commit("one"), shop())
		crashed(t, w, e.ID, "terminating")
		again := inBackground(func() error { _, err := w.Terminate(t.Context(), e.ID); return err })
		time.Sleep(3 * time.Second)
		lost, err := w.Route53.Failover(w.ZoneID)
		require.NoError(t, err)
		require.NotEmpty(t, lost)
		require.Len(t, w.Memory.All(), 3)
		require.ErrorIs(t, again(), dns.ErrUncertain)
		require.Len(t, w.Memory.All(), 3, "what the zone calls draining was deleted")
		require.True(t, recordSays(w, e.ID, "state=draining"))
		_, err = w.Terminate(t.Context(), e.ID)
		require.NoError(t, err)
		require.Empty(t, w.Memory.All())
	})
}

// The same for draining: as long as some servers still give the name, a hand may follow it, and the judgement would be too early.
func TestResumeOfDrainingWaitsBeforeItJudges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t)
		e := deployed(t, w.Manager, w.Commit("one"), shop())
		crashed(t, w, e.ID, "draining")
		again := inBackground(func() error { _, err := w.Terminate(t.Context(), e.ID); return err })
		time.Sleep(10 * time.Second)
		_, ok := w.Route53.Resolve(e.Name)
		require.True(t, ok, "name servers still answer the old name")
		edit(t, w, types.ChangeActionCreate, "www.example.com", "CNAME", e.Host)
		require.ErrorIs(t, again(), env.ErrPointedAt)
		whole(t, w, e.ID, 3)
	})
}

// Of two terminations that drain one after the other, the first may not go by its own, older change.
func TestDrainGoesByTheLastChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t)
		e := deployed(t, w.Manager, w.Commit("one"), shop())
		ci := w.Process(t, "ci")
		first := inBackground(func() error { _, err := ci.Terminate(t.Context(), e.ID); return err })
		time.Sleep(20 * time.Second)
		second := inBackground(func() error { _, err := w.Terminate(t.Context(), e.ID); return err })
		err := first()
		require.ErrorIs(t, err, dns.ErrConflict)
		require.NotContains(t, err.Error(), "stays terminating")
		require.Len(t, w.Memory.All(), 3)
		require.NoError(t, second())
		require.Empty(t, w.Memory.All())
	})
}

// A termination wants to turn back, and its batch takes ten minutes. Meanwhile the pointer is gone and another one has begun to
// delete: nothing leads back from there.
func TestTurningBackIsPinnedToWhatWasJudged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t)
		e := deployed(t, w.Manager, w.Commit("one"), shop())
		ci := w.Process(t, "ci")
		w.Route53.Inject(dnstest.Fault{Match: comment("ci", "make ready again"), Times: 1, Kind: dnstest.Delay, Delay: 10 * time.Minute})
		late := inBackground(func() error { _, err := ci.Terminate(t.Context(), e.ID); return err })
		time.Sleep(15 * time.Second)
		edit(t, w, types.ChangeActionCreate, "www.example.com", "CNAME", e.Host)
		time.Sleep(time.Minute)
		drop(t, w, "www.example.com", types.RRTypeCname)
		hold := make(chan struct{})
		deleter := another(t, w, "deleter", &held{Memory: w.Memory, delete: func(string) <-chan struct{} { return hold }})
		deletion := inBackground(func() error { _, err := deleter.Terminate(t.Context(), e.ID); return err })
		err := late()
		require.ErrorIs(t, err, env.ErrPointedAt)
		require.ErrorIs(t, err, dns.ErrConflict)
		require.True(t, recordSays(w, e.ID, "state=terminating"), note(w, e.ID))
		require.Empty(t, text(w, e.Name, types.RRTypeCname))
		close(hold)
		require.NoError(t, deletion())
		require.Empty(t, w.Memory.All())
	})
}

// A hand has made a draining environment provisioning: nobody knows what that means, so it is not drained once more.
func TestDrainTakesNothingThatIsProvisioning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t)
		e := deployed(t, w.Manager, w.Commit("one"), shop())
		crashed(t, w, e.ID, "draining")
		ci := w.Process(t, "ci")
		w.Route53.Inject(dnstest.Fault{Match: comment("ci", "drain"), Times: 1, Kind: dnstest.Delay, Delay: time.Minute})
		late := inBackground(func() error { _, err := ci.Terminate(t.Context(), e.ID); return err })
		time.Sleep(30 * time.Second)
		rewrite(t, w, e.ID+"._env."+envtest.Base, "state=draining", "state=provisioning")
		require.ErrorIs(t, late(), dns.ErrConflict)
		require.True(t, recordSays(w, e.ID, "state=provisioning"))
		require.Len(t, w.Memory.All(), 3)
	})
}

// Somebody else finishes the termination while this one deletes, and nothing is deployed anew: done is done.
func TestTerminateThatAnotherFinishesIsNoError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t)
		e := deployed(t, w.Manager, w.Commit("one"), shop())
		hold := make(chan struct{})
		slow := another(t, w, "slow", &held{Memory: w.Memory, delete: func(string) <-chan struct{} { return hold }})
		first := inBackground(func() error { _, err := slow.Terminate(t.Context(), e.ID); return err })
		time.Sleep(10 * time.Minute)
		_, err := w.Terminate(t.Context(), e.ID)
		require.NoError(t, err)
		close(hold)
		require.NoError(t, first())
		require.Empty(t, w.Memory.All())
		require.Empty(t, note(w, e.ID))
	})
}

// A termination that is called off says what it leaves behind and how to go on.
func TestCancelledTerminateSaysWhatStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t)
		e := deployed(t, w.Manager, w.Commit("one"), shop())
		for _, state := range []string{"draining", "terminating"} {
			ctx, cancel := context.WithCancel(t.Context())
			termination := inBackground(func() error { _, err := w.Terminate(ctx, e.ID); return err })
			for !recordSays(w, e.ID, "state="+state) {
				time.Sleep(time.Second)
			}
			time.Sleep(time.Second)
			cancel()
			err := termination()
			require.ErrorIs(t, err, context.Canceled)
			require.ErrorContains(t, err, e.ID+" stays "+state)
			require.ErrorContains(t, err, "run Terminate again")
			require.Len(t, w.Memory.All(), 3)
		}
		_, err := w.Terminate(t.Context(), e.ID)
		require.NoError(t, err)
	})
}
