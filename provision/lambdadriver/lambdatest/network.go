package lambdatest

import (
	"slices"
	"time"
)

// Interfaces are the network interfaces of one function in a VPC, one in each of its subnets. They carry its security
// groups, and whoever wants to delete such a group meets them (DependencyViolation), for many minutes after the function is
// gone.
type Interfaces struct {
	Region string
	// Function is the function's ARN with what tells it from an earlier one of its name, and Name its name.
	Function, Name string
	// Subnets that they are in, and Groups that they carry, by their ids.
	Subnets, Groups []string
	// Until is when they will be gone; zero as long as the function is not deleted. What was said before about the same
	// function is replaced.
	Until time.Time
}

// announce tells whoever wants to know of the function's interfaces, if it has any.
func (l *Lambda) announce(f *function) {
	vpc := f.in.VpcConfig
	if l.opts.Interfaces == nil || vpc == nil || len(vpc.SubnetIds) == 0 {
		return
	}
	n := Interfaces{
		Region: f.region, Function: f.arn + ":" + f.id, Name: f.name,
		Subnets: slices.Clone(vpc.SubnetIds), Groups: slices.Clone(vpc.SecurityGroupIds),
	}
	if !f.deleted.IsZero() {
		n.Until = f.deleted.Add(max(0, l.opts.Release))
	}
	l.opts.Interfaces(n)
}
