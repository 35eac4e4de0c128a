package dnstest_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/dns/dnstest"
)

func lines(sets []types.ResourceRecordSet) (out []string) {
	for _, s := range sets {
		line := *s.Name + " " + string(s.Type)
		if s.SetIdentifier != nil {
			line += " " + *s.SetIdentifier
		}
		out = append(out, line)
	}
	return out
}

func pages(size int) func(*dnstest.Route53Options) {
	return func(o *dnstest.Route53Options) {
		o.Cloud = append(o.Cloud, func(c *dnstest.CloudOptions) { c.PageSize = size })
	}
}

func TestOrderOfListings(t *testing.T) {
	t.Parallel()
	r, zoneID := newZone(atOnce)
	for _, set := range []types.ResourceRecordSet{
		dnstest.Set("b.example.com", typeTXT, 60, `"x"`),
		dnstest.Set("b.example.com", typeA, 60, "192.0.2.1"),
		dnstest.Set("a.b.example.com", typeTXT, 60, `"x"`),
		dnstest.Set("b-c.example.com", typeTXT, 60, `"x"`),
		dnstest.Set("_x.example.com", typeTXT, 60, `"x"`),
		dnstest.Set("*.example.com", typeTXT, 60, `"x"`),
		dnstest.Set("B0.example.com", typeTXT, 60, `"x"`),
		dnstest.Set("c.example.com", typeA, 60, "192.0.2.1"),
		with(dnstest.Set("w.example.com", typeCNAME, 60, "x.net"), weighted("two", 1)),
		with(dnstest.Set("w.example.com", typeCNAME, 60, "y.net"), weighted("one", 1)),
		dnstest.Set("example.com", typeTXT, 60, `"x"`),
	} {
		require.NoError(t, r.Edit(zoneID, create(set)))
	}
	want := []string{
		"example.com. NS",
		"example.com. SOA",
		"example.com. TXT",
		`\052.example.com. TXT`,
		"_x.example.com. TXT",
		"b-c.example.com. TXT", // a hyphen sorts before the trailing dot of b
		"b.example.com. A",
		"b.example.com. TXT",
		"a.b.example.com. TXT",
		"b0.example.com. TXT",
		"c.example.com. A",
		"w.example.com. CNAME one",
		"w.example.com. CNAME two",
	}
	list := func(in route53.ListResourceRecordSetsInput) *route53.ListResourceRecordSetsOutput {
		in.HostedZoneId = &zoneID
		out, err := r.Client().ListResourceRecordSets(t.Context(), &in)
		require.NoError(t, err)
		return out
	}
	all := list(route53.ListResourceRecordSetsInput{})
	require.Equal(t, want, lines(all.ResourceRecordSets))
	require.False(t, all.IsTruncated)
	require.EqualValues(t, 300, *all.MaxItems)
	require.Equal(t, want[2:], lines(r.Records(zoneID)), "a test sees what it has made")

	for _, tt := range []struct {
		rule  string
		in    route53.ListResourceRecordSetsInput
		first string
	}{
		{"the start is a name", route53.ListResourceRecordSetsInput{StartRecordName: aws.String("B.example.com")}, "b.example.com. A"},
		{"the start is a position, not a filter", route53.ListResourceRecordSetsInput{StartRecordName: aws.String("b1.example.com")}, "c.example.com. A"},
		{"the type is a position among those of the name", route53.ListResourceRecordSetsInput{StartRecordName: aws.String("b.example.com"), StartRecordType: types.RRTypeMx}, "b.example.com. TXT"},
		{"after the last type comes the next name", route53.ListResourceRecordSetsInput{StartRecordName: aws.String("c.example.com"), StartRecordType: typeCNAME}, "w.example.com. CNAME one"},
		{"of other names the type does not matter", route53.ListResourceRecordSetsInput{StartRecordName: aws.String("b.b.example.com"), StartRecordType: types.RRTypeTxt}, "b0.example.com. TXT"},
		{"the identifier is a position, too", route53.ListResourceRecordSetsInput{StartRecordName: aws.String("w.example.com"), StartRecordType: typeCNAME, StartRecordIdentifier: aws.String("p")}, "w.example.com. CNAME two"},
		{"an escape is the character", route53.ListResourceRecordSetsInput{StartRecordName: aws.String("*.example.com")}, `\052.example.com. TXT`},
	} {
		out := list(tt.in)
		require.NotEmpty(t, out.ResourceRecordSets, tt.rule)
		require.Equal(t, tt.first, lines(out.ResourceRecordSets)[0], tt.rule)
	}
	require.Empty(t, list(route53.ListResourceRecordSetsInput{StartRecordName: aws.String("z.example.com")}).ResourceRecordSets)
}

func TestListingRefusals(t *testing.T) {
	t.Parallel()
	r, zoneID := newZone(atOnce)
	for rule, in := range map[string]route53.ListResourceRecordSetsInput{
		"a type needs a name":            {StartRecordType: typeTXT},
		"an identifier needs a type":     {StartRecordName: aws.String("example.com"), StartRecordIdentifier: aws.String("x")},
		"a type must be known":           {StartRecordName: aws.String("example.com"), StartRecordType: "HINFO"},
		"a name must be well-formed":     {StartRecordName: aws.String("x..example.com")},
		"a page has at least one record": {MaxItems: aws.Int32(0)},
	} {
		in.HostedZoneId = &zoneID
		_, err := r.Client().ListResourceRecordSets(t.Context(), &in)
		var invalid *types.InvalidInput
		require.ErrorAs(t, err, &invalid, rule)
	}
}

func TestPaging(t *testing.T) {
	t.Parallel()
	r, zoneID := newZone(atOnce, pages(2))
	require.NoError(t, r.Edit(zoneID, create(www), create(note), create(host),
		create(with(dnstest.Set("w.example.com", typeCNAME, 60, "x.net"), weighted("one", 1))),
		create(with(dnstest.Set("w.example.com", typeCNAME, 60, "y.net"), weighted("two", 1)))))
	var all []string
	p := route53.NewListResourceRecordSetsPaginator(r.Client(), &route53.ListResourceRecordSetsInput{HostedZoneId: &zoneID})
	for n := 0; p.HasMorePages(); n++ {
		page, err := p.NextPage(t.Context())
		require.NoError(t, err)
		require.LessOrEqual(t, len(page.ResourceRecordSets), 2)
		all = append(all, lines(page.ResourceRecordSets)...)
	}
	require.Equal(t, []string{
		"example.com. NS", "example.com. SOA", "host.example.com. A", "note.example.com. TXT",
		"w.example.com. CNAME one", "w.example.com. CNAME two", "www.example.com. CNAME",
	}, all)
	require.Len(t, r.Calls(), 4)
}

func TestPagesAreNoSnapshot(t *testing.T) {
	t.Parallel()
	r, zoneID := newZone(atOnce, pages(3))
	require.NoError(t, r.Edit(zoneID, create(host), create(note), create(www)))
	p := route53.NewListResourceRecordSetsPaginator(r.Client(), &route53.ListResourceRecordSetsInput{HostedZoneId: &zoneID})
	_, err := p.NextPage(t.Context())
	require.NoError(t, err)
	require.NoError(t, r.Edit(zoneID, remove(host), remove(www), create(wwwNew)))
	second, err := p.NextPage(t.Context())
	require.NoError(t, err)
	require.Equal(t, "green.example.net", *second.ResourceRecordSets[1].ResourceRecords[0].Value,
		"the first page is of before the change, the second of after it")
}

func TestBigPages(t *testing.T) {
	t.Parallel()
	r, zoneID := newZone(atOnce)
	var changes []types.Change
	for i := range 500 {
		changes = append(changes, create(dnstest.Set(label(i)+".example.com", typeTXT, 60, `"x"`)))
	}
	require.NoError(t, r.Edit(zoneID, changes...))
	out, err := r.Client().ListResourceRecordSets(t.Context(), &route53.ListResourceRecordSetsInput{
		HostedZoneId: &zoneID,
		MaxItems:     aws.Int32(1000),
	})
	require.NoError(t, err)
	require.Len(t, out.ResourceRecordSets, 300, "300 is the most of a page, whatever is asked for")
	require.True(t, out.IsTruncated)
	require.Equal(t, "n0298.example.com.", *out.NextRecordName)
	require.Equal(t, typeTXT, out.NextRecordType)
}
