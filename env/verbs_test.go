package env_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/dns/dnstest"
	"github.com/peppercorn-go/peppercorn/env"
	"github.com/peppercorn-go/peppercorn/env/envtest"
	"github.com/peppercorn-go/peppercorn/guard"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
	"github.com/peppercorn-go/peppercorn/provision/provisiontest"
)

func TestDeployIsImmutable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t)
		ctx := t.Context()
		c := w.Commit("one")
		deployed(t, w.Manager, c, shop())
		other := shop()
		kinds.AddQueue(other, "more", kinds.Queue{})
		made := len(w.Memory.All())
		_, err := w.Deploy(ctx, c, other)
		require.ErrorIs(t, err, env.ErrImmutable)
		require.Len(t, w.Memory.All(), made)

		blue, err := w.Deploy(ctx, c, other, env.Variant("blue"))
		require.NoError(t, err)
		require.Equal(t, c.Short()+"-blue", blue.ID)

		forged := c
		forged.Hash = c.Hash[:12] + strings.Repeat("0", 28)
		_, err = w.Deploy(ctx, forged, shop())
		require.ErrorIs(t, err, env.ErrCollision)
		_, err = w.Promote(ctx, "production", forged.Hash)
		require.ErrorIs(t, err, env.ErrCollision)
		_, err = w.Terminate(ctx, forged.Hash)
		require.ErrorIs(t, err, env.ErrCollision)
		_, err = w.Describe(ctx, forged.Hash)
		require.ErrorIs(t, err, env.ErrCollision)
	})
}

// A deploy that fails leaves what it made, says so, and is resumed by the next.
func TestDeployResumes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken := errors.New("capacity")
		fail := true
		w := envtest.New(t, func(o *envtest.Options) {
			o.Memory = append(o.Memory, func(m *provisiontest.MemoryOptions) {
				m.Before = func(op provisiontest.Op, node string) error {
					if fail && op == provisiontest.OpCreate && node == "server" {
						return broken
					}
					return nil
				}
			})
		})
		c := w.Commit("one")
		_, err := w.Deploy(t.Context(), c, shop())
		require.ErrorIs(t, err, broken)
		var apply *provision.ApplyError
		require.ErrorAs(t, err, &apply)
		require.Len(t, apply.Made, 2)
		for e, err := range w.List(t.Context()) {
			require.NoError(t, err)
			require.Equal(t, env.StateProvisioning, e.State)
			require.False(t, e.Stalled)
		}
		_, err = w.Terminate(t.Context(), c.Short())
		require.ErrorIs(t, err, guard.ErrRefused, "the lease is shown respect")
		time.Sleep(20 * time.Minute)
		for e := range w.List(t.Context()) {
			require.True(t, e.Stalled)
		}
		fail = false
		e := deployed(t, w.Manager, c, shop())
		require.Equal(t, 3, e.Made)
		require.Len(t, w.Memory.All(), 3)
	})
}

// A slow deploy keeps its lease in the future.
func TestDeployRenewsItsLease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t, func(o *envtest.Options) {
			o.Memory = append(o.Memory, func(m *provisiontest.MemoryOptions) {
				m.Latency = func(op provisiontest.Op, _ provision.Kind, _ string) time.Duration {
					if op == provisiontest.OpAwait {
						return 2 * time.Hour
					}
					return 0
				}
			})
		})
		deploy := inBackground(func() error { _, err := w.Deploy(t.Context(), w.History.Commit("one"), worker()); return err })
		time.Sleep(90 * time.Minute)
		for e, err := range w.List(t.Context()) {
			require.NoError(t, err)
			require.False(t, e.Stalled)
		}
		require.NoError(t, deploy())
	})
}

func TestHealPutsBackWhatIsMissing(t *testing.T) {
	everyEntrance(t, func(t *testing.T, shop func() *provision.Blueprint) {
		synctest.Test(t, func(t *testing.T) {
			w := envtest.New(t)
			c := w.Commit("one")
			e := deployed(t, w.Manager, c, shop())
			promoted(t, w.Manager, "production", e.ID)
			inv, err := w.Describe(t.Context(), e.ID)
			require.NoError(t, err)
			for _, s := range inv.Resources {
				if s.Node == "server" {
					w.Memory.Vanish(s.ID)
				}
			}
			deployed(t, w.Manager, c, shop())
			require.Len(t, w.Memory.All(), 2, "only Heal heals")
			healed, err := w.Deploy(t.Context(), c, shop(), env.Heal())
			require.NoError(t, err)
			require.Equal(t, e.Attempt, healed.Attempt)
			require.Len(t, w.Memory.All(), 3)
			pointsAt(t, w, "production", e.ID)
		})
	})
}

// A worker has no entrance: its alias is the record alone.
func TestWorker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t)
		ctx := t.Context()
		a, b := deployed(t, w.Manager, w.Commit("one"), worker()), deployed(t, w.Manager, w.Commit("two"), worker())
		web := deployed(t, w.Manager, w.Commit("three"), shop())
		require.Empty(t, a.Name)
		cnames := func() (names []string) {
			for _, set := range w.Route53.Records(w.ZoneID) {
				if set.Type == types.RRTypeCname {
					names = append(names, strings.TrimSuffix(aws.ToString(set.Name), "."))
				}
			}
			return names
		}
		promoted(t, w.Manager, "production", a.ID)
		promoted(t, w.Manager, "production", b.ID)
		pointsAt(t, w, "production", b.ID)
		require.Equal(t, []string{web.Name}, cnames())
		promoted(t, w.Manager, "production", web.ID)
		pointsAt(t, w, "production", web.ID)
		require.ElementsMatch(t, []string{web.Name, "production.shop.example.com"}, cnames())
		_, err := w.Promote(ctx, "production", a.ID)
		require.ErrorIs(t, err, env.ErrNoEntrance, "users call that name")
		pointsAt(t, w, "production", web.ID)
		promoted(t, w.Manager, "jobs", a.ID)
		_, err = w.Terminate(ctx, a.ID)
		require.ErrorIs(t, err, guard.ErrRefused)
		_, err = w.Terminate(ctx, b.ID, waiveAll)
		require.NoError(t, err)
	})
}

// The program must be able to see all that it deletes.
func TestTerminateRefusesWhatItCannotSee(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t)
		ctx := t.Context()
		e := deployed(t, w.Manager, w.Commit("one"), shop())
		onlyQueues := provisiontest.NewMemory(func(o *provisiontest.MemoryOptions) { o.Kinds = []provision.Kind{kinds.QueueKind} })
		_, err := another(t, w, "blind", onlyQueues).Terminate(ctx, e.ID)
		require.ErrorIs(t, err, provision.ErrNoDriver)

		engine, err := provision.NewEngine([]provision.Driver{w.Memory}, func(o *provision.Options) {
			o.Place = func(context.Context) (provision.Place, error) {
				return provision.Place{Account: "123456789012", Region: "eu-west-1"}, nil
			}
		})
		require.NoError(t, err)
		abroad, err := env.New(env.Config{App: "shop", Base: envtest.Base, Zone: w.Zone, Engine: engine})
		require.NoError(t, err)
		_, err = abroad.Terminate(ctx, e.ID)
		require.ErrorIs(t, err, env.ErrElsewhere)
		_, err = abroad.Deploy(ctx, e.Commit, shop())
		require.ErrorIs(t, err, env.ErrElsewhere)

		edit(t, w, types.ChangeActionDelete, "_peppercorn.shop.example.com", "TXT", rootText(w))
		_, err = w.Terminate(ctx, e.ID)
		require.ErrorIs(t, err, env.ErrNotFound)
		require.ErrorContains(t, err, "_peppercorn.shop.example.com")
		require.Len(t, w.Memory.All(), 3)
	})
}

func rootText(w *envtest.World) string {
	for _, set := range w.Route53.Records(w.ZoneID) {
		if strings.HasPrefix(aws.ToString(set.Name), "_peppercorn.") {
			return aws.ToString(set.ResourceRecords[0].Value)
		}
	}
	return ""
}

func TestDryRunWritesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t)
		ctx := t.Context()
		a, b := deployed(t, w.Manager, w.Commit("one"), shop()), deployed(t, w.Manager, w.Commit("two"), shop())
		promoted(t, w.Manager, "preview", a.ID)
		promoted(t, w.Manager, "preview", b.ID)
		batches, resources := len(w.Route53.Batches(w.ZoneID)), w.Memory.All()

		p, err := w.Promote(ctx, "preview", a.ID, env.DryRun())
		require.NoError(t, err)
		require.False(t, p.Changed)
		require.Len(t, p.Dropped, 1)
		p, err = w.Rollback(ctx, "preview", env.DryRun())
		require.NoError(t, err)
		require.Equal(t, a.ID, p.To.ID)
		require.NoError(t, w.Release(ctx, "preview", env.DryRun()))
		_, err = w.Terminate(ctx, b.ID, env.DryRun())
		require.ErrorIs(t, err, guard.ErrRefused)
		_, err = w.Terminate(ctx, a.ID, env.DryRun(), waiveAll)
		require.NoError(t, err)
		e, err := w.Deploy(ctx, w.Commit("three"), shop(), env.DryRun())
		require.NoError(t, err)
		require.Empty(t, e.State)

		require.Len(t, w.Route53.Batches(w.ZoneID), batches)
		require.Equal(t, resources, w.Memory.All())
	})
}

// Hooks run outside of the transaction: before it an error stops the promotion, after it only tells.
func TestHooks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t)
		ctx := t.Context()
		a := deployed(t, w.Manager, w.Commit("one"), shop())
		no := errors.New("no")
		fails := func(context.Context, env.Promotion) error { return no }
		_, err := w.Promote(ctx, "preview", a.ID, env.Before(fails))
		require.ErrorIs(t, err, no)
		live, err := w.Live(ctx)
		require.NoError(t, err)
		require.Empty(t, live)
		_, err = w.Promote(ctx, "preview", a.ID, env.Probe(func(context.Context, env.Target) error { return no }))
		require.ErrorIs(t, err, no)
		p, err := w.Promote(ctx, "preview", a.ID, env.After(fails))
		require.ErrorIs(t, err, no)
		require.True(t, p.Changed)
		pointsAt(t, w, "preview", a.ID)

		_, err = w.Deploy(ctx, w.Commit("two"), shop(), env.Probe(func(_ context.Context, target env.Target) error {
			require.NotEmpty(t, target.Host)
			return no
		}))
		require.ErrorIs(t, err, no)
		_, err = w.Promote(ctx, "preview", w.History.Last().Short())
		require.ErrorIs(t, err, env.ErrNotReady)
	})
}

// Who, why and what was waived go into the comment of the change, and nowhere else.
func TestReasonsAreRecorded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t)
		ctx := t.Context()
		a := deployed(t, w.Manager, w.Commit("one"), shop())
		_, err := w.Promote(ctx, "preview", a.ID, env.Because("the basket is ready"), env.By("ada@example.com"))
		require.NoError(t, err)
		batches := w.Route53.Batches(w.ZoneID)
		require.Contains(t, batches[len(batches)-1].Comment, "ada@example.com: the basket is ready")
		var zone bytes.Buffer
		require.NoError(t, w.Print(&zone))
		require.NotContains(t, zone.String(), "ada")
		require.NotContains(t, zone.String(), "basket")
	})
}

// Events come in order and are delivered when the verb returns; logging is one observer.
func TestEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		w := envtest.New(t, func(o *envtest.Options) {
			o.Config = func(c *env.Config) { c.Logger = slog.New(slog.NewTextHandler(&log, nil)) }
		})
		e := deployed(t, w.Manager, w.Commit("one"), worker())
		var got []string
		for _, ev := range w.Events() {
			switch ev := ev.(type) {
			case env.Began:
				got = append(got, ev.Op+" "+ev.Subject)
			case env.StateChanged:
				got = append(got, string(ev.From)+">"+string(ev.To))
			case env.Progress:
				got = append(got, ev.Step.Node+" "+ev.Step.Phase.String())
			}
		}
		require.Equal(t, []string{"deploy " + e.ID, ">provisioning", "jobs starting", "jobs created", "jobs ready", "provisioning>ready"}, got)
		require.Contains(t, log.String(), "event.to=ready")
	})
}

// A slow observer is waited for, a cancelled call still tells what it did.
func TestObserverIsDrainedOnCancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen []string
		w := envtest.New(t, func(o *envtest.Options) {
			o.Config = func(c *env.Config) {
				c.Observe = func(ctx context.Context, e env.Event) {
					time.Sleep(time.Second)
					if s, ok := e.(env.StateChanged); ok && ctx.Err() == nil {
						seen = append(seen, string(s.To))
					}
				}
			}
		})
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second) // while it waits for INSYNC
		defer cancel()
		_, err := w.Deploy(ctx, w.Commit("one"), worker())
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, []string{"provisioning", "ready"}, seen)
	})
}

// Requests are counted: Route 53 grants five a second to the whole account.
func TestRequestBudgets(t *testing.T) {
	everyEntrance(t, func(t *testing.T, shop func() *provision.Blueprint) {
		synctest.Test(t, func(t *testing.T) {
			w := envtest.New(t)
			ctx := t.Context()
			one := w.Commit("one")
			a, b := deployed(t, w.Manager, one, shop()), deployed(t, w.Manager, w.Commit("two"), shop())
			promoted(t, w.Manager, "production", a.ID)
			count := func(verb func()) (reads, writes int) {
				before := len(w.Route53.Calls())
				verb()
				for _, c := range w.Route53.Calls()[before:] {
					switch c.Op {
					case "ChangeResourceRecordSets":
						writes++
					case "GetChange":
					default:
						reads++
					}
				}
				return reads, writes
			}
			time.Sleep(5 * time.Minute) // else it would make sure that every server has the name
			reads, writes := count(func() { deployed(t, w.Manager, one, shop()) })
			require.Equal(t, [2]int{1, 0}, [2]int{reads, writes}, "deploy again")
			reads, writes = count(func() { promoted(t, w.Manager, "production", b.ID) })
			require.LessOrEqual(t, reads, 5)
			require.Equal(t, 1, writes, "promote")
			reads, writes = count(func() { _, err := w.Rollback(ctx, "production"); require.NoError(t, err) })
			require.LessOrEqual(t, reads, 5)
			require.Equal(t, 1, writes, "rollback")
			reads, _ = count(func() { _, err := w.Live(ctx); require.NoError(t, err) })
			require.Equal(t, 1, reads, "live")
			reads, _ = count(func() {
				for _, err := range w.List(ctx) {
					require.NoError(t, err)
				}
			})
			require.Equal(t, 1, reads, "list")
		})
	})
}

// A record that cannot be understood stops every verb that would have to trust it, and is never rewritten.
func TestUnreadableRecordsFailClosed(t *testing.T) {
	for name, text := range map[string]string{
		"a newer version": `"p2 rev=1.abc state=ready"`,
		"no sense":        `"hello"`,
		"no state":        `"p1 rev=1.abcdefgh commit=%s attempt=x"`,
		"a strange state": `"p1 rev=1.abcdefgh state=lost commit=%s attempt=x"`,
		"another commit":  `"p1 rev=1.abcdefgh state=ready commit=0000000000000000000000000000000000000000 attempt=x"`,
		"a bad time":      `"p1 rev=1.abcdefgh state=ready commit=%s attempt=x created=yesterday"`,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := envtest.New(t)
				ctx := t.Context()
				a, c := deployed(t, w.Manager, w.Commit("one"), shop()), w.Commit("two")
				text := strings.ReplaceAll(text, "%s", c.Hash)
				edit(t, w, types.ChangeActionCreate, c.Short()+"._env.shop.example.com", "TXT", text)
				_, err := w.Deploy(ctx, c, shop())
				require.Error(t, err)
				_, err = w.Promote(ctx, "production", c.Short())
				require.Error(t, err)
				_, err = w.Terminate(ctx, c.Short())
				require.Error(t, err)
				_, err = w.Terminate(ctx, a.ID)
				require.Error(t, err, "what it says of the other one is not known")
				require.ErrorContains(t, err, c.Short()+"._env.shop.example.com")
				for _, err := range w.List(ctx) {
					require.Error(t, err)
				}
				found := false
				for _, set := range w.Route53.Records(w.ZoneID) {
					found = found || aws.ToString(set.ResourceRecords[0].Value) == text
				}
				require.True(t, found, "it was rewritten")
			})
		})
	}
}

// A throttled, flaky Route 53 changes nothing about the outcome.
func TestVerbsOnABadDay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t)
		for _, kind := range []dnstest.FaultKind{dnstest.Throttle, dnstest.ServerError, dnstest.Reset, dnstest.LostReply} {
			w.Route53.Inject(dnstest.Fault{Kind: kind, Probability: 0.1})
		}
		ctx := t.Context()
		a, b := deployed(t, w.Manager, w.Commit("one"), shop()), deployed(t, w.Manager, w.Commit("two"), shop())
		promoted(t, w.Manager, "preview", a.ID)
		promoted(t, w.Manager, "preview", b.ID)
		_, err := w.Rollback(ctx, "preview")
		require.NoError(t, err)
		require.NoError(t, w.Unpin(ctx, "preview"))
		require.NoError(t, w.Release(ctx, "preview"))
		for _, id := range []string{a.ID, b.ID} {
			_, err := w.Terminate(ctx, id, waiveAll)
			require.NoError(t, err)
		}
		require.Empty(t, w.Memory.All())
		require.Len(t, w.Route53.Records(w.ZoneID), 1, "the root record stays")
	})
}

// An entrance without a host is not taken for a worker.
func TestEmptyEntranceIsAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t)
		b := worker()
		b.Inputs = map[string]string{"host": ""}
		b.Entrance.Host = "${{in.host}}"
		c := w.Commit("one")
		_, err := w.Deploy(t.Context(), c, b)
		require.ErrorIs(t, err, env.ErrNoEntrance)
		_, err = w.Promote(t.Context(), "production", c.Short())
		require.ErrorIs(t, err, env.ErrNotReady)
	})
}

// What was rolled back from is not behind the alias any more: the next rollback goes further back.
func TestRollbackGoesFurtherBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t)
		ctx := t.Context()
		var ids []string
		for _, subject := range []string{"one", "two", "three"} {
			e := deployed(t, w.Manager, w.Commit(subject), shop())
			promoted(t, w.Manager, "production", e.ID)
			ids = append(ids, e.ID)
		}
		for _, want := range []string{ids[1], ids[0]} {
			p, err := w.Rollback(ctx, "production")
			require.NoError(t, err)
			require.Equal(t, want, p.To.ID)
			require.NoError(t, w.Unpin(ctx, "production"))
		}
		_, err := w.Rollback(ctx, "production")
		require.ErrorIs(t, err, env.ErrNoRollback)
	})
}
