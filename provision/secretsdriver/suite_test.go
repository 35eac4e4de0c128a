package secretsdriver_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/internal/moto"
	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
	"github.com/peppercorn-go/peppercorn/provision/provisiontest"
	"github.com/peppercorn-go/peppercorn/provision/secretsdriver"
	"github.com/peppercorn-go/peppercorn/provision/secretsdriver/secretstest"
)

func TestLookerOnSimulatedSecretsManager(t *testing.T) {
	provisiontest.TestLooker(t, provisiontest.LookHarness{
		Name: "simulated Secrets Manager",
		New: func(t testing.TB) provisiontest.LookWorld {
			cloud := sim.New()
			service := secretstest.Register(cloud)
			w := worldOf(t, secretsmanager.NewFromConfig(cloud.Config()))
			w.Changes = func() (changes []string) {
				for _, call := range cloud.Calls() {
					if call.Op != "DescribeSecret" { // to read a value counts as well
						changes = append(changes, call.Op)
					}
				}
				return changes
			}
			w.Deny = func() { cloud.Inject(denial) }
			t.Cleanup(func() { require.Empty(t, service.Reads()) })
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
			w := worldOf(t, secretsmanager.NewFromConfig(server.Config()))
			w.Changes = func() []string { return nil } // the simulation tells
			return w
		},
		Gaps: map[string]string{"denied": "moto checks no permissions unless all of its services do"},
	})
}

// denial is how Secrets Manager refuses a question that may not be asked.
var denial = sim.Fault{Kind: sim.Fail, Err: sim.Error("AccessDeniedException", "you may not", http.StatusBadRequest)}

const canary = "canary-6f1d2c"

// worldOf is a world with some secrets, behind any client; who stands behind it adds the rest.
func worldOf(t testing.TB, client *secretsmanager.Client) provisiontest.LookWorld {
	ctx := t.Context()
	arn := create(ctx, t, client, "shop/stripe", aws.String(canary))
	create(ctx, t, client, "shop/empty", nil)
	create(ctx, t, client, "shop/deleted", aws.String(canary))
	_, err := client.DeleteSecret(ctx, &secretsmanager.DeleteSecretInput{SecretId: aws.String("shop/deleted")})
	var already *types.InvalidRequestException // by an earlier test: all tests on moto share a server
	require.True(t, err == nil || errors.As(err, &already), "%v", err)

	want := map[string]provision.Value{"ARN": provision.TextValue(arn)}
	spec := func(name string) provision.Spec { return kinds.ExistingSecret{Name: provision.Secret(name)} }
	return provisiontest.LookWorld{
		Looker: secretsdriver.New(client),
		Sights: func(provision.Kind) []provisiontest.Sight {
			return []provisiontest.Sight{
				{Name: "by name", Spec: spec("shop/stripe"), ID: arn, Want: want, Missing: spec("shop/nobody"), Names: "shop/nobody"},
				{Name: "by ARN", Spec: spec(arn), ID: arn, Want: want, Missing: spec(strings.Replace(arn, "us-east-1", "eu-central-1", 1)),
					Names: "the ARN is of the region eu-central-1"},
				{Name: "by name, deleted", Spec: spec("shop/stripe"), Missing: spec("shop/deleted"), Names: "secret shop/deleted: it is scheduled for deletion"},
				{Name: "by name, without a value", Spec: spec("shop/stripe"), Missing: spec("shop/empty"), Names: "secret shop/empty: it has no value yet"},
			}
		},
	}
}

// create makes a secret, unless an earlier test has, and returns its ARN.
func create(ctx context.Context, t testing.TB, client *secretsmanager.Client, name string, value *string) string {
	t.Helper()
	_, err := client.CreateSecret(ctx, &secretsmanager.CreateSecretInput{Name: &name, SecretString: value})
	var (
		exists  *types.ResourceExistsException
		deleted *types.InvalidRequestException
	)
	require.True(t, err == nil || errors.As(err, &exists) || errors.As(err, &deleted), "%v", err)
	out, err := client.DescribeSecret(ctx, &secretsmanager.DescribeSecretInput{SecretId: &name})
	require.NoError(t, err)
	return *out.ARN
}
