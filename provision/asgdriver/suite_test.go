package asgdriver_test

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"

	"github.com/peppercorn-go/peppercorn/internal/drivertest"
	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/asgdriver"
	"github.com/peppercorn-go/peppercorn/provision/asgdriver/asgtest"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
	"github.com/peppercorn-go/peppercorn/provision/provisiontest"
)

// targetGroup is where instances become targets in these tests.
const targetGroup = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/shop/0123456789abcdef"

func TestDriverOnTheSimulation(t *testing.T) {
	for name, health := range map[string]bool{"with target health": true, "without": false} {
		t.Run(name, func(t *testing.T) {
			provisiontest.TestDriver(t, provisiontest.Harness{
				Name: "simulated Auto Scaling " + name,
				New:  func(t testing.TB) provisiontest.World { return simulatedWorld(t, health) },
			})
		})
	}
}

func simulatedWorld(t testing.TB, health bool) provisiontest.World {
	cloud := sim.New(func(o *sim.Options) { o.PageSize = 2 })
	service := asgtest.Register(cloud, func(o *asgtest.Options) { o.Lag = 7 * time.Second })
	return provisiontest.World{
		Driver: asgdriver.New(autoscaling.NewFromConfig(cloud.Config()), func(o *asgdriver.Options) {
			if health {
				o.TargetHealth = service.TargetHealth
			}
		}),
		Specs: func(provision.Kind) []provisiontest.Sample {
			return []provisiontest.Sample{
				{Name: "minimal", Spec: kinds.Group{Template: asgtest.Template, Zones: []provision.Text{"us-east-1a"}, Desired: 1}},
				{Name: "full", Spec: kinds.Group{
					Template: asgtest.Template, Version: "1", Subnets: []provision.Text{"subnet-1a", "subnet-1b", "subnet-1c"},
					Min: 1, Desired: 2, Max: 4, TargetGroups: []provision.Text{targetGroup}, HealthCheckGrace: time.Minute,
				}},
				{Name: "empty", Spec: kinds.Group{Template: asgtest.Template, Zones: []provision.Text{"us-east-1a"}, Max: 1}},
			}
		},
		Stranger: func(_ context.Context, _ provision.Kind, name string) (string, func() error, error) {
			if err := service.AddGroup(name, map[string]string{"team": "somebody else"}); err != nil {
				return "", nil, err
			}
			unchanged, err := drivertest.Unchanged(func() (*types.AutoScalingGroup, error) { return named(service.Groups(), name), nil })
			return name, unchanged, err
		},
		LoseReply: drivertest.LoseReply(t, cloud, drivertest.Changes),
		Count:     func(context.Context, provision.Kind) int { return len(service.Groups()) },
	}
}

func named(groups []types.AutoScalingGroup, name string) *types.AutoScalingGroup {
	for i := range groups {
		if aws.ToString(groups[i].AutoScalingGroupName) == name {
			return &groups[i]
		}
	}
	return nil
}
