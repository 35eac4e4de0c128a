package rdstest_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
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
	"github.com/peppercorn-go/peppercorn/internal/taglist"
	"github.com/peppercorn-go/peppercorn/provision/rdsdriver/rdstest"
)

// world is a service and a client of it.
type world struct {
	*rds.Client
	service *rdstest.RDS
	cloud   *sim.Cloud
}

// in runs a test in a bubble of virtual time.
func in(t *testing.T, test func(ctx context.Context, t *testing.T, w world), optFns ...func(*rdstest.Options)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		cloud := sim.New(func(o *sim.Options) { o.PageSize = 2 })
		service := rdstest.Register(cloud, optFns...)
		test(t.Context(), t, world{rds.NewFromConfig(cloud.Config()), service, cloud})
	})
}

// request is a request that is right, changed.
func request(change func(*rds.CreateDBInstanceInput)) *rds.CreateDBInstanceInput {
	in := &rds.CreateDBInstanceInput{
		DBInstanceIdentifier: aws.String("db"), DBInstanceClass: aws.String("db.t4g.micro"), Engine: aws.String("postgres"),
		AllocatedStorage: aws.Int32(20), MasterUsername: aws.String("owner"), ManageMasterUserPassword: aws.Bool(true),
		StorageEncrypted: aws.Bool(true),
	}
	if change != nil {
		change(in)
	}
	return in
}

func named(name string) *rds.CreateDBInstanceInput {
	return request(func(in *rds.CreateDBInstanceInput) { in.DBInstanceIdentifier = &name })
}

// add makes an instance that is available at once.
func (w world) add(t *testing.T, name string) rdstest.Instance {
	t.Helper()
	db, err := w.service.AddInstance(named(name))
	require.NoError(t, err)
	return db
}

func (w world) describe(ctx context.Context, name string) (types.DBInstance, error) {
	out, err := w.DescribeDBInstances(ctx, &rds.DescribeDBInstancesInput{DBInstanceIdentifier: &name})
	if err != nil {
		return types.DBInstance{}, err
	}
	return out.DBInstances[0], nil
}

// code returns the code by which RDS refused a call, "" for none.
func code(err error) string {
	var api smithy.APIError
	if err == nil {
		return ""
	}
	if !errors.As(err, &api) {
		return err.Error()
	}
	return api.ErrorCode()
}

func TestLifeOfAnInstance(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		out, err := w.CreateDBInstance(ctx, named("DB"))
		require.NoError(t, err)
		require.Equal(t, "db", *out.DBInstance.DBInstanceIdentifier, "stored in lower case")
		_, err = w.describe(ctx, "db")
		require.Equal(t, "DBInstanceNotFound", code(err), "not seen at once")
		_, err = w.CreateDBInstance(ctx, named("db"))
		require.Equal(t, "DBInstanceAlreadyExists", code(err), "though it is there")
		time.Sleep(time.Second)
		db, err := w.describe(ctx, "Db")
		require.NoError(t, err)
		require.Equal(t, "creating", *db.DBInstanceStatus)
		require.Nil(t, db.Endpoint)
		require.Equal(t, "creating", *db.MasterUserSecret.SecretStatus)

		seen := map[string]bool{}
		for *db.DBInstanceStatus != "available" {
			seen[*db.DBInstanceStatus] = true
			_, err = w.ModifyDBInstance(ctx, &rds.ModifyDBInstanceInput{DBInstanceIdentifier: aws.String("db"), DeletionProtection: aws.Bool(true)})
			require.Equal(t, "InvalidDBInstanceState", code(err))
			time.Sleep(10 * time.Second)
			db, err = w.describe(ctx, "db")
			require.NoError(t, err)
		}
		require.Equal(t, map[string]bool{"creating": true, "backing-up": true}, seen)
		require.Equal(t, int32(5432), *db.Endpoint.Port)
		require.Equal(t, "active", *db.MasterUserSecret.SecretStatus)
		require.True(t, strings.HasPrefix(*db.MasterUserSecret.SecretArn, "arn:aws:secretsmanager:us-east-1:123456789012:secret:rds!db-"))
		require.NotNil(t, db.LatestRestorableTime)
		require.Regexp(t, "^db-[A-Z2-7]{26}$", *db.DbiResourceId)
		require.NoError(t, rds.NewDBInstanceAvailableWaiter(w.Client).Wait(ctx, &rds.DescribeDBInstancesInput{DBInstanceIdentifier: aws.String("db")}, time.Hour))
	})
}

func TestDeleteRules(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		db := w.add(t, "db")
		remove := func(skip bool, final string) error {
			in := &rds.DeleteDBInstanceInput{DBInstanceIdentifier: aws.String("db"), SkipFinalSnapshot: &skip}
			if final != "" {
				in.FinalDBSnapshotIdentifier = &final
			}
			_, err := w.DeleteDBInstance(ctx, in)
			return err
		}
		require.Equal(t, "InvalidParameterCombination", code(remove(false, "")))
		require.Equal(t, "InvalidParameterCombination", code(remove(true, "last")))
		require.Equal(t, "InvalidParameterValue", code(remove(false, "a--b")))
		_, err := w.service.AddSnapshot("taken", "postgres", true)
		require.NoError(t, err)
		require.Equal(t, "DBSnapshotAlreadyExists", code(remove(false, "taken")))
		require.True(t, w.service.Protect("db", true))
		require.ErrorContains(t, remove(true, ""), "Cannot delete protected DB Instance")
		require.True(t, w.service.Protect("db", false))
		require.True(t, w.service.SetStatus("db", "failed", ""))
		require.Equal(t, "InvalidDBInstanceState", code(remove(false, "last")))
		require.True(t, w.service.SetStatus("db", "", ""))
		require.Equal(t, []rdstest.Instance{db}, w.service.Instances())

		require.NoError(t, remove(false, "last"))
		require.Equal(t, "InvalidDBInstanceState", code(remove(false, "later")))
		_, err = w.CreateDBInstance(ctx, named("db"))
		require.Equal(t, "DBInstanceAlreadyExists", code(err), "the name is taken until it is gone")
		status, err := w.describe(ctx, "db")
		require.NoError(t, err)
		require.Equal(t, "deleting", *status.DBInstanceStatus)
		_, err = w.RestoreDBInstanceFromDBSnapshot(ctx, &rds.RestoreDBInstanceFromDBSnapshotInput{
			DBInstanceIdentifier: aws.String("again"), DBSnapshotIdentifier: aws.String("last"),
		})
		require.Equal(t, "InvalidDBSnapshotState", code(err), "it is being taken")
		require.NoError(t, rds.NewDBInstanceDeletedWaiter(w.Client).Wait(ctx, &rds.DescribeDBInstancesInput{DBInstanceIdentifier: aws.String("db")}, time.Hour))
		require.Empty(t, w.service.Instances())
		require.Equal(t, "DBInstanceNotFound", code(remove(true, "")))
		require.Equal(t, "available", w.service.Snapshots()[0].Status)
		w.add(t, "db")
		require.False(t, w.service.Protect("none", true))
		require.False(t, w.service.SetStatus("none", "failed", ""))
	})
}

func TestRestoreRules(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		_, err := w.service.AddSnapshot("plain", "mysql", false)
		require.NoError(t, err)
		restore := func(change func(*rds.RestoreDBInstanceFromDBSnapshotInput)) error {
			in := &rds.RestoreDBInstanceFromDBSnapshotInput{DBInstanceIdentifier: aws.String("db"), DBSnapshotIdentifier: aws.String("plain")}
			change(in)
			_, err := w.RestoreDBInstanceFromDBSnapshot(ctx, in)
			return err
		}
		for want, change := range map[string]func(*rds.RestoreDBInstanceFromDBSnapshotInput){
			"DBSnapshotNotFound": func(in *rds.RestoreDBInstanceFromDBSnapshotInput) { in.DBSnapshotIdentifier = aws.String("none") },
			"InvalidParameterCombination": func(in *rds.RestoreDBInstanceFromDBSnapshotInput) {
				in.ManageMasterUserPassword = aws.Bool(true)
			},
			"InvalidParameterValue":      func(in *rds.RestoreDBInstanceFromDBSnapshotInput) { in.AllocatedStorage = aws.Int32(19) },
			"DBSubnetGroupNotFoundFault": func(in *rds.RestoreDBInstanceFromDBSnapshotInput) { in.DBSubnetGroupName = aws.String("none") },
			"DBParameterGroupNotFound":   func(in *rds.RestoreDBInstanceFromDBSnapshotInput) { in.DBParameterGroupName = aws.String("none") },
			"":                           func(in *rds.RestoreDBInstanceFromDBSnapshotInput) { in.Engine = aws.String("mariadb") },
		} {
			require.Equal(t, want, code(restore(change)))
			if want == "" {
				require.Len(t, w.service.Instances(), 1)
			}
		}
		require.Equal(t, "InvalidParameterCombination", code(restore(func(in *rds.RestoreDBInstanceFromDBSnapshotInput) { in.Engine = aws.String("postgres") })))
		require.Equal(t, "DBInstanceAlreadyExists", code(restore(func(*rds.RestoreDBInstanceFromDBSnapshotInput) {})))
		db := w.service.Instances()[0]
		require.False(t, db.Encrypted, "as its snapshot")
		require.Empty(t, db.SecretARN)
	})
}

func TestBadRequests(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		tag := func(k, v string) func(*rds.CreateDBInstanceInput) {
			return func(in *rds.CreateDBInstanceInput) { in.Tags = []types.Tag{{Key: &k, Value: &v}} }
		}
		many := func(n int) func(*rds.CreateDBInstanceInput) {
			return func(in *rds.CreateDBInstanceInput) {
				for i := range n {
					in.Tags = append(in.Tags, types.Tag{Key: aws.String(fmt.Sprint(i)), Value: aws.String("")})
				}
			}
		}
		for i, c := range []struct {
			name   string
			change func(*rds.CreateDBInstanceInput)
			code   string // of the refusal; "" if the request is right
		}{
			{"63 characters", func(in *rds.CreateDBInstanceInput) { in.DBInstanceIdentifier = aws.String(strings.Repeat("a", 63)) }, ""},
			{"64 characters", func(in *rds.CreateDBInstanceInput) { in.DBInstanceIdentifier = aws.String(strings.Repeat("a", 64)) }, "InvalidParameterValue"},
			{"digit first", func(in *rds.CreateDBInstanceInput) { in.DBInstanceIdentifier = aws.String("1a") }, "InvalidParameterValue"},
			{"two hyphens", func(in *rds.CreateDBInstanceInput) { in.DBInstanceIdentifier = aws.String("a--b") }, "InvalidParameterValue"},
			{"hyphen last", func(in *rds.CreateDBInstanceInput) { in.DBInstanceIdentifier = aws.String("a-") }, "InvalidParameterValue"},
			{"engine", func(in *rds.CreateDBInstanceInput) { in.Engine = aws.String("oracle-ee") }, "InvalidParameterValue"},
			{"version", func(in *rds.CreateDBInstanceInput) { in.EngineVersion = aws.String("new") }, "InvalidParameterCombination"},
			{"class", func(in *rds.CreateDBInstanceInput) { in.DBInstanceClass = aws.String("t4g.micro") }, "InvalidParameterValue"},
			{"no storage", func(in *rds.CreateDBInstanceInput) { in.AllocatedStorage = nil }, "InvalidParameterValue"},
			{"little storage", func(in *rds.CreateDBInstanceInput) { in.AllocatedStorage = aws.Int32(19) }, "InvalidParameterValue"},
			{"storage type", func(in *rds.CreateDBInstanceInput) { in.StorageType = aws.String("ssd") }, "InvalidParameterValue"},
			{"io1 without IOPS", func(in *rds.CreateDBInstanceInput) {
				in.StorageType, in.AllocatedStorage = aws.String("io1"), aws.Int32(100)
			}, "InvalidParameterCombination"},
			{"gp2 with IOPS", func(in *rds.CreateDBInstanceInput) { in.StorageType, in.Iops = aws.String("gp2"), aws.Int32(1000) }, "InvalidParameterCombination"},
			{"IOPS", func(in *rds.CreateDBInstanceInput) { in.Iops = aws.Int32(1001) }, "InvalidParameterCombination"},
			{"key without encryption", func(in *rds.CreateDBInstanceInput) { in.StorageEncrypted, in.KmsKeyId = nil, aws.String("alias/x") }, "InvalidParameterCombination"},
			{"port", func(in *rds.CreateDBInstanceInput) { in.Port = aws.Int32(1149) }, "InvalidParameterValue"},
			{"no user", func(in *rds.CreateDBInstanceInput) { in.MasterUsername = nil }, "InvalidParameterValue"},
			{"reserved user", func(in *rds.CreateDBInstanceInput) { in.MasterUsername = aws.String("admin") }, "InvalidParameterValue"},
			{"no password", func(in *rds.CreateDBInstanceInput) { in.ManageMasterUserPassword = nil }, "InvalidParameterValue"},
			{"two passwords", func(in *rds.CreateDBInstanceInput) { in.MasterUserPassword = aws.String("correct horse") }, "InvalidParameterCombination"},
			{"key of no secret", func(in *rds.CreateDBInstanceInput) {
				in.ManageMasterUserPassword, in.MasterUserPassword, in.MasterUserSecretKmsKeyId = nil, aws.String("correct horse"), aws.String("alias/x")
			}, "InvalidParameterCombination"},
			{"retention", func(in *rds.CreateDBInstanceInput) { in.BackupRetentionPeriod = aws.Int32(36) }, "InvalidParameterValue"},
			{"name of a database", func(in *rds.CreateDBInstanceInput) { in.DBName = aws.String("1x") }, "InvalidParameterValue"},
			{"subnet group", func(in *rds.CreateDBInstanceInput) { in.DBSubnetGroupName = aws.String("none") }, "DBSubnetGroupNotFoundFault"},
			{"parameter group", func(in *rds.CreateDBInstanceInput) { in.DBParameterGroupName = aws.String("none") }, "DBParameterGroupNotFound"},
			{"AWS's parameter group", func(in *rds.CreateDBInstanceInput) { in.DBParameterGroupName = aws.String("default.postgres17") }, ""},
			{"security group", func(in *rds.CreateDBInstanceInput) { in.VpcSecurityGroupIds = []string{"web"} }, "InvalidParameterValue"},
			{"50 tags", many(50), ""},
			{"51 tags", many(51), "InvalidParameterValue"},
			{"long key", tag(strings.Repeat("k", 129), ""), "InvalidParameterValue"},
			{"long value", tag("k", strings.Repeat("ü", 257)), "InvalidParameterValue"},
			{"256 runes", tag("k", strings.Repeat("ü", 256)), ""},
			{"reserved key", tag("AWS:k", ""), "InvalidParameterValue"},
			{"reserved value", tag("k", "rds:x"), "InvalidParameterValue"},
			{"parentheses", tag("k", "feat(api)"), "InvalidParameterValue"},
			{"same key twice", func(in *rds.CreateDBInstanceInput) {
				in.Tags = []types.Tag{{Key: aws.String("k")}, {Key: aws.String("k")}}
			}, "InvalidParameterValue"},
		} {
			before := len(w.service.Instances())
			_, err := w.CreateDBInstance(ctx, request(func(in *rds.CreateDBInstanceInput) {
				in.DBInstanceIdentifier = aws.String(fmt.Sprintf("db-%d", i))
				c.change(in)
			}))
			require.Equal(t, c.code, code(err), "%s: %v", c.name, err)
			if c.code != "" {
				require.Len(t, w.service.Instances(), before, c.name)
			}
		}
	})
}

func TestPagesTagsAndEvents(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		for _, name := range []string{"b", "a", "c"} {
			w.add(t, name)
		}
		var names []string
		pages := rds.NewDescribeDBInstancesPaginator(w.Client, &rds.DescribeDBInstancesInput{MaxRecords: aws.Int32(20)})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			require.NoError(t, err)
			require.LessOrEqual(t, len(page.DBInstances), 2)
			for _, db := range page.DBInstances {
				names = append(names, *db.DBInstanceIdentifier)
			}
		}
		require.Equal(t, []string{"a", "b", "c"}, names)
		_, err := w.DescribeDBInstances(ctx, &rds.DescribeDBInstancesInput{MaxRecords: aws.Int32(19)})
		require.Equal(t, "InvalidParameterValue", code(err))

		arn := aws.String(w.service.Instances()[0].ARN)
		_, err = w.AddTagsToResource(ctx, &rds.AddTagsToResourceInput{ResourceName: arn, Tags: []types.Tag{{Key: aws.String("x"), Value: aws.String("1")}, {Key: aws.String("y")}}})
		require.NoError(t, err)
		_, err = w.RemoveTagsFromResource(ctx, &rds.RemoveTagsFromResourceInput{ResourceName: arn, TagKeys: []string{"y", "none"}})
		require.NoError(t, err)
		tags, err := w.ListTagsForResource(ctx, &rds.ListTagsForResourceInput{ResourceName: arn})
		require.NoError(t, err)
		require.Equal(t, []types.Tag{{Key: aws.String("x"), Value: aws.String("1")}}, tags.TagList)

		require.True(t, w.service.SetStatus("a", "storage-full", "There is no space left."))
		ask := &rds.DescribeEventsInput{SourceIdentifier: aws.String("a"), SourceType: types.SourceTypeDbInstance}
		events, err := w.DescribeEvents(ctx, ask)
		require.NoError(t, err)
		require.Len(t, events.Events, 1)
		time.Sleep(time.Hour + time.Second)
		events, err = w.DescribeEvents(ctx, ask)
		require.NoError(t, err)
		require.Empty(t, events.Events, "an hour back by default")
	})
}

func TestTagsCanBeChangedLater(t *testing.T) {
	tagOf := func(key, value *string) types.Tag { return types.Tag{Key: key, Value: value} }
	in(t, func(ctx context.Context, t *testing.T, w world) {
		db, err := w.service.AddInstance(request(func(in *rds.CreateDBInstanceInput) {
			in.Tags = taglist.Of(map[string]string{"a": "1", "b": "2"}, tagOf)
		}))
		require.NoError(t, err)
		drivertest.TestTagsLater(t, drivertest.Tagged{
			Tags: func() map[string]string { return w.service.Instances()[0].Tags },
			Change: func(tags map[string]string) error {
				_, err := w.AddTagsToResource(ctx, &rds.AddTagsToResourceInput{ResourceName: &db.ARN, Tags: taglist.Of(tags, tagOf)})
				return err
			},
			Invalid: func(err error) { require.Equal(t, "InvalidParameterValue", code(err)) },
			TooMany: func(err error) {
				require.Equal(t, "InvalidParameterValue", code(err))
				require.ErrorContains(t, err, "51 tags", "the code is that of all refusals")
			},
		})
	})
}

func TestQuotaRateAndRegions(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		w.add(t, "a")
		_, err := w.CreateDBInstance(ctx, named("b"))
		require.Equal(t, "InstanceQuotaExceeded", code(err))
		abroad := rds.NewFromConfig(w.cloud.Config(), func(o *rds.Options) { o.Region = "eu-central-1" })
		_, err = abroad.DescribeDBInstances(ctx, &rds.DescribeDBInstancesInput{DBInstanceIdentifier: aws.String("a")})
		require.Equal(t, "DBInstanceNotFound", code(err))
		_, err = abroad.CreateDBInstance(ctx, named("a"))
		require.NoError(t, err)
		time.Sleep(time.Minute)
		throttled := 0
		for range 12 {
			_, err = w.DescribeDBInstances(ctx, &rds.DescribeDBInstancesInput{}, func(o *rds.Options) { o.Retryer = aws.NopRetryer{} })
			if err != nil {
				require.Equal(t, "Throttling", code(err))
				throttled++
			}
		}
		require.Equal(t, 2, throttled)
		_, err = w.DescribeDBClusters(ctx, &rds.DescribeDBClustersInput{})
		require.Error(t, err)
	}, func(o *rdstest.Options) { o.Quota, o.Rate, o.Burst = 1, 10, 10 })
}

func TestSnapshotsOutliveTheirInstance(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		db, err := w.service.AddInstance(request(func(in *rds.CreateDBInstanceInput) {
			in.CopyTagsToSnapshot = aws.Bool(true)
			in.Tags = []types.Tag{{Key: aws.String("team"), Value: aws.String("shop")}}
		}))
		require.NoError(t, err)
		take := func(name string) error {
			_, err := w.CreateDBSnapshot(ctx, &rds.CreateDBSnapshotInput{DBInstanceIdentifier: aws.String("db"), DBSnapshotIdentifier: &name})
			return err
		}
		for _, name := range []string{"monday", "tuesday", "wednesday"} {
			require.NoError(t, take(name))
		}
		require.Equal(t, "DBSnapshotAlreadyExists", code(take("monday")))
		require.Equal(t, "InvalidParameterValue", code(take("rds:monday")))
		require.True(t, w.service.SetStatus("db", "modifying", ""))
		require.Equal(t, "InvalidDBInstanceState", code(take("thursday")))
		remove := &rds.DeleteDBSnapshotInput{DBSnapshotIdentifier: aws.String("tuesday")}
		_, err = w.DeleteDBSnapshot(ctx, remove)
		require.Equal(t, "InvalidDBSnapshotState", code(err), "it is being taken")

		_, err = w.DeleteDBInstance(ctx, &rds.DeleteDBInstanceInput{DBInstanceIdentifier: aws.String("db"), SkipFinalSnapshot: aws.Bool(true)})
		require.NoError(t, err)
		time.Sleep(10 * time.Minute)
		require.Empty(t, w.service.Instances())
		_, err = w.DeleteDBSnapshot(ctx, remove)
		require.NoError(t, err)
		var names []string
		pages := rds.NewDescribeDBSnapshotsPaginator(w.Client, &rds.DescribeDBSnapshotsInput{DBInstanceIdentifier: aws.String("db")})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			require.NoError(t, err)
			for _, snapshot := range page.DBSnapshots {
				names = append(names, *snapshot.DBSnapshotIdentifier)
				require.Equal(t, db.ResourceID, *snapshot.DbiResourceId)
				tags, err := w.ListTagsForResource(ctx, &rds.ListTagsForResourceInput{ResourceName: snapshot.DBSnapshotArn})
				require.NoError(t, err)
				require.Equal(t, db.Tags, map[string]string{*tags.TagList[0].Key: *tags.TagList[0].Value})
			}
		}
		require.Equal(t, []string{"monday", "wednesday"}, names)
	})
}

func TestPasswordsAreManagedOrGiven(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		w.add(t, "db")
		modify := func(change func(*rds.ModifyDBInstanceInput)) error {
			in := &rds.ModifyDBInstanceInput{DBInstanceIdentifier: aws.String("db")}
			change(in)
			_, err := w.ModifyDBInstance(ctx, in)
			return err
		}
		require.Equal(t, "InvalidParameterCombination", code(modify(func(in *rds.ModifyDBInstanceInput) { in.MasterUserSecretKmsKeyId = aws.String("alias/x") })))
		require.Equal(t, "InvalidParameterCombination", code(modify(func(in *rds.ModifyDBInstanceInput) { in.ManageMasterUserPassword = aws.Bool(false) })))
		require.Equal(t, "InvalidParameterValue", code(modify(func(in *rds.ModifyDBInstanceInput) { in.BackupRetentionPeriod = aws.Int32(36) })))
		require.NoError(t, modify(func(in *rds.ModifyDBInstanceInput) {
			in.ManageMasterUserPassword, in.MasterUserPassword = aws.Bool(false), aws.String("correct horse")
			in.DeletionProtection, in.BackupRetentionPeriod = aws.Bool(true), aws.Int32(0)
		}))
		db := w.service.Instances()[0]
		require.Empty(t, db.SecretARN)
		require.True(t, db.Protected)
		require.Zero(t, db.BackupDays)
		require.NoError(t, modify(func(in *rds.ModifyDBInstanceInput) {
			in.ManageMasterUserPassword, in.MasterUserSecretKmsKeyId = aws.Bool(true), aws.String("alias/x")
		}))
		require.Equal(t, "resetting-master-credentials", w.service.Instances()[0].Status)
		time.Sleep(time.Minute)
		require.Equal(t, "available", w.service.Instances()[0].Status)
		require.Equal(t, "alias/x", w.service.Instances()[0].SecretKey)
	})
}
