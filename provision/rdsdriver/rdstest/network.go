package rdstest

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// Interfaces are the network interfaces of one instance, one in each of its zones. They carry its security groups, and whoever
// wants to delete such a group meets them (DependencyViolation) until the instance is gone.
type Interfaces struct {
	Region string
	// Instance is the instance's ARN.
	Instance string
	// SubnetGroup is the DB subnet group in whose subnets they are, by its name.
	SubnetGroup string
	// Zones is how many zones it has one in: two if it is a Multi-AZ instance.
	Zones int
	// Groups are the ids of the security groups that each of them carries; none means the default group of the VPC.
	Groups []string
	// Until is when they will be gone; zero as long as the instance is not deleted. What was said before about the same
	// instance is replaced.
	Until time.Time
}

// announce tells whoever wants to know of the instance's interfaces.
func (s *RDS) announce(db *instance) {
	if s.opts.Interfaces == nil {
		return
	}
	n := Interfaces{
		Region: db.region, Instance: db.arn, SubnetGroup: aws.ToString(db.about.DBSubnetGroup.DBSubnetGroupName), Zones: 1, Until: db.gone,
	}
	if aws.ToBool(db.about.MultiAZ) {
		n.Zones = 2
	}
	for _, group := range db.about.VpcSecurityGroups {
		n.Groups = append(n.Groups, aws.ToString(group.VpcSecurityGroupId))
	}
	s.opts.Interfaces(n)
}
