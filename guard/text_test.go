package guard_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/gitmeta"
	"github.com/peppercorn-go/peppercorn/guard"
)

func TestFactString(t *testing.T) {
	t.Parallel()
	for fact, want := range map[guard.Fact]string{
		0: "none", guard.FactHolds: "holds", guard.FactPointers | guard.FactTimes: "pointers, times",
		everything: "holds, pointers, losses, history, times", guard.FactLosses | 0xc0: "losses, Fact(0xc0)",
	} {
		require.Equal(t, want, fact.String())
	}
}

func TestOperationString(t *testing.T) {
	t.Parallel()
	const id = "3f2a91c0d4e8"
	commit := gitmeta.Commit{Subject: "Fix the cart"}
	tests := []struct {
		op   guard.Operation
		want string
	}{
		{guard.Operation{}, "(no action)"},
		{guard.Operation{Action: guard.ActionTerminate}, "terminate"},
		{guard.Operation{Action: guard.ActionTerminate, Environment: id, Commit: commit}, `terminate 3f2a91c0d4e8 ("Fix the cart")`},
		{guard.Operation{Action: guard.ActionDeploy, Environment: id}, "deploy 3f2a91c0d4e8"},
		{guard.Operation{Action: guard.ActionPromote, Alias: "production", Environment: id}, "promote production to 3f2a91c0d4e8"},
		{guard.Operation{Action: guard.ActionRollback, Alias: "production", Environment: id}, "rollback production to 3f2a91c0d4e8"},
		{guard.Operation{Action: guard.ActionRelease, Alias: "demo", Environment: id}, "release demo at 3f2a91c0d4e8"},
		{guard.Operation{Action: guard.ActionUnpin, Alias: "demo"}, "unpin demo"},
	}
	for _, tt := range tests {
		require.Equal(t, tt.want, tt.op.String())
	}
}

// A refusal is one line if there is one reason, and is found under any number of wrappings.
func TestRefusal(t *testing.T) {
	t.Parallel()
	err := fmt.Errorf("cull: %w", guard.New(rule{"Calendar", no}).Check(idle()))
	require.EqualError(t, err, `cull: guard: terminate 3f2a91c0d4e8 ("Fix the cart"): refused: Calendar: not on a Friday`)
	require.ErrorIs(t, err, guard.ErrRefused)
	var refusal *guard.Refusal
	require.ErrorAs(t, err, &refusal)
	require.Equal(t, idle(), refusal.Operation)

	require.Equal(t, "guard: (no action): refused", (&guard.Refusal{}).Error(), "a refusal made by hand still refuses")
	require.True(t, errors.Is(&guard.Refusal{}, guard.ErrRefused))
}
