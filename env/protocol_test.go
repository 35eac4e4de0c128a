package env_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/dns"
	"github.com/peppercorn-go/peppercorn/dns/dnstest"
	"github.com/peppercorn-go/peppercorn/env"
	"github.com/peppercorn-go/peppercorn/env/envtest"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/provisiontest"
)

// The tests of this file are the shortest traces by which earlier drafts of the protocol broke a promise, as a model checker
// found them (docs/protocol.md). Each says what the naive protocol does.

// V1: a termination is paused before a delete; another one finishes, and the commit is deployed again and promoted. The naive
// protocol names resources by commit, so that the late delete hits the new incarnation.
func TestV1LateDeleteTouchesItsOwnAttemptOnly(t *testing.T) {
	everyEntrance(t, func(t *testing.T, shop func() *provision.Blueprint) {
		synctest.Test(t, func(t *testing.T) {
			w := envtest.New(t)
			ctx := t.Context()
			c := w.Commit("one")
			deployed(t, w.Manager, c, shop())
			old := w.Memory.All()

			late := make(chan struct{})
			paused := another(t, w, "paused", &held{Memory: w.Memory, delete: func(string) <-chan struct{} { return late }})
			first := inBackground(func() error { _, err := paused.Terminate(ctx, c.Short()); return err })
			time.Sleep(10 * time.Minute) // it is in its deletes now
			_, err := w.Terminate(ctx, c.Short())
			require.NoError(t, err)
			e := deployed(t, w.Manager, c, shop())
			promoted(t, w.Manager, "production", e.ID)

			close(late)
			require.NoError(t, first())
			whole(t, w, e.ID, 3)
			pointsAt(t, w, "production", e.ID)
			for _, s := range w.Memory.All() {
				for _, o := range old {
					require.NotEqual(t, o.Name, s.Name, "a name came back")
				}
			}
		})
	})
}

// V2: a deployer pauses, a second one takes over the attempt, finishes and promotes. The naive first one wakes, sees that its
// lease is lost, and deletes what it made.
func TestV2LoserDeletesNothing(t *testing.T) {
	everyEntrance(t, func(t *testing.T, shop func() *provision.Blueprint) {
		for _, anew := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				w := envtest.New(t)
				ctx := t.Context()
				c := w.Commit("one")
				late := make(chan struct{})
				slow := another(t, w, "slow", &held{Memory: w.Memory, create: func(node string) <-chan struct{} {
					if node == "server" {
						return late
					}
					return nil
				}})
				first := inBackground(func() error { _, err := slow.Deploy(ctx, c, shop()); return err })
				time.Sleep(time.Minute)
				e := deployed(t, w.Manager, c, shop())
				if anew {
					_, err := w.Terminate(ctx, e.ID)
					require.NoError(t, err)
					e = deployed(t, w.Manager, c, shop())
				}
				promoted(t, w.Manager, "production", e.ID)
				close(late)
				if err := first(); anew {
					require.ErrorIs(t, err, env.ErrSuperseded)
				} else {
					require.NoError(t, err)
				}
				whole(t, w, e.ID, 3)
				pointsAt(t, w, "production", e.ID)
			})
		}
	})
}

// V3 and V4: a termination misses a resource that no listing shows yet, and forgets the environment. The naive next deploy finds the
// leftover under its own name, and is stuck or adopts it. Here it is another attempt's: the deploy goes on, and the leftover says
// by its tags that its attempt is dead.
func TestV3V4LeftoverOfADeadAttemptIsInNobodysWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t, func(o *envtest.Options) {
			o.Memory = append(o.Memory, func(m *provisiontest.MemoryOptions) { m.Lag = time.Hour })
		})
		ctx := t.Context()
		c := w.Commit("one")
		dying := w.Process(t, "dying")
		dying.CrashAt(8, dnstest.Before) // the queue is made, the record not ready
		_, err := dying.Deploy(ctx, c, worker())
		require.ErrorIs(t, err, dnstest.ErrCrashed)
		require.Len(t, w.Memory.All(), 1)
		dead := w.Memory.All()[0].Owner.Attempt
		time.Sleep(20 * time.Minute) // the lease
		_, err = w.Terminate(ctx, c.Short())
		require.NoError(t, err)
		require.Len(t, w.Memory.All(), 1, "the leftover that this test is about")

		e := deployed(t, w.Manager, c, worker())
		require.NotEqual(t, dead, e.Attempt)
		attempts := map[string]int{}
		for _, s := range w.Memory.All() {
			attempts[s.Owner.Attempt]++
		}
		require.Equal(t, map[string]int{dead: 1, e.Attempt: 1}, attempts)
	})
}

// V5: a sweep that reads the records before the resources takes a deploy in progress for garbage. What makes any later sweep safe is
// that the record with the attempt is there before the first resource of that attempt, and that attempts never return.
func TestV5RecordComesBeforeResources(t *testing.T) {
	everyEntrance(t, func(t *testing.T, shop func() *provision.Blueprint) {
		synctest.Test(t, func(t *testing.T) {
			var w *envtest.World
			var seen []string
			w = envtest.New(t, func(o *envtest.Options) {
				o.Memory = append(o.Memory, func(m *provisiontest.MemoryOptions) {
					m.After = func(op provisiontest.Op, _ string) error {
						if op != provisiontest.OpCreate {
							return nil
						}
						for _, s := range w.Memory.All() {
							require.True(t, recordSays(w, s.Owner.Env, "attempt="+s.Owner.Attempt), "a resource came before its record")
						}
						return nil
					}
				})
			})
			c := w.Commit("one")
			for range 3 {
				e := deployed(t, w.Manager, c, shop())
				require.NotContains(t, seen, e.Attempt)
				seen = append(seen, e.Attempt)
				_, err := w.Terminate(t.Context(), e.ID)
				require.NoError(t, err)
			}
		})
	})
}

func recordSays(w *envtest.World, id, word string) bool { return strings.Contains(note(w, id), word) }

// V6: a promotion wins and its reply is lost; a person rolls it back; the naive promoter reads again, does not find its stamp,
// and promotes once more.
func TestV6LostReplyDoesNotUndoALaterDecision(t *testing.T) {
	everyEntrance(t, func(t *testing.T, shop func() *provision.Blueprint) {
		for name, decide := range map[string]func(t *testing.T, w *envtest.World){
			"rollback": func(t *testing.T, w *envtest.World) {
				_, err := w.Rollback(t.Context(), "preview")
				require.NoError(t, err)
			},
			"release": func(t *testing.T, w *envtest.World) { require.NoError(t, w.Release(t.Context(), "preview")) },
		} {
			t.Run(name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := envtest.New(t)
					a := deployed(t, w.Manager, w.Commit("one"), shop())
					b := deployed(t, w.Manager, w.Commit("two"), shop())
					promoted(t, w.Manager, "preview", a.ID)

					ci := w.Process(t, "ci")
					w.Route53.Inject(dnstest.Fault{Match: comment("ci", "promote"), Times: 1, Kind: dnstest.LostReply})
					w.Route53.Inject(dnstest.Fault{Match: func(c *dnstest.Call) bool { return comment("ci", "promote")(c) && c.Attempt > 1 },
						Times: 1, Kind: dnstest.Delay, Delay: 10 * time.Minute})
					promotion := inBackground(func() error { _, err := ci.Promote(t.Context(), "preview", b.ID); return err })
					time.Sleep(5 * time.Minute) // it has won, and waits for the reply to the second try
					pointsAt(t, w, "preview", b.ID)
					decide(t, w)

					err := promotion()
					live, liveErr := w.Live(t.Context())
					require.NoError(t, liveErr)
					if name == "release" {
						// The record of the environment that it left still has its stamp, which proves that it had won.
						require.NoError(t, err)
						require.Empty(t, live, "the alias came back from the dead")
						return
					}
					require.ErrorIs(t, err, dns.ErrConflict)
					var conflict *dns.ConflictError
					require.ErrorAs(t, err, &conflict)
					require.True(t, conflict.MaybeWon)
					pointsAt(t, w, "preview", a.ID)
				})
			})
		}
	})
}

// V7: two promotions of one alias, judged on the same truth. The naive second one is refused, reads again, and overwrites the first.
// The same for two first promotions of a new alias (5f).
func TestV7SecondPromotionDoesNotOverwriteTheFirst(t *testing.T) {
	everyEntrance(t, func(t *testing.T, shop func() *provision.Blueprint) {
		for _, fresh := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				w := envtest.New(t)
				a := deployed(t, w.Manager, w.Commit("one"), shop())
				b := deployed(t, w.Manager, w.Commit("two"), shop())
				c := deployed(t, w.Manager, w.Commit("three"), shop())
				if !fresh {
					promoted(t, w.Manager, "production", a.ID)
				}
				ci := w.Process(t, "ci")
				w.Route53.Inject(dnstest.Fault{Match: comment("ci", "promote"), Times: 1, Kind: dnstest.Delay, Delay: 10 * time.Minute})
				second := inBackground(func() error { _, err := ci.Promote(t.Context(), "production", c.ID); return err })
				time.Sleep(time.Minute)
				promoted(t, w.Manager, "production", b.ID)

				err := second()
				require.ErrorIs(t, err, dns.ErrConflict)
				require.ErrorContains(t, err, b.ID, "the conflict names the present holder")
				pointsAt(t, w, "production", b.ID)
			})
		}
	})
}

// V8: while a promotion probes an environment, that one is terminated and deployed anew. The naive batch sees "ready" and puts an
// incarnation live that nobody has probed.
func TestV8ProbeIsPinnedToTheAttempt(t *testing.T) {
	everyEntrance(t, func(t *testing.T, shop func() *provision.Blueprint) {
		synctest.Test(t, func(t *testing.T) {
			w := envtest.New(t)
			a := deployed(t, w.Manager, w.Commit("one"), shop())
			two := w.Commit("two")
			b := deployed(t, w.Manager, two, shop())
			promoted(t, w.Manager, "production", a.ID)
			_, err := w.Process(t, "ci").Promote(t.Context(), "production", b.ID, env.Probe(func(ctx context.Context, target env.Target) error {
				require.Equal(t, env.Target{Environment: b.ID, Host: b.Host, Name: "production.shop.example.com"}, target)
				_, err := w.Terminate(ctx, b.ID)
				require.NoError(t, err)
				_, err = w.Deploy(ctx, two, shop())
				return err
			}))
			require.ErrorIs(t, err, dns.ErrConflict)
			pointsAt(t, w, "production", a.ID)
		})
	})
}

// V9: the environment before was terminated and deployed anew, with another blueprint. The naive rollback takes it for the one
// that was live.
func TestV9RollbackSkipsWhatWasNeverLive(t *testing.T) {
	everyEntrance(t, func(t *testing.T, shop func() *provision.Blueprint) {
		synctest.Test(t, func(t *testing.T) {
			w := envtest.New(t)
			ctx := t.Context()
			one, two, three := w.Commit("one"), w.Commit("two"), w.Commit("three")
			a, b, c := deployed(t, w.Manager, one, shop()), deployed(t, w.Manager, two, shop()), deployed(t, w.Manager, three, shop())
			for _, e := range []env.Environment{a, b, c} {
				promoted(t, w.Manager, "production", e.ID)
			}
			_, err := w.Terminate(ctx, b.ID, waiveAll)
			require.NoError(t, err)
			deployed(t, w.Manager, two, worker())

			p, err := w.Rollback(ctx, "production")
			require.NoError(t, err)
			require.Equal(t, a.ID, p.To.ID)
			require.Len(t, p.Skipped, 1)
			require.Contains(t, p.Skipped[0], "deployed anew")

			require.NoError(t, w.Unpin(ctx, "production"))
			promoted(t, w.Manager, "production", c.ID)
			_, err = w.Terminate(ctx, a.ID, waiveAll)
			require.NoError(t, err)
			_, err = w.Rollback(ctx, "production")
			require.ErrorIs(t, err, env.ErrNoRollback)
			require.ErrorContains(t, err, a.ID+" was terminated")
		})
	})
}

// V10: the last batch of a termination wins and its reply is lost; the commit is deployed again. The naive termination reads again, sees a
// record, and starts from the beginning, on the new one.
func TestV10TerminateEndsWithItsAttempt(t *testing.T) {
	everyEntrance(t, func(t *testing.T, shop func() *provision.Blueprint) {
		synctest.Test(t, func(t *testing.T) {
			w := envtest.New(t)
			c := w.Commit("one")
			e := deployed(t, w.Manager, c, shop())
			w.Route53.Inject(dnstest.Fault{Match: comment("ci", "forget"), Times: 1, Kind: dnstest.LostReply})
			w.Route53.Inject(dnstest.Fault{Match: func(c *dnstest.Call) bool { return comment("ci", "forget")(c) && c.Attempt > 1 },
				Times: 1, Kind: dnstest.Delay, Delay: time.Hour})
			ci := w.Process(t, "ci")
			termination := inBackground(func() error { _, err := ci.Terminate(t.Context(), e.ID); return err })
			time.Sleep(30 * time.Minute)
			require.Empty(t, w.Memory.All())
			anew := deployed(t, w.Manager, c, shop())
			require.NotEqual(t, e.Attempt, anew.Attempt)
			require.NoError(t, termination())
			whole(t, w, e.ID, 3)
		})
	})
}
