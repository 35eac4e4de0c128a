package env_test

import (
	"context"
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
)

// The tests of this file are about the alias that is the base itself, here at the apex of its zone.

func atApex(o *envtest.Options) {
	o.Domain = envtest.Base
	o.Config = func(c *env.Config) { c.Apex = "production" }
}

// unprotected is atApex with a guard that lets production be released.
func unprotected(o *envtest.Options) {
	o.Domain = envtest.Base
	o.Config = func(c *env.Config) {
		c.Apex, c.Guard = "production", guard.New(guard.ProtectAliases("staging"), guard.NothingPointsAt())
	}
}

// baseLeadsTo asserts that the base is a whole pair, for an environment.
func baseLeadsTo(t *testing.T, w *envtest.World, e env.Environment) {
	t.Helper()
	isPair(t, w, envtest.Base, w.ZoneID, e.Name)
	host, ok := w.Route53.Resolve(envtest.Base)
	require.True(t, ok)
	require.Equal(t, e.Host, host)
	pointsAt(t, w, "production", e.ID)
}

// The whole life of the alias: it is made, moves, goes back and is released, and users call the base all the time.
func TestApexStory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t, unprotected)
		ctx := t.Context()
		a, b := deployed(t, w.Manager, w.Commit("one"), balanced()), deployed(t, w.Manager, w.Commit("two"), balanced())
		p, err := w.Promote(ctx, "production", a.ID, env.Probe(func(_ context.Context, target env.Target) error {
			require.Equal(t, env.Target{Environment: a.ID, Host: a.Host, Name: envtest.Base}, target)
			return nil
		}))
		require.NoError(t, err)
		require.Equal(t, envtest.Base, p.Name)
		baseLeadsTo(t, w, a)
		require.Equal(t, "base", word(aliasNote(w, "production"), "entrance"))
		noName(t, w, productionName)
		require.Equal(t, envtest.Base, liveAlias(t, w, "production").Name)

		promoted(t, w.Manager, "production", b.ID)
		baseLeadsTo(t, w, b)
		promoted(t, w.Manager, "preview", b.ID)
		require.Equal(t, b.Name, text(w, "preview."+envtest.Base, types.RRTypeCname), "other aliases have names of their own")
		for range 2 {
			p, err = w.Rollback(ctx, "production")
			require.NoError(t, err)
			require.Equal(t, envtest.Base, p.Name)
			baseLeadsTo(t, w, a)
		}
		_, err = w.Terminate(ctx, a.ID, waiveAll)
		var refusal *guard.Refusal
		require.ErrorAs(t, err, &refusal)
		require.Equal(t, []string{"production"}, refusal.Operation.Holds)
		require.Empty(t, refusal.Operation.Pointers, "the base is the alias, and no pointer beside it")
		for e, err := range w.List(ctx) {
			require.NoError(t, err)
			require.Equal(t, map[string][]string{a.ID: {"production"}, b.ID: {"preview"}}[e.ID], e.Held)
		}
		require.NoError(t, w.Unpin(ctx, "production"))
		require.NoError(t, w.Release(ctx, "production"))
		served(t, w)
		noName(t, w, envtest.Base)
		time.Sleep(time.Hour)
		_, err = w.Terminate(ctx, a.ID)
		require.NoError(t, err)
	})
}

// One batch each, with the same reads as a name below the base has: its two records and the CNAME that is not there are one page.
func TestApexBudgets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t, unprotected)
		ctx := t.Context()
		a, b := deployed(t, w.Manager, w.Commit("one"), balanced()), deployed(t, w.Manager, w.Commit("two"), balanced())
		promoted(t, w.Manager, "production", a.ID)
		within := func(name string, reads int, verb func() error) {
			t.Helper()
			before := len(w.Route53.Calls())
			require.NoError(t, verb(), name)
			count := map[string]int{}
			for _, c := range w.Route53.Calls()[before:] {
				count[c.Op]++
			}
			require.Equal(t, 1, count["ChangeResourceRecordSets"], name)
			require.LessOrEqual(t, count["ListResourceRecordSets"], reads, name)
		}
		within("promote", 5, func() error { _, err := w.Promote(ctx, "production", b.ID); return err })
		within("rollback", 5, func() error { _, err := w.Rollback(ctx, "production"); return err })
		within("unpin", 3, func() error { return w.Unpin(ctx, "production") })
		within("release", 3, func() error { return w.Release(ctx, "production") })
		within("promote a new alias", 5, func() error { _, err := w.Promote(ctx, "production", b.ID); return err })
	})
}

// An alias record set cannot lead to a CNAME, nor to nothing: refused before anything is written, by every verb that would.
func TestApexNeedsAnEntranceWithAZone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t, atApex)
		ctx := t.Context()
		a, b, c := deployed(t, w.Manager, w.Commit("one"), balanced()), deployed(t, w.Manager, w.Commit("two"), shop()), deployed(t, w.Manager, w.Commit("three"), worker())
		check := func(err error) {
			t.Helper()
			require.ErrorIs(t, err, env.ErrNoEntrance)
		}
		same := unchanged(t, w)
		_, err := w.Promote(ctx, "production", b.ID)
		check(err)
		require.ErrorContains(t, err, "ZoneID")
		require.ErrorContains(t, err, envtest.Base)
		_, err = w.Promote(ctx, "production", b.ID, env.DryRun())
		check(err)
		same()

		promoted(t, w.Manager, "production", a.ID)
		same = unchanged(t, w)
		for _, e := range []env.Environment{b, c} {
			_, err = w.Promote(ctx, "production", e.ID)
			check(err)
		}
		same()
		// A hand has led the base to the host of an environment that is called by a CNAME.
		for _, typ := range []types.RRType{types.RRTypeA, types.RRTypeAaaa} {
			handAlias(t, w, types.ChangeActionUpsert, envtest.Base, typ, memoryZone, b.Host)
		}
		same = unchanged(t, w)
		check(w.Adopt(ctx, "production"))
		same()
		require.NoError(t, w.Restore(ctx, "production"))
		baseLeadsTo(t, w, a)
	})
}

// A worker has no name, so that the alias gets one when it is pointed at something that can be called.
func TestApexOfAWorker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t, atApex)
		a, b := deployed(t, w.Manager, w.Commit("one"), worker()), deployed(t, w.Manager, w.Commit("two"), balanced())
		promoted(t, w.Manager, "production", a.ID)
		noName(t, w, envtest.Base)
		promoted(t, w.Manager, "production", b.ID)
		baseLeadsTo(t, w, b)
	})
}

// An alias stays with the name that it was made with. A program without the configuration goes by the record; one with another
// configuration does not take a name from users.
func TestApexIsInTheRecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t, atApex)
		ctx := t.Context()
		a, b := deployed(t, w.Manager, w.Commit("one"), balanced()), deployed(t, w.Manager, w.Commit("two"), balanced())
		promoted(t, w.Manager, "production", a.ID)
		plain := another(t, w, "plain", w.Memory)
		live, err := plain.Live(ctx)
		require.NoError(t, err)
		require.Equal(t, envtest.Base, live[0].Name)
		require.Nil(t, live[0].Drift)
		_, err = plain.Promote(ctx, "production", b.ID)
		require.NoError(t, err)
		baseLeadsTo(t, w, b)
		_, err = plain.Terminate(ctx, b.ID)
		require.Contains(t, refusedBy(t, err), "NothingPointsAt")
		_, err = plain.Rollback(ctx, "production")
		require.NoError(t, err)
		baseLeadsTo(t, w, a)
	})
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t, atApex)
		ctx := t.Context()
		plain := another(t, w, "plain", w.Memory)
		a, b := deployed(t, w.Manager, w.Commit("one"), balanced()), deployed(t, w.Manager, w.Commit("two"), balanced())
		for _, e := range []env.Environment{a, b} {
			_, err := plain.Promote(ctx, "production", e.ID)
			require.NoError(t, err)
		}
		same := unchanged(t, w)
		_, err := w.Promote(ctx, "production", a.ID)
		require.ErrorIs(t, err, env.ErrInvalid)
		require.ErrorContains(t, err, productionName)
		same()
		_, err = w.Rollback(ctx, "production") // in an incident, names are no reason to refuse
		require.NoError(t, err)
		require.Equal(t, a.Name, text(w, productionName, types.RRTypeCname))
	})
	for _, apex := range []string{"Production", "0123456789ab", "rollback"} {
		_, err := env.New(env.Config{App: "shop", Base: envtest.Base, Apex: apex})
		require.ErrorIs(t, err, env.ErrInvalid)
		require.ErrorContains(t, err, "alias")
	}
}

// A record whose entrance is of a later version is not guessed at.
func TestUnknownEntranceIsNotUnderstood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t, atApex)
		e := deployed(t, w.Manager, w.Commit("one"), balanced())
		promoted(t, w.Manager, "production", e.ID)
		rewrite(t, w, "production._alias."+envtest.Base, "entrance=base", "entrance=moon")
		_, err := w.Live(t.Context())
		require.ErrorContains(t, err, "entrance")
		_, err = w.Terminate(t.Context(), e.ID)
		require.ErrorContains(t, err, "cannot be understood")
	})
}

// V12 at the apex: whatever a hand has made of the base is shown, keeps what it leads to, and is settled by a person.
func TestApexDrift(t *testing.T) {
	both := []types.RRType{types.RRTypeA, types.RRTypeAaaa}
	to := func(zone func(w *envtest.World) string, host func(b env.Environment) string, kinds ...types.RRType) func(*testing.T, *envtest.World, env.Environment) {
		return func(t *testing.T, w *envtest.World, b env.Environment) {
			for _, typ := range kinds {
				handAlias(t, w, types.ChangeActionUpsert, envtest.Base, typ, zone(w), host(b))
			}
		}
	}
	own := func(w *envtest.World) string { return w.ZoneID }
	aws := func(*envtest.World) string { return memoryZone }
	name := func(b env.Environment) string { return b.Name }
	host := func(b env.Environment) string { return "dualstack." + b.Host }
	for what, tc := range map[string]struct {
		hand  func(t *testing.T, w *envtest.World, b env.Environment)
		says  func(a, b env.Environment) []string
		holds bool  // what it leads to is the second environment, beside the one of the record
		adopt error // nil: it can be adopted
	}{
		"the other's name":     {to(own, name, both...), func(_, b env.Environment) []string { return []string{b.Name} }, true, nil},
		"the other's entrance": {to(aws, host, both...), func(_, b env.Environment) []string { return []string{b.Host} }, true, nil},
		"a stranger": {
			to(aws, func(env.Environment) string { return "elsewhere.memory.test" }, both...),
			func(_, _ env.Environment) []string { return []string{"elsewhere.memory.test"} }, false, env.ErrForeign,
		},
		"one of the two": {
			to(own, name, types.RRTypeAaaa), func(a, b env.Environment) []string { return []string{a.Name, b.Name} }, true, env.ErrForeign,
		},
		"an address": {
			func(t *testing.T, w *envtest.World, _ env.Environment) {
				edit(t, w, types.ChangeActionUpsert, envtest.Base, "A", "192.0.2.1")
			},
			func(a, _ env.Environment) []string { return []string{"192.0.2.1", a.Name} }, false, nil,
		},
		"no AAAA": {
			func(t *testing.T, w *envtest.World, _ env.Environment) { drop(t, w, envtest.Base, types.RRTypeAaaa) },
			func(a, _ env.Environment) []string { return []string{a.Name, "AAAA absent"} }, false, nil,
		},
		"no A": {
			func(t *testing.T, w *envtest.World, _ env.Environment) { drop(t, w, envtest.Base, types.RRTypeA) },
			func(a, _ env.Environment) []string { return []string{"A absent", a.Name} }, false, nil,
		},
		"gone": {
			func(t *testing.T, w *envtest.World, _ env.Environment) {
				drop(t, w, envtest.Base, types.RRTypeA)
				drop(t, w, envtest.Base, types.RRTypeAaaa)
			},
			func(_, _ env.Environment) []string { return nil }, false, env.ErrNotFound,
		},
	} {
		for _, op := range []string{"restore", "adopt"} {
			t.Run(what+"/"+op, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := envtest.New(t, unprotected)
					ctx := t.Context()
					a, b := deployed(t, w.Manager, w.Commit("one"), balanced()), deployed(t, w.Manager, w.Commit("two"), balanced())
					promoted(t, w.Manager, "production", b.ID)
					promoted(t, w.Manager, "production", a.ID)
					tc.hand(t, w, b)
					same := unchanged(t, w)
					drift := liveAlias(t, w, "production").Drift
					require.NotNil(t, drift)
					require.Equal(t, a.ID, drift.Record)
					for _, says := range tc.says(a, b) {
						require.Contains(t, drift.Points, says)
					}
					for _, id := range []string{a.ID, b.ID} {
						_, err := w.Promote(ctx, "production", id)
						require.ErrorIs(t, err, env.ErrDrift)
					}
					_, err := w.Rollback(ctx, "production")
					require.ErrorIs(t, err, env.ErrDrift)
					require.ErrorIs(t, w.Unpin(ctx, "production"), env.ErrDrift)
					require.ErrorIs(t, w.Release(ctx, "production"), env.ErrDrift)
					_, err = w.Terminate(ctx, a.ID)
					require.ErrorIs(t, err, guard.ErrRefused)
					_, err = w.Terminate(ctx, b.ID, env.DryRun())
					require.Equal(t, tc.holds, err != nil, "%v", err)
					same()

					now := a
					if err = verbOn(w.Manager, op)(ctx, "production"); op == "adopt" {
						if tc.adopt != nil {
							require.ErrorIs(t, err, tc.adopt)
							same()
							return
						}
						if tc.holds {
							now = b
						}
					}
					require.NoError(t, err)
					baseLeadsTo(t, w, now)
					served(t, w)
					require.Equal(t, "production", word(note(w, now.ID), "held"))
				})
			})
		}
	}
}

// Something that is not ours stands at the base: it is neither taken over nor removed.
func TestApexOfAStranger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t, unprotected)
		ctx := t.Context()
		e := deployed(t, w.Manager, w.Commit("one"), balanced())
		edit(t, w, types.ChangeActionCreate, envtest.Base, "MX", "10 mail.example.net")
		edit(t, w, types.ChangeActionCreate, envtest.Base, "AAAA", "2001:db8::1")
		same := unchanged(t, w)
		_, err := w.Promote(ctx, "production", e.ID)
		require.ErrorIs(t, err, env.ErrForeign)
		require.ErrorContains(t, err, "2001:db8::1")
		for _, verb := range []func(context.Context, string, ...env.Option) error{w.Release, w.Unpin, w.Restore, w.Adopt} {
			require.ErrorIs(t, verb(ctx, "production"), env.ErrForeign)
		}
		same()
		drop(t, w, envtest.Base, types.RRTypeAaaa)
		promoted(t, w.Manager, "production", e.ID)
		baseLeadsTo(t, w, e)
		require.NoError(t, w.Release(ctx, "production"))
		require.Equal(t, "10 mail.example.net", text(w, envtest.Base, types.RRTypeMx), "mail, like NS and SOA, stands beside it")
	})
}

// V7 at the apex: two promotions judged on the same truth, of an alias that is there and of one that is not.
func TestApexSecondPromotionDoesNotOverwriteTheFirst(t *testing.T) {
	for name, path := range map[string]int{"fresh": 0, "moving": 1} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := envtest.New(t, atApex)
				var all []env.Environment
				for _, subject := range []string{"one", "two", "three"} {
					all = append(all, deployed(t, w.Manager, w.Commit(subject), balanced()))
				}
				for _, e := range all[:path] {
					promoted(t, w.Manager, "production", e.ID)
				}
				ci := w.Process(t, "ci")
				w.Route53.Inject(dnstest.Fault{Match: comment("ci", "promote"), Times: 1, Kind: dnstest.Delay, Delay: 10 * time.Minute})
				second := inBackground(func() error { _, err := ci.Promote(t.Context(), "production", all[2].ID); return err })
				time.Sleep(time.Minute)
				promoted(t, w.Manager, "production", all[1].ID)
				err := second()
				require.ErrorIs(t, err, dns.ErrConflict)
				require.ErrorContains(t, err, all[1].ID)
				baseLeadsTo(t, w, all[1])
			})
		})
	}
}

// A hand moves the base between the judgement and the batch: nothing of it is written over.
func TestApexIsPinned(t *testing.T) {
	for name, typ := range map[string]types.RRType{"IPv4": types.RRTypeA, "IPv6": types.RRTypeAaaa} {
		for op, verb := range map[string]func(ctx context.Context, m *env.Manager, id string) error{
			"promote": func(ctx context.Context, m *env.Manager, id string) error {
				_, err := m.Promote(ctx, "production", id)
				return err
			},
			"release": func(ctx context.Context, m *env.Manager, _ string) error { return m.Release(ctx, "production") },
			"rollback": func(ctx context.Context, m *env.Manager, _ string) error {
				_, err := m.Rollback(ctx, "production")
				return err
			},
		} {
			t.Run(name+"/"+op, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := envtest.New(t, unprotected)
					a, b := deployed(t, w.Manager, w.Commit("one"), balanced()), deployed(t, w.Manager, w.Commit("two"), balanced())
					promoted(t, w.Manager, "production", b.ID)
					promoted(t, w.Manager, "production", a.ID)
					w.Route53.Inject(dnstest.Fault{Match: comment("ci", op), Times: 1, Kind: dnstest.Delay, Delay: time.Minute})
					ci := w.Process(t, "ci")
					late := inBackground(func() error { return verb(t.Context(), ci.Manager, b.ID) })
					time.Sleep(30 * time.Second)
					handAlias(t, w, types.ChangeActionUpsert, envtest.Base, typ, memoryZone, "elsewhere.memory.test")
					require.ErrorIs(t, late(), dns.ErrConflict)
					require.Equal(t, "alias of elsewhere.memory.test in "+memoryZone, text(w, envtest.Base, typ))
					require.Equal(t, a.ID, word(aliasNote(w, "production"), "to"))
				})
			})
		}
	}
}

// A name that a hand has given a long time to live is remembered that long, also where alias record sets stood, which have none.
func TestLongTTLAtTheApexIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t, atApex)
		ctx := t.Context()
		a, b := deployed(t, w.Manager, w.Commit("one"), balanced()), deployed(t, w.Manager, w.Commit("two"), balanced())
		promoted(t, w.Manager, "production", a.ID)
		handAlias(t, w, types.ChangeActionUpsert, envtest.Base, types.RRTypeAaaa, w.ZoneID, b.Name)
		require.NoError(t, w.Route53.Edit(w.ZoneID, dnstest.Change(types.ChangeActionUpsert, dnstest.Set(envtest.Base, types.RRTypeA, 86400, "192.0.2.1"))))
		require.NoError(t, w.Restore(ctx, "production"))
		time.Sleep(23 * time.Hour)
		drains(t, w, b.ID, 2*time.Hour)
	})
}

// What is live is found among any number of environments, and the base is one request more.
func TestApexIsLiveAmongMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t, atApex)
		e := deployed(t, w.Manager, w.Commit("one"), balanced())
		promoted(t, w.Manager, "production", e.ID)
		var changes []types.Change
		for i := range 400 {
			changes = append(changes, dnstest.Change(types.ChangeActionCreate, dnstest.Set(
				"0000000"+string(rune('a'+i%6))+string(rune('0'+i/6%10))+string(rune('0'+i/60))+"ab."+envtest.Base, types.RRTypeCname, 60, "h.example.net")))
		}
		require.NoError(t, w.Route53.Edit(w.ZoneID, changes...))
		before := len(w.Route53.Calls())
		a := liveAlias(t, w, "production")
		require.Nil(t, a.Drift)
		require.Equal(t, e.ID, a.Environment)
		require.LessOrEqual(t, len(w.Route53.Calls())-before, 2)
	})
}

// The entrance that was judged is the one that the batch asserts: its zone too, without which the base would lead to a CNAME.
func TestApexAssertsTheZoneThatWasJudged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t, atApex)
		e := deployed(t, w.Manager, w.Commit("one"), balanced())
		_, err := w.Promote(t.Context(), "production", e.ID, env.Before(func(context.Context, env.Promotion) error {
			rewrite(t, w, e.ID+"._env."+envtest.Base, " zone="+memoryZone, "")
			return nil
		}))
		require.ErrorIs(t, err, dns.ErrConflict)
		noName(t, w, envtest.Base)
	})
}
