package ec2driver_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/ec2driver"
	"github.com/peppercorn-go/peppercorn/provision/ec2driver/ec2test"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// lines are the rules of a group as text, one for each peer.
func lines(permissions []types.IpPermission) []string {
	all := []string{}
	for _, p := range permissions {
		ports := aws.ToString(p.IpProtocol)
		if p.FromPort != nil {
			ports += fmt.Sprintf(" %d-%d", *p.FromPort, *p.ToPort)
		}
		for _, r := range p.IpRanges {
			all = append(all, ports+" "+*r.CidrIp)
		}
		for _, r := range p.Ipv6Ranges {
			all = append(all, ports+" "+*r.CidrIpv6)
		}
		for _, r := range p.UserIdGroupPairs {
			all = append(all, ports+" "+*r.GroupId)
		}
	}
	return all
}

// firewall has rules of both directions and all sorts.
func firewall() kinds.SecurityGroup {
	return kinds.SecurityGroup{
		Ingress: []kinds.Rule{
			kinds.TCP(80, "0.0.0.0/0", "::/0"),
			kinds.TCP(80, "0.0.0.0/0"), // twice says no more than once
			{Protocol: "tcp", FromPort: 7000, ToPort: 7999, Self: true},
		},
		Egress: []kinds.Rule{kinds.TCP(443, "0.0.0.0/0")},
	}
}

func TestRulesAreAsAskedFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cloud := ec2test.New(wire)
		d := ec2driver.New(cloud.Client())
		peer := cloud.AddSecurityGroup("peer", "", nil)
		for _, tt := range []struct {
			node            string
			spec            kinds.SecurityGroup
			ingress, egress []string
		}{
			{"default", kinds.SecurityGroup{}, []string{}, []string{"-1 0.0.0.0/0"}},
			{"sealed", kinds.SecurityGroup{NoEgress: true}, []string{}, []string{}},
			{"all", kinds.SecurityGroup{
				Ingress: []kinds.Rule{kinds.AllTraffic("10.0.0.0/8")},
				Egress:  []kinds.Rule{kinds.AllTraffic("0.0.0.0/0", "::/0")},
			}, []string{"-1 10.0.0.0/8"}, []string{"-1 0.0.0.0/0", "-1 ::/0"}},
			{"peer", kinds.SecurityGroup{Ingress: []kinds.Rule{{Protocol: "udp", FromPort: 53, Groups: []provision.Text{provision.Text(peer)}}}},
				[]string{"udp 53-53 " + peer}, []string{"-1 0.0.0.0/0"}},
			{"ping", kinds.SecurityGroup{Ingress: []kinds.Rule{{Protocol: "icmp", FromPort: 8, ToPort: 0, CIDRs: []provision.Text{"10.1.0.0/16"}}}},
				[]string{"icmp 8-0 10.1.0.0/16"}, []string{"-1 0.0.0.0/0"}},
		} {
			s, err := d.Create(t.Context(), provision.Call{Owner: owner, Node: tt.node, Spec: tt.spec})
			require.NoError(t, err, tt.node)
			g := named(cloud.SecurityGroups(), s.ID)
			require.Equal(t, tt.ingress, lines(g.IpPermissions), tt.node)
			require.Equal(t, tt.egress, lines(g.IpPermissionsEgress), tt.node)
			require.Equal(t, tt.node+" of shop", *g.Description)
		}
	})
}

func TestAGroupThatACrashLeftHalfMadeIsCompleted(t *testing.T) {
	t.Parallel()
	// k counts the calls of the first run: every one of them is the last in some run, before or after its effect.
	for k := 1; ; k++ {
		crashed := false
		for _, when := range []sim.When{sim.Before, sim.After} {
			synctest.Test(t, func(t *testing.T) {
				cloud := ec2test.New()
				first := cloud.Cloud().Process("first")
				first.CrashAt(k, when)
				_, err := ec2driver.New(ec2.NewFromConfig(first.Config())).Create(t.Context(), call(firewall()))
				crashed = first.Crashed()
				require.Equal(t, crashed, err != nil)

				d := ec2driver.New(cloud.Client())
				s, err := d.Create(t.Context(), call(firewall()))
				require.NoError(t, err, "call %d, crash %v", k, when)
				groups := cloud.SecurityGroups()
				require.Len(t, groups, 1)
				require.Equal(t, []string{"tcp 80-80 0.0.0.0/0", "tcp 80-80 ::/0", "tcp 7000-7999 " + s.ID}, lines(groups[0].IpPermissions))
				require.Equal(t, []string{"tcp 443-443 0.0.0.0/0"}, lines(groups[0].IpPermissionsEgress))
				labOf(cloud, d).Gone(t.Context(), t, s)
				require.Empty(t, cloud.SecurityGroups())
			})
		}
		if !crashed {
			require.Greater(t, k, 4, "create, describe, authorize twice, revoke")
			return
		}
	}
}

func TestARuleThatAnotherDeployerHasJustAddedIsNoObstacle(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cloud := ec2test.New()
		d := ec2driver.New(cloud.Client())
		// Between the look and the deed, one of the three rules appears.
		done := false
		cloud.Cloud().Inject(sim.Fault{Kind: sim.Delay, Match: func(c *sim.Call) bool {
			in, ok := c.Input.(*ec2.AuthorizeSecurityGroupIngressInput)
			if !ok || done || c.Process != "main" {
				return false
			}
			done = true
			_, err := ec2.NewFromConfig(cloud.Cloud().Process("other").Config()).AuthorizeSecurityGroupIngress(t.Context(),
				&ec2.AuthorizeSecurityGroupIngressInput{GroupId: in.GroupId, IpPermissions: in.IpPermissions[:1]})
			require.NoError(t, err)
			return false
		}})
		s, err := d.Create(t.Context(), call(firewall()))
		require.NoError(t, err)
		require.True(t, done)
		require.Len(t, lines(named(cloud.SecurityGroups(), s.ID).IpPermissions), 3)
	})
}

func TestRulesAddedByHandStay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cloud := ec2test.New()
		d := ec2driver.New(cloud.Client())
		s, err := d.Create(t.Context(), call(firewall()))
		require.NoError(t, err)
		peer := cloud.AddSecurityGroup("peer", "", nil)
		require.NoError(t, cloud.AddRule(s.ID, peer))
		_, err = d.Create(t.Context(), call(firewall()))
		require.NoError(t, err)
		require.Contains(t, lines(named(cloud.SecurityGroups(), s.ID).IpPermissions), "-1 "+peer)
	})
}

func TestAGroupsBlockersAreNamed(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		block func(t *testing.T, cloud *ec2test.EC2, d *ec2driver.Driver, group string) (want string)
	}{
		{"an instance", func(t *testing.T, cloud *ec2test.EC2, _ *ec2driver.Driver, group string) string {
			id, err := cloud.AddInstance(nil, group)
			require.NoError(t, err)
			return "of instance " + id
		}},
		{"a load balancer's interface", func(t *testing.T, cloud *ec2test.EC2, _ *ec2driver.Driver, group string) string {
			id, err := cloud.AddNetworkInterface(group, "ELB app/shop/50dc6c495c0c9188")
			require.NoError(t, err)
			return "network interface " + id + " (ELB app/shop/50dc6c495c0c9188)"
		}},
		{"a stranger's rule", func(t *testing.T, cloud *ec2test.EC2, _ *ec2driver.Driver, group string) string {
			id := cloud.AddSecurityGroup("theirs", "", nil)
			require.NoError(t, cloud.AddRule(id, group))
			return "an ingress rule of security group " + id + " (theirs), which is not ours and is left alone"
		}},
		{"a rule of ours", func(t *testing.T, _ *ec2test.EC2, d *ec2driver.Driver, group string) string {
			s, err := d.Create(t.Context(), provision.Call{Owner: owner, Node: "db", Spec: kinds.SecurityGroup{
				Egress: []kinds.Rule{{Protocol: "tcp", FromPort: 80, Groups: []provision.Text{provision.Text(group)}}},
			}})
			require.NoError(t, err)
			return "an egress rule of security group " + s.ID + " (" + s.Name + ")"
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				cloud := ec2test.New()
				d := ec2driver.New(cloud.Client())
				s, err := d.Create(t.Context(), call(kinds.SecurityGroup{Ingress: []kinds.Rule{{Protocol: "-1", Self: true}}}))
				require.NoError(t, err)
				want := tt.block(t, cloud, d, s.ID)
				before := cloud.SecurityGroups()

				err = d.Delete(t.Context(), s)
				require.ErrorIs(t, err, provision.ErrBusy)
				var busy *provision.BusyError
				require.ErrorAs(t, err, &busy)
				require.Contains(t, busy.Blocker, want)
				var api smithy.APIError
				require.ErrorAs(t, err, &api, "EC2's own error is kept")
				require.Equal(t, "DependencyViolation", api.ErrorCode())
				require.Equal(t, before, cloud.SecurityGroups(), "a blocker is named and left alone")
			})
		})
	}
}

func TestAStrangersGroup(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		tags map[string]string
	}{
		{"without tags", nil},
		{"of another registry", tagsOf(func(o *provision.Owner) { o.Registry = "r2" })},
		{"of another attempt", tagsOf(func(o *provision.Owner) { o.Attempt = "a0" })},
		{"of another base", tagsOf(func(o *provision.Owner) { o.Base = "example.org" })},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				cloud := ec2test.New()
				d := ec2driver.New(cloud.Client())
				c := call(firewall())
				id := cloud.AddSecurityGroup(c.Name(255, ""), "", tt.tags)
				before := cloud.SecurityGroups()
				_, err := d.Create(t.Context(), c)
				var foreign *provision.ForeignError
				require.ErrorAs(t, err, &foreign)
				require.Equal(t, id, foreign.ID)
				err = d.Delete(t.Context(), provision.State{Kind: kinds.SecurityGroupKind, ID: id, Owner: owner, Node: "web"})
				require.ErrorIs(t, err, provision.ErrForeign)
				require.Equal(t, before, cloud.SecurityGroups())
			})
		})
	}
}

func tagsOf(change func(*provision.Owner)) map[string]string {
	o := owner
	change(&o)
	return provision.Call{Owner: o, Node: "web"}.Tags()
}

func TestTheSameNameInAnotherVPCIsNoObstacle(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cloud := ec2test.New()
		d := ec2driver.New(cloud.Client())
		c := call(kinds.SecurityGroup{})
		cloud.AddSecurityGroup(c.Name(255, ""), cloud.OtherVPC(), nil)
		first, err := d.Create(t.Context(), c)
		require.NoError(t, err)
		again, err := d.Create(t.Context(), c)
		require.NoError(t, err)
		require.Equal(t, first.ID, again.ID)
		ready, err := d.Await(t.Context(), again)
		require.NoError(t, err)
		require.Equal(t, cloud.DefaultVPC(), ready.Outputs["VPC"].String())
	})
}

func TestAGroupThatIsNeverSeenIsAnError(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cloud := ec2test.New(func(o *ec2test.Options) { o.Lag = time.Hour })
		_, err := ec2driver.New(cloud.Client()).Create(t.Context(), call(kinds.SecurityGroup{}))
		require.ErrorContains(t, err, "EC2 made sg-")
		require.ErrorContains(t, err, "does not know it")
	})
}

func TestWhatEC2RefusesIsPassedOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cloud := ec2test.New(func(o *ec2test.Options) { o.NoDefaultVPC = true })
		d := ec2driver.New(cloud.Client())
		_, err := d.Create(t.Context(), call(kinds.SecurityGroup{}))
		var api smithy.APIError
		require.ErrorAs(t, err, &api)
		require.Equal(t, "VPCIdNotSpecified", api.ErrorCode())
		require.ErrorContains(t, err, "create security group shop-web-")

		other := provision.Text(cloud.OtherVPC())
		_, err = d.Create(t.Context(), call(kinds.SecurityGroup{
			VPC: other, Ingress: []kinds.Rule{{Protocol: "tcp", FromPort: 1, Groups: []provision.Text{"sg-00000000000000000"}}},
		}))
		require.ErrorAs(t, err, &api)
		require.Equal(t, "InvalidGroup.NotFound", api.ErrorCode())
	})
}
