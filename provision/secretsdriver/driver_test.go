package secretsdriver_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/internal/drivertest"
	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
	"github.com/peppercorn-go/peppercorn/provision/secretsdriver"
	"github.com/peppercorn-go/peppercorn/provision/secretsdriver/secretstest"
)

// world is a simulated Secrets Manager with a driver.
type world struct {
	*secretsmanager.Client
	cloud   *sim.Cloud
	secrets *secretstest.Secrets
	driver  *secretsdriver.Driver
}

// in runs a test in virtual time.
func in(t *testing.T, f func(ctx context.Context, t *testing.T, w world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		cloud := sim.New()
		w := world{cloud: cloud, secrets: secretstest.Register(cloud), Client: secretsmanager.NewFromConfig(cloud.Config())}
		w.driver = secretsdriver.New(w.Client)
		f(t.Context(), t, w)
	})
}

func (w world) look(ctx context.Context, name string) (provision.State, error) {
	s, _, err := w.driver.Look(ctx, provision.Call{Node: "stripe", Spec: kinds.ExistingSecret{Name: provision.Secret(name)}}, "")
	return s, err
}

// The value is in the service and must be nowhere else: not in the state, not in an answer, not in an error.
func TestTheValueNeverEntersTheProcess(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		made, err := w.secrets.AddSecret("shop/stripe", canary)
		require.NoError(t, err)
		engine, err := provision.NewEngine([]provision.Driver{w.driver})
		require.NoError(t, err)
		var b provision.Blueprint
		stripe := kinds.AddExistingSecret(&b, "stripe", kinds.ExistingSecret{Name: "${{app}}/stripe"})
		kinds.AddExistingSecret(&b, "again", kinds.ExistingSecret{Name: stripe.ARN()})
		checked, err := engine.Check(ctx, drivertest.Owner("a1"), &b)
		require.NoError(t, err)
		s, err := w.look(ctx, made.ARN)
		require.NoError(t, err)
		require.Equal(t, made.ARN, s.Outputs["ARN"].String())
		require.NotContains(t, fmt.Sprintf("%+v %+v", checked, s), canary)
		for _, call := range w.cloud.Calls() {
			require.Equal(t, "DescribeSecret", call.Op)
			require.NotContains(t, fmt.Sprintf("%+v", call.Output), canary)
		}
		require.Empty(t, w.secrets.Reads())
	})
}

// A value that somebody puts where the name belongs is not sent to AWS, which logs requests, and not shown, as far as one can tell.
func TestAValueForANameIsNotRepeated(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		_, err := w.look(ctx, canary+" $%&")
		require.ErrorContains(t, err, `node "stripe": Name: is neither the name of a secret`)
		require.NotContains(t, err.Error(), canary)
		require.Empty(t, w.cloud.Calls())
	})
}

// An ARN that looks whole may be the beginning of another secret's.
func TestAPartOfAnARNIsRefused(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		made, err := w.secrets.AddSecret("shop-abc123", canary)
		require.NoError(t, err)
		_, err = w.look(ctx, "arn:aws:secretsmanager:us-east-1:123456789012:secret:shop-abc123")
		require.ErrorIs(t, err, provision.ErrMissing)
		require.ErrorContains(t, err, "there is only "+made.ARN)
		_, err = w.look(ctx, made.ARN)
		require.NoError(t, err)
		_, err = w.look(ctx, "arn:aws:secretsmanager:us-east-1:123456789012:secret:shop")
		require.ErrorContains(t, err, "whole ARN")
	})
}

func TestADeletedSecretIsMissingUntilItIsRestored(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		_, err := w.secrets.AddSecret("shop/stripe", canary)
		require.NoError(t, err)
		id := aws.String("shop/stripe")
		_, err = w.DeleteSecret(ctx, &secretsmanager.DeleteSecretInput{SecretId: id})
		require.NoError(t, err)
		_, err = w.look(ctx, *id)
		require.EqualError(t, err, "Name: secret shop/stripe: it is scheduled for deletion (2000-01-31), which RestoreSecret would undo")
		_, err = w.RestoreSecret(ctx, &secretsmanager.RestoreSecretInput{SecretId: id})
		require.NoError(t, err)
		_, err = w.look(ctx, *id)
		require.NoError(t, err)
		_, err = w.DeleteSecret(ctx, &secretsmanager.DeleteSecretInput{SecretId: id})
		require.NoError(t, err)
		time.Sleep(31 * 24 * time.Hour)
		_, err = w.look(ctx, *id)
		require.ErrorContains(t, err, "secret shop/stripe does not exist: ")
	})
}

func TestOtherSpecsAreRefused(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		_, _, err := w.driver.Look(ctx, provision.Call{Node: "stripe", Spec: kinds.ExistingRole{Name: "x"}}, "")
		require.ErrorContains(t, err, `node "stripe": the spec is a kinds.ExistingRole`)
	})
}
