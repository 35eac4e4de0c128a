package awstest_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/awsdrivers/awstest"
)

// The instances of a group are EC2's, and targets of the load balancer. They start while the balancer is made, and the group is
// ready when the balancer finds all of them healthy.
func TestAGroupLaunchesInstancesAndMakesThemTargets(t *testing.T) {
	inBubble(t, func(ctx context.Context, t *testing.T, cloud *awstest.Cloud) {
		engine := engineOf(t, cloud, cloud.Config())
		start := time.Now()
		var up journal
		_, err := engine.Apply(ctx, owner(), groupStack(cloud), up.apply)
		require.NoError(t, err)
		ops := changes(cloud)
		for _, earlier := range []string{"CreateLaunchTemplate", "CreateTargetGroup", "CreateLoadBalancer"} {
			require.Less(t, slices.Index(ops, earlier), slices.Index(ops, "CreateAutoScalingGroup"), "%s in %v", earlier, ops)
		}
		require.Less(t, up.at(t, provision.Created, "web").Sub(start), 10*time.Second)
		require.Greater(t, up.at(t, provision.Ready, "lb").Sub(start), 2*time.Minute)
		require.True(t, up.at(t, provision.Created, "web").Before(up.at(t, provision.Ready, "lb")), "it does not wait for the balancer")
		require.Equal(t, "web", up.order(provision.Ready)[6], "but is ready last")

		group := cloud.AutoScaling.Groups()[0]
		require.Len(t, group.Instances, 2)
		targets := cloud.ELB.TargetGroups()[0].Targets
		require.Len(t, targets, 2)
		for _, i := range cloud.EC2.LiveInstances() {
			require.Equal(t, "healthy", targets[*i.InstanceId])
			require.Equal(t, "shop-inside", (*i.SecurityGroups[0].GroupName)[:len("shop-inside")], "as the template says")
		}

		start = time.Now()
		var down journal
		destroyed, err := engine.Destroy(ctx, owner(), down.destroy, func(o *provision.DestroyOptions) { o.Expect = 7 })
		require.NoError(t, err)
		require.Len(t, destroyed.Gone, 7)
		require.Empty(t, census(t, cloud))
		require.Less(t, time.Since(start), 4*time.Minute)
		require.False(t, down.at(t, provision.Gone, "http").Before(down.at(t, provision.Gone, "inside")), "a rule of the one names the other")
		blocker := ""
		for _, s := range down {
			if s.Phase == provision.Blocked && s.Node == "inside" {
				blocker = s.Waiting
			}
		}
		require.Regexp(t, `^network interface eni-0[0-9a-f]{16} of instance i-0[0-9a-f]{16}$`, blocker)
	})
}

// What AWS takes away, the group replaces.
func TestAGroupReplacesWhatDies(t *testing.T) {
	inBubble(t, func(ctx context.Context, t *testing.T, cloud *awstest.Cloud) {
		_, err := engineOf(t, cloud, cloud.Config()).Apply(ctx, owner(), groupStack(cloud))
		require.NoError(t, err)
		id := *cloud.EC2.LiveInstances()[0].InstanceId
		require.NoError(t, cloud.EC2.Kill(id, "Server.InternalError", "Server.InternalError: Internal error on launch"))
		for range 60 { // it does what is due when somebody looks
			time.Sleep(5 * time.Second)
			cloud.AutoScaling.Groups()
		}
		instances := cloud.EC2.LiveInstances()
		require.Len(t, instances, 2)
		for _, i := range instances {
			require.NotEqual(t, id, *i.InstanceId)
		}
	})
}
