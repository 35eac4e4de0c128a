package provision

import (
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// slot says what the place of a Text can take if the Text is a lone reference.
type slot int

const (
	scalarSlot  slot = iota // one text: a list does not fit
	elementSlot             // an element of a slice: a list is spliced
	anySlot                 // an interface: every value keeps its type
)

// place is where a Text or a Secret stands.
type place struct {
	slot   slot
	secret bool // it is a Secret
}

// deepest is how deep a spec may be nested; deeper ones point back at themselves.
const deepest = 64

var (
	specKind          = reflect.TypeFor[Spec]()
	textKind          = reflect.TypeFor[Text]()
	secretKind        = reflect.TypeFor[Secret]()
	textMarshalerKind = reflect.TypeFor[encoding.TextMarshaler]()
	jsonMarshalerKind = reflect.TypeFor[json.Marshaler]()
)

// isText reports whether values of the type may hold references.
func isText(t reflect.Type) bool { return t == textKind || t == secretKind }

// shape is what a walk needs to know of a type.
type shape struct {
	// opaque says that values of the type say themselves how they are written, as time.Time does; their fields are not looked at.
	opaque bool
	fields []reflect.StructField
}

// shapes remembers the shapes of types, whose look-up costs more than everything else in a walk. It is for one goroutine.
type shapes map[reflect.Type]shape

func (s shapes) of(t reflect.Type) shape {
	known, ok := s[t]
	if ok {
		return known
	}
	known.opaque = t.Kind() != reflect.Interface && (t.Implements(textMarshalerKind) || t.Implements(jsonMarshalerKind))
	if t.Kind() == reflect.Struct {
		for i := range t.NumField() {
			known.fields = append(known.fields, t.Field(i))
		}
	}
	s[t] = known
	return known
}

// visitor is called for each Text and Secret of a spec, with its path.
type visitor func(path string, at place, t Text)

// inspect walks over a spec, calls visit for every Text and Secret in it, and returns what makes the spec something other than plain data.
func inspect(spec Spec, types shapes, visit visitor) []*BlueprintError {
	w := inspector{visit: visit, types: types}
	w.walk(reflect.ValueOf(spec), "", scalarSlot, 0)
	return w.problems
}

type inspector struct {
	visit    visitor
	types    shapes
	problems []*BlueprintError
}

func (w *inspector) problem(path, format string, args ...any) {
	w.problems = append(w.problems, &BlueprintError{Field: path, Err: fmt.Errorf(format, args...)})
}

func (w *inspector) walk(v reflect.Value, path string, where slot, depth int) {
	if depth > deepest {
		w.problem(cutText(path, 80), "nested more than %d deep; does it point at itself?", deepest)
		return
	}
	if isText(v.Type()) {
		if v.Len() > 0 {
			w.visit(path, place{slot: where, secret: v.Type() == secretKind}, Text(v.String()))
		}
		return
	}
	shape := w.types.of(v.Type())
	if shape.opaque {
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i, field := range shape.fields {
			if !field.IsExported() {
				w.problem(join(path, field.Name), "a spec is plain data and has no unexported fields")
				continue
			}
			w.walk(v.Field(i), join(path, field.Name), scalarSlot, depth+1)
		}
	case reflect.Pointer:
		if !v.IsNil() {
			w.walk(v.Elem(), path, scalarSlot, depth+1)
		}
	case reflect.Interface:
		if !v.IsNil() {
			if where == scalarSlot {
				where = anySlot
			}
			w.walk(v.Elem(), path, where, depth+1)
		}
	case reflect.Slice:
		for i := range v.Len() {
			w.walk(v.Index(i), element(path, i), elementSlot, depth+1)
		}
	case reflect.Array:
		for i := range v.Len() {
			w.walk(v.Index(i), element(path, i), scalarSlot, depth+1)
		}
	case reflect.Map:
		if key := v.Type().Key(); key.Kind() != reflect.String || isText(key) {
			w.problem(path, "the keys of a map in a spec are strings, not %s", key)
			return
		}
		for _, key := range sortedKeys(v) {
			w.walk(v.MapIndex(key), entry(path, key), scalarSlot, depth+1)
		}
	case reflect.Func, reflect.Chan, reflect.UnsafePointer, reflect.Complex64, reflect.Complex128:
		w.problem(path, "a spec is plain data and has no %s", v.Kind())
	}
}

// join appends the name of a field to a path.
func join(path, field string) string {
	if path == "" {
		return field
	}
	return path + "." + field
}

// element appends an index to a path.
func element(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }

// entry appends a key to a path.
func entry(path string, key reflect.Value) string { return path + "[" + key.String() + "]" }

// Resolve returns a deep copy of spec in which every Text and Secret is a literal: each reference is replaced by what lookup returns for it. In a
// []Text a lone reference to a list is replaced by the elements of the list; in a field of an interface type a lone
// reference keeps its type. The original is never changed. The error is a *BlueprintError, or several, joined.
func Resolve(spec Spec, lookup func(Reference) (Value, error)) (Spec, error) {
	if spec == nil {
		return nil, errors.New("provision: there is no spec to resolve")
	}
	return resolve(spec, make(shapes), lookup)
}

// resolve is Resolve with a memory for types.
func resolve(spec Spec, types shapes, lookup func(Reference) (Value, error)) (Spec, error) {
	r := resolver{lookup: lookup, types: types}
	return r.resolve(spec)
}

type resolver struct {
	lookup  func(Reference) (Value, error)
	types   shapes
	partial bool // a Text that lookup knows no value for (errPending) stays as it is
	errs    []error
}

func (r *resolver) resolve(spec Spec) (Spec, error) {
	resolved := r.copy(reflect.ValueOf(spec), "", 0)
	if len(r.errs) > 0 {
		return nil, errors.Join(r.errs...)
	}
	return resolved.Interface().(Spec), nil // a copy has the type of its original
}

func (r *resolver) fail(path string, err error) {
	r.errs = append(r.errs, &BlueprintError{Field: path, Err: err})
}

// copy returns a deep copy of v. It assumes that inspect had nothing to say.
func (r *resolver) copy(v reflect.Value, path string, depth int) reflect.Value {
	if depth > deepest {
		r.fail(cutText(path, 80), fmt.Errorf("nested more than %d deep; does it point at itself?", deepest))
		return v
	}
	if isText(v.Type()) {
		value := r.value(path, Text(v.String()))
		if value.Type() == ListType {
			r.fail(path, errors.New("a list does not fit where one text is wanted"))
		}
		return reflect.ValueOf(value.String()).Convert(v.Type())
	}
	shape := r.types.of(v.Type())
	if shape.opaque {
		return v
	}
	out := reflect.New(v.Type()).Elem()
	switch v.Kind() {
	case reflect.Struct:
		for i, field := range shape.fields {
			if field.IsExported() {
				out.Field(i).Set(r.copy(v.Field(i), join(path, field.Name), depth+1))
			}
		}
	case reflect.Pointer:
		if !v.IsNil() {
			p := reflect.New(v.Type().Elem())
			p.Elem().Set(r.copy(v.Elem(), path, depth+1))
			out.Set(p)
		}
	case reflect.Interface:
		if !v.IsNil() {
			out.Set(r.natural(v.Elem(), path, depth+1))
		}
	case reflect.Slice:
		if !v.IsNil() {
			out.Set(r.slice(v, path, depth))
		}
	case reflect.Array:
		for i := range v.Len() {
			out.Index(i).Set(r.copy(v.Index(i), element(path, i), depth+1))
		}
	case reflect.Map:
		if !v.IsNil() {
			out.Set(reflect.MakeMapWithSize(v.Type(), v.Len()))
			for _, key := range sortedKeys(v) {
				out.SetMapIndex(key, r.copy(v.MapIndex(key), entry(path, key), depth+1))
			}
		}
	default:
		out.Set(v)
	}
	return out
}

// slice copies a slice and splices lists that stand in it.
func (r *resolver) slice(v reflect.Value, path string, depth int) reflect.Value {
	out := reflect.MakeSlice(v.Type(), 0, v.Len())
	for i := range v.Len() {
		from, at := v.Index(i), element(path, i)
		text := from
		if text.Kind() == reflect.Interface && !text.IsNil() {
			text = text.Elem()
		}
		if text.Type() == textKind {
			if value := r.value(at, Text(text.String())); value.Type() == ListType {
				for _, s := range value.list {
					out = reflect.Append(out, reflect.ValueOf(Text(s)))
				}
				continue
			}
		}
		out = reflect.Append(out, r.copy(from, at, depth+1))
	}
	return out
}

// natural copies what an interface holds. A lone reference keeps its type there: a number becomes a float64, a list a []Text.
func (r *resolver) natural(v reflect.Value, path string, depth int) reflect.Value {
	if v.Type() != textKind {
		return r.copy(v, path, depth)
	}
	value := r.value(path, Text(v.String()))
	switch value.Type() {
	case NumberType:
		return reflect.ValueOf(value.number)
	case ListType:
		list := make([]Text, len(value.list))
		for i, s := range value.list {
			list[i] = Text(s)
		}
		return reflect.ValueOf(list)
	default:
		return reflect.ValueOf(Text(value.text))
	}
}

// value resolves one Text. A lone reference has the type of its value, any other text is a text.
func (r *resolver) value(path string, t Text) Value {
	value, err := resolveText(t, r.lookup)
	switch {
	case r.partial && errors.Is(err, errPending):
		return TextValue(string(t))
	case err != nil:
		r.fail(path, err)
	}
	return value
}

// resolveText resolves one Text.
func resolveText(t Text, lookup func(Reference) (Value, error)) (Value, error) {
	if !strings.Contains(string(t), "${{") {
		return TextValue(string(t)), nil
	}
	parts, err := parse(t)
	if err != nil {
		return Value{}, err
	}
	if len(parts) == 1 && parts[0].isRef {
		return lookup(parts[0].ref)
	}
	var text []byte
	for _, p := range parts {
		if !p.isRef {
			text = append(text, p.literal...)
			continue
		}
		value, err := lookup(p.ref)
		if err != nil {
			return Value{}, err
		}
		if value.Type() == ListType {
			return Value{}, fmt.Errorf("%s is a list and does not fit into a longer text", p.ref)
		}
		text = append(text, value.String()...)
	}
	return TextValue(string(text)), nil
}
