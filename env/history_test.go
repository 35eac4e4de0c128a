package env_test

import (
	"context"
	"iter"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/env"
	"github.com/peppercorn-go/peppercorn/env/envtest"
	"github.com/peppercorn-go/peppercorn/guard"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
	"github.com/peppercorn-go/peppercorn/provision/provisiontest"
)

// three is a world in which an alias has pointed at three environments, one after the other.
func three(t *testing.T) (w *envtest.World, a, b, c env.Environment) {
	t.Helper()
	w = envtest.New(t)
	a = deployed(t, w.Manager, w.Commit("one"), shop())
	b = deployed(t, w.Manager, w.Commit("two"), shop())
	c = deployed(t, w.Manager, w.Commit("three"), shop())
	for _, e := range []env.Environment{a, b, c} {
		promoted(t, w.Manager, "preview", e.ID)
	}
	time.Sleep(time.Hour)
	return w, a, b, c
}

// A rollback target that is gone, or going, is no target: the one before it is kept instead.
func TestKeptForARollbackIsWhatCanBeRolledBackTo(t *testing.T) {
	for name, tc := range map[string]struct {
		spoil func(t *testing.T, w *envtest.World, b env.Environment)
		says  string
	}{
		"deployed anew": {func(t *testing.T, w *envtest.World, b env.Environment) {
			_, err := w.Terminate(t.Context(), b.ID, waiveAll)
			require.NoError(t, err)
			deployed(t, w.Manager, b.Commit, shop())
		}, "deployed anew"},
		"gone": {func(t *testing.T, w *envtest.World, b env.Environment) {
			_, err := w.Terminate(t.Context(), b.ID, waiveAll)
			require.NoError(t, err)
		}, "was terminated"},
		"terminating": {func(t *testing.T, w *envtest.World, b env.Environment) { crashed(t, w, b.ID, "terminating", waiveAll) }, "is terminating"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, a, b, _ := three(t)
				tc.spoil(t, w, b)
				_, err := w.Terminate(t.Context(), a.ID)
				require.Equal(t, []string{"KeepsRollback"}, refusedBy(t, err))
				p, err := w.Rollback(t.Context(), "preview")
				require.NoError(t, err)
				require.Equal(t, a.ID, p.To.ID)
				require.Len(t, p.Skipped, 1)
				require.Contains(t, p.Skipped[0], tc.says)
			})
		})
	}
}

// A draining environment has no name, so a rollback goes further back. It may turn back, so it counts as a target that is kept.
func TestRollbackPassesOverADrainingEnvironment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, a, b, _ := three(t)
		crashed(t, w, b.ID, "draining", waiveAll)
		_, err := w.Terminate(t.Context(), a.ID, env.DryRun())
		require.NoError(t, err, "the newest target is the draining one")
		p, err := w.Rollback(t.Context(), "preview")
		require.NoError(t, err)
		require.Equal(t, a.ID, p.To.ID)
		require.Equal(t, []string{b.ID + " is draining"}, p.Skipped)
	})
}

// The record of an alias that cannot be understood stops every verb that would have to trust it, and is never rewritten.
func TestUnreadableAliasesFailClosed(t *testing.T) {
	for name, edit := range map[string][2]string{
		"a newer version":  {"p1 ", "p2 "},
		"a bad to":         {" to=", " to=x"},
		"no to":            {" to=", " too="},
		"no attempt":       {" attempt=", " attampt="},
		"a bad commit":     {" commit=", " commit=x"},
		"a bad time":       {" at=", " at=x"},
		"a bad past":       {" prev=", " prev=x"},
		"a past no moment": {"@", "@x"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, a, b, _ := three(t)
				ctx := t.Context()
				rewrite(t, w, "preview._alias."+envtest.Base, edit[0], edit[1])
				same := unchanged(t, w)
				_, err := w.Promote(ctx, "preview", a.ID)
				require.ErrorContains(t, err, "preview._alias."+envtest.Base)
				_, err = w.Rollback(ctx, "preview")
				require.Error(t, err)
				for _, verb := range []func(context.Context, string, ...env.Option) error{w.Release, w.Unpin, w.Restore, w.Adopt} {
					require.Error(t, verb(ctx, "preview"))
				}
				_, err = w.Live(ctx)
				require.Error(t, err)
				_, err = w.Terminate(ctx, b.ID, waiveAll)
				require.Error(t, err)
				require.NotErrorIs(t, err, guard.ErrRefused)
				for _, err := range w.List(ctx) {
					require.Error(t, err)
				}
				same()
			})
		})
	}
}

// shy is a driver whose Find leaves a node out until some time after the others have gone.
type shy struct {
	*provisiontest.Memory
	node   string
	hidden time.Duration
	since  time.Time
}

func (d *shy) Find(ctx context.Context, o provision.Owner) iter.Seq2[provision.State, error] {
	return func(yield func(provision.State, error) bool) {
		others, hide := 0, []provision.State{}
		for s, err := range d.Memory.Find(ctx, o) {
			if err == nil && s.Node == d.node {
				hide = append(hide, s)
				continue
			}
			others++
			if !yield(s, err) {
				return
			}
		}
		if others == 0 && d.since.IsZero() {
			d.since = time.Now()
		}
		if others == 0 && time.Since(d.since) >= d.hidden {
			for _, s := range hide {
				if !yield(s, nil) {
					return
				}
			}
		}
	}
}

// The newest resource is not listed yet. That others were confirmed gone does not make the termination complete: it looks once more
// after some time, because the record says how many there were.
func TestTerminateLooksAgainForWhatIsMissing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t)
		e := deployed(t, w.Manager, w.Commit("one"), shop())
		m := another(t, w, "shy", &shy{Memory: w.Memory, node: "web", hidden: 90 * time.Second})
		term, err := m.Terminate(t.Context(), e.ID)
		require.NoError(t, err)
		require.Len(t, term.Gone, 3)
		require.Empty(t, w.Memory.All())
	})
}

// Where all that was made is confirmed gone, or is kept, there is nothing more to wait for.
func TestTerminateDoesNotWaitForWhatIsComplete(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t)
		b := shop()
		kinds.AddQueue(b, "archive", kinds.Queue{}, provision.Keep)
		e := deployed(t, w.Manager, w.Commit("one"), b)
		term, err := w.Terminate(t.Context(), e.ID)
		require.NoError(t, err)
		require.Len(t, term.Gone, 3)
		require.Len(t, term.Kept, 1)
		var last, forgotten time.Time
		for _, c := range w.Memory.Calls() {
			if c.Op == provisiontest.OpDelete {
				last = c.At
			}
		}
		for _, batch := range w.Route53.Batches(w.ZoneID) {
			if strings.HasPrefix(batch.Comment, "forget ") {
				forgotten = batch.SubmittedAt
			}
		}
		require.Less(t, forgotten.Sub(last), time.Minute)
	})
}

// A hand that names an environment's host in another record's text does not point at it; one that does, in any type, does.
func TestOnlyTargetsArePointers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t)
		e := deployed(t, w.Manager, w.Commit("one"), shop())
		edit(t, w, types.ChangeActionCreate, "notes.example.com", "TXT", `"`+e.Host+`"`)
		_, err := w.Terminate(t.Context(), e.ID, env.DryRun())
		require.NoError(t, err)
		edit(t, w, types.ChangeActionCreate, "mail.example.com", "MX", "10 "+e.Host)
		_, err = w.Terminate(t.Context(), e.ID, env.DryRun())
		require.Equal(t, []string{"NothingPointsAt"}, refusedBy(t, err))
	})
}
