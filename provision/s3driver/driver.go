// Package s3driver makes, finds and deletes Amazon S3 buckets: the kind [kinds.Bucket].
//
//	driver := s3driver.New(s3.NewFromConfig(cfg))
//	engine, err := provision.NewEngine([]provision.Driver{driver})
//
// A program that does not mind to compile the SDKs of all services takes every driver at once from package awsdrivers,
// which also gives them a retryer that is fit for deployments. Package s3test is the service to test against.
//
// # How it keeps the contract
//
// A bucket is unique by its name, among all accounts in the world. The name is computed from the attempt, and the tags are
// given in CreateBucket. Its answer says which account a bucket is of: BucketAlreadyExists means another one's, so that
// nobody can have us write into a bucket that was made under our name and with our tags; success and
// BucketAlreadyOwnedByYou mean this account's. In us-east-1 S3 documents that creating a bucket once more succeeds and resets
// its access control lists; users report that a request with tags, as all of ours, is refused there too. Nothing depends on
// it: whatever the answer was, the tags are read back, and the bucket is adopted only if they say that it is ours.
//
// Public access, encryption and versioning are set by calls of their own, after the bucket is there; it is private and
// encrypted from birth. Create makes those calls. If it was interrupted, the next Create goes on: it changes a setting
// that is as S3 makes it at birth, and does nothing to one that is as it should be. A setting that is neither was changed by
// hand, and is an error that names it.
//
// S3 answers for configurations of buckets are consistent in the end only: a new bucket may be unknown for a moment, and one
// that is gone may be listed. So the driver asks again before it believes that a bucket is gone, and does not believe the
// list.
//
// S3 can filter its buckets by the beginning of their names and not by tags. Names begin with the application's and end in
// a hash, so a search reads the tags of buckets only that are named so.
//
// # What it never does
//
// It deletes no objects, no old versions and no delete markers. A bucket that holds any is a loss, see [Driver.Loses], and
// its Delete is a [provision.BusyError] until somebody has emptied it.
package s3driver

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/smithy-go"

	"github.com/peppercorn-go/peppercorn/internal/wait"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// Options of a [Driver]. The defaults are right for AWS; shorter times are for services that are simulated.
type Options struct {
	// Settle is the first pause between two questions about what is not settled, and how far apart S3 must have said
	// twice that a bucket is unknown before it counts as gone. Default 2 s.
	Settle time.Duration
	// Appear is how long a bucket that was just created may be unknown to S3 before it counts as gone. Default 30 s.
	Appear time.Duration
	// Reuse is how long Create waits while S3 says that another operation on a bucket of this name is under way, as it does
	// after the bucket was deleted. Default 2 min.
	Reuse time.Duration
	// Parallel is how many buckets Find asks for their tags at the same time. Default 8.
	Parallel int
}

// Driver is the driver of buckets. It keeps no state and is safe for concurrent use.
type Driver struct {
	api  API
	opts Options
}

var (
	_ provision.Driver    = (*Driver)(nil)
	_ provision.Validator = (*Driver)(nil)
	_ provision.Loser     = (*Driver)(nil)
)

// New returns a driver that acts where api does: in one account and region. A client of the SDK retries three times by
// default, which is little when many buckets are made at once; see package awsdrivers.
func New(api API, optFns ...func(*Options)) *Driver {
	opts := Options{Settle: 2 * time.Second, Appear: 30 * time.Second, Reuse: 2 * time.Minute, Parallel: 8}
	for _, fn := range optFns {
		fn(&opts)
	}
	return &Driver{api: api, opts: opts}
}

// Kinds returns [kinds.BucketKind].
func (d *Driver) Kinds() []provision.Kind { return []provision.Kind{kinds.BucketKind} }

// Validate refuses what is no [kinds.Bucket]. It makes no calls.
func (d *Driver) Validate(c provision.Call) error {
	_, err := bucketOf(c)
	return err
}

// bucketOf returns the bucket that c asks for.
func bucketOf(c provision.Call) (kinds.Bucket, error) {
	b, ok := c.Spec.(kinds.Bucket)
	if !ok {
		return kinds.Bucket{}, fmt.Errorf("s3driver: node %q: the spec is a %T, this driver makes a kinds.Bucket", c.Node, c.Spec)
	}
	return b, nil
}

// Codes of errors. Few operations of S3 have typed errors, so the same answer to two of them has the code in common, and
// not the type.
const (
	codeNoBucket   = "NoSuchBucket"
	codeNoTags     = "NoSuchTagSet"
	codeNoBlock    = "NoSuchPublicAccessBlockConfiguration"
	codeNoRule     = "ServerSideEncryptionConfigurationNotFoundError"
	codeNotEmpty   = "BucketNotEmpty"
	codeInProgress = "OperationAborted" // a conflicting operation on the bucket is in progress
)

// hasCode reports whether S3 refused with one of these codes.
func hasCode(err error, codes ...string) bool {
	var refusal smithy.APIError
	if !errors.As(err, &refusal) {
		return false
	}
	for _, code := range codes {
		if refusal.ErrorCode() == code {
			return true
		}
	}
	return false
}

// unknown reports whether err says that S3 knows no such bucket: it is gone, or so new that not all of S3 has heard of it.
func unknown(err error) bool { return hasCode(err, codeNoBucket) }

// retry calls try again and again while its error has one of the codes, with growing pauses, and at most for the time
// given. It returns the last error of try, or that of a context that ended. The time that calls take is not counted, for
// one that AWS throttles may take minutes.
func (d *Driver) retry(ctx context.Context, limit time.Duration, try func() error, codes ...string) error {
	return wait.Retry(ctx, d.opts.Settle, limit, func(err error) bool { return hasCode(err, codes...) }, try)
}
