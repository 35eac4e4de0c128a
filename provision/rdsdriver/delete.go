package rdsdriver

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"
	"github.com/aws/smithy-go"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// maxSnapshots is how many names of final snapshots are tried.
const maxSnapshots = 9

// FinalSnapshot returns the name of the final snapshot that is taken when the database s is deleted: that of the database
// and "-final". The database's name holds the attempt, so those of two attempts never clash. If somebody put a database
// back under its old name, and it is deleted a second time, the second snapshot ends in "-final-2".
func FinalSnapshot(s provision.State) string { return s.ID + "-final" }

// abandoned are the statuses in which there is nothing that RDS could take a snapshot of: RDS deletes a database that is "failed",
// "incompatible-restore" or "incompatible-network" only without a final snapshot (API reference, DeleteDBInstance), and
// the others have never been made.
var abandoned = []string{"failed", "incompatible-restore", "incompatible-network", "incompatible-create", "insufficient-capacity", "restore-error"}

// Delete deletes a database if its tags and its name say that it is s.Owner's. It takes a final snapshot first unless the tag
// [TagFinalSnapshot] says otherwise. The automated backups go with the database, except when RDS takes no final snapshot of
// a database because it has given it up: then they are all that is left of the data, and stay until they expire.
//
// It answers [provision.ErrDeleting] until RDS has said twice that there is no such database, which takes minutes to
// hours, a [provision.BusyError] while the database's own status stands in the way, and a [ProtectedError] if somebody
// has switched on its deletion protection.
func (d *Driver) Delete(ctx context.Context, s provision.State) error {
	db, err := d.describeOld(ctx, s.ID)
	switch {
	case unknown(err):
		return nil
	case err != nil:
		return fmt.Errorf("rdsdriver: deleting database %s: whose is it? %w", s.ID, err)
	}
	owner := provision.Call{Owner: s.Owner, Node: s.Node}
	if err := owner.CheckOwner(kinds.DatabaseKind, s.ID, tagsOf(db)); err != nil {
		return err
	}
	if s.ID != nameOf(s) {
		return &provision.ForeignError{Kind: kinds.DatabaseKind, ID: s.ID, Node: s.Node, Tags: tagsOf(db)}
	}
	deleting := fmt.Errorf("rdsdriver: database %s %w", s.ID, provision.ErrDeleting)
	switch {
	case aws.ToString(db.DBInstanceStatus) == statusDeleting:
		return deleting
	case aws.ToBool(db.DeletionProtection):
		return fmt.Errorf("rdsdriver: %w", &ProtectedError{ID: s.ID})
	}
	for n := 1; ; n++ {
		_, refusal := d.api.DeleteDBInstance(ctx, deleteInput(s, db, n))
		if refusal == nil || unknown(refusal) {
			return deleting // if it is gone already, the next call finds that out, and does not take it from a single answer
		}
		if !isRefusal(refusal) {
			return fmt.Errorf("rdsdriver: deleting database %s: %w", s.ID, refusal)
		}
		// Somebody may have been faster. Look again before the refusal is believed.
		db, err = d.describe(ctx, s.ID)
		switch {
		case unknown(err):
			return deleting
		case err != nil:
			return fmt.Errorf("rdsdriver: deleting database %s: %w", s.ID, errors.Join(err, refusal))
		case aws.ToString(db.DBInstanceStatus) == statusDeleting:
			return deleting
		}
		if err := refused(s, db, refusal, n); err != nil {
			return err
		}
	}
}

// isRefusal reports whether RDS refused to delete a database for a reason that its state explains.
func isRefusal(err error) bool {
	var (
		taken *types.DBSnapshotAlreadyExistsFault
		state *types.InvalidDBInstanceStateFault
	)
	return errors.As(err, &taken) || errors.As(err, &state) || isProtection(err)
}

// isProtection reports whether err may be RDS's refusal to delete what is protected. RDS has no type for it, and uses the
// code for other refusals too.
func isProtection(err error) bool {
	var api smithy.APIError
	return errors.As(err, &api) && api.ErrorCode() == "InvalidParameterCombination"
}

// refused says why a database that is not being deleted cannot be. Nil means to try again with the next name for the final
// snapshot: there is one of this name, of an earlier database of the same name or of a deletion that did not come to its
// end, and what was written since is not in it.
func refused(s provision.State, db *types.DBInstance, refusal error, n int) error {
	var taken *types.DBSnapshotAlreadyExistsFault
	switch {
	case isProtection(refusal) && aws.ToBool(db.DeletionProtection):
		return fmt.Errorf("rdsdriver: %w", &ProtectedError{ID: s.ID, Err: refusal})
	case isProtection(refusal):
		return fmt.Errorf("rdsdriver: deleting database %s: %w", s.ID, refusal)
	case !errors.As(refusal, &taken):
		return &provision.BusyError{
			Kind: kinds.DatabaseKind, ID: s.ID, Err: refusal,
			Blocker: "itself: its status is " + aws.ToString(db.DBInstanceStatus),
		}
	case n == maxSnapshots:
		return fmt.Errorf("rdsdriver: deleting database %s: there are %d final snapshots of it already (%s...); delete some: %w",
			s.ID, n, FinalSnapshot(s), refusal)
	}
	return nil
}

// deleteInput asks for the end of a database, with the n-th name for its final snapshot.
func deleteInput(s provision.State, db *types.DBInstance, n int) *rds.DeleteDBInstanceInput {
	in := &rds.DeleteDBInstanceInput{DBInstanceIdentifier: aws.String(s.ID), SkipFinalSnapshot: aws.Bool(true)}
	switch {
	case skipsSnapshot(db):
		in.DeleteAutomatedBackups = aws.Bool(true)
	case slices.Contains(abandoned, aws.ToString(db.DBInstanceStatus)):
		// Without automated backups there is nothing to keep, and RDS would refuse to.
		if aws.ToInt32(db.BackupRetentionPeriod) > 0 {
			in.DeleteAutomatedBackups = aws.Bool(false)
		}
	default:
		name := FinalSnapshot(s)
		if n > 1 {
			name += "-" + strconv.Itoa(n)
		}
		in.SkipFinalSnapshot, in.FinalDBSnapshotIdentifier = aws.Bool(false), aws.String(name)
	}
	return in
}

// skipsSnapshot reports whether the blueprint wanted no final snapshot.
func skipsSnapshot(db *types.DBInstance) bool { return tagsOf(db)[TagFinalSnapshot] == noSnapshot }

// Loses reports the database itself as a loss if no final snapshot of it will be taken: because the blueprint said so, or
// because RDS has given the database up and there are no automated backups of it. A final snapshot holds all data, so a
// database of which one is taken loses nothing. RDS does not tell whether there is anything in a database; one that is
// still being created is empty.
func (d *Driver) Loses(ctx context.Context, s provision.State) ([]provision.Loss, error) {
	db, err := d.describeOld(ctx, s.ID)
	switch {
	case unknown(err):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("rdsdriver: what would deleting database %s lose? %w", s.ID, err)
	}
	what := ""
	switch status := aws.ToString(db.DBInstanceStatus); {
	case status == statusDeleting, status == statusCreating:
	case skipsSnapshot(db):
		what = "the whole database: its blueprint wants no final snapshot"
	case slices.Contains(abandoned, status) && aws.ToInt32(db.BackupRetentionPeriod) == 0:
		what = "the whole database: its status is " + status + ", RDS takes no final snapshot of it, and it has no automated backups"
	}
	if what == "" {
		return nil, nil
	}
	return []provision.Loss{{Node: s.Node, Kind: s.Kind, ID: s.ID, What: what}}, nil
}
