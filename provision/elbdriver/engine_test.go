package elbdriver_test

import (
	"context"
	"testing"
	"time"

	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/elbdriver"
	"github.com/peppercorn-go/peppercorn/provision/elbdriver/elbtest"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// A web application through the engine: nothing waits for the balancer to be active, and everything goes again, though the
// engine knows nothing of the order in which ELB lets things go.
func TestAWebApplicationThroughTheEngine(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		engine, err := provision.NewEngine([]provision.Driver{w.Driver})
		require.NoError(t, err)
		var b provision.Blueprint
		lb := kinds.AddLoadBalancer(&b, "lb", kinds.LoadBalancer{Subnets: anyNetwork.subnets})
		web := kinds.AddTargetGroup(&b, "web", kinds.TargetGroup{Port: 8080, VPC: elbtest.AnyVPC})
		kinds.AddListener(&b, "https", kinds.Listener{LoadBalancer: lb.ARN(), TargetGroup: web.ARN(), Certificate: certificate})
		kinds.AddListener(&b, "http", kinds.Listener{LoadBalancer: lb.ARN(), RedirectToHTTPS: true})
		b.Entrance.Host = lb.DNSName()

		owner := call("a1", "", nil).Owner
		start := time.Now()
		applied, err := engine.Apply(ctx, owner, &b)
		require.NoError(t, err)
		require.Equal(t, w.service.Balancers()[0].DNSName, applied.Host)
		require.InDelta(t, 150, time.Since(start).Seconds(), 16, "what the balancer takes, and nothing else")
		for _, c := range w.Cloud.Calls() {
			if c.Op == "CreateListener" {
				require.Less(t, c.At.Sub(start), 10*time.Second, "listeners start on the ARN, which is known at once")
			}
		}

		again, err := engine.Apply(ctx, owner, &b)
		require.NoError(t, err)
		require.Equal(t, applied, again)

		start = time.Now()
		_, err = engine.Destroy(ctx, owner)
		require.NoError(t, err)
		require.Less(t, time.Since(start), 4*time.Minute, "two minutes of it are to be sure that nothing is left")
		require.Empty(t, w.service.Balancers())
		require.Empty(t, w.service.TargetGroups())
		require.Empty(t, w.service.Listeners())
	})
}

// Many at once meet the rate limits of ELB, which a client with the SDK's three attempts would not survive.
func TestManyAtOnceOnAThrottledService(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		engine, err := provision.NewEngine([]provision.Driver{elbdriver.New(elbv2.NewFromConfig(w.Cloud.Config(), func(o *elbv2.Options) {
			o.RetryMaxAttempts = 40
		}))})
		require.NoError(t, err)
		var b provision.Blueprint
		for _, name := range []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p"} {
			kinds.AddTargetGroup(&b, name, servers)
		}
		_, err = engine.Apply(ctx, call("a1", "", nil).Owner, &b)
		require.NoError(t, err)
		require.Len(t, w.service.TargetGroups(), 16)
	}, func(o *elbtest.Options) { o.Burst, o.WriteBurst = 10, 5 })
}
