// Package dynamodbdriver makes, finds and deletes Amazon DynamoDB tables: the kind [kinds.Table].
//
//	driver := dynamodbdriver.New(dynamodb.NewFromConfig(cfg))
//	engine, err := provision.NewEngine([]provision.Driver{driver})
//
// A program that does not mind to compile the SDKs of all services takes every driver at once from package awsdrivers,
// which also gives them a retryer that is fit for deployments. Package dynamodbtest is the service to test against.
//
// # How it keeps the contract
//
// A table is unique by its name, and CreateTable refuses a second one (ResourceInUseException). So Create looks at what is there,
// whatever the answer was, and takes it only if its tags say that it is ours. One of ours whose settings were changed by
// hand is an error that names them; capacity, which autoscaling changes, is not compared.
//
// Point-in-time recovery cannot be asked for in CreateTable, and not before the table is active. So Await turns it on. A wish
// to go without is written in the tag [TagRecovery] at birth; a process that dies between the steps leaves a table whose
// tags tell the next one what is missing. That also puts recovery back where somebody has turned it off by hand, which is
// the safe side.
//
// Tags are read by an eventually consistent query, so those of a new table may not be there yet: before the driver
// believes that a table is a stranger's because it has none, it asks for half a minute. It reads tags at the rate that DynamoDB
// allows to an account.
//
// DynamoDB cannot filter its tables. Names begin with the application's and end in a hash, so a search looks at tables
// only that are named so.
//
// # What it never does
//
// It does not switch deletion protection off: the Delete of a protected table is a [provision.BusyError] until somebody has done
// that by hand. A table with items is a loss, see [Driver.Loses]. DynamoDB keeps a backup of a table with point-in-time recovery for
// 35 days after its deletion, at no charge.
package dynamodbdriver

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"golang.org/x/time/rate"

	"github.com/peppercorn-go/peppercorn/internal/wait"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// TagRecovery with the value "none" says that a table does without point-in-time recovery. It is missing where recovery is
// wanted.
const TagRecovery = "peppercorn:recovery"

// noRecovery is the value of TagRecovery.
const noRecovery = "none"

// Options of a [Driver]. The defaults are right for AWS; shorter times are for services that are simulated.
type Options struct {
	// Settle is the first pause between two questions about what is not settled, and how far apart DynamoDB must have said
	// twice that a table is unknown before it counts as gone. Default 1 s.
	Settle time.Duration
	// Appear is how long a table that was just created, or its tags, may be unknown before it counts as gone, or as somebody
	// else's. Default 30 s.
	Appear time.Duration
	// Ready is how long a table may take to become active. Default 30 min.
	Ready time.Duration
	// Parallel is how many tables Find looks at at the same time. Default 8.
	Parallel int
	// TagRate is how many calls a second read tags. DynamoDB allows 10 to an account, and 0 means no limit. Default 10.
	TagRate float64
}

// Driver is the driver of tables. It keeps no state but the rate of its calls, and is safe for concurrent use.
type Driver struct {
	api      API
	opts     Options
	tagCalls *rate.Limiter
}

var (
	_ provision.Driver    = (*Driver)(nil)
	_ provision.Validator = (*Driver)(nil)
	_ provision.Loser     = (*Driver)(nil)
)

// New returns a driver that acts where api does: in one account and region. A client of the SDK retries three times by
// default, which is little when many tables are made at once; see package awsdrivers.
func New(api API, optFns ...func(*Options)) *Driver {
	opts := Options{Settle: time.Second, Appear: 30 * time.Second, Ready: 30 * time.Minute, Parallel: 8, TagRate: 10}
	for _, fn := range optFns {
		fn(&opts)
	}
	limit := rate.Limit(opts.TagRate)
	if opts.TagRate <= 0 {
		limit = rate.Inf
	}
	return &Driver{api: api, opts: opts, tagCalls: rate.NewLimiter(limit, max(1, int(opts.TagRate)))}
}

// Kinds returns [kinds.TableKind].
func (d *Driver) Kinds() []provision.Kind { return []provision.Kind{kinds.TableKind} }

// Validate refuses what is no [kinds.Table]. It makes no calls.
func (d *Driver) Validate(c provision.Call) error {
	_, err := tableOf(c)
	return err
}

// tableOf returns the table that c asks for.
func tableOf(c provision.Call) (kinds.Table, error) {
	t, ok := c.Spec.(kinds.Table)
	if !ok {
		return kinds.Table{}, fmt.Errorf("dynamodbdriver: node %q: the spec is a %T, this driver makes a kinds.Table", c.Node, c.Spec)
	}
	return t, nil
}

// unknown reports whether err says that DynamoDB knows no such table: it is gone, or so new that not all of DynamoDB has heard of
// it. Calls on backups have another error for it.
func unknown(err error) bool {
	var (
		resource *types.ResourceNotFoundException
		table    *types.TableNotFoundException
	)
	return errors.As(err, &resource) || errors.As(err, &table)
}

// inUse reports whether err says that a table exists, or is in a state in which the call makes no sense.
func inUse(err error) bool {
	var used *types.ResourceInUseException
	return errors.As(err, &used)
}

// retry calls try again and again while its error is one that passes, with growing pauses, and at most for the time
// given. It returns the last error of try, or that of a context that ended. The time that calls take is not counted, for
// one that AWS throttles may take minutes.
func (d *Driver) retry(ctx context.Context, limit time.Duration, passes func(error) bool, try func() error) error {
	return wait.Retry(ctx, d.opts.Settle, limit, passes, try)
}
