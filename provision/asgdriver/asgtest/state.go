package asgtest

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"

	"github.com/peppercorn-go/peppercorn/internal/sim"
)

// Groups returns all groups of all regions as DescribeAutoScalingGroups would show them, also those that it does not show
// yet, in the order of their creation. It is no call: nothing is recorded, and no fault strikes.
func (a *ASG) Groups() []types.AutoScalingGroup {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.settle(time.Now())
	var all []types.AutoScalingGroup
	for _, g := range a.inOrder() {
		all = append(all, a.show(g, true))
	}
	return sim.Clone(all)
}

// AddGroup makes somebody's empty group of that very name, with these tags, in the region of the cloud.
func (a *ASG) AddGroup(name string, tags map[string]string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	g := &group{
		region: a.cloud.Options().Region, name: name, protection: types.DeletionProtectionNone, tags: map[string]tag{},
		in: &autoscaling.CreateAutoScalingGroupInput{
			LaunchTemplate: &types.LaunchTemplateSpecification{LaunchTemplateName: aws.String("not-ours")},
		},
	}
	if err := checkName(name); err != nil {
		return err
	}
	if a.groups[key{g.region, name}] != nil {
		return alreadyExists(name)
	}
	for key, value := range tags {
		g.tags[key] = tag{value: value}
	}
	a.add(g)
	g.created = g.created.Add(-a.opts.Lag)
	return nil
}

// KillInstance is an instance of the default fleet terminating, as it does when its hardware fails.
func (a *ASG) KillInstance(id string) { a.opts.Fleet.Terminate(a.cloud.Options().Region, id) }
