package dnstest_test

import (
	"crypto/rand"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/dns"
	"github.com/peppercorn-go/peppercorn/dns/dnstest"
	"github.com/peppercorn-go/peppercorn/internal/moto"
)

// freshBase returns a name that nobody else uses.
func freshBase(zone string) string {
	return fmt.Sprintf("t%s.%s", strings.ToLower(rand.Text()[:10]), zone)
}

func TestZoneOnTheSimulation(t *testing.T) {
	t.Parallel()
	dnstest.TestZone(t, dnstest.Harness{
		Run: synctest.Test,
		Open: func(*testing.T) dnstest.Place {
			r := dnstest.New()
			// Another program's batch may be in the way for longer than the SDK's three attempts, whose pauses are random.
			patient := func(o *route53.Options) { o.RetryMaxAttempts = 10 }
			return dnstest.Place{API: r.Client(patient), Zone: r.AddZone("example.com", false), Base: freshBase("example.com")}
		},
	})
}

// motoGaps is what moto 5.2.1 lets pass, or refuses, and Route 53 does not.
var motoGaps = map[string]string{
	"swap back":         "a CREATE is compared with every record that was ever made, not with the present ones",
	"lone CNAME":        "a CNAME is accepted beside other records of its name",
	"all or nothing":    "a CREATE over a record of another type is accepted",
	"stale":             "a DELETE is compared with every value that ever was, not with the present one",
	"created meanwhile": "a CREATE of a record that exists with another value makes a second one",
	"time to live":      "a DELETE with an old time to live is accepted",
	"away and back":     "a CREATE is compared with every record that was ever made, not with the present ones",
	"second run":        "a DELETE is compared with every value that ever was, not with the present one",
	"alias pair":        "a CREATE is compared with every record that was ever made, not with the present ones",
	"alias to nothing":  "the target of an alias is not looked up",
	"stale alias":       "a DELETE of an alias is compared with every target that ever was, not with the present one",
	"address appeared":  "a CNAME is accepted beside other records of its name",
	"one winner":        "a DELETE is compared with every value that ever was, not with the present one",
}

func TestZoneOnMoto(t *testing.T) {
	client := route53.NewFromConfig(moto.Start(t).Config())
	name := freshBase("example.com")
	out, err := client.CreateHostedZone(t.Context(), &route53.CreateHostedZoneInput{Name: aws.String(name), CallerReference: aws.String(name)})
	require.NoError(t, err)
	dnstest.TestZone(t, dnstest.Harness{
		Open: func(*testing.T) dnstest.Place {
			return dnstest.Place{API: client, Zone: *out.HostedZone.Id, Base: freshBase(name)}
		},
		Gaps: motoGaps,
	})
}

// Find against a second implementation of the listing of zones.
func TestFindOnMoto(t *testing.T) {
	client := route53.NewFromConfig(moto.Start(t).Config())
	name := freshBase("example.com")
	for i := range 2 {
		out, err := client.CreateHostedZone(t.Context(), &route53.CreateHostedZoneInput{Name: aws.String(name), CallerReference: aws.String(fmt.Sprint(name, i))})
		require.NoError(t, err)
		id, err := dns.Find(t.Context(), client, name)
		if i == 0 {
			require.NoError(t, err)
			require.Equal(t, strings.TrimPrefix(*out.HostedZone.Id, "/hostedzone/"), id)
			continue
		}
		require.ErrorIs(t, err, dns.ErrAmbiguousZone)
	}
	_, err := dns.Find(t.Context(), client, "below."+name)
	var none *dns.NoZoneError
	require.ErrorAs(t, err, &none)
	require.Equal(t, name, none.Parent)
}
