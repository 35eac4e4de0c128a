// Package rdsdriver makes, finds and deletes Amazon RDS DB instances: the kind [kinds.Database]. It looks up those that are there already,
// and snapshots to restore: [kinds.ExistingDatabase] and [kinds.ExistingSnapshot].
//
//	driver := rdsdriver.New(rds.NewFromConfig(cfg))
//	engine, err := provision.NewEngine([]provision.Driver{driver})
//
// A program that does not mind to compile the SDKs of all services takes every driver at once from package awsdrivers.
// Package rdstest is the service to test against.
//
// # How it keeps the contract
//
// A DB instance is unique by its identifier, and RDS refuses a second one of the same name (DBInstanceAlreadyExists). So
// Create looks at what is there, whatever the answer was, and takes it only if its tags say that it is ours. The name counts
// as well as the tags: RDS gives the tags of a snapshot to what somebody restores from it by hand, and that is theirs. So is one
// that somebody has renamed.
//
// A snapshot is restored in two steps, because RDS does not accept ManageMasterUserPassword for PostgreSQL, MySQL and
// MariaDB together with a restore: the database is born with the password of the snapshot and with the tag [TagSecret],
// and Await, once the database is available, hands the password over to Secrets Manager. A process that dies between the
// steps leaves a database whose tag tells the next one what is missing. A snapshot that is not encrypted is refused
// before anything is made.
//
// Deleting takes a final snapshot by default, of the name [FinalSnapshot]. The wish to go without is written in the tag
// [TagFinalSnapshot] at birth, since whoever deletes has no blueprint any more. RDS takes no final snapshot of a database
// that is not available: one that is being made, backed up or changed is a [provision.BusyError] until it is, and one
// that RDS has given up is deleted without, but its automated backups are kept. Deletion protection is never switched off:
// Create does not switch it on, so somebody has meant it.
//
// RDS shows what is being deleted for minutes to hours. The driver believes that a database is gone when RDS has said so
// twice, further apart than a new one can be unknown.
package rdsdriver

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/peppercorn-go/peppercorn/internal/taglist"
	"github.com/peppercorn-go/peppercorn/internal/wait"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// Tags that a database carries besides those of every resource.
const (
	// TagFinalSnapshot with the value "none" says that the database is to be deleted without a final snapshot. It is
	// missing where one is to be taken.
	TagFinalSnapshot = "peppercorn:final-snapshot"
	// TagSecret is on a restored database, whose password is to be handed over to Secrets Manager. Its value is the KMS
	// key for the secret, encoded by [provision.EncodeTag], or "default".
	TagSecret = "peppercorn:secret-key"
)

// Values of the tags.
const (
	noSnapshot = "none"
	defaultKey = "default"
)

// Options of a [Driver]. The defaults are right for AWS; shorter times are for services that are simulated.
type Options struct {
	// Poll is the shortest pause between two looks at a database that is not ready. The pauses grow with the time waited, to a
	// hundredth of it, so that a deploy hardly waits for a look, but to no more than MaxPoll. Defaults 5 s and 30 s.
	Poll, MaxPoll time.Duration
	// Settle is the pause before a database that RDS does not know is asked for a second time. Default 2 s.
	Settle time.Duration
	// Appear is how long a database that was just created may be unknown before it counts as gone, in pauses: the time that calls take is
	// not counted. Default 1 min.
	Appear time.Duration
	// Ready is how long Await waits for a database, which is hours for the restore of a large snapshot. Default 6 h.
	Ready time.Duration
	// Network asks whether subnets and security groups are there and in one VPC, for [Driver.Check]. The CheckNetwork of an
	// ec2driver.Driver does. It must be safe for concurrent use. Default: nobody is asked.
	Network func(ctx context.Context, subnets, groups []provision.Text) error
}

// Driver is the driver of databases, and looks up snapshots. It keeps no state and is safe for concurrent use.
type Driver struct {
	api  API
	opts Options
}

var (
	_ provision.Driver    = (*Driver)(nil)
	_ provision.Validator = (*Driver)(nil)
	_ provision.Loser     = (*Driver)(nil)
)

// New returns a driver that acts where api does: in one account and region.
func New(api API, optFns ...func(*Options)) *Driver {
	opts := Options{Poll: 5 * time.Second, MaxPoll: 30 * time.Second, Settle: 2 * time.Second, Appear: time.Minute, Ready: 6 * time.Hour}
	for _, fn := range optFns {
		fn(&opts)
	}
	return &Driver{api: api, opts: opts}
}

// Kinds returns [kinds.DatabaseKind].
func (d *Driver) Kinds() []provision.Kind { return []provision.Kind{kinds.DatabaseKind} }

// Validate refuses what the driver neither makes nor looks up. It makes no calls.
func (d *Driver) Validate(c provision.Call) error {
	switch c.Spec.(type) {
	case kinds.ExistingDatabase, kinds.ExistingSnapshot:
		return nil
	}
	_, err := databaseOf(c)
	return err
}

// databaseOf returns the database that c asks for.
func databaseOf(c provision.Call) (kinds.Database, error) {
	db, ok := c.Spec.(kinds.Database)
	if !ok {
		return kinds.Database{}, fmt.Errorf("rdsdriver: node %q: the spec is a %T, this driver makes a kinds.Database", c.Node, c.Spec)
	}
	return db, nil
}

// unknown reports whether err says that RDS knows no such database: it is gone, or so new that not all of RDS has heard of
// it.
func unknown(err error) bool {
	var missing *types.DBInstanceNotFoundFault
	return errors.As(err, &missing)
}

// describe looks at one database. The error is one of [unknown] if there is none.
func (d *Driver) describe(ctx context.Context, name string) (*types.DBInstance, error) {
	out, err := d.api.DescribeDBInstances(ctx, &rds.DescribeDBInstancesInput{DBInstanceIdentifier: aws.String(name)})
	switch {
	case err != nil:
		return nil, err
	case len(out.DBInstances) == 0:
		return nil, &types.DBInstanceNotFoundFault{Message: aws.String("RDS listed nothing of the name " + name)}
	}
	return &out.DBInstances[0], nil
}

// describeNew looks at a database that may be so new that RDS does not know it everywhere.
func (d *Driver) describeNew(ctx context.Context, name string) (db *types.DBInstance, err error) {
	err = wait.Retry(ctx, d.opts.Settle, d.opts.Appear, unknown, func() error {
		db, err = d.describe(ctx, name)
		return err
	})
	return db, err
}

// describeOld looks at a database that should be there, and asks twice before it believes that it is not.
func (d *Driver) describeOld(ctx context.Context, name string) (db *types.DBInstance, err error) {
	err = wait.Twice(ctx, d.opts.Settle, unknown, func() error {
		db, err = d.describe(ctx, name)
		return err
	})
	return db, err
}

// tagsOf returns the tags of a database.
func tagsOf(db *types.DBInstance) map[string]string { return taglist.Map(db.TagList, pair) }

func pair(tag types.Tag) (key, value *string) { return tag.Key, tag.Value }
