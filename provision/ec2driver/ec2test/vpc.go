package ec2test

import (
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// addVPC makes a VPC with its default group and a subnet in each of three zones.
func (w *world) addVPC(network string, isDefault bool) string {
	vpc := types.Vpc{
		VpcId: aws.String(w.id("vpc")), CidrBlock: aws.String(network + ".0.0/16"), IsDefault: aws.Bool(isDefault),
		State: types.VpcStateAvailable, OwnerId: aws.String(w.account()),
	}
	w.vpcs, w.order[*vpc.VpcId] = append(w.vpcs, vpc), w.next()
	for i, zone := range []string{"a", "b", "c"} {
		w.addSubnet(types.Subnet{
			VpcId: vpc.VpcId, CidrBlock: aws.String(fmt.Sprintf("%s.%d.0/20", network, i*16)),
			AvailabilityZone: aws.String(w.region + zone), DefaultForAz: aws.Bool(isDefault), MapPublicIpOnLaunch: aws.Bool(isDefault),
		})
	}
	g := w.newGroup("default", "default VPC security group", *vpc.VpcId, nil)
	g.born = time.Time{}
	g.rules[rule{protocol: "-1", from: -1, to: -1, peer: g.id}] = ""
	return *vpc.VpcId
}

func (w *world) addSubnet(s types.Subnet) string {
	s.SubnetId, s.State, s.OwnerId = aws.String(w.id("subnet")), types.SubnetStateAvailable, aws.String(w.account())
	w.subnets, w.order[*s.SubnetId] = append(w.subnets, s), w.next()
	return *s.SubnetId
}

func (w *world) defaultVPC() string {
	for _, vpc := range w.vpcs {
		if *vpc.IsDefault {
			return *vpc.VpcId
		}
	}
	return ""
}

func (w *world) vpc(id string) *types.Vpc {
	for i := range w.vpcs {
		if *w.vpcs[i].VpcId == id {
			return &w.vpcs[i]
		}
	}
	return nil
}

func (w *world) subnet(id string) *types.Subnet {
	for i := range w.subnets {
		if *w.subnets[i].SubnetId == id {
			return &w.subnets[i]
		}
	}
	return nil
}

func (w *world) describeVpcs(in *ec2.DescribeVpcsInput) (*ec2.DescribeVpcsOutput, error) {
	if in.MaxResults != nil && len(in.VpcIds) > 0 {
		return nil, idsAndPages("vpcSet")
	}
	for _, id := range in.VpcIds {
		if w.vpc(id) == nil {
			return nil, noVPC(id)
		}
	}
	var found []types.Vpc
	for _, vpc := range w.vpcs {
		ok, err := matches(in.Filters, func(name string) ([]string, bool) {
			switch name {
			case "vpc-id":
				return []string{*vpc.VpcId}, true
			case "is-default", "isDefault":
				return []string{fmt.Sprint(*vpc.IsDefault)}, true
			case "state":
				return []string{string(vpc.State)}, true
			}
			return tagFilter(name, vpc.Tags)
		})
		if err != nil {
			return nil, err
		}
		if ok && wanted(in.VpcIds, *vpc.VpcId) {
			found = append(found, vpc)
		}
	}
	found, next, err := page(w, found, func(v types.Vpc) int { return w.order[*v.VpcId] }, in.MaxResults, in.NextToken)
	return &ec2.DescribeVpcsOutput{Vpcs: found, NextToken: next}, err
}

func (w *world) describeSubnets(in *ec2.DescribeSubnetsInput) (*ec2.DescribeSubnetsOutput, error) {
	if in.MaxResults != nil && len(in.SubnetIds) > 0 {
		return nil, idsAndPages("subnetSet")
	}
	for _, id := range in.SubnetIds {
		if w.subnet(id) == nil {
			return nil, noSubnet(id)
		}
	}
	var found []types.Subnet
	for _, subnet := range w.subnets {
		ok, err := matches(in.Filters, func(name string) ([]string, bool) {
			switch name {
			case "subnet-id":
				return []string{*subnet.SubnetId}, true
			case "vpc-id":
				return []string{*subnet.VpcId}, true
			case "availability-zone":
				return []string{*subnet.AvailabilityZone}, true
			case "default-for-az":
				return []string{fmt.Sprint(*subnet.DefaultForAz)}, true
			case "state":
				return []string{string(subnet.State)}, true
			}
			return tagFilter(name, subnet.Tags)
		})
		if err != nil {
			return nil, err
		}
		if ok && wanted(in.SubnetIds, *subnet.SubnetId) {
			found = append(found, subnet)
		}
	}
	found, next, err := page(w, found, func(s types.Subnet) int { return w.order[*s.SubnetId] }, in.MaxResults, in.NextToken)
	return &ec2.DescribeSubnetsOutput{Subnets: found, NextToken: next}, err
}

func noVPC(id string) error {
	return refuse("InvalidVpcID.NotFound", fmt.Sprintf("The vpc ID '%s' does not exist", id))
}

func noSubnet(id string) error {
	return refuse("InvalidSubnetID.NotFound", fmt.Sprintf("The subnet ID '%s' does not exist", id))
}

// idsAndPages refuses a listing that asks for ids and for pages.
func idsAndPages(set string) error {
	return refuse("InvalidParameterCombination", fmt.Sprintf("The parameter %s cannot be used with the parameter maxResults", set))
}

// AddVPC makes a VPC with these tags and a subnet in each of three zones, and returns its id. The network is the first two numbers of its
// addresses, "10.1".
func (e *EC2) AddVPC(network string, tags map[string]string) string {
	e.mu.Lock()
	defer e.mu.Unlock()
	w := e.home()
	id := w.addVPC(network, false)
	w.vpc(id).Tags = tagList(tags)
	return id
}

// AddSubnet makes a further subnet of a VPC with these tags, in the zone of that letter, and returns its id. It is no default
// subnet.
func (e *EC2) AddSubnet(vpc, zone string, tags map[string]string) (string, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	w := e.home()
	if w.vpc(vpc) == nil {
		return "", noVPC(vpc)
	}
	n := 16 * len(w.subnets)
	return w.addSubnet(types.Subnet{
		VpcId: aws.String(vpc), CidrBlock: aws.String(fmt.Sprintf("100.64.%d.0/20", n%256)), AvailabilityZone: aws.String(w.region + zone),
		DefaultForAz: aws.Bool(false), MapPublicIpOnLaunch: aws.Bool(false), Tags: tagList(tags),
	}), nil
}

// RemoveSubnet takes a subnet away at once, whatever is in it.
func (e *EC2) RemoveSubnet(id string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	w := e.home()
	w.subnets = slices.DeleteFunc(w.subnets, func(s types.Subnet) bool { return *s.SubnetId == id })
}
