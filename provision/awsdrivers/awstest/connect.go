package awstest

import (
	"slices"

	"github.com/peppercorn-go/peppercorn/provision/asgdriver/asgtest"
	"github.com/peppercorn-go/peppercorn/provision/cachedriver/cachetest"
	"github.com/peppercorn-go/peppercorn/provision/ec2driver/ec2test"
	"github.com/peppercorn-go/peppercorn/provision/ecsdriver/ecstest"
	"github.com/peppercorn-go/peppercorn/provision/elbdriver/elbtest"
	"github.com/peppercorn-go/peppercorn/provision/iamdriver/iamtest"
	"github.com/peppercorn-go/peppercorn/provision/lambdadriver/lambdatest"
	"github.com/peppercorn-go/peppercorn/provision/rdsdriver/rdstest"
)

// connectEC2 gives instances the instance profiles that IAM has, those with a role in them.
func (c *Cloud) connectEC2(o *ec2test.Options) {
	o.HasProfile = func(name string) bool {
		return slices.ContainsFunc(c.IAM.InstanceProfiles(), func(p iamtest.InstanceProfile) bool {
			return p.Name == name && p.Role != ""
		})
	}
}

// connectELB puts load balancers into the subnets of EC2, where their network interfaces hold their security groups.
func (c *Cloud) connectELB(o *elbtest.Options) {
	o.Network = c.EC2.Network()
	o.Interfaces = func(n elbtest.Interfaces) {
		c.EC2.SetServiceInterfaces(ec2test.ServiceInterfaces{
			Region: n.Region, Service: "amazon-elb", Thing: n.Balancer, Description: n.Description,
			Subnets: n.Subnets, Groups: n.Groups, Until: n.Until,
		})
	}
}

// connectECS has the tasks of services stand in the subnets of EC2, where their network interfaces hold their security groups,
// and makes them targets of load balancers.
func (c *Cloud) connectECS(o *ecstest.Options) {
	o.TargetGroups = targetGroups{c.ELB}
	o.Interfaces = func(n ecstest.Interfaces) {
		c.EC2.SetServiceInterfaces(ec2test.ServiceInterfaces{
			Region: n.Region, Service: "amazon-ecs", Thing: n.Service, Description: n.Description,
			Subnets: n.Subnets, Groups: n.Groups, Until: n.Until,
		})
	}
}

// connectLambda puts functions into the subnets of EC2, where their network interfaces hold their security groups.
func (c *Cloud) connectLambda(o *lambdatest.Options) {
	o.Interfaces = func(n lambdatest.Interfaces) {
		c.EC2.SetServiceInterfaces(ec2test.ServiceInterfaces{
			Region: n.Region, Service: "amazon-lambda", Thing: n.Function, Description: "AWS Lambda VPC ENI-" + n.Name,
			Subnets: n.Subnets, Groups: n.Groups, Until: n.Until,
		})
	}
}

// connectRDS puts databases into the default VPC of EC2, where their network interfaces hold their security groups.
func (c *Cloud) connectRDS(o *rdstest.Options) {
	o.Interfaces = func(n rdstest.Interfaces) {
		c.EC2.SetServiceInterfaces(ec2test.ServiceInterfaces{
			Region: n.Region, Service: "amazon-rds", Thing: n.Instance, Description: "RDSNetworkInterface",
			Subnets: c.defaultSubnets(n.Zones), Groups: n.Groups, Until: n.Until,
		})
	}
}

// connectElastiCache puts caches into the default VPC of EC2, where their network interfaces hold their security groups.
func (c *Cloud) connectElastiCache(o *cachetest.Options) {
	o.Interfaces = func(n cachetest.Interfaces) {
		c.EC2.SetServiceInterfaces(ec2test.ServiceInterfaces{
			Region: n.Region, Service: "amazon-elasticache", Thing: n.Group, Description: "ElastiCache " + n.Name,
			Subnets: c.defaultSubnets(n.Nodes), Groups: n.Groups, Until: n.Until,
		})
	}
}

// defaultSubnets are at most n of the default VPC. Subnet groups are names to the services that have them, and all are
// taken to be in that VPC.
func (c *Cloud) defaultSubnets(n int) []string {
	subnets := c.EC2.Subnets(c.EC2.DefaultVPC())
	return subnets[:min(n, len(subnets))]
}

// connectAutoScaling has groups launch the instances of EC2, and make them targets of load balancers.
func (c *Cloud) connectAutoScaling(o *asgtest.Options) {
	o.Fleet, o.TargetGroups = c.EC2, targetGroups{c.ELB}
}

// targetGroups are those of ELB, in the words of Auto Scaling and of ECS.
type targetGroups struct{ *elbtest.ELB }

// TargetGroupExists reports whether there is a target group of that ARN.
func (t targetGroups) TargetGroupExists(arn string) bool {
	return slices.ContainsFunc(t.TargetGroups(), func(g elbtest.TargetGroup) bool { return g.ARN == arn })
}

// Attached reports whether there is a target group of that ARN, and whether a load balancer uses it.
func (t targetGroups) Attached(arn string) (exists, attached bool) {
	for _, g := range t.TargetGroups() {
		if g.ARN == arn {
			return true, g.Balancer != ""
		}
	}
	return false, false
}
