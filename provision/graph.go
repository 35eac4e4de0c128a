package provision

import (
	"errors"
	"fmt"
	"iter"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// graph is a blueprint that was checked, with the edges that its references and After make.
type graph struct {
	index   map[string]int  // of a node by its name
	outputs []outputs       // of each node; nil if it has no spec
	needs   [][]edge        // of each node, what it needs; one edge for each node needed
	inputs  map[string]bool // those that something refers to
}

// edge says that a node needs another one.
type edge struct {
	to    int
	ready bool   // it must be ready; else it is enough that it is created
	why   string // the field that says so, for messages
}

// usedInputs returns the names of the inputs that something refers to, sorted.
func (g *graph) usedInputs() []string { return slices.Sorted(maps.Keys(g.inputs)) }

// Validate checks all that can be known without a driver: names (lower-case letters, digits and single '-', at most 31
// characters), names taken twice, references to nodes, outputs and inputs that do not exist, cycles, lists where one text is wanted, and
// each Spec.Validate, with the values of the inputs. It returns all mistakes at once, joined, each a *BlueprintError.
func (b *Blueprint) Validate() error {
	_, err := compile(b)
	return err
}

// compile checks b and builds its graph.
func compile(b *Blueprint) (*graph, error) {
	if b == nil {
		return nil, &BlueprintError{Err: errors.New("there is no blueprint")}
	}
	c := compiler{b: b, types: make(shapes), g: &graph{
		index:   make(map[string]int, len(b.Nodes)),
		outputs: make([]outputs, len(b.Nodes)),
		needs:   make([][]edge, len(b.Nodes)),
		inputs:  make(map[string]bool),
	}}
	for i := range b.Nodes {
		c.declare(i)
	}
	for i := range b.Nodes {
		if c.g.outputs[i] != nil {
			c.node(i)
		}
	}
	c.pins()
	c.text("", "Entrance.Host", place{}, b.Entrance.Host, func(edge) {})
	c.text("", "Entrance.ZoneID", place{}, b.Entrance.ZoneID, func(edge) {})
	if b.Entrance.ZoneID != "" && b.Entrance.Host == "" {
		c.fail("", "Entrance.ZoneID", errors.New("is given, but no Host"))
	}
	for _, cycle := range c.g.cycles() {
		c.fail("", "", c.g.describe(b, cycle))
	}
	if len(c.errs) > 0 {
		return nil, errors.Join(c.errs...)
	}
	return c.g, nil
}

type compiler struct {
	b     *Blueprint
	g     *graph
	types shapes
	errs  []error

	takesInput bool // the node that is being checked refers to an input
}

func (c *compiler) fail(node, field string, err error) {
	c.errs = append(c.errs, &BlueprintError{Node: node, Field: field, Err: err})
}

// declare enters the node and its outputs, so that references can be checked whatever their direction.
func (c *compiler) declare(i int) {
	n := &c.b.Nodes[i]
	if err := checkName(n.Name); err != nil {
		c.fail(n.Name, "", err)
	} else if n.Name == inputs {
		c.fail(n.Name, "", errors.New(`the name "in" is taken: ${{in.NAME}} is an input`))
	}
	if _, twice := c.g.index[n.Name]; twice {
		c.fail(n.Name, "", errors.New("the name is taken by another node"))
	} else {
		c.g.index[n.Name] = i
	}
	if err := checkSpec(n.Spec); err != nil {
		c.fail(n.Name, "", err)
		return
	}
	promised := outputs(n.Spec.Outputs())
	for j, out := range promised {
		if _, twice := promised[:j].find(out.Name); twice {
			c.fail(n.Name, "", fmt.Errorf("the spec promises the output %q twice", out.Name))
		}
	}
	if promised == nil {
		promised = outputs{}
	}
	c.g.outputs[i] = promised
}

// outputs are those that a spec promises: so few that looking through them is as fast as a map, and ten thousand maps are not small.
type outputs []Output

func (o outputs) find(name string) (Output, bool) {
	for _, out := range o {
		if out.Name == name {
			return out, true
		}
	}
	return Output{}, false
}

func (o outputs) names(yield func(string) bool) {
	for _, out := range o {
		if !yield(out.Name) {
			return
		}
	}
}

// checkSpec refuses what is no spec that a driver would know. Where a type is a Spec by itself drivers expect it so, and would refuse a
// pointer to it when other nodes have been made already.
func checkSpec(s Spec) error {
	v := reflect.ValueOf(s)
	switch {
	case !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil():
		return errors.New("the node has no spec")
	case v.Kind() == reflect.Pointer && v.Type().Elem().Implements(specKind):
		return fmt.Errorf("the spec is a pointer to a %s; give the %[1]s itself", v.Type().Elem())
	}
	return nil
}

// node checks one node and enters what it needs.
func (c *compiler) node(i int) {
	n := &c.b.Nodes[i]
	if service, thing, ok := strings.Cut(string(n.Spec.Kind()), "/"); !ok || service == "" || thing == "" {
		c.fail(n.Name, "", fmt.Errorf("the kind %q is not of the form service/thing", n.Spec.Kind()))
	}
	at := make(map[int]int) // where in needs[i] the edge to a node is
	need := func(e edge) {
		if j, known := at[e.to]; known {
			if e.ready && !c.g.needs[i][j].ready {
				c.g.needs[i][j] = e
			}
			return
		}
		at[e.to] = len(c.g.needs[i])
		c.g.needs[i] = append(c.g.needs[i], e)
	}
	c.takesInput = false
	problems := inspect(n.Spec, c.types, func(path string, at place, t Text) { c.text(n.Name, path, at, t, need) })
	for _, p := range problems {
		c.fail(n.Name, p.Field, p.Err)
	}
	if n.Keep {
		c.kept(i)
	}
	for _, name := range n.After {
		to, ok := c.g.index[name]
		if !ok {
			c.fail(n.Name, "After", fmt.Errorf("there is no node %q%s", name, didYouMean(name, maps.Keys(c.g.index))))
			continue
		}
		need(edge{to: to, ready: true, why: "After"})
	}
	if isExisting(n) {
		c.existing(i)
	}
	if len(problems) > 0 {
		return // a spec that is not plain data may not be able to judge itself
	}
	if err := c.given(n.Spec).Validate(); err != nil {
		for _, err := range unjoin(err) {
			c.fail(n.Name, "", err)
		}
	}
}

// given returns a spec with the inputs in it as far as they are given, so that they are judged like literals.
func (c *compiler) given(spec Spec) Spec {
	if !c.takesInput {
		return spec
	}
	r := resolver{types: c.types, partial: true, lookup: func(ref Reference) (Value, error) {
		if value, ok := c.b.Inputs[ref.Output]; ok && ref.IsInput() {
			return TextValue(value), nil
		}
		return Value{}, errPending
	}}
	if given, err := r.resolve(spec); err == nil {
		return given
	}
	return spec
}

// kept checks that what a kept node refers to is kept as well: a teardown that leaves a database where it is cannot delete the security
// group that the database is in, and would never end.
func (c *compiler) kept(i int) {
	n := &c.b.Nodes[i]
	for _, need := range c.g.needs[i] {
		if to := &c.b.Nodes[need.to]; to.Spec != nil && !to.Keep && !isExisting(to) {
			c.fail(n.Name, need.why, fmt.Errorf("it is kept, and %q, which it needs, is not; keep both, or give it something that is "+
				"made elsewhere", to.Name))
		}
	}
}

// existing checks what holds for look-ups only.
func (c *compiler) existing(i int) {
	n := &c.b.Nodes[i]
	if n.Keep {
		c.fail(n.Name, "", errors.New("Keep is for what is made; what is looked up is never deleted"))
	}
	for _, need := range c.g.needs[i] {
		if to := &c.b.Nodes[need.to]; to.Spec != nil && !isExisting(to) {
			c.fail(n.Name, need.why, fmt.Errorf("%q is made after all look-ups, so a look-up cannot need it", to.Name))
		}
	}
}

// pins checks that the pins are those of look-ups.
func (c *compiler) pins() {
	for _, name := range slices.Sorted(maps.Keys(c.b.Pins)) {
		i, ok := c.g.index[name]
		if !ok {
			c.fail("", "Pins", fmt.Errorf("there is no node %q%s", name, didYouMean(name, maps.Keys(c.g.index))))
		} else if !isExisting(&c.b.Nodes[i]) {
			c.fail(name, "Pins", errors.New("only look-ups have pins"))
		} else if err := checkPin(c.b.Pins[name]); err != nil {
			c.fail(name, "Pins", err)
		}
	}
}

// text checks the references of one Text.
func (c *compiler) text(node, path string, at place, t Text, need func(edge)) {
	parts, err := parse(t)
	if err != nil {
		c.fail(node, path, err)
		return
	}
	for _, p := range parts {
		if !p.isRef {
			continue
		}
		switch {
		case p.ref.IsInput():
			if _, ok := c.b.Inputs[p.ref.Output]; !ok {
				c.fail(node, path, fmt.Errorf("there is no input %q%s", p.ref.Output, didYouMean(p.ref.Output, maps.Keys(c.b.Inputs))))
				continue
			}
			c.g.inputs[p.ref.Output] = true
			c.takesInput = true
		case p.ref.IsNode():
			c.output(node, path, at, p.ref, len(parts) == 1, need)
		}
	}
}

// output checks a reference to an output of a node.
func (c *compiler) output(node, path string, at place, ref Reference, alone bool, need func(edge)) {
	to, ok := c.g.index[ref.Node]
	if !ok {
		c.fail(node, path, fmt.Errorf("%s: there is no node %q%s", ref, ref.Node, didYouMean(ref.Node, maps.Keys(c.g.index))))
		return
	}
	if c.g.outputs[to] == nil {
		return // reported where it is declared
	}
	out, ok := c.g.outputs[to].find(ref.Output)
	if !ok {
		c.fail(node, path, fmt.Errorf("%s: %s %q has no output %q%s",
			ref, c.b.Nodes[to].Spec.Kind(), ref.Node, ref.Output, didYouMean(ref.Output, c.g.outputs[to].names)))
		return
	}
	switch {
	case out.Type == ListType && !alone:
		c.fail(node, path, fmt.Errorf("%s is a list and does not fit into a longer text", ref))
	case out.Type == ListType && at.slot == scalarSlot:
		c.fail(node, path, fmt.Errorf("%s is a list and does not fit where one text is wanted", ref))
	case out.Secret && !at.secret:
		c.fail(node, path, fmt.Errorf("%s leads to a secret and fits only into a field for secrets (of type provision.Secret), "+
			"so that it ends up in no name, script or DNS record", ref))
	}
	need(edge{to: to, ready: !out.Early, why: path})
}

// unjoin takes apart what errors.Join put together.
func unjoin(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	return []error{err}
}

// cycles returns one cycle for each knot of the graph, as nodes that each need the next.
func (g *graph) cycles() [][]int {
	// First take away, again and again, what needs nothing that is left; what stays is in a cycle or leads to one.
	open := make([]int, len(g.needs))
	neededBy := make([][]int, len(g.needs))
	var free []int
	for i, needs := range g.needs {
		open[i] = len(needs)
		for _, e := range needs {
			neededBy[e.to] = append(neededBy[e.to], i)
		}
		if len(needs) == 0 {
			free = append(free, i)
		}
	}
	for len(free) > 0 {
		i := free[len(free)-1]
		free = free[:len(free)-1]
		for _, j := range neededBy[i] {
			if open[j]--; open[j] == 0 {
				free = append(free, j)
			}
		}
	}
	// Every node that is left needs another such node, so following them ends in a cycle or in a walk made before.
	var (
		cycles [][]int
		walk   = make([]int, len(g.needs)) // the number of the walk that came by, 0 for none
	)
	for start := range g.needs {
		if open[start] == 0 || walk[start] != 0 {
			continue
		}
		var path []int
		at := start
		for walk[at] == 0 {
			walk[at] = start + 1
			path = append(path, at)
			at = g.needs[at][slices.IndexFunc(g.needs[at], func(e edge) bool { return open[e.to] > 0 })].to
		}
		if walk[at] == start+1 {
			cycles = append(cycles, path[slices.Index(path, at):])
		}
	}
	return cycles
}

// longestCycle is how many steps of a cycle are told.
const longestCycle = 20

// describe says of a cycle who needs whom, and because of which field.
func (g *graph) describe(b *Blueprint, cycle []int) error {
	steps := make([]string, 0, len(cycle))
	for i, from := range cycle {
		if i == longestCycle {
			steps = append(steps, fmt.Sprintf("and %d more", len(cycle)-i))
			break
		}
		to := cycle[(i+1)%len(cycle)]
		e := g.needs[from][slices.IndexFunc(g.needs[from], func(e edge) bool { return e.to == to })]
		steps = append(steps, fmt.Sprintf("%s needs %s (%s)", b.Nodes[from].Name, b.Nodes[to].Name, e.why))
	}
	return fmt.Errorf("the nodes wait for each other: %s", strings.Join(steps, ", "))
}

// didYouMean returns a hint at the known name that is nearest to a wrong one, or "" if none is near.
func didYouMean(wrong string, known iter.Seq[string]) string {
	best, distance := "", max(2, len(wrong)/3)+1
	for _, name := range slices.Sorted(known) {
		if d := editDistance(strings.ToLower(wrong), strings.ToLower(name)); d < distance {
			best, distance = name, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", best)
}

// editDistance counts the letters to insert, delete, replace or swap with their neighbour to get from a to b.
func editDistance(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
