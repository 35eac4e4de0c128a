package guard_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/guard"
)

// rule is a policy as a test wants it.
type rule struct {
	name  string
	judge func(guard.Operation) guard.Decision
}

func (r rule) Name() string                            { return r.name }
func (r rule) Judge(op guard.Operation) guard.Decision { return r.judge(op) }

// What the judge of a rule may say.
func yes(guard.Operation) guard.Decision    { return guard.Decision{Allow: true} }
func no(guard.Operation) guard.Decision     { return guard.Decision{Reason: "not on a Friday"} }
func zero(guard.Operation) guard.Decision   { return guard.Decision{} }
func broken(guard.Operation) guard.Decision { panic("index out of range") }

// waive returns a valid waiver for each of the policies.
func waive(policies ...string) []guard.Waiver { return waiversBy("ada", policies...) }

// waiversBy returns what waive does, in the name of somebody.
func waiversBy(by string, policies ...string) []guard.Waiver {
	var waivers []guard.Waiver
	for _, p := range policies {
		waivers = append(waivers, guard.Waiver{Policy: p, Reason: "it is a rehearsal", By: by})
	}
	return waivers
}

// nameless is a policy that panics when it is asked for its name, as a nil
// pointer to a policy does.
type nameless struct{ name string }

func (n *nameless) Name() string                         { return n.name }
func (n *nameless) Judge(guard.Operation) guard.Decision { return guard.Decision{Allow: true} }

// stubborn is an absolute policy that gives no advice.
type stubborn struct{ rule }

func (stubborn) NoWaiver() string { return "" }

func TestDefaultsAllowWhatIsFree(t *testing.T) {
	t.Parallel()
	g := guard.New()
	require.NoError(t, g.Check(idle()))
	require.NoError(t, g.Check(promotion()))
	require.Empty(t, g.Waived(idle(), waive("Drained")...), "a waiver that was not needed is not recorded")
	for _, action := range []guard.Action{guard.ActionRollback, guard.ActionRestore, guard.ActionAdopt, guard.ActionUnpin} {
		require.NoError(t, g.Check(with(promotion(), func(op *guard.Operation) { op.Action = action })), action)
	}
	require.NoError(t, g.Check(guard.Operation{Action: guard.ActionDeploy, Environment: "3f2a91c0d4e8"}), "a first deploy has no facts yet")
	require.NoError(t, g.Check(guard.Operation{Action: guard.ActionRelease, Alias: "demo"}), "an alias nobody protects may be released")
}

// No policies means the defaults, by whatever route a guard came without any.
func TestNoPoliciesMeansDefaults(t *testing.T) {
	t.Parallel()
	held := with(idle(), func(op *guard.Operation) { op.Holds = []string{"production"} })
	var want []string
	for _, p := range guard.Defaults() {
		want = append(want, p.Name())
	}
	require.Equal(t, []string{
		"ProtectAliases", "NothingPointsAt", "Drained", "KeepsRollback",
		"KeepsData", "ExpectedCommit", "NotPinned", "NoDeployInProgress",
	}, want)
	for name, g := range map[string]*guard.Guard{
		"nil": nil, "zero": {}, "New()": guard.New(), "New of an empty list": guard.New([]guard.Policy{}...),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, p := range g.Policies() {
				got = append(got, p.Name())
			}
			require.Equal(t, want, got)
			require.Equal(t, []string{"ProtectAliases", "NothingPointsAt", "Drained"}, policiesOf(reasons(t, g.Check(held))))
		})
	}
}

// A caller who changes a list that it gave or got changes no guard.
func TestGuardIsImmutable(t *testing.T) {
	t.Parallel()
	given := []guard.Policy{rule{"No", no}}
	g := guard.New(given...)
	given[0] = rule{"Yes", yes}
	g.Policies()[0] = rule{"Yes", yes}
	require.ErrorIs(t, g.Check(idle()), guard.ErrRefused)

	guard.Defaults()[0] = rule{"Yes", yes}
	require.Equal(t, "ProtectAliases", guard.Defaults()[0].Name())
}

func TestZeroOperationIsRefused(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{
		"operation", "ProtectAliases", "NothingPointsAt", "Drained", "KeepsRollback", "KeepsData", "NoDeployInProgress",
	}, policiesOf(reasons(t, guard.New().Check(guard.Operation{Action: guard.ActionTerminate}))))

	unknown := reasons(t, guard.New().Check(guard.Operation{}))
	require.Len(t, unknown, 1+len(guard.Defaults()), "the guard and every policy refuse an action that nobody knows")

	for _, action := range actions() {
		require.ErrorIs(t, guard.New(rule{"Yes", yes}).Check(guard.Operation{Action: action}), guard.ErrRefused, action)
	}
}

// Some environment has to be named where the action is about one, and some alias where it is about one, and no
// choice of policies and no waiver changes that.
func TestFrame(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		op   guard.Operation
		want string
	}{
		{"unknown action", guard.Operation{Action: "Terminate", Environment: "e"}, `"Terminate" is not an action`},
		{"terminate nothing", guard.Operation{Action: guard.ActionTerminate}, "terminate needs an environment"},
		{"deploy nothing", guard.Operation{Action: guard.ActionDeploy}, "deploy needs an environment"},
		{"promote nothing", guard.Operation{Action: guard.ActionPromote, Alias: "demo"}, "promote needs an environment"},
		{"promote nowhere", guard.Operation{Action: guard.ActionPromote, Environment: "e"}, "promote needs an alias"},
		{"roll back nothing", guard.Operation{Action: guard.ActionRollback, Alias: "demo"}, "rollback needs an environment"},
		{"release nothing", guard.Operation{Action: guard.ActionRelease}, "release needs an alias"},
		{"restore nothing", guard.Operation{Action: guard.ActionRestore}, "restore needs an alias"},
		{"adopt nothing", guard.Operation{Action: guard.ActionAdopt}, "adopt needs an alias"},
		{"unpin nothing", guard.Operation{Action: guard.ActionUnpin}, "unpin needs an alias"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			g := guard.New(rule{"Yes", yes})
			require.Equal(t, []guard.Decision{{Policy: "operation", Reason: tt.want}}, reasons(t, g.Check(tt.op)))
			require.Equal(t, []string{"operation", "waiver"}, policiesOf(reasons(t, g.Check(tt.op, waive("operation")...))))
		})
	}
}

// Every policy is heard even if the first refuses, and the order is that of the policies.
func TestEveryReasonInOrder(t *testing.T) {
	t.Parallel()
	op := with(idle(), func(op *guard.Operation) {
		op.State, op.Lease = "provisioning", noon.Add(90e9)
		op.Holds = []string{"staging", "production", "staging"}
		op.Pointers = []guard.Pointer{{Name: "www.example.com", Type: "CNAME", Target: "3f2a91c0d4e8.shop.example.com"}}
		op.Losses = []guard.Loss{{Node: "jobs", Kind: "sqs/queue", ID: "shop-jobs-2k4x", What: "12 messages"}}
		op.Unheld = noon
		op.Aliases[0].Previous = op.Aliases[0].Previous[1:]
		op.Expected = "77aa000"
	})
	err := guard.New().Check(op)
	require.Equal(t, []string{
		"ProtectAliases", "NothingPointsAt", "Drained", "KeepsRollback", "KeepsData", "ExpectedCommit", "NoDeployInProgress",
	}, policiesOf(reasons(t, err)))
	require.Equal(t, strings.TrimSpace(`
guard: terminate 3f2a91c0d4e8 ("Fix the cart"): refused for 7 reasons:
- ProtectAliases: the protected alias "production" holds it; promote another environment to production first; the protected alias "staging" holds it; promote another environment to staging first
- NothingPointsAt: the alias "production" points at it; promote another environment to it or release it; the alias "staging" points at it; promote another environment to it or release it; the record www.example.com (CNAME to 3f2a91c0d4e8.shop.example.com) points at it; change that record first
- Drained: the alias "production" still sends users to it; the alias "staging" still sends users to it
- KeepsRollback: a rollback of "production" would need it (it was live until 2025-03-12T12:00:00Z); promote another environment to production first, or waive KeepsRollback
- KeepsData: 12 messages in jobs (sqs/queue shop-jobs-2k4x) would be lost; move the data away, or waive KeepsData
- ExpectedCommit: commit 77aa000 was expected, and this is 3f2a91c0d4e8b7a6950f1e2d3c4b5a6978685746 ("Fix the cart"); look at what is there and ask again
- NoDeployInProgress: a deploy is in progress and has it until 2025-03-14T12:01:30Z; wait 1m30s, or waive NoDeployInProgress if that deploy is dead
`), err.Error())
	for range 20 {
		require.Equal(t, err, guard.New().Check(op), "the same facts give the same refusal")
	}
}

// Policies are other people's code: whatever goes wrong in one refuses, and the others are heard all the same.
func TestBrokenPolicyRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		policy guard.Policy
		want   guard.Decision
	}{
		{"nil", nil, guard.Decision{Policy: "policy 1", Reason: "the policy is nil, which counts as a refusal"}},
		{"zero decision", rule{"Zero", zero}, guard.Decision{Policy: "Zero", Reason: "the policy refused without saying why"}},
		{"panic", rule{"Broken", broken}, guard.Decision{Policy: "Broken", Reason: "the policy panicked, which counts as a refusal: index out of range"}},
		{"nil function", rule{"Hollow", nil}, guard.Decision{
			Policy: "Hollow", Reason: "the policy panicked, which counts as a refusal: runtime error: invalid memory address or nil pointer dereference",
		}},
		{"no name", rule{" ", yes}, guard.Decision{Policy: "policy 1", Reason: "the policy (guard_test.rule) has no name, which counts as a refusal"}},
		{"nil pointer", (*nameless)(nil), guard.Decision{
			Policy: "policy 1", Reason: "the policy panicked when asked for its name, which counts as a refusal: runtime error: invalid memory address or nil pointer dereference",
		}},
		{"borrowed name", rule{"Own", func(guard.Operation) guard.Decision { return guard.Decision{Policy: "Other", Reason: "no"} }}, guard.Decision{Policy: "Own", Reason: "no"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			g := guard.New(tt.policy, rule{"No", no})
			require.Equal(t, []guard.Decision{tt.want, {Policy: "No", Reason: "not on a Friday"}}, reasons(t, g.Check(idle())))
		})
	}
}

// A policy that sorts or filters its facts in place must not hide a hold from the policies after it, nor change the
// caller's facts.
func TestPolicyCannotSpoilTheFacts(t *testing.T) {
	t.Parallel()
	vandal := rule{"Vandal", func(op guard.Operation) guard.Decision {
		clear(op.Holds)
		clear(op.Pointers)
		clear(op.Losses)
		_ = append(op.Aliases[0].Previous, guard.Previous{Environment: "overrun"})
		if next := op.Aliases[1].Previous[0].Environment; next != op.Environment {
			return guard.Decision{Reason: "an append to one history has reached the next: " + next}
		}
		for _, a := range op.Aliases {
			clear(a.Previous)
		}
		clear(op.Aliases)
		return guard.Decision{Allow: true}
	}}
	facts := func() guard.Operation {
		return with(idle(), func(op *guard.Operation) {
			op.Holds = []string{"staging", "production"}
			op.Pointers = []guard.Pointer{{Name: "www.example.com"}}
			op.Losses = []guard.Loss{{Node: "jobs"}}
			op.Aliases = append(op.Aliases, guard.Alias{Name: "demo", Previous: []guard.Previous{{Environment: op.Environment, Attempt: op.Attempt}}})
		})
	}
	op := facts()
	want := reasons(t, guard.New().Check(facts()))
	got := reasons(t, guard.New(append([]guard.Policy{vandal}, guard.Defaults()...)...).Check(op))
	require.Equal(t, want, got)
	require.Equal(t, facts(), op)
	for _, p := range guard.Defaults() {
		p.Judge(op)
		require.Equal(t, facts(), op, "%s changes the facts of whoever asks it directly", p.Name())
	}

	var refusal *guard.Refusal
	require.ErrorAs(t, guard.New().Check(op), &refusal)
	clear(op.Holds)
	require.Equal(t, facts().Holds, refusal.Operation.Holds, "a refusal keeps the facts as they were judged")
}

func TestSeveralPoliciesOfOneName(t *testing.T) {
	t.Parallel()
	g := guard.New(rule{"Calendar", no}, rule{"Calendar", yes}, rule{"Calendar", no})
	require.Len(t, reasons(t, g.Check(idle())), 2)
	require.NoError(t, g.Check(idle(), waive("Calendar")...))
	require.Len(t, g.Waived(idle(), waive("Calendar")...), 2)

	mixed := guard.New(rule{"Calendar", no}, stubborn{rule{"Calendar", yes}})
	require.Equal(t, []string{"Calendar", "waiver"}, policiesOf(reasons(t, mixed.Check(idle(), waive("Calendar")...))),
		"if one of a name is absolute, the name is")
}

func TestGuardIsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	g := guard.New()
	op := with(idle(), func(op *guard.Operation) { op.Holds = []string{"staging", "production"} })
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				_ = g.Check(op, waive("Drained")...)
				_ = g.Waived(op, waive("Drained")...)
			}
		})
	}
	wg.Wait()
	require.Equal(t, []string{"staging", "production"}, op.Holds)
}
