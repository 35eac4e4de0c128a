package env

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/peppercorn-go/peppercorn/guard"
)

// Option changes one call of a verb. The set is closed. An option that means nothing to a verb is an error, never ignored.
type Option interface{ apply(*options) }

type options struct {
	given   []string
	variant string
	heal    bool
	dryRun  bool
	noWait  bool
	because string
	by      string
	expect  string
	waivers []guard.Waiver
	probe   Prober
	before  func(context.Context, Promotion) error
	after   func(context.Context, Promotion) error
}

type option struct {
	name string
	fn   func(*options)
}

func (o option) apply(to *options) {
	to.given = append(to.given, o.name)
	o.fn(to)
}

// Variant makes Deploy keep several environments of one commit apart, as for two customers or two regions: it becomes part of
// the id. Lower-case letters, digits and single hyphens, at most 50.
func Variant(name string) Option { return option{"Variant", func(o *options) { o.variant = name }} }

// Heal makes Deploy put back what is missing from an environment that is ready, under its old names. What others were made from
// may come back with another id, which they cannot be given: then Deploy says so, and the way out is a variant.
func Heal() Option { return option{"Heal", func(o *options) { o.heal = true }} }

// DryRun makes a verb judge and report, and change nothing.
func DryRun() Option { return option{"DryRun", func(o *options) { o.dryRun = true }} }

// NoWait makes a verb return when Route 53 has accepted the change instead of when all its servers have it, which usually takes
// less than a minute. Until then a failover of Route 53's control plane could still lose the change.
func NoWait() Option { return option{"NoWait", func(o *options) { o.noWait = true }} }

// Because records why, and by whom, in the comment of the change; CloudTrail keeps it, DNS does not show it.
func Because(reason string) Option { return option{"Because", func(o *options) { o.because = reason }} }

// By records on whose word the call is made, in the comment of the change. [Config.By] is the default.
func By(who string) Option { return option{"By", func(o *options) { o.by = who }} }

// Expect makes a verb refuse unless the environment's commit is this one: a full hash, or at least 7 digits of it.
func Expect(commit string) Option { return option{"Expect", func(o *options) { o.expect = commit }} }

// Waive sets policies aside for this call, on somebody's word; see [guard.Waiver].
func Waive(w ...guard.Waiver) Option {
	return option{"Waive", func(o *options) { o.waivers = append(o.waivers, w...) }}
}

// Probe makes Deploy and Promote ask the environment itself before they go on; see [HTTP].
func Probe(p Prober) Option { return option{"Probe", func(o *options) { o.probe = p }} }

// Before is called when a promotion or rollback was judged and is about to be made; an error stops it.
func Before(fn func(context.Context, Promotion) error) Option {
	return option{"Before", func(o *options) { o.before = fn }}
}

// After is called when a promotion or rollback is done; its error is returned, the alias has moved all the same.
func After(fn func(context.Context, Promotion) error) Option {
	return option{"After", func(o *options) { o.after = fn }}
}

// optionsFor resolves the options of one call; allowed names those that mean something to the verb.
func (m *Manager) optionsFor(op string, given []Option, allowed ...string) (options, error) {
	o := options{by: m.by}
	for _, g := range given {
		if g == nil {
			return o, invalid("option", "nil", "leave it out")
		}
		g.apply(&o)
	}
	for _, name := range o.given {
		if !slices.Contains(allowed, name) {
			return o, invalid("option", name, fmt.Sprintf("it means nothing to %s, which takes %s", op, strings.Join(allowed, ", ")))
		}
	}
	// What was given and says nothing, as from an empty variable, is not taken for what was not given.
	was := func(name string) bool { return slices.Contains(o.given, name) }
	switch {
	case was("Variant"):
		return o, checkVariant(o.variant)
	case was("Expect") && o.expect == "":
		return o, invalid("Expect", "", "a commit hash is needed, in full or at least 7 digits of it")
	case was("Probe") && o.probe == nil, was("Before") && o.before == nil, was("After") && o.after == nil:
		return o, invalid("option", "nil", "a probe or hook without a function would pass in silence; leave it out")
	}
	return o, nil
}

// comment is what the change is remembered by. Route 53 keeps it out of DNS, and takes 256 characters of it, so that what was
// waived comes before what may be long.
func (o options) comment(text string) string {
	var b strings.Builder
	b.WriteString(text)
	if o.by != "" {
		b.WriteString(" by " + o.by)
	}
	for _, w := range o.waivers {
		fmt.Fprintf(&b, "; %s waived by %s", w.Policy, w.By)
	}
	if o.because != "" {
		b.WriteString(": " + o.because)
	}
	for _, w := range o.waivers {
		fmt.Fprintf(&b, "; %s: %s", w.Policy, w.Reason)
	}
	return b.String()
}
