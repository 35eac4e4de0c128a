package provisiontest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

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
	defer m.record(OpLook, c.Owner, c.Node, kind, &err)()
	if err := m.begin(ctx, OpLook, kind, c.Node); err != nil {
		return provision.State{}, "", err
	}
	if m.options.Look != nil {
		s, newPin, err = m.options.Look(c, pin)
	}
	if err == nil && s.Outputs == nil {
		s, err = madeUp(c, s.ID)
	}
	if err == nil {
		err = m.end(OpLook, c.Node)
	}
	return s, newPin, err
}

// madeUp is something that exists because it was asked for, under that id or any. What is made up depends on the spec and on nothing
// else: what exists is the same for everybody, in every environment, and for a deploy that goes on where another one died.
func madeUp(c provision.Call, id string) (provision.State, error) {
	kind := c.Spec.Kind()
	if id == "" {
		spec, err := json.Marshal(c.Spec)
		if err != nil {
			return provision.State{}, fmt.Errorf("provisiontest: %w", err)
		}
		sum := sha256.Sum256(append([]byte(kind+" "), spec...))
		id = "mem-" + hex.EncodeToString(sum[:8])
	}
	r := resource{id: id, name: c.Node, outputs: c.Spec.Outputs(), kind: kind}
	return r.state(true), nil
}

// Check implements provision.Checker.
func (m *Memory) Check(ctx context.Context, c provision.Call) (err error) {
	if m.options.Check == nil {
		return nil
	}
	kind := c.Spec.Kind()
	defer m.record(OpCheck, c.Owner, c.Node, kind, &err)()
	if err := m.begin(ctx, OpCheck, kind, c.Node); err != nil {
		return err
	}
	if err := m.options.Check(c); err != nil {
		return err
	}
	return m.end(OpCheck, c.Node)
}
