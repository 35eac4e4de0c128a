package asgdriver_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/provision/asgdriver"
	"github.com/peppercorn-go/peppercorn/provision/asgdriver/asgtest"
)

func TestAwaitEndsWhenAllInstancesServe(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		start := time.Now()
		s := w.Created(ctx, t, web(balanced()))
		require.Zero(t, time.Since(start), "who needs no more than the name need not wait")
		_, err := w.Await(ctx, s)
		require.NoError(t, err)
		// 15 s until the group looks, 30 s to launch, 20 s until the load balancer is content, and the pauses in between.
		require.Greater(t, time.Since(start), 65*time.Second)
		require.Less(t, time.Since(start), 110*time.Second)
		require.Len(t, w.instances(), 2)
		zones := map[string]bool{}
		for _, i := range w.service.Groups()[0].Instances {
			zones[*i.AvailabilityZone] = true
		}
		require.Len(t, zones, 2, "spread over the zones")
	})
}

// TestOneHealthyInstanceOfTwoIsNotEnough fails for a driver that believes the group, which takes every new instance for
// healthy during the grace period.
func TestOneHealthyInstanceOfTwoIsNotEnough(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		s := w.Made(ctx, t, web(balanced()))
		w.service.SetTargetHealth(targetGroup, w.instances()[1], "unhealthy")
		hasty := asgdriver.New(w.client, func(o *asgdriver.Options) {
			o.Ready, o.TargetHealth = time.Minute, w.service.TargetHealth
		})
		_, err := hasty.Await(ctx, s)
		require.ErrorContains(t, err, "in "+targetGroup+" 1 of 2 instances are healthy; "+w.instances()[1]+" is unhealthy")
		require.ErrorContains(t, err, s.ID)
		require.ErrorContains(t, err, "it took too long (1m0s)")

		_, err = asgdriver.New(w.client).Await(ctx, s)
		require.NoError(t, err, "to Auto Scaling the target group is in service all the while")

		// After the grace period the group replaces it, and is whole again.
		sick := w.instances()[1]
		_, err = w.Await(ctx, s)
		require.NoError(t, err)
		require.NotContains(t, w.instances(), sick)
	})
}

func TestAwaitWithoutTargetHealthWaitsForTheFirstHealthyTarget(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		for _, tt := range []struct {
			check string
			least time.Duration
		}{{"ELB", 65 * time.Second}, {"EC2", 45 * time.Second}} {
			g := balanced()
			g.HealthCheckType = tt.check
			c := web(g)
			c.Node = "web-" + strings.ToLower(tt.check)
			start := time.Now()
			s := w.Created(ctx, t, c)
			_, err := asgdriver.New(w.client).Await(ctx, s)
			require.NoError(t, err)
			require.GreaterOrEqual(t, time.Since(start), tt.least, tt.check)
			require.Less(t, time.Since(start), tt.least+30*time.Second, tt.check)
		}
	})
}

// TestAThrottledLookAtTheTargetsFailsNoWait: Elastic Load Balancing has another word for it than Auto Scaling.
func TestAThrottledLookAtTheTargetsFailsNoWait(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		looks := 0
		throttled := asgdriver.New(w.client, func(o *asgdriver.Options) {
			o.TargetHealth = func(ctx context.Context, targetGroup string) (map[string]string, error) {
				if looks++; looks <= 3 {
					return nil, sim.Error("ThrottlingException", "Rate exceeded", 400)
				}
				return w.service.TargetHealth(ctx, targetGroup)
			}
		})
		_, err := throttled.Await(ctx, w.Created(ctx, t, web(balanced())))
		require.NoError(t, err)
		require.Greater(t, looks, 3)
	})
}

func TestARefusedLaunchIsToldAtOnce(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		start := time.Now()
		_, err := w.Await(ctx, w.Created(ctx, t, web(two())))
		var failed *asgdriver.LaunchError
		require.ErrorAs(t, err, &failed)
		require.Equal(t, "Failed", failed.Status)
		require.Contains(t, failed.Reason, "We currently do not have sufficient t3.micro capacity")
		require.Contains(t, failed.Activity, "Launching a new EC2 instance")
		require.Equal(t, web(two()).Name(255, ""), failed.Group)
		require.Less(t, time.Since(start), time.Minute)
	}, func(o *asgtest.Options) { o.Fleet = &poorFleet{} })
}

func TestAnInstanceThatDiesBeforeItServesIsToldAtOnce(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		start := time.Now()
		_, err := w.Await(ctx, w.Created(ctx, t, web(two())))
		var failed *asgdriver.LaunchError
		require.ErrorAs(t, err, &failed)
		require.Equal(t, "Cancelled", failed.Status)
		require.Contains(t, failed.Reason, "Client.InvalidKMSKey.InvalidState")
		require.Contains(t, failed.Activity, "i-")
		require.Less(t, time.Since(start), time.Minute)
	}, func(o *asgtest.Options) { o.Fleet = &poorFleet{dying: true} })
}

// poorFleet has no room, or has instances that do not start, until somebody makes it rich.
type poorFleet struct {
	dying, rich bool
	n           int
}

func (f *poorFleet) Launch(l asgtest.Launch) (instance, zone string, err error) {
	if !l.DryRun && !f.dying && !f.rich {
		return "", "", sim.Error("InsufficientInstanceCapacity", "We currently do not have sufficient t3.micro capacity in the "+
			"Availability Zone you requested (us-east-1a).", 500)
	}
	if !l.DryRun {
		f.n++
	}
	return "i-" + strings.Repeat("0", f.n), l.Region + "a", nil
}

func (f *poorFleet) Terminate(string, string) {}

func (f *poorFleet) InstanceState(string, string) (state, reason string) {
	if f.dying && !f.rich {
		return "terminated", "Client.InvalidKMSKey.InvalidState: The KMS key provided is in an incorrect state"
	}
	return "running", ""
}

// TestAnOldFailureIsNotHeldAgainstAGroup would fail if whoever waits again, after the cause was put right, was told of the
// failure of before.
func TestAnOldFailureIsNotHeldAgainstAGroup(t *testing.T) {
	fleet := &poorFleet{}
	in(t, func(ctx context.Context, t *testing.T, w world) {
		s := w.Created(ctx, t, web(two()))
		_, err := w.Await(ctx, s)
		require.Error(t, err)
		_, err = w.Await(ctx, s)
		require.Error(t, err, "nothing was tried since")
		fleet.rich = true
		time.Sleep(2 * time.Minute)
		w.service.Groups() // it has begun to launch
		start := time.Now()
		_, err = w.Await(ctx, s)
		require.NoError(t, err)
		require.Positive(t, time.Since(start), "it was not ready yet")
	}, func(o *asgtest.Options) { o.Fleet = fleet })
}

func TestAReplacedInstanceMakesAGroupReadyAgain(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		s := w.Made(ctx, t, web(balanced()))
		dead := w.instances()[0]
		w.service.KillInstance(dead)
		_, err := w.Await(ctx, s)
		require.NoError(t, err)
		require.Len(t, w.instances(), 2)
		require.NotContains(t, w.instances(), dead)
	})
}

func TestAWaitSurvivesThrottling(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		s := w.Created(ctx, t, web(balanced()))
		w.Cloud.Inject(sim.Fault{Kind: sim.Throttle, Times: 5})
		hasty := asgdriver.New(w.client, func(o *asgdriver.Options) { o.Retryer = aws.NopRetryer{} })
		_, err := hasty.Await(ctx, s)
		require.NoError(t, err)
	})
}
