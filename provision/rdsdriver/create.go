package rdsdriver

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/peppercorn-go/peppercorn/internal/taglist"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// maxName is the longest DB instance identifier.
const maxName = 63

// What a database gets that does not say otherwise. Storage type and port are RDS's own; they are written out, because
// defaults of AWS change over the years.
const (
	defaultStorage    = "gp3"
	defaultBackupDays = 7
)

// Create begins to make the database that c asks for, or returns the one that an earlier call for the same node, environment
// and attempt has made. A database of that name that is somebody else's is a [provision.ForeignError], one of ours that is
// being deleted a [provision.ErrDeleting].
func (d *Driver) Create(ctx context.Context, c provision.Call) (provision.State, error) {
	spec, err := databaseOf(c)
	if err != nil {
		return provision.State{}, err
	}
	name := c.Name(maxName, "")
	if spec.Snapshot != "" {
		// The snapshot is looked at before it is restored. It may be gone by now if the database is there already.
		db, err := d.describe(ctx, name)
		switch {
		case err == nil:
			return adopt(c, db)
		case !unknown(err):
			return provision.State{}, fmt.Errorf("rdsdriver: looking for database %s: %w", name, err)
		}
		err = d.restore(ctx, c, name, spec)
		return d.created(ctx, c, name, err)
	}
	_, err = d.api.CreateDBInstance(ctx, createInput(c, name, spec))
	return d.created(ctx, c, name, err)
}

// created looks at the database that a request has made, or that was in its way.
func (d *Driver) created(ctx context.Context, c provision.Call, name string, refusal error) (provision.State, error) {
	var exists *types.DBInstanceAlreadyExistsFault
	if refusal != nil && !errors.As(refusal, &exists) {
		return provision.State{}, fmt.Errorf("rdsdriver: creating database %s of node %q: %w", name, c.Node, refusal)
	}
	db, err := d.describeNew(ctx, name)
	switch {
	case unknown(err) && refusal != nil:
		return provision.State{}, fmt.Errorf("rdsdriver: creating database %s of node %q: a database of this name %w: %w",
			name, c.Node, provision.ErrDeleting, refusal)
	case err != nil:
		return provision.State{}, fmt.Errorf("rdsdriver: whose is database %s of node %q? %w", name, c.Node, errors.Join(err, refusal))
	}
	return adopt(c, db)
}

// adopt returns a database that is there if it is ours and there to stay.
func adopt(c provision.Call, db *types.DBInstance) (provision.State, error) {
	name := aws.ToString(db.DBInstanceIdentifier)
	if err := c.CheckOwner(kinds.DatabaseKind, name, tagsOf(db)); err != nil {
		return provision.State{}, err
	}
	s, _ := stateOf(db) // ours, as was just proven
	if s.Deleting {
		return provision.State{}, fmt.Errorf("rdsdriver: database %s of node %q %w", name, c.Node, provision.ErrDeleting)
	}
	return s, nil
}

// createInput writes a database in RDS's words. It is a pure function of c.
func createInput(c provision.Call, name string, spec kinds.Database) *rds.CreateDBInstanceInput {
	return &rds.CreateDBInstanceInput{
		DBInstanceIdentifier:      aws.String(name),
		DBInstanceClass:           aws.String(string(spec.Class)),
		Engine:                    aws.String(spec.Engine),
		EngineVersion:             text(spec.EngineVersion),
		AllocatedStorage:          number(spec.StorageGiB),
		StorageType:               aws.String(cmp.Or(spec.StorageType, defaultStorage)),
		Iops:                      number(spec.IOPS),
		StorageEncrypted:          aws.Bool(true),
		KmsKeyId:                  text(spec.KMSKey),
		MultiAZ:                   aws.Bool(spec.MultiAZ),
		DBSubnetGroupName:         text(spec.SubnetGroup),
		DBParameterGroupName:      text(spec.ParameterGroup),
		VpcSecurityGroupIds:       texts(spec.SecurityGroups),
		Port:                      aws.Int32(portOf(spec)),
		DBName:                    text(provision.Text(spec.DatabaseName)),
		MasterUsername:            aws.String(cmp.Or(spec.MasterUser, masterUserOf(spec.Engine))),
		ManageMasterUserPassword:  aws.Bool(true),
		MasterUserSecretKmsKeyId:  text(spec.SecretKMSKey),
		BackupRetentionPeriod:     aws.Int32(backupDays(spec)),
		PubliclyAccessible:        aws.Bool(spec.Public), // RDS's own default depends on the subnet group
		EnablePerformanceInsights: aws.Bool(spec.PerformanceInsights),
		CopyTagsToSnapshot:        aws.Bool(true), // so that the final snapshot says whose it was
		Tags:                      tagList(c, spec),
	}
}

// tagList returns the tags that a database is born with, in the order of their keys.
func tagList(c provision.Call, spec kinds.Database) []types.Tag {
	tags := c.Tags()
	if spec.SkipFinalSnapshot {
		tags[TagFinalSnapshot] = noSnapshot
	}
	if spec.Snapshot != "" {
		tags[TagSecret] = defaultKey
		if spec.SecretKMSKey != "" {
			tags[TagSecret] = provision.EncodeTag(string(spec.SecretKMSKey))
		}
	}
	return taglist.Of(tags, func(key, value *string) types.Tag { return types.Tag{Key: key, Value: value} })
}

func masterUserOf(engine string) string {
	if engine == kinds.Postgres {
		return "postgres"
	}
	return "admin" // which PostgreSQL reserves
}

func portOf(spec kinds.Database) int32 {
	switch {
	case spec.Port != 0:
		return int32(spec.Port)
	case spec.Engine == kinds.Postgres:
		return 5432
	default:
		return 3306
	}
}

func backupDays(spec kinds.Database) int32 {
	if spec.NoBackups {
		return 0
	}
	return int32(cmp.Or(spec.BackupDays, defaultBackupDays))
}

// text returns nil for what is not said.
func text(t provision.Text) *string {
	if t == "" {
		return nil
	}
	return aws.String(string(t))
}

func texts(list []provision.Text) (all []string) {
	for _, t := range list {
		all = append(all, string(t))
	}
	return all
}

// number returns nil for what is not said.
func number(n int) *int32 {
	if n == 0 {
		return nil
	}
	return aws.Int32(int32(n))
}
