package sim

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/middleware"
)

// Options of a [Cloud]. The zero value of each field means its default.
type Options struct {
	// Account is the account id. Default "123456789012".
	Account string
	// Region of the clients that do not choose another one. Default "us-east-1".
	Region string
	// Seed of every random choice: latency, the dice of faults, ids. Equal seeds and equal calls give equal runs.
	Seed uint64
	// Latency of one attempt: the time until its effect, and from there until the reply. Nil means none. It is called
	// with a source of its own for each attempt, so it need not lock.
	Latency func(service, op string, r *rand.Rand) (before, after time.Duration)
	// PageSize above 0 forces listings to pages of at most this size, so that a caller that forgets the second page
	// fails with two items instead of a thousand.
	PageSize int
	// ServerSkew is what the clocks of the services are ahead of ours. It shows in the Date of every reply, and a
	// request signed more than five minutes off the services' clock is refused, as AWS does.
	ServerSkew time.Duration
}

// A Handler is a simulated service.
type Handler interface {
	// Serve carries out one call and returns the typed output of the operation, e.g. *sqs.CreateQueueOutput. It must be
	// safe for concurrent use. An error is a typed error of the SDK or one made with [Error]; without [WithStatus] its
	// HTTP status is 400. An operation that the service does not know is answered with [UnknownOperation]. The call and
	// its input belong to the handler.
	Serve(ctx context.Context, call *Call) (out any, err error)
}

// A Throttler is a [Handler] that words its own throttling errors. Others get [ThrottleError].
type Throttler interface {
	// Throttled returns the error by which the service refuses a call for its rate.
	Throttled() error
}

// A Cloud is one simulated AWS account. It is safe for concurrent use.
type Cloud struct {
	opts Options

	mu        sync.Mutex
	handlers  map[string]Handler
	processes map[string]*Process
	calls     []*Call
	faults    []*fault
	nth       map[string]uint64 // attempts so far, by process, service and operation
}

// New makes a cloud without services.
func New(optFns ...func(*Options)) *Cloud {
	var opts Options
	for _, fn := range optFns {
		fn(&opts)
	}
	opts.Account = cmp.Or(opts.Account, "123456789012")
	opts.Region = cmp.Or(opts.Region, "us-east-1")
	return &Cloud{
		opts:      opts,
		handlers:  map[string]Handler{},
		processes: map[string]*Process{},
		nth:       map[string]uint64{},
	}
}

// Options returns the options of the cloud, with the defaults filled in. Services honour PageSize, Account and Region.
func (c *Cloud) Options() Options { return c.opts }

// Register makes h the service of that SDK ServiceID, such as "EC2", "Route 53", "SQS" or "Elastic Load Balancing v2". A
// later registration replaces an earlier one.
func (c *Cloud) Register(service string, h Handler) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.handlers[service] = h
}

// Handler returns the service registered under that ServiceID, or nil.
func (c *Cloud) Handler(service string) Handler {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.handlers[service]
}

// Config returns the configuration of the process "main". See [Process.Config].
func (c *Cloud) Config() aws.Config { return c.Process("main").Config() }

// Rand returns a source of random numbers that depends on the seed and the name only. The source is not safe for
// concurrent use; a service keeps it under its mutex.
func (c *Cloud) Rand(name string) *rand.Rand {
	return rand.New(rand.NewPCG(c.opts.Seed, hash(name)))
}

func hash(s string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(s))
	return h.Sum64()
}

// config of a client program. The credentials are fake; they exist because the SDK signs every request.
func (c *Cloud) config(p *Process) aws.Config {
	return aws.Config{
		Region: c.opts.Region,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{
				AccessKeyID:     "AKIASIMULATED",
				SecretAccessKey: "simulated",
				Source:          "sim",
				AccountID:       c.opts.Account,
			}, nil
		}),
		HTTPClient: refuse{},
		APIOptions: []func(*middleware.Stack) error{func(s *middleware.Stack) error { return install(s, p) }},
	}
}

// refuse is an HTTP client that sends nothing. It proves that no request leaves the process: one that would has lost the
// middleware of this package, by a client whose APIOptions were replaced instead of appended to.
type refuse struct{}

var errHermetic = errors.New("sim: this client lost the simulation's APIOptions; no request may leave the process")

func (refuse) Do(r *http.Request) (*http.Response, error) {
	return nil, fmt.Errorf("%s %s: %w", r.Method, r.URL.Host, errHermetic)
}
