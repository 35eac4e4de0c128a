package dns

import (
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
)

// The record types that this package writes.
const (
	TypeA     = "A"
	TypeAAAA  = "AAAA"
	TypeCNAME = "CNAME"
	TypeTXT   = "TXT"
)

// Record is one record set as Route 53 listed it, or the knowledge that there is
// none. It is a value: copies share nothing that this package changes.
//
// A Record remembers the listing that it was made from. That is what a DELETE
// echoes and what a pin is compared with, so altering the exported fields changes
// neither.
type Record struct {
	// Name and Type say which record it is, also of one that does not exist.
	// The name is spelt as by [Name].
	Name string
	Type string

	// TTL is zero for an alias record set, whose target has one.
	TTL time.Duration

	// Values are decoded: of a CNAME, the host spelt as by [Name]; of a TXT, the
	// text of each value with its strings joined; of another type, as listed.
	Values []string

	// SetID tells the members of a weighted, latency, failover or multivalue set
	// apart. It is empty for a simple record set.
	SetID string

	// AliasHost is the target of an alias record set, spelt as by [Name], and
	// AliasZone the id of the hosted zone that it lies in.
	AliasHost string
	AliasZone string

	listed *types.ResourceRecordSet
}

// newRecord reads a listed set.
func newRecord(set types.ResourceRecordSet) Record {
	r := Record{
		Name:   Name(aws.ToString(set.Name)),
		Type:   string(set.Type),
		TTL:    time.Duration(aws.ToInt64(set.TTL)) * time.Second,
		SetID:  aws.ToString(set.SetIdentifier),
		listed: &set,
	}
	if set.AliasTarget != nil {
		r.AliasHost = Name(aws.ToString(set.AliasTarget.DNSName))
		r.AliasZone = trimZoneID(aws.ToString(set.AliasTarget.HostedZoneId))
	}
	for _, value := range set.ResourceRecords {
		r.Values = append(r.Values, decodeValue(r.Type, aws.ToString(value.Value)))
	}
	return r
}

// decodeValue reads one value of a listed set.
func decodeValue(typ, value string) string {
	switch typ {
	case TypeCNAME:
		return Name(value)
	case TypeTXT:
		if text, ok := unquoteTXT(value); ok {
			return text
		}
	}
	return value
}

// encodeValue is the reverse of decodeValue.
func encodeValue(typ, value string) string {
	switch typ {
	case TypeCNAME:
		return strings.TrimSuffix(wireName(value), ".")
	case TypeTXT:
		return quoteTXT(value)
	}
	return value
}

// Exists reports whether the record was found. It is false for one that was
// looked up and is absent, and for a Record that no zone returned.
func (r Record) Exists() bool { return r.listed != nil }

// Value returns the one value of the record, or "" if it has none or several.
func (r Record) Value() string {
	if len(r.Values) != 1 {
		return ""
	}
	return r.Values[0]
}

// Targets returns every host name that the record sends its readers to, spelt as
// by [Name]: the value of a CNAME, the target of an alias record set, and the
// hosts in NS, PTR, MX, SRV, HTTPS and SVCB records.
func (r Record) Targets() []string {
	if r.AliasHost != "" {
		return []string{r.AliasHost}
	}
	var field int // where the host stands in the value
	switch r.Type {
	case TypeCNAME, "NS", "PTR":
		field = 0
	case "MX", "HTTPS", "SVCB":
		field = 1
	case "SRV":
		field = 3
	default:
		return nil
	}
	var hosts []string
	for _, value := range r.Values {
		if fields := strings.Fields(value); len(fields) > field {
			hosts = append(hosts, Name(fields[field]))
		}
	}
	return hosts
}

// Note parses the record as a note. It returns a [*NoteError] if the record is
// not one TXT value in the form of a note, which matches [ErrVersion] if it is a
// note of a version that this package does not know, and [ErrNoRecord] if there
// is no record.
func (r Record) Note() (Note, error) {
	switch {
	case !r.Exists():
		return Note{}, fmt.Errorf("dns: %s: %w", r.label(), ErrNoRecord)
	case r.Type != TypeTXT || len(r.Values) != 1:
		return Note{}, &NoteError{Text: r.String(), Reason: "a note is a TXT record with one value"}
	}
	return ParseNote(r.Values[0])
}

// String describes the record for a person, as in
// `production.example.com CNAME "a1.example.com"`.
func (r Record) String() string { return r.label() + " " + r.content() }

// label names the record, whatever it holds.
func (r Record) label() string {
	if r.SetID != "" {
		return fmt.Sprintf("%s %s (%s)", r.Name, r.Type, r.SetID)
	}
	return r.Name + " " + r.Type
}

// content says what the record holds.
func (r Record) content() string {
	switch {
	case r.AliasHost != "" && r.AliasZone != "":
		return fmt.Sprintf("alias of %q in zone %s", r.AliasHost, r.AliasZone)
	case r.AliasHost != "":
		return fmt.Sprintf("alias of %q", r.AliasHost)
	case len(r.Values) > 0:
		quoted := make([]string, len(r.Values))
		for i, value := range r.Values {
			quoted[i] = fmt.Sprintf("%q", value)
		}
		return strings.Join(quoted, ", ")
	}
	return "absent"
}

// key says which record of the zone this is.
func (r Record) key() key { return keyOf(r.Name, r.Type) }

// key names a record: what may exist once in a zone (members of one weighted set
// aside, which this package does not write).
type key struct{ name, typ string }

func keyOf(name, typ string) key { return key{Name(name), typ} }

// same reports whether two readings of a record saw exactly the same listing.
func same(a, b Record) bool {
	if a.listed == nil || b.listed == nil {
		return a.listed == b.listed
	}
	return reflect.DeepEqual(a.listed, b.listed)
}

// writable returns an error unless the record is absent, or a simple set with one
// value or one alias target. Whatever else is there was not made by this package,
// and writing one value over it would lose the rest.
func (r Record) writable() error {
	if !r.Exists() {
		return nil
	}
	switch {
	case r.SetID != "":
		return &UnsupportedRecordError{Record: r, Reason: "it is a member of a weighted or other routing set"}
	case r.listed.TrafficPolicyInstanceId != nil:
		return &UnsupportedRecordError{Record: r, Reason: "a traffic policy made it"}
	case r.AliasHost == "" && len(r.Values) != 1:
		return &UnsupportedRecordError{Record: r, Reason: fmt.Sprintf("it has %d values", len(r.Values))}
	}
	return nil
}
