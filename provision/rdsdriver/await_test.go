package rdsdriver_test

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
	"github.com/peppercorn-go/peppercorn/provision/rdsdriver"
	"github.com/peppercorn-go/peppercorn/provision/rdsdriver/rdstest"
)

func TestAwaitEndsSoonAfterTheFirstBackup(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		start := time.Now()
		s := w.Made(ctx, t, orders("a1", small))
		require.Equal(t, "available", w.service.Instances()[0].Status)
		require.Greater(t, time.Since(start), 5*time.Minute)
		require.Less(t, time.Since(start), 11*time.Minute+30*time.Second)
		require.True(t, w.service.SetStatus(s.ID, "backing-up", "")) // as every night
		start = time.Now()
		again, err := w.Await(ctx, s)
		require.NoError(t, err)
		require.Equal(t, s, again)
		require.Zero(t, time.Since(start), "what answers is not waited for")
	})
}

func TestAwaitFailsAtOnceForWhatWillNotBecomeReady(t *testing.T) {
	for _, status := range []string{
		"failed", "incompatible-network", "incompatible-parameters", "incompatible-restore", "incompatible-option-group",
		"inaccessible-encryption-credentials", "insufficient-capacity", "storage-full", "stopped", "restore-error",
	} {
		t.Run(status, func(t *testing.T) {
			in(t, func(ctx context.Context, t *testing.T, w world) {
				s, err := w.Create(ctx, orders("a1", small))
				require.NoError(t, err)
				require.True(t, w.service.SetStatus(s.ID, status, "The subnet has no free address."))
				start := time.Now()
				_, err = w.Await(ctx, s)
				var lost *rdsdriver.StatusError
				require.ErrorAs(t, err, &lost)
				require.Equal(t, rdsdriver.StatusError{ID: s.ID, Status: status, Reason: "The subnet has no free address."}, *lost)
				require.NotErrorIs(t, err, provision.ErrDeleting)
				require.Zero(t, time.Since(start))

				w.Cloud.Inject(sim.Fault{Match: sim.On("RDS", "DescribeEvents"), Kind: sim.Fail, Err: sim.Error("AccessDenied", "no", 403)})
				_, err = w.Await(ctx, s)
				require.ErrorContains(t, err, status, "the failure is told even if its reason cannot be read")
			})
		})
	}
}

func TestAwaitOfADatabaseThatIsGone(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		s := w.Made(ctx, t, orders("a1", small))
		w.Gone(ctx, t, s)
		start := time.Now()
		_, err := w.Await(ctx, s)
		require.ErrorIs(t, err, provision.ErrGone)
		require.LessOrEqual(t, time.Since(start), 2*time.Minute)
		var missing *types.DBInstanceNotFoundFault
		require.ErrorAs(t, err, &missing, "the error of the SDK stays in reach")
	})
}

func TestAwaitOutlivesThrottlingAndHasAnEnd(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		s, err := w.Create(ctx, orders("a1", small))
		require.NoError(t, err)
		remove := w.Cloud.Inject(sim.Fault{Match: sim.On("RDS", "DescribeDBInstances"), Probability: 0.9, Kind: sim.Throttle})
		_, err = w.Await(ctx, s)
		require.NoError(t, err)
		remove()

		s, err = w.Create(ctx, orders("a2", small))
		require.NoError(t, err)
		require.True(t, w.service.SetStatus(s.ID, "rebooting", ""))
		start := time.Now()
		_, err = w.Await(ctx, s)
		require.ErrorContains(t, err, "not ready after 6h")
		require.Less(t, time.Since(start), 6*time.Hour+time.Minute)

		short, cancel := context.WithTimeout(ctx, time.Minute)
		defer cancel()
		_, err = w.Await(short, s)
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
}

func TestPasswordThatSomebodyTookAwayIsNotTakenBack(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		s := w.Made(ctx, t, orders("a1", small))
		_, err := w.client.ModifyDBInstance(ctx, &rds.ModifyDBInstanceInput{
			DBInstanceIdentifier: &s.ID, ManageMasterUserPassword: aws.Bool(false), MasterUserPassword: aws.String("correct horse"),
		})
		require.NoError(t, err)
		_, err = w.Await(ctx, s)
		require.ErrorContains(t, err, "changed that by hand")
		require.Len(t, w.Sent("ModifyDBInstance"), 1)
	})
}

// golden is a database that is restored from the snapshot of that name.
func golden(key provision.Text) kinds.Database {
	return kinds.Database{Engine: kinds.Postgres, Class: "db.t4g.small", Snapshot: "golden", SecretKMSKey: key, BackupDays: 3}
}

func TestRestoredDatabaseGetsAPasswordOfItsOwn(t *testing.T) {
	for _, key := range []provision.Text{"", "arn:aws:kms:us-east-1:123456789012:key/1234-5678"} {
		in(t, func(ctx context.Context, t *testing.T, w world) {
			_, err := w.service.AddSnapshot("golden", "postgres", true)
			require.NoError(t, err)
			s := w.Made(ctx, t, orders("a1", golden(key)))
			db := w.service.Instances()[0]
			require.True(t, db.Encrypted)
			require.False(t, db.Public)
			require.Equal(t, 3, db.BackupDays)
			require.Equal(t, db.SecretARN, s.Outputs["SecretARN"].String())
			require.Contains(t, []string{"alias/aws/secretsmanager", string(key)}, db.SecretKey)
			require.Len(t, w.Sent("ModifyDBInstance"), 1)
			require.Equal(t, s, w.Made(ctx, t, orders("a1", golden(key))))
			require.Len(t, w.Sent("ModifyDBInstance"), 1)
			require.Len(t, w.Sent("RestoreDBInstanceFromDBSnapshot"), 1)

			// The snapshot may go, the database stays adoptable.
			_, err = w.client.DeleteDBSnapshot(ctx, &rds.DeleteDBSnapshotInput{DBSnapshotIdentifier: aws.String("golden")})
			require.NoError(t, err)
			require.Equal(t, s, w.Made(ctx, t, orders("a1", golden(key))))
		})
	}
}

// A process may die at any call of a restore. The next one finishes what it began.
func TestRestoreSurvivesACrashAtEveryCall(t *testing.T) {
	for _, when := range []sim.When{sim.Before, sim.After} {
		for k := 1; ; k++ {
			finished := false
			in(t, func(ctx context.Context, t *testing.T, w world) {
				_, err := w.service.AddSnapshot("golden", "postgres", true)
				require.NoError(t, err)
				c := orders("a1", golden("alias/secrets"))
				process := w.Cloud.Process("dying")
				process.CrashAt(k, when)
				dying := rdsdriver.New(rds.NewFromConfig(process.Config()))
				if s, err := dying.Create(ctx, c); err == nil {
					_, err = dying.Await(ctx, s)
					finished = err == nil
				}
				s := w.Made(ctx, t, c)
				require.Len(t, w.service.Instances(), 1, "crash %v call %d", when, k)
				require.Equal(t, "alias/secrets", w.service.Instances()[0].SecretKey)
				require.NotEmpty(t, s.Outputs["SecretARN"].String())
			}, hasty)
			if finished {
				break
			}
		}
	}
}

func TestSnapshotThatWouldMakeAnotherDatabaseIsRefusedFirst(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		for _, err := range []error{
			second(w.service.AddSnapshot("plain", "postgres", false)), second(w.service.AddSnapshot("other", "mysql", true)),
		} {
			require.NoError(t, err)
		}
		for name, text := range map[provision.Text]string{
			"plain": "not encrypted", "other": "of mysql, not of postgres", "none": "DBSnapshotNotFound",
		} {
			spec := golden("")
			spec.Snapshot = name
			_, err := w.Create(ctx, orders("a1", spec))
			require.ErrorContains(t, err, text)
			require.ErrorContains(t, err, string(name))
		}
		require.Empty(t, w.service.Instances())
		require.Empty(t, w.Sent("RestoreDBInstanceFromDBSnapshot"))
		spec := golden("")
		spec.Engine, spec.Snapshot = kinds.MariaDB, "arn:aws:rds:us-east-1:123456789012:snapshot:other"
		w.Made(ctx, t, orders("a1", spec))
	})
}

func second(_ rdstest.Snapshot, err error) error { return err }
