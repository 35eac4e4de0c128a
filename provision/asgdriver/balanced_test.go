package asgdriver_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/asgdriver"
	"github.com/peppercorn-go/peppercorn/provision/asgdriver/asgtest"
	"github.com/peppercorn-go/peppercorn/provision/elbdriver"
	"github.com/peppercorn-go/peppercorn/provision/elbdriver/elbtest"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// balancers make a simulated Elastic Load Balancing a place for targets.
type balancers struct{ *elbtest.ELB }

func (b balancers) TargetGroupExists(arn string) bool {
	return slices.ContainsFunc(b.TargetGroups(), func(g elbtest.TargetGroup) bool { return g.ARN == arn })
}

// healthOf is what the documentation of asgdriver.TargetHealth shows.
func healthOf(client *elb.Client) asgdriver.TargetHealth {
	return func(ctx context.Context, targetGroup string) (map[string]string, error) {
		out, err := client.DescribeTargetHealth(ctx, &elb.DescribeTargetHealthInput{TargetGroupArn: &targetGroup})
		if err != nil {
			return nil, err
		}
		health := map[string]string{}
		for _, t := range out.TargetHealthDescriptions {
			health[*t.Target.Id] = string(t.TargetHealth.State)
		}
		return health, nil
	}
}

// TestAGroupBehindALoadBalancer shows that the group is made while the balancer is, and is ready when both of its instances
// are healthy targets.
func TestAGroupBehindALoadBalancer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := sim.New()
		front := elbtest.Register(cloud)
		groups := asgtest.Register(cloud, func(o *asgtest.Options) { o.TargetGroups = balancers{front} })
		client := elb.NewFromConfig(cloud.Config())
		engine, err := provision.NewEngine([]provision.Driver{
			elbdriver.New(client),
			asgdriver.New(autoscaling.NewFromConfig(cloud.Config()), func(o *asgdriver.Options) { o.TargetHealth = healthOf(client) }),
		})
		require.NoError(t, err)
		subnets := []provision.Text{"subnet-1a", "subnet-1b", "subnet-1c"}
		var b provision.Blueprint
		balancer := kinds.AddLoadBalancer(&b, "balancer", kinds.LoadBalancer{Subnets: subnets})
		targets := kinds.AddTargetGroup(&b, "targets", kinds.TargetGroup{Port: 80, VPC: "vpc-1"})
		kinds.AddListener(&b, "http", kinds.Listener{LoadBalancer: balancer.ARN(), TargetGroup: targets.ARN(), Port: 80})
		kinds.AddGroup(&b, "web", kinds.Group{
			Template: asgtest.Template, Subnets: subnets, Desired: 2, TargetGroups: []provision.Text{targets.ARN()},
		})
		owner, began := web(two()).Owner, time.Now()
		_, err = engine.Apply(t.Context(), owner, &b)
		require.NoError(t, err)
		require.WithinDuration(t, began, *groups.Groups()[0].CreatedTime, 30*time.Second, "it does not wait for the balancer")
		require.Len(t, front.TargetGroups()[0].Targets, 2)
		for id, state := range front.TargetGroups()[0].Targets {
			require.Equal(t, "healthy", state, id)
		}
		_, err = engine.Destroy(t.Context(), owner, func(o *provision.DestroyOptions) { o.Expect = 4 })
		require.NoError(t, err)
		require.Empty(t, groups.Groups())
		require.Empty(t, front.TargetGroups())
	})
}
