package guard_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/gitmeta"
	"github.com/peppercorn-go/peppercorn/guard"
)

// A judgement is one case of a policy's table: want is a part of the reason, and empty if it allows.
type judgement struct {
	name   string
	policy guard.Policy
	change func(*guard.Operation)
	want   string
}

// judged runs a table of judgements, each on op with one change.
func judged(t *testing.T, op func() guard.Operation, tests []judgement) {
	t.Helper()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := tt.policy.Judge(with(op(), tt.change))
			require.Equal(t, tt.policy.Name(), d.Policy)
			if tt.want == "" {
				require.Equal(t, guard.Decision{Allow: true, Policy: tt.policy.Name()}, d)
				return
			}
			require.False(t, d.Allow)
			require.Contains(t, d.Reason, tt.want)
		})
	}
}

// Every fact that a policy says it needs is missed, and no other is; so no policy grows a need, or loses one, unseen.
func TestMissingFactRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		policy guard.Policy
		op     guard.Operation
		needs  guard.Fact
	}{
		{guard.ProtectAliases("production"), idle(), guard.FactHolds},
		{guard.NothingPointsAt(), idle(), guard.FactHolds | guard.FactPointers},
		{guard.Drained(0), idle(), guard.FactHolds | guard.FactTimes},
		{guard.KeepsRollback(1), idle(), guard.FactHistory},
		{guard.KeepsData(), idle(), guard.FactLosses},
		{guard.ExpectedCommit(), idle(), 0},
		{guard.NotPinned(), promotion(), guard.FactHistory},
		{guard.NoDeployInProgress(), idle(), guard.FactTimes},
	}
	require.Len(t, tests, len(guard.Defaults()))
	for _, tt := range tests {
		t.Run(tt.policy.Name(), func(t *testing.T) {
			t.Parallel()
			for fact := guard.FactHolds; fact <= guard.FactTimes; fact <<= 1 {
				d := tt.policy.Judge(with(tt.op, func(op *guard.Operation) { op.Known &^= fact }))
				require.Equal(t, tt.needs&fact == 0, d.Allow, "without %s: %s", fact, d.Reason)
				if !d.Allow {
					require.Equal(t, "could not be read, so the worst is assumed: "+fact.String(), d.Reason)
				}
			}
			require.True(t, tt.policy.Judge(with(tt.op, func(op *guard.Operation) { op.Known = tt.needs })).Allow)
		})
	}
}

// A policy that is asked directly, without a guard, is as careful.
func TestPolicyAlone(t *testing.T) {
	t.Parallel()
	for _, p := range guard.Defaults() {
		t.Run(p.Name(), func(t *testing.T) {
			t.Parallel()
			for _, action := range []guard.Action{"", "Terminate", "destroy"} {
				d := p.Judge(with(idle(), func(op *guard.Operation) { op.Action = action }))
				require.False(t, d.Allow, "action %q", action)
				require.Contains(t, d.Reason, "is not an action that it knows")
			}
			d := p.Judge(guard.Operation{Action: guard.ActionTerminate})
			switch p.Name() {
			case "ExpectedCommit", "NotPinned":
				require.True(t, d.Allow, "nothing was claimed, and terminate is no promotion")
			default:
				require.False(t, d.Allow, "the zero operation has to be refused")
				require.Contains(t, d.Reason, "does not name an environment")
			}
		})
	}
}

func TestProtectAliases(t *testing.T) {
	t.Parallel()
	holds := func(names ...string) func(*guard.Operation) {
		return func(op *guard.Operation) { op.Holds = names }
	}
	release := func(alias string) func(*guard.Operation) {
		return func(op *guard.Operation) { op.Action, op.Alias = guard.ActionRelease, alias }
	}
	usual := guard.ProtectAliases("production", " staging ")
	judged(t, idle, []judgement{
		{"not held", usual, holds(), ""},
		{"held by another", usual, holds("demo"), ""},
		{"held", usual, holds("demo", "production"), `the protected alias "production" holds it`},
		{"name with spaces in the list", usual, holds("staging"), `"staging" holds it`},
		{"DNS knows no case", usual, holds("Production"), `"Production" holds it`},
		{"a hold without a name", usual, holds(""), `the protected alias "" holds it`},
		{"a longer name is another", usual, holds("production-eu"), ""},
		{"held by the alias's record only", usual, func(op *guard.Operation) {
			op.Aliases = append(op.Aliases, guard.Alias{Name: "staging", Environment: op.Environment, Attempt: op.Attempt})
		}, `"staging" holds it`},
		{"held by the alias's record, another attempt", usual, func(op *guard.Operation) {
			op.Aliases = append(op.Aliases, guard.Alias{Name: "staging", Environment: op.Environment, Attempt: "a0"})
		}, `"staging" holds it`},
		{"release", usual, release("production"), "cannot be released"},
		{"release in capitals", usual, release("STAGING"), "cannot be released"},
		{"release of another", usual, release("demo"), ""},
		{"release of nothing", usual, release(""), "cannot be released"},
		{"no names protect all: terminate", guard.ProtectAliases(), holds("demo"), `"demo" holds it`},
		{"no names protect all: release", guard.ProtectAliases(), release("demo"), "cannot be released"},
		{"blank names are none", guard.ProtectAliases("", " "), holds("demo"), `"demo" holds it`},
		{"no names, not held", guard.ProtectAliases(), holds(), ""},
	})
	judged(t, promotion, []judgement{
		{"promote", usual, func(*guard.Operation) {}, ""},
		{"promote nothing", usual, func(op *guard.Operation) { op.Environment = "" }, "has to point at an environment"},
		{"roll back to nothing", usual, func(op *guard.Operation) { op.Action, op.Environment = guard.ActionRollback, "" }, "has to point at an environment"},
		{"promote nothing to another", usual, func(op *guard.Operation) { op.Alias, op.Environment = "demo", "" }, ""},
	})
}

func TestNothingPointsAt(t *testing.T) {
	t.Parallel()
	p := guard.NothingPointsAt()
	judged(t, idle, []judgement{
		{"nothing", p, func(*guard.Operation) {}, ""},
		{"an alias", p, func(op *guard.Operation) { op.Holds = []string{"demo"} }, `the alias "demo" points at it`},
		{"an alias's record", p, func(op *guard.Operation) { op.Aliases[0].Environment = op.Environment }, `the alias "production" points at it`},
		{"a record", p, func(op *guard.Operation) {
			op.Pointers = []guard.Pointer{{Name: "www.example.com", Type: "A", Target: "lb.amazonaws.com"}}
		}, "the record www.example.com (A to lb.amazonaws.com) points at it"},
		{"a record about which nothing is known", p, func(op *guard.Operation) { op.Pointers = make([]guard.Pointer, 1) }, "points at it"},
		{"what was seen counts even if not all could be", p, func(op *guard.Operation) {
			op.Known &^= guard.FactHolds
			op.Holds = []string{"demo"}
		}, `assumed: holds; the alias "demo" points at it`},
		{"promote is another matter", p, func(op *guard.Operation) { op.Action, op.Holds = guard.ActionPromote, []string{"demo"} }, ""},
	})
}

func TestDrained(t *testing.T) {
	t.Parallel()
	// The caches keep the old name for three minutes, and the grace is five.
	p := guard.Drained(5 * time.Minute)
	unheld := func(ago time.Duration) func(*guard.Operation) {
		return func(op *guard.Operation) { op.Unheld = op.Now.Add(-ago) }
	}
	judged(t, idle, []judgement{
		{"never held", p, func(op *guard.Operation) { op.Unheld = time.Time{} }, ""},
		{"never held, no cache time", p, func(op *guard.Operation) { op.Unheld, op.CacheTTL = time.Time{}, 0 }, ""},
		{"long ago", p, unheld(time.Hour), ""},
		{"to the moment", p, unheld(8 * time.Minute), ""},
		{"a nanosecond early", p, unheld(8*time.Minute - 1), "until 2025-03-14T12:00:00Z; wait 1s"},
		{"the caches are empty, the grace is not over", p, unheld(4 * time.Minute), "until 2025-03-14T12:04:00Z; wait 4m0s"},
		{"just now", p, unheld(0), "wait 8m0s"},
		{"in the future", p, unheld(-time.Hour), "wait 1h8m0s"},
		{"no grace", guard.Drained(0), unheld(3 * time.Minute), ""},
		{"no grace, caches", guard.Drained(0), unheld(3*time.Minute - time.Second), "wait 1s"},
		{"another time zone", p, func(op *guard.Operation) {
			op.Unheld = op.Now.In(time.FixedZone("far", 9*3600))
		}, "until 2025-03-14T12:08:00Z"},
		{"still held", p, func(op *guard.Operation) { op.Holds = []string{"demo"} }, `the alias "demo" still sends users to it`},
		{"held for the first time", p, func(op *guard.Operation) { op.Unheld, op.Holds = time.Time{}, []string{"demo"} }, "still sends"},
		{"no present", p, func(op *guard.Operation) { op.Now = time.Time{} }, "the present time is not known"},
		{"no cache time", p, func(op *guard.Operation) { op.CacheTTL = 0 }, "how long resolvers keep the old name is not known"},
		{"cache time below zero", p, func(op *guard.Operation) { op.CacheTTL = -time.Hour }, "is not known (a cache time of -1h0m0s)"},
		{"a sum beyond all durations", guard.Drained(math.MaxInt64), func(op *guard.Operation) { op.CacheTTL = math.MaxInt64 }, "resolvers may send users to it until"},
		{"grace below zero", guard.Drained(-time.Hour), unheld(time.Hour), "a grace of -1h0m0s makes no sense"},
		{"grace below zero, never held", guard.Drained(-1), func(op *guard.Operation) { op.Unheld = time.Time{} }, "makes no sense"},
		{"release is another matter", p, func(op *guard.Operation) { op.Action, op.Unheld = guard.ActionRelease, op.Now }, ""},
	})
}

func TestKeepsRollback(t *testing.T) {
	t.Parallel()
	const live, this, other = "77aa00000000", "3f2a91c0d4e8", "66aa00000000"
	// history makes production point at live, and before at these, newest first.
	history := func(attempt string, environments ...string) func(*guard.Operation) {
		return func(op *guard.Operation) {
			a := guard.Alias{Name: "production", Environment: live, Attempt: "c1"}
			for i, e := range environments {
				a.Previous = append(a.Previous, guard.Previous{Environment: e, Attempt: attempt, Until: noon.Add(-time.Duration(i) * time.Hour)})
			}
			op.Aliases = []guard.Alias{a}
		}
	}
	judged(t, idle, []judgement{
		{"no aliases", guard.KeepsRollback(1), func(op *guard.Operation) { op.Aliases = nil }, ""},
		{"no history", guard.KeepsRollback(1), history("a1"), ""},
		{"the one before", guard.KeepsRollback(1), history("a1", this, other), `a rollback of "production" would need it (it was live until 2025-03-14T12:00:00Z)`},
		{"the one before that", guard.KeepsRollback(1), history("a1", other, this), ""},
		{"two are kept", guard.KeepsRollback(2), history("a1", other, this), "it was live until 2025-03-14T11:00:00Z"},
		{"more are kept than there are", guard.KeepsRollback(99), history("a1", other), ""},
		{"none is kept", guard.KeepsRollback(0), history("a1", this), ""},
		{"fewer than none", guard.KeepsRollback(-1), history("a1"), "a number of -1 makes no sense"},
		{"another attempt", guard.KeepsRollback(1), history("a0", this), ""},
		{"another attempt of it before it", guard.KeepsRollback(2), func(op *guard.Operation) {
			op.Aliases[0].Previous = []guard.Previous{{Environment: this, Attempt: "a0"}, {Environment: this, Attempt: "a1"}}
		}, "would need it"},
		{"attempt not known", guard.KeepsRollback(1), func(op *guard.Operation) { op.Attempt = "" }, "the attempt is not known"},
		{"back and forth: what is live is no target", guard.KeepsRollback(1), history("a1", live, this), "would need it"},
		{"back and forth: a target counts once", guard.KeepsRollback(2), history("a1", other, live, other, this), "would need it"},
		{"back and forth: three are too many", guard.KeepsRollback(1), history("a1", other, live, other, this), ""},
		{"until an unknown time", guard.KeepsRollback(1), func(op *guard.Operation) {
			op.Aliases[0].Previous = []guard.Previous{{Environment: this, Attempt: "a1"}}
		}, "until an unknown time"},
		{"any alias counts", guard.KeepsRollback(1), func(op *guard.Operation) {
			op.Aliases = append(op.Aliases, guard.Alias{Name: "demo", Previous: []guard.Previous{{Environment: this, Attempt: "a1"}}})
		}, `a rollback of "demo" would need it`},
		{"a rollback itself is another matter", guard.KeepsRollback(1), func(op *guard.Operation) {
			history("a1", this)(op)
			op.Action = guard.ActionRollback
		}, ""},
	})
}

func TestKeepsData(t *testing.T) {
	t.Parallel()
	p := guard.KeepsData()
	losses := []guard.Loss{
		{Node: "jobs", Kind: "sqs/queue", ID: "shop-jobs-2k4x", What: "12 messages"},
		{Node: "files", Kind: "s3/bucket", ID: "shop-files-9xk2", What: "3 objects"},
	}
	judged(t, idle, []judgement{
		{"nothing to lose", p, func(*guard.Operation) {}, ""},
		{"all losses are listed", p, func(op *guard.Operation) { op.Losses = losses },
			"12 messages in jobs (sqs/queue shop-jobs-2k4x) would be lost; move the data away, or waive KeepsData; 3 objects in files (s3/bucket shop-files-9xk2) would be lost"},
		{"a loss about which nothing is known", p, func(op *guard.Operation) { op.Losses = make([]guard.Loss, 1) }, "would be lost"},
		{"release loses nothing", p, func(op *guard.Operation) { op.Action, op.Losses = guard.ActionRelease, losses }, ""},
	})
}

func TestExpectedCommit(t *testing.T) {
	t.Parallel()
	p := guard.ExpectedCommit()
	expect := func(s string) func(*guard.Operation) { return func(op *guard.Operation) { op.Expected = s } }
	judged(t, idle, []judgement{
		{"not said", p, expect(""), ""},
		{"in full", p, expect("3f2a91c0d4e8b7a6950f1e2d3c4b5a6978685746"), ""},
		{"seven digits", p, expect("3f2a91c"), ""},
		{"capitals", p, expect("3F2A91C0"), ""},
		{"six digits", p, expect("3f2a91"), "give 7 or more digits"},
		{"another", p, expect("3f2a91c1"), `commit 3f2a91c1 was expected, and this is 3f2a91c0d4e8b7a6950f1e2d3c4b5a6978685746 ("Fix the cart")`},
		{"the middle of the hash", p, expect("0d4e8b7a"), "was expected"},
		{"longer than the hash", p, expect("3f2a91c0d4e8b7a6950f1e2d3c4b5a69786857460"), "was expected"},
		{"a branch", p, expect("release-train"), "does not name a commit"},
		{"spaces", p, expect("        "), "does not name a commit"},
		{"an id with a variant", p, expect("3f2a91c0d4e8-eu"), "does not name a commit"},
		{"commit not known", p, func(op *guard.Operation) { op.Expected, op.Commit = "3f2a91c0", gitmeta.Commit{} }, "is not known"},
		{"neither", p, func(op *guard.Operation) { op.Commit = gitmeta.Commit{} }, ""},
		{"SHA-256", p, func(op *guard.Operation) {
			op.Commit.Hash = "3f2a91c0d4e8b7a6950f1e2d3c4b5a69786857463f2a91c0d4e8b7a6950f1e2d"
			op.Expected = op.Commit.Hash
		}, ""},
		{"a subject with an escape sequence", p, func(op *guard.Operation) {
			op.Expected, op.Commit.Subject = "77aa000", "\x1b[2Jclear"
		}, `("\x1b[2Jclear")`},
	})
	for _, action := range actions() {
		judged(t, idle, []judgement{{"every action: " + string(action), p, func(op *guard.Operation) {
			op.Action, op.Expected = action, "77aa000"
		}, "was expected"}})
	}
}

func TestNotPinned(t *testing.T) {
	t.Parallel()
	p := guard.NotPinned()
	pin := func(op *guard.Operation) { op.Aliases[0].Pinned = true }
	judged(t, promotion, []judgement{
		{"not pinned", p, func(*guard.Operation) {}, ""},
		{"pinned", p, pin, `the alias "production" is pinned to 77aa00000000 since 2025-03-13T12:00:00Z; unpin it first`},
		{"pinned in capitals", p, func(op *guard.Operation) { pin(op); op.Alias = "Production" }, "unpin it first"},
		{"another alias is", p, func(op *guard.Operation) { pin(op); op.Alias, op.From = "demo", "" }, ""},
		{"a new alias", p, func(op *guard.Operation) { op.Aliases, op.From = nil, "" }, ""},
		{"an alias that is, of which nothing is known", p, func(op *guard.Operation) { op.Aliases = nil }, "nothing is known of it"},
		{"told twice", p, func(op *guard.Operation) {
			op.Aliases = append(op.Aliases, guard.Alias{Name: "production", Pinned: true})
		}, "since an unknown time"},
		{"nothing to promote", p, func(op *guard.Operation) { op.Environment = "" }, "does not name an environment"},
		{"rolling back further", p, func(op *guard.Operation) { pin(op); op.Action = guard.ActionRollback }, ""},
		{"unpinning", p, func(op *guard.Operation) { pin(op); op.Action = guard.ActionUnpin }, ""},
	})
}

func TestNoDeployInProgress(t *testing.T) {
	t.Parallel()
	p := guard.NoDeployInProgress()
	provisioning := func(lease time.Duration) func(*guard.Operation) {
		return func(op *guard.Operation) { op.State, op.Lease = "provisioning", op.Now.Add(lease) }
	}
	state := func(s string) func(*guard.Operation) {
		return func(op *guard.Operation) { op.State, op.Lease = s, op.Now.Add(time.Hour) }
	}
	judged(t, idle, []judgement{
		{"in progress", p, provisioning(90 * time.Second), "has it until 2025-03-14T12:01:30Z; wait 1m30s"},
		{"one nanosecond left", p, provisioning(1), "wait 1s"},
		{"run out to the moment", p, provisioning(0), ""},
		{"run out", p, provisioning(-time.Second), ""},
		{"given back", p, func(op *guard.Operation) { op.State, op.Lease = "provisioning", time.Time{} }, ""},
		{"no present", p, func(op *guard.Operation) { op.State, op.Now = "provisioning", time.Time{} }, "the present time is not known"},
		{"ready, with an old lease", p, state("ready"), ""},
		{"draining", p, state("draining"), ""},
		{"terminating", p, state("terminating"), ""},
		{"no state", p, state(""), `its state "" is not one that it knows`},
		{"a newer state", p, state("frozen"), `its state "frozen" is not one that it knows`},
		{"promote is another matter", p, func(op *guard.Operation) { provisioning(time.Hour)(op); op.Action = guard.ActionPromote }, ""},
	})
}
