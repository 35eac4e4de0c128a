package kinds_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

func TestLoadBalancerValidate(t *testing.T) {
	t.Parallel()
	two := []provision.Text{"subnet-1", "subnet-2"}
	groups := []provision.Text{"sg-1", "sg-2", "sg-3", "sg-4", "sg-5", "sg-6"}
	for _, tt := range []struct {
		name string
		lb   kinds.LoadBalancer
		want []string
	}{
		{"the least", kinds.LoadBalancer{Subnets: two}, nil},
		{"the least of a network balancer", kinds.LoadBalancer{Network: true, Subnets: two[:1]}, nil},
		{"everything", kinds.LoadBalancer{Internal: true, Subnets: two, SecurityGroups: groups[:5], DualStack: true,
			IdleTimeout: 4000 * time.Second, KeepInvalidHeaders: true}, nil},
		{"everything of a network balancer", kinds.LoadBalancer{Network: true, Internal: true, Subnets: two, SecurityGroups: groups,
			DualStack: true, CrossZone: true}, nil},
		{"a list by reference", kinds.LoadBalancer{Subnets: []provision.Text{"${{in.subnets}}"}}, nil},
		{"nothing", kinds.LoadBalancer{}, []string{"Subnets"}},
		{"one subnet", kinds.LoadBalancer{Subnets: two[:1]}, []string{"Subnets"}},
		{"a subnet that is none", kinds.LoadBalancer{Subnets: []provision.Text{"subnet-1", "vpc-1"}}, []string{"Subnets[1]"}},
		{"a subnet twice", kinds.LoadBalancer{Subnets: []provision.Text{"subnet-1", "subnet-1"}}, []string{"Subnets[1]"}},
		{"an empty subnet", kinds.LoadBalancer{Subnets: []provision.Text{"subnet-1", ""}}, []string{"Subnets[1]"}},
		{"many groups", kinds.LoadBalancer{Subnets: two, SecurityGroups: groups}, []string{"SecurityGroups"}},
		{"a group that is none", kinds.LoadBalancer{Subnets: two, SecurityGroups: []provision.Text{"web"}}, []string{"SecurityGroups[0]"}},
		{"a group twice", kinds.LoadBalancer{Subnets: two, SecurityGroups: []provision.Text{"sg-1", "sg-1"}}, []string{"SecurityGroups[1]"}},
		{"too patient", kinds.LoadBalancer{Subnets: two, IdleTimeout: 4001 * time.Second}, []string{"IdleTimeout"}},
		{"seconds by mistake", kinds.LoadBalancer{Subnets: two, IdleTimeout: 60}, []string{"IdleTimeout"}},
		{"fields of the other type", kinds.LoadBalancer{Network: true, Subnets: two, IdleTimeout: time.Minute, KeepInvalidHeaders: true},
			[]string{"IdleTimeout", "KeepInvalidHeaders"}},
		{"a field of a network balancer", kinds.LoadBalancer{Subnets: two, CrossZone: true}, []string{"CrossZone"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := tt.lb.Validate()
			require.Equal(t, tt.want, fields(err), "%v", err)
		})
	}
}
