package main

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
)

// The story in virtual time: what it shows is what the README promises.
func TestStory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		require.NoError(t, run(t.Context(), &screen{out: &out}), "%s", &out)
		story := out.String()
		for _, want := range []string{
			"production  8b41087dbcd7 Add a basket, by Ada, since ",
			`refused: terminate 8b41087dbcd7 ("Add a basket")`,
			`ProtectAliases: the protected alias "production" holds it`,
			"production.shop.example.com is  4ceffcc253cd Open the shop\n   production.shop.example.com was 8b41087dbcd7 Add a basket\n   dropped",
			"the process has crashed",
			"interrupted: ",
			"4 resources carry the tags of c7560ec10cfd, and 4 were made",
			`refused: terminate 4ceffcc253cd ("Open the shop")`,
			"gone: c7560ec10cfd Take money, with 4 resources",
			"8 resources of the account carry our tags",
			"0 are left over",
		} {
			require.Contains(t, story, want)
		}
		require.NotContains(t, story[strings.Index(story, "All the state there is"):], "c7560ec10cfd")
	})
}
