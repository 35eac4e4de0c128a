package env_test

import (
	"context"
	"fmt"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/dns"
	"github.com/peppercorn-go/peppercorn/dns/dnstest"
	"github.com/peppercorn-go/peppercorn/env"
	"github.com/peppercorn-go/peppercorn/env/envtest"
	"github.com/peppercorn-go/peppercorn/guard"
	"github.com/peppercorn-go/peppercorn/provision"
)

// The tests of this file are about what keeps an environment from being terminated.

// Three records say that an alias holds an environment. Each of them alone is enough.
func TestEachOfTheThreeRecordsHolds(t *testing.T) {
	for name, leave := range map[string]func(t *testing.T, w *envtest.World, id string){
		"held= of the environment": func(t *testing.T, w *envtest.World, _ string) {
			drop(t, w, "preview._alias."+envtest.Base, types.RRTypeTxt)
			drop(t, w, "preview."+envtest.Base, types.RRTypeCname)
		},
		"to= of the alias": func(t *testing.T, w *envtest.World, id string) {
			rewrite(t, w, id+"._env."+envtest.Base, " held=preview", "")
			drop(t, w, "preview."+envtest.Base, types.RRTypeCname)
		},
		"the name": func(t *testing.T, w *envtest.World, id string) {
			rewrite(t, w, id+"._env."+envtest.Base, " held=preview", "")
			drop(t, w, "preview._alias."+envtest.Base, types.RRTypeTxt)
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := envtest.New(t)
				a := deployed(t, w.Manager, w.Commit("one"), shop())
				promoted(t, w.Manager, "preview", a.ID)
				leave(t, w, a.ID)
				same := unchanged(t, w)
				_, err := w.Terminate(t.Context(), a.ID, waiveAll)
				require.ErrorIs(t, err, guard.ErrRefused)
				require.Contains(t, refusedBy(t, err), "NothingPointsAt")
				require.ErrorContains(t, err, "preview")
				same()
				if name == "the name" {
					return // which is now a stranger's
				}
				for e, err := range w.List(t.Context()) {
					require.NoError(t, err)
					require.Equal(t, []string{"preview"}, e.Held)
				}
			})
		})
	}
}

// An alias was deleted by hand, both of its records. Release takes the hold off that is left, except of a protected alias.
func TestReleaseTakesOffTheHoldOfADeletedAlias(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t)
		ctx := t.Context()
		a := deployed(t, w.Manager, w.Commit("one"), shop())
		for _, alias := range []string{"preview", "production"} {
			promoted(t, w.Manager, alias, a.ID)
			drop(t, w, alias+"._alias."+envtest.Base, types.RRTypeTxt)
			drop(t, w, alias+"."+envtest.Base, types.RRTypeCname)
		}
		same := unchanged(t, w)
		require.NoError(t, w.Release(ctx, "preview", env.DryRun()))
		err := w.Release(ctx, "production")
		require.Equal(t, []string{"ProtectAliases"}, refusedBy(t, err))
		require.ErrorIs(t, w.Release(ctx, "other"), env.ErrNotFound)
		same()

		require.NoError(t, w.Release(ctx, "preview"))
		served(t, w)
		require.Equal(t, "production", word(note(w, a.ID), "held"))
		require.ErrorIs(t, w.Release(ctx, "preview"), env.ErrNotFound)
		_, err = w.Terminate(ctx, a.ID, waiveAll)
		require.ErrorIs(t, err, guard.ErrRefused)
	})
}

// The same, to its end.
func TestTerminateAfterTheReleaseOfADeletedAlias(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t)
		a := deployed(t, w.Manager, w.Commit("one"), shop())
		promoted(t, w.Manager, "preview", a.ID)
		drop(t, w, "preview._alias."+envtest.Base, types.RRTypeTxt)
		drop(t, w, "preview."+envtest.Base, types.RRTypeCname)
		require.NoError(t, w.Release(t.Context(), "preview"))
		drains(t, w, a.ID, time.Hour)
		served(t, w)
	})
}

// A release takes half an hour to arrive, and the alias has moved on: what was judged is not what is there.
func TestReleaseIsPinned(t *testing.T) {
	for name, meanwhile := range map[string]func(t *testing.T, w *envtest.World, a, b env.Environment){
		"promoted": func(t *testing.T, w *envtest.World, _, b env.Environment) { promoted(t, w.Manager, "preview", b.ID) },
		"promoted and back": func(t *testing.T, w *envtest.World, a, b env.Environment) {
			promoted(t, w.Manager, "preview", b.ID)
			promoted(t, w.Manager, "preview", a.ID)
		},
		"edited": func(t *testing.T, w *envtest.World, _, b env.Environment) {
			edit(t, w, types.ChangeActionUpsert, "preview."+envtest.Base, "CNAME", b.Name)
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := envtest.New(t)
				a, b := deployed(t, w.Manager, w.Commit("one"), shop()), deployed(t, w.Manager, w.Commit("two"), shop())
				promoted(t, w.Manager, "preview", a.ID)
				w.Route53.Inject(dnstest.Fault{Match: comment("ci", "release"), Times: 1, Kind: dnstest.Delay, Delay: 30 * time.Minute})
				ci := w.Process(t, "ci")
				late := inBackground(func() error { return ci.Release(t.Context(), "preview") })
				time.Sleep(time.Minute)
				meanwhile(t, w, a, b)
				require.ErrorIs(t, late(), dns.ErrConflict)
				require.NotEmpty(t, aliasNote(w, "preview"))
				require.NotEmpty(t, text(w, "preview."+envtest.Base, types.RRTypeCname))
			})
		})
	}
}

// An unpin takes half an hour to arrive, and meanwhile somebody else has unpinned, promoted and rolled back: that pin is another one.
func TestUnpinIsPinned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t)
		ctx := t.Context()
		a, b := deployed(t, w.Manager, w.Commit("one"), shop()), deployed(t, w.Manager, w.Commit("two"), shop())
		promoted(t, w.Manager, "preview", a.ID)
		promoted(t, w.Manager, "preview", b.ID)
		_, err := w.Rollback(ctx, "preview")
		require.NoError(t, err)
		w.Route53.Inject(dnstest.Fault{Match: comment("ci", "unpin"), Times: 1, Kind: dnstest.Delay, Delay: 30 * time.Minute})
		ci := w.Process(t, "ci")
		late := inBackground(func() error { return ci.Unpin(ctx, "preview") })
		time.Sleep(time.Minute)
		require.NoError(t, w.Unpin(ctx, "preview"))
		promoted(t, w.Manager, "preview", b.ID)
		_, err = w.Rollback(ctx, "preview")
		require.NoError(t, err)
		require.ErrorIs(t, late(), dns.ErrConflict)
		require.True(t, liveAlias(t, w, "preview").Pinned)
	})
}

// An alias whose time to live a hand has made a day is remembered for a day after it has moved.
func TestLongTTLOfAnAliasIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t)
		a, b, c := deployed(t, w.Manager, w.Commit("one"), shop()), deployed(t, w.Manager, w.Commit("two"), shop()), deployed(t, w.Manager, w.Commit("three"), shop())
		promoted(t, w.Manager, "production", a.ID)
		require.NoError(t, w.Route53.Edit(w.ZoneID, dnstest.Change(types.ChangeActionUpsert, dnstest.Set(productionName, types.RRTypeCname, 86400, a.Name))))
		promoted(t, w.Manager, "production", b.ID)
		promoted(t, w.Manager, "production", c.ID)
		time.Sleep(23 * time.Hour)
		drains(t, w, a.ID, time.Hour+10*time.Minute)
	})
}

// Caches keep an old answer for two TTLs and the time that a change takes, and a grace is added: not a second less, not a second more.
func TestDrainedToTheSecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t)
		ctx := t.Context()
		a, b, c := deployed(t, w.Manager, w.Commit("one"), worker()), deployed(t, w.Manager, w.Commit("two"), worker()), deployed(t, w.Manager, w.Commit("three"), worker())
		for _, e := range []env.Environment{a, b, c} {
			promoted(t, w.Manager, "preview", e.ID)
		}
		unheld, err := strconv.ParseInt(word(note(w, a.ID), "unheld"), 10, 64)
		require.NoError(t, err)
		until := time.Unix(unheld, 0).Add(4*time.Minute + 5*time.Minute)
		time.Sleep(time.Until(until.Add(-3 * time.Second)))
		for ; ; time.Sleep(100 * time.Millisecond) {
			_, err := w.Terminate(ctx, a.ID, env.DryRun())
			now := time.Now()
			if now.Before(until) {
				require.Equal(t, []string{"Drained"}, refusedBy(t, err), "%v too early", until.Sub(now))
				continue
			}
			if err == nil {
				require.Less(t, now.Sub(until), 2*time.Second)
				return
			}
			require.Less(t, now.Sub(until), time.Second, "%v", err)
		}
	})
}

// The name of an environment was edited by hand. Neither Terminate nor Heal writes over it.
func TestEditedNameOfAnEnvironmentIsLeftAlone(t *testing.T) {
	for name, to := range map[string]func(e env.Environment) (ttl int64, host string){
		"another host": func(env.Environment) (int64, string) { return 60, "elsewhere.example.net" },
		"a long TTL":   func(e env.Environment) (int64, string) { return 86400, e.Host },
	} {
		for _, when := range []string{"at once", "between the judgement and the batch"} {
			t.Run(name+"/"+when, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := envtest.New(t)
					c := w.Commit("one")
					e := deployed(t, w.Manager, c, shop())
					ttl, host := to(e)
					hand := func() {
						require.NoError(t, w.Route53.Edit(w.ZoneID, dnstest.Change(types.ChangeActionUpsert, dnstest.Set(e.Name, types.RRTypeCname, ttl, host))))
					}
					if when == "at once" {
						hand()
						for _, opts := range [][]env.Option{nil, {env.DryRun()}} {
							_, err := w.Terminate(t.Context(), e.ID, opts...)
							require.ErrorIs(t, err, env.ErrDrift)
						}
						vanish(t, w, e.ID, "server")
						_, err := w.Deploy(t.Context(), c, shop(), env.Heal())
						require.ErrorIs(t, err, env.ErrDrift)
					} else {
						ci := w.Process(t, "ci")
						w.Route53.Inject(dnstest.Fault{Match: comment("ci", "drain"), Times: 1, Kind: dnstest.Delay, Delay: time.Minute})
						late := inBackground(func() error { _, err := ci.Terminate(t.Context(), e.ID); return err })
						time.Sleep(30 * time.Second)
						hand()
						require.ErrorIs(t, late(), env.ErrDrift)
						require.Len(t, w.Memory.All(), 3)
					}
					set, ok := recordSet(w, e.Name, types.RRTypeCname)
					require.True(t, ok)
					require.Equal(t, ttl, *set.TTL)
					require.Equal(t, host, text(w, e.Name, types.RRTypeCname))
					require.True(t, recordSays(w, e.ID, "state=ready"))
				})
			})
		}
	}
}

// A program of another application works on the same base: names and tags of resources have the application in them, so that it
// would find nothing, and take that for nothing being there.
func TestAnotherApplicationIsElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t)
		ctx := t.Context()
		c := w.Commit("one")
		a := deployed(t, w.Manager, c, shop())
		engine, err := provision.NewEngine([]provision.Driver{w.Memory}, func(o *provision.Options) {
			o.Place = func(context.Context) (provision.Place, error) {
				return provision.Place{Account: "123456789012", Region: "us-east-1"}, nil
			}
		})
		require.NoError(t, err)
		blog, err := env.New(env.Config{App: "blog", Base: envtest.Base, Zone: w.Zone, Engine: engine})
		require.NoError(t, err)
		same := unchanged(t, w)
		_, err = blog.Describe(ctx, a.ID)
		require.ErrorIs(t, err, env.ErrElsewhere)
		_, err = blog.Terminate(ctx, a.ID, waiveAll)
		require.ErrorIs(t, err, env.ErrElsewhere)
		_, err = blog.Deploy(ctx, c, shop())
		require.ErrorIs(t, err, env.ErrElsewhere)
		same()
		whole(t, w, a.ID, 3)
	})
}

// List and Terminate look at everything there is, page by page.
func TestListOfManyEnvironments(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t)
		const many = 400
		var changes []types.Change
		for i := range many {
			hash := fmt.Sprintf("%012x%028x", i, i)
			held := ""
			if i%100 == 7 {
				held = fmt.Sprintf(" held=alias-%d", i)
			}
			changes = append(changes,
				dnstest.Change(types.ChangeActionCreate, dnstest.Set(hash[:12]+"._env."+envtest.Base, types.RRTypeTxt, 60,
					fmt.Sprintf(`"p1 rev=1.abcdefgh state=ready commit=%s attempt=a%d created=%d host=h%d.example.net%s"`, hash, i, 1000+i, i, held))),
				dnstest.Change(types.ChangeActionCreate, dnstest.Set(hash[:12]+"."+envtest.Base, types.RRTypeCname, 60, fmt.Sprintf("h%d.example.net", i))))
			if i%100 == 9 {
				alias := fmt.Sprintf("alias-%d", i)
				changes = append(changes,
					dnstest.Change(types.ChangeActionCreate, dnstest.Set(alias+"._alias."+envtest.Base, types.RRTypeTxt, 60,
						fmt.Sprintf(`"p1 rev=1.abcdefgh to=%s attempt=a%d commit=%s at=2000"`, hash[:12], i, hash))),
					dnstest.Change(types.ChangeActionCreate, dnstest.Set(alias+"."+envtest.Base, types.RRTypeCname, 60, hash[:12]+"."+envtest.Base)))
			}
		}
		for len(changes) > 0 {
			n := min(len(changes), 400)
			require.NoError(t, w.Route53.Edit(w.ZoneID, changes[:n]...))
			changes = changes[n:]
		}
		began, before := time.Now(), len(w.Route53.Calls())
		n := 0
		for e, err := range w.List(t.Context()) {
			require.NoError(t, err)
			require.Equal(t, fmt.Sprintf("%012x", n), e.ID, "oldest first")
			var held []string
			if n%100 == 7 || n%100 == 9 {
				held = []string{fmt.Sprintf("alias-%d", n)}
			}
			require.Equal(t, held, e.Held, e.ID)
			n++
		}
		require.Equal(t, many, n)
		require.LessOrEqual(t, len(w.Route53.Calls())-before, 3, "300 records a request")
		require.Less(t, time.Since(began), 5*time.Second)
		live, err := w.Live(t.Context())
		require.NoError(t, err)
		require.Len(t, live, 4)
		for _, a := range live {
			require.Nil(t, a.Drift)
		}
	})
}
