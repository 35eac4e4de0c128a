package dns

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/stretchr/testify/require"
)

func listed(name, typ string, values ...string) types.ResourceRecordSet {
	set := types.ResourceRecordSet{Name: aws.String(name), Type: types.RRType(typ), TTL: aws.Int64(60)}
	for _, value := range values {
		set.ResourceRecords = append(set.ResourceRecords, types.ResourceRecord{Value: aws.String(value)})
	}
	return set
}

func TestRecordIsDecoded(t *testing.T) {
	t.Parallel()
	r := newRecord(listed(`\052.Example.com.`, TypeCNAME, "LB-1.eu-west-1.ELB.amazonaws.com."))
	require.True(t, r.Exists())
	require.Equal(t, "*.example.com", r.Name)
	require.Equal(t, time.Minute, r.TTL)
	require.Equal(t, "lb-1.eu-west-1.elb.amazonaws.com", r.Value())
	require.Equal(t, `*.example.com CNAME "lb-1.eu-west-1.elb.amazonaws.com"`, r.String())

	r = newRecord(listed("a.example.com.", TypeTXT, `"one " "value"`, `not quoted`))
	require.Equal(t, []string{"one value", "not quoted"}, r.Values)
	require.Empty(t, r.Value(), "of two values none is the one")

	require.False(t, Record{Name: "a.example.com", Type: "A"}.Exists())
	require.Equal(t, "a.example.com A absent", Record{Name: "a.example.com", Type: "A"}.String())
}

// A pointer that Targets does not see is one under which an environment is deleted.
func TestTargets(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		typ   string
		value string
		hosts []string
	}{
		{"CNAME", "Host.example.com.", []string{"host.example.com"}},
		{"NS", "ns.example.com.", []string{"ns.example.com"}},
		{"PTR", "host.example.com", []string{"host.example.com"}},
		{"MX", "10 mail.example.com.", []string{"mail.example.com"}},
		{"SRV", "1 10 5269 xmpp.example.com.", []string{"xmpp.example.com"}},
		{"HTTPS", "1 host.example.com. alpn=h2", []string{"host.example.com"}},
		{"SVCB", "0 host.example.com.", []string{"host.example.com"}},
		{"A", "192.0.2.1", nil},
		{"TXT", `"host.example.com"`, nil},
		{"MX", "10", nil},
	} {
		require.Equal(t, tt.hosts, newRecord(listed("x.example.com.", tt.typ, tt.value)).Targets(), tt.typ)
	}
	alias := listed("x.example.com.", "A")
	alias.TTL, alias.AliasTarget = nil, &types.AliasTarget{DNSName: aws.String("Dualstack.LB.amazonaws.com.")}
	require.Equal(t, []string{"dualstack.lb.amazonaws.com"}, newRecord(alias).Targets())
	require.Equal(t, `x.example.com A alias of "dualstack.lb.amazonaws.com"`, newRecord(alias).String())
	alias.AliasTarget.HostedZoneId = aws.String("Z1")
	require.Equal(t, `x.example.com A alias of "dualstack.lb.amazonaws.com" in zone Z1`, newRecord(alias).String())
}

func TestRecordNote(t *testing.T) {
	t.Parallel()
	_, err := Record{Name: "a", Type: TypeTXT}.Note()
	require.ErrorIs(t, err, ErrNoRecord)
	var malformed *NoteError
	_, err = newRecord(listed("a.", TypeTXT, `"p1 a=b"`, `"p1 a=c"`)).Note()
	require.ErrorAs(t, err, &malformed, "two values are no note")
	_, err = newRecord(listed("a.", TypeCNAME, "p1")).Note()
	require.ErrorAs(t, err, &malformed)
	n, err := newRecord(listed("a.", TypeTXT, `"p1 a=" "b"`)).Note()
	require.NoError(t, err)
	require.Equal(t, "b", n.Value("a"))
}

func TestPosition(t *testing.T) {
	t.Parallel()
	for _, p := range []position{
		{name: "a.example.com."},
		{name: "a.example.com.", typ: "TXT"},
		{name: `\052.example.com.`, typ: "A", setID: "blue green  ü"},
		{},
	} {
		got := parsePosition(p.String())
		if p.name == `\052.example.com.` {
			p.name = "*.example.com."
		}
		require.Equal(t, p, got)
	}
	require.Equal(t, position{name: "a.example.com."}, parsePosition("A.example.com"))
}
