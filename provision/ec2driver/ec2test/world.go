package ec2test

import (
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// A world is the EC2 of one region. It is guarded by EC2.mu.
type world struct {
	ec2       *EC2
	region    string
	vpcs      []types.Vpc
	subnets   []types.Subnet
	groups    map[string]*group
	instances map[string]*instance
	enis      map[string]*eni
	volumes   map[string]*volume
	tokens    map[string]*tokenUse
	templates map[string]*template
	// templateTokens are the client tokens of launch templates. They are kept for ever, which is the hardest that EC2 can do.
	templateTokens map[string]*templateUse

	last int // of the numbers that give resources an order
}

func (e *EC2) world(region string) *world {
	w := e.worlds[region]
	if w != nil {
		return w
	}
	w = &world{
		ec2:       e,
		region:    region,
		groups:    map[string]*group{},
		instances: map[string]*instance{},
		enis:      map[string]*eni{},
		volumes:   map[string]*volume{},
		tokens:    map[string]*tokenUse{},
		templates: map[string]*template{},

		templateTokens: map[string]*templateUse{},
	}
	e.worlds[region] = w
	if !e.opts.NoDefaultVPC {
		w.addVPC("172.31", true)
	}
	w.addVPC("10.0", false)
	return w
}

// addVPC makes a VPC with its default group and a subnet in each of three zones.
func (w *world) addVPC(network string, isDefault bool) {
	vpc := types.Vpc{
		VpcId: aws.String(w.id("vpc")), CidrBlock: aws.String(network + ".0.0/16"), IsDefault: aws.Bool(isDefault),
		State: types.VpcStateAvailable, OwnerId: aws.String(w.account()),
	}
	w.vpcs = append(w.vpcs, vpc)
	for i, zone := range []string{"a", "b", "c"} {
		w.subnets = append(w.subnets, types.Subnet{
			SubnetId: aws.String(w.id("subnet")), VpcId: vpc.VpcId, State: types.SubnetStateAvailable,
			CidrBlock:        aws.String(fmt.Sprintf("%s.%d.0/20", network, i*16)),
			AvailabilityZone: aws.String(w.region + zone), DefaultForAz: aws.Bool(isDefault),
			MapPublicIpOnLaunch: aws.Bool(isDefault), OwnerId: aws.String(w.account()),
		})
	}
	g := w.newGroup("default", "default VPC security group", *vpc.VpcId, nil)
	g.born = time.Time{}
	g.rules[rule{protocol: "-1", from: -1, to: -1, peer: g.id}] = ""
}

func (w *world) account() string { return w.ec2.cloud.Options().Account }

// id makes an id in EC2's long form, e.g. "i-0123456789abcdef0".
func (w *world) id(prefix string) string {
	return fmt.Sprintf("%s-0%016x", prefix, w.ec2.rand.Uint64())
}

func (w *world) next() int {
	w.last++
	return w.last
}

// age is what resources have in common that come into being: an order, and a time in which they are not known yet.
type age struct {
	seq  int
	born time.Time
}

func (w *world) birth() age { return age{seq: w.next(), born: time.Now()} }

// isKnown reports whether the resource has got around by now.
func (w *world) isKnown(a age) bool { return time.Since(a.born) >= w.ec2.opts.Lag }

// shownTags are the tags that a call sees.
func (w *world) shownTags(a age, tags []types.Tag) []types.Tag {
	if time.Since(a.born) < w.ec2.opts.Lag+w.ec2.opts.TagLag {
		return nil
	}
	return slices.Clone(tags)
}

// settle lets happen what is due: instances that have shut down lose their interfaces and volumes, old ones are
// forgotten, and so are their tokens. Other services let go of their interfaces.
func (w *world) settle(now time.Time) {
	w.releaseInterfaces(now)
	for id, i := range w.instances {
		ended, ok := i.end(w)
		if !ok || now.Before(ended) {
			continue
		}
		delete(w.enis, i.eni)
		for _, id := range i.volumes {
			if v := w.volumes[id]; v != nil && v.goes {
				delete(w.volumes, id)
			} else if v != nil {
				v.instance = ""
			}
		}
		if !now.Before(ended.Add(w.ec2.opts.Remember)) {
			delete(w.instances, id)
		}
	}
	for token, use := range w.tokens {
		if slices.ContainsFunc(use.instances, func(i *instance) bool {
			ended, ok := i.end(w)
			return !ok || now.Before(ended.Add(w.ec2.opts.TokenLife))
		}) {
			continue
		}
		delete(w.tokens, token)
	}
}

func (w *world) defaultVPC() string {
	for _, vpc := range w.vpcs {
		if *vpc.IsDefault {
			return *vpc.VpcId
		}
	}
	return ""
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
	out := &ec2.DescribeVpcsOutput{}
	for _, id := range in.VpcIds {
		if !slices.ContainsFunc(w.vpcs, func(v types.Vpc) bool { return *v.VpcId == id }) {
			return nil, refuse("InvalidVpcID.NotFound", fmt.Sprintf("The vpc ID '%s' does not exist", id))
		}
	}
	for _, vpc := range w.vpcs {
		ok, err := matches(in.Filters, func(name string) ([]string, bool) {
			switch name {
			case "vpc-id":
				return []string{*vpc.VpcId}, true
			case "is-default", "isDefault":
				return []string{fmt.Sprint(*vpc.IsDefault)}, true
			}
			return nil, false
		})
		if err != nil {
			return nil, err
		}
		if ok && wanted(in.VpcIds, *vpc.VpcId) {
			out.Vpcs = append(out.Vpcs, vpc)
		}
	}
	return out, nil
}

func (w *world) describeSubnets(in *ec2.DescribeSubnetsInput) (*ec2.DescribeSubnetsOutput, error) {
	out := &ec2.DescribeSubnetsOutput{}
	for _, id := range in.SubnetIds {
		if w.subnet(id) == nil {
			return nil, noSubnet(id)
		}
	}
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
			}
			return nil, false
		})
		if err != nil {
			return nil, err
		}
		if ok && wanted(in.SubnetIds, *subnet.SubnetId) {
			out.Subnets = append(out.Subnets, subnet)
		}
	}
	return out, nil
}

func noSubnet(id string) error {
	return refuse("InvalidSubnetID.NotFound", fmt.Sprintf("The subnet ID '%s' does not exist", id))
}

func (w *world) describeImages(in *ec2.DescribeImagesInput) (*ec2.DescribeImagesOutput, error) {
	out := &ec2.DescribeImagesOutput{}
	for _, id := range in.ImageIds {
		if _, err := w.image(id); err != nil {
			return nil, err
		}
	}
	for _, image := range w.ec2.opts.Images {
		ok, err := matches(in.Filters, func(name string) ([]string, bool) {
			switch name {
			case "image-id":
				return []string{*image.ImageId}, true
			case "name":
				return []string{aws.ToString(image.Name)}, true
			}
			return nil, false
		})
		if err != nil {
			return nil, err
		}
		if ok && wanted(in.ImageIds, *image.ImageId) {
			out.Images = append(out.Images, image)
		}
	}
	return out, nil
}

func (w *world) image(id string) (*types.Image, error) {
	if err := wellFormed(id, "ami", "InvalidAMIID.Malformed"); err != nil {
		return nil, err
	}
	for i := range w.ec2.opts.Images {
		if aws.ToString(w.ec2.opts.Images[i].ImageId) == id {
			return &w.ec2.opts.Images[i], nil
		}
	}
	return nil, refuse("InvalidAMIID.NotFound", fmt.Sprintf("The image id '[%s]' does not exist", id))
}
