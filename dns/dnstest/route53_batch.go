package dnstest

import (
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
)

// Limits of a request and of a record set. An UPSERT counts twice, for it is a DELETE and a CREATE inside.
const (
	maxRecordsPerRequest    = 1000
	maxCharactersPerRequest = 32_000
	maxValuesPerSet         = 400
)

// A judge validates one batch: each change in order against a working copy, so that a change sees what the ones before it
// have done. Nothing is applied if a single change fails, but all the reasons are reported.
type judge struct {
	zone    *zone
	zones   map[string]*zone // of the account, by id
	work    *draft
	reasons []string
}

func (j *judge) refuse(format string, args ...any) {
	j.reasons = append(j.reasons, fmt.Sprintf(format, args...))
}

// try validates a batch, and returns the names it changes with their new record sets, or the reasons against it.
func (r *Route53) try(z *zone, batch []types.Change) (after map[string][]types.ResourceRecordSet, reasons []string) {
	j := &judge{zone: z, zones: r.zones, work: &draft{base: z.live, after: map[string][]types.ResourceRecordSet{}}}
	j.limits(batch)
	changes := j.canonical(batch)
	invalid := j.combinations(changes)
	for _, c := range changes {
		if !invalid[keyOf(*c.ResourceRecordSet)] {
			j.change(c)
		}
	}
	if len(j.reasons) == 0 {
		j.zoneRules(r.opts.MaxRecordSets)
	}
	return j.work.after, j.reasons
}

func (j *judge) limits(batch []types.Change) {
	records, characters := 0, 0
	for _, c := range batch {
		times := 1
		if c.Action == types.ChangeActionUpsert {
			times = 2
		}
		for _, rr := range c.ResourceRecordSet.ResourceRecords {
			records += times
			characters += times * utf8.RuneCountInString(aws.ToString(rr.Value))
		}
	}
	if records > maxRecordsPerRequest {
		j.refuse("Number of records limit of %d exceeded.", maxRecordsPerRequest)
	}
	if characters > maxCharactersPerRequest {
		j.refuse("Number of characters limit of %d exceeded.", maxCharactersPerRequest)
	}
}

// canonical brings the names of all changes into normal form and leaves out those that have none.
func (j *judge) canonical(batch []types.Change) []types.Change {
	var changes []types.Change
	for _, c := range batch {
		set, err := canonical(*c.ResourceRecordSet)
		if err != nil {
			j.refuse("%v", err)
			continue
		}
		changes = append(changes, types.Change{Action: c.Action, ResourceRecordSet: &set})
	}
	return changes
}

// combinations finds the record sets that a batch changes in a way that makes no sense: more than once, except for one
// DELETE and after it one CREATE or UPSERT. AWS does not say whether a DELETE followed by a CREATE of the very same values
// is accepted, so it is refused here: a caller must not depend on it.
func (j *judge) combinations(changes []types.Change) map[key]bool {
	byKey := map[key][]types.Change{}
	var order []key
	for _, c := range changes {
		k := keyOf(*c.ResourceRecordSet)
		if byKey[k] == nil {
			order = append(order, k)
		}
		byKey[k] = append(byKey[k], c)
	}
	invalid := map[key]bool{}
	for _, k := range order {
		cs := byKey[k]
		replace := len(cs) == 2 && cs[0].Action == types.ChangeActionDelete && cs[1].Action != types.ChangeActionDelete &&
			!same(*cs[0].ResourceRecordSet, *cs[1].ResourceRecordSet)
		if len(cs) > 1 && !replace {
			invalid[k] = true
			j.refuse("The request contains an invalid set of changes for a resource record set '%s %s'", k.typ, k.name)
		}
	}
	return invalid
}

func (j *judge) change(c types.Change) {
	set := *c.ResourceRecordSet
	k := keyOf(set)
	if !within(k.name, j.zone.name) {
		j.refuse("RRSet with DNS name %s is not permitted in zone %s", k.name, j.zone.name)
		return
	}
	current, exists := find(j.work, k)
	switch {
	case c.Action == types.ChangeActionDelete && !exists:
		j.refuse("Tried to delete resource record set %s but it was not found", label(k))
		return
	case c.Action == types.ChangeActionDelete && !same(set, current):
		j.refuse("Tried to delete resource record set %s but the values provided do not match the current values", label(k))
		return
	case c.Action == types.ChangeActionDelete:
		j.work.remove(k)
		return
	case c.Action == types.ChangeActionCreate && exists:
		j.refuse("Tried to create resource record set %s but it already exists", label(k))
		return
	}
	before := len(j.reasons)
	j.values(set)
	j.neighbours(set)
	j.target(c.Action, set)
	if len(j.reasons) == before {
		j.work.set(set)
	}
}

// label names a record set as the messages of Route 53 do.
func label(k key) string {
	if k.set != "" {
		return fmt.Sprintf("[name='%s', type='%s', set-identifier='%s']", k.name, k.typ, k.set)
	}
	return fmt.Sprintf("[name='%s', type='%s']", k.name, k.typ)
}

func (j *judge) values(set types.ResourceRecordSet) {
	if len(set.ResourceRecords) > maxValuesPerSet {
		j.refuse("Limits Exceeded: MAX_RRS_BY_RRSET=%d reached by RRSet with DNS name %s, type %s",
			maxValuesPerSet, *set.Name, set.Type)
		return
	}
	if set.Type == types.RRTypeCname && len(set.ResourceRecords) > 1 {
		j.refuse("RRSet of type CNAME with DNS name %s has more than one value, which is not permitted in zone %s",
			*set.Name, j.zone.name)
	}
	seen := map[string]bool{}
	for _, rr := range set.ResourceRecords {
		value := aws.ToString(rr.Value)
		if seen[value] {
			j.refuse("Duplicate Resource Record: '%s'", value)
			continue
		}
		seen[value] = true
		if err := checkValue(set.Type, value); err != nil {
			j.refuse("%v", err)
		}
	}
}

// neighbours applies the rules about other record sets of the same name: a CNAME stands alone and never at the apex, and
// sets of one type either all have the same routing policy or there is one simple set.
func (j *judge) neighbours(set types.ResourceRecordSet) {
	name, zone := *set.Name, j.zone.name
	if set.Type == types.RRTypeCname && name == zone {
		j.refuse("RRSet of type CNAME with DNS name %s is not permitted at apex in zone %s", name, zone)
		return
	}
	policies := routing(set)
	for _, other := range j.work.at(name) {
		switch {
		case other.Type == set.Type:
			if keyOf(other) != keyOf(set) && !slices.Equal(policies, routing(other)) {
				j.refuse("RRSet with DNS name %s, type %s%s cannot be created as other RRSets exist with the same name and type.",
					name, set.Type, identifier(set))
				return
			}
		case set.Type == types.RRTypeCname:
			j.refuse("RRSet of type CNAME with DNS name %s is not permitted as it conflicts with other records "+
				"with the same DNS name in zone %s", name, zone)
			return
		case other.Type == types.RRTypeCname:
			j.refuse("RRSet of type %s with DNS name %s is not permitted because a conflicting RRSet of type CNAME "+
				"with the same DNS name already exists in zone %s", set.Type, name, zone)
			return
		}
	}
}

func identifier(set types.ResourceRecordSet) string {
	if set.SetIdentifier == nil {
		return ""
	}
	return ", SetIdentifier " + *set.SetIdentifier
}

// zoneRules looks at the outcome: a zone keeps its own NS and SOA, and has a limit of record sets.
func (j *judge) zoneRules(maxSets int) {
	apex := map[types.RRType]bool{}
	for _, set := range j.work.at(j.zone.name) {
		apex[set.Type] = true
	}
	if !apex[types.RRTypeNs] {
		j.refuse("A HostedZone must contain at least one NS record for the zone itself.")
	}
	if !apex[types.RRTypeSoa] {
		j.refuse("A HostedZone must contain exactly one SOA record.")
	}
	if n := j.work.count(); n > maxSets && n > j.zone.live.count {
		j.refuse("Limits Exceeded: MAX_RRSETS_BY_ZONE=%d reached by zone %s", maxSets, j.zone.id)
	}
}
