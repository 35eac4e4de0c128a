package s3driver

import (
	"context"
	"fmt"
	"iter"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"golang.org/x/sync/errgroup"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// pageSize is how many buckets are asked for at a time; S3 would give ten times as many.
const pageSize = 1000

// ourName is the form of the names that Call.Name makes: a letter first, and a hash of thirteen characters at the end. Buckets
// of other names are left in peace, among them those whose policies forbid to read their tags.
var ourName = regexp.MustCompile(`^[a-z][a-z0-9-]*[a-z2-7]{13}$`)

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
		pages := s3.NewListBucketsPaginator(d.api, in)
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				yield(provision.State{}, fmt.Errorf("s3driver: listing buckets: %w", err))
				return
			}
			var names []string
			for _, b := range page.Buckets {
				if name := aws.ToString(b.Name); ourName.MatchString(name) {
					names = append(names, name)
				}
			}
			tags, err := d.tagsOf(ctx, names)
			if err != nil {
				yield(provision.State{}, err)
				return
			}
			for i, name := range names {
				s, ours := d.stateOf(name, tags[i])
				if ours && o.Matches(tags[i]) && !yield(s, nil) {
					return
				}
			}
		}
	}
}

// tagsOf reads the tags of many buckets, a few at a time. Those of a bucket that is gone or has none are nil. Any other
// failure is one of the whole, for a bucket whose owner is not known may be ours.
func (d *Driver) tagsOf(ctx context.Context, names []string) ([]map[string]string, error) {
	all := make([]map[string]string, len(names))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(max(1, d.opts.Parallel))
	for i, name := range names {
		group.Go(func() error {
			tags, err := d.tags(ctx, name)
			if err != nil && !hasCode(err, codeNoBucket, codeNoTags) {
				return fmt.Errorf("s3driver: whose is bucket %s? reading its tags: %w", name, err)
			}
			all[i] = tags
			return nil
		})
	}
	return all, group.Wait()
}

// stateOf describes a bucket; ours is false if it does not carry all of our tags.
func (d *Driver) stateOf(name string, tags map[string]string) (s provision.State, ours bool) {
	s = provision.State{Kind: kinds.BucketKind, ID: name, Name: name, Outputs: d.outputs(name)}
	ours = provision.StateOwner(&s, tags)
	return s, ours
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
