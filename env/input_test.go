package env_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/dns"
	"github.com/peppercorn-go/peppercorn/env"
	"github.com/peppercorn-go/peppercorn/env/envtest"
	"github.com/peppercorn-go/peppercorn/gitmeta"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// Bad input is an error that names it, before the first call to AWS.
func TestBadInputMakesNoCall(t *testing.T) {
	good := gitmeta.Commit{Hash: strings.Repeat("ab", 20), Subject: "good"}
	dirty := good
	dirty.Dirty = true
	id := good.Short()
	queue := func(edit func(b *provision.Blueprint)) *provision.Blueprint {
		b := worker()
		edit(b)
		return b
	}
	type call func(t *testing.T, w *envtest.World) error
	deploy := func(c gitmeta.Commit, b *provision.Blueprint, opts ...env.Option) call {
		return func(t *testing.T, w *envtest.World) error { _, err := w.Deploy(t.Context(), c, b, opts...); return err }
	}
	promote := func(alias, id string, opts ...env.Option) call {
		return func(t *testing.T, w *envtest.World) error {
			_, err := w.Promote(t.Context(), alias, id, opts...)
			return err
		}
	}
	for name, tc := range map[string]struct {
		call call
		is   error
		says []string
	}{
		"dirty tree":        {deploy(dirty, worker()), env.ErrDirty, []string{id}},
		"short hash":        {deploy(gitmeta.Commit{Hash: "abc123"}, worker()), env.ErrInvalid, []string{"commit", "abc123"}},
		"no hash":           {deploy(gitmeta.Commit{}, worker()), env.ErrInvalid, []string{"commit"}},
		"upper-case hash":   {deploy(gitmeta.Commit{Hash: strings.Repeat("AB", 20)}, worker()), env.ErrInvalid, []string{"commit"}},
		"no blueprint":      {deploy(good, nil), env.ErrInvalid, []string{"blueprint"}},
		"bad variant":       {deploy(good, worker(), env.Variant("No_Good")), env.ErrInvalid, []string{"variant", "No_Good"}},
		"empty variant":     {deploy(good, worker(), env.Variant("")), env.ErrInvalid, []string{"variant"}},
		"long variant":      {deploy(good, worker(), env.Variant(strings.Repeat("v", 51))), env.ErrInvalid, []string{"51"}},
		"nil option":        {deploy(good, worker(), nil), env.ErrInvalid, []string{"option"}},
		"stranger's option": {deploy(good, worker(), env.Expect(good.Hash)), env.ErrInvalid, []string{"Expect", "deploy"}},
		"heal a promotion":  {promote("production", id, env.Heal()), env.ErrInvalid, []string{"Heal", "promote"}},
		"unknown node": {deploy(good, queue(func(b *provision.Blueprint) {
			kinds.AddQueue(b, "more", kinds.Queue{Redrive: kinds.Redrive{Queue: "${{jbos.ARN}}", MaxReceives: 3}})
		})), nil, []string{"more", "jbos", "jobs"}},
		"unknown output": {deploy(good, queue(func(b *provision.Blueprint) {
			kinds.AddQueue(b, "more", kinds.Queue{Redrive: kinds.Redrive{Queue: "${{jobs.ANR}}", MaxReceives: 3}})
		})), nil, []string{"more", "ANR", "ARN"}},
		"unknown input": {deploy(good, queue(func(b *provision.Blueprint) {
			kinds.AddSecurityGroup(b, "web", kinds.SecurityGroup{VPC: "${{in.vpc}}"})
		})), nil, []string{"web", "vpc"}},
		"a cycle": {deploy(good, queue(func(b *provision.Blueprint) {
			kinds.AddQueue(b, "a", kinds.Queue{Redrive: kinds.Redrive{Queue: "${{b.ARN}}", MaxReceives: 3}})
			kinds.AddQueue(b, "b", kinds.Queue{Redrive: kinds.Redrive{Queue: "${{a.ARN}}", MaxReceives: 3}})
		})), nil, []string{"a needs b", "b needs a"}},
		"a node's name that cannot fit": {deploy(good, queue(func(b *provision.Blueprint) {
			kinds.AddQueue(b, strings.Repeat("q", 40), kinds.Queue{})
		})), nil, []string{strings.Repeat("q", 40)}},
		"the same node twice": {deploy(good, queue(func(b *provision.Blueprint) { kinds.AddQueue(b, "jobs", kinds.Queue{}) })), nil, []string{"jobs"}},
		"no driver":           {deploy(good, queue(func(b *provision.Blueprint) { b.Add("odd", oddSpec{}) })), provision.ErrNoDriver, []string{"odd/thing"}},

		"no alias":                {promote("", id), env.ErrInvalid, []string{"alias"}},
		"alias in capitals":       {promote("Production", id), env.ErrInvalid, []string{"Production"}},
		"alias with a dot":        {promote("a.b", id), env.ErrInvalid, []string{"a.b"}},
		"alias like an id":        {promote(id, id), env.ErrInvalid, []string{id}},
		"alias like a variant":    {promote(id+"-blue", id), env.ErrInvalid, []string{id}},
		"alias with underscore":   {promote("_env", id), env.ErrInvalid, []string{"_env"}},
		"alias that is a verb":    {promote("terminate", id), env.ErrInvalid, []string{"terminate", "verb"}},
		"alias of 64 characters":  {promote(strings.Repeat("p", 64), id), env.ErrInvalid, []string{"64"}},
		"environment by subject":  {promote("production", "good"), env.ErrInvalid, []string{"good"}},
		"environment by short id": {promote("production", "abcdef1"), env.ErrInvalid, []string{"abcdef1"}},
		"terminate nothing":       {func(t *testing.T, w *envtest.World) error { _, err := w.Terminate(t.Context(), ""); return err }, env.ErrInvalid, []string{"environment"}},
		"describe an option":      {func(t *testing.T, w *envtest.World) error { _, err := w.Describe(t.Context(), "--all"); return err }, env.ErrInvalid, []string{"--all"}},
		"release a verb":          {func(t *testing.T, w *envtest.World) error { return w.Release(t.Context(), "all") }, env.ErrInvalid, []string{"all"}},
		"roll back a record":      {func(t *testing.T, w *envtest.World) error { _, err := w.Rollback(t.Context(), "_alias"); return err }, env.ErrInvalid, []string{"_alias"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := envtest.New(t)
				err := tc.call(t, w)
				require.Error(t, err)
				if tc.is != nil {
					require.ErrorIs(t, err, tc.is)
				}
				for _, word := range tc.says {
					require.ErrorContains(t, err, word)
				}
				var verb *env.Error
				require.True(t, errors.As(err, &verb))
				require.Empty(t, w.Route53.Calls())
				require.Empty(t, w.Memory.Calls())
			})
		})
	}
}

// oddSpec is a spec that no driver makes.
type oddSpec struct{}

func (oddSpec) Kind() provision.Kind        { return "odd/thing" }
func (oddSpec) Outputs() []provision.Output { return nil }
func (oddSpec) Validate() error             { return nil }

func TestNewNamesEveryFieldThatCannotBeRight(t *testing.T) {
	t.Parallel()
	_, err := env.New(env.Config{App: "Shop!", Base: "localhost", Lease: -1})
	require.ErrorIs(t, err, env.ErrInvalid)
	for _, word := range []string{"App", "Base", "Zone", "Engine", "Lease"} {
		require.ErrorContains(t, err, word)
	}
	engine, err := provision.NewEngine(nil)
	require.NoError(t, err)
	zone := dns.Open(envtest.New(t).Route53.Client(), "Z1")
	for base, ok := range map[string]bool{
		"shop.example.com": true, "Shop.Example.COM.": true, "x.y": true, "": false, "example": false, "a..b": false, "-a.b": false,
		"_x.example.com": false, "*.example.com": false, "a b.example.com": false,
		strings.Repeat("a", 63) + ".example.com": true, strings.Repeat("a", 64) + ".example.com": false,
		strings.Repeat("a.", 91) + "com": false,
	} {
		_, err := env.New(env.Config{App: "shop", Base: base, Zone: zone, Engine: engine})
		require.Equal(t, ok, err == nil, "%q: %v", base, err)
	}
	for app, ok := range map[string]bool{"shop": true, "s": true, "shop-2": true, "": false, "2shop": false, "shop-": false, "sh--op": false,
		"Shop": false, "sh_op": false, strings.Repeat("s", 33): false} {
		_, err := env.New(env.Config{App: app, Base: envtest.Base, Zone: zone, Engine: engine})
		require.Equal(t, ok, err == nil, "%q: %v", app, err)
	}
}
