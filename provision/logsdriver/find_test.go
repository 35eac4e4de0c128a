package logsdriver

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision"
)

// A group whose name does not begin with the prefix would never be found, and so never be deleted.
func TestEveryNameOfAnApplicationHasThePrefix(t *testing.T) {
	t.Parallel()
	apps := []string{"a", "shop", "shop-x", "internal", "sg", "aws-x", "9lives", "Üben", "---", "a--b"}
	for length := 1; length < 600; length += 7 {
		apps = append(apps, strings.Repeat("q", length))
	}
	for _, app := range apps {
		owner := provision.Owner{Registry: "r", Env: "e", Attempt: "a", App: app}
		prefix := namePrefix(owner)
		if prefix == nil {
			continue
		}
		for _, node := range []string{"b", "logs", "a-b", "aa", strings.Repeat("n", 31), strings.Repeat("n-", 15) + "n"} {
			name := nameOf(provision.Call{Owner: owner, Node: node})
			require.True(t, strings.HasPrefix(name, *prefix), "%s does not begin with %s", name, *prefix)
			require.LessOrEqual(t, len(name), maxName)
		}
	}
	require.Equal(t, "shop", *namePrefix(provision.Owner{App: "shop"}))
	require.Nil(t, namePrefix(provision.Owner{}), "a search through all applications")
	require.Nil(t, namePrefix(provision.Owner{App: "---"}), "nothing of such a name is in the names of its groups")
}
