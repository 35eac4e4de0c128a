package asgdriver

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"

	"github.com/peppercorn-go/peppercorn/internal/taglist"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// maxName is the longest name of a group.
const maxName = 255

// Create makes the group that c asks for, or returns the one that an earlier call for the same node, environment and attempt
// has made. A group of that name that is somebody else's is a [provision.ForeignError], and one of ours that is on its way
// out a [provision.ErrDeleting].
func (d *Driver) Create(ctx context.Context, c provision.Call) (provision.State, error) {
	spec, ok := c.Spec.(kinds.Group)
	if !ok {
		return provision.State{}, fmt.Errorf("asgdriver: node %q: %w: %T", c.Node, provision.ErrNoDriver, c.Spec)
	}
	name := c.Name(maxName, "")
	err := d.create(ctx, createInput(c, spec, name))
	var exists *types.AlreadyExistsFault
	if err != nil && !errors.As(err, &exists) {
		return provision.State{}, fmt.Errorf("asgdriver: node %q: create group %s: %w", c.Node, name, err)
	}
	group, err := d.visible(ctx, name)
	if err != nil {
		return provision.State{}, fmt.Errorf("asgdriver: node %q: look at group %s: %w", c.Node, name, err)
	}
	if err := c.CheckOwner(kinds.GroupKind, name, tagMap(group.Tags)); err != nil {
		return provision.State{}, err
	}
	s, _ := stateOf(group) // ours, as was just proven
	if s.Deleting {
		return provision.State{}, fmt.Errorf("asgdriver: node %q: group %s %w", c.Node, name, provision.ErrDeleting)
	}
	return s, nil
}

// create asks, and asks again while Auto Scaling may not have heard of what the request names.
func (d *Driver) create(ctx context.Context, in *autoscaling.CreateAutoScalingGroupInput) error {
	var refusal error
	err := d.poll(ctx, d.opts.Lag, func() (bool, error) {
		_, refusal = d.api.CreateAutoScalingGroup(ctx, in, d.patient)
		if hasCode(refusal, codeValidation) || isBusy(refusal) {
			return false, nil
		}
		return true, refusal
	})
	if errors.Is(err, errLate) {
		return refusal
	}
	return err
}

// visible waits until Auto Scaling shows the group that it has just made, or called the owner of a name.
func (d *Driver) visible(ctx context.Context, name string) (*types.AutoScalingGroup, error) {
	var group *types.AutoScalingGroup
	err := d.poll(ctx, d.opts.Visible, func() (done bool, err error) {
		group, _, err = d.describe(ctx, name)
		return group != nil, err
	})
	if errors.Is(err, errLate) {
		err = fmt.Errorf("Auto Scaling says that it exists, but does not show it: %w", err)
	}
	return group, err
}

// createInput is a pure function of the call.
func createInput(c provision.Call, spec kinds.Group, name string) *autoscaling.CreateAutoScalingGroupInput {
	least, desired, most := spec.Sizes()
	in := &autoscaling.CreateAutoScalingGroupInput{
		AutoScalingGroupName: aws.String(name),
		LaunchTemplate: &types.LaunchTemplateSpecification{
			LaunchTemplateId: aws.String(string(spec.Template)),
			Version:          aws.String(string(spec.EffectiveVersion())),
		},
		MinSize:                aws.Int32(int32(least)),
		MaxSize:                aws.Int32(int32(most)),
		DesiredCapacity:        aws.Int32(int32(desired)),
		AvailabilityZones:      texts(spec.Zones),
		TargetGroupARNs:        texts(spec.TargetGroups),
		HealthCheckGracePeriod: aws.Int32(int32(spec.EffectiveGrace() / time.Second)),
		Tags:                   tagList(name, c.Tags()),
	}
	if len(spec.Subnets) > 0 {
		in.VPCZoneIdentifier = aws.String(strings.Join(texts(spec.Subnets), ","))
	}
	// "EC2" is what a group has by itself, and to be said only to take something back (API reference).
	if t := spec.EffectiveHealthCheckType(); t != kinds.HealthCheckEC2 {
		in.HealthCheckType = aws.String(t)
	}
	return in
}

// tagList gives the tags to the group and to every instance that it launches. "Name" is what EC2's console shows.
func tagList(name string, tags map[string]string) []types.Tag {
	tag := func(key, value *string) types.Tag {
		return types.Tag{
			Key: key, Value: value, PropagateAtLaunch: aws.Bool(true),
			ResourceId: aws.String(name), ResourceType: aws.String("auto-scaling-group"),
		}
	}
	return append([]types.Tag{tag(aws.String("Name"), aws.String(name))}, taglist.Of(tags, tag)...)
}

func texts(list []provision.Text) []string {
	var all []string
	for _, t := range list {
		all = append(all, string(t))
	}
	return all
}
