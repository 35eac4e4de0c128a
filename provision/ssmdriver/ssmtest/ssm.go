package ssmtest

import (
	"context"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"github.com/peppercorn-go/peppercorn/internal/sim"
)

// Options of a simulated Parameter Store. Durations that are 0 or below mean that the thing takes no time.
type Options struct {
	// Settle is how long a new parameter is unknown. The service promises nothing. Default 1 s.
	Settle time.Duration
	// Reserve is how long after DeleteParameter the name cannot be used again. Default 30 s.
	Reserve time.Duration
	// Rate and Burst of all calls together, in calls a second. 40 a second is the default quota of reads. 0 means no limit.
	// Default 40 and 40.
	Rate  float64
	Burst int
}

// SSM is the simulated service of all regions of one account. It is safe for concurrent use.
type SSM struct {
	opts  Options
	cloud *sim.Cloud
	calls *sim.Bucket

	mu         sync.Mutex
	parameters map[key]*parameter
	published  map[key]*parameter // by AWS, for everybody
	deleted    map[key]time.Time
}

// key names a parameter of the account.
type key struct{ region, name string }

// Register makes a simulated Parameter Store and registers it with the cloud, whose account and page size it honours.
func Register(c *sim.Cloud, optFns ...func(*Options)) *SSM {
	opts := Options{Settle: time.Second, Reserve: 30 * time.Second, Rate: 40, Burst: 40}
	for _, fn := range optFns {
		fn(&opts)
	}
	s := &SSM{
		opts:       opts,
		cloud:      c,
		calls:      sim.NewBucket(opts.Rate, opts.Burst),
		parameters: map[key]*parameter{},
		published:  map[key]*parameter{},
		deleted:    map[key]time.Time{},
	}
	c.Register(ssm.ServiceID, s)
	return s
}

// Throttled returns the error by which the service refuses a call for its rate. The cloud asks for it.
func (s *SSM) Throttled() error { return throttled() }

// Serve answers one call. The cloud calls it; programs call the service through the SDK.
func (s *SSM) Serve(_ context.Context, call *sim.Call) (any, error) {
	if !s.calls.Take() {
		return nil, throttled()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch in := call.Input.(type) {
	case *ssm.PutParameterInput:
		return s.putParameter(call.Region, in)
	case *ssm.GetParameterInput:
		return s.getParameter(call.Region, in)
	case *ssm.DeleteParameterInput:
		return s.deleteParameter(call.Region, in)
	case *ssm.DescribeParametersInput:
		return s.describeParameters(call.Region, in)
	case *ssm.ListTagsForResourceInput:
		return s.listTagsForResource(call.Region, in)
	case *ssm.AddTagsToResourceInput:
		return s.addTagsToResource(call.Region, in)
	case *ssm.RemoveTagsFromResourceInput:
		return s.removeTagsFromResource(call.Region, in)
	}
	return nil, sim.UnknownOperation(call)
}
