// Package dnstest has what tests of programs need that keep state in Route 53: a Route 53 in memory that is as strict as
// the real one, reached through the SDK's real client.
//
//	dns := dnstest.New()
//	zoneID := dns.AddZone("example.com", false)
//	client := dns.Client() // a *route53.Client; dns.Config() for other ways to make one
//
// Then let the program under test work, and look at what it did: [Route53.Records] and [Route53.Served] are the two
// states of a zone, [Route53.Batches] its history with the comments, [Route53.Resolve] what a user's resolver would find,
// [Route53.Calls] every request.
//
// To see how it copes with the world, let a stranger change the zone behind its back with [Route53.Edit], lose replies or
// throttle with [Route53.Inject], kill it in the middle with [Route53.Process], or take back what was accepted but not yet
// INSYNC with [Route53.Failover].
//
// Route 53 is slow: five requests a second, half a minute until INSYNC. Run such tests in a testing/synctest bubble, where
// that time passes at once, or set the times of [Route53Options] below zero.
package dnstest

import (
	"cmp"
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53"

	"github.com/peppercorn-go/peppercorn/internal/sim"
)

// service is the ServiceID by which the SDK knows Route 53.
const service = "Route 53"

// ErrorShape is the form of an InvalidChangeBatch. Route 53 has two on the wire, and the SDK makes two different values of
// types.InvalidChangeBatch of them, so a caller has to read both fields.
type ErrorShape int

const (
	// ErrorsMixed has each error in one or the other form, by the seed.
	ErrorsMixed ErrorShape = iota
	// ErrorsInMessage joins all reasons in Message, as "[a, b]", and leaves Messages empty.
	ErrorsInMessage
	// ErrorsInMessages puts each reason in Messages, and says in Message only that there were errors.
	ErrorsInMessages
)

// Route53Options configure a simulated [Route53]. The zero value of each field means its default.
type Route53Options struct {
	// RequestsPerSecond is the rate of the account over all operations; a burst may be as large. AWS allows 5, which is
	// the default. Below 0 there is no limit.
	RequestsPerSecond float64
	// Processing is how long a batch keeps its zone busy: another one in that time is answered with
	// PriorRequestNotComplete. Default 300 ms; below 0 a zone is never busy.
	Processing time.Duration
	// Propagation is how long a change is PENDING before it is INSYNC. Changes of a zone get there in the order of their
	// submission. Default 30 s; AWS says usually within 60 s. Below 0 a change is INSYNC at once.
	Propagation time.Duration
	// Errors is the form of an InvalidChangeBatch.
	Errors ErrorShape
	// MaxRecordSets of a zone. Default 10,000, as in an account that did not ask for more.
	MaxRecordSets int
	// Cloud options of the cloud that [New] makes: seed, latency, page size. [Register] has a cloud already and does
	// not use them.
	Cloud []func(*CloudOptions)
}

// Route53 is a simulated Route 53 that is as strict as the real one, and stricter where AWS does not say. It is safe for
// concurrent use. Everything it is told lives in memory; everything that waits lives by package time, so that under
// testing/synctest a change that takes a minute takes no time.
type Route53 struct {
	cloud  *sim.Cloud
	opts   Route53Options
	bucket *sim.Bucket

	mu      sync.Mutex
	rand    *rand.Rand
	zones   map[string]*zone
	created []*zone // in order of creation
	changes map[string]*change
}

// New makes a simulated Route 53 in a cloud of its own. Use [Route53.Client] or [Route53.Config] to talk to it.
func New(optFns ...func(*Route53Options)) *Route53 {
	var opts Route53Options
	for _, fn := range optFns {
		fn(&opts)
	}
	return Register(sim.New(opts.Cloud...), optFns...)
}

// Register makes a simulated Route 53 and registers it with a cloud that other simulated services may share.
func Register(c *Cloud, optFns ...func(*Route53Options)) *Route53 {
	var opts Route53Options
	for _, fn := range optFns {
		fn(&opts)
	}
	opts.RequestsPerSecond = cmp.Or(opts.RequestsPerSecond, 5)
	opts.Processing = cmp.Or(opts.Processing, 300*time.Millisecond)
	opts.Propagation = cmp.Or(opts.Propagation, 30*time.Second)
	opts.MaxRecordSets = cmp.Or(opts.MaxRecordSets, 10_000)
	r := &Route53{
		cloud:   c,
		opts:    opts,
		bucket:  sim.NewBucket(opts.RequestsPerSecond, max(1, int(opts.RequestsPerSecond))),
		rand:    c.Rand(service),
		zones:   map[string]*zone{},
		changes: map[string]*change{},
	}
	c.Register(service, r)
	return r
}

// Serve carries out one call of a client. It makes Route53 a handler of a simulated cloud; tests have no need to call it.
func (r *Route53) Serve(_ context.Context, call *Call) (any, error) {
	if !r.bucket.Take() {
		return nil, sim.ThrottleError(service)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	switch in := call.Input.(type) {
	case *route53.ListResourceRecordSetsInput:
		return r.listRecords(in)
	case *route53.ChangeResourceRecordSetsInput:
		return r.changeRecords(in)
	case *route53.GetChangeInput:
		return r.getChange(in)
	case *route53.GetHostedZoneInput:
		return r.getZone(in)
	case *route53.ListHostedZonesInput:
		return r.listZones(in)
	case *route53.ListHostedZonesByNameInput:
		return r.listZonesByName(in)
	case *route53.CreateHostedZoneInput:
		return r.createZone(in)
	default:
		return nil, sim.UnknownOperation(call)
	}
}

// Config returns a configuration whose clients talk to the simulated cloud, as the process "main".
func (r *Route53) Config() aws.Config { return r.cloud.Config() }

// Client returns a client of the simulated Route 53. It is the SDK's own, with its retries and its paginators.
func (r *Route53) Client(optFns ...func(*route53.Options)) *route53.Client {
	return route53.NewFromConfig(r.Config(), optFns...)
}

// id makes an identifier of n characters in Route 53's alphabet.
func (r *Route53) id(prefix string, n int) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	b := []byte(prefix)
	for len(b) < n {
		b = append(b, alphabet[r.rand.IntN(len(alphabet))])
	}
	return string(b)
}

// page caps the number of items of a page: what was asked for, Route 53's own limit, and that of the cloud.
func (r *Route53) page(asked *int32, limit int) (int, error) {
	n := limit
	if asked != nil {
		if *asked < 1 {
			return 0, invalidInput("MaxItems must be a positive number, not %d", *asked)
		}
		n = min(n, int(*asked))
	}
	if size := r.cloud.Options().PageSize; size > 0 {
		n = min(n, size)
	}
	return n, nil
}
