package asgtest

import (
	"maps"
	"regexp"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"

	"github.com/peppercorn-go/peppercorn/internal/sim"
)

// rules are those of all services, of which Auto Scaling documents no alphabet (EC2 Auto Scaling user guide, tag naming and usage
// restrictions).
var rules = sim.TagRules{Text: regexp.MustCompile(`(?s).*`)}

func pair(tag types.Tag) (key, value *string) { return tag.Key, tag.Value }

// checkTags reads the tags of a create.
func checkTags(g *group) (err error) {
	g.tags, err = readTags(g.name, g.in.Tags)
	return err
}

func readTags(name string, list []types.Tag) (map[string]tag, error) {
	if _, err := sim.MergeTags(rules, nil, list, pair); err != nil {
		return nil, invalid("%s", err.Message)
	}
	tags := map[string]tag{}
	for _, t := range list {
		switch {
		case t.ResourceType != nil && *t.ResourceType != "auto-scaling-group":
			return nil, invalid("Resource type %s is not supported; the only one is auto-scaling-group", *t.ResourceType)
		case t.ResourceId != nil && *t.ResourceId != name:
			return nil, invalid("The tag's resource id %s is not the name of the group", *t.ResourceId)
		}
		tags[aws.ToString(t.Key)] = tag{value: aws.ToString(t.Value), propagate: aws.ToBool(t.PropagateAtLaunch)}
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
		if len(changed[g]) > sim.MaxTags {
			return nil, invalid("More than %d tags specified", sim.MaxTags)
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
