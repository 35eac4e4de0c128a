package ssmtest

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/internal/taglist"
)

// rules are those of all services (Systems Manager API reference, Tag).
var rules sim.TagRules

func pair(tag types.Tag) (key, value *string) { return tag.Key, tag.Value }

// refused is the service's own error for tags that break a rule.
func refused(err *sim.TagError) error {
	if err.Fault == sim.TagTooMany {
		return &types.TooManyTagsError{Message: aws.String("The Targets parameter includes too many tags.")}
	}
	return invalid("%s", err.Message)
}

// tagged returns the parameter that a call on tags means.
func (s *SSM) tagged(region string, typ types.ResourceTypeForTagging, id *string) (*parameter, error) {
	if typ != types.ResourceTypeForTaggingParameter {
		return nil, &types.InvalidResourceType{Message: aws.String("ssmtest simulates parameters only")}
	}
	p, ok := s.named(region, aws.ToString(id))
	if !ok {
		return nil, &types.InvalidResourceId{Message: aws.String("The resource ID isn't valid: " + aws.ToString(id))}
	}
	return p, nil
}

func (s *SSM) listTagsForResource(region string, in *ssm.ListTagsForResourceInput) (*ssm.ListTagsForResourceOutput, error) {
	p, err := s.tagged(region, in.ResourceType, in.ResourceId)
	if err != nil {
		return nil, err
	}
	return &ssm.ListTagsForResourceOutput{TagList: taglist.Of(p.tags, func(key, value *string) types.Tag {
		return types.Tag{Key: key, Value: value}
	})}, nil
}

func (s *SSM) addTagsToResource(region string, in *ssm.AddTagsToResourceInput) (*ssm.AddTagsToResourceOutput, error) {
	p, err := s.tagged(region, in.ResourceType, in.ResourceId)
	if err != nil {
		return nil, err
	}
	tags, fault := sim.MergeTags(rules, p.tags, in.Tags, pair)
	if fault != nil {
		return nil, refused(fault)
	}
	p.tags = tags
	return &ssm.AddTagsToResourceOutput{}, nil
}

func (s *SSM) removeTagsFromResource(region string, in *ssm.RemoveTagsFromResourceInput) (*ssm.RemoveTagsFromResourceOutput, error) {
	p, err := s.tagged(region, in.ResourceType, in.ResourceId)
	if err != nil {
		return nil, err
	}
	for _, k := range in.TagKeys {
		delete(p.tags, k)
	}
	return &ssm.RemoveTagsFromResourceOutput{}, nil
}
