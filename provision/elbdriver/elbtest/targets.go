package elbtest

import (
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

// target is one target of a group.
type target struct {
	id       string
	port     int32
	since    time.Time
	draining time.Time // when it was deregistered; zero if it was not
	sick     string    // why it is unhealthy; empty if it is well
}

// target returns the target of that id, draining or not.
func (g *targetGroup) target(id string) *target {
	for _, t := range g.targets {
		if t.id == id {
			return t
		}
	}
	return nil
}

// drain forgets the targets that have finished.
func (e *ELB) drain(g *targetGroup, now time.Time) {
	delay, err := strconv.Atoi(g.attributes[deregistrationDelay])
	if err != nil {
		delay = 0 // functions have no such attribute
	}
	g.targets = slices.DeleteFunc(g.targets, func(t *target) bool {
		return !t.draining.IsZero() && now.Sub(t.draining) >= e.seconds(delay)
	})
}

func (e *ELB) registerTargets(region string, in *elbv2.RegisterTargetsInput) (*elbv2.RegisterTargetsOutput, error) {
	g, err := e.group(region, aws.ToString(in.TargetGroupArn))
	if err != nil {
		return nil, err
	}
	if g.kind == types.TargetTypeEnumLambda && len(g.targets)+len(in.Targets) > 1 {
		return nil, &types.TooManyTargetsException{Message: aws.String("A target group of functions has one target")}
	}
	for _, t := range in.Targets {
		g.register(aws.ToString(t.Id), aws.ToInt32(t.Port))
	}
	return &elbv2.RegisterTargetsOutput{}, nil
}

func (g *targetGroup) register(id string, port int32) {
	if port == 0 {
		port = g.port
	}
	for _, t := range g.targets {
		if t.id == id && t.port == port && t.draining.IsZero() {
			return
		}
	}
	g.targets = slices.DeleteFunc(g.targets, func(t *target) bool { return t.id == id && t.port == port })
	g.targets = append(g.targets, &target{id: id, port: port, since: time.Now()})
}

func (e *ELB) deregisterTargets(region string, in *elbv2.DeregisterTargetsInput) (*elbv2.DeregisterTargetsOutput, error) {
	g, err := e.group(region, aws.ToString(in.TargetGroupArn))
	if err != nil {
		return nil, err
	}
	for _, t := range in.Targets {
		if !g.deregister(aws.ToString(t.Id), aws.ToInt32(t.Port)) {
			return nil, &types.InvalidTargetException{Message: aws.String("The following targets are not registered: '" + aws.ToString(t.Id) + "'")}
		}
	}
	return &elbv2.DeregisterTargetsOutput{}, nil
}

// deregister begins to drain a target, on every port if port is 0, and reports whether there was one.
func (g *targetGroup) deregister(id string, port int32) bool {
	found := false
	for _, t := range g.targets {
		if t.id == id && (port == 0 || t.port == port) {
			found = true
			if t.draining.IsZero() {
				t.draining = time.Now()
			}
		}
	}
	return found
}

func (e *ELB) describeTargetHealth(region string, in *elbv2.DescribeTargetHealthInput) (*elbv2.DescribeTargetHealthOutput, error) {
	g, err := e.group(region, aws.ToString(in.TargetGroupArn))
	if err != nil {
		return nil, err
	}
	now := time.Now()
	e.drain(g, now)
	out := &elbv2.DescribeTargetHealthOutput{}
	for _, t := range g.targets {
		if len(in.Targets) > 0 && !slices.ContainsFunc(in.Targets, func(d types.TargetDescription) bool {
			return aws.ToString(d.Id) == t.id && (d.Port == nil || *d.Port == t.port)
		}) {
			continue
		}
		out.TargetHealthDescriptions = append(out.TargetHealthDescriptions, types.TargetHealthDescription{
			Target:       &types.TargetDescription{Id: aws.String(t.id), Port: aws.Int32(t.port)},
			TargetHealth: e.health(g, t, now),
		})
	}
	return out, nil
}

// health says how a target is: unused without a listener, initial until it has passed its checks, and unhealthy if a test
// said so.
func (e *ELB) health(g *targetGroup, t *target, now time.Time) *types.TargetHealth {
	users := e.users(g)
	switch {
	case !t.draining.IsZero():
		return &types.TargetHealth{State: types.TargetHealthStateEnumDraining, Reason: types.TargetHealthReasonEnumDeregistrationInProgress}
	case len(users) == 0:
		return &types.TargetHealth{State: types.TargetHealthStateEnumUnused, Reason: types.TargetHealthReasonEnumNotInUse,
			Description: aws.String("Target group is not configured to receive traffic from the load balancer")}
	}
	// Checks begin when there is both a target and a listener.
	since := t.since
	for _, l := range users {
		if l.born.After(since) {
			since = l.born
		}
	}
	passed := since.Add(e.seconds(int(g.check.interval * (g.check.healthy - 1))))
	switch {
	case t.sick != "":
		return &types.TargetHealth{State: types.TargetHealthStateEnumUnhealthy, Reason: types.TargetHealthReasonEnumFailedHealthChecks,
			Description: aws.String(t.sick)}
	case now.Before(passed):
		return &types.TargetHealth{State: types.TargetHealthStateEnumInitial, Reason: types.TargetHealthReasonEnumRegistrationInProgress}
	}
	return &types.TargetHealth{State: types.TargetHealthStateEnumHealthy}
}
