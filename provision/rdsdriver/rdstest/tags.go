package rdstest

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"
)

// Limits of tags (RDS API reference, Tag; RDS user guide, tagging).
const (
	maxTags     = 50
	maxTagKey   = 128
	maxTagValue = 256
)

var tagText = regexp.MustCompile(`^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$`)

func reserved(text string) bool {
	text = strings.ToLower(text)
	return strings.HasPrefix(text, "aws:") || strings.HasPrefix(text, "rds:")
}

// checkTags returns old tags with new ones on top.
func checkTags(list []types.Tag, old map[string]string) (map[string]string, error) {
	tags := maps.Clone(old)
	if tags == nil {
		tags = map[string]string{}
	}
	given := map[string]bool{}
	for _, tag := range list {
		k, v := aws.ToString(tag.Key), aws.ToString(tag.Value)
		switch {
		case k == "" || utf8.RuneCountInString(k) > maxTagKey:
			return nil, invalidValue("Tag keys must be between 1 and %d characters in length.", maxTagKey)
		case utf8.RuneCountInString(v) > maxTagValue:
			return nil, invalidValue("Tag values must be between 0 and %d characters in length: that of %s", maxTagValue, k)
		case reserved(k) || reserved(v):
			return nil, invalidValue("Tag keys and values can't be prefixed with aws: or rds:, which are reserved: %s", k)
		case !tagText.MatchString(k) || !tagText.MatchString(v):
			return nil, invalidValue("Tags can only include letters, digits, spaces and _.:/=+-@: %s is %q.", k, v)
		case given[k]:
			return nil, invalidValue("Duplicate tag key: %s", k)
		}
		given[k] = true
		tags[k] = v
	}
	if len(tags) > maxTags {
		return nil, invalidValue("Too many tags: %d, the limit is %d.", len(tags), maxTags)
	}
	return tags, nil
}

// tagList returns tags in the order of their keys.
func tagList(tags map[string]string) (list []types.Tag) {
	for _, k := range slices.Sorted(maps.Keys(tags)) {
		list = append(list, types.Tag{Key: aws.String(k), Value: aws.String(tags[k])})
	}
	return list
}

// tagged returns the tags of the instance or snapshot of an ARN, for changing.
func (s *RDS) tagged(region string, arn *string) (*map[string]string, error) {
	if strings.Contains(aws.ToString(arn), ":snapshot:") {
		snap, err := s.snapshotOf(region, arn)
		if err != nil {
			return nil, err
		}
		return &snap.tags, nil
	}
	db, err := s.named(region, arn)
	if err != nil {
		return nil, err
	}
	return &db.tags, nil
}

func (s *RDS) addTags(region string, in *rds.AddTagsToResourceInput) (*rds.AddTagsToResourceOutput, error) {
	tags, err := s.tagged(region, in.ResourceName)
	if err != nil {
		return nil, err
	}
	all, err := checkTags(in.Tags, *tags)
	if err != nil {
		return nil, err
	}
	*tags = all
	return &rds.AddTagsToResourceOutput{}, nil
}

func (s *RDS) removeTags(region string, in *rds.RemoveTagsFromResourceInput) (*rds.RemoveTagsFromResourceOutput, error) {
	tags, err := s.tagged(region, in.ResourceName)
	if err != nil {
		return nil, err
	}
	for _, k := range in.TagKeys {
		delete(*tags, k)
	}
	return &rds.RemoveTagsFromResourceOutput{}, nil
}

func (s *RDS) listTags(region string, in *rds.ListTagsForResourceInput) (*rds.ListTagsForResourceOutput, error) {
	tags, err := s.tagged(region, in.ResourceName)
	if err != nil {
		return nil, err
	}
	return &rds.ListTagsForResourceOutput{TagList: tagList(*tags)}, nil
}
