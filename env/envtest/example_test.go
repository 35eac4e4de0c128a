package envtest_test

import (
	"errors"
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
	"github.com/peppercorn-go/peppercorn/provision/provisiontest"
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

// server is a blueprint of one server in the network that is there, from the newest image that is there.
func server() *provision.Blueprint {
	b := &provision.Blueprint{}
	home := kinds.AddExistingNetwork(b, "home", kinds.ExistingNetwork{})
	image := kinds.AddExistingImage(b, "image", kinds.ExistingImage{Owner: "self", Name: "shop-*"})
	web := kinds.AddSecurityGroup(b, "web", kinds.SecurityGroup{VPC: home.ID()})
	server := kinds.AddInstance(b, "server", kinds.Instance{
		Image: image.ID(), Type: "t3.micro", SecurityGroups: []provision.Text{web.ID()},
	})
	b.Entrance.Host = server.PublicDNS()
	return b
}

// What a blueprint looks up is there, and is the same when another run goes on, whatever the first one died of.
func TestResumeFindsWhatWasFound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		full := true
		w := envtest.New(t, func(o *envtest.Options) {
			o.Memory = append(o.Memory, func(m *provisiontest.MemoryOptions) {
				m.Before = func(op provisiontest.Op, node string) error {
					if full && op == provisiontest.OpCreate && node == "server" {
						return errors.New("no capacity")
					}
					return nil
				}
			})
		})
		c := w.Commit("Add a basket")
		_, err := w.Deploy(t.Context(), c, server())
		require.ErrorContains(t, err, "no capacity")
		full = false
		_, err = w.Deploy(t.Context(), c, server())
		require.NoError(t, err)
		require.Len(t, w.Memory.All(), 2)
	})
}

// A test says what is there where that is what it is about, and leaves the rest to be made up.
func TestNewerImageIsOfTheNextVersion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		newest := "ami-0000000000000000a"
		w := envtest.New(t, func(o *envtest.Options) {
			o.Memory = append(o.Memory, func(m *provisiontest.MemoryOptions) {
				m.Look = func(c provision.Call, pin string) (provision.State, string, error) {
					switch {
					case c.Node != "image":
						return provision.State{}, "", nil
					case newest == "":
						return provision.State{}, "", &provision.MissingError{Field: "Name", What: "image shop-*"}
					case pin == "":
						pin = newest
					}
					return provision.State{ID: pin}, pin, nil
				}
			})
		})
		c := w.Commit("Add a basket")
		first, err := w.Deploy(t.Context(), c, server())
		require.NoError(t, err)
		require.Equal(t, map[string]string{"image": newest}, first.Pins)
		newest = "ami-0000000000000000b"
		again, err := w.Deploy(t.Context(), c, server())
		require.NoError(t, err)
		require.Equal(t, first.Pins, again.Pins)
		second, err := w.Deploy(t.Context(), w.Commit("Take money"), server())
		require.NoError(t, err)
		require.Equal(t, map[string]string{"image": newest}, second.Pins)
		newest = ""
		_, err = w.Deploy(t.Context(), w.Commit("Sell on Sundays"), server())
		require.ErrorIs(t, err, provision.ErrMissing)
	})
}

// Nor does one that dies between its look-ups and what it asks next.
func TestDeadProcessAsksNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p *envtest.Process
		w := envtest.New(t, func(o *envtest.Options) {
			o.Memory = append(o.Memory, func(m *provisiontest.MemoryOptions) {
				m.Check = func(provision.Call) error { return nil }
				m.Look = func(c provision.Call, _ string) (provision.State, string, error) {
					if c.Node == "first" {
						p.Crash()
					}
					return provision.State{}, "", nil
				}
			})
		})
		p = w.Process(t, "dead")
		b := &provision.Blueprint{}
		first := kinds.AddExistingNetwork(b, "first", kinds.ExistingNetwork{})
		kinds.AddExistingNetwork(b, "second", kinds.ExistingNetwork{VPC: first.ID()})
		kinds.AddSecurityGroup(b, "web", kinds.SecurityGroup{VPC: first.ID()})
		_, err := p.Deploy(t.Context(), w.Commit("one"), b)
		require.ErrorIs(t, err, dnstest.ErrCrashed)
		for _, call := range w.Memory.Calls() {
			require.Equal(t, "first", call.Node, "%s", call.Op)
		}
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
