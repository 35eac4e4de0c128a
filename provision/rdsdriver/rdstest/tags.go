package rdstest

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/internal/taglist"
)

// rules are those of all services, but that "rds:" is reserved as well, and both prefixes in values too (RDS user guide, tagging).
var rules = sim.TagRules{Reserved: []string{"rds:"}, ReservedValues: true}

func pair(tag types.Tag) (key, value *string) { return tag.Key, tag.Value }

// mergeTags returns old tags with new ones on top.
func mergeTags(old map[string]string, list []types.Tag) (map[string]string, error) {
	tags, fault := sim.MergeTags(rules, old, list, pair)
	if fault != nil {
		return nil, invalidValue("%s", fault.Message)
	}
	return tags, nil
}

// tagList returns tags in the order of their keys.
func tagList(tags map[string]string) []types.Tag {
	return taglist.Of(tags, func(key, value *string) types.Tag { return types.Tag{Key: key, Value: value} })
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
	all, err := mergeTags(*tags, in.Tags)
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
