package ec2test

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// maxRules is the default quota of rules of a group for each direction.
const maxRules = 60

// A rule is what makes two rules the same for EC2; the description does not.
type rule struct {
	egress   bool
	protocol string
	from, to int32
	peer     string // range of addresses, or id of a group
}

func (w *world) authorizeIngress(in *ec2.AuthorizeSecurityGroupIngressInput) (*ec2.AuthorizeSecurityGroupIngressOutput, error) {
	if in.CidrIp != nil || in.IpProtocol != nil || in.SourceSecurityGroupName != nil {
		return nil, onlyPermissions()
	}
	if err := w.authorize(in.GroupId, in.GroupName, in.IpPermissions, false, in.DryRun); err != nil {
		return nil, err
	}
	return &ec2.AuthorizeSecurityGroupIngressOutput{Return: aws.Bool(true)}, nil
}

func (w *world) authorizeEgress(in *ec2.AuthorizeSecurityGroupEgressInput) (*ec2.AuthorizeSecurityGroupEgressOutput, error) {
	if in.CidrIp != nil || in.IpProtocol != nil || in.SourceSecurityGroupName != nil {
		return nil, onlyPermissions()
	}
	if err := w.authorize(in.GroupId, nil, in.IpPermissions, true, in.DryRun); err != nil {
		return nil, err
	}
	return &ec2.AuthorizeSecurityGroupEgressOutput{Return: aws.Bool(true)}, nil
}

func (w *world) revokeIngress(in *ec2.RevokeSecurityGroupIngressInput) (*ec2.RevokeSecurityGroupIngressOutput, error) {
	if in.CidrIp != nil || in.IpProtocol != nil || in.SourceSecurityGroupName != nil || len(in.SecurityGroupRuleIds) > 0 {
		return nil, onlyPermissions()
	}
	if err := w.revoke(in.GroupId, in.GroupName, in.IpPermissions, false, in.DryRun); err != nil {
		return nil, err
	}
	return &ec2.RevokeSecurityGroupIngressOutput{Return: aws.Bool(true)}, nil
}

func (w *world) revokeEgress(in *ec2.RevokeSecurityGroupEgressInput) (*ec2.RevokeSecurityGroupEgressOutput, error) {
	if in.CidrIp != nil || in.IpProtocol != nil || in.SourceSecurityGroupName != nil || len(in.SecurityGroupRuleIds) > 0 {
		return nil, onlyPermissions()
	}
	if err := w.revoke(in.GroupId, nil, in.IpPermissions, true, in.DryRun); err != nil {
		return nil, err
	}
	return &ec2.RevokeSecurityGroupEgressOutput{Return: aws.Bool(true)}, nil
}

func onlyPermissions() error {
	return refuse("NotSimulated", "the simulated EC2 takes rules as IpPermissions only")
}

// authorize adds all rules or none.
func (w *world) authorize(id, name *string, permissions []types.IpPermission, egress bool, dry *bool) error {
	g, err := w.group(id, name)
	if err != nil {
		return err
	}
	rules, err := w.readRules(g, permissions, egress)
	if err != nil {
		return err
	}
	for _, r := range inRuleOrder(rules) {
		if _, ok := g.rules[r]; ok {
			return refuse("InvalidPermission.Duplicate", fmt.Sprintf(
				"the specified rule \"peer: %s, %s, from port: %d, to port: %d, ALLOW\" already exists",
				r.peer, strings.ToUpper(r.protocol), r.from, r.to))
		}
	}
	n := len(rules)
	for r := range g.rules {
		if r.egress == egress {
			n++
		}
	}
	if n > maxRules {
		return refuse("RulesPerSecurityGroupLimitExceeded", "The maximum number of rules per security group has been reached.")
	}
	if err := dryRun(dry); err != nil {
		return err
	}
	maps.Copy(g.rules, rules)
	return nil
}

// revoke takes away all rules or none.
func (w *world) revoke(id, name *string, permissions []types.IpPermission, egress bool, dry *bool) error {
	g, err := w.group(id, name)
	if err != nil {
		return err
	}
	rules, err := w.readRules(g, permissions, egress)
	if err != nil {
		return err
	}
	for r := range rules {
		if _, ok := g.rules[r]; !ok {
			return refuse("InvalidPermission.NotFound", "The specified rule does not exist in this security group.")
		}
	}
	if err := dryRun(dry); err != nil {
		return err
	}
	for r := range rules {
		delete(g.rules, r)
	}
	return nil
}

// readRules checks permissions and takes them apart.
func (w *world) readRules(g *group, permissions []types.IpPermission, egress bool) (map[rule]string, error) {
	rules := map[rule]string{}
	add := func(r rule, description *string) error {
		if _, twice := rules[r]; twice {
			return refuse("InvalidParameterValue", "The same permission must not appear multiple times")
		}
		if text := aws.ToString(description); text != "" && !groupText.MatchString(text) {
			return refuse("InvalidParameterValue", "Invalid rule description. Valid descriptions are strings less than "+
				"256 characters from the following set:  a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*")
		}
		rules[r] = aws.ToString(description)
		return nil
	}
	for _, p := range permissions {
		base, err := readPorts(p)
		if err != nil {
			return nil, err
		}
		base.egress = egress
		if len(p.PrefixListIds) > 0 {
			return nil, onlyPermissions()
		}
		for _, peer := range p.IpRanges {
			if base.peer, err = readCIDR(aws.ToString(peer.CidrIp), true); err == nil {
				err = add(base, peer.Description)
			}
			if err != nil {
				return nil, err
			}
		}
		for _, peer := range p.Ipv6Ranges {
			if base.peer, err = readCIDR(aws.ToString(peer.CidrIpv6), false); err == nil {
				err = add(base, peer.Description)
			}
			if err != nil {
				return nil, err
			}
		}
		for _, peer := range p.UserIdGroupPairs {
			other, err := w.group(peer.GroupId, peer.GroupName)
			if err != nil {
				return nil, err
			}
			if other.vpc != g.vpc {
				return nil, refuse("InvalidGroup.NotFound", "You have specified two resources that belong to different networks.")
			}
			base.peer = other.id
			if err := add(base, peer.Description); err != nil {
				return nil, err
			}
		}
	}
	if len(rules) == 0 {
		return nil, refuse("MissingParameter", "The request must contain the parameter ipPermissions with at least one source")
	}
	return rules, nil
}

var protocols = map[string]string{
	"tcp": "tcp", "udp": "udp", "icmp": "icmp", "icmpv6": "icmpv6", "6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6",
}

func readPorts(p types.IpPermission) (rule, error) {
	name := strings.ToLower(aws.ToString(p.IpProtocol))
	if name == "-1" || name == "all" {
		return rule{protocol: "-1", from: -1, to: -1}, nil
	}
	protocol, ok := protocols[name]
	if !ok {
		return rule{}, refuse("InvalidParameterValue", fmt.Sprintf("Invalid value '%s' for IP protocol. Unknown protocol.", name))
	}
	if p.FromPort == nil || p.ToPort == nil {
		return rule{}, refuse("InvalidParameterValue", "Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange.")
	}
	r := rule{protocol: protocol, from: *p.FromPort, to: *p.ToPort}
	icmp := strings.HasPrefix(protocol, "icmp")
	switch {
	case icmp && (r.from < -1 || r.from > 255 || r.to < -1 || r.to > 255 || r.from == -1 && r.to != -1):
		return rule{}, refuse("InvalidParameterValue", fmt.Sprintf("ICMP code (%d) out of range", r.to))
	case !icmp && (r.from < 0 || r.to > 65535 || r.from > r.to):
		return rule{}, refuse("InvalidParameterValue", fmt.Sprintf("Invalid value '%d - %d' for portRange.", r.from, r.to))
	}
	return r, nil
}

// readCIDR clears the bits behind the prefix, as EC2 does without a word.
func readCIDR(text string, v4 bool) (string, error) {
	prefix, err := netip.ParsePrefix(text)
	if err != nil || prefix.Addr().Is4() != v4 {
		return "", refuse("InvalidParameterValue", fmt.Sprintf("CIDR block %s is malformed", text))
	}
	return prefix.Masked().String(), nil
}

func inRuleOrder(rules map[rule]string) []rule {
	return slices.SortedFunc(maps.Keys(rules), func(a, b rule) int {
		return cmp.Or(cmp.Compare(a.protocol, b.protocol), cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to),
			cmp.Compare(a.peer, b.peer))
	})
}

// permissions shows rules as EC2 does: one permission for each protocol and range of ports, with all its peers.
func (w *world) permissions(g *group, egress bool) []types.IpPermission {
	var shown []types.IpPermission
	var last rule
	for _, r := range inRuleOrder(g.rules) {
		if r.egress != egress {
			continue
		}
		peer, description := r.peer, (*string)(nil)
		if text := g.rules[r]; text != "" {
			description = aws.String(text)
		}
		r.peer = ""
		if len(shown) == 0 || r != last {
			p := types.IpPermission{IpProtocol: aws.String(r.protocol)}
			if r.protocol != "-1" {
				p.FromPort, p.ToPort = aws.Int32(r.from), aws.Int32(r.to)
			}
			shown, last = append(shown, p), r
		}
		p := &shown[len(shown)-1]
		switch {
		case strings.HasPrefix(peer, "sg-"):
			p.UserIdGroupPairs = append(p.UserIdGroupPairs,
				types.UserIdGroupPair{GroupId: aws.String(peer), UserId: aws.String(w.account()), Description: description})
		case strings.Contains(peer, ":"):
			p.Ipv6Ranges = append(p.Ipv6Ranges, types.Ipv6Range{CidrIpv6: aws.String(peer), Description: description})
		default:
			p.IpRanges = append(p.IpRanges, types.IpRange{CidrIp: aws.String(peer), Description: description})
		}
	}
	return shown
}
