package ccdriver

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudcontrol"
	"github.com/aws/aws-sdk-go-v2/service/cloudcontrol/types"

	"github.com/peppercorn-go/peppercorn/internal/taglist"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// resource is one that exists, as it was read.
type resource struct {
	typ        kinds.CloudControlType
	identifier string
	properties map[string]any
}

// desired writes the properties that c asks for, with name and tags, as the document that Cloud Control wants. It is a pure
// function of c: package json sorts the keys.
func desired(r kinds.CloudControl, c provision.Call) (string, error) {
	properties := maps.Clone(r.Properties)
	if properties == nil {
		properties = map[string]any{}
	}
	if name := r.Type.ResourceName(c); name != "" {
		properties[r.Type.NameProperty] = name
	}
	switch tags := c.Tags(); r.Type.Tags {
	case kinds.TagList:
		properties[r.Type.TagProperty()] = taglist.Of(tags, func(key, value *string) tag { return tag{key, value} })
	case kinds.TagMap:
		properties[r.Type.TagProperty()] = tags
	}
	document, err := json.Marshal(properties)
	if err != nil {
		return "", fmt.Errorf("writing the properties: %w", err)
	}
	return string(document), nil
}

// tag is an element of a list of tags.
type tag struct{ Key, Value *string }

// parse reads the properties of a resource. Numbers stay as exact as they are.
func parse(t kinds.CloudControlType, description *types.ResourceDescription) (resource, error) {
	r := resource{typ: t, identifier: aws.ToString(description.Identifier)}
	decoder := json.NewDecoder(bytes.NewReader([]byte(aws.ToString(description.Properties))))
	decoder.UseNumber()
	if err := decoder.Decode(&r.properties); err != nil {
		return r, fmt.Errorf("reading the properties of %s: %w", r.id(), err)
	}
	return r, nil
}

// get reads one resource.
func (d *Driver) get(ctx context.Context, t kinds.CloudControlType, identifier string) (resource, error) {
	out, err := d.api.GetResource(ctx, &cloudcontrol.GetResourceInput{
		TypeName: aws.String(t.Name), Identifier: aws.String(identifier),
	})
	if err != nil {
		return resource{}, fmt.Errorf("reading %s: %w", idOf(t.Name, identifier), err)
	}
	if out.ResourceDescription == nil {
		return resource{}, fmt.Errorf("reading %s: %w", idOf(t.Name, identifier), errNoDescription)
	}
	r, err := parse(t, out.ResourceDescription)
	r.identifier = identifier // it may be written in another form
	return r, err
}

// getNew reads a resource that may be so new that its service does not know it everywhere.
func (d *Driver) getNew(ctx context.Context, t kinds.CloudControlType, identifier string) (r resource, err error) {
	err = d.retry(ctx, unknown, func() error {
		r, err = d.get(ctx, t, identifier)
		return err
	})
	return r, err
}

func (r resource) id() string { return idOf(r.typ.Name, r.identifier) }

// name returns the name of the resource, where its type has names.
func (r resource) name() string {
	if r.typ.NameIsIdentifier {
		return r.identifier
	}
	name, _ := r.properties[r.typ.NameProperty].(string)
	return name
}

// tags returns the tags of the resource, in whichever form its type has them.
func (r resource) tags() map[string]string {
	tags := map[string]string{}
	switch property := r.properties[r.typ.TagProperty()].(type) {
	case map[string]any:
		for key, value := range property {
			if text, ok := value.(string); ok {
				tags[key] = text
			}
		}
	case []any:
		for _, element := range property {
			pair, _ := element.(map[string]any)
			key, isKey := pair["Key"].(string)
			if value, ok := pair["Value"].(string); ok && isKey {
				tags[key] = value
			}
		}
	}
	return tags
}

// prove returns nil if r is the resource that c asks for, and a *provision.ForeignError otherwise.
func (r resource) prove(c provision.Call) error {
	if r.typ.Tags == kinds.NoTags {
		if r.identifier == r.typ.ResourceName(c) {
			return nil
		}
		return &provision.ForeignError{Kind: kinds.CloudControlKind, ID: r.id(), Node: c.Node}
	}
	return c.CheckOwner(kinds.CloudControlKind, r.id(), r.tags())
}

// state describes r as a resource of o; ok is false if it is not one.
func (r resource) state(o provision.Owner) (s provision.State, ok bool) {
	s = stateOf(r.typ, r.identifier, r.name())
	if r.typ.Tags == kinds.NoTags {
		s.Node, ok = nodeOf(r.typ, o, r.identifier)
		s.Owner = o
		return s, ok
	}
	tags := r.tags()
	return s, provision.StateOwner(&s, tags) && o.Matches(tags)
}

// stateOf describes a resource of which no more is known.
func stateOf(t kinds.CloudControlType, identifier, name string) provision.State {
	return provision.State{
		Kind:    kinds.CloudControlKind,
		ID:      idOf(t.Name, identifier),
		Name:    name,
		Outputs: map[string]provision.Value{"Identifier": provision.TextValue(identifier)},
	}
}

// outputs returns the outputs of a resource that is ready.
func (r resource) outputs() (map[string]provision.Value, error) {
	outputs := map[string]provision.Value{"Identifier": provision.TextValue(r.identifier)}
	for _, name := range slices.Sorted(maps.Keys(r.typ.Attributes)) {
		value, ok := valueOf(r.lookUp(name), r.typ.Attributes[name])
		if !ok {
			return nil, fmt.Errorf("%s has no property %s that is a %v", r.id(), name, r.typ.Attributes[name])
		}
		outputs[name] = value
	}
	return outputs, nil
}

// lookUp follows a path of dots through the properties. It returns nil if it ends nowhere.
func (r resource) lookUp(path string) any {
	var here any = r.properties
	for key := range strings.SplitSeq(path, ".") {
		object, ok := here.(map[string]any)
		if !ok {
			return nil
		}
		here = object[key]
	}
	return here
}

// valueOf makes a property a value of a type. Many handlers write numbers as texts.
func valueOf(property any, t provision.Type) (provision.Value, bool) {
	if t == provision.ListType {
		elements, ok := property.([]any)
		list := make([]string, 0, len(elements))
		for _, element := range elements {
			text, isScalar := scalar(element)
			if !isScalar {
				return provision.Value{}, false
			}
			list = append(list, text)
		}
		return provision.ListValue(list), ok
	}
	text, ok := scalar(property)
	if t != provision.NumberType || !ok {
		return provision.TextValue(text), ok
	}
	number, err := json.Number(text).Float64()
	return provision.NumberValue(number), err == nil
}

func scalar(property any) (string, bool) {
	switch v := property.(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case bool:
		return fmt.Sprint(v), true
	}
	return "", false
}
