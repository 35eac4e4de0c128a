package envtest_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/dns"
	"github.com/peppercorn-go/peppercorn/dns/dnstest"
	"github.com/peppercorn-go/peppercorn/env"
	"github.com/peppercorn-go/peppercorn/env/envtest"
	"github.com/peppercorn-go/peppercorn/gitmeta"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// release is automation of a user's own, as it is tested below.
func release(t *testing.T, m *env.Manager, c gitmeta.Commit) error {
	b := &provision.Blueprint{}
	server := kinds.AddInstance(b, "server", kinds.Instance{Image: "ami-0123456789abcdef0", Type: "t3.micro"})
	b.Entrance.Host = server.PublicDNS()
	e, err := m.Deploy(t.Context(), c, b)
	if err != nil {
		return err
	}
	_, err = m.Promote(t.Context(), "production", e.ID)
	return err
}

// What a user's test looks like.
func TestDirtyTreeIsNeverReleased(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t)
		c := w.Commit("Add a basket")
		c.Dirty = true
		require.ErrorIs(t, release(t, w.Manager, c), env.ErrDirty)
		live, err := w.Live(t.Context())
		require.NoError(t, err)
		require.Empty(t, live)
		require.Empty(t, w.Memory.All())
	})
}

// A world goes wrong on demand, and a second program is a process of its own.
func TestReleaseSurvivesABadDayAndACrash(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t)
		c := w.Commit("Add a basket")
		ci := w.Process(t, "ci")
		ci.CrashAt(5, dnstest.After)
		require.ErrorIs(t, release(t, ci.Manager, c), dnstest.ErrCrashed)
		require.True(t, ci.Crashed())

		w.Route53.Inject(dnstest.Fault{Kind: dnstest.Throttle, Probability: 0.3})
		require.NoError(t, release(t, w.Manager, c))
		require.Len(t, w.Memory.All(), 1)
		host, ok := w.Route53.Resolve("production.shop.example.com")
		require.True(t, ok)
		require.NotEmpty(t, host)
	})
}

// A dead process reaches nothing any more, neither Route 53 nor resources.
func TestDeadProcessHasNoEffect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t, func(o *envtest.Options) { o.Base = "a.b.example.org" })
		p := w.Process(t, "dead")
		p.Crash()
		require.ErrorIs(t, release(t, p.Manager, w.Commit("one")), dnstest.ErrCrashed)
		require.Empty(t, w.Memory.All())
		require.Empty(t, w.Route53.Batches(w.ZoneID))
	})
}

// Two programs that promote at once: one wins, the other is told who.
func TestTwoPrograms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t)
		one, two := w.Commit("one"), w.Commit("two")
		b := &provision.Blueprint{}
		for _, c := range []gitmeta.Commit{one, two} {
			_, err := w.Deploy(t.Context(), c, b)
			require.NoError(t, err)
		}
		errs := make(chan error, 2)
		for name, c := range map[string]gitmeta.Commit{"one": one, "two": two} {
			p := w.Process(t, name)
			go func() { _, err := p.Promote(t.Context(), "production", c.Hash); errs <- err }()
		}
		first, second := <-errs, <-errs
		if first == nil {
			first, second = second, first
		}
		require.ErrorIs(t, first, dns.ErrConflict)
		require.NoError(t, second)
	})
}

func TestHistory(t *testing.T) {
	t.Parallel()
	h := &envtest.History{}
	require.Zero(t, h.Last())
	a, b, c := h.Commit("a"), h.Commit("b"), h.Commit("c")
	require.Equal(t, c, h.Last())
	between, err := h.Between(t.Context(), a.Hash, c.Hash)
	require.NoError(t, err)
	require.Equal(t, []gitmeta.Commit{c, b}, between)
	between, err = h.Between(t.Context(), c.Hash, a.Hash)
	require.NoError(t, err)
	require.Empty(t, between)
	_, err = h.Between(t.Context(), a.Hash, "unknown")
	require.Error(t, err)
	found, missing, err := h.Lookup(t.Context(), b.Hash, "unknown")
	require.NoError(t, err)
	require.Equal(t, map[string]gitmeta.Commit{b.Hash: b}, found)
	require.Equal(t, []string{"unknown"}, missing)
}

// Every kind of package kinds can be in a blueprint: what is new there has to be named here.
func TestWorldKnowsEveryKind(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../provision/kinds/*.go")
	require.NoError(t, err)
	known, err := os.ReadFile("kinds.go")
	require.NoError(t, err)
	seen := 0
	for _, path := range files {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		for _, found := range regexp.MustCompile(`\) Kind\(\) provision\.Kind +\{ return (\w+) \}`).FindAllSubmatch(text, -1) {
			seen++
			require.Contains(t, string(known), "kinds."+string(found[1]))
		}
	}
	require.Greater(t, seen, 20)
}

// A shop behind a load balancer is called by alias record sets, at the base itself if so configured.
func TestShopBehindALoadBalancer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t, func(o *envtest.Options) { o.Config = func(c *env.Config) { c.Apex = "production" } })
		b := &provision.Blueprint{}
		home := kinds.AddExistingNetwork(b, "home", kinds.ExistingNetwork{})
		lb := kinds.AddLoadBalancer(b, "lb", kinds.LoadBalancer{Subnets: []provision.Text{home.Subnets()}})
		b.Entrance = provision.Entrance{Host: lb.DNSName(), ZoneID: lb.ZoneID()}
		e, err := w.Deploy(t.Context(), w.Commit("Open the shop"), b)
		require.NoError(t, err)
		require.NotEmpty(t, e.ZoneID)
		_, err = w.Promote(t.Context(), "production", e.ID)
		require.NoError(t, err)
		host, ok := w.Route53.Resolve(envtest.Base)
		require.True(t, ok)
		require.Equal(t, e.Host, host)
	})
}
