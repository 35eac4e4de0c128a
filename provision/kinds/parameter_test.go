package kinds_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

func TestParameterValidate(t *testing.T) {
	t.Parallel()
	long := func(n int) provision.Text { return provision.Text(strings.Repeat("x", n)) }
	for _, tt := range []struct {
		name      string
		parameter kinds.Parameter
		want      []string // fields
	}{
		{"a value", kinds.Parameter{Value: "on"}, nil},
		{"values", kinds.Parameter{Values: []provision.Text{"a", "b"}, Description: "two"}, nil},
		{"nothing", kinds.Parameter{}, []string{"Value"}},
		{"both", kinds.Parameter{Value: "on", Values: []provision.Text{"a"}}, []string{"Values"}},
		{"a comma in an item", kinds.Parameter{Values: []provision.Text{"a,b", "c"}}, []string{"Values[0]"}},
		{"a comma in a value", kinds.Parameter{Value: "a,b"}, nil},
		{"an empty item", kinds.Parameter{Values: []provision.Text{"a", ""}}, []string{"Values[1]"}},
		{"all that fits", kinds.Parameter{Value: long(4096)}, nil},
		{"a byte more", kinds.Parameter{Value: long(4097)}, []string{"Value"}},
		{"with room for it", kinds.Parameter{Value: long(8192), Advanced: true}, nil},
		{"no room for more", kinds.Parameter{Value: long(8193), Advanced: true}, []string{"Value"}},
		{"the commas count", kinds.Parameter{Values: []provision.Text{long(2048), long(2048)}}, []string{"Values"}},
		{"a nested parameter", kinds.Parameter{Value: "{{ssm:other}}"}, []string{"Value"}},
		{"doubled braces", kinds.Parameter{Value: "$${{x}}"}, []string{"Value"}},
		{"a long description", kinds.Parameter{Value: "on", Description: strings.Repeat("ü", 1025)}, []string{"Description"}},
		{"a description of letters, not bytes", kinds.Parameter{Value: "on", Description: strings.Repeat("ü", 1024)}, nil},
		{"what is not known yet", kinds.Parameter{Values: []provision.Text{"${{net.Subnets}}"}}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := tt.parameter.Validate()
			require.Equal(t, tt.want, fields(err), "%v", err)
		})
	}
}

// A field for the type, or for a key, would be the way to put a secret into a blueprint.
func TestParameterCannotBeSecret(t *testing.T) {
	t.Parallel()
	var names []string
	for _, field := range reflect.VisibleFields(reflect.TypeFor[kinds.Parameter]()) {
		names = append(names, field.Name)
	}
	require.Equal(t, []string{"Value", "Values", "Description", "Advanced"}, names)
}
