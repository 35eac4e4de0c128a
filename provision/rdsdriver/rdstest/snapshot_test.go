package rdstest_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/provision/rdsdriver/rdstest"
)

func TestSnapshotTypes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cloud := sim.New(func(o *sim.Options) { o.PageSize = 2 })
		service := rdstest.Register(cloud)
		client := rds.NewFromConfig(cloud.Config())
		_, err := service.AddInstance(&rds.CreateDBInstanceInput{
			DBInstanceIdentifier: aws.String("shop"), DBInstanceClass: aws.String("db.t4g.micro"), Engine: aws.String("postgres"),
			AllocatedStorage: aws.Int32(20), MasterUsername: aws.String("owner"), ManageMasterUserPassword: aws.Bool(true),
		})
		require.NoError(t, err)
		for _, name := range []string{"a", "b", "rds:shop-1", "rds:shop-2"} {
			snap, err := service.AddSnapshotOf("shop", name)
			require.NoError(t, err)
			require.Equal(t, "available", snap.Status)
			time.Sleep(time.Minute)
		}
		_, err = service.AddSnapshotOf("nobodys", "c")
		require.Error(t, err)

		list := func(in *rds.DescribeDBSnapshotsInput) (names []string) {
			pages := rds.NewDescribeDBSnapshotsPaginator(client, in)
			for pages.HasMorePages() {
				page, err := pages.NextPage(t.Context())
				require.NoError(t, err)
				for _, s := range page.DBSnapshots {
					names = append(names, *s.DBSnapshotIdentifier)
				}
			}
			return names
		}
		require.Equal(t, []string{"a", "b", "rds:shop-1", "rds:shop-2"}, list(&rds.DescribeDBSnapshotsInput{DBInstanceIdentifier: aws.String("Shop")}))
		require.Equal(t, []string{"a", "b"}, list(&rds.DescribeDBSnapshotsInput{SnapshotType: aws.String("manual")}))
		require.Equal(t, []string{"rds:shop-1", "rds:shop-2"}, list(&rds.DescribeDBSnapshotsInput{SnapshotType: aws.String("automated")}))

		one := &rds.DescribeDBSnapshotsInput{DBSnapshotIdentifier: aws.String("rds:shop-1")}
		_, err = client.DescribeDBSnapshots(t.Context(), one)
		require.ErrorContains(t, err, "InvalidParameterCombination")
		one.SnapshotType = aws.String("automated")
		require.Equal(t, []string{"rds:shop-1"}, list(one))
		_, err = client.DeleteDBSnapshot(t.Context(), &rds.DeleteDBSnapshotInput{DBSnapshotIdentifier: one.DBSnapshotIdentifier})
		var state *types.InvalidDBSnapshotStateFault
		require.ErrorAs(t, err, &state)
		service.RemoveSnapshot("rds:shop-1")
		_, err = client.DescribeDBSnapshots(t.Context(), one)
		var gone *types.DBSnapshotNotFoundFault
		require.ErrorAs(t, err, &gone)
	})
}

func TestWhatRDSOffers(t *testing.T) {
	t.Parallel()
	cloud := sim.New()
	service := rdstest.Register(cloud)
	service.AddSubnetGroup("private")
	service.AddParameterGroup("tuned")
	client := rds.NewFromConfig(cloud.Config())
	for version, want := range map[string]int{"17": 2, "17.5": 1, "17.9": 0, "1": 0} {
		out, err := client.DescribeDBEngineVersions(t.Context(), &rds.DescribeDBEngineVersionsInput{
			Engine: aws.String("postgres"), EngineVersion: &version,
		})
		require.NoError(t, err)
		require.Len(t, out.DBEngineVersions, want, version)
	}
	_, err := client.DescribeDBEngineVersions(t.Context(), &rds.DescribeDBEngineVersionsInput{Engine: aws.String("posgres")})
	require.ErrorContains(t, err, "Unrecognized engine name: posgres")

	subnets, err := client.DescribeDBSubnetGroups(t.Context(), &rds.DescribeDBSubnetGroupsInput{})
	require.NoError(t, err)
	require.Len(t, subnets.DBSubnetGroups, 2)
	_, err = client.DescribeDBSubnetGroups(t.Context(), &rds.DescribeDBSubnetGroupsInput{DBSubnetGroupName: aws.String("public")})
	var noSubnets *types.DBSubnetGroupNotFoundFault
	require.ErrorAs(t, err, &noSubnets)
	for _, name := range []string{"tuned", "default.postgres17"} {
		_, err = client.DescribeDBParameterGroups(t.Context(), &rds.DescribeDBParameterGroupsInput{DBParameterGroupName: &name})
		require.NoError(t, err)
	}
	_, err = client.DescribeDBParameterGroups(t.Context(), &rds.DescribeDBParameterGroupsInput{DBParameterGroupName: aws.String("loose")})
	var noParameters *types.DBParameterGroupNotFoundFault
	require.ErrorAs(t, err, &noParameters)
}
