package env_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/peppercorn-go/peppercorn/dns"
	"github.com/peppercorn-go/peppercorn/dns/dnstest"
	"github.com/peppercorn-go/peppercorn/env"
)

// chronicle is the history of a zone, replayed batch by batch, with every state of it checked against what must hold at any time.
type chronicle struct {
	base     string
	zone     zoneState
	problems []string

	nonces   map[string]steps     // of the stamps that were written
	attempts map[string]string    // attempts that were begun, with their environments
	doom     map[string]time.Time // when every name server knew that an attempt is terminating
}

// step is what one batch did to an alias, and steps to all aliases.
type (
	step  struct{ from, to, attempt string }
	steps map[string]step
)

// zoneState is what a zone says about one base at one moment. Labels are keys.
type zoneState struct {
	leads   map[lead]string     // A, AAAA and CNAME records of the base, and of aliases and environments
	aliases map[string]dns.Note // records of aliases
	envs    map[string]dns.Note // records of environments
}

// lead is a record that users are led by; the label of the base itself is "".
type lead struct {
	label string
	typ   types.RRType
}

// names returns where each label leads, and which are not one CNAME or one whole pair. A pair leads to "<zone>/<host>".
func (z zoneState) names() (names map[string]string, problems []string) {
	names = map[string]string{}
	for at, to := range z.leads {
		cname, a, aaaa := z.leads[lead{at.label, types.RRTypeCname}], z.leads[lead{at.label, types.RRTypeA}], z.leads[lead{at.label, types.RRTypeAaaa}]
		if a != aaaa || a != "" && cname != "" {
			problems = append(problems, fmt.Sprintf("%s is neither a CNAME nor a pair: A %q, AAAA %q, CNAME %q", at.label, a, aaaa, cname))
		}
		names[at.label] = to
	}
	return names, problems
}

// replay reads a history. Edits by hand are not among what it understands.
func replay(batches []dnstest.Batch, base string) *chronicle {
	h := &chronicle{
		base: base, nonces: map[string]steps{}, attempts: map[string]string{}, doom: map[string]time.Time{},
		zone: zoneState{leads: map[lead]string{}, aliases: map[string]dns.Note{}, envs: map[string]dns.Note{}},
	}
	for _, b := range batches {
		before := h.zone.clone()
		var problems []string
		for _, c := range b.Changes {
			if err := h.apply(c); err != nil {
				problems = append(problems, err.Error())
			}
		}
		problems = slices.Concat(problems, h.zone.check(), h.moves(before, b))
		for _, p := range problems {
			h.problems = append(h.problems, fmt.Sprintf("after the batch of %s (%s): %s", b.SubmittedAt.Format("15:04:05.000"), b.Comment, p))
		}
	}
	return h
}

func (z zoneState) clone() zoneState {
	return zoneState{leads: cloneMap(z.leads), aliases: cloneMap(z.aliases), envs: cloneMap(z.envs)}
}

// cloneMap returns a copy that can be written to, also of nil.
func cloneMap[K comparable, V any](m map[K]V) map[K]V {
	out := make(map[K]V, len(m))
	maps.Copy(out, m)
	return out
}

// apply makes one change.
func (h *chronicle) apply(c types.Change) error {
	set := c.ResourceRecordSet
	name, ok := strings.CutSuffix("."+strings.TrimSuffix(aws.ToString(set.Name), "."), "."+h.base)
	if !ok {
		return fmt.Errorf("%s is neither %s nor below it", aws.ToString(set.Name), h.base)
	}
	label, kind, _ := strings.Cut(strings.TrimPrefix(name, "."), ".")
	if to := set.AliasTarget; to != nil {
		return change(c.Action, h.zone.leads, lead{label, set.Type}, aws.ToString(to.HostedZoneId)+"/"+strings.TrimSuffix(aws.ToString(to.DNSName), "."))
	}
	value := aws.ToString(set.ResourceRecords[0].Value)
	if set.Type == types.RRTypeCname {
		return change(c.Action, h.zone.leads, lead{label, set.Type}, strings.TrimSuffix(value, "."))
	}
	note, err := dns.ParseNote(strings.Trim(strings.ReplaceAll(value, `" "`, ""), `"`))
	switch {
	case err != nil:
		return err
	case kind == "_alias":
		return change(c.Action, h.zone.aliases, label, note)
	case kind == "_env":
		return change(c.Action, h.zone.envs, label, note)
	}
	return nil // the registry
}

func change[K comparable, V any](action types.ChangeAction, in map[K]V, key K, value V) error {
	switch action {
	case types.ChangeActionCreate:
		in[key] = value
	case types.ChangeActionDelete:
		delete(in, key)
	default:
		return fmt.Errorf("%s of %v: only an exact DELETE and a CREATE compare before they swap", action, key)
	}
	return nil
}

// check says what is wrong with a state of the zone.
func (z zoneState) check() []string {
	names, problems := z.names()
	wrong := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	bases := 0
	for alias, note := range z.aliases {
		to := note.Value("to")
		target, ok := z.envs[to]
		switch {
		case !ok:
			wrong("alias %s points at %s, which is absent", alias, to)
			continue
		case target.Value("state") != "ready":
			wrong("alias %s points at %s, which is %s", alias, to, target.Value("state"))
		case target.Value("attempt") != note.Value("attempt"):
			wrong("alias %s points at attempt %s of %s, which is attempt %s", alias, note.Value("attempt"), to, target.Value("attempt"))
		case target.Value("commit") != note.Value("commit"):
			wrong("alias %s names commit %s, %s is commit %s", alias, note.Value("commit"), to, target.Value("commit"))
		}
		if !holds(target, alias) {
			wrong("alias %s points at %s, which is held by %q", alias, to, target.Value("held"))
		}
		label, leads := alias, names[alias]
		if note.Value("entrance") == "base" {
			label, bases = "", bases+1
			_, leads, _ = strings.Cut(names[""], "/")
		}
		if !strings.HasPrefix(leads, to+".") {
			wrong("alias %s is recorded to point at %s, and its name %q points at %q", alias, to, label, names[label])
		}
		if _, ok := names[to]; !ok {
			wrong("alias %s points at %s, which has no name", alias, to)
		}
	}
	for label, leads := range names {
		target, isEnv := z.envs[label]
		alias, isAlias := z.aliases[label]
		entrance := target.Value("host")
		if zone := target.Value("zone"); zone != "" {
			entrance = zone + "/" + entrance
		}
		switch {
		case isEnv && target.Value("state") != "ready":
			wrong("%s has a name and is %s", label, target.Value("state"))
		case isEnv && entrance != leads:
			wrong("the name of %s points at %s, its entrance is %s", label, leads, entrance)
		case label == "" && bases != 1:
			wrong("the base leads to %s, and is the name of %d aliases", leads, bases)
		case label != "" && !isEnv && (!isAlias || alias.Value("entrance") != ""):
			wrong("the name %s, for %s, has no record", label, leads)
		}
	}
	for id, note := range z.envs {
		if _, ok := names[id]; !ok && note.Value("state") == "ready" {
			wrong("%s is ready and has no name", id)
		}
		for alias := range strings.SplitSeq(note.Value("held"), ",") {
			if alias != "" && z.aliases[alias].Value("to") != id {
				wrong("%s is held by %s, which points at %q", id, alias, z.aliases[alias].Value("to"))
			}
		}
	}
	return problems
}

func holds(target dns.Note, alias string) bool {
	return slices.Contains(strings.Split(target.Value("held"), ","), alias)
}

// lives are the ways that the state of an environment may change in one batch; "" is absent.
var lives = map[string][]string{
	"":             {"provisioning"},
	"provisioning": {"provisioning", "ready", "terminating"},
	"ready":        {"ready", "draining"},
	"draining":     {"draining", "ready", "terminating"},
	"terminating":  {"terminating", ""},
}

// moves says what is wrong with the step from one state of the zone to the next.
func (h *chronicle) moves(before zoneState, b dnstest.Batch) (problems []string) {
	wrong := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	ids := cloneMap(before.envs)
	maps.Copy(ids, h.zone.envs)
	for id := range ids {
		old, now := before.envs[id], h.zone.envs[id]
		from, to := old.Value("state"), now.Value("state")
		if !slices.Contains(lives[from], to) && from+to != "" {
			wrong("%s goes from %q to %q", id, from, to)
		}
		attempt := now.Value("attempt")
		switch {
		case from == "":
			if other, ok := h.attempts[attempt]; ok {
				wrong("attempt %s of %s was an attempt of %s before", attempt, id, other)
			}
			h.attempts[attempt] = id
		case to != "" && attempt != old.Value("attempt"):
			wrong("%s changes from attempt %s to %s", id, old.Value("attempt"), attempt)
		}
		if to == "terminating" && from != to {
			h.doom[attempt] = b.InsyncAt
		}
	}
	for alias, now := range h.zone.aliases {
		old, ok := before.aliases[alias]
		was, is := old.Value("to")+"."+old.Value("attempt"), now.Value("to")+"."+now.Value("attempt")
		switch {
		case !ok || was == is:
		case now.Value("pinned") != "" && strings.Contains(old.Value("prev"), is+"@"): // rolled back
		case now.Value("pinned") != "":
			wrong("alias %s was rolled back to %s, and its past was %q", alias, is, old.Value("prev"))
		case !strings.HasPrefix(now.Value("prev"), was+"@"):
			wrong("alias %s leaves %s, and the newest of its past is %q: something was written over unseen", alias, was, now.Value("prev"))
		}
	}
	for alias := range before.aliases {
		if _, ok := h.zone.aliases[alias]; !ok {
			wrong("alias %s is gone, and nobody released it", alias)
		}
	}
	h.stamps(before, wrong)
	return problems
}

// stamps checks that a batch has a stamp of its own on every record that it writes, and notes what it did.
func (h *chronicle) stamps(before zoneState, wrong func(string, ...any)) {
	did, fresh := steps{}, map[string]bool{}
	look := func(old, now map[string]dns.Note) {
		for key, note := range now {
			if old[key].Stamp() == note.Stamp() {
				continue
			}
			_, nonce := note.Rev()
			fresh[nonce] = true
			if _, ok := h.nonces[nonce]; ok {
				wrong("%s has the stamp of an earlier batch, %s", key, nonce)
			}
			if to := note.Value("to"); to != "" {
				did[key] = step{old[key].Value("to"), to, note.Value("attempt")}
			}
		}
	}
	look(before.aliases, h.zone.aliases)
	look(before.envs, h.zone.envs)
	if len(fresh) > 1 {
		wrong("one batch, and %d stamps", len(fresh))
	}
	for nonce := range fresh {
		h.nonces[nonce] = did
	}
}

// kept is whether a promotion that was reported as done did what its caller was told, no more and no less: what it replaced is what
// had been judged, and what it put there is what had been probed.
func (h *chronicle) kept(p env.Promotion) error {
	did, ok := h.nonces[p.Change.Stamp]
	if !ok {
		return fmt.Errorf("the promotion of %s to %s reports the stamp %s, which is not in the history", p.Alias, p.To.ID, p.Change.Stamp)
	}
	if s := did[p.Alias]; s != (step{p.From.ID, p.To.ID, p.To.Attempt}) {
		return fmt.Errorf("the promotion of %s reports that it went from %q to %s, attempt %s; it went from %q to %s, attempt %s",
			p.Alias, p.From.ID, p.To.ID, p.To.Attempt, s.from, s.to, s.attempt)
	}
	return nil
}

// doomed is whether every name server knew at that time that the attempt is terminating. An environment that is deployed anew is another
// one.
func (h *chronicle) doomed(attempt string, at time.Time) bool {
	insync, ok := h.doom[attempt]
	return ok && !at.Before(insync)
}
