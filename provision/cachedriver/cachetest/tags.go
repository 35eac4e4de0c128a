package cachetest

import (
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	"github.com/aws/aws-sdk-go-v2/service/elasticache/types"

	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/internal/taglist"
)

// rules are those of all services (ElastiCache user guide, tagging).
var rules sim.TagRules

func pair(tag types.Tag) (key, value *string) { return tag.Key, tag.Value }

// mergeTags returns old tags with new ones on top.
func mergeTags(old map[string]string, list []types.Tag) (map[string]string, error) {
	tags, fault := sim.MergeTags(rules, old, list, pair)
	switch {
	case fault == nil:
		return tags, nil
	case fault.Fault == sim.TagTooMany:
		return nil, &types.TagQuotaPerResourceExceeded{Message: aws.String(fault.Message)}
	}
	return nil, invalidValue("%s", fault.Message)
}

// tagList returns tags in the order of their keys.
func tagList(tags map[string]string) []types.Tag {
	return taglist.Of(tags, func(key, value *string) types.Tag { return types.Tag{Key: key, Value: value} })
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
	tags, err := mergeTags(g.tags, in.Tags)
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
