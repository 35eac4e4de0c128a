package secretstest_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/provision/secretsdriver/secretstest"
)

// in runs a test in virtual time with a client of a simulated Secrets Manager.
func in(t *testing.T, f func(ctx context.Context, t *testing.T, service *secretstest.Secrets, client *secretsmanager.Client)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		cloud := sim.New()
		service := secretstest.Register(cloud)
		f(t.Context(), t, service, secretsmanager.NewFromConfig(cloud.Config(), func(o *secretsmanager.Options) { o.RetryMaxAttempts = 1 }))
	})
}

func TestValuesAreReadOneWayOnly(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, service *secretstest.Secrets, client *secretsmanager.Client) {
		made, err := client.CreateSecret(ctx, &secretsmanager.CreateSecretInput{Name: aws.String("shop/stripe")})
		require.NoError(t, err)
		require.Regexp(t, `^arn:aws:secretsmanager:us-east-1:123456789012:secret:shop/stripe-[A-Za-z0-9]{6}$`, *made.ARN)
		read := func() (string, error) {
			out, err := client.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: made.ARN})
			if err != nil {
				return "", err
			}
			return *out.SecretString, nil
		}
		_, err = read()
		require.ErrorContains(t, err, "AWSCURRENT", "it has no value yet")
		require.Empty(t, service.Reads())
		_, err = client.PutSecretValue(ctx, &secretsmanager.PutSecretValueInput{SecretId: made.Name, SecretString: aws.String("hunter2")})
		require.NoError(t, err)
		out, err := client.DescribeSecret(ctx, &secretsmanager.DescribeSecretInput{SecretId: made.Name})
		require.NoError(t, err)
		require.Len(t, out.VersionIdsToStages, 1)
		require.Empty(t, service.Reads())
		value, err := read()
		require.NoError(t, err)
		require.Equal(t, "hunter2", value)
		require.Equal(t, []secretstest.Read{{Process: "main", ARN: *made.ARN, At: time.Now()}}, service.Reads())
		require.Equal(t, "hunter2", service.Secrets()[0].Value)
	})
}

func TestNamesAndARNs(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, service *secretstest.Secrets, client *secretsmanager.Client) {
		made, err := service.AddSecret("shop", "x")
		require.NoError(t, err)
		describe := func(id string, optFns ...func(*secretsmanager.Options)) error {
			_, err := client.DescribeSecret(ctx, &secretsmanager.DescribeSecretInput{SecretId: &id}, optFns...)
			return err
		}
		require.NoError(t, describe("shop"))
		require.NoError(t, describe(made.ARN))
		require.NoError(t, describe(strings.TrimSuffix(made.ARN, made.ARN[len(made.ARN)-7:])), "a part of an ARN")
		for _, id := range []string{made.ARN + "0", "SHOP", made.ARN[strings.LastIndex(made.ARN, ":")+1:]} {
			require.ErrorContains(t, describe(id), "ResourceNotFoundException", id)
		}
		require.ErrorContains(t, describe(made.ARN, func(o *secretsmanager.Options) { o.Region = "eu-central-1" }), "ResourceNotFoundException")

		_, err = client.CreateSecret(ctx, &secretsmanager.CreateSecretInput{Name: aws.String("shop")})
		var exists *types.ResourceExistsException
		require.ErrorAs(t, err, &exists)
		_, err = client.CreateSecret(ctx, &secretsmanager.CreateSecretInput{Name: aws.String("a b")})
		var invalid *types.InvalidParameterException
		require.ErrorAs(t, err, &invalid)
		_, err = service.AddSecret("new", strings.Repeat("x", 65537))
		require.ErrorContains(t, err, "secretstest: adding new: ")
		require.Len(t, service.Secrets(), 1)
	})
}

func TestDeletionIsScheduled(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, service *secretstest.Secrets, client *secretsmanager.Client) {
		made, err := service.AddSecret("shop", "x")
		require.NoError(t, err)
		id := &made.ARN
		_, err = client.DeleteSecret(ctx, &secretsmanager.DeleteSecretInput{SecretId: id, RecoveryWindowInDays: aws.Int64(6)})
		require.ErrorContains(t, err, "InvalidParameterException")
		_, err = client.DeleteSecret(ctx, &secretsmanager.DeleteSecretInput{SecretId: id, RecoveryWindowInDays: aws.Int64(7)})
		require.NoError(t, err)
		for name, call := range map[string]func() error{
			"read": func() error {
				_, err := client.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: id})
				return err
			},
			"write": func() error {
				_, err := client.PutSecretValue(ctx, &secretsmanager.PutSecretValueInput{SecretId: id, SecretString: aws.String("y")})
				return err
			},
			"make again": func() error {
				_, err := client.CreateSecret(ctx, &secretsmanager.CreateSecretInput{Name: aws.String("shop")})
				return err
			},
		} {
			var refused *types.InvalidRequestException
			require.ErrorAs(t, call(), &refused, name)
		}
		out, err := client.DescribeSecret(ctx, &secretsmanager.DescribeSecretInput{SecretId: id})
		require.NoError(t, err)
		require.Equal(t, time.Now().AddDate(0, 0, 7), *out.DeletedDate)
		time.Sleep(7 * 24 * time.Hour)
		require.Empty(t, service.Secrets())

		again, err := service.AddSecret("shop", "x")
		require.NoError(t, err)
		require.NotEqual(t, made.ARN, again.ARN, "who could read the old one cannot read the new one")
		_, err = client.DeleteSecret(ctx, &secretsmanager.DeleteSecretInput{
			SecretId: aws.String("shop"), ForceDeleteWithoutRecovery: aws.Bool(true),
		})
		require.NoError(t, err)
		require.Empty(t, service.Secrets())
	})
}

func TestRateIsLimited(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, _ *secretstest.Secrets, client *secretsmanager.Client) {
		for range 50 {
			_, err := client.ListSecrets(ctx, &secretsmanager.ListSecretsInput{})
			require.ErrorContains(t, err, "NotSimulated")
		}
		_, err := client.ListSecrets(ctx, &secretsmanager.ListSecretsInput{})
		require.ErrorContains(t, err, "Throttling")
	})
}
