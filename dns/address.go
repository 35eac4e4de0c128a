package dns

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
)

// Target is where a name leads: to a host, by a CNAME; or, with the id of the
// hosted zone that the host lies in, by a pair of alias record sets, for IPv4 and
// IPv6. Only the pair may stand at the apex of a zone, or beside other records, and
// Route 53 answers it with addresses, which costs resolvers one look-up less.
//
// A zone id is what a service says of its host, as a load balancer's
// CanonicalHostedZoneId; of a name in the zone itself it is [Zone.ID], and that
// name must have records of both types.
type Target struct {
	Host   string
	ZoneID string
}

// Address is what a zone answers to whoever asks one name for an address: its A,
// AAAA and CNAME records, read by one request, so that they are of one moment.
// Records that are absent say so by [Record.Exists]; of a weighted or other routing
// set there is the first member.
type Address struct {
	Name           string // spelt as by [Name]
	A, AAAA, CNAME Record
}

// NewAddress returns the address of a name as some records have it, such as those
// of a listing. Records of other names and types are passed over.
func NewAddress(name string, records ...Record) Address {
	name = Name(name)
	a := Address{Name: name, A: Record{Name: name, Type: TypeA}, AAAA: Record{Name: name, Type: TypeAAAA}, CNAME: Record{Name: name, Type: TypeCNAME}}
	for _, r := range records {
		for _, to := range []*Record{&a.A, &a.AAAA, &a.CNAME} {
			if r.key() == to.key() && !to.Exists() {
				*to = r
			}
		}
	}
	return a
}

// Records returns the three records, absent ones too: what to pin, and what to pass
// to [Zone.Update] as known.
func (a Address) Records() []Record { return []Record{a.A, a.AAAA, a.CNAME} }

// Exists reports whether any of the records does.
func (a Address) Exists() bool {
	return slices.ContainsFunc(a.Records(), Record.Exists)
}

// TTL is the longest time to live of the records. Alias record sets have that of
// their target, and count as zero.
func (a Address) TTL() time.Duration { return max(a.A.TTL, a.AAAA.TTL, a.CNAME.TTL) }

// SetID is that of a record which is a member of a weighted or other routing set,
// or "" if none is.
func (a Address) SetID() string {
	for _, r := range a.Records() {
		if r.SetID != "" {
			return r.SetID
		}
	}
	return ""
}

// Targets returns every host name that the records lead to, each once.
func (a Address) Targets() []string {
	var hosts []string
	for _, r := range a.Records() {
		for _, host := range r.Targets() {
			if !slices.Contains(hosts, host) {
				hosts = append(hosts, host)
			}
		}
	}
	return hosts
}

// Target returns where the name leads, if it is one of the two forms that
// [Tx.PutAddress] writes, whole: a simple CNAME, or simple alias record sets of both
// types to the same host. ok is false for everything else, which includes half of a
// pair, addresses as such, and an absent name.
func (a Address) Target() (to Target, ok bool) {
	switch {
	case a.SetID() != "":
		return Target{}, false
	case a.CNAME.Exists():
		return Target{Host: a.CNAME.Value()}, a.CNAME.Value() != ""
	case a.A.AliasHost == "" || a.A.AliasHost != a.AAAA.AliasHost || a.A.AliasZone != a.AAAA.AliasZone:
		return Target{}, false
	}
	return Target{Host: a.A.AliasHost, ZoneID: a.A.AliasZone}, true
}

// LeadsTo reports whether the name leads there, whole and nowhere else. The zero
// Target stands for nowhere: no record at all.
func (a Address) LeadsTo(to Target) bool {
	if to == (Target{}) {
		return !a.Exists()
	}
	have, ok := a.Target()
	return ok && have == to.normal()
}

// String describes the address for a person: the host that a whole one leads to,
// and else every record that there is. Of half a pair it shows the missing half too.
func (a Address) String() string {
	if to, ok := a.Target(); ok {
		return to.Host
	}
	if !a.Exists() {
		return ""
	}
	var parts []string
	for _, r := range a.Records() {
		if r.Exists() || r.Type != TypeCNAME && !a.CNAME.Exists() {
			parts = append(parts, strings.TrimPrefix(r.String(), r.Name+" "))
		}
	}
	return strings.Join(parts, ", ")
}

// normal spells a target as it is compared.
func (t Target) normal() Target {
	return Target{Host: Name(t.Host), ZoneID: trimZoneID(t.ZoneID)}
}

// addressTypes are the types of the records of an [Address].
var addressTypes = [...]string{TypeA, TypeAAAA, TypeCNAME}

// ofAddress reports whether a record is part of an [Address].
func (k key) ofAddress() bool { return slices.Contains(addressTypes[:], k.typ) }

// addressPage is how many records an Address asks for: as many as there are types,
// so that one request will do for a name without routing sets.
const addressPage = 20

// Address reads the address of a name. It makes one request, and more only if
// the name has more than twenty records.
func (z *Zone) Address(ctx context.Context, name string) (Address, error) {
	name = Name(name)
	var found []Record
	for from := (position{name: wireName(name)}); ; {
		records, next, err := z.list(ctx, from, addressPage)
		if err != nil {
			return Address{}, err
		}
		// The name is where the list starts and not a filter.
		for _, r := range records {
			if r.Name == name {
				found = append(found, r)
			}
		}
		switch {
		case next.name == "" || Name(next.name) != name:
			return NewAddress(name, found...), nil
		case next == from:
			return Address{}, fmt.Errorf("dns: listing zone %s: the page from %q leads to itself", z.id, from)
		}
		from = next
	}
}

// Address reads the address of a name, or returns what was read in this run before;
// like [Tx.Get] it does not see what is staged.
func (tx *Tx) Address(ctx context.Context, name string) (Address, error) {
	name = Name(name)
	if a, ok := addressIn(name, tx.read); ok {
		return a, nil
	}
	a, ok := addressIn(name, tx.known)
	if !ok {
		var err error
		if a, err = tx.zone.Address(ctx, name); err != nil {
			return Address{}, err
		}
	}
	records := a.Records()
	for i, r := range records {
		// A record that this run has read alone does not change under it.
		if before, ok := tx.read[r.key()]; ok {
			records[i] = before
			continue
		}
		tx.read[r.key()] = r
	}
	return NewAddress(name, records...), nil
}

// addressIn returns an address of which all records are among those.
func addressIn(name string, records map[key]Record) (Address, bool) {
	found := make([]Record, 0, len(addressTypes))
	for _, typ := range addressTypes {
		r, ok := records[key{name, typ}]
		if !ok {
			return Address{}, false
		}
		found = append(found, r)
	}
	return NewAddress(name, found...), true
}

// PinAddress pins all records of an address, see [Tx.Pin].
func (tx *Tx) PinAddress(a Address) {
	for _, r := range a.Records() {
		tx.Pin(r)
	}
}

// PutAddress stages that a name lead to a target, and nowhere else, whatever it had
// before: a CNAME with that TTL, or A and AAAA alias record sets, which have the TTL
// of their target. What is so already stages nothing. The address must have been
// read in this run.
//
// The alias record sets do not evaluate the target's health. With one answer to
// give, Route 53 gives it, healthy or not, and for some services it takes no true
// (API reference, AliasTarget); whether a target is fit is for the caller to decide
// before, and not for DNS to decide anew behind its back.
func (tx *Tx) PutAddress(name string, ttl time.Duration, to Target) {
	to = to.normal()
	if to.Host == "" {
		tx.fault(keyOf(name, TypeCNAME), "an address needs a host; use DeleteAddress to remove it")
		return
	}
	if to.ZoneID == "" {
		tx.Put(name, TypeCNAME, ttl, to.Host)
		tx.Delete(name, TypeA)
		tx.Delete(name, TypeAAAA)
		return
	}
	tx.Delete(name, TypeCNAME)
	tx.putAlias(keyOf(name, TypeA), to)
	tx.putAlias(keyOf(name, TypeAAAA), to)
}

// DeleteAddress stages that a name have no address. The address must have been read
// in this run.
func (tx *Tx) DeleteAddress(name string) {
	for _, typ := range addressTypes {
		tx.Delete(name, typ)
	}
}

// putAlias stages one alias record set.
func (tx *Tx) putAlias(k key, to Target) {
	present, ok := tx.present("PutAddress", k)
	switch {
	case !ok:
		return
	case present.AliasHost == to.Host && present.AliasZone == to.ZoneID:
		tx.unstage(k)
		return
	}
	tx.stage(k, change{create: &types.ResourceRecordSet{
		Name: aws.String(wireName(k.name)),
		Type: types.RRType(k.typ),
		AliasTarget: &types.AliasTarget{
			DNSName:              aws.String(wireName(to.Host)),
			HostedZoneId:         aws.String(to.ZoneID),
			EvaluateTargetHealth: false,
		},
	}})
}
