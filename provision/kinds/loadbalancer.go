package kinds

import (
	"strings"
	"time"

	"github.com/peppercorn-go/peppercorn/provision"
)

// LoadBalancerKind is the kind of a [LoadBalancer].
const LoadBalancerKind provision.Kind = "elbv2/load-balancer"

// A LoadBalancer is an Application or a Network Load Balancer of Elastic Load Balancing. Subnets are required. It listens
// to nothing by itself: that is what a [Listener] is for.
//
// Deletion protection is no field. A balancer of an environment goes when the environment is terminated, and what keeps
// that from happening are the policies of the environment. Protection that was switched on by hand is never switched off.
type LoadBalancer struct {
	// Network makes a Network Load Balancer, for TCP, TLS and UDP. Default: an Application Load Balancer, for HTTP.
	Network bool
	// Internal gives the balancer private addresses only. Default: it faces the internet.
	Internal bool
	// Subnets are the ids of the subnets (subnet-...) that it has a node in, at most one in an availability zone: at least
	// two for an application balancer, one for a network balancer. Subnets of one that faces the internet must have a route
	// there. Required.
	Subnets []provision.Text
	// SecurityGroups are the ids of security groups (sg-...) of the subnets' VPC; an application balancer has at most 5.
	// Default: that VPC's default group for an application balancer, none for a network balancer.
	SecurityGroups []provision.Text
	// DualStack gives it IPv6 addresses as well; the subnets must have some. Default: IPv4 only.
	DualStack bool
	// IdleTimeout is how long a connection may be silent: whole seconds, 1 to 4,000 of them. Application balancers only.
	// Default 60 seconds.
	IdleTimeout time.Duration
	// KeepInvalidHeaders passes HTTP headers on whose names are not valid, which helps to smuggle requests past whoever
	// checks them. Application balancers only. Default: they are dropped.
	KeepInvalidHeaders bool
	// CrossZone lets the node in one availability zone use targets in all of them, at the price of the traffic in between.
	// Network balancers only, because application balancers always do. Default: targets of the node's own zone only.
	CrossZone bool
}

// Bounds of a balancer (Elastic Load Balancing user guides: quotas, load balancer attributes).
const (
	maxBalancerGroups = 5
	maxIdleTimeout    = 4000 * time.Second
)

// Kind returns [LoadBalancerKind].
func (LoadBalancer) Kind() provision.Kind { return LoadBalancerKind }

// Outputs of a load balancer. All are known at once, long before it is active.
func (LoadBalancer) Outputs() []provision.Output {
	return []provision.Output{
		{Name: "ARN", Type: provision.TextType, Early: true, Doc: "the balancer's ARN, for listeners"},
		{Name: "Name", Type: provision.TextType, Early: true, Doc: "the balancer's name"},
		{Name: "FullName", Type: provision.TextType, Early: true, Doc: "what CloudWatch calls it: the end of the ARN, app/... or net/..."},
		{Name: "DNSName", Type: provision.TextType, Early: true, Doc: "the host name that clients connect to"},
		{Name: "ZoneID", Type: provision.TextType, Early: true, Doc: "the Route 53 zone of DNSName, for alias records"},
	}
}

// Validate checks ids, ranges, and that no field is for the other type of balancer. It returns every problem, joined.
func (l LoadBalancer) Validate() error {
	var p problems
	l.checkSubnets(&p)
	l.checkGroups(&p)
	if l.Network {
		if l.IdleTimeout != 0 {
			p.addf("IdleTimeout", "only an application load balancer has it")
		}
		if l.KeepInvalidHeaders {
			p.addf("KeepInvalidHeaders", "only an application load balancer has it")
		}
		return p.err()
	}
	if l.CrossZone {
		p.addf("CrossZone", "an application load balancer always does it; the field is for network load balancers")
	}
	p.seconds("IdleTimeout", l.IdleTimeout, time.Second, maxIdleTimeout)
	return p.err()
}

// checkSubnets counts them only if they are all literals: a reference may stand for a list.
func (l LoadBalancer) checkSubnets(p *problems) {
	least, known := 2, true
	if l.Network {
		least = 1
	}
	seen := map[provision.Text]bool{}
	for i, id := range l.Subnets {
		field := indexed("Subnets", i)
		p.required(field, id)
		p.id(field, id, "subnet-")
		_, ok := literal(id)
		known = known && ok
		if seen[id] {
			p.addf(field, "%q is listed twice", id)
		}
		seen[id] = true
	}
	switch {
	case len(l.Subnets) == 0:
		p.addf("Subnets", "is missing")
	case known && len(l.Subnets) < least:
		p.addf("Subnets", "an application load balancer needs %d, in different availability zones", least)
	}
}

func (l LoadBalancer) checkGroups(p *problems) {
	if n := len(l.SecurityGroups); !l.Network && n > maxBalancerGroups {
		p.addf("SecurityGroups", "%d are too many, at most %d are allowed", n, maxBalancerGroups)
	}
	seen := map[provision.Text]bool{}
	for i, id := range l.SecurityGroups {
		field := indexed("SecurityGroups", i)
		p.required(field, id)
		p.id(field, id, "sg-")
		if seen[id] {
			p.addf(field, "%q is listed twice", id)
		}
		seen[id] = true
	}
}

// arn checks that a text, if it is known, is the ARN of a thing of a service. what is for the message, resource the
// beginning of the ARN's last part, e.g. "targetgroup/". It returns that part; "" if it is not known or wrong.
func (p *problems) arn(field string, arn provision.Text, service, resource, what string) string {
	text, ok := literal(arn)
	if !ok || text == "" {
		return ""
	}
	// arn:partition:service:region:account:resource
	part := strings.SplitN(text, ":", 6)
	if len(part) != 6 || part[0] != "arn" || part[2] != service || !strings.HasPrefix(part[5], resource) || part[5] == resource {
		p.addf(field, "%q is not the ARN of %s", text, what)
		return ""
	}
	return part[5]
}

// LoadBalancerRef is the handle of a [LoadBalancer] in a blueprint.
type LoadBalancerRef struct{ provision.Ref }

// AddLoadBalancer adds a load balancer to a blueprint. A bad name or a duplicate is reported by the blueprint's Validate.
func AddLoadBalancer(b *provision.Blueprint, name string, l LoadBalancer, optFns ...func(*provision.Node)) LoadBalancerRef {
	return LoadBalancerRef{b.Add(name, l, optFns...)}
}

// ARN is the balancer's ARN, for [Listener.LoadBalancer]. Known at once.
func (r LoadBalancerRef) ARN() provision.Text { return r.Output("ARN") }

// Name is the balancer's name. Known at once.
func (r LoadBalancerRef) Name() provision.Text { return r.Output("Name") }

// FullName is what the metrics of CloudWatch call the balancer in their dimension LoadBalancer. Known at once.
func (r LoadBalancerRef) FullName() provision.Text { return r.Output("FullName") }

// DNSName is the host name that clients connect to, which is the [provision.Entrance] of most web applications. Who asks
// DNS for it before the balancer is active may be told for a quarter of an hour that there is no such name. Known at
// once.
func (r LoadBalancerRef) DNSName() provision.Text { return r.Output("DNSName") }

// ZoneID is the Route 53 zone that DNSName is in, which an alias record needs to know. Known at once.
func (r LoadBalancerRef) ZoneID() provision.Text { return r.Output("ZoneID") }
