package guard_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/gitmeta"
	"github.com/peppercorn-go/peppercorn/guard"
)

// More danger never makes an operation more allowed: adding a hold, a pointer or a loss, pinning an alias or losing a fact
// turns no refusal into an allowance, neither of a single policy nor of the guard, whatever else is true of the operation.
func TestMonotone(t *testing.T) {
	t.Parallel()
	policies := append(guard.Defaults(),
		guard.ProtectAliases(), guard.Drained(0), guard.Drained(-1), guard.KeepsRollback(0), guard.KeepsRollback(3), guard.KeepsRollback(-1))
	names := make([]string, len(policies))
	guards := make([]*guard.Guard, len(policies))
	for i, p := range policies {
		names[i], guards[i] = p.Name(), guard.New(p)
	}
	names, guards = append(names, "defaults"), append(guards, guard.New())

	const seeds = 5_000
	refused, allowed := 0, 0
	for seed := range uint64(seeds) {
		r := rand.New(rand.NewPCG(seed, 1))
		op := randomOperation(r)
		worse, how := worsen(r, op)
		for i, g := range guards {
			if g.Check(op) == nil {
				allowed++
				continue
			}
			refused++
			require.Error(t, g.Check(worse), "seed %d: %s refuses\n%+v\nand allows it with %s\n%+v", seed, names[i], op, how, worse)
		}
	}
	// A generator that only ever makes what is refused, or allowed, proves nothing.
	require.Greater(t, refused, seeds)
	require.Greater(t, allowed, seeds)
}

// pick returns one of the values.
func pick[T any](r *rand.Rand, values ...T) T { return values[r.IntN(len(values))] }

// randomEnvironment returns one of few environments, so that facts meet.
func randomEnvironment(r *rand.Rand) (environment, attempt string) {
	return pick(r, "3f2a91c0d4e8", "77aa00000000", "66aa00000000", ""), pick(r, "a1", "a2", "")
}

// randomTime returns no time at all or one about noon.
func randomTime(r *rand.Rand) time.Time {
	if r.IntN(4) == 0 {
		return time.Time{}
	}
	return noon.Add(time.Duration(r.IntN(41)-20) * time.Minute)
}

// randomOperation makes an operation in which anything may be missing or contradict anything else. Half of the
// time it begins with one that is allowed, since hardly any other would be.
func randomOperation(r *rand.Rand) guard.Operation {
	op := guard.Operation{Action: pick(r, append(actions(), "", "destroy")...)}
	op.Environment, op.Attempt = randomEnvironment(r)
	op.From, _ = randomEnvironment(r)
	op.State = pick(r, "provisioning", "ready", "draining", "terminating", "")
	op.Commit = gitmeta.Commit{Hash: pick(r, "3f2a91c0d4e8b7a6950f1e2d3c4b5a6978685746", "")}
	op.Alias = pick(r, "production", "demo", "")
	op.Known = guard.Fact(r.IntN(int(everything) + 1))
	op.Created, op.Unheld, op.Lease, op.Now = randomTime(r), randomTime(r), randomTime(r), randomTime(r)
	op.CacheTTL = pick(r, 3*time.Minute, 0, -time.Minute)
	op.Expected = pick(r, "", "", "3f2a91c", "77aa000", "main")
	if r.IntN(2) == 0 {
		op = pick(r, idle(), promotion())
	}
	for range r.IntN(3) {
		var a guard.Alias
		a.Name, a.Pinned, a.Since = pick(r, "production", "staging", "demo", ""), r.IntN(4) == 0, randomTime(r)
		a.Environment, a.Attempt = randomEnvironment(r)
		for range r.IntN(4) {
			var p guard.Previous
			p.Environment, p.Attempt = randomEnvironment(r)
			a.Previous = append(a.Previous, p)
		}
		op.Aliases = append(op.Aliases, a)
	}
	if r.IntN(4) == 0 {
		op, _ = worsen(r, op)
	}
	return op
}

// worsen returns op with one more danger, and its name.
func worsen(r *rand.Rand, op guard.Operation) (guard.Operation, string) {
	switch r.IntN(5) {
	case 0:
		name := pick(r, "production", "staging", "demo", "")
		op.Holds = append(slices.Clip(op.Holds), name)
		return op, fmt.Sprintf("the hold %q", name)
	case 1:
		op.Pointers = append(slices.Clip(op.Pointers), guard.Pointer{Name: pick(r, "www.example.com", "")})
		return op, "a pointer"
	case 2:
		op.Losses = append(slices.Clip(op.Losses), guard.Loss{Node: pick(r, "jobs", "")})
		return op, "a loss"
	case 3:
		fact := guard.Fact(1) << r.IntN(5)
		op.Known &^= fact
		return op, fmt.Sprintf("no knowledge of %s", fact)
	default:
		op.Aliases = append([]guard.Alias(nil), op.Aliases...)
		for i := range op.Aliases {
			op.Aliases[i].Pinned = true
		}
		return op, "every alias pinned"
	}
}
