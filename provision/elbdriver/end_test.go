package elbdriver_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/elbdriver"
	"github.com/peppercorn-go/peppercorn/provision/elbdriver/elbtest"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// waits reports whether a deletion is to be repeated.
func waits(err error) bool {
	return errors.Is(err, provision.ErrDeleting) || errors.Is(err, provision.ErrBusy)
}

func TestABalancerThatFailsIsAnErrorAtOnce(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		s := w.Created(ctx, t, call("a1", "lb", application))
		require.NoError(t, w.service.Fail(s.ID, "insufficient free addresses in subnet-1a"))
		start := time.Now()
		_, err := w.Await(ctx, s)
		var failed *elbdriver.FailedError
		require.ErrorAs(t, err, &failed)
		require.Equal(t, elbdriver.FailedError{ARN: s.ID, Reason: "insufficient free addresses in subnet-1a"}, *failed)
		require.NotErrorIs(t, err, provision.ErrGone)
		require.Zero(t, time.Since(start))
		w.Gone(ctx, t, s)
		require.Empty(t, w.service.Balancers())
	})
}

func TestAwaitEnds(t *testing.T) {
	t.Run("when it took too long", func(t *testing.T) {
		in(t, func(ctx context.Context, t *testing.T, w world) {
			s := w.Created(ctx, t, call("a1", "lb", application))
			start := time.Now()
			_, err := w.Await(ctx, s)
			require.ErrorContains(t, err, "took too long")
			require.InDelta(t, 30, time.Since(start).Minutes(), 1)
		}, func(o *elbtest.Options) { o.Provision = time.Hour })
	})
	t.Run("when the balancer vanishes", func(t *testing.T) {
		in(t, func(ctx context.Context, t *testing.T, w world) {
			s := w.Created(ctx, t, call("a1", "lb", application))
			_, err := w.client.DeleteLoadBalancer(ctx, &elbv2.DeleteLoadBalancerInput{LoadBalancerArn: &s.ID})
			require.NoError(t, err)
			_, err = w.Await(ctx, s)
			require.ErrorIs(t, err, provision.ErrGone)
		})
	})
	t.Run("not for a throttled look", func(t *testing.T) {
		in(t, func(ctx context.Context, t *testing.T, w world) {
			s := w.Created(ctx, t, call("a1", "lb", application))
			impatient := elbdriver.New(elbv2.NewFromConfig(w.Cloud.Config(), func(o *elbv2.Options) { o.RetryMaxAttempts = 1 }))
			w.Cloud.Inject(sim.Fault{Match: sim.On(serviceID, "DescribeLoadBalancers"), Times: 3, Kind: sim.Throttle})
			_, err := impatient.Await(ctx, s)
			require.NoError(t, err)
		})
	})
}

func TestDeletionProtectionIsNotSwitchedOff(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		lb := w.Created(ctx, t, call("a1", "lb", application))
		require.NoError(t, w.service.Protect(lb.ID, true))
		err := w.Delete(ctx, lb)
		require.ErrorContains(t, err, "deletion protection")
		require.ErrorContains(t, err, "Key=deletion_protection.enabled,Value=false", "the way out")
		require.ErrorContains(t, err, lb.ID)
		require.False(t, waits(err), "waiting does not help")
		var refused *types.OperationNotPermittedException
		require.ErrorAs(t, err, &refused)
		require.False(t, w.service.Balancers()[0].Deleting)

		require.NoError(t, w.service.Protect(lb.ID, false))
		w.Gone(ctx, t, lb)
	})
}

// Between the look at a thing and that at its tags it may go, which is well; or ELB may not know it for a moment, and who has no time
// to ask again must not take that for the same.
func TestWhoseAThingIsThatELBDoesNotKnow(t *testing.T) {
	for name, tt := range map[string]struct {
		patience time.Duration
		want     error
	}{
		"it has gone":          {time.Hour, nil},
		"no time to ask again": {time.Second, context.DeadlineExceeded},
	} {
		t.Run(name, func(t *testing.T) {
			in(t, func(ctx context.Context, t *testing.T, w world) {
				lb, group, listener := w.stack(ctx, t, "a1")
				w.Cloud.Inject(sim.Fault{Match: sim.On(serviceID, "DescribeTags"), Kind: sim.Fail, Err: &types.LoadBalancerNotFoundException{}})
				for _, s := range []provision.State{listener, group, lb} {
					hurried, cancel := context.WithTimeout(ctx, tt.patience)
					require.ErrorIs(t, w.Delete(hurried, s), tt.want, s.ID)
					cancel()
				}
				for _, op := range []string{"DeleteListener", "DeleteTargetGroup", "DeleteLoadBalancer"} {
					require.Zero(t, w.Times(op), op)
				}
			})
		})
	}
}

func TestATargetGroupIsBusyUntilItsListenerHasGone(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		_, group, listener := w.stack(ctx, t, "a1")
		err := w.Delete(ctx, group)
		var busy *provision.BusyError
		require.ErrorAs(t, err, &busy)
		require.Contains(t, busy.Blocker, "listener "+listener.ID+" (HTTPS port 443) of load balancer")
		require.NotContains(t, busy.Blocker, "not ours")
		var used *types.ResourceInUseException
		require.ErrorAs(t, err, &used)

		require.NoError(t, w.Delete(ctx, listener), "a listener goes at once")
		require.ErrorAs(t, w.Delete(ctx, group), &busy, "ELB takes its time to notice")
		require.Contains(t, busy.Blocker, "load balancer ")
		start := time.Now()
		w.Gone(ctx, t, group, provision.ErrBusy)
		require.LessOrEqual(t, time.Since(start), 20*time.Second)
	})
}

func TestAStrangersListenerThatBlocksIsNamed(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		group := w.Created(ctx, t, call("a1", "servers", servers))
		theirs, err := w.service.AddBalancer(elbv2.CreateLoadBalancerInput{Name: aws.String("theirs"), Subnets: []string{"subnet-1a", "subnet-1b"}})
		require.NoError(t, err)
		_, err = w.client.CreateListener(ctx, &elbv2.CreateListenerInput{
			LoadBalancerArn: &theirs, Port: aws.Int32(80), Protocol: types.ProtocolEnumHttp,
			DefaultActions: []types.Action{{Type: types.ActionTypeEnumForward, TargetGroupArn: &group.ID}},
		})
		require.NoError(t, err)
		time.Sleep(5 * time.Second)
		var busy *provision.BusyError
		require.ErrorAs(t, w.Delete(ctx, group), &busy)
		require.Contains(t, busy.Blocker, theirs+", which is not ours and is left alone")
		require.Len(t, w.service.Listeners(), 1)
	})
}

func TestAStackGoesInAnyOrder(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		lb, group, listener := w.stack(ctx, t, "a1")
		left := []provision.State{group, lb, listener}
		start := time.Now()
		for len(left) > 0 {
			var again []provision.State
			for _, s := range left {
				if err := w.Delete(ctx, s); err != nil {
					require.True(t, waits(err), "%v", err)
					again = append(again, s)
				}
			}
			left = again
			time.Sleep(2 * time.Second)
		}
		require.Less(t, time.Since(start), time.Minute)
		require.Empty(t, w.service.Balancers())
		require.Empty(t, w.service.TargetGroups())
		require.Empty(t, w.service.Listeners())
		require.Empty(t, w.ids(ctx, t, lb.Owner))
	})
}

func TestWhatIsAMomentOldIsNotTakenForGone(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		c := call("a1", "lb", application)
		name := c.Name(32, "")
		// ELB has made the balancer, and the program has crashed at once: it knows the ARN, ELB does not yet.
		out, err := w.client.CreateLoadBalancer(ctx, &elbv2.CreateLoadBalancerInput{Name: &name, Subnets: []string{"subnet-1a", "subnet-1b"}, Tags: tagsOf(c.Tags())})
		require.NoError(t, err)
		s := provision.State{Node: c.Node, Kind: kinds.LoadBalancerKind, ID: *out.LoadBalancers[0].LoadBalancerArn, Owner: c.Owner}
		require.ErrorIs(t, w.Delete(ctx, s), provision.ErrDeleting)
		w.Gone(ctx, t, s)
		require.Empty(t, w.service.Balancers())
	})
}

func TestABalancerOfAnUnseenNameIsOneThatIsBeingDeleted(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		lb := w.Created(ctx, t, call("a1", "lb", application))
		require.ErrorIs(t, w.Delete(ctx, lb), provision.ErrDeleting)
		// ELB does not list it any more, but keeps its name.
		w.Cloud.Inject(sim.Fault{Match: sim.On(serviceID, "DescribeLoadBalancers"), Kind: sim.Fail, Err: &types.LoadBalancerNotFoundException{}})
		_, err := w.Create(ctx, call("a1", "lb", application))
		require.ErrorIs(t, err, provision.ErrDeleting)
		var refusal *types.DuplicateLoadBalancerNameException
		require.ErrorAs(t, err, &refusal)
	}, func(o *elbtest.Options) { o.Deletion = time.Hour })
}

func TestDeleteLeavesTheNextAttemptAlone(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		dead, _, _ := w.stack(ctx, t, "a1")
		alive, group, listener := w.stack(ctx, t, "a2")
		for _, s := range []provision.State{alive, group, listener} {
			s.Owner = dead.Owner // whatever state says: the tags decide
			require.ErrorIs(t, w.Delete(ctx, s), provision.ErrForeign)
		}
		w.Gone(ctx, t, dead)
		require.Len(t, w.service.Balancers(), 1)
		require.Equal(t, alive.ID, w.service.Balancers()[0].ARN)
	})
}
