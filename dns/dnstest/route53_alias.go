package dnstest

import (
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
)

// target judges where an alias record set points. Route 53 looks the target up in the hosted zone that the alias names: in the
// alias's own zone it must exist already, as a record set of the same type. Another zone of the account is never allowed
// (API reference, AliasTarget). In a zone of AWS's own, the name has to lie there; of those only the zones of load balancers are
// known here, and others are taken on trust.
func (j *judge) target(action types.ChangeAction, set types.ResourceRecordSet) {
	if set.AliasTarget == nil {
		return
	}
	verb, host, zoneID := "create", *set.AliasTarget.DNSName, aws.ToString(set.AliasTarget.HostedZoneId)
	if action == types.ChangeActionUpsert {
		verb = "update"
	}
	if !j.lies(host, zoneID) {
		j.refuse("Tried to %s an alias that targets %s, type %s in zone %s, but the alias target name does not lie within "+
			"the target zone", verb, host, set.Type, zoneID)
		return
	}
	if zoneID != j.zone.id || j.holds(host, set) {
		return
	}
	j.refuse("Tried to %s an alias that targets %s, type %s in zone %s, but that target was not found",
		verb, host, set.Type, zoneID)
}

// lies reports whether a name may be an alias's target in a hosted zone.
func (j *judge) lies(host, zoneID string) bool {
	if zoneID == j.zone.id {
		return within(host, j.zone.name)
	}
	if _, ours := j.zones[zoneID]; ours || within(host, j.zone.name) {
		return false
	}
	region, network, balancer := balancerHost(host)
	zones, known := balancerZones[region]
	switch {
	case !balancer:
		return !isBalancerZone(zoneID)
	case !known:
		return true
	case network:
		return zoneID == zones.network
	}
	return zoneID == zones.application
}

// holds reports whether the zone has a record set of that name and of the type of another.
func (j *judge) holds(host string, set types.ResourceRecordSet) bool {
	for _, other := range j.work.at(host) {
		if other.Type == set.Type && keyOf(other) != keyOf(set) {
			return true
		}
	}
	return false
}

// balancerZones are the hosted zones in which ELB keeps the names of its balancers, for some regions (AWS General Reference,
// "Elastic Load Balancing endpoints and quotas").
var balancerZones = map[string]struct{ application, network string }{
	"us-east-1":    {"Z35SXDOTRQ7X7K", "Z26RNL4JYFTOTI"},
	"us-east-2":    {"Z3AADJGX6KTTL2", "ZLMOA37VPKANP"},
	"us-west-2":    {"Z1H1FL5HABSF5", "Z18D5FSROUN65G"},
	"eu-central-1": {"Z215JYRZR1TBD5", "Z3F0SRJ5LGBH90"},
	"eu-west-1":    {"Z32O12XQLNTSW2", "Z2IFOLAFXWLO4F"},
}

func isBalancerZone(zoneID string) bool {
	for _, zones := range balancerZones {
		if zoneID == zones.application || zoneID == zones.network {
			return true
		}
	}
	return false
}

var (
	applicationHost = regexp.MustCompile(`\.([a-z0-9-]+)\.elb\.amazonaws\.com\.$`)
	networkHost     = regexp.MustCompile(`\.elb\.([a-z0-9-]+)\.amazonaws\.com\.$`)
)

// balancerHost takes the host name of a load balancer apart: <name>.<region>.elb.amazonaws.com of an application balancer and
// <name>.elb.<region>.amazonaws.com of a network balancer.
func balancerHost(host string) (region string, network, ok bool) {
	host = strings.ToLower(host)
	if found := applicationHost.FindStringSubmatch(host); found != nil {
		return found[1], false, true
	}
	if found := networkHost.FindStringSubmatch(host); found != nil {
		return found[1], true, true
	}
	return "", false, false
}
