package rdstest

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
)

// modifyDBInstance changes deletion protection, backups, and who manages the password. What it does not know it ignores.
func (s *RDS) modifyDBInstance(region string, in *rds.ModifyDBInstanceInput) (*rds.ModifyDBInstanceOutput, error) {
	db, err := s.named(region, in.DBInstanceIdentifier)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	if status := db.status(now); status != available {
		return nil, invalidState("Database instance is not in available state: %s is %s", db.name, status)
	}
	if in.DeletionProtection != nil {
		db.about.DeletionProtection = in.DeletionProtection
	}
	if days := in.BackupRetentionPeriod; days != nil {
		if *days < 0 || *days > 35 {
			return nil, invalidValue("Invalid backup retention period: %d. Must be between 0 and 35", *days)
		}
		db.about.BackupRetentionPeriod = days
	}
	switch managed := in.ManageMasterUserPassword; {
	case managed == nil && in.MasterUserSecretKmsKeyId != nil:
		return nil, invalidCombination("MasterUserSecretKmsKeyId is valid only with ManageMasterUserPassword.")
	case managed == nil:
	case *managed && db.secret == nil:
		s.keepSecret(db, in.MasterUserSecretKmsKeyId)
		db.changing = now.Add(s.takes(s.opts.Modification, "new password", db.name))
	case !*managed && in.MasterUserPassword == nil:
		return nil, invalidCombination("You must specify MasterUserPassword when you turn off ManageMasterUserPassword.")
	case !*managed:
		db.secret = nil
	}
	answer := db.answer(now)
	return &rds.ModifyDBInstanceOutput{DBInstance: &answer}, nil
}

// SetStatus gives an instance of the region of the cloud a status, as RDS or somebody in its console would, with an event that
// says why, if there is something to say. The empty status gives it back to itself. It reports false if there is no such
// instance.
func (s *RDS) SetStatus(name, status, reason string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	region := s.cloud.Options().Region
	db := s.instances[key{region, name}]
	if db == nil {
		return false
	}
	db.forced = status
	if reason != "" {
		s.events = append(s.events, event{region, name, reason, time.Now()})
	}
	return true
}

// Protect switches deletion protection on or off, by somebody else's hand. It reports false if there is no such instance.
func (s *RDS) Protect(name string, on bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	db := s.instances[key{s.cloud.Options().Region, name}]
	if db == nil {
		return false
	}
	db.about.DeletionProtection = aws.Bool(on)
	return true
}
