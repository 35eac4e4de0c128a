package acceptance_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/env"
	"github.com/peppercorn-go/peppercorn/gitmeta"
	"github.com/peppercorn-go/peppercorn/guard"
)

// The story of examples/shop in virtual time, with the times of awstest.Published and the drivers of every service. What AWS shows is
// asked by clients that have nothing to do with the program; how long the verbs take, and how many requests, is measured in
// bench.
func TestShop(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.services = nil
		m, _ := h.program("program")
		aws := newAccount(h.cloud.Process("a hand").Config())
		production := "production." + base

		first := h.deploy(m, h.first, h.shop())
		require.Equal(t, 10, first.Made)
		aws.stands(t, first, "web")
		h.promote(m, "production", h.first)
		h.leads(production, first)

		// Two versions stand beside each other, and the name moves from one to the other and back.
		second := h.deploy(m, h.second, h.shop())
		aws.stands(t, first, "web")
		aws.stands(t, second, "web")
		h.leads(production, first)
		h.promote(m, "production", h.second)
		h.leads(production, second)
		h.refused(m, h.first, "Drained", "KeepsRollback")
		time.Sleep(time.Hour)
		h.refused(m, h.first, "KeepsRollback")
		p, err := m.Rollback(h.ctx, "production", env.Because("the basket loses things"))
		require.NoError(t, err)
		require.Equal(t, []gitmeta.Commit{h.second}, p.Dropped)
		h.leads(production, first)

		// What is live stays, whatever anybody says; so does what holds data; and all that is refused is untouched.
		_, err = m.Terminate(h.ctx, h.first.Hash, waive("ProtectAliases", "NothingPointsAt", "Drained"))
		require.ErrorIs(t, err, guard.ErrRefused)
		h.refused(m, h.first, "ProtectAliases", "NothingPointsAt", "Drained")
		aws.send(t, second)
		h.refused(m, h.second, "Drained", "KeepsData")
		time.Sleep(time.Hour)
		h.refused(m, h.second, "KeepsData")
		aws.stands(t, first, "web")
		aws.stands(t, second, "web")

		// Nothing of the first version changes when the second goes.
		aws.purge(t, second)
		time.Sleep(2 * time.Minute)
		before := aws.of(t, first)
		gone, err := m.Terminate(h.ctx, h.second.Hash)
		require.NoError(t, err)
		require.Len(t, gone.Gone, 10)
		require.Empty(t, aws.of(t, second))
		require.Equal(t, before, aws.of(t, first))
		aws.stands(t, first, "web")
		h.leads(production, first)

		// Whoever means it closes the shop. What stays is the data, and the name of the registry.
		closing, _ := h.program("closing", guard.NothingPointsAt(), guard.Drained(5*time.Minute), guard.KeepsData())
		require.NoError(t, closing.Release(h.ctx, "production"))
		time.Sleep(time.Hour)
		_, err = closing.Terminate(h.ctx, h.first.Hash)
		require.NoError(t, err)
		require.Empty(t, aws.inventory(t))
		snapshots, err := aws.rds.DescribeDBSnapshots(h.ctx, &rds.DescribeDBSnapshotsInput{})
		require.NoError(t, err)
		require.Len(t, snapshots.DBSnapshots, 2)
		left := h.snapshot()
		require.Len(t, left.Resources, 2, "the snapshots: %s", left)
		require.Len(t, left.Records, 1, "%s", left)
		require.Empty(t, left.Others)
	})
}

// leads checks where a resolver that has nothing cached is sent to.
func (h *house) leads(name string, to env.Environment) {
	h.t.Helper()
	host, ok := h.cloud.Route53.Resolve(name)
	require.True(h.t, ok, name)
	require.Equal(h.t, to.Host, host)
}

// refused tries to terminate an environment, and checks which policies are against it.
func (h *house) refused(m *env.Manager, c gitmeta.Commit, policies ...string) {
	h.t.Helper()
	_, err := m.Terminate(h.ctx, c.Hash)
	var refusal *guard.Refusal
	require.ErrorAs(h.t, err, &refusal)
	var against []string
	for _, d := range refusal.Decisions {
		against = append(against, d.Policy)
	}
	require.Equal(h.t, policies, against, "%v", err)
}

// of is the inventory of one environment.
func (a *account) of(t *testing.T, e env.Environment) []string {
	t.Helper()
	return slices.DeleteFunc(a.inventory(t), func(line string) bool { return !strings.HasSuffix(line, " of "+e.ID) })
}
