package rdsdriver

import (
	"cmp"
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// restore begins to make a database from a snapshot.
func (d *Driver) restore(ctx context.Context, c provision.Call, name string, spec kinds.Database) error {
	if err := d.checkSnapshot(ctx, spec); err != nil {
		return err
	}
	_, err := d.api.RestoreDBInstanceFromDBSnapshot(ctx, restoreInput(c, name, spec))
	return err
}

// checkSnapshot refuses a snapshot that would make another database than the blueprint says. RDS does not: it restores a
// snapshot that is not encrypted to a database that is not, and has no parameter to say otherwise.
func (d *Driver) checkSnapshot(ctx context.Context, spec kinds.Database) error {
	id := string(spec.Snapshot)
	missing := &provision.MissingError{Field: "Snapshot", What: "snapshot " + id}
	snapshot, err := d.describeSnapshot(ctx, id)
	switch {
	case unknownSnapshot(err):
		missing.Err = err
		return missing
	case err != nil:
		return fmt.Errorf("looking at snapshot %s: %w", id, err)
	}
	engine := aws.ToString(snapshot.Engine)
	switch {
	case aws.ToString(snapshot.Status) != statusAvailable:
		missing.Why = "its status is " + aws.ToString(snapshot.Status)
	case !aws.ToBool(snapshot.Encrypted):
		missing.Why = "is not encrypted, so the database would not be either; copy it with a KMS key (CopyDBSnapshot) and restore the copy"
	case engine != spec.Engine && !(engine == kinds.MySQL && spec.Engine == kinds.MariaDB):
		missing.Why = fmt.Sprintf("is one of %s, not of %s", engine, spec.Engine)
	default:
		return nil
	}
	return missing
}

// restoreInput writes a restored database in RDS's words. It is a pure function of c.
func restoreInput(c provision.Call, name string, spec kinds.Database) *rds.RestoreDBInstanceFromDBSnapshotInput {
	return &rds.RestoreDBInstanceFromDBSnapshotInput{
		DBInstanceIdentifier:  aws.String(name),
		DBSnapshotIdentifier:  aws.String(string(spec.Snapshot)),
		DBInstanceClass:       aws.String(string(spec.Class)),
		Engine:                aws.String(spec.Engine),
		AllocatedStorage:      number(spec.StorageGiB),
		StorageType:           aws.String(cmp.Or(spec.StorageType, defaultStorage)),
		Iops:                  number(spec.IOPS),
		MultiAZ:               aws.Bool(spec.MultiAZ),
		DBSubnetGroupName:     text(spec.SubnetGroup),
		DBParameterGroupName:  text(spec.ParameterGroup),
		VpcSecurityGroupIds:   texts(spec.SecurityGroups),
		Port:                  aws.Int32(portOf(spec)),
		BackupRetentionPeriod: aws.Int32(backupDays(spec)),
		PubliclyAccessible:    aws.Bool(spec.Public),
		DeletionProtection:    aws.Bool(false), // not that of the database which the snapshot was taken of
		CopyTagsToSnapshot:    aws.Bool(true),
		Tags:                  tagList(c, spec),
	}
}

// manageSecret hands the master user's password over to Secrets Manager.
func (d *Driver) manageSecret(ctx context.Context, name, key string) error {
	in := &rds.ModifyDBInstanceInput{
		DBInstanceIdentifier:     aws.String(name),
		ManageMasterUserPassword: aws.Bool(true),
		ApplyImmediately:         aws.Bool(true),
	}
	if key != defaultKey {
		id, _ := provision.DecodeTag(key)
		in.MasterUserSecretKmsKeyId = aws.String(id)
	}
	_, err := d.api.ModifyDBInstance(ctx, in)
	return err
}
