package sim

import (
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// ErrCrashed is the answer to every call of a process that has crashed. The SDK does not retry it.
var ErrCrashed = errors.New("sim: the process has crashed")

// When tells on which side of the effect of a call a process crashes.
type When int

const (
	// Before the call: it is not sent.
	Before When = iota
	// After the effect of the call: the service has done it, and the process never learns.
	After
)

func (w When) String() string {
	if w == After {
		return "after"
	}
	return "before"
}

// A Process is one run of a client program. All clients made from its configuration live and die with it. It is safe for
// concurrent use.
type Process struct {
	cloud *Cloud
	name  string

	// Guarded by cloud.mu.
	sent    int
	crashAt int
	when    When
	crashed bool
}

// Process returns the client program of that name, and starts it when there is none yet.
func (c *Cloud) Process(name string) *Process {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.processes[name]
	if p == nil {
		p = &Process{cloud: c, name: name}
		c.processes[name] = p
	}
	return p
}

// Name returns the name of the process.
func (p *Process) Name() string { return p.name }

// Config returns a configuration whose clients belong to this process: fake credentials, the region of the cloud, the
// SDK's default retryer, and an HTTP client that refuses every request.
func (p *Process) Config() aws.Config { return p.cloud.config(p) }

// CrashAt kills the process at its k-th call, counted from 1 at the start of the process, where each attempt on the wire
// is one call. That call and all later ones fail with [ErrCrashed], and the later ones have no effect. Calls that were
// under way at that moment still take effect, for they have left the process, but their replies are lost as well. A k
// of 0 calls it off.
func (p *Process) CrashAt(k int, when When) {
	p.cloud.mu.Lock()
	defer p.cloud.mu.Unlock()
	p.crashAt, p.when = k, when
}

// Crash kills the process now.
func (p *Process) Crash() {
	p.cloud.mu.Lock()
	defer p.cloud.mu.Unlock()
	p.crashed = true
}

// Crashed reports whether the process is dead.
func (p *Process) Crashed() bool {
	p.cloud.mu.Lock()
	defer p.cloud.mu.Unlock()
	return p.crashed
}

// Calls returns what the cloud recorded of this process, in order of arrival.
func (p *Process) Calls() []Call {
	var own []Call
	for _, call := range p.cloud.Calls() {
		if call.Process == p.name {
			own = append(own, call)
		}
	}
	return own
}
