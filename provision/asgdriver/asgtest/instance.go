package asgtest

import (
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
)

// An instance is one of a group's.
type instance struct {
	id, zone  string
	launched  time.Time
	inService time.Time // zero until it is
	unhealthy bool
	leaving   bool
	doing     *activity // its launch or its termination, while that is under way
}

func (i *instance) show(g *group) types.Instance {
	state, health := types.LifecycleStatePending, "Healthy"
	switch {
	case i.leaving:
		state = types.LifecycleStateTerminating
	case !i.inService.IsZero():
		state = types.LifecycleStateInService
	}
	if i.unhealthy {
		health = "Unhealthy"
	}
	return types.Instance{
		InstanceId: aws.String(i.id), AvailabilityZone: aws.String(i.zone), LifecycleState: state, HealthStatus: aws.String(health),
		ProtectedFromScaleIn: aws.Bool(false), LaunchTemplate: g.in.LaunchTemplate,
	}
}

// settle lets happen what is due in all groups.
func (a *ASG) settle(now time.Time) {
	for _, g := range a.inOrder() {
		a.finish(g, now)
		if !g.deleted.IsZero() {
			if !now.Before(g.deleted.Add(a.opts.Deletion)) {
				a.bury(g)
			}
			continue
		}
		for _, i := range slices.Clone(g.instances) {
			a.check(g, i, now)
		}
		if !now.Before(g.look) {
			a.balance(g, now)
		}
	}
	for _, g := range a.afterlife {
		a.finish(g, now)
	}
	a.afterlife = slices.DeleteFunc(a.afterlife, func(g *group) bool { return len(g.leaving) == 0 })
}

// bury takes a group out of sight. Its activities go on, and can be asked for.
func (a *ASG) bury(g *group) {
	k := key{g.region, g.name}
	a.past[k] = append(a.past[k], g.activities...)
	a.afterlife = append(a.afterlife, g)
	delete(a.groups, k)
}

// finish ends the terminations that are over.
func (a *ASG) finish(g *group, now time.Time) {
	g.leaving = slices.DeleteFunc(g.leaving, func(i *instance) bool {
		state, _ := a.opts.Fleet.InstanceState(g.region, i.id)
		if state != "terminated" && state != "" {
			return false
		}
		i.doing.done(now, types.ScalingActivityStatusCodeSuccessful, "")
		return true
	})
}

// check looks at an instance: it may be in service now, or have died, or be found unhealthy by a load balancer.
func (a *ASG) check(g *group, i *instance, now time.Time) {
	state, reason := a.opts.Fleet.InstanceState(g.region, i.id)
	alive := state == "pending" || state == "running"
	switch {
	case !alive && i.inService.IsZero():
		i.doing.done(now, types.ScalingActivityStatusCodeCancelled,
			"Instance became unhealthy while waiting for instance to be in InService state. Termination Reason: "+reason)
		i.doing = nil
		a.terminate(g, i, now, "an instance was taken out of service in response to an EC2 health check that indicated it has been terminated or stopped")
		g.look = now.Add(a.opts.Scale)
	case !alive:
		i.unhealthy = true
		a.terminate(g, i, now, "an instance was taken out of service in response to an EC2 health check that indicated it has been terminated or stopped")
		g.look = now.Add(a.opts.Scale)
	case i.inService.IsZero() && state == "running" && !now.Before(i.launched.Add(a.opts.InService)):
		i.inService = now
		i.doing.done(now, types.ScalingActivityStatusCodeSuccessful, "")
		i.doing = nil
		for _, arn := range g.in.TargetGroupARNs {
			_ = a.opts.TargetGroups.Register(arn, i.id, 0) // a target group that is gone is nobody's loss
		}
	case !i.inService.IsZero() && g.byELB() && now.Sub(i.inService) >= g.grace() && a.failsELB(g, i):
		i.unhealthy = true
		a.terminate(g, i, now, "an instance was taken out of service in response to an ELB system health check failure")
		g.look = now.Add(a.opts.Scale)
	}
}

func (a *ASG) failsELB(g *group, i *instance) bool {
	return slices.ContainsFunc(g.in.TargetGroupARNs, func(arn string) bool {
		return a.opts.TargetGroups.Health(arn, i.id) == "unhealthy"
	})
}

// balance launches what is missing and terminates what is too much.
func (a *ASG) balance(g *group, now time.Time) {
	for len(g.instances) > g.desired {
		a.terminate(g, g.instances[0], now, "a user request changed the desired capacity")
	}
	for len(g.instances) < g.desired && len(g.places) > 0 { // a stranger's group has nowhere to launch
		if !a.launch(g, now) {
			g.look = now.Add(a.opts.Retry)
			return
		}
	}
	// There is nothing to do until an instance dies or somebody changes the sizes.
	g.look = now.Add(a.opts.Scale)
}

// launch launches one instance into the zone that has the fewest.
func (a *ASG) launch(g *group, now time.Time) bool {
	emptiest := g.places[0]
	for _, p := range g.places {
		if g.population(p.zone) < g.population(emptiest.zone) {
			emptiest = p
		}
	}
	doing := a.begin(g, now, "Launching a new EC2 instance",
		"an instance was started in response to a difference between desired and actual capacity")
	id, zone, err := a.opts.Fleet.Launch(a.launchOf(g, emptiest))
	if err != nil {
		doing.description += ".  Status Reason: " + message(err) + " Launching EC2 instance failed."
		doing.done(now, types.ScalingActivityStatusCodeFailed, message(err)+" Launching EC2 instance failed.")
		return false
	}
	doing.description += ": " + id
	g.instances = append(g.instances, &instance{id: id, zone: zone, launched: now, doing: doing})
	return true
}

func (g *group) population(zone string) (n int) {
	for _, i := range g.instances {
		if i.zone == zone {
			n++
		}
	}
	return n
}

// terminate takes an instance out of its group and ends it.
func (a *ASG) terminate(g *group, i *instance, now time.Time, cause string) {
	if i.doing != nil {
		i.doing.done(now, types.ScalingActivityStatusCodeCancelled, "The launch was called off.")
	}
	for _, arn := range g.in.TargetGroupARNs {
		_ = a.opts.TargetGroups.Deregister(arn, i.id) // it may be out, or the target group gone, already
	}
	a.opts.Fleet.Terminate(g.region, i.id)
	i.leaving, i.doing = true, a.begin(g, now, fmt.Sprintf("Terminating EC2 instance: %s", i.id), cause)
	g.instances = slices.DeleteFunc(g.instances, func(other *instance) bool { return other == i })
	g.leaving = append(g.leaving, i)
}
