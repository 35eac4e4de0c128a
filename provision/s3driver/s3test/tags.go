package s3test

import (
	"net/http"
	"regexp"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/internal/taglist"
)

// rules are those that the services share, with an alphabet that has no letters beyond ASCII, no parentheses and no commas.
var rules = sim.TagRules{Text: regexp.MustCompile(`^[a-zA-Z0-9 +\-=._:/@]*$`)}

func pair(tag types.Tag) (key, value *string) { return tag.Key, tag.Value }

func tagOf(key, value *string) types.Tag { return types.Tag{Key: key, Value: value} }

// tagsOf checks tags and returns them as a map.
func tagsOf(list []types.Tag) (map[string]string, error) {
	tags, fault := sim.MergeTags(rules, nil, list, pair)
	if fault != nil {
		return nil, refused(fault)
	}
	return tags, nil
}

// refused is the service's own error for tags that break a rule.
func refused(err *sim.TagError) error {
	switch err.Fault {
	case sim.TagTooMany:
		return sim.Error("BadRequest", "Bucket tag count cannot be greater than 50", http.StatusBadRequest)
	case sim.TagTwice:
		return invalidTag("Cannot provide multiple Tags with the same key")
	case sim.TagReserved:
		return invalidTag("System tags cannot be added/updated by requester")
	}
	return invalidTag(err.Message)
}

func (s *S3) getBucketTagging(region string, in *s3.GetBucketTaggingInput) (*s3.GetBucketTaggingOutput, error) {
	b, err := s.at(region, in.Bucket)
	if err != nil {
		return nil, err
	}
	if len(b.tags) == 0 || time.Now().Before(b.tagged) {
		return nil, sim.Error("NoSuchTagSet", "The TagSet does not exist", http.StatusNotFound)
	}
	return &s3.GetBucketTaggingOutput{TagSet: taglist.Of(b.tags, tagOf)}, nil
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
