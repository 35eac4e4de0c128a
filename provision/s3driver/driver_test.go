package s3driver_test

import (
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

	"github.com/peppercorn-go/peppercorn/internal/drivertest"
	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/internal/taglist"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
	"github.com/peppercorn-go/peppercorn/provision/s3driver"
	"github.com/peppercorn-go/peppercorn/provision/s3driver/s3test"
)

// world is a driver on a simulated S3.
type world struct {
	*s3driver.Driver
	drivertest.Lab
	service *s3test.S3
	client  *s3.Client
}

// in runs a test in a bubble of virtual time, in a region.
func in(t *testing.T, region string, test func(ctx context.Context, t *testing.T, w world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		cloud := sim.New(func(o *sim.Options) { o.PageSize, o.Region = 2, region })
		service := s3test.Register(cloud)
		client := s3.NewFromConfig(cloud.Config())
		driver := s3driver.New(client)
		test(t.Context(), t, world{driver, drivertest.NewLab(cloud, driver), service, client})
	})
}

const frankfurt, virginia = "eu-central-1", "us-east-1"

// uploads is a call for a bucket of an attempt.
func uploads(attempt string, b kinds.Bucket) provision.Call {
	return provision.Call{Owner: drivertest.Owner(attempt), Node: "uploads", Spec: b}
}

func TestBucketIsMadeAsTheBlueprintSays(t *testing.T) {
	for _, region := range []string{frankfurt, virginia} {
		in(t, region, func(ctx context.Context, t *testing.T, w world) {
			c := uploads("a1", kinds.Bucket{Versioned: true, KMSKey: "alias/shop"})
			c.Keep = true
			s := w.Made(ctx, t, c)
			require.Equal(t, c.Name(63, ""), s.Name)
			require.Equal(t, s.Name, s.ID)
			require.Equal(t, c.Owner, s.Owner)
			require.True(t, s.Keep)
			require.Equal(t, map[string]provision.Value{
				"Name":           provision.TextValue(s.Name),
				"ARN":            provision.TextValue("arn:aws:s3:::" + s.Name),
				"RegionalDomain": provision.TextValue(s.Name + ".s3." + region + ".amazonaws.com"),
			}, s.Outputs)
			bucket := w.service.Buckets()[0]
			bucket.Created = time.Time{}
			require.Equal(t, s3test.Bucket{
				Name: s.Name, Region: region, Account: "123456789012", Tags: c.Tags(), Private: true,
				Encryption: "aws:kms", KMSKey: "alias/shop", Versioning: "Enabled",
			}, bucket)
		})
	}
}

// A bucket is born private and encrypted, so the zero value costs one call that changes something.
func TestPlainBucketIsOneWrite(t *testing.T) {
	in(t, frankfurt, func(ctx context.Context, t *testing.T, w world) {
		w.Made(ctx, t, uploads("a1", kinds.Bucket{}))
		for _, call := range w.Cloud.Calls() {
			require.False(t, strings.HasPrefix(call.Op, "Put"), call.Op)
		}
		require.Equal(t, 1, w.Times("CreateBucket"))
		require.True(t, w.service.Buckets()[0].Private)
		require.Equal(t, "AES256", w.service.Buckets()[0].Encryption)
	})
}

func TestLostReplyMakesOneBucket(t *testing.T) {
	for _, region := range []string{frankfurt, virginia} {
		in(t, region, func(ctx context.Context, t *testing.T, w world) {
			w.Cloud.Inject(sim.Fault{Match: sim.On("S3", "CreateBucket"), Times: 1, Kind: sim.LostReply})
			s := w.Made(ctx, t, uploads("a1", kinds.Bucket{}))
			require.GreaterOrEqual(t, w.Times("CreateBucket"), 2)
			require.Equal(t, s, w.Made(ctx, t, uploads("a1", kinds.Bucket{})))
			require.Len(t, w.service.Buckets(), 1)
			require.Zero(t, w.service.Buckets()[0].Resets)
		})
	}
}

// A program that is killed anywhere between the first call and the last leaves a bucket that the next run finishes.
func TestCrashBetweenTheStepsIsCompleted(t *testing.T) {
	c := uploads("a1", kinds.Bucket{Versioned: true, KMSKey: "alias/shop"})
	for _, when := range []sim.When{sim.Before, sim.After} {
		for k, done := 1, false; !done; k++ {
			in(t, frankfurt, func(ctx context.Context, t *testing.T, w world) {
				require.Less(t, k, 50)
				first := w.Cloud.Process("first")
				first.CrashAt(k, when)
				_, err := s3driver.New(s3.NewFromConfig(first.Config())).Create(ctx, c)
				if done = !first.Crashed(); done {
					require.NoError(t, err)
					return
				}
				for _, bucket := range w.service.Buckets() {
					require.Equal(t, c.Tags(), bucket.Tags, "what exists is ours from birth")
					require.True(t, bucket.Private)
				}
				s := w.Made(ctx, t, c)
				require.Len(t, w.service.Buckets(), 1)
				bucket := w.service.Buckets()[0]
				require.Equal(t, s.ID, bucket.Name)
				require.Equal(t, "Enabled alias/shop", bucket.Versioning+" "+bucket.KMSKey)
			})
		}
	}
}

func TestStrangersBucketIsNeverAdopted(t *testing.T) {
	c, other := uploads("a1", kinds.Bucket{Versioned: true}), uploads("a2", kinds.Bucket{})
	for name, add := range map[string]func(s *s3test.S3, name string) (s3test.Bucket, error){
		"without tags":      func(s *s3test.S3, name string) (s3test.Bucket, error) { return s.AddBucket(name, nil) },
		"another attempt's": func(s *s3test.S3, name string) (s3test.Bucket, error) { return s.AddBucket(name, other.Tags()) },
		"another account's": func(s *s3test.S3, name string) (s3test.Bucket, error) { return s.AddBucketOfAnotherAccount(name, nil) },
		"with our tags on it": func(s *s3test.S3, name string) (s3test.Bucket, error) {
			return s.AddBucketOfAnotherAccount(name, c.Tags())
		},
	} {
		for _, region := range []string{frankfurt, virginia} {
			t.Run(name+" in "+region, func(t *testing.T) {
				in(t, region, func(ctx context.Context, t *testing.T, w world) {
					before, err := add(w.service, c.Name(63, ""))
					require.NoError(t, err)
					_, err = w.Create(ctx, c)
					var foreign *provision.ForeignError
					require.ErrorAs(t, err, &foreign)
					require.ErrorIs(t, err, provision.ErrForeign)
					require.Equal(t, before.Name, foreign.ID)
					require.Equal(t, "uploads", foreign.Node)

					err = w.Delete(ctx, provision.State{ID: before.Name, Owner: c.Owner, Node: "uploads", Kind: kinds.BucketKind})
					require.Error(t, err)
					require.Equal(t, []s3test.Bucket{before}, w.service.Buckets(), "not even its access control list is reset")
				})
			})
		}
	}
}

// In us-east-1 S3 may say that it made a bucket which was there.
func TestSuccessIsNoProof(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := sim.New()
		service := s3test.Register(cloud, func(o *s3test.Options) { o.ResetWithTags = true })
		driver := s3driver.New(s3.NewFromConfig(cloud.Config()))
		c := uploads("a1", kinds.Bucket{Versioned: true})
		theirs, err := service.AddBucket(c.Name(63, ""), uploads("a2", kinds.Bucket{}).Tags())
		require.NoError(t, err)
		_, err = driver.Create(t.Context(), c)
		require.ErrorIs(t, err, provision.ErrForeign)
		require.Equal(t, theirs.Tags, service.Buckets()[0].Tags)
		require.Empty(t, service.Buckets()[0].Versioning)

		ours := uploads("a3", kinds.Bucket{Versioned: true})
		for range 2 {
			_, err = driver.Create(t.Context(), ours)
			require.NoError(t, err)
		}
		require.Len(t, service.Buckets(), 2)
	})
}

func TestHandEditsAreNamedAndLeft(t *testing.T) {
	encrypt := func(key string) *s3.PutBucketEncryptionInput {
		return &s3.PutBucketEncryptionInput{ServerSideEncryptionConfiguration: &types.ServerSideEncryptionConfiguration{
			Rules: []types.ServerSideEncryptionRule{{ApplyServerSideEncryptionByDefault: &types.ServerSideEncryptionByDefault{
				SSEAlgorithm: types.ServerSideEncryptionAwsKms, KMSMasterKeyID: aws.String(key),
			}}},
		}}
	}
	version := func(ctx context.Context, w world, name string, status types.BucketVersioningStatus) error {
		_, err := w.client.PutBucketVersioning(ctx, &s3.PutBucketVersioningInput{
			Bucket: &name, VersioningConfiguration: &types.VersioningConfiguration{Status: status},
		})
		return err
	}
	for _, tt := range []struct {
		name   string
		bucket kinds.Bucket
		edit   func(ctx context.Context, w world, name string) error
		want   string
	}{
		{"opened", kinds.Bucket{}, func(ctx context.Context, w world, name string) error {
			_, err := w.client.PutPublicAccessBlock(ctx, &s3.PutPublicAccessBlockInput{
				Bucket: &name, PublicAccessBlockConfiguration: &types.PublicAccessBlockConfiguration{BlockPublicAcls: aws.Bool(true)},
			})
			return err
		}, "public access: it is not blocked"},
		{"another key", kinds.Bucket{KMSKey: "alias/shop"}, func(ctx context.Context, w world, name string) error {
			in := encrypt("alias/other")
			in.Bucket = &name
			_, err := w.client.PutBucketEncryption(ctx, in)
			return err
		}, "encryption: it is aws:kms with alias/other, not aws:kms with alias/shop"},
		{"a key", kinds.Bucket{}, func(ctx context.Context, w world, name string) error {
			in := encrypt("alias/other")
			in.Bucket = &name
			_, err := w.client.PutBucketEncryption(ctx, in)
			return err
		}, "encryption: it is aws:kms with alias/other, not AES256"},
		{"suspended", kinds.Bucket{Versioned: true}, func(ctx context.Context, w world, name string) error {
			return version(ctx, w, name, types.BucketVersioningStatusSuspended)
		}, "versioning: it is Suspended, not Enabled"},
		{"versioned", kinds.Bucket{}, func(ctx context.Context, w world, name string) error {
			return version(ctx, w, name, types.BucketVersioningStatusEnabled)
		}, "versioning: it is Enabled, not off"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			in(t, frankfurt, func(ctx context.Context, t *testing.T, w world) {
				s := w.Made(ctx, t, uploads("a1", tt.bucket))
				require.NoError(t, tt.edit(ctx, w, s.ID))
				before := w.service.Buckets()
				_, err := w.Create(ctx, uploads("a1", tt.bucket))
				require.NotErrorIs(t, err, provision.ErrForeign)
				require.ErrorContains(t, err, s.ID)
				require.ErrorContains(t, err, tt.want)
				require.Equal(t, before, w.service.Buckets())
			})
		})
	}
}

func TestPublicAccessIsBlockedWhereItIsNotSaid(t *testing.T) {
	in(t, frankfurt, func(ctx context.Context, t *testing.T, w world) {
		s := w.Made(ctx, t, uploads("a1", kinds.Bucket{}))
		_, err := w.client.DeletePublicAccessBlock(ctx, &s3.DeletePublicAccessBlockInput{Bucket: &s.ID})
		require.NoError(t, err)
		require.False(t, w.service.Buckets()[0].Private)
		w.Made(ctx, t, uploads("a1", kinds.Bucket{}))
		require.True(t, w.service.Buckets()[0].Private)
	})
}

func TestNameOfADeletedBucketIsWaitedFor(t *testing.T) {
	in(t, frankfurt, func(ctx context.Context, t *testing.T, w world) {
		first := w.Made(ctx, t, uploads("a1", kinds.Bucket{}))
		require.NoError(t, w.Delete(ctx, first))
		start := time.Now()
		require.Equal(t, first.ID, w.Made(ctx, t, uploads("a1", kinds.Bucket{})).ID)
		require.GreaterOrEqual(t, time.Since(start), 10*time.Second)

		w.Cloud.Inject(sim.Fault{Match: sim.On("S3", "CreateBucket"), Kind: sim.Fail, Err: sim.Error("OperationAborted", "busy", 409)})
		_, err := w.Create(ctx, uploads("a2", kinds.Bucket{}))
		require.ErrorIs(t, err, provision.ErrDeleting)
	})
}

func TestNothingIsDeletedThatHoldsAnything(t *testing.T) {
	in(t, frankfurt, func(ctx context.Context, t *testing.T, w world) {
		s := w.Made(ctx, t, uploads("a1", kinds.Bucket{Versioned: true}))
		put := func(key string) string {
			out, err := w.client.PutObject(ctx, &s3.PutObjectInput{Bucket: &s.ID, Key: &key, Body: strings.NewReader("canary")})
			require.NoError(t, err)
			return *out.VersionId
		}
		remove := func(key string, version *string) string {
			out, err := w.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &s.ID, Key: &key, VersionId: version})
			require.NoError(t, err)
			return *out.VersionId
		}
		holds := func(what string) {
			t.Helper()
			losses, err := w.Loses(ctx, s)
			require.NoError(t, err)
			if what == "" {
				require.Empty(t, losses)
				return
			}
			require.Equal(t, []provision.Loss{{Node: "uploads", Kind: kinds.BucketKind, ID: s.ID, What: what}}, losses)
			err = w.Delete(ctx, s)
			var busy *provision.BusyError
			require.ErrorAs(t, err, &busy)
			require.Equal(t, s.ID, busy.ID)
			require.Contains(t, busy.Blocker, what)
			require.NotContains(t, err.Error(), "canary")
			var refusal smithy.APIError
			require.ErrorAs(t, err, &refusal)
			require.Equal(t, "BucketNotEmpty", refusal.ErrorCode())
			require.Len(t, w.service.Buckets(), 1)
		}
		holds("")
		v1 := put("canary")
		holds("1 object")
		v2 := put("canary")
		holds("1 object and 1 old version")
		marker := remove("canary", nil)
		holds("1 old version, 1 delete marker and more") // pages of two
		remove("canary", &v1)
		holds("1 old version and 1 delete marker")
		remove("canary", &v2)
		holds("1 delete marker")
		remove("canary", &marker)
		holds("")
		require.NoError(t, w.Delete(ctx, s))
		require.Empty(t, w.service.Buckets())
		holds("")
	})
}

func TestDeleteEndsWhenS3SaysSoTwice(t *testing.T) {
	in(t, frankfurt, func(ctx context.Context, t *testing.T, w world) {
		c := uploads("a1", kinds.Bucket{})
		// S3 has made the bucket and the program has crashed at once: it knows the bucket's name, S3 does not yet.
		err := strangersBucket(ctx, w.client, c.Name(63, ""))
		require.NoError(t, err)
		_, err = w.client.PutBucketTagging(ctx, &s3.PutBucketTaggingInput{Bucket: aws.String(c.Name(63, "")), Tagging: tagging(c.Tags())})
		require.NoError(t, err)
		w.Cloud.Inject(sim.Fault{Match: sim.On("S3", "GetBucketTagging"), Times: 1, Kind: sim.Fail, Err: sim.Error("NoSuchBucket", "no", 404)})
		s := provision.State{Node: c.Node, Kind: kinds.BucketKind, ID: c.Name(63, ""), Owner: c.Owner}
		require.NoError(t, w.Delete(ctx, s))
		require.Empty(t, w.service.Buckets())
		require.NoError(t, w.Delete(ctx, s))
		states, err := w.Found(ctx, c.Owner)
		require.NoError(t, err)
		require.Empty(t, states, "S3 lists it still, and says that it does not exist")
	})
}

func tagging(tags map[string]string) *types.Tagging {
	return &types.Tagging{TagSet: taglist.Of(tags, func(key, value *string) types.Tag { return types.Tag{Key: key, Value: value} })}
}

func TestDeleteLeavesTheNextAttemptAlone(t *testing.T) {
	in(t, frankfurt, func(ctx context.Context, t *testing.T, w world) {
		dead := w.Made(ctx, t, uploads("a1", kinds.Bucket{}))
		alive := w.Made(ctx, t, uploads("a2", kinds.Bucket{}))
		mixed := alive
		mixed.Owner = dead.Owner // whatever state says: the tags decide
		require.ErrorIs(t, w.Delete(ctx, mixed), provision.ErrForeign)
		require.NoError(t, w.Delete(ctx, dead))
		require.Len(t, w.service.Buckets(), 1)
		require.Equal(t, alive.ID, w.service.Buckets()[0].Name)
	})
}

func TestFindReadsAllPagesAndOnlyItsOwn(t *testing.T) {
	in(t, frankfurt, func(ctx context.Context, t *testing.T, w world) {
		var want []string
		for i := range 5 {
			c := uploads("a1", kinds.Bucket{})
			c.Node = fmt.Sprintf("uploads-%d", i)
			want = append(want, w.Made(ctx, t, c).ID)
		}
		w.Made(ctx, t, uploads("a2", kinds.Bucket{}))
		for _, name := range []string{"shop-legacy", "warehouse", "shop.example.com"} {
			_, err := w.service.AddBucket(name, map[string]string{"peppercorn:registry": "r3g1"})
			require.NoError(t, err)
		}
		w.Cloud.ForgetCalls()
		states, err := w.Found(ctx, uploads("a1", kinds.Bucket{}).Owner)
		require.NoError(t, err)
		var got []string
		for _, s := range states {
			require.Len(t, s.Outputs, 3)
			got = append(got, s.ID)
		}
		require.ElementsMatch(t, want, got)
		require.Equal(t, 6, w.Times("GetBucketTagging"), "buckets of other names are left in peace")
		states, err = w.Found(ctx, provision.Owner{Registry: "r3g1"})
		require.NoError(t, err)
		require.Len(t, states, 6)
	})
}

func TestFindFailsRatherThanMissABucket(t *testing.T) {
	for _, op := range []string{"ListBuckets", "GetBucketTagging"} {
		in(t, frankfurt, func(ctx context.Context, t *testing.T, w world) {
			w.Made(ctx, t, uploads("a1", kinds.Bucket{}))
			w.Cloud.Inject(sim.Fault{Match: sim.On("S3", op), Kind: sim.Fail, Err: sim.Error("AccessDenied", "no", 403)})
			_, err := w.Found(ctx, uploads("a1", kinds.Bucket{}).Owner)
			require.ErrorContains(t, err, "AccessDenied")
		})
	}
}

func TestErrorsNameTheBucketAndUnwrap(t *testing.T) {
	in(t, frankfurt, func(ctx context.Context, t *testing.T, w world) {
		c := uploads("a1", kinds.Bucket{Versioned: true})
		s := w.Made(ctx, t, c)
		create := func() error { _, err := w.Create(ctx, c); return err }
		for op, call := range map[string]func() error{
			"CreateBucket":         create,
			"GetBucketEncryption":  create,
			"GetBucketVersioning":  create,
			"GetPublicAccessBlock": create,
			"GetBucketTagging":     func() error { _, err := w.Await(ctx, s); return err },
			"ListObjectVersions":   func() error { _, err := w.Loses(ctx, s); return err },
			"DeleteBucket":         func() error { return w.Delete(ctx, s) },
		} {
			remove := w.Cloud.Inject(sim.Fault{Match: sim.On("S3", op), Kind: sim.Fail, Err: sim.Error("AccessDenied", "not for you", 403)})
			err := call()
			remove()
			var refusal smithy.APIError
			require.ErrorAs(t, err, &refusal, op)
			require.Equal(t, "AccessDenied", refusal.ErrorCode(), op)
			require.ErrorContains(t, err, s.Name, op)
		}
		ended, cancel := context.WithCancelCause(ctx)
		cancel(errors.New("enough"))
		_, err := w.Create(ended, c)
		require.ErrorIs(t, err, context.Canceled)
	})
}

func TestOtherSpecsAreRefused(t *testing.T) {
	in(t, frankfurt, func(ctx context.Context, t *testing.T, w world) {
		c := uploads("a1", kinds.Bucket{})
		require.NoError(t, w.Validate(c))
		c.Spec = &kinds.Bucket{}
		require.ErrorContains(t, w.Validate(c), "*kinds.Bucket")
		_, err := w.Create(ctx, c)
		require.ErrorContains(t, err, `node "uploads"`)
		require.Empty(t, w.Cloud.Calls())

		cfg := w.Cloud.Config()
		cfg.Region = ""
		_, err = s3driver.New(s3.NewFromConfig(cfg)).Create(ctx, uploads("a1", kinds.Bucket{}))
		require.ErrorContains(t, err, "no region")
	})
}
