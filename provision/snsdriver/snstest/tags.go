package snstest

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/internal/taglist"
)

// rules are those that most services document. SNS models none.
var rules sim.TagRules

func pair(tag types.Tag) (key, value *string) { return tag.Key, tag.Value }

// refused is the service's own error for tags that break a rule.
func refused(err *sim.TagError) error {
	switch err.Fault {
	case sim.TagTooMany:
		return tagLimitExceeded()
	case sim.TagTwice:
		return invalidParameter("Duplicated keys are not allowed.")
	}
	return invalidParameter("Tags Reason: %s", err.Message)
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
	if time.Now().Before(t.tagged) {
		return &sns.ListTagsForResourceOutput{}, nil // which is no error
	}
	return &sns.ListTagsForResourceOutput{Tags: taglist.Of(t.tags, func(key, value *string) types.Tag {
		return types.Tag{Key: key, Value: value}
	})}, nil
}

func (s *SNS) tagResource(region string, in *sns.TagResourceInput) (*sns.TagResourceOutput, error) {
	t, err := s.tagged(region, in.ResourceArn)
	if err != nil {
		return nil, err
	}
	tags, fault := sim.MergeTags(rules, t.tags, in.Tags, pair)
	if fault != nil {
		return nil, refused(fault)
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
