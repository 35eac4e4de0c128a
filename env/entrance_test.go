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

	"github.com/peppercorn-go/peppercorn/dns/dnstest"
	"github.com/peppercorn-go/peppercorn/env"
	"github.com/peppercorn-go/peppercorn/env/envtest"
	"github.com/peppercorn-go/peppercorn/guard"
	"github.com/peppercorn-go/peppercorn/provision"
)

// The tests of this file are about environments whose name is a pair of alias record sets.

// handAlias is a hand that makes, replaces or deletes an alias record set.
func handAlias(t *testing.T, w *envtest.World, action types.ChangeAction, name string, typ types.RRType, zone, host string) {
	t.Helper()
	require.NoError(t, w.Route53.Edit(w.ZoneID, dnstest.Change(action, dnstest.Alias(name, typ, zone, host))))
}

// isPair asserts that a name leads to a host by alias record sets of both types.
func isPair(t *testing.T, w *envtest.World, name, zone, host string) {
	t.Helper()
	for _, typ := range []types.RRType{types.RRTypeA, types.RRTypeAaaa} {
		require.Equal(t, "alias of "+host+" in "+zone, text(w, name, typ), typ)
	}
	require.Empty(t, text(w, name, types.RRTypeCname))
}

// noName asserts that a name leads nowhere.
func noName(t *testing.T, w *envtest.World, name string) {
	t.Helper()
	for _, typ := range []types.RRType{types.RRTypeA, types.RRTypeAaaa, types.RRTypeCname} {
		require.Empty(t, text(w, name, typ), typ)
	}
}

// The whole life of an environment behind a load balancer, beside one that has none: aliases are CNAMEs to either.
func TestEntranceWithAZoneIsAPair(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t)
		ctx := t.Context()
		one, two := w.Commit("one"), w.Commit("two")
		a := deployed(t, w.Manager, one, shop())
		promoted(t, w.Manager, "preview", a.ID)
		require.Empty(t, a.ZoneID)

		b := deployed(t, w.Manager, two, balanced())
		require.Equal(t, memoryZone, b.ZoneID)
		isPair(t, w, b.Name, memoryZone, b.Host)
		require.Equal(t, memoryZone, word(note(w, b.ID), "zone"))
		served(t, w)
		again := deployed(t, w.Manager, two, balanced())
		require.Equal(t, b.ZoneID, again.ZoneID)
		inv, err := w.Describe(ctx, b.ID)
		require.NoError(t, err)
		require.Equal(t, memoryZone, inv.Environment.ZoneID)
		require.Equal(t, b.Name, inv.Environment.Name)

		promoted(t, w.Manager, "preview", b.ID)
		require.Equal(t, b.Name, text(w, "preview."+envtest.Base, types.RRTypeCname), "an alias stays a CNAME")
		host, ok := w.Route53.Resolve("preview." + envtest.Base)
		require.True(t, ok)
		require.Equal(t, b.Host, host)
		_, err = w.Rollback(ctx, "preview")
		require.NoError(t, err)
		pointsAt(t, w, "preview", a.ID)

		time.Sleep(time.Hour)
		_, err = w.Terminate(ctx, b.ID)
		require.NoError(t, err)
		noName(t, w, b.Name)
		require.Empty(t, note(w, b.ID))
	})
}

// What a blueprint calls a zone and is none is found before the first call, or before the environment is ready.
func TestZonesThatAreNone(t *testing.T) {
	for name, zone := range map[string]string{"a name": "example.com", "in small letters": "z123", "too long": strings.Repeat("Z", 33)} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := envtest.New(t)
				b := shop()
				b.Entrance.ZoneID = provision.Text(zone)
				_, err := w.Deploy(t.Context(), w.Commit("one"), b)
				require.ErrorIs(t, err, env.ErrNoEntrance)
				require.Empty(t, w.Route53.Calls())

				b = shop()
				b.Inputs = map[string]string{"zone": zone}
				b.Entrance.ZoneID = "${{in.zone}}"
				_, err = w.Deploy(t.Context(), w.History.Last(), b)
				require.ErrorIs(t, err, env.ErrNoEntrance)
				require.True(t, recordSays(w, w.History.Last().Short(), "state=provisioning"))
			})
		})
	}
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t)
		b := shop()
		b.Entrance.ZoneID = "/hostedzone/" + memoryZone // as Route 53 itself writes it
		require.Equal(t, memoryZone, deployed(t, w.Manager, w.Commit("one"), b).ZoneID)
	})
}

// A hand has broken the pair: what is there is shown, nothing is written over it, and nothing is deleted.
func TestBrokenPairIsLeftAlone(t *testing.T) {
	for name, tc := range map[string]struct {
		hand func(t *testing.T, w *envtest.World, e env.Environment)
		says []string
	}{
		"without its AAAA": {
			func(t *testing.T, w *envtest.World, e env.Environment) { drop(t, w, e.Name, types.RRTypeAaaa) },
			[]string{"A alias of", "AAAA absent"},
		},
		"without its A": {
			func(t *testing.T, w *envtest.World, e env.Environment) { drop(t, w, e.Name, types.RRTypeA) },
			[]string{"A absent", "AAAA alias of"},
		},
		"one to another host": {
			func(t *testing.T, w *envtest.World, e env.Environment) {
				handAlias(t, w, types.ChangeActionUpsert, e.Name, types.RRTypeAaaa, memoryZone, "elsewhere.memory.test")
			},
			[]string{"elsewhere.memory.test"},
		},
		"both to another host": {
			func(t *testing.T, w *envtest.World, e env.Environment) {
				for _, typ := range []types.RRType{types.RRTypeA, types.RRTypeAaaa} {
					handAlias(t, w, types.ChangeActionUpsert, e.Name, typ, memoryZone, "elsewhere.memory.test")
				}
			},
			[]string{"elsewhere.memory.test"},
		},
		"an address": {
			func(t *testing.T, w *envtest.World, e env.Environment) {
				edit(t, w, types.ChangeActionUpsert, e.Name, "A", "192.0.2.1")
			},
			[]string{"192.0.2.1"},
		},
		"a CNAME": {
			func(t *testing.T, w *envtest.World, e env.Environment) {
				drop(t, w, e.Name, types.RRTypeA)
				drop(t, w, e.Name, types.RRTypeAaaa)
				edit(t, w, types.ChangeActionCreate, e.Name, "CNAME", e.Host)
			},
			[]string{"A and AAAA"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := envtest.New(t)
				c := w.Commit("one")
				e := deployed(t, w.Manager, c, balanced())
				tc.hand(t, w, e)
				before := w.Route53.Records(w.ZoneID)
				_, err := w.Deploy(t.Context(), c, balanced(), env.Heal())
				require.ErrorIs(t, err, env.ErrDrift, "although nothing else is missing")
				vanish(t, w, e.ID, "server")
				_, err = w.Terminate(t.Context(), e.ID)
				require.ErrorIs(t, err, env.ErrDrift)
				for _, says := range tc.says {
					require.ErrorContains(t, err, says)
				}
				_, err = w.Deploy(t.Context(), c, balanced(), env.Heal())
				require.ErrorIs(t, err, env.ErrDrift)
				require.Equal(t, before, w.Route53.Records(w.ZoneID))
				require.Len(t, w.Memory.All(), 3)
			})
		})
	}
}

// A pair that is gone is put back, whole.
func TestHealPutsThePairBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t)
		c := w.Commit("one")
		e := deployed(t, w.Manager, c, balanced())
		drop(t, w, e.Name, types.RRTypeA)
		drop(t, w, e.Name, types.RRTypeAaaa)
		_, err := w.Deploy(t.Context(), c, balanced(), env.Heal())
		require.NoError(t, err)
		isPair(t, w, e.Name, memoryZone, e.Host)
	})
}

// Where our name would go, there is a stranger's record. It says nothing of us, whatever its type.
func TestStrangersRecordsInTheWay(t *testing.T) {
	for typ, value := range map[string]string{"A": "192.0.2.1", "AAAA": "2001:db8::1", "CNAME": "elsewhere.example.net"} {
		for way, blueprint := range map[string]func() *provision.Blueprint{"CNAME": shop, "alias": balanced} {
			t.Run(typ+"/"+way, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := envtest.New(t)
					ctx := t.Context()
					one, two := w.Commit("one"), w.Commit("two")
					e := deployed(t, w.Manager, one, blueprint())
					edit(t, w, types.ChangeActionCreate, productionName, typ, value)
					edit(t, w, types.ChangeActionCreate, two.Short()+"."+envtest.Base, typ, value)
					same := unchanged(t, w)
					_, err := w.Deploy(ctx, two, blueprint())
					require.ErrorIs(t, err, env.ErrForeign)
					require.ErrorContains(t, err, value)
					_, err = w.Promote(ctx, "production", e.ID)
					require.ErrorIs(t, err, env.ErrForeign)
					require.ErrorContains(t, err, value)
					for _, verb := range []func(context.Context, string, ...env.Option) error{w.Release, w.Unpin, w.Restore, w.Adopt} {
						require.ErrorIs(t, verb(ctx, "production"), env.ErrForeign)
					}
					same()
				})
			})
		}
	}
}

// A stranger's record appears while the deploy is at work.
func TestStrangersRecordAppearsMeanwhile(t *testing.T) {
	for typ, value := range map[string]string{"A": "192.0.2.1", "CNAME": "elsewhere.example.net"} {
		for way, blueprint := range map[string]func() *provision.Blueprint{"CNAME": shop, "alias": balanced} {
			t.Run(typ+"/"+way, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := envtest.New(t)
					c := w.Commit("one")
					name := c.Short() + "." + envtest.Base
					w.Route53.Inject(dnstest.Fault{Match: comment("ci", "deployed"), Times: 1, Kind: dnstest.Delay, Delay: time.Minute})
					ci := w.Process(t, "ci")
					deploy := inBackground(func() error { _, err := ci.Deploy(t.Context(), c, blueprint()); return err })
					time.Sleep(30 * time.Second)
					edit(t, w, types.ChangeActionCreate, name, typ, value)
					require.ErrorIs(t, deploy(), env.ErrForeign)
					require.Equal(t, value, text(w, name, types.RRType(typ)))
					require.True(t, recordSays(w, c.Short(), "state=provisioning"))
				})
			})
		}
	}
}

// Every record that leads to an environment keeps it, in whichever way it does.
func TestAliasRecordsAreSeenAsPointers(t *testing.T) {
	for name, point := range map[string]func(t *testing.T, w *envtest.World, e env.Environment){
		"A to the host": func(t *testing.T, w *envtest.World, e env.Environment) {
			handAlias(t, w, types.ChangeActionCreate, "www.example.com", types.RRTypeA, memoryZone, e.Host)
		},
		"AAAA to the host": func(t *testing.T, w *envtest.World, e env.Environment) {
			handAlias(t, w, types.ChangeActionCreate, "www.example.com", types.RRTypeAaaa, memoryZone, strings.ToUpper(e.Host)+".")
		},
		"as the console writes it": func(t *testing.T, w *envtest.World, e env.Environment) {
			consoleAlias(t, w, "www.example.com", e.Host)
		},
		"to the name": func(t *testing.T, w *envtest.World, e env.Environment) {
			handAlias(t, w, types.ChangeActionCreate, "www.example.com", types.RRTypeAaaa, w.ZoneID, e.Name)
		},
		"at the apex": func(t *testing.T, w *envtest.World, e env.Environment) {
			handAlias(t, w, types.ChangeActionCreate, "example.com", types.RRTypeA, w.ZoneID, e.Name)
		},
	} {
		t.Run(name+"/before", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := envtest.New(t)
				e := deployed(t, w.Manager, w.Commit("one"), balanced())
				point(t, w, e)
				same := unchanged(t, w)
				_, err := w.Terminate(t.Context(), e.ID)
				require.Equal(t, []string{"NothingPointsAt"}, refusedBy(t, err))
				require.ErrorContains(t, err, "example.com")
				same()
			})
		})
		if name == "to the name" || name == "at the apex" {
			continue // Route 53 has no alias of a name that is gone
		}
		t.Run(name+"/draining", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := envtest.New(t)
				e := deployed(t, w.Manager, w.Commit("one"), balanced())
				termination := inBackground(func() error { _, err := w.Terminate(t.Context(), e.ID); return err })
				time.Sleep(15 * time.Second)
				require.True(t, recordSays(w, e.ID, "state=draining"))
				noName(t, w, e.Name)
				point(t, w, e)
				require.ErrorIs(t, termination(), env.ErrPointedAt)
				whole(t, w, e.ID, 3)
				isPair(t, w, e.Name, memoryZone, e.Host)
				served(t, w)
			})
		})
	}
}

// Both halves of a pair are named.
func TestBothHalvesOfAPairAreShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t)
		e := deployed(t, w.Manager, w.Commit("one"), balanced())
		for _, typ := range []types.RRType{types.RRTypeA, types.RRTypeAaaa} {
			handAlias(t, w, types.ChangeActionCreate, "www.example.com", typ, memoryZone, e.Host)
		}
		_, err := w.Terminate(t.Context(), e.ID)
		var refusal *guard.Refusal
		require.ErrorAs(t, err, &refusal)
		require.Equal(t, []guard.Pointer{
			{Name: "www.example.com", Type: "A", Target: e.Host}, {Name: "www.example.com", Type: "AAAA", Target: e.Host},
		}, refusal.Operation.Pointers)
	})
}

// A hand has made half a pair, or a whole one, of an alias that is a CNAME. Both environments are kept, and either way out works.
func TestAliasEditedToAliasRecords(t *testing.T) {
	one := func(t *testing.T, w *envtest.World, host string, kinds ...types.RRType) {
		drop(t, w, productionName, types.RRTypeCname)
		for _, typ := range kinds {
			handAlias(t, w, types.ChangeActionCreate, productionName, typ, memoryZone, host)
		}
	}
	for name, kinds := range map[string][]types.RRType{"A": {"A"}, "AAAA": {"AAAA"}, "both": {"A", "AAAA"}} {
		for _, op := range []string{"restore", "adopt"} {
			t.Run(name+"/"+op, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := envtest.New(t)
					ctx := t.Context()
					a, b := deployed(t, w.Manager, w.Commit("one"), balanced()), deployed(t, w.Manager, w.Commit("two"), balanced())
					promoted(t, w.Manager, "production", a.ID)
					one(t, w, "dualstack."+b.Host, kinds...)
					drift := liveAlias(t, w, "production").Drift
					require.NotNil(t, drift)
					require.Equal(t, a.ID, drift.Record)
					require.Contains(t, drift.Points, b.Host)
					same := unchanged(t, w)
					_, err := w.Promote(ctx, "production", b.ID)
					require.ErrorIs(t, err, env.ErrDrift)
					for _, e := range []env.Environment{a, b} {
						_, err = w.Terminate(ctx, e.ID, waiveAll)
						require.Contains(t, refusedBy(t, err), "NothingPointsAt")
					}
					same()
					require.NoError(t, verbOn(w.Manager, op)(ctx, "production"))
					left, now := b, a
					if op == "adopt" {
						left, now = a, b
					}
					pointsAt(t, w, "production", now.ID)
					require.Equal(t, now.Name, text(w, productionName, types.RRTypeCname))
					require.Empty(t, text(w, productionName, types.RRTypeA)+text(w, productionName, types.RRTypeAaaa))
					served(t, w)
					_, err = w.Terminate(ctx, left.ID)
					require.Contains(t, refusedBy(t, err), "Drained")
				})
			})
		}
	}
}

// Two records of one name may lead to two environments: both are kept, both drain when the record is restored, and neither is adopted.
func TestTwoWaysOfOneName(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t)
		ctx := t.Context()
		a, b, c := deployed(t, w.Manager, w.Commit("one"), balanced()), deployed(t, w.Manager, w.Commit("two"), balanced()), deployed(t, w.Manager, w.Commit("three"), balanced())
		promoted(t, w.Manager, "production", a.ID)
		drop(t, w, productionName, types.RRTypeCname)
		handAlias(t, w, types.ChangeActionCreate, productionName, types.RRTypeA, w.ZoneID, b.Name)
		handAlias(t, w, types.ChangeActionCreate, productionName, types.RRTypeAaaa, memoryZone, c.Host)
		drift := liveAlias(t, w, "production").Drift
		require.Contains(t, drift.Points, b.Name)
		require.Contains(t, drift.Points, c.Host)
		require.Empty(t, drift.Environment)
		for _, e := range []env.Environment{a, b, c} {
			_, err := w.Terminate(ctx, e.ID, waiveAll)
			require.Contains(t, refusedBy(t, err), "NothingPointsAt")
		}
		require.ErrorIs(t, w.Adopt(ctx, "production"), env.ErrForeign)
		require.NoError(t, w.Restore(ctx, "production"))
		pointsAt(t, w, "production", a.ID)
		for _, e := range []env.Environment{b, c} {
			_, err := w.Terminate(ctx, e.ID)
			require.Equal(t, []string{"Drained"}, refusedBy(t, err))
		}
	})
}

// A person sees alias record sets in what a World prints.
func TestPrintShowsAliases(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := envtest.New(t)
		e := deployed(t, w.Manager, w.Commit("one"), balanced())
		var b strings.Builder
		require.NoError(t, w.Print(&b))
		for _, typ := range []string{"A    ", "AAAA "} {
			require.Contains(t, b.String(), typ+" alias of "+e.Host+". in zone "+memoryZone)
		}
		require.Contains(t, b.String(), aws.ToString(&e.Name))
	})
}
