package asgdriver_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/internal/drivertest"
	"github.com/peppercorn-go/peppercorn/internal/moto"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/asgdriver"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
	"github.com/peppercorn-go/peppercorn/provision/provisiontest"
)

// motoGaps is what moto cannot prove.
var motoGaps = map[string]string{
	"foreign": "moto replaces a group of the same name in silence, where Auto Scaling says AlreadyExists",
}

func TestDriverOnMoto(t *testing.T) {
	server := moto.Start(t)
	base := newMotoBase(t, server.Config())
	provisiontest.TestDriver(t, provisiontest.Harness{
		Name:     "moto",
		RealTime: true,
		Gaps:     motoGaps,
		New: func(t testing.TB) provisiontest.World {
			cfg := server.Config()
			wire := drivertest.NewWire(t, &cfg, drivertest.Changes, nil)
			client := autoscaling.NewFromConfig(cfg)
			return provisiontest.World{
				Driver: asgdriver.New(client, func(o *asgdriver.Options) {
					o.Poll, o.MaxPoll, o.Visible, o.Lag = 50*time.Millisecond, 200*time.Millisecond, time.Second, time.Second
					o.TargetHealth = healthOf(base.balancers)
				}),
				Specs: func(provision.Kind) []provisiontest.Sample { return base.samples() },
				Stranger: func(ctx context.Context, _ provision.Kind, name string) (string, func() error, error) {
					return base.stranger(ctx, client, name)
				},
				LoseReply: wire.Lose,
				Count: func(ctx context.Context, _ provision.Kind) int {
					return drivertest.Count(ctx, autoscaling.NewDescribeAutoScalingGroupsPaginator(client, &autoscaling.DescribeAutoScalingGroupsInput{}),
						func(page *autoscaling.DescribeAutoScalingGroupsOutput) int { return len(page.AutoScalingGroups) })
				},
			}
		},
	})
}

// motoBase is what a group needs to be there.
type motoBase struct {
	template, zone, subnet, targetGroup string

	balancers *elb.Client
}

func newMotoBase(t *testing.T, cfg aws.Config) *motoBase {
	t.Helper()
	machines := ec2.NewFromConfig(cfg)
	subnets, err := machines.DescribeSubnets(t.Context(), &ec2.DescribeSubnetsInput{
		Filters: []ec2types.Filter{{Name: aws.String("default-for-az"), Values: []string{"true"}}},
	})
	require.NoError(t, err)
	template, err := machines.CreateLaunchTemplate(t.Context(), &ec2.CreateLaunchTemplateInput{
		LaunchTemplateName: aws.String("asgdriver"),
		LaunchTemplateData: &ec2types.RequestLaunchTemplateData{ImageId: aws.String("ami-03cf127a"), InstanceType: "t3.micro"},
	})
	require.NoError(t, err)
	b := &motoBase{
		template: *template.LaunchTemplate.LaunchTemplateId, zone: *subnets.Subnets[0].AvailabilityZone,
		subnet: *subnets.Subnets[1].SubnetId, balancers: elb.NewFromConfig(cfg),
	}
	made, err := b.balancers.CreateTargetGroup(t.Context(), &elb.CreateTargetGroupInput{
		Name: aws.String("asgdriver"), Protocol: "HTTP", Port: aws.Int32(80), VpcId: subnets.Subnets[0].VpcId,
	})
	require.NoError(t, err)
	b.targetGroup = *made.TargetGroups[0].TargetGroupArn
	return b
}

func (b *motoBase) samples() []provisiontest.Sample {
	return []provisiontest.Sample{
		{Name: "minimal", Spec: kinds.Group{
			Template: provision.Text(b.template), Zones: []provision.Text{provision.Text(b.zone)}, Desired: 1,
		}},
		{Name: "full", Spec: kinds.Group{
			Template: provision.Text(b.template), Version: "1", Subnets: []provision.Text{provision.Text(b.subnet)}, Min: 1, Desired: 2, Max: 3,
			TargetGroups: []provision.Text{provision.Text(b.targetGroup)}, HealthCheckGrace: time.Minute,
		}},
	}
}

func (b *motoBase) stranger(ctx context.Context, client *autoscaling.Client, name string) (string, func() error, error) {
	_, err := client.CreateAutoScalingGroup(ctx, &autoscaling.CreateAutoScalingGroupInput{
		AutoScalingGroupName: &name, MinSize: aws.Int32(0), MaxSize: aws.Int32(0), AvailabilityZones: []string{b.zone},
		LaunchTemplate: &types.LaunchTemplateSpecification{LaunchTemplateId: &b.template},
		Tags:           []types.Tag{{Key: aws.String("team"), Value: aws.String("somebody else"), ResourceId: &name, ResourceType: aws.String("auto-scaling-group"), PropagateAtLaunch: aws.Bool(false)}},
	})
	if err != nil {
		return "", nil, err
	}
	return name, func() error {
		out, err := client.DescribeAutoScalingGroups(ctx, &autoscaling.DescribeAutoScalingGroupsInput{AutoScalingGroupNames: []string{name}})
		if err == nil && (len(out.AutoScalingGroups) != 1 || len(out.AutoScalingGroups[0].Tags) != 1) {
			err = errors.New("the stranger's group has changed")
		}
		return err
	}, nil
}
