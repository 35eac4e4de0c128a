package secretsdriver

import "github.com/peppercorn-go/peppercorn/provision"

var _ provision.Actor = (*Driver)(nil)

// Actions lists what the driver needs: to describe secrets, whoever's they are, since the policy of a secret may share it with other
// accounts. It does not need, and should not be given, the permission to read a value.
func (d *Driver) Actions() []provision.Action {
	return []provision.Action{
		{Name: "secretsmanager:DescribeSecret", Resources: []string{"arn:${Partition}:secretsmanager:${Region}:*:secret:*"}},
	}
}
