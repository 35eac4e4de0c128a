package lambdadriver

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision"
)

// A function whose name does not begin with the prefix would never be found, and so never be deleted.
func TestEveryNameOfAnApplicationHasThePrefix(t *testing.T) {
	t.Parallel()
	apps := []string{"a", "shop", "shop-x", "internal", "aws-x", "9lives", "Üben", "---", "a--b", strings.Repeat("long-", 12)}
	for length := 15; length < 60; length++ {
		apps = append(apps, strings.Repeat("q", length))
	}
	for _, app := range apps {
		owner := provision.Owner{Registry: "r", Env: "e", Attempt: "a", App: app}
		prefix := namePrefix(owner)
		for _, node := range []string{"b", "jobs", "a-b", strings.Repeat("n", 24), strings.Repeat("n-", 15) + "n", strings.Repeat("n", 63)} {
			name := nameOf(provision.Call{Owner: owner, Node: node})
			require.True(t, strings.HasPrefix(name, prefix), "%s does not begin with %s", name, prefix)
			require.LessOrEqual(t, len(name), maxName)
		}
	}
	require.Equal(t, "shop", namePrefix(provision.Owner{App: "shop"}))
	require.Empty(t, namePrefix(provision.Owner{}), "a search through all applications")
}

func TestUnqualified(t *testing.T) {
	t.Parallel()
	const arn = "arn:aws:lambda:us-east-1:123456789012:function:shop"
	for _, version := range []string{"", ":1", ":$LATEST"} {
		require.Equal(t, arn, unqualified(arn+version))
	}
	require.Equal(t, "shop", nameIn(arn))
}
