package s3test

import (
	"encoding/base64"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

const (
	// first is the region that has no location constraint.
	first = "us-east-1"
	// listLimit is how many buckets S3 lists in one answer, at most.
	listLimit = 10_000
)

// bucket is one incarnation of a bucket. All times are compared with now when somebody asks: nothing runs by itself.
type bucket struct {
	name, region, account string
	tags                  map[string]string
	block                 *types.PublicAccessBlockConfiguration // nil if somebody took it away
	encryption            types.ServerSideEncryptionRule
	versioning            types.BucketVersioningStatus
	resets                int // of the access control list
	versions              []*version

	created time.Time
	usable  time.Time // from then on it answers
	tagged  time.Time // from then on its tags are seen
	deleted time.Time // zero if it was not
}

// answers reports whether calls on the bucket succeed.
func (b *bucket) answers(now time.Time) bool { return !now.Before(b.usable) && b.deleted.IsZero() }

// at returns the bucket of that name, if calls of this account and region may be made on it.
func (s *S3) at(region string, name *string) (*bucket, error) {
	b := s.buckets[aws.ToString(name)]
	switch {
	case b == nil || !b.answers(time.Now()):
		return nil, noSuchBucket()
	case b.account != s.cloud.Options().Account:
		return nil, accessDenied()
	case b.region != region:
		return nil, permanentRedirect()
	}
	return b, nil
}

var (
	bucketName     = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)
	reservedStarts = []string{"xn--", "sthree-", "amzn-s3-demo-"}
	reservedEnds   = []string{"-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3", "-an"}
)

// validName checks the rules for names of general purpose buckets in the global namespace (S3 user guide, bucket naming rules).
func validName(name string) bool {
	if _, err := netip.ParseAddr(name); err == nil || !bucketName.MatchString(name) || strings.Contains(name, "..") {
		return false
	}
	return !slices.ContainsFunc(reservedStarts, func(p string) bool { return strings.HasPrefix(name, p) }) &&
		!slices.ContainsFunc(reservedEnds, func(p string) bool { return strings.HasSuffix(name, p) })
}

func (s *S3) createBucket(region string, in *s3.CreateBucketInput) (*s3.CreateBucketOutput, error) {
	name := aws.ToString(in.Bucket)
	config := in.CreateBucketConfiguration
	if config == nil {
		config = &types.CreateBucketConfiguration{}
	}
	if err := checkLocation(region, string(config.LocationConstraint)); err != nil {
		return nil, err
	}
	tags, err := tagsOf(config.Tags)
	if err != nil {
		return nil, err
	}
	if err := s.create(s.cloud.Options().Account, region, name, tags); err != nil {
		return nil, err
	}
	return &s3.CreateBucketOutput{Location: aws.String("/" + name)}, nil
}

func checkLocation(region, constraint string) error {
	switch {
	case region == first && constraint == "":
	case region == first && constraint == first:
		return invalidArgument("The specified location-constraint is not valid")
	case constraint != region:
		return illegalLocation(constraint)
	}
	return nil
}

func (s *S3) create(account, region, name string, tags map[string]string) error {
	if !validName(name) {
		return invalidBucketName(name)
	}
	now := time.Now()
	if old := s.buckets[name]; old != nil {
		switch {
		case !old.deleted.IsZero() && now.Before(old.deleted.Add(s.opts.Reserve)):
			return operationAborted()
		case !old.deleted.IsZero():
		case old.account != account:
			return bucketAlreadyExists()
		case now.Before(old.usable):
			return operationAborted()
		case region == first && old.region == first && (len(tags) == 0 || s.opts.ResetWithTags):
			old.resets++
			return nil
		default:
			return bucketAlreadyOwnedByYou()
		}
	}
	s.buckets[name] = &bucket{
		name: name, region: region, account: account, tags: tags,
		block: &types.PublicAccessBlockConfiguration{
			BlockPublicAcls: aws.Bool(true), BlockPublicPolicy: aws.Bool(true),
			IgnorePublicAcls: aws.Bool(true), RestrictPublicBuckets: aws.Bool(true),
		},
		encryption: types.ServerSideEncryptionRule{
			ApplyServerSideEncryptionByDefault: &types.ServerSideEncryptionByDefault{SSEAlgorithm: types.ServerSideEncryptionAes256},
			BucketKeyEnabled:                   aws.Bool(false),
		},
		created: now, usable: now.Add(s.opts.Settle), tagged: now.Add(s.opts.Settle + s.opts.TagLag),
	}
	return nil
}

func (s *S3) deleteBucket(region string, in *s3.DeleteBucketInput) (*s3.DeleteBucketOutput, error) {
	b, err := s.at(region, in.Bucket)
	if err != nil {
		return nil, err
	}
	if len(b.versions) > 0 {
		return nil, bucketNotEmpty(b.versioning != "")
	}
	b.deleted = time.Now()
	return &s3.DeleteBucketOutput{}, nil
}

func (s *S3) headBucket(region string, in *s3.HeadBucketInput) (*s3.HeadBucketOutput, error) {
	b, err := s.at(region, in.Bucket)
	if err != nil {
		return nil, headless(err)
	}
	return &s3.HeadBucketOutput{BucketRegion: aws.String(b.region)}, nil
}

// listBuckets lists the buckets of the account in the order of their names. The token is the name that the last page ended
// with, so what is made or deleted between two pages is seen or not as it falls.
func (s *S3) listBuckets(region string, in *s3.ListBucketsInput) (*s3.ListBucketsOutput, error) {
	limit := listLimit
	if n := in.MaxBuckets; n != nil {
		if *n < 1 || *n > listLimit {
			return nil, invalidArgument("Argument max-buckets must be an integer between 1 and 10000")
		}
		limit = int(*n)
	}
	if size := s.cloud.Options().PageSize; size > 0 {
		limit = min(limit, size)
	}
	if r := aws.ToString(in.BucketRegion); r != "" && r != region {
		return nil, invalidArgument("Argument value " + r + " is not allowed with this endpoint")
	}
	after, err := base64.URLEncoding.DecodeString(aws.ToString(in.ContinuationToken))
	if err != nil {
		return nil, invalidArgument("The continuation token provided is incorrect")
	}
	now := time.Now()
	var listed []*bucket
	for _, b := range s.buckets {
		there := b.answers(now) || !b.deleted.IsZero() && now.Before(b.deleted.Add(s.opts.Linger))
		if there && b.account == s.cloud.Options().Account && b.name > string(after) &&
			(in.BucketRegion == nil || b.region == *in.BucketRegion) && strings.HasPrefix(b.name, aws.ToString(in.Prefix)) {
			listed = append(listed, b)
		}
	}
	slices.SortFunc(listed, func(a, b *bucket) int { return strings.Compare(a.name, b.name) })
	out := &s3.ListBucketsOutput{Prefix: in.Prefix}
	if len(listed) > limit {
		listed = listed[:limit]
		out.ContinuationToken = aws.String(base64.URLEncoding.EncodeToString([]byte(listed[limit-1].name)))
	}
	for _, b := range listed {
		out.Buckets = append(out.Buckets, types.Bucket{
			Name: aws.String(b.name), BucketRegion: aws.String(b.region), CreationDate: aws.Time(b.created),
		})
	}
	return out, nil
}
