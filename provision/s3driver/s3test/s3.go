package s3test

import (
	"context"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/peppercorn-go/peppercorn/internal/sim"
)

// Options of a simulated S3. Durations that are 0 or below mean that the thing takes no time.
type Options struct {
	// Settle is how long a new bucket is unknown to other calls. S3 promises no time. Default 1 s.
	Settle time.Duration
	// TagLag is how long after that its tags are not seen. S3 promises no time. Default 1 s.
	TagLag time.Duration
	// Linger is how long a deleted bucket is still listed. S3 promises no time. Default 3 s.
	Linger time.Duration
	// Reserve is how long after DeleteBucket the name cannot be used again. S3 promises no time. Default 10 s.
	Reserve time.Duration
	// ResetWithTags makes CreateBucket in us-east-1 succeed for a bucket that exists also if the request has tags, which
	// are ignored. That is what the API reference says; users report that S3 refuses, which is the default.
	ResetWithTags bool
	// Rate and Burst of all calls together, in calls a second. S3 does not publish its own for calls on buckets. 0 means no
	// limit. Default 100 and 200.
	Rate  float64
	Burst int
}

// S3 is the simulated service of all regions, and of all accounts as far as names go. It is safe for concurrent use.
type S3 struct {
	opts  Options
	cloud *sim.Cloud
	calls *sim.Bucket

	mu      sync.Mutex
	buckets map[string]*bucket // by name, deleted ones too
	made    int                // versions of objects so far, for their ids
}

// Register makes a simulated S3 and registers it with the cloud, whose account and page size it honours.
func Register(c *sim.Cloud, optFns ...func(*Options)) *S3 {
	opts := Options{
		Settle:  time.Second,
		TagLag:  time.Second,
		Linger:  3 * time.Second,
		Reserve: 10 * time.Second,
		Rate:    100,
		Burst:   200,
	}
	for _, fn := range optFns {
		fn(&opts)
	}
	s := &S3{
		opts:    opts,
		cloud:   c,
		calls:   sim.NewBucket(opts.Rate, opts.Burst),
		buckets: map[string]*bucket{},
	}
	c.Register(s3.ServiceID, s)
	return s
}

// Throttled returns the error by which S3 refuses a call for its rate. The cloud asks for it.
func (s *S3) Throttled() error { return slowDown() }

// Serve answers one call. The cloud calls it; programs call S3 through the SDK.
func (s *S3) Serve(_ context.Context, call *sim.Call) (any, error) {
	if !s.calls.Take() {
		return nil, slowDown()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch in := call.Input.(type) {
	case *s3.CreateBucketInput:
		return s.createBucket(call.Region, in)
	case *s3.DeleteBucketInput:
		return s.deleteBucket(call.Region, in)
	case *s3.HeadBucketInput:
		return s.headBucket(call.Region, in)
	case *s3.ListBucketsInput:
		return s.listBuckets(call.Region, in)
	case *s3.GetBucketTaggingInput:
		return s.getBucketTagging(call.Region, in)
	case *s3.PutBucketTaggingInput:
		return s.putBucketTagging(call.Region, in)
	case *s3.GetPublicAccessBlockInput:
		return s.getPublicAccessBlock(call.Region, in)
	case *s3.PutPublicAccessBlockInput:
		return s.putPublicAccessBlock(call.Region, in)
	case *s3.DeletePublicAccessBlockInput:
		return s.deletePublicAccessBlock(call.Region, in)
	case *s3.GetBucketEncryptionInput:
		return s.getBucketEncryption(call.Region, in)
	case *s3.PutBucketEncryptionInput:
		return s.putBucketEncryption(call.Region, in)
	case *s3.GetBucketVersioningInput:
		return s.getBucketVersioning(call.Region, in)
	case *s3.PutBucketVersioningInput:
		return s.putBucketVersioning(call.Region, in)
	case *s3.PutObjectInput:
		return s.putObject(call.Region, in)
	case *s3.HeadObjectInput:
		return s.headObject(call.Region, in)
	case *s3.DeleteObjectInput:
		return s.deleteObject(call.Region, in)
	case *s3.ListObjectVersionsInput:
		return s.listObjectVersions(call.Region, in)
	}
	return nil, sim.UnknownOperation(call)
}
