package guard_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/guard"
)

// risky is a termination that every policy refuses which can be waived, and no other.
func risky() guard.Operation {
	return with(idle(), func(op *guard.Operation) {
		op.State, op.Lease = "provisioning", noon.Add(1)
		op.Losses = []guard.Loss{{Node: "jobs"}}
		op.Unheld = noon
		op.Aliases[0].Previous = op.Aliases[0].Previous[1:]
		op.Expected = "77aa000"
	})
}

func TestWaiverSetsOnePolicyAside(t *testing.T) {
	t.Parallel()
	waivable := []string{"Drained", "KeepsRollback", "KeepsData", "ExpectedCommit", "NoDeployInProgress"}
	g := guard.New()
	require.Equal(t, waivable, policiesOf(reasons(t, g.Check(risky()))))
	for i, name := range waivable {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var others []string
			others = append(append(others, waivable[:i]...), waivable[i+1:]...)
			require.Equal(t, others, policiesOf(reasons(t, g.Check(risky(), waive(name)...))), "the others still stand")
			aside := g.Waived(risky(), waive(name)...)
			require.Len(t, aside, 1)
			require.Equal(t, name, aside[0].Policy)
			require.False(t, aside[0].Allow)
			require.NotEmpty(t, aside[0].Reason)
			require.Equal(t, waive(name)[0], aside[0].Waiver)
		})
	}
	require.NoError(t, g.Check(risky(), waive(waivable...)...))
	require.Len(t, g.Waived(risky(), waive(waivable...)...), len(waivable))

	pinned := with(promotion(), func(op *guard.Operation) { op.Aliases[0].Pinned = true })
	require.NoError(t, g.Check(pinned, waive("NotPinned")...))
}

func TestWaiverThatIsNoWaiver(t *testing.T) {
	t.Parallel()
	const has = "ProtectAliases, NothingPointsAt, Drained, KeepsRollback, KeepsData, ExpectedCommit, NotPinned, NoDeployInProgress"
	tests := []struct {
		name   string
		waiver guard.Waiver
		want   string
	}{
		{"nothing", guard.Waiver{}, "a waiver has to name the policy and a reason and the person who answers for it"},
		{"no policy", guard.Waiver{Reason: "why", By: "ada"}, "a waiver has to name the policy"},
		{"no reason", guard.Waiver{Policy: "KeepsData", Reason: " \t\n", By: "ada"}, "a waiver has to name a reason"},
		{"nobody", guard.Waiver{Policy: "KeepsData", Reason: "why"}, "a waiver has to name the person who answers for it"},
		{"unknown", guard.Waiver{Policy: "KeepsDate", Reason: "why", By: "ada"}, `there is no policy "KeepsDate" to waive; there are ` + has},
		{"not to the letter", guard.Waiver{Policy: "keepsdata", Reason: "why", By: "ada"}, `there is no policy "keepsdata" to waive; there are ` + has},
		{"everything", guard.Waiver{Policy: "*", Reason: "why", By: "ada"}, `there is no policy "*" to waive; there are ` + has},
		{
			"protected alias", guard.Waiver{Policy: "ProtectAliases", Reason: "why", By: "ada"},
			"ProtectAliases cannot be waived: promote another environment, which moves the alias, and then this one is free",
		},
		{
			"pointer", guard.Waiver{Policy: "NothingPointsAt", Reason: "why", By: "ada"},
			"NothingPointsAt cannot be waived: move the alias or change the record that points at the environment",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			g := guard.New()
			require.Equal(t, []guard.Decision{{Policy: "waiver", Reason: tt.want}}, reasons(t, g.Check(idle(), tt.waiver)),
				"even what is allowed is refused with a waiver that is wrong")
			require.Contains(t, policiesOf(reasons(t, g.Check(risky(), tt.waiver))), "KeepsData", "and it sets nothing aside")
			require.Empty(t, g.Waived(risky(), tt.waiver))
		})
	}
	t.Run("absolute without advice", func(t *testing.T) {
		t.Parallel()
		g := guard.New(stubborn{rule{"Stubborn", yes}})
		require.Equal(t, []guard.Decision{{Policy: "waiver", Reason: "Stubborn cannot be waived"}}, reasons(t, g.Check(idle(), waive("Stubborn")...)))
	})
}

// Production stays up whatever is waived: the two policies that guard it cannot be, whoever asks.
func TestNoWaiverReachesProduction(t *testing.T) {
	t.Parallel()
	held := with(idle(), func(op *guard.Operation) { op.Holds = []string{"production"} })
	var all []string
	for _, p := range guard.Defaults() {
		all = append(all, p.Name())
	}
	require.Equal(t, []string{"ProtectAliases", "NothingPointsAt", "waiver", "waiver"},
		policiesOf(reasons(t, guard.New().Check(held, waive(all...)...))))

	back := guard.Operation{Action: guard.ActionRelease, Alias: "production"}
	require.Equal(t, []string{"ProtectAliases", "waiver"}, policiesOf(reasons(t, guard.New().Check(back, waive("ProtectAliases")...))))
}

// The first valid waiver for a policy is the one that is recorded; a flawed one before it does not count but still refuses.
func TestSeveralWaiversForOnePolicy(t *testing.T) {
	t.Parallel()
	op := with(idle(), func(op *guard.Operation) { op.Losses = []guard.Loss{{Node: "jobs"}} })
	waivers := append(waiversBy("ada", "KeepsData"), waiversBy("grace", "KeepsData")...)
	require.NoError(t, guard.New().Check(op, waivers...))
	aside := guard.New().Waived(op, waivers...)
	require.Len(t, aside, 1)
	require.Equal(t, "ada", aside[0].Waiver.By)

	flawed := append([]guard.Waiver{{Policy: "KeepsData", Reason: "why"}}, waivers...)
	require.Equal(t, []string{"waiver"}, policiesOf(reasons(t, guard.New().Check(op, flawed...))))
}

// A policy that is broken may be waived like any other that has a name: it is the way out when a rule has a bug.
func TestBrokenPolicyMayBeWaived(t *testing.T) {
	t.Parallel()
	require.NoError(t, guard.New(rule{"Broken", broken}).Check(idle(), waive("Broken")...))
	require.Equal(t, []string{"policy 1", "waiver"},
		policiesOf(reasons(t, guard.New(nil).Check(idle(), waive("policy 1")...))), "unless nobody gave it a name")
}
