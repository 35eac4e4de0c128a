package s3driver_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/peppercorn-go/peppercorn/internal/drivertest"
	"github.com/peppercorn-go/peppercorn/internal/moto"
	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
	"github.com/peppercorn-go/peppercorn/provision/provisiontest"
	"github.com/peppercorn-go/peppercorn/provision/s3driver"
	"github.com/peppercorn-go/peppercorn/provision/s3driver/s3test"
)

// changes are the operations of the driver that change whether there is a bucket.
var changes = drivertest.Only("CreateBucket", "DeleteBucket")

func TestDriverOnSimulatedS3(t *testing.T) {
	for _, region := range []string{"us-east-1", "eu-central-1"} {
		t.Run(region, func(t *testing.T) {
			provisiontest.TestDriver(t, provisiontest.Harness{
				Name: "simulated S3 in " + region,
				New: func(t testing.TB) provisiontest.World {
					cloud := sim.New(func(o *sim.Options) { o.PageSize, o.Region = 2, region })
					service := s3test.Register(cloud)
					w := worldOf(s3.NewFromConfig(cloud.Config()))
					w.LoseReply = drivertest.LoseReply(t, cloud, changes)
					w.Hide = drivertest.Hide(cloud, sim.Error("NoSuchBucket", "The specified bucket does not exist", http.StatusNotFound), "GetBucketTagging")
					w.Count = func(context.Context, provision.Kind) int { return len(service.Buckets()) }
					return w
				},
			})
		})
	}
}

func TestDriverOnMoto(t *testing.T) {
	server := moto.Start(t)
	provisiontest.TestDriver(t, provisiontest.Harness{
		Name:     "moto",
		RealTime: true,
		New: func(t testing.TB) provisiontest.World {
			cfg := server.Config()
			cfg.Region = "eu-central-1"
			newTagger(&cfg)
			wire := drivertest.NewWire(t, &cfg, onBuckets, onBuckets) // one at a time, so that nobody sees a bucket without its tags
			client := s3.NewFromConfig(cfg, pathStyle)
			w := worldOf(client, func(o *s3driver.Options) {
				o.Settle, o.Appear = 10*time.Millisecond, 100*time.Millisecond // nothing takes time on moto
			})
			w.LoseReply = wire.Lose
			w.Count = func(ctx context.Context, _ provision.Kind) int {
				return drivertest.Count(ctx, s3.NewListBucketsPaginator(client, &s3.ListBucketsInput{}),
					func(page *s3.ListBucketsOutput) int { return len(page.Buckets) })
			}
			return w
		},
	})
}

// pathStyle keeps the names of buckets out of the host name, which is a number here.
func pathStyle(o *s3.Options) { o.UsePathStyle = true }

// onBuckets is about the requests that change a bucket and no object in it: the bucket's name is all of their path.
func onBuckets(op string) bool {
	method, path, _ := strings.Cut(op, " ")
	return (method == http.MethodPut || method == http.MethodDelete) && !strings.Contains(strings.Trim(path, "/"), "/")
}

// worldOf is a world behind any client; who stands behind it adds LoseReply and Count.
func worldOf(client *s3.Client, optFns ...func(*s3driver.Options)) provisiontest.World {
	return provisiontest.World{
		Driver: s3driver.New(client, optFns...),
		Specs: func(provision.Kind) []provisiontest.Sample {
			return []provisiontest.Sample{
				{Name: "minimal", Spec: kinds.Bucket{}},
				{Name: "full", Spec: kinds.Bucket{Versioned: true, KMSKey: "alias/shop"}},
			}
		},
		Stranger: func(ctx context.Context, _ provision.Kind, name string) (string, func() error, error) {
			if err := strangersBucket(ctx, client, name); err != nil {
				return "", nil, err
			}
			unchanged, err := drivertest.Unchanged(func() ([2]any, error) { return look(ctx, client, name) })
			return name, unchanged, err
		},
		Fill: func(ctx context.Context, s provision.State) error {
			_, err := client.PutObject(ctx, &s3.PutObjectInput{Bucket: &s.ID, Key: aws.String("a"), Body: strings.NewReader("work")})
			return err
		},
		Empty: func(ctx context.Context, s provision.State) error { // the driver never does, so that whoever fills a bucket has to
			out, err := client.ListObjectVersions(ctx, &s3.ListObjectVersionsInput{Bucket: &s.ID})
			if err != nil {
				return err
			}
			for _, v := range out.Versions {
				if _, err := client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &s.ID, Key: v.Key, VersionId: v.VersionId}); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

// strangersBucket makes a bucket that is not ours, in the region of the client.
func strangersBucket(ctx context.Context, client *s3.Client, name string) error {
	config := &types.CreateBucketConfiguration{Tags: []types.Tag{{Key: aws.String("team"), Value: aws.String("somebody else")}}}
	if region := client.Options().Region; region != "us-east-1" {
		config.LocationConstraint = types.BucketLocationConstraint(region)
	}
	_, err := client.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: &name, CreateBucketConfiguration: config})
	time.Sleep(2 * time.Second) // S3 may not know it at once
	return err
}

// look returns all that one could have changed about a bucket.
func look(ctx context.Context, client *s3.Client, name string) (all [2]any, err error) {
	tags, err := client.GetBucketTagging(ctx, &s3.GetBucketTaggingInput{Bucket: &name})
	if err != nil {
		return all, err
	}
	versioning, err := client.GetBucketVersioning(ctx, &s3.GetBucketVersioningInput{Bucket: &name})
	if err != nil {
		return all, err
	}
	return [2]any{tags.TagSet, versioning.Status}, nil
}
