package cachetest

import (
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// Interfaces are the network interfaces of the nodes of one group. They carry its security groups, and whoever wants to
// delete such a security group meets them (DependencyViolation) until the group is gone.
type Interfaces struct {
	Region string
	// Group is the ARN of the replication group, and Name its id.
	Group, Name string
	// SubnetGroup is the cache subnet group in whose subnets they are, by its name; empty means ElastiCache's choice.
	SubnetGroup string
	// Nodes is how many there are, one for each node.
	Nodes int
	// Groups are the ids of the security groups that each of them carries; none means the default group of the VPC.
	Groups []string
	// Until is when they will be gone; zero as long as the group is not deleted. What was said before about the same
	// group is replaced.
	Until time.Time
}

// announce tells whoever wants to know of the group's interfaces.
func (s *ElastiCache) announce(g *group) {
	if s.opts.Interfaces == nil {
		return
	}
	s.opts.Interfaces(Interfaces{
		Region: g.region, Group: aws.ToString(g.about.ARN), Name: g.name, SubnetGroup: g.subnets, Nodes: g.nodes,
		Groups: slices.Clone(g.guards), Until: g.gone,
	})
}
