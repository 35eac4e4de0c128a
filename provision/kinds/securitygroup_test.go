package kinds_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

func TestSecurityGroupValidate(t *testing.T) {
	t.Parallel()
	any4 := []provision.Text{"0.0.0.0/0"}
	ingress := func(rules ...kinds.Rule) kinds.SecurityGroup { return kinds.SecurityGroup{Ingress: rules} }
	many := make([]provision.Text, 61)
	for i := range many {
		many[i] = "${{in.range}}"
	}
	for _, tt := range []struct {
		name  string
		group kinds.SecurityGroup
		want  []string
	}{
		{"the zero value is a group", kinds.SecurityGroup{}, nil},
		{"everything", kinds.SecurityGroup{
			VPC: "vpc-0123", Description: "web: 80 & 443 (all)",
			Ingress: []kinds.Rule{
				kinds.TCP(443, "0.0.0.0/0", "::/0"), kinds.UDP(53, "10.0.0.2/32"), kinds.AllTraffic("10.0.0.0/8"),
				{Protocol: "tcp", FromPort: 0, ToPort: 65535, Self: true, Description: "members"},
				{Protocol: "icmp", FromPort: -1, ToPort: -1, CIDRs: any4},
				{Protocol: "icmpv6", FromPort: 128, ToPort: 0, CIDRs: []provision.Text{"fd00::/8"}},
				{Protocol: "tcp", FromPort: 22, Groups: []provision.Text{"sg-0123", "${{bastion.ID}}"}},
			},
			Egress: []kinds.Rule{kinds.TCP(443, "0.0.0.0/0")},
		}, nil},
		{"references", kinds.SecurityGroup{VPC: "${{in.vpc}}", Ingress: []kinds.Rule{kinds.TCP(80, "${{in.office}}")}}, nil},
		{"a VPC that is none", kinds.SecurityGroup{VPC: "subnet-1"}, []string{"VPC"}},
		{"a prefix alone", kinds.SecurityGroup{VPC: "vpc-"}, []string{"VPC"}},
		{"a description in other letters", kinds.SecurityGroup{Description: "don't"}, []string{"Description"}},
		{"a long description", kinds.SecurityGroup{Description: strings.Repeat("x", 256)}, []string{"Description"}},
		{"both of two that exclude each other", kinds.SecurityGroup{NoEgress: true, Egress: []kinds.Rule{kinds.AllTraffic("0.0.0.0/0")}},
			[]string{"NoEgress"}},
		{"no protocol", ingress(kinds.Rule{FromPort: 80, CIDRs: any4}), []string{"Ingress[0].Protocol"}},
		{"a protocol in capitals", ingress(kinds.Rule{Protocol: "TCP", FromPort: 80, CIDRs: any4}), []string{"Ingress[0].Protocol"}},
		{"no port", ingress(kinds.Rule{Protocol: "tcp", CIDRs: any4}), []string{"Ingress[0].FromPort"}},
		{"ports back to front", ingress(kinds.Rule{Protocol: "tcp", FromPort: 90, ToPort: 80, CIDRs: any4}), []string{"Ingress[0].FromPort"}},
		{"a port too high", ingress(kinds.TCP(65536, "0.0.0.0/0")), []string{"Ingress[0].FromPort"}},
		{"a port too low", ingress(kinds.TCP(-1, "0.0.0.0/0")), []string{"Ingress[0].FromPort"}},
		{"ports of all protocols", ingress(kinds.Rule{Protocol: "-1", FromPort: 80, CIDRs: any4}), []string{"Ingress[0].FromPort"}},
		{"all types but one code", ingress(kinds.Rule{Protocol: "icmp", FromPort: -1, CIDRs: any4}), []string{"Ingress[0].ToPort"}},
		{"a type that is none", ingress(kinds.Rule{Protocol: "icmp", FromPort: 256, CIDRs: any4}), []string{"Ingress[0].FromPort"}},
		{"nobody", ingress(kinds.Rule{Protocol: "tcp", FromPort: 80}), []string{"Ingress[0]"}},
		{"an address without a prefix", ingress(kinds.TCP(80, "10.0.0.1")), []string{"Ingress[0].CIDRs[0]"}},
		{"bits behind the prefix", ingress(kinds.TCP(80, "0.0.0.0/0", "10.0.0.1/8")), []string{"Ingress[0].CIDRs[1]"}},
		{"IPv4 as IPv6", ingress(kinds.TCP(80, "::ffff:10.0.0.0/104")), []string{"Ingress[0].CIDRs[0]"}},
		{"a group that is none", ingress(kinds.Rule{Protocol: "-1", Groups: []provision.Text{"web"}}), []string{"Ingress[0].Groups[0]"}},
		{"an empty group", ingress(kinds.Rule{Protocol: "-1", Groups: []provision.Text{""}}), []string{"Ingress[0].Groups[0]"}},
		{"too many", ingress(kinds.Rule{Protocol: "-1", CIDRs: many}), []string{"Ingress"}},
		{"in egress as well", kinds.SecurityGroup{Egress: []kinds.Rule{kinds.TCP(80, "0.0.0.0/0"), {Description: "é"}}},
			[]string{"Egress[1].Protocol", "Egress[1]", "Egress[1].Description"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := tt.group.Validate()
			require.Equal(t, tt.want, fields(err), "%v", err)
		})
	}
}

func TestAMaskIsSuggested(t *testing.T) {
	t.Parallel()
	err := kinds.SecurityGroup{Ingress: []kinds.Rule{kinds.TCP(80, "10.1.2.3/8")}}.Validate()
	require.ErrorContains(t, err, `did you mean "10.0.0.0/8"?`)
}

func TestPorts(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		rule     kinds.Rule
		from, to int
	}{
		{kinds.TCP(80), 80, 80},
		{kinds.Rule{Protocol: "tcp", FromPort: 80}, 80, 80},
		{kinds.Rule{Protocol: "udp", FromPort: 80, ToPort: 90}, 80, 90},
		{kinds.Rule{Protocol: "icmp", FromPort: 8}, 8, 0}, // an echo request has code 0
		{kinds.AllTraffic(), 0, 0},
	} {
		from, to := tt.rule.Ports()
		require.Equal(t, [2]int{tt.from, tt.to}, [2]int{from, to}, "%+v", tt.rule)
	}
}
