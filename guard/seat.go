package guard

import (
	"fmt"
	"slices"
	"strings"
)

// A seatedPolicy is a policy with what was learnt of it once: its name and
// whether it may be waived. Policies are other people's code, so every call
// into them is guarded.
type seatedPolicy struct {
	policy   Policy
	name     string
	waivable bool
	noWaiver string // what to do instead, if not waivable
	broken   string // why it refuses everything, if it does
}

// seat learns the names of the policies.
func seat(policies []Policy) []seatedPolicy {
	seats := make([]seatedPolicy, len(policies))
	for i, p := range policies {
		seats[i] = seatOne(i, p)
	}
	return seats
}

// seatOne learns the name of the policy at index i. A policy without a name
// cannot be waived, since no waiver can name it.
func seatOne(i int, p Policy) (s seatedPolicy) {
	nameless := seatedPolicy{name: fmt.Sprintf("policy %d", i+1)}
	if p == nil {
		nameless.broken = "the policy is nil, which counts as a refusal"
		return nameless
	}
	defer func() {
		if r := recover(); r != nil {
			nameless.broken = fmt.Sprintf("the policy panicked when asked for its name, which counts as a refusal: %v", r)
			s = nameless
		}
	}()
	s = seatedPolicy{policy: p, name: p.Name(), waivable: true}
	if strings.TrimSpace(s.name) == "" {
		nameless.broken = fmt.Sprintf("the policy (%T) has no name, which counts as a refusal", p)
		return nameless
	}
	if a, ok := p.(Absolute); ok {
		s.waivable, s.noWaiver = false, a.NoWaiver()
	}
	return s
}

// hear asks the policy. The decision carries the policy's own name, which is what a
// waiver has to name, and a refusal always carries a reason.
func (s seatedPolicy) hear(op Operation) (d Decision) {
	if s.broken != "" {
		return Decision{Policy: s.name, Reason: s.broken}
	}
	defer func() {
		if r := recover(); r != nil {
			d = Decision{Policy: s.name, Reason: fmt.Sprintf("the policy panicked, which counts as a refusal: %v", r)}
		}
	}()
	d = s.policy.Judge(op.clone())
	d.Policy = s.name
	if !d.Allow && d.Reason == "" {
		d.Reason = "the policy refused without saying why"
	}
	return d
}

// examine sorts waivers into those that may be used and refusals of the rest.
func examine(waivers []Waiver, seats []seatedPolicy) (valid []Waiver, flaws []Decision) {
	for _, w := range waivers {
		if flaw := flawOf(w, seats); flaw != "" {
			flaws = append(flaws, Decision{Policy: waiverName, Reason: flaw})
			continue
		}
		valid = append(valid, w)
	}
	return valid, flaws
}

// flawOf says why w may not be used, or nothing.
func flawOf(w Waiver, seats []seatedPolicy) string {
	if flaw := w.flaw(); flaw != "" {
		return flaw
	}
	named := func(s seatedPolicy) bool { return s.name == w.Policy }
	if !slices.ContainsFunc(seats, named) {
		return fmt.Sprintf("there is no policy %q to waive; there are %s", w.Policy, strings.Join(names(seats), ", "))
	}
	i := slices.IndexFunc(seats, func(s seatedPolicy) bool { return named(s) && !s.waivable })
	if i < 0 {
		return ""
	}
	if instead := seats[i].noWaiver; instead != "" {
		return fmt.Sprintf("%s cannot be waived: %s", w.Policy, instead)
	}
	return fmt.Sprintf("%s cannot be waived", w.Policy)
}

// names lists the names of the policies, each once, in order.
func names(seats []seatedPolicy) []string {
	var list []string
	for _, s := range seats {
		if !slices.Contains(list, s.name) {
			list = append(list, s.name)
		}
	}
	return list
}
