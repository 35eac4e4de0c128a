package elbdriver

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision"
)

// A balancer whose name does not begin with the prefix would never be found, and so never be deleted.
func TestEveryNameOfAnApplicationHasThePrefix(t *testing.T) {
	apps := []string{"a", "shop", "shop-x", "internal", "sg", "aws-x", "9lives", "Üben", "---", "a--b", "eightchr-x", strings.Repeat("long-", 12)}
	nodes := []string{"b", "jobs", "a-b", "aa", "ninechars", strings.Repeat("n", 17), strings.Repeat("n", 40), strings.Repeat("n-", 15) + "n"}
	for length := 1; length < 40; length++ {
		apps = append(apps, strings.Repeat("q", length))
	}
	for _, app := range apps {
		owner := provision.Owner{Registry: "r", Env: "e", Attempt: "a", App: app}
		prefix := namePrefix(owner)
		for _, node := range nodes {
			name := provision.Call{Owner: owner, Node: node}.Name(maxName, "")
			require.True(t, strings.HasPrefix(name, prefix), "%s does not begin with %s", name, prefix)
			require.LessOrEqual(t, len(name), maxName)
		}
	}
	require.Equal(t, "shop", namePrefix(provision.Owner{App: "shop"}))
	require.Equal(t, "pinterna", namePrefix(provision.Owner{App: "internal"}), "ELB refuses internal-")
	require.Empty(t, namePrefix(provision.Owner{}), "a search through all applications")
	require.Empty(t, namePrefix(provision.Owner{App: "---"}), "nothing of such a name is in the names")
}
