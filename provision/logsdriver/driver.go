// Package logsdriver makes, finds and deletes log groups of Amazon CloudWatch Logs: the kind [kinds.LogGroup].
//
//	driver := logsdriver.New(cloudwatchlogs.NewFromConfig(cfg))
//	engine, err := provision.NewEngine([]provision.Driver{driver})
//
// A program that does not mind to compile the SDKs of all services takes every driver at once from package awsdrivers,
// which also gives them a retryer that is fit for deployments. Package logstest is the service to test against.
//
// # How it keeps the contract
//
// A log group is unique by its name. CreateLogGroup refuses a name that is taken (ResourceAlreadyExistsException), and takes
// the tags; so whoever gets no refusal has made the group, and whoever gets one reads the tags and adopts the group only
// if they say that it is ours.
//
// The retention needs a second call. A program may die between the two, and then the events never expire; so Create looks
// at every group that it adopts and sets the retention where there is none. Where somebody has set another one by hand,
// Create does not set it back, for a shorter one would delete events: it fails and names the difference. A retention that
// somebody has taken away by hand cannot be told from one that was never set, and comes back with the next Create.
//
// Log events are data. CloudWatch Logs counts the bytes of a group late, and knows of the last event within an hour or so;
// but whoever writes events makes a log stream first, and streams are listed at once. So a group with any stream in it is a
// [provision.Loss], whether or not its events have expired by now. A group that is disposable carries the tag [TagDisposable]
// from birth, and is none.
//
// CloudWatch Logs can filter its groups by the beginning of their names and not by tags. Names begin with the
// application's, so a search that names an application reads the tags of few groups, and one that does not, as a sweep does,
// of all groups of the account, one call for each.
package logsdriver

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"github.com/peppercorn-go/peppercorn/internal/wait"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// TagDisposable is the key of the tag of a log group whose events may go when it goes; its value is "true".
const TagDisposable = "peppercorn:disposable"

const disposable = "true"

// Options of a [Driver]. The defaults are right for AWS; shorter times are for services that are simulated.
type Options struct {
	// Settle is the first pause between two questions about what is not settled. Default 1 s.
	Settle time.Duration
	// Appear is how long a group that was just created may be unknown before it counts as gone. Default 30 s.
	Appear time.Duration
	// Parallel is how many groups Find asks for their tags at the same time. Default 4.
	Parallel int
}

// Driver is the driver of log groups. It keeps no state and is safe for concurrent use.
type Driver struct {
	api  API
	opts Options
}

var (
	_ provision.Driver    = (*Driver)(nil)
	_ provision.Validator = (*Driver)(nil)
	_ provision.Loser     = (*Driver)(nil)
)

// New returns a driver that acts where api does: in one account and region. A client of the SDK retries three times by
// default, which is little when many groups are made at once; see package awsdrivers.
func New(api API, optFns ...func(*Options)) *Driver {
	opts := Options{Settle: time.Second, Appear: 30 * time.Second, Parallel: 4}
	for _, fn := range optFns {
		fn(&opts)
	}
	return &Driver{api: api, opts: opts}
}

// Kinds returns [kinds.LogGroupKind].
func (d *Driver) Kinds() []provision.Kind { return []provision.Kind{kinds.LogGroupKind} }

// Validate refuses what is no [kinds.LogGroup]. It makes no calls.
func (d *Driver) Validate(c provision.Call) error {
	_, err := groupOf(c)
	return err
}

// groupOf returns the log group that c asks for.
func groupOf(c provision.Call) (kinds.LogGroup, error) {
	g, ok := c.Spec.(kinds.LogGroup)
	if !ok {
		return kinds.LogGroup{}, fmt.Errorf("logsdriver: node %q: the spec is a %T, this driver makes a kinds.LogGroup", c.Node, c.Spec)
	}
	return g, nil
}

// errUnlisted says that DescribeLogGroups does not list a group: it is gone, or so new that it is not listed yet.
var errUnlisted = errors.New("is not listed")

// unknown reports whether err says that there is no such group, or none yet.
func unknown(err error) bool {
	var missing *types.ResourceNotFoundException
	return errors.Is(err, errUnlisted) || errors.As(err, &missing)
}

// unsettled reports whether err passes: the group is not known everywhere yet, or another call is changing it.
func unsettled(err error) bool {
	var aborted *types.OperationAbortedException
	return unknown(err) || errors.As(err, &aborted)
}

// retry calls try again and again while its error is one that passes, with growing pauses, and at most for
// Options.Appear. It returns the last error of try, or that of a context that ended. The time that calls take is not
// counted, for one that AWS throttles may take minutes.
func (d *Driver) retry(ctx context.Context, passes func(error) bool, try func() error) error {
	return wait.Retry(ctx, d.opts.Settle, d.opts.Appear, passes, try)
}
