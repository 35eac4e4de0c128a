package ec2driver

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

var _ provision.Looker = (*Driver)(nil)

// Looks returns [kinds.ExistingNetworkKind] and [kinds.ExistingImageKind].
func (d *Driver) Looks() []provision.Kind {
	return []provision.Kind{kinds.ExistingNetworkKind, kinds.ExistingImageKind}
}

// Look finds a network or an image. The pin of a network is the ids of the VPC and of its subnets, "vpc-1:subnet-1,subnet-2", and that
// of an image is its id. It makes Describe calls only; an image by parameter needs [Options.Parameter].
func (d *Driver) Look(ctx context.Context, c provision.Call, pin string) (s provision.State, newPin string, err error) {
	switch spec := c.Spec.(type) {
	case kinds.ExistingNetwork:
		s, newPin, err = d.lookNetwork(ctx, spec, pin)
	case kinds.ExistingImage:
		s, newPin, err = d.lookImage(ctx, spec, pin)
	default:
		err = fmt.Errorf("%w: %T", provision.ErrNoDriver, c.Spec)
	}
	if err != nil {
		return provision.State{}, "", fmt.Errorf("ec2driver: %w", err)
	}
	return s, newPin, nil
}

// vpcs lists the VPCs that pass all filters.
func (d *Driver) vpcs(ctx context.Context, filters ...types.Filter) (all []types.Vpc, err error) {
	pages := ec2.NewDescribeVpcsPaginator(d.api, &ec2.DescribeVpcsInput{Filters: filters, MaxResults: aws.Int32(maxResults)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx, d.patient)
		if err != nil {
			return nil, err
		}
		all = append(all, page.Vpcs...)
	}
	return all, nil
}

// subnets lists the subnets that pass all filters, in the order of their zones and ids.
func (d *Driver) subnets(ctx context.Context, filters ...types.Filter) (all []types.Subnet, err error) {
	pages := ec2.NewDescribeSubnetsPaginator(d.api, &ec2.DescribeSubnetsInput{Filters: filters, MaxResults: aws.Int32(maxResults)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx, d.patient)
		if err != nil {
			return nil, err
		}
		all = append(all, page.Subnets...)
	}
	slices.SortFunc(all, func(a, b types.Subnet) int {
		return slices.Compare(
			[]string{aws.ToString(a.AvailabilityZone), aws.ToString(a.SubnetId)},
			[]string{aws.ToString(b.AvailabilityZone), aws.ToString(b.SubnetId)})
	})
	return all, nil
}

// wild are the characters that have a meaning in the value of a filter (EC2 user guide, filtering), and how to take it from
// them.
var wild = strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`)

// exactly is a filter for values as they are.
func exactly(name string, values ...string) types.Filter {
	f := filter(name)
	for _, value := range values {
		f.Values = append(f.Values, wild.Replace(value))
	}
	return f
}
