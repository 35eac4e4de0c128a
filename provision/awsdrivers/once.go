package awsdrivers

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"time"
)

// fresh is how long the answer that something is there holds. It is for the nodes of one check, which take less.
const fresh = 10 * time.Second

// questions makes one call of a question that many nodes of a blueprint have in common: two hundred services may be in the same subnets and
// have the same role. Who comes while somebody is asking the very same waits, and takes the answer to what is asked after he came,
// whoever asks it. Only that something is there is remembered for longer. It is safe for concurrent use.
type questions struct {
	mu    sync.Mutex
	asked map[string]*question
}

// question is one that was asked.
type question struct {
	last time.Time // when somebody came with it; guarded by the mutex of all

	turn  chan struct{} // a lock that can be waited for with a context; it guards what follows
	known bool          // whether there is an answer
	asked time.Time     // when the question was asked to which the answer is err
	err   error
}

// once asks, unless the answer is known.
func (q *questions) once(ctx context.Context, what string, ask func() error) error {
	x, came := q.find(what), time.Now()
	select {
	case x.turn <- struct{}{}:
		defer func() { <-x.turn }()
	case <-ctx.Done():
		return fmt.Errorf("awsdrivers: is %s there? %w", what, ctx.Err())
	}
	if x.known && (!x.asked.Before(came) || x.err == nil && time.Since(x.asked) < fresh) {
		return x.err
	}
	now := time.Now()
	err := ask()
	if ctx.Err() == nil { // or it says nothing about what was asked
		x.known, x.asked, x.err = true, now, err
	}
	return err
}

// find returns a question, and forgets those that nobody has had for long: a process may live for months.
func (q *questions) find(what string) *question {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := time.Now()
	maps.DeleteFunc(q.asked, func(_ string, x *question) bool { return now.Sub(x.last) > time.Hour })
	x := q.asked[what]
	if x == nil {
		if q.asked == nil {
			q.asked = map[string]*question{}
		}
		x = &question{turn: make(chan struct{}, 1)}
		q.asked[what] = x
	}
	x.last = now
	return x
}
