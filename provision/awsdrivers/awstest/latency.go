package awstest

import (
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// Published is the latency of calls for [Options].Latency: the orders of magnitude that users of AWS see from within a
// region. A call that reads takes some 50 milliseconds and one that writes some 150; Route 53, whose control plane is in
// one place for the whole world, takes about three times as long; to start an instance, a load balancer, a database or a cache
// takes a second and a half. AWS documents none of this for control planes, and what is said of the last three is a guess
// after the first. Each call varies by half of that in either direction. Half of the time passes before the effect, half
// of it after.
//
// # How long things take
//
// That is no matter of calls but of the services, and is always simulated: every service has it in its Options. Where AWS
// says something, that is what they do:
//
//	Route 53 change      usually on all servers within 60 s; half of it here (Route 53 developer guide, editing records)
//	queue                usable a second after its creation, gone up to 60 s after its deletion, its name free as long after
//	                     that call (SQS API reference, CreateQueue, DeleteQueue)
//	parameter's name     free 30 s after its deletion (Systems Manager API reference, DeleteParameter)
//	terminated instance  shown for about an hour (EC2 user guide, terminate instances)
//	target               healthy after as many checks as the group asks for, which is the slower reading: for a new one, says
//	                     the user guide, a single check may do (Application Load Balancers, health checks for target groups)
//
// For the rest there are logs and reports that users published, mostly of Terraform, which looks every ten or thirty seconds.
// The simulation takes the middle of what they tell, or the slower side:
//
//	                 here            seen
//	security group   the calls       2 to 3 s [1] [2]
//	target group     1 to 2 s        0 to 2 s [1] [2]
//	listener         the calls       0 to 1 s [1] [2]
//	launch template  the calls       6 s [2]
//	group            45 s            18 s until in service, without the checks of a load balancer [2]
//	load balancer    150 s           162 and 194 s [1] [2]; no more than 5 minutes on most days, 30 on some [3]
//	its interfaces   2 min           a minute [4] to several [5] in which a security group cannot be deleted yet
//	instance         15 s            22 s until it runs [1]
//	database         5.5 to 11 min   4 min [6], 8.5 min (Aurora) [1]; more than 40 for large ones in two zones [7]
//	its deletion     5.5 to 11 min   more than 5 min [8]; with a snapshot of 800 GB, more than 40 [9]
//	DNS record       30 s            35 to 57 s until INSYNC [1]
//
//	[1] github.com/bshehram/myservice-devops-aws-tf, SAMPLE_TF_APPLY.md (2024)
//	[2] github.com/DavidGPowers/epcvip-devops-assessment, OUTPUT_TERRAFORM_APPLY.md (2025)
//	[3] github.com/hashicorp/terraform/issues/24799
//	[4] github.com/kubernetes-sigs/aws-load-balancer-controller/issues/208
//	[5] github.com/hashicorp/terraform-provider-aws/issues/40
//	[6] github.com/dlavric/aws-db-instance-import, README.md
//	[7] github.com/hashicorp/terraform/issues/438 and 2886
//	[8] github.com/hashicorp/terraform/issues/32358
//	[9] github.com/hashicorp/terraform/issues/5161
//
// None of these is a promise of AWS's, and all of them depend on region, size and day. A test that asserts a time asserts the
// simulation's.
func Published(service, op string, r *rand.Rand) (before, after time.Duration) {
	typical := 150 * time.Millisecond
	for _, reads := range []string{"Get", "List", "Describe", "Head", "Receive"} {
		if strings.HasPrefix(op, reads) {
			typical = 50 * time.Millisecond
		}
	}
	// What reserves machines takes longer.
	slow := []string{"RunInstances", "CreateLoadBalancer", "CreateDBInstance", "RestoreDBInstanceFromDBSnapshot", "CreateReplicationGroup"}
	switch {
	case service == "Route 53":
		typical *= 3
	case slices.Contains(slow, op):
		typical *= 10
	}
	half := time.Duration((0.5 + r.Float64()) * float64(typical) / 2)
	return half, half
}
