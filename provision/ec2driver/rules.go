package ec2driver

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// A rule is one rule as EC2 counts and compares them: one direction, protocol, range of ports and peer. The description
// is no part of what makes two rules the same.
type rule struct {
	egress   bool
	protocol string
	from, to int32
	peer     string // a range of addresses in canonical form, or the id of a group
}

// self stands for the id of the group that a rule is in, which is not known before the group is.
const self = ""

// A ruleSet is rules with their descriptions.
type ruleSet map[rule]string

func wantedRules(spec kinds.SecurityGroup) (ruleSet, error) {
	wanted := ruleSet{}
	for _, direction := range []struct {
		egress bool
		rules  []kinds.Rule
	}{{false, spec.Ingress}, {true, spec.Egress}} {
		for _, r := range direction.rules {
			if err := wanted.add(r, direction.egress); err != nil {
				return nil, err
			}
		}
	}
	return wanted, nil
}

func (set ruleSet) add(r kinds.Rule, egress bool) error {
	from, to := r.Ports()
	base := rule{egress: egress, protocol: r.Protocol, from: int32(from), to: int32(to)}
	if r.Protocol == "-1" {
		base.from, base.to = -1, -1
	}
	for _, cidr := range r.CIDRs {
		prefix, err := netip.ParsePrefix(string(cidr))
		if err != nil {
			return fmt.Errorf("%q is not a range of addresses: %w", cidr, err)
		}
		base.peer = prefix.Masked().String()
		set[base] = r.Description
	}
	for _, group := range r.Groups {
		if !strings.HasPrefix(string(group), "sg-") {
			return fmt.Errorf("%q is not the id of a security group", group)
		}
		base.peer = string(group)
		set[base] = r.Description
	}
	if r.Self {
		base.peer = self
		set[base] = r.Description
	}
	return nil
}

// presentRules are the rules that a group has.
func presentRules(g *types.SecurityGroup) ruleSet {
	present := ruleSet{}
	present.read(g.IpPermissions, false)
	present.read(g.IpPermissionsEgress, true)
	return present
}

func (set ruleSet) read(permissions []types.IpPermission, egress bool) {
	for _, p := range permissions {
		base := rule{egress: egress, protocol: aws.ToString(p.IpProtocol), from: -1, to: -1}
		if base.protocol != "-1" && p.FromPort != nil && p.ToPort != nil {
			base.from, base.to = *p.FromPort, *p.ToPort
		}
		for _, r := range p.IpRanges {
			base.peer = canonical(aws.ToString(r.CidrIp))
			set[base] = aws.ToString(r.Description)
		}
		for _, r := range p.Ipv6Ranges {
			base.peer = canonical(aws.ToString(r.CidrIpv6))
			set[base] = aws.ToString(r.Description)
		}
		for _, r := range p.UserIdGroupPairs {
			base.peer = aws.ToString(r.GroupId)
			set[base] = aws.ToString(r.Description)
		}
	}
}

func canonical(cidr string) string {
	if prefix, err := netip.ParsePrefix(cidr); err == nil {
		return prefix.Masked().String()
	}
	return cidr
}

// completeRules adds the rules that a group lacks and, if its egress is not AWS's default, takes that default away. Other
// rules that it has were made by hand; to add or remove is not for a create to decide, so they stay.
func (d *Driver) completeRules(ctx context.Context, g *types.SecurityGroup, wanted ruleSet, ownEgress bool) error {
	id := aws.ToString(g.GroupId)
	present := presentRules(g)
	missing := map[bool]ruleSet{false: {}, true: {}}
	for r, description := range wanted {
		if r.peer == self {
			r.peer = id
		}
		if _, ok := present[r]; !ok {
			missing[r.egress][r] = description
		}
	}
	for _, egress := range []bool{false, true} {
		if err := d.authorize(ctx, id, missing[egress], egress); err != nil {
			return err
		}
	}
	if !ownEgress {
		return nil
	}
	for _, peer := range []string{"0.0.0.0/0", "::/0"} {
		r := rule{egress: true, protocol: "-1", from: -1, to: -1, peer: peer}
		_, isPresent := present[r]
		if _, isWanted := wanted[r]; isPresent && !isWanted {
			if err := d.revokeEgress(ctx, id, r); err != nil {
				return err
			}
		}
	}
	return nil
}

// authorize adds rules of one direction, all in one call. EC2 refuses the whole call if one of them is there already,
// because another deployer has just added it; then each is added by itself.
func (d *Driver) authorize(ctx context.Context, id string, missing ruleSet, egress bool) error {
	rules := missing.sorted()
	if len(rules) == 0 {
		return nil
	}
	err := d.authorizeOnce(ctx, id, missing.permissions(rules), egress)
	if !hasCode(err, codePermissionDuplicate) {
		return err
	}
	for _, r := range rules {
		err := d.authorizeOnce(ctx, id, missing.permissions([]rule{r}), egress)
		if err != nil && !hasCode(err, codePermissionDuplicate) {
			return err
		}
	}
	return nil
}

// authorizeOnce makes one call, again while EC2 does not know the group, or one that a rule names, everywhere yet.
func (d *Driver) authorizeOnce(ctx context.Context, id string, permissions []types.IpPermission, egress bool) error {
	return d.onceKnown(ctx, codeGroupNotFound, func() error {
		if egress {
			_, err := d.api.AuthorizeSecurityGroupEgress(ctx, &ec2.AuthorizeSecurityGroupEgressInput{
				GroupId: aws.String(id), IpPermissions: permissions,
			}, d.patient)
			return err
		}
		_, err := d.api.AuthorizeSecurityGroupIngress(ctx, &ec2.AuthorizeSecurityGroupIngressInput{
			GroupId: aws.String(id), IpPermissions: permissions,
		}, d.patient)
		return err
	})
}

func (d *Driver) revokeEgress(ctx context.Context, id string, r rule) error {
	return d.onceKnown(ctx, codeGroupNotFound, func() error {
		_, err := d.api.RevokeSecurityGroupEgress(ctx, &ec2.RevokeSecurityGroupEgressInput{
			GroupId: aws.String(id), IpPermissions: ruleSet{r: ""}.permissions([]rule{r}),
		}, d.patient)
		if hasCode(err, codePermissionNotFound) {
			return nil
		}
		return err
	})
}

// sorted gives rules an order, so that equal specs make equal requests.
func (set ruleSet) sorted() []rule {
	rules := make([]rule, 0, len(set))
	for r := range set {
		rules = append(rules, r)
	}
	slices.SortFunc(rules, func(a, b rule) int {
		return cmp.Or(cmp.Compare(a.protocol, b.protocol), cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to),
			cmp.Compare(a.peer, b.peer))
	})
	return rules
}

// permissions writes rules as EC2 takes them, one peer each.
func (set ruleSet) permissions(rules []rule) []types.IpPermission {
	permissions := make([]types.IpPermission, 0, len(rules))
	for _, r := range rules {
		p := types.IpPermission{IpProtocol: aws.String(r.protocol)}
		if r.protocol != "-1" {
			p.FromPort, p.ToPort = aws.Int32(r.from), aws.Int32(r.to)
		}
		description := optional(set[r])
		switch {
		case strings.HasPrefix(r.peer, "sg-"):
			p.UserIdGroupPairs = []types.UserIdGroupPair{{GroupId: aws.String(r.peer), Description: description}}
		case strings.Contains(r.peer, ":"):
			p.Ipv6Ranges = []types.Ipv6Range{{CidrIpv6: aws.String(r.peer), Description: description}}
		default:
			p.IpRanges = []types.IpRange{{CidrIp: aws.String(r.peer), Description: description}}
		}
		permissions = append(permissions, p)
	}
	return permissions
}
