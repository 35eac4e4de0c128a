package provisiontest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/peppercorn-go/peppercorn/provision"
)

// All returns every resource that exists, whoever owns it, sorted by name and id. Those that a Find would not show yet are among
// them, and so are strangers, which have no Owner.
func (m *Memory) All() []provision.State {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.collect()
	all := make([]provision.State, 0, len(m.resources))
	for _, r := range m.resources {
		all = append(all, r.state(true))
	}
	slices.SortFunc(all, func(a, b provision.State) int {
		return strings.Compare(a.Name+" "+a.ID, b.Name+" "+b.ID)
	})
	return all
}

// Calls returns the record of all calls, in the order in which they began.
func (m *Memory) Calls() []Call {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.calls)
}

// Count returns how often op was called.
func (m *Memory) Count(op Op) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := 0
	for _, c := range m.calls {
		if c.Op == op {
			n++
		}
	}
	return n
}

// AddStranger makes a resource without tags, as if somebody else had made it, and returns its id. There must be none of that name.
func (m *Memory) AddStranger(kind provision.Kind, name string) (id string, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.collect()
	key := nameKey{kind, name}
	if other, taken := m.byName[key]; taken {
		return "", fmt.Errorf("%s %s has the name %q already", kind, other, name)
	}
	m.made[key]++
	r := &resource{id: newID(name, m.made[key]) + "s", name: name, kind: kind}
	m.resources[r.id], m.byName[key] = r, r.id
	return r.id, nil
}

// SetLoss says what deleting a resource would lose, such as "12 messages"; nothing takes it back.
func (m *Memory) SetLoss(id string, what ...string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.loss[id] = slices.Clone(what)
}

// LoseReply makes the reply of the next Create or Delete get lost: it has its effect and returns an error.
func (m *Memory) LoseReply() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.loseReply++
}

// Vanish removes a resource at once, as if somebody had deleted it by hand.
func (m *Memory) Vanish(id string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if r, ok := m.resources[id]; ok {
		m.remove(r)
	}
}
