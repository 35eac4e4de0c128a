// Package sqsdriver makes, finds and deletes Amazon SQS queues: the kind [kinds.Queue].
//
//	driver := sqsdriver.New(sqs.NewFromConfig(cfg))
//	engine, err := provision.NewEngine([]provision.Driver{driver})
//
// A program that does not mind to compile the SDKs of all services takes every driver at once from package awsdrivers,
// which also gives them a retryer that is fit for deployments. Package sqstest is the service to test against.
//
// # How it keeps the contract
//
// A queue is unique by its name. CreateQueue returns the queue that has this name already if all attributes in the request
// are the same there, and refuses otherwise (QueueNameExists). So the driver gives every attribute, defaults too. Users
// report that SQS compares tags as well, but the documentation does not say so; so the driver reads the tags back whatever
// the answer was, and adopts a queue only if they say that it is ours. A queue of ours whose settings were changed by hand
// is an error that names them; further tags are nobody's business.
//
// SQS takes its time: a new queue cannot be used for a second, a deleted one answers for up to 60 seconds, and its name is
// blocked for as long. The driver waits where SQS asks to wait. It believes that a queue is gone only when SQS has said so
// twice, further apart than the second in which a new queue can be unknown. SQS shows nothing of a deletion under way, so
// [provision.State].Deleting is never set for a queue: it is found until it is gone, and deleting it again does no harm.
//
// SQS can filter its queues by the beginning of their names and not by tags. Names begin with the application's, so a
// search that names an application reads the tags of few queues, and one that does not, as a sweep does, of all queues of
// the account. SQS limits the calls that read tags, per account.
package sqsdriver

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/peppercorn-go/peppercorn/internal/wait"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// Options of a [Driver]. The defaults are right for AWS; shorter times are for services that are simulated.
type Options struct {
	// Settle is how old a queue must be before it counts as usable, and the first pause between two questions about what
	// is not settled. SQS asks to wait for at least one second. Default 1 s.
	Settle time.Duration
	// Appear is how long a queue that was just created may be unknown to SQS before it counts as gone. Default 30 s.
	Appear time.Duration
	// Reuse is how long Create waits for a name whose queue was deleted. SQS blocks it for 60 seconds. Default 2 min.
	Reuse time.Duration
	// Parallel is how many queues Find asks for their tags at the same time. Default 8.
	Parallel int
}

// Driver is the driver of queues. It keeps no state and is safe for concurrent use.
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
// default, which is little when many queues are made at once; see package awsdrivers.
func New(api API, optFns ...func(*Options)) *Driver {
	opts := Options{Settle: time.Second, Appear: 30 * time.Second, Reuse: 2 * time.Minute, Parallel: 8}
	for _, fn := range optFns {
		fn(&opts)
	}
	return &Driver{api: api, opts: opts}
}

// Kinds returns [kinds.QueueKind].
func (d *Driver) Kinds() []provision.Kind { return []provision.Kind{kinds.QueueKind} }

// Validate refuses what is no [kinds.Queue]. It makes no calls.
func (d *Driver) Validate(c provision.Call) error {
	_, err := queueOf(c)
	return err
}

// queueOf returns the queue that c asks for.
func queueOf(c provision.Call) (kinds.Queue, error) {
	q, ok := c.Spec.(kinds.Queue)
	if !ok {
		return kinds.Queue{}, fmt.Errorf("sqsdriver: node %q: the spec is a %T, this driver makes a kinds.Queue", c.Node, c.Spec)
	}
	return q, nil
}

// unknown reports whether err says that SQS knows no such queue: it is gone, or so new that not all of SQS has heard of it.
func unknown(err error) bool {
	var missing *types.QueueDoesNotExist
	return errors.As(err, &missing)
}

// retry calls try again and again while its error is one that passes, with growing pauses, and at most for the time
// given. It returns the last error of try, or that of a context that ended. The time that calls take is not counted, for
// one that AWS throttles may take minutes.
func (d *Driver) retry(ctx context.Context, limit time.Duration, passes func(error) bool, try func() error) error {
	return wait.Retry(ctx, d.opts.Settle, limit, passes, try)
}
