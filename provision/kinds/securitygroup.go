package kinds

import (
	"net/netip"
	"regexp"

	"github.com/peppercorn-go/peppercorn/provision"
)

// SecurityGroupKind is the kind of a [SecurityGroup].
const SecurityGroupKind provision.Kind = "ec2/security-group"

// A SecurityGroup is an Amazon VPC security group: a firewall around the resources that carry it. The zero value lets
// nothing in and, as AWS's default, all IPv4 traffic out.
type SecurityGroup struct {
	// VPC is the id of the VPC (vpc-...). Default: the default VPC of the account's region, which must exist.
	VPC provision.Text
	// Description is shown in AWS's console: up to 255 letters, digits, spaces and ._-:/()#,@[]+=&;{}!$* characters.
	// Default: a sentence with the node's and the application's names.
	Description string
	// Ingress is what may come in: up to 60 rules, counted as [Rule] says. Default: nothing.
	Ingress []Rule
	// Egress is what may go out, up to 60 rules; it replaces AWS's default rule. Default: that rule, all IPv4 traffic to
	// anywhere.
	Egress []Rule
	// NoEgress lets nothing out. It excludes Egress. Default: what Egress says gets out.
	NoEgress bool
}

// A Rule allows traffic of one protocol and port range from (ingress) or to (egress) some addresses and groups. Each
// address range and each group counts as one rule in AWS's quota of 60 for each direction. At least one of CIDRs, Groups
// and Self is required.
type Rule struct {
	// Protocol is "tcp", "udp", "icmp", "icmpv6", or "-1" for all traffic of any protocol. Required.
	Protocol string
	// FromPort and ToPort are the range of ports, 0 to 65,535; the default of ToPort is FromPort alone. Required for TCP and
	// UDP. For ICMP they are the type and the code, where -1 means all. Both stay 0 for Protocol "-1".
	FromPort, ToPort int
	// CIDRs are ranges of IPv4 or IPv6 addresses, e.g. "10.0.0.0/8" or "::/0". The bits behind the prefix must be zero,
	// because AWS clears them without saying so.
	CIDRs []provision.Text
	// Groups are the ids of security groups (sg-...) whose members are meant. Two groups of one blueprint cannot name
	// each other.
	Groups []provision.Text
	// Self means the members of this very group.
	Self bool
	// Description of the rule: up to 255 letters, digits, spaces and ._-:/()#,@[]+=&;{}!$* characters. Default: none.
	Description string
}

// TCP is a rule for one TCP port and some address ranges.
func TCP(port int, cidrs ...provision.Text) Rule {
	return Rule{Protocol: "tcp", FromPort: port, ToPort: port, CIDRs: cidrs}
}

// UDP is a rule for one UDP port and some address ranges.
func UDP(port int, cidrs ...provision.Text) Rule {
	return Rule{Protocol: "udp", FromPort: port, ToPort: port, CIDRs: cidrs}
}

// AllTraffic is a rule for every protocol and port and some address ranges.
func AllTraffic(cidrs ...provision.Text) Rule { return Rule{Protocol: "-1", CIDRs: cidrs} }

// Ports returns the range of ports, or the ICMP type and code, that the rule means, with the default of ToPort filled in.
func (r Rule) Ports() (from, to int) {
	if (r.Protocol == "tcp" || r.Protocol == "udp") && r.ToPort == 0 {
		return r.FromPort, r.FromPort
	}
	return r.FromPort, r.ToPort
}

// Kind returns [SecurityGroupKind].
func (SecurityGroup) Kind() provision.Kind { return SecurityGroupKind }

// Outputs of a security group.
func (SecurityGroup) Outputs() []provision.Output {
	return []provision.Output{
		{Name: "ID", Type: provision.TextType, Early: true, Doc: "the group's id, sg-..."},
		{Name: "Name", Type: provision.TextType, Early: true, Doc: "the group's name"},
		{Name: "VPC", Type: provision.TextType, Doc: "the id of the VPC that it is in"},
	}
}

// maxRules is AWS's default quota of rules for each direction of a group.
const maxRules = 60

// groupText is the alphabet of descriptions (EC2 API reference, CreateSecurityGroup and IpRange).
var groupText = regexp.MustCompile(`^[a-zA-Z0-9 ._\-:/()#,@\[\]+=&;{}!$*]{0,255}$`)

const groupTextRule = "may have up to 255 letters, digits, spaces and ._-:/()#,@[]+=&;{}!$* characters"

// Validate checks alphabets, ports and address ranges as far as they are known. It returns every problem, joined.
func (g SecurityGroup) Validate() error {
	var p problems
	p.id("VPC", g.VPC, "vpc-")
	if !groupText.MatchString(g.Description) {
		p.addf("Description", groupTextRule)
	}
	if g.NoEgress && len(g.Egress) > 0 {
		p.addf("NoEgress", "excludes Egress")
	}
	checkRules(&p, "Ingress", g.Ingress)
	checkRules(&p, "Egress", g.Egress)
	return p.err()
}

func checkRules(p *problems, field string, rules []Rule) {
	n := 0
	for i, r := range rules {
		r.check(p, indexed(field, i))
		n += len(r.CIDRs) + len(r.Groups)
		if r.Self {
			n++
		}
	}
	if n > maxRules {
		p.addf(field, "has %d rules, counting each range and each group; AWS allows %d", n, maxRules)
	}
}

func (r Rule) check(p *problems, field string) {
	r.checkPorts(p, field)
	if len(r.CIDRs)+len(r.Groups) == 0 && !r.Self {
		p.addf(field, "names no address range and no group; one of CIDRs, Groups and Self is needed")
	}
	for i, cidr := range r.CIDRs {
		checkCIDR(p, indexed(field+".CIDRs", i), cidr)
	}
	for i, id := range r.Groups {
		p.required(indexed(field+".Groups", i), id)
		p.id(indexed(field+".Groups", i), id, "sg-")
	}
	if !groupText.MatchString(r.Description) {
		p.addf(field+".Description", groupTextRule)
	}
}

func (r Rule) checkPorts(p *problems, field string) {
	from, to := r.Ports()
	switch r.Protocol {
	case "tcp", "udp":
		switch {
		case from == 0 && to == 0:
			p.addf(field+".FromPort", "is missing; all ports are 0 to 65535")
		case from < 0 || to > 65535 || from > to:
			p.addf(field+".FromPort", "%d to %d is not a range of ports within 0 to 65535", from, to)
		}
	case "icmp", "icmpv6":
		switch {
		case from < -1 || from > 255 || to < -1 || to > 255:
			p.addf(field+".FromPort", "%d and %d are not an ICMP type and code; each is -1 (all) to 255", from, to)
		case from == -1 && to != -1:
			p.addf(field+".ToPort", "must be -1 (all codes), because all types are meant")
		}
	case "-1":
		if from != 0 || to != 0 {
			p.addf(field+".FromPort", `protocol "-1" means all ports; leave them out`)
		}
	case "":
		p.addf(field+".Protocol", `is missing; it is "tcp", "udp", "icmp", "icmpv6" or "-1" for all`)
	default:
		p.addf(field+".Protocol", `%q is not "tcp", "udp", "icmp", "icmpv6" or "-1" for all`, r.Protocol)
	}
}

func checkCIDR(p *problems, field string, cidr provision.Text) {
	text, ok := literal(cidr)
	if !ok {
		return
	}
	prefix, err := netip.ParsePrefix(text)
	switch {
	case err != nil:
		p.addf(field, `%q is not a range of addresses such as "10.0.0.0/8" or "::/0"`, text)
	case prefix != prefix.Masked():
		p.addf(field, "%q has bits behind its prefix; did you mean %q?", text, prefix.Masked())
	case prefix.Addr().Is4In6():
		p.addf(field, "%q is an IPv4 address in IPv6 clothes; write it as IPv4", text)
	}
}

// SecurityGroupRef is the handle of a [SecurityGroup] in a blueprint.
type SecurityGroupRef struct{ provision.Ref }

// AddSecurityGroup adds a security group to a blueprint. A bad name or a duplicate is reported by the blueprint's
// Validate.
func AddSecurityGroup(b *provision.Blueprint, name string, g SecurityGroup, optFns ...func(*provision.Node)) SecurityGroupRef {
	return SecurityGroupRef{b.Add(name, g, optFns...)}
}

// ID is the group's id. Known at once.
func (r SecurityGroupRef) ID() provision.Text { return r.Output("ID") }

// Name is the group's name. Known at once.
func (r SecurityGroupRef) Name() provision.Text { return r.Output("Name") }

// VPC is the id of the VPC that the group is in. Known when it is ready.
func (r SecurityGroupRef) VPC() provision.Text { return r.Output("VPC") }
