package ecsdriver_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/internal/drivertest"
	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/ecsdriver"
	"github.com/peppercorn-go/peppercorn/provision/ecsdriver/ecstest"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// world is a driver and the simulated service behind it.
type world struct {
	*ecsdriver.Driver
	drivertest.Lab
	service *ecstest.ECS
	client  *ecs.Client
}

// in runs a test in virtual time.
func in(t *testing.T, test func(ctx context.Context, t *testing.T, w world), optFns ...func(*ecstest.Options)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		cloud := sim.New()
		service := ecstest.Register(cloud, optFns...)
		_, err := service.AddCluster("production")
		require.NoError(t, err)
		client := clientOf(cloud.Config())
		driver := ecsdriver.New(client)
		test(t.Context(), t, world{driver, drivertest.NewLab(cloud, driver), service, client})
	})
}

// callFor is a call for a node of an owner that all tests share.
func callFor(node string, spec provision.Spec) provision.Call {
	return provision.Call{Owner: drivertest.Owner("a1"), Node: node, Spec: spec}
}

// web makes a service that runs an image, and the call that makes it again.
func (w world) web(ctx context.Context, t *testing.T, image string) (provision.State, provision.Call) {
	t.Helper()
	task := w.Created(ctx, t, callFor("task", kinds.TaskDefinition{Containers: []kinds.Container{{Name: "web", Image: provision.Text(image)}}}))
	c := callFor("web", kinds.Service{
		Cluster: "production", TaskDefinition: provision.Text(task.ID), Subnets: []provision.Text{"subnet-1"}, Count: 2,
	})
	return w.Created(ctx, t, c), c
}

func TestAFailedDeploymentSaysWhyItsTasksStoppedAtOnce(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		const reason = "CannotPullContainerError: pull image manifest has been retried 1 time(s): shop:gone not found"
		w.service.BreakImage("shop:gone", reason)
		s, _ := w.web(ctx, t, "shop:gone")
		start := time.Now()
		_, err := w.Await(ctx, s)
		var failed *ecsdriver.DeploymentError
		require.ErrorAs(t, err, &failed)
		require.Equal(t, []string{reason}, failed.Stopped)
		require.Equal(t, "web", failed.Node)
		require.ErrorContains(t, err, "circuit breaker")
		require.ErrorContains(t, err, s.ID)
		require.Less(t, time.Since(start), 3*40*time.Second+15*time.Second, "three tasks fail, then ECS has had enough")
		w.Gone(ctx, t, s)
	})
}

func TestAFailedDeploymentIsReportedEvenIfItsTasksCannotBeRead(t *testing.T) {
	for _, op := range []string{"ListTasks", "DescribeTasks"} {
		t.Run(op, func(t *testing.T) {
			in(t, func(ctx context.Context, t *testing.T, w world) {
				w.service.BreakImage("shop:gone", "no")
				s, _ := w.web(ctx, t, "shop:gone")
				w.Cloud.Inject(sim.Fault{Match: sim.On("ECS", op), Kind: sim.Fail, Err: sim.Error("AccessDeniedException", "not you", 400)})
				_, err := w.Await(ctx, s)
				var failed *ecsdriver.DeploymentError
				require.ErrorAs(t, err, &failed)
				require.ErrorContains(t, err, "AccessDenied")
			})
		})
	}
}

// Tasks that never come up are none that the circuit breaker could count.
func TestAServiceThatNeverIsSteadyIsGivenUp(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		s, _ := w.web(ctx, t, "shop:1")
		start := time.Now()
		_, err := w.Await(ctx, s)
		require.ErrorContains(t, err, "0 of 2 tasks run: it is not steady after 1h0m0s; ECS says:")
		require.ErrorContains(t, err, s.ID)
		require.Equal(t, time.Hour, time.Since(start).Round(time.Minute))
	}, func(o *ecstest.Options) { o.Start = 100 * time.Hour })
}

func TestEveryLostReplyLeavesOneRevision(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		w.Cloud.Inject(sim.Fault{Match: sim.On("ECS", "RegisterTaskDefinition"), Times: 3, Kind: sim.LostReply})
		s := w.Created(ctx, t, callFor("web", smallTask))
		time.Sleep(time.Second) // until listings show it
		again := w.Created(ctx, t, callFor("web", smallTask))
		require.Len(t, w.service.Revisions(), 4, "the SDK has tried four times")
		require.Equal(t, 1, count(w.service, kinds.TaskDefinitionKind))
		require.Equal(t, s.ID, again.ID)
		require.Equal(t, "1", s.Outputs["Revision"].String())
		w.Gone(ctx, t, s)
		for _, r := range w.service.Revisions() {
			require.Equal(t, "DELETE_IN_PROGRESS", r.Status, r.ARN)
		}
	})
}

func TestCreateAfterACrashAtEveryCall(t *testing.T) {
	for k := 1; k <= 8; k++ {
		for _, when := range []sim.When{sim.Before, sim.After} {
			in(t, func(ctx context.Context, t *testing.T, w world) {
				doomed := w.Cloud.Process("doomed")
				// The first reply is lost, so the SDK registers again, and there are two revisions for a while.
				w.Cloud.Inject(sim.Fault{Match: sim.On("ECS", "RegisterTaskDefinition"), Times: 1, Kind: sim.LostReply})
				doomed.CrashAt(k, when)
				_, _ = ecsdriver.New(clientOf(doomed.Config())).Create(ctx, callFor("web", smallTask))
				time.Sleep(time.Second) // until listings show it
				s := w.Made(ctx, t, callFor("web", smallTask))
				require.Equal(t, "1", s.Outputs["Revision"].String(), "crash %v call %d", when, k)
				w.Gone(ctx, t, s)
				require.Zero(t, count(w.service, kinds.TaskDefinitionKind))
			})
		}
	}
}

func TestDeleteLeavesAStrangersRevisionOfOurFamily(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		s := w.Created(ctx, t, callFor("web", smallTask))
		_, check, err := stranger(ctx, w.client, kinds.TaskDefinitionKind, "", "", "", s.Name)
		require.NoError(t, err)
		w.Gone(ctx, t, s)
		require.NoError(t, check())
		require.Equal(t, 1, count(w.service, kinds.TaskDefinitionKind))
		_, err = w.Create(ctx, callFor("web", smallTask))
		require.ErrorIs(t, err, provision.ErrForeign)
	})
}

// A deployer has died as it made a service. Whoever deletes that at once must not take it for gone because ECS does not show it yet.
func TestDeleteWaitsForWhatIsNew(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		task := w.Made(ctx, t, callFor("task", smallTask))
		c := callFor("web", kinds.Service{Cluster: "production", TaskDefinition: provision.Text(task.ID), Subnets: []provision.Text{"subnet-1"}})
		doomed := w.Cloud.Process("doomed")
		doomed.CrashAt(2, sim.After) // it looks, and it creates
		_, err := ecsdriver.New(clientOf(doomed.Config())).Create(ctx, c)
		require.Error(t, err)
		require.Len(t, w.service.Services(), 1)
		s := provision.State{Node: c.Node, Kind: kinds.ServiceKind, ID: w.service.Services()[0].ARN, Owner: c.Owner}
		require.ErrorIs(t, w.Delete(ctx, s), provision.ErrDeleting)
		w.Gone(ctx, t, s)
		require.Equal(t, "INACTIVE", w.service.Services()[0].Status)
	})
}

func TestADrainingServiceIsNeitherAdoptedNorAwaited(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		s, c := w.web(ctx, t, "shop:1")
		require.ErrorIs(t, w.Delete(ctx, s), provision.ErrDeleting)
		_, err := w.Create(ctx, c)
		require.ErrorIs(t, err, provision.ErrDeleting)
		_, err = w.Await(ctx, s)
		require.ErrorIs(t, err, provision.ErrDeleting)
		require.ErrorIs(t, w.Delete(ctx, s), provision.ErrDeleting)
		w.Gone(ctx, t, s)
		_, err = w.Await(ctx, s)
		require.ErrorIs(t, err, provision.ErrGone)
	})
}

func TestAServiceThatRunsSomethingElseIsNotAdopted(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		s, c := w.web(ctx, t, "shop:1")
		other := w.Created(ctx, t, callFor("other", smallTask))
		_, err := w.client.UpdateService(ctx, &ecs.UpdateServiceInput{Cluster: aws.String("production"), Service: &s.Name, TaskDefinition: &other.ID})
		require.NoError(t, err)
		_, err = w.Create(ctx, c)
		require.ErrorContains(t, err, other.ID)
		require.ErrorContains(t, err, "by hand")
	})
}

func TestAScaledServiceIsAdopted(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		s, c := w.web(ctx, t, "shop:1")
		_, err := w.client.UpdateService(ctx, &ecs.UpdateServiceInput{Cluster: aws.String("production"), Service: &s.Name, DesiredCount: aws.Int32(5)})
		require.NoError(t, err)
		w.Made(ctx, t, c)
		require.Equal(t, 5, w.service.Services()[0].Desired)
	})
}

func TestErrorsOfECSComeThrough(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		task := w.Created(ctx, t, callFor("task", smallTask))
		bad := kinds.Service{
			Cluster: "production", TaskDefinition: provision.Text(task.ID), Subnets: []provision.Text{"subnet-1"},
			Targets: []kinds.ServiceTarget{{Group: targetGroup, Container: "web", Port: 1}},
		}
		_, err := w.Create(ctx, callFor("web", bad))
		var refused *types.InvalidParameterException
		require.ErrorAs(t, err, &refused)
		require.ErrorContains(t, err, "container port 1")
		bad.Cluster = "nowhere"
		_, err = w.Create(ctx, callFor("web", bad))
		var missing *types.ClusterNotFoundException
		require.ErrorAs(t, err, &missing)
		require.ErrorContains(t, err, "nowhere")
		_, err = w.Create(ctx, callFor("web", nil))
		require.ErrorContains(t, err, `node "web"`)
	})
}

func TestFindFailsRatherThanMissSomething(t *testing.T) {
	for _, op := range []string{"ListClusters", "ListServices", "DescribeServices", "ListTaskDefinitionFamilies", "ListTaskDefinitions", "DescribeTaskDefinition"} {
		t.Run(op, func(t *testing.T) {
			in(t, func(ctx context.Context, t *testing.T, w world) {
				s, _ := w.web(ctx, t, "shop:1")
				time.Sleep(time.Second) // until listings show it
				w.Cloud.Inject(sim.Fault{Match: sim.On("ECS", op), Kind: sim.Fail, Err: sim.Error("AccessDeniedException", "no", 400)})
				_, err := w.Found(ctx, s.Owner)
				var api smithy.APIError
				require.ErrorAs(t, err, &api)
				require.Equal(t, "AccessDeniedException", api.ErrorCode())
			})
		})
	}
}

func TestFindDescribesServicesInTensAndNoStrangers(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		_, c := w.web(ctx, t, "shop:1")
		for i := range 11 {
			c.Node = "web-" + string(rune('a'+i))
			w.Created(ctx, t, c)
		}
		_, _, err := stranger(ctx, w.client, kinds.ServiceKind, "production", "subnet-1", "sg-1", "shop-of-a-stranger")
		require.NoError(t, err)
		w.Cloud.ForgetCalls()
		found, err := w.Found(ctx, c.Owner)
		require.NoError(t, err)
		services := slices.DeleteFunc(found, func(s provision.State) bool { return s.Kind != kinds.ServiceKind })
		require.Len(t, services, 12)
		described := 0
		for _, in := range w.Sent("DescribeServices") {
			described += len(in.(*ecs.DescribeServicesInput).Services)
		}
		require.Equal(t, 12, described, "a name that we never give needs no look")
	})
}

// A secret is referred to, so nothing that leaves the process can hold it; and the request is always the same.
func TestTheRequestHoldsReferencesAndIsAlwaysTheSame(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		w.Cloud.Inject(sim.Fault{Match: sim.On("ECS", "RegisterTaskDefinition"), Times: 1, Kind: sim.Reset})
		w.Created(ctx, t, callFor("web", fullTask))
		inputs := w.Sent("RegisterTaskDefinition")
		require.Len(t, inputs, 2)
		require.Equal(t, inputs[0], inputs[1])
		containers := inputs[0].(*ecs.RegisterTaskDefinitionInput).ContainerDefinitions
		web := containers[0]
		require.Equal(t, []types.Secret{{Name: aws.String("PASSWORD"), ValueFrom: aws.String("arn:aws:secretsmanager:us-east-1:123456789012:secret:db-AbCdEf:password::")}}, web.Secrets)
		require.Equal(t, []types.KeyValuePair{{Name: aws.String("DEBUG"), Value: aws.String("")}, {Name: aws.String("QUEUE"), Value: aws.String("https://sqs")}}, web.Environment)
		require.Equal(t, map[string]string{"awslogs-group": "/shop/web", "awslogs-region": "eu-central-1", "awslogs-stream-prefix": "ecs"}, web.LogConfiguration.Options)
		require.False(t, *containers[1].Essential)
	})
}

func TestTheCircuitBreakerNeverRollsBack(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		w.web(ctx, t, "shop:1")
		inputs := w.Sent("CreateService")
		require.Len(t, inputs, 1)
		in := inputs[0].(*ecs.CreateServiceInput)
		require.True(t, in.DeploymentConfiguration.DeploymentCircuitBreaker.Enable)
		require.False(t, in.DeploymentConfiguration.DeploymentCircuitBreaker.Rollback)
		require.LessOrEqual(t, len(*in.ClientToken), 36)
	})
}
