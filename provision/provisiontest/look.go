package provisiontest

import (
	"context"

	"github.com/peppercorn-go/peppercorn/provision"
)

var (
	_ provision.Looker  = (*Memory)(nil)
	_ provision.Checker = (*Memory)(nil)
)

// Looks implements provision.Looker.
func (m *Memory) Looks() []provision.Kind { return m.options.Looks }

// Look implements provision.Looker.
func (m *Memory) Look(ctx context.Context, c provision.Call, pin string) (s provision.State, newPin string, err error) {
	kind := c.Spec.Kind()
	defer m.record(OpLook, c.Node, kind, &err)()
	if err := m.begin(ctx, OpLook, kind, c.Node); err != nil {
		return provision.State{}, "", err
	}
	if m.options.Look == nil {
		s = madeUp(c)
	} else {
		s, newPin, err = m.options.Look(c, pin)
	}
	if err == nil {
		err = m.end(OpLook, c.Node)
	}
	return s, newPin, err
}

// madeUp is something that exists because it was asked for.
func madeUp(c provision.Call) provision.State {
	r := resource{id: newID(c.Name(longestName, ""), 1), name: c.Node, outputs: c.Spec.Outputs(), kind: c.Spec.Kind()}
	return r.state(true)
}

// Check implements provision.Checker.
func (m *Memory) Check(ctx context.Context, c provision.Call) (err error) {
	if m.options.Check == nil {
		return nil
	}
	kind := c.Spec.Kind()
	defer m.record(OpCheck, c.Node, kind, &err)()
	if err := m.begin(ctx, OpCheck, kind, c.Node); err != nil {
		return err
	}
	if err := m.options.Check(c); err != nil {
		return err
	}
	return m.end(OpCheck, c.Node)
}
