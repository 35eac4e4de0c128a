package ec2driver

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/peppercorn-go/peppercorn/provision"
)

// awaitInstance polls until an instance is ready. It asks for the instance itself and not for a waiter of the SDK, which
// would keep EC2's reason to itself when the instance fails.
func (d *Driver) awaitInstance(ctx context.Context, s provision.State) (provision.State, error) {
	var ready provision.State
	started := time.Now()
	err := d.poll(ctx, d.opts.Ready, func() (bool, error) {
		instance, err := d.describeInstance(ctx, s.ID)
		switch {
		case err != nil:
			return false, err
		case instance == nil && time.Since(started) >= d.opts.Visible:
			return false, fmt.Errorf("EC2 does not know it: %w", provision.ErrGone)
		case instance == nil:
			return false, nil
		case !ours(s, tagMap(instance.Tags)):
			return false, foreign(s, tagMap(instance.Tags))
		}
		ready, _ = instanceState(instance)
		return d.isReady(ctx, instance)
	})
	if errors.Is(err, errLate) {
		err = fmt.Errorf("is not ready: %w", err)
	}
	if err != nil {
		return provision.State{}, fmt.Errorf("ec2driver: await instance %s: %w", s.ID, err)
	}
	return ready, nil
}

func (d *Driver) isReady(ctx context.Context, i *types.Instance) (bool, error) {
	switch stateName(i) {
	case types.InstanceStateNamePending:
		return false, nil
	case types.InstanceStateNameRunning:
		if !d.opts.StatusChecks {
			return true, nil
		}
		return d.passesChecks(ctx, aws.ToString(i.InstanceId))
	}
	failed := &InstanceError{
		ID:     aws.ToString(i.InstanceId),
		State:  string(stateName(i)),
		Reason: aws.ToString(i.StateTransitionReason),
	}
	if i.StateReason != nil {
		failed.Code, failed.Reason = aws.ToString(i.StateReason.Code), aws.ToString(i.StateReason.Message)
	}
	return false, failed
}

// passesChecks reports whether both status checks have passed. One that failed is an error at once.
func (d *Driver) passesChecks(ctx context.Context, id string) (bool, error) {
	out, err := d.api.DescribeInstanceStatus(ctx, &ec2.DescribeInstanceStatusInput{InstanceIds: []string{id}}, d.patient)
	if hasCode(err, codeInstanceNotFound) {
		return false, nil
	}
	if err != nil || len(out.InstanceStatuses) == 0 {
		return false, err
	}
	passed := 0
	for name, check := range map[string]*types.InstanceStatusSummary{
		"system":   out.InstanceStatuses[0].SystemStatus,
		"instance": out.InstanceStatuses[0].InstanceStatus,
	} {
		switch {
		case check == nil:
		case check.Status == types.SummaryStatusImpaired:
			return false, &InstanceError{ID: id, State: "impaired", Reason: "its " + name + " status check failed"}
		case check.Status == types.SummaryStatusOk, check.Status == types.SummaryStatusNotApplicable:
			passed++
		}
	}
	return passed == 2, nil
}
