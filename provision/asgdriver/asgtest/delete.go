package asgtest

import (
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
)

// deleteGroup checks the deletion protection before anything else (EC2 Auto Scaling user guide, deletion protection).
func (a *ASG) deleteGroup(region string, in *autoscaling.DeleteAutoScalingGroupInput) (*autoscaling.DeleteAutoScalingGroupOutput, error) {
	g, err := a.shown(region, in.AutoScalingGroupName)
	force := aws.ToBool(in.ForceDelete)
	switch {
	case err != nil:
		return nil, err
	case g.protection == types.DeletionProtectionPreventAllDeletion,
		g.protection == types.DeletionProtectionPreventForceDeletion && force:
		return nil, invalid("AutoScalingGroup %s cannot be deleted because its deletion protection is %s", g.name, g.protection)
	case !g.deleted.IsZero():
		return nil, activityInProgress()
	case !force && len(g.instances) > 0:
		return nil, resourceInUse()
	case !force && len(g.leaving) > 0:
		return nil, activityInProgress()
	}
	now := time.Now()
	for _, i := range slices.Clone(g.instances) {
		a.terminate(g, i, now, "a user request deleted the AutoScalingGroup")
	}
	g.deleted, g.desired, g.least, g.up = now, 0, 0, 0
	if !force {
		a.bury(g)
	}
	a.settle(now)
	return &autoscaling.DeleteAutoScalingGroupOutput{}, nil
}
