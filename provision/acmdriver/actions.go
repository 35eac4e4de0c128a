package acmdriver

import "github.com/peppercorn-go/peppercorn/provision"

var _ provision.Actor = (*Driver)(nil)

// Actions lists what the driver needs: to list certificates and to describe any of them, which does not give away their keys.
func (d *Driver) Actions() []provision.Action {
	return []provision.Action{
		{Name: "acm:DescribeCertificate", Resources: []string{"arn:${Partition}:acm:${Region}:${Account}:certificate/*"}},
		{Name: "acm:ListCertificates"},
	}
}
