package listing_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/internal/listing"
	"github.com/peppercorn-go/peppercorn/provision"
)

// A name that Call.Name makes and that is not recognized would be a thing that no teardown finds.
func TestEveryNameThatIsMadeMayBeOurs(t *testing.T) {
	t.Parallel()
	for _, app := range []string{"shop", "9lives", "---", "", "Ünï", "aws", "internals", strings.Repeat("long", 20)} {
		for _, node := range []string{"a", "jobs", "7", "a--b", "", strings.Repeat("node", 20)} {
			for _, attempt := range []string{"a1", "a2", "a3"} { // other hashes
				for _, room := range []int{14, 32, 63, 80, 255} {
					c := provision.Call{Owner: owner, Node: node}
					c.Owner.App, c.Owner.Attempt = app, attempt
					plain, fifo := c.Name(room, ""), c.Name(room, ".fifo")
					require.True(t, listing.MayBeOurs(plain), plain)
					require.True(t, listing.MayBeOurs(plain, ".fifo"), plain)
					require.True(t, listing.MayBeOurs(fifo, ".fifo"), fifo)
					require.True(t, listing.MayBeOurs(fifo, ".other", ".fifo"), fifo)
					require.False(t, listing.MayBeOurs(fifo), fifo)
				}
			}
		}
	}
}

func TestOtherNamesAreNotOurs(t *testing.T) {
	t.Parallel()
	const hash = "abcdefg234567"
	require.True(t, listing.MayBeOurs("shop-"+hash))
	for _, name := range []string{
		"", "shop-legacy", "warehouse", hash, "shop-" + hash[1:],
		"Shop-" + hash, "9shop-" + hash, "-shop-" + hash, "shop_" + hash, "shop.example.com-" + hash,
		"shop-abcdefg234561", "shop-abcdefg23456A", "shop-" + hash + "\n", "shop-" + hash + "-dev",
		".fifo", "shop.fifo", "shop-" + hash + ".fifo.fifo", "shop-" + hash + "fifo.",
	} {
		require.False(t, listing.MayBeOurs(name, ".fifo"), "%q", name)
	}
}
