package elbdriver_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/internal/drivertest"
	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/elbdriver"
	"github.com/peppercorn-go/peppercorn/provision/elbdriver/elbtest"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

const serviceID = "Elastic Load Balancing v2"

// world is a driver on a simulated ELB.
type world struct {
	*elbdriver.Driver
	drivertest.Lab
	service *elbtest.ELB
	client  *elbv2.Client
}

// in runs a test in a bubble of virtual time.
func in(t *testing.T, test func(ctx context.Context, t *testing.T, w world), optFns ...func(*elbtest.Options)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cloud := sim.New(func(o *sim.Options) { o.PageSize = 2 })
		service := elbtest.Register(cloud, optFns...)
		client := elbv2.NewFromConfig(cloud.Config(), patient)
		driver := elbdriver.New(client)
		test(t.Context(), t, world{driver, drivertest.NewLab(cloud, driver), service, client})
	})
}

var (
	application = kinds.LoadBalancer{Subnets: anyNetwork.subnets}
	servers     = kinds.TargetGroup{Port: 8080, VPC: elbtest.AnyVPC}
)

// call is a call for a node of an attempt.
func call(attempt, node string, spec provision.Spec) provision.Call {
	return provision.Call{Owner: drivertest.Owner(attempt), Node: node, Spec: spec}
}

// stack makes a balancer, a target group and a listener, and returns their states.
func (w world) stack(ctx context.Context, t *testing.T, attempt string) (lb, group, listener provision.State) {
	t.Helper()
	lb = w.Created(ctx, t, call(attempt, "lb", application))
	group = w.Created(ctx, t, call(attempt, "servers", servers))
	listener = w.Created(ctx, t, call(attempt, "https", kinds.Listener{
		LoadBalancer: provision.Text(lb.ID), TargetGroup: provision.Text(group.ID), Certificate: certificate,
	}))
	return lb, group, listener
}

// ids are those of what o owns.
func (w world) ids(ctx context.Context, t *testing.T, o provision.Owner) (ids []string) {
	t.Helper()
	states, err := w.Found(ctx, o)
	require.NoError(t, err)
	for _, s := range states {
		ids = append(ids, s.ID)
	}
	return ids
}

func TestABalancerIsMadeAsTheSpecSays(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		s := w.Created(ctx, t, call("a1", "lb", kinds.LoadBalancer{
			Subnets: anyNetwork.subnets, SecurityGroups: []provision.Text{"sg-2", "sg-1"}, Internal: true, IdleTimeout: 2 * time.Minute,
		}))
		b := w.service.Balancers()[0]
		require.Equal(t, "provisioning", b.State, "Create does not wait")
		require.LessOrEqual(t, len(b.Name), 32)
		require.True(t, b.Internal)
		require.Equal(t, []string{"sg-1", "sg-2"}, b.Groups)
		require.Equal(t, "120", b.Attributes["idle_timeout.timeout_seconds"])
		require.Equal(t, "true", b.Attributes["routing.http.drop_invalid_header_fields.enabled"], "by default")
		require.Equal(t, b.DNSName, s.Outputs["DNSName"].String())
		require.Equal(t, "Z35SXDOTRQ7X7K", s.Outputs["ZoneID"].String())
		require.Regexp(t, `^app/shop-lb-[a-z0-9]{13}/[0-9a-f]{16}$`, s.Outputs["FullName"].String())

		start := time.Now()
		ready, err := w.Await(ctx, s)
		require.NoError(t, err)
		require.Equal(t, s, ready)
		require.InDelta(t, 150, time.Since(start).Seconds(), 16, "it is active after 150 s, and asked for every 15 s")
	})
}

func TestAListenerIsMadeAsTheSpecSays(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		lb, group, _ := w.stack(ctx, t, "a1")
		w.Created(ctx, t, call("a1", "http", kinds.Listener{LoadBalancer: provision.Text(lb.ID), RedirectToHTTPS: true}))
		listeners := w.service.Listeners()
		require.Equal(t, "provisioning", w.service.Balancers()[0].State, "a listener does not wait for the balancer")
		require.Equal(t, 443, listeners[0].Port)
		require.Equal(t, kinds.DefaultTLSPolicy, listeners[0].Policy)
		require.Equal(t, group.ID, listeners[0].TargetGroup)
		require.Equal(t, "HTTP 80", fmt.Sprint(listeners[1].Protocol, " ", listeners[1].Port))
	})
}

// What a call has described a moment ago may be unknown to the next.
func TestAListenerWaitsForWhatItRefersTo(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		w.Cloud.Inject(sim.Fault{Match: sim.On(serviceID, "CreateListener"), Times: 2, Kind: sim.Fail, Err: &types.TargetGroupNotFoundException{}})
		w.stack(ctx, t, "a1")
		require.Len(t, w.service.Listeners(), 1)

		lb := w.service.Balancers()[0].ARN
		start := time.Now()
		_, err := w.Create(ctx, call("a1", "http", kinds.Listener{
			LoadBalancer: provision.Text(lb), TargetGroup: "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/none/0",
		}))
		var unknown *types.TargetGroupNotFoundException
		require.ErrorAs(t, err, &unknown)
		require.InDelta(t, 60, time.Since(start).Seconds(), 5, "but not for ever")
	})
}

func TestCreateIsAPureFunctionOfTheCall(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		for range 2 {
			w.Gone(ctx, t, w.Created(ctx, t, call("a1", "lb", application)))
		}
		inputs := w.Sent("CreateLoadBalancer")
		require.Len(t, inputs, 2)
		require.Equal(t, inputs[0], inputs[1])
	})
}

// Whatever call the process dies at, and on whichever side of its effect: the next one finishes the work, and there is one
// of each kind, complete.
func TestACrashAtAnyCallIsFinishedByTheNextProcess(t *testing.T) {
	t.Parallel()
	full := servers
	full.DeregistrationDelay, full.Stickiness = 30*time.Second, time.Hour
	make := func(ctx context.Context, d *elbdriver.Driver) error {
		lb, err := d.Create(ctx, call("a1", "lb", kinds.LoadBalancer{Subnets: anyNetwork.subnets, IdleTimeout: 2 * time.Minute}))
		if err != nil {
			return err
		}
		group, err := d.Create(ctx, call("a1", "servers", full))
		if err != nil {
			return err
		}
		_, err = d.Create(ctx, call("a1", "http", kinds.Listener{LoadBalancer: provision.Text(lb.ID), TargetGroup: provision.Text(group.ID)}))
		return err
	}
	for _, when := range []sim.When{sim.Before, sim.After} {
		for k := 1; ; k++ {
			crashed := false
			t.Run(fmt.Sprintf("%s call %d", when, k), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					cloud := sim.New()
					service := elbtest.Register(cloud)
					first := cloud.Process("first")
					first.CrashAt(k, when)
					err := make(t.Context(), elbdriver.New(elbv2.NewFromConfig(first.Config())))
					crashed = first.Crashed()
					if crashed {
						require.ErrorIs(t, err, sim.ErrCrashed)
					}
					require.NoError(t, make(t.Context(), elbdriver.New(elbv2.NewFromConfig(cloud.Process("second").Config()))))
					require.Len(t, service.Balancers(), 1)
					require.Len(t, service.TargetGroups(), 1)
					require.Len(t, service.Listeners(), 1)
					require.Equal(t, "120", service.Balancers()[0].Attributes["idle_timeout.timeout_seconds"])
					require.Equal(t, "true", service.Balancers()[0].Attributes["routing.http.drop_invalid_header_fields.enabled"])
					require.Equal(t, "30", service.TargetGroups()[0].Attributes["deregistration_delay.timeout_seconds"])
					require.Equal(t, "3600", service.TargetGroups()[0].Attributes["stickiness.lb_cookie.duration_seconds"])
				})
			})
			if !crashed {
				require.Greater(t, k, 10, "the matrix has as many rows as there are calls")
				break
			}
		}
	}
}

func TestALostReplyMakesOne(t *testing.T) {
	for _, op := range []string{"CreateLoadBalancer", "CreateTargetGroup", "CreateListener", "ModifyLoadBalancerAttributes"} {
		t.Run(op, func(t *testing.T) {
			in(t, func(ctx context.Context, t *testing.T, w world) {
				w.Cloud.Inject(sim.Fault{Match: sim.On(serviceID, op), Times: 1, Kind: sim.LostReply})
				lb, group, listener := w.stack(ctx, t, "a1")
				require.Equal(t, 2, w.Times(op))
				require.Len(t, w.service.Balancers(), 1)
				require.Len(t, w.service.TargetGroups(), 1)
				require.Len(t, w.service.Listeners(), 1)
				again, groupAgain, listenerAgain := w.stack(ctx, t, "a1")
				require.Equal(t, []provision.State{lb, group, listener}, []provision.State{again, groupAgain, listenerAgain})
				require.Equal(t, 2, w.Times(op), "what is there and complete is not written to")
			})
		})
	}
}

func TestErrorsNameTheThingAndUnwrap(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		denied := sim.Error("AccessDenied", "not for you", 403)
		lb, group, listener := w.stack(ctx, t, "a1")
		for _, tt := range []struct {
			op   string
			name string
			call func() error
		}{
			{"DescribeLoadBalancers", lb.Name, func() error { _, err := w.Create(ctx, call("a1", "lb", application)); return err }},
			{"CreateLoadBalancer", "shop-other", func() error { _, err := w.Create(ctx, call("a1", "other", application)); return err }},
			{"DescribeLoadBalancerAttributes", lb.ID, func() error { _, err := w.Create(ctx, call("a1", "lb", application)); return err }},
			{"DescribeTags", lb.ID, func() error { _, err := w.Create(ctx, call("a1", "lb", application)); return err }},
			{"DescribeLoadBalancers", lb.ID, func() error { _, err := w.Await(ctx, lb); return err }},
			{"DescribeListeners", listener.ID, func() error { return w.Delete(ctx, listener) }},
			{"DeleteListener", listener.ID, func() error { return w.Delete(ctx, listener) }},
			{"DescribeTargetGroups", group.ID, func() error { return w.Delete(ctx, group) }},
			{"DeleteTargetGroup", group.ID, func() error { return w.Delete(ctx, group) }},
			{"DeleteLoadBalancer", lb.ID, func() error { return w.Delete(ctx, lb) }},
		} {
			remove := w.Cloud.Inject(sim.Fault{Match: sim.On(serviceID, tt.op), Kind: sim.Fail, Err: denied})
			err := tt.call()
			remove()
			var api smithy.APIError
			require.ErrorAs(t, err, &api, tt.op)
			require.Equal(t, "AccessDenied", api.ErrorCode(), tt.op)
			require.ErrorContains(t, err, tt.name, tt.op)
		}
	})
}

func TestOtherSpecsAndKindsAreRefused(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		c := call("a1", "lb", &kinds.LoadBalancer{})
		require.ErrorContains(t, w.Validate(c), "*kinds.LoadBalancer")
		_, err := w.Create(ctx, c)
		require.ErrorContains(t, err, `node "lb"`)
		_, err = w.Await(ctx, provision.State{Node: "q", Kind: kinds.QueueKind})
		require.ErrorContains(t, err, "sqs/queue")
		require.ErrorContains(t, w.Delete(ctx, provision.State{Node: "q", Kind: kinds.QueueKind}), "sqs/queue")
		require.Empty(t, w.Cloud.Calls())
		require.NoError(t, w.Validate(call("a1", "lb", application)))
	})
}
