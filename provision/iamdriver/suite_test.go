package iamdriver_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/internal/moto"
	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/iamdriver"
	"github.com/peppercorn-go/peppercorn/provision/iamdriver/iamtest"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
	"github.com/peppercorn-go/peppercorn/provision/provisiontest"
)

func TestLookerOnSimulatedIAM(t *testing.T) {
	provisiontest.TestLooker(t, provisiontest.LookHarness{
		Name: "simulated IAM",
		New: func(t testing.TB) provisiontest.LookWorld {
			cloud := sim.New()
			iamtest.Register(cloud)
			client := iam.NewFromConfig(cloud.Config())
			w := worldOf(t, client, iamdriver.New(client))
			w.Changes = func() (changes []string) {
				for _, call := range cloud.Calls() {
					if !strings.HasPrefix(call.Op, "Get") {
						changes = append(changes, call.Op)
					}
				}
				return changes
			}
			w.Deny = func() {
				cloud.Inject(sim.Fault{Kind: sim.Fail, Err: sim.Error("AccessDenied", "not authorized to perform: iam:GetRole", http.StatusForbidden)})
			}
			return w
		},
	})
}

func TestLookerOnMoto(t *testing.T) {
	server := moto.Start(t)
	provisiontest.TestLooker(t, provisiontest.LookHarness{
		Name:     "moto",
		RealTime: true,
		New: func(t testing.TB) provisiontest.LookWorld {
			client := iam.NewFromConfig(server.Config())
			w := worldOf(t, client, iamdriver.New(client, func(o *iamdriver.Options) { o.Appear = 0 })) // moto is consistent
			w.Changes = func() []string { return nil }                                                  // the simulation tells
			return w
		},
		Gaps: map[string]string{"denied": "moto checks no permissions unless all of its services do"},
	})
}

// worldOf is a world with a role and an instance profile, behind any client; who stands behind it adds the rest.
func worldOf(t testing.TB, client *iam.Client, driver *iamdriver.Driver) provisiontest.LookWorld {
	ctx := t.Context()
	make := func(path, name string) {
		_, err := client.CreateRole(ctx, &iam.CreateRoleInput{
			RoleName: &name, Path: &path, AssumeRolePolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[]}`),
		})
		require.NoError(t, unlessThere(err))
		_, err = client.CreateInstanceProfile(ctx, &iam.CreateInstanceProfileInput{InstanceProfileName: &name, Path: &path})
		require.NoError(t, unlessThere(err))
	}
	make("/teams/shop/", "web")
	make("/", "empty")
	pause(t, client)
	_, err := client.AddRoleToInstanceProfile(ctx, &iam.AddRoleToInstanceProfileInput{
		InstanceProfileName: aws.String("web"), RoleName: aws.String("web"),
	})
	require.NoError(t, unlessThere(err))

	const role, profile = "arn:aws:iam::123456789012:role/teams/shop/web", "arn:aws:iam::123456789012:instance-profile/teams/shop/web"
	return provisiontest.LookWorld{
		Looker: driver,
		Sights: func(kind provision.Kind) []provisiontest.Sight {
			if kind == kinds.ExistingRoleKind {
				return sightsOf(role, func(name string) provision.Spec { return kinds.ExistingRole{Name: provision.Text(name)} })
			}
			return append(
				sightsOf(profile, func(name string) provision.Spec { return kinds.ExistingInstanceProfile{Name: provision.Text(name)} }),
				provisiontest.Sight{
					Name: "without a role", Spec: kinds.ExistingInstanceProfile{Name: "web"},
					Missing: kinds.ExistingInstanceProfile{Name: "empty"}, Names: "has no role in it",
				})
		},
	}
}

// sightsOf are the ways to name a thing of IAM.
func sightsOf(arn string, spec func(string) provision.Spec) []provisiontest.Sight {
	want := map[string]provision.Value{"ARN": provision.TextValue(arn), "Name": provision.TextValue("web")}
	return []provisiontest.Sight{
		{Name: "by name", Spec: spec("web"), ID: arn, Want: want, Missing: spec("nobody"), Names: "nobody"},
		{Name: "by ARN", Spec: spec(arn), ID: arn, Want: want, Missing: spec(strings.Replace(arn, "web", "nobody", 1)), Names: "shop/nobody"},
		{Name: "of another account", Spec: spec(arn), Missing: spec(strings.Replace(arn, "123456789012", "210987654321", 1)),
			Names: "in this account is " + arn},
		{Name: "with another path", Spec: spec(arn), Missing: spec(strings.Replace(arn, "teams/shop/", "", 1)), Names: "in this account is " + arn},
	}
}

// pause waits until what was just made is known.
func pause(t testing.TB, client *iam.Client) {
	err := iam.NewRoleExistsWaiter(client).Wait(t.Context(), &iam.GetRoleInput{RoleName: aws.String("empty")}, time.Minute)
	require.NoError(t, err)
}

// unlessThere forgives that an earlier test has made it: all tests on moto share a server.
func unlessThere(err error) error {
	var exists *types.EntityAlreadyExistsException
	var full *types.LimitExceededException
	if errors.As(err, &exists) || errors.As(err, &full) {
		return nil
	}
	return err
}

// call asks for a spec.
func call(spec provision.Spec) provision.Call { return provision.Call{Node: "found", Spec: spec} }

// look finds a spec, or not.
func look(ctx context.Context, d *iamdriver.Driver, spec provision.Spec) (provision.State, error) {
	s, _, err := d.Look(ctx, call(spec), "")
	return s, err
}
