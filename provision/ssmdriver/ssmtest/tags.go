package ssmtest

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
)

// Limits of tags (Systems Manager API reference, Tag).
const (
	maxTags     = 50
	maxTagKey   = 128
	maxTagValue = 256
)

// tagText is the alphabet of keys and values.
var tagText = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$`)

func textOf(tags []types.Tag) map[string]string {
	text := make(map[string]string, len(tags))
	for _, tag := range tags {
		text[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
	}
	return text
}

func checkTags(tags map[string]string) error {
	if len(tags) > maxTags {
		return &types.TooManyTagsError{Message: aws.String("The Targets parameter includes too many tags.")}
	}
	for _, k := range slices.Sorted(maps.Keys(tags)) {
		v := tags[k]
		switch {
		case k == "" || utf8.RuneCountInString(k) > maxTagKey:
			return invalid("Tag keys must be between 1 and %d characters in length.", maxTagKey)
		case strings.HasPrefix(strings.ToLower(k), "aws:"):
			return invalid("Tag keys must not start with aws:, which is reserved: %s", k)
		case utf8.RuneCountInString(v) > maxTagValue:
			return invalid("Tag values must have at most %d characters: the value of %s has %d.", maxTagValue, k, utf8.RuneCountInString(v))
		case !tagText.MatchString(k) || !tagText.MatchString(v):
			return invalid("Tags can only include letters, digits, spaces and _.:/=+-@: %s is %q.", k, v)
		}
	}
	return nil
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
	out := &ssm.ListTagsForResourceOutput{}
	for _, k := range slices.Sorted(maps.Keys(p.tags)) {
		out.TagList = append(out.TagList, types.Tag{Key: aws.String(k), Value: aws.String(p.tags[k])})
	}
	return out, nil
}

func (s *SSM) addTagsToResource(region string, in *ssm.AddTagsToResourceInput) (*ssm.AddTagsToResourceOutput, error) {
	p, err := s.tagged(region, in.ResourceType, in.ResourceId)
	if err != nil {
		return nil, err
	}
	tags := maps.Clone(p.tags)
	maps.Copy(tags, textOf(in.Tags))
	if err := checkTags(tags); err != nil {
		return nil, err
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
