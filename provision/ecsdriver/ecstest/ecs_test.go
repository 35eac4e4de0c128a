package ecstest_test

import (
	"context"
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

func in(t *testing.T, test func(ctx context.Context, t *testing.T, e *ecstest.ECS, client *ecs.Client)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		cloud := sim.New()
		e := ecstest.Register(cloud)
		_, err := e.AddCluster("production")
		require.NoError(t, err)
		test(t.Context(), t, e, ecs.NewFromConfig(cloud.Config()))
	})
}

func definition() *ecs.RegisterTaskDefinitionInput {
	return &ecs.RegisterTaskDefinitionInput{
		Family: aws.String("web"), RequiresCompatibilities: []types.Compatibility{types.CompatibilityFargate},
		NetworkMode: types.NetworkModeAwsvpc, Cpu: aws.String("256"), Memory: aws.String("512"),
		ContainerDefinitions: []types.ContainerDefinition{{
			Name: aws.String("web"), Image: aws.String("nginx:1"), PortMappings: []types.PortMapping{{ContainerPort: aws.Int32(80)}},
		}},
	}
}

func service(task *types.TaskDefinition) *ecs.CreateServiceInput {
	return &ecs.CreateServiceInput{
		Cluster: aws.String("production"), ServiceName: aws.String("web"), ClientToken: aws.String("t1"), TaskDefinition: task.TaskDefinitionArn,
		DesiredCount: aws.Int32(1), LaunchType: types.LaunchTypeFargate,
		NetworkConfiguration: &types.NetworkConfiguration{AwsvpcConfiguration: &types.AwsVpcConfiguration{Subnets: []string{"subnet-1"}}},
	}
}

func register(ctx context.Context, t *testing.T, client *ecs.Client) *types.TaskDefinition {
	t.Helper()
	out, err := client.RegisterTaskDefinition(ctx, definition())
	require.NoError(t, err)
	return out.TaskDefinition
}

func TestRevisionsAreNumberedForEver(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, e *ecstest.ECS, client *ecs.Client) {
		first := register(ctx, t, client)
		require.EqualValues(t, 2, register(ctx, t, client).Revision, "the same again is another revision")
		arns := []string{*first.TaskDefinitionArn}
		out, err := client.DeleteTaskDefinitions(ctx, &ecs.DeleteTaskDefinitionsInput{TaskDefinitions: arns})
		require.NoError(t, err)
		require.Len(t, out.Failures, 1, "it is not deregistered")
		_, err = client.DeregisterTaskDefinition(ctx, &ecs.DeregisterTaskDefinitionInput{TaskDefinition: &arns[0]})
		require.NoError(t, err)
		out, err = client.DeleteTaskDefinitions(ctx, &ecs.DeleteTaskDefinitionsInput{TaskDefinitions: arns})
		require.NoError(t, err)
		require.Empty(t, out.Failures)
		require.Equal(t, "DELETE_IN_PROGRESS", e.Revisions()[0].Status)
		time.Sleep(time.Hour)
		require.Len(t, e.Revisions(), 1)
		require.EqualValues(t, 3, register(ctx, t, client).Revision)
	})
}

func TestListingsLag(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, _ *ecstest.ECS, client *ecs.Client) {
		register(ctx, t, client)
		for _, n := range []int{0, 1} {
			out, err := client.ListTaskDefinitions(ctx, &ecs.ListTaskDefinitionsInput{})
			require.NoError(t, err)
			require.Len(t, out.TaskDefinitionArns, n)
			time.Sleep(time.Second)
		}
	})
}

func TestADefinitionThatFargateRefuses(t *testing.T) {
	for name, change := range map[string]func(*ecs.RegisterTaskDefinitionInput){
		"a family with a dot":  func(in *ecs.RegisterTaskDefinitionInput) { in.Family = aws.String("a.b") },
		"no such size":         func(in *ecs.RegisterTaskDefinitionInput) { in.Memory = aws.String("1536") },
		"a network of its own": func(in *ecs.RegisterTaskDefinitionInput) { in.NetworkMode = types.NetworkModeBridge },
		"no container":         func(in *ecs.RegisterTaskDefinitionInput) { in.ContainerDefinitions = []types.ContainerDefinition{} },
		"secrets without a role": func(in *ecs.RegisterTaskDefinitionInput) {
			in.ContainerDefinitions[0].Secrets = []types.Secret{{Name: aws.String("A"), ValueFrom: aws.String("arn")}}
		},
		"logs without a region": func(in *ecs.RegisterTaskDefinitionInput) {
			in.ContainerDefinitions[0].LogConfiguration = &types.LogConfiguration{LogDriver: types.LogDriverAwslogs}
		},
		"another port of the host": func(in *ecs.RegisterTaskDefinitionInput) {
			in.ContainerDefinitions[0].PortMappings[0].HostPort = aws.Int32(81)
		},
		"only optional containers": func(in *ecs.RegisterTaskDefinitionInput) { in.ContainerDefinitions[0].Essential = aws.Bool(false) },
	} {
		t.Run(name, func(t *testing.T) {
			in(t, func(ctx context.Context, t *testing.T, e *ecstest.ECS, client *ecs.Client) {
				input := definition()
				change(input)
				_, err := client.RegisterTaskDefinition(ctx, input)
				var refused *types.ClientException
				require.ErrorAs(t, err, &refused)
				require.Empty(t, e.Revisions())
			})
		})
	}
}

func TestTagsThatECSRefuses(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, e *ecstest.ECS, client *ecs.Client) {
		for _, value := range []string{"(x)", "🚀", "tab\t", "aws:x"} {
			input := definition()
			input.Tags = []types.Tag{{Key: aws.String("k"), Value: aws.String(value)}}
			_, err := client.RegisterTaskDefinition(ctx, input)
			require.Error(t, err, value)
		}
		require.Empty(t, e.Revisions())
	})
}

func TestAServiceIsOneByNameAndToken(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, e *ecstest.ECS, client *ecs.Client) {
		task := register(ctx, t, client)
		for range 2 {
			_, err := client.CreateService(ctx, service(task))
			require.NoError(t, err)
		}
		for _, change := range []func(*ecs.CreateServiceInput){
			func(in *ecs.CreateServiceInput) { in.DesiredCount = aws.Int32(2) },
			func(in *ecs.CreateServiceInput) { in.ClientToken = aws.String("t2") },
			func(in *ecs.CreateServiceInput) { in.ServiceName = aws.String("other") },
		} {
			input := service(task)
			change(input)
			_, err := client.CreateService(ctx, input)
			require.ErrorContains(t, err, "not idempotent")
		}
		require.Len(t, e.Services(), 1)
	})
}

func TestADeletedServiceDrainsUnseen(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, e *ecstest.ECS, client *ecs.Client) {
		task := register(ctx, t, client)
		_, err := client.CreateService(ctx, service(task))
		require.NoError(t, err)
		time.Sleep(time.Second)
		remove := &ecs.DeleteServiceInput{Cluster: aws.String("production"), Service: aws.String("web")}
		_, err = client.DeleteService(ctx, remove)
		require.ErrorContains(t, err, "scaled above 0")
		remove.Force = aws.Bool(true)
		_, err = client.DeleteService(ctx, remove)
		require.NoError(t, err)
		require.Equal(t, "DRAINING", e.Services()[0].Status)
		list, err := client.ListServices(ctx, &ecs.ListServicesInput{Cluster: aws.String("production")})
		require.NoError(t, err)
		require.Empty(t, list.ServiceArns)
		next := service(task)
		next.ClientToken = aws.String("t2")
		_, err = client.CreateService(ctx, next)
		require.ErrorContains(t, err, "Draining")
		_, err = client.DeleteCluster(ctx, &ecs.DeleteClusterInput{Cluster: aws.String("production")})
		var busy *types.ClusterContainsServicesException
		require.ErrorAs(t, err, &busy)
		time.Sleep(time.Minute)
		require.Equal(t, "INACTIVE", e.Services()[0].Status)
		_, err = client.CreateService(ctx, next)
		require.NoError(t, err)
	})
}

func TestTheBreakerTripsAfterThreeFailures(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, e *ecstest.ECS, client *ecs.Client) {
		e.BreakImage("nginx:1", "no such image")
		input := service(register(ctx, t, client))
		input.DeploymentConfiguration = &types.DeploymentConfiguration{DeploymentCircuitBreaker: &types.DeploymentCircuitBreaker{Enable: true}}
		_, err := client.CreateService(ctx, input)
		require.NoError(t, err)
		for _, want := range []types.DeploymentRolloutState{types.DeploymentRolloutStateInProgress, types.DeploymentRolloutStateFailed} {
			time.Sleep(70 * time.Second)
			out, err := client.DescribeServices(ctx, &ecs.DescribeServicesInput{Cluster: aws.String("production"), Services: []string{"web"}})
			require.NoError(t, err)
			require.Equal(t, want, out.Services[0].Deployments[0].RolloutState)
		}
	})
}
