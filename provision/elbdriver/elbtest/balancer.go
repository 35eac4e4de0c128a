package elbtest

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

// balancer is one load balancer. Its times are compared with now when somebody asks: nothing runs by itself.
type balancer struct {
	thing
	name, vpc  string
	dns, zone  string
	kind       types.LoadBalancerTypeEnum
	scheme     types.LoadBalancerSchemeEnum
	addresses  types.IpAddressType
	subnets    []string          // in order
	zones      map[string]string // of the subnets
	groups     []string          // in order
	attributes map[string]string

	failure       string    // why it failed; empty if it did not
	deleted, gone time.Time // when DeleteLoadBalancer was called, and what that leads to; zero if it was not
}

func (b *balancer) isNetwork() bool { return b.kind == types.LoadBalancerTypeEnumNetwork }

// fullName is the end of the ARN, such as "app/shop/50dc6c495c0c9188".
func (b *balancer) fullName() string {
	return b.arn[strings.Index(b.arn, ":loadbalancer/")+len(":loadbalancer/"):]
}

// name32 is what balancers and target groups may be called.
var name32 = regexp.MustCompile(`^[a-zA-Z0-9]([a-zA-Z0-9-]{0,30}[a-zA-Z0-9])?$`)

func checkName(what, name string) error {
	if !name32.MatchString(name) {
		return validation("%s name '%s' can only contain up to 32 characters that are alphanumeric characters or hyphens(-), "+
			"and cannot begin or end with '-'", what, name)
	}
	return nil
}

// balancer returns the balancer of an ARN, if calls of a region find it.
func (e *ELB) balancer(region, arn string) (*balancer, error) {
	b := e.balancers[arn]
	if b == nil || !e.shown(b.thing, region) {
		return nil, balancerNotFound(arn)
	}
	return b, nil
}

func (e *ELB) createLoadBalancer(region string, in *elbv2.CreateLoadBalancerInput) (*elbv2.CreateLoadBalancerOutput, error) {
	b, err := e.create(region, in)
	if err != nil {
		return nil, err
	}
	return &elbv2.CreateLoadBalancerOutput{LoadBalancers: []types.LoadBalancer{b.show(e)}}, nil
}

func (e *ELB) create(region string, in *elbv2.CreateLoadBalancerInput) (*balancer, error) {
	name := aws.ToString(in.Name)
	if err := checkName("Load balancer", name); err != nil {
		return nil, err
	}
	if strings.HasPrefix(name, "internal-") {
		return nil, validation("Load balancer name '%s' cannot begin with 'internal-'", name)
	}
	tags, err := merged(nil, in.Tags)
	if err != nil {
		return nil, err
	}
	b := &balancer{
		name:      name,
		kind:      cmp.Or(in.Type, types.LoadBalancerTypeEnumApplication),
		scheme:    cmp.Or(in.Scheme, types.LoadBalancerSchemeEnumInternetFacing),
		addresses: cmp.Or(in.IpAddressType, types.IpAddressTypeIpv4),
	}
	if b.kind != types.LoadBalancerTypeEnumApplication && b.kind != types.LoadBalancerTypeEnumNetwork {
		return nil, validation("The load balancer type '%s' is not simulated", b.kind)
	}
	if err := e.place(b, region, in.Subnets); err != nil {
		return nil, err
	}
	if err := e.guard(b, region, in.SecurityGroups); err != nil {
		return nil, err
	}
	for _, old := range e.balancers {
		if old.name == name && old.region == region {
			if !old.deleted.IsZero() || !sameBalancer(old, b) || e.opts.CompareTags && !maps.Equal(old.tags, tags) {
				return nil, duplicateBalancer(name)
			}
			return old, nil
		}
	}
	id, family := e.id(), "app"
	if b.isNetwork() {
		family = "net"
	}
	b.thing = e.newThing(region, fmt.Sprintf("loadbalancer/%s/%s/%s", family, name, id), tags)
	b.dns, b.zone = b.host(id)
	b.attributes = defaultBalancerAttributes(b)
	e.balancers[b.arn] = b
	e.announce(b)
	return b, nil
}

// place checks the subnets: there are enough, all of one VPC, and none in the zone of another.
func (e *ELB) place(b *balancer, region string, subnets []string) error {
	b.zones = map[string]string{}
	for _, id := range subnets {
		vpc, zone, ok := "", "", false
		if id != "" {
			vpc, zone, ok = e.opts.Network.Subnet(region, id)
		}
		switch {
		case !ok:
			return &types.SubnetNotFoundException{Message: aws.String(fmt.Sprintf("The subnet ID '%s' does not exist", id))}
		case b.vpc != "" && b.vpc != vpc:
			return invalidConfiguration("All subnets must belong to the same VPC: '%s'", b.vpc)
		case slices.Contains(slices.Collect(maps.Values(b.zones)), zone):
			return invalidConfiguration("A load balancer cannot be attached to multiple subnets in the same Availability Zone")
		}
		b.vpc, b.zones[id] = vpc, zone
	}
	switch {
	case len(subnets) == 0 && b.isNetwork():
		return validation("At least one subnet must be specified")
	case len(subnets) < 2 && !b.isNetwork():
		return validation("At least two subnets in two different Availability Zones must be specified")
	}
	b.subnets = slices.Sorted(slices.Values(subnets))
	return nil
}

// guard checks the security groups, and fills in the default.
func (e *ELB) guard(b *balancer, region string, groups []string) error {
	for _, id := range groups {
		if vpc, ok := e.opts.Network.SecurityGroup(region, id); !ok || vpc != b.vpc {
			return &types.InvalidSecurityGroupException{Message: aws.String(fmt.Sprintf(
				"One or more security groups are invalid: '%s' is not a group of '%s'", id, b.vpc))}
		}
	}
	if len(groups) == 0 && !b.isNetwork() {
		groups = []string{e.opts.Network.DefaultGroup(region, b.vpc)}
	}
	b.groups = slices.Sorted(slices.Values(groups))
	return nil
}

// sameBalancer compares the settings.
func sameBalancer(a, b *balancer) bool {
	return a.kind == b.kind && a.scheme == b.scheme && a.addresses == b.addresses && a.vpc == b.vpc &&
		slices.Equal(a.subnets, b.subnets) && slices.Equal(a.groups, b.groups)
}

// hostedZones are the zones that ELB keeps the names of balancers in, of application and of network balancers (AWS General
// Reference, Elastic Load Balancing endpoints).
var hostedZones = map[string][2]string{
	"us-east-1":    {"Z35SXDOTRQ7X7K", "Z26RNL4JYFTOTI"},
	"us-east-2":    {"Z3AADJGX6KTTL2", "ZLMOA37VPKANP"},
	"us-west-2":    {"Z1H1FL5HABSF5", "Z18D5FSROUN65G"},
	"eu-central-1": {"Z215JYRZR1TBD5", "Z3F0SRJ5LGBH90"},
	"eu-west-1":    {"Z32O12XQLNTSW2", "Z2IFOLAFXWLO4F"},
}

// host returns the DNS name and its zone.
func (b *balancer) host(id string) (name, zone string) {
	zones, ok := hostedZones[b.region]
	if !ok {
		region := strings.ToUpper(strings.ReplaceAll(b.region, "-", ""))
		zones = [2]string{"Z0APP" + region, "Z0NET" + region}
	}
	if b.isNetwork() {
		return fmt.Sprintf("%s-%s.elb.%s.amazonaws.com", b.name, id, b.region), zones[1]
	}
	number := 0
	for _, c := range []byte(id) {
		number = (number*31 + int(c)) % 1_000_000_000
	}
	name = fmt.Sprintf("%s-%d.%s.elb.amazonaws.com", b.name, number, b.region)
	if b.scheme == types.LoadBalancerSchemeEnumInternal {
		name = "internal-" + name
	}
	return name, zones[0]
}

func (e *ELB) state(b *balancer) *types.LoadBalancerState {
	switch {
	case b.failure != "":
		return &types.LoadBalancerState{Code: types.LoadBalancerStateEnumFailed, Reason: aws.String(b.failure)}
	case time.Since(b.born) < e.opts.Provision:
		return &types.LoadBalancerState{Code: types.LoadBalancerStateEnumProvisioning}
	}
	return &types.LoadBalancerState{Code: types.LoadBalancerStateEnumActive}
}

func (b *balancer) show(e *ELB) types.LoadBalancer {
	shown := types.LoadBalancer{
		LoadBalancerArn: aws.String(b.arn), LoadBalancerName: aws.String(b.name), DNSName: aws.String(b.dns),
		CanonicalHostedZoneId: aws.String(b.zone), CreatedTime: aws.Time(b.born), Scheme: b.scheme, Type: b.kind,
		IpAddressType: b.addresses, VpcId: aws.String(b.vpc), SecurityGroups: b.groups, State: e.state(b),
	}
	for _, id := range b.subnets {
		shown.AvailabilityZones = append(shown.AvailabilityZones, types.AvailabilityZone{
			SubnetId: aws.String(id), ZoneName: aws.String(b.zones[id]),
		})
	}
	return shown
}

func (e *ELB) describeLoadBalancers(region string, in *elbv2.DescribeLoadBalancersInput) (
	*elbv2.DescribeLoadBalancersOutput, error,
) {
	if len(in.LoadBalancerArns) > 0 && len(in.Names) > 0 {
		return nil, validation("Load balancer names and load balancer ARNs cannot be specified at the same time")
	}
	out := &elbv2.DescribeLoadBalancersOutput{}
	for _, arn := range in.LoadBalancerArns {
		b, err := e.balancer(region, arn)
		if err != nil {
			return nil, err
		}
		out.LoadBalancers = append(out.LoadBalancers, b.show(e))
	}
	all := slices.Collect(maps.Values(e.balancers))
	for _, name := range in.Names {
		i := slices.IndexFunc(all, func(b *balancer) bool { return b.name == name && e.shown(b.thing, region) })
		if i < 0 {
			return nil, balancerNotFound(name)
		}
		out.LoadBalancers = append(out.LoadBalancers, all[i].show(e))
	}
	if len(in.LoadBalancerArns)+len(in.Names) > 0 {
		return out, nil
	}
	all = slices.DeleteFunc(all, func(b *balancer) bool { return !e.shown(b.thing, region) })
	page, next, err := paged(e, all, func(b *balancer) int { return b.seq }, in.PageSize, in.Marker)
	if err != nil {
		return nil, err
	}
	for _, b := range page {
		out.LoadBalancers = append(out.LoadBalancers, b.show(e))
	}
	out.NextMarker = next
	return out, nil
}

func (e *ELB) deleteLoadBalancer(region string, in *elbv2.DeleteLoadBalancerInput) (*elbv2.DeleteLoadBalancerOutput, error) {
	arn := aws.ToString(in.LoadBalancerArn)
	b := e.balancers[arn]
	if b == nil || b.region != region || !b.deleted.IsZero() {
		return &elbv2.DeleteLoadBalancerOutput{}, nil
	}
	if b.attributes[deletionProtection] == "true" {
		return nil, notPermitted("Load balancer '%s' cannot be deleted because deletion protection is enabled", arn)
	}
	for _, g := range e.groups {
		if t := g.target(arn); t != nil {
			return nil, inUse("Load balancer '%s' is registered as a target of '%s' and cannot be deleted", arn, g.arn)
		}
	}
	b.deleted = time.Now()
	b.gone = b.deleted.Add(max(0, e.opts.Deletion))
	e.announce(b)
	e.settle(b.deleted)
	return &elbv2.DeleteLoadBalancerOutput{}, nil
}
