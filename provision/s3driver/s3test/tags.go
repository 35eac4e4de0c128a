package s3test

import (
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/peppercorn-go/peppercorn/internal/sim"
)

// Limits of tags, which S3 shares with the other services.
const (
	maxTags     = 50
	maxTagKey   = 128
	maxTagValue = 256
)

// tagText is the alphabet of keys and values. It has no letters beyond ASCII, no parentheses and no commas.
var tagText = regexp.MustCompile(`^[a-zA-Z0-9 +\-=._:/@]*$`)

// tagsOf checks tags and returns them as a map.
func tagsOf(list []types.Tag) (map[string]string, error) {
	if len(list) > maxTags {
		return nil, sim.Error("BadRequest", "Bucket tag count cannot be greater than 50", http.StatusBadRequest)
	}
	tags := map[string]string{}
	for _, tag := range list {
		k, v := aws.ToString(tag.Key), aws.ToString(tag.Value)
		switch _, twice := tags[k]; {
		case twice:
			return nil, invalidTag("Cannot provide multiple Tags with the same key")
		case k == "" || utf8.RuneCountInString(k) > maxTagKey || !tagText.MatchString(k):
			return nil, invalidTag("The TagKey you have provided is invalid")
		case strings.HasPrefix(strings.ToLower(k), "aws:"):
			return nil, invalidTag("System tags cannot be added/updated by requester")
		case utf8.RuneCountInString(v) > maxTagValue || !tagText.MatchString(v):
			return nil, invalidTag("The TagValue you have provided is invalid")
		}
		tags[k] = v
	}
	return tags, nil
}

func (s *S3) getBucketTagging(region string, in *s3.GetBucketTaggingInput) (*s3.GetBucketTaggingOutput, error) {
	b, err := s.at(region, in.Bucket)
	if err != nil {
		return nil, err
	}
	if len(b.tags) == 0 || time.Now().Before(b.tagged) {
		return nil, sim.Error("NoSuchTagSet", "The TagSet does not exist", http.StatusNotFound)
	}
	out := &s3.GetBucketTaggingOutput{}
	for _, k := range slices.Sorted(maps.Keys(b.tags)) {
		out.TagSet = append(out.TagSet, types.Tag{Key: aws.String(k), Value: aws.String(b.tags[k])})
	}
	return out, nil
}

// putBucketTagging replaces all tags.
func (s *S3) putBucketTagging(region string, in *s3.PutBucketTaggingInput) (*s3.PutBucketTaggingOutput, error) {
	b, err := s.at(region, in.Bucket)
	if err != nil {
		return nil, err
	}
	tags, err := tagsOf(in.Tagging.TagSet)
	if err != nil {
		return nil, err
	}
	b.tags = tags
	return &s3.PutBucketTaggingOutput{}, nil
}
