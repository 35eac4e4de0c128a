package kinds

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/peppercorn-go/peppercorn/provision"
)

// ExistingNetworkKind is the kind of an [ExistingNetwork].
const ExistingNetworkKind provision.Kind = "ec2/existing-network"

// An ExistingNetwork is a VPC and subnets of it that are there already. The zero value is the account's default VPC with its default
// subnets, one in each availability zone. It is looked up before anything is made, and never changed or deleted.
//
// Which VPC and subnets were chosen is pinned for the environment, so a subnet that somebody adds later changes nothing. Subnets that are
// listed by their ids leave no choice, so nothing is pinned.
//
// There is no field for public or private subnets. A subnet is public if its route table leads to an internet gateway, which the subnet itself
// does not tell; that instances in it get public addresses (MapPublicIpOnLaunch) says nothing about routes. Tag the subnets and
// choose by SubnetTags.
//
//	net := kinds.AddExistingNetwork(&b, "net", kinds.ExistingNetwork{
//		Tags:       map[string]provision.Text{"Name": "production"},
//		SubnetTags: map[string]provision.Text{"tier": "public"},
//		OnePerZone: true,
//	})
//	kinds.AddLoadBalancer(&b, "lb", kinds.LoadBalancer{Subnets: []provision.Text{net.Subnets()}})
type ExistingNetwork struct {
	// VPC is the VPC's id (vpc-...). Default: the VPC with Tags; without those, that of Subnets; without those, the default VPC.
	VPC provision.Text
	// Tags are keys and values of tags that the VPC has, one VPC of the region exactly. Upper and lower case differ, and no
	// character has a special meaning. It excludes VPC. Default: none.
	Tags map[string]provision.Text
	// Subnets are the ids of subnets (subnet-...), all of the VPC. Default: those with SubnetTags.
	Subnets []provision.Text
	// SubnetTags are keys and values of tags that the subnets have. It excludes Subnets. Default: all subnets of the VPC; of the default
	// VPC, if that was not named, its default subnets.
	SubnetTags map[string]provision.Text
	// OnePerZone demands that no two of the subnets are in the same availability zone: a load balancer takes one of each only. Default:
	// there may be several.
	OnePerZone bool
}

// existingNetworkMaxTags is how many values EC2 takes in the filters of one request (API reference, DescribeSubnets).
const existingNetworkMaxTags = 50

// Kind returns [ExistingNetworkKind].
func (ExistingNetwork) Kind() provision.Kind { return ExistingNetworkKind }

// Existing says that a network is looked up and not made.
func (ExistingNetwork) Existing() {}

// Outputs of a network.
func (ExistingNetwork) Outputs() []provision.Output {
	return []provision.Output{
		{Name: "ID", Type: provision.TextType, Early: true, Doc: "the VPC's id"},
		{Name: "Subnets", Type: provision.ListType, Early: true, Doc: "the ids of the subnets, in the order of their zones and ids"},
		{Name: "AvailabilityZones", Type: provision.ListType, Early: true, Doc: "the zones that the subnets are in, each once"},
		{Name: "CIDR", Type: provision.TextType, Early: true, Doc: "the VPC's primary IPv4 range, such as 10.0.0.0/16"},
	}
}

// Validate checks ids and tags as far as they are known, and what excludes what. It returns every problem, joined.
func (n ExistingNetwork) Validate() error {
	var p problems
	p.id("VPC", n.VPC, "vpc-")
	if n.VPC != "" && len(n.Tags) > 0 {
		p.addf("Tags", "are set, and VPC is too; one of them says which VPC is meant")
	}
	if len(n.Subnets) > 0 && len(n.SubnetTags) > 0 {
		p.addf("SubnetTags", "are set, and Subnets are too; one of them says which subnets are meant")
	}
	seen := map[provision.Text]bool{}
	for i, id := range n.Subnets {
		field := indexed("Subnets", i)
		p.required(field, id)
		p.id(field, id, "subnet-")
		if seen[id] {
			p.addf(field, "%q is listed twice", id)
		}
		seen[id] = true
	}
	p.existingTags("Tags", n.Tags)
	p.existingTags("SubnetTags", n.SubnetTags)
	return p.err()
}

// existingTags checks the tags that something is to be found by. An empty value is one that a tag can have.
func (p *problems) existingTags(field string, tags map[string]provision.Text) {
	if len(tags) > existingNetworkMaxTags {
		p.addf(field, "%d are too many, a resource has at most %d", len(tags), existingNetworkMaxTags)
	}
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		if key == "" || strings.Contains(key, "${{") {
			p.addf(fmt.Sprintf("%s[%q]", field, key), "is not the key of a tag: keys are literal, and not empty")
		}
	}
}

// ExistingNetworkRef is the handle of an [ExistingNetwork] in a blueprint.
type ExistingNetworkRef struct{ provision.Ref }

// AddExistingNetwork adds the look-up of a network to a blueprint. A bad name or a duplicate is reported by the blueprint's Validate.
func AddExistingNetwork(b *provision.Blueprint, name string, n ExistingNetwork, optFns ...func(*provision.Node)) ExistingNetworkRef {
	return ExistingNetworkRef{b.Add(name, n, optFns...)}
}

// ID is the VPC's id. It is known before anything is made, as are all that follow.
func (r ExistingNetworkRef) ID() provision.Text { return r.Output("ID") }

// Subnets are the ids of the subnets, in the order of their zones and ids: a list, which fits into a list of texts as one of its elements.
func (r ExistingNetworkRef) Subnets() provision.Text { return r.Output("Subnets") }

// AvailabilityZones are the zones that the subnets are in, each once: a list.
func (r ExistingNetworkRef) AvailabilityZones() provision.Text { return r.Output("AvailabilityZones") }

// CIDR is the VPC's primary IPv4 range, for rules of security groups.
func (r ExistingNetworkRef) CIDR() provision.Text { return r.Output("CIDR") }
