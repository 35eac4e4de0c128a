package awstest

import "github.com/peppercorn-go/peppercorn/internal/sim"

// What a test needs of the simulated cloud below the services: faults, crashes, and the record of calls.
type (
	// Process is one run of a client program, which can be killed at any call. See [Cloud.Process].
	Process = sim.Process
	// When tells whether a process dies before or after the effect of a call.
	When = sim.When
	// Call is the record of one attempt on the wire. See [Cloud.Calls].
	Call = sim.Call
	// Fault is a rule by which calls go wrong. See [Cloud.Inject].
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

// On matches the calls of one operation of a service, such as "SQS" and "CreateQueue", for the Match of a [Fault].
func On(service, op string) func(*Call) bool { return sim.On(service, op) }

// Error makes the error by which a service refuses a call, for the Err of a [Fault] of the kind [Fail]. A status of 500 and
// above is the server's fault, which the SDK tries again.
func Error(code, message string, status int) error { return sim.Error(code, message, status) }
