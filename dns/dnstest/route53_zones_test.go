package dnstest_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/dns/dnstest"
)

func TestHostedZones(t *testing.T) {
	t.Parallel()
	r := dnstest.New(atOnce, pages(2))
	public := r.AddZone("example.com", false)
	private := r.AddZone("Example.com.", true)
	child := r.AddZone("a.example.com", false)
	org := r.AddZone("example.org", false)
	client := r.Client()

	out, err := client.GetHostedZone(t.Context(), &route53.GetHostedZoneInput{Id: aws.String("/hostedzone/" + private)})
	require.NoError(t, err)
	require.Equal(t, "example.com.", *out.HostedZone.Name)
	require.Equal(t, "/hostedzone/"+private, *out.HostedZone.Id)
	require.True(t, out.HostedZone.Config.PrivateZone)
	require.Len(t, out.VPCs, 1)
	require.Nil(t, out.DelegationSet)
	require.EqualValues(t, 2, *out.HostedZone.ResourceRecordSetCount)

	var ids []string
	for p := route53.NewListHostedZonesPaginator(client, &route53.ListHostedZonesInput{}); p.HasMorePages(); {
		page, err := p.NextPage(t.Context())
		require.NoError(t, err)
		require.LessOrEqual(t, len(page.HostedZones), 2)
		for _, z := range page.HostedZones {
			ids = append(ids, strings.TrimPrefix(*z.Id, "/hostedzone/"))
		}
	}
	require.ElementsMatch(t, []string{public, private, child, org}, ids)

	var names []string
	in := &route53.ListHostedZonesByNameInput{DNSName: aws.String("example.com")}
	for {
		page, err := client.ListHostedZonesByName(t.Context(), in)
		require.NoError(t, err)
		for _, z := range page.HostedZones {
			names = append(names, *z.Name)
		}
		if !page.IsTruncated {
			break
		}
		in.DNSName, in.HostedZoneId = page.NextDNSName, page.NextHostedZoneId
	}
	require.Equal(t, []string{"example.com.", "example.com.", "a.example.com.", "example.org."}, names,
		"by name is an order from a position on, and no filter")

	only, err := client.ListHostedZones(t.Context(), &route53.ListHostedZonesInput{HostedZoneType: types.HostedZoneTypePrivateHostedZone})
	require.NoError(t, err)
	require.Len(t, only.HostedZones, 1)
	_, err = client.ListHostedZonesByName(t.Context(), &route53.ListHostedZonesByNameInput{HostedZoneId: &public})
	var invalid *types.InvalidInput
	require.ErrorAs(t, err, &invalid)
}

func TestCreateHostedZone(t *testing.T) {
	t.Parallel()
	r := dnstest.New(atOnce)
	client := r.Client()
	in := &route53.CreateHostedZoneInput{Name: aws.String("Example.com"), CallerReference: aws.String("once")}
	out, err := client.CreateHostedZone(t.Context(), in)
	require.NoError(t, err)
	require.Equal(t, "example.com.", *out.HostedZone.Name)
	require.Len(t, out.DelegationSet.NameServers, 4)
	change, err := client.GetChange(t.Context(), &route53.GetChangeInput{Id: out.ChangeInfo.Id})
	require.NoError(t, err)
	require.Equal(t, types.ChangeStatusInsync, change.ChangeInfo.Status)

	_, err = client.CreateHostedZone(t.Context(), in)
	var exists *types.HostedZoneAlreadyExists
	require.ErrorAs(t, err, &exists, "a caller reference makes one zone")
	in.CallerReference = aws.String("twice")
	_, err = client.CreateHostedZone(t.Context(), in)
	require.NoError(t, err, "two public zones may have the same name")

	vpc := &types.VPC{VPCId: aws.String("vpc-1"), VPCRegion: types.VPCRegionUsEast1}
	for i, tt := range []struct {
		rule string
		in   route53.CreateHostedZoneInput
		want any
	}{
		{"a private zone needs a VPC", route53.CreateHostedZoneInput{HostedZoneConfig: &types.HostedZoneConfig{PrivateZone: true}}, new(*types.InvalidInput)},
		{"a private zone", route53.CreateHostedZoneInput{VPC: vpc}, nil},
		{"a VPC has one zone of a name", route53.CreateHostedZoneInput{VPC: vpc}, new(*types.ConflictingDomainExists)},
		{"a name has labels", route53.CreateHostedZoneInput{Name: aws.String("a..b")}, new(*types.InvalidDomainName)},
	} {
		tt.in.CallerReference = aws.String(label(i))
		if tt.in.Name == nil {
			tt.in.Name = aws.String("example.com")
		}
		_, err := client.CreateHostedZone(t.Context(), &tt.in)
		if tt.want == nil {
			require.NoError(t, err, tt.rule)
		} else {
			require.ErrorAs(t, err, tt.want, tt.rule)
		}
	}
}
