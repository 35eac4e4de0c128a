package env_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/env"
	"github.com/peppercorn-go/peppercorn/env/envtest"
	"github.com/peppercorn-go/peppercorn/guard"
	"github.com/peppercorn-go/peppercorn/provision"
)

const wrong = "deadbeef"

// pinnedShop is a world in which production was rolled back from the second environment to the first.
func pinnedShop(t *testing.T, optFns ...func(*envtest.Options)) (w *envtest.World, a, b env.Environment) {
	t.Helper()
	w = envtest.New(t, optFns...)
	a, b = deployed(t, w.Manager, w.Commit("one"), shop()), deployed(t, w.Manager, w.Commit("two"), shop())
	promoted(t, w.Manager, "preview", a.ID)
	promoted(t, w.Manager, "preview", b.ID)
	_, err := w.Rollback(t.Context(), "preview")
	require.NoError(t, err)
	return w, a, b
}

// Who says Expect means it: also where there is nothing left to do, and whatever policies the guard has.
func TestExpectHoldsEverywhere(t *testing.T) {
	bare := func(o *envtest.Options) {
		o.Config = func(c *env.Config) { c.Guard = guard.New(guard.ProtectAliases("production"), guard.NothingPointsAt()) }
	}
	for name, options := range map[string][]func(*envtest.Options){"defaults": nil, "a guard without ExpectedCommit": {bare}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, a, b := pinnedShop(t, options...)
				ctx := t.Context()
				check := func(err error) {
					t.Helper()
					require.ErrorIs(t, err, guard.ErrRefused)
					require.Contains(t, refusedBy(t, err), "ExpectedCommit")
				}
				for _, opts := range [][]env.Option{{env.Expect(wrong)}, {env.Expect(wrong), env.DryRun()}} {
					same := unchanged(t, w)
					_, err := w.Rollback(ctx, "preview", opts...)
					check(err) // it is pinned: there is nothing to do
					_, err = w.Promote(ctx, "preview", a.ID, opts...)
					check(err) // it points there already
					_, err = w.Promote(ctx, "fresh", b.ID, opts...)
					check(err)
					_, err = w.Terminate(ctx, b.ID, opts...)
					check(err)
					check(w.Release(ctx, "preview", opts...))
					check(w.Restore(ctx, "preview", opts...))
					check(w.Adopt(ctx, "preview", opts...))
					check(w.Unpin(ctx, "preview", opts...))
					same()
				}
				require.NoError(t, w.Unpin(ctx, "preview", env.Expect(a.Commit.Hash)))
				check(w.Unpin(ctx, "preview", env.Expect(wrong))) // it is not pinned any more
				require.NoError(t, w.Unpin(ctx, "preview", env.Expect(a.Commit.Hash[:7])))
				_, err := w.Rollback(ctx, "preview", env.Expect(wrong))
				require.Error(t, err)
			})
		})
	}
}

// From terminating on nothing is judged any more, except what the caller expects.
func TestExpectHoldsWhileTerminating(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t)
		e := deployed(t, w.Manager, w.Commit("one"), shop())
		crashed(t, w, e.ID, "terminating")
		same := unchanged(t, w)
		for _, opts := range [][]env.Option{{env.Expect(wrong)}, {env.Expect(wrong), env.DryRun()}} {
			_, err := w.Terminate(t.Context(), e.ID, opts...)
			require.Equal(t, []string{"ExpectedCommit"}, refusedBy(t, err))
		}
		same()
		_, err := w.Terminate(t.Context(), e.ID, env.Expect(e.Commit.Hash))
		require.NoError(t, err)
		require.Empty(t, w.Memory.All())
	})
}

// What is expected is one reason among the others, and is told once.
func TestExpectIsOneReasonAmongOthers(t *testing.T) {
	for name, g := range map[string]*guard.Guard{
		"with":    guard.New(guard.NotPinned(), guard.ExpectedCommit()),
		"without": guard.New(guard.NotPinned()),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, _, b := pinnedShop(t, func(o *envtest.Options) { o.Config = func(c *env.Config) { c.Guard = g } })
				_, err := w.Promote(t.Context(), "preview", b.ID, env.Expect(wrong))
				require.Equal(t, []string{"NotPinned", "ExpectedCommit"}, refusedBy(t, err))
			})
		})
	}
}

// Options that are given and say nothing, as from an empty variable, are not taken for options that were not given.
func TestEmptyOptionsAreInvalid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t)
		ctx := t.Context()
		id := w.Commit("one").Short()
		none := func(ctx context.Context, alias string, opts ...env.Option) error {
			_, err := w.Rollback(ctx, alias, opts...)
			return err
		}
		for name, verb := range map[string]func(context.Context, string, ...env.Option) error{
			"release": w.Release, "unpin": w.Unpin, "restore": w.Restore, "adopt": w.Adopt, "rollback": none,
		} {
			require.ErrorIs(t, verb(ctx, "preview", env.Expect("")), env.ErrInvalid, name)
		}
		_, err := w.Terminate(ctx, id, env.Expect(""))
		require.ErrorIs(t, err, env.ErrInvalid)
		for _, o := range []env.Option{env.Expect(""), env.Probe(nil), env.Before(nil), env.After(nil)} {
			_, err := w.Promote(ctx, "preview", id, o)
			require.ErrorIs(t, err, env.ErrInvalid)
		}
		_, err = w.Deploy(ctx, w.History.Last(), shop(), env.Probe(nil))
		require.ErrorIs(t, err, env.ErrInvalid)
		require.Empty(t, w.Route53.Calls())
		require.Empty(t, w.Memory.Calls())
	})
}

// An entrance that nobody could call is found before the first call where the blueprint says it in letters, and before the
// environment is ready where it comes out so.
func TestEntrancesThatNobodyCanCall(t *testing.T) {
	for name, host := range map[string]string{
		"a path": "not a host/name", "an address": "10.0.0.1", "an IPv6 address": "2001:db8::1", "one label": "localhost", "the base": envtest.Base,
		"a name of ours": "other." + envtest.Base, "in capitals": strings.ToUpper("other." + envtest.Base), "a URL": "https://lb.example.net",
		"an empty label": "a..example.net",
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := envtest.New(t)
				c := w.Commit("one")
				b := worker()
				b.Entrance.Host = provision.Text(host)
				_, err := w.Deploy(t.Context(), c, b)
				require.ErrorIs(t, err, env.ErrNoEntrance)
				require.Empty(t, w.Route53.Calls())
				require.Empty(t, w.Memory.Calls())

				b = worker()
				b.Inputs = map[string]string{"host": host}
				b.Entrance.Host = "${{in.host}}"
				_, err = w.Deploy(t.Context(), c, b)
				require.ErrorIs(t, err, env.ErrNoEntrance)
				require.True(t, recordSays(w, c.Short(), "state=provisioning"))
			})
		})
	}
}
