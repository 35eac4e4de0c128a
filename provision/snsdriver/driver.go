// Package snsdriver makes, finds and deletes Amazon SNS topics and their subscriptions: the kind [kinds.Topic].
//
//	driver := snsdriver.New(sns.NewFromConfig(cfg))
//	engine, err := provision.NewEngine([]provision.Driver{driver})
//
// A program that does not mind to compile the SDKs of all services takes every driver at once from package awsdrivers,
// which also gives them a retryer that is fit for deployments. Package snstest is the service to test against.
//
// # How it keeps the contract
//
// A topic is unique by its name. CreateTopic returns the topic that has this name already, whoever made it, and refuses only
// if an attribute or a tag in the request differs there; the refusal has the code of every bad parameter. So whatever the
// answer was, the driver looks at the topic, and adopts it only if its tags say that it is ours. Its attributes are read as
// well: one that was changed by hand is an error that names it.
//
// Subscribe is idempotent by topic, protocol and endpoint. Create subscribes whoever the blueprint names, after the topic is
// there; a Create after one that was interrupted subscribes those who are missing. A subscription that waits for its
// confirmation is not asked for again, since that would send another mail. Subscriptions that others have added are nobody's
// business, until they go with the topic.
//
// SNS deletes the subscriptions of a topic that is gone by itself, but takes up to two days in which they count and are
// listed. So Delete ends those that belong to this account first. Those that wait for a confirmation cannot be ended, and
// those of other accounts are left to SNS.
//
// SNS cannot filter its topics. Names begin with the application's and end in a hash, so a search reads the tags of
// topics only that are named so, at the rate that SNS allows to an account.
package snsdriver

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/smithy-go"
	"golang.org/x/time/rate"

	"github.com/peppercorn-go/peppercorn/internal/wait"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// Options of a [Driver]. The defaults are right for AWS; shorter times are for services that are simulated.
type Options struct {
	// Settle is the first pause between two questions about what is not settled, and how far apart SNS must have said
	// twice that a topic is unknown before it counts as gone. Default 1 s.
	Settle time.Duration
	// Appear is how long a topic that was just created, or its tags, may be unknown to SNS before it counts as gone, or as
	// somebody else's. Default 30 s.
	Appear time.Duration
	// Reuse is how long Create waits while SNS still knows the tags of a deleted topic of this name. Default 2 min.
	Reuse time.Duration
	// Parallel is how many topics Find asks for their tags at the same time. Default 8.
	Parallel int
	// TagRate is how many calls a second read tags. SNS allows 10 to an account and region, and 0 means no limit. Default 10.
	TagRate float64
}

// Driver is the driver of topics. It keeps no state but the rate of its calls, and is safe for concurrent use.
type Driver struct {
	api      API
	opts     Options
	tagCalls *rate.Limiter
}

var (
	_ provision.Driver    = (*Driver)(nil)
	_ provision.Validator = (*Driver)(nil)
)

// New returns a driver that acts where api does: in one account and region. A client of the SDK retries three times by
// default, which is little when many topics are made at once; see package awsdrivers.
func New(api API, optFns ...func(*Options)) *Driver {
	opts := Options{Settle: time.Second, Appear: 30 * time.Second, Reuse: 2 * time.Minute, Parallel: 8, TagRate: 10}
	for _, fn := range optFns {
		fn(&opts)
	}
	limit := rate.Limit(opts.TagRate)
	if opts.TagRate <= 0 {
		limit = rate.Inf
	}
	return &Driver{api: api, opts: opts, tagCalls: rate.NewLimiter(limit, max(1, int(opts.TagRate)))}
}

// Kinds returns [kinds.TopicKind].
func (d *Driver) Kinds() []provision.Kind { return []provision.Kind{kinds.TopicKind} }

// Validate refuses what is no [kinds.Topic]. It makes no calls.
func (d *Driver) Validate(c provision.Call) error {
	_, err := topicOf(c)
	return err
}

// topicOf returns the topic that c asks for.
func topicOf(c provision.Call) (kinds.Topic, error) {
	t, ok := c.Spec.(kinds.Topic)
	if !ok {
		return kinds.Topic{}, fmt.Errorf("snsdriver: node %q: the spec is a %T, this driver makes a kinds.Topic", c.Node, c.Spec)
	}
	return t, nil
}

// Codes of errors. Calls on tags have another word for what does not exist than all others.
const (
	codeNotFound   = "NotFound"
	codeNoResource = "ResourceNotFound"
	codeInvalid    = "InvalidParameter"
	codeStale      = "StaleTag"         // the tags of a deleted topic of the same name are not forgotten yet
	codeConcurrent = "ConcurrentAccess" // somebody else changes the tags
)

// hasCode reports whether SNS refused with one of these codes.
func hasCode(err error, codes ...string) bool {
	var refusal smithy.APIError
	if !errors.As(err, &refusal) {
		return false
	}
	for _, code := range codes {
		if refusal.ErrorCode() == code {
			return true
		}
	}
	return false
}

// unknown reports whether err says that SNS knows no such topic: it is gone, or so new that not all of SNS has heard of it.
func unknown(err error) bool { return hasCode(err, codeNotFound, codeNoResource) }

// retry calls try again and again while its error is one that passes, with growing pauses, and at most for the time
// given. It returns the last error of try, or that of a context that ended. The time that calls take is not counted, for
// one that AWS throttles may take minutes.
func (d *Driver) retry(ctx context.Context, limit time.Duration, passes func(error) bool, try func() error) error {
	return wait.Retry(ctx, d.opts.Settle, limit, passes, try)
}
