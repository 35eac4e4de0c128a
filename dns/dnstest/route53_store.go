package dnstest

import (
	"cmp"
	"maps"
	"reflect"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
)

// key tells record sets of one zone apart.
type key struct {
	name string // normal
	typ  types.RRType
	set  string
}

func keyOf(set types.ResourceRecordSet) key {
	return key{name: aws.ToString(set.Name), typ: set.Type, set: aws.ToString(set.SetIdentifier)}
}

// compare orders record sets as listings do: by the reversed name, then type, then set identifier.
func (k key) compare(other key) int {
	return cmp.Or(
		cmp.Compare(reversed(k.name), reversed(other.name)),
		cmp.Compare(k.typ, other.typ),
		cmp.Compare(k.set, other.set),
	)
}

// A view looks up the record sets of a name. Record sets in it are never changed, only replaced.
type view interface {
	at(name string) []types.ResourceRecordSet
}

// A store is one state of a zone.
type store struct {
	names map[string][]types.ResourceRecordSet // by normal name; sorted by type and set identifier
	order []string                             // reversed names, sorted
	count int                                  // record sets
}

func newStore() *store { return &store{names: map[string][]types.ResourceRecordSet{}} }

func (s *store) at(name string) []types.ResourceRecordSet { return s.names[name] }

// put replaces the record sets of a name.
func (s *store) put(name string, sets []types.ResourceRecordSet) {
	rev := reversed(name)
	i, found := slices.BinarySearch(s.order, rev)
	s.count += len(sets) - len(s.names[name])
	if len(sets) == 0 {
		delete(s.names, name)
		if found {
			s.order = slices.Delete(s.order, i, i+1)
		}
		return
	}
	s.names[name] = sets
	if !found {
		s.order = slices.Insert(s.order, i, rev)
	}
}

// apply puts the record sets of several names at once.
func (s *store) apply(after map[string][]types.ResourceRecordSet) {
	for name, sets := range after {
		s.put(name, sets)
	}
}

func (s *store) clone() *store {
	return &store{names: maps.Clone(s.names), order: slices.Clone(s.order), count: s.count}
}

// from returns up to n record sets from a position on, and the one after them, if there is any.
func (s *store) from(start key, n int) (page []types.ResourceRecordSet, next *types.ResourceRecordSet) {
	i := 0
	if start.name != "" {
		i, _ = slices.BinarySearch(s.order, reversed(start.name))
	}
	for ; i < len(s.order); i++ {
		for _, set := range s.names[reversed(s.order[i])] {
			if *set.Name == start.name && keyOf(set).compare(start) < 0 {
				continue
			}
			if len(page) == n {
				return page, &set
			}
			page = append(page, set)
		}
	}
	return page, nil
}

// A draft is a working copy of a store, which notes the names it changes and leaves the store alone.
type draft struct {
	base  *store
	after map[string][]types.ResourceRecordSet
}

func (d *draft) at(name string) []types.ResourceRecordSet {
	if sets, ok := d.after[name]; ok {
		return sets
	}
	return d.base.at(name)
}

// set adds a record set or replaces the one of the same key.
func (d *draft) set(set types.ResourceRecordSet) {
	k := keyOf(set)
	sets := append(d.without(k), set)
	slices.SortFunc(sets, func(a, b types.ResourceRecordSet) int { return keyOf(a).compare(keyOf(b)) })
	d.after[k.name] = sets
}

func (d *draft) remove(k key) { d.after[k.name] = d.without(k) }

func (d *draft) without(k key) []types.ResourceRecordSet {
	var sets []types.ResourceRecordSet
	for _, set := range d.at(k.name) {
		if keyOf(set) != k {
			sets = append(sets, set)
		}
	}
	return sets
}

func (d *draft) count() int {
	n := d.base.count
	for name, sets := range d.after {
		n += len(sets) - len(d.base.at(name))
	}
	return n
}

func find(v view, k key) (types.ResourceRecordSet, bool) {
	for _, set := range v.at(k.name) {
		if keyOf(set) == k {
			return set, true
		}
	}
	return types.ResourceRecordSet{}, false
}

// canonical returns a record set as Route 53 keeps it: with normal names, everything else as it was given.
func canonical(set types.ResourceRecordSet) (types.ResourceRecordSet, error) {
	name, err := normal(aws.ToString(set.Name))
	if err != nil {
		return set, err
	}
	set.Name = &name
	if len(set.ResourceRecords) == 0 {
		set.ResourceRecords = nil
	}
	if set.AliasTarget != nil {
		target := *set.AliasTarget
		host, err := normal(aws.ToString(target.DNSName))
		if err != nil {
			return set, err
		}
		target.DNSName = &host
		set.AliasTarget = &target
	}
	return set, nil
}

// same compares canonical record sets. AWS names TTL, values and alias target as what a DELETE must repeat, and is silent
// about the order of values and about some of the rest; here all of it counts, so that only a caller who echoes what
// he was told in a listing is safe.
func same(a, b types.ResourceRecordSet) bool { return reflect.DeepEqual(a, b) }
