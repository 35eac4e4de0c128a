package asgtest

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
)

// TargetGroups is where the instances of groups become targets of load balancers. A simulated Elastic Load Balancing is
// nearly one: *elbtest.ELB lacks TargetGroupExists only. It must be safe for concurrent use and must not call Auto Scaling.
type TargetGroups interface {
	// TargetGroupExists reports whether there is a target group of that ARN.
	TargetGroupExists(targetGroup string) bool
	// Register makes an instance a target, on the port of the group if it is 0.
	Register(targetGroup, instance string, port int) error
	// Deregister takes an instance out.
	Deregister(targetGroup, instance string) error
	// Health returns the state of a target, such as "initial", "healthy" or "unhealthy"; "" if it is none.
	Health(targetGroup, instance string) string
}

// targets are the default target groups.
type targets struct {
	takes time.Duration

	mu  sync.Mutex
	all map[target]*registration
}

type target struct{ targetGroup, instance string }

type registration struct {
	since time.Time
	state string // set by a test; "" for what time makes of it
}

func (t *targets) TargetGroupExists(arn string) bool {
	return strings.HasPrefix(arn, "arn:") && strings.Contains(arn, ":targetgroup/")
}

func (t *targets) Register(targetGroup, instance string, _ int) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.all[target{targetGroup, instance}] = &registration{since: time.Now()}
	return nil
}

func (t *targets) Deregister(targetGroup, instance string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.all, target{targetGroup, instance})
	return nil
}

const healthy = "healthy"

func (t *targets) Health(targetGroup, instance string) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch r := t.all[target{targetGroup, instance}]; {
	case r == nil:
		return ""
	case r.state != "":
		return r.state
	case time.Since(r.since) < t.takes:
		return "initial"
	}
	return healthy
}

// SetTargetHealth makes the state of a target of the default target groups what a test wants, e.g. "unhealthy"; an empty
// state hands it back to the clock. It is without effect on what is no target, and on [Options.TargetGroups].
func (a *ASG) SetTargetHealth(targetGroup, instance, state string) {
	if a.own == nil {
		return
	}
	a.own.mu.Lock()
	defer a.own.mu.Unlock()
	if r := a.own.all[target{targetGroup, instance}]; r != nil {
		r.state = state
	}
}

// TargetHealth returns the states of all instances of groups that are targets of a target group, by instance. It can be
// used as asgdriver.Options.TargetHealth.
func (a *ASG) TargetHealth(ctx context.Context, targetGroup string) (map[string]string, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.settle(time.Now())
	health := map[string]string{}
	for _, g := range a.groups {
		for _, i := range g.instances {
			if state := a.opts.TargetGroups.Health(targetGroup, i.id); state != "" {
				health[i.id] = state
			}
		}
	}
	return health, nil
}

func (a *ASG) describeTargetGroups(region string, in *autoscaling.DescribeLoadBalancerTargetGroupsInput) (
	*autoscaling.DescribeLoadBalancerTargetGroupsOutput, error,
) {
	g, err := a.shown(region, in.AutoScalingGroupName)
	if err != nil {
		return nil, err
	}
	place := func(arn string) int { return slices.Index(g.in.TargetGroupARNs, arn) }
	arns, next, err := page(a, g.in.TargetGroupARNs, place, in.MaxRecords, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &autoscaling.DescribeLoadBalancerTargetGroupsOutput{NextToken: next}
	for _, arn := range arns {
		out.LoadBalancerTargetGroups = append(out.LoadBalancerTargetGroups, types.LoadBalancerTargetGroupState{
			LoadBalancerTargetGroupARN: aws.String(arn), State: aws.String(a.attachment(g, arn)),
		})
	}
	return out, nil
}

// attachment is the state of a target group as Auto Scaling sees it.
func (a *ASG) attachment(g *group, arn string) string {
	state := "Added"
	for _, i := range g.instances {
		switch s := a.opts.TargetGroups.Health(arn, i.id); {
		case s == "":
			return "Adding"
		case s == healthy && g.byELB():
			state = "InService"
		}
	}
	if len(g.instances) < g.desired {
		return "Adding"
	}
	return state
}
