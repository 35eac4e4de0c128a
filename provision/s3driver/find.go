package s3driver

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/peppercorn-go/peppercorn/internal/listing"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// pageSize is how many buckets are asked for at a time; S3 would give ten times as many.
const pageSize = 1000

// Find lists the buckets that o owns in the region of the client, with all outputs. It reads the names of the account's
// buckets, page by page, and the tags of each whose name may be one of o's.
func (d *Driver) Find(ctx context.Context, o provision.Owner) iter.Seq2[provision.State, error] {
	return func(yield func(provision.State, error) bool) {
		in := &s3.ListBucketsInput{
			MaxBuckets:   aws.Int32(pageSize),
			BucketRegion: aws.String(d.region()),
		}
		if prefix := o.NamePrefix(maxName); prefix != "" {
			in.Prefix = aws.String(prefix)
		}
		listing.Owned(ctx, o, "s3driver: listing buckets", d.opts.Parallel, yield, s3.NewListBucketsPaginator(d.api, in),
			func(page *s3.ListBucketsOutput) []string { return candidates(page.Buckets) }, d.look)
	}
}

// candidates returns the names of the buckets that may be ours.
func candidates(buckets []types.Bucket) (names []string) {
	for _, b := range buckets {
		if name := aws.ToString(b.Name); listing.MayBeOurs(name) {
			names = append(names, name)
		}
	}
	return names
}

// look describes a bucket of a list. One that is gone, or too new to be known everywhere, has no tags, like one that was given none.
func (d *Driver) look(ctx context.Context, name string) (listing.Found, error) {
	tags, err := d.tags(ctx, name)
	if err != nil && !hasCode(err, codeNoBucket, codeNoTags) {
		return listing.Found{}, fmt.Errorf("s3driver: whose is bucket %s? reading its tags: %w", name, err)
	}
	return listing.Found{State: d.stateOf(name), Tags: tags}, nil
}

// stateOf describes a bucket without its owner.
func (d *Driver) stateOf(name string) provision.State {
	return provision.State{Kind: kinds.BucketKind, ID: name, Name: name, Outputs: d.outputs(name)}
}

// outputs computes the outputs of a bucket in the region of the client.
func (d *Driver) outputs(name string) map[string]provision.Value {
	partition, domain := partitionOf(d.region())
	return map[string]provision.Value{
		"Name":           provision.TextValue(name),
		"ARN":            provision.TextValue(fmt.Sprintf("arn:%s:s3:::%s", partition, name)),
		"RegionalDomain": provision.TextValue(fmt.Sprintf("%s.s3.%s.%s", name, d.region(), domain)),
	}
}

// partitionOf returns the partition of a region, as ARNs name it, and its domain. S3 tells neither for a bucket.
func partitionOf(region string) (partition, domain string) {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "aws-cn", "amazonaws.com.cn"
	case strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov", "amazonaws.com"
	case strings.HasPrefix(region, "eusc-"):
		return "aws-eusc", "amazonaws.eu"
	}
	return "aws", "amazonaws.com"
}
