package ecsdriver_test

import (
	"context"
	"crypto/rand"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/internal/drivertest"
	"github.com/peppercorn-go/peppercorn/internal/moto"
	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/ecsdriver"
	"github.com/peppercorn-go/peppercorn/provision/ecsdriver/ecstest"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
	"github.com/peppercorn-go/peppercorn/provision/provisiontest"
)

// denial is how ECS refuses who may not ask.
var denial = sim.Fault{Kind: sim.Fail, Err: sim.Error("AccessDeniedException", "User is not authorized to perform this action", 400)}

func TestLookerOnSimulatedECS(t *testing.T) {
	provisiontest.TestLooker(t, provisiontest.LookHarness{
		Name: "simulated ECS",
		New: func(t testing.TB) provisiontest.LookWorld {
			cloud := sim.New()
			ecstest.Register(cloud)
			w := lookWorld(t, clientOf(cloud.Config()))
			w.Changes = func() (changes []string) {
				for _, c := range cloud.Calls() {
					if c.Effect && drivertest.Changes(c.Op) {
						changes = append(changes, c.Op)
					}
				}
				return changes
			}
			w.Deny = func() { cloud.Inject(denial) }
			return w
		},
	})
}

func TestLookerOnMoto(t *testing.T) {
	server := moto.Start(t)
	provisiontest.TestLooker(t, provisiontest.LookHarness{
		Name:     "moto",
		RealTime: true,
		Gaps:     map[string]string{"denied": "moto lets everybody do everything"},
		New: func(t testing.TB) provisiontest.LookWorld {
			w := lookWorld(t, clientOf(server.Config()))
			w.Changes = func() []string { return nil } // the simulation tells
			return w
		},
	})
}

// lookWorld is a driver where there are clusters, which it finds.
func lookWorld(t testing.TB, client *ecs.Client) provisiontest.LookWorld {
	create := func(name string) string {
		out, err := client.CreateCluster(t.Context(), &ecs.CreateClusterInput{ClusterName: &name})
		require.NoError(t, err)
		return aws.ToString(out.Cluster.ClusterArn)
	}
	name, deleted := "c"+rand.Text(), "d"+rand.Text()
	arn := create(name)
	create(deleted)
	_, err := client.DeleteCluster(t.Context(), &ecs.DeleteClusterInput{Cluster: &deleted})
	require.NoError(t, err)
	want := map[string]provision.Value{"Name": provision.TextValue(name), "ARN": provision.TextValue(arn)}
	return provisiontest.LookWorld{
		Looker: ecsdriver.New(client),
		Sights: func(provision.Kind) []provisiontest.Sight {
			return []provisiontest.Sight{
				{
					Name: "by name", Spec: kinds.ExistingCluster{Name: provision.Text(name)}, ID: arn, Want: want,
					Remove: func(ctx context.Context) (string, error) {
						_, err := client.DeleteCluster(ctx, &ecs.DeleteClusterInput{Cluster: &name})
						return name, err
					},
					Missing: kinds.ExistingCluster{Name: "nobodys"}, Names: "Name: ECS cluster nobodys does not exist",
				},
				{
					Name: "by ARN", Spec: kinds.ExistingCluster{Name: provision.Text(arn)}, ID: arn, Want: want,
					Missing: kinds.ExistingCluster{Name: provision.Text(deleted)}, Names: "Name: ECS cluster " + deleted,
				},
			}
		},
	}
}

func TestADeletedClusterSaysSo(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		name := "production"
		_, err := w.client.DeleteCluster(ctx, &ecs.DeleteClusterInput{Cluster: &name})
		require.NoError(t, err)
		_, _, err = w.Look(ctx, callFor("cluster", kinds.ExistingCluster{Name: "production"}), "")
		require.ErrorIs(t, err, provision.ErrMissing)
		require.ErrorContains(t, err, "Name: ECS cluster production: its status is INACTIVE")
		_, err = w.client.CreateCluster(ctx, &ecs.CreateClusterInput{ClusterName: &name})
		require.NoError(t, err)
		_, _, err = w.Look(ctx, callFor("cluster", kinds.ExistingCluster{Name: "production"}), "")
		require.NoError(t, err)
		_, _, err = w.Look(ctx, callFor("cluster", kinds.Service{}), "")
		require.ErrorIs(t, err, provision.ErrNoDriver)
	})
}

func TestCheck(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		missing := func(what string) func(context.Context, string) error {
			return func(_ context.Context, name string) error {
				if strings.HasPrefix(name, "no") {
					return &provision.MissingError{What: what + " " + name}
				}
				return nil
			}
		}
		var subnets, groups []provision.Text
		d := ecsdriver.New(w.client, func(o *ecsdriver.Options) {
			o.Image, o.IAMRole = missing("image"), missing("role")
			o.Network = func(_ context.Context, s, g []provision.Text) error { subnets, groups = s, g; return nil }
		})
		task := kinds.TaskDefinition{
			ExecutionRole: "nobody", TaskRole: "${{role.ARN}}",
			Containers: []kinds.Container{{Name: "a", Image: "here:1"}, {Name: "b", Image: "nowhere:1"}, {Name: "c", Image: "${{repo.URI}}:1"}},
		}
		err := d.Check(ctx, callFor("task", task))
		require.ErrorIs(t, err, provision.ErrMissing)
		require.EqualError(t, err, "ExecutionRole: role nobody does not exist\nContainers[1].Image: image nowhere:1 does not exist")
		require.NoError(t, w.Check(ctx, callFor("task", task)), "there is nobody to ask")

		service := kinds.Service{Cluster: "production", Subnets: []provision.Text{"subnet-1"}, SecurityGroups: []provision.Text{"sg-1"}}
		require.NoError(t, d.Check(ctx, callFor("web", service)))
		require.Equal(t, service.Subnets, subnets)
		require.Equal(t, service.SecurityGroups, groups)
		service.Cluster = "test"
		err = d.Check(ctx, callFor("web", service))
		require.ErrorIs(t, err, provision.ErrMissing)
		require.EqualError(t, err, "Cluster: ECS cluster test does not exist")
		service.Cluster = "${{cluster.ARN}}"
		require.NoError(t, w.Check(ctx, callFor("web", service)))

		service.Cluster = "test"
		remove := w.Cloud.Inject(denial)
		require.NoError(t, d.Check(ctx, callFor("web", service)), "who may create and not describe is not kept from creating")
		remove()
		w.Cloud.Inject(sim.Fault{Kind: sim.Fail, Err: sim.Error("ExpiredTokenException", "The security token is expired", 400)})
		require.ErrorContains(t, d.Check(ctx, callFor("web", service)), "ExpiredTokenException")
	})
}
