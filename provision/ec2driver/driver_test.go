package ec2driver_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/internal/drivertest"
	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/ec2driver"
	"github.com/peppercorn-go/peppercorn/provision/ec2driver/ec2test"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
	"github.com/peppercorn-go/peppercorn/provision/provisiontest"
)

// owner of everything in these tests.
var owner = drivertest.Owner("a1")

func call(spec provision.Spec) provision.Call {
	return provision.Call{Owner: owner, Node: "web", Spec: spec}
}

// web is the smallest instance.
func web() kinds.Instance { return kinds.Instance{Image: ec2test.Linux, Type: "t3.micro"} }

// wire is the ways in which a simulated EC2 is unlike a simple one: ids and tags take a while to get around, and pages are
// small.
func wire(o *ec2test.Options) {
	o.Lag, o.TagLag = 7*time.Second, 3*time.Second
	o.Cloud = append(o.Cloud, func(o *ec2test.CloudOptions) { o.PageSize = 2 })
}

// ops are the operations of all calls so far that had an effect and changed something.
func ops(cloud *ec2test.EC2) []string {
	var names []string
	for _, c := range cloud.Cloud().Calls() {
		if drivertest.Changes(c.Op) && c.Effect {
			names = append(names, c.Op)
		}
	}
	return names
}

// labOf is a lab for a driver whose client is of a simulated EC2.
func labOf(cloud *ec2test.EC2, d *ec2driver.Driver) drivertest.Lab {
	return drivertest.NewLab(cloud.Cloud(), d)
}

func TestDriverOnTheSimulation(t *testing.T) {
	t.Parallel()
	provisiontest.TestDriver(t, provisiontest.Harness{
		Name: "simulated EC2",
		New: func(t testing.TB) provisiontest.World {
			cloud := ec2test.New(wire)
			return provisiontest.World{
				Driver: ec2driver.New(cloud.Client()),
				Specs: func(kind provision.Kind) []provisiontest.Sample {
					return samples(kind, cloud.DefaultVPC(), ec2test.Linux)
				},
				Stranger: func(_ context.Context, kind provision.Kind, name string) (string, func() error, error) {
					switch kind {
					case kinds.InstanceKind:
						return "", nil, errors.ErrUnsupported // instances share names as they like
					case kinds.LaunchTemplateKind:
						return strangersTemplate(cloud, name)
					}
					id := cloud.AddSecurityGroup(strings.ToUpper(name), "", map[string]string{"owner": "somebody"})
					unchanged, err := drivertest.Unchanged(func() (*types.SecurityGroup, error) { return named(cloud.SecurityGroups(), id), nil })
					return id, unchanged, err
				},
				LoseReply: drivertest.LoseReply(t, cloud.Cloud(), drivertest.Changes),
				Count: func(_ context.Context, kind provision.Kind) int {
					switch kind {
					case kinds.SecurityGroupKind:
						return len(cloud.SecurityGroups())
					case kinds.LaunchTemplateKind:
						return len(cloud.LaunchTemplates())
					}
					return len(cloud.LiveInstances())
				},
			}
		},
	})
}

func named(groups []types.SecurityGroup, id string) *types.SecurityGroup {
	for i := range groups {
		if aws.ToString(groups[i].GroupId) == id {
			return &groups[i]
		}
	}
	return nil
}

// samples are a minimal and a full spec of each kind.
func samples(kind provision.Kind, vpc, image string) []provisiontest.Sample {
	if kind == kinds.SecurityGroupKind {
		return []provisiontest.Sample{
			{Name: "minimal", Spec: kinds.SecurityGroup{}},
			{Name: "full", Spec: kinds.SecurityGroup{
				VPC: provision.Text(vpc), Description: "web servers: 80, 443 (public)",
				Ingress: []kinds.Rule{
					{Protocol: "tcp", FromPort: 80, CIDRs: []provision.Text{"0.0.0.0/0", "::/0"}, Description: "everybody"},
					kinds.TCP(443, "0.0.0.0/0"),
					{Protocol: "tcp", FromPort: 7000, ToPort: 7999, Self: true},
					{Protocol: "icmp", FromPort: -1, ToPort: -1, CIDRs: []provision.Text{"10.0.0.0/8"}},
				},
				Egress: []kinds.Rule{kinds.TCP(443, "0.0.0.0/0"), kinds.UDP(53, "10.0.0.2/32")},
			}},
		}
	}
	if kind == kinds.LaunchTemplateKind {
		return []provisiontest.Sample{
			{Name: "minimal", Spec: kinds.LaunchTemplate{Image: provision.Text(image), Type: "t3.micro"}},
			{Name: "full", Prepare: func(ctx context.Context, t testing.TB, d provision.Driver, o provision.Owner) provision.Spec {
				g, err := d.Create(ctx, provision.Call{Owner: o, Node: "firewall", Spec: kinds.SecurityGroup{}})
				require.NoError(t, err)
				spec := fullTemplate()
				spec.Image, spec.SecurityGroups = provision.Text(image), []provision.Text{provision.Text(g.ID)}
				return spec
			}},
		}
	}
	return []provisiontest.Sample{
		{Name: "minimal", Spec: kinds.Instance{Image: provision.Text(image), Type: "t3.micro"}},
		{Name: "full", Prepare: func(ctx context.Context, t testing.TB, d provision.Driver, o provision.Owner) provision.Spec {
			g, err := d.Create(ctx, provision.Call{Owner: o, Node: "firewall", Spec: kinds.SecurityGroup{}})
			require.NoError(t, err)
			return kinds.Instance{
				Image: provision.Text(image), Type: "t3.micro", PublicIP: kinds.On, RootGiB: 20, MetadataHops: 2,
				SecurityGroups: []provision.Text{provision.Text(g.ID)},
				Environment:    map[string]provision.Text{"A": "1", "B": "it's", "C": "x\ny"},
				Script:         "#!/bin/sh\necho hello\n",
			}
		}},
	}
}

// TestThrottlingIsSatOut would fail with the SDK's default retryer, which gives up after three attempts and, for all calls
// of a client together, after a hundred.
func TestThrottlingIsSatOut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const calls = 30
		cloud := ec2test.New()
		cloud.Cloud().Inject(sim.Fault{Kind: sim.Throttle, Match: func(c *sim.Call) bool {
			return c.Op == "CreateSecurityGroup" && c.Attempt <= 6
		}})
		d := ec2driver.New(cloud.Client())
		var wait sync.WaitGroup
		errs := make([]error, calls)
		for i := range errs {
			wait.Go(func() {
				_, errs[i] = d.Create(t.Context(), provision.Call{Owner: owner, Node: fmt.Sprintf("n%d", i), Spec: kinds.SecurityGroup{}})
			})
		}
		wait.Wait()
		for _, err := range errs {
			require.NoError(t, err)
		}
		require.Len(t, cloud.SecurityGroups(), calls)
	})
}

func TestAWaitSurvivesThrottling(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cloud := ec2test.New()
		d := ec2driver.New(cloud.Client(), func(o *ec2driver.Options) { o.Retryer = aws.NopRetryer{} })
		s, err := d.Create(t.Context(), call(web()))
		require.NoError(t, err)
		cloud.Cloud().Inject(sim.Fault{Match: sim.On("EC2", "DescribeInstances"), Times: 5, Kind: sim.Throttle})
		_, err = d.Await(t.Context(), s)
		require.NoError(t, err)
	})
}

func TestUnknownKindsAreRefused(t *testing.T) {
	t.Parallel()
	d := ec2driver.New(ec2test.New().Client())
	_, err := d.Create(t.Context(), call(kinds.Queue{}))
	require.ErrorIs(t, err, provision.ErrNoDriver)
	_, err = d.Await(t.Context(), provision.State{Kind: kinds.QueueKind})
	require.ErrorIs(t, err, provision.ErrNoDriver)
	require.ErrorIs(t, d.Delete(t.Context(), provision.State{Kind: kinds.QueueKind}), provision.ErrNoDriver)
}

// api proves that a caller's own client will do.
type api struct{ *ec2.Client }

var _ ec2driver.API = api{}
