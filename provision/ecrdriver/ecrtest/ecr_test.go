package ecrtest_test

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/provision/ecrdriver/ecrtest"
)

// in runs a test in virtual time with a client of a simulated ECR.
func in(t *testing.T, f func(ctx context.Context, t *testing.T, service *ecrtest.ECR, client *ecr.Client)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		cloud := sim.New(func(o *sim.Options) { o.PageSize = 2 })
		service := ecrtest.Register(cloud)
		f(t.Context(), t, service, ecr.NewFromConfig(cloud.Config(), func(o *ecr.Options) { o.RetryMaxAttempts = 1 }))
	})
}

func TestTagsMoveAndDigestsStay(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, service *ecrtest.ECR, client *ecr.Client) {
		first, err := service.Push("shop/web", "v1", "latest")
		require.NoError(t, err)
		second, err := service.Push("shop/web", "latest")
		require.NoError(t, err)
		require.NotEqual(t, first.Digest, second.Digest)
		out, err := client.DescribeImages(ctx, &ecr.DescribeImagesInput{
			RepositoryName: aws.String("shop/web"), ImageIds: []types.ImageIdentifier{{ImageTag: aws.String("latest")}, {ImageDigest: &second.Digest}},
		})
		require.NoError(t, err)
		require.Len(t, out.ImageDetails, 1)
		require.Equal(t, second.Digest, *out.ImageDetails[0].ImageDigest)
		require.Equal(t, []string{"latest"}, out.ImageDetails[0].ImageTags)
		for _, image := range service.Images() {
			if image.Digest == first.Digest {
				require.Equal(t, []string{"v1"}, image.Tags)
			}
		}
		require.Equal(t, "123456789012.dkr.ecr.us-east-1.amazonaws.com/shop/web:v1", first.ByTag("v1"))
	})
}

func TestPages(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, service *ecrtest.ECR, client *ecr.Client) {
		for range 5 {
			_, err := service.Push("shop/web")
			require.NoError(t, err)
		}
		n, pages := 0, ecr.NewDescribeImagesPaginator(client, &ecr.DescribeImagesInput{RepositoryName: aws.String("shop/web")})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			require.NoError(t, err)
			require.LessOrEqual(t, len(page.ImageDetails), 2)
			n += len(page.ImageDetails)
		}
		require.Equal(t, 5, n)
	})
}

func TestRefusals(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, service *ecrtest.ECR, client *ecr.Client) {
		first, err := service.Push("shop/web", "v1")
		require.NoError(t, err)
		_, err = service.Push("shop/web", "v2")
		require.NoError(t, err)
		describe := func(repository string, account *string, id types.ImageIdentifier, optFns ...func(*ecr.Options)) error {
			_, err := client.DescribeImages(ctx, &ecr.DescribeImagesInput{
				RegistryId: account, RepositoryName: &repository, ImageIds: []types.ImageIdentifier{id},
			}, optFns...)
			return err
		}
		v1 := types.ImageIdentifier{ImageTag: aws.String("v1")}
		require.NoError(t, describe("shop/web", nil, v1))
		require.NoError(t, describe("shop/web", &first.Account, v1))
		for want, err := range map[string]error{
			"RepositoryNotFoundException":                 describe("shop/api", nil, v1),
			"ImageNotFoundException":                      describe("shop/web", nil, types.ImageIdentifier{ImageTag: aws.String("v3")}),
			"does not exist within":                       describe("shop/web", nil, types.ImageIdentifier{ImageTag: aws.String("v2"), ImageDigest: &first.Digest}),
			"the registry with id '210987654321' because": describe("shop/web", aws.String("210987654321"), v1),
			"'repositoryName'":                            describe("Shop", nil, v1),
			"a tag or a digest":                           describe("shop/web", nil, types.ImageIdentifier{}),
			"'registryId'":                                describe("shop/web", aws.String("12"), v1),
		} {
			require.ErrorContains(t, err, want)
		}
		require.ErrorContains(t, describe("shop/web", nil, v1, func(o *ecr.Options) { o.Region = "eu-west-1" }), "RepositoryNotFoundException")
		_, err = client.ListImages(ctx, &ecr.ListImagesInput{RepositoryName: aws.String("shop/web")})
		require.ErrorContains(t, err, "NotSimulated")
		_, err = service.Push("Shop")
		require.ErrorContains(t, err, "ecrtest: pushing to Shop")
		_, err = service.Push("shop", "a b")
		require.ErrorContains(t, err, "is no tag")
		require.ErrorContains(t, service.SetStatus(ecrtest.Image{Account: "1"}, "ACTIVE"), "there is no image")
	})
}

func TestPullThroughCacheRules(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, _ *ecrtest.ECR, client *ecr.Client) {
		create := func(prefix string) error {
			_, err := client.CreatePullThroughCacheRule(ctx, &ecr.CreatePullThroughCacheRuleInput{
				EcrRepositoryPrefix: &prefix, UpstreamRegistryUrl: aws.String("quay.io"),
			})
			return err
		}
		for _, prefix := range []string{"quay", "ghcr", "ROOT"} {
			require.NoError(t, create(prefix))
		}
		require.ErrorContains(t, create("quay"), "PullThroughCacheRuleAlreadyExistsException")
		require.ErrorContains(t, create("x"), "InvalidParameterException")
		out, err := client.DescribePullThroughCacheRules(ctx, &ecr.DescribePullThroughCacheRulesInput{})
		require.NoError(t, err)
		require.Len(t, out.PullThroughCacheRules, 2)
		require.NotNil(t, out.NextToken)
	})
}

func TestRateIsLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := sim.New()
		ecrtest.Register(cloud, func(o *ecrtest.Options) { o.Rate, o.Burst = 1, 1 })
		client := ecr.NewFromConfig(cloud.Config(), func(o *ecr.Options) { o.RetryMaxAttempts = 1 })
		for _, want := range []string{"RepositoryNotFoundException", "ThrottlingException"} {
			_, err := client.DescribeImages(t.Context(), &ecr.DescribeImagesInput{RepositoryName: aws.String("shop/web")})
			require.ErrorContains(t, err, want)
		}
	})
}
