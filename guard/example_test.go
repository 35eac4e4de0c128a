package guard_test

import (
	"errors"
	"fmt"
	"time"

	"github.com/peppercorn-go/peppercorn/gitmeta"
	"github.com/peppercorn-go/peppercorn/guard"
)

// unused is a termination that all default policies allow: everything that has
// to be read was read, and nothing speaks against it.
func unused() guard.Operation {
	now := time.Date(2025, time.March, 14, 12, 0, 0, 0, time.UTC)
	return guard.Operation{
		Action:      guard.ActionTerminate,
		Environment: "3f2a91c0d4e8",
		Attempt:     "a1",
		State:       "ready",
		Commit:      gitmeta.Commit{Hash: "3f2a91c0d4e8b7a6950f1e2d3c4b5a6978685746", Subject: "Fix the cart"},
		Known:       guard.FactHolds | guard.FactPointers | guard.FactLosses | guard.FactHistory | guard.FactTimes,
		Unheld:      now.Add(-24 * time.Hour),
		Now:         now,
		CacheTTL:    3 * time.Minute,
	}
}

func Example() {
	op := unused()
	op.Holds = []string{"production"}
	err := guard.New().Check(op)
	fmt.Println(errors.Is(err, guard.ErrRefused))

	var refusal *guard.Refusal
	if errors.As(err, &refusal) {
		for _, d := range refusal.Decisions {
			fmt.Println(d.Policy)
		}
	}
	// Output:
	// true
	// ProtectAliases
	// NothingPointsAt
	// Drained
}

func ExampleNew() {
	// The defaults, and one more alias that nobody may release.
	g := guard.New(append(guard.Defaults(), guard.ProtectAliases("demo"))...)
	fmt.Println(g.Check(guard.Operation{Action: guard.ActionRelease, Alias: "demo"}))
	// Output:
	// guard: release demo: refused: ProtectAliases: the alias "demo" is protected and cannot be released; promote another environment instead
}

func ExampleGuard_Check() {
	// What could not be read counts as dangerous.
	op := unused()
	op.Known &^= guard.FactPointers | guard.FactLosses
	fmt.Println(guard.New().Check(op))
	// Output:
	// guard: terminate 3f2a91c0d4e8 ("Fix the cart"): refused for 2 reasons:
	// - NothingPointsAt: could not be read, so the worst is assumed: pointers
	// - KeepsData: could not be read, so the worst is assumed: losses
}

func ExampleGuard_Waived() {
	op := unused()
	op.Losses = []guard.Loss{{Node: "jobs", Kind: "sqs/queue", ID: "shop-jobs-2k4x", What: "12 messages"}}
	waiver := guard.Waiver{Policy: "KeepsData", Reason: "test messages only", By: "ada"}

	g := guard.New()
	fmt.Println(g.Check(op) != nil, g.Check(op, waiver))
	for _, aside := range g.Waived(op, waiver) {
		fmt.Printf("%s by %s: %s\n", aside.Policy, aside.Waiver.By, aside.Waiver.Reason)
	}
	// Output:
	// true <nil>
	// KeepsData by ada: test messages only
}

// noFridays is a policy of one's own: nothing is promoted on a Friday.
type noFridays struct{}

func (noFridays) Name() string { return "NoFridays" }

func (noFridays) Judge(op guard.Operation) guard.Decision {
	switch {
	case op.Action != guard.ActionPromote:
		return guard.Decision{Allow: true}
	case op.Known&guard.FactTimes == 0:
		return guard.Decision{Reason: "it may be Friday: the time could not be read"}
	case op.Now.Weekday() == time.Friday:
		return guard.Decision{Reason: "it is Friday; promote on Monday"}
	default:
		return guard.Decision{Allow: true}
	}
}

func ExamplePolicy() {
	g := guard.New(append(guard.Defaults(), noFridays{})...)
	op := unused()
	op.Action, op.Alias = guard.ActionPromote, "production"
	fmt.Println(g.Check(op))
	// Output:
	// guard: promote production to 3f2a91c0d4e8 ("Fix the cart"): refused: NoFridays: it is Friday; promote on Monday
}

func ExampleProtectAliases() {
	p := guard.ProtectAliases("production")
	op := unused()
	op.Holds = []string{"demo", "production"}
	fmt.Println(p.Judge(op).Reason)
	// Output:
	// the protected alias "production" holds it; promote another environment to production first
}

func ExampleNothingPointsAt() {
	op := unused()
	op.Pointers = []guard.Pointer{{Name: "www.example.com", Type: "CNAME", Target: "3f2a91c0d4e8.shop.example.com"}}
	fmt.Println(guard.NothingPointsAt().Judge(op).Reason)
	// Output:
	// the record www.example.com (CNAME to 3f2a91c0d4e8.shop.example.com) points at it; change that record first
}

func ExampleDrained() {
	op := unused()
	op.Unheld = op.Now.Add(-2 * time.Minute)
	fmt.Println(guard.Drained(5 * time.Minute).Judge(op).Reason)
	// Output:
	// resolvers may send users to it until 2025-03-14T12:06:00Z; wait 6m0s
}

func ExampleKeepsRollback() {
	op := unused()
	op.Aliases = []guard.Alias{{
		Name: "production", Environment: "77aa00000000", Attempt: "c1",
		Previous: []guard.Previous{{Environment: op.Environment, Attempt: op.Attempt, Until: op.Unheld}},
	}}
	fmt.Println(guard.KeepsRollback(1).Judge(op).Reason)
	// Output:
	// a rollback of "production" would need it (it was live until 2025-03-13T12:00:00Z); promote another environment to production first, or waive KeepsRollback
}

func ExampleKeepsData() {
	op := unused()
	op.Losses = []guard.Loss{{Node: "jobs", Kind: "sqs/queue", ID: "shop-jobs-2k4x", What: "12 messages"}}
	fmt.Println(guard.KeepsData().Judge(op).Reason)
	// Output:
	// 12 messages in jobs (sqs/queue shop-jobs-2k4x) would be lost; move the data away, or waive KeepsData
}

func ExampleExpectedCommit() {
	op := unused()
	op.Expected = "77aa000"
	fmt.Println(guard.ExpectedCommit().Judge(op).Reason)
	// Output:
	// commit 77aa000 was expected, and this is 3f2a91c0d4e8b7a6950f1e2d3c4b5a6978685746 ("Fix the cart"); look at what is there and ask again
}

func ExampleNotPinned() {
	op := unused()
	op.Action, op.Alias, op.From = guard.ActionPromote, "production", "77aa00000000"
	op.Aliases = []guard.Alias{{Name: "production", Environment: op.From, Since: op.Unheld, Pinned: true}}
	fmt.Println(guard.NotPinned().Judge(op).Reason)
	// Output:
	// the alias "production" is pinned to 77aa00000000 since 2025-03-13T12:00:00Z; unpin it first
}

func ExampleNoDeployInProgress() {
	op := unused()
	op.State, op.Lease = "provisioning", op.Now.Add(90*time.Second)
	fmt.Println(guard.NoDeployInProgress().Judge(op).Reason)
	// Output:
	// a deploy is in progress and has it until 2025-03-14T12:01:30Z; wait 1m30s, or waive NoDeployInProgress if that deploy is dead
}
