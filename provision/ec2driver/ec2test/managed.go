package ec2test

import (
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// ServiceInterfaces are the network interfaces that another service of AWS has for one thing of its own, such as a load
// balancer: one in each of some subnets. They carry security groups, which EC2 refuses to delete until they are gone.
type ServiceInterfaces struct {
	Region string
	// Service is who has them, in EC2's words, e.g. "amazon-elb".
	Service string
	// Thing is what they are for, e.g. the ARN of a load balancer. It tells them from the others of the service.
	Thing string
	// Description that EC2 shows for them, e.g. "ELB app/shop/50dc6c495c0c9188".
	Description string
	// Subnets that they are in, by id. Those that EC2 does not have are left out.
	Subnets []string
	// Groups are the ids of the security groups that each of them carries.
	Groups []string
	// Until is when they go; zero if that is not known.
	Until time.Time
}

// SetServiceInterfaces makes it so that these are the interfaces of the thing: what is missing is made, what is there keeps its
// id, and what it had in other subnets goes.
func (e *EC2) SetServiceInterfaces(s ServiceInterfaces) {
	e.mu.Lock()
	defer e.mu.Unlock()
	w := e.world(s.Region)
	now := time.Now()
	w.settle(now)
	old := map[string]*eni{}
	for id, n := range w.enis {
		if n.service == s.Service && n.thing == s.Thing {
			old[*n.subnet.SubnetId] = n
			delete(w.enis, id)
		}
	}
	for _, id := range s.Subnets {
		subnet := w.subnet(id)
		if subnet == nil {
			continue
		}
		n := old[id]
		if n == nil {
			n = &eni{age: age{seq: w.next()}, id: w.id("eni"), subnet: *subnet, service: s.Service, thing: s.Thing}
		}
		n.description, n.groups, n.until = s.Description, slices.Clone(s.Groups), s.Until
		w.enis[n.id] = n
	}
	w.releaseInterfaces(now)
}

// releaseInterfaces takes away the interfaces whose service has let go of them.
func (w *world) releaseInterfaces(now time.Time) {
	for id, n := range w.enis {
		if !n.until.IsZero() && !now.Before(n.until) {
			delete(w.enis, id)
		}
	}
}

// showService adds what EC2 shows of an interface that belongs to another service: nobody else can detach or delete it.
func (n *eni) showService(shown *types.NetworkInterface) {
	if n.service == "" {
		return
	}
	shown.Status = types.NetworkInterfaceStatusInUse
	shown.RequesterManaged, shown.RequesterId = aws.Bool(true), aws.String(n.service)
	shown.Attachment = &types.NetworkInterfaceAttachment{InstanceOwnerId: aws.String(n.service), DeviceIndex: aws.Int32(1)}
}

// Network answers what simulations of other services have to know of the networks of a simulated EC2. It makes no calls.
type Network struct{ ec2 *EC2 }

// Network returns the networks of all regions.
func (e *EC2) Network() Network { return Network{e} }

// Subnet returns the VPC and the availability zone of a subnet; ok is false if there is none of that id.
func (n Network) Subnet(region, id string) (vpc, zone string, ok bool) {
	n.ec2.mu.Lock()
	defer n.ec2.mu.Unlock()
	s := n.ec2.world(region).subnet(id)
	if s == nil {
		return "", "", false
	}
	return *s.VpcId, *s.AvailabilityZone, true
}

// SecurityGroup returns the VPC of a security group; ok is false if there is none of that id, or none yet.
func (n Network) SecurityGroup(region, id string) (vpc string, ok bool) {
	n.ec2.mu.Lock()
	defer n.ec2.mu.Unlock()
	w := n.ec2.world(region)
	g := w.groups[id]
	if g == nil || !w.isKnown(g.age) {
		return "", false
	}
	return g.vpc, true
}

// DefaultGroup returns the id of the default security group of a VPC; "" if there is no such VPC.
func (n Network) DefaultGroup(region, vpc string) string {
	n.ec2.mu.Lock()
	defer n.ec2.mu.Unlock()
	for _, g := range n.ec2.world(region).groups {
		if g.vpc == vpc && g.name == "default" {
			return g.id
		}
	}
	return ""
}

// VPC reports whether there is a VPC of that id.
func (n Network) VPC(region, id string) bool {
	n.ec2.mu.Lock()
	defer n.ec2.mu.Unlock()
	return slices.ContainsFunc(n.ec2.world(region).vpcs, func(v types.Vpc) bool { return *v.VpcId == id })
}
