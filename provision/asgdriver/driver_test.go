package asgdriver_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/internal/drivertest"
	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/asgdriver"
	"github.com/peppercorn-go/peppercorn/provision/asgdriver/asgtest"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// world is a driver on a simulated Auto Scaling.
type world struct {
	*asgdriver.Driver
	drivertest.Lab
	service *asgtest.ASG
	client  *autoscaling.Client
}

// in runs a test in a bubble of virtual time.
func in(t *testing.T, test func(ctx context.Context, t *testing.T, w world), optFns ...func(*asgtest.Options)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		cloud := sim.New(func(o *sim.Options) { o.PageSize = 2 })
		service := asgtest.Register(cloud, optFns...)
		client := autoscaling.NewFromConfig(cloud.Config())
		driver := asgdriver.New(client, func(o *asgdriver.Options) { o.TargetHealth = service.TargetHealth })
		test(t.Context(), t, world{driver, drivertest.NewLab(cloud, driver), service, client})
	})
}

func web(g kinds.Group) provision.Call {
	return provision.Call{Owner: drivertest.Owner("a1"), Node: "web", Spec: g}
}

// two is a group of two instances.
func two() kinds.Group {
	return kinds.Group{Template: asgtest.Template, Subnets: []provision.Text{"subnet-1a", "subnet-1b"}, Desired: 2}
}

// balanced is a group of two behind a load balancer.
func balanced() kinds.Group {
	g := two()
	g.TargetGroups = []provision.Text{targetGroup}
	return g
}

// instances are the ids of those that are part of the only group.
func (w world) instances() (ids []string) {
	for _, i := range w.service.Groups()[0].Instances {
		if i.LifecycleState != types.LifecycleStateTerminating {
			ids = append(ids, *i.InstanceId)
		}
	}
	return ids
}

func TestTheRequestIsWhatTheBlueprintSays(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		c := web(kinds.Group{
			Template: asgtest.Template, Version: "1", Subnets: []provision.Text{"subnet-1a", "subnet-1b"}, Min: 1, Desired: 2, Max: 3,
			TargetGroups: []provision.Text{targetGroup}, HealthCheckGrace: 90 * time.Second,
		})
		c.Keep = true
		s := w.Created(ctx, t, c)
		sent := w.Cloud.Calls()[0].Input.(*autoscaling.CreateAutoScalingGroupInput)
		tags := map[string]string{}
		for _, tag := range sent.Tags {
			require.True(t, *tag.PropagateAtLaunch, *tag.Key)
			tags[*tag.Key] = *tag.Value
		}
		want := c.Tags()
		want["Name"] = c.Name(255, "")
		require.Equal(t, want, tags)
		sent.Tags = nil
		require.Equal(t, &autoscaling.CreateAutoScalingGroupInput{
			AutoScalingGroupName: aws.String(c.Name(255, "")), MinSize: aws.Int32(1), DesiredCapacity: aws.Int32(2), MaxSize: aws.Int32(3),
			LaunchTemplate:    &types.LaunchTemplateSpecification{LaunchTemplateId: aws.String(asgtest.Template), Version: aws.String("1")},
			VPCZoneIdentifier: aws.String("subnet-1a,subnet-1b"), TargetGroupARNs: []string{targetGroup},
			HealthCheckType: aws.String("ELB"), HealthCheckGracePeriod: aws.Int32(90),
		}, sent)

		require.Equal(t, c.Owner, s.Owner)
		require.True(t, s.Keep)
		require.Equal(t, s.ID, s.Outputs["Name"].String())
		require.Contains(t, s.Outputs["ARN"].String(), ":autoScalingGroupName/"+s.Name)
	})
}

func TestDefaultsOfTheRequest(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		w.Created(ctx, t, web(kinds.Group{Template: asgtest.Template, Zones: []provision.Text{"us-east-1a"}, Max: 1}))
		sent := w.Cloud.Calls()[0].Input.(*autoscaling.CreateAutoScalingGroupInput)
		require.Nil(t, sent.HealthCheckType)
		require.Nil(t, sent.VPCZoneIdentifier)
		require.Equal(t, []string{"us-east-1a"}, sent.AvailabilityZones)
		require.Equal(t, "1", *sent.LaunchTemplate.Version)
		require.Equal(t, int32(300), *sent.HealthCheckGracePeriod)
		require.Equal(t, int32(0), *sent.DesiredCapacity)
	})
}

func TestAMistakeThatOnlyAWSSees(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		g := two()
		g.Template = "lt-0123456789abcdef0"
		start := time.Now()
		_, err := w.Create(ctx, web(g))
		var api smithy.APIError
		require.ErrorAs(t, err, &api)
		require.Equal(t, "ValidationError", api.ErrorCode())
		require.ErrorContains(t, err, "lt-0123456789abcdef0, does not exist")
		require.ErrorContains(t, err, `node "web"`)
		require.LessOrEqual(t, time.Since(start), time.Minute, "somebody is waiting to be told")
		require.Greater(t, w.Times("CreateAutoScalingGroup"), 3, "it may have been too new")
		require.Empty(t, w.service.Groups())
	})
}

func TestATemplateThatIsTooNewIsWaitedFor(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		w.Cloud.Inject(sim.Fault{
			Match: sim.On("Auto Scaling", "CreateAutoScalingGroup"), Times: 3, Kind: sim.Fail,
			Err: sim.Error("ValidationError", "You must use a valid fully-formed launch template. It does not exist.", 400),
		})
		w.Made(ctx, t, web(two()))
		require.Len(t, w.service.Groups(), 1)
	})
}

func TestALostReplyMakesOneGroup(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		w.Cloud.Inject(sim.Fault{Match: sim.On("Auto Scaling", "CreateAutoScalingGroup"), Times: 1, Kind: sim.LostReply})
		s := w.Made(ctx, t, web(two()))
		require.Equal(t, 2, w.Times("CreateAutoScalingGroup"))
		require.Len(t, w.service.Groups(), 1)
		require.Equal(t, s, w.Made(ctx, t, web(two())))
		require.Len(t, w.instances(), 2)
	})
}

func TestTheNextAttemptsGroupIsForeign(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		ours, next := web(two()), web(two())
		next.Owner.Attempt = "a2"
		name := ours.Name(255, "")
		require.NoError(t, w.service.AddGroup(name, next.Tags()))
		_, err := w.Create(ctx, ours)
		var foreign *provision.ForeignError
		require.ErrorAs(t, err, &foreign)
		require.Equal(t, name, foreign.ID)
		s := provision.State{Kind: kinds.GroupKind, ID: name, Owner: ours.Owner, Node: "web"}
		require.ErrorIs(t, w.Delete(ctx, s), provision.ErrForeign)
		_, err = w.Await(ctx, s)
		require.ErrorIs(t, err, provision.ErrForeign)
		require.Zero(t, w.Times("DeleteAutoScalingGroup"))
	})
}

func TestFindReadsAllPagesAndFailsRatherThanMissAGroup(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		for _, node := range []string{"a", "b", "c", "d", "e"} {
			c := web(kinds.Group{Template: asgtest.Template, Zones: []provision.Text{"us-east-1a"}, Max: 1})
			c.Node = node
			w.Created(ctx, t, c)
		}
		require.NoError(t, w.service.AddGroup("half", map[string]string{provision.TagRegistry: "r3g1"}))
		var nodes []string
		for s, err := range w.Find(ctx, provision.Owner{Registry: "r3g1"}) {
			require.NoError(t, err)
			nodes = append(nodes, s.Node)
		}
		require.Equal(t, []string{"a", "b", "c", "d", "e"}, nodes)
		for _, err := range w.Find(ctx, provision.Owner{}) {
			require.NoError(t, err)
			require.Fail(t, "an owner that names nothing owns nothing")
		}
		w.Cloud.Inject(sim.Fault{
			Match: func(c *sim.Call) bool {
				in, ok := c.Input.(*autoscaling.DescribeAutoScalingGroupsInput)
				return ok && in.NextToken != nil
			},
			Kind: sim.Fail, Err: sim.Error("AccessDenied", "no", 403),
		})
		last := error(nil)
		for _, err := range w.Find(ctx, provision.Owner{Registry: "r3g1"}) {
			last = err
		}
		require.ErrorContains(t, last, "AccessDenied")
	})
}

// TestThrottlingIsSatOut would fail with the SDK's default retryer, which gives up after three attempts.
func TestThrottlingIsSatOut(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		w.Cloud.Inject(sim.Fault{Kind: sim.Throttle, Match: func(c *sim.Call) bool { return c.Attempt <= 6 }})
		w.Made(ctx, t, web(two()))
	})
}

func TestErrorsNameTheGroupAndUnwrap(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		s := w.Made(ctx, t, web(two()))
		w.service.KillInstance(w.instances()[0]) // so that Await has something to look for
		for op, do := range map[string]func() error{
			"CreateAutoScalingGroup":    func() error { _, err := w.Create(ctx, web(two())); return err },
			"DescribeAutoScalingGroups": func() error { return w.Delete(ctx, s) },
			"DeleteAutoScalingGroup":    func() error { return w.Delete(ctx, s) },
			"DescribeScalingActivities": func() error { _, err := w.Await(ctx, s); return err },
		} {
			remove := w.Cloud.Inject(sim.Fault{Match: sim.On("Auto Scaling", op), Kind: sim.Fail, Err: sim.Error("AccessDenied", "not for you", 403)})
			err := do()
			remove()
			var api smithy.APIError
			require.ErrorAs(t, err, &api, op)
			require.Equal(t, "AccessDenied", api.ErrorCode(), op)
			require.ErrorContains(t, err, s.Name, op)
		}
		_, err := asgdriver.New(w.client, func(o *asgdriver.Options) {
			o.TargetHealth = func(context.Context, string) (map[string]string, error) {
				return nil, errors.New("no such target group")
			}
		}).Await(ctx, w.Created(ctx, t, provision.Call{Owner: web(two()).Owner, Node: "other", Spec: balanced()}))
		require.ErrorContains(t, err, "no such target group")
	})
}

func TestOtherKindsAreRefused(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		c := web(two())
		c.Spec = kinds.Queue{}
		_, err := w.Create(ctx, c)
		require.ErrorIs(t, err, provision.ErrNoDriver)
		_, err = w.Await(ctx, provision.State{Kind: kinds.QueueKind})
		require.ErrorIs(t, err, provision.ErrNoDriver)
		require.ErrorIs(t, w.Delete(ctx, provision.State{Kind: kinds.QueueKind}), provision.ErrNoDriver)
		require.Empty(t, w.Cloud.Calls())
	})
}
