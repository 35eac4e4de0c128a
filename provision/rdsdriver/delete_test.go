package rdsdriver_test

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
	"github.com/peppercorn-go/peppercorn/provision/rdsdriver"
)

func TestDeleteTakesAFinalSnapshot(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		c := orders("a1", small)
		s := w.Made(ctx, t, c)
		db := w.service.Instances()[0]
		start := time.Now()
		w.Gone(ctx, t, s) // and is never busy: nobody need do anything
		require.Greater(t, time.Since(start), 5*time.Minute)
		require.Empty(t, w.service.Instances())
		snapshots := w.service.Snapshots()
		require.Len(t, snapshots, 1)
		require.Equal(t, s.Name+"-final", snapshots[0].Name)
		require.Equal(t, snapshots[0].Name, rdsdriver.FinalSnapshot(s))
		require.Equal(t, db.ResourceID, snapshots[0].ResourceID)
		require.Equal(t, "available", snapshots[0].Status)
		require.Equal(t, c.Tags(), snapshots[0].Tags, "the snapshot says whose it was")
		require.Empty(t, w.service.RetainedBackups())
		require.Len(t, w.Sent("DeleteDBInstance"), 1, "asked once, then looked at")
		require.NoError(t, w.Delete(ctx, s))
	})
}

func TestLostReplyOfDeleteTakesOneSnapshot(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		s := w.Made(ctx, t, orders("a1", small))
		w.Cloud.Inject(sim.Fault{Match: sim.On("RDS", "DeleteDBInstance"), Times: 1, Kind: sim.LostReply})
		w.Gone(ctx, t, s)
		require.Len(t, w.Sent("DeleteDBInstance"), 2)
		require.Len(t, w.service.Snapshots(), 1)
	})
}

// The snapshot that is there is of an earlier database of this name, or older than the data.
func TestEveryDatabaseGetsASnapshotOfItsOwn(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		var last provision.State
		for range 9 {
			last = w.Made(ctx, t, orders("a1", small)) // put back by hand, or by a Heal
			w.Gone(ctx, t, last)
		}
		resources := map[string]bool{}
		for _, snapshot := range w.service.Snapshots() {
			resources[snapshot.ResourceID] = true
		}
		require.Len(t, resources, 9)
		require.Equal(t, last.Name+"-final-2", w.service.Snapshots()[1].Name)

		last = w.Made(ctx, t, orders("a1", small))
		err := w.Delete(ctx, last)
		require.ErrorContains(t, err, "9 final snapshots")
		require.ErrorContains(t, err, "DBSnapshotAlreadyExists")
		require.Equal(t, "available", w.service.Instances()[0].Status)
	}, hasty)
}

func TestTwoDeletersAtOnceTakeOneSnapshot(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		s := w.Made(ctx, t, orders("a1", small))
		// Both see that the database is available, and the slower one is refused.
		w.Cloud.Inject(sim.Fault{Match: sim.On("RDS", "DeleteDBInstance"), Kind: sim.Delay, Delay: time.Second, Times: 2})
		errs := make(chan error)
		for range 2 {
			go func() { errs <- w.Delete(ctx, s) }()
		}
		require.ErrorIs(t, <-errs, provision.ErrDeleting)
		require.ErrorIs(t, <-errs, provision.ErrDeleting)
		require.Len(t, w.service.Snapshots(), 1)
	})
}

func TestSkippedSnapshotIsALossThatIsTold(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		loses := func(s provision.State) string {
			losses, err := w.Loses(ctx, s)
			require.NoError(t, err)
			if len(losses) == 0 {
				return ""
			}
			require.Equal(t, provision.Loss{Node: "orders", Kind: "rds/instance", ID: s.ID, What: losses[0].What}, losses[0])
			return losses[0].What
		}
		spec := small
		require.Empty(t, loses(w.Made(ctx, t, orders("a1", spec))), "the final snapshot holds all data")
		spec.SkipFinalSnapshot = true
		s, err := w.Create(ctx, orders("a2", spec))
		require.NoError(t, err)
		require.Empty(t, loses(s), "it is being created, so it is empty")
		s, err = w.Await(ctx, s)
		require.NoError(t, err)
		found, err := w.Found(ctx, s.Owner)
		require.NoError(t, err)
		require.Contains(t, loses(found[0]), "no final snapshot", "whoever deletes has no blueprint")

		w.Cloud.Inject(sim.Fault{Match: sim.On("RDS", "DescribeDBInstances"), Times: 1, Kind: sim.Fail, Err: sim.Error("AccessDenied", "no", 403)})
		_, err = w.Loses(ctx, s)
		require.ErrorContains(t, err, "AccessDenied", "what cannot be looked at is not nothing")

		require.ErrorIs(t, w.Delete(ctx, found[0]), provision.ErrDeleting)
		require.Empty(t, loses(s), "it is too late to tell")
		w.Gone(ctx, t, found[0])
		require.Empty(t, w.service.Snapshots())
		require.Empty(t, w.service.RetainedBackups())
		require.Empty(t, loses(s))
	})
}

func TestDeleteWaitsForADatabaseThatIsBeingMade(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		s, err := w.Create(ctx, orders("a1", small))
		require.NoError(t, err)
		err = w.Delete(ctx, s)
		var busy *provision.BusyError
		require.ErrorAs(t, err, &busy)
		require.Equal(t, "itself: its status is creating", busy.Blocker)
		require.ErrorContains(t, err, "InvalidDBInstanceState")
		_, err = w.Await(ctx, s)
		require.NoError(t, err)
		w.Gone(ctx, t, s)
		require.Len(t, w.service.Snapshots(), 1)

		spec := small
		spec.SkipFinalSnapshot = true
		s, err = w.Create(ctx, orders("a2", spec))
		require.NoError(t, err)
		require.ErrorIs(t, w.Delete(ctx, s), provision.ErrDeleting, "without a snapshot there is nothing to wait for")
	})
}

// Without a final snapshot the automated backups are all that is left.
func TestDatabaseThatRDSGaveUpKeepsItsBackups(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		for attempt, noBackups := range map[string]bool{"a1": false, "a2": true} {
			spec := small
			spec.NoBackups = noBackups
			s := w.Made(ctx, t, orders(attempt, spec))
			require.True(t, w.service.SetStatus(s.ID, "failed", "The storage is lost."))
			losses, err := w.Loses(ctx, s)
			require.NoError(t, err)
			require.Equal(t, noBackups, len(losses) == 1)
			w.Gone(ctx, t, s)
		}
		require.Empty(t, w.service.Snapshots())
		require.Equal(t, []string{orders("a1", small).Name(63, "")}, w.service.RetainedBackups())
	})
}

func TestProtectionIsNeverSwitchedOff(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		s := w.Made(ctx, t, orders("a1", small))
		require.True(t, w.service.Protect(s.ID, true))
		err := w.Delete(ctx, s)
		var protected *rdsdriver.ProtectedError
		require.ErrorAs(t, err, &protected)
		require.ErrorContains(t, err, "whoever did so must switch it off")
		require.Empty(t, w.Sent("DeleteDBInstance"), "RDS need not be asked")

		// Somebody protects it after the driver has looked.
		require.True(t, w.service.Protect(s.ID, false))
		remove := w.Cloud.Inject(sim.Fault{Kind: sim.Delay, Match: func(c *sim.Call) bool {
			return c.Op == "DeleteDBInstance" && w.service.Protect(s.ID, true)
		}})
		err = w.Delete(ctx, s)
		remove()
		require.ErrorAs(t, err, &protected)
		var api smithy.APIError
		require.ErrorAs(t, err, &api)
		require.Equal(t, "InvalidParameterCombination", api.ErrorCode())
		require.Equal(t, "available", w.service.Instances()[0].Status)
		require.Empty(t, w.Sent("ModifyDBInstance"))
		require.True(t, w.service.Instances()[0].Protected)
	})
}

func TestDeleteLeavesTheNextAttemptAlone(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		dead := w.Made(ctx, t, orders("a1", small))
		alive := w.Made(ctx, t, orders("a2", small))
		require.NotEqual(t, rdsdriver.FinalSnapshot(dead), rdsdriver.FinalSnapshot(alive))
		mixed := alive
		mixed.Owner = dead.Owner // whatever the state says: the tags decide
		require.ErrorIs(t, w.Delete(ctx, mixed), provision.ErrForeign)
		w.Gone(ctx, t, dead)
		require.Len(t, w.service.Instances(), 1)
		require.Equal(t, alive.ID, w.service.Instances()[0].Name)
	})
}

// RDS has made the database, and the program has crashed at once: it knows the name, RDS does not yet.
func TestDeleteOfADatabaseThatCannotBeSeenYet(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		c := orders("a1", kinds.Database{})
		_, err := w.client.CreateDBInstance(ctx, &rds.CreateDBInstanceInput{
			DBInstanceIdentifier: aws.String(c.Name(63, "")), DBInstanceClass: aws.String("db.t4g.micro"), Engine: aws.String("postgres"),
			AllocatedStorage: aws.Int32(20), MasterUsername: aws.String("owner"), ManageMasterUserPassword: aws.Bool(true),
		})
		require.NoError(t, err)
		err = w.Delete(ctx, provision.State{ID: c.Name(63, ""), Owner: c.Owner, Node: c.Node, Kind: kinds.DatabaseKind})
		require.ErrorIs(t, err, provision.ErrForeign, "it was seen: it has no tags, so it is not gone")
	})
}
