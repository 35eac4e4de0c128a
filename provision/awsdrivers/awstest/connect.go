package awstest

import (
	"slices"

	"github.com/peppercorn-go/peppercorn/provision/asgdriver/asgtest"
	"github.com/peppercorn-go/peppercorn/provision/ec2driver/ec2test"
	"github.com/peppercorn-go/peppercorn/provision/elbdriver/elbtest"
)

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

// connectAutoScaling has groups launch the instances of EC2, and make them targets of load balancers.
func (c *Cloud) connectAutoScaling(o *asgtest.Options) {
	o.Fleet, o.TargetGroups = c.EC2, targetGroups{c.ELB}
}

// targetGroups are those of ELB, in the words of Auto Scaling.
type targetGroups struct{ *elbtest.ELB }

// TargetGroupExists reports whether there is a target group of that ARN.
func (t targetGroups) TargetGroupExists(arn string) bool {
	return slices.ContainsFunc(t.TargetGroups(), func(g elbtest.TargetGroup) bool { return g.ARN == arn })
}
