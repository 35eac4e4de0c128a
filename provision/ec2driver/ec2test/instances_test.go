package ec2test_test

import (
	"encoding/base64"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision/ec2driver/ec2test"
)

func request(token string) *ec2.RunInstancesInput {
	return &ec2.RunInstancesInput{
		MinCount: aws.Int32(1), MaxCount: aws.Int32(1), ImageId: aws.String(ec2test.Linux), InstanceType: "t3.micro",
		ClientToken: aws.String(token),
	}
}

func run(t *testing.T, client *ec2.Client, in *ec2.RunInstancesInput) types.Instance {
	t.Helper()
	out, err := client.RunInstances(t.Context(), in)
	require.NoError(t, err)
	return out.Instances[0]
}

func terminate(t *testing.T, client *ec2.Client, ids ...string) error {
	t.Helper()
	_, err := client.TerminateInstances(t.Context(), &ec2.TerminateInstancesInput{InstanceIds: ids})
	return err
}

func TestAnInstanceLivesByTheClock(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cloud := ec2test.New()
		client := cloud.Client()
		id := *run(t, client, request("a")).InstanceId
		state := func() types.Instance {
			out, err := client.DescribeInstances(t.Context(), &ec2.DescribeInstancesInput{InstanceIds: []string{id}})
			require.NoError(t, err)
			return out.Reservations[0].Instances[0]
		}
		i := state()
		require.Equal(t, types.InstanceStateNamePending, i.State.Name)
		require.Empty(t, aws.ToString(i.PublicIpAddress))
		time.Sleep(15 * time.Second)
		i = state()
		require.Equal(t, types.InstanceStateNameRunning, i.State.Name)
		require.True(t, strings.HasSuffix(*i.PublicDnsName, ".compute-1.amazonaws.com"))
		require.NotEmpty(t, *i.PublicIpAddress)
		require.NoError(t, terminate(t, client, id))
		require.Equal(t, types.InstanceStateNameShuttingDown, state().State.Name)
		require.NoError(t, terminate(t, client, id), "again is fine")
		time.Sleep(30 * time.Second)
		i = state()
		require.Equal(t, types.InstanceStateNameTerminated, i.State.Name)
		require.Equal(t, "Client.UserInitiatedShutdown", *i.StateReason.Code)
		require.Nil(t, i.SubnetId)
		time.Sleep(time.Hour)
		_, err := client.DescribeInstances(t.Context(), &ec2.DescribeInstancesInput{InstanceIds: []string{id}})
		refused(t, "InvalidInstanceID.NotFound", err)
		refused(t, "InvalidInstanceID.NotFound", terminate(t, client, id))
	})
}

func TestTheSDKsWaitersWork(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client := ec2test.New().Client()
		in := &ec2.DescribeInstancesInput{InstanceIds: []string{*run(t, client, request("a")).InstanceId}}
		require.NoError(t, ec2.NewInstanceRunningWaiter(client).Wait(t.Context(), in, 5*time.Minute))
		status := &ec2.DescribeInstanceStatusInput{InstanceIds: in.InstanceIds}
		require.NoError(t, ec2.NewInstanceStatusOkWaiter(client).Wait(t.Context(), status, 5*time.Minute))
		require.NoError(t, terminate(t, client, in.InstanceIds...))
		require.NoError(t, ec2.NewInstanceTerminatedWaiter(client).Wait(t.Context(), in, 5*time.Minute))
	})
}

func TestClientTokens(t *testing.T) {
	t.Parallel()
	for _, answer := range []ec2test.DeadTokens{ec2test.AnswerState, ec2test.AnswerPending, ec2test.AnswerRefusal} {
		synctest.Test(t, func(t *testing.T) {
			cloud := ec2test.New(func(o *ec2test.Options) { o.DeadTokens = answer })
			client := cloud.Client()
			first := run(t, client, request("a"))
			require.Equal(t, *first.InstanceId, *run(t, client, request("a")).InstanceId)
			require.NotEqual(t, *first.InstanceId, *run(t, client, request("b")).InstanceId)
			other := request("a")
			other.InstanceType = "t3.small"
			_, err := client.RunInstances(t.Context(), other)
			refused(t, "IdempotentParameterMismatch", err)
			_, err = client.RunInstances(t.Context(), request(strings.Repeat("x", 65)))
			refused(t, "InvalidParameterValue", err)

			require.NoError(t, terminate(t, client, *first.InstanceId))
			time.Sleep(23 * time.Hour) // long forgotten, but not its token
			out, err := client.RunInstances(t.Context(), request("a"))
			if answer == ec2test.AnswerRefusal {
				refused(t, "IdempotentInstanceTerminated", err)
			} else {
				require.NoError(t, err)
				require.Equal(t, *first.InstanceId, *out.Instances[0].InstanceId)
				require.Equal(t, answer == ec2test.AnswerState, out.Instances[0].State.Name == types.InstanceStateNameTerminated)
			}
			time.Sleep(2 * time.Hour)
			require.NotEqual(t, *first.InstanceId, *run(t, client, request("a")).InstanceId)
		})
	}
}

func TestRunInstancesIsStrict(t *testing.T) {
	t.Parallel()
	cloud := ec2test.New()
	client := cloud.Client()
	abroad := cloud.AddSecurityGroup("abroad", cloud.OtherVPC(), nil)
	for _, tt := range []struct {
		code   string
		change func(*ec2.RunInstancesInput)
	}{
		{"InvalidAMIID.NotFound", func(in *ec2.RunInstancesInput) { in.ImageId = aws.String("ami-00000000") }},
		{"InvalidAMIID.Malformed", func(in *ec2.RunInstancesInput) { in.ImageId = aws.String("linux") }},
		{"MissingParameter", func(in *ec2.RunInstancesInput) { in.ImageId = nil }},
		{"InvalidParameterValue", func(in *ec2.RunInstancesInput) { in.InstanceType = "x9.huge" }},
		{"InvalidParameterValue", func(in *ec2.RunInstancesInput) { in.MinCount = aws.Int32(2) }},
		{"InvalidSubnetID.NotFound", func(in *ec2.RunInstancesInput) { in.SubnetId = aws.String("subnet-00000000") }},
		{"InvalidGroup.NotFound", func(in *ec2.RunInstancesInput) { in.SecurityGroupIds = []string{"sg-00000000"} }},
		{"InvalidParameter", func(in *ec2.RunInstancesInput) { in.SecurityGroupIds = []string{abroad} }},
		{"InvalidKeyPair.NotFound", func(in *ec2.RunInstancesInput) { in.KeyName = aws.String("lost") }},
		{"InvalidParameterValue", func(in *ec2.RunInstancesInput) {
			in.IamInstanceProfile = &types.IamInstanceProfileSpecification{Name: aws.String("nobody")}
		}},
		{"InvalidUserData.Malformed", func(in *ec2.RunInstancesInput) { in.UserData = aws.String("#!/bin/sh") }},
		{"InvalidParameterValue", func(in *ec2.RunInstancesInput) {
			in.UserData = aws.String(base64.StdEncoding.EncodeToString(make([]byte, 16<<10+1)))
		}},
		{"InvalidParameterCombination", func(in *ec2.RunInstancesInput) {
			in.SubnetId = aws.String(cloud.Subnets(cloud.DefaultVPC())[0])
			in.NetworkInterfaces = []types.InstanceNetworkInterfaceSpecification{{DeviceIndex: aws.Int32(0)}}
		}},
		{"InvalidParameterCombination", func(in *ec2.RunInstancesInput) {
			in.SecurityGroupIds = []string{"sg-00000000"}
			in.NetworkInterfaces = []types.InstanceNetworkInterfaceSpecification{{DeviceIndex: aws.Int32(0)}}
		}},
		{"InvalidBlockDeviceMapping", func(in *ec2.RunInstancesInput) {
			in.BlockDeviceMappings = []types.BlockDeviceMapping{{DeviceName: aws.String("/dev/xvda"), Ebs: &types.EbsBlockDevice{VolumeSize: aws.Int32(7)}}}
		}},
		{"InvalidParameterValue", func(in *ec2.RunInstancesInput) {
			in.MetadataOptions = &types.InstanceMetadataOptionsRequest{HttpPutResponseHopLimit: aws.Int32(65)}
		}},
		{"InvalidParameterValue", func(in *ec2.RunInstancesInput) {
			in.TagSpecifications = []types.TagSpecification{{ResourceType: types.ResourceTypeVpc, Tags: []types.Tag{{Key: aws.String("k")}}}}
		}},
		{"DryRunOperation", func(in *ec2.RunInstancesInput) { in.DryRun = aws.Bool(true) }},
		{"NotSimulated", func(in *ec2.RunInstancesInput) { in.EbsOptimized = aws.Bool(true) }},
	} {
		in := request("a")
		tt.change(in)
		_, err := client.RunInstances(t.Context(), in)
		refused(t, tt.code, err)
	}
	require.Empty(t, cloud.Instances())
}

func TestTerminationProtectionSparesItsZoneOnly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cloud := ec2test.New()
		client := cloud.Client()
		var ids []string
		for i, subnet := range []int{0, 0, 1} {
			in := request(string(rune('a' + i)))
			in.SubnetId = aws.String(cloud.Subnets(cloud.DefaultVPC())[subnet])
			in.DisableApiTermination = aws.Bool(i == 0)
			ids = append(ids, *run(t, client, in).InstanceId)
		}
		refused(t, "OperationNotPermitted", terminate(t, client, ids...))
		time.Sleep(time.Minute)
		live := cloud.LiveInstances()
		require.Len(t, live, 2, "the call failed, and the instance of the other zone is gone all the same")
		require.Equal(t, ids[:2], []string{*live[0].InstanceId, *live[1].InstanceId})
	})
}

func TestSomeVolumesOutliveTheirInstance(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cloud := ec2test.New()
		client := cloud.Client()
		in := request("a")
		in.ImageId = aws.String(ec2test.Data)
		require.NoError(t, terminate(t, client, *run(t, client, in).InstanceId))
		time.Sleep(time.Minute)
		left := cloud.Volumes()
		require.Len(t, left, 1)
		require.Equal(t, types.VolumeStateAvailable, left[0].State)
	})
}

func TestRates(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cloud := ec2test.New(func(o *ec2test.Options) {
			o.Rates = map[string]ec2test.Rate{"DescribeInstances": {PerSecond: 1, Burst: 2}}
			o.Instances = map[string]ec2test.Rate{"RunInstances": {PerSecond: 1, Burst: 5}}
		})
		client := cloud.Client(func(o *ec2.Options) { o.Retryer = aws.NopRetryer{} })
		describe := func() error {
			_, err := client.DescribeInstances(t.Context(), &ec2.DescribeInstancesInput{})
			return err
		}
		require.NoError(t, describe())
		require.NoError(t, describe())
		refused(t, "RequestLimitExceeded", describe())
		time.Sleep(time.Second)
		require.NoError(t, describe())

		many := request("a")
		many.MinCount, many.MaxCount = aws.Int32(4), aws.Int32(4)
		out, err := client.RunInstances(t.Context(), many)
		require.NoError(t, err)
		require.Len(t, out.Instances, 4)
		many.ClientToken = aws.String("b")
		_, err = client.RunInstances(t.Context(), many)
		refused(t, "RequestLimitExceeded", err)
	})
}

func TestRegionsAreWorldsOfTheirOwn(t *testing.T) {
	t.Parallel()
	cloud := ec2test.New()
	there := cloud.Client(func(o *ec2.Options) { o.Region = "eu-central-1" })
	here := run(t, cloud.Client(), request("a"))
	require.NotEqual(t, *here.InstanceId, *run(t, there, request("a")).InstanceId, "a token is good for one region")
	require.Len(t, cloud.Instances(), 1)
}

func TestTagsChangedByHand(t *testing.T) {
	t.Parallel()
	cloud := ec2test.New()
	client := cloud.Client()
	id := *run(t, client, request("a")).InstanceId
	_, err := client.CreateTags(t.Context(), &ec2.CreateTagsInput{Resources: []string{id}, Tags: []types.Tag{
		{Key: aws.String("a"), Value: aws.String("1")}, {Key: aws.String("b"), Value: aws.String("2")}}})
	require.NoError(t, err)
	_, err = client.DeleteTags(t.Context(), &ec2.DeleteTagsInput{Resources: []string{id}, Tags: []types.Tag{{Key: aws.String("a")}}})
	require.NoError(t, err)
	require.Equal(t, []types.Tag{{Key: aws.String("b"), Value: aws.String("2")}}, cloud.Instances()[0].Tags)
	_, err = client.CreateTags(t.Context(), &ec2.CreateTagsInput{Resources: []string{"i-00000000"}, Tags: []types.Tag{{Key: aws.String("a")}}})
	refused(t, "InvalidInstanceID.NotFound", err)
}
