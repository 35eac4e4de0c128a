package provision

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Options are the options of NewEngine.
type Options struct {
	// Place tells which account and region the drivers act in. Package env refuses to deploy or terminate without it, because an
	// environment that was made elsewhere would look as if it were gone.
	Place func(context.Context) (Place, error)

	// Parallel is how many calls of Create, or of Delete, may be in progress at one time. Waiting for readiness is not counted: it
	// costs little, and what is waited for may need a node that has not started. Default 32.
	Parallel int

	// Settle is the time between the two empty Finds after which Destroy believes that nothing is left, when it does not know how
	// many resources there were. It must be longer than it takes until a new resource shows in the listings of its
	// service. Default 2 minutes.
	Settle time.Duration

	// Poll is the shortest time between two calls of Delete for one resource. It grows with the time waited, to a tenth of it, so
	// that waiting takes at most a tenth longer than it must, but to no more than 15 seconds. What is busy is tried again when something
	// else has gone; while something is on its way out it is tried less often besides: the pause grows to half of the time waited,
	// and to no more than a minute. Default 2 seconds.
	Poll time.Duration

	// BusyTimeout is how long Destroy keeps trying while resources are busy, none goes, and none is on its way out. AWS takes
	// up to 45 minutes to release the network interfaces of functions in a VPC; nearly everything else, a few. Default 30 minutes.
	BusyTimeout time.Duration
}

const (
	defaultParallel    = 32
	defaultSettle      = 2 * time.Minute
	defaultPoll        = 2 * time.Second
	defaultBusyTimeout = 30 * time.Minute
	longestPoll        = 15 * time.Second
	longestBusyPoll    = time.Minute
)

// Engine makes, finds and deletes the resources of blueprints through drivers. It holds no state but its drivers, and is safe for
// concurrent use.
type Engine struct {
	drivers []Driver
	byKind  map[Kind]int // index into drivers
	options Options
}

// NewEngine returns an Engine that uses drivers. Two drivers for one kind are an error: it would be open who owns a resource.
func NewEngine(drivers []Driver, optFns ...func(*Options)) (*Engine, error) {
	e := &Engine{
		drivers: slices.Clone(drivers),
		byKind:  make(map[Kind]int),
		options: Options{Parallel: defaultParallel, Settle: defaultSettle, Poll: defaultPoll, BusyTimeout: defaultBusyTimeout},
	}
	for _, fn := range optFns {
		fn(&e.options)
	}
	if o := e.options; o.Parallel < 1 || o.Settle <= 0 || o.Poll <= 0 || o.BusyTimeout <= 0 {
		return nil, fmt.Errorf("provision: Parallel (%d), Settle (%v), Poll (%v) and BusyTimeout (%v) must be positive",
			o.Parallel, o.Settle, o.Poll, o.BusyTimeout)
	}
	for i, d := range drivers {
		if d == nil {
			return nil, errors.New("provision: a driver is nil")
		}
		for _, k := range kindsOf(d) {
			if other, twice := e.byKind[k]; twice {
				return nil, fmt.Errorf("provision: two drivers, %T and %T, for kind %s", drivers[other], d, k)
			}
			e.byKind[k] = i
		}
	}
	return e, nil
}

// kindsOf returns what a driver makes and what it looks up.
func kindsOf(d Driver) []Kind {
	kinds := d.Kinds()
	if l, ok := d.(Looker); ok {
		kinds = append(slices.Clip(kinds), l.Looks()...)
	}
	return kinds
}

// driver returns the driver of a kind, or nil.
func (e *Engine) driver(k Kind) Driver {
	if i, ok := e.byKind[k]; ok {
		return e.drivers[i]
	}
	return nil
}

// pause returns how long to wait before something is asked for again that has been waited for so long.
func (e *Engine) pause(waited time.Duration) time.Duration {
	return max(e.options.Poll, min(waited/10, longestPoll))
}

// Place returns the account and region that the drivers act in. It is ErrNoPlace if Options.Place was not set.
func (e *Engine) Place(ctx context.Context) (Place, error) {
	if e.options.Place == nil {
		return Place{}, fmt.Errorf("provision: %w", ErrNoPlace)
	}
	p, err := e.options.Place(ctx)
	switch {
	case err != nil:
		return Place{}, fmt.Errorf("provision: which account and region? %w", err)
	case p.Account == "" || p.Region == "":
		return Place{}, fmt.Errorf("provision: account (%q) or region (%q) is empty: %w", p.Account, p.Region, ErrNoPlace)
	}
	return p, nil
}

// Services returns the names of the services of all drivers, sorted.
func (e *Engine) Services() []string {
	var services []string
	for k := range e.byKind {
		services = append(services, k.Service())
	}
	slices.Sort(services)
	return slices.Compact(services)
}

// Validate checks all that can be known before the first call: the owner, the blueprint, that there is a driver for each kind
// (ErrNoDriver), and what the drivers that are Validators have to say. It returns all mistakes at once, joined.
func (e *Engine) Validate(o Owner, b *Blueprint) error {
	_, err := e.check(o, b)
	return err
}

// check is Validate; it also returns the graph.
func (e *Engine) check(o Owner, b *Blueprint) (*graph, error) {
	var errs []error
	if err := checkOwner(o); err != nil {
		errs = append(errs, err)
	}
	g, err := compile(b)
	if err != nil {
		errs = append(errs, unjoin(err)...)
	}
	if b == nil {
		return nil, errors.Join(errs...)
	}
	for _, n := range b.Nodes {
		if checkSpec(n.Spec) != nil {
			continue // which compile has said
		}
		d := e.driver(n.Spec.Kind())
		if d == nil {
			errs = append(errs, &BlueprintError{Node: n.Name, Err: fmt.Errorf("%w: %s (there are drivers for %s)",
				ErrNoDriver, n.Spec.Kind(), strings.Join(e.Services(), ", "))})
			continue
		}
		if _, ok := d.(Looker); !ok && isExisting(&n) {
			errs = append(errs, &BlueprintError{Node: n.Name, Err: fmt.Errorf("%w: that of %s, a %T, does not look anything up",
				ErrNoDriver, n.Spec.Kind(), d)})
			continue
		}
		// A driver may trust that a spec which it is given is valid, so it is not asked about one that is not.
		if v, ok := d.(Validator); ok && err == nil {
			if problem := v.Validate(Call{Owner: o, Node: n.Name, Spec: n.Spec, Keep: n.Keep}); problem != nil {
				errs = append(errs, &BlueprintError{Node: n.Name, Err: conceal(problem, n.Spec)})
			}
		}
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return g, nil
}

// checkOwner refuses an owner whose resources could not be told from those of others.
func checkOwner(o Owner) error {
	var errs []error
	for _, id := range o.identities() {
		required := id.key == TagRegistry || id.key == TagEnv || id.key == TagAttempt
		if required && id.value == "" {
			errs = append(errs, fmt.Errorf("provision: the owner lacks what tag %s needs", id.key))
		}
		if _, cut := DecodeTag(EncodeTag(id.value)); cut {
			errs = append(errs, fmt.Errorf("provision: the owner's %q is too long for tag %s", cutText(id.value, 40), id.key))
		}
	}
	return errors.Join(errs...)
}

// Phase says how far a node is. The zero Phase says nothing.
type Phase int

// The phases of a node. Apply passes through Starting, Created and Ready, or Found for a look-up; Destroy through Deleting, perhaps Blocked, and Gone.
const (
	Starting Phase = iota + 1 // Create is called
	Created                   // Create returned; the early outputs are known
	Ready                     // Await returned; every output is known
	Failed                    // Create, Await or Delete failed
	Deleting                  // Delete is called for the first time
	Blocked                   // something else needs the resource still; Step.Waiting names it
	Gone                      // Delete returned nil
	Kept                      // the resource is to be kept and was left where it is
	Checking                  // it is asked whether what the node refers to exists
	Found                     // the look-up of what exists already was successful
)

// String returns the phase in lower case, "created".
func (p Phase) String() string {
	switch p {
	case Starting:
		return "starting"
	case Created:
		return "created"
	case Ready:
		return "ready"
	case Failed:
		return "failed"
	case Deleting:
		return "deleting"
	case Blocked:
		return "blocked"
	case Gone:
		return "gone"
	case Kept:
		return "kept"
	case Checking:
		return "checking"
	case Found:
		return "found"
	}
	return fmt.Sprintf("phase %d", int(p))
}

// Step is one thing that happened to one node.
type Step struct {
	Node    string
	Kind    Kind
	Phase   Phase
	ID      string // the resource's id, once it is known
	Err     error  // for Failed
	Waiting string // for Blocked: what needs the resource; empty if the service does not say
	At      time.Time
}

// stopped returns why ctx is done, or nil if it is not. The result is the context's error, whatever the cause given to it was.
func stopped(ctx context.Context) error {
	err := ctx.Err()
	if err == nil {
		return nil
	}
	if cause := context.Cause(ctx); !errors.Is(cause, err) {
		return fmt.Errorf("%w: %w", err, cause)
	}
	return err
}
