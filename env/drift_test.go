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

// More traces of docs/protocol.md, see protocol_test.go: those where somebody else moves a record, or Route 53 forgets one.

// V11: a hand points an alias at an environment whose record nobody asked. The naive termination sees no hold and deletes it. A hand that
// is quicker than the second look makes it turn back.
func TestV11HandEditStopsTerminate(t *testing.T) {
	everyEntrance(t, func(t *testing.T, shop func() *provision.Blueprint) {
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
	})
}

// V12: a hand has moved an alias. The naive promote and release echo what they list, and swallow the edit.
func TestV12DriftIsShownAndSettledNeverSwallowed(t *testing.T) {
	everyEntrance(t, func(t *testing.T, shop func() *provision.Blueprint) {
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
	})
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
	everyEntrance(t, func(t *testing.T, shop func() *provision.Blueprint) {
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
			require.ErrorIs(t, termination(), dns.ErrUncertain)
			require.Len(t, w.Memory.All(), 3, "a lost change deletes nothing")
			require.True(t, recordSays(w, e.ID, "state=draining"))
			_, err = w.Promote(t.Context(), "production", e.ID)
			require.ErrorIs(t, err, env.ErrNotReady)
			_, err = w.Terminate(t.Context(), e.ID)
			require.NoError(t, err)
			require.Empty(t, w.Memory.All())
		})
	})
}

// V13, the other half: success is told when every server has the change, not earlier.
func TestV13SuccessIsToldAfterInsync(t *testing.T) {
	everyEntrance(t, func(t *testing.T, shop func() *provision.Blueprint) {
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
			for k := 1; ; k++ {
				require.Less(t, k, 50)
				dying := w.Process(t, "dying"+strings.Repeat("x", k))
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
	})
}

// V14: a termination right after the deploy does not see the newest resource in a listing. The naive one finds nothing more, and
// forgets the environment; the number of resources in the record says that one is missing.
func TestV14TerminateWaitsForWhatIsNotListedYet(t *testing.T) {
	everyEntrance(t, func(t *testing.T, shop func() *provision.Blueprint) {
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
