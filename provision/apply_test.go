package provision_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/provisiontest"
)

// journal observes steps as "phase node @seconds".
type journal struct {
	start time.Time
	steps []provision.Step
}

func newJournal() *journal { return &journal{start: time.Now()} }

func (j *journal) apply(o *provision.ApplyOptions)     { o.Observe = j.add }
func (j *journal) destroy(o *provision.DestroyOptions) { o.Observe = j.add }
func (j *journal) add(s provision.Step)                { j.steps = append(j.steps, s) }

func (j *journal) lines() []string {
	var lines []string
	for _, s := range j.steps {
		lines = append(lines, fmt.Sprintf("%s %s @%v", s.Phase, s.Node, s.At.Sub(j.start)))
	}
	return lines
}

// at returns when a node came to a phase.
func (j *journal) at(t testing.TB, phase provision.Phase, node string) time.Duration {
	t.Helper()
	i := slices.IndexFunc(j.steps, func(s provision.Step) bool { return s.Phase == phase && s.Node == node })
	require.GreaterOrEqual(t, i, 0, "%s never was %s: %v", node, phase, j.lines())
	return j.steps[i].At.Sub(j.start)
}

const sec = time.Second

func TestApply(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := memory(latencies(
			map[string]time.Duration{"db": 1 * sec, "web": 2 * sec, "job": 1 * sec},
			map[string]time.Duration{"db": 60 * sec, "web": 30 * sec, "job": 5 * sec}, nil))
		b := &provision.Blueprint{Inputs: map[string]string{"size": "7"}}
		// The blueprint is listed backwards on purpose: order is in the references alone.
		b.Add("job", thing{}, provision.After(provision.Ref{Name: "web"}))
		b.Add("web", thing{
			Label: "${{db.ID}} ${{in.size}} ${{commit}} ${{app}} ${{env}} ${{base}}",
			Uses:  []provision.Text{"${{db.Parts}}"},
		})
		b.Add("db", thing{}, provision.Keep)
		b.Entrance.Host, b.Entrance.ZoneID = "${{web.Host}}", "Z${{commit}}"

		j := newJournal()
		applied, err := engine(t, m).Apply(t.Context(), owner, b, j.apply)
		require.NoError(t, err)
		require.Equal(t, []string{
			"starting db @0s", "created db @1s",
			"starting web @1s", // the id and the parts of db are early, so web does not wait for the minute that db takes
			"created web @3s", "ready web @33s",
			"starting job @33s", // After waits for readiness
			"created job @34s", "ready job @39s",
			"ready db @1m1s",
		}, j.lines())

		require.Len(t, applied.States, 3)
		for i, node := range []string{"job", "web", "db"} {
			s := applied.States[i]
			require.Equal(t, node, s.Node)
			require.Equal(t, provision.Kind("test/thing"), s.Kind)
			require.Equal(t, owner, s.Owner)
			require.Equal(t, node == "db", s.Keep)
			require.Len(t, s.Outputs, 4, "all outputs are there in the end")
		}
		require.Equal(t, applied.States[1].Outputs["Host"].String(), applied.Host)
		require.Equal(t, "Z"+owner.Commit, applied.ZoneID)
		require.Equal(t, []string{"starting", "created", "created"}, []string{
			j.steps[0].Phase.String(), j.steps[1].Phase.String(), j.steps[3].Phase.String(),
		})
		require.Equal(t, applied.States[2].ID, j.steps[1].ID)

		found, err := engine(t, m).Find(t.Context(), owner)
		require.NoError(t, err)
		require.Len(t, found, 3)
	})
}

// seen is a driver that keeps the specs that it gets.
type seen struct {
	*provisiontest.Memory
	mu    sync.Mutex
	specs map[string]provision.Spec
}

func (s *seen) Create(ctx context.Context, c provision.Call) (provision.State, error) {
	s.mu.Lock()
	s.specs[c.Node] = c.Spec
	s.mu.Unlock()
	return s.Memory.Create(ctx, c)
}

func TestApplyResolves(t *testing.T) {
	t.Parallel()
	d := &seen{Memory: memory(), specs: make(map[string]provision.Spec)}
	b := &provision.Blueprint{Inputs: map[string]string{"size": "7"}}
	b.Add("web", thing{
		Label: "${{in.size}} ${{commit}} ${{app}} ${{env}} ${{base}} ${{db.Port}} $${{x}}",
		Uses:  []provision.Text{"${{db.Parts}}", "${{db.ID}}"},
	})
	b.Add("db", thing{})
	applied, err := engine(t, d).Apply(t.Context(), owner, b)
	require.NoError(t, err)
	db := applied.States[1].Outputs
	parts := db["Parts"].List()
	require.Equal(t, thing{
		Label: provision.Text("7 " + owner.Commit + " shop 1f0c9d3ab2e4 shop.example.com " + db["Port"].String() + " ${{x}}"),
		Uses:  []provision.Text{provision.Text(parts[0]), provision.Text(parts[1]), provision.Text(db["ID"].String())},
	}, d.specs["web"])
	require.Equal(t, provision.Text("${{db.Parts}}"), b.Nodes[0].Spec.(thing).Uses[0], "the blueprint stays as it was")
	require.Empty(t, applied.Host, "a worker has no entrance")

	again, err := engine(t, d).Apply(t.Context(), owner, b)
	require.NoError(t, err)
	require.Equal(t, applied, again, "a second Apply changes nothing")
	require.Len(t, d.All(), 2)
}

func TestApplyEmpty(t *testing.T) {
	t.Parallel()
	applied, err := engine(t, memory()).Apply(t.Context(), owner, &provision.Blueprint{})
	require.NoError(t, err)
	require.Equal(t, provision.Applied{}, applied)
}

var errNo = errors.New("no")

// failing lets one call of one node fail.
func failing(op provisiontest.Op, nodes ...string) func(*provisiontest.MemoryOptions) {
	return func(o *provisiontest.MemoryOptions) {
		o.Before = func(called provisiontest.Op, node string) error {
			if called == op && slices.Contains(nodes, node) {
				return fmt.Errorf("%s: %w", node, errNo)
			}
			return nil
		}
	}
}

func TestApplyFailure(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := memory(failing(provisiontest.OpCreate, "bad", "worse"), latencies(
			map[string]time.Duration{"bad": 2 * sec, "worse": 5 * sec, "slow": 10 * sec, "first": 1 * sec},
			map[string]time.Duration{"slow": 60 * sec, "first": 3 * sec}, nil))
		b := &provision.Blueprint{}
		bad := b.Add("bad", thing{})
		b.Add("worse", thing{})
		slow := b.Add("slow", thing{})
		first := b.Add("first", thing{})
		b.Add("after-bad", thing{Label: bad.Output("ID")})
		b.Add("after-slow", thing{Label: slow.Output("ID")})
		b.Add("after-first", thing{Label: first.Output("Host")})

		j := newJournal()
		applied, err := engine(t, m).Apply(t.Context(), owner, b, j.apply)
		failure := (*provision.ApplyError)(nil)
		require.ErrorAs(t, err, &failure)
		require.ErrorIs(t, err, errNo)
		require.NoError(t, failure.Err)
		require.Len(t, failure.Failed, 2, "both failures are told")
		require.Equal(t, "bad", failure.Failed[0].Node)
		require.Equal(t, "worse", failure.Failed[1].Node)
		require.Equal(t, provision.Starting, failure.Failed[0].Phase)
		require.Equal(t, []string{"after-bad", "after-slow", "after-first"}, failure.NotStarted)
		require.Equal(t, applied.States, failure.Made)
		require.Equal(t, []string{"slow", "first"}, []string{failure.Made[0].Node, failure.Made[1].Node})
		require.Len(t, failure.Made[0].Outputs, 4, "what ran was let finish")
		require.Equal(t, 70*sec, j.at(t, provision.Ready, "slow"))
		require.Equal(t, 2*sec, j.at(t, provision.Failed, "bad"))
		require.ErrorContains(t, err, `provision: 2 made, 2 failed, 3 never started: node "bad" (test/thing): create: bad: no; node "worse"`)
	})
}

func TestApplyReadinessFails(t *testing.T) {
	t.Parallel()
	m := memory(failing(provisiontest.OpAwait, "bad"))
	b := &provision.Blueprint{}
	bad := b.Add("bad", thing{})
	b.Add("next", thing{Label: bad.Output("Host")})
	applied, err := engine(t, m).Apply(t.Context(), owner, b)
	failure := (*provision.ApplyError)(nil)
	require.ErrorAs(t, err, &failure)
	require.Equal(t, provision.Created, failure.Failed[0].Phase)
	require.ErrorContains(t, err, `node "bad" (test/thing): wait until it is ready: bad: no`)
	require.Len(t, applied.States, 1, "what never got ready exists all the same")
	require.Equal(t, "bad", applied.States[0].Node)
	require.Equal(t, []string{"next"}, failure.NotStarted)
}

func TestApplyForeign(t *testing.T) {
	t.Parallel()
	m := memory()
	id, err := m.AddStranger("test/thing", provision.Call{Owner: owner, Node: "web"}.Name(255, ""))
	require.NoError(t, err)
	b := &provision.Blueprint{}
	b.Add("web", thing{})
	applied, err := engine(t, m).Apply(t.Context(), owner, b)
	require.ErrorIs(t, err, provision.ErrForeign)
	require.ErrorContains(t, err, id)
	require.Empty(t, applied.States, "a stranger's resource was not made by us")
}

func TestApplyCancel(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		errEnough := errors.New("enough")
		ctx, cancel := context.WithCancelCause(t.Context())
		m := memory(latencies(nil, map[string]time.Duration{"one": 60 * sec, "two": 60 * sec}, nil))
		b := &provision.Blueprint{}
		one := b.Add("one", thing{})
		b.Add("two", thing{Label: one.Output("Host")})
		time.AfterFunc(10*sec, func() { cancel(errEnough) })
		j := newJournal()
		applied, err := engine(t, m).Apply(ctx, owner, b, j.apply)
		require.Equal(t, 10*sec, time.Since(j.start))
		require.ErrorIs(t, err, context.Canceled)
		require.ErrorIs(t, err, errEnough, "the cause is told too")
		failure := (*provision.ApplyError)(nil)
		require.ErrorAs(t, err, &failure)
		require.Equal(t, []string{"two"}, failure.NotStarted)
		require.Len(t, applied.States, 1)

		applied, err = engine(t, m).Apply(ctx, owner, b)
		require.ErrorIs(t, err, context.Canceled)
		require.Empty(t, applied.States)
		require.Equal(t, 1, m.Count(provisiontest.OpCreate), "a context that is done starts nothing")

		applied, err = engine(t, m).Apply(t.Context(), owner, b)
		require.NoError(t, err)
		require.Len(t, applied.States, 2)
		require.Len(t, m.All(), 2)
	})
}

// TestApplyParallel checks the bound, and that waiting for readiness does not count: with one slot, a node that waits for an hour
// holds nobody up.
func TestApplyParallel(t *testing.T) {
	t.Parallel()
	for _, parallel := range []int{1, 3, 100} {
		synctest.Test(t, func(t *testing.T) {
			m := memory(func(o *provisiontest.MemoryOptions) {
				o.Latency = func(op provisiontest.Op, _ provision.Kind, _ string) time.Duration {
					if op == provisiontest.OpAwait {
						return time.Hour
					}
					return sec
				}
			})
			b := &provision.Blueprint{}
			const n = 30
			for i := range n {
				b.Add(fmt.Sprintf("n%d", i), thing{})
			}
			start := time.Now()
			_, err := engine(t, m, func(o *provision.Options) { o.Parallel = parallel }).Apply(t.Context(), owner, b)
			require.NoError(t, err)
			rounds := (n + parallel - 1) / parallel
			require.Equal(t, time.Duration(rounds)*sec+time.Hour, time.Since(start))
			require.LessOrEqual(t, mostAtOnce(m, provisiontest.OpCreate), parallel)
		})
	}
}

// mostAtOnce returns how many calls of op were in progress together at most.
func mostAtOnce(m *provisiontest.Memory, op provisiontest.Op) int {
	change := make(map[time.Time]int)
	for _, c := range m.Calls() {
		if c.Op == op {
			change[c.At]++
			change[c.Done]--
		}
	}
	now, most := 0, 0
	for _, at := range slices.SortedFunc(maps.Keys(change), time.Time.Compare) {
		now += change[at]
		most = max(most, now)
	}
	return most
}

// wrong is a driver that does not keep the contract.
type wrong struct {
	*provisiontest.Memory
	change func(*provision.State)
}

func (w wrong) Create(ctx context.Context, c provision.Call) (provision.State, error) {
	s, err := w.Memory.Create(ctx, c)
	w.change(&s)
	return s, err
}

func TestApplyDriverBreaksItsWord(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(*provision.State){
		"did not give an id":                  func(s *provision.State) { s.ID = "" },
		"did not give the early output ID of": func(s *provision.State) { delete(s.Outputs, "ID") },
		"as a number; promised was a text":    func(s *provision.State) { s.Outputs["ID"] = provision.NumberValue(1) },
		"gave the output Parts of mem-":       func(s *provision.State) { s.Outputs["Parts"] = provision.TextValue("") },
	} {
		b := &provision.Blueprint{}
		web := b.Add("web", thing{})
		b.Add("next", thing{Label: web.Output("ID")})
		applied, err := engine(t, wrong{memory(), change}).Apply(t.Context(), owner, b)
		require.ErrorContains(t, err, want)
		if want != "did not give an id" {
			require.Len(t, applied.States, 1, "it exists")
		}
	}
}

// TestApplyLarge has time limits only so generous that a quadratic engine breaks them.
func TestApplyLarge(t *testing.T) {
	t.Parallel()
	const n = 10_000
	for name, add := range map[string]func(b *provision.Blueprint){
		"chain": func(b *provision.Blueprint) {
			last := b.Add("n0", thing{})
			for i := 1; i < n; i++ {
				last = b.Add(fmt.Sprintf("n%d", i), thing{Label: last.Output("ID")})
			}
		},
		"fan-out": func(b *provision.Blueprint) {
			root := b.Add("root", thing{})
			for i := 1; i < n; i++ {
				b.Add(fmt.Sprintf("n%d", i), thing{Label: root.Output("Host")})
			}
		},
		"fan-in": func(b *provision.Blueprint) {
			var all thing
			for i := 1; i < n; i++ {
				all.Uses = append(all.Uses, b.Add(fmt.Sprintf("n%d", i), thing{}).Output("Host"))
			}
			b.Add("last", all)
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			m := memory(func(o *provisiontest.MemoryOptions) {
				o.Latency = func(op provisiontest.Op, _ provision.Kind, _ string) time.Duration {
					if op == provisiontest.OpDelete {
						return sec
					}
					return 0
				}
			})
			b := &provision.Blueprint{}
			add(b)
			e := engine(t, m, func(o *provision.Options) { o.Parallel = 10_000 })
			applied, err := e.Apply(t.Context(), owner, b)
			require.NoError(t, err, name)
			require.Len(t, applied.States, n)
			if name == "chain" {
				return // its teardown is ten thousand steps long
			}
			calls := m.Count(provisiontest.OpDelete)
			destroyed, err := e.Destroy(t.Context(), owner, func(o *provision.DestroyOptions) { o.Expect = n })
			require.NoError(t, err, name)
			require.Len(t, destroyed.Gone, n)
			require.LessOrEqual(t, m.Count(provisiontest.OpDelete)-calls, 5*n, "resources that wait for n others cause no n² calls")
		})
	}
}
