package dnstest_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/dns/dnstest"
)

const (
	applicationZone = "Z32O12XQLNTSW2" // of application balancers in eu-west-1
	networkZone     = "Z2IFOLAFXWLO4F"
	application     = "Shop-1.eu-west-1.elb.amazonaws.com"
	network         = "shop-1.elb.eu-west-1.amazonaws.com"
)

// Where an alias may point turns on the zone it names, and on what lies there.
func TestAliasTargets(t *testing.T) {
	t.Parallel()
	const outside, missing = "does not lie within the target zone", "but that target was not found"
	for name, tt := range map[string]struct {
		given   []types.ResourceRecordSet
		typ     types.RRType
		zone    string // "" is the alias's own, "other" another one of the account
		host    string
		refusal string
	}{
		"an application balancer":                 {typ: typeA, zone: applicationZone, host: application},
		"over IPv6":                               {typ: types.RRTypeAaaa, zone: applicationZone, host: application},
		"of both kinds of addresses":              {typ: typeA, zone: applicationZone, host: "dualstack." + application},
		"a network balancer":                      {typ: typeA, zone: networkZone, host: network},
		"a balancer of a region not listed":       {typ: typeA, zone: "Z0", host: "shop-1.sa-east-1.elb.amazonaws.com"},
		"something else of AWS":                   {typ: typeA, zone: "Z2FDTNDATAQYW2", host: "d111111abcdef8.cloudfront.net"},
		"in the zone of the other kind":           {typ: typeA, zone: networkZone, host: application, refusal: outside},
		"in the zone of another region":           {typ: typeA, zone: "Z35SXDOTRQ7X7K", host: application, refusal: outside},
		"in a zone of balancers, which it is not": {typ: typeA, zone: applicationZone, host: "d111111abcdef8.cloudfront.net", refusal: outside},
		"a balancer in our own zone":              {typ: typeA, host: application, refusal: outside},
		"a name of ours in a zone of AWS":         {given: []types.ResourceRecordSet{host}, typ: typeA, zone: "Z2FDTNDATAQYW2", host: "host.example.com", refusal: outside},
		"a name of ours in another zone":          {given: []types.ResourceRecordSet{host}, typ: typeA, zone: "other", host: "host.example.com", refusal: outside},
		"a name of another zone of ours":          {typ: typeA, zone: "other", host: "host.example.org", refusal: outside},
		"a name of ours":                          {given: []types.ResourceRecordSet{host}, typ: typeA, host: "HOST.example.com."},
		"a name of ours without that type":        {given: []types.ResourceRecordSet{host}, typ: types.RRTypeAaaa, host: "host.example.com", refusal: missing},
		"a name of ours that is a CNAME":          {given: []types.ResourceRecordSet{www}, typ: typeA, host: "www.example.com", refusal: missing},
		"a name of ours that is absent":           {typ: typeA, host: "host.example.com", refusal: missing},
		"itself":                                  {typ: typeA, host: "example.com", refusal: missing},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, own := newZone(atOnce)
			other := r.AddZone("example.org", false)
			require.NoError(t, r.Edit(other, create(dnstest.Set("host.example.org", typeA, 60, "192.0.2.1"))))
			for _, set := range tt.given {
				require.NoError(t, r.Edit(own, create(set)))
			}
			zoneID := map[string]string{"": own, "other": other}[tt.zone]
			if zoneID == "" {
				zoneID = tt.zone
			}
			_, err := send(t.Context(), r.Client(once), own, create(dnstest.Alias("example.com", tt.typ, zoneID, tt.host)))
			if tt.refusal != "" {
				require.Contains(t, reasons(err), tt.refusal)
				return
			}
			require.NoError(t, err)
		})
	}
}

// An alias is kept with its target in lower case and with its dot, and has no time to live. What deletes it repeats all of it.
func TestAliasIsKeptAndDeletedWhole(t *testing.T) {
	t.Parallel()
	r, zoneID := newZone(atOnce)
	client := r.Client(once)
	given := dnstest.Alias("Example.com", typeA, applicationZone, application)
	_, err := send(t.Context(), client, zoneID, create(given))
	require.NoError(t, err)
	out, err := client.ListResourceRecordSets(t.Context(), &route53.ListResourceRecordSetsInput{
		HostedZoneId: &zoneID, StartRecordName: aws.String("example.com"), StartRecordType: typeA, MaxItems: aws.Int32(1)})
	require.NoError(t, err)
	listed := out.ResourceRecordSets[0]
	require.Equal(t, dnstest.Alias("example.com.", typeA, applicationZone, "shop-1.eu-west-1.elb.amazonaws.com."), listed)

	for name, stale := range map[string]func(*types.AliasTarget){
		"host":   func(to *types.AliasTarget) { to.DNSName = aws.String("dualstack." + application) },
		"zone":   func(to *types.AliasTarget) { to.HostedZoneId = aws.String("Z0") },
		"health": func(to *types.AliasTarget) { to.EvaluateTargetHealth = true },
	} {
		other := *listed.AliasTarget
		stale(&other)
		_, err = send(t.Context(), client, zoneID, remove(types.ResourceRecordSet{Name: listed.Name, Type: typeA, AliasTarget: &other}))
		require.Contains(t, reasons(err), "do not match the current values", name)
	}
	_, err = send(t.Context(), client, zoneID, remove(listed))
	require.NoError(t, err)
}

// A record set is an alias or has values, never both.
func TestAliasHasNoValues(t *testing.T) {
	t.Parallel()
	r, zoneID := newZone(atOnce)
	for name, add := range map[string]func(*types.ResourceRecordSet){
		"a time to live": func(s *types.ResourceRecordSet) { s.TTL = aws.Int64(60) },
		"values":         func(s *types.ResourceRecordSet) { s.ResourceRecords = host.ResourceRecords },
		"both":           func(s *types.ResourceRecordSet) { s.TTL, s.ResourceRecords = host.TTL, host.ResourceRecords },
	} {
		_, err := send(t.Context(), r.Client(once), zoneID, create(with(dnstest.Alias("example.com", typeA, applicationZone, application), add)))
		var invalid *types.InvalidInput
		require.ErrorAs(t, err, &invalid, name)
		require.ErrorContains(t, err, "Expected exactly one of [AliasTarget", name)
	}
}

// CNAME and alias exclude each other at a name, in either order, and no CNAME stands at the apex.
func TestAliasAndCNAMEExcludeEachOther(t *testing.T) {
	t.Parallel()
	r, zoneID := newZone(atOnce)
	pair := []types.Change{
		create(dnstest.Alias("www.example.com", typeA, applicationZone, application)),
		create(dnstest.Alias("www.example.com", types.RRTypeAaaa, applicationZone, application)),
	}
	require.NoError(t, r.Edit(zoneID, pair...))
	_, err := send(t.Context(), r.Client(once), zoneID, create(www))
	require.Contains(t, reasons(err), "conflicts with other records")
	_, err = send(t.Context(), r.Client(once), zoneID, remove(*pair[0].ResourceRecordSet), create(www))
	require.Contains(t, reasons(err), "conflicts with other records", "half of the pair is left")
	require.NoError(t, r.Edit(zoneID, remove(*pair[0].ResourceRecordSet), remove(*pair[1].ResourceRecordSet), create(www)))
	_, err = send(t.Context(), r.Client(once), zoneID, pair...)
	require.Contains(t, reasons(err), "a conflicting RRSet of type CNAME")
	_, err = send(t.Context(), r.Client(once), zoneID, create(dnstest.Set("example.com", typeCNAME, 60, application)))
	require.Contains(t, reasons(err), "not permitted at apex")
}
