package dnstest

import (
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/peppercorn-go/peppercorn/internal/sim"
)

// maxRecordsPage is the most that one listing returns.
const maxRecordsPage = 300

// listRecords shows the newest committed state, PENDING changes and all. The start is a position in the order of names and
// types, not a filter, and every page reads the state of its own moment.
func (r *Route53) listRecords(in *route53.ListResourceRecordSetsInput) (any, error) {
	z, err := r.zone(*in.HostedZoneId)
	if err != nil {
		return nil, err
	}
	n, err := r.page(in.MaxItems, maxRecordsPage)
	if err != nil {
		return nil, err
	}
	start, err := position(in)
	if err != nil {
		return nil, err
	}
	page, next := z.live.from(start, n)
	out := &route53.ListResourceRecordSetsOutput{MaxItems: in.MaxItems, ResourceRecordSets: page}
	if in.MaxItems == nil {
		out.MaxItems = aws.Int32(maxRecordsPage)
	}
	if next != nil {
		out.IsTruncated = true
		out.NextRecordName, out.NextRecordType, out.NextRecordIdentifier = next.Name, next.Type, next.SetIdentifier
	}
	return out, nil
}

func position(in *route53.ListResourceRecordSetsInput) (key, error) {
	var start key
	switch {
	case in.StartRecordType != "" && in.StartRecordName == nil:
		return start, invalidInput("StartRecordType needs a StartRecordName")
	case in.StartRecordIdentifier != nil && in.StartRecordType == "":
		return start, invalidInput("StartRecordIdentifier needs a StartRecordName and a StartRecordType")
	case in.StartRecordType != "" && !slices.Contains(in.StartRecordType.Values(), in.StartRecordType):
		return start, invalidInput("unknown StartRecordType '%s'", in.StartRecordType)
	case in.StartRecordName == nil:
		return start, nil
	}
	name, err := normal(*in.StartRecordName)
	if err != nil {
		return start, invalidInput("%v", err)
	}
	return key{name: name, typ: in.StartRecordType, set: aws.ToString(in.StartRecordIdentifier)}, nil
}

// Records returns the newest state of a zone in the order of listings, without its own NS and SOA. It is nil if there is
// no such zone.
func (r *Route53) Records(zoneID string) []types.ResourceRecordSet {
	return r.records(zoneID, func(z *zone) *store { return z.live })
}

// Served returns what the name servers of a zone have, which is the newest INSYNC state, like [Route53.Records].
func (r *Route53) Served(zoneID string) []types.ResourceRecordSet {
	return r.records(zoneID, func(z *zone) *store { return z.served })
}

func (r *Route53) records(zoneID string, state func(*zone) *store) []types.ResourceRecordSet {
	r.mu.Lock()
	defer r.mu.Unlock()
	z, err := r.zone(zoneID)
	if err != nil {
		return nil
	}
	z.settle(time.Now())
	s := state(z)
	all, _ := s.from(key{}, s.count)
	all = slices.DeleteFunc(all, func(set types.ResourceRecordSet) bool {
		return *set.Name == z.name && (set.Type == types.RRTypeNs || set.Type == types.RRTypeSoa)
	})
	return sim.Clone(all)
}

// Set makes a record set of values, for [Route53.Edit] and for comparing with what a zone holds. A TXT value is given
// with its quotation marks.
func Set(name string, typ types.RRType, ttl int64, values ...string) types.ResourceRecordSet {
	set := types.ResourceRecordSet{Name: &name, Type: typ, TTL: &ttl}
	for _, v := range values {
		set.ResourceRecords = append(set.ResourceRecords, types.ResourceRecord{Value: &v})
	}
	return set
}

// Alias makes an alias record set, for [Route53.Edit] and for comparing with what a zone holds. A host in the same zone has
// that zone's id, one of AWS the id that its service says. The target's health is not evaluated.
func Alias(name string, typ types.RRType, zoneID, host string) types.ResourceRecordSet {
	return types.ResourceRecordSet{Name: &name, Type: typ, AliasTarget: &types.AliasTarget{HostedZoneId: &zoneID, DNSName: &host}}
}

// Change makes a change of a record set, for [Route53.Edit].
func Change(action types.ChangeAction, set types.ResourceRecordSet) types.Change {
	return types.Change{Action: action, ResourceRecordSet: &set}
}
