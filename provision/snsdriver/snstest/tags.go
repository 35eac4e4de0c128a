package snstest

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
)

// Limits of tags, which SNS shares with the other services.
const (
	maxTags     = 50
	maxTagKey   = 128
	maxTagValue = 256
)

// tagText is the alphabet of keys and values that most services document. SNS does not model one; a program that keeps to
// the strictest is right everywhere.
var tagText = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$`)

// tagsOf checks tags and returns them as a map.
func tagsOf(list []types.Tag) (map[string]string, error) {
	tags := map[string]string{}
	for _, tag := range list {
		k, v := aws.ToString(tag.Key), aws.ToString(tag.Value)
		switch _, twice := tags[k]; {
		case twice:
			return nil, invalidParameter("Duplicated keys are not allowed.")
		case k == "" || utf8.RuneCountInString(k) > maxTagKey || !tagText.MatchString(k) || strings.HasPrefix(strings.ToLower(k), "aws:"):
			return nil, invalidParameter("Tags Reason: the key %q is invalid", k)
		case utf8.RuneCountInString(v) > maxTagValue || !tagText.MatchString(v):
			return nil, invalidParameter("Tags Reason: the value %q is invalid", v)
		}
		tags[k] = v
	}
	if len(tags) > maxTags {
		return nil, tagLimitExceeded()
	}
	return tags, nil
}

// tagged returns the topic of an ARN for a call on tags.
func (s *SNS) tagged(region string, arn *string) (*topic, error) {
	t := s.topics[aws.ToString(arn)]
	if t == nil || t.region != region || !t.answers(time.Now()) {
		return nil, resourceNotFound()
	}
	return t, nil
}

func (s *SNS) listTagsForResource(region string, in *sns.ListTagsForResourceInput) (*sns.ListTagsForResourceOutput, error) {
	t, err := s.tagged(region, in.ResourceArn)
	if err != nil {
		return nil, err
	}
	out := &sns.ListTagsForResourceOutput{}
	if time.Now().Before(t.tagged) {
		return out, nil // which is no error
	}
	for _, k := range slices.Sorted(maps.Keys(t.tags)) {
		out.Tags = append(out.Tags, types.Tag{Key: aws.String(k), Value: aws.String(t.tags[k])})
	}
	return out, nil
}

func (s *SNS) tagResource(region string, in *sns.TagResourceInput) (*sns.TagResourceOutput, error) {
	t, err := s.tagged(region, in.ResourceArn)
	if err != nil {
		return nil, err
	}
	given, err := tagsOf(in.Tags)
	if err != nil {
		return nil, err
	}
	tags := maps.Clone(t.tags)
	maps.Copy(tags, given)
	if len(tags) > maxTags {
		return nil, tagLimitExceeded()
	}
	t.tags = tags
	return &sns.TagResourceOutput{}, nil
}

func (s *SNS) untagResource(region string, in *sns.UntagResourceInput) (*sns.UntagResourceOutput, error) {
	t, err := s.tagged(region, in.ResourceArn)
	if err != nil {
		return nil, err
	}
	for _, k := range in.TagKeys {
		delete(t.tags, k)
	}
	return &sns.UntagResourceOutput{}, nil
}
