package ecrdriver

import "github.com/peppercorn-go/peppercorn/provision"

var _ provision.Actor = (*Driver)(nil)

// Actions lists what the driver needs: to describe the images of the account in the region, and to know which repositories are filled on
// demand. Images of other registries are not checked by whoever has no more than that.
func (d *Driver) Actions() []provision.Action {
	return []provision.Action{
		{Name: "ecr:DescribeImages", Resources: []string{"arn:${Partition}:ecr:${Region}:${Account}:repository/*"}},
		{Name: "ecr:DescribePullThroughCacheRules"},
	}
}
