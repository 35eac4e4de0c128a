package acceptance_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/env"
	"github.com/peppercorn-go/peppercorn/gitmeta"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/awsdrivers/awstest"
	"github.com/peppercorn-go/peppercorn/provision/ec2driver/ec2test"
)

// crashing is a verb that is to be killed, in a world that was made for it.
type crashing struct {
	name string
	// house is where; nil means newHouse.
	house func(t testing.TB) *house
	// setup makes the world, by a process of its own.
	setup func(h *house, m *env.Manager)
	// run is the verb.
	run func(ctx context.Context, h *house, m *env.Manager) error
	// gone is set where the verb, once it has done all, finds nothing when it is run again, and says so.
	gone bool
	// unconfirmed is why the verb, run again, need not wait until every server has what the first run did; "" if it has to.
	unconfirmed string
	// left is how many resources are left, to prove that the comparison compares something.
	left int
	// records is how many records the zone has in the end.
	records int
}

// The verbs of the library. What each crash is compared with is a run of the same row that was not killed.
var crashes = []crashing{
	{
		name:  "Deploy, the first of the base",
		setup: func(*house, *env.Manager) {},
		run:   deployFirst(everything),
		left:  4, records: 3,
	}, {
		name:  "Deploy, another commit",
		setup: func(h *house, m *env.Manager) { h.deploy(m, h.first, everything()) },
		run: func(ctx context.Context, h *house, m *env.Manager) error {
			_, err := m.Deploy(ctx, h.second, everything())
			return err
		},
		left: 8, records: 5,
	}, {
		name:  "Deploy, resumed after a crash",
		setup: func(h *house, _ *env.Manager) { h.diesDeploying() },
		run:   deployFirst(everything),
		left:  4, records: 3,
	}, {
		name:  "Deploy, of what is ready",
		setup: func(h *house, m *env.Manager) { h.deploy(m, h.first, small()) },
		run:   deployFirst(small),
		left:  1, records: 3,
	}, {
		name: "Deploy, to heal",
		setup: func(h *house, m *env.Manager) {
			h.deploy(m, h.first, everything())
			h.lose("jobs")
			time.Sleep(5 * time.Minute)
		},
		run:  deployFirst(everything, env.Heal()),
		left: 4, records: 3,
	}, {
		name:  "Promote, a new alias",
		setup: func(h *house, m *env.Manager) { h.deploy(m, h.first, small()) },
		run:   promote("production", first),
		left:  1, records: 5,
	}, {
		name:  "Promote, an alias that moves",
		setup: func(h *house, m *env.Manager) { h.both(m, "production", h.first) },
		run:   promote("production", second),
		left:  2, records: 7,
	}, {
		name:  "Rollback",
		setup: func(h *house, m *env.Manager) { h.both(m, "production", h.first, h.second) },
		run: func(ctx context.Context, _ *house, m *env.Manager) error {
			_, err := m.Rollback(ctx, "production")
			return err
		},
		left: 2, records: 7,
	}, {
		name: "Unpin",
		setup: func(h *house, m *env.Manager) {
			h.both(m, "production", h.first, h.second)
			_, err := m.Rollback(h.ctx, "production")
			require.NoError(h.t, err)
		},
		run: func(ctx context.Context, _ *house, m *env.Manager) error { return m.Unpin(ctx, "production") },
		unconfirmed: "what is not pinned is left as it is; if a failover of Route 53 loses the change, the alias is pinned again, " +
			"and promotions are refused, which is safe",
		left: 2, records: 7,
	}, {
		name:  "Release",
		setup: func(h *house, m *env.Manager) { h.both(m, "preview", h.first, h.second) },
		run:   func(ctx context.Context, _ *house, m *env.Manager) error { return m.Release(ctx, "preview") },
		gone:  true,
		left:  2, records: 5,
	}, {
		name:  "Restore",
		setup: func(h *house, m *env.Manager) { h.drift(m) },
		run:   func(ctx context.Context, _ *house, m *env.Manager) error { return m.Restore(ctx, "production") },
		left:  2, records: 7,
	}, {
		name:  "Adopt",
		setup: func(h *house, m *env.Manager) { h.drift(m) },
		run:   func(ctx context.Context, _ *house, m *env.Manager) error { return m.Adopt(ctx, "production") },
		left:  2, records: 7,
	}, {
		name:  "Terminate, of what was never live",
		setup: func(h *house, m *env.Manager) { h.deploy(m, h.first, everything()) },
		run:   terminate(first),
		gone:  true,
		left:  0, records: 1,
	}, {
		name: "Terminate, of what was live",
		setup: func(h *house, m *env.Manager) {
			h.deploy(m, h.first, everything())
			h.deploy(m, h.second, small())
			h.promote(m, "production", h.first)
			h.promote(m, "production", h.second)
			time.Sleep(time.Hour)
		},
		run:  terminate(first, waive("KeepsRollback")),
		gone: true,
		left: 1, records: 5,
	}, {
		name: "Terminate, of a deploy that died",
		setup: func(h *house, _ *env.Manager) {
			h.diesDeploying()
			time.Sleep(time.Hour)
		},
		run:  terminate(first),
		gone: true,
		left: 0, records: 1,
	},
}

// Kill the program at any call and run it again: the result is the same as if it had never been killed, and nothing is left over.
func TestCrashes(t *testing.T) {
	t.Parallel()
	crashAll(t, crashes)
}

// crashAll kills each verb before and after each of its calls.
func crashAll(t *testing.T, verbs []crashing) {
	for _, verb := range verbs {
		t.Run(verb.name, func(t *testing.T) {
			t.Parallel()
			want := verb.unkilled(t)
			cases := 0
			for call, crashed := 1, true; crashed && !t.Failed(); call++ {
				for _, when := range []awstest.When{awstest.Before, awstest.After} {
					synctest.Test(t, func(t *testing.T) { crashed = verb.crash(t, call, when, want) })
					if crashed {
						cases++
					}
				}
			}
			t.Logf("%d crashes", cases)
			require.Positive(t, cases)
		})
	}
}

func (c crashing) newHouse(t testing.TB) *house {
	if c.house == nil {
		return newHouse(t)
	}
	return c.house(t)
}

func (c crashing) prepare(t *testing.T) *house {
	h := c.newHouse(t)
	m, _ := h.program("setup")
	c.setup(h, m)
	return h
}

// unkilled is what a run leaves that was not killed.
func (c crashing) unkilled(t *testing.T) (want snapshot) {
	synctest.Test(t, func(t *testing.T) {
		h := c.prepare(t)
		m, _ := h.program("never killed")
		require.NoError(t, c.run(h.ctx, h, m))
		want = h.snapshot()
		require.Len(t, want.Resources, c.left, "%s", want)
		require.Len(t, want.Records, c.records, "%s", want)
	})
	return want
}

// crash kills one run of the verb at a call, runs it again, and compares. It reports whether there was such a call.
func (c crashing) crash(t *testing.T, call int, when awstest.When, want snapshot) (crashed bool) {
	h := c.prepare(t)
	m, p := h.program("killed")
	p.CrashAt(call, when)
	err := c.run(h.ctx, h, m)
	if !p.Crashed() {
		require.NoError(t, err)
		return false
	}
	at := fmt.Sprintf("killed %v call %d (%s)", when, call, p.Calls()[call-1].Op)
	require.ErrorIs(t, err, awstest.ErrCrashed, at)

	again, _ := h.program("run again")
	err = c.run(h.ctx, h, again)
	switch {
	case c.gone && errors.Is(err, env.ErrNotFound): // the first run had finished
	default:
		require.NoError(t, err, at)
		if c.unconfirmed == "" {
			require.Equal(t, h.cloud.Route53.Records(h.zone), h.cloud.Route53.Served(h.zone), "%s: not every server has the change", at)
		}
	}
	require.Equal(t, want.String(), h.snapshot().String(), at)
	return true
}

func deployFirst(blueprint func() *provision.Blueprint, opts ...env.Option) func(context.Context, *house, *env.Manager) error {
	return func(ctx context.Context, h *house, m *env.Manager) error {
		_, err := m.Deploy(ctx, h.first, blueprint(), opts...)
		return err
	}
}

func promote(alias string, which func(*house) gitmeta.Commit) func(context.Context, *house, *env.Manager) error {
	return func(ctx context.Context, h *house, m *env.Manager) error {
		_, err := m.Promote(ctx, alias, which(h).Hash)
		return err
	}
}

func terminate(which func(*house) gitmeta.Commit, opts ...env.Option) func(context.Context, *house, *env.Manager) error {
	return func(ctx context.Context, h *house, m *env.Manager) error {
		_, err := m.Terminate(ctx, which(h).Hash, opts...)
		return err
	}
}

func everything() *provision.Blueprint { return full(ec2test.Linux) }

func first(h *house) gitmeta.Commit  { return h.first }
func second(h *house) gitmeta.Commit { return h.second }

// diesDeploying leaves a deploy of the first commit that was killed in the middle: there is a record, and some of the resources.
func (h *house) diesDeploying() {
	h.t.Helper()
	m, p := h.program("died")
	p.CrashAt(16, awstest.After)
	_, err := m.Deploy(h.ctx, h.first, everything())
	require.ErrorIs(h.t, err, awstest.ErrCrashed)
	made := len(h.snapshot().Resources)
	require.Positive(h.t, made, "it died too early to show anything")
	require.Less(h.t, made, 4, "it died too late")
}

// both deploys both commits and points an alias at some of them, one after the other.
func (h *house) both(m *env.Manager, alias string, path ...gitmeta.Commit) {
	h.t.Helper()
	h.deploy(m, h.first, small())
	h.deploy(m, h.second, small())
	for _, c := range path {
		h.promote(m, alias, c)
	}
}

// drift leaves production recorded at the first commit and edited by hand to the second.
func (h *house) drift(m *env.Manager) {
	h.t.Helper()
	h.both(m, "production", h.first)
	h.edit("production", h.first.Short(), h.second.Short())
}
