package dnstest

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/peppercorn-go/peppercorn/internal/sim"
)

// maxZonesPage is the limit of both listings of hosted zones.
const maxZonesPage = 100

// A zone is one hosted zone.
type zone struct {
	id        string
	name      string // normal
	reference string
	comment   *string
	private   bool
	vpc       *types.VPC

	live      *store // what the API shows: the newest committed state
	served    *store // what the name servers have: every INSYNC change
	history   []*change
	pending   []*change
	busyUntil time.Time
}

// zone finds a hosted zone by its id, with or without the prefix that listings show.
func (r *Route53) zone(id string) (*zone, error) {
	id = strings.TrimPrefix(id, "/hostedzone/")
	if z, ok := r.zones[id]; ok {
		return z, nil
	}
	return nil, noSuchZone(id)
}

// AddZone makes a hosted zone that has been there for long: its NS and SOA are INSYNC. It returns the zone's id. A private
// zone belongs to an invented VPC. Several zones may have the same name, as in an account with split-horizon DNS. If
// the name is no domain name there is no zone, and the id is empty.
func (r *Route53) AddZone(name string, private bool) (zoneID string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	n, err := normal(name)
	if err != nil {
		return ""
	}
	z := r.newZone(n)
	if private {
		z.private = true
		z.vpc = &types.VPC{VPCId: aws.String("vpc-0simulated"), VPCRegion: types.VPCRegion(r.cloud.Options().Region)}
	}
	z.served = z.live.clone()
	return z.id
}

func (r *Route53) newZone(name string) *zone {
	z := &zone{id: r.id("Z", 21), name: name, live: newStore(), served: newStore()}
	z.reference = z.id
	z.live.put(name, defaults(name))
	r.zones[z.id] = z
	r.created = append(r.created, z)
	return z
}

func nameServers() []string {
	return []string{"ns-1.awsdns-01.com", "ns-2.awsdns-02.net", "ns-3.awsdns-03.org", "ns-4.awsdns-04.co.uk"}
}

// defaults are the record sets that Route 53 puts into every zone.
func defaults(name string) []types.ResourceRecordSet {
	var ns []types.ResourceRecord
	for _, host := range nameServers() {
		ns = append(ns, types.ResourceRecord{Value: aws.String(host + ".")})
	}
	soa := nameServers()[0] + ". awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400"
	return []types.ResourceRecordSet{
		{Name: &name, Type: types.RRTypeNs, TTL: aws.Int64(172800), ResourceRecords: ns},
		{Name: &name, Type: types.RRTypeSoa, TTL: aws.Int64(900), ResourceRecords: []types.ResourceRecord{{Value: &soa}}},
	}
}

func (z *zone) describe() types.HostedZone {
	return types.HostedZone{
		Id:                     aws.String("/hostedzone/" + z.id),
		Name:                   aws.String(z.name),
		CallerReference:        aws.String(z.reference),
		Config:                 &types.HostedZoneConfig{Comment: z.comment, PrivateZone: z.private},
		ResourceRecordSetCount: aws.Int64(int64(z.live.count)),
	}
}

func (z *zone) delegation() *types.DelegationSet {
	if z.private {
		return nil
	}
	return &types.DelegationSet{NameServers: nameServers()}
}

func (r *Route53) createZone(in *route53.CreateHostedZoneInput) (any, error) {
	name, err := normal(*in.Name)
	if err != nil || !strings.Contains(strings.TrimSuffix(name, "."), ".") {
		return nil, &types.InvalidDomainName{Message: aws.String(*in.Name + " is not a valid domain name")}
	}
	reference := *in.CallerReference
	if reference == "" || len(reference) > 128 {
		return nil, invalidInput("CallerReference must have 1 to 128 characters")
	}
	config := in.HostedZoneConfig
	if config == nil {
		config = &types.HostedZoneConfig{PrivateZone: in.VPC != nil}
	}
	if config.PrivateZone != (in.VPC != nil) {
		return nil, invalidInput("a private hosted zone needs a VPC, and a public one must not have any")
	}
	for _, z := range r.created {
		if z.reference == reference {
			return nil, sim.WithStatus(&types.HostedZoneAlreadyExists{Message: aws.String(
				"A hosted zone has already been created with the specified caller reference.")}, http.StatusConflict)
		}
		if z.private && config.PrivateZone && z.name == name && aws.ToString(z.vpc.VPCId) == aws.ToString(in.VPC.VPCId) {
			return nil, &types.ConflictingDomainExists{Message: aws.String(fmt.Sprintf(
				"The VPC %s is already associated with another hosted zone with the same domain name.", *in.VPC.VPCId))}
		}
	}
	z := r.newZone(name)
	z.reference, z.comment, z.private, z.vpc = reference, config.Comment, config.PrivateZone, in.VPC
	c := r.commit(z, &types.ChangeBatch{}, map[string][]types.ResourceRecordSet{name: z.live.at(name)})
	described := z.describe()
	return &route53.CreateHostedZoneOutput{
		ChangeInfo:    c.info(),
		DelegationSet: z.delegation(),
		HostedZone:    &described,
		Location:      aws.String("https://route53.amazonaws.com/2013-04-01/hostedzone/" + z.id),
		VPC:           z.vpc,
	}, nil
}

func (r *Route53) getZone(in *route53.GetHostedZoneInput) (any, error) {
	z, err := r.zone(*in.Id)
	if err != nil {
		return nil, err
	}
	described := z.describe()
	out := &route53.GetHostedZoneOutput{HostedZone: &described, DelegationSet: z.delegation()}
	if z.vpc != nil {
		out.VPCs = []types.VPC{*z.vpc}
	}
	return out, nil
}

// listZones lists by id. AWS promises no order, and so a caller must not take the first zone of a name for the only one.
func (r *Route53) listZones(in *route53.ListHostedZonesInput) (any, error) {
	n, err := r.page(in.MaxItems, maxZonesPage)
	if err != nil {
		return nil, err
	}
	zones := slices.SortedFunc(slices.Values(r.created), func(a, b *zone) int { return cmp.Compare(a.id, b.id) })
	if in.HostedZoneType == types.HostedZoneTypePrivateHostedZone {
		zones = slices.DeleteFunc(zones, func(z *zone) bool { return !z.private })
	}
	if in.Marker != nil {
		zones = slices.DeleteFunc(zones, func(z *zone) bool { return z.id < *in.Marker })
	}
	out := &route53.ListHostedZonesOutput{Marker: in.Marker, MaxItems: aws.Int32(aws.ToInt32(in.MaxItems))}
	if in.MaxItems == nil {
		out.MaxItems = aws.Int32(maxZonesPage)
	}
	for _, z := range zones[:min(n, len(zones))] {
		out.HostedZones = append(out.HostedZones, z.describe())
	}
	if len(zones) > n {
		out.IsTruncated, out.NextMarker = true, aws.String(zones[n].id)
	}
	return out, nil
}

// listZonesByName lists in the order of reversed names, from a position that need not exist: it is no filter.
func (r *Route53) listZonesByName(in *route53.ListHostedZonesByNameInput) (any, error) {
	n, err := r.page(in.MaxItems, maxZonesPage)
	if err != nil {
		return nil, err
	}
	if in.HostedZoneId != nil && in.DNSName == nil {
		return nil, invalidInput("HostedZoneId needs a DNSName")
	}
	compare := func(z *zone, name, id string) int {
		return cmp.Or(cmp.Compare(reversed(z.name), reversed(name)), cmp.Compare(z.id, id))
	}
	zones := slices.SortedFunc(slices.Values(r.created), func(a, b *zone) int { return compare(a, b.name, b.id) })
	if in.DNSName != nil {
		name, err := normal(*in.DNSName)
		if err != nil {
			return nil, &types.InvalidDomainName{Message: aws.String(*in.DNSName + " is not a valid domain name")}
		}
		id := strings.TrimPrefix(aws.ToString(in.HostedZoneId), "/hostedzone/")
		zones = slices.DeleteFunc(zones, func(z *zone) bool { return compare(z, name, id) < 0 })
	}
	out := &route53.ListHostedZonesByNameOutput{DNSName: in.DNSName, HostedZoneId: in.HostedZoneId, MaxItems: in.MaxItems}
	if in.MaxItems == nil {
		out.MaxItems = aws.Int32(maxZonesPage)
	}
	for _, z := range zones[:min(n, len(zones))] {
		out.HostedZones = append(out.HostedZones, z.describe())
	}
	if len(zones) > n {
		out.IsTruncated, out.NextDNSName, out.NextHostedZoneId = true, aws.String(zones[n].name), aws.String(zones[n].id)
	}
	return out, nil
}
