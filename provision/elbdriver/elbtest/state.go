package elbtest

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

// Balancer is a load balancer as it is at one moment, for tests to look at. It shares nothing with the service.
type Balancer struct {
	Region, ARN, Name, DNSName, ZoneID string
	Network, Internal                  bool
	// State is "provisioning", "active" or "failed".
	State           string
	Subnets, Groups []string
	Attributes      map[string]string
	Tags            map[string]string
	// Deleting is true from DeleteLoadBalancer until the balancer is gone.
	Deleting bool
}

// TargetGroup is a target group as it is at one moment.
type TargetGroup struct {
	Region, ARN, Name string
	// Balancer is the ARN of the balancer that it is of; "" if there is none.
	Balancer   string
	Attributes map[string]string
	Tags       map[string]string
	// Targets are the states of the targets by their ids, such as "healthy".
	Targets map[string]string
}

// Listener is a listener as it is at one moment.
type Listener struct {
	Region, ARN, Balancer string
	Port                  int
	Protocol, Policy      string
	Certificate           string
	// TargetGroup is the ARN of the group that it forwards to; "" if it does not.
	TargetGroup string
	Tags        map[string]string
}

// Balancers returns all balancers of all regions that are not gone, also those that are not found yet, in the order in which
// they were made. It is no call: nothing is recorded, and no fault strikes. The same holds of all methods but Serve.
func (e *ELB) Balancers() []Balancer {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.settle(time.Now())
	var all []Balancer
	for _, b := range inOrder(e.balancers, func(b *balancer) int { return b.seq }) {
		all = append(all, Balancer{
			Region: b.region, ARN: b.arn, Name: b.name, DNSName: b.dns, ZoneID: b.zone, Network: b.isNetwork(),
			Internal: b.scheme == types.LoadBalancerSchemeEnumInternal, State: string(e.state(b).Code),
			Subnets: slices.Clone(b.subnets), Groups: slices.Clone(b.groups), Attributes: maps.Clone(b.attributes),
			Tags: maps.Clone(b.tags), Deleting: !b.deleted.IsZero(),
		})
	}
	return all
}

// TargetGroups returns all target groups, likewise.
func (e *ELB) TargetGroups() []TargetGroup {
	e.mu.Lock()
	defer e.mu.Unlock()
	now := time.Now()
	e.settle(now)
	var all []TargetGroup
	for _, g := range inOrder(e.groups, func(g *targetGroup) int { return g.seq }) {
		e.drain(g, now)
		shown := TargetGroup{
			Region: g.region, ARN: g.arn, Name: g.name, Balancer: e.balancerOf(g),
			Attributes: maps.Clone(g.attributes), Tags: maps.Clone(g.tags), Targets: map[string]string{},
		}
		for _, t := range g.targets {
			shown.Targets[t.id] = string(e.health(g, t, now).State)
		}
		all = append(all, shown)
	}
	return all
}

// Listeners returns all listeners, likewise.
func (e *ELB) Listeners() []Listener {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.settle(time.Now())
	var all []Listener
	for _, l := range inOrder(e.listeners, func(l *listener) int { return l.seq }) {
		shown := Listener{
			Region: l.region, ARN: l.arn, Balancer: l.balancer.arn, Port: int(l.port), Protocol: string(l.protocol),
			Policy: l.policy, Certificate: l.certificate, Tags: maps.Clone(l.tags),
		}
		if l.group != nil {
			shown.TargetGroup = l.group.arn
		}
		all = append(all, shown)
	}
	return all
}

func inOrder[T any](things map[string]T, seq func(T) int) []T {
	return slices.SortedFunc(maps.Values(things), func(a, b T) int { return cmp.Compare(seq(a), seq(b)) })
}

// AddBalancer makes a balancer by somebody else's hand, in the region of the cloud: no call is recorded, no fault strikes,
// and it is found and active at once. It refuses what CreateLoadBalancer would refuse.
func (e *ELB) AddBalancer(in elbv2.CreateLoadBalancerInput) (arn string, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	b, err := e.create(e.cloud.Options().Region, &in)
	if err != nil {
		return "", fmt.Errorf("elbtest: adding balancer %s: %w", aws.ToString(in.Name), err)
	}
	b.born = b.born.Add(-e.opts.Provision - e.opts.Lag - e.opts.TagLag)
	return b.arn, nil
}

// AddTargetGroup makes a target group by somebody else's hand, likewise.
func (e *ELB) AddTargetGroup(in elbv2.CreateTargetGroupInput) (arn string, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	g, err := e.newGroup(e.cloud.Options().Region, &in)
	if err != nil {
		return "", fmt.Errorf("elbtest: adding target group %s: %w", aws.ToString(in.Name), err)
	}
	g.born = g.born.Add(-e.opts.Lag - e.opts.TagLag)
	return g.arn, nil
}

// Fail makes a balancer fail to be provisioned, for that reason. It is failed from then on.
func (e *ELB) Fail(arn, reason string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	b := e.balancers[arn]
	if b == nil {
		return fmt.Errorf("elbtest: no balancer %s", arn)
	}
	b.failure = cmp.Or(reason, "Unknown")
	return nil
}

// Protect switches the deletion protection of a balancer on or off, as if somebody had done so by hand.
func (e *ELB) Protect(arn string, on bool) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	b := e.balancers[arn]
	if b == nil {
		return fmt.Errorf("elbtest: no balancer %s", arn)
	}
	b.attributes[deletionProtection] = fmt.Sprint(on)
	return nil
}

// Register registers a target with a group, as a service such as Auto Scaling or ECS does. A port of 0 means the group's.
func (e *ELB) Register(arn, id string, port int) error {
	return e.withGroup(arn, func(g *targetGroup) bool { g.register(id, int32(port)); return true })
}

// Deregister begins to drain a target of a group, on all ports.
func (e *ELB) Deregister(arn, id string) error {
	return e.withGroup(arn, func(g *targetGroup) bool { return g.deregister(id, 0) })
}

// SetHealth makes the checks of a target fail for that reason, or pass if it is "".
func (e *ELB) SetHealth(arn, id, reason string) error {
	return e.withGroup(arn, func(g *targetGroup) bool {
		t := g.target(id)
		if t != nil {
			t.sick = reason
		}
		return t != nil
	})
}

// Health returns the state of a target, such as "initial" or "healthy"; "" if the group has no such target.
func (e *ELB) Health(arn, id string) string {
	e.mu.Lock()
	defer e.mu.Unlock()
	now := time.Now()
	e.settle(now)
	g := e.groups[arn]
	if g == nil {
		return ""
	}
	e.drain(g, now)
	if t := g.target(id); t != nil {
		return string(e.health(g, t, now).State)
	}
	return ""
}

func (e *ELB) withGroup(arn string, do func(*targetGroup) bool) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	g := e.groups[arn]
	if g == nil {
		return fmt.Errorf("elbtest: no target group %s", arn)
	}
	e.drain(g, time.Now())
	if !do(g) {
		return fmt.Errorf("elbtest: target group %s has no such target", arn)
	}
	return nil
}
