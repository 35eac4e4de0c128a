package rdsdriver_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/internal/drivertest"
	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
	"github.com/peppercorn-go/peppercorn/provision/rdsdriver"
	"github.com/peppercorn-go/peppercorn/provision/rdsdriver/rdstest"
)

// world is a driver on a simulated RDS.
type world struct {
	*rdsdriver.Driver
	drivertest.Lab
	service *rdstest.RDS
	client  *rds.Client
}

// in runs a test in a bubble of virtual time.
func in(t *testing.T, test func(ctx context.Context, t *testing.T, w world), optFns ...func(*rdstest.Options)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		cloud := sim.New(func(o *sim.Options) { o.PageSize = 2 })
		service := rdstest.Register(cloud, optFns...)
		client := rds.NewFromConfig(cloud.Config())
		driver := rdsdriver.New(client)
		test(t.Context(), t, world{driver, drivertest.NewLab(cloud, driver), service, client})
	})
}

// small is the least that a database needs.
var small = kinds.Database{Engine: kinds.Postgres, Class: "db.t4g.micro", StorageGiB: 20}

// orders is a call for a database of an attempt.
func orders(attempt string, d kinds.Database) provision.Call {
	return provision.Call{Owner: drivertest.Owner(attempt), Node: "orders", Spec: d}
}

// What a person restores from a snapshot of ours, to save a row of it, gets the tags of the snapshot from RDS. It is no less that person's.
func TestADatabaseThatSomebodyRestoredIsNotOurs(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		c := orders("a1", small)
		s := w.Made(ctx, t, c)
		w.Gone(ctx, t, s)
		_, err := w.client.RestoreDBInstanceFromDBSnapshot(ctx, &rds.RestoreDBInstanceFromDBSnapshotInput{
			DBInstanceIdentifier: aws.String("the-lost-row"), DBSnapshotIdentifier: aws.String(rdsdriver.FinalSnapshot(s)),
		})
		require.NoError(t, err)
		time.Sleep(time.Hour)
		require.Equal(t, c.Tags(), w.service.Instances()[0].Tags)
		for _, o := range []provision.Owner{c.Owner, {Registry: c.Owner.Registry}} {
			states, err := w.Found(ctx, o)
			require.NoError(t, err)
			require.Empty(t, states, "a teardown or a sweep would delete it")
		}
		s.ID = "the-lost-row"
		require.ErrorIs(t, w.Delete(ctx, s), provision.ErrForeign)
		require.Len(t, w.Sent("DeleteDBInstance"), 1, "that of ours")
		require.Len(t, w.service.Instances(), 1)

		// Not even if it is the one that somebody had before.
		again := w.Made(ctx, t, c)
		states, err := w.Found(ctx, c.Owner)
		require.NoError(t, err)
		require.Len(t, states, 1)
		require.Equal(t, again.ID, states[0].ID)
	})
}

func TestDatabaseIsMadeAsTheBlueprintSays(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		w.service.AddSubnetGroup("private")
		c := orders("a1", kinds.Database{
			Engine: kinds.MariaDB, EngineVersion: "11.8", Class: "db.m7g.large", StorageGiB: 100, StorageType: "io2", IOPS: 2000,
			KMSKey: "alias/shop", MultiAZ: true, SubnetGroup: "private", SecurityGroups: []provision.Text{"sg-1", "sg-2"}, Port: 3307,
			DatabaseName: "orders", MasterUser: "owner", SecretKMSKey: "alias/secrets", BackupDays: 35, Public: true,
			PerformanceInsights: true, SkipFinalSnapshot: true,
		})
		c.Keep = true
		s := w.Made(ctx, t, c)
		require.Equal(t, c.Name(63, ""), s.Name)
		require.Equal(t, s.Name, s.ID)
		require.Equal(t, c.Owner, s.Owner)
		require.True(t, s.Keep)

		db := w.service.Instances()[0]
		require.Equal(t, db.ARN, s.Outputs["ARN"].String())
		require.Equal(t, db.SecretARN, s.Outputs["SecretARN"].String())
		require.Equal(t, "alias/secrets", db.SecretKey)
		require.Equal(t, "mariadb", s.Outputs["Engine"].String())
		require.True(t, s.Outputs["Port"].Equal(provision.NumberValue(3307)))
		require.Regexp(t, `^`+s.Name+`\.[a-z0-9]{12}\.us-east-1\.rds\.amazonaws\.com$`, s.Outputs["Endpoint"].String())
		tags := c.Tags()
		tags[rdsdriver.TagFinalSnapshot] = "none"
		require.Equal(t, tags, db.Tags)
		request := w.Sent("CreateDBInstance")[0].(*rds.CreateDBInstanceInput)
		request.Tags = nil
		require.Equal(t, &rds.CreateDBInstanceInput{
			DBInstanceIdentifier: aws.String(s.Name), DBInstanceClass: aws.String("db.m7g.large"), Engine: aws.String("mariadb"),
			EngineVersion: aws.String("11.8"), AllocatedStorage: aws.Int32(100), StorageType: aws.String("io2"), Iops: aws.Int32(2000),
			StorageEncrypted: aws.Bool(true), KmsKeyId: aws.String("alias/shop"), MultiAZ: aws.Bool(true),
			DBSubnetGroupName: aws.String("private"), VpcSecurityGroupIds: []string{"sg-1", "sg-2"}, Port: aws.Int32(3307),
			DBName: aws.String("orders"), MasterUsername: aws.String("owner"), ManageMasterUserPassword: aws.Bool(true),
			MasterUserSecretKmsKeyId: aws.String("alias/secrets"), BackupRetentionPeriod: aws.Int32(35),
			PubliclyAccessible: aws.Bool(true), EnablePerformanceInsights: aws.Bool(true), CopyTagsToSnapshot: aws.Bool(true),
		}, request)
	})
}

func TestDefaultsAreSafe(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		s := w.Made(ctx, t, orders("a1", small))
		db := w.service.Instances()[0]
		require.True(t, db.Encrypted)
		require.False(t, db.Public, "RDS makes it public if it is not told otherwise")
		require.False(t, db.Protected)
		require.Equal(t, 7, db.BackupDays)
		require.NotEmpty(t, db.SecretARN)
		require.Equal(t, s.Owner, orders("a1", small).Owner)
		require.Equal(t, orders("a1", small).Tags(), db.Tags)
	})
}

// No secret value passes through the driver, in either direction: there is no field for one, and none is ever asked for.
func TestNoPasswordIsSentOrRead(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		snap, err := w.service.AddSnapshot("golden", "postgres", true)
		require.NoError(t, err)
		w.Gone(ctx, t, w.Made(ctx, t, orders("a1", small)))
		w.Made(ctx, t, orders("a2", kinds.Database{Engine: kinds.Postgres, Class: "db.t4g.micro", Snapshot: provision.Text(snap.Name)}))
		for _, call := range w.Cloud.Calls() {
			require.Equal(t, "RDS", call.Service, "Secrets Manager is never asked")
			switch in := call.Input.(type) {
			case *rds.CreateDBInstanceInput:
				require.Nil(t, in.MasterUserPassword)
				require.True(t, *in.ManageMasterUserPassword)
			case *rds.ModifyDBInstanceInput:
				require.Nil(t, in.MasterUserPassword)
				require.True(t, *in.ManageMasterUserPassword)
			}
		}
	})
}

func TestLostReplyMakesOneDatabase(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		w.Cloud.Inject(sim.Fault{Match: sim.On("RDS", "CreateDBInstance"), Times: 1, Kind: sim.LostReply})
		s := w.Made(ctx, t, orders("a1", small))
		require.Len(t, w.Sent("CreateDBInstance"), 2)
		require.Len(t, w.service.Instances(), 1)
		require.Equal(t, s, w.Made(ctx, t, orders("a1", small)))
		require.Len(t, w.service.Instances(), 1)
	})
}

func TestStrangersDatabaseIsNeverAdopted(t *testing.T) {
	ours, other := orders("a1", small), orders("a2", small)
	for name, tags := range map[string]map[string]string{"without tags": nil, "another attempt's": other.Tags()} {
		for _, snapshot := range []provision.Text{"", "golden"} {
			t.Run(fmt.Sprintf("%s, snapshot %q", name, snapshot), func(t *testing.T) {
				in(t, func(ctx context.Context, t *testing.T, w world) {
					_, err := w.service.AddSnapshot("golden", "postgres", true)
					require.NoError(t, err)
					request := &rds.CreateDBInstanceInput{
						DBInstanceIdentifier: aws.String(ours.Name(63, "")), DBInstanceClass: aws.String("db.t4g.micro"), Engine: aws.String("mysql"),
						AllocatedStorage: aws.Int32(20), MasterUsername: aws.String("owner"), MasterUserPassword: aws.String("correct horse"),
					}
					for k, v := range tags {
						request.Tags = append(request.Tags, types.Tag{Key: aws.String(k), Value: aws.String(v)})
					}
					before, err := w.service.AddInstance(request)
					require.NoError(t, err)
					call := ours
					spec := small
					if spec.Snapshot = snapshot; snapshot != "" {
						spec.StorageGiB = 0
					}
					call.Spec = spec
					_, err = w.Create(ctx, call)
					var foreign *provision.ForeignError
					require.ErrorAs(t, err, &foreign)
					require.Equal(t, before.Name, foreign.ID)
					require.Equal(t, "orders", foreign.Node)
					err = w.Delete(ctx, provision.State{ID: before.Name, Owner: ours.Owner, Node: "orders", Kind: kinds.DatabaseKind})
					require.ErrorIs(t, err, provision.ErrForeign)
					require.Equal(t, []rdstest.Instance{before}, w.service.Instances())
				})
			})
		}
	}
}

func TestWhatIsBeingDeletedIsNotAdopted(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		s := w.Made(ctx, t, orders("a1", small))
		require.ErrorIs(t, w.Delete(ctx, s), provision.ErrDeleting)
		_, err := w.Create(ctx, orders("a1", small))
		require.ErrorIs(t, err, provision.ErrDeleting)
		_, err = w.Await(ctx, s)
		require.ErrorIs(t, err, provision.ErrDeleting)
		found, err := w.Found(ctx, s.Owner)
		require.NoError(t, err)
		require.True(t, found[0].Deleting)
	})
}

func TestFindReadsAllPagesAndOnlyItsOwn(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		for i := range 5 {
			c := orders("a1", small)
			c.Node = fmt.Sprintf("orders-%d", i)
			w.Made(ctx, t, c)
		}
		w.Made(ctx, t, orders("a2", small))
		states, err := w.Found(ctx, orders("a1", small).Owner)
		require.NoError(t, err)
		require.Len(t, states, 5)
		require.Len(t, states[0].Outputs, 6, "all that is known is told")
		states, err = w.Found(ctx, provision.Owner{Registry: "r3g1"})
		require.NoError(t, err)
		require.Len(t, states, 6)
		states, err = w.Found(ctx, provision.Owner{})
		require.NoError(t, err)
		require.Empty(t, states, "an owner that names nothing owns nothing")

		w.Cloud.Inject(sim.Fault{Match: sim.On("RDS", "DescribeDBInstances"), Kind: sim.Fail, Err: sim.Error("AccessDenied", "no", 403)})
		_, err = w.Found(ctx, orders("a1", small).Owner)
		require.ErrorContains(t, err, "AccessDenied")
	})
}

func TestOtherSpecsAreRefused(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		c := orders("a1", small)
		c.Spec = &small
		require.ErrorContains(t, w.Validate(c), "*kinds.Database")
		_, err := w.Create(ctx, c)
		require.ErrorContains(t, err, `node "orders"`)
		require.Empty(t, w.Cloud.Calls())
		require.NoError(t, w.Validate(orders("a1", small)))
	})
}

func TestErrorsNameTheDatabaseAndUnwrap(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		denied := sim.Error("AccessDenied", "not for you", 403)
		c := orders("a1", small)
		s := w.Made(ctx, t, c)
		for op, call := range map[string]func() error{
			"CreateDBInstance":    func() error { _, err := w.Create(ctx, c); return err },
			"DescribeDBInstances": func() error { _, err := w.Await(ctx, s); return err },
			"DeleteDBInstance":    func() error { return w.Delete(ctx, s) },
		} {
			remove := w.Cloud.Inject(sim.Fault{Match: sim.On("RDS", op), Kind: sim.Fail, Err: denied})
			err := call()
			remove()
			var api smithy.APIError
			require.ErrorAs(t, err, &api, op)
			require.Equal(t, "AccessDenied", api.ErrorCode(), op)
			require.ErrorContains(t, err, s.Name, op)
		}
	})
}
