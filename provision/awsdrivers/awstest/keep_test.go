package awstest_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/awsdrivers/awstest"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// A database that stays holds its security group, so a teardown could never end if the group did not stay as well.
func TestWhatIsKeptKeepsWhatItStandsOn(t *testing.T) {
	inBubble(t, func(ctx context.Context, t *testing.T, cloud *awstest.Cloud) {
		stack := func(opts ...func(*provision.Node)) *provision.Blueprint {
			var b provision.Blueprint
			inside := kinds.AddSecurityGroup(&b, "inside", kinds.SecurityGroup{}, opts...)
			kinds.AddDatabase(&b, "db", kinds.Database{
				Engine: kinds.Postgres, Class: "db.t4g.micro", StorageGiB: 20, SecurityGroups: []provision.Text{inside.ID()},
			}, provision.Keep)
			return &b
		}
		engine := engineOf(t, cloud, cloud.Config())
		_, err := engine.Apply(ctx, owner(), stack())
		require.ErrorContains(t, err, `node "db": SecurityGroups[0]: it is kept, and "inside", which it needs, is not`)
		require.Empty(t, cloud.Calls())

		_, err = engine.Apply(ctx, owner(), stack(provision.Keep))
		require.NoError(t, err)
		destroyed, err := engine.Destroy(ctx, owner(), func(o *provision.DestroyOptions) { o.Expect = 2 })
		require.NoError(t, err)
		require.Len(t, destroyed.Kept, 2)
	}, brief)
}
