package rdstest

import (
	"cmp"
	"maps"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"
)

func (s *RDS) restoreDBInstance(region string, in *rds.RestoreDBInstanceFromDBSnapshotInput) (*rds.RestoreDBInstanceFromDBSnapshotOutput, error) {
	name, err := checkName(in.DBInstanceIdentifier, 63, "DBInstanceIdentifier")
	if err != nil {
		return nil, err
	}
	from, err := s.snapshotOf(region, in.DBSnapshotIdentifier)
	if err != nil {
		return nil, err
	}
	engine := cmp.Or(aws.ToString(in.Engine), from.engine)
	switch {
	case !from.finished():
		return nil, &types.InvalidDBSnapshotStateFault{Message: aws.String("The snapshot " + from.name + " is not available yet.")}
	case aws.ToBool(in.ManageMasterUserPassword):
		return nil, invalidCombination("ManageMasterUserPassword isn't supported for the engine %s when restoring a snapshot.", engine)
	case engine != from.engine && !(from.engine == "mysql" && engine == "mariadb"):
		return nil, invalidCombination("The engine %s is not compatible with the snapshot's, which is %s", engine, from.engine)
	case in.AllocatedStorage != nil && *in.AllocatedStorage < from.storage:
		return nil, invalidValue("The allocated storage size can't be less than the source snapshot or backup size.")
	}
	about := types.DBInstance{
		Engine:                     aws.String(engine),
		EngineVersion:              aws.String(from.version),
		DBInstanceClass:            aws.String(cmp.Or(aws.ToString(in.DBInstanceClass), from.class)),
		AllocatedStorage:           aws.Int32(max(from.storage, aws.ToInt32(in.AllocatedStorage))),
		StorageType:                in.StorageType,
		Iops:                       in.Iops,
		StorageEncrypted:           aws.Bool(from.encrypted),
		KmsKeyId:                   from.kmsKey,
		MultiAZ:                    aws.Bool(aws.ToBool(in.MultiAZ)),
		DbInstancePort:             in.Port,
		MasterUsername:             aws.String(from.user),
		BackupRetentionPeriod:      aws.Int32(from.backupDays),
		PubliclyAccessible:         in.PubliclyAccessible,
		PerformanceInsightsEnabled: aws.Bool(false),
		CopyTagsToSnapshot:         aws.Bool(aws.ToBool(in.CopyTagsToSnapshot)),
		DeletionProtection:         aws.Bool(aws.ToBool(in.DeletionProtection)),
	}
	if in.BackupRetentionPeriod != nil {
		about.BackupRetentionPeriod = in.BackupRetentionPeriod
	}
	db, err := s.born(region, name, about, placement{in.DBSubnetGroupName, in.DBParameterGroupName, in.VpcSecurityGroupIds}, in.Tags)
	if err != nil {
		return nil, err
	}
	if len(in.Tags) == 0 {
		db.tags = maps.Clone(from.tags) // API reference, RestoreDBInstanceFromDBSnapshot, CopyTagsToSnapshot
	}
	made := s.add(region, name, db.about, db.tags, s.takes(s.opts.Restore, "restore", name))
	answer := made.answer(made.created)
	return &rds.RestoreDBInstanceFromDBSnapshotOutput{DBInstance: &answer}, nil
}
