package env

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/peppercorn-go/peppercorn/dns"
	"github.com/peppercorn-go/peppercorn/provision"
)

// Event is something that a verb did or saw. The set is closed: [Began], [Progress], [StateChanged], [AliasMoved], [Waiting],
// [Noticed].
type Event interface {
	slog.LogValuer
	event()
}

// Began says that a verb has checked its arguments and starts.
type Began struct {
	Op      string
	Subject string // the id of an environment, or an alias
	At      time.Time
}

// Progress is a step of one resource, while deploying or terminating.
type Progress struct {
	Environment string
	Step        provision.Step
}

// StateChanged says that the record of an environment was written; From "" is a new one, To "" one that is gone.
type StateChanged struct {
	Environment string
	From, To    State
	Change      dns.Change
}

// AliasMoved says that an alias points somewhere else; From "" is a new alias, To "" one that is gone.
type AliasMoved struct {
	Alias    string
	From, To string // ids of environments
	Pinned   bool
	Change   dns.Change
}

// Waiting says that the verb waits for something outside of it.
type Waiting struct {
	Op, Subject string
	For         string
}

// Noticed is something that the caller should know and that changes nothing about the verb.
type Noticed struct {
	Op, Subject string
	What        string
}

func (Began) event()        {}
func (Progress) event()     {}
func (StateChanged) event() {}
func (AliasMoved) event()   {}
func (Waiting) event()      {}
func (Noticed) event()      {}

// LogValue implements [slog.LogValuer].
func (e Began) LogValue() slog.Value {
	return slog.GroupValue(slog.String("event", "began"), slog.String("op", e.Op), slog.String("subject", e.Subject))
}

// LogValue implements [slog.LogValuer].
func (e Progress) LogValue() slog.Value {
	attrs := []slog.Attr{slog.String("event", "progress"), slog.String("environment", e.Environment), slog.String("node", e.Step.Node),
		slog.String("kind", string(e.Step.Kind)), slog.Any("phase", e.Step.Phase), slog.String("id", e.Step.ID)}
	if e.Step.Waiting != "" {
		attrs = append(attrs, slog.String("waiting", e.Step.Waiting))
	}
	if e.Step.Err != nil {
		attrs = append(attrs, slog.Any("err", e.Step.Err))
	}
	return slog.GroupValue(attrs...)
}

// LogValue implements [slog.LogValuer].
func (e StateChanged) LogValue() slog.Value {
	return slog.GroupValue(slog.String("event", "state"), slog.String("environment", e.Environment), slog.String("from", string(e.From)),
		slog.String("to", string(e.To)), slog.String("stamp", e.Change.Stamp))
}

// LogValue implements [slog.LogValuer].
func (e AliasMoved) LogValue() slog.Value {
	return slog.GroupValue(slog.String("event", "alias"), slog.String("alias", e.Alias), slog.String("from", e.From), slog.String("to", e.To),
		slog.Bool("pinned", e.Pinned), slog.String("stamp", e.Change.Stamp))
}

// LogValue implements [slog.LogValuer].
func (e Waiting) LogValue() slog.Value {
	return slog.GroupValue(slog.String("event", "waiting"), slog.String("op", e.Op), slog.String("subject", e.Subject), slog.String("for", e.For))
}

// LogValue implements [slog.LogValuer].
func (e Noticed) LogValue() slog.Value {
	return slog.GroupValue(slog.String("event", "noticed"), slog.String("op", e.Op), slog.String("subject", e.Subject), slog.String("what", e.What))
}

// eventQueue is how many events may wait for a slow observer before the verb waits for it too.
const eventQueue = 256

// verb is one call of a verb: its options and its way to report. The events of a call are delivered in order by one goroutine,
// so that a slow observer delays resources only once the queue is full; done returns when all were delivered.
type verb struct {
	m           *Manager
	op, subject string
	opts        options
	queue       chan Event
	drained     chan struct{}
	end         func(error) // ends its span
}

// begin starts the call's span, in which the requests to AWS lie, and its events.
func (v *verb) begin(ctx context.Context) context.Context {
	ctx, v.end = v.m.span(ctx, v.op, v.subject)
	if v.m.observe != nil || v.m.logger != nil {
		v.queue = make(chan Event, eventQueue)
		v.drained = make(chan struct{})
		// What was done is told even when ctx has ended.
		ctx := context.WithoutCancel(ctx)
		go func() {
			defer close(v.drained)
			for e := range v.queue {
				v.m.deliver(ctx, e)
			}
		}()
	}
	v.emit(Began{Op: v.op, Subject: v.subject, At: v.m.zone.Now()})
	return ctx
}

// deliver keeps concurrent verbs from calling the observer at once, so that a user's observer needs no lock of its own.
func (m *Manager) deliver(ctx context.Context, e Event) {
	m.observing <- struct{}{}
	defer func() { <-m.observing }()
	if m.logger != nil {
		level := slog.LevelInfo
		switch e.(type) {
		case Progress, Waiting:
			level = slog.LevelDebug
		case Noticed:
			level = slog.LevelWarn
		}
		m.logger.LogAttrs(ctx, level, "peppercorn", slog.Any("event", e.LogValue()))
	}
	if m.observe != nil {
		m.observe(ctx, e)
	}
}

func (v *verb) emit(e Event) {
	if v.queue != nil {
		v.queue <- e
	}
}

func (v *verb) notice(what string) { v.emit(Noticed{Op: v.op, Subject: v.subject, What: what}) }

// done waits until every event was delivered, gives the verb's error its subject, and ends the span.
func (v *verb) done(err *error) {
	if v.queue != nil {
		close(v.queue)
		<-v.drained
	}
	*err = wrap(v.op, v.subject, *err)
	v.end(*err)
}

func wrap(op, subject string, err error) error {
	if err == nil {
		return nil
	}
	return &Error{Op: op, Subject: subject, Err: err}
}

// settle waits until every Route 53 server has the change, which is when a verb may call itself done.
func (v *verb) settle(ctx context.Context, c dns.Change) error {
	if v.opts.noWait {
		return nil
	}
	return v.insync(ctx, c)
}

// longestWait is how long a change is waited for. One that is not everywhere by then is lost, as it can be when Route 53's
// control plane fails over.
const longestWait = 30 * time.Minute

// insync waits for a change. One that was applied, and whose id is lost for good because somebody has written over all of it
// since, cannot be asked about: it is given the time that Route 53 takes.
func (v *verb) insync(ctx context.Context, c dns.Change) error {
	if c.Stamp == "" {
		return nil // nothing was written
	}
	v.emit(Waiting{Op: v.op, Subject: v.subject, For: "Route 53 to have the change on all its servers"})
	if c.ID != "" {
		waiting, cancel := context.WithTimeout(ctx, longestWait)
		defer cancel()
		err := v.m.zone.Wait(waiting, c)
		if err != nil && ctx.Err() == nil && waiting.Err() != nil {
			err = fmt.Errorf("%w: change %s is not on all servers after %v, as after a failover of Route 53's control plane: look, and run the verb again: %w",
				dns.ErrUncertain, c.ID, longestWait, err)
		}
		return err
	}
	timer := time.NewTimer(propagation)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
