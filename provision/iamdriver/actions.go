package iamdriver

import "github.com/peppercorn-go/peppercorn/provision"

var _ provision.Actor = (*Driver)(nil)

// Actions lists what the driver needs: to read roles and instance profiles. A blueprint may name any of the account, so they are not
// narrowed to an application's.
func (d *Driver) Actions() []provision.Action {
	return []provision.Action{
		{Name: "iam:GetInstanceProfile", Resources: []string{"arn:${Partition}:iam::${Account}:instance-profile/*"}},
		{Name: "iam:GetRole", Resources: []string{"arn:${Partition}:iam::${Account}:role/*"}},
	}
}
