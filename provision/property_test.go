package provision_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/provisiontest"
)

var (
	seeds    = flag.Uint64("provision.seeds", 150, "how many random blueprints the property tests make")
	fromSeed = flag.Uint64("provision.seed", 1, "the first seed; a failure prints its own")
)

// dag is a random blueprint, with what it needs told in a second way that shares nothing with the engine.
type dag struct {
	b      *provision.Blueprint
	early  map[string][]string // what must be created before the node starts
	late   map[string][]string // what must be ready before the node starts
	create map[string]time.Duration
	await  map[string]time.Duration
	gone   map[string]time.Duration
}

// newDAG returns a blueprint of at most most nodes, listed in any order.
func newDAG(r *rand.Rand, most int) *dag {
	d := &dag{
		b:      &provision.Blueprint{},
		early:  make(map[string][]string),
		late:   make(map[string][]string),
		create: make(map[string]time.Duration),
		await:  make(map[string]time.Duration),
		gone:   make(map[string]time.Duration),
	}
	n := 1 + r.IntN(most)
	for i := range n {
		node := provision.Node{Name: fmt.Sprintf("n%d", i)}
		spec := thing{Env: make(map[string]provision.Text)}
		for range min(i, r.IntN(4)) {
			to := provision.Ref{Name: fmt.Sprintf("n%d", r.IntN(i))}
			switch r.IntN(5) {
			case 0:
				spec.Uses = append(spec.Uses, to.Output("ID"))
			case 1:
				spec.Uses = append(spec.Uses, to.Output("Parts"))
			case 2:
				spec.Uses = append(spec.Uses, "x "+to.Output("Host"))
			case 3:
				spec.Env["A"] = to.Output("Host") + " and " + to.Output("ID")
			case 4:
				node.After = append(node.After, to.Name)
			}
		}
		node.Spec = spec
		d.b.Nodes = append(d.b.Nodes, node)
		d.early[node.Name], d.late[node.Name] = uses(spec)
		d.late[node.Name] = append(d.late[node.Name], node.After...)
		d.create[node.Name] = time.Duration(r.IntN(5)) * sec
		d.await[node.Name] = time.Duration(r.IntN(100)) * sec
		d.gone[node.Name] = time.Duration(r.IntN(100)) * sec
	}
	r.Shuffle(n, func(i, j int) { d.b.Nodes[i], d.b.Nodes[j] = d.b.Nodes[j], d.b.Nodes[i] })
	return d
}

// uses reads from the texts of a thing whose early outputs it uses, and whose others.
func uses(s thing) (early, late []string) {
	for _, t := range append(slices.Collect(maps.Values(s.Env)), s.Uses...) {
		refs, _ := t.References()
		for _, ref := range refs {
			if ref.Output == "ID" || ref.Output == "Parts" {
				early = append(early, ref.Node)
			} else {
				late = append(late, ref.Node)
			}
		}
	}
	return early, late
}

// times returns when each node can start, is created and is ready at the earliest.
func (d *dag) times() (start, created, ready map[string]time.Duration, end time.Duration) {
	start, created, ready = make(map[string]time.Duration), make(map[string]time.Duration), make(map[string]time.Duration)
	var visit func(name string)
	visit = func(name string) {
		if _, done := start[name]; done {
			return
		}
		var at time.Duration
		for _, to := range d.early[name] {
			visit(to)
			at = max(at, created[to])
		}
		for _, to := range d.late[name] {
			visit(to)
			at = max(at, ready[to])
		}
		start[name] = at
		created[name] = at + d.create[name]
		ready[name] = created[name] + d.await[name]
		end = max(end, ready[name])
	}
	for _, n := range d.b.Nodes {
		visit(n.Name)
	}
	return start, created, ready, end
}

// memory returns a driver that is as slow as the dag says.
func (d *dag) memory(optFns ...func(*provisiontest.MemoryOptions)) *provisiontest.Memory {
	return memory(append(optFns, latencies(d.create, d.await, d.gone))...)
}

// keep marks a node as kept, and with it what it uses, which stays for as long as it is used.
func (d *dag) keep(i int, kept map[string]bool) {
	n := &d.b.Nodes[i]
	if n.Keep {
		return
	}
	n.Keep, kept[n.Name] = true, true
	early, late := uses(n.Spec.(thing))
	for _, name := range append(early, late...) {
		d.keep(slices.IndexFunc(d.b.Nodes, func(n provision.Node) bool { return n.Name == name }), kept)
	}
}

// forSeeds runs f in a bubble of virtual time for each seed, and names the seed if it fails.
func forSeeds(t *testing.T, f func(t *testing.T, r *rand.Rand)) {
	t.Helper()
	for seed := *fromSeed; seed < *fromSeed+*seeds; seed++ {
		ok := t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { f(t, rand.New(rand.NewPCG(seed, 0))) })
		})
		if !ok {
			t.Fatalf("failed with seed %d: run it again with -provision.seed=%d -provision.seeds=1", seed, seed)
		}
	}
}

// TestMakespan: with slots enough, every node of every blueprint starts at the very second at which the values that it needs are known,
// so the whole takes exactly as long as its critical path.
func TestMakespan(t *testing.T) {
	t.Parallel()
	forSeeds(t, func(t *testing.T, r *rand.Rand) {
		d := newDAG(r, 25)
		start, created, ready, end := d.times()
		j := newJournal()
		applied, err := engine(t, d.memory()).Apply(t.Context(), owner, d.b, j.apply)
		require.NoError(t, err)
		require.Equal(t, end, time.Since(j.start), "the makespan is the critical path")
		require.Len(t, j.steps, 3*len(d.b.Nodes))
		for i, n := range d.b.Nodes {
			require.Equal(t, n.Name, applied.States[i].Node, "in the order of the blueprint")
			require.Equal(t, start[n.Name], j.at(t, provision.Starting, n.Name), "%s starts", n.Name)
			require.Equal(t, created[n.Name], j.at(t, provision.Created, n.Name), "%s is created", n.Name)
			require.Equal(t, ready[n.Name], j.at(t, provision.Ready, n.Name), "%s is ready", n.Name)
		}
		require.True(t, slices.IsSortedFunc(j.steps, func(a, b provision.Step) int { return a.At.Compare(b.At) }), "steps come in order")
	})
}

// TestFailureStopsNothingThatRuns: one call fails somewhere, with few or many slots. Nothing starts afterwards, nothing
// ever starts before its time, the three lists account for every node, and another Apply makes exactly what is missing.
func TestFailureStopsNothingThatRuns(t *testing.T) {
	t.Parallel()
	forSeeds(t, func(t *testing.T, r *rand.Rand) {
		d := newDAG(r, 25)
		op := []provisiontest.Op{provisiontest.OpCreate, provisiontest.OpAwait}[r.IntN(2)]
		victim := d.b.Nodes[r.IntN(len(d.b.Nodes))].Name
		lostReply := r.IntN(2) == 0
		parallel := 1 + r.IntN(4)
		healed := false
		fault := func(called provisiontest.Op, node string) error {
			if called == op && node == victim && !healed {
				return errNo
			}
			return nil
		}
		m := d.memory(func(o *provisiontest.MemoryOptions) {
			if lostReply {
				o.After = fault
			} else {
				o.Before = fault
			}
		})
		e := engine(t, m, func(o *provision.Options) { o.Parallel = parallel })
		j := newJournal()
		applied, err := e.Apply(t.Context(), owner, d.b, j.apply)
		require.ErrorIs(t, err, errNo)
		failure := (*provision.ApplyError)(nil)
		require.ErrorAs(t, err, &failure)
		require.Len(t, failure.Failed, 1)
		require.Equal(t, victim, failure.Failed[0].Node)
		require.Equal(t, applied.States, failure.Made)
		require.LessOrEqual(t, mostAtOnce(m, provisiontest.OpCreate), parallel)

		// Every node is in exactly one of the lists, but for the one that was created and then failed.
		account := append(names(failure.Made), failure.NotStarted...)
		if op == provisiontest.OpCreate {
			account = append(account, victim)
		}
		var all []string
		for _, n := range d.b.Nodes {
			all = append(all, n.Name)
		}
		require.ElementsMatch(t, all, account)

		failedAt := j.at(t, provision.Failed, victim)
		for _, s := range j.steps {
			if s.Phase != provision.Starting {
				continue
			}
			require.LessOrEqual(t, s.At.Sub(j.start), failedAt, "%s started after the failure", s.Node)
			for _, to := range d.early[s.Node] {
				require.LessOrEqual(t, j.at(t, provision.Created, to), s.At.Sub(j.start), "%s started before %s was created", s.Node, to)
			}
			for _, to := range d.late[s.Node] {
				require.LessOrEqual(t, j.at(t, provision.Ready, to), s.At.Sub(j.start), "%s started before %s was ready", s.Node, to)
			}
		}
		for _, s := range failure.Made {
			if s.Node != victim {
				require.Len(t, s.Outputs, 4, "%s ran and was not let finish", s.Node)
			}
		}

		healed = true
		_, err = e.Apply(t.Context(), owner, d.b)
		require.NoError(t, err)
		requireAsUncrashed(t, d, m)
	})
}

// requireAsUncrashed compares what exists with what a run without any fault makes.
func requireAsUncrashed(t *testing.T, d *dag, m *provisiontest.Memory) {
	t.Helper()
	clean := d.memory()
	_, err := engine(t, clean).Apply(t.Context(), owner, d.b)
	require.NoError(t, err)
	require.Equal(t, clean.All(), m.All(), "another set of resources than without the fault")
	require.Len(t, m.All(), len(d.b.Nodes), "some twice, or some missing")
}

// TestTeardownOfAnything: everything goes, whoever uses whom, with few or many slots, and no busy resource is ever forced.
func TestTeardownOfAnything(t *testing.T) {
	t.Parallel()
	forSeeds(t, func(t *testing.T, r *rand.Rand) {
		d := newDAG(r, 25)
		kept := make(map[string]bool)
		for i := range d.b.Nodes {
			if r.IntN(16) == 0 {
				d.keep(i, kept)
			}
		}
		m := d.memory()
		e := engine(t, m, func(o *provision.Options) { o.Parallel = 1 + r.IntN(8) })
		applied, err := e.Apply(t.Context(), owner, d.b)
		require.NoError(t, err)
		start := time.Now()
		destroyed, err := e.Destroy(t.Context(), owner, expect(len(d.b.Nodes)))
		require.NoError(t, err)
		require.ElementsMatch(t, names(applied.States), append(names(destroyed.Gone), names(destroyed.Kept)...))
		require.Len(t, destroyed.Kept, len(kept))
		require.ElementsMatch(t, names(destroyed.Kept), names(m.All()))

		// A resource can go once all that use it have gone.
		usedBy := make(map[string][]string)
		for _, n := range d.b.Nodes {
			early, late := uses(n.Spec.(thing)) // After alone uses nothing
			for _, to := range append(early, late...) {
				usedBy[to] = append(usedBy[to], n.Name)
			}
		}
		var (
			goneAt func(name string) time.Duration
			memo   = make(map[string]time.Duration)
		)
		goneAt = func(name string) time.Duration {
			if at, ok := memo[name]; ok || kept[name] {
				return at
			}
			var at time.Duration
			for _, by := range usedBy[name] {
				at = max(at, goneAt(by))
			}
			memo[name] = at + d.gone[name]
			return memo[name]
		}
		var path time.Duration
		for _, n := range d.b.Nodes {
			path = max(path, goneAt(n.Name))
		}
		took := time.Since(start)
		require.GreaterOrEqual(t, took, path)
		// Polling adds up to a tenth, and up to two polls of two seconds for each step of the path.
		require.LessOrEqual(t, took, path+path/10+time.Duration(len(d.b.Nodes))*2*2*sec)
	})
}

var errCrash = errors.New("crashed")

// crasher lets a program die at its k-th call: before or after the effect of that call, and no later call has any.
type crasher struct {
	mu    sync.Mutex
	k     int
	after bool
	calls int
	dead  bool
}

func (c *crasher) options(o *provisiontest.MemoryOptions) {
	o.Before = func(provisiontest.Op, string) error {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.dead {
			return errCrash
		}
		if c.calls++; c.calls == c.k && !c.after {
			c.dead = true
			return errCrash
		}
		return nil
	}
	o.After = func(provisiontest.Op, string) error {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.calls >= c.k && c.k > 0 && c.after {
			c.dead = true
		}
		if c.dead {
			return errCrash
		}
		return nil
	}
}

// revive is the start of a new process.
func (c *crasher) revive(k int, after bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.k, c.after, c.calls, c.dead = k, after, 0, false
}

// TestCrash kills the program at every call of Apply, before and after its effect, runs it again, and does the same to Destroy.
func TestCrash(t *testing.T) {
	t.Parallel()
	for seed := *fromSeed; seed < *fromSeed+*seeds/25; seed++ {
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprintf("seed=%d after=%t", seed, after), func(t *testing.T) {
				for k := 1; ; k++ {
					var crashed bool
					synctest.Test(t, func(t *testing.T) {
						d := newDAG(rand.New(rand.NewPCG(seed, 1)), 8)
						for name := range d.gone {
							d.gone[name] /= 10 // fewer polls, and so fewer places to crash at
						}
						c := &crasher{}
						m := d.memory(c.options)
						c.revive(k, after)
						_, err := engine(t, m).Apply(t.Context(), owner, d.b)
						crashed = err != nil
						if crashed {
							require.ErrorIs(t, err, errCrash)
						}
						c.revive(0, false)
						_, err = engine(t, m).Apply(t.Context(), owner, d.b)
						require.NoError(t, err, "call %d", k)
						requireAsUncrashed(t, d, m)

						c.revive(k, after)
						_, err = engine(t, m).Destroy(t.Context(), owner, expect(len(d.b.Nodes)))
						if err != nil {
							require.ErrorIs(t, err, errCrash)
							crashed = true
						}
						c.revive(0, false)
						_, err = engine(t, m).Destroy(t.Context(), owner, expect(len(d.b.Nodes)))
						require.NoError(t, err, "call %d", k)
						require.Empty(t, m.All(), "left over after a crash at call %d", k)
					})
					if !crashed {
						return
					}
				}
			})
		}
	}
}

// TestTwoDeployersJoin: two programs apply one blueprint at once, and make it once.
func TestTwoDeployersJoin(t *testing.T) {
	t.Parallel()
	forSeeds(t, func(t *testing.T, r *rand.Rand) {
		d := newDAG(r, 25)
		m := d.memory()
		var (
			wait    sync.WaitGroup
			applied [2]provision.Applied
			errs    [2]error
		)
		for i := range applied {
			delay := time.Duration(r.IntN(60)) * sec
			wait.Go(func() {
				time.Sleep(delay)
				applied[i], errs[i] = engine(t, m).Apply(context.WithoutCancel(t.Context()), owner, d.b)
			})
		}
		wait.Wait()
		require.NoError(t, errors.Join(errs[:]...))
		require.Equal(t, applied[0], applied[1])
		requireAsUncrashed(t, d, m)
	})
}
