package rdsdriver

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/peppercorn-go/peppercorn/internal/wait"
	"github.com/peppercorn-go/peppercorn/provision"
)

// Statuses of a DB instance that the driver acts upon (RDS user guide, viewing DB instance status).
const (
	statusAvailable = "available"
	statusBackingUp = "backing-up"
	statusCreating  = "creating"
	statusDeleting  = "deleting"
)

// usable are the statuses in which a database answers, besides that of a later backup.
var usable = []string{
	statusAvailable, "configuring-enhanced-monitoring", "configuring-iam-database-auth",
	"configuring-log-exports", "storage-config-upgrade", "storage-initialization", "storage-optimization",
}

// answers reports whether a database can be used. One that is "backing-up" can, as it is every night. But the first backup
// belongs to its creation: RDS's own waiter waits for its end, and before there can be no final snapshot.
func answers(db *types.DBInstance) bool {
	status := aws.ToString(db.DBInstanceStatus)
	if status == statusBackingUp && db.LatestRestorableTime == nil {
		return false
	}
	return (status == statusBackingUp || slices.Contains(usable, status)) && db.Endpoint != nil && aws.ToString(db.Endpoint.Address) != ""
}

// lost are the statuses that do not pass by themselves, besides all that begin with "incompatible-".
var lost = []string{
	statusDeleting, "failed", "inaccessible-encryption-credentials", "inaccessible-encryption-credentials-recoverable",
	"insufficient-capacity", "restore-error", "stopped", "stopping", "storage-full",
}

func isLost(status string) bool {
	return slices.Contains(lost, status) || strings.HasPrefix(status, "incompatible-")
}

// Await waits until the database answers and its secret is there, which takes minutes, and returns all outputs. A database
// that RDS has given up, or that somebody stopped, is a [StatusError] at once, with the reason from RDS's events. One that RDS does
// not know for [Options.Appear] is a [provision.ErrGone].
func (d *Driver) Await(ctx context.Context, s provision.State) (provision.State, error) {
	var asked time.Time // when the password was handed over
	pace := wait.Pace{Poll: d.opts.Poll, MaxPoll: d.opts.MaxPoll, Appear: d.opts.Appear, Ready: d.opts.Ready}
	db, err := wait.Until(ctx, pace, unknown,
		func() (*types.DBInstance, error) { return d.describe(ctx, s.ID) },
		func(db *types.DBInstance) (bool, error) { return d.ready(ctx, db, &asked) })
	if err != nil {
		return provision.State{}, fmt.Errorf("rdsdriver: awaiting database %s of node %q: %w", s.ID, s.Node, err)
	}
	return withOutputs(s, db), nil
}

// ready reports whether the database can be used, and fails if that will never be. It hands the password of a restored
// database over when RDS lets it.
func (d *Driver) ready(ctx context.Context, db *types.DBInstance, asked *time.Time) (bool, error) {
	status := aws.ToString(db.DBInstanceStatus)
	if isLost(status) {
		return false, d.lost(ctx, db)
	}
	if !answers(db) {
		return false, nil
	}
	if secret := db.MasterUserSecret; secret != nil {
		return aws.ToString(secret.SecretArn) != "" && aws.ToString(secret.SecretStatus) != statusCreating, nil
	}
	key, restored := tagsOf(db)[TagSecret]
	switch {
	case !restored:
		return false, errors.New("its password is not managed by Secrets Manager any more: somebody has changed that by hand " +
			"(ModifyDBInstance, ManageMasterUserPassword=true puts it back)")
	case status != statusAvailable || time.Since(*asked) < d.opts.Appear:
		return false, nil
	}
	*asked = time.Now()
	err := d.manageSecret(ctx, aws.ToString(db.DBInstanceIdentifier), key)
	var changing *types.InvalidDBInstanceStateFault
	if err != nil && !errors.As(err, &changing) && !wait.Throttled(err) {
		return false, fmt.Errorf("handing its password over to Secrets Manager: %w", err)
	}
	return false, nil
}

// lost says that a database will not become ready, in RDS's own words if it has any.
func (d *Driver) lost(ctx context.Context, db *types.DBInstance) error {
	e := &StatusError{ID: aws.ToString(db.DBInstanceIdentifier), Status: aws.ToString(db.DBInstanceStatus)}
	if e.Status == statusDeleting {
		return e
	}
	out, err := d.api.DescribeEvents(ctx, &rds.DescribeEventsInput{
		SourceIdentifier: aws.String(e.ID),
		SourceType:       types.SourceTypeDbInstance,
		Duration:         aws.Int32(24 * 60), // minutes
	})
	if err != nil {
		e.Reason = fmt.Sprintf("its events could not be read: %v", err)
		return e
	}
	e.Reason = wait.Reason(out.Events, func(e types.Event) (*time.Time, *string) { return e.Date, e.Message })
	return e
}
