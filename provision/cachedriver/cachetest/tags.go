package cachetest

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	"github.com/aws/aws-sdk-go-v2/service/elasticache/types"
)

// Limits of tags (ElastiCache user guide, tagging).
const (
	maxTags     = 50
	maxTagKey   = 128
	maxTagValue = 256
)

var tagText = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$`)

// checkTags returns old tags with new ones on top.
func checkTags(list []types.Tag, old map[string]string) (map[string]string, error) {
	tags := maps.Clone(old)
	if tags == nil {
		tags = map[string]string{}
	}
	for _, tag := range list {
		k, v := aws.ToString(tag.Key), aws.ToString(tag.Value)
		switch {
		case k == "" || utf8.RuneCountInString(k) > maxTagKey:
			return nil, invalidValue("Tag keys must be between 1 and %d characters in length.", maxTagKey)
		case utf8.RuneCountInString(v) > maxTagValue:
			return nil, invalidValue("Tag values must be between 0 and %d characters in length: that of %s", maxTagValue, k)
		case strings.HasPrefix(strings.ToLower(k), "aws:"):
			return nil, invalidValue("Tag keys can't be prefixed with aws:, which is reserved: %s", k)
		case !tagText.MatchString(k) || !tagText.MatchString(v):
			return nil, invalidValue("Tags can only include letters, digits, spaces and _.:/=+-@: %s is %q.", k, v)
		}
		tags[k] = v
	}
	if len(tags) > maxTags {
		return nil, &types.TagQuotaPerResourceExceeded{Message: aws.String("A resource can have up to 50 tags.")}
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

// tagged returns the group of an ARN, if its tags can be read.
func (s *ElastiCache) tagged(region string, arn *string) (*group, error) {
	parts := strings.SplitN(aws.ToString(arn), ":", 7)
	if len(parts) != 7 || parts[2] != "elasticache" || parts[5] != "replicationgroup" {
		return nil, &types.InvalidARNFault{Message: aws.String("The ARN " + aws.ToString(arn) + " is not valid.")}
	}
	g, err := s.named(region, aws.String(parts[6]))
	switch {
	case err != nil:
		return nil, err
	case g.status(time.Now()) != available:
		return nil, invalidState("Cluster not in available state to perform tagging operations.")
	}
	return g, nil
}

func (s *ElastiCache) listTags(region string, in *elasticache.ListTagsForResourceInput) (*elasticache.ListTagsForResourceOutput, error) {
	g, err := s.tagged(region, in.ResourceName)
	if err != nil {
		return nil, err
	}
	return &elasticache.ListTagsForResourceOutput{TagList: tagList(g.tags)}, nil
}

func (s *ElastiCache) addTags(region string, in *elasticache.AddTagsToResourceInput) (*elasticache.AddTagsToResourceOutput, error) {
	g, err := s.tagged(region, in.ResourceName)
	if err != nil {
		return nil, err
	}
	tags, err := checkTags(in.Tags, g.tags)
	if err != nil {
		return nil, err
	}
	g.tags = tags
	return &elasticache.AddTagsToResourceOutput{TagList: tagList(g.tags)}, nil
}

func (s *ElastiCache) removeTags(region string, in *elasticache.RemoveTagsFromResourceInput) (*elasticache.RemoveTagsFromResourceOutput, error) {
	g, err := s.tagged(region, in.ResourceName)
	if err != nil {
		return nil, err
	}
	for _, k := range in.TagKeys {
		delete(g.tags, k)
	}
	return &elasticache.RemoveTagsFromResourceOutput{TagList: tagList(g.tags)}, nil
}
