package elbdriver

import (
	"context"
	"fmt"
	"slices"

	"github.com/peppercorn-go/peppercorn/provision"
)

// maxName is the longest name of a balancer or target group.
const maxName = 32

// thing is what ELB says of a balancer, target group or listener.
type thing struct {
	arn     string
	name    string
	outputs map[string]provision.Value
	// differs says which settings are not those of the spec that it was looked up for.
	differs []string
}

// maker is how a thing of one kind is made. Its functions return the errors of the SDK.
type maker struct {
	kind provision.Kind
	what string // for messages: its name, or its place
	// look returns what there is of that name, make makes it, or returns what there is. A look that finds nothing is one
	// that is missing.
	look, make func(ctx context.Context) (thing, error)
	// attributes are those that are set in a second call; none if there are none.
	attributes []attribute
	// get reads the attributes of a thing, set sets all of ours at once.
	get func(ctx context.Context, arn string) (map[string]string, error)
	set func(ctx context.Context, arn string) error
}

// create looks whether the thing is there, makes it if not, and proves that it is ours before it touches it.
func (d *Driver) create(ctx context.Context, c provision.Call, m maker) (provision.State, error) {
	there, err := m.look(ctx)
	if err == nil {
		return d.adopt(ctx, c, m, there)
	}
	if !missing(err) {
		return provision.State{}, fmt.Errorf("elbdriver: looking for %s %s: %w", m.kind, m.what, err)
	}
	made, err := m.make(ctx)
	if duplicate(err) {
		return d.adoptRival(ctx, c, m, err)
	}
	if err != nil {
		return provision.State{}, fmt.Errorf("elbdriver: creating %s %s: %w", m.kind, m.what, err)
	}
	tags, err := d.mine(ctx, c, m.kind, made.arn)
	if err != nil {
		return provision.State{}, err
	}
	if len(m.attributes) > 0 {
		if err := m.set(ctx, made.arn); err != nil {
			return provision.State{}, fmt.Errorf("elbdriver: setting the attributes of %s %s: %w", m.kind, made.arn, err)
		}
	}
	return made.state(m.kind, tags), nil
}

// adoptRival adopts what made ELB refuse to make a thing that was not there a moment ago. If ELB does not show it all the
// same, it is one that is just being deleted.
func (d *Driver) adoptRival(ctx context.Context, c provision.Call, m maker, refusal error) (provision.State, error) {
	var there thing
	err := d.retry(ctx, missing, func() (err error) {
		there, err = m.look(ctx)
		return err
	})
	switch {
	case missing(err):
		return provision.State{}, fmt.Errorf("elbdriver: creating %s %s: one that is there %w: %w", m.kind, m.what,
			provision.ErrDeleting, refusal)
	case err != nil:
		return provision.State{}, fmt.Errorf("elbdriver: whose is %s %s, and what? %w: %w", m.kind, m.what, err, refusal)
	}
	return d.adopt(ctx, c, m, there)
}

// adopt returns what is there if it is ours and has the settings of the blueprint. Attributes that are still as ELB sets
// them at first are set: whoever made the thing has not come so far, or is about to.
func (d *Driver) adopt(ctx context.Context, c provision.Call, m maker, there thing) (provision.State, error) {
	tags, err := d.mine(ctx, c, m.kind, there.arn)
	if err != nil {
		return provision.State{}, err
	}
	changes, complete := slices.Clone(there.differs), true
	if len(m.attributes) > 0 {
		got, err := m.get(ctx, there.arn)
		if err != nil {
			return provision.State{}, fmt.Errorf("elbdriver: reading the attributes of %s %s: %w", m.kind, there.arn, err)
		}
		var changed []string
		changed, complete = compare(m.attributes, got)
		changes = append(changes, changed...)
	}
	if len(changes) > 0 {
		return provision.State{}, changedByHand(c, m.kind, there.arn, changes)
	}
	if !complete {
		if err := m.set(ctx, there.arn); err != nil {
			return provision.State{}, fmt.Errorf("elbdriver: setting the attributes of %s %s: %w", m.kind, there.arn, err)
		}
	}
	return there.state(m.kind, tags), nil
}

// state describes a thing of ours.
func (t thing) state(k provision.Kind, tags map[string]string) provision.State {
	s := provision.State{Kind: k, ID: t.arn, Name: t.name, Outputs: t.outputs}
	provision.StateOwner(&s, tags)
	return s
}

// attribute is one attribute that a thing must have.
type attribute struct {
	key, want string
	// birth is the value that ELB gives it at first.
	birth string
}

// compare says which attributes were changed by hand, and whether none waits to be set.
func compare(want []attribute, got map[string]string) (changed []string, complete bool) {
	complete = true
	for _, a := range want {
		switch value := got[a.key]; value {
		case a.want:
		case a.birth, "":
			complete = false
		default:
			changed = append(changed, fmt.Sprintf("%s is %s, not %s", a.key, value, a.want))
		}
	}
	return changed, complete
}

// differ notes a setting that is not as it should be.
func differ[T comparable](differs []string, name string, got, want T) []string {
	if got == want {
		return differs
	}
	return append(differs, fmt.Sprintf("%s is %v, not %v", name, got, want))
}

// differSet is differ for lists whose order says nothing.
func differSet(differs []string, name string, got, want []string) []string {
	got, want = slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))
	if slices.Equal(got, want) {
		return differs
	}
	return append(differs, fmt.Sprintf("%s is %v, not %v", name, got, want))
}
