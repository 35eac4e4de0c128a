package asgdriver

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	"github.com/aws/smithy-go"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// Delete deletes a group and terminates its instances, after it has read the tags once more. It answers
// [provision.ErrDeleting] until Auto Scaling does not show the group any more, nor an activity of it that is under way, such
// as the termination of an instance. A *[provision.BusyError] says that Auto Scaling wants to be asked again.
//
// A group whose deletion protection somebody has switched on is an error that unwraps to Auto Scaling's: the driver never
// switches protection off.
func (d *Driver) Delete(ctx context.Context, s provision.State) error {
	if s.Kind != kinds.GroupKind {
		return noDriver(s)
	}
	group, now, err := d.describe(ctx, s.ID)
	switch {
	case err != nil:
		return fmt.Errorf("asgdriver: describe group %s: %w", s.ID, err)
	case group == nil:
		return d.ended(ctx, s, now)
	case !ours(s, group):
		return foreign(s, group)
	case isDeleting(group):
		return deleting(s)
	}
	_, err = d.api.DeleteAutoScalingGroup(ctx, &autoscaling.DeleteAutoScalingGroupInput{
		AutoScalingGroupName: group.AutoScalingGroupName,
		ForceDelete:          aws.Bool(true),
	}, d.patient)
	switch {
	case err == nil:
		return deleting(s)
	case isBusy(err):
		return &provision.BusyError{Kind: s.Kind, ID: s.ID, Blocker: words(err), Err: err}
	case hasCode(err, codeValidation):
		return d.refused(ctx, s, err)
	}
	return fmt.Errorf("asgdriver: delete group %s: %w", s.ID, err)
}

func deleting(s provision.State) error {
	return fmt.Errorf("asgdriver: group %s %w", s.ID, provision.ErrDeleting)
}

// words are Auto Scaling's own. It names nothing else that could be in the way.
func words(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode() + " (" + api.ErrorMessage() + ")"
	}
	return ""
}

// refused finds out what a ValidationError means: that the group is gone by now, or that it is protected.
func (d *Driver) refused(ctx context.Context, s provision.State, refusal error) error {
	group, now, err := d.describe(ctx, s.ID)
	switch {
	case err != nil:
		return fmt.Errorf("asgdriver: delete group %s: %w", s.ID, errors.Join(refusal, err))
	case group == nil:
		return d.ended(ctx, s, now)
	case isDeleting(group):
		return deleting(s)
	case group.DeletionProtection != "" && group.DeletionProtection != types.DeletionProtectionNone:
		return fmt.Errorf("asgdriver: group %s has deletion protection (%s), which somebody switched on by hand; it stays until "+
			"they switch it off: %w", s.ID, group.DeletionProtection, refusal)
	}
	return fmt.Errorf("asgdriver: delete group %s: %w", s.ID, refusal)
}

// abandoned is the age from which an activity of a group that is gone is not waited for: Auto Scaling has forgotten it.
const abandoned = time.Hour

// ended returns nil when a group that is gone has no activity under way any more. With ForceDelete a group goes without
// waiting for its instances (API reference, DeleteAutoScalingGroup).
func (d *Driver) ended(ctx context.Context, s provision.State, now time.Time) error {
	pages := autoscaling.NewDescribeScalingActivitiesPaginator(d.api, &autoscaling.DescribeScalingActivitiesInput{
		AutoScalingGroupName: aws.String(s.ID),
		IncludeDeletedGroups: aws.Bool(true),
		MaxRecords:           aws.Int32(maxRecords),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx, d.patient)
		if hasCode(err, codeValidation) {
			return nil // not even a name that once was
		}
		if err != nil {
			return fmt.Errorf("asgdriver: look for activities of group %s, which is gone: %w", s.ID, err)
		}
		for _, a := range page.Activities {
			if now.Sub(aws.ToTime(a.StartTime)) > abandoned {
				return nil // the latest come first
			}
			switch a.StatusCode {
			case types.ScalingActivityStatusCodeSuccessful, types.ScalingActivityStatusCodeFailed, types.ScalingActivityStatusCodeCancelled:
			default:
				return fmt.Errorf("%w: %s", deleting(s), aws.ToString(a.Description))
			}
		}
	}
	return nil
}
