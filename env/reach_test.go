package env_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/dns"
	"github.com/peppercorn-go/peppercorn/dns/dnstest"
	"github.com/peppercorn-go/peppercorn/env"
	"github.com/peppercorn-go/peppercorn/env/envtest"
	"github.com/peppercorn-go/peppercorn/guard"
	"github.com/peppercorn-go/peppercorn/provision"
)

// The tests of this file are about environments whose own name a hand has broken: no alias is led there.

// dropName is a hand that deletes every record of a name.
func dropName(t *testing.T, w *envtest.World, name string) {
	t.Helper()
	for _, typ := range []types.RRType{types.RRTypeA, types.RRTypeAaaa, types.RRTypeCname} {
		if _, ok := recordSet(w, name, typ); ok {
			drop(t, w, name, typ)
		}
	}
}

// Users would be told that there is no such name, or be sent to a stranger. Healing the name is the way out.
func TestNoAliasLeadsToABrokenName(t *testing.T) {
	hands := map[string]func(t *testing.T, w *envtest.World, e env.Environment){
		"gone": func(t *testing.T, w *envtest.World, e env.Environment) { dropName(t, w, e.Name) },
		"a stranger's": func(t *testing.T, w *envtest.World, e env.Environment) {
			dropName(t, w, e.Name)
			edit(t, w, types.ChangeActionCreate, e.Name, "CNAME", "elsewhere.example.net")
		},
	}
	half := func(typ types.RRType) func(*testing.T, *envtest.World, env.Environment) {
		return func(t *testing.T, w *envtest.World, e env.Environment) { drop(t, w, e.Name, typ) }
	}
	for way, tc := range map[string]struct {
		blueprint func() *provision.Blueprint
		world     func(*envtest.Options)
		hands     map[string]func(*testing.T, *envtest.World, env.Environment)
	}{
		"CNAME": {shop, func(*envtest.Options) {}, hands},
		"alias": {balanced, func(*envtest.Options) {}, map[string]func(*testing.T, *envtest.World, env.Environment){
			"gone": hands["gone"], "a stranger's": hands["a stranger's"], "half of it": half(types.RRTypeAaaa), "the other half": half(types.RRTypeA),
		}},
		"apex": {balanced, atApex, map[string]func(*testing.T, *envtest.World, env.Environment){
			"gone": hands["gone"], "half of it": half(types.RRTypeAaaa),
		}},
	} {
		for name, hand := range tc.hands {
			for op, verb := range map[string]func(ctx context.Context, m *env.Manager, id string, opts ...env.Option) error{
				"promote": func(ctx context.Context, m *env.Manager, id string, opts ...env.Option) error {
					_, err := m.Promote(ctx, "production", id, opts...)
					return err
				},
				"rollback": func(ctx context.Context, m *env.Manager, _ string, opts ...env.Option) error {
					_, err := m.Rollback(ctx, "production", opts...)
					return err
				},
			} {
				t.Run(way+"/"+name+"/"+op, func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						w := envtest.New(t, tc.world)
						ctx := t.Context()
						one := w.Commit("one")
						a, b := deployed(t, w.Manager, one, tc.blueprint()), deployed(t, w.Manager, w.Commit("two"), tc.blueprint())
						promoted(t, w.Manager, "production", a.ID)
						promoted(t, w.Manager, "production", b.ID)
						hand(t, w, a)
						same := unchanged(t, w)
						for _, opts := range [][]env.Option{nil, {env.DryRun()}} {
							err := verb(ctx, w.Manager, a.ID, opts...)
							require.ErrorIs(t, err, env.ErrDrift)
							require.ErrorContains(t, err, a.Name)
							require.ErrorContains(t, err, "Heal")
						}
						same()
						pointsAt(t, w, "production", b.ID)

						dropName(t, w, a.Name)
						_, err := w.Deploy(ctx, one, tc.blueprint(), env.Heal())
						require.NoError(t, err)
						require.NoError(t, verb(ctx, w.Manager, a.ID))
						pointsAt(t, w, "production", a.ID)
					})
				})
			}
		}
	}
}

// A hand has deleted the name of an environment and led the alias around it, straight to the entrance. To settle that now would
// lead users to a name that is gone.
func TestDriftIsNotSettledToABrokenName(t *testing.T) {
	everyEntrance(t, func(t *testing.T, blueprint func() *provision.Blueprint) {
		for _, op := range []string{"restore", "adopt"} {
			t.Run(op, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := envtest.New(t)
					ctx := t.Context()
					c := w.Commit("one")
					a := deployed(t, w.Manager, c, blueprint())
					promoted(t, w.Manager, "production", a.ID)
					edit(t, w, types.ChangeActionUpsert, productionName, "CNAME", a.Host)
					dropName(t, w, a.Name)
					same := unchanged(t, w)
					for _, opts := range [][]env.Option{nil, {env.DryRun()}} {
						require.ErrorIs(t, verbOn(w.Manager, op)(ctx, "production", opts...), env.ErrDrift)
					}
					same()
					_, err := w.Deploy(ctx, c, blueprint(), env.Heal())
					require.NoError(t, err)
					require.NoError(t, verbOn(w.Manager, op)(ctx, "production"))
					pointsAt(t, w, "production", a.ID)
				})
			})
		}
	})
}

// An alias whose time to live a hand had made a day has left the environment, and then another one has, in a minute: that does not
// make resolvers forget the first.
func TestLongTTLOutlivesALaterAlias(t *testing.T) {
	for _, op := range []string{"promote", "release", "restore"} {
		t.Run(op, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := envtest.New(t, func(o *envtest.Options) {
					o.Config = func(c *env.Config) { c.Guard = guard.New(guard.Drained(time.Minute)) }
				})
				ctx := t.Context()
				a, b := deployed(t, w.Manager, w.Commit("one"), shop()), deployed(t, w.Manager, w.Commit("two"), shop())
				promoted(t, w.Manager, "production", a.ID)
				require.NoError(t, w.Route53.Edit(w.ZoneID, dnstest.Change(types.ChangeActionUpsert, dnstest.Set(productionName, types.RRTypeCname, 86400, a.Name))))
				promoted(t, w.Manager, "production", b.ID)
				time.Sleep(time.Hour)
				promoted(t, w.Manager, "preview", map[string]string{"promote": a.ID, "release": a.ID, "restore": b.ID}[op])
				switch op {
				case "promote":
					promoted(t, w.Manager, "preview", b.ID)
				case "release":
					require.NoError(t, w.Release(ctx, "preview"))
				case "restore":
					edit(t, w, types.ChangeActionUpsert, "preview."+envtest.Base, "CNAME", a.Name)
					require.NoError(t, w.Restore(ctx, "preview"))
				}
				time.Sleep(22 * time.Hour)
				drains(t, w, a.ID, 2*time.Hour)
			})
		})
	}
}

// A termination takes the name away between two readings of a promotion. That is no drift: nobody has edited anything.
func TestDrainedNameIsNoDrift(t *testing.T) {
	everyEntrance(t, func(t *testing.T, blueprint func() *provision.Blueprint) {
		synctest.Test(t, func(t *testing.T) {
			w := envtest.New(t)
			a := deployed(t, w.Manager, w.Commit("one"), blueprint())
			w.Route53.Inject(dnstest.Fault{Kind: dnstest.Delay, Delay: time.Minute, Times: 1, Match: func(c *dnstest.Call) bool {
				in, ok := c.Input.(*route53.ListResourceRecordSetsInput)
				return ok && c.Process == "ci" && aws.ToString(in.StartRecordName) == a.Name+"."
			}})
			ci := w.Process(t, "ci")
			promotion := inBackground(func() error { _, err := ci.Promote(t.Context(), "production", a.ID); return err })
			time.Sleep(30 * time.Second)
			termination := inBackground(func() error { _, err := w.Terminate(t.Context(), a.ID); return err })
			err := promotion()
			require.ErrorIs(t, err, env.ErrNotReady)
			require.NotErrorIs(t, err, env.ErrDrift)
			require.NoError(t, termination())
		})
	})
}

// The same, and what was taken away is back before the promotion looks again.
func TestNameThatCameBackIsNoDrift(t *testing.T) {
	everyEntrance(t, func(t *testing.T, blueprint func() *provision.Blueprint) {
		synctest.Test(t, func(t *testing.T) {
			w := envtest.New(t)
			a := deployed(t, w.Manager, w.Commit("one"), blueprint())
			listing := func(name string) func(c *dnstest.Call) bool {
				return func(c *dnstest.Call) bool {
					in, ok := c.Input.(*route53.ListResourceRecordSetsInput)
					return ok && c.Process == "ci" && aws.ToString(in.StartRecordName) == name+"."
				}
			}
			ci := w.Process(t, "ci")
			_, err := ci.Promote(t.Context(), "production", a.ID, env.DryRun()) // so that the next one knows Route 53's time
			require.NoError(t, err)
			w.Route53.Inject(dnstest.Fault{Kind: dnstest.Delay, Delay: 30 * time.Second, Times: 1, Match: listing(a.Name)})
			// By the first of these readings the environment is ready, by the second it is ready again.
			w.Route53.Inject(dnstest.Fault{Kind: dnstest.Delay, Delay: 10 * time.Minute, Match: func(c *dnstest.Call) bool {
				return listing(a.ID+"._env."+envtest.Base)(c) && recordSays(w, a.ID, "state=draining")
			}})
			promotion := inBackground(func() error { _, err := ci.Promote(t.Context(), "production", a.ID); return err })
			time.Sleep(15 * time.Second)
			termination := inBackground(func() error { _, err := w.Terminate(t.Context(), a.ID); return err })
			time.Sleep(5 * time.Second)
			require.True(t, recordSays(w, a.ID, "state=draining"))
			edit(t, w, types.ChangeActionCreate, "www.example.com", "CNAME", a.Host)
			require.ErrorIs(t, termination(), env.ErrPointedAt)
			err = promotion()
			require.ErrorIs(t, err, dns.ErrConflict)
			require.NotErrorIs(t, err, env.ErrDrift)
			promoted(t, w.Manager, "production", a.ID)
		})
	})
}
