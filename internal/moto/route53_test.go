package moto_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/internal/moto"
)

func TestAllowReturn(t *testing.T) {
	config := moto.Start(t).Config()
	for name, tt := range map[string]struct {
		client  *route53.Client
		refused bool
	}{
		"plain.example.com":   {route53.NewFromConfig(config), true},
		"allowed.example.com": {route53.NewFromConfig(config, moto.AllowReturn), false},
	} {
		zone, err := tt.client.CreateHostedZone(t.Context(), &route53.CreateHostedZoneInput{Name: aws.String(name), CallerReference: aws.String(name)})
		require.NoError(t, err)
		set := func(host string) *types.ResourceRecordSet {
			return &types.ResourceRecordSet{Name: aws.String("alias." + name + "."), Type: types.RRTypeCname, TTL: aws.Int64(60),
				ResourceRecords: []types.ResourceRecord{{Value: aws.String(host)}}}
		}
		move := func(from, to string) error {
			var changes []types.Change
			if from != "" {
				changes = append(changes, types.Change{Action: types.ChangeActionDelete, ResourceRecordSet: set(from)})
			}
			changes = append(changes, types.Change{Action: types.ChangeActionCreate, ResourceRecordSet: set(to)})
			_, err := tt.client.ChangeResourceRecordSets(t.Context(), &route53.ChangeResourceRecordSetsInput{
				HostedZoneId: zone.HostedZone.Id, ChangeBatch: &types.ChangeBatch{Changes: changes}})
			return err
		}
		require.NoError(t, move("", "blue.example.com"))
		require.NoError(t, move("blue.example.com", "green.example.com"))
		err = move("green.example.com", "blue.example.com")
		require.Equal(t, tt.refused, err != nil, "%v", err)
		if tt.refused {
			continue
		}
		out, err := tt.client.ListResourceRecordSets(t.Context(), &route53.ListResourceRecordSetsInput{
			HostedZoneId: zone.HostedZone.Id, StartRecordName: aws.String("alias." + name), StartRecordType: types.RRTypeCname})
		require.NoError(t, err)
		require.Len(t, out.ResourceRecordSets, 1)
		require.Equal(t, "blue.example.com", *out.ResourceRecordSets[0].ResourceRecords[0].Value)
	}
}
