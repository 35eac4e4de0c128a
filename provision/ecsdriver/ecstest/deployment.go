package ecstest

import (
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/peppercorn-go/peppercorn/internal/sim"
)

// failures returns how many tasks of the deployment have failed, and whether the circuit breaker has had enough: half of the
// tasks that are wanted, but 3 to 200 (ECS developer guide, deployment circuit breaker).
func (e *ECS) failures(s *service) (n int, broken bool) {
	if s.why == "" {
		return 0, false
	}
	n = int(time.Since(s.deployed) / max(e.opts.Start, time.Second))
	threshold := min(max((int(*s.in.DesiredCount)+1)/2, 3), 200)
	config := s.in.DeploymentConfiguration
	if config == nil || config.DeploymentCircuitBreaker == nil || !config.DeploymentCircuitBreaker.Enable {
		return n, false
	}
	return min(n, threshold), n >= threshold
}

func (e *ECS) describe(s *service) *types.Service {
	in := sim.Clone(s.in)
	desired := aws.ToInt32(in.DesiredCount)
	d := types.Deployment{
		Id:             aws.String(fmt.Sprintf("ecs-svc/%d", s.deployed.UnixNano())),
		Status:         aws.String("PRIMARY"),
		TaskDefinition: s.task.TaskDefinitionArn,
		DesiredCount:   desired,
		LaunchType:     in.LaunchType,
		CreatedAt:      aws.Time(s.deployed),
		RolloutState:   types.DeploymentRolloutStateInProgress,
	}
	failed, tripped := e.failures(s)
	d.FailedTasks = int32(failed) //nolint:gosec // at most 200
	switch {
	case e.status(s) != active:
		desired, d.DesiredCount = 0, 0
	case tripped:
		d.RolloutState = types.DeploymentRolloutStateFailed
		d.RolloutStateReason = aws.String("ECS deployment circuit breaker: tasks failed to start.")
	case s.why == "" && e.started(s) && !e.healthy(s):
		d.RunningCount = desired
	case s.why == "" && e.started(s):
		d.RolloutState, d.RunningCount = types.DeploymentRolloutStateCompleted, desired
		d.RolloutStateReason = aws.String("ECS deployment completed.")
	default:
		d.PendingCount = desired
	}
	return &types.Service{
		ServiceArn:                    aws.String(s.arn),
		ServiceName:                   aws.String(s.name),
		ClusterArn:                    aws.String(s.cluster.arn),
		Status:                        aws.String(e.status(s)),
		TaskDefinition:                s.task.TaskDefinitionArn,
		DesiredCount:                  desired,
		RunningCount:                  d.RunningCount,
		PendingCount:                  d.PendingCount,
		Deployments:                   []types.Deployment{d},
		DeploymentConfiguration:       in.DeploymentConfiguration,
		LaunchType:                    in.LaunchType,
		LoadBalancers:                 in.LoadBalancers,
		NetworkConfiguration:          in.NetworkConfiguration,
		HealthCheckGracePeriodSeconds: in.HealthCheckGracePeriodSeconds,
		PropagateTags:                 in.PropagateTags,
		SchedulingStrategy:            in.SchedulingStrategy,
		CreatedAt:                     aws.Time(s.created),
		Tags:                          in.Tags,
	}
}

// listTasks lists the stopped tasks of a service: those that failed to start.
func (e *ECS) listTasks(region string, in *ecs.ListTasksInput) (*ecs.ListTasksOutput, error) {
	c, err := e.cluster(region, in.Cluster)
	if err != nil {
		return nil, err
	}
	if in.DesiredStatus != types.DesiredStatusStopped || in.ServiceName == nil {
		return nil, invalid("ecstest lists stopped tasks of services only")
	}
	s := c.services[aws.ToString(in.ServiceName)]
	if s == nil {
		return nil, &types.ServiceNotFoundException{Message: aws.String("Service not found.")}
	}
	var arns []string
	failed, _ := e.failures(s)
	for i := range failed {
		arns = append(arns, e.arn(region, fmt.Sprintf("task/%s/%s-%d", c.name, s.name, i+1)))
	}
	page, next, err := e.page(arns, in.NextToken, in.MaxResults)
	return &ecs.ListTasksOutput{TaskArns: page, NextToken: next}, err
}

func (e *ECS) describeTasks(region string, in *ecs.DescribeTasksInput) (*ecs.DescribeTasksOutput, error) {
	c, err := e.cluster(region, in.Cluster)
	if err != nil {
		return nil, err
	}
	if n := len(in.Tasks); n < 1 || n > 100 {
		return nil, invalid("The number of tasks is %d, it may be 1 to 100.", n)
	}
	out := &ecs.DescribeTasksOutput{}
	for _, ref := range in.Tasks {
		id := ref[strings.LastIndex(ref, "/")+1:]
		name, number := id, 0
		if i := strings.LastIndex(id, "-"); i >= 0 {
			name = id[:i]
			_, _ = fmt.Sscanf(id[i+1:], "%d", &number) // a number that is none is task 0, which there is not
		}
		s := c.services[name]
		if s == nil || number < 1 {
			out.Failures = append(out.Failures, types.Failure{Arn: aws.String(ref), Reason: aws.String("MISSING")})
			continue
		}
		out.Tasks = append(out.Tasks, types.Task{
			TaskArn:           aws.String(ref),
			ClusterArn:        aws.String(c.arn),
			TaskDefinitionArn: s.task.TaskDefinitionArn,
			Group:             aws.String("service:" + s.name),
			DesiredStatus:     aws.String("STOPPED"),
			LastStatus:        aws.String("STOPPED"),
			StopCode:          types.TaskStopCodeTaskFailedToStart,
			StoppedReason:     aws.String(s.why),
			StoppedAt:         aws.Time(s.deployed.Add(time.Duration(number) * e.opts.Start)),
		})
	}
	return out, nil
}
