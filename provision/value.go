package provision

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Type says what an output holds.
type Type int

// The types of outputs. The zero Type is TextType, which is what most outputs are.
const (
	TextType   Type = iota // one text
	NumberType             // one number, such as a port
	ListType               // a list of texts, such as the subnets of a network
)

// String returns "text", "number" or "list".
func (t Type) String() string {
	switch t {
	case TextType:
		return "text"
	case NumberType:
		return "number"
	case ListType:
		return "list"
	}
	return fmt.Sprintf("type %d", int(t))
}

// Value is what an output holds: a text, a number or a list of texts. The zero Value is the empty text.
// A Value is immutable, so it may be copied and shared by goroutines.
type Value struct {
	typ    Type
	text   string
	number float64
	list   []string
}

// TextValue returns the Value of a text.
func TextValue(s string) Value { return Value{typ: TextType, text: s} }

// NumberValue returns the Value of a number.
func NumberValue(f float64) Value { return Value{typ: NumberType, number: f} }

// ListValue returns the Value of a list. It copies the list.
func ListValue(list []string) Value { return Value{typ: ListType, list: slices.Clone(list)} }

// Type returns the type of v.
func (v Value) Type() Type { return v.typ }

// String returns a text as it is, a number without needless digits (8080, 0.5), and a list joined by commas.
func (v Value) String() string {
	switch v.typ {
	case NumberType:
		return strconv.FormatFloat(v.number, 'f', -1, 64)
	case ListType:
		return strings.Join(v.list, ",")
	default:
		return v.text
	}
}

// Number returns the number that v holds; ok is false for a value of another type.
func (v Value) Number() (f float64, ok bool) { return v.number, v.typ == NumberType }

// List returns a copy of a list, and any other value as a list of one.
func (v Value) List() []string {
	if v.typ == ListType {
		return slices.Clone(v.list)
	}
	return []string{v.String()}
}

// Equal reports whether v and w have the same type and the same content.
func (v Value) Equal(w Value) bool {
	return v.typ == w.typ && v.text == w.text && v.number == w.number && slices.Equal(v.list, w.list)
}

// MarshalJSON writes v as the JSON that a reader expects: a string, a number, or an array of strings.
func (v Value) MarshalJSON() ([]byte, error) {
	switch v.typ {
	case NumberType:
		if math.IsNaN(v.number) || math.IsInf(v.number, 0) {
			return nil, fmt.Errorf("provision: JSON has no way to write the number %v", v.number)
		}
		return json.Marshal(v.number)
	case ListType:
		if v.list == nil {
			return []byte("[]"), nil
		}
		return json.Marshal(v.list)
	default:
		return json.Marshal(v.text)
	}
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (v *Value) UnmarshalJSON(data []byte) error {
	var natural any
	if err := json.Unmarshal(data, &natural); err != nil {
		return err
	}
	switch x := natural.(type) {
	case string:
		*v = TextValue(x)
		return nil
	case float64:
		*v = NumberValue(x)
		return nil
	case []any:
		var list []string
		if err := json.Unmarshal(data, &list); err != nil {
			return fmt.Errorf("provision: a list holds texts only: %w", err)
		}
		*v = ListValue(list)
		return nil
	}
	return fmt.Errorf("provision: %.40s is neither a text, a number nor a list of texts", data)
}
