package env_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/dns/dnstest"
	"github.com/peppercorn-go/peppercorn/env"
	"github.com/peppercorn-go/peppercorn/env/envtest"
	"github.com/peppercorn-go/peppercorn/guard"
)

// The tests of this file are about the alias that would be the base, while it points at a worker and so has no name: what stands
// at the base is somebody else's.

// apex makes an alias the one that is the base.
func apex(alias string) func(*env.Config) { return func(c *env.Config) { c.Apex = alias } }

// The site of the company stands at the base. No verb on the alias takes it away, shows it as an edit, or is stopped by it.
func TestBaseOfAWorkerIsAStrangers(t *testing.T) {
	for typ, value := range map[types.RRType]string{types.RRTypeA: "192.0.2.1", types.RRTypeAaaa: "2001:db8::1"} {
		t.Run(string(typ), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := envtest.New(t, unprotected)
				ctx := t.Context()
				a, b, web := deployed(t, w.Manager, w.Commit("one"), worker()), deployed(t, w.Manager, w.Commit("two"), worker()), deployed(t, w.Manager, w.Commit("three"), balanced())
				promoted(t, w.Manager, "production", a.ID)
				edit(t, w, types.ChangeActionCreate, envtest.Base, string(typ), value)
				stands := func() { t.Helper(); require.Equal(t, value, text(w, envtest.Base, typ)) }
				pointsAt(t, w, "production", a.ID)
				require.Empty(t, liveAlias(t, w, "production").Name)
				require.NoError(t, w.Restore(ctx, "production"))
				stands()
				require.NoError(t, w.Adopt(ctx, "production"))
				stands()
				promoted(t, w.Manager, "production", b.ID)
				stands()
				_, err := w.Rollback(ctx, "production")
				require.NoError(t, err)
				require.NoError(t, w.Unpin(ctx, "production"))
				stands()

				same := unchanged(t, w)
				_, err = w.Promote(ctx, "production", web.ID)
				require.ErrorIs(t, err, env.ErrForeign)
				require.ErrorContains(t, err, value)
				same()
				require.NoError(t, w.Release(ctx, "production"))
				stands()
				require.Empty(t, aliasNote(w, "production"))
			})
		})
	}
}

// While the alias was a worker's, a program with another configuration has made another alias the base. That one is live.
func TestBaseOfAnotherAliasIsLeftAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t, unprotected)
		ctx := t.Context()
		a, b := deployed(t, w.Manager, w.Commit("one"), worker()), deployed(t, w.Manager, w.Commit("two"), balanced())
		promoted(t, w.Manager, "production", a.ID)
		promoted(t, another(t, w, "namesake", w.Memory, apex("blue")), "blue", b.ID)
		require.NoError(t, w.Restore(ctx, "production"))
		isPair(t, w, envtest.Base, w.ZoneID, b.Name)
		_, err := w.Promote(ctx, "production", b.ID)
		require.ErrorIs(t, err, env.ErrForeign)
		for range 10 { // whichever of the two is read first
			_, err = w.Terminate(ctx, b.ID)
			var refusal *guard.Refusal
			require.ErrorAs(t, err, &refusal)
			require.Equal(t, []string{"blue"}, refusal.Operation.Holds)
		}
		require.NoError(t, w.Release(ctx, "production"))
		isPair(t, w, envtest.Base, w.ZoneID, b.Name)
		pointsAt(t, w, "blue", b.ID)
	})
}

// Another program gives the alias its name between the two readings of a promotion. That name is no stranger's.
func TestBaseThatAppearsIsNoStrangers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t, unprotected)
		a, b, c := deployed(t, w.Manager, w.Commit("one"), worker()), deployed(t, w.Manager, w.Commit("two"), balanced()), deployed(t, w.Manager, w.Commit("three"), balanced())
		promoted(t, w.Manager, "production", a.ID)
		w.Route53.Inject(dnstest.Fault{Kind: dnstest.Delay, Delay: time.Minute, Times: 2, Match: func(c *dnstest.Call) bool { return c.Process == "namesake" }})
		late := another(t, w, "namesake", w.Memory, apex("production"))
		promotion := inBackground(func() error { _, err := late.Promote(t.Context(), "production", c.ID); return err })
		time.Sleep(90 * time.Second) // it has read the record and not yet the base
		promoted(t, w.Manager, "production", b.ID)
		require.NoError(t, promotion())
		baseLeadsTo(t, w, c)
	})
}
