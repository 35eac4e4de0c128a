package sqstest

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// Limits of tags, which SQS shares with the other services.
const (
	maxTags     = 50
	maxTagKey   = 128
	maxTagValue = 256
)

// tagText is the alphabet of keys and values that most services document. SQS does not model one; a program that keeps
// to the strictest is right everywhere.
var tagText = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$`)

func checkTags(tags map[string]string) error {
	if len(tags) > maxTags {
		return invalidParameter("Too many tags: %d were given, the limit is %d.", len(tags), maxTags)
	}
	for _, k := range slices.Sorted(maps.Keys(tags)) {
		v := tags[k]
		switch {
		case k == "" || utf8.RuneCountInString(k) > maxTagKey:
			return invalidParameter("Tag keys must be between 1 and %d characters in length.", maxTagKey)
		case strings.HasPrefix(strings.ToLower(k), "aws:"):
			return invalidParameter("Tag keys must not start with aws:, which is reserved: %s", k)
		case utf8.RuneCountInString(v) > maxTagValue:
			return invalidParameter("Tag values must be between 0 and %d characters in length: the value of %s has %d.",
				maxTagValue, k, utf8.RuneCountInString(v))
		case !tagText.MatchString(k) || !tagText.MatchString(v):
			return invalidParameter("Tags can only include letters, digits, spaces and _.:/=+-@: %s is %q.", k, v)
		}
	}
	return nil
}

func (s *SQS) listQueueTags(region string, in *sqs.ListQueueTagsInput) (*sqs.ListQueueTagsOutput, error) {
	q, err := s.at(region, in.QueueUrl)
	if err != nil {
		return nil, err
	}
	if len(q.tags) == 0 {
		return &sqs.ListQueueTagsOutput{}, nil
	}
	return &sqs.ListQueueTagsOutput{Tags: maps.Clone(q.tags)}, nil
}

func (s *SQS) tagQueue(region string, in *sqs.TagQueueInput) (*sqs.TagQueueOutput, error) {
	q, err := s.at(region, in.QueueUrl)
	if err != nil {
		return nil, err
	}
	tags := maps.Clone(q.tags)
	maps.Copy(tags, in.Tags)
	if err := checkTags(tags); err != nil {
		return nil, err
	}
	q.tags = tags
	return &sqs.TagQueueOutput{}, nil
}

func (s *SQS) untagQueue(region string, in *sqs.UntagQueueInput) (*sqs.UntagQueueOutput, error) {
	q, err := s.at(region, in.QueueUrl)
	if err != nil {
		return nil, err
	}
	for _, k := range in.TagKeys {
		delete(q.tags, k)
	}
	return &sqs.UntagQueueOutput{}, nil
}
