package awstest

import (
	"math/rand/v2"
	"strings"
	"time"
)

// Published is the latency of calls for [Options].Latency: the orders of magnitude that users of AWS see from within a
// region. A call that reads takes some 50 milliseconds and one that writes some 150; Route 53, whose control plane is in
// one place for the whole world, takes about three times as long; to start an instance takes a second and a half.
// Each call varies by half of that in either direction. Half of the time passes before the effect, half of it after.
//
// How long the things themselves take is not a matter of calls but of the services, and is always simulated: 30 seconds
// until a change of Route 53 is INSYNC, tens of seconds until an instance runs, up to a minute until a queue is gone.
func Published(service, op string, r *rand.Rand) (before, after time.Duration) {
	typical := 150 * time.Millisecond
	for _, reads := range []string{"Get", "List", "Describe", "Receive"} {
		if strings.HasPrefix(op, reads) {
			typical = 50 * time.Millisecond
		}
	}
	switch {
	case service == "Route 53":
		typical *= 3
	case op == "RunInstances":
		typical *= 10
	}
	half := time.Duration((0.5 + r.Float64()) * float64(typical) / 2)
	return half, half
}
