package ec2test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/internal/taglist"
)

// rules are those of all services, but for the alphabet: EC2 takes any character (EC2 user guide, tag restrictions).
var rules = sim.TagRules{Text: regexp.MustCompile("")}

func pair(tag types.Tag) (key, value *string) { return tag.Key, tag.Value }

// birthTags reads the tag specifications of a create: for each kind of resource that the operation can tag.
func birthTags(specs []types.TagSpecification, taggable ...types.ResourceType) (map[types.ResourceType][]types.Tag, error) {
	tags := map[types.ResourceType][]types.Tag{}
	for _, spec := range specs {
		if !slices.Contains(taggable, spec.ResourceType) {
			return nil, refuse("InvalidParameterValue",
				fmt.Sprintf("'%s' is not a valid taggable resource type for this operation.", spec.ResourceType))
		}
		if _, twice := tags[spec.ResourceType]; twice {
			return nil, refuse("InvalidParameterValue", "Only one tag specification per resource type is allowed.")
		}
		if len(spec.Tags) == 0 {
			return nil, refuse("InvalidParameterValue", "Tag specification must have at least one tag")
		}
		if err := checkTags(spec.Tags); err != nil {
			return nil, err
		}
		tags[spec.ResourceType] = slices.Clone(spec.Tags)
	}
	return tags, nil
}

// checkTags refuses tags that a call gives.
func checkTags(tags []types.Tag) error {
	_, fault := sim.MergeTags(rules, nil, tags, pair)
	switch {
	case fault == nil:
		return nil
	case fault.Fault == sim.TagTooMany:
		return refuse("TagLimitExceeded", fault.Message)
	}
	return refuse("InvalidParameterValue", fault.Message)
}

// tagged is a resource with tags that can be changed.
func (w *world) tagged(id string) (*[]types.Tag, error) {
	if g := w.groups[id]; g != nil && w.isKnown(g.age) {
		return &g.tags, nil
	}
	if i := w.instances[id]; i != nil && w.isKnown(i.age) {
		return &i.tags, nil
	}
	if t := w.templates[id]; t != nil && w.isKnown(t.age) {
		return &t.tags, nil
	}
	if n := w.enis[id]; n != nil {
		return &n.tags, nil
	}
	if v := w.volumes[id]; v != nil {
		return &v.tags, nil
	}
	if vpc := w.vpc(id); vpc != nil {
		return &vpc.Tags, nil
	}
	if subnet := w.subnet(id); subnet != nil {
		return &subnet.Tags, nil
	}
	switch {
	case strings.HasPrefix(id, "sg-"):
		return nil, noGroup(id)
	case strings.HasPrefix(id, "i-"):
		return nil, noInstance(id)
	}
	return nil, refuse("InvalidID", fmt.Sprintf("The ID '%s' is not valid", id))
}

func (w *world) createTags(in *ec2.CreateTagsInput) (*ec2.CreateTagsOutput, error) {
	if err := checkTags(in.Tags); err != nil {
		return nil, err
	}
	changed := map[*[]types.Tag]map[string]string{}
	for _, id := range in.Resources {
		tags, err := w.tagged(id)
		if err != nil {
			return nil, err
		}
		merged := tagMap(*tags)
		maps.Copy(merged, tagMap(in.Tags))
		if len(merged) > sim.MaxTags { // the old tags are not checked again, for AWS gives some that nobody else may
			return nil, refuse("TagLimitExceeded", fmt.Sprintf("The maximum number of Tags for a resource has been reached. (%d)", sim.MaxTags))
		}
		changed[tags] = merged
	}
	for tags, merged := range changed {
		*tags = tagList(merged)
	}
	return &ec2.CreateTagsOutput{}, nil
}

func (w *world) deleteTags(in *ec2.DeleteTagsInput) (*ec2.DeleteTagsOutput, error) {
	for _, id := range in.Resources {
		tags, err := w.tagged(id)
		if err != nil {
			return nil, err
		}
		*tags = slices.DeleteFunc(slices.Clone(*tags), func(tag types.Tag) bool {
			return slices.ContainsFunc(in.Tags, func(gone types.Tag) bool {
				return aws.ToString(gone.Key) == aws.ToString(tag.Key) && (gone.Value == nil || *gone.Value == aws.ToString(tag.Value))
			})
		})
	}
	return &ec2.DeleteTagsOutput{}, nil
}

func tagMap(tags []types.Tag) map[string]string { return taglist.Map(tags, pair) }

func tagList(tags map[string]string) []types.Tag {
	return taglist.Of(tags, func(key, value *string) types.Tag { return types.Tag{Key: key, Value: value} })
}
