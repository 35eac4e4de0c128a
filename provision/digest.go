package provision

import (
	"crypto/sha256"
	"encoding"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// digestVersion heads the canonical form. Another version is another language, in which no old digest means anything.
const digestVersion = "peppercorn blueprint 1\n"

// Digest returns 22 characters that are the same for two blueprints exactly if they ask for the same: 128 bits of the SHA-256 of the
// blueprint's canonical form, in base64url. The order of nodes, of map keys and of struct fields does not matter, nor do
// blanks in references. Fields with zero values are left out, so a field that is added to a kind later changes no old
// digest; a slice or map that is empty and not nil is no zero value. Only inputs that something refers to count, and all Pins that are
// not empty. The commit, the application, the environment and the base are not part of it.
//
// An invalid blueprint has no digest: the error is that of Validate.
func (b *Blueprint) Digest() (string, error) {
	g, err := compile(b)
	if err != nil {
		return "", err
	}
	c := canon{types: make(shapes)}
	c.b.WriteString(digestVersion)
	if err := c.blueprint(b, g); err != nil {
		return "", fmt.Errorf("provision: digest: %w", err)
	}
	sum := sha256.Sum256([]byte(c.b.String()))
	return base64.RawURLEncoding.EncodeToString(sum[:16]), nil
}

// canon writes the canonical form: JSON with sorted keys and without zero values, but for texts with references, which are
// written t"..." so that they cannot be taken for the literal of the same characters.
type canon struct {
	types shapes
	b     strings.Builder
}

func (c *canon) blueprint(b *Blueprint, g *graph) error {
	c.b.WriteString(`{"entrance":`)
	if err := c.text(b.Entrance.Host); err != nil {
		return err
	}
	if b.Entrance.ZoneID != "" {
		c.b.WriteString(`,"zone":`)
		if err := c.text(b.Entrance.ZoneID); err != nil {
			return err
		}
	}
	c.b.WriteString(`,"inputs":{`)
	for i, name := range g.usedInputs() {
		c.comma(i)
		c.quote(name)
		c.b.WriteByte(':')
		c.quote(b.Inputs[name])
	}
	if pinned := b.pinned(); len(pinned) > 0 {
		c.b.WriteString(`},"pins":{`)
		for i, name := range pinned {
			c.comma(i)
			c.quote(name)
			c.b.WriteByte(':')
			c.quote(b.Pins[name])
		}
	}
	c.b.WriteString(`},"nodes":[`)
	order := make([]int, len(b.Nodes))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int { return strings.Compare(b.Nodes[i].Name, b.Nodes[j].Name) })
	for i, at := range order {
		c.comma(i)
		if err := c.node(&b.Nodes[at]); err != nil {
			return &BlueprintError{Node: b.Nodes[at].Name, Err: err}
		}
	}
	c.b.WriteString("]}")
	return nil
}

// pinned returns the names of the nodes that have a pin, sorted. An empty pin is none.
func (b *Blueprint) pinned() []string {
	names := slices.Sorted(maps.Keys(b.Pins))
	return slices.DeleteFunc(names, func(name string) bool { return b.Pins[name] == "" })
}

func (c *canon) node(n *Node) error {
	after := slices.Clone(n.After)
	slices.Sort(after)
	c.b.WriteString(`{"after":[`)
	for i, name := range slices.Compact(after) {
		c.comma(i)
		c.quote(name)
	}
	fmt.Fprintf(&c.b, `],"keep":%t,"kind":`, n.Keep)
	c.quote(string(n.Spec.Kind()))
	c.b.WriteString(`,"name":`)
	c.quote(n.Name)
	c.b.WriteString(`,"spec":`)
	if err := c.value(reflect.ValueOf(n.Spec)); err != nil {
		return err
	}
	c.b.WriteByte('}')
	return nil
}

func (c *canon) comma(i int) {
	if i > 0 {
		c.b.WriteByte(',')
	}
}

// quote writes a string so that different strings of bytes are written differently, invalid UTF-8 included.
func (c *canon) quote(s string) { c.b.WriteString(strconv.QuoteToASCII(s)) }

// text writes a Text by its meaning: a literal as the string that it stands for, anything else in one spelling.
func (c *canon) text(t Text) error {
	parts, err := parse(t)
	if err != nil {
		return err
	}
	switch {
	case len(parts) == 0:
		c.quote("")
	case len(parts) == 1 && !parts[0].isRef:
		c.quote(parts[0].literal)
	default:
		c.b.WriteByte('t')
		c.quote(string(render(parts)))
	}
	return nil
}

func (c *canon) value(v reflect.Value) error {
	if isText(v.Type()) {
		return c.text(Text(v.String()))
	}
	if c.types.of(v.Type()).opaque {
		return c.opaque(v)
	}
	switch v.Kind() {
	case reflect.Struct:
		return c.structure(v)
	case reflect.Map:
		c.b.WriteByte('{')
		for i, key := range sortedKeys(v) {
			c.comma(i)
			c.quote(key.String())
			c.b.WriteByte(':')
			if err := c.value(v.MapIndex(key)); err != nil {
				return err
			}
		}
		c.b.WriteByte('}')
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			c.b.WriteString("null")
			return nil
		}
		return c.value(v.Elem())
	case reflect.Slice, reflect.Array:
		c.b.WriteByte('[')
		for i := range v.Len() {
			c.comma(i)
			if err := c.value(v.Index(i)); err != nil {
				return err
			}
		}
		c.b.WriteByte(']')
	case reflect.String:
		c.quote(v.String())
	case reflect.Bool:
		c.b.WriteString(strconv.FormatBool(v.Bool()))
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		c.b.WriteString(strconv.FormatInt(v.Int(), 10))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		c.b.WriteString(strconv.FormatUint(v.Uint(), 10))
	case reflect.Float32, reflect.Float64:
		c.b.WriteString(strconv.FormatFloat(v.Float(), 'g', -1, 64))
	default:
		return fmt.Errorf("a spec is plain data and has no %s", v.Kind())
	}
	return nil
}

// structure writes the fields that are not zero, sorted by name.
func (c *canon) structure(v reflect.Value) error {
	var fields []int
	for i := range v.NumField() {
		if !v.Field(i).IsZero() {
			fields = append(fields, i)
		}
	}
	name := func(i int) string { return v.Type().Field(i).Name }
	slices.SortFunc(fields, func(i, j int) int { return strings.Compare(name(i), name(j)) })
	c.b.WriteByte('{')
	for i, field := range fields {
		c.comma(i)
		c.quote(name(field))
		c.b.WriteByte(':')
		if err := c.value(v.Field(field)); err != nil {
			return fmt.Errorf("%s: %w", name(field), err)
		}
	}
	c.b.WriteByte('}')
	return nil
}

// opaque writes a value as it wants to be written.
func (c *canon) opaque(v reflect.Value) error {
	if v.Kind() == reflect.Pointer && v.IsNil() {
		c.b.WriteString("null")
		return nil
	}
	if m, ok := reflect.TypeAssert[encoding.TextMarshaler](v); ok {
		text, err := m.MarshalText()
		if err != nil {
			return err
		}
		c.quote(string(text))
		return nil
	}
	text, err := json.Marshal(v.Interface())
	if err != nil {
		return err
	}
	c.quote(string(text))
	return nil
}

// sortedKeys returns the keys of a map with string keys, sorted.
func sortedKeys(v reflect.Value) []reflect.Value {
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
	return keys
}
