package provision

import (
	"context"
	"errors"
	"maps"
	"slices"
)

// spare takes back what is missing for nodes that are there already. Only if something is missing are drivers asked for those, and each
// once. One that does not answer takes nothing back.
func (p *preflight) spare(ctx context.Context) {
	made := make(map[int]map[string]State) // by driver, by node
	there := func(i int) (State, bool) {
		n := &p.b.Nodes[i]
		at := p.engine.byKind[n.Spec.Kind()]
		if made[at] == nil {
			made[at] = p.made(ctx, p.engine.drivers[at])
		}
		s, ok := made[at][n.Name]
		return s, ok && s.Kind == n.Spec.Kind()
	}
	for i, errs := range p.failed {
		if isExisting(&p.b.Nodes[i]) {
			p.spareLook(i, errs, there)
		} else if _, ok := there(i); ok {
			delete(p.failed, i)
		}
	}
}

// made returns what a driver has made for the owner and is there to stay, by node; nothing if that cannot be known.
func (p *preflight) made(ctx context.Context, d Driver) map[string]State {
	states := make(map[string]State)
	for s, err := range d.Find(ctx, p.owner) {
		if err != nil {
			return map[string]State{}
		}
		if !s.Deleting {
			states[s.Node] = s
		}
	}
	return states
}

// spareLook takes back that a look-up finds nothing, if everything that was to be made of what it found is there: RDS deletes the snapshots that
// it takes by itself after days, owners of images withdraw them, and an environment that was made of one should still be healed.
// What refers to the look-up cannot be asked for again, since its spec is not known any more, and is adopted as Find found it.
func (p *preflight) spareLook(i int, errs []error, there func(int) (State, bool)) {
	n := &p.b.Nodes[i]
	otherwise := slices.ContainsFunc(errs, func(err error) bool { return !errors.Is(err, ErrMissing) })
	if otherwise || refersTo(p.b.Entrance.Host, n.Name) || refersTo(p.b.Entrance.ZoneID, n.Name) {
		return
	}
	adopted := make(map[string]State)
	for j, needs := range p.g.needs {
		if !slices.ContainsFunc(needs, func(need edge) bool { return need.to == i }) {
			continue
		}
		user := &p.b.Nodes[j]
		s, ok := there(j)
		if !ok || own(&s, Call{Owner: p.owner, Node: user.Name, Spec: user.Spec, Keep: user.Keep}, p.g.outputs[j], false) != nil {
			return
		}
		adopted[user.Name] = s
	}
	if len(adopted) == 0 {
		return
	}
	delete(p.failed, i)
	if pin := p.b.Pins[n.Name]; pin != "" {
		p.checked.Pins[n.Name] = pin
	}
	maps.Copy(p.checked.adopted, adopted)
}

// refersTo reports whether a text refers to a node.
func refersTo(t Text, node string) bool {
	parts, err := parse(t)
	return err != nil || slices.ContainsFunc(parts, func(p part) bool { return p.isRef && p.ref.Node == node })
}
