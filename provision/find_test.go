package provision_test

import (
	"context"
	"fmt"
	"iter"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/provisiontest"
)

// lister is a driver whose Find lists what it likes.
type lister struct {
	*provisiontest.Memory
	list func() []provision.State
}

func (l lister) Find(context.Context, provision.Owner) iter.Seq2[provision.State, error] {
	return func(yield func(provision.State, error) bool) {
		for _, s := range l.list() {
			if !yield(s, nil) {
				return
			}
		}
	}
}

func TestFindTrustsNobody(t *testing.T) {
	t.Parallel()
	other := owner
	other.Attempt = "another"
	for want, s := range map[string]provision.State{
		"which was not asked for":   {Node: "web", Kind: "test/thing", ID: "1", Owner: other},
		"which is not of its kinds": {Node: "web", Kind: "sqs/queue", ID: "1", Owner: owner},
	} {
		d := lister{memory(), func() []provision.State { return []provision.State{s} }}
		_, err := engine(t, d).Find(t.Context(), owner)
		require.ErrorContains(t, err, want)
		_, err = engine(t, d).Destroy(t.Context(), owner)
		require.ErrorContains(t, err, want)
		require.Zero(t, d.Count(provisiontest.OpDelete))
	}
	one := provision.State{Node: "web", Kind: "test/thing", ID: "1", Owner: owner}
	d := lister{memory(), func() []provision.State { return []provision.State{one, one} }}
	found, err := engine(t, d).Find(t.Context(), owner)
	require.NoError(t, err)
	require.Equal(t, []provision.State{one}, found, "what two pages show is one resource")

	_, err = engine(t, d).Find(t.Context(), provision.Owner{Env: "x"})
	require.ErrorContains(t, err, "the owner has no registry")
}

func TestFindThroughAllDrivers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var drivers []provision.Driver
		for i := range 10 {
			drivers = append(drivers, provisiontest.NewMemory(func(o *provisiontest.MemoryOptions) {
				o.Kinds = []provision.Kind{provision.Kind(fmt.Sprintf("s%d/thing", i))}
				o.Latency = func(provisiontest.Op, provision.Kind, string) time.Duration { return sec }
				if i == 7 {
					failing(provisiontest.OpFind, "")(o)
				}
			}))
		}
		e, err := provision.NewEngine(drivers[:7])
		require.NoError(t, err)
		start := time.Now()
		found, err := e.Find(t.Context(), owner)
		require.NoError(t, err)
		require.Empty(t, found)
		require.Equal(t, sec, time.Since(start), "all at once")

		e, err = provision.NewEngine(drivers)
		require.NoError(t, err)
		found, err = e.Find(t.Context(), owner)
		require.ErrorIs(t, err, errNo)
		require.Nil(t, found, "a part must not look like all")
	})
}

func TestLoses(t *testing.T) {
	t.Parallel()
	m := memory(failing(provisiontest.OpLoses, "job"))
	e := engine(t, m)
	states := stack(t, e)
	m.SetLoss(states["db"].ID, "12 messages", "a table")
	m.SetLoss(states["web"].ID, "a file")
	losses, err := e.Loses(t.Context(), []provision.State{states["web"], states["db"]})
	require.NoError(t, err)
	require.Equal(t, []provision.Loss{
		{Node: "web", Kind: "test/thing", ID: states["web"].ID, What: "a file"},
		{Node: "db", Kind: "test/thing", ID: states["db"].ID, What: "12 messages"},
		{Node: "db", Kind: "test/thing", ID: states["db"].ID, What: "a table"},
	}, losses)

	_, err = e.Loses(t.Context(), []provision.State{states["web"], states["job"]})
	require.ErrorIs(t, err, errNo, "what cannot be read counts as data")
	require.ErrorContains(t, err, states["job"].ID)
	_, err = e.Loses(t.Context(), []provision.State{{Kind: "sqs/queue", ID: "q"}})
	require.ErrorIs(t, err, provision.ErrNoDriver)
}

type noLoser struct{ provision.Driver }

func TestLosesWithoutLoser(t *testing.T) {
	t.Parallel()
	e := engine(t, noLoser{memory()})
	losses, err := e.Loses(t.Context(), []provision.State{{Kind: "test/thing", ID: "1"}})
	require.NoError(t, err)
	require.Empty(t, losses)
}
