package ecsdriver

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/peppercorn-go/peppercorn/internal/wait"
	"github.com/peppercorn-go/peppercorn/provision"
)

// awaitService waits for the steady state: one deployment, completed, and as many tasks as wanted. After Options.Ready it says how far
// the service has come, and what ECS said last.
func (d *Driver) awaitService(ctx context.Context, s provision.State) (provision.State, error) {
	cluster := clusterOf(s)
	for start := time.Now(); ; {
		var there *types.Service
		err := d.retry(ctx, func() (err error) {
			there, err = d.service(ctx, cluster, s.ID)
			return err
		})
		switch {
		case unlisted(err), noCluster(err):
			return provision.State{}, fmt.Errorf("ecsdriver: service %s of node %q %w: %w", s.ID, s.Node, provision.ErrGone, err)
		case err != nil:
			return provision.State{}, fmt.Errorf("ecsdriver: awaiting service %s: %w", s.ID, err)
		case aws.ToString(there.Status) == statusDraining:
			return provision.State{}, fmt.Errorf("ecsdriver: awaiting service %s of node %q: it %w", s.ID, s.Node, provision.ErrDeleting)
		}
		if failed := primary(there); failed.RolloutState == types.DeploymentRolloutStateFailed {
			return provision.State{}, d.failure(ctx, s, cluster, failed)
		}
		if steady(there) {
			return serviceState(there), nil
		}
		err = wait.Sleep(ctx, d.opts.Poll)
		if waited := time.Since(start); err == nil && waited >= d.opts.Ready {
			err = fmt.Errorf("it is not steady after %v; ECS says: %s", waited, lastEvent(there))
		}
		if err != nil {
			return provision.State{}, fmt.Errorf("ecsdriver: awaiting service %s of node %q, of which %d of %d tasks run: %w", s.ID, s.Node,
				there.RunningCount, there.DesiredCount, err)
		}
	}
}

// lastEvent is the latest that a service tells of itself, such as that it cannot place a task. The latest event comes first.
func lastEvent(there *types.Service) string {
	if len(there.Events) == 0 {
		return "nothing"
	}
	return aws.ToString(there.Events[0].Message)
}

// primary returns the deployment that counts.
func primary(there *types.Service) types.Deployment {
	for _, deployment := range there.Deployments {
		if aws.ToString(deployment.Status) == "PRIMARY" {
			return deployment
		}
	}
	return types.Deployment{}
}

// steady reports whether a service can be used. ECS completes a deployment when its tasks run and all of their health checks
// succeed, those of target groups too (ECS developer guide, deployment circuit breaker).
func steady(there *types.Service) bool {
	return len(there.Deployments) == 1 && primary(there).RolloutState == types.DeploymentRolloutStateCompleted &&
		there.RunningCount == there.DesiredCount
}

// maxReasons is how many reasons a [DeploymentError] has.
const maxReasons = 5

// failure says why a deployment failed. ECS shows stopped tasks for an hour.
func (d *Driver) failure(ctx context.Context, s provision.State, cluster string, failed types.Deployment) *DeploymentError {
	e := &DeploymentError{Service: s.ID, Node: s.Node, Reason: cmp.Or(aws.ToString(failed.RolloutStateReason), "no reason given")}
	list, err := d.api.ListTasks(ctx, &ecs.ListTasksInput{
		Cluster:       aws.String(cluster),
		ServiceName:   aws.String(afterSlash(s.ID)),
		DesiredStatus: types.DesiredStatusStopped,
		MaxResults:    aws.Int32(pageSize),
	})
	if err != nil || len(list.TaskArns) == 0 {
		e.Err = err
		return e
	}
	tasks, err := d.api.DescribeTasks(ctx, &ecs.DescribeTasksInput{Cluster: aws.String(cluster), Tasks: list.TaskArns})
	if err != nil {
		e.Err = err
		return e
	}
	slices.SortFunc(tasks.Tasks, func(a, b types.Task) int { return stoppedAt(b).Compare(stoppedAt(a)) })
	for _, task := range tasks.Tasks {
		for _, reason := range reasons(task) {
			if len(e.Stopped) < maxReasons && !slices.Contains(e.Stopped, reason) {
				e.Stopped = append(e.Stopped, reason)
			}
		}
	}
	return e
}

func stoppedAt(task types.Task) time.Time { return aws.ToTime(task.StoppedAt) }

// reasons says why a task stopped, and which of its containers had a part in that.
func reasons(task types.Task) []string {
	var all []string
	if why := aws.ToString(task.StoppedReason); why != "" {
		all = append(all, why)
	}
	for _, c := range task.Containers {
		if why := aws.ToString(c.Reason); why != "" {
			all = append(all, fmt.Sprintf("container %s: %s", aws.ToString(c.Name), why))
		}
		if code := aws.ToInt32(c.ExitCode); code != 0 {
			all = append(all, fmt.Sprintf("container %s: exit code %d", aws.ToString(c.Name), code))
		}
	}
	return all
}
