package provision_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/provisiontest"
)

// stack makes a database that web uses, which job uses; each only by id, so that all are made at once.
func stack(t testing.TB, e *provision.Engine) map[string]provision.State {
	t.Helper()
	b := &provision.Blueprint{}
	db := b.Add("db", thing{})
	web := b.Add("web", thing{Label: db.Output("ID")})
	b.Add("job", thing{Label: web.Output("ID")})
	applied, err := e.Apply(t.Context(), owner, b)
	require.NoError(t, err)
	states := make(map[string]provision.State)
	for _, s := range applied.States {
		states[s.Node] = s
	}
	return states
}

func expect(n int) func(*provision.DestroyOptions) {
	return func(o *provision.DestroyOptions) { o.Expect = n }
}

func names(states []provision.State) []string {
	var names []string
	for _, s := range states {
		names = append(names, s.Node)
	}
	return names
}

func TestDestroy(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := memory(latencies(nil, nil, map[string]time.Duration{"db": 100 * sec, "web": 30 * sec, "job": 10 * sec}))
		e := engine(t, m)
		states := stack(t, e)
		other := owner
		other.Attempt = "another"
		b := &provision.Blueprint{}
		b.Add("db", thing{})
		_, err := e.Apply(t.Context(), other, b)
		require.NoError(t, err)

		j := newJournal()
		destroyed, err := e.Destroy(t.Context(), owner, expect(3), j.destroy)
		require.NoError(t, err)
		require.Equal(t, []string{"job", "web", "db"}, names(destroyed.Gone))
		require.Empty(t, destroyed.Kept)
		require.Len(t, m.All(), 1, "another attempt is left alone")
		require.Equal(t, "another", m.All()[0].Owner.Attempt)

		// The critical path is 140 s; polling may add a tenth, and the settling time nothing, because all three are accounted for.
		require.GreaterOrEqual(t, time.Since(j.start), 140*sec)
		require.LessOrEqual(t, time.Since(j.start), 154*sec)
		require.Contains(t, j.lines(), "deleting db @0s", "all are tried at once")
		require.Contains(t, j.lines(), "blocked db @0s")
		for _, s := range j.steps {
			if s.Phase == provision.Blocked && s.Node == "db" {
				require.Equal(t, "test/thing "+states["web"].ID, s.Waiting)
				require.ErrorIs(t, s.Err, provision.ErrBusy)
			}
		}
		blocked := 0
		for _, s := range j.steps {
			if s.Phase == provision.Blocked {
				blocked++
			}
		}
		require.Equal(t, 2, blocked, "the same blocker is told once: %v", j.lines())
	})
}

func TestDestroyNeedsAnAttempt(t *testing.T) {
	t.Parallel()
	m := memory()
	e := engine(t, m)
	stack(t, e)
	calls := len(m.Calls())
	for _, o := range []provision.Owner{
		{},
		{Registry: owner.Registry},
		{Registry: owner.Registry, Env: owner.Env},
		{Registry: owner.Registry, Attempt: owner.Attempt},
		{Env: owner.Env, Attempt: owner.Attempt},
	} {
		_, err := e.Destroy(t.Context(), o, expect(3))
		require.ErrorContains(t, err, "no more than one attempt is deleted")
	}
	require.Len(t, m.Calls(), calls, "nothing is even asked")
	require.Len(t, m.All(), 3)
}

func TestDestroyKeeps(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := memory()
		e := engine(t, m)
		b := &provision.Blueprint{}
		db := b.Add("db", thing{}, provision.Keep)
		b.Add("web", thing{Label: db.Output("ID")})
		_, err := e.Apply(t.Context(), owner, b)
		require.NoError(t, err)
		j := newJournal()
		destroyed, err := e.Destroy(t.Context(), owner, expect(2), j.destroy)
		require.NoError(t, err)
		require.Equal(t, []string{"web"}, names(destroyed.Gone))
		require.Equal(t, []string{"db"}, names(destroyed.Kept))
		require.Equal(t, []string{"kept db @0s", "deleting web @0s", "gone web @0s"}, j.lines())
		require.Len(t, m.All(), 1)

		destroyed, err = e.Destroy(t.Context(), owner)
		require.NoError(t, err, "kept resources keep nobody from finishing")
		require.Equal(t, []string{"db"}, names(destroyed.Kept))
		require.Len(t, m.All(), 1)
	})
}

// TestDestroySettles is the read-after-create gap: a resource was made a moment ago and no listing shows it yet.
func TestDestroySettles(t *testing.T) {
	t.Parallel()
	one := func(t *testing.T) (*provisiontest.Memory, *provision.Engine) {
		m := memory(func(o *provisiontest.MemoryOptions) { o.Lag = 90 * sec })
		e := engine(t, m)
		b := &provision.Blueprint{}
		b.Add("web", thing{})
		_, err := e.Apply(t.Context(), owner, b)
		require.NoError(t, err)
		return m, e
	}
	synctest.Test(t, func(t *testing.T) {
		m, e := one(t)
		start := time.Now()
		destroyed, err := e.Destroy(t.Context(), owner)
		require.NoError(t, err)
		require.Len(t, destroyed.Gone, 1)
		require.Empty(t, m.All(), "one empty Find was believed")
		// Empty at 0 s, found and deleted at 120 s, empty then, and empty two minutes later.
		require.Equal(t, 240*sec, time.Since(start))
		require.Equal(t, 4, m.Count(provisiontest.OpFind))
	})
	synctest.Test(t, func(t *testing.T) {
		_, e := one(t)
		start := time.Now()
		destroyed, err := e.Destroy(t.Context(), owner, expect(1))
		require.NoError(t, err)
		require.Len(t, destroyed.Gone, 1)
		require.Equal(t, 120*sec, time.Since(start), "one was expected and one went, so that there is nothing to wait for")
	})
	synctest.Test(t, func(t *testing.T) {
		e := engine(t, memory(), func(o *provision.Options) { o.Settle = 7 * sec })
		start := time.Now()
		_, err := e.Destroy(t.Context(), owner, expect(3))
		require.NoError(t, err)
		require.Equal(t, 7*sec, time.Since(start), "what went before a crash is never confirmed; two empty Finds do")

		ctx, cancel := context.WithTimeout(t.Context(), 3*sec)
		defer cancel()
		_, err = e.Destroy(ctx, owner)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.ErrorContains(t, err, "nothing is listed any more, but that is not certain yet")
	})
}

// outside is a driver whose resources are needed by something that nobody deletes, until it lets go.
type outside struct {
	*provisiontest.Memory
	mu     sync.Mutex
	holds  map[string]string        // the blocker, by node
	broken map[string]error         // what Delete returns, by node
	slow   map[string]time.Duration // how long a call of Delete takes, by node
}

func (d *outside) Delete(ctx context.Context, s provision.State) error {
	d.mu.Lock()
	blocker, held := d.holds[s.Node]
	broken := d.broken[s.Node]
	d.mu.Unlock()
	time.Sleep(d.slow[s.Node])
	switch {
	case broken != nil:
		return broken
	case held:
		return &provision.BusyError{Kind: s.Kind, ID: s.ID, Blocker: blocker, Err: errors.New("DependencyViolation")}
	}
	return d.Memory.Delete(ctx, s)
}

func TestDestroyNamesBlockers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := &outside{Memory: memory(), holds: map[string]string{"web": "network interface eni-1", "db": ""}}
		e := engine(t, d, func(o *provision.Options) { o.BusyTimeout = 10 * time.Minute })
		states := stack(t, e)
		start := time.Now()
		destroyed, err := e.Destroy(t.Context(), owner, expect(3))
		failure := (*provision.DestroyError)(nil)
		require.ErrorAs(t, err, &failure)
		require.Equal(t, []string{"job"}, names(destroyed.Gone))
		require.ElementsMatch(t, []string{"web", "db"}, names(failure.Left))
		require.Equal(t, map[string]string{states["web"].ID: "network interface eni-1", states["db"].ID: ""}, failure.Blockers)
		require.ErrorContains(t, err, `provision: the teardown is not finished; 2 resources are left`)
		require.ErrorContains(t, err, states["web"].ID+` (node "web") is needed by network interface eni-1`)
		require.ErrorContains(t, err, states["db"].ID+` (node "db") is needed by something that the service does not name`)
		require.ErrorContains(t, err, "nothing could be deleted for 10m0s")
		require.InDelta(t, 600, time.Since(start).Seconds(), 16)
		require.LessOrEqual(t, d.Count(provisiontest.OpDelete), 10)

		// Once the outside lets go, it ends by itself.
		time.AfterFunc(5*time.Minute, func() {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.holds = nil
		})
		start = time.Now()
		destroyed, err = e.Destroy(t.Context(), owner, expect(2))
		require.NoError(t, err)
		require.ElementsMatch(t, []string{"web", "db"}, names(destroyed.Gone))
		require.LessOrEqual(t, time.Since(start), 5*time.Minute+17*sec)
	})
}

func TestDestroyDeleteFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := &outside{
			Memory: memory(latencies(nil, nil, map[string]time.Duration{"alone": 50 * sec})),
			broken: map[string]error{"web": errNo},
		}
		e := engine(t, d)
		states := stack(t, e)
		b := &provision.Blueprint{}
		b.Add("alone", thing{})
		_, err := e.Apply(t.Context(), owner, b)
		require.NoError(t, err)
		start := time.Now()
		destroyed, err := e.Destroy(t.Context(), owner, expect(4))
		failure := (*provision.DestroyError)(nil)
		require.ErrorAs(t, err, &failure)
		require.ErrorIs(t, err, errNo)
		require.Equal(t, []string{"job", "alone"}, names(destroyed.Gone), "what can go, goes")
		require.ElementsMatch(t, []string{"web", "db"}, names(failure.Left))
		require.Equal(t, "test/thing "+states["web"].ID, failure.Blockers[states["db"].ID])
		require.ErrorContains(t, err, `node "web" (test/thing): delete: no`)
		require.ErrorContains(t, err, "the rest waits for what could not be deleted")
		require.Less(t, time.Since(start), 60*sec, "no half hour is spent on what cannot succeed")
		detail := (*provision.NodeError)(nil)
		require.ErrorAs(t, err, &detail)
		require.Equal(t, provision.Deleting, detail.Phase)
	})
}

// TestDestroyGoesOnBesidesAFailure has one resource that cannot be deleted and a chain that has nothing to do with it.
func TestDestroyGoesOnBesidesAFailure(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := &outside{
			Memory: memory(),
			broken: map[string]error{"alone": errNo},
			slow:   map[string]time.Duration{"job": 31 * sec, "web": 31 * sec},
		}
		e := engine(t, d)
		stack(t, e)
		b := &provision.Blueprint{}
		b.Add("alone", thing{})
		_, err := e.Apply(t.Context(), owner, b)
		require.NoError(t, err)
		destroyed, err := e.Destroy(t.Context(), owner, expect(4))
		require.ErrorIs(t, err, errNo)
		require.ElementsMatch(t, []string{"job", "web", "db"}, names(destroyed.Gone))
		failure := (*provision.DestroyError)(nil)
		require.ErrorAs(t, err, &failure)
		require.Equal(t, []string{"alone"}, names(failure.Left))
	})
}

// TestDestroyWakes: what waits for another resource is tried again the moment that one is seen to be gone, not when its own turn comes.
func TestDestroyWakes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := engine(t, memory(latencies(nil, nil, map[string]time.Duration{"job": 33 * sec, "web": 95 * sec})))
		stack(t, e)
		j := newJournal()
		_, err := e.Destroy(t.Context(), owner, expect(3), j.destroy)
		require.NoError(t, err)
		require.LessOrEqual(t, j.at(t, provision.Gone, "db"), j.at(t, provision.Gone, "web"))
	})
}

// TestDestroyAsksSeldomWhatWaits: what waits for a database that takes its time is hardly asked for meanwhile, however many others go in
// that time, and goes as soon as the database has gone.
func TestDestroyAsksSeldomWhatWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := &outside{Memory: memory(latencies(nil, nil, map[string]time.Duration{
			"job": 10 * time.Minute, "early": 20 * sec, "late": 3 * time.Minute,
		}))}
		e := engine(t, d)
		stack(t, e)
		b := &provision.Blueprint{}
		for _, node := range []string{"early", "late"} {
			b.Add(node, thing{})
		}
		_, err := e.Apply(t.Context(), owner, b)
		require.NoError(t, err)
		j := newJournal()
		_, err = e.Destroy(t.Context(), owner, expect(5), j.destroy)
		require.NoError(t, err)
		require.Less(t, j.at(t, provision.Gone, "web")-j.at(t, provision.Gone, "job"), 3*sec, "it is woken")
		tries := map[string]int{}
		for _, c := range d.Calls() {
			if c.Op == provisiontest.OpDelete {
				tries[c.Node]++
			}
		}
		require.LessOrEqual(t, tries["web"], 25)
		require.LessOrEqual(t, tries["db"], 25)
		require.Greater(t, tries["web"], 8, "somebody outside may let go of it meanwhile")
	})
}

func TestDestroyCancel(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := memory(latencies(nil, nil, map[string]time.Duration{"job": time.Hour}))
		e := engine(t, m)
		stack(t, e)
		ctx, cancel := context.WithTimeout(t.Context(), 10*sec)
		defer cancel()
		start := time.Now()
		_, err := e.Destroy(ctx, owner, expect(3))
		require.Equal(t, 10*sec, time.Since(start))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		failure := (*provision.DestroyError)(nil)
		require.ErrorAs(t, err, &failure)
		require.ElementsMatch(t, []string{"job", "web", "db"}, names(failure.Left))

		destroyed, err := e.Destroy(t.Context(), owner, expect(3))
		require.NoError(t, err, "what is on its way out takes longer than BusyTimeout, and is waited for")
		require.Len(t, destroyed.Gone, 3)
	})
}

func TestDestroyFindFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		finds := 0
		fail := 0
		m := memory(func(o *provisiontest.MemoryOptions) {
			o.Before = func(op provisiontest.Op, _ string) error {
				if op != provisiontest.OpFind {
					return nil
				}
				if finds++; finds == fail {
					return errNo
				}
				return nil
			}
		})
		e := engine(t, m)
		for fail = 1; fail <= 2; fail++ {
			finds = 0
			stack(t, e)
			_, err := e.Destroy(t.Context(), owner)
			require.ErrorIs(t, err, errNo, "Find number %d", fail)
			require.ErrorContains(t, err, "find through *provisiontest.Memory")
			if fail == 1 {
				require.Len(t, m.All(), 3, "nothing is deleted on half a list")
			}
		}
	})
}

// TestDestroyListingLags is a service that goes on listing what is gone.
func TestDestroyListingLags(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		lag := 40 * sec
		d := lister{memory(), func() []provision.State {
			if time.Since(start) >= lag {
				return nil
			}
			return []provision.State{{Node: "web", Kind: "test/thing", ID: "1", Owner: owner}}
		}}
		e := engine(t, d)
		j := newJournal()
		destroyed, err := e.Destroy(t.Context(), owner, expect(1), j.destroy)
		require.NoError(t, err)
		require.Len(t, destroyed.Gone, 1, "it went once")
		require.InDelta(t, 40, time.Since(start).Seconds(), 4)

		lag = 1000 * time.Hour
		start = time.Now()
		_, err = e.Destroy(t.Context(), owner, expect(1))
		require.ErrorContains(t, err, "still listed 30m0s after the drivers confirmed that they are gone")
		require.InDelta(t, 1800, time.Since(start).Seconds(), 20)
		require.LessOrEqual(t, d.Count(provisiontest.OpDelete), 300, "asked at a decent pace")
	})
}

// TestDestroyParallel checks the bound on deletes.
func TestDestroyParallel(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := &slowDelete{Memory: memory()}
		e := engine(t, d, func(o *provision.Options) { o.Parallel = 3 })
		b := &provision.Blueprint{}
		for i := range 10 {
			b.Add(fmt.Sprintf("n%d", i), thing{})
		}
		_, err := e.Apply(t.Context(), owner, b)
		require.NoError(t, err)
		start := time.Now()
		destroyed, err := e.Destroy(t.Context(), owner, expect(10))
		require.NoError(t, err)
		require.Len(t, destroyed.Gone, 10)
		require.Equal(t, 4*sec, time.Since(start), "ten in three lanes")
		require.Equal(t, 3, d.most)
	})
}

type slowDelete struct {
	*provisiontest.Memory
	mu        sync.Mutex
	now, most int
}

func (d *slowDelete) Delete(ctx context.Context, s provision.State) error {
	d.mu.Lock()
	d.now++
	d.most = max(d.most, d.now)
	d.mu.Unlock()
	time.Sleep(sec)
	d.mu.Lock()
	d.now--
	d.mu.Unlock()
	return d.Memory.Delete(ctx, s)
}
