package ec2test

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// AssociateSecurityGroup lets a group be used in a further VPC, as EC2's AssociateSecurityGroupVpc does. Default groups cannot be.
func (e *EC2) AssociateSecurityGroup(group, vpc string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	w := e.home()
	g, err := w.group(&group, nil)
	switch {
	case err != nil:
		return err
	case w.vpc(vpc) == nil:
		return noVPC(vpc)
	case g.name == "default" || g.vpc == vpc:
		return refuse("InvalidParameterValue", fmt.Sprintf("The security group '%s' cannot be associated with the vpc '%s'", group, vpc))
	}
	g.also = append(g.also, vpc)
	return nil
}

// association is a group in a VPC that is not its own.
type association struct {
	*group
	vpc string
	at  int // among all associations
}

func (w *world) describeAssociations(in *ec2.DescribeSecurityGroupVpcAssociationsInput) (*ec2.DescribeSecurityGroupVpcAssociationsOutput, error) {
	var found []association
	at := 0
	for _, g := range inOrder(w.groups, groupSeq) {
		for _, vpc := range g.also {
			at++
			ok, err := matches(in.Filters, func(name string) ([]string, bool) {
				switch name {
				case "group-id":
					return []string{g.id}, true
				case "vpc-id":
					return []string{vpc}, true
				case "state":
					return []string{string(types.SecurityGroupVpcAssociationStateAssociated)}, true
				case "group-owner-id", "vpc-owner-id":
					return []string{w.account()}, true
				}
				return nil, false
			})
			if err != nil {
				return nil, err
			}
			if ok {
				found = append(found, association{g, vpc, at})
			}
		}
	}
	found, next, err := page(w, found, func(a association) int { return a.at }, in.MaxResults, in.NextToken)
	out := &ec2.DescribeSecurityGroupVpcAssociationsOutput{NextToken: next}
	for _, a := range found {
		out.SecurityGroupVpcAssociations = append(out.SecurityGroupVpcAssociations, types.SecurityGroupVpcAssociation{
			GroupId: aws.String(a.id), GroupOwnerId: aws.String(w.account()), VpcId: aws.String(a.vpc), VpcOwnerId: aws.String(w.account()),
			State: types.SecurityGroupVpcAssociationStateAssociated,
		})
	}
	return out, err
}
