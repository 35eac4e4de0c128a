package asgtest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/autoscaling"

	"github.com/peppercorn-go/peppercorn/internal/sim"
)

// Options of a simulated Auto Scaling. Durations that are 0 or below mean that the thing takes no time.
type Options struct {
	// Scale is how long a group takes to see that it has fewer instances than it wants. Default 15 s.
	Scale time.Duration
	// InService is how long a launch takes at least until the instance is in service. Default 30 s.
	InService time.Duration
	// Retry is how long a group waits after a launch that failed. Default 1 min.
	Retry time.Duration
	// Deletion is how long a group that is deleted by force is still shown, with its status. Default 20 s, which is over
	// before EC2 has terminated its instances.
	Deletion time.Duration
	// Lag is how long a new group is not shown. Default 0.
	Lag time.Duration
	// Rate and Burst of all calls together, in calls a second. Auto Scaling does not publish its own. Default: no limit.
	Rate  float64
	Burst int
	// Fleet launches instances. Default: one that is part of the service.
	Fleet Fleet
	// Templates are the launch templates of the default fleet. Default: [Template].
	Templates []string
	// Boot and Shutdown are how long an instance of the default fleet is pending, and shutting down. Default 15 and 30 s.
	Boot, Shutdown time.Duration
	// TargetGroups are where instances become targets. Default: some that are part of the service, of any ARN.
	TargetGroups TargetGroups
	// Healthy is how long a target of the default target groups takes until it is healthy. Default 20 s.
	Healthy time.Duration
}

// Template is the launch template that the default fleet knows.
const Template = "lt-0a11ce000000000a1"

// ASG is the simulated service of all regions of one account. It is safe for concurrent use.
type ASG struct {
	opts  Options
	cloud *sim.Cloud
	calls *sim.Bucket

	mu     sync.Mutex
	rand   *rand.Rand
	last   int // of the numbers that give groups and activities an order
	groups map[key]*group
	// afterlife are groups that are gone, whose instances are not.
	afterlife []*group
	past      map[key][]*activity // of groups that are gone
	own       *targets            // nil if Options.TargetGroups is set
}

// key names a group of the account.
type key struct{ region, name string }

// Register makes a simulated Auto Scaling and registers it with the cloud, whose account, page size and seed it honours.
func Register(c *sim.Cloud, optFns ...func(*Options)) *ASG {
	opts := Options{
		Scale:     15 * time.Second,
		InService: 30 * time.Second,
		Retry:     time.Minute,
		Deletion:  20 * time.Second,
		Templates: []string{Template},
		Boot:      15 * time.Second,
		Shutdown:  30 * time.Second,
		Healthy:   20 * time.Second,
	}
	for _, fn := range optFns {
		fn(&opts)
	}
	a := &ASG{
		opts:   opts,
		cloud:  c,
		calls:  sim.NewBucket(opts.Rate, opts.Burst),
		rand:   c.Rand(autoscaling.ServiceID),
		groups: map[key]*group{},
		past:   map[key][]*activity{},
	}
	if a.opts.Fleet == nil {
		a.opts.Fleet = newFleet(opts, c.Rand("fleet of "+autoscaling.ServiceID))
	}
	if a.opts.TargetGroups == nil {
		a.own = &targets{takes: opts.Healthy, all: map[target]*registration{}}
		a.opts.TargetGroups = a.own
	}
	c.Register(autoscaling.ServiceID, a)
	return a
}

// Cloud returns the cloud that the service is registered with: for its faults, processes and record of calls.
func (a *ASG) Cloud() *sim.Cloud { return a.cloud }

// Throttled returns the error by which Auto Scaling refuses a call for its rate. The cloud asks for it.
func (a *ASG) Throttled() error { return sim.ThrottleError(autoscaling.ServiceID) }

// Serve answers one call. The cloud calls it; programs call Auto Scaling through the SDK.
func (a *ASG) Serve(_ context.Context, call *sim.Call) (any, error) {
	if !a.calls.Take() {
		return nil, a.Throttled()
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.settle(time.Now())
	switch in := call.Input.(type) {
	case *autoscaling.CreateAutoScalingGroupInput:
		return a.createGroup(call.Region, in)
	case *autoscaling.DeleteAutoScalingGroupInput:
		return a.deleteGroup(call.Region, in)
	case *autoscaling.DescribeAutoScalingGroupsInput:
		return a.describeGroups(call.Region, in)
	case *autoscaling.DescribeScalingActivitiesInput:
		return a.describeActivities(call.Region, in)
	case *autoscaling.DescribeLoadBalancerTargetGroupsInput:
		return a.describeTargetGroups(call.Region, in)
	case *autoscaling.CreateOrUpdateTagsInput:
		return a.createTags(call.Region, in)
	case *autoscaling.UpdateAutoScalingGroupInput:
		return a.updateGroup(call.Region, in)
	}
	return nil, sim.UnknownOperation(call)
}

func (a *ASG) next() int {
	a.last++
	return a.last
}

// uuid makes an id of a group or an activity.
func (a *ASG) uuid() string {
	n, m := a.rand.Uint64(), a.rand.Uint64()
	return fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x", n>>32, n>>16&0xffff, n&0xfff, m>>52, m&0xffffffffffff)
}
