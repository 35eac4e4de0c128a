package dnstest_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/dns/dnstest"
)

func TestChangeBatch(t *testing.T) {
	t.Parallel()
	const foreign = "Z35SXDOTRQ7X7K" // an ALB's zone, not ours
	many := func(n int) (cs []types.Change) {
		for i := range n {
			cs = append(cs, create(dnstest.Set(label(i)+".example.com", typeTXT, 60, `"x"`)))
		}
		return cs
	}
	values := func(n, size int) (vs []string) {
		for i := range n {
			vs = append(vs, `"`+label(i)+strings.Repeat("x", size)+`"`)
		}
		return vs
	}
	for _, tt := range []struct {
		name    string
		rule    string
		given   []types.ResourceRecordSet
		changes func(zoneID string) []types.Change
		refusal string // a part of the error; "" if the batch is accepted
	}{
		{
			name:    "create",
			rule:    "CREATE makes a set that does not exist",
			changes: func(string) []types.Change { return []types.Change{create(www)} },
		},
		{
			name:    "create existing",
			rule:    "CREATE of a set that exists is refused, even with the same values",
			given:   []types.ResourceRecordSet{www},
			changes: func(string) []types.Change { return []types.Change{create(www)} },
			refusal: "[Tried to create resource record set [name='www.example.com.', type='CNAME'] but it already exists]",
		},
		{
			name:  "create existing weighted",
			rule:  "the refusal of a weighted set names its identifier",
			given: []types.ResourceRecordSet{with(www, weighted("one", 1))},
			changes: func(string) []types.Change {
				return []types.Change{create(with(www, weighted("one", 1)))}
			},
			refusal: "[Tried to create resource record set [name='www.example.com.', type='CNAME', set-identifier='one'] but it already exists]",
		},
		{
			name:    "delete",
			rule:    "DELETE with the exact values removes the set",
			given:   []types.ResourceRecordSet{www},
			changes: func(string) []types.Change { return []types.Change{remove(www)} },
		},
		{
			name:    "delete missing",
			rule:    "DELETE of a set that does not exist is refused",
			changes: func(string) []types.Change { return []types.Change{remove(www)} },
			refusal: "[Tried to delete resource record set [name='www.example.com.', type='CNAME'] but it was not found]",
		},
		{
			name:    "delete other value",
			rule:    "DELETE must repeat the value",
			given:   []types.ResourceRecordSet{www},
			changes: func(string) []types.Change { return []types.Change{remove(wwwNew)} },
			refusal: "[Tried to delete resource record set [name='www.example.com.', type='CNAME'] but the values provided do not match the current values]",
		},
		{
			name:  "delete other TTL",
			rule:  "DELETE must repeat the TTL",
			given: []types.ResourceRecordSet{www},
			changes: func(string) []types.Change {
				return []types.Change{remove(with(www, func(s *types.ResourceRecordSet) { s.TTL = aws.Int64(61) }))}
			},
			refusal: "do not match the current values",
		},
		{
			name:  "delete other case of value",
			rule:  "values are compared byte for byte",
			given: []types.ResourceRecordSet{www},
			changes: func(string) []types.Change {
				return []types.Change{remove(dnstest.Set("www.example.com", typeCNAME, 60, "Blue.example.net"))}
			},
			refusal: "do not match the current values",
		},
		{
			name:  "delete other spelling of name",
			rule:  "names are the same whatever their case, trailing dot and escapes",
			given: []types.ResourceRecordSet{dnstest.Set("*.Example.com", typeCNAME, 60, "x.example.net")},
			changes: func(string) []types.Change {
				return []types.Change{remove(dnstest.Set(`\052.example.COM.`, typeCNAME, 60, "x.example.net"))}
			},
		},
		{
			name:  "delete values in another order",
			rule:  "the order of values counts, since AWS does not promise that it does not",
			given: []types.ResourceRecordSet{dnstest.Set("host.example.com", typeA, 60, "192.0.2.1", "192.0.2.2")},
			changes: func(string) []types.Change {
				return []types.Change{remove(dnstest.Set("host.example.com", typeA, 60, "192.0.2.2", "192.0.2.1"))}
			},
			refusal: "do not match the current values",
		},
		{
			name:  "delete other weight",
			rule:  "DELETE must repeat the routing policy",
			given: []types.ResourceRecordSet{with(www, weighted("one", 1))},
			changes: func(string) []types.Change {
				return []types.Change{remove(with(www, weighted("one", 2)))}
			},
			refusal: "do not match the current values",
		},
		{
			name:    "swap",
			rule:    "DELETE exact-old and CREATE new in one batch is a compare-and-swap",
			given:   []types.ResourceRecordSet{www},
			changes: func(string) []types.Change { return []types.Change{remove(www), create(wwwNew)} },
		},
		{
			name:    "swap stale",
			rule:    "a swap whose DELETE is stale applies nothing, and both halves are reported",
			given:   []types.ResourceRecordSet{wwwNew},
			changes: func(string) []types.Change { return []types.Change{remove(www), create(wwwNew)} },
			refusal: "do not match the current values, Tried to create resource record set [name='www.example.com.', type='CNAME'] but it already exists]",
		},
		{
			name:    "swap in the wrong order",
			rule:    "CREATE before DELETE of one set is no valid set of changes",
			given:   []types.ResourceRecordSet{www},
			changes: func(string) []types.Change { return []types.Change{create(wwwNew), remove(www)} },
			refusal: "[The request contains an invalid set of changes for a resource record set 'CNAME www.example.com.']",
		},
		{
			name:    "swap of two sets, one stale",
			rule:    "all or nothing: a stale note keeps the good swap from happening",
			given:   []types.ResourceRecordSet{www, note2},
			changes: func(string) []types.Change { return []types.Change{remove(www), create(wwwNew), remove(note)} },
			refusal: "[Tried to delete resource record set [name='note.example.com.', type='TXT'] but the values provided do not match the current values]",
		},
		{
			name:    "identical delete and create",
			rule:    "an assertion without a change must not be relied on, and is refused",
			given:   []types.ResourceRecordSet{note},
			changes: func(string) []types.Change { return []types.Change{remove(note), create(note)} },
			refusal: "[The request contains an invalid set of changes for a resource record set 'TXT note.example.com.']",
		},
		{
			name:    "delete twice",
			rule:    "deleting the same set more than once in a batch is refused",
			given:   []types.ResourceRecordSet{www},
			changes: func(string) []types.Change { return []types.Change{remove(www), remove(www)} },
			refusal: "invalid set of changes for a resource record set 'CNAME www.example.com.'",
		},
		{
			name:  "delete, create, delete",
			rule:  "a batch cannot delete what it has created",
			given: []types.ResourceRecordSet{www},
			changes: func(string) []types.Change {
				return []types.Change{remove(www), create(wwwNew), remove(wwwNew)}
			},
			refusal: "invalid set of changes",
		},
		{
			name:    "create and upsert",
			rule:    "a batch cannot change what it has created",
			changes: func(string) []types.Change { return []types.Change{create(www), upsert(wwwNew)} },
			refusal: "invalid set of changes",
		},
		{
			name:    "upsert twice",
			rule:    "a batch cannot replace a set twice",
			changes: func(string) []types.Change { return []types.Change{upsert(www), upsert(wwwNew)} },
			refusal: "invalid set of changes",
		},
		{
			name:    "delete and upsert",
			rule:    "DELETE and then UPSERT of one set is a compare-and-swap, too",
			given:   []types.ResourceRecordSet{note},
			changes: func(string) []types.Change { return []types.Change{remove(note), upsert(note2)} },
		},
		{
			name:    "upsert replaces",
			rule:    "UPSERT never looks at the old value",
			given:   []types.ResourceRecordSet{www},
			changes: func(string) []types.Change { return []types.Change{upsert(wwwNew)} },
		},
		{
			name:    "upsert of the same",
			rule:    "UPSERT of the stored values is accepted",
			given:   []types.ResourceRecordSet{www},
			changes: func(string) []types.Change { return []types.Change{upsert(www)} },
		},
		{
			name:  "CNAME beside another type",
			rule:  "a CNAME cannot be created where other records are",
			given: []types.ResourceRecordSet{note},
			changes: func(string) []types.Change {
				return []types.Change{create(dnstest.Set("note.example.com", typeCNAME, 60, "x.net"))}
			},
			refusal: "[RRSet of type CNAME with DNS name note.example.com. is not permitted as it conflicts with other records with the same DNS name in zone example.com.]",
		},
		{
			name:  "another type beside CNAME",
			rule:  "nothing can be created where a CNAME is",
			given: []types.ResourceRecordSet{www},
			changes: func(string) []types.Change {
				return []types.Change{create(dnstest.Set("www.example.com", typeTXT, 60, `"x"`))}
			},
			refusal: "[RRSet of type TXT with DNS name www.example.com. is not permitted because a conflicting RRSet of type CNAME with the same DNS name already exists in zone example.com.]",
		},
		{
			name:  "CNAME to alias",
			rule:  "AWS's own example: delete the CNAME and create an alias of the same name in one batch",
			given: []types.ResourceRecordSet{www},
			changes: func(string) []types.Change {
				return []types.Change{remove(www), create(dnstest.Alias("www.example.com", typeA, foreign, "lb-1.us-east-1.elb.amazonaws.com"))}
			},
		},
		{
			name:  "alias before its CNAME goes",
			rule:  "changes are validated in their order",
			given: []types.ResourceRecordSet{www},
			changes: func(string) []types.Change {
				return []types.Change{create(dnstest.Alias("www.example.com", typeA, foreign, "lb-1.us-east-1.elb.amazonaws.com")), remove(www)}
			},
			refusal: "because a conflicting RRSet of type CNAME",
		},
		{
			name: "CNAME at the apex",
			rule: "the apex cannot be a CNAME",
			changes: func(string) []types.Change {
				return []types.Change{create(dnstest.Set("example.com", typeCNAME, 60, "x.net"))}
			},
			refusal: "[RRSet of type CNAME with DNS name example.com. is not permitted at apex in zone example.com.]",
		},
		{
			name: "CNAME with two values",
			rule: "a CNAME has one value",
			changes: func(string) []types.Change {
				return []types.Change{create(dnstest.Set("b.example.com", typeCNAME, 60, "x.net", "y.net"))}
			},
			refusal: "has more than one value",
		},
		{
			name: "CNAME to nonsense",
			rule: "a CNAME's value is a domain name",
			changes: func(string) []types.Change {
				return []types.Change{create(dnstest.Set("b.example.com", typeCNAME, 60, "x..net"))}
			},
			refusal: "DomainLabelEmpty",
		},
		{
			name:    "weighted beside simple",
			rule:    "a weighted set cannot join a simple one",
			given:   []types.ResourceRecordSet{www},
			changes: func(string) []types.Change { return []types.Change{create(with(wwwNew, weighted("one", 1)))} },
			refusal: "RRSet with DNS name www.example.com., type CNAME, SetIdentifier one cannot be created as other RRSets exist with the same name and type.",
		},
		{
			name:    "simple beside weighted",
			rule:    "a simple set cannot join weighted ones",
			given:   []types.ResourceRecordSet{with(www, weighted("one", 1))},
			changes: func(string) []types.Change { return []types.Change{create(wwwNew)} },
			refusal: "[RRSet with DNS name www.example.com., type CNAME cannot be created as other RRSets exist with the same name and type.]",
		},
		{
			name:    "simple to weighted",
			rule:    "simple becomes weighted by DELETE and CREATE in one batch",
			given:   []types.ResourceRecordSet{www},
			changes: func(string) []types.Change { return []types.Change{remove(www), create(with(www, weighted("one", 1)))} },
		},
		{
			name:  "two weighted",
			rule:  "weighted sets of one name live together",
			given: []types.ResourceRecordSet{with(www, weighted("one", 1))},
			changes: func(string) []types.Change {
				return []types.Change{create(with(wwwNew, weighted("two", 0)))}
			},
		},
		{
			name: "weight without identifier",
			rule: "a routing policy needs a SetIdentifier",
			changes: func(string) []types.Change {
				return []types.Change{create(with(www, func(s *types.ResourceRecordSet) { s.Weight = aws.Int64(1) }))}
			},
			refusal: "InvalidInput: Invalid request: Missing field 'SetIdentifier' in Change with [Action=CREATE, Name=www.example.com., Type=CNAME, SetIdentifier=null]",
		},
		{
			name: "alias elsewhere",
			rule: "the target of an alias in another zone is not looked up",
			changes: func(string) []types.Change {
				return []types.Change{create(dnstest.Alias("example.com", typeA, foreign, "lb-1.us-east-1.elb.amazonaws.com"))}
			},
		},
		{
			name: "alias to nothing",
			rule: "the target of an alias in the same zone must exist",
			changes: func(z string) []types.Change {
				return []types.Change{create(dnstest.Alias("example.com", typeA, z, "b.example.com"))}
			},
			refusal: "that targets b.example.com., type A in zone Z",
		},
		{
			name:  "alias to another type",
			rule:  "the target of an alias must have the alias's type",
			given: []types.ResourceRecordSet{note},
			changes: func(z string) []types.Change {
				return []types.Change{create(dnstest.Alias("example.com", typeA, z, "note.example.com"))}
			},
			refusal: "but that target was not found",
		},
		{
			name: "alias out of the zone",
			rule: "the target of an alias must lie within the zone it names",
			changes: func(z string) []types.Change {
				return []types.Change{create(dnstest.Alias("example.com", typeA, z, "x.example.net"))}
			},
			refusal: "but the alias target name does not lie within the target zone",
		},
		{
			name: "alias and its target in one batch",
			rule: "an alias may target what the same batch has created before it",
			changes: func(z string) []types.Change {
				return []types.Change{create(host), create(dnstest.Alias("example.com", typeA, z, "host.example.com"))}
			},
		},
		{
			name:  "delete alias",
			rule:  "DELETE of an alias repeats its target",
			given: []types.ResourceRecordSet{dnstest.Alias("example.com", typeA, foreign, "lb-1.us-east-1.elb.amazonaws.com")},
			changes: func(string) []types.Change {
				return []types.Change{remove(dnstest.Alias("example.com", typeA, foreign, "LB-1.us-east-1.elb.amazonaws.com."))}
			},
		},
		{
			name:  "delete alias with another target",
			rule:  "DELETE of an alias with another target is refused",
			given: []types.ResourceRecordSet{dnstest.Alias("example.com", typeA, foreign, "lb-1.us-east-1.elb.amazonaws.com")},
			changes: func(string) []types.Change {
				return []types.Change{remove(dnstest.Alias("example.com", typeA, foreign, "lb-2.us-east-1.elb.amazonaws.com"))}
			},
			refusal: "do not match the current values",
		},
		{
			name:  "delete alias without target",
			rule:  "a change without target, TTL and values is malformed",
			given: []types.ResourceRecordSet{dnstest.Alias("example.com", typeA, foreign, "lb-1.us-east-1.elb.amazonaws.com")},
			changes: func(string) []types.Change {
				return []types.Change{remove(types.ResourceRecordSet{Name: aws.String("example.com"), Type: typeA})}
			},
			refusal: "InvalidInput: Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId], but found none in Change with [Action=DELETE, Name=example.com., Type=A, SetIdentifier=null]",
		},
		{
			name: "no TTL",
			rule: "a set of values needs a TTL",
			changes: func(string) []types.Change {
				return []types.Change{create(with(www, func(s *types.ResourceRecordSet) { s.TTL = nil }))}
			},
			refusal: "InvalidInput",
		},
		{
			name: "outside the zone",
			rule: "a name outside of the zone is refused",
			changes: func(string) []types.Change {
				return []types.Change{create(dnstest.Set("www.example.org", typeCNAME, 60, "x.net"))}
			},
			refusal: "[RRSet with DNS name www.example.org. is not permitted in zone example.com.]",
		},
		{
			name: "a name that only ends alike",
			rule: "notexample.com is not in example.com",
			changes: func(string) []types.Change {
				return []types.Change{create(dnstest.Set("notexample.com", typeTXT, 60, `"x"`))}
			},
			refusal: "is not permitted in zone example.com.",
		},
		{
			name: "long label",
			rule: "a label has at most 63 octets",
			changes: func(string) []types.Change {
				return []types.Change{create(dnstest.Set(strings.Repeat("x", 64)+".example.com", typeTXT, 60, `"x"`))}
			},
			refusal: "DomainLabelTooLong",
		},
		{
			name: "long name",
			rule: "a name has at most 255 octets",
			changes: func(string) []types.Change {
				return []types.Change{create(dnstest.Set(strings.Repeat("abcdefg.", 31)+"example.com", typeTXT, 60, `"x"`))}
			},
			refusal: "DomainNameTooLong",
		},
		{
			name:    "no changes",
			rule:    "a batch has at least one change",
			changes: func(string) []types.Change { return []types.Change{} },
			refusal: "InvalidInput",
		},
		{
			name: "duplicate value",
			rule: "a set has each value once",
			changes: func(string) []types.Change {
				return []types.Change{create(dnstest.Set("b.example.com", typeA, 60, "192.0.2.1", "192.0.2.1"))}
			},
			refusal: "[Duplicate Resource Record: '192.0.2.1']",
		},
		{
			name: "no address",
			rule: "an A record is an IPv4 address",
			changes: func(string) []types.Change {
				return []types.Change{create(dnstest.Set("b.example.com", typeA, 60, "2001:db8::1"))}
			},
			refusal: "ARRDATAIllegalIPv4Address",
		},
		{
			name:    "NS of the zone",
			rule:    "a zone keeps NS and SOA at its apex",
			changes: func(string) []types.Change { return []types.Change{remove(apexNS())} },
			refusal: "[A HostedZone must contain at least one NS record for the zone itself.]",
		},
		{
			name: "other NS",
			rule: "the NS of the zone can be replaced",
			changes: func(string) []types.Change {
				return []types.Change{remove(apexNS()), create(dnstest.Set("example.com", types.RRTypeNs, 60, "ns.example.net"))}
			},
		},
		{
			name:    "1000 records",
			rule:    "a request may have 1000 records",
			changes: func(string) []types.Change { return many(1000) },
		},
		{
			name:    "1001 records",
			rule:    "a request may not have more than 1000 records",
			changes: func(string) []types.Change { return many(1001) },
			refusal: "[Number of records limit of 1000 exceeded.]",
		},
		{
			name: "501 upserts",
			rule: "an UPSERT counts twice",
			changes: func(string) []types.Change {
				cs := many(501)
				for i := range cs {
					cs[i].Action = types.ChangeActionUpsert
				}
				return cs
			},
			refusal: "[Number of records limit of 1000 exceeded.]",
		},
		{
			name: "too many characters",
			rule: "a request may not have more than 32,000 characters of values",
			changes: func(string) []types.Change {
				return []types.Change{create(dnstest.Set("b.example.com", typeTXT, 60, values(140, 230)...))}
			},
			refusal: "[Number of characters limit of 32000 exceeded.]",
		},
		{
			name: "too many values",
			rule: "a set may not have more than 400 values",
			changes: func(string) []types.Change {
				return []types.Change{create(dnstest.Set("b.example.com", typeTXT, 60, values(401, 1)...))}
			},
			refusal: "MAX_RRS_BY_RRSET=400",
		},
		{
			name: "several reasons",
			rule: "all reasons are reported in one list, in the order of the changes",
			changes: func(string) []types.Change {
				return []types.Change{remove(www), create(dnstest.Set("www.example.org", typeTXT, 60, `"x"`))}
			},
			refusal: "[Tried to delete resource record set [name='www.example.com.', type='CNAME'] but it was not found, RRSet with DNS name www.example.org. is not permitted in zone example.com.]",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r, zoneID := newZone(atOnce)
			for _, set := range tt.given {
				require.NoError(t, r.Edit(zoneID, create(set)))
			}
			before := r.Records(zoneID)
			_, err := send(t.Context(), r.Client(), zoneID, tt.changes(zoneID)...)
			if tt.refusal == "" {
				require.NoError(t, err, tt.rule)
				return
			}
			require.Error(t, err, tt.rule)
			require.Contains(t, err.Error()+reasons(err), tt.refusal, tt.rule)
			require.Equal(t, before, r.Records(zoneID), "a refused batch changes nothing")
		})
	}
}
