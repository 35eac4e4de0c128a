package acceptance_test

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/dns/dnstest"
	"github.com/peppercorn-go/peppercorn/env"
	"github.com/peppercorn-go/peppercorn/gitmeta"
	"github.com/peppercorn-go/peppercorn/provision"
)

// balanced is small with a host whose hosted zone is known, as that of a load balancer is: its name is a pair of alias record sets.
func balanced() *provision.Blueprint {
	b := small()
	b.Entrance.ZoneID = "ZOFBALANCERS"
	return b
}

// atBase returns a house in which users call an alias by the base itself, which is a pair of alias record sets too.
func atBase(alias string) func(testing.TB) *house {
	return func(t testing.TB) *house {
		h := newHouse(t)
		h.apex = alias
		return h
	}
}

// balance deploys both commits and points an alias at some of them, one after the other.
func (h *house) balance(m *env.Manager, alias string, path ...gitmeta.Commit) {
	h.t.Helper()
	h.deploy(m, h.first, balanced())
	h.deploy(m, h.second, balanced())
	for _, c := range path {
		h.promote(m, alias, c)
	}
}

// strayBase leaves production recorded at the first commit, and the base led to the second by hand, over IPv6 only.
func (h *house) strayBase(m *env.Manager) {
	h.t.Helper()
	h.balance(m, "production", h.first)
	require.NoError(h.t, h.cloud.Route53.Edit(h.zone, dnstest.Change(types.ChangeActionUpsert,
		dnstest.Alias(base, types.RRTypeAaaa, h.zone, h.second.Short()+"."+base))))
}

// aliasCrashes are the verbs that write pairs of alias record sets. An environment has three records, and so has an alias at the base.
var aliasCrashes = []crashing{
	{
		name:  "Deploy",
		setup: func(*house, *env.Manager) {},
		run:   deployFirst(balanced),
		left:  1, records: 4,
	}, {
		name: "Deploy, to put back a pair",
		setup: func(h *house, m *env.Manager) {
			h.deploy(m, h.first, balanced())
			for _, set := range h.cloud.Route53.Records(h.zone) {
				if set.AliasTarget != nil {
					require.NoError(h.t, h.cloud.Route53.Edit(h.zone, dnstest.Change(types.ChangeActionDelete, set)))
				}
			}
			time.Sleep(5 * time.Minute)
		},
		run:  deployFirst(balanced, env.Heal()),
		left: 1, records: 4,
	}, {
		name: "Promote, from a CNAME's environment",
		setup: func(h *house, m *env.Manager) {
			h.deploy(m, h.first, small())
			h.deploy(m, h.second, balanced())
			h.promote(m, "production", h.first)
		},
		run:  promote("production", second),
		left: 2, records: 8,
	}, {
		name: "Promote, a new base", house: atBase("production"),
		setup: func(h *house, m *env.Manager) { h.deploy(m, h.first, balanced()) },
		run:   promote("production", first),
		left:  1, records: 7,
	}, {
		name: "Promote, a base that moves", house: atBase("production"),
		setup: func(h *house, m *env.Manager) { h.balance(m, "production", h.first) },
		run:   promote("production", second),
		left:  2, records: 10,
	}, {
		name: "Rollback, of the base", house: atBase("production"),
		setup: func(h *house, m *env.Manager) { h.balance(m, "production", h.first, h.second) },
		run: func(ctx context.Context, _ *house, m *env.Manager) error {
			_, err := m.Rollback(ctx, "production")
			return err
		},
		left: 2, records: 10,
	}, {
		name: "Release, of the base", house: atBase("preview"),
		setup: func(h *house, m *env.Manager) { h.balance(m, "preview", h.first, h.second) },
		run:   func(ctx context.Context, _ *house, m *env.Manager) error { return m.Release(ctx, "preview") },
		gone:  true,
		left:  2, records: 7,
	}, {
		name: "Restore, of half the base", house: atBase("production"),
		setup: func(h *house, m *env.Manager) { h.strayBase(m) },
		run:   func(ctx context.Context, _ *house, m *env.Manager) error { return m.Restore(ctx, "production") },
		left:  2, records: 10,
	}, {
		name:  "Terminate, of what was never live",
		setup: func(h *house, m *env.Manager) { h.deploy(m, h.first, balanced()) },
		run:   terminate(first),
		gone:  true,
		left:  0, records: 1,
	}, {
		name: "Terminate, of what was at the base", house: atBase("production"),
		setup: func(h *house, m *env.Manager) {
			h.balance(m, "production", h.first, h.second)
			time.Sleep(time.Hour)
		},
		run:  terminate(first, waive("KeepsRollback")),
		gone: true,
		left: 1, records: 7,
	},
}

// TestCrashes, for environments and aliases whose names are pairs of alias record sets: no crash leaves half of one.
func TestAliasCrashes(t *testing.T) {
	t.Parallel()
	crashAll(t, aliasCrashes)
}
