package awsdrivers_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/asgdriver"
	"github.com/peppercorn-go/peppercorn/provision/awsdrivers"
	"github.com/peppercorn-go/peppercorn/provision/awsdrivers/awstest"
	"github.com/peppercorn-go/peppercorn/provision/ec2driver/ec2test"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// Auto Scaling calls a group fine when one of its two instances is. The drivers of All ask the load balancer about each.
func TestAGroupIsReadyWhenEveryTargetIsHealthy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := awstest.New()
		drivers := awsdrivers.All(cloud.Config())
		var subnets []provision.Text
		for _, id := range cloud.EC2.Subnets(cloud.EC2.DefaultVPC())[:2] {
			subnets = append(subnets, provision.Text(id))
		}
		make := func(node string, spec provision.Spec) provision.State {
			c := queue(node)
			c.Spec = spec
			s, err := driverOf(t, drivers, spec.Kind()).Create(t.Context(), c)
			require.NoError(t, err)
			return s
		}
		lb := make("lb", kinds.LoadBalancer{Subnets: subnets})
		targets := make("targets", kinds.TargetGroup{Port: 80, VPC: provision.Text(cloud.EC2.DefaultVPC())})
		make("port80", kinds.Listener{LoadBalancer: provision.Text(lb.ID), TargetGroup: provision.Text(targets.ID)})
		template := make("template", kinds.LaunchTemplate{Image: ec2test.Linux, Type: "t3.micro"})
		group := make("web", kinds.Group{
			Template: provision.Text(template.ID), Subnets: subnets, Desired: 2, TargetGroups: []provision.Text{provision.Text(targets.ID)},
			HealthCheckGrace: time.Hour,
		})

		time.AfterFunc(time.Minute, func() {
			instances := cloud.EC2.LiveInstances()
			require.NoError(t, cloud.ELB.SetHealth(targets.ID, *instances[1].InstanceId, "Target.FailedHealthChecks"))
			time.AfterFunc(9*time.Minute, func() {
				require.NoError(t, cloud.ELB.SetHealth(targets.ID, *instances[1].InstanceId, ""))
			})
		})
		start := time.Now()
		_, err := driverOf(t, drivers, kinds.GroupKind).Await(t.Context(), group)
		require.NoError(t, err)
		require.Greater(t, time.Since(start), 10*time.Minute)
		for _, i := range cloud.EC2.LiveInstances() {
			require.Equal(t, asgdriver.Healthy, cloud.ELB.Health(targets.ID, *i.InstanceId))
		}
	})
}
