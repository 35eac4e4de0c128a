package guard_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/gitmeta"
	"github.com/peppercorn-go/peppercorn/guard"
)

// everything is the set of all facts.
const everything = guard.FactHolds | guard.FactPointers | guard.FactLosses | guard.FactHistory | guard.FactTimes

// noon is the present in these tests.
var noon = time.Date(2025, time.March, 14, 12, 0, 0, 0, time.UTC)

// idle is the termination of an environment that nobody needs any more: every
// default policy allows it. Tests change one thing of it.
func idle() guard.Operation {
	return guard.Operation{
		Action:      guard.ActionTerminate,
		Environment: "3f2a91c0d4e8",
		Attempt:     "a1",
		State:       "ready",
		Commit:      gitmeta.Commit{Hash: "3f2a91c0d4e8b7a6950f1e2d3c4b5a6978685746", Subject: "Fix the cart"},
		Known:       everything,
		Aliases: []guard.Alias{
			{Name: "production", Environment: "77aa00000000", Attempt: "c1", Since: noon.Add(-24 * time.Hour), Previous: []guard.Previous{
				{Environment: "66aa00000000", Attempt: "b1", Until: noon.Add(-24 * time.Hour)},
				{Environment: "3f2a91c0d4e8", Attempt: "a1", Until: noon.Add(-48 * time.Hour)},
			}},
		},
		Created:  noon.Add(-96 * time.Hour),
		Unheld:   noon.Add(-48 * time.Hour),
		Now:      noon,
		CacheTTL: 3 * time.Minute,
	}
}

// promotion is the promotion of a new environment to production: every default
// policy allows it.
func promotion() guard.Operation {
	op := idle()
	op.Action = guard.ActionPromote
	op.Environment, op.Attempt = "88aa00000000", "d1"
	op.Alias, op.From = "production", "77aa00000000"
	op.Unheld = time.Time{}
	return op
}

// with returns op after the change.
func with(op guard.Operation, change func(*guard.Operation)) guard.Operation {
	change(&op)
	return op
}

// reasons returns the refusing decisions of err, which is nil or a refusal.
func reasons(t *testing.T, err error) []guard.Decision {
	t.Helper()
	if err == nil {
		return nil
	}
	var refusal *guard.Refusal
	require.ErrorAs(t, err, &refusal)
	require.ErrorIs(t, err, guard.ErrRefused)
	require.NotEmpty(t, refusal.Decisions)
	for _, d := range refusal.Decisions {
		require.False(t, d.Allow)
		require.NotEmpty(t, d.Policy)
		require.NotEmpty(t, d.Reason, "a refusal of %s without a reason", d.Policy)
		require.Contains(t, err.Error(), d.Reason)
	}
	return refusal.Decisions
}

// policiesOf returns the names of the policies that refused, in order.
func policiesOf(decisions []guard.Decision) []string {
	var names []string
	for _, d := range decisions {
		names = append(names, d.Policy)
	}
	return names
}

// actions are all actions.
func actions() []guard.Action {
	return []guard.Action{
		guard.ActionPromote, guard.ActionRollback, guard.ActionRelease, guard.ActionRestore,
		guard.ActionAdopt, guard.ActionUnpin, guard.ActionTerminate, guard.ActionDeploy,
	}
}
