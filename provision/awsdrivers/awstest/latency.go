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
// How long the things themselves take is not a matter of calls but of the services, and is always simulated. Every service has it
// in its Options, with what is known about it. Some of it AWS documents: up to a minute until a queue is gone, usually a minute
// until a change of Route 53 is INSYNC (half of it here), half a minute before the name of a deleted parameter can be used
// again, an hour in which terminated instances are shown, the rates. The rest is what users report, in its order of
// magnitude: tens of seconds until an instance runs, minutes until a load balancer is active and until its network
// interfaces are gone, eight minutes for a database and twelve for a cache.
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
