// Package cloudwatchdriver makes, finds and deletes alarms of Amazon CloudWatch: the kind [kinds.Alarm].
//
//	driver := cloudwatchdriver.New(cloudwatch.NewFromConfig(cfg))
//	engine, err := provision.NewEngine([]provision.Driver{driver})
//
// A program that does not mind to compile the SDKs of all services takes every driver at once from package awsdrivers,
// which also gives them a retryer that is fit for deployments. Package cloudwatchtest is the service to test against.
//
// # How it keeps the contract
//
// An alarm is unique by its name, but PutMetricAlarm does not mind: it overwrites the alarm that has the name, whosever it
// is, and leaves that one's tags as they are (API reference, PutMetricAlarm). So Create never puts over an alarm that it
// can see:
//
//  1. It asks for all alarms of the name, composite alarms and log alarms too. If there is one, it reads the tags, and either
//     adopts the alarm, unchanged, or refuses it as a [provision.ForeignError].
//  2. If there is none, it puts the alarm, with the tags. Several that do so at once put the same: the request is a pure
//     function of the call.
//  3. It reads the tags back. Since an update ignores tags, tags that are ours prove that a request of ours made the alarm.
//
// CloudWatch has no create that fails if the name is taken, and no condition on a put, so one window stays open: between 1 and
// 3 somebody else can make an alarm of this very name, and then loses its settings. It takes a will to do that, and no
// accident: the name ends in 65 bits of hash over an attempt that is random and never comes back. If it happens, step 3
// finds out, and the error says that the alarm was overwritten and where its settings can still be read. A policy of IAM can
// narrow the window to alarms without tags, by a condition on aws:ResourceTag for PutMetricAlarm, but not close it, because
// an alarm that does not exist has no tags either.
//
// An alarm of ours with other settings than the blueprint's is an error that names them, with one exception: whether
// actions are enabled is left to whoever is on call.
//
// CloudWatch can filter its alarms by the beginning of their names and not by tags. Names begin with the application's, so
// a search that names an application reads the tags of few alarms, and one that does not, as a sweep does, of all alarms of
// the account, one call for each.
package cloudwatchdriver

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/peppercorn-go/peppercorn/internal/wait"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// Options of a [Driver]. The defaults are right for AWS; shorter times are for services that are simulated.
type Options struct {
	// Settle is the first pause between two questions about what is not settled. Default 1 s.
	Settle time.Duration
	// Appear is how long an alarm that was just created may be unknown before it counts as gone. Default 30 s.
	Appear time.Duration
	// Parallel is how many alarms Find asks for their tags at the same time. Default 4.
	Parallel int
}

// Driver is the driver of alarms. It keeps no state and is safe for concurrent use.
type Driver struct {
	api  API
	opts Options
}

var (
	_ provision.Driver    = (*Driver)(nil)
	_ provision.Validator = (*Driver)(nil)
)

// New returns a driver that acts where api does: in one account and region. A client of the SDK retries three times by
// default, which is little where three alarms a second can be made; see package awsdrivers.
func New(api API, optFns ...func(*Options)) *Driver {
	opts := Options{Settle: time.Second, Appear: 30 * time.Second, Parallel: 4}
	for _, fn := range optFns {
		fn(&opts)
	}
	return &Driver{api: api, opts: opts}
}

// Kinds returns [kinds.AlarmKind].
func (d *Driver) Kinds() []provision.Kind { return []provision.Kind{kinds.AlarmKind} }

// Validate refuses what is no [kinds.Alarm]. It makes no calls.
func (d *Driver) Validate(c provision.Call) error {
	_, err := alarmOf(c)
	return err
}

// alarmOf returns the alarm that c asks for.
func alarmOf(c provision.Call) (kinds.Alarm, error) {
	a, ok := c.Spec.(kinds.Alarm)
	if !ok {
		return kinds.Alarm{}, fmt.Errorf("cloudwatchdriver: node %q: the spec is a %T, this driver makes a kinds.Alarm", c.Node, c.Spec)
	}
	return a, nil
}

// errUnlisted says that DescribeAlarms does not list an alarm: it is gone, or so new that it is not listed yet.
var errUnlisted = errors.New("is not listed")

// unknown reports whether err says that there is no such alarm, or none yet.
func unknown(err error) bool {
	var missing *types.ResourceNotFoundException
	return errors.Is(err, errUnlisted) || errors.As(err, &missing)
}

// retry calls try again and again while it knows no such alarm, with growing pauses, and at most for Options.Appear. It
// returns the last error of try, or that of a context that ended. The time that calls take is not counted, for one that
// AWS throttles may take minutes.
func (d *Driver) retry(ctx context.Context, try func() error) error {
	return wait.Retry(ctx, d.opts.Settle, d.opts.Appear, unknown, try)
}
