package sim

import (
	"slices"
	"time"
)

// FaultKind is what a [Fault] does to a call.
type FaultKind int

const (
	// Throttle refuses the call with the service's throttling error, without effect.
	Throttle FaultKind = iota
	// ServerError refuses the call with an HTTP status of 500 or 503, without effect.
	ServerError
	// Reset cuts the connection before the effect.
	Reset
	// LostReply cuts the connection after the effect. The client sees the same error as for Reset.
	LostReply
	// Delay adds Fault.Delay to the time until the effect, and lets later faults act as well.
	Delay
	// Fail refuses the call with Fault.Err, without effect.
	Fail
)

var kindNames = [...]string{"throttle", "server error", "reset", "lost reply", "delay", "fail"}

func (k FaultKind) String() string {
	if k < 0 || int(k) >= len(kindNames) {
		return "unknown fault"
	}
	return kindNames[k]
}

// A Fault is a rule by which calls go wrong.
type Fault struct {
	// Match chooses calls by what is known at their arrival: N, Process, Service, Region, Op, Input, At, Attempt. Nil
	// matches every call. It must not change the call, and may be called from several goroutines.
	Match func(*Call) bool
	// Times that the fault strikes; 0 means for ever.
	Times int
	// Probability that it strikes a call that matches; 0 means always. The dice depend on Options.Seed.
	Probability float64
	// Kind of the fault. The zero value is Throttle.
	Kind FaultKind
	// Delay before the effect, for any kind.
	Delay time.Duration
	// Err of Fail: a typed error of the SDK, or one made with [Error].
	Err error
}

// On matches the calls of one operation of a service.
func On(service, op string) func(*Call) bool {
	return func(call *Call) bool { return call.Service == service && call.Op == op }
}

type fault struct {
	Fault
	left int
}

// Inject adds a fault. Faults are tried in the order in which they were added, and the first that strikes decides. The
// returned function takes the fault away again.
func (c *Cloud) Inject(f Fault) (remove func()) {
	added := &fault{Fault: f, left: f.Times}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.faults = append(c.faults, added)
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.faults = slices.DeleteFunc(slices.Clone(c.faults), func(f *fault) bool { return f == added })
	}
}

// strike finds what goes wrong with a call: at most one fault other than delays, and the sum of their delays. Match is
// called without the lock, for it may well ask the cloud for its calls.
func (c *Cloud) strike(call *Call, dice func() float64) (hit *Fault, delay time.Duration) {
	c.mu.Lock()
	faults := slices.Clone(c.faults)
	c.mu.Unlock()
	for _, f := range faults {
		if f.Match != nil && !f.Match(call) {
			continue
		}
		if f.Probability > 0 && dice() >= f.Probability {
			continue
		}
		if !c.spend(f) {
			continue
		}
		delay += f.Delay
		if f.Kind != Delay {
			return &f.Fault, delay
		}
		hit = &f.Fault
	}
	return hit, delay
}

// spend takes one of the times a fault may strike, and reports whether one was left.
func (c *Cloud) spend(f *fault) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if f.Times == 0 {
		return true
	}
	if f.left == 0 {
		return false
	}
	f.left--
	return true
}
