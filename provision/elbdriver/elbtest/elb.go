package elbtest

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"

	"github.com/peppercorn-go/peppercorn/internal/sim"
)

// Options of a simulated ELB. Durations that are 0 or below mean that the thing takes no time.
type Options struct {
	// Lag is how long a new thing is not found yet. ELB promises nothing about it. Default 1 s.
	Lag time.Duration
	// TagLag is how long after that its tags are not shown yet. Default 1 s.
	TagLag time.Duration
	// Provision is how long a balancer is provisioning. Default 150 s: users report two to three minutes, sometimes far more.
	Provision time.Duration
	// Deletion is how long a deleted balancer is still there. Default 10 s.
	Deletion time.Duration
	// Release is how long the network interfaces of a balancer outlive it. Default 2 min.
	Release time.Duration
	// Detach is how long a target group is in use after the listener that forwarded to it has gone. Default 15 s; users
	// report up to two minutes.
	Detach time.Duration
	// Rate and Burst of calls that read, in calls a second. 0 means no limit. Default 10 and 40 (Elastic Load Balancing user
	// guide, request throttling).
	Rate  float64
	Burst int
	// WriteRate and WriteBurst of all other calls, of which the guide says only that they are less. 0 means no limit.
	// Default 5 and 20.
	WriteRate  float64
	WriteBurst int
	// CompareTags makes tags count as settings when something is created that exists: other tags are a Duplicate... refusal.
	// By default they do not count, as the API reference does not mention them.
	CompareTags bool
	// Speed divides the times that programs set, which are the intervals of health checks and deregistration delays. Default 1.
	Speed float64
	// Network says what there is of VPCs, subnets and groups. Default [AnyNetwork].
	Network Network
	// Interfaces is told of the network interfaces of every balancer: when they appear, and when it is known when they will
	// be gone. It is called while the simulation is locked and must not call back. Nil if nobody cares.
	Interfaces func(Interfaces)
	// Certificate reports whether there is a certificate of that ARN. Nil accepts every ARN of a certificate in ACM or IAM.
	Certificate func(region, arn string) bool
}

// ELB is the simulated service of all regions of one account. It is safe for concurrent use.
type ELB struct {
	opts   Options
	cloud  *sim.Cloud
	reads  *sim.Bucket
	writes *sim.Bucket

	mu        sync.Mutex
	rand      *rand.Rand
	last      int // of the numbers that give things an order
	balancers map[string]*balancer
	groups    map[string]*targetGroup
	listeners map[string]*listener
}

// Register makes a simulated ELB and registers it with the cloud, whose account, page size and seed it honours.
func Register(c *sim.Cloud, optFns ...func(*Options)) *ELB {
	opts := Options{
		Lag:       time.Second,
		TagLag:    time.Second,
		Provision: 150 * time.Second,
		Deletion:  10 * time.Second,
		Release:   2 * time.Minute,
		Detach:    15 * time.Second,
		Rate:      10, Burst: 40,
		WriteRate: 5, WriteBurst: 20,
		Speed:   1,
		Network: AnyNetwork{},
	}
	for _, fn := range optFns {
		fn(&opts)
	}
	e := &ELB{
		opts:      opts,
		cloud:     c,
		reads:     sim.NewBucket(opts.Rate, opts.Burst),
		writes:    sim.NewBucket(opts.WriteRate, opts.WriteBurst),
		rand:      c.Rand("ELB ids"),
		balancers: map[string]*balancer{},
		groups:    map[string]*targetGroup{},
		listeners: map[string]*listener{},
	}
	c.Register(elbv2.ServiceID, e)
	return e
}

// Serve answers one call. The cloud calls it; programs call ELB through the SDK.
func (e *ELB) Serve(_ context.Context, call *sim.Call) (any, error) {
	bucket := e.writes
	if strings.HasPrefix(call.Op, "Describe") {
		bucket = e.reads
	}
	if !bucket.Take() {
		return nil, sim.ThrottleError(call.Service)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.settle(time.Now())
	switch in := call.Input.(type) {
	case *elbv2.CreateLoadBalancerInput:
		return e.createLoadBalancer(call.Region, in)
	case *elbv2.DescribeLoadBalancersInput:
		return e.describeLoadBalancers(call.Region, in)
	case *elbv2.DeleteLoadBalancerInput:
		return e.deleteLoadBalancer(call.Region, in)
	case *elbv2.DescribeLoadBalancerAttributesInput:
		return e.describeLoadBalancerAttributes(call.Region, in)
	case *elbv2.ModifyLoadBalancerAttributesInput:
		return e.modifyLoadBalancerAttributes(call.Region, in)
	case *elbv2.CreateTargetGroupInput:
		return e.createTargetGroup(call.Region, in)
	case *elbv2.DescribeTargetGroupsInput:
		return e.describeTargetGroups(call.Region, in)
	case *elbv2.DeleteTargetGroupInput:
		return e.deleteTargetGroup(call.Region, in)
	case *elbv2.DescribeTargetGroupAttributesInput:
		return e.describeTargetGroupAttributes(call.Region, in)
	case *elbv2.ModifyTargetGroupAttributesInput:
		return e.modifyTargetGroupAttributes(call.Region, in)
	}
	return e.serveOther(call)
}

func (e *ELB) serveOther(call *sim.Call) (any, error) {
	switch in := call.Input.(type) {
	case *elbv2.CreateListenerInput:
		return e.createListener(call.Region, in)
	case *elbv2.DescribeListenersInput:
		return e.describeListeners(call.Region, in)
	case *elbv2.DeleteListenerInput:
		return e.deleteListener(call.Region, in)
	case *elbv2.DescribeTagsInput:
		return e.describeTags(call.Region, in)
	case *elbv2.AddTagsInput:
		return e.addTags(call.Region, in)
	case *elbv2.RemoveTagsInput:
		return e.removeTags(call.Region, in)
	case *elbv2.RegisterTargetsInput:
		return e.registerTargets(call.Region, in)
	case *elbv2.DeregisterTargetsInput:
		return e.deregisterTargets(call.Region, in)
	case *elbv2.DescribeTargetHealthInput:
		return e.describeTargetHealth(call.Region, in)
	}
	return nil, sim.UnknownOperation(call)
}

// thing is what balancers, target groups and listeners have in common.
type thing struct {
	seq         int
	region, arn string
	born        time.Time
	tags        map[string]string
}

// newThing makes the next thing. resource is the last part of its ARN.
func (e *ELB) newThing(region, resource string, tags map[string]string) thing {
	e.last++
	return thing{
		seq: e.last, region: region, born: time.Now(), tags: tags,
		arn: fmt.Sprintf("arn:aws:elasticloadbalancing:%s:%s:%s", region, e.cloud.Options().Account, resource),
	}
}

// id is what ELB ends its ARNs with: 16 hexadecimal digits.
func (e *ELB) id() string { return fmt.Sprintf("%016x", e.rand.Uint64()) }

// shown reports whether calls of a region find the thing by now.
func (e *ELB) shown(t thing, region string) bool {
	return t.region == region && time.Since(t.born) >= e.opts.Lag
}

// seconds are that many seconds of a program's, which pass as fast as the options say.
func (e *ELB) seconds(n int) time.Duration {
	return time.Duration(float64(n) * float64(time.Second) / cmp.Or(max(e.opts.Speed, 0), 1))
}

// settle lets happen what is due: deleted balancers go, and their listeners with them.
func (e *ELB) settle(now time.Time) {
	for _, b := range e.balancers {
		if b.deleted.IsZero() || now.Before(b.gone) {
			continue
		}
		for _, l := range e.listeners {
			if l.balancer == b {
				e.remove(l, b.gone)
			}
		}
		delete(e.balancers, b.arn)
	}
}
