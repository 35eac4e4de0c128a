package bench_test

import (
	"context"
	"fmt"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/env"
	"github.com/peppercorn-go/peppercorn/env/envtest"
	"github.com/peppercorn-go/peppercorn/gitmeta"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// The budgets.
const (
	deployBudget    = 1.02 // of the dataflow's critical path
	terminateBudget = 1.1  // of its own
	moveBudget      = 6    // requests of promote and rollback, looks at their way to the servers apart
	againBudget     = 2    // requests of a deploy of what is ready

	deployRequests  = 350 // of a deploy, most of them looks at the database
	terminateWrites = 130 // of a termination, half of them refused because something else needs what is to go
)

// A deploy takes as long as AWS takes for the longest chain of the blueprint, and hardly longer, with drivers that look as often as
// they do by default.
func TestDeployTakesItsCriticalPath(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShop(t)
		c, path, ready := s.watched(s.history.Commit("Open the shop"))
		t.Logf("deployed in %v, critical path %v, %d requests", c.took, path, c.requests())
		require.Greater(t, path, 5*time.Minute, "a path without the database is none")
		require.LessOrEqual(t, c.took.Seconds(), deployBudget*path.Seconds())
		require.GreaterOrEqual(t, c.took, path, "nobody can do it faster, so the path is wrong")
		require.LessOrEqual(t, c.requests(), deployRequests)

		// Not only the last one is in time: a node starts when its values are known, not when its neighbours are ready.
		const seen = 10 * time.Second // the database is looked at after a hundredth of the time that it took
		began, starting := s.began(), s.steps(provision.Starting)
		for node, times := range s.earliest(ready) {
			if at, made := starting[node]; made {
				require.LessOrEqual(t, at.Sub(began), times.start+seen, "%s starts late", node)
			}
		}
		require.Len(t, starting, 10)
	})
}

// A termination takes as long as AWS takes for the database, and the name to be forgotten.
func TestTerminateTakesItsCriticalPath(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShop(t)
		commit := s.history.Commit("Open the shop")
		s.deploy(commit)
		c, path := s.terminate(commit)
		t.Logf("terminated in %v, critical path %v, %d requests", c.took, path, c.requests())
		require.LessOrEqual(t, c.took.Seconds(), terminateBudget*path.Seconds())
		require.GreaterOrEqual(t, c.took, path)
		require.LessOrEqual(t, c.writes, terminateWrites)
	})
}

// Moving an alias is one write and some reads, however large the stack is.
func TestRequestsOfTheVerbs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShop(t)
		first, second := s.history.Commit("Open the shop"), s.history.Commit("Sell on Sundays")
		s.deploy(first)
		s.deploy(second)
		time.Sleep(time.Hour)
		again := s.measure(func(ctx context.Context) error { _, err := s.Deploy(ctx, first, s.blueprint); return err })
		require.LessOrEqual(t, again.requests(), againBudget)
		require.Zero(t, again.writes)
		s.measure(s.promote(first))
		for verb, run := range map[string]func(context.Context) error{
			"promote":  s.promote(second),
			"rollback": func(ctx context.Context) error { _, err := s.Rollback(ctx, "production"); return err },
		} {
			if verb == "rollback" {
				s.measure(s.promote(second))
			}
			c := s.measure(run)
			require.LessOrEqual(t, c.reads+c.writes, moveBudget, verb)
			require.Equal(t, 1, c.writes, verb)
			if verb == "rollback" {
				require.NoError(t, s.Unpin(t.Context(), "production"))
			} else {
				s.measure(s.promote(first))
			}
		}
	})
}

// What is live is a question of one page, or of two where there are many names; a list costs a page for 300 records.
func TestRequestsOfTheLists(t *testing.T) {
	t.Parallel()
	for _, n := range listed(t) {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			live, list := lists(t, n)
			t.Logf("%d environments, 10 aliases: live %d requests, list %d", n, live, list)
			require.LessOrEqual(t, live, 2)
			require.LessOrEqual(t, list, int(math.Ceil(2*float64(n)/300))+1)
		})
	}
}

func listed(t testing.TB) []int {
	if testing.Short() {
		t.Log("-short: no list of 1,000 environments")
		return []int{10, 100}
	}
	return []int{10, 100, 1000}
}

// lists counts the requests of the two listings at n environments and ten aliases.
func lists(t testing.TB, n int) (live, list int) {
	t.Helper()
	w := envtest.New(t, envtest.Instant)
	b := &provision.Blueprint{Entrance: provision.Entrance{Host: "web.example.net"}}
	kinds.AddQueue(b, "jobs", kinds.Queue{})
	ctx := t.Context()
	for i := range n {
		e, err := w.Deploy(ctx, w.Commit(fmt.Sprint("Change ", i)), b)
		require.NoError(t, err)
		if i < 10 {
			_, err = w.Promote(ctx, fmt.Sprintf("team%d", i), e.ID)
			require.NoError(t, err)
		}
	}
	before := len(w.Route53.Calls())
	aliases, err := w.Live(ctx)
	require.NoError(t, err)
	require.Len(t, aliases, 10)
	live = len(w.Route53.Calls()) - before
	found := 0
	for _, err := range w.List(ctx) {
		require.NoError(t, err)
		found++
	}
	require.Equal(t, n, found)
	return live, len(w.Route53.Calls()) - before - live
}

// deploy measures a deploy and its critical path.
func (s *shop) deploy(commit gitmeta.Commit) (cost, time.Duration) {
	s.t.Helper()
	c, path, _ := s.watched(commit)
	return c, path
}

// watched is deploy; it also returns when AWS had things ready.
func (s *shop) watched(commit gitmeta.Commit) (cost, time.Duration, map[string]time.Time) {
	s.t.Helper()
	ready, _, stop := s.watch(s.t.Context())
	c := s.measure(func(ctx context.Context) error { _, err := s.Deploy(ctx, commit, s.blueprint); return err })
	stop()
	return c, s.deployPath(c, ready), ready
}

// terminate measures a termination and its critical path.
func (s *shop) terminate(commit gitmeta.Commit) (cost, time.Duration) {
	s.t.Helper()
	_, gone, stop := s.watch(s.t.Context())
	c := s.measure(func(ctx context.Context) error { _, err := s.Terminate(ctx, commit.Hash); return err })
	stop()
	return c, s.terminatePath(gone)
}

func (s *shop) promote(commit gitmeta.Commit) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := s.Promote(ctx, "production", commit.Hash, env.Because("a measurement"))
		return err
	}
}
