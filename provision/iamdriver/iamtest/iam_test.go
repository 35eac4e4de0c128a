package iamtest_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/provision/iamdriver/iamtest"
)

// in runs a test in virtual time with a client of a simulated IAM.
func in(t *testing.T, f func(ctx context.Context, t *testing.T, service *iamtest.IAM, client *iam.Client)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		cloud := sim.New()
		service := iamtest.Register(cloud)
		f(t.Context(), t, service, iam.NewFromConfig(cloud.Config()))
	})
}

var (
	web    = aws.String("web")
	policy = aws.String("{}")
)

func TestWhatIsNewIsUnknownForAWhile(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, service *iamtest.IAM, client *iam.Client) {
		_, err := client.CreateRole(ctx, &iam.CreateRoleInput{RoleName: web, AssumeRolePolicyDocument: policy})
		require.NoError(t, err)
		_, err = client.CreateInstanceProfile(ctx, &iam.CreateInstanceProfileInput{InstanceProfileName: web})
		require.NoError(t, err)
		var unknown *types.NoSuchEntityException
		_, err = client.GetRole(ctx, &iam.GetRoleInput{RoleName: web})
		require.ErrorAs(t, err, &unknown)
		_, err = client.GetInstanceProfile(ctx, &iam.GetInstanceProfileInput{InstanceProfileName: web})
		require.ErrorAs(t, err, &unknown)

		time.Sleep(2 * time.Second)
		_, err = client.AddRoleToInstanceProfile(ctx, &iam.AddRoleToInstanceProfileInput{InstanceProfileName: web, RoleName: web})
		require.NoError(t, err)
		out, err := client.GetInstanceProfile(ctx, &iam.GetInstanceProfileInput{InstanceProfileName: web})
		require.NoError(t, err)
		require.Empty(t, out.InstanceProfile.Roles)
		time.Sleep(2 * time.Second)
		out, err = client.GetInstanceProfile(ctx, &iam.GetInstanceProfileInput{InstanceProfileName: web})
		require.NoError(t, err)
		require.Equal(t, service.Roles()[0].ARN, *out.InstanceProfile.Roles[0].Arn)
		require.Equal(t, "web", service.InstanceProfiles()[0].Role)
	})
}

func TestRefusals(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, service *iamtest.IAM, client *iam.Client) {
		_, err := service.AddRole("Web")
		require.NoError(t, err)
		_, err = service.AddRole("other")
		require.NoError(t, err)
		_, err = service.AddInstanceProfile("web", "Web")
		require.NoError(t, err)
		for _, tt := range []struct {
			name string
			call func() error
			want string
		}{
			{"a name that differs only in case", func() error {
				_, err := client.CreateRole(ctx, &iam.CreateRoleInput{RoleName: web, AssumeRolePolicyDocument: policy})
				return err
			}, "EntityAlreadyExists"},
			{"an ARN for a name", func() error {
				_, err := client.GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String("arn:aws:iam::123456789012:role/web")})
				return err
			}, "ValidationError"},
			{"a policy that is no JSON", func() error {
				_, err := client.CreateRole(ctx, &iam.CreateRoleInput{RoleName: aws.String("new"), AssumeRolePolicyDocument: aws.String("{")})
				return err
			}, "MalformedPolicyDocument"},
			{"a path without an end", func() error {
				_, err := client.CreateInstanceProfile(ctx, &iam.CreateInstanceProfileInput{InstanceProfileName: aws.String("new"), Path: aws.String("/x")})
				return err
			}, "ValidationError"},
			{"a second role", func() error {
				_, err := client.AddRoleToInstanceProfile(ctx, &iam.AddRoleToInstanceProfileInput{InstanceProfileName: web, RoleName: aws.String("other")})
				return err
			}, "LimitExceeded"},
			{"a role that is used", func() error {
				_, err := client.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: web})
				return err
			}, "DeleteConflict"},
			{"a profile with a role", func() error {
				_, err := client.DeleteInstanceProfile(ctx, &iam.DeleteInstanceProfileInput{InstanceProfileName: web})
				return err
			}, "DeleteConflict"},
			{"a role that is not in it", func() error {
				_, err := client.RemoveRoleFromInstanceProfile(ctx, &iam.RemoveRoleFromInstanceProfileInput{
					InstanceProfileName: web, RoleName: aws.String("other"),
				})
				return err
			}, "NoSuchEntity"},
			{"what is not simulated", func() error {
				_, err := client.ListUsers(ctx, &iam.ListUsersInput{})
				return err
			}, "NotSimulated"},
		} {
			require.ErrorContains(t, tt.call(), tt.want, tt.name)
		}
		require.Len(t, service.Roles(), 2)
		_, err = service.AddInstanceProfile("new", "nobody")
		require.ErrorContains(t, err, "there is no role nobody")
	})
}

func TestDeletion(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, service *iamtest.IAM, client *iam.Client) {
		_, err := service.AddRole("/teams/web")
		require.NoError(t, err)
		_, err = service.AddInstanceProfile("web", "web")
		require.NoError(t, err)
		_, err = client.RemoveRoleFromInstanceProfile(ctx, &iam.RemoveRoleFromInstanceProfileInput{InstanceProfileName: web, RoleName: web})
		require.NoError(t, err)
		_, err = client.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: web})
		require.NoError(t, err)
		_, err = client.DeleteInstanceProfile(ctx, &iam.DeleteInstanceProfileInput{InstanceProfileName: web})
		require.NoError(t, err)
		require.Empty(t, service.Roles())
		require.Empty(t, service.InstanceProfiles())
	})
}

func TestRateIsLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := sim.New()
		service := iamtest.Register(cloud, func(o *iamtest.Options) { o.Rate, o.Burst = 1, 1 })
		_, err := service.AddRole("web")
		require.NoError(t, err)
		client := iam.NewFromConfig(cloud.Config(), func(o *iam.Options) { o.RetryMaxAttempts = 1 })
		_, err = client.GetRole(t.Context(), &iam.GetRoleInput{RoleName: web})
		require.NoError(t, err)
		_, err = client.GetRole(t.Context(), &iam.GetRoleInput{RoleName: web})
		require.ErrorContains(t, err, "Throttling")
	})
}
