package drivertest

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/peppercorn-go/peppercorn/internal/sim"
)

// Ops says which operations it is about.
type Ops func(op string) bool

// Only is about the operations of these names.
func Only(names ...string) Ops { return func(op string) bool { return slices.Contains(names, op) } }

// Changes is about all operations but those that EC2 and its kin name for reading.
func Changes(op string) bool { return !strings.HasPrefix(op, "Describe") && op != "" }

// LoseReply returns a function that has a cloud lose the reply to the next call of one of these operations: the service carries the call
// out, and the client never hears of it. A reply that was to get lost and did not, because no such call came, fails the test.
func LoseReply(t testing.TB, cloud *sim.Cloud, ops Ops) func() {
	var armed atomic.Int32
	t.Cleanup(func() {
		if armed.Load() > 0 {
			t.Error(notLost)
		}
	})
	return func() {
		var lost atomic.Bool
		armed.Add(1)
		cloud.Inject(sim.Fault{Times: 1, Kind: sim.LostReply, Match: func(c *sim.Call) bool {
			if !ops(c.Op) {
				return false
			}
			if lost.CompareAndSwap(false, true) {
				armed.Add(-1)
			}
			return true
		}})
	}
}

const notLost = "a reply was to get lost, and no request came whose reply may: nothing was tested"

// Hide returns a function that has a cloud answer the next call of one of these operations with err: the service's own error for what is not
// there, as it gives it for what is so new that not all of it has heard of that. What that returns takes it back.
func Hide(cloud *sim.Cloud, err error, ops ...string) func() (show func()) {
	return func() func() {
		var shown atomic.Bool
		cloud.Inject(sim.Fault{Times: 1, Kind: sim.Fail, Err: err, Match: func(c *sim.Call) bool {
			return !shown.Load() && slices.Contains(ops, c.Op)
		}})
		return func() { shown.Store(true) }
	}
}

// Wire is an HTTP client that can lose the reply to a request. It is safe for concurrent use.
type Wire struct {
	client aws.HTTPClient
	loses  Ops
	single Ops
	turn   chan struct{} // holds one token: unlike a mutex, waiting for it lets virtual time pass
	armed  atomic.Bool
}

// NewWire puts a wire between a client of the SDK and what config speaks HTTP with. It can lose the replies of the operations that loses is
// about. Those that single is about, if it is given, are sent one at a time: moto does not lock, so that two of them that overlap may both
// succeed where one must fail. A reply that was to get lost and did not, because no such operation came, fails the test.
func NewWire(t testing.TB, config *aws.Config, loses, single Ops) *Wire {
	w := &Wire{client: config.HTTPClient, loses: loses, single: single, turn: make(chan struct{}, 1)}
	config.HTTPClient = w
	t.Cleanup(func() {
		if w.armed.Load() {
			t.Error(notLost)
		}
	})
	return w
}

// Lose loses the next reply that may get lost.
func (w *Wire) Lose() { w.armed.Store(true) }

// Do sends a request.
func (w *Wire) Do(r *http.Request) (*http.Response, error) {
	op, err := Operation(r)
	if err != nil {
		return nil, err
	}
	response, err := w.send(r, op)
	if err != nil || !w.loses(op) || !w.armed.CompareAndSwap(true, false) {
		return response, err
	}
	_ = response.Body.Close()
	return nil, fmt.Errorf("reading the reply: %w", syscall.ECONNRESET)
}

func (w *Wire) send(r *http.Request, op string) (*http.Response, error) {
	if w.single != nil && w.single(op) {
		w.turn <- struct{}{}
		defer func() { <-w.turn }()
	}
	return w.client.Do(r)
}

// Operation returns the name of the operation that a request is for: that in the header X-Amz-Target of the JSON protocols, or the Action in
// the form of the query protocols. The requests of the REST protocols have neither; for them it is the method and the path, as in
// "DELETE /2015-03-31/functions/work".
func Operation(r *http.Request) (string, error) {
	if target := r.Header.Get("X-Amz-Target"); target != "" {
		return target[strings.LastIndex(target, ".")+1:], nil
	}
	if r.Body == nil || !strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		return r.Method + " " + r.URL.Path, nil
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return "", err
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	form, err := url.ParseQuery(string(body))
	return form.Get("Action"), err
}
