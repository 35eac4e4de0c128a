package rdstest

import (
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
)

// withSnapshot are the statuses in which RDS takes a final snapshot.
var withSnapshot = []string{available, "storage-optimization"}

func (s *RDS) deleteDBInstance(region string, in *rds.DeleteDBInstanceInput) (*rds.DeleteDBInstanceOutput, error) {
	db, err := s.named(region, in.DBInstanceIdentifier)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	status := db.status(now)
	skip, final := aws.ToBool(in.SkipFinalSnapshot), aws.ToString(in.FinalDBSnapshotIdentifier)
	switch {
	case skip && final != "":
		return nil, invalidCombination("FinalDBSnapshotIdentifier can not be specified when SkipFinalSnapshot is set.")
	case !skip && final == "":
		return nil, invalidCombination("FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.")
	case status == deleting:
		return nil, invalidState("Instance %s is already being deleted.", db.name)
	case aws.ToBool(db.about.DeletionProtection):
		return nil, invalidCombination("Cannot delete protected DB Instance, please disable deletion protection and try again.")
	case in.DeleteAutomatedBackups != nil && !*in.DeleteAutomatedBackups && aws.ToInt32(db.about.BackupRetentionPeriod) == 0:
		return nil, invalidCombination("Cannot retain automated backups of %s, which has none.", db.name)
	}
	wait := time.Duration(0)
	if !skip {
		name, err := checkName(aws.String(final), 255, "FinalDBSnapshotIdentifier")
		if err != nil {
			return nil, err
		}
		if !slices.Contains(withSnapshot, status) {
			return nil, invalidState("Cannot create a snapshot because the database instance %s is not currently in the available state.", db.name)
		}
		taken, err := s.take(db, name, "manual")
		if err != nil {
			return nil, err
		}
		wait = taken.ready.Sub(now)
	}
	if in.DeleteAutomatedBackups != nil && !*in.DeleteAutomatedBackups {
		s.retained[key{region, db.name}] = db.resource
	}
	answer := db.answer(now)
	db.deleted = now
	db.gone = now.Add(wait + s.takes(s.opts.Deletion, "deletion", db.name))
	s.announce(db)
	answer.DBInstanceStatus = aws.String(deleting)
	s.events = append(s.events, event{region, db.name, "DB instance is being deleted", now})
	return &rds.DeleteDBInstanceOutput{DBInstance: &answer}, nil
}

// event is something that RDS tells about an instance.
type event struct {
	region, name, message string
	at                    time.Time
}

// about reports whether an event is asked for.
func (e event) about(region, name string, since time.Time) bool {
	return e.region == region && strings.EqualFold(e.name, name) && !e.at.Before(since)
}
