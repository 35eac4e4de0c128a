package ec2driver_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/internal/drivertest"
	"github.com/peppercorn-go/peppercorn/internal/moto"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/ec2driver"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
	"github.com/peppercorn-go/peppercorn/provision/provisiontest"
)

// motoGaps is what moto cannot prove.
var motoGaps = map[string]string{
	"together ec2/instance":   "moto ignores client tokens: requests at the same time make an instance each",
	"lost reply ec2/instance": "moto ignores client tokens: the SDK's second attempt makes a second instance",
}

func TestDriverOnMoto(t *testing.T) {
	t.Parallel()
	server := moto.Start(t)
	provisiontest.TestDriver(t, provisiontest.Harness{
		Name:     "moto",
		RealTime: true,
		Gaps:     motoGaps,
		New: func(t testing.TB) provisiontest.World {
			cfg := server.Config()
			wire := drivertest.NewWire(t, &cfg, drivertest.Changes, drivertest.Only("CreateLaunchTemplate"))
			client := ec2.NewFromConfig(cfg)
			return provisiontest.World{
				Driver: ec2driver.New(client, func(o *ec2driver.Options) {
					o.Poll, o.MaxPoll, o.Visible = 50*time.Millisecond, 200*time.Millisecond, time.Second
				}),
				Specs: func(kind provision.Kind) []provisiontest.Sample {
					return samples(kind, motoVPC(t, client), motoImage)
				},
				Stranger: func(ctx context.Context, kind provision.Kind, name string) (string, func() error, error) {
					switch kind {
					case kinds.InstanceKind:
						return "", nil, errors.ErrUnsupported
					case kinds.LaunchTemplateKind:
						return motoStrangersTemplate(ctx, client, name)
					}
					return motoStranger(ctx, client, name)
				},
				LoseReply: wire.Lose,
				Count:     func(ctx context.Context, kind provision.Kind) int { return motoCount(ctx, client, kind) },
			}
		},
	})
}

// motoImage is one of the images that every moto has.
const motoImage = "ami-03cf127a"

func motoVPC(t testing.TB, client *ec2.Client) string {
	t.Helper()
	out, err := client.DescribeVpcs(context.Background(), &ec2.DescribeVpcsInput{
		Filters: []types.Filter{{Name: aws.String("is-default"), Values: []string{"true"}}},
	})
	require.NoError(t, err)
	require.NotEmpty(t, out.Vpcs)
	return *out.Vpcs[0].VpcId
}

func motoStranger(ctx context.Context, client *ec2.Client, name string) (string, func() error, error) {
	made, err := client.CreateSecurityGroup(ctx, &ec2.CreateSecurityGroupInput{
		GroupName: aws.String(name), Description: aws.String("not ours"),
		TagSpecifications: []types.TagSpecification{{
			ResourceType: types.ResourceTypeSecurityGroup,
			Tags:         []types.Tag{{Key: aws.String("owner"), Value: aws.String("somebody")}},
		}},
	})
	if err != nil {
		return "", nil, err
	}
	unchanged, err := drivertest.Unchanged(func() ([]types.SecurityGroup, error) {
		out, err := client.DescribeSecurityGroups(ctx, &ec2.DescribeSecurityGroupsInput{GroupIds: []string{*made.GroupId}})
		if err != nil {
			return nil, err
		}
		return out.SecurityGroups, nil
	})
	return *made.GroupId, unchanged, err
}

func motoStrangersTemplate(ctx context.Context, client *ec2.Client, name string) (string, func() error, error) {
	made, err := client.CreateLaunchTemplate(ctx, &ec2.CreateLaunchTemplateInput{
		LaunchTemplateName: aws.String(name), LaunchTemplateData: &types.RequestLaunchTemplateData{ImageId: aws.String(motoImage)},
		TagSpecifications: []types.TagSpecification{{
			ResourceType: types.ResourceTypeLaunchTemplate,
			Tags:         []types.Tag{{Key: aws.String("owner"), Value: aws.String("somebody")}},
		}},
	})
	if err != nil {
		return "", nil, err
	}
	id := *made.LaunchTemplate.LaunchTemplateId
	unchanged, err := drivertest.Unchanged(func() ([]types.LaunchTemplate, error) {
		out, err := client.DescribeLaunchTemplates(ctx, &ec2.DescribeLaunchTemplatesInput{LaunchTemplateIds: []string{id}})
		if err != nil {
			return nil, err
		}
		return out.LaunchTemplates, nil
	})
	return id, unchanged, err
}

func motoCount(ctx context.Context, client *ec2.Client, kind provision.Kind) int {
	switch kind {
	case kinds.LaunchTemplateKind:
		return drivertest.Count(ctx, ec2.NewDescribeLaunchTemplatesPaginator(client, &ec2.DescribeLaunchTemplatesInput{}),
			func(page *ec2.DescribeLaunchTemplatesOutput) int { return len(page.LaunchTemplates) })
	case kinds.SecurityGroupKind:
		return drivertest.Count(ctx, ec2.NewDescribeSecurityGroupsPaginator(client, &ec2.DescribeSecurityGroupsInput{}),
			func(page *ec2.DescribeSecurityGroupsOutput) int { return len(page.SecurityGroups) })
	}
	live := &ec2.DescribeInstancesInput{
		Filters: []types.Filter{{Name: aws.String("instance-state-name"), Values: []string{"pending", "running", "stopped"}}},
	}
	return drivertest.Count(ctx, ec2.NewDescribeInstancesPaginator(client, live), func(page *ec2.DescribeInstancesOutput) (n int) {
		for _, r := range page.Reservations {
			n += len(r.Instances)
		}
		return n
	})
}
