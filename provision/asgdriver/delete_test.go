package asgdriver_test

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/asgdriver/asgtest"
)

func TestDeleteEndsWhenTheInstancesAreTerminated(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		s := w.Made(ctx, t, web(balanced()))
		start, hidden := time.Now(), false
		for {
			err := w.Delete(ctx, s)
			if err == nil {
				break
			}
			require.ErrorIs(t, err, provision.ErrDeleting)
			if len(w.service.Groups()) == 0 {
				hidden = true
				require.ErrorContains(t, err, "Terminating EC2 instance: i-")
			}
			time.Sleep(time.Second)
		}
		require.True(t, hidden, "the group went before its instances")
		require.GreaterOrEqual(t, time.Since(start), 30*time.Second)
		deletes := w.Sent("DeleteAutoScalingGroup")
		require.Len(t, deletes, 1)
		require.True(t, *deletes[0].(*autoscaling.DeleteAutoScalingGroupInput).ForceDelete)
		health, err := w.service.TargetHealth(ctx, targetGroup)
		require.NoError(t, err)
		require.Empty(t, health)
	})
}

// TestAnActivityThatWasForgottenIsNotWaitedForForEver is about instances whose end Auto Scaling never hears of.
func TestAnActivityThatWasForgottenIsNotWaitedForForEver(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		s := w.Made(ctx, t, web(two()))
		require.ErrorIs(t, w.Delete(ctx, s), provision.ErrDeleting)
		time.Sleep(30 * time.Minute)
		require.ErrorIs(t, w.Delete(ctx, s), provision.ErrDeleting)
		time.Sleep(31 * time.Minute)
		require.NoError(t, w.Delete(ctx, s))
	}, func(o *asgtest.Options) { o.Shutdown = 24 * time.Hour })
}

func TestAGroupThatIsBeingDeletedCannotBeUsed(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		s := w.Made(ctx, t, web(two()))
		require.ErrorIs(t, w.Delete(ctx, s), provision.ErrDeleting)
		_, err := w.Create(ctx, web(two()))
		require.ErrorIs(t, err, provision.ErrDeleting)
		_, err = w.Await(ctx, s)
		require.ErrorIs(t, err, provision.ErrDeleting)
		for found, err := range w.Find(ctx, s.Owner) {
			require.NoError(t, err)
			require.True(t, found.Deleting)
		}
	})
}

func TestDeletionProtectionIsNotOursToSwitchOff(t *testing.T) {
	for _, level := range []types.DeletionProtection{types.DeletionProtectionPreventForceDeletion, types.DeletionProtectionPreventAllDeletion} {
		in(t, func(ctx context.Context, t *testing.T, w world) {
			s := w.Made(ctx, t, web(two()))
			protect := func(level types.DeletionProtection) {
				_, err := w.client.UpdateAutoScalingGroup(ctx, &autoscaling.UpdateAutoScalingGroupInput{
					AutoScalingGroupName: &s.ID, DeletionProtection: level,
				})
				require.NoError(t, err)
			}
			protect(level)
			err := w.Delete(ctx, s)
			var api smithy.APIError
			require.ErrorAs(t, err, &api)
			require.Equal(t, "ValidationError", api.ErrorCode())
			require.ErrorContains(t, err, "deletion protection ("+string(level)+")")
			require.NotErrorIs(t, err, provision.ErrDeleting)
			require.NotErrorIs(t, err, provision.ErrBusy)
			require.Len(t, w.instances(), 2)
			require.Equal(t, level, w.service.Groups()[0].DeletionProtection)
			protect(types.DeletionProtectionNone)
			require.ErrorIs(t, w.Delete(ctx, s), provision.ErrDeleting)
		})
	}
}

func TestABusyGroupIsAskedAgain(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		s := w.Made(ctx, t, web(two()))
		for _, busy := range []error{
			&types.ScalingActivityInProgressFault{Message: aws.String("scaling")},
			&types.ResourceInUseFault{Message: aws.String("in use")},
			&types.ResourceContentionFault{Message: aws.String("contention")},
		} {
			remove := w.Cloud.Inject(sim.Fault{Match: sim.On("Auto Scaling", "DeleteAutoScalingGroup"), Kind: sim.Fail, Err: busy})
			err := w.Delete(ctx, s)
			remove()
			var blocked *provision.BusyError
			require.ErrorAs(t, err, &blocked)
			var api smithy.APIError
			require.ErrorAs(t, busy, &api)
			require.Equal(t, api.ErrorCode()+" ("+api.ErrorMessage()+")", blocked.Blocker)
			require.Equal(t, s.ID, blocked.ID)
		}
		require.ErrorIs(t, w.Delete(ctx, s), provision.ErrDeleting)
	})
}

func TestDeleteOfAGroupThatSomebodyElseDeletesMeanwhile(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		s := w.Made(ctx, t, web(two()))
		_, err := w.client.DeleteAutoScalingGroup(ctx, &autoscaling.DeleteAutoScalingGroupInput{
			AutoScalingGroupName: &s.ID, ForceDelete: aws.Bool(true),
		})
		require.NoError(t, err)
		require.ErrorIs(t, w.Delete(ctx, s), provision.ErrDeleting)
		time.Sleep(time.Minute)
		require.NoError(t, w.Delete(ctx, s))
	})
	in(t, func(ctx context.Context, t *testing.T, w world) {
		s := w.Made(ctx, t, web(two()))
		// The group is there when the tags are read, and gone when the deletion arrives.
		w.Cloud.Inject(sim.Fault{Match: sim.On("Auto Scaling", "DeleteAutoScalingGroup"), Times: 1, Kind: sim.Delay, Delay: 2 * time.Minute})
		go func() {
			time.Sleep(time.Second)
			_, _ = w.client.DeleteAutoScalingGroup(ctx, &autoscaling.DeleteAutoScalingGroupInput{
				AutoScalingGroupName: &s.ID, ForceDelete: aws.Bool(true),
			})
		}()
		require.NoError(t, w.Delete(ctx, s))
	})
}
