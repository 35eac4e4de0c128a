package rdsdriver_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/internal/drivertest"
	"github.com/peppercorn-go/peppercorn/internal/moto"
	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
	"github.com/peppercorn-go/peppercorn/provision/provisiontest"
	"github.com/peppercorn-go/peppercorn/provision/rdsdriver"
	"github.com/peppercorn-go/peppercorn/provision/rdsdriver/rdstest"
)

// changes are the calls whose replies are worth losing.
var changes = drivertest.Only("CreateDBInstance", "RestoreDBInstanceFromDBSnapshot", "ModifyDBInstance", "DeleteDBInstance")

func TestDriverOnSimulatedRDS(t *testing.T) {
	t.Parallel()
	provisiontest.TestDriver(t, provisiontest.Harness{
		Name: "simulated RDS",
		New: func(t testing.TB) provisiontest.World {
			cloud := sim.New(func(o *sim.Options) { o.PageSize = 2 })
			service := rdstest.Register(cloud, hasty)
			service.AddSubnetGroup("private")
			service.AddParameterGroup("tuned")
			w := worldOf(rds.NewFromConfig(cloud.Config()), "private", "tuned")
			w.LoseReply = drivertest.LoseReply(t, cloud, changes)
			w.Hide = drivertest.Hide(cloud, &types.DBInstanceNotFoundFault{}, "DescribeDBInstances")
			w.Count = func(context.Context, provision.Kind) int { return len(service.Instances()) }
			return w
		},
	})
}

// hasty is an RDS with which the suite, which asks every second, does not ask a hundred thousand times.
func hasty(o *rdstest.Options) {
	o.Creation, o.Restore, o.Backup, o.Modification = 40*time.Second, time.Minute, 20*time.Second, 10*time.Second
	o.Snapshot, o.Deletion = 20*time.Second, 20*time.Second
}

func TestDriverOnMoto(t *testing.T) {
	t.Parallel()
	server := moto.Start(t)
	provisiontest.TestDriver(t, provisiontest.Harness{
		Name:     "moto",
		RealTime: true,
		New: func(t testing.TB) provisiontest.World {
			cfg := server.Config()
			wire := drivertest.NewWire(t, &cfg, changes, drivertest.Changes)
			client := rds.NewFromConfig(cfg)
			makeParameterGroup(t, client, "tuned")
			w := worldOf(client, "", "tuned", func(o *rdsdriver.Options) {
				o.Poll, o.Settle, o.Appear = 10*time.Millisecond, 10*time.Millisecond, 100*time.Millisecond // nothing takes time on moto
			})
			w.LoseReply = wire.Lose
			w.Count = func(ctx context.Context, _ provision.Kind) int {
				return drivertest.Count(ctx, rds.NewDescribeDBInstancesPaginator(client, &rds.DescribeDBInstancesInput{}),
					func(page *rds.DescribeDBInstancesOutput) int { return len(page.DBInstances) })
			}
			return w
		},
	})
}

func makeParameterGroup(t testing.TB, client *rds.Client, name string) {
	_, err := client.CreateDBParameterGroup(context.Background(), &rds.CreateDBParameterGroupInput{
		DBParameterGroupName: &name, DBParameterGroupFamily: aws.String("mysql8.0"), Description: aws.String("of the suite"),
	})
	var exists *types.DBParameterGroupAlreadyExistsFault
	if err != nil && !errors.As(err, &exists) {
		require.NoError(t, err)
	}
}

// worldOf is a world behind any client; who stands behind it adds LoseReply and Count.
func worldOf(client *rds.Client, subnets, parameters provision.Text, optFns ...func(*rdsdriver.Options)) provisiontest.World {
	return provisiontest.World{
		Driver: rdsdriver.New(client, optFns...),
		Specs: func(provision.Kind) []provisiontest.Sample {
			return []provisiontest.Sample{
				{Name: "minimal", Spec: kinds.Database{Engine: kinds.Postgres, Class: "db.t4g.micro", StorageGiB: 20}},
				{Name: "full", Spec: kinds.Database{
					Engine: kinds.MySQL, EngineVersion: "8.0", Class: "db.m7g.large", StorageGiB: 100, StorageType: "io1", IOPS: 3000,
					KMSKey: "alias/shop", MultiAZ: true, SubnetGroup: subnets, ParameterGroup: parameters,
					SecurityGroups: []provision.Text{"sg-0123456789abcdef0"}, Port: 3307, DatabaseName: "shop", MasterUser: "owner",
					SecretKMSKey: "alias/secrets", BackupDays: 35, Public: true, PerformanceInsights: true,
				}},
				{Name: "restored", Prepare: restored},
			}
		},
		Stranger: func(ctx context.Context, _ provision.Kind, name string) (string, func() error, error) {
			_, err := client.CreateDBInstance(ctx, &rds.CreateDBInstanceInput{
				DBInstanceIdentifier: &name, DBInstanceClass: aws.String("db.t4g.micro"), Engine: aws.String("postgres"),
				AllocatedStorage: aws.Int32(20), MasterUsername: aws.String("stranger"), ManageMasterUserPassword: aws.Bool(true),
				Tags: []types.Tag{{Key: aws.String("team"), Value: aws.String("somebody else")}},
			})
			if err != nil {
				return "", nil, err
			}
			time.Sleep(time.Second) // until it can be seen
			unchanged, err := drivertest.Unchanged(func() (types.DBInstance, error) { return look(ctx, client, name) })
			return name, unchanged, err
		},
	}
}

// restored is a database that comes from the final snapshot of another one.
func restored(ctx context.Context, t testing.TB, d provision.Driver, o provision.Owner) provision.Spec {
	s, err := d.Create(ctx, provision.Call{Owner: o, Node: "source", Spec: kinds.Database{
		Engine: kinds.Postgres, Class: "db.t4g.micro", StorageGiB: 20,
	}})
	require.NoError(t, err)
	_, err = d.Await(ctx, s)
	require.NoError(t, err)
	for err = d.Delete(ctx, s); err != nil; err = d.Delete(ctx, s) {
		require.ErrorIs(t, err, provision.ErrDeleting)
		time.Sleep(100 * time.Millisecond)
	}
	return kinds.Database{Engine: kinds.Postgres, Class: "db.t4g.small", Snapshot: provision.Text(rdsdriver.FinalSnapshot(s)), SecretKMSKey: "alias/secrets"}
}

// look returns what one can change about a database.
func look(ctx context.Context, client *rds.Client, name string) (types.DBInstance, error) {
	out, err := client.DescribeDBInstances(ctx, &rds.DescribeDBInstancesInput{DBInstanceIdentifier: &name})
	if err != nil {
		return types.DBInstance{}, err
	}
	db := out.DBInstances[0]
	db.LatestRestorableTime = nil // moves by itself
	return db, nil
}
