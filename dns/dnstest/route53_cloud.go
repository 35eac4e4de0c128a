package dnstest

import "github.com/peppercorn-go/peppercorn/internal/sim"

// What a test needs of the simulated cloud below the services: faults, crashes, and the record of calls.
type (
	// Cloud is one simulated AWS account, which several simulated services may share.
	Cloud = sim.Cloud
	// CloudOptions configure the cloud that [New] makes.
	CloudOptions = sim.Options
	// Process is one run of a client program, which can be killed at any call. See [Route53.Process].
	Process = sim.Process
	// When tells whether a process dies before or after the effect of a call.
	When = sim.When
	// Call is the record of one attempt on the wire.
	Call = sim.Call
	// Fault is a rule by which calls go wrong. See [Route53.Inject].
	Fault = sim.Fault
	// FaultKind is what a fault does to a call.
	FaultKind = sim.FaultKind
)

// Kinds of faults, and sides of a crash.
const (
	Throttle    = sim.Throttle
	ServerError = sim.ServerError
	Reset       = sim.Reset
	LostReply   = sim.LostReply
	Delay       = sim.Delay
	Fail        = sim.Fail

	Before = sim.Before
	After  = sim.After
)

// ErrCrashed is the answer to every call of a process that has crashed.
var ErrCrashed = sim.ErrCrashed

// On matches the calls of one operation of Route 53, e.g. "ChangeResourceRecordSets", for the Match of a [Fault].
func On(op string) func(*Call) bool { return sim.On(service, op) }

// Cloud returns the cloud that this Route 53 belongs to.
func (r *Route53) Cloud() *Cloud { return r.cloud }

// Process returns the client program of that name, and starts it when there is none. Its Config makes clients that can
// be killed with its CrashAt.
func (r *Route53) Process(name string) *Process { return r.cloud.Process(name) }

// Inject adds a fault, and returns what takes it away again.
func (r *Route53) Inject(f Fault) (remove func()) { return r.cloud.Inject(f) }

// Calls returns every attempt that reached the cloud, in order of arrival.
func (r *Route53) Calls() []Call { return r.cloud.Calls() }
