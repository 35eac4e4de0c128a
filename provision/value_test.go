package provision_test

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision"
)

func TestValue(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		value provision.Value
		typ   provision.Type
		text  string
		list  []string
		json  string
	}{
		{"zero", provision.Value{}, provision.TextType, "", []string{""}, `""`},
		{"text", provision.TextValue("a,b"), provision.TextType, "a,b", []string{"a,b"}, `"a,b"`},
		{"port", provision.NumberValue(8080), provision.NumberType, "8080", []string{"8080"}, `8080`},
		{"fraction", provision.NumberValue(-0.5), provision.NumberType, "-0.5", []string{"-0.5"}, `-0.5`},
		{"large number", provision.NumberValue(123456789012), provision.NumberType, "123456789012", []string{"123456789012"}, `123456789012`},
		{"list", provision.ListValue([]string{"a", "b"}), provision.ListType, "a,b", []string{"a", "b"}, `["a","b"]`},
		{"empty list", provision.ListValue(nil), provision.ListType, "", nil, `[]`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.typ, tt.value.Type())
			require.Equal(t, tt.text, tt.value.String())
			require.Equal(t, tt.list, tt.value.List())
			_, isNumber := tt.value.Number()
			require.Equal(t, tt.typ == provision.NumberType, isNumber)

			data, err := json.Marshal(tt.value)
			require.NoError(t, err)
			require.JSONEq(t, tt.json, string(data))
			var back provision.Value
			require.NoError(t, json.Unmarshal(data, &back))
			require.True(t, tt.value.Equal(back), "%v came back as %v", tt.value, back)
		})
	}
	require.False(t, provision.TextValue("1").Equal(provision.NumberValue(1)))
	require.False(t, provision.TextValue("a").Equal(provision.ListValue([]string{"a"})))
	_, err := json.Marshal(provision.NumberValue(math.NaN()))
	require.ErrorContains(t, err, "NaN")
	for _, bad := range []string{`{}`, `true`, `null`, `[1]`, `["a",["b"]]`} {
		require.Error(t, new(provision.Value).UnmarshalJSON([]byte(bad)), bad)
	}
}

func TestValueIsImmutable(t *testing.T) {
	t.Parallel()
	given := []string{"a"}
	v := provision.ListValue(given)
	given[0] = "x"
	v.List()[0] = "y"
	require.Equal(t, []string{"a"}, v.List())
}

func TestKindService(t *testing.T) {
	t.Parallel()
	require.Equal(t, "sqs", provision.Kind("sqs/queue").Service())
	require.Equal(t, "odd", provision.Kind("odd").Service())
	require.Equal(t, "list", provision.ListType.String())
}
