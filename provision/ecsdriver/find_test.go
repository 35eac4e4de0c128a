package ecsdriver

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision"
)

// A name that is passed over would never be found, and so never be deleted.
func TestEveryNameOfAnApplicationMayBeOurs(t *testing.T) {
	t.Parallel()
	apps := []string{"", "a", "shop", "internal", "aws-x", "9lives", "Üben", "---", strings.Repeat("long-", 60), strings.Repeat("x", 300)}
	nodes := []string{"b", "a-b", strings.Repeat("n", 31), strings.Repeat("n-", 15) + "n"}
	for _, app := range apps {
		owner := provision.Owner{Registry: "r", Env: "e", Attempt: "a", App: app}
		for _, node := range nodes {
			name := nameOf(provision.Call{Owner: owner, Node: node})
			require.True(t, mayBeOurs(owner, name), "%s of %s", name, app)
			require.True(t, mayBeOurs(provision.Owner{Registry: "r"}, name), "a search through all applications")
			require.LessOrEqual(t, len(name), maxName)
		}
	}
	shop := provision.Owner{Registry: "r", App: "shop"}
	for _, name := range []string{"", "shop", "shop-web", "shop-web-0123456789018", "other-web-abcdefghijklm", "abcdefghijklm"} {
		require.False(t, mayBeOurs(shop, name), name)
	}
}
