package provision

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// ApplyOptions are the options of Engine.Apply.
type ApplyOptions struct {
	// Observe, if set, is told of each step. It is called one step at a time, in the order in which things happened, from the
	// goroutine that called Apply; while it runs, nothing new starts.
	Observe func(Step)
	// Checked is what Engine.Check returned for this blueprint. Without it Apply makes the same check first.
	Checked Checked
}

// Applied is what Engine.Apply made.
type Applied struct {
	States []State // in the order of the blueprint, without what was only looked up
	Host   string  // of the entrance, resolved; empty for a worker
	ZoneID string  // of the entrance, resolved; empty where its host has none
}

// Apply makes what b asks for. It may be called again after a crash or an error: what is there already is adopted, and the rest is made.
//
// A node starts as soon as every output that it refers to is known, which for early outputs is when the Create of the node referred
// to returns; After waits until a node is ready. Nothing else waits. After the first failure, or when ctx is
// done, nothing new starts; what runs is let finish, and the error is an *ApplyError that says what was made. Applied.States holds
// what was made also then. If b is not valid, nothing is made and the error is that of Validate.
func (e *Engine) Apply(ctx context.Context, o Owner, b *Blueprint, optFns ...func(*ApplyOptions)) (Applied, error) {
	var options ApplyOptions
	for _, fn := range optFns {
		fn(&options)
	}
	g, err := e.check(o, b)
	if err != nil {
		return Applied{}, err
	}
	if !options.Checked.covers(b) {
		if options.Checked, err = e.preflight(ctx, o, b, g); err != nil {
			return Applied{}, err
		}
	}
	a := newApplication(e, o, b, g, options)
	a.run(ctx)
	return a.result(ctx)
}

// progress is how far a node is, in the eyes of the nodes that need it.
type progress struct {
	started bool
	found   bool // it exists already: state is what its look-up returned
	created bool // state is known; its outputs may be incomplete if the node failed
	ready   bool
	open    int // how many needs are not met yet
	state   State
}

// report is what the goroutine of a node tells the one that runs the graph.
type report struct {
	node  int
	phase Phase // Created or Ready; with err, the phase in which it failed: Starting or Created
	state State
	err   error
}

// application is one run of Apply. Its fields belong to the goroutine that called Apply; the goroutines of the nodes get what they
// need as arguments and send reports.
type application struct {
	engine  *Engine
	owner   Owner
	b       *Blueprint
	g       *graph
	observe func(Step)
	adopted map[string]State // what is taken as it is, by node

	types    shapes
	nodes    []progress
	neededBy [][]edge // the edges of the graph, the other way round
	queue    []int    // nodes that could start
	creating int      // calls of Create in progress
	running  int      // goroutines in progress
	reports  chan report
	failed   []*NodeError
}

func newApplication(e *Engine, o Owner, b *Blueprint, g *graph, options ApplyOptions) *application {
	a := &application{
		engine: e, owner: o, b: b, g: g,
		observe:  options.Observe,
		adopted:  options.Checked.adopted,
		nodes:    make([]progress, len(b.Nodes)),
		neededBy: make([][]edge, len(b.Nodes)),
		types:    make(shapes),
		reports:  make(chan report, e.options.Parallel), // buffered, to switch goroutines less often
	}
	for i := range b.Nodes {
		if !isExisting(&b.Nodes[i]) {
			continue
		}
		state, ok := options.Checked.found[b.Nodes[i].Name] // or all that needs it is adopted
		a.nodes[i].found, a.nodes[i].state = true, state
		if ok {
			a.tell(i, Found, state.ID, nil)
		}
	}
	for i, needs := range g.needs {
		if a.nodes[i].found {
			continue
		}
		for _, need := range needs {
			if !a.nodes[need.to].found {
				a.nodes[i].open++
				a.neededBy[need.to] = append(a.neededBy[need.to], edge{to: i, ready: need.ready})
			}
		}
		if a.nodes[i].open == 0 {
			a.queue = append(a.queue, i)
		}
	}
	return a
}

// run starts what can start until nothing runs any more.
func (a *application) run(ctx context.Context) {
	for {
		for len(a.queue) > 0 && a.creating < a.engine.options.Parallel && len(a.failed) == 0 && ctx.Err() == nil {
			next := a.queue[0]
			a.queue = a.queue[1:]
			a.start(ctx, next)
		}
		if a.running == 0 {
			return
		}
		a.handle(<-a.reports)
	}
}

// start resolves what a node refers to and begins to make it.
func (a *application) start(ctx context.Context, i int) {
	n := &a.b.Nodes[i]
	a.nodes[i].started = true
	a.tell(i, Starting, "", nil)
	adopted, isAdopted := a.adopted[n.Name]
	spec := n.Spec
	if !isAdopted {
		var err error
		if spec, err = resolve(n.Spec, a.types, a.lookup); err != nil {
			a.fail(i, Starting, "", err)
			return
		}
	}
	call := Call{Owner: a.owner, Node: n.Name, Spec: spec, Keep: n.Keep}
	driver := a.engine.driver(n.Spec.Kind())
	promised := a.g.outputs[i]
	a.creating++
	a.running++
	go func() {
		state, err := adopted, error(nil)
		if !isAdopted {
			state, err = driver.Create(ctx, call)
		}
		if err != nil {
			a.reports <- report{node: i, phase: Starting, err: conceal(err, spec)}
			return
		}
		if err := own(&state, call, promised, false); err != nil {
			a.reports <- report{node: i, phase: Starting, state: state, err: err}
			return
		}
		a.reports <- report{node: i, phase: Created, state: state}
		ready, err := driver.Await(ctx, state)
		if err == nil {
			err = own(&ready, call, promised, true)
		}
		if err != nil {
			a.reports <- report{node: i, phase: Created, state: state, err: conceal(err, spec)}
			return
		}
		a.reports <- report{node: i, phase: Ready, state: ready}
	}()
}

// own completes the state that a driver returned by what the engine knows, and checks that every output which is due is there and
// of the type that was promised.
func own(s *State, c Call, promised outputs, all bool) error {
	s.Node, s.Kind, s.Owner, s.Keep = c.Node, c.Spec.Kind(), c.Owner, c.Keep
	if s.ID == "" {
		return errors.New("the driver did not give an id")
	}
	for _, out := range promised {
		value, known := s.Outputs[out.Name]
		switch {
		case !known && out.Early:
			return fmt.Errorf("the driver did not give the early output %s of %s", out.Name, s.ID)
		case !known && all:
			return fmt.Errorf("the driver did not give the output %s of %s", out.Name, s.ID)
		case known && value.Type() != out.Type:
			return fmt.Errorf("the driver gave the output %s of %s as a %s; promised was a %s", out.Name, s.ID, value.Type(), out.Type)
		}
	}
	return nil
}

// handle enters a report, and lets the nodes start that waited for it.
func (a *application) handle(r report) {
	p := &a.nodes[r.node]
	if r.phase == Starting || r.phase == Created && r.err == nil {
		a.creating--
	}
	if r.phase == Ready || r.err != nil {
		a.running--
	}
	if r.state.ID != "" {
		p.state, p.created = r.state, true
	}
	if r.err != nil {
		a.fail(r.node, r.phase, r.state.ID, r.err)
		return
	}
	p.ready = r.phase == Ready
	a.tell(r.node, r.phase, r.state.ID, nil)
	for _, e := range a.neededBy[r.node] {
		if e.ready != p.ready {
			continue
		}
		waiting := &a.nodes[e.to]
		if waiting.open--; waiting.open == 0 {
			a.queue = append(a.queue, e.to)
		}
	}
}

func (a *application) fail(i int, phase Phase, id string, err error) {
	n := &a.b.Nodes[i]
	a.failed = append(a.failed, &NodeError{Node: n.Name, Kind: n.Spec.Kind(), Phase: phase, Err: err})
	a.tell(i, Failed, id, err)
}

func (a *application) tell(i int, phase Phase, id string, err error) {
	if a.observe == nil {
		return
	}
	n := &a.b.Nodes[i]
	a.observe(Step{Node: n.Name, Kind: n.Spec.Kind(), Phase: phase, ID: id, Err: err, At: time.Now()})
}

// lookup returns the value of a reference. All are known when it is asked, because the graph saw to it.
func (a *application) lookup(ref Reference) (Value, error) {
	if ref.IsInput() {
		return TextValue(a.b.Inputs[ref.Output]), nil
	}
	if !ref.IsNode() {
		return a.owner.variable(ref.Output), nil
	}
	s := a.nodes[a.g.index[ref.Node]].state
	value, ok := s.Outputs[ref.Output]
	if !ok {
		return Value{}, fmt.Errorf("%s is not known: %s %s did not give it", ref, s.Kind, s.ID)
	}
	return value, nil
}

// variable returns the value of ${{commit}}, ${{app}}, ${{env}} or ${{base}}.
func (o Owner) variable(name string) Value {
	switch name {
	case "commit":
		return TextValue(o.Commit)
	case "app":
		return TextValue(o.App)
	case "env":
		return TextValue(o.Env)
	default:
		return TextValue(o.Base)
	}
}

// result says what became of it all.
func (a *application) result(ctx context.Context) (Applied, error) {
	var (
		applied    Applied
		notStarted []string
	)
	for i := range a.nodes {
		p := &a.nodes[i]
		if p.created {
			if applied.States == nil {
				applied.States = make([]State, 0, len(a.nodes))
			}
			applied.States = append(applied.States, p.state)
		}
		if !p.started && !p.found {
			notStarted = append(notStarted, a.b.Nodes[i].Name)
		}
	}
	if len(a.failed) > 0 || len(notStarted) > 0 {
		return applied, &ApplyError{Made: applied.States, Failed: a.failed, NotStarted: notStarted, Err: stopped(ctx)}
	}
	for _, f := range []struct {
		name string
		text Text
		to   *string
	}{{"Entrance.Host", a.b.Entrance.Host, &applied.Host}, {"Entrance.ZoneID", a.b.Entrance.ZoneID, &applied.ZoneID}} {
		value, err := resolveText(f.text, a.lookup)
		if err != nil {
			return applied, &BlueprintError{Field: f.name, Err: err}
		}
		*f.to = value.String()
	}
	return applied, nil
}
