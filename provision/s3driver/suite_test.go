package s3driver_test

import (
	"bytes"
	"context"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/peppercorn-go/peppercorn/internal/moto"
	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
	"github.com/peppercorn-go/peppercorn/provision/provisiontest"
	"github.com/peppercorn-go/peppercorn/provision/s3driver"
	"github.com/peppercorn-go/peppercorn/provision/s3driver/s3test"
)

func TestDriverOnSimulatedS3(t *testing.T) {
	for _, region := range []string{"us-east-1", "eu-central-1"} {
		t.Run(region, func(t *testing.T) {
			provisiontest.TestDriver(t, provisiontest.Harness{
				Name: "simulated S3 in " + region,
				New: func(testing.TB) provisiontest.World {
					cloud := sim.New(func(o *sim.Options) { o.PageSize, o.Region = 2, region })
					service := s3test.Register(cloud)
					w := worldOf(s3.NewFromConfig(cloud.Config()), time.Minute)
					w.LoseReply = func() {
						cloud.Inject(sim.Fault{
							Match: func(c *sim.Call) bool { return c.Op == "CreateBucket" || c.Op == "DeleteBucket" },
							Times: 1, Kind: sim.LostReply,
						})
					}
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
		New: func(testing.TB) provisiontest.World {
			cfg := server.Config()
			cfg.Region = "eu-central-1"
			wire := &wire{HTTPClient: cfg.HTTPClient}
			wire.client = s3.NewFromConfig(cfg, pathStyle)
			cfg.HTTPClient = wire
			client := s3.NewFromConfig(cfg, pathStyle)
			w := worldOf(client, 3*time.Second, func(o *s3driver.Options) {
				o.Settle, o.Appear = 10*time.Millisecond, 100*time.Millisecond // nothing takes time on moto
			})
			w.LoseReply = func() { wire.lose.Store(1) }
			w.Count = func(ctx context.Context, _ provision.Kind) int {
				out, err := client.ListBuckets(ctx, &s3.ListBucketsInput{})
				if err != nil {
					return -1
				}
				return len(out.Buckets)
			}
			return w
		},
	})
}

// pathStyle keeps the names of buckets out of the host name, which is a number here.
func pathStyle(o *s3.Options) { o.UsePathStyle = true }

// wire is an HTTP client that can lose the reply to a request that changes something, and that does what moto does not: moto
// 5.2 makes a bucket without the tags of the request.
type wire struct {
	s3.HTTPClient
	client *s3.Client // past this wire
	lose   atomic.Int32
	making sync.Mutex // so that nobody sees a bucket without its tags
}

func (w *wire) Do(r *http.Request) (*http.Response, error) {
	var body []byte
	create := r.Method == http.MethodPut && r.URL.RawQuery == ""
	remove := r.Method == http.MethodDelete && r.URL.RawQuery == ""
	if create && r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	if create {
		w.making.Lock()
		defer w.making.Unlock()
	}
	response, err := w.HTTPClient.Do(r)
	if err != nil || !create && !remove {
		return response, err
	}
	if create && response.StatusCode == http.StatusOK {
		if err := w.tag(r, body); err != nil {
			return nil, err
		}
	}
	if w.lose.CompareAndSwap(1, 0) {
		_ = response.Body.Close()
		return nil, fmt.Errorf("reading the reply: %w", syscall.ECONNRESET)
	}
	return response, nil
}

// tag gives the bucket that was just made the tags of the request that made it.
func (w *wire) tag(r *http.Request, body []byte) error {
	var config struct {
		Tags []types.Tag `xml:"Tags>Tag"`
	}
	if err := xml.Unmarshal(body, &config); err != nil || len(config.Tags) == 0 {
		return err
	}
	_, err := w.client.PutBucketTagging(r.Context(), &s3.PutBucketTaggingInput{
		Bucket: aws.String(strings.Trim(r.URL.Path, "/")), Tagging: &types.Tagging{TagSet: config.Tags},
	})
	return err
}

// worldOf is a world behind any client; who stands behind it adds LoseReply and Count. A bucket that was filled is emptied
// after some time.
func worldOf(client *s3.Client, emptied time.Duration, optFns ...func(*s3driver.Options)) provisiontest.World {
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
			before, err := look(ctx, client, name)
			return name, func() error {
				after, err := look(ctx, client, name)
				if err == nil && !reflect.DeepEqual(before, after) {
					err = fmt.Errorf("it was %v and is %v", before, after)
				}
				return err
			}, err
		},
		Fill: func(ctx context.Context, s provision.State) error {
			out, err := client.PutObject(ctx, &s3.PutObjectInput{Bucket: &s.ID, Key: aws.String("a"), Body: strings.NewReader("work")})
			if err != nil {
				return err
			}
			go func() { // the driver never empties a bucket, so that whoever fills one has to
				time.Sleep(emptied)
				_, _ = client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &s.ID, Key: aws.String("a"), VersionId: out.VersionId})
			}()
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
