// Package elbdriver makes, finds and deletes load balancers, target groups and listeners of Elastic Load Balancing: the kinds
// [kinds.LoadBalancer], [kinds.TargetGroup] and [kinds.Listener].
//
//	driver := elbdriver.New(elasticloadbalancingv2.NewFromConfig(cfg))
//	engine, err := provision.NewEngine([]provision.Driver{driver})
//
// A program that does not mind to compile the SDKs of all services takes every driver at once from package awsdrivers,
// which also gives them a retryer that is fit for deployments. Package elbtest is the service to test against.
//
// # How it keeps the contract
//
// A balancer and a target group are unique by their name, a listener by its balancer and port. Creating what is there already
// with the same settings succeeds, and returns the thing without a word about who made it; with other settings it is refused.
// So the driver trusts no answer. It looks first, and creates only where it finds nothing, so that a stranger's thing is not
// even asked about. Whatever it then has in its hands, made, met or raced for, it adopts only when the tags, read
// back, say that it is ours; only then are attributes set, which ELB takes in a second call. A crash between the two calls
// leaves a thing of ours with attributes that are as ELB sets them at first, and the next Create sets them. What
// somebody has set otherwise by hand is an error that names it.
//
// A listener is made on a balancer of the same environment only: on another it would change what is not ours. That also
// lets Find ask no more than the balancers of whoever is asked for.
//
// ELB shows nothing of a deletion under way, so [provision.State].Deleting is never set. A balancer's listeners go with
// it. A target group stays in use for up to minutes after its last listener has gone, and so do the security groups of a
// balancer, whose network interfaces outlive it: both are a [provision.ErrBusy] that passes, the latter from the driver
// of security groups. Deletion protection that somebody has switched on is an error, and is never switched off.
//
// ELB has no filter by tags and shows none in its listings, so Find reads the tags of all things whose name may be one of
// the owner's application, twenty at a time; a sweep, which names no application, those of the whole account.
package elbdriver

import (
	"context"
	"fmt"
	"time"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// Options of a [Driver]. The defaults are right for AWS; shorter times are for services that are simulated.
type Options struct {
	// Poll is the pause after the first look at a balancer that is not active yet; each further one is half as long again,
	// up to MaxPoll. Defaults 2 and 5 seconds.
	Poll, MaxPoll time.Duration
	// Settle is the first pause between two questions about what ELB does not know, each further one being twice as long, up to eight
	// times; and how far apart two such answers must be to mean that it is gone. Default 2 seconds.
	Settle time.Duration
	// Appear is how long ELB may not know a thing that was just made, or not show its tags, before it counts as gone or as
	// somebody else's. Default 1 minute.
	Appear time.Duration
	// Ready is how long a balancer may be provisioned. Default 30 minutes: users have seen as much.
	Ready time.Duration

	// What follows asks other services, for [Driver.Check], whether something is there. What is not is an error that is a
	// [provision.ErrMissing]; what may not be asked about is none. All must be safe for concurrent use. Default: nobody is asked.

	// Network asks for subnets and security groups, which must be in one VPC, as the CheckNetwork of an ec2driver.Driver does.
	Network func(ctx context.Context, subnets, groups []provision.Text) error
	// Certificate asks for the certificate of an ARN, as the CheckCertificate of an acmdriver.Driver does.
	Certificate func(ctx context.Context, arn string) error
}

// Driver is the driver of load balancers, target groups and listeners. It keeps no state and is safe for concurrent use.
type Driver struct {
	api  API
	opts Options
}

var (
	_ provision.Driver    = (*Driver)(nil)
	_ provision.Validator = (*Driver)(nil)
)

// New returns a driver that acts where api does: in one account and region. A client of the SDK retries three times by
// default, which is little when many things are made at once; see package awsdrivers.
func New(api API, optFns ...func(*Options)) *Driver {
	opts := Options{
		Poll:    2 * time.Second,
		MaxPoll: 5 * time.Second,
		Settle:  2 * time.Second,
		Appear:  time.Minute,
		Ready:   30 * time.Minute,
	}
	for _, fn := range optFns {
		fn(&opts)
	}
	return &Driver{api: api, opts: opts}
}

// Kinds returns [kinds.LoadBalancerKind], [kinds.TargetGroupKind] and [kinds.ListenerKind].
func (d *Driver) Kinds() []provision.Kind {
	return []provision.Kind{kinds.LoadBalancerKind, kinds.TargetGroupKind, kinds.ListenerKind}
}

// Validate refuses what the driver does not make. It makes no calls.
func (d *Driver) Validate(c provision.Call) error {
	switch c.Spec.(type) {
	case kinds.LoadBalancer, kinds.TargetGroup, kinds.Listener:
		return nil
	}
	return otherSpec(c)
}

func otherSpec(c provision.Call) error {
	return fmt.Errorf("elbdriver: node %q: the spec is a %T, this driver makes kinds.LoadBalancer, kinds.TargetGroup and "+
		"kinds.Listener", c.Node, c.Spec)
}

// Create makes what c asks for, or returns what an earlier call for the same node, environment and attempt has made. What has
// its name, or its place on a balancer, and is somebody else's, is a [provision.ForeignError].
func (d *Driver) Create(ctx context.Context, c provision.Call) (provision.State, error) {
	switch spec := c.Spec.(type) {
	case kinds.LoadBalancer:
		return d.create(ctx, c, d.balancerMaker(c, spec))
	case kinds.TargetGroup:
		return d.create(ctx, c, d.groupMaker(c, spec))
	case kinds.Listener:
		return d.createListener(ctx, c, spec)
	}
	return provision.State{}, otherSpec(c)
}

// Await waits until a balancer is active, for a few minutes; one that could not be provisioned is a [*FailedError] at once. Target
// groups and listeners can be used as soon as ELB knows them. What ELB does not know for [Options.Appear] is a
// [provision.ErrGone].
func (d *Driver) Await(ctx context.Context, s provision.State) (provision.State, error) {
	var look func() (bool, error)
	limit := d.opts.Appear
	switch s.Kind {
	case kinds.LoadBalancerKind:
		limit = d.opts.Ready
		look = func() (bool, error) { return d.isActive(ctx, s.ID) }
	case kinds.TargetGroupKind:
		look = func() (bool, error) { _, err := d.group(ctx, s.ID); return true, err }
	case kinds.ListenerKind:
		look = func() (bool, error) { return true, d.listenerExists(ctx, s.ID) }
	default:
		return provision.State{}, fmt.Errorf("elbdriver: node %q is of kind %s, which this driver does not make", s.Node, s.Kind)
	}
	if err := d.await(ctx, limit, look); err != nil {
		return provision.State{}, fmt.Errorf("elbdriver: awaiting %s %s: %w", s.Kind, s.ID, err)
	}
	return s, nil // every output was known early
}

// Delete takes one step towards the end of what s describes, if its tags say that it is s.Owner's.
func (d *Driver) Delete(ctx context.Context, s provision.State) error {
	switch s.Kind {
	case kinds.LoadBalancerKind:
		return d.deleteBalancer(ctx, s)
	case kinds.TargetGroupKind:
		return d.deleteGroup(ctx, s)
	case kinds.ListenerKind:
		return d.deleteListener(ctx, s)
	}
	return fmt.Errorf("elbdriver: node %q is of kind %s, which this driver does not make", s.Node, s.Kind)
}
