package stack_test

import (
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/examples/shop/stack"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/acmdriver/acmtest"
	"github.com/peppercorn-go/peppercorn/provision/awsdrivers"
	"github.com/peppercorn-go/peppercorn/provision/awsdrivers/awstest"
	"github.com/peppercorn-go/peppercorn/provision/ec2driver/ec2test"
)

// A blueprint is code, and is tested as such: it is made on a simulated AWS, and one looks at what there is.
func TestBlueprint(t *testing.T) {
	for _, c := range []struct {
		name  string
		https bool
		made  int
		doors []string
	}{
		{"HTTP", false, 10, []string{"HTTP 80"}},
		{"HTTPS", true, 11, []string{"HTTPS 443", "HTTP 80"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cloud := awstest.New()
				engine, err := provision.NewEngine(awsdrivers.All(cloud.Config()))
				require.NoError(t, err)
				home := stack.Home{Image: ec2test.Linux}
				if c.https {
					made, err := cloud.ACM.AddCertificate(acmtest.Certificate{Domain: "*.shop.example.com"})
					require.NoError(t, err)
					home.Certificate = made.ARN
				}
				owner := provision.Owner{Registry: "r3g1", Base: "shop.example.com", App: "shop", Env: "1f0c9d3ab2e4", Attempt: "k3v9"}
				applied, err := engine.Apply(t.Context(), owner, stack.Blueprint(home))
				require.NoError(t, err)
				require.Len(t, applied.States, c.made)

				balancer := cloud.ELB.Balancers()[0]
				require.Equal(t, balancer.DNSName, applied.Host)
				require.Equal(t, balancer.ZoneID, applied.ZoneID)
				var doors []string
				for _, l := range cloud.ELB.Listeners() {
					doors = append(doors, fmt.Sprint(l.Protocol, " ", l.Port))
				}
				require.ElementsMatch(t, c.doors, doors)

				// Nobody but the balancer reaches the servers, and nobody but the servers the database.
				for _, g := range cloud.EC2.SecurityGroups() {
					for _, rule := range g.IpPermissions {
						open := len(rule.IpRanges) + len(rule.Ipv6Ranges)
						require.Equal(t, *g.Description == "load balancer", open > 0, "%s, port %d", *g.Description, *rule.FromPort)
					}
				}
				require.False(t, cloud.RDS.Instances()[0].Public)
				require.Len(t, cloud.AutoScaling.Groups()[0].Instances, 2)
			})
		})
	}
}
