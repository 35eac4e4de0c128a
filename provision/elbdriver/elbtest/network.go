package elbtest

import (
	"strings"
	"time"
)

// A Network is what ELB has to know of EC2. It is called while the simulation is locked and must not call back.
type Network interface {
	// Subnet returns the VPC and the availability zone of a subnet; ok is false if there is none of that id.
	Subnet(region, id string) (vpc, zone string, ok bool)
	// SecurityGroup returns the VPC of a security group; ok is false if there is none of that id.
	SecurityGroup(region, id string) (vpc string, ok bool)
	// DefaultGroup returns the id of the default security group of a VPC.
	DefaultGroup(region, vpc string) string
	// VPC reports whether there is a VPC of that id.
	VPC(region, id string) bool
}

// AnyNetwork is a [Network] for tests that do not care: it knows every id of the right form. All are of the VPC vpc-1, where a
// subnet is in the zone that its last letter names (subnet-1a of us-east-1 is in us-east-1a), in zone a if that is no
// letter; other VPCs exist and are empty.
type AnyNetwork struct{}

// AnyVPC is the VPC of all subnets and groups of [AnyNetwork].
const AnyVPC = "vpc-1"

// Subnet knows every subnet.
func (AnyNetwork) Subnet(region, id string) (vpc, zone string, ok bool) {
	last := id[len(id)-1:]
	if !strings.Contains("abcdef", last) {
		last = "a"
	}
	return AnyVPC, region + last, strings.HasPrefix(id, "subnet-")
}

// SecurityGroup knows every group.
func (AnyNetwork) SecurityGroup(_, id string) (vpc string, ok bool) {
	return AnyVPC, strings.HasPrefix(id, "sg-")
}

// DefaultGroup is the same everywhere.
func (AnyNetwork) DefaultGroup(string, string) string { return "sg-default" }

// VPC knows every VPC.
func (AnyNetwork) VPC(_, id string) bool { return strings.HasPrefix(id, "vpc-") }

// Interfaces are the network interfaces of one balancer, one in each of its subnets. They carry its security groups, and
// whoever wants to delete such a group meets them (DependencyViolation), for minutes after the balancer is gone.
type Interfaces struct {
	Region string
	// Balancer is the balancer's ARN.
	Balancer string
	// Description that EC2 shows for them, e.g. "ELB app/shop/50dc6c495c0c9188".
	Description string
	// Subnets that they are in, and Groups that they carry.
	Subnets, Groups []string
	// Until is when they will be gone; zero as long as the balancer is not deleted. What was said before about the same
	// balancer is replaced.
	Until time.Time
}

// announce tells whoever wants to know of the balancer's interfaces.
func (e *ELB) announce(b *balancer) {
	if e.opts.Interfaces == nil {
		return
	}
	n := Interfaces{
		Region: b.region, Balancer: b.arn, Description: "ELB " + b.fullName(),
		Subnets: append([]string(nil), b.subnets...), Groups: append([]string(nil), b.groups...),
	}
	if !b.deleted.IsZero() {
		n.Until = b.gone.Add(max(0, e.opts.Release))
	}
	e.opts.Interfaces(n)
}
