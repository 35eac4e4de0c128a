package snsdriver

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// A topic whose name does not begin with the prefix, or is not of the form, would never be found, and so never be deleted.
func TestEveryNameIsLookedAt(t *testing.T) {
	t.Parallel()
	apps := []string{"a", "shop", "shop-x", "internal", "aws-x", "9lives", "Üben", "---", "a--b", "", strings.Repeat("long-", 60)}
	for length := 100; length < 250; length += 7 {
		apps = append(apps, strings.Repeat("q", length))
	}
	nodes := []string{"b", "news", "a-b", "aa", "---", strings.Repeat("n", 29), strings.Repeat("n", 300)}
	for _, app := range apps {
		owner := provision.Owner{Registry: "r", Env: "e", Attempt: "a", App: app}
		for _, node := range nodes {
			for _, fifo := range []bool{false, true} {
				name := nameOf(provision.Call{Owner: owner, Node: node}, kinds.Topic{FIFO: fifo})
				require.Regexp(t, ourName, name)
				require.LessOrEqual(t, len(name), maxName)
				require.True(t, strings.HasPrefix(name, namePrefix(owner)), "%s does not begin with %s", name, namePrefix(owner))
			}
		}
	}
	require.Equal(t, "shop", namePrefix(provision.Owner{App: "shop"}))
	require.Empty(t, namePrefix(provision.Owner{}), "a search through all applications")
}
