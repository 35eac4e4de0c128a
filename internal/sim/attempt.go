package sim

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"reflect"
	"strconv"
	"time"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// An attempt is one call on its way. The record is shared with the cloud and guarded by its mutex; seen is the
// handler's and the faults' own copy.
type attempt struct {
	cloud   *Cloud
	process *Process
	handler Handler
	req     *smithyhttp.Request
	record  *Call
	seen    *Call
	dice    *rand.Rand
	crash   bool // the process dies at this call
	when    When
}

// arrive records a call. It returns nil if the process is dead already.
func (p *Process) arrive(ctx context.Context, op *operation, req *smithyhttp.Request) *attempt {
	c := p.cloud
	call := Call{
		Process: p.name,
		Service: awsmiddleware.GetServiceID(ctx),
		Region:  awsmiddleware.GetRegion(ctx),
		Op:      awsmiddleware.GetOperationName(ctx),
		Input:   op.input, // a copy already, and nobody changes it
		Attempt: op.attempts,
		At:      time.Now(),
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if p.crashed {
		return nil
	}
	p.sent++
	call.N = len(c.calls) + 1

	// Each attempt has dice of its own, which depend on how many of its kind the process has sent, so that goroutines
	// that overtake one another do not change each other's luck.
	kind := p.name + "\x00" + call.Service + "\x00" + call.Op
	c.nth[kind]++
	dice := c.Rand(kind + "\x00" + strconv.FormatUint(c.nth[kind], 10))
	call.RequestID = fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x",
		dice.Uint32(), dice.Uint32()>>16, dice.Uint32()>>20, dice.Uint32()>>20, dice.Uint64()>>16)

	a := &attempt{cloud: c, process: p, handler: c.handlers[call.Service], req: req, dice: dice, when: p.when}
	if p.crashAt > 0 && p.sent == p.crashAt {
		a.crash = true
		call.Fault = "crash " + p.when.String()
		p.crashed = p.when == Before
	}
	seen := call
	seen.Input = Clone(op.input)
	a.record, a.seen = &call, &seen
	c.calls = append(c.calls, a.record)
	return a
}

// run carries out the call. An error means that there is no response at all; a refusal is a reply.
func (a *attempt) run(ctx context.Context) (answer *reply, code int, err error) {
	if a.crash && a.when == Before {
		return nil, 0, ErrCrashed
	}
	hit, delay := a.strike()
	var before, after time.Duration
	if latency := a.cloud.opts.Latency; latency != nil {
		before, after = latency(a.seen.Service, a.seen.Op, a.dice)
	}
	if err := sleep(ctx, before+delay); err != nil {
		a.die()
		return nil, 0, err
	}
	if hit != nil && hit.Kind == Reset {
		return nil, 0, a.reset()
	}
	answer, code = a.serve(ctx, hit)
	a.die()
	if err := sleep(ctx, after); err != nil {
		return nil, 0, err
	}
	if a.process.Crashed() {
		return nil, 0, ErrCrashed
	}
	if hit != nil && hit.Kind == LostReply {
		return nil, 0, a.reset()
	}
	return answer, code, nil
}

// strike asks which fault hits this call. The call at which a process dies is not hit by another one.
func (a *attempt) strike() (hit *Fault, delay time.Duration) {
	if a.crash {
		return nil, 0
	}
	hit, delay = a.cloud.strike(a.seen, a.dice.Float64)
	if hit != nil {
		a.cloud.mu.Lock()
		a.record.Fault = hit.Kind.String()
		a.cloud.mu.Unlock()
		a.seen.Fault = hit.Kind.String()
	}
	return hit, delay
}

// serve gets the reply to a call that has arrived: of the fault that hit it, or of the service.
func (a *attempt) serve(ctx context.Context, hit *Fault) (*reply, int) {
	refuse := func(err error) (*reply, int) {
		code, err := status(err)
		return &reply{err: err}, code
	}
	if a.handler == nil {
		return refuse(unknownService(a.seen))
	}
	if err := a.signature(); err != nil {
		return refuse(err)
	}
	if hit != nil {
		switch hit.Kind {
		case Throttle:
			if t, ok := a.handler.(Throttler); ok {
				return refuse(t.Throttled())
			}
			return refuse(ThrottleError(a.seen.Service))
		case ServerError:
			return refuse(serverError(a.dice.IntN(2) == 0))
		case Fail:
			return refuse(cmp.Or(hit.Err, errEmptyFault))
		}
	}
	out, err := a.handler.Serve(ctx, a.seen)
	if err == nil {
		err = a.check(out)
	}
	if err != nil {
		return refuse(err)
	}
	a.effect(out)
	return &reply{out: Clone(out)}, http.StatusOK
}

// effect notes what the service did.
func (a *attempt) effect(out any) {
	a.cloud.mu.Lock()
	defer a.cloud.mu.Unlock()
	a.record.Output, a.record.Effect = Clone(out), true
}

// die kills the process if this was to be its last call.
func (a *attempt) die() {
	if a.crash {
		a.process.Crash()
	}
}

// end closes the record of the call with what the client is told.
func (a *attempt) end(err error) {
	a.cloud.mu.Lock()
	defer a.cloud.mu.Unlock()
	a.record.Err, a.record.Done = err, time.Now()
}

func (a *attempt) reset() error { return connectionReset(a.req.Method, a.req.URL.Host) }

// check refuses an answer that is not the output of the operation: the SDK asserts its type and would panic.
func (a *attempt) check(out any) error {
	in, got := reflect.TypeOf(a.seen.Input), reflect.TypeOf(out)
	name := a.seen.Op + "Output"
	if got != nil && got.Kind() == reflect.Pointer && got.Elem().Name() == name &&
		got.Elem().PkgPath() == in.Elem().PkgPath() && !reflect.ValueOf(out).IsNil() {
		return nil
	}
	return Error("NotSimulated", fmt.Sprintf("the simulated %s answered %s with %T instead of a *%s",
		a.seen.Service, a.seen.Op, out, name), http.StatusNotImplemented)
}

// maxSkew is how far off the time of a signature may be; AWS allows five minutes.
const maxSkew = 5 * time.Minute

// signature refuses a request signed by a clock too far off the services'. The SDK reads the services' time from the
// reply, and signs again.
func (a *attempt) signature() error {
	signed, err := time.Parse("20060102T150405Z", a.req.Header.Get("X-Amz-Date"))
	if err != nil {
		return nil //nolint:nilerr // not signed, so not too late either
	}
	now := a.seen.At.Add(a.cloud.opts.ServerSkew)
	if off := now.Sub(signed).Abs(); off <= maxSkew {
		return nil
	}
	return Error("SignatureDoesNotMatch", fmt.Sprintf("Signature expired: %s is not within 5 min. of %s",
		signed.Format(time.RFC3339), now.UTC().Format(time.RFC3339)), http.StatusForbidden)
}

// sleep waits like a network does: a client that gives up gets the SDK's error of a cancelled request.
func sleep(ctx context.Context, d time.Duration) error {
	if d > 0 {
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
	}
	if err := ctx.Err(); err != nil {
		return &smithy.CanceledError{Err: err}
	}
	return nil
}
