package acceptance_test

import (
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/env"
	"github.com/peppercorn-go/peppercorn/examples/shop/stack"
	"github.com/peppercorn-go/peppercorn/gitmeta"
	"github.com/peppercorn-go/peppercorn/guard"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/asgdriver"
	"github.com/peppercorn-go/peppercorn/provision/awsdrivers"
	"github.com/peppercorn-go/peppercorn/provision/elbdriver"
	"github.com/peppercorn-go/peppercorn/provision/rdsdriver"
)

// motoShop is a moto with what the reference stack finds where it is deployed to.
type motoShop struct {
	*motoHouse
	*account
	t       *testing.T
	home    stack.Home
	commits []gitmeta.Commit
}

// newMotoShop takes a region of its own, because other tests of this server count what is there.
func newMotoShop(t *testing.T, region string) *motoShop {
	t.Helper()
	m := newMotoHouse(t)
	m.config.Region = region
	m.services = shopServices
	m.drivers = func(o *awsdrivers.Options) {
		const poll, most = 20 * time.Millisecond, 200 * time.Millisecond
		o.AutoScaling = append(o.AutoScaling, func(o *asgdriver.Options) { o.Poll, o.MaxPoll = poll, most })
		o.ELB = append(o.ELB, func(o *elbdriver.Options) { o.Poll, o.MaxPoll, o.Settle = poll, most, poll })
		o.RDS = append(o.RDS, func(o *rdsdriver.Options) { o.Poll, o.MaxPoll, o.Settle = poll, most, poll })
	}
	shop := &motoShop{motoHouse: m, account: newAccount(m.config), t: t}
	for gap, why := range shopGaps {
		t.Logf("moto proves nothing about %s: %s", gap, why.reason)
	}
	subnets, err := shop.account.ec2.DescribeSubnets(t.Context(), &ec2.DescribeSubnetsInput{
		Filters: []ec2types.Filter{{Name: aws.String("default-for-az"), Values: []string{"true"}}},
	})
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(subnets.Subnets), 2)
	a, b := subnets.Subnets[0], subnets.Subnets[1]
	shop.home = stack.Home{VPC: *a.VpcId, Subnets: []string{*a.SubnetId, *b.SubnetId}, Image: motoImage}
	shop.commits = m.repository(t, "Open the shop", `feat(cart): "basket" — 50% 🚀`)
	return shop
}

// The story of examples/shop, over HTTP and in real time. What moto cannot prove is in shopGaps; that nothing takes time there
// is why the story takes seconds.
func TestShopOnMoto(t *testing.T) {
	t.Parallel()
	m := newMotoShop(t, "us-west-2")
	ctx := t.Context()
	first, second := m.commits[0], m.commits[1]
	program := m.program(t, m.client())

	deployed, err := program.Deploy(ctx, first, stack.Blueprint(m.home))
	require.NoError(t, err)
	require.Equal(t, 10, deployed.Made)
	m.stands(t, deployed, "template")
	promotion, err := program.Promote(ctx, "production", first.Hash, env.Because("opening day"))
	require.NoError(t, err)
	require.True(t, promotion.Changed)

	next, err := program.Deploy(ctx, second, stack.Blueprint(m.home))
	require.NoError(t, err)
	m.stands(t, next, "template")
	promotion, err = program.Promote(ctx, "production", second.Hash)
	require.NoError(t, err)
	require.Equal(t, []gitmeta.Commit{second}, promotion.Gained)
	promotion, err = program.Rollback(ctx, "production", env.Because("the basket loses things"))
	require.NoError(t, err)
	require.Equal(t, []gitmeta.Commit{second}, promotion.Dropped)

	_, err = program.Terminate(ctx, first.Hash)
	require.ErrorContains(t, err, "ProtectAliases")
	_, err = program.Terminate(ctx, second.Hash)
	require.ErrorIs(t, err, guard.ErrRefused, "resolvers still have its name")
	m.send(t, next)
	_, err = program.Terminate(ctx, second.Hash, waive("Drained"))
	require.ErrorContains(t, err, "1 message in jobs")
	m.purge(t, next)
	m.terminate(t, program, second)

	closing := m.program(t, m.client(), guard.NothingPointsAt(), guard.Drained(0), guard.KeepsData())
	require.NoError(t, closing.Release(ctx, "production"))
	m.terminate(t, closing, first)
	require.Empty(t, m.inventory(t))
}

// terminate ends an environment, whose database leaves a snapshot.
func (m *motoShop) terminate(t *testing.T, program *env.Manager, c gitmeta.Commit) {
	t.Helper()
	termination, err := program.Terminate(t.Context(), c.Hash, waive("Drained"))
	require.NoError(t, err)
	require.Len(t, termination.Gone, 10)
	for _, line := range m.inventory(t) {
		require.NotContains(t, line, c.Short(), "it is left over")
	}
	snapshots, err := m.rds.DescribeDBSnapshots(t.Context(), &rds.DescribeDBSnapshotsInput{})
	require.NoError(t, err)
	require.True(t, slices.ContainsFunc(termination.Gone, func(s provision.State) bool {
		return s.Node == "db" && *snapshots.DBSnapshots[len(snapshots.DBSnapshots)-1].DBSnapshotIdentifier == rdsdriver.FinalSnapshot(s)
	}), "%v", snapshots.DBSnapshots)
}
