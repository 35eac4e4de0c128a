package acceptance_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/env"
	"github.com/peppercorn-go/peppercorn/examples/shop/stack"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/asgdriver"
	"github.com/peppercorn-go/peppercorn/provision/awsdrivers"
	"github.com/peppercorn-go/peppercorn/provision/awsdrivers/awstest"
	"github.com/peppercorn-go/peppercorn/provision/ec2driver/ec2test"
	"github.com/peppercorn-go/peppercorn/provision/elbdriver"
	"github.com/peppercorn-go/peppercorn/provision/elbdriver/elbtest"
	"github.com/peppercorn-go/peppercorn/provision/rdsdriver"
	"github.com/peppercorn-go/peppercorn/provision/rdsdriver/rdstest"
)

// shopServices are those of the reference stack.
var shopServices = []string{"autoscaling", "ec2", "elbv2", "rds", "sqs"}

// shop is the blueprint of the reference stack, in the default network of the house.
func (h *house) shop() *provision.Blueprint { return stack.Blueprint(stack.Home{Image: ec2test.Linux}) }

// newShop is a house for the reference stack in which what lasts for minutes is brief, and whose programs look seldom: each look
// would be two more crashes that say nothing new.
func newShop(t testing.TB) *house {
	h := newHouse(t, func(o *awstest.Options) {
		o.EC2 = append(o.EC2, func(o *ec2test.Options) { o.Shutdown = 10 * time.Second })
		o.ELB = append(o.ELB, func(o *elbtest.Options) { o.Provision, o.Release = 20*time.Second, 10*time.Second })
		o.RDS = append(o.RDS, func(o *rdstest.Options) {
			o.Creation, o.Backup, o.Snapshot, o.Deletion = 30*time.Second, 10*time.Second, 10*time.Second, 20*time.Second
		})
	})
	h.services = shopServices
	h.drivers = append(h.drivers, func(o *awsdrivers.Options) {
		o.AutoScaling = append(o.AutoScaling, func(o *asgdriver.Options) { o.Poll, o.MaxPoll = pause, 3*pause })
		o.ELB = append(o.ELB, func(o *elbdriver.Options) { o.Poll, o.MaxPoll = pause, 3*pause })
		o.RDS = append(o.RDS, func(o *rdsdriver.Options) { o.Poll, o.MaxPoll = pause, 3*pause })
	})
	return h
}

// shopCrashes are the two verbs that touch resources, at the size of an application.
var shopCrashes = []crashing{
	{
		name: "Deploy", house: newShop,
		setup: func(*house, *env.Manager) {},
		run: func(ctx context.Context, h *house, m *env.Manager) error {
			_, err := m.Deploy(ctx, h.first, h.shop())
			return err
		},
		left: 12, records: 4, // ten resources, and the two instances of the group; the name is A and AAAA
	}, {
		name: "Terminate", house: newShop,
		setup: func(h *house, m *env.Manager) { h.deploy(m, h.first, h.shop()) },
		run:   terminate(first),
		gone:  true,
		left:  1, records: 1, // the final snapshot, and the root record
	},
}

// Kill the program at any call of a deploy or a termination of the reference stack, before and after the effect, and run it again:
// the result is the same as if it had never been killed, and nothing is left over or there twice.
func TestShopCrashes(t *testing.T) {
	t.Parallel()
	stride := 1
	if testing.Short() {
		stride = 11
		t.Logf("-short: only every %dth call", stride)
	}
	for _, verb := range shopCrashes {
		for _, when := range []awstest.When{awstest.Before, awstest.After} {
			t.Run(fmt.Sprintf("%s, %v each call", verb.name, when), func(t *testing.T) {
				t.Parallel()
				want := verb.unkilled(t)
				call := 1
				for crashed := true; crashed && !t.Failed(); call += stride {
					synctest.Test(t, func(t *testing.T) { crashed = verb.crash(t, call, when, want) })
				}
				t.Logf("%d calls", call-stride)
				require.Greater(t, call, 60, "the matrix has as many rows as there are calls")
			})
		}
	}
}

// stack lists what there is of the services that only the reference stack uses. Where one thing names another, it says which, so
// that a balancer in the group of another environment would be a difference.
func (o *observer) stack() (lines []string) {
	cloud := o.house.cloud
	for _, t := range cloud.EC2.LaunchTemplates() {
		who := o.who(tagMap(t.Tags))
		o.means(*t.LaunchTemplateId, who+".ID")
		lines = append(lines, fmt.Sprintf("template %s version=%d", who, *t.LatestVersionNumber))
	}
	for _, b := range cloud.ELB.Balancers() {
		who := o.who(b.Tags)
		o.means(b.ARN, who+".ARN")
		o.means(strings.ToLower(b.DNSName), who+".DNSName")
		lines = append(lines, fmt.Sprintf("balancer %s %s deleting=%v groups=%v", who, b.State, b.Deleting, b.Groups))
	}
	for _, g := range cloud.ELB.TargetGroups() {
		who := o.who(g.Tags)
		o.means(g.ARN, who+".ARN")
		healthy := 0
		for _, state := range g.Targets {
			if state == "healthy" {
				healthy++
			}
		}
		lines = append(lines, fmt.Sprintf("target group %s of %q, healthy=%d of %d", who, g.Balancer, healthy, len(g.Targets)))
	}
	for _, l := range cloud.ELB.Listeners() {
		lines = append(lines, fmt.Sprintf("listener %s %s:%d of %s to %s", o.who(l.Tags), l.Protocol, l.Port, l.Balancer, l.TargetGroup))
	}
	for _, g := range cloud.AutoScaling.Groups() {
		tags := map[string]string{}
		for _, tag := range g.Tags {
			tags[*tag.Key] = *tag.Value
		}
		lines = append(lines, fmt.Sprintf("group %s desired=%d instances=%d", o.who(tags), *g.DesiredCapacity, len(g.Instances)))
	}
	for _, d := range cloud.RDS.Instances() {
		who := o.who(d.Tags)
		o.means(o.house.endpoint(d.Name), who+".Endpoint")
		o.means(d.SecretARN, who+".SecretARN")
		lines = append(lines, fmt.Sprintf("database %s %s %s encrypted=%v public=%v", who, d.Engine, d.Status, d.Encrypted, d.Public))
	}
	for _, s := range cloud.RDS.Snapshots() {
		// The record of its environment may be gone by now, and its attempt with it.
		owner, node, _, ok := provision.ParseTags(s.Tags)
		lines = append(lines, fmt.Sprintf("snapshot of %s of %s (ours: %v) encrypted=%v", node, owner.Env, ok, s.Encrypted))
	}
	return lines
}

// endpoint asks RDS for the address of a database, as a hand would.
func (h *house) endpoint(name string) string {
	h.t.Helper()
	client := rds.NewFromConfig(h.cloud.Process("a hand").Config())
	out, err := client.DescribeDBInstances(h.ctx, &rds.DescribeDBInstancesInput{DBInstanceIdentifier: &name})
	require.NoError(h.t, err)
	return *out.DBInstances[0].Endpoint.Address
}
