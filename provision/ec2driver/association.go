package ec2driver

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// groupsWithin is groupVPCs for groups that are to be used together, in this VPC if it is known. A group belongs to one VPC, but may
// be associated with others of the region, where it is as good as theirs (VPC user guide, associate security groups with multiple
// VPCs); then that VPC is returned for it. EC2 is asked about associations only if groups do not fit together by themselves. If it may
// not be asked they count as fitting: the create that follows asks again.
func (d *Driver) groupsWithin(ctx context.Context, ids []string, vpc string) (map[string]string, error) {
	in, err := d.groupVPCs(ctx, ids)
	homes := slices.Compact(slices.Sorted(maps.Values(in)))
	if err != nil || len(homes) == 0 || len(homes) == 1 && homes[0] == cmp.Or(vpc, homes[0]) {
		return in, err
	}
	also, err := d.associated(ctx, slices.Sorted(maps.Keys(in)))
	if unlessDenied(err) != nil && !hasCode(err, codeNoSuchAction, codeUnsupported) {
		return nil, err
	}
	if vpc == "" {
		vpc = common(in, also)
	}
	for id := range in {
		if err != nil {
			in[id] = cmp.Or(vpc, homes[0])
		} else if slices.Contains(also[id], vpc) {
			in[id] = vpc
		}
	}
	return in, nil
}

// common returns a VPC that all groups are in or associated with, the first by its id, or "".
func common(in map[string]string, also map[string][]string) string {
	count := make(map[string]int)
	for id, home := range in {
		for _, vpc := range append([]string{home}, also[id]...) {
			count[vpc]++
		}
	}
	for _, vpc := range slices.Sorted(maps.Keys(count)) {
		if count[vpc] == len(in) {
			return vpc
		}
	}
	return ""
}

// associated returns the VPCs that each of these groups is associated with beside its own.
func (d *Driver) associated(ctx context.Context, ids []string) (map[string][]string, error) {
	vpcs := make(map[string][]string)
	pages := ec2.NewDescribeSecurityGroupVpcAssociationsPaginator(d.api, &ec2.DescribeSecurityGroupVpcAssociationsInput{
		Filters: []types.Filter{exactly("group-id", ids...)}, MaxResults: aws.Int32(maxResults),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx, d.patient)
		if err != nil {
			return nil, fmt.Errorf("with which VPCs are they associated? %w", err)
		}
		for _, a := range page.SecurityGroupVpcAssociations {
			switch a.State {
			case types.SecurityGroupVpcAssociationStateAssociated, types.SecurityGroupVpcAssociationStateAssociating:
				id := aws.ToString(a.GroupId)
				vpcs[id] = append(vpcs[id], aws.ToString(a.VpcId))
			}
		}
	}
	return vpcs, nil
}
