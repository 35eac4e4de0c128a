package kinds_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

func TestGroupValidate(t *testing.T) {
	t.Parallel()
	const arn = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/shop/0123456789abcdef"
	for _, tt := range []struct {
		name   string
		change func(*kinds.Group)
		want   []string
	}{
		{"the least", func(*kinds.Group) {}, nil},
		{"the zero value", func(g *kinds.Group) { *g = kinds.Group{} }, []string{"Template", "Subnets", "Desired"}},
		{"everything", func(g *kinds.Group) {
			*g = kinds.Group{
				Template: "lt-0123", Version: "12", Zones: []provision.Text{"eu-central-1a", "us-west-2-lax-1a", "us-gov-east-1b"},
				Min: 1, Desired: 2, Max: 4, TargetGroups: []provision.Text{arn, "${{targets.ARN}}"}, HealthCheckType: "ELB",
				HealthCheckGrace: time.Minute,
			}
		}, nil},
		{"references", func(g *kinds.Group) {
			g.Template, g.Version = "${{template.ID}}", "${{template.Version}}"
			g.Subnets = []provision.Text{"${{network.Subnets}}", "subnet-1"}
		}, nil},
		{"empty until it is scaled", func(g *kinds.Group) { g.Desired, g.Max = 0, 5 }, nil},
		{"a template's name", func(g *kinds.Group) { g.Template = "web" }, []string{"Template"}},
		{"a version that moves", func(g *kinds.Group) { g.Version = "$Latest" }, []string{"Version"}},
		{"version 0", func(g *kinds.Group) { g.Version = "0" }, []string{"Version"}},
		{"both places", func(g *kinds.Group) { g.Zones = []provision.Text{"eu-central-1a"} }, []string{"Zones"}},
		{"places that are none", func(g *kinds.Group) { g.Subnets = []provision.Text{"vpc-1", ""} }, []string{"Subnets[0]", "Subnets[1]"}},
		{"a zone that is none", func(g *kinds.Group) { g.Subnets, g.Zones = nil, []provision.Text{"eu-central-1", "EU"} }, []string{"Zones[0]", "Zones[1]"}},
		{"a place twice", func(g *kinds.Group) { g.Subnets = []provision.Text{"subnet-1", "subnet-1"} }, []string{"Subnets[1]"}},
		{"negative", func(g *kinds.Group) { g.Min = -1 }, []string{"Min"}},
		{"too many", func(g *kinds.Group) { g.Desired = 1 << 20 }, []string{"Desired"}},
		{"less than the least", func(g *kinds.Group) { g.Min, g.Desired = 3, 2 }, []string{"Desired"}},
		{"more than the most", func(g *kinds.Group) { g.Desired, g.Max = 3, 2 }, []string{"Desired"}},
		{"least and most", func(g *kinds.Group) { g.Min, g.Desired, g.Max = 3, 0, 2 }, []string{"Desired"}},
		{"a target group's name", func(g *kinds.Group) { g.TargetGroups = []provision.Text{"shop"} }, []string{"TargetGroups[0]"}},
		{"a load balancer for a target group", func(g *kinds.Group) {
			g.TargetGroups = []provision.Text{"arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/app/shop/0"}
		}, []string{"TargetGroups[0]"}},
		{"51 target groups", func(g *kinds.Group) {
			for i := range 51 {
				g.TargetGroups = append(g.TargetGroups, provision.Text(arn+string(rune('a'+i))))
			}
		}, []string{"TargetGroups"}},
		{"health checks of nobody", func(g *kinds.Group) { g.HealthCheckType = "ELB" }, []string{"HealthCheckType"}},
		{"unknown health checks", func(g *kinds.Group) { g.HealthCheckType = "elb" }, []string{"HealthCheckType"}},
		{"half a second", func(g *kinds.Group) { g.HealthCheckGrace = 500 * time.Millisecond }, []string{"HealthCheckGrace"}},
		{"two days", func(g *kinds.Group) { g.HealthCheckGrace = 48 * time.Hour }, []string{"HealthCheckGrace"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			g := kinds.Group{Template: "lt-0123", Subnets: []provision.Text{"subnet-0123"}, Desired: 2}
			tt.change(&g)
			err := g.Validate()
			require.Equal(t, tt.want, fields(err), "%v", err)
		})
	}
}

func TestGroupDefaults(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		spec kinds.Group
		want []int
	}{
		{kinds.Group{Desired: 2}, []int{0, 2, 2}},
		{kinds.Group{Min: 2}, []int{2, 2, 2}},
		{kinds.Group{Min: 1, Max: 4}, []int{1, 1, 4}},
		{kinds.Group{Max: 4}, []int{0, 0, 4}},
	} {
		least, desired, most := tt.spec.Sizes()
		require.Equal(t, tt.want, []int{least, desired, most})
	}
	require.Equal(t, provision.Text("1"), kinds.Group{}.EffectiveVersion())
	require.Equal(t, "EC2", kinds.Group{}.EffectiveHealthCheckType())
	require.Equal(t, "ELB", kinds.Group{TargetGroups: []provision.Text{"arn"}}.EffectiveHealthCheckType())
	require.Equal(t, "EC2", kinds.Group{TargetGroups: []provision.Text{"arn"}, HealthCheckType: "EC2"}.EffectiveHealthCheckType())
	require.Equal(t, 5*time.Minute, kinds.Group{}.EffectiveGrace())
}
