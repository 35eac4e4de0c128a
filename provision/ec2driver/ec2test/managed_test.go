package ec2test_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision/ec2driver/ec2test"
)

func TestInterfacesOfServicesHoldGroupsUntilTheyGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := ec2test.New()
		client := cloud.Client()
		group := makeGroup(t, client, "web")
		subnets := cloud.Subnets(cloud.DefaultVPC())
		theirs := ec2test.ServiceInterfaces{
			Region: "us-east-1", Service: "amazon-elb", Thing: "arn:lb", Description: "ELB app/shop/1",
			Subnets: append(subnets[:2:2], "subnet-of-somebody"), Groups: []string{group},
		}
		cloud.SetServiceInterfaces(theirs)
		first := cloud.NetworkInterfaces()
		require.Len(t, first, 2, "a subnet that is not there has none")
		require.Equal(t, "ELB app/shop/1", *first[0].Description)
		require.Equal(t, "amazon-elb", *first[0].RequesterId)
		require.EqualValues(t, "in-use", first[0].Status)
		require.Nil(t, first[0].Attachment.InstanceId)

		drop := func() error {
			_, err := client.DeleteSecurityGroup(t.Context(), &ec2.DeleteSecurityGroupInput{GroupId: aws.String(group)})
			return err
		}
		refused(t, "DependencyViolation", drop())
		other := theirs
		other.Thing, other.Until = "arn:another", time.Now()
		cloud.SetServiceInterfaces(other)
		require.Equal(t, first, cloud.NetworkInterfaces(), "what is over leaves nothing, and things do not meddle with each other")

		theirs.Subnets, theirs.Until = subnets[1:], time.Now().Add(2*time.Minute)
		cloud.SetServiceInterfaces(theirs)
		second := cloud.NetworkInterfaces()
		require.Len(t, second, 2)
		require.Equal(t, first[1], second[0], "the one in the same subnet is the same")
		time.Sleep(2*time.Minute - time.Nanosecond)
		refused(t, "DependencyViolation", drop())
		time.Sleep(time.Nanosecond)
		require.NoError(t, drop())
		require.Empty(t, cloud.NetworkInterfaces())
	})
}

func TestNetworkKnowsWhatIsThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := ec2test.New(func(o *ec2test.Options) { o.Lag = time.Second })
		network, vpc := cloud.Network(), cloud.DefaultVPC()
		in, zone, ok := network.Subnet("us-east-1", cloud.Subnets(vpc)[1])
		require.Equal(t, []any{vpc, "us-east-1b", true}, []any{in, zone, ok})
		_, _, ok = network.Subnet("eu-west-1", cloud.Subnets(vpc)[1])
		require.False(t, ok, "each region is a world of its own")

		group := makeGroup(t, cloud.Client(), "web")
		_, ok = network.SecurityGroup("us-east-1", group)
		require.False(t, ok, "it has not got around")
		time.Sleep(time.Second)
		in, ok = network.SecurityGroup("us-east-1", group)
		require.Equal(t, []any{vpc, true}, []any{in, ok})

		in, ok = network.SecurityGroup("us-east-1", network.DefaultGroup("us-east-1", cloud.OtherVPC()))
		require.Equal(t, []any{cloud.OtherVPC(), true}, []any{in, ok})
		require.Empty(t, network.DefaultGroup("us-east-1", "vpc-1"))
		require.True(t, network.VPC("us-east-1", vpc))
		require.False(t, network.VPC("eu-west-1", vpc))
	})
}
