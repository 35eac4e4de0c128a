package provision_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision"
)

// A listing by a prefix that one name does not have would miss a resource, and a teardown would take it for gone. "internals" is
// "internals-web-..." where there is room, and "pinterna-..." where it would be cut to a word that Elastic Load Balancing reserves.
func TestEveryNameHasTheNamePrefix(t *testing.T) {
	t.Parallel()
	apps := []string{
		"a", "shop", "s", "internal", "internals", "internalx-shop", "internal-tools", "sg", "sg-1", "aws", "aws-x", "amazon-shop", "amazons", "sthree",
		"sthrees", "9lives", "shop-x", "a--b", "eightchr-x", "---", "日本", "Üben", "", "internals" + strings.Repeat("b", 23), "aws" + strings.Repeat("-x", 14),
		strings.Repeat("long-", 12),
	}
	for length := 1; length < 600; length += 1 + length/40 {
		apps = append(apps, strings.Repeat("q", length))
	}
	nodes := []string{"jobs", "a-b", "aa", "ninechars", strings.Repeat("n", 40), strings.Repeat("n-", 15) + "n"}
	for length := 1; length <= 31; length += 3 {
		nodes = append(nodes, strings.Repeat("n", length), strings.Repeat("w", length), ("db-" + strings.Repeat("x", 31))[:length])
	}
	for _, app := range apps {
		o := provision.Owner{Registry: "r", Env: "e", App: app, Attempt: "a"}
		for _, max := range []int{32, 40, 63, 64, 80, 255, 512} {
			prefix, suffixed := o.NamePrefix(max), o.NamePrefix(max, ".fifo")
			for _, node := range nodes {
				plain, fifo := provision.Call{Owner: o, Node: node}.Name(max, ""), provision.Call{Owner: o, Node: node}.Name(max, ".fifo")
				if !strings.HasPrefix(plain, prefix) || !strings.HasPrefix(plain, suffixed) || !strings.HasPrefix(fifo, suffixed) {
					require.Fail(t, "a name without its prefix", "%s and %s of %q in %d: %q, %q", plain, fifo, app, max, prefix, suffixed)
				}
				require.LessOrEqual(t, len(plain), max)
			}
		}
	}
	require.Equal(t, "pinterna", provision.Owner{App: "internal"}.NamePrefix(32), "ELB refuses internal-")
	require.Equal(t, "pinternal", provision.Owner{App: "internal"}.NamePrefix(80, ".fifo"))
	require.Empty(t, provision.Owner{App: "internals"}.NamePrefix(32))
	require.Empty(t, provision.Owner{App: "---"}.NamePrefix(255), "nothing of such a name is in the names")
	require.Equal(t, "shop", provision.Owner{App: "shop"}.NamePrefix(32))
	require.Equal(t, "internals", provision.Owner{App: "internals"}.NamePrefix(255))
	require.Empty(t, provision.Owner{}.NamePrefix(255))
}
