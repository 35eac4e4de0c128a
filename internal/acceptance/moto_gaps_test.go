package acceptance_test

import (
	"context"
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/dns/dnstest"
)

// gap is something that moto does otherwise than AWS, so that the story on it proves nothing about it.
type gap struct {
	reason string
	// open reports whether moto still does. A gap that has closed must be taken off the list, and the story made stricter.
	open func(ctx context.Context, m *motoHouse) (bool, error)
}

// motoGaps is what moto 5.2.1 cannot prove. The simulated services can, and do in the other tests.
var motoGaps = map[string]gap{
	"races for an alias": {
		"a DELETE is compared with every value that the record ever had, not with the present one, so both racers win",
		func(ctx context.Context, m *motoHouse) (bool, error) {
			set := func(host string) types.ResourceRecordSet {
				return dnstest.Set("race.example.com.", types.RRTypeCname, 60, host)
			}
			for _, batch := range [][]types.Change{
				{dnstest.Change(types.ChangeActionCreate, set("a.example.net"))},
				{dnstest.Change(types.ChangeActionDelete, set("a.example.net")), dnstest.Change(types.ChangeActionCreate, set("b.example.net"))},
			} {
				if err := m.change(ctx, batch...); err != nil {
					return false, err
				}
			}
			// The second racer deletes what is there no more.
			lost := m.change(ctx, dnstest.Change(types.ChangeActionDelete, set("a.example.net")),
				dnstest.Change(types.ChangeActionCreate, set("c.example.net")))
			return lost == nil, m.change(ctx, dnstest.Change(types.ChangeActionDelete, set("c.example.net")))
		},
	},
	"waiting for DNS": {
		"every change is INSYNC at once",
		func(ctx context.Context, m *motoHouse) (bool, error) {
			out, err := m.route53.GetChange(ctx, &route53.GetChangeInput{Id: aws.String("C-of-nobody")})
			return err == nil && out.ChangeInfo.Status == types.ChangeStatusInsync, nil
		},
	},
	"idempotent instances": {
		"client tokens are ignored: only what was described before it is made again is not made twice",
		func(ctx context.Context, m *motoHouse) (bool, error) {
			ids := map[string]bool{}
			for range 2 {
				out, err := m.ec2.RunInstances(ctx, &ec2.RunInstancesInput{
					ImageId: aws.String(motoImage), InstanceType: ec2types.InstanceTypeT3Micro, MinCount: aws.Int32(1), MaxCount: aws.Int32(1),
					ClientToken: aws.String("twice"),
				})
				if err != nil {
					return false, err
				}
				ids[*out.Instances[0].InstanceId] = true
			}
			for id := range ids {
				if _, err := m.ec2.TerminateInstances(ctx, &ec2.TerminateInstancesInput{InstanceIds: []string{id}}); err != nil {
					return false, err
				}
			}
			return len(ids) == 2, nil
		},
	},
	"the order of teardown": {
		"a security group is deleted although an instance has it",
		func(ctx context.Context, m *motoHouse) (bool, error) {
			group, err := m.ec2.CreateSecurityGroup(ctx, &ec2.CreateSecurityGroupInput{GroupName: aws.String("in use"), Description: aws.String("in use")})
			if err != nil {
				return false, err
			}
			out, err := m.ec2.RunInstances(ctx, &ec2.RunInstancesInput{
				ImageId: aws.String(motoImage), InstanceType: ec2types.InstanceTypeT3Micro, MinCount: aws.Int32(1), MaxCount: aws.Int32(1),
				SecurityGroupIds: []string{*group.GroupId},
			})
			if err != nil {
				return false, err
			}
			_, refused := m.ec2.DeleteSecurityGroup(ctx, &ec2.DeleteSecurityGroupInput{GroupId: group.GroupId})
			_, err = m.ec2.TerminateInstances(ctx, &ec2.TerminateInstancesInput{InstanceIds: []string{*out.Instances[0].InstanceId}})
			return refused == nil, err
		},
	},
	"alarms": {
		"it does not speak CBOR, which is what the SDK sends to CloudWatch; so the driver of alarms is left out",
		func(ctx context.Context, m *motoHouse) (bool, error) {
			_, err := cloudwatch.NewFromConfig(m.config).DescribeAlarms(ctx, &cloudwatch.DescribeAlarmsInput{})
			var undecoded *smithy.DeserializationError
			return errors.As(err, &undecoded), nil
		},
	},
}

func (m *motoHouse) change(ctx context.Context, changes ...types.Change) error {
	_, err := m.route53.ChangeResourceRecordSets(ctx, &route53.ChangeResourceRecordSetsInput{
		HostedZoneId: aws.String(m.zone), ChangeBatch: &types.ChangeBatch{Changes: changes},
	})
	return err
}

// The list of gaps cannot rot: each is looked for.
func TestGapsOfMotoAreStillThere(t *testing.T) {
	m := newMotoHouse(t)
	for name, gap := range motoGaps {
		t.Run(name, func(t *testing.T) {
			open, err := gap.open(t.Context(), m)
			require.NoError(t, err)
			require.True(t, open, "moto has closed this gap: take it off the list, and make the story prove more")
		})
	}
}
