package asgtest

import (
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
)

// Limits of tags (EC2 Auto Scaling user guide, tag naming and usage restrictions).
const (
	maxTags     = 50
	maxTagKey   = 128
	maxTagValue = 256
)

// checkTags reads the tags of a create.
func checkTags(g *group) (err error) {
	g.tags, err = readTags(g.name, g.in.Tags)
	return err
}

func readTags(name string, list []types.Tag) (map[string]tag, error) {
	tags := map[string]tag{}
	for _, t := range list {
		key, value := aws.ToString(t.Key), aws.ToString(t.Value)
		_, twice := tags[key]
		switch {
		case t.ResourceType != nil && *t.ResourceType != "auto-scaling-group":
			return nil, invalid("Resource type %s is not supported; the only one is auto-scaling-group", *t.ResourceType)
		case t.ResourceId != nil && *t.ResourceId != name:
			return nil, invalid("The tag's resource id %s is not the name of the group", *t.ResourceId)
		case key == "" || utf8.RuneCountInString(key) > maxTagKey:
			return nil, invalid("The key of a tag has 1 to %d characters: '%s'", maxTagKey, key)
		case utf8.RuneCountInString(value) > maxTagValue:
			return nil, invalid("The value of a tag has at most %d characters: '%s'", maxTagValue, value)
		case strings.HasPrefix(strings.ToLower(key), "aws:"):
			return nil, invalid("Tag keys that begin with aws: are reserved for internal use: '%s'", key)
		case twice:
			return nil, invalid("Duplicate tag key '%s'", key)
		}
		tags[key] = tag{value: value, propagate: aws.ToBool(t.PropagateAtLaunch)}
	}
	if len(tags) > maxTags {
		return nil, invalid("More than %d tags specified", maxTags)
	}
	return tags, nil
}

// createTags adds and replaces tags of groups. Instances that run keep theirs.
func (a *ASG) createTags(region string, in *autoscaling.CreateOrUpdateTagsInput) (*autoscaling.CreateOrUpdateTagsOutput, error) {
	changed := map[*group]map[string]tag{}
	for _, t := range in.Tags {
		g, err := a.shown(region, t.ResourceId)
		if err != nil {
			return nil, err
		}
		tags, err := readTags(g.name, []types.Tag{t})
		if err != nil {
			return nil, err
		}
		if changed[g] == nil {
			changed[g] = maps.Clone(g.tags)
		}
		maps.Copy(changed[g], tags)
		if len(changed[g]) > maxTags {
			return nil, invalid("More than %d tags specified", maxTags)
		}
	}
	for g, tags := range changed {
		g.tags = tags
	}
	return &autoscaling.CreateOrUpdateTagsOutput{}, nil
}

func (g *group) showTags() []types.TagDescription {
	var tags []types.TagDescription
	for _, key := range slices.Sorted(maps.Keys(g.tags)) {
		tags = append(tags, types.TagDescription{
			Key: aws.String(key), Value: aws.String(g.tags[key].value), PropagateAtLaunch: aws.Bool(g.tags[key].propagate),
			ResourceId: aws.String(g.name), ResourceType: aws.String("auto-scaling-group"),
		})
	}
	return tags
}
