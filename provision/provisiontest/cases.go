package provisiontest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision"
)

// suiteCase is one promise of the contract.
type suiteCase struct {
	name     string
	sentence string
	once     bool // the first sample of a kind is enough
	run      func(s *subject)
}

// cases are the contract of provision.Driver.
var cases = []suiteCase{
	{
		name:     "early",
		sentence: "Create returns the id and every output that is marked early",
		run:      func(s *subject) { s.create(s.call(s.owner, "web")) },
	},
	{
		name:     "await",
		sentence: "Await returns every output, of the type that was promised, and does so again when asked again",
		run: func(s *subject) {
			c := s.call(s.owner, "web")
			state := s.create(c)
			ready := s.await(c, state)
			for name, early := range state.Outputs {
				require.True(s, early.Equal(ready.Outputs[name]), "the output %s changed from %s to %s", name, early, ready.Outputs[name])
			}
			require.Equal(s, ready.Outputs, s.await(c, state).Outputs, "the second Await")
		},
	},
	{
		name:     "twice",
		sentence: "Create twice, before and after readiness, makes one resource and returns the same id",
		run: func(s *subject) {
			c := s.call(s.owner, "web")
			before := s.count()
			first := s.create(c)
			require.Equal(s, first.ID, s.create(c).ID, "create again before it is ready")
			s.await(c, first)
			require.Equal(s, first.ID, s.create(c).ID, "create again once it is ready")
			require.Equal(s, before+1, s.count(), "resources of the kind")
		},
	},
	{
		name:     "together",
		sentence: "eight Creates at the same time make one resource",
		run: func(s *subject) {
			c := s.call(s.owner, "web")
			before := s.count()
			var (
				states [8]provision.State
				errs   [8]error
				wait   sync.WaitGroup
			)
			for i := range states {
				wait.Go(func() { states[i], errs[i] = s.Driver.Create(s.ctx, c) })
			}
			wait.Wait()
			for i := range states {
				require.NoError(s, errs[i], "create number %d", i+1)
				require.Equal(s, states[0].ID, states[i].ID, "the id from create number %d", i+1)
			}
			require.Equal(s, before+1, s.count(), "resources of the kind")
		},
	},
	{
		name:     "lost reply",
		sentence: "a Create whose reply was lost, and that is then called again, made exactly one resource, and it is ours",
		run: func(s *subject) {
			c := s.call(s.owner, "web")
			before := s.count()
			s.LoseReply()
			state, err := s.Driver.Create(s.ctx, c)
			if err != nil {
				state = s.create(c)
			}
			s.await(c, state)
			require.Equal(s, before+1, s.count(), "resources of the kind")
			found := s.finds(s.owner, 1)
			require.Equal(s, state.ID, found[0].ID, "the resource that Find lists")
		},
	},
	{
		name:     "foreign",
		sentence: "a stranger's resource with the very name that Create wants is an ErrForeign which names it, and is not touched",
		once:     true,
		run:      foreign,
	},
	{
		name:     "tags",
		sentence: "what the tags say comes back from Find: owner, node, and a subject however hostile, cut only where it must be",
		once:     true,
		run:      tags,
	},
	{
		name:     "keep",
		sentence: "Find tells which resources are to be kept",
		once:     true,
		run: func(s *subject) {
			c := s.call(s.owner, "web")
			s.create(c)
			c.Node, c.Keep = "web-data", true
			s.create(c)
			for _, state := range s.finds(s.owner, 2) {
				require.Equal(s, state.Node == "web-data", state.Keep, "Keep of %s", state.Node)
			}
		},
	},
	{
		name:     "own",
		sentence: "Find lists what the owner owns and nothing of another attempt, environment or registry; with fewer fields it lists more",
		once:     true,
		run:      own,
	},
	{
		name:     "pages",
		sentence: "Find lists all pages, each resource once, stops when the caller does, and asks afresh when ranged over again",
		once:     true,
		run:      pages,
	},
	{
		name:     "delete",
		sentence: "Delete, repeated until it is nil, leaves nothing that Find or a count would show, and is nil ever after; Await is an ErrGone",
		run: func(s *subject) {
			c := s.call(s.owner, "web")
			before := s.count()
			state := s.await(c, s.create(c))
			s.destroy(state)
			require.Equal(s, before, s.count(), "resources of the kind")
			s.finds(s.owner, 0)
			require.NoError(s, s.Driver.Delete(s.ctx, state), "delete what is gone")
			_, err := s.Driver.Await(s.ctx, state)
			require.ErrorIs(s, err, provision.ErrGone, "await what is gone")
		},
	},
	{
		name:     "delete unready",
		sentence: "a resource that is not ready yet can be deleted from what Create returned",
		run: func(s *subject) {
			c := s.call(s.owner, "web")
			before := s.count()
			s.destroy(s.create(c))
			require.Equal(s, before, s.count(), "resources of the kind")
		},
	},
	{
		name:     "deleting",
		sentence: "what is on its way out is listed by Find with Deleting or not at all, and is never adopted by Create",
		run: func(s *subject) {
			c := s.call(s.owner, "web")
			state := s.await(c, s.create(c))
			err := s.Driver.Delete(s.ctx, state)
			if err == nil {
				s.Logf("it was gone at once, so there is nothing to see")
				return
			}
			require.ErrorIs(s, err, provision.ErrDeleting, "the first delete")
			for _, found := range s.find(s.owner) {
				require.True(s, found.Deleting, "%s is listed as if it were there to stay", found.ID)
			}
			if again, err := s.Driver.Create(s.ctx, c); err == nil {
				s.await(c, again) // a new one, since the old one was gone by then
			}
		},
	},
	{
		name:     "lost delete",
		sentence: "a Delete whose reply was lost can be repeated",
		once:     true,
		run: func(s *subject) {
			c := s.call(s.owner, "web")
			state := s.await(c, s.create(c))
			before := s.count()
			s.LoseReply()
			if err := s.Driver.Delete(s.ctx, state); err != nil {
				s.destroy(state)
			}
			require.Equal(s, before-1, s.count(), "resources of the kind")
		},
	},
	{
		name:     "dead attempt",
		sentence: "deleting a resource of a dead attempt leaves the new attempt's alone; their names and ids differ",
		once:     true,
		run: func(s *subject) {
			next := s.owner
			next.Attempt = "a2"
			dead := s.create(s.call(s.owner, "web"))
			c := s.call(next, "web")
			alive := s.await(c, s.create(c))
			require.NotEqual(s, dead.ID, alive.ID, "ids of two attempts")
			if dead.Name != "" {
				require.NotEqual(s, dead.Name, alive.Name, "names of two attempts")
			}
			s.destroy(dead)
			s.destroy(dead)
			found := s.finds(next, 1)
			require.Equal(s, alive.ID, found[0].ID)
			require.False(s, found[0].Deleting, "the new attempt's resource is being deleted")
		},
	},
	{
		name:     "not ours",
		sentence: "Delete does not delete a resource whose tags say that it is another owner's, whatever the State says",
		once:     true,
		run: func(s *subject) {
			c := s.call(s.other, "web")
			theirs := s.await(c, s.create(c))
			forged := theirs
			forged.Owner = s.owner
			_ = s.Driver.Delete(s.ctx, forged) // an ErrForeign, or nil because nothing of ours is there
			found := s.finds(s.other, 1)
			require.Equal(s, theirs.ID, found[0].ID)
			require.False(s, found[0].Deleting, "Delete believed the State and not the tags")
		},
	},
	{
		name:     "hurried",
		sentence: "an Await or Delete whose context ends before it can be certain does not take what lives for gone",
		once:     true,
		run:      hurried,
	},
	{
		name:     "cancelled",
		sentence: "with a context that is done every call fails and changes nothing; a Find that could not ask is never an empty list",
		once:     true,
		run:      cancelled,
	},
	{
		name:     "loses",
		sentence: "a Loser reports no loss for what is empty or gone, and a loss for what holds data",
		once:     true,
		run:      loses,
	},
}

func foreign(s *subject) {
	// Names are a pure function of the call, so the name that another attempt will want can be told from this one's.
	c := s.call(s.owner, "web")
	own := s.create(c).Name
	hash := strings.TrimPrefix(c.Name(255, ""), "shop-web-")
	_, suffix, ok := strings.Cut(own, hash)
	if !ok || c.Name(len(own), suffix) != own {
		require.Empty(s, own, "the name %q is not one that Call.Name made", own)
	}
	next := s.owner
	next.Attempt = "a2"
	c = s.call(next, "web")
	name := c.Name(len(own), suffix)
	id, check, err := s.Stranger(s.ctx, s.kind, name)
	if errors.Is(err, errors.ErrUnsupported) {
		s.Logf("names of %s need not be unique, so that no stranger is in the way", s.kind)
		return
	}
	require.NoError(s, err, "make the stranger's resource")
	before := s.count()

	_, err = s.Driver.Create(s.ctx, c)
	require.ErrorIs(s, err, provision.ErrForeign, "create over a stranger's resource")
	foreign := (*provision.ForeignError)(nil)
	require.ErrorAs(s, err, &foreign)
	require.Contains(s, foreign.ID, id, "the id of the stranger's resource")
	require.Equal(s, s.kind, foreign.Kind)
	require.Equal(s, "web", foreign.Node)
	require.NoError(s, check(), "the stranger's resource was touched")
	require.Equal(s, before, s.count(), "resources of the kind")
	require.Empty(s, s.find(next), "Find lists a stranger's resource as ours")
}

// hostile are subjects that a naive tag would not survive.
var hostile = []string{
	`feat(api): "don't" — 50% 🚀 #12`,
	"Fix <b>; DROP TABLE tags; $(rm -rf /) `x` \\ ~ ^ | {a,b} [c] & * ?",
	"tab\there, nul\x00, invalid \xff\xfe UTF-8",
	" blanks at both ends ",
	"aws:reserved and =20 escaped =..",
	"हिन्दी, e\u0301, ไทย",
	strings.Repeat("a long one, ", 25),
	strings.Repeat("🚀", 300),
}

func tags(s *subject) {
	for i, subject := range hostile {
		o := s.owner
		o.Subject = subject
		c := s.call(o, fmt.Sprintf("web-%d", i))
		s.create(c)
	}
	found := s.finds(s.owner, len(hostile))
	require.Len(s, found, len(hostile))
	for _, state := range found {
		var i int
		_, err := fmt.Sscanf(state.Node, "web-%d", &i)
		require.NoError(s, err, "the node %q", state.Node)
		require.True(s, sameIdentity(s.owner, state.Owner), "want %v, got %v", s.owner, state.Owner)
		want, cut := provision.DecodeTag(provision.EncodeTag(hostile[i]))
		require.Equal(s, want, state.Owner.Subject, "the subject")
		require.True(s, strings.HasPrefix(hostile[i], state.Owner.Subject))
		require.Equal(s, utf8.RuneCountInString(hostile[i]) > 256, cut, "only long subjects are cut")
	}
}

func own(s *subject) {
	attempt, env := s.owner, s.owner
	attempt.Attempt = "a2"
	env.Env, env.Commit, env.Attempt = "0badcafe0bad", "0badcafe0bad0000000000000000000000000000", "a3"
	ids := make(map[string]provision.Owner)
	for _, o := range []provision.Owner{s.owner, attempt, env, s.other} {
		ids[s.create(s.call(o, "web")).ID] = o
	}
	require.Len(s, ids, 4, "four owners have four resources")
	registry := provision.Owner{Registry: s.owner.Registry}
	oneEnv := provision.Owner{Registry: s.owner.Registry, Env: s.owner.Env}
	for _, ask := range []struct {
		o provision.Owner
		n int
	}{{s.owner, 1}, {attempt, 1}, {env, 1}, {s.other, 1}, {registry, 3}, {oneEnv, 2}, {provision.Owner{}, 0}} {
		for _, state := range s.finds(ask.o, ask.n) {
			owner, known := ids[state.ID]
			require.True(s, known, "Find of %v lists %s, which nobody made", ask.o, state.ID)
			require.True(s, sameIdentity(owner, state.Owner), "Find says that %s is of %v, not %v", state.ID, state.Owner, owner)
		}
	}
}

func pages(s *subject) {
	const n = 12
	for i := range n {
		s.create(s.call(s.owner, fmt.Sprintf("web-%d", i)))
	}
	s.finds(s.owner, n)
	list := s.Driver.Find(s.ctx, s.owner)
	for _, err := range list {
		require.NoError(s, err)
		break
	}
	again := 0
	for state, err := range list {
		require.NoError(s, err)
		if strings.HasPrefix(state.Node, "web-") {
			again++
		}
	}
	require.Equal(s, n, again, "the sequence, ranged over again after a break")
}

// hurried asks about what was made a moment ago, and may not be known everywhere yet. Between the questions of a driver that asks again
// its context ends.
func hurried(s *subject) {
	for i, patience := range []time.Duration{s.pause / 10, s.pause * 3 / 2, s.pause * 5 / 2, s.pause * 9 / 2} {
		before := s.count()
		state := s.create(s.call(s.owner, fmt.Sprintf("web-%d", i)))
		err := hurry(s, patience, func(ctx context.Context) error {
			_, err := s.Driver.Await(ctx, state)
			return err
		})
		require.NotErrorIs(s, err, provision.ErrGone, "await, with %v to do it", patience)
		err = hurry(s, patience, func(ctx context.Context) error { return s.Driver.Delete(ctx, state) })
		if i == 0 && s.Hide != nil {
			require.ErrorIs(s, err, context.DeadlineExceeded, "delete, of what the service said that it does not know, with no time to ask again")
		}
		if err == nil {
			require.Equal(s, before, s.count(), "resources of the kind after a Delete that was content, with %v to do it", patience)
		}
		s.destroy(state) // what goes meanwhile would not be told from what is not there
	}
}

// hurry calls do with little time, of a resource that the service does not know for a moment.
func hurry(s *subject, patience time.Duration, do func(context.Context) error) error {
	if s.Hide != nil {
		defer s.Hide()()
	}
	ctx, cancel := context.WithTimeout(s.ctx, patience)
	defer cancel()
	return do(ctx)
}

func cancelled(s *subject) {
	c := s.call(s.owner, "web")
	state := s.create(c)
	s.finds(s.owner, 1)
	before := s.count()
	ctx, cancel := context.WithCancel(s.ctx)
	cancel()

	other := s.call(s.owner, "web-2")
	_, err := s.Driver.Create(ctx, other)
	require.ErrorIs(s, err, context.Canceled, "create")
	_, err = s.Driver.Await(ctx, state)
	require.ErrorIs(s, err, context.Canceled, "await")
	require.ErrorIs(s, s.Driver.Delete(ctx, state), context.Canceled, "delete")
	last := error(nil)
	for _, err := range s.Driver.Find(ctx, s.owner) {
		last = err
	}
	require.ErrorIs(s, last, context.Canceled, "find")
	if loser, ok := s.Driver.(provision.Loser); ok && s.Fill != nil && s.Fill(s.ctx, state) == nil {
		_, err = loser.Loses(ctx, state)
		require.ErrorIs(s, err, context.Canceled, "what could not be read is not nothing")
		if s.Empty != nil {
			require.NoError(s, s.Empty(s.ctx, state), "empty")
		}
	}
	require.Equal(s, before, s.count(), "resources of the kind")
}

func loses(s *subject) {
	loser, ok := s.Driver.(provision.Loser)
	if !ok {
		s.Logf("the driver is no Loser")
		return
	}
	c := s.call(s.owner, "web")
	state := s.await(c, s.create(c))
	losses, err := loser.Loses(s.ctx, state)
	require.NoError(s, err)
	require.Empty(s, losses, "what is new holds nothing")
	if s.Fill != nil {
		switch err := s.Fill(s.ctx, state); {
		case errors.Is(err, errors.ErrUnsupported):
			s.Logf("%s holds no data", s.kind)
		default:
			require.NoError(s, err, "fill")
			s.eventually(func() bool {
				losses, err = loser.Loses(s.ctx, state)
				require.NoError(s, err)
				return len(losses) > 0
			}, func() string { return "no loss is reported" })
			require.Equal(s, state.ID, losses[0].ID)
			require.Equal(s, "web", losses[0].Node)
			require.Equal(s, s.kind, losses[0].Kind)
			require.NotEmpty(s, losses[0].What)
			s.holdsBack(state)
		}
	}
	s.destroy(state)
	losses, err = loser.Loses(s.ctx, state)
	require.NoError(s, err)
	require.Empty(s, losses, "what is gone cannot be lost")
}

// holdsBack checks that what holds data stays, and takes the data out.
func (s *subject) holdsBack(state provision.State) {
	if s.Empty == nil {
		return
	}
	require.ErrorIs(s, s.Driver.Delete(s.ctx, state), provision.ErrBusy, "it holds data")
	losses, err := s.Driver.(provision.Loser).Loses(s.ctx, state)
	require.NoError(s, err)
	require.NotEmpty(s, losses, "it still does")
	require.NoError(s, s.Empty(s.ctx, state), "empty")
}

// plural says how many resources.
func plural(n int) string {
	if n == 1 {
		return "1 resource"
	}
	return fmt.Sprintf("%d resources", n)
}
