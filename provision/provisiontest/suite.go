package provisiontest

import (
	"context"
	"crypto/rand"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision"
)

// Harness tells TestDriver how to run a driver.
type Harness struct {
	// Name says where the driver runs, for messages: "simulated SQS", "moto".
	Name string

	// New makes a fresh world. Each case runs in a world of its own.
	New func(t testing.TB) World

	// RealTime runs the cases in real time, for worlds on the other side of a network. Otherwise each case runs in a
	// testing/synctest bubble, so a driver may take hours for microseconds.
	RealTime bool

	// Gaps lists cases that cannot pass because the world is not like AWS, each with the reason. A key is the name of a case ("foreign") or
	// the case and a kind ("foreign ec2/instance"). A listed gap must fail; if it passes, the test fails, so that the list never
	// grows stale.
	Gaps map[string]string
}

// World is one driver and what stands behind it.
type World struct {
	// Driver is what is tested.
	Driver provision.Driver

	// Specs returns samples of a kind: at least a minimal and a full one.
	Specs func(kind provision.Kind) []Sample

	// Stranger makes a resource of somebody else with exactly this name, where it is in the way of the first sample of the
	// kind. It returns its id (or a part of the id that a *provision.ForeignError will show), and a function that proves it
	// untouched. For a kind whose names need not be unique the error is errors.ErrUnsupported.
	Stranger func(ctx context.Context, kind provision.Kind, name string) (id string, check func() error, err error)

	// LoseReply makes the reply of the next call that changes something get lost after its effect.
	LoseReply func()

	// Count returns how many resources of a kind exist, whoever owns them, and whether or not they are on their way out; less than
	// zero if that cannot be read, which fails the case.
	Count func(ctx context.Context, kind provision.Kind) int

	// Fill, if set, puts data into a resource, so that a provision.Loser must report a loss. It returns errors.ErrUnsupported for a
	// kind that holds no data.
	Fill func(ctx context.Context, s provision.State) error

	// Empty, if set, takes out what Fill has put in. A driver that never deletes what holds data needs it, and has to answer
	// provision.ErrBusy until then; without it, what was filled is never gone.
	Empty func(ctx context.Context, s provision.State) error

	// Hide, if set, has the service say of the resource that is read next that there is none, once, as services do of what is so new
	// that not all of their servers know it; show takes that back if nothing was read. Without it the suite cannot know whether a
	// driver has met that.
	Hide func() (show func())
}

// Sample is a spec to try.
type Sample struct {
	Name string // "minimal", "full"
	// Spec is what to make, with literals only.
	Spec provision.Spec
	// Prepare, if set, makes the spec instead; it may make what the spec needs with the driver, for the owner o and for
	// nodes of other names than "web" and "web-...".
	Prepare func(ctx context.Context, t testing.TB, d provision.Driver, o provision.Owner) provision.Spec
}

// TestDriver checks that a driver keeps the contract of provision.Driver, for each of its kinds and samples. Each case is a sentence of
// that contract.
func TestDriver(t *testing.T, h Harness) {
	t.Helper()
	var kinds []provision.Kind
	h.bubble(t, func(t *testing.T) { kinds = h.New(t).Driver.Kinds() })
	require.NotEmpty(t, kinds, "a driver makes at least one kind")
	unused := maps.Clone(h.Gaps)
	for _, c := range cases {
		for _, kind := range kinds {
			for _, key := range []string{c.name, c.name + " " + string(kind)} {
				delete(unused, key)
			}
		}
	}
	require.Empty(t, slices.Sorted(maps.Keys(unused)), "these gaps name no case and kind")
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			for _, kind := range kinds {
				t.Run(string(kind), func(t *testing.T) {
					if !h.RealTime {
						t.Parallel()
					}
					h.run(t, c, kind)
				})
			}
		})
	}
}

// run runs one case for one kind, or checks that it is still a gap.
func (h Harness) run(t *testing.T, c suiteCase, kind provision.Kind) {
	reason, gap := h.Gaps[c.name+" "+string(kind)]
	if !gap {
		reason, gap = h.Gaps[c.name]
	}
	h.bubble(t, func(t *testing.T) {
		if !gap {
			h.samples(t, c, kind)
			return
		}
		r := &recorder{TB: t}
		if r.run(func() { h.samples(r, c, kind) }) {
			t.Logf("known gap of %s: %s\n%s", h.Name, reason, strings.Join(r.messages, "\n"))
			return
		}
		t.Errorf("%s passes now; take the gap %q off the list (%s)", h.Name, c.name, reason)
	})
}

// bubble runs f in a bubble of virtual time, unless the harness wants real time.
func (h Harness) bubble(t *testing.T, f func(t *testing.T)) {
	if h.RealTime {
		f(t)
		return
	}
	synctest.Test(t, f)
}

// samples runs one case for each sample of one kind, each in a world of its own.
func (h Harness) samples(t testing.TB, c suiteCase, kind provision.Kind) {
	probe := h.New(t).Specs(kind)
	require.NotEmpty(t, probe, "the harness has no sample of %s", kind)
	for i := range probe {
		if i > 0 && c.once {
			return
		}
		w := h.New(t)
		sample := w.Specs(kind)[i]
		t.Logf("%s, %s %s: %s", h.Name, kind, sample.Name, c.sentence)
		s := &subject{TB: t, ctx: t.Context(), World: w, kind: kind, sample: sample, limit: time.Hour, pause: time.Second}
		s.owner = provision.Owner{
			Registry: "r1", Base: "shop.example.com", App: "shop", Env: "1f0c9d3ab2e4",
			Commit: "1f0c9d3ab2e4a5b6c7d8e9f00112233445566778", Attempt: "a1", Subject: "the first one",
		}
		if h.RealTime {
			// Cases share what is behind a network, so each is a registry of its own, and waits less long.
			s.owner.Registry, s.limit, s.pause = rand.Text(), 5*time.Minute, 100*time.Millisecond
		}
		s.other = s.owner
		s.other.Registry += "-2"
		s.clean()
		c.run(s)
		s.clean()
	}
}

// subject is one world with one sample, and what cases need to talk to it.
type subject struct {
	testing.TB
	World
	ctx    context.Context
	kind   provision.Kind
	sample Sample
	owner  provision.Owner // of a registry that no other case uses
	other  provision.Owner // of another registry that no other case uses
	limit  time.Duration   // how long to wait for AWS to come round
	pause  time.Duration   // between two questions

	prepared map[provision.Owner]provision.Spec
}

// call returns the call that makes the sample for an owner. The spec is prepared once for each owner, and what that makes is
// not counted by s.count.
func (s *subject) call(o provision.Owner, node string) provision.Call {
	s.Helper()
	spec := s.sample.Spec
	if s.sample.Prepare != nil {
		same := o
		same.Subject = "" // what Prepare makes is the same for all subjects
		spec = s.prepared[same]
		if spec == nil {
			spec = s.sample.Prepare(s.ctx, s.TB, s.Driver, same)
			if s.prepared == nil {
				s.prepared = make(map[provision.Owner]provision.Spec)
			}
			s.prepared[same] = spec
		}
	}
	require.NotNil(s, spec, "sample %s has neither Spec nor Prepare", s.sample.Name)
	require.Equal(s, s.kind, spec.Kind(), "sample %s is of another kind", s.sample.Name)
	require.NoError(s, spec.Validate(), "sample %s is not valid", s.sample.Name)
	return provision.Call{Owner: o, Node: node, Spec: spec}
}

// create creates, and wants success.
func (s *subject) create(c provision.Call) provision.State {
	s.Helper()
	state, err := s.Driver.Create(s.ctx, c)
	require.NoError(s, err, "create %s", c.Node)
	s.created(c, state)
	return state
}

// created checks what holds of each state that Create returns.
func (s *subject) created(c provision.Call, state provision.State) {
	s.Helper()
	require.NotEmpty(s, state.ID, "Create returned no id")
	require.Equal(s, c.Node, state.Node, "the node of the state")
	require.Equal(s, s.kind, state.Kind, "the kind of the state")
	require.True(s, sameIdentity(c.Owner, state.Owner), "the owner of the state: want %v, got %v", c.Owner, state.Owner)
	s.outputs(c.Spec, state, false)
}

// outputs checks the outputs of a state against what the spec promised.
func (s *subject) outputs(spec provision.Spec, state provision.State, all bool) {
	s.Helper()
	promised := make(map[string]bool)
	for _, out := range spec.Outputs() {
		promised[out.Name] = true
		value, ok := state.Outputs[out.Name]
		if all || out.Early {
			require.True(s, ok, "the output %s is missing; there are %v", out.Name, state.Outputs)
		}
		if ok {
			require.Equal(s, out.Type, value.Type(), "the type of the output %s", out.Name)
		}
	}
	for name := range state.Outputs {
		require.True(s, promised[name], "the output %s is not one of Spec.Outputs", name)
	}
}

// await waits for readiness, and wants success.
func (s *subject) await(c provision.Call, state provision.State) provision.State {
	s.Helper()
	ready, err := s.Driver.Await(s.ctx, state)
	require.NoError(s, err, "await %s", c.Node)
	require.Equal(s, state.ID, ready.ID, "Await returned another resource")
	s.created(c, ready)
	s.outputs(c.Spec, ready, true)
	return ready
}

// find lists what o owns of the kind and the nodes of the case, by node.
func (s *subject) find(o provision.Owner) map[string]provision.State {
	s.Helper()
	found := make(map[string]provision.State)
	for state, err := range s.Driver.Find(s.ctx, o) {
		require.NoError(s, err, "find")
		if state.Kind != s.kind || !strings.HasPrefix(state.Node, "web") {
			continue // made by Prepare
		}
		key := state.Owner.Registry + " " + state.Owner.Env + " " + state.Owner.Attempt + " " + state.Node
		require.NotContains(s, found, key, "Find lists %s twice", key)
		found[key] = state
	}
	return found
}

// finds waits until Find lists n resources; a new one may not be listed at once.
func (s *subject) finds(o provision.Owner, n int) []provision.State {
	s.Helper()
	var found map[string]provision.State
	s.eventually(func() bool {
		found = s.find(o)
		return len(found) == n
	}, func() string {
		return "Find was to list " + plural(n) + " and lists " + strings.Join(slices.Sorted(maps.Keys(found)), ", ")
	})
	return slices.Collect(maps.Values(found))
}

// eventually asks until the answer is yes, or for too long.
func (s *subject) eventually(yes func() bool, complaint func() string) {
	s.Helper()
	for start := time.Now(); !yes(); {
		if time.Since(start) > s.limit || sleep(s.ctx, s.pause) != nil {
			require.Fail(s, complaint())
		}
	}
}

// destroy deletes until the driver says that the resource is gone, and wants success.
func (s *subject) destroy(state provision.State) {
	s.Helper()
	require.NoError(s, s.delete(state), "delete %s", state.ID)
}

func (s *subject) delete(state provision.State) error {
	for start := time.Now(); ; {
		err := s.Driver.Delete(s.ctx, state)
		waits := errors.Is(err, provision.ErrDeleting) || errors.Is(err, provision.ErrBusy)
		if !waits || time.Since(start) > s.limit || sleep(s.ctx, s.pause) != nil {
			return err
		}
	}
}

// count returns how many resources of the kind there are.
func (s *subject) count() int {
	s.Helper()
	n := s.Count(s.ctx, s.kind)
	require.GreaterOrEqual(s, n, 0, "the resources of the kind cannot be counted")
	return n
}

// clean deletes what the case's registries own, in whatever order works; what does not go is told by the log.
func (s *subject) clean() {
	for _, registry := range []string{s.owner.Registry, s.other.Registry} {
		var states []provision.State
		for state, err := range s.Driver.Find(s.ctx, provision.Owner{Registry: registry}) {
			if err != nil {
				s.Logf("clean up: %v", err)
				break
			}
			states = append(states, state)
		}
		var wait sync.WaitGroup
		for _, state := range states {
			wait.Go(func() {
				if err := s.delete(state); err != nil {
					s.Logf("clean up: %s: %v", state.ID, err)
				}
			})
		}
		wait.Wait()
	}
}

// sameIdentity compares owners but for the subject, which may be cut.
func sameIdentity(a, b provision.Owner) bool {
	a.Subject, b.Subject = "", ""
	return a == b
}
