package env_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/dns"
	"github.com/peppercorn-go/peppercorn/dns/dnstest"
	"github.com/peppercorn-go/peppercorn/env"
	"github.com/peppercorn-go/peppercorn/env/envtest"
	"github.com/peppercorn-go/peppercorn/guard"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
	"github.com/peppercorn-go/peppercorn/provision/provisiontest"
)

// The tests of this file are the shortest traces by which earlier drafts of the protocol broke a promise, as a model checker
// found them (docs/protocol.md). Each says what the naive protocol does.

// V1: a termination is paused before a delete; another one finishes, and the commit is deployed again and promoted. The naive
// protocol names resources by commit, so that the late delete hits the new incarnation.
func TestV1LateDeleteTouchesItsOwnAttemptOnly(t *testing.T) {
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
}

// V2: a deployer pauses, a second one takes over the attempt, finishes and promotes. The naive first one wakes, sees that its
// lease is lost, and deletes what it made.
func TestV2LoserDeletesNothing(t *testing.T) {
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
		dying.CrashAt(4, dnstest.Before) // the queue is made, the record not ready
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
}

func recordSays(w *envtest.World, id, word string) bool {
	for _, set := range w.Route53.Records(w.ZoneID) {
		// A long text is several quoted strings, which may part a word.
		text := strings.ReplaceAll(aws.ToString(set.ResourceRecords[0].Value), `" "`, "")
		if strings.HasPrefix(aws.ToString(set.Name), id+"._env.") && strings.Contains(text, word) {
			return true
		}
	}
	return false
}

// V6: a promotion wins and its reply is lost; a person rolls it back; the naive promoter reads again, does not find its stamp,
// and promotes once more.
func TestV6LostReplyDoesNotUndoALaterDecision(t *testing.T) {
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
}

// V7: two promotions of one alias, judged on the same truth. The naive second one is refused, reads again, and overwrites the first.
// The same for two first promotions of a new alias (5f).
func TestV7SecondPromotionDoesNotOverwriteTheFirst(t *testing.T) {
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
}

// V8: while a promotion probes an environment, that one is terminated and deployed anew. The naive batch sees "ready" and puts an
// incarnation live that nobody has probed.
func TestV8ProbeIsPinnedToTheAttempt(t *testing.T) {
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
}

// V9: the environment before was terminated and deployed anew, with another blueprint. The naive rollback takes it for the one
// that was live.
func TestV9RollbackSkipsWhatWasNeverLive(t *testing.T) {
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
		for _, e := range []string{c.ID} {
			_, err := w.Terminate(ctx, e, waiveAll)
			require.NoError(t, err)
		}
		_, err = w.Rollback(ctx, "production")
		require.ErrorIs(t, err, env.ErrNoRollback)
		require.ErrorContains(t, err, c.ID+" was terminated")
	})
}

// V10: the last batch of a termination wins and its reply is lost; the commit is deployed again. The naive termination reads again, sees a
// record, and starts from the beginning, on the new one.
func TestV10TerminateEndsWithItsAttempt(t *testing.T) {
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
}

// V11: a hand points an alias at an environment whose record nobody asked. The naive termination sees no hold and deletes it. A hand that
// is quicker than the second look makes it turn back.
func TestV11HandEditStopsTerminate(t *testing.T) {
	ids := func(t *testing.T, w *envtest.World) (a, b env.Environment) {
		a = deployed(t, w.Manager, w.Commit("one"), shop())
		b = deployed(t, w.Manager, w.Commit("two"), shop())
		promoted(t, w.Manager, "production", a.ID)
		return a, b
	}
	for name, point := range map[string]func(t *testing.T, w *envtest.World, b env.Environment){
		"an alias": func(t *testing.T, w *envtest.World, b env.Environment) {
			edit(t, w, types.ChangeActionUpsert, "production.shop.example.com", "CNAME", b.ID+".shop.example.com")
		},
		"another name": func(t *testing.T, w *envtest.World, b env.Environment) {
			edit(t, w, types.ChangeActionCreate, "www.example.com", "CNAME", strings.ToUpper(b.ID)+".shop.example.com.")
		},
		"the entrance": func(t *testing.T, w *envtest.World, b env.Environment) {
			edit(t, w, types.ChangeActionCreate, "www.example.com", "CNAME", b.Host)
		},
	} {
		t.Run("before/"+name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := envtest.New(t)
				_, b := ids(t, w)
				point(t, w, b)
				batches := len(w.Route53.Batches(w.ZoneID))
				_, err := w.Terminate(t.Context(), b.ID, waiveAll)
				require.ErrorIs(t, err, guard.ErrRefused)
				whole(t, w, b.ID, 3)
				require.Len(t, w.Route53.Batches(w.ZoneID), batches, "a refusal writes nothing")
			})
		})
		t.Run("draining/"+name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := envtest.New(t)
				_, b := ids(t, w)
				termination := inBackground(func() error { _, err := w.Terminate(t.Context(), b.ID); return err })
				time.Sleep(15 * time.Second) // it waits for the drain to be everywhere
				require.True(t, recordSays(w, b.ID, "state=draining"))
				_, ok := w.Route53.Resolve(b.Name)
				require.True(t, ok, "name servers still answer the old name")
				point(t, w, b)
				err := termination()
				require.ErrorIs(t, err, env.ErrPointedAt)
				require.ErrorIs(t, err, guard.ErrRefused)
				whole(t, w, b.ID, 3)
				host, ok := w.Route53.Resolve(b.Name)
				require.True(t, ok)
				require.Equal(t, b.Host, host, "the name is back")
			})
		})
	}
}

// V12: a hand has moved an alias. The naive promote and release echo what they list, and swallow the edit.
func TestV12DriftIsShownAndSettledNeverSwallowed(t *testing.T) {
	for name, tc := range map[string]struct {
		edit   func(t *testing.T, w *envtest.World, b env.Environment)
		points func(b env.Environment) string
	}{
		"other environment": {
			func(t *testing.T, w *envtest.World, b env.Environment) {
				edit(t, w, types.ChangeActionUpsert, "production.shop.example.com", "CNAME", b.Name)
			},
			func(b env.Environment) string { return b.Name },
		},
		"entrance": {
			func(t *testing.T, w *envtest.World, b env.Environment) {
				edit(t, w, types.ChangeActionUpsert, "production.shop.example.com", "CNAME", b.Host)
			},
			func(b env.Environment) string { return b.Host },
		},
		"stranger": {
			func(t *testing.T, w *envtest.World, b env.Environment) {
				edit(t, w, types.ChangeActionUpsert, "production.shop.example.com", "CNAME", "elsewhere.example.net")
			},
			func(env.Environment) string { return "elsewhere.example.net" },
		},
		"gone": {
			func(t *testing.T, w *envtest.World, b env.Environment) {
				for _, set := range w.Route53.Records(w.ZoneID) {
					if aws.ToString(set.Name) == "production.shop.example.com." {
						require.NoError(t, w.Route53.Edit(w.ZoneID, dnstest.Change(types.ChangeActionDelete, set)))
					}
				}
			},
			func(env.Environment) string { return "" },
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := envtest.New(t, func(o *envtest.Options) {
					o.Config = func(c *env.Config) { c.Guard = guard.New(guard.ProtectAliases("staging"), guard.NothingPointsAt()) }
				})
				ctx := t.Context()
				a, b := deployed(t, w.Manager, w.Commit("one"), shop()), deployed(t, w.Manager, w.Commit("two"), shop())
				promoted(t, w.Manager, "production", b.ID)
				promoted(t, w.Manager, "production", a.ID)
				tc.edit(t, w, b)
				batches := len(w.Route53.Batches(w.ZoneID))

				live, err := w.Live(ctx)
				require.NoError(t, err)
				require.NotNil(t, live[0].Drift)
				require.Equal(t, a.ID, live[0].Drift.Record)
				require.Equal(t, tc.points(b), live[0].Drift.Points)

				_, err = w.Promote(ctx, "production", b.ID)
				require.ErrorIs(t, err, env.ErrDrift)
				_, err = w.Promote(ctx, "production", a.ID)
				require.ErrorIs(t, err, env.ErrDrift)
				_, err = w.Rollback(ctx, "production")
				require.ErrorIs(t, err, env.ErrDrift)
				require.ErrorIs(t, w.Unpin(ctx, "production"), env.ErrDrift)
				require.ErrorIs(t, w.Release(ctx, "production"), env.ErrDrift)
				_, err = w.Terminate(ctx, a.ID)
				require.ErrorIs(t, err, guard.ErrRefused)
				if name == "other environment" || name == "entrance" {
					_, err = w.Terminate(ctx, b.ID)
					require.ErrorIs(t, err, guard.ErrRefused)
				}
				require.Len(t, w.Route53.Batches(w.ZoneID), batches, "nothing was written")

				err = w.Adopt(ctx, "production")
				switch name {
				case "stranger":
					require.ErrorIs(t, err, env.ErrForeign)
				case "gone":
					require.ErrorIs(t, err, env.ErrNotFound)
				default:
					require.NoError(t, err)
					pointsAt(t, w, "production", b.ID)
					require.False(t, recordSays(w, a.ID, "held=production"))
					require.True(t, recordSays(w, b.ID, "held=production"))
					return
				}
				require.NoError(t, w.Restore(ctx, "production"))
				pointsAt(t, w, "production", a.ID)
			})
		})
	}
}

// A name without a record is a stranger's, and so is a name that an environment would get.
func TestForeignNamesAreLeftAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t)
		ctx := t.Context()
		c := w.Commit("one")
		edit(t, w, types.ChangeActionCreate, "production.shop.example.com", "CNAME", "elsewhere.example.net")
		edit(t, w, types.ChangeActionCreate, w.History.Commit("two").Short()+".shop.example.com", "CNAME", "elsewhere.example.net")
		a := deployed(t, w.Manager, c, shop())
		_, err := w.Promote(ctx, "production", a.ID)
		require.ErrorIs(t, err, env.ErrForeign)
		for _, verb := range []func(context.Context, string, ...env.Option) error{w.Release, w.Unpin, w.Restore, w.Adopt} {
			require.ErrorIs(t, verb(ctx, "production"), env.ErrForeign)
		}
		found, _, err := w.History.Lookup(ctx)
		require.NoError(t, err)
		require.Empty(t, found)
		_, err = w.Deploy(ctx, w.History.Last(), shop())
		require.ErrorIs(t, err, env.ErrForeign)
		for _, set := range w.Route53.Records(w.ZoneID) {
			if set.Type == types.RRTypeCname && !strings.HasPrefix(aws.ToString(set.Name), a.ID) {
				require.Equal(t, "elsewhere.example.net", strings.TrimSuffix(aws.ToString(set.ResourceRecords[0].Value), "."))
			}
		}
	})
}

// V13: Route 53's control plane fails over and loses a change that was accepted and not yet everywhere. The naive termination deletes as
// soon as its change is accepted, and the zone then says "ready".
func TestV13NothingIsDeletedBeforeInsync(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t)
		e := deployed(t, w.Manager, w.Commit("one"), shop())
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		termination := inBackground(func() error { _, err := w.Terminate(ctx, e.ID); return err })
		for !recordSays(w, e.ID, "state=terminating") {
			time.Sleep(time.Second)
		}
		time.Sleep(5 * time.Second)
		require.Len(t, w.Memory.All(), 3)
		lost, err := w.Route53.Failover(w.ZoneID)
		require.NoError(t, err)
		require.NotEmpty(t, lost)
		require.ErrorIs(t, termination(), context.DeadlineExceeded)
		require.Len(t, w.Memory.All(), 3, "a lost change deletes nothing")
		require.True(t, recordSays(w, e.ID, "state=draining"))
		_, err = w.Promote(t.Context(), "production", e.ID)
		require.ErrorIs(t, err, env.ErrNotReady)
		_, err = w.Terminate(t.Context(), e.ID)
		require.NoError(t, err)
		require.Empty(t, w.Memory.All())
	})
}

// V13, the other half: success is told when every server has the change, not earlier.
func TestV13SuccessIsToldAfterInsync(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t)
		ctx := t.Context()
		served := func() {
			t.Helper()
			require.Equal(t, w.Route53.Records(w.ZoneID), w.Route53.Served(w.ZoneID))
		}
		a := deployed(t, w.Manager, w.Commit("one"), shop())
		served()
		b := deployed(t, w.Manager, w.Commit("two"), shop())
		for _, id := range []string{a.ID, b.ID} {
			promoted(t, w.Manager, "preview", id)
			served()
		}
		_, err := w.Rollback(ctx, "preview")
		require.NoError(t, err)
		served()
		require.NoError(t, w.Unpin(ctx, "preview"))
		served()
		require.NoError(t, w.Release(ctx, "preview"))
		served()

		// A run that was killed after its batch has nothing left to write, and still waits.
		dying := w.Process(t, "dying")
		for k := 1; ; k++ {
			require.Less(t, k, 50)
			dying = w.Process(t, "dying"+strings.Repeat("x", k))
			dying.CrashAt(k, dnstest.After)
			_, err := dying.Promote(ctx, "preview", b.ID)
			require.ErrorIs(t, err, dnstest.ErrCrashed)
			if len(w.Route53.Records(w.ZoneID)) != len(w.Route53.Served(w.ZoneID)) {
				break
			}
		}
		p, err := w.Promote(ctx, "preview", b.ID)
		require.NoError(t, err)
		require.False(t, p.Changed)
		served()
	})
}

// V14: a termination right after the deploy does not see the newest resource in a listing. The naive one finds nothing more, and
// forgets the environment; the number of resources in the record says that one is missing.
func TestV14TerminateWaitsForWhatIsNotListedYet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t, func(o *envtest.Options) {
			o.Memory = append(o.Memory, func(m *provisiontest.MemoryOptions) { m.Lag = 150 * time.Second })
		})
		e := deployed(t, w.Manager, w.Commit("one"), shop())
		term, err := w.Terminate(t.Context(), e.ID)
		require.NoError(t, err)
		require.Len(t, term.Gone, 3)
		require.Empty(t, w.Memory.All())
	})
}

// What a rollback needs, what holds data, and what somebody else is busy with are refused, all in one answer.
func TestTerminateSaysEveryReason(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t)
		ctx := t.Context()
		b := &provision.Blueprint{}
		kinds.AddQueue(b, "jobs", kinds.Queue{})
		kinds.AddQueue(b, "keep", kinds.Queue{}, provision.Keep)
		a, c := deployed(t, w.Manager, w.Commit("one"), b), deployed(t, w.Manager, w.Commit("two"), b)
		promoted(t, w.Manager, "preview", a.ID)
		promoted(t, w.Manager, "preview", c.ID)
		for _, s := range w.Memory.All() {
			if s.Owner.Env == a.ID && s.Node == "jobs" {
				w.Memory.SetLoss(s.ID, "12 messages")
			}
		}
		_, err := w.Terminate(ctx, a.ID, env.Expect(c.Commit.Hash))
		var refusal *guard.Refusal
		require.ErrorAs(t, err, &refusal)
		var by []string
		for _, d := range refusal.Decisions {
			by = append(by, d.Policy)
		}
		require.ElementsMatch(t, []string{"Drained", "KeepsRollback", "KeepsData", "ExpectedCommit"}, by)
		require.ErrorContains(t, err, "12 messages")
		whole(t, w, a.ID, 2)

		term, err := w.Terminate(ctx, a.ID, waiveAll, env.Waive(guard.Waiver{Policy: "KeepsData", Reason: "test", By: "ada"}))
		require.NoError(t, err)
		require.Len(t, term.Gone, 1)
		require.Len(t, term.Kept, 1)
		require.Len(t, term.Waived, 3)
	})
}
