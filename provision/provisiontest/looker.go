package provisiontest

import (
	"context"
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision"
)

// LookHarness tells TestLooker how to run what looks up.
type LookHarness struct {
	// Name says where it runs, for messages: "simulated EC2", "moto".
	Name string

	// New makes a fresh world. Each case runs in a world of its own.
	New func(t testing.TB) LookWorld

	// RealTime runs the cases in real time and one after the other, for worlds on the other side of a network. Otherwise each case runs in a
	// testing/synctest bubble.
	RealTime bool

	// Gaps lists cases that cannot pass because the world is not like AWS, each with the reason, as Harness.Gaps does.
	Gaps map[string]string
}

// LookWorld is one provision.Looker and what stands behind it.
type LookWorld struct {
	// Looker is what is tested.
	Looker provision.Looker

	// Sights returns samples of a kind: one for each way to say what is meant.
	Sights func(kind provision.Kind) []Sight

	// Changes returns the names of all calls so far that have changed something, whoever made them. A look-up must add none.
	Changes func() []string

	// Owner is for whom is looked up. Default: somebody.
	Owner provision.Owner

	// Deny makes the service refuse every call from now on for want of a permission. A world that cannot do that has a gap.
	Deny func()
}

// Sight is something that exists, and a spec that finds it.
type Sight struct {
	Name string // "by id", "the newest"

	// Spec finds it. All of its texts are literals.
	Spec provision.Spec

	// ID, if set, is the State.ID that is found, and Want are outputs that must have exactly these values.
	ID   string
	Want map[string]provision.Value

	// Newer, if set, makes something that Spec chooses from then on instead. It is nil for a spec that leaves no choice.
	Newer func(ctx context.Context) error

	// Remove, if set, takes away what was found first, so that the pin leads nowhere, and returns a text that an error about that
	// must contain, such as the id.
	Remove func(ctx context.Context) (names string, err error)

	// Missing, if set, is a spec like Spec that finds nothing, and Names is what an error about that must contain. Each kind needs at
	// least one.
	Missing provision.Spec
	Names   string
}

// TestLooker checks that a provision.Looker keeps its contract, for each of its kinds and samples. Each case is a sentence of
// that contract.
func TestLooker(t *testing.T, h LookHarness) {
	t.Helper()
	driver := Harness{RealTime: h.RealTime}
	var kinds []provision.Kind
	driver.bubble(t, func(t *testing.T) {
		w := h.New(t)
		kinds = w.Looker.Looks()
		for _, kind := range kinds {
			sights := w.Sights(kind)
			require.NotEmpty(t, sights, "the harness has no sample of %s", kind)
			require.True(t, slices.ContainsFunc(sights, func(s Sight) bool { return s.Missing != nil }), "no sample of %s is missing anything", kind)
		}
	})
	require.NotEmpty(t, kinds, "a Looker looks up at least one kind")
	h.requireGaps(t, kinds)
	for _, c := range lookCases {
		t.Run(c.name, func(t *testing.T) {
			for _, kind := range kinds {
				t.Run(string(kind), func(t *testing.T) {
					if !h.RealTime {
						t.Parallel()
					}
					driver.bubble(t, func(t *testing.T) { h.run(t, c, kind) })
				})
			}
		})
	}
}

// requireGaps fails for gaps that name no case and kind.
func (h LookHarness) requireGaps(t *testing.T, kinds []provision.Kind) {
	t.Helper()
	unused := maps.Clone(h.Gaps)
	for _, c := range lookCases {
		delete(unused, c.name)
		for _, kind := range kinds {
			delete(unused, c.name+" "+string(kind))
		}
	}
	require.Empty(t, slices.Sorted(maps.Keys(unused)), "these gaps name no case and kind")
}

// run runs one case for one kind, or checks that it is still a gap.
func (h LookHarness) run(t *testing.T, c lookCase, kind provision.Kind) {
	reason, gap := h.Gaps[c.name+" "+string(kind)]
	if !gap {
		reason, gap = h.Gaps[c.name]
	}
	if !gap {
		h.sights(t, c, kind)
		return
	}
	r := &recorder{TB: t}
	if r.run(func() { h.sights(r, c, kind) }) {
		t.Logf("known gap of %s: %s\n%s", h.Name, reason, strings.Join(r.messages, "\n"))
		return
	}
	t.Errorf("%s passes now; take the gap %q off the list (%s)", h.Name, c.name, reason)
}

// sights runs one case for each sample of one kind that it is about, each in a world of its own.
func (h LookHarness) sights(t testing.TB, c lookCase, kind provision.Kind) {
	w := h.New(t)
	fresh := w.Sights(kind)
	isFresh := true
	for i, sight := range fresh {
		if !c.about(sight) || c.once && i > 0 {
			continue
		}
		if !isFresh {
			w = h.New(t)
			sight = w.Sights(kind)[i]
		}
		isFresh = false
		l := looking{TB: t, LookWorld: w, sight: sight, ctx: t.Context(), limit: time.Hour, pause: time.Second}
		if h.RealTime {
			l.limit, l.pause = time.Minute, 100*time.Millisecond
		}
		t.Logf("%s, %s %s: %s", h.Name, kind, sight.Name, c.sentence)
		require.Equal(t, kind, sight.Spec.Kind(), "sample %s is of another kind", sight.Name)
		require.NoError(t, sight.Spec.Validate(), "sample %s is not valid", sight.Name)
		require.Implements(t, (*provision.Existing)(nil), sight.Spec)
		c.run(&l)
	}
}

// lookCase is one promise of the contract.
type lookCase struct {
	name, sentence string
	once           bool               // the first sample of a kind is enough
	about          func(s Sight) bool // whether a sample has what the case needs
	run            func(l *looking)
}

func anySight(Sight) bool { return true }

// lookCases are the contract of provision.Looker.
var lookCases = []lookCase{
	{
		name:     "finds",
		sentence: "Look returns an id and every output, of the type that was promised, and does so again when asked again",
		about:    anySight,
		run: func(l *looking) {
			first, pin := l.finds("")
			if l.sight.ID != "" {
				require.Equal(l, l.sight.ID, first.ID)
			}
			for name, want := range l.sight.Want {
				require.True(l, want.Equal(first.Outputs[name]), "the output %s is %q, not %q", name, first.Outputs[name], want)
			}
			second, again := l.finds("")
			require.Equal(l, first, second)
			require.Equal(l, pin, again)
		},
	},
	{
		name:     "pin",
		sentence: "a pin repeats the choice after something newer has appeared, and without it the newer one is chosen",
		about:    func(s Sight) bool { return s.Newer != nil },
		run: func(l *looking) {
			first, pin := l.finds("")
			require.NotEmpty(l, pin, "the spec leaves a choice, so there is something to pin")
			l.repeats(first, pin)
			require.NoError(l, l.sight.Newer(l.ctx))
			l.eventually(func() bool {
				_, newer := l.finds("")
				return newer != pin
			}, "without a pin the newer one is chosen")
			l.repeats(first, pin)
		},
	},
	{
		name:     "gone",
		sentence: "what a pin names and is gone is an ErrMissing that names it",
		about:    func(s Sight) bool { return s.Remove != nil },
		run: func(l *looking) {
			_, pin := l.finds("")
			names, err := l.sight.Remove(l.ctx)
			require.NoError(l, err)
			l.eventually(func() bool {
				_, _, err = l.look(l.sight.Spec, pin)
				return err != nil
			}, "what the pin names is not found any more")
			l.missing(err, names)
		},
	},
	{
		name:     "missing",
		sentence: "what does not exist is an ErrMissing that names it",
		about:    func(s Sight) bool { return s.Missing != nil },
		run: func(l *looking) {
			require.NoError(l, l.sight.Missing.Validate())
			_, _, err := l.look(l.sight.Missing, "")
			l.missing(err, l.sight.Names)
		},
	},
	{
		name:     "denied",
		sentence: "a question that may not be asked is an error that unwraps to the service's, and not an ErrMissing",
		once:     true,
		about:    anySight,
		run: func(l *looking) {
			require.NotNil(l, l.Deny, "the world cannot deny anything")
			l.Deny()
			_, _, err := l.look(l.sight.Spec, "")
			require.Error(l, err)
			require.NotErrorIs(l, err, provision.ErrMissing)
			var service interface {
				error
				ErrorCode() string
			}
			require.ErrorAs(l, err, &service)
		},
	},
	{
		name:     "cancelled",
		sentence: "Look obeys its context",
		once:     true,
		about:    anySight,
		run: func(l *looking) {
			ctx, cancel := context.WithCancel(l.ctx)
			cancel()
			l.ctx = ctx
			_, _, err := l.look(l.sight.Spec, "")
			require.ErrorIs(l, err, context.Canceled)
		},
	},
}

// looking is one world with one sample, and what cases need to talk to it.
type looking struct {
	testing.TB
	LookWorld
	sight        Sight
	ctx          context.Context
	limit, pause time.Duration
}

// look looks up, and wants nothing to be changed by that.
func (l *looking) look(spec provision.Spec, pin string) (provision.State, string, error) {
	l.Helper()
	owner := l.Owner
	if owner == (provision.Owner{}) {
		owner = provision.Owner{
			Registry: "r1", Base: "shop.example.com", App: "shop", Env: "1f0c9d3ab2e4",
			Commit: "1f0c9d3ab2e4a5b6c7d8e9f00112233445566778", Attempt: "a1", Subject: "the first one",
		}
	}
	before := l.Changes()
	s, pin, err := l.Looker.Look(l.ctx, provision.Call{Owner: owner, Node: "found", Spec: spec}, pin)
	require.Equal(l, before, l.Changes(), "a look-up changes nothing")
	return s, pin, err
}

var pinText = regexp.MustCompile(`^[A-Za-z0-9_.:/,-]{0,512}$`)

// finds looks up with success.
func (l *looking) finds(pin string) (provision.State, string) {
	l.Helper()
	s, pin, err := l.look(l.sight.Spec, pin)
	require.NoError(l, err)
	require.NotEmpty(l, s.ID, "the id")
	require.Regexp(l, pinText, pin, "the pin")
	for _, out := range l.sight.Spec.Outputs() {
		value, ok := s.Outputs[out.Name]
		require.True(l, ok, "the output %s is missing", out.Name)
		require.Equal(l, out.Type, value.Type(), "the type of the output %s", out.Name)
	}
	require.Len(l, s.Outputs, len(l.sight.Spec.Outputs()), "outputs beyond those that were promised")
	return s, pin
}

// repeats looks up with a pin and wants the same again.
func (l *looking) repeats(want provision.State, pin string) {
	l.Helper()
	s, again := l.finds(pin)
	require.Equal(l, want, s, "the pin %q finds the same", pin)
	require.Equal(l, pin, again, "the pin is kept")
}

// missing wants an error that says what is missing.
func (l *looking) missing(err error, names string) {
	l.Helper()
	require.ErrorIs(l, err, provision.ErrMissing)
	var missing *provision.MissingError
	require.True(l, errors.As(err, &missing), "a *MissingError: %v", err)
	require.NotEmpty(l, missing.What)
	require.ErrorContains(l, err, names)
}

// eventually asks until the answer is yes, or for too long.
func (l *looking) eventually(yes func() bool, promise string) {
	l.Helper()
	for start := time.Now(); !yes(); {
		if time.Since(start) > l.limit || sleep(l.ctx, l.pause) != nil {
			require.Fail(l, "in vain: "+promise)
		}
	}
}
