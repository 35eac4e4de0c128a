package lambdatest

import (
	"context"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/peppercorn-go/peppercorn/internal/sim"
)

// Options of a simulated Lambda. Durations that are 0 or below mean that the thing takes no time.
type Options struct {
	// Appear is how long a new function is unknown. Default 500 ms.
	Appear time.Duration
	// Pending is how long a new function cannot be used. Default 5 s.
	Pending time.Duration
	// PendingVPC is the same for a function in a VPC; Lambda speaks of a minute or so. Default 1 min.
	PendingVPC time.Duration
	// Linger is how long a deleted function is still listed. Default 2 s.
	Linger time.Duration
	// Release is how long the network interfaces of a function in a VPC outlive it. AWS speaks of up to 20 minutes (developer
	// guide, network interfaces), and said of one in a hundred that it takes more than 35. Default 15 min.
	Release time.Duration
	// Interfaces is told of the network interfaces of every function in a VPC: when they appear, and when it is known when
	// they will be gone. It is called while the simulation is locked and must not call back. Default: nobody is.
	Interfaces func(Interfaces)
	// Outcome, if set, says how a function ends up: a code means that it fails for that reason.
	Outcome func(*lambda.CreateFunctionInput) (code types.StateReasonCode, reason string)
	// Rate of the calls that manage functions, all together, in calls a second. 0 means no limit. Default 15.
	Rate float64
	// ReadRate is the rate of GetFunction, and that of GetPolicy. 0 means no limit. Default 100.
	ReadRate float64
}

// Lambda is the simulated service of all regions of one account. It is safe for concurrent use.
type Lambda struct {
	opts     Options
	cloud    *sim.Cloud
	calls    *sim.Bucket
	reads    *sim.Bucket
	policies *sim.Bucket

	mu        sync.Mutex
	functions map[key]*function
	versions  map[key]int          // the last number that was given to a version of that name
	roles     map[string]time.Time // when a role can be assumed
	made      int                  // functions so far, for their ids
}

// key names a function of the account.
type key struct{ region, name string }

// Register makes a simulated Lambda and registers it with the cloud, whose account and page size it honours.
func Register(c *sim.Cloud, optFns ...func(*Options)) *Lambda {
	opts := Options{
		Appear: 500 * time.Millisecond, Pending: 5 * time.Second, PendingVPC: time.Minute, Linger: 2 * time.Second,
		Release: 15 * time.Minute,
		Rate:    15, ReadRate: 100,
	}
	for _, fn := range optFns {
		fn(&opts)
	}
	l := &Lambda{
		opts:      opts,
		cloud:     c,
		calls:     sim.NewBucket(opts.Rate, max(1, int(opts.Rate))),
		reads:     sim.NewBucket(opts.ReadRate, max(1, int(opts.ReadRate))),
		policies:  sim.NewBucket(opts.ReadRate, max(1, int(opts.ReadRate))),
		functions: map[key]*function{},
		versions:  map[key]int{},
		roles:     map[string]time.Time{},
	}
	c.Register(lambda.ServiceID, l)
	return l
}

// RoleUsableAt makes Lambda refuse a role until then, as it does with one that IAM does not know everywhere yet.
func (l *Lambda) RoleUsableAt(arn string, then time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.roles[arn] = then
}

// Throttled returns the error by which Lambda refuses a call for its rate. The cloud asks for it.
func (l *Lambda) Throttled() error { return tooManyRequests() }

// Serve answers one call. The cloud calls it; programs call Lambda through the SDK.
func (l *Lambda) Serve(_ context.Context, call *sim.Call) (any, error) {
	bucket := l.calls
	switch call.Input.(type) {
	case *lambda.GetFunctionInput:
		bucket = l.reads
	case *lambda.GetPolicyInput:
		bucket = l.policies
	}
	if !bucket.Take() {
		return nil, tooManyRequests()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	switch in := call.Input.(type) {
	case *lambda.CreateFunctionInput:
		return l.createFunction(call.Region, in)
	case *lambda.GetFunctionInput:
		return l.getFunction(call.Region, in)
	case *lambda.ListFunctionsInput:
		return l.listFunctions(call.Region, in)
	case *lambda.ListVersionsByFunctionInput:
		return l.listVersions(call.Region, in)
	case *lambda.DeleteFunctionInput:
		return l.deleteFunction(call.Region, in)
	case *lambda.CreateFunctionUrlConfigInput:
		return l.createURL(call.Region, in)
	case *lambda.GetFunctionUrlConfigInput:
		return l.getURL(call.Region, in)
	case *lambda.AddPermissionInput:
		return l.addPermission(call.Region, in)
	case *lambda.GetPolicyInput:
		return l.getPolicy(call.Region, in)
	case *lambda.TagResourceInput:
		return l.tagResource(call.Region, in)
	case *lambda.ListTagsInput:
		return l.listTags(call.Region, in)
	}
	return nil, sim.UnknownOperation(call)
}
