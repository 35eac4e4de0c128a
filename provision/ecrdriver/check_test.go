package ecrdriver_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/internal/moto"
	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/ecrdriver"
	"github.com/peppercorn-go/peppercorn/provision/ecrdriver/ecrtest"
)

// world is a simulated ECR with a driver.
type world struct {
	*ecr.Client
	cloud  *sim.Cloud
	ecr    *ecrtest.ECR
	images *ecrdriver.Driver
}

// in runs a test in virtual time.
func in(t *testing.T, f func(ctx context.Context, t *testing.T, w world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		cloud := sim.New(func(o *sim.Options) { o.PageSize = 2 })
		w := world{cloud: cloud, ecr: ecrtest.Register(cloud), Client: ecr.NewFromConfig(cloud.Config())}
		w.images = ecrdriver.New(w.Client)
		f(t.Context(), t, w)
	})
}

// denial is how ECR refuses a question that may not be asked.
var denial = sim.Error("AccessDeniedException", "you may not", http.StatusBadRequest)

func TestImagesThatAreThereAndMissing(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		old, err := w.ecr.Push("shop/web", "v1", "latest")
		require.NoError(t, err)
		moved, err := w.ecr.Push("shop/web", "latest")
		require.NoError(t, err)
		abroad, err := w.ecr.PushTo("210987654321", "eu-central-1", "base", "v1")
		require.NoError(t, err)
		for _, image := range []string{
			old.ByTag("v1"), old.ByDigest(), moved.ByTag("latest"), moved.Registry() + "/shop/web", abroad.ByTag("v1"), abroad.ByDigest(),
			moved.ByTag("no-such-tag") + "@" + moved.Digest, // whoever pulls it takes the digest
		} {
			require.NoError(t, w.images.CheckImage(ctx, image), image)
		}
		for _, image := range []string{
			old.ByTag("v2"), old.Registry() + "/shop/api:v1", old.Registry() + "/shop/web@sha256:" + strings.Repeat("0", 64),
			strings.Replace(old.ByTag("v1"), "us-east-1", "eu-west-1", 1), abroad.ByTag("v2"),
		} {
			err := w.images.CheckImage(ctx, image)
			require.ErrorIs(t, err, provision.ErrMissing, image)
			require.ErrorContains(t, err, "image "+image+" does not exist: ")
		}
		for _, call := range w.cloud.Calls() {
			require.Contains(t, []string{"DescribeImages", "DescribePullThroughCacheRules"}, call.Op)
		}
	})
}

func TestOtherRegistriesAreNotAsked(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		for _, image := range []string{"nginx", "public.ecr.aws/nginx/nginx:1", "ghcr.io/shop/web:v1", ""} {
			require.NoError(t, w.images.CheckImage(ctx, image))
		}
		require.Empty(t, w.cloud.Calls())
	})
}

// ECR makes what a pull through cache holds when it is pulled for the first time, so that it is not there says nothing.
func TestWhatECRWillFetchIsNotMissing(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		registry := "123456789012.dkr.ecr.us-east-1.amazonaws.com/"
		rule := func(prefix string) {
			_, err := w.CreatePullThroughCacheRule(ctx, &ecr.CreatePullThroughCacheRuleInput{
				EcrRepositoryPrefix: &prefix, UpstreamRegistryUrl: aws.String("public.ecr.aws"),
			})
			require.NoError(t, err)
		}
		for _, prefix := range []string{"docker-hub", "ghcr/", "quay"} {
			rule(prefix)
		}
		require.NoError(t, w.images.CheckImage(ctx, registry+"docker-hub/library/nginx:1"))
		require.NoError(t, w.images.CheckImage(ctx, registry+"quay/prometheus/prometheus:v3"), "on the second page")
		require.NoError(t, w.images.CheckImage(ctx, registry+"ghcr/shop/web:1"))
		require.ErrorIs(t, w.images.CheckImage(ctx, registry+"docker-hubs/library/nginx:1"), provision.ErrMissing)
		rule("ROOT")
		require.NoError(t, w.images.CheckImage(ctx, registry+"docker-hubs/library/nginx:1"))
	})
}

func TestAnArchivedImageCannotBePulled(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		image, err := w.ecr.Push("shop/web", "v1")
		require.NoError(t, err)
		require.NoError(t, w.ecr.SetStatus(image, "ARCHIVED"))
		err = w.images.CheckImage(ctx, image.ByTag("v1"))
		require.ErrorIs(t, err, provision.ErrMissing)
		require.ErrorContains(t, err, image.ByTag("v1")+": it is ARCHIVED")
	})
}

func TestWhatIsNotKnownIsNotMissing(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		require.NoError(t, w.images.CheckImage(ctx, "210987654321.dkr.ecr.us-east-1.amazonaws.com/shop/web:v1"), "another account's")
		image := "123456789012.dkr.ecr.us-east-1.amazonaws.com/shop/web:v1"
		for _, op := range []string{"DescribeImages", "DescribePullThroughCacheRules"} {
			remove := w.cloud.Inject(sim.Fault{Kind: sim.Fail, Match: sim.On(ecr.ServiceID, op), Err: denial})
			require.NoError(t, w.images.CheckImage(ctx, image), "a question that may not be asked is no answer: "+op)
			remove()
			broken := errors.New("broken")
			remove = w.cloud.Inject(sim.Fault{Kind: sim.Fail, Match: sim.On(ecr.ServiceID, op), Err: broken})
			err := w.images.CheckImage(ctx, image)
			require.ErrorIs(t, err, broken)
			require.NotErrorIs(t, err, provision.ErrMissing)
			remove()
		}
		require.ErrorIs(t, w.images.CheckImage(ctx, image), provision.ErrMissing)
	})
}

func TestOnMoto(t *testing.T) {
	client := ecr.NewFromConfig(moto.Start(t).Config())
	images := ecrdriver.New(withoutRules{client})
	ctx := t.Context()
	_, err := client.CreateRepository(ctx, &ecr.CreateRepositoryInput{RepositoryName: aws.String("shop/web")})
	require.NoError(t, err)
	pushed, err := client.PutImage(ctx, &ecr.PutImageInput{
		RepositoryName: aws.String("shop/web"), ImageTag: aws.String("v1"),
		ImageManifest: aws.String(`{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","layers":[],"config":{}}`),
	})
	require.NoError(t, err)
	registry := "123456789012.dkr.ecr.us-east-1.amazonaws.com/"
	require.NoError(t, images.CheckImage(ctx, registry+"shop/web:v1"))
	require.NoError(t, images.CheckImage(ctx, registry+"shop/web@"+*pushed.Image.ImageId.ImageDigest))
	for _, image := range []string{"shop/web:v2", "shop/api:v1"} {
		require.ErrorIs(t, images.CheckImage(ctx, registry+image), provision.ErrMissing)
	}
}

// withoutRules answers what moto does not know.
type withoutRules struct{ *ecr.Client }

func (withoutRules) DescribePullThroughCacheRules(
	context.Context, *ecr.DescribePullThroughCacheRulesInput, ...func(*ecr.Options),
) (*ecr.DescribePullThroughCacheRulesOutput, error) {
	return &ecr.DescribePullThroughCacheRulesOutput{}, nil
}
