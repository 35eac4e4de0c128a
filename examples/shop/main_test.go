package main

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// The story in virtual time, as whoever runs the program reads it.
func TestStory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, remove, err := simulated(t.Context())
		require.NoError(t, err)
		defer remove()
		var out strings.Builder
		start := time.Now()
		require.NoError(t, tell(t.Context(), w, &screen{out: &out}), "%s", &out)
		require.Less(t, time.Since(start), 40*time.Second, "nobody waits for an example")
		t.Log(out.String())

		story := out.String()
		for _, want := range []string{
			"its 10 resources answer at",
			"production.shop.example.com is ",
			"gained: ", "dropped: ",
			"KeepsRollback: a rollback of \"production\" would need it",
			"ProtectAliases: the protected alias \"production\" holds it",
			"KeepsData: ",
			"is needed by network interface",
			"Open the shop is gone, with 10 resources",
			"Sell on Sundays is gone, with 10 resources",
			"no environment, two snapshots",
		} {
			require.Contains(t, story, want)
		}
	})
}

func TestOnAWSEverythingHasToBeSaid(t *testing.T) {
	for _, args := range []string{"-aws", "-aws -zone example.com"} {
		require.ErrorContains(t, run(t.Context(), strings.Fields(args)), "-zone and -image are needed")
	}
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	all := "-aws -zone example.com -image ami-1"
	require.ErrorContains(t, run(t.Context(), strings.Fields(all)), "AWS_ACCESS_KEY_ID")
}
