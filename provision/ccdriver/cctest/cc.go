package cctest

import (
	"context"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudcontrol"

	"github.com/peppercorn-go/peppercorn/internal/sim"
)

// Options of a simulated Cloud Control API. Durations that are 0 or below mean that the thing takes no time.
type Options struct {
	// Types that can be made. Default [Types].
	Types []Type
	// Start is how long a request is PENDING. Default 1 s.
	Start time.Duration
	// Make and Remove are how long a create and a delete take in all. Default 20 s each.
	Make, Remove time.Duration
	// Gap is how long a resource is unknown after the request that made it has succeeded. Default 3 s.
	Gap time.Duration
	// Poll is how far ahead the RetryAfter of a request is that has not ended. Default 5 s.
	Poll time.Duration
	// Rate and Burst of all calls together, in calls a second. AWS does not publish its own; users measured about 30. 0 means no
	// limit. Default 30 and 60.
	Rate  float64
	Burst int
}

// CloudControl is the simulated service of all regions of one account. It is safe for concurrent use.
type CloudControl struct {
	opts  Options
	cloud *sim.Cloud
	calls *sim.Bucket
	types map[string]Type

	mu        sync.Mutex
	requests  []*request // in the order in which they were made
	resources []*resource
	failures  []*Failure
	blocked   map[string]string // by type and identifier: what needs it
	made      int               // resources so far, for their ids
	early     int               // questions about a request before its RetryAfter
}

// Register makes a simulated Cloud Control API and registers it with the cloud, whose account and page size it honours.
func Register(c *sim.Cloud, optFns ...func(*Options)) *CloudControl {
	opts := Options{
		Types:  Types(),
		Start:  time.Second,
		Make:   20 * time.Second,
		Remove: 20 * time.Second,
		Gap:    3 * time.Second,
		Poll:   5 * time.Second,
		Rate:   30,
		Burst:  60,
	}
	for _, fn := range optFns {
		fn(&opts)
	}
	s := &CloudControl{
		opts:    opts,
		cloud:   c,
		calls:   sim.NewBucket(opts.Rate, opts.Burst),
		types:   map[string]Type{},
		blocked: map[string]string{},
	}
	for _, t := range opts.Types {
		s.types[t.Name] = t
	}
	c.Register(cloudcontrol.ServiceID, s)
	return s
}

// Throttled returns the error by which Cloud Control refuses a call for its rate. The cloud asks for it.
func (s *CloudControl) Throttled() error { return throttled() }

// Serve answers one call. The cloud calls it; programs call Cloud Control through the SDK.
func (s *CloudControl) Serve(_ context.Context, call *sim.Call) (any, error) {
	if !s.calls.Take() {
		return nil, throttled()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	s.settle(now)
	switch in := call.Input.(type) {
	case *cloudcontrol.CreateResourceInput:
		return s.createResource(call.Region, in, now)
	case *cloudcontrol.DeleteResourceInput:
		return s.deleteResource(call.Region, in, now)
	case *cloudcontrol.GetResourceInput:
		return s.getResource(call.Region, in, now)
	case *cloudcontrol.ListResourcesInput:
		return s.listResources(call.Region, in, now)
	case *cloudcontrol.GetResourceRequestStatusInput:
		return s.getResourceRequestStatus(call.Region, in, now)
	case *cloudcontrol.ListResourceRequestsInput:
		return s.listResourceRequests(call.Region, in, now)
	}
	return nil, sim.UnknownOperation(call)
}
