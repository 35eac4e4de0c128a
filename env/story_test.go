package env_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/env"
	"github.com/peppercorn-go/peppercorn/env/envtest"
	"github.com/peppercorn-go/peppercorn/guard"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// shop is a blueprint with an entrance: a group, a queue and an instance that knows the queue.
func shop() *provision.Blueprint {
	b := &provision.Blueprint{}
	web := kinds.AddSecurityGroup(b, "web", kinds.SecurityGroup{Ingress: []kinds.Rule{kinds.TCP(443, "0.0.0.0/0")}})
	jobs := kinds.AddQueue(b, "jobs", kinds.Queue{})
	server := kinds.AddInstance(b, "server", kinds.Instance{
		Image: "ami-0123456789abcdef0", Type: "t3.micro", SecurityGroups: []provision.Text{web.ID()},
		Environment: map[string]provision.Text{"JOBS": jobs.URL()},
	})
	b.Entrance.Host = server.PublicDNS()
	return b
}

// worker is a blueprint without an entrance.
func worker() *provision.Blueprint {
	b := &provision.Blueprint{}
	kinds.AddQueue(b, "jobs", kinds.Queue{})
	return b
}

func TestStory(t *testing.T) {
	everyEntrance(t, func(t *testing.T, shop func() *provision.Blueprint) {
		synctest.Test(t, func(t *testing.T) {
			w := envtest.New(t)
			ctx := t.Context()
			first, second := w.Commit("Open the shop"), w.Commit("Add a basket")

			e1, err := w.Deploy(ctx, first, shop())
			require.NoError(t, err)
			require.Equal(t, env.StateReady, e1.State)
			require.Equal(t, first.Short()+".shop.example.com", e1.Name)
			require.NotEmpty(t, e1.Host)
			require.Equal(t, 3, e1.Made)

			again, err := w.Deploy(ctx, first, shop())
			require.NoError(t, err)
			require.Equal(t, e1, again)

			p, err := w.Promote(ctx, "production", e1.ID)
			require.NoError(t, err)
			require.True(t, p.Changed)
			require.Empty(t, p.From.ID)

			e2, err := w.Deploy(ctx, second, shop())
			require.NoError(t, err)
			p, err = w.Promote(ctx, "production", second.Hash, env.Because("basket"), env.By("ada"))
			require.NoError(t, err)
			require.Equal(t, e1.ID, p.From.ID)
			require.Equal(t, []string{"Add a basket"}, []string{p.Gained[0].Subject})
			host, ok := w.Route53.Resolve("production.shop.example.com")
			require.True(t, ok)
			require.Equal(t, e2.Host, host)

			live, err := w.Live(ctx)
			require.NoError(t, err)
			require.Len(t, live, 1)
			require.Equal(t, "Add a basket", live[0].Commit.Subject)
			require.Nil(t, live[0].Drift)

			_, err = w.Terminate(ctx, e2.ID)
			require.ErrorIs(t, err, guard.ErrRefused)
			_, err = w.Terminate(ctx, e1.ID)
			require.ErrorIs(t, err, guard.ErrRefused) // the rollback target, and caches

			p, err = w.Rollback(ctx, "production")
			require.NoError(t, err)
			require.Equal(t, e1.ID, p.To.ID)
			require.True(t, p.Pinned)
			_, err = w.Promote(ctx, "production", e2.ID)
			require.ErrorIs(t, err, guard.ErrRefused)
			p, err = w.Rollback(ctx, "production")
			require.NoError(t, err)
			require.False(t, p.Changed)
			require.NoError(t, w.Unpin(ctx, "production"))

			time.Sleep(time.Hour)
			term, err := w.Terminate(ctx, e2.ID, env.Waive(guard.Waiver{Policy: "KeepsRollback", Reason: "broken", By: "ada"}))
			require.NoError(t, err)
			require.Len(t, term.Gone, 3)
			require.Len(t, w.Memory.All(), 3)
			var ids []string
			for e, err := range w.List(ctx) {
				require.NoError(t, err)
				ids = append(ids, e.ID)
			}
			require.Equal(t, []string{e1.ID}, ids)
			_, err = w.Terminate(ctx, e2.ID)
			require.ErrorIs(t, err, env.ErrNotFound)
		})
	})
}
