package sqsdriver

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// A queue whose name does not begin with the prefix would never be found, and so never be deleted.
func TestEveryNameOfAnApplicationHasThePrefix(t *testing.T) {
	apps := []string{"a", "shop", "shop-x", "internal", "sg", "aws-x", "9lives", "Üben", "---", "a--b", strings.Repeat("long-", 12), strings.Repeat("x", 90)}
	nodes := []string{"b", "jobs", "a-b", "aa", strings.Repeat("n", 29), strings.Repeat("n", 30), strings.Repeat("n", 31), strings.Repeat("n-", 15) + "n"}
	for length := 20; length < 70; length++ {
		apps = append(apps, strings.Repeat("q", length))
	}
	for _, app := range apps {
		owner := provision.Owner{Registry: "r", Env: "e", Attempt: "a", App: app}
		prefix := namePrefix(owner)
		if prefix == nil {
			continue
		}
		for _, node := range nodes {
			for _, fifo := range []bool{false, true} {
				name := nameOf(provision.Call{Owner: owner, Node: node}, kinds.Queue{FIFO: fifo})
				require.True(t, strings.HasPrefix(name, *prefix), "%s does not begin with %s", name, *prefix)
				require.LessOrEqual(t, len(name), maxName)
			}
		}
	}
	require.Equal(t, "shop", *namePrefix(provision.Owner{App: "shop"}))
	require.Equal(t, "pinternal", *namePrefix(provision.Owner{App: "internal"}))
	require.Nil(t, namePrefix(provision.Owner{}), "a search through all applications")
	require.Nil(t, namePrefix(provision.Owner{App: "---"}), "nothing of such a name is in the names of its queues")
}
