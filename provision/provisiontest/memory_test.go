package provisiontest_test

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/provisiontest"
)

// box is a spec of one of two kinds.
type box struct {
	Big    bool
	Label  provision.Text
	Inside []provision.Text
}

func (b box) Kind() provision.Kind {
	if b.Big {
		return "test/big-box"
	}
	return "test/box"
}

func (b box) Outputs() []provision.Output {
	return []provision.Output{
		{Name: "ID", Early: true},
		{Name: "Address"},
		{Name: "Port", Type: provision.NumberType},
		{Name: "Zones", Type: provision.ListType, Early: b.Big},
	}
}

func (b box) Validate() error { return nil }

var owner = provision.Owner{Registry: "r", Base: "shop.example.com", App: "shop", Env: "e", Commit: "c", Attempt: "a"}

func boxes(optFns ...func(*provisiontest.MemoryOptions)) *provisiontest.Memory {
	m := provisiontest.NewMemory(append(optFns, func(o *provisiontest.MemoryOptions) {
		o.Kinds = []provision.Kind{"test/box", "test/big-box"}
	})...)
	return m
}

// harness runs a Memory, or what wrap makes of it, as slow and as late as services are.
func harness(wrap func(*provisiontest.Memory) provision.Driver) provisiontest.Harness {
	return provisiontest.Harness{
		Name: "memory",
		New: func(testing.TB) provisiontest.World {
			m := boxes(func(o *provisiontest.MemoryOptions) {
				o.Lag = 3 * time.Second
				o.Latency = func(op provisiontest.Op, kind provision.Kind, _ string) time.Duration {
					if op == provisiontest.OpAwait || op == provisiontest.OpDelete {
						return time.Minute
					}
					return 100 * time.Millisecond
				}
			})
			return provisiontest.World{
				Driver: wrap(m),
				Specs: func(kind provision.Kind) []provisiontest.Sample {
					big := kind == "test/big-box"
					return []provisiontest.Sample{
						{Name: "minimal", Spec: box{Big: big}},
						{Name: "full", Prepare: func(ctx context.Context, t testing.TB, d provision.Driver, o provision.Owner) provision.Spec {
							small, err := d.Create(ctx, provision.Call{Owner: o, Node: "inside", Spec: box{}})
							require.NoError(t, err)
							return box{Big: big, Label: "a box", Inside: []provision.Text{provision.Text(small.ID)}}
						}},
					}
				},
				Stranger: func(_ context.Context, kind provision.Kind, name string) (string, func() error, error) {
					id, err := m.AddStranger(kind, name)
					check := func() error {
						at := slices.IndexFunc(m.All(), func(s provision.State) bool { return s.ID == id })
						if at < 0 || m.All()[at].Deleting || m.All()[at].Owner != (provision.Owner{}) {
							return errors.New("the stranger's box is not as it was")
						}
						return nil
					}
					return id, check, err
				},
				LoseReply: m.LoseReply,
				Count: func(_ context.Context, kind provision.Kind) int {
					n := 0
					for _, s := range m.All() {
						if s.Kind == kind {
							n++
						}
					}
					return n
				},
				Fill: func(_ context.Context, s provision.State) error {
					m.SetLoss(s.ID, "12 messages")
					return nil
				},
			}
		},
	}
}

func TestMemory(t *testing.T) {
	t.Parallel()
	provisiontest.TestDriver(t, harness(func(m *provisiontest.Memory) provision.Driver { return m }))
}

// mutant is a driver with one mistake.
type mutant struct {
	*provisiontest.Memory
	create func(ctx context.Context, c provision.Call) (provision.State, error)
	await  func(ctx context.Context, s provision.State) (provision.State, error)
	find   func(ctx context.Context, o provision.Owner) iter.Seq2[provision.State, error]
	delete func(ctx context.Context, s provision.State) error
}

func (m mutant) Create(ctx context.Context, c provision.Call) (provision.State, error) {
	if m.create != nil {
		return m.create(ctx, c)
	}
	return m.Memory.Create(ctx, c)
}

func (m mutant) Await(ctx context.Context, s provision.State) (provision.State, error) {
	if m.await != nil {
		return m.await(ctx, s)
	}
	return m.Memory.Await(ctx, s)
}

func (m mutant) Find(ctx context.Context, o provision.Owner) iter.Seq2[provision.State, error] {
	if m.find != nil {
		return m.find(ctx, o)
	}
	return m.Memory.Find(ctx, o)
}

func (m mutant) Delete(ctx context.Context, s provision.State) error {
	if m.delete != nil {
		return m.delete(ctx, s)
	}
	return m.Memory.Delete(ctx, s)
}

// filter lets a find show only some states, each perhaps changed.
func filter(m *provisiontest.Memory, f func(*provision.State) bool) func(context.Context, provision.Owner) iter.Seq2[provision.State, error] {
	return func(ctx context.Context, o provision.Owner) iter.Seq2[provision.State, error] {
		return func(yield func(provision.State, error) bool) {
			for s, err := range m.Find(ctx, o) {
				if err == nil && !f(&s) {
					continue
				}
				if !yield(s, err) {
					return
				}
			}
		}
	}
}

// takes reports whether d passes before ctx ends.
func takes(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

// TestSuiteFindsMistakes gives the suite drivers that are wrong in one way each, and names the cases that must notice. A listed gap must
// fail, and every other case must pass.
func TestSuiteFindsMistakes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		mistake func(m *provisiontest.Memory) mutant
		noticed []string
	}{
		{
			name: "the early outputs come late",
			mistake: func(m *provisiontest.Memory) mutant {
				return mutant{create: func(ctx context.Context, c provision.Call) (provision.State, error) {
					s, err := m.Create(ctx, c)
					s.Outputs = nil
					return s, err
				}}
			},
			noticed: []string{
				"early", "await", "twice", "lost reply", "foreign", "tags", "keep", "own", "pages", "delete", "delete unready", "deleting",
				"lost delete", "dead attempt", "not ours", "hurried", "cancelled", "loses",
			},
		},
		{
			name: "Await does not wait",
			mistake: func(m *provisiontest.Memory) mutant {
				return mutant{await: func(ctx context.Context, s provision.State) (provision.State, error) { return s, ctx.Err() }}
			},
			noticed: []string{"await", "twice", "lost reply", "delete", "deleting", "lost delete", "dead attempt", "not ours", "loses"},
		},
		{
			name: "each Create makes another resource",
			mistake: func(m *provisiontest.Memory) mutant {
				var n atomic.Int64
				return mutant{create: func(ctx context.Context, c provision.Call) (provision.State, error) {
					node := c.Node
					if node == "web" {
						c.Node += strings.Repeat("x", int(n.Add(1)))
					}
					s, err := m.Create(ctx, c)
					if err == nil {
						s.Node = node
					}
					return s, err
				}}
			},
			noticed: []string{"await", "twice", "together", "lost reply", "foreign", "delete", "deleting", "lost delete", "dead attempt", "not ours", "loses"},
		},
		{
			name: "a stranger's resource is adopted",
			mistake: func(m *provisiontest.Memory) mutant {
				return mutant{create: func(ctx context.Context, c provision.Call) (provision.State, error) {
					s, err := m.Create(ctx, c)
					if f := (*provision.ForeignError)(nil); errors.As(err, &f) {
						return provision.State{ID: f.ID, Kind: f.Kind, Node: f.Node, Owner: c.Owner}, nil
					}
					return s, err
				}}
			},
			noticed: []string{"foreign"},
		},
		{
			name: "Find shows the first page only",
			mistake: func(m *provisiontest.Memory) mutant {
				return mutant{find: func(ctx context.Context, o provision.Owner) iter.Seq2[provision.State, error] {
					n := 0
					return filter(m, func(*provision.State) bool { n++; return n <= 10 })(ctx, o)
				}}
			},
			noticed: []string{"pages"},
		},
		{
			name: "Find goes by the registry alone",
			mistake: func(m *provisiontest.Memory) mutant {
				return mutant{find: func(ctx context.Context, o provision.Owner) iter.Seq2[provision.State, error] {
					return m.Find(ctx, provision.Owner{Registry: o.Registry})
				}}
			},
			noticed: []string{"own"},
		},
		{
			name: "a Find that fails is an empty list",
			mistake: func(m *provisiontest.Memory) mutant {
				return mutant{find: func(ctx context.Context, o provision.Owner) iter.Seq2[provision.State, error] {
					return func(yield func(provision.State, error) bool) {
						for s, err := range m.Find(ctx, o) {
							if err != nil || !yield(s, nil) {
								return
							}
						}
					}
				}}
			},
			noticed: []string{"cancelled"},
		},
		{
			name: "the subject is forgotten",
			mistake: func(m *provisiontest.Memory) mutant {
				return mutant{find: filter(m, func(s *provision.State) bool { s.Owner.Subject = ""; return true })}
			},
			noticed: []string{"tags"},
		},
		{
			name: "Keep is forgotten",
			mistake: func(m *provisiontest.Memory) mutant {
				return mutant{find: filter(m, func(s *provision.State) bool { s.Keep = false; return true })}
			},
			noticed: []string{"keep"},
		},
		{
			name: "what is deleted looks alive",
			mistake: func(m *provisiontest.Memory) mutant {
				return mutant{find: filter(m, func(s *provision.State) bool { s.Deleting = false; return true })}
			},
			noticed: []string{"deleting"},
		},
		{
			name: "Delete is content when the service has accepted",
			mistake: func(m *provisiontest.Memory) mutant {
				return mutant{delete: func(ctx context.Context, s provision.State) error {
					if err := m.Delete(ctx, s); !errors.Is(err, provision.ErrDeleting) {
						return err
					}
					return nil
				}}
			},
			noticed: []string{"delete", "delete unready", "lost delete", "hurried", "loses"},
		},
		{
			name: "Delete is content when there is no time to ask again",
			mistake: func(m *provisiontest.Memory) mutant {
				return mutant{delete: func(ctx context.Context, s provision.State) error {
					if !takes(ctx, 2*time.Second) {
						return nil
					}
					return m.Delete(ctx, s)
				}}
			},
			noticed: []string{"hurried", "cancelled"},
		},
		{
			name: "Await takes what it has no time to ask about for gone",
			mistake: func(m *provisiontest.Memory) mutant {
				return mutant{await: func(ctx context.Context, s provision.State) (provision.State, error) {
					if !takes(ctx, 2*time.Second) {
						return provision.State{}, provision.ErrGone
					}
					return m.Await(ctx, s)
				}}
			},
			noticed: []string{"hurried", "cancelled"},
		},
		{
			name: "Delete believes the State",
			mistake: func(m *provisiontest.Memory) mutant {
				return mutant{delete: func(ctx context.Context, s provision.State) error {
					for _, r := range m.All() {
						if r.ID == s.ID {
							s.Owner = r.Owner
						}
					}
					return m.Delete(ctx, s)
				}}
			},
			noticed: []string{"not ours"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := harness(func(m *provisiontest.Memory) provision.Driver {
				wrong := tt.mistake(m)
				wrong.Memory = m
				return wrong
			})
			h.Gaps = make(map[string]string)
			for _, name := range tt.noticed {
				h.Gaps[name] = tt.name
			}
			provisiontest.TestDriver(t, h)
		})
	}
}

// A world that can empty what it has filled expects that the driver deletes nothing before.
func TestSuiteSeesWhetherDataIsHeldBack(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		careful bool
		gaps    map[string]string
	}{
		"a driver that holds data back": {careful: true},
		"a driver that does not":        {gaps: map[string]string{"loses": "it deletes what holds data"}},
	} {
		t.Run(name, func(t *testing.T) {
			h := harness(func(m *provisiontest.Memory) provision.Driver {
				if !tt.careful {
					return mutant{Memory: m}
				}
				return mutant{Memory: m, delete: func(ctx context.Context, s provision.State) error {
					if losses, err := m.Loses(ctx, s); err == nil && len(losses) > 0 {
						return &provision.BusyError{Kind: s.Kind, ID: s.ID, Blocker: losses[0].What}
					}
					return m.Delete(ctx, s)
				}}
			})
			world := h.New
			h.New = func(t testing.TB) provisiontest.World {
				w := world(t)
				w.Empty = func(_ context.Context, s provision.State) error {
					w.Driver.(mutant).SetLoss(s.ID)
					return nil
				}
				return w
			}
			h.Gaps = tt.gaps
			provisiontest.TestDriver(t, h)
		})
	}
}

func TestMemoryIsStrict(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := boxes()
		call := provision.Call{Owner: owner, Node: "web", Spec: box{Label: "one"}}
		first, err := m.Create(t.Context(), call)
		require.NoError(t, err)

		call.Spec = box{Label: "two"}
		_, err = m.Create(t.Context(), call)
		require.ErrorContains(t, err, "another spec")

		user, err := m.Create(t.Context(), provision.Call{Owner: owner, Node: "user", Spec: box{Label: provision.Text("see " + first.ID)}})
		require.NoError(t, err)
		err = m.Delete(t.Context(), first)
		require.ErrorIs(t, err, provision.ErrBusy)
		require.ErrorContains(t, err, user.ID, "the blocker is named")

		require.NoError(t, m.Delete(t.Context(), user))
		require.NoError(t, m.Delete(t.Context(), first))
		require.Empty(t, m.All())

		call.Spec = box{Label: "two"}
		second, err := m.Create(t.Context(), call)
		require.NoError(t, err)
		require.NotEqual(t, first.ID, second.ID, "no id comes twice")
		require.Equal(t, first.Name, second.Name)

		m.Vanish(second.ID)
		_, err = m.Await(t.Context(), second)
		require.ErrorIs(t, err, provision.ErrGone)
		require.Equal(t, 4, m.Count(provisiontest.OpCreate))
		require.Equal(t, provisiontest.OpAwait, m.Calls()[len(m.Calls())-1].Op)
		require.ErrorIs(t, m.Calls()[len(m.Calls())-1].Err, provision.ErrGone)
	})
}

func TestMemoryLag(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := boxes(func(o *provisiontest.MemoryOptions) { o.Lag = 10 * time.Second })
		_, err := m.Create(t.Context(), provision.Call{Owner: owner, Node: "web", Spec: box{}})
		require.NoError(t, err)
		count := func() (n int) {
			for range m.Find(t.Context(), owner) {
				n++
			}
			return n
		}
		time.Sleep(9 * time.Second)
		require.Zero(t, count())
		require.Len(t, m.All(), 1)
		time.Sleep(time.Second)
		require.Equal(t, 1, count())
	})
}

// sight is a kind to look up.
type sight struct{ Name provision.Text }

func (sight) Kind() provision.Kind { return "test/sight" }
func (sight) Existing()            {}
func (sight) Validate() error      { return nil }
func (sight) Outputs() []provision.Output {
	return []provision.Output{{Name: "ID"}, {Name: "Zones", Type: provision.ListType}}
}

func TestMemoryMakesUpWhatExists(t *testing.T) {
	t.Parallel()
	m := boxes(func(o *provisiontest.MemoryOptions) {
		o.Looks = []provision.Kind{"test/sight"}
		o.Look = func(c provision.Call, _ string) (s provision.State, pin string, err error) {
			if c.Spec.(sight).Name == "mine" {
				s.ID = "vpc-mine"
			}
			return s, "", nil
		}
	})
	look := func(o provision.Owner, node string, name provision.Text) provision.State {
		s, pin, err := m.Look(t.Context(), provision.Call{Owner: o, Node: node, Spec: sight{Name: name}}, "")
		require.NoError(t, err)
		require.Empty(t, pin)
		return s
	}
	first := look(owner, "net", "any")
	require.NotEmpty(t, first.ID)
	require.Equal(t, first.ID, first.Outputs["ID"].String())
	require.Len(t, first.Outputs["Zones"].List(), 2)
	other := owner
	other.Env, other.Attempt = "other", "later"
	require.Equal(t, first, look(other, "net", "any"), "what exists is the same for everybody")
	require.Equal(t, first.ID, look(owner, "again", "any").ID)
	require.NotEqual(t, first.ID, look(owner, "net", "else").ID)
	mine := look(owner, "net", "mine")
	require.Equal(t, "vpc-mine", mine.ID, "what the test says is kept")
	require.Equal(t, "vpc-mine", mine.Outputs["ID"].String())
	require.Len(t, mine.Outputs["Zones"].List(), 2, "and the rest made up")
}
