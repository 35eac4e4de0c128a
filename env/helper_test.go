package env_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/dns"
	"github.com/peppercorn-go/peppercorn/dns/dnstest"
	"github.com/peppercorn-go/peppercorn/env"
	"github.com/peppercorn-go/peppercorn/env/envtest"
	"github.com/peppercorn-go/peppercorn/gitmeta"
	"github.com/peppercorn-go/peppercorn/guard"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/provisiontest"
)

// waiveAll sets aside what only time or an earlier promotion stands against.
var waiveAll = env.Waive(
	guard.Waiver{Policy: "KeepsRollback", Reason: "test", By: "ada"},
	guard.Waiver{Policy: "Drained", Reason: "test", By: "ada"},
)

func deployed(t *testing.T, m *env.Manager, c gitmeta.Commit, b *provision.Blueprint) env.Environment {
	t.Helper()
	e, err := m.Deploy(t.Context(), c, b)
	require.NoError(t, err)
	return e
}

func promoted(t *testing.T, m *env.Manager, alias, id string) {
	t.Helper()
	_, err := m.Promote(t.Context(), alias, id)
	require.NoError(t, err)
}

// pointsAt asserts where an alias points, by its record and by its name.
func pointsAt(t *testing.T, w *envtest.World, alias, id string) {
	t.Helper()
	live, err := w.Live(t.Context())
	require.NoError(t, err)
	i := slices.IndexFunc(live, func(a env.Alias) bool { return a.Alias == alias })
	require.GreaterOrEqual(t, i, 0, "no alias %s", alias)
	require.Equal(t, id, live[i].Environment)
	require.Nil(t, live[i].Drift)
}

// whole asserts that an environment is ready and has all resources of its attempt.
func whole(t *testing.T, w *envtest.World, id string, nodes int) {
	t.Helper()
	inv, err := w.Describe(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, env.StateReady, inv.Environment.State)
	require.Len(t, inv.Resources, nodes)
}

// edit is a hand in the console.
func edit(t *testing.T, w *envtest.World, action types.ChangeAction, name, typ string, values ...string) {
	t.Helper()
	require.NoError(t, w.Route53.Edit(w.ZoneID, dnstest.Change(action, dnstest.Set(name, types.RRType(typ), 60, values...))))
}

// comment matches the batches of a process by what their comment starts with.
func comment(process, prefix string) func(*dnstest.Call) bool {
	return func(c *dnstest.Call) bool {
		in, ok := c.Input.(*route53.ChangeResourceRecordSetsInput)
		return ok && (process == "" || c.Process == process) && strings.HasPrefix(aws.ToString(in.ChangeBatch.Comment), prefix)
	}
}

// held is a driver that holds calls up until they are let go.
type held struct {
	*provisiontest.Memory
	create, delete func(node string) <-chan struct{}
}

func (h *held) Create(ctx context.Context, c provision.Call) (provision.State, error) {
	if h.create != nil {
		if wait := h.create(c.Node); wait != nil {
			<-wait
		}
	}
	return h.Memory.Create(ctx, c)
}

func (h *held) Delete(ctx context.Context, s provision.State) error {
	if h.delete != nil {
		if wait := h.delete(s.Node); wait != nil {
			<-wait
		}
	}
	return h.Memory.Delete(ctx, s)
}

// another returns a manager of another program, whose driver is d.
func another(t *testing.T, w *envtest.World, name string, d provision.Driver, optFns ...func(*env.Config)) *env.Manager {
	t.Helper()
	engine, err := provision.NewEngine([]provision.Driver{d}, func(o *provision.Options) {
		o.Place = func(context.Context) (provision.Place, error) {
			return provision.Place{Account: "123456789012", Region: "us-east-1"}, nil
		}
	})
	require.NoError(t, err)
	client := route53.NewFromConfig(w.Route53.Process(name).Config())
	c := env.Config{App: "shop", Base: envtest.Base, Zone: dns.Open(client, w.ZoneID), Engine: engine}
	for _, fn := range optFns {
		fn(&c)
	}
	m, err := env.New(c)
	require.NoError(t, err)
	return m
}

// inBackground runs a verb beside the test and returns how to get its error.
func inBackground(fn func() error) (wait func() error) {
	done := make(chan error, 1)
	go func() { done <- fn() }()
	return func() error { return <-done }
}
