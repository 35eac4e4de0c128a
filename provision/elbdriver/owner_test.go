package elbdriver_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/internal/drivertest"
	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/internal/taglist"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/elbdriver"
	"github.com/peppercorn-go/peppercorn/provision/elbdriver/elbtest"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

func tagsOf(tags map[string]string) []types.Tag {
	return taglist.Of(tags, func(key, value *string) types.Tag { return types.Tag{Key: key, Value: value} })
}

// ELB hands out a stranger's balancer without an error.
func TestAStrangersThingIsNeverAdopted(t *testing.T) {
	other := call("a2", "lb", application)
	for name, stranger := range map[string]struct {
		subnets []string
		tags    map[string]string
	}{
		"the very settings":        {[]string{"subnet-1a", "subnet-1b"}, map[string]string{"team": "other"}},
		"without tags":             {[]string{"subnet-1a", "subnet-1b"}, nil},
		"other settings":           {[]string{"subnet-1a", "subnet-1c"}, map[string]string{"team": "other"}},
		"of another attempt":       {[]string{"subnet-1a", "subnet-1b"}, other.Tags()},
		"with the registry's only": {[]string{"subnet-1a", "subnet-1b"}, map[string]string{provision.TagRegistry: "r3g1"}},
	} {
		for _, compare := range []bool{false, true} { // it is not documented whether tags are settings
			t.Run(fmt.Sprintf("%s, tags compared %v", name, compare), func(t *testing.T) {
				in(t, func(ctx context.Context, t *testing.T, w world) {
					c := call("a1", "lb", application)
					wanted := c.Name(32, "")
					arn, err := w.service.AddBalancer(elbv2.CreateLoadBalancerInput{Name: &wanted, Subnets: stranger.subnets, Tags: tagsOf(stranger.tags)})
					require.NoError(t, err)
					before := w.service.Balancers()

					_, err = w.Create(ctx, c)
					var foreign *provision.ForeignError
					require.ErrorAs(t, err, &foreign)
					require.Equal(t, arn, foreign.ID)
					require.Equal(t, "lb", foreign.Node)
					err = w.Delete(ctx, provision.State{ID: arn, Owner: c.Owner, Node: "lb", Kind: kinds.LoadBalancerKind})
					require.ErrorIs(t, err, provision.ErrForeign)
					require.Equal(t, before, w.service.Balancers())
					for _, op := range []string{"CreateLoadBalancer", "ModifyLoadBalancerAttributes", "DeleteLoadBalancer", "AddTags"} {
						require.Zero(t, w.Times(op), op)
					}
				}, func(o *elbtest.Options) { o.CompareTags = compare })
			})
		}
	}
}

// The look finds nothing, and a moment later a stranger is there: the answer to our own create is not ours.
func TestAStrangerWhoIsFasterIsNotAdopted(t *testing.T) {
	for _, subnet := range []string{"subnet-1b", "subnet-1c"} { // with our settings, with others
		t.Run(subnet, func(t *testing.T) {
			in(t, func(ctx context.Context, t *testing.T, w world) {
				c := call("a1", "lb", application)
				name := c.Name(32, "")
				var arn string
				w.Cloud.Inject(sim.Fault{Times: 1, Kind: sim.Delay, Match: func(called *sim.Call) bool {
					if called.Op != "CreateLoadBalancer" {
						return false
					}
					var err error
					arn, err = w.service.AddBalancer(elbv2.CreateLoadBalancerInput{
						Name: &name, Subnets: []string{"subnet-1a", subnet}, Tags: tagsOf(map[string]string{"team": "other"}),
					})
					require.NoError(t, err)
					return true
				}})
				_, err := w.Create(ctx, c)
				var foreign *provision.ForeignError
				require.ErrorAs(t, err, &foreign)
				require.Equal(t, arn, foreign.ID)
				require.Len(t, w.service.Balancers(), 1)
				require.Equal(t, map[string]string{"team": "other"}, w.service.Balancers()[0].Tags)
				require.Zero(t, w.Times("ModifyLoadBalancerAttributes"), "its attributes are not ours to set")
			})
		})
	}
}

func TestAListenerIsMadeOnOurOwnBalancerOnly(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		next := w.Created(ctx, t, call("a2", "lb", application))
		stranger, err := w.service.AddBalancer(elbv2.CreateLoadBalancerInput{Name: aws.String("theirs"), Subnets: []string{"subnet-1a", "subnet-1b"}})
		require.NoError(t, err)
		for _, arn := range []string{next.ID, stranger} {
			_, err := w.Create(ctx, call("a1", "http", kinds.Listener{LoadBalancer: provision.Text(arn), RedirectToHTTPS: true}))
			var foreign *provision.ForeignError
			require.ErrorAs(t, err, &foreign)
			require.Equal(t, arn, foreign.ID)
			require.Equal(t, kinds.LoadBalancerKind, foreign.Kind)
		}
		require.Empty(t, w.service.Listeners())
	})
}

func TestTwoNodesCannotShareAPort(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		lb := w.Created(ctx, t, call("a1", "lb", application))
		spec := kinds.Listener{LoadBalancer: provision.Text(lb.ID), RedirectToHTTPS: true}
		first := w.Created(ctx, t, call("a1", "one", spec))
		_, err := w.Create(ctx, call("a1", "two", spec))
		var foreign *provision.ForeignError
		require.ErrorAs(t, err, &foreign)
		require.Equal(t, first.ID, foreign.ID)
		require.ErrorContains(t, err, `it belongs to node "one"`)
	})
}

func TestWhatWasChangedByHandIsNotSwallowed(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		lb, _, _ := w.stack(ctx, t, "a1")
		_, err := w.client.ModifyLoadBalancerAttributes(ctx, &elbv2.ModifyLoadBalancerAttributesInput{
			LoadBalancerArn: &lb.ID,
			Attributes:      []types.LoadBalancerAttribute{{Key: aws.String("idle_timeout.timeout_seconds"), Value: aws.String("300")}},
		})
		require.NoError(t, err)
		_, err = w.Create(ctx, call("a1", "lb", application))
		require.ErrorContains(t, err, "idle_timeout.timeout_seconds is 300, not 60")
		require.ErrorContains(t, err, lb.ID)
		require.NotErrorIs(t, err, provision.ErrForeign)
		require.Equal(t, "300", w.service.Balancers()[0].Attributes["idle_timeout.timeout_seconds"], "and it is left as it is")

		// What exists cannot be changed by hand in the simulation, so the spec is another one instead.
		for _, tt := range []struct {
			c    provision.Call
			want string
		}{
			{call("a1", "lb", kinds.LoadBalancer{Subnets: []provision.Text{"subnet-1a", "subnet-1c"}, IdleTimeout: 5 * time.Minute}),
				"subnets is [subnet-1a subnet-1b], not [subnet-1a subnet-1c]"},
			{call("a1", "servers", kinds.TargetGroup{Port: 81, VPC: elbtest.AnyVPC}), "port is 8080, not 81"},
			{call("a1", "servers", kinds.TargetGroup{Port: 8080, VPC: elbtest.AnyVPC, HealthCheck: kinds.HealthCheck{Path: "/up", Healthy: 2}}),
				"health check path is /, not /up, healthy threshold is 5, not 2"},
			{call("a1", "https", kinds.Listener{LoadBalancer: provision.Text(lb.ID), Protocol: "HTTP", Port: 443, RedirectToHTTPS: true}),
				"protocol is HTTPS, not HTTP"},
		} {
			_, err := w.Create(ctx, tt.c)
			require.ErrorContains(t, err, tt.want)
		}
	})
}

// Other attributes, and further tags, are nobody's business; deletion protection is one of them.
func TestWhatIsNotOursToSetIsLeftAlone(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		lb := w.Created(ctx, t, call("a1", "lb", application))
		require.NoError(t, w.service.Protect(lb.ID, true))
		_, err := w.client.AddTags(ctx, &elbv2.AddTagsInput{ResourceArns: []string{lb.ID}, Tags: tagsOf(map[string]string{"cost-center": "7"})})
		require.NoError(t, err)
		require.Equal(t, lb, w.Created(ctx, t, call("a1", "lb", application)))
		require.Equal(t, "true", w.service.Balancers()[0].Attributes["deletion_protection.enabled"])
	})
}

func TestTagsThatAppearLateAreWaitedFor(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		start := time.Now()
		lb, _, _ := w.stack(ctx, t, "a1")
		require.Greater(t, time.Since(start), 30*time.Second)
		require.Equal(t, lb.Owner, call("a1", "lb", application).Owner)
	}, func(o *elbtest.Options) { o.Lag, o.TagLag = 5*time.Second, 20*time.Second })
}

func TestFindReadsAllPagesAndOnlyItsOwn(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		owner := call("a1", "", nil).Owner
		var want []string
		for i := range 3 {
			lb := w.Created(ctx, t, call("a1", fmt.Sprintf("lb-%d", i), application))
			want = append(want, lb.ID)
			for port := range 3 {
				l := w.Created(ctx, t, call("a1", fmt.Sprintf("l-%d-%d", i, port), kinds.Listener{
					LoadBalancer: provision.Text(lb.ID), RedirectToHTTPS: true, Port: 8000 + port,
				}))
				want = append(want, l.ID)
			}
		}
		for i := range 25 {
			want = append(want, w.Created(ctx, t, call("a1", fmt.Sprintf("group-%d", i), servers)).ID)
		}
		next, group, listener := w.stack(ctx, t, "a2")
		_, err := w.service.AddBalancer(elbv2.CreateLoadBalancerInput{Name: aws.String("shop-legacy"), Subnets: []string{"subnet-1a", "subnet-1b"}})
		require.NoError(t, err)
		_, err = w.service.AddTargetGroup(elbv2.CreateTargetGroupInput{Name: aws.String("warehouse"), Port: aws.Int32(80), Protocol: "HTTP", VpcId: aws.String(elbtest.AnyVPC)})
		require.NoError(t, err)

		require.ElementsMatch(t, want, w.ids(ctx, t, owner))
		require.ElementsMatch(t, append(want, next.ID, group.ID, listener.ID), w.ids(ctx, t, provision.Owner{Registry: "r3g1"}))
		require.Empty(t, w.ids(ctx, t, provision.Owner{App: "shop"}), "an owner without a registry owns nothing")
	})
}

// DescribeTags refuses the whole batch when one of it has gone.
func TestFindPassesOverWhatIsGoneMeanwhile(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		owner := call("a1", "", nil).Owner
		dying := w.Created(ctx, t, call("a1", "dying", servers))
		kept := w.Created(ctx, t, call("a1", "kept", servers))
		w.Cloud.Inject(sim.Fault{Times: 1, Kind: sim.Delay, Match: func(c *sim.Call) bool {
			if c.Op != "DescribeTags" {
				return false
			}
			_, err := w.client.DeleteTargetGroup(ctx, &elbv2.DeleteTargetGroupInput{TargetGroupArn: &dying.ID})
			return err == nil
		}})
		require.Equal(t, []string{kept.ID}, w.ids(ctx, t, owner))
	})
}

func TestFindPassesOverABalancerThatGoesMeanwhile(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		lb, group, _ := w.stack(ctx, t, "a1")
		// The list is read while the balancer is there still, its listeners when it is not any more.
		w.Cloud.Inject(sim.Fault{Match: sim.On(serviceID, "DescribeListeners"), Times: 1, Kind: sim.Delay, Delay: time.Minute})
		_, err := w.client.DeleteLoadBalancer(ctx, &elbv2.DeleteLoadBalancerInput{LoadBalancerArn: &lb.ID})
		require.NoError(t, err)
		require.Equal(t, []string{lb.ID, group.ID}, w.ids(ctx, t, lb.Owner))
	})
}

// DescribeTags takes 20 ARNs, and a page has up to 400 things.
func TestFindReadsTagsInBatches(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cloud := sim.New()
		service := elbtest.Register(cloud)
		for i := range 45 {
			c := call("a1", fmt.Sprintf("group-%d", i), servers)
			_, err := service.AddTargetGroup(elbv2.CreateTargetGroupInput{
				Name: aws.String(c.Name(32, "")), Port: aws.Int32(8080), Protocol: "HTTP", VpcId: aws.String(elbtest.AnyVPC), Tags: tagsOf(c.Tags()),
			})
			require.NoError(t, err)
		}
		w := drivertest.NewLab(cloud, elbdriver.New(elbv2.NewFromConfig(cloud.Config())))
		states, err := w.Found(t.Context(), drivertest.Owner("a1"))
		require.NoError(t, err)
		require.Len(t, states, 45)
		require.Equal(t, 3, w.Times("DescribeTags"))
		require.Equal(t, 1, w.Times("DescribeTargetGroups"))
	})
}

func TestFindFailsRatherThanMissSomething(t *testing.T) {
	for _, op := range []string{"DescribeLoadBalancers", "DescribeListeners", "DescribeTargetGroups", "DescribeTags"} {
		t.Run(op, func(t *testing.T) {
			in(t, func(ctx context.Context, t *testing.T, w world) {
				w.stack(ctx, t, "a1")
				w.Cloud.Inject(sim.Fault{Match: sim.On(serviceID, op), Kind: sim.Fail, Err: sim.Error("AccessDenied", "no", 403)})
				_, err := w.Found(ctx, drivertest.Owner("a1"))
				require.ErrorContains(t, err, "AccessDenied")
			})
		})
	}
}
