package kinds_test

import (
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// TestHandlesHaveExactlyTheOutputs fails when a kind has an output that its handle lacks, or the other way round, or when
// a method names another output than its own.
func TestHandlesHaveExactlyTheOutputs(t *testing.T) {
	t.Parallel()
	var b provision.Blueprint
	for _, tt := range []struct {
		spec   provision.Spec
		handle provision.Handle
	}{
		{kinds.Queue{}, kinds.AddQueue(&b, "n", kinds.Queue{})},
		{kinds.SecurityGroup{}, kinds.AddSecurityGroup(&b, "n", kinds.SecurityGroup{})},
		{kinds.Instance{}, kinds.AddInstance(&b, "n", kinds.Instance{})},
	} {
		promised := map[string]bool{}
		for _, out := range tt.spec.Outputs() {
			promised[out.Name] = true
			require.NotEmpty(t, out.Doc, out.Name)
			method := reflect.ValueOf(tt.handle).MethodByName(out.Name)
			require.True(t, method.IsValid(), "%T has no method %s", tt.handle, out.Name)
			require.Equal(t, provision.Text("${{n."+out.Name+"}}"), method.Call(nil)[0].Interface())
		}
		handle := reflect.TypeOf(tt.handle)
		for i := range handle.NumMethod() {
			if m := handle.Method(i); m.Type.NumIn() == 1 && m.Type.NumOut() == 1 {
				require.True(t, promised[m.Name], "%s has no output %s", tt.spec.Kind(), m.Name)
			}
		}
	}
	require.Len(t, b.Nodes, 3)
}

func TestOptionsReachTheNode(t *testing.T) {
	t.Parallel()
	var b provision.Blueprint
	first := kinds.AddQueue(&b, "first", kinds.Queue{})
	kinds.AddQueue(&b, "second", kinds.Queue{}, provision.After(first), provision.Keep)
	require.Equal(t, []string{"first"}, b.Nodes[1].After)
	require.True(t, b.Nodes[1].Keep)
}
