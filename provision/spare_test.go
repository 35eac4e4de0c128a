package provision_test

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/provisiontest"
)

// The snapshot that a database was restored from may be gone when its environment is healed, and the driver knows how to adopt the database.
// A check must not be stricter than that.
func TestWhatIsMadeNeedsNothing(t *testing.T) {
	t.Parallel()
	gone := errors.New("InvalidAMIID.NotFound")
	var missing, broken atomic.Bool
	m := memory(func(o *provisiontest.MemoryOptions) {
		o.Check = func(c provision.Call) error {
			if !missing.Load() {
				return nil
			}
			return errors.Join(&provision.MissingError{Field: "Label", What: "label of " + c.Node, Err: gone})
		}
		o.Latency = func(op provisiontest.Op, _ provision.Kind, _ string) time.Duration {
			if op == provisiontest.OpDelete {
				return time.Hour
			}
			return 0
		}
	})
	b := &provision.Blueprint{}
	b.Add("one", thing{})
	b.Add("two", thing{})
	applied, err := engine(t, m).Apply(t.Context(), owner, b)
	require.NoError(t, err)

	missing.Store(true)
	again, err := engine(t, m).Apply(t.Context(), owner, b)
	require.NoError(t, err)
	require.Equal(t, applied, again)

	b.Add("three", thing{})
	made := m.Count(provisiontest.OpCreate)
	_, err = engine(t, m).Apply(t.Context(), owner, b)
	var all *provision.CheckError
	require.ErrorAs(t, err, &all)
	require.Len(t, all.Problems, 1, "%v", err)
	require.Equal(t, "three", all.Problems[0].Node)
	require.Equal(t, made, m.Count(provisiontest.OpCreate))

	// Another attempt, another environment: nothing is there that would need nothing.
	other := owner
	other.Attempt = "another"
	_, err = engine(t, m).Check(t.Context(), other, b)
	require.ErrorAs(t, err, &all)
	require.Len(t, all.Problems, 3)

	// Nor is anything that cannot be found.
	broken.Store(true)
	_, err = engine(t, blind{m, &broken}).Apply(t.Context(), owner, b)
	require.ErrorAs(t, err, &all)
	require.Len(t, all.Problems, 3)
	require.ErrorIs(t, err, gone)

	// What is on its way out is to be made again.
	require.ErrorIs(t, m.Delete(t.Context(), applied.States[1]), provision.ErrDeleting)
	_, err = engine(t, m).Apply(t.Context(), owner, b)
	require.ErrorAs(t, err, &all)
	require.Len(t, all.Problems, 2)
	require.Equal(t, "two", all.Problems[0].Node)
}

// RDS deletes the snapshots that it takes by itself. What was restored from one is there still, and its environment is healed all the same.
func TestLookUpThatFindsNothingAnyMore(t *testing.T) {
	t.Parallel()
	newest := map[string]int{"net": 1, "image": 1}
	m := world(newest)
	e := engine(t, m)
	b := &provision.Blueprint{}
	b.Add("net", place{Name: "net"})
	b.Add("image", place{Name: "image"})
	b.Add("db", thing{Label: "${{image.ID}}"})
	b.Add("web", thing{Label: "${{db.ID}} in ${{net.ID}}"})
	applied, err := e.Apply(t.Context(), owner, b)
	require.NoError(t, err)
	delete(newest, "image")

	j := newJournal()
	again, err := e.Apply(t.Context(), owner, b, j.apply)
	require.NoError(t, err)
	require.Equal(t, applied, again)
	require.NotContains(t, strings.Join(j.lines(), "\n"), "found image")

	t.Run("what else was made is put back", func(t *testing.T) {
		require.NoError(t, m.Delete(t.Context(), applied.States[1]))
		again, err := e.Apply(t.Context(), owner, b)
		require.NoError(t, err)
		require.Equal(t, applied.States[0], again.States[0])
		require.Equal(t, "web", again.States[1].Node)
	})
	t.Run("but not what was made of it", func(t *testing.T) {
		more := *b
		more.Nodes = append(slices.Clone(b.Nodes), provision.Node{Name: "db2", Spec: thing{Label: "${{image.ID}}"}})
		_, err := e.Apply(t.Context(), owner, &more)
		require.ErrorIs(t, err, provision.ErrMissing)
		require.ErrorContains(t, err, `node "image" (test/place): check: Name: place "image" does not exist`)
	})
	t.Run("nor another environment", func(t *testing.T) {
		other := owner
		other.Attempt = "another"
		_, err := e.Apply(t.Context(), other, b)
		require.ErrorIs(t, err, provision.ErrMissing)
	})
	t.Run("nor a look-up of what it found", func(t *testing.T) {
		more := *b
		more.Nodes = append(slices.Clone(b.Nodes), provision.Node{Name: "net2", Spec: place{Name: "net", In: "${{image.ID}}"}})
		_, err := e.Apply(t.Context(), owner, &more)
		require.ErrorIs(t, err, provision.ErrMissing)
	})
	t.Run("nor an entrance", func(t *testing.T) {
		more := *b
		more.Entrance.Host = "${{image.ID}}.example.com"
		_, err := e.Apply(t.Context(), owner, &more)
		require.ErrorIs(t, err, provision.ErrMissing)
	})
}

// blind is a driver that cannot find anything while it is broken.
type blind struct {
	*provisiontest.Memory
	broken *atomic.Bool
}

func (b blind) Find(ctx context.Context, o provision.Owner) iter.Seq2[provision.State, error] {
	if !b.broken.Load() {
		return b.Memory.Find(ctx, o)
	}
	return func(yield func(provision.State, error) bool) { yield(provision.State{}, errors.New("broken")) }
}
