package provision

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

// Checker is an optional power of a driver: it asks whether what a node refers to by name exists and can be used, such as the
// image of an instance or the cluster of a service, so that a mistake is found before anything was made.
type Checker interface {
	// Check asks for everything that c.Spec names and returns one error for each that is missing, joined; most are a *MissingError. It changes
	// nothing. What it finds missing for a node that was made before is passed over. References to look-ups and inputs are resolved in c.Spec; a Text that refers to what is still to be made holds its
	// reference still (Text.Pending) and cannot be checked yet.
	//
	// A question that may not be asked (access denied) is no answer: Check returns nil for it, since the create that follows
	// asks again.
	Check(ctx context.Context, c Call) error
}

// Checked is what Engine.Check found. The zero value says nothing.
type Checked struct {
	// Pins are the choices that the look-ups made, by node. A blueprint with these as its Pins finds the same again.
	Pins map[string]string

	found   map[string]State // look-ups, by node
	adopted map[string]State // what is there already and needs a look-up that finds nothing any more, by node
}

// covers reports whether everything that b looks up was found.
func (c Checked) covers(b *Blueprint) bool {
	return c.found != nil && !slices.ContainsFunc(b.Nodes, func(n Node) bool {
		_, ok := c.found[n.Name]
		return isExisting(&n) && !ok
	})
}

// Check looks up what b says exists, and asks whether all else exists that it refers to: images, subnets, certificates, instance
// profiles, clusters. It makes nothing. The error is that of Validate, or a *CheckError with everything that is missing.
//
// Apply does the same before its first create, unless it is given what Check returned.
//
// What is missing counts for what is still to be made only. A node that o's environment has already needs neither the snapshot that
// it was restored from nor the image that it was started from, so that a deploy can be resumed, and an environment healed, after
// these are gone. The same holds for a look-up that finds nothing any more, if everything that refers to it is there: Apply then takes
// that as it is. The entrance is no exception: what it refers to must be found.
func (e *Engine) Check(ctx context.Context, o Owner, b *Blueprint) (Checked, error) {
	g, err := e.check(o, b)
	if err != nil {
		return Checked{}, err
	}
	return e.preflight(ctx, o, b, g)
}

// preflight is Check for a blueprint that is valid.
func (e *Engine) preflight(ctx context.Context, o Owner, b *Blueprint, g *graph) (Checked, error) {
	p := preflight{
		engine: e, owner: o, b: b, g: g,
		checked: Checked{Pins: make(map[string]string), found: make(map[string]State), adopted: make(map[string]State)},
		failed:  make(map[int][]error),
		limit:   make(chan struct{}, e.options.Parallel),
	}
	var looks, asks []int
	for i := range b.Nodes {
		if isExisting(&b.Nodes[i]) {
			looks = append(looks, i)
		} else if _, ok := e.driver(b.Nodes[i].Spec.Kind()).(Checker); ok {
			asks = append(asks, i)
		}
	}
	// In each round everything is looked up that needs only what the rounds before found. There are as many rounds as the longest chain
	// of look-ups, which is seldom longer than one.
	for len(looks) > 0 {
		now := slices.DeleteFunc(slices.Clone(looks), func(i int) bool {
			return slices.ContainsFunc(g.needs[i], func(need edge) bool { return slices.Contains(looks, need.to) })
		})
		looks = slices.DeleteFunc(looks, func(i int) bool { return slices.Contains(now, i) })
		p.each(ctx, now, p.look)
	}
	p.each(ctx, asks, p.ask)
	p.spare(ctx)
	return p.result(ctx)
}

// preflight is one run of Check.
type preflight struct {
	engine *Engine
	owner  Owner
	b      *Blueprint
	g      *graph
	limit  chan struct{} // as many calls as may be in progress

	mu      sync.Mutex
	checked Checked
	failed  map[int][]error // by node
}

// each calls do for all of these nodes at the same time, and waits.
func (p *preflight) each(ctx context.Context, nodes []int, do func(ctx context.Context, i int) error) {
	var wait sync.WaitGroup
	for _, i := range nodes {
		wait.Go(func() {
			p.limit <- struct{}{}
			defer func() { <-p.limit }()
			if ctx.Err() != nil {
				return
			}
			if err := do(ctx, i); err != nil {
				p.mu.Lock()
				defer p.mu.Unlock()
				p.failed[i] = unjoin(err)
			}
		})
	}
	wait.Wait()
}

// errPending says that a reference cannot be resolved before its node is made.
var errPending = errors.New("not known yet")

// lookup returns the value of a reference as far as it is known without making anything.
func (p *preflight) lookup(ref Reference) (Value, error) {
	switch {
	case ref.IsInput():
		return TextValue(p.b.Inputs[ref.Output]), nil
	case !ref.IsNode():
		return p.owner.variable(ref.Output), nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if found, ok := p.checked.found[ref.Node]; ok {
		return found.Outputs[ref.Output], nil
	}
	return Value{}, errPending
}

// call returns the call for a node, its spec resolved as far as that is possible.
func (p *preflight) call(i int) (Call, error) {
	n := &p.b.Nodes[i]
	r := resolver{lookup: p.lookup, types: make(shapes), partial: true}
	spec, err := r.resolve(n.Spec)
	return Call{Owner: p.owner, Node: n.Name, Spec: spec, Keep: n.Keep}, err
}

// look looks up one node.
func (p *preflight) look(ctx context.Context, i int) error {
	n := &p.b.Nodes[i]
	if !p.allFound(p.g.needs[i]) {
		return nil // what it needs was not found, which is reported there
	}
	call, err := p.call(i)
	if err == nil {
		// What the references have come out as was not known when the blueprint was judged, and one that came out empty may turn one question
		// into another.
		err = call.Spec.Validate()
	}
	if err != nil {
		return err
	}
	looker := p.engine.driver(n.Spec.Kind()).(Looker) // Engine.check saw to it
	state, pin, err := looker.Look(ctx, call, p.b.Pins[n.Name])
	if err == nil {
		err = own(&state, call, p.g.outputs[i], true)
	}
	if err == nil {
		err = checkPin(pin)
	}
	if err != nil {
		return conceal(err, call.Spec)
	}
	state.Owner = Owner{} // it is nobody's of ours
	p.mu.Lock()
	defer p.mu.Unlock()
	p.checked.found[n.Name] = state
	if pin != "" {
		p.checked.Pins[n.Name] = pin
	}
	return nil
}

// allFound reports whether the look-ups that a node needs were successful.
func (p *preflight) allFound(needs []edge) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return !slices.ContainsFunc(needs, func(need edge) bool {
		_, ok := p.checked.found[p.b.Nodes[need.to].Name]
		return !ok
	})
}

// ask asks the driver of one node whether what it refers to exists.
func (p *preflight) ask(ctx context.Context, i int) error {
	call, err := p.call(i)
	if err != nil {
		return err
	}
	err = p.engine.driver(call.Spec.Kind()).(Checker).Check(ctx, call)
	if err == nil {
		return nil
	}
	var missing []error
	for _, err := range unjoin(err) {
		missing = append(missing, conceal(err, call.Spec))
	}
	return errors.Join(missing...)
}

func (p *preflight) result(ctx context.Context) (Checked, error) {
	var problems []*NodeError
	for _, i := range slices.Sorted(maps.Keys(p.failed)) {
		n := &p.b.Nodes[i]
		for _, err := range p.failed[i] {
			problems = append(problems, &NodeError{Node: n.Name, Kind: n.Spec.Kind(), Phase: Checking, Err: err})
		}
	}
	if err := stopped(ctx); err != nil || len(problems) > 0 {
		return Checked{}, &CheckError{Problems: problems, Err: err}
	}
	return p.checked, nil
}

// CheckError is everything that a blueprint needs and that is not there. It unwraps to every cause.
type CheckError struct {
	Problems []*NodeError // in the order of the blueprint
	Err      error        // the context's error, if that is why not everything was asked; else nil
}

// Error lists all problems, one a line if there is more than one.
func (e *CheckError) Error() string {
	causes := e.Unwrap()
	if len(causes) == 1 {
		return "provision: nothing was made: " + causes[0].Error()
	}
	var b strings.Builder
	fmt.Fprintf(&b, "provision: nothing was made, for %d reasons:", len(causes))
	for _, cause := range causes {
		fmt.Fprintf(&b, "\n- %s", cause)
	}
	return b.String()
}

// Unwrap returns every cause.
func (e *CheckError) Unwrap() []error {
	causes := make([]error, 0, len(e.Problems)+1)
	if e.Err != nil {
		causes = append(causes, e.Err)
	}
	for _, p := range e.Problems {
		causes = append(causes, p)
	}
	return causes
}
