package kinds_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

func TestOptionsReachTheNode(t *testing.T) {
	t.Parallel()
	var b provision.Blueprint
	first := kinds.AddQueue(&b, "first", kinds.Queue{})
	kinds.AddQueue(&b, "second", kinds.Queue{}, provision.After(first), provision.Keep)
	require.Equal(t, []string{"first"}, b.Nodes[1].After)
	require.True(t, b.Nodes[1].Keep)
}
