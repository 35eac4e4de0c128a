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

// A listener needs no more of a balancer than its ARN, which is known at once: it is there minutes before the balancer is active.
func TestAListenerDoesNotWaitForItsBalancer(t *testing.T) {
	inBubble(t, func(ctx context.Context, t *testing.T, cloud *awstest.Cloud) {
		start := time.Now()
		var j journal
		applied, err := engineOf(t, cloud, cloud.Config()).Apply(ctx, owner(), webStack(cloud), j.apply)
		require.NoError(t, err)
		require.Equal(t, cloud.ELB.Balancers()[0].DNSName, applied.Host)
		require.Less(t, j.at(t, provision.Ready, "port80").Sub(start), 10*time.Second)
		require.InDelta(t, 150, j.at(t, provision.Ready, "lb").Sub(start).Seconds(), 20, "what the balancer takes, and little else")

		ops := changes(cloud)
		for _, pair := range [][2]string{
			{"CreateSecurityGroup", "CreateLoadBalancer"},
			{"CreateLoadBalancer", "CreateListener"},
			{"CreateTargetGroup", "CreateListener"},
		} {
			require.Less(t, slices.Index(ops, pair[0]), slices.Index(ops, pair[1]), "%v in %v", pair, ops)
		}
		last := cloud.Calls()[len(cloud.Calls())-1]
		require.Equal(t, "DescribeLoadBalancers", last.Op, "in the end only the balancer is waited for")

		interfaces := cloud.EC2.NetworkInterfaces()
		require.Len(t, interfaces, 2, "one in each subnet")
		require.Equal(t, cloud.ELB.Balancers()[0].Groups, []string{*interfaces[0].Groups[0].GroupId})
	})
}

// The network interfaces of a balancer outlive it for minutes, and hold its security group. Nobody has to know: the group is
// busy, says who needs it, and is tried again.
func TestInterfacesOfABalancerHoldItsGroup(t *testing.T) {
	inBubble(t, func(ctx context.Context, t *testing.T, cloud *awstest.Cloud) {
		engine := engineOf(t, cloud, cloud.Config())
		_, err := engine.Apply(ctx, owner(), webStack(cloud))
		require.NoError(t, err)
		cloud.ForgetCalls()

		start := time.Now()
		var j journal
		destroyed, err := engine.Destroy(ctx, owner(), j.destroy, func(o *provision.DestroyOptions) { o.Expect = 4 })
		require.NoError(t, err)
		require.Len(t, destroyed.Gone, 4)
		require.Empty(t, census(t, cloud))

		gone := j.order(provision.Gone)
		require.ElementsMatch(t, []string{"port80", "lb", "servers", "http"}, gone)
		require.Equal(t, "http", gone[3], "%v", gone)
		require.Less(t, j.at(t, provision.Gone, "lb").Sub(start), 30*time.Second)
		require.InDelta(t, 130, j.at(t, provision.Gone, "http").Sub(start).Seconds(), 20, "until the interfaces are gone, and little else")

		var waits []string
		for _, s := range j {
			if s.Phase == provision.Blocked && s.Node == "http" {
				waits = append(waits, s.Waiting)
			}
		}
		require.NotEmpty(t, waits)
		for _, blocker := range waits {
			require.Regexp(t, `^network interface eni-0[0-9a-f]{16} \(ELB app/shop-lb-[a-z0-9]+/[0-9a-f]{16}\)$`, blocker)
		}
		refused := 0
		for _, call := range cloud.Calls() {
			if call.Op == "DeleteSecurityGroup" && call.Err != nil {
				require.ErrorContains(t, call.Err, "DependencyViolation")
				refused++
			}
		}
		require.Greater(t, refused, 5, "it is tried again and again")
		require.Less(t, refused, 60, "but not all the time")
	})
}

// A destroy that has to give up says what it waited for, and the next one goes on.
func TestADestroyThatGivesUpNamesTheInterfaces(t *testing.T) {
	inBubble(t, func(ctx context.Context, t *testing.T, cloud *awstest.Cloud) {
		engine := engineOf(t, cloud, cloud.Config())
		_, err := engine.Apply(ctx, owner(), webStack(cloud))
		require.NoError(t, err)
		short, cancel := context.WithTimeout(ctx, time.Minute)
		defer cancel()
		_, err = engine.Destroy(short, owner())
		failure := (*provision.DestroyError)(nil)
		require.ErrorAs(t, err, &failure)
		require.ErrorContains(t, err, "(ELB app/shop-lb-")
		require.ErrorIs(t, err, context.DeadlineExceeded)
		_, err = engine.Destroy(ctx, owner())
		require.NoError(t, err)
		require.Empty(t, census(t, cloud))
	})
}
