package provision

import (
	"container/heap"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// DestroyOptions are the options of Engine.Destroy.
type DestroyOptions struct {
	// Expect is how many resources are known to have been made, kept ones included; 0 if that is not known.
	Expect int
	// Observe, if set, is told of each step. It is called one step at a time, in the order in which things happened, from the
	// goroutine that called Destroy.
	Observe func(Step)
}

// Destroyed is what Engine.Destroy did.
type Destroyed struct {
	Gone []State // confirmed to be gone by the Delete of their drivers, in the order in which they went
	Kept []State // left where they are, because their nodes say Keep
}

// Destroy deletes what o owns, which it learns from Find alone. o needs Registry, Env and Attempt: nothing broader than one attempt is
// ever deleted.
//
// Everything that can go goes at once; what is busy is tried again when something else has gone. Kept resources are not touched.
// Destroy ends when Expect resources are confirmed to be gone or kept and one more Find shows none but kept ones. If Expect is
// not reached, it ends after two such Finds, Options.Settle apart, since what was made a moment ago may not be listed yet.
//
// It gives up, with a *DestroyError that names what is left and who needs it, when ctx is done, when a Find fails, when resources stay busy for
// Options.BusyTimeout, or when a Delete fails and nothing else can go. What AWS has accepted to delete is waited for as long as ctx
// allows: the final snapshot of a database may take hours. Destroy may be called again after a crash or an error.
func (e *Engine) Destroy(ctx context.Context, o Owner, optFns ...func(*DestroyOptions)) (Destroyed, error) {
	var options DestroyOptions
	for _, fn := range optFns {
		fn(&options)
	}
	if o.Registry == "" || o.Env == "" || o.Attempt == "" {
		return Destroyed{}, fmt.Errorf("provision: destroy: the owner needs registry (%q), env (%q) and attempt (%q): no more than one attempt is deleted",
			o.Registry, o.Env, o.Attempt)
	}
	t := teardown{
		engine:   e,
		observe:  options.Observe,
		gone:     make(map[stateKey]bool),
		kept:     make(map[stateKey]bool),
		results:  make(chan result),
		blockers: make(map[string]string),
	}
	err := t.run(ctx, o, options.Expect)
	return t.destroyed, err
}

// teardown is one run of Destroy. Its fields belong to the goroutine that called Destroy.
type teardown struct {
	engine  *Engine
	observe func(Step)

	destroyed  Destroyed
	gone, kept map[stateKey]bool // what is in destroyed

	items    waiting // to be called when their time has come
	calling  int     // calls of Delete in progress
	deleting int     // how many of items, or of those in a call, are on their way out
	busy     int     // how many of them are busy
	results  chan result
	blockers map[string]string // by id
	failed   []*NodeError
	left     []State // of failed

	wakeAt   time.Time // when the busy ones are tried again because something has gone; zero if nothing has
	lastWake time.Time
	progress time.Time // when something went, or was on its way out, for the last time
}

// item is a resource that is to go.
type item struct {
	state    State
	next     time.Time // when Delete is to be called again
	since    time.Time // since when the answers have been what they are
	deleting bool      // the last answer was ErrDeleting
	needed   bool      // the last answer was ErrBusy
	busy     bool      // it was, and nothing has gone since
	begun    bool      // Delete was called
}

// result is the answer of one Delete.
type result struct {
	item *item
	err  error
}

// run finds and deletes until nothing is found any more.
func (t *teardown) run(ctx context.Context, o Owner, expect int) error {
	empty := false                  // the last Find showed nothing to delete
	lastGone, news := 0, time.Now() // how many had gone, and since when
	for {
		states, err := t.engine.Find(ctx, o)
		if err != nil {
			return &DestroyError{Causes: []error{err}, Blockers: t.blockers}
		}
		doomed := t.keep(states)
		if len(doomed) == 0 {
			confirmed := len(t.gone) + len(t.kept)
			if empty || expect > 0 && confirmed >= expect {
				return nil
			}
			if err := sleep(ctx, t.engine.options.Settle); err != nil {
				return &DestroyError{Causes: []error{fmt.Errorf("nothing is listed any more, but that is not certain yet: %w", err)}}
			}
			empty = true
			continue
		}
		empty = false
		if err := t.delete(ctx, doomed); err != nil {
			return err
		}
		if len(t.gone) > lastGone {
			lastGone, news = len(t.gone), time.Now()
			continue
		}
		// All of this was gone before: a listing that lags behind. It is given time, but not for ever.
		waited := time.Since(news)
		if timeout := t.engine.options.BusyTimeout; waited >= timeout {
			return &DestroyError{Left: doomed, Causes: []error{fmt.Errorf("still listed %v after the drivers confirmed that they are gone", timeout)}}
		}
		if err := sleep(ctx, t.engine.pause(waited)); err != nil {
			return &DestroyError{Left: doomed, Causes: []error{err}}
		}
	}
}

// keep notes which of the states are to be kept, and returns the others.
func (t *teardown) keep(states []State) []State {
	var doomed []State
	for _, s := range states {
		switch {
		case !s.Keep:
			doomed = append(doomed, s)
		case !t.kept[s.key()]:
			t.kept[s.key()] = true
			t.destroyed.Kept = append(t.destroyed.Kept, s)
			t.tell(Step{Node: s.Node, Kind: s.Kind, Phase: Kept, ID: s.ID})
		}
	}
	return doomed
}

// delete deletes all of the states, or says why it could not.
func (t *teardown) delete(ctx context.Context, doomed []State) error {
	now := time.Now()
	t.progress = now
	for _, s := range doomed {
		t.items = append(t.items, &item{state: s, next: now, since: now})
	}
	heap.Init(&t.items)
	for {
		giveUp := t.giveUp(ctx)
		for giveUp == nil && t.calling < t.engine.options.Parallel && len(t.items) > 0 && !t.items[0].next.After(time.Now()) {
			t.start(ctx, heap.Pop(&t.items).(*item))
		}
		if t.calling == 0 && (len(t.items) == 0 || giveUp != nil) {
			return t.end(giveUp)
		}
		t.wait(ctx, giveUp != nil)
	}
}

// giveUp returns why nothing more is to be tried, or nil if there is hope.
func (t *teardown) giveUp(ctx context.Context) error {
	if err := stopped(ctx); err != nil {
		return err
	}
	if t.calling > 0 || t.deleting > 0 || len(t.items) == 0 || t.busy < len(t.items) {
		return nil
	}
	// All that is left is busy.
	if len(t.failed) > 0 && t.wakeAt.IsZero() {
		return errors.New("the rest waits for what could not be deleted")
	}
	if timeout := t.engine.options.BusyTimeout; time.Since(t.progress) >= timeout {
		return fmt.Errorf("nothing could be deleted for %v", timeout)
	}
	return nil
}

// start calls Delete.
func (t *teardown) start(ctx context.Context, i *item) {
	if !i.begun {
		i.begun = true
		t.tell(Step{Node: i.state.Node, Kind: i.state.Kind, Phase: Deleting, ID: i.state.ID})
	}
	t.calling++
	driver := t.engine.driver(i.state.Kind)
	go func() { t.results <- result{i, driver.Delete(ctx, i.state)} }()
}

// wait waits until something is to be done. If over is set, only for calls in progress.
func (t *teardown) wait(ctx context.Context, over bool) {
	if over {
		t.handle(<-t.results)
		return
	}
	var due <-chan time.Time
	if t.calling < t.engine.options.Parallel && len(t.items) > 0 {
		next := t.items[0].next
		if !t.wakeAt.IsZero() && t.wakeAt.Before(next) {
			next = t.wakeAt
		}
		timer := time.NewTimer(time.Until(next))
		defer timer.Stop()
		due = timer.C
	}
	select {
	case r := <-t.results:
		t.handle(r)
	case <-due:
		t.wake()
	case <-ctx.Done():
	}
}

// wake lets the busy ones be tried at once, if something has gone since they were tried last. It does so once per Poll at most, so that
// n resources that wait for n others cause no n² calls.
func (t *teardown) wake() {
	now := time.Now()
	if t.wakeAt.IsZero() || t.wakeAt.After(now) {
		return
	}
	t.wakeAt, t.lastWake = time.Time{}, now
	for _, i := range t.items {
		if i.busy {
			i.busy, i.next = false, now
		}
	}
	t.busy = 0
	heap.Init(&t.items)
}

// handle enters the answer of one Delete.
func (t *teardown) handle(r result) {
	t.calling--
	i, now := r.item, time.Now()
	deleting := errors.Is(r.err, ErrDeleting)
	busy := !deleting && errors.Is(r.err, ErrBusy)
	if deleting != i.deleting || busy != i.needed {
		i.since = now
	}
	t.deleting += count(deleting) - count(i.deleting)
	t.busy += count(busy) - count(i.busy)
	i.deleting, i.needed, i.busy = deleting, busy, busy
	switch {
	case r.err == nil:
		t.progress = now
		t.wentAt(now)
		delete(t.blockers, i.state.ID)
		if !t.gone[i.state.key()] {
			t.gone[i.state.key()] = true
			t.destroyed.Gone = append(t.destroyed.Gone, i.state)
			t.tell(Step{Node: i.state.Node, Kind: i.state.Kind, Phase: Gone, ID: i.state.ID})
		}
	case deleting:
		t.progress = now
		t.again(i, now)
	case busy:
		t.blocked(i, r.err)
		t.again(i, now)
	default:
		failed := &NodeError{Node: i.state.Node, Kind: i.state.Kind, Phase: Deleting, Err: r.err}
		t.failed = append(t.failed, failed)
		t.left = append(t.left, i.state)
		t.tell(Step{Node: i.state.Node, Kind: i.state.Kind, Phase: Failed, ID: i.state.ID, Err: r.err})
	}
}

// wentAt notes that something has gone, on which the busy ones may have waited.
func (t *teardown) wentAt(now time.Time) {
	if !t.wakeAt.IsZero() {
		return
	}
	t.wakeAt = now
	if soonest := t.lastWake.Add(t.engine.options.Poll); soonest.After(now) {
		t.wakeAt = soonest
	}
}

// again says when an item is tried again. What is busy while something else is on its way out most likely waits for that, and is woken when
// that has gone; to try it in between is for what the outside holds, and need not be done as often.
func (t *teardown) again(i *item, now time.Time) {
	waited := now.Sub(i.since)
	pause := t.engine.pause(waited)
	if i.busy && t.deleting > 0 {
		pause = max(pause, min(waited/2, longestBusyPoll))
	}
	i.next = now.Add(pause)
	heap.Push(&t.items, i)
}

// blocked notes who needs a resource, and tells about it whenever that is news.
func (t *teardown) blocked(i *item, err error) {
	var name string
	if busy := (*BusyError)(nil); errors.As(err, &busy) {
		name = busy.Blocker
	}
	if known, ok := t.blockers[i.state.ID]; ok && known == name {
		return
	}
	t.blockers[i.state.ID] = name
	t.tell(Step{Node: i.state.Node, Kind: i.state.Kind, Phase: Blocked, ID: i.state.ID, Err: err, Waiting: name})
}

// end says what is left, if anything.
func (t *teardown) end(cause error) error {
	if cause == nil && len(t.failed) == 0 {
		return nil
	}
	left := slices.Clone(t.left)
	for _, i := range t.items {
		left = append(left, i.state)
	}
	slices.SortFunc(left, compareStates)
	var causes []error
	for _, f := range t.failed {
		causes = append(causes, f)
	}
	if cause != nil {
		causes = append(causes, cause)
	}
	return &DestroyError{Left: left, Blockers: t.blockers, Causes: causes}
}

func (t *teardown) tell(s Step) {
	if t.observe != nil {
		s.At = time.Now()
		t.observe(s)
	}
}

// waiting is a heap of items, the one that is due next on top.
type waiting []*item

func (w waiting) Len() int           { return len(w) }
func (w waiting) Less(i, j int) bool { return w[i].next.Before(w[j].next) }
func (w waiting) Swap(i, j int)      { w[i], w[j] = w[j], w[i] }
func (w *waiting) Push(x any)        { *w = append(*w, x.(*item)) }
func (w *waiting) Pop() any {
	last := (*w)[len(*w)-1]
	(*w)[len(*w)-1] = nil
	*w = (*w)[:len(*w)-1]
	return last
}

// count is 1 for true.
func count(b bool) int {
	if b {
		return 1
	}
	return 0
}

// sleep waits for d, or returns why ctx is done.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return stopped(ctx)
	}
}
