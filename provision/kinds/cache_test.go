package kinds_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

func TestCacheValidate(t *testing.T) {
	t.Parallel()
	small := kinds.Cache{NodeType: "cache.t4g.micro", SubnetGroup: "default"}
	with := func(change func(*kinds.Cache)) kinds.Cache {
		c := small
		change(&c)
		return c
	}
	for _, tt := range []struct {
		name  string
		cache kinds.Cache
		want  []string // fields
	}{
		{"the least", small, nil},
		{"nothing", kinds.Cache{}, []string{"NodeType", "SubnetGroup"}},
		{"without TLS", kinds.Cache{NodeType: "cache.t4g.micro", NoTransitEncryption: true}, nil},
		{"engines", with(func(c *kinds.Cache) { c.Engine = kinds.Redis }), nil},
		{"another engine", with(func(c *kinds.Cache) { c.Engine = "memcached" }), []string{"Engine"}},
		{"a type of EC2", with(func(c *kinds.Cache) { c.NodeType = "t4g.micro" }), []string{"NodeType"}},
		{"replicas", with(func(c *kinds.Cache) { c.Replicas, c.AutomaticFailover, c.MultiAZ = 5, true, true }), nil},
		{"too many replicas", with(func(c *kinds.Cache) { c.Replicas = 6 }), []string{"Replicas"}},
		{"nothing to fail over to", with(func(c *kinds.Cache) { c.AutomaticFailover = true }), []string{"AutomaticFailover"}},
		{"zones without failover", with(func(c *kinds.Cache) { c.Replicas, c.MultiAZ = 1, true }), []string{"MultiAZ"}},
		{"ports", with(func(c *kinds.Cache) { c.Port = 65536 }), []string{"Port"}},
		{"groups", with(func(c *kinds.Cache) { c.SecurityGroups = []provision.Text{"web"} }), []string{"SecurityGroups[0]"}},
		{"what is not known yet", kinds.Cache{NodeType: "${{in.node}}", SubnetGroup: "${{in.subnets}}"}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := tt.cache.Validate()
			require.Equal(t, tt.want, fields(err), "%v", err)
		})
	}
}
