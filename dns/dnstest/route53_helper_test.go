package dnstest_test

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/peppercorn-go/peppercorn/dns/dnstest"
)

const (
	typeCNAME = types.RRTypeCname
	typeTXT   = types.RRTypeTxt
	typeA     = types.RRTypeA
)

// atOnce has no rates and no delays, for tests of rules that have nothing to do with time.
func atOnce(o *dnstest.Route53Options) {
	o.RequestsPerSecond, o.Processing, o.Propagation = -1, -1, -1
}

func newZone(optFns ...func(*dnstest.Route53Options)) (r *dnstest.Route53, zoneID string) {
	r = dnstest.New(optFns...)
	return r, r.AddZone("example.com", false)
}

func create(set types.ResourceRecordSet) types.Change {
	return dnstest.Change(types.ChangeActionCreate, set)
}

func remove(set types.ResourceRecordSet) types.Change {
	return dnstest.Change(types.ChangeActionDelete, set)
}

func upsert(set types.ResourceRecordSet) types.Change {
	return dnstest.Change(types.ChangeActionUpsert, set)
}

func send(ctx context.Context, client *route53.Client, zoneID string, changes ...types.Change) (*types.ChangeInfo, error) {
	out, err := client.ChangeResourceRecordSets(ctx, &route53.ChangeResourceRecordSetsInput{
		HostedZoneId: &zoneID,
		ChangeBatch:  &types.ChangeBatch{Changes: changes, Comment: aws.String("a test")},
	})
	if err != nil {
		return nil, err
	}
	return out.ChangeInfo, nil
}

// reasons reads both forms of an InvalidChangeBatch.
func reasons(err error) string {
	var invalid *types.InvalidChangeBatch
	if !errors.As(err, &invalid) {
		return ""
	}
	if len(invalid.Messages) > 0 {
		return "[" + strings.Join(invalid.Messages, ", ") + "]"
	}
	return aws.ToString(invalid.Message)
}

// with changes a copy of a record set.
func with(set types.ResourceRecordSet, change func(*types.ResourceRecordSet)) types.ResourceRecordSet {
	change(&set)
	return set
}

func weighted(id string, weight int64) func(*types.ResourceRecordSet) {
	return func(s *types.ResourceRecordSet) { s.SetIdentifier, s.Weight = &id, &weight }
}

var (
	www    = dnstest.Set("www.example.com", typeCNAME, 60, "blue.example.net")
	wwwNew = dnstest.Set("www.example.com", typeCNAME, 60, "green.example.net")
	note   = dnstest.Set("note.example.com", typeTXT, 60, `"rev=1"`)
	note2  = dnstest.Set("note.example.com", typeTXT, 60, `"rev=2"`)
	host   = dnstest.Set("host.example.com", typeA, 60, "192.0.2.1")
)

func apexNS() types.ResourceRecordSet {
	return dnstest.Set("example.com", types.RRTypeNs, 172800,
		"ns-1.awsdns-01.com.", "ns-2.awsdns-02.net.", "ns-3.awsdns-03.org.", "ns-4.awsdns-04.co.uk.")
}

func label(i int) string { return fmt.Sprintf("n%04d", i) }
