package asgdriver

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// Await returns when the group has as many instances as it wants, and all of them can be used; see the package comment for
// what that proves. A launch that fails is a [*LaunchError] at once, a group that is gone a [provision.ErrGone]. After
// [Options.Ready] the error says what is missing still.
func (d *Driver) Await(ctx context.Context, s provision.State) (provision.State, error) {
	if s.Kind != kinds.GroupKind {
		return provision.State{}, noDriver(s)
	}
	var (
		ready   provision.State
		missing string
		began   time.Time // by the clock of the service
		started = time.Now()
	)
	err := d.poll(ctx, d.opts.Ready, func() (bool, error) {
		group, now, err := d.describe(ctx, s.ID)
		if began.IsZero() {
			began = now
		}
		switch {
		case err != nil:
			return false, err
		case group == nil && time.Since(started) >= d.opts.Visible:
			return false, provision.ErrGone
		case group == nil:
			missing = "Auto Scaling does not show it"
			return false, nil
		case !ours(s, group):
			return false, foreign(s, group)
		case isDeleting(group):
			return false, provision.ErrDeleting
		}
		ready, _ = stateOf(group)
		if missing, err = d.missing(ctx, group); missing == "" || err != nil {
			return err == nil, err
		}
		return false, d.failedLaunch(ctx, s.ID, began)
	})
	if errors.Is(err, errLate) {
		err = fmt.Errorf("%s: %w", missing, err)
	}
	if err != nil {
		return provision.State{}, fmt.Errorf("asgdriver: await group %s: %w", s.ID, err)
	}
	return ready, nil
}

// missing says what a group lacks to be ready; "" means nothing.
func (d *Driver) missing(ctx context.Context, g *types.AutoScalingGroup) (string, error) {
	want := int(aws.ToInt32(g.DesiredCapacity))
	usable := map[string]bool{}
	for _, i := range g.Instances {
		if i.LifecycleState == types.LifecycleStateInService && strings.EqualFold(aws.ToString(i.HealthStatus), Healthy) {
			usable[aws.ToString(i.InstanceId)] = true
		}
	}
	if len(usable) < want {
		return fmt.Sprintf("%d of %d instances are in service", len(usable), want), nil
	}
	if len(g.TargetGroupARNs) == 0 || want == 0 {
		return "", nil
	}
	if d.opts.TargetHealth == nil {
		return d.notAttached(ctx, g)
	}
	for _, targetGroup := range g.TargetGroupARNs {
		health, err := d.opts.TargetHealth(ctx, targetGroup)
		if err != nil {
			return "", fmt.Errorf("health of %s: %w", targetGroup, err)
		}
		if text := unhealthy(usable, health, want); text != "" {
			return fmt.Sprintf("in %s %s", targetGroup, text), nil
		}
	}
	return "", nil
}

// unhealthy counts which of the usable instances are healthy targets too, and says why the others are not.
func unhealthy(usable map[string]bool, health map[string]string, want int) string {
	healthy, why := 0, ""
	for _, id := range slices.Sorted(maps.Keys(usable)) {
		switch state, registered := health[id]; {
		case state == Healthy:
			healthy++
		case !registered:
			why += fmt.Sprintf("; %s is not registered", id)
		default:
			why += fmt.Sprintf("; %s is %s", id, state)
		}
	}
	if healthy >= want {
		return ""
	}
	return fmt.Sprintf("%d of %d instances are healthy%s", healthy, want, why)
}

// States of a target group as Auto Scaling sees it (API reference, LoadBalancerTargetGroupState).
const (
	allAdded  = "Added"     // all instances are registered
	inService = "InService" // at least one has passed the load balancer's health check
)

// notAttached says which target group is not in the state in which it is to be.
func (d *Driver) notAttached(ctx context.Context, g *types.AutoScalingGroup) (string, error) {
	good := []string{inService}
	if !strings.Contains(aws.ToString(g.HealthCheckType), kinds.HealthCheckELB) {
		good = append(good, allAdded)
	}
	attached := 0
	pages := autoscaling.NewDescribeLoadBalancerTargetGroupsPaginator(d.api, &autoscaling.DescribeLoadBalancerTargetGroupsInput{
		AutoScalingGroupName: g.AutoScalingGroupName,
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx, d.patient)
		if err != nil {
			return "", fmt.Errorf("look at its target groups: %w", err)
		}
		for _, t := range page.LoadBalancerTargetGroups {
			if state := aws.ToString(t.State); !slices.Contains(good, state) {
				return fmt.Sprintf("its target group %s is %s, not %s", aws.ToString(t.LoadBalancerTargetGroupARN), state, good[len(good)-1]), nil
			}
			attached++
		}
	}
	if want := len(g.TargetGroupARNs); attached < want {
		return fmt.Sprintf("%d of %d target groups are attached", attached, want), nil
	}
	return "", nil
}

// failedLaunch returns a *LaunchError if an instance could not be launched since began, or could not be launched before and
// nothing else was tried since. A group that has recovered from an old failure, or is about to, is not held to it.
//
// Activities have no type; but all that a group does before it is ready is for the sake of its launches. They come with the
// latest first, so pages are read until they tell of the time before began.
func (d *Driver) failedLaunch(ctx context.Context, name string, began time.Time) error {
	var latest time.Time
	pages := autoscaling.NewDescribeScalingActivitiesPaginator(d.api, &autoscaling.DescribeScalingActivitiesInput{
		AutoScalingGroupName: aws.String(name),
		MaxRecords:           aws.Int32(maxRecords),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx, d.patient)
		if hasCode(err, codeValidation) {
			return nil // there is no such group by now, which the next look will find out
		}
		if err != nil {
			return fmt.Errorf("look at its scaling activities: %w", err)
		}
		for _, a := range page.Activities {
			start := aws.ToTime(a.StartTime)
			if start.After(latest) {
				latest = start
			}
			if ended, failed := failure(a); failed && (!ended.Before(began) || !latest.After(ended)) {
				return &LaunchError{
					Group: name, Activity: aws.ToString(a.Description), Status: string(a.StatusCode), Reason: aws.ToString(a.StatusMessage),
				}
			}
		}
		if n := len(page.Activities); n == 0 || aws.ToTime(page.Activities[n-1].StartTime).Before(began) {
			return nil
		}
	}
	return nil
}

// failure reports whether an activity has failed, and when. Launches that failed are Failed or Cancelled (API reference,
// DescribeScalingActivities).
func failure(a types.Activity) (ended time.Time, failed bool) {
	switch a.StatusCode {
	case types.ScalingActivityStatusCodeFailed, types.ScalingActivityStatusCodeCancelled:
		if a.EndTime != nil {
			return *a.EndTime, true
		}
		return aws.ToTime(a.StartTime), true
	}
	return time.Time{}, false
}
