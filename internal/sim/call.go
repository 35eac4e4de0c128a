package sim

import "time"

// A Call is one attempt on the wire.
type Call struct {
	// N counts the calls of the cloud from 1, in order of arrival.
	N int
	// Process that made the call.
	Process string
	// Service is the SDK's ServiceID, e.g. "Route 53".
	Service string
	// Region of the client.
	Region string
	// Op is the operation, e.g. "CreateQueue".
	Op string
	// RequestID that the reply carries.
	RequestID string
	// Input is the typed input, e.g. *sqs.CreateQueueInput: a copy, as it was when it was sent.
	Input any
	// Output is what the service answered, also if the reply was lost. Nil if it refused.
	Output any
	// Err is what the client was given, without the SDK's wrapping. Nil for success.
	Err error
	// At is the arrival, Done the end. Done is zero while the call is under way.
	At, Done time.Time
	// Attempt counts the attempts of one operation from 1: above 1 it is a retry of the SDK.
	Attempt int
	// Fault names the fault that hit the call, e.g. "lost reply"; "" for none.
	Fault string
	// Effect is true if the service carried out the call with success, whatever the client was told.
	Effect bool
}

// Calls returns every call, in order of arrival. Calls of a dead process are not among them, for they were never sent;
// the one that it died at is. Inputs and outputs are shared with the record and must not be changed.
func (c *Cloud) Calls() []Call {
	c.mu.Lock()
	defer c.mu.Unlock()
	calls := make([]Call, len(c.calls))
	for i, call := range c.calls {
		calls[i] = *call
	}
	return calls
}

// ForgetCalls empties the record, so that a test can look at what it does next. Numbers start at 1 again; the count of
// [Process.CrashAt] goes on.
func (c *Cloud) ForgetCalls() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls = nil
}
