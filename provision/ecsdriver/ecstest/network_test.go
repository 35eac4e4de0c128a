package ecstest_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/provision/ecsdriver/ecstest"
)

// targetGroups are two, of which one has a balancer.
type targetGroups struct {
	health  string
	targets map[string]int // the port of each
}

const attached, alone = "arn:attached", "arn:alone"

func (g *targetGroups) Attached(arn string) (exists, isAttached bool) {
	return arn == attached || arn == alone, arn == attached
}

func (g *targetGroups) Register(arn, address string, port int) error {
	if arn != attached {
		return fmt.Errorf("%s is not for targets", arn)
	}
	g.targets[address] = port
	return nil
}

func (g *targetGroups) Deregister(_, address string) error {
	delete(g.targets, address)
	return nil
}

func (g *targetGroups) Health(_, address string) string {
	if g.targets[address] == 0 {
		return ""
	}
	return g.health
}

func TestTasksAreTargetsAndHaveInterfaces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told []ecstest.Interfaces
		groups := &targetGroups{health: "initial", targets: map[string]int{}}
		cloud := sim.New()
		e := ecstest.Register(cloud, func(o *ecstest.Options) {
			o.TargetGroups, o.Interfaces = groups, func(n ecstest.Interfaces) { told = append(told, n) }
		})
		_, err := e.AddCluster("production")
		require.NoError(t, err)
		client := ecs.NewFromConfig(cloud.Config())

		in := service(register(t.Context(), t, client))
		in.DesiredCount = aws.Int32(2)
		in.NetworkConfiguration.AwsvpcConfiguration.SecurityGroups = []string{"sg-1"}
		for arn, refusal := range map[string]string{"arn:none": "does not exist", alone: "does not have an associated load balancer"} {
			in.LoadBalancers = []types.LoadBalancer{{TargetGroupArn: aws.String(arn), ContainerName: aws.String("web"), ContainerPort: aws.Int32(80)}}
			_, err = client.CreateService(t.Context(), in)
			require.ErrorContains(t, err, refusal)
		}
		require.Empty(t, told)
		in.LoadBalancers[0].TargetGroupArn = aws.String(attached)
		_, err = client.CreateService(t.Context(), in)
		require.NoError(t, err)

		rollout := func() types.DeploymentRolloutState {
			out, err := client.DescribeServices(t.Context(), &ecs.DescribeServicesInput{Cluster: in.Cluster, Services: []string{"web"}})
			require.NoError(t, err)
			return out.Services[0].Deployments[0].RolloutState
		}
		time.Sleep(39 * time.Second)
		require.Equal(t, types.DeploymentRolloutStateInProgress, rollout())
		require.Empty(t, groups.targets, "they do not run yet")
		time.Sleep(time.Second)
		require.Equal(t, types.DeploymentRolloutStateInProgress, rollout(), "they are not healthy yet")
		require.Equal(t, []int{80, 80}, slices.Collect(maps.Values(groups.targets)))
		groups.health = "healthy"
		require.Equal(t, types.DeploymentRolloutStateCompleted, rollout())

		_, err = client.UpdateService(t.Context(), &ecs.UpdateServiceInput{Cluster: in.Cluster, Service: in.ServiceName, DesiredCount: aws.Int32(1)})
		require.NoError(t, err)
		time.Sleep(time.Minute)
		require.Len(t, e.Services(), 1)
		require.Len(t, groups.targets, 1)

		_, err = client.DeleteService(t.Context(), &ecs.DeleteServiceInput{Cluster: in.Cluster, Service: in.ServiceName, Force: aws.Bool(true)})
		require.NoError(t, err)
		require.Empty(t, groups.targets)
		require.Len(t, told, 2)
		require.True(t, strings.HasPrefix(told[0].Description, "arn:aws:ecs:us-east-1:123456789012:attachment/"))
		want := ecstest.Interfaces{
			Region: "us-east-1", Service: told[0].Service, Description: told[0].Description, Subnets: []string{"subnet-1"}, Groups: []string{"sg-1"},
		}
		require.Equal(t, want, told[0])
		want.Until = time.Now().Add(40 * time.Second)
		require.Equal(t, want, told[1])
	})
}
