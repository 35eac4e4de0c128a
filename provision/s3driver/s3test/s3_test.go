package s3test_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/provision/s3driver/s3test"
)

// world is a service and a client of it.
type world struct {
	*s3.Client
	service *s3test.S3
	cloud   *sim.Cloud
}

// in runs a test in a bubble of virtual time, in a region.
func in(t *testing.T, region string, test func(ctx context.Context, t *testing.T, w world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		cloud := sim.New(func(o *sim.Options) { o.PageSize, o.Region = 2, region })
		service := s3test.Register(cloud)
		test(t.Context(), t, world{s3.NewFromConfig(cloud.Config()), service, cloud})
	})
}

func (w world) create(ctx context.Context, name, constraint string, tags ...types.Tag) error {
	_, err := w.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: &name, CreateBucketConfiguration: &types.CreateBucketConfiguration{
		LocationConstraint: types.BucketLocationConstraint(constraint), Tags: tags,
	}})
	return err
}

func tag(k, v string) types.Tag { return types.Tag{Key: &k, Value: &v} }

// code of an error, or nothing.
func code(err error) string {
	if err == nil {
		return ""
	}
	var refusal smithy.APIError
	if errors.As(err, &refusal) {
		return refusal.ErrorCode()
	}
	return err.Error()
}

func TestNames(t *testing.T) {
	in(t, "eu-central-1", func(ctx context.Context, t *testing.T, w world) {
		for name, good := range map[string]bool{
			"abc": true, "a.b-c9": true, strings.Repeat("x", 63): true,
			"ab": false, strings.Repeat("x", 64): false, "Abc": false, "a_b": false, "-abc": false, "abc-": false, "a..b": false,
			"192.0.2.1": false, "xn--abc": false, "sthree-abc": false, "abc-s3alias": false, "abc--x-s3": false, "abc-an": false,
		} {
			want := "InvalidBucketName"
			if good {
				want = ""
			}
			require.Equal(t, want, code(w.create(ctx, name, "eu-central-1")), name)
		}
	})
}

func TestLocationConstraints(t *testing.T) {
	for _, tt := range []struct{ region, constraint, want string }{
		{"us-east-1", "", ""},
		{"us-east-1", "us-east-1", "InvalidArgument"},
		{"us-east-1", "eu-central-1", "IllegalLocationConstraintException"},
		{"eu-central-1", "eu-central-1", ""},
		{"eu-central-1", "", "IllegalLocationConstraintException"},
		{"eu-central-1", "us-west-2", "IllegalLocationConstraintException"},
	} {
		in(t, tt.region, func(ctx context.Context, t *testing.T, w world) {
			require.Equal(t, tt.want, code(w.create(ctx, "abc", tt.constraint)), tt)
		})
	}
}

func TestCreatingOnceMore(t *testing.T) {
	in(t, "us-east-1", func(ctx context.Context, t *testing.T, w world) {
		require.NoError(t, w.create(ctx, "abc", ""))
		require.Equal(t, "OperationAborted", code(w.create(ctx, "abc", "")), "the first is not settled")
		time.Sleep(time.Second)
		require.NoError(t, w.create(ctx, "abc", ""))
		require.Equal(t, 1, w.service.Buckets()[0].Resets)
		require.Equal(t, "BucketAlreadyOwnedByYou", code(w.create(ctx, "abc", "", tag("a", "b"))), "with tags it is refused")
		require.Empty(t, w.service.Buckets()[0].Tags)
		_, err := w.service.AddBucketOfAnotherAccount("theirs", nil)
		require.NoError(t, err)
		require.Equal(t, "BucketAlreadyExists", code(w.create(ctx, "theirs", "")))
		_, err = w.GetBucketTagging(ctx, &s3.GetBucketTaggingInput{Bucket: aws.String("theirs")})
		require.Equal(t, "AccessDenied", code(err))
	})
	in(t, "eu-central-1", func(ctx context.Context, t *testing.T, w world) {
		require.NoError(t, w.create(ctx, "abc", "eu-central-1"))
		time.Sleep(time.Second)
		require.Equal(t, "BucketAlreadyOwnedByYou", code(w.create(ctx, "abc", "eu-central-1")))
	})
}

func TestNewBucketIsUnknownForAMoment(t *testing.T) {
	in(t, "us-east-1", func(ctx context.Context, t *testing.T, w world) {
		require.NoError(t, w.create(ctx, "abc", "", tag("a", "b")))
		head := func() error {
			_, err := w.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: aws.String("abc")})
			return err
		}
		var missing *types.NotFound
		require.ErrorAs(t, head(), &missing)
		_, err := w.GetBucketTagging(ctx, &s3.GetBucketTaggingInput{Bucket: aws.String("abc")})
		require.Equal(t, "NoSuchBucket", code(err))
		list, err := w.ListBuckets(ctx, &s3.ListBucketsInput{})
		require.NoError(t, err)
		require.Empty(t, list.Buckets)
		time.Sleep(time.Second)
		require.NoError(t, head())
		_, err = w.GetBucketTagging(ctx, &s3.GetBucketTaggingInput{Bucket: aws.String("abc")})
		require.Equal(t, "NoSuchTagSet", code(err))
		time.Sleep(time.Second)
		out, err := w.GetBucketTagging(ctx, &s3.GetBucketTaggingInput{Bucket: aws.String("abc")})
		require.NoError(t, err)
		require.Len(t, out.TagSet, 1)
	})
}

func TestDeletedBucketLingersAndReservesItsName(t *testing.T) {
	in(t, "us-east-1", func(ctx context.Context, t *testing.T, w world) {
		_, err := w.service.AddBucket("abc", nil)
		require.NoError(t, err)
		_, err = w.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: aws.String("abc")})
		require.NoError(t, err)
		require.Empty(t, w.service.Buckets())
		list, err := w.ListBuckets(ctx, &s3.ListBucketsInput{})
		require.NoError(t, err)
		require.Len(t, list.Buckets, 1)
		_, err = w.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: aws.String("abc")})
		require.Equal(t, "NoSuchBucket", code(err))
		require.Equal(t, "OperationAborted", code(w.create(ctx, "abc", "")))
		time.Sleep(10 * time.Second)
		list, err = w.ListBuckets(ctx, &s3.ListBucketsInput{})
		require.NoError(t, err)
		require.Empty(t, list.Buckets)
		require.NoError(t, w.create(ctx, "abc", ""))
	})
}

func TestTags(t *testing.T) {
	in(t, "us-east-1", func(ctx context.Context, t *testing.T, w world) {
		many := make([]types.Tag, 51)
		for i := range many {
			many[i] = tag(fmt.Sprint("k", i), "v")
		}
		for name, tt := range map[string]struct {
			tags []types.Tag
			want string
		}{
			"the alphabet":  {[]types.Tag{tag("a:b/c", "x +-=._:/@ 9")}, ""},
			"empty value":   {[]types.Tag{tag("a", "")}, ""},
			"parentheses":   {[]types.Tag{tag("a", "feat(api)")}, "InvalidTag"},
			"beyond ASCII":  {[]types.Tag{tag("a", "é")}, "InvalidTag"},
			"reserved":      {[]types.Tag{tag("AWS:a", "b")}, "InvalidTag"},
			"twice":         {[]types.Tag{tag("a", "b"), tag("a", "c")}, "InvalidTag"},
			"long value":    {[]types.Tag{tag("a", strings.Repeat("x", 257))}, "InvalidTag"},
			"long key":      {[]types.Tag{tag(strings.Repeat("x", 129), "")}, "InvalidTag"},
			"too many":      {many, "BadRequest"},
			"just not that": {many[:50], ""},
		} {
			bucket := "b-" + strings.ReplaceAll(name, " ", "-")
			if err := w.create(ctx, strings.ToLower(strings.ReplaceAll(bucket, "ASCII", "ascii")), "", tt.tags...); code(err) != tt.want {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestVersions(t *testing.T) {
	in(t, "us-east-1", func(ctx context.Context, t *testing.T, w world) {
		bucket := aws.String("abc")
		_, err := w.service.AddBucket("abc", nil)
		require.NoError(t, err)
		put := func(key string) *string {
			out, err := w.PutObject(ctx, &s3.PutObjectInput{Bucket: bucket, Key: &key, Body: strings.NewReader("x")})
			require.NoError(t, err)
			return out.VersionId
		}
		put("a")
		put("a")
		require.Equal(t, 1, w.service.Buckets()[0].Versions, "without versioning the new one replaces the old one")
		_, err = w.PutBucketVersioning(ctx, &s3.PutBucketVersioningInput{Bucket: bucket, VersioningConfiguration: &types.VersioningConfiguration{Status: "Enabled"}})
		require.NoError(t, err)
		put("a")
		put("b")
		_, err = w.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: bucket, Key: aws.String("a")})
		require.NoError(t, err)
		var seen []string
		pages := s3.NewListObjectVersionsPaginator(w.Client, &s3.ListObjectVersionsInput{Bucket: bucket})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			require.NoError(t, err)
			for _, v := range page.Versions {
				seen = append(seen, fmt.Sprintf("%s %s %v", *v.Key, *v.VersionId, *v.IsLatest))
			}
			for _, v := range page.DeleteMarkers {
				seen = append(seen, fmt.Sprintf("%s %s %v marker", *v.Key, *v.VersionId, *v.IsLatest))
			}
		}
		require.ElementsMatch(t, []string{
			"a v00000003 true marker", "a v00000001 false", "a null false", "b v00000002 true",
		}, seen)
		_, err = w.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: bucket})
		require.Equal(t, "BucketNotEmpty", code(err))
	})
}

// The answer to HEAD has no body, so a missing bucket, a missing object and a deleted one look alike.
func TestObjectsCanBeLookedFor(t *testing.T) {
	in(t, "us-east-1", func(ctx context.Context, t *testing.T, w world) {
		_, err := w.service.AddBucket("abc", nil)
		require.NoError(t, err)
		_, err = w.service.AddBucketOfAnotherAccount("theirs", nil)
		require.NoError(t, err)
		_, err = w.PutBucketVersioning(ctx, &s3.PutBucketVersioningInput{
			Bucket: aws.String("abc"), VersioningConfiguration: &types.VersioningConfiguration{Status: "Enabled"},
		})
		require.NoError(t, err)
		require.NoError(t, w.service.AddObject("abc", "here"))
		require.NoError(t, w.service.AddObject("abc", "deleted"))
		_, err = w.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: aws.String("abc"), Key: aws.String("deleted")})
		require.NoError(t, err)
		require.ErrorContains(t, w.service.AddObject("nowhere", "x"), "s3test: adding x to nowhere")
		for _, tt := range []struct {
			bucket, key, region string
			version             *string
			want                string // code
		}{
			{bucket: "abc", key: "here"},
			{bucket: "abc", key: "here", version: aws.String("v00000001")},
			{bucket: "abc", key: "here", version: aws.String("v00000009"), want: "NotFound"},
			{bucket: "abc", key: "deleted", want: "NotFound"},
			{bucket: "abc", key: "deleted", version: aws.String("v00000002")},
			{bucket: "abc", key: "gone", want: "NotFound"},
			{bucket: "nowhere", key: "here", want: "NotFound"},
			{bucket: "theirs", key: "here", want: "Forbidden"},
			{bucket: "abc", key: "here", region: "eu-central-1", want: "MovedPermanently"},
		} {
			_, err := w.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &tt.bucket, Key: &tt.key, VersionId: tt.version}, func(o *s3.Options) {
				o.Region = cmp.Or(tt.region, o.Region)
			})
			require.Equal(t, tt.want, code(err), "%+v: %v", tt, err)
		}
	})
}

func TestOtherRegionsAreRedirectedAndRatesAreLimited(t *testing.T) {
	in(t, "us-east-1", func(ctx context.Context, t *testing.T, w world) {
		_, err := w.service.AddBucket("abc", nil)
		require.NoError(t, err)
		cfg := w.cloud.Config()
		cfg.Region = "eu-central-1"
		_, err = s3.NewFromConfig(cfg).GetBucketVersioning(ctx, &s3.GetBucketVersioningInput{Bucket: aws.String("abc")})
		require.Equal(t, "PermanentRedirect", code(err))
	})
	synctest.Test(t, func(t *testing.T) {
		cloud := sim.New()
		s3test.Register(cloud, func(o *s3test.Options) { o.Rate, o.Burst = 1, 1 })
		client := s3.NewFromConfig(cloud.Config(), func(o *s3.Options) { o.RetryMaxAttempts = 1 })
		_, err := client.ListBuckets(t.Context(), &s3.ListBucketsInput{})
		require.NoError(t, err)
		_, err = client.ListBuckets(t.Context(), &s3.ListBucketsInput{})
		require.Equal(t, "SlowDown", code(err))
	})
}
