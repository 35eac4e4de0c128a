package ec2test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// Limits of tags (EC2 user guide, tag restrictions).
const (
	maxTags     = 50
	maxTagKey   = 128
	maxTagValue = 256
)

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

func checkTags(tags []types.Tag) error {
	seen := map[string]bool{}
	for _, tag := range tags {
		key, value := aws.ToString(tag.Key), aws.ToString(tag.Value)
		switch {
		case key == "":
			return refuse("InvalidParameterValue", "Tag key cannot be empty")
		case strings.HasPrefix(strings.ToLower(key), "aws:"):
			return refuse("InvalidParameterValue",
				fmt.Sprintf("Value ( %s ) for parameter key is invalid. Tag keys starting with 'aws:' are reserved for internal use", key))
		case utf8.RuneCountInString(key) > maxTagKey:
			return refuse("InvalidParameterValue", fmt.Sprintf("Tag key exceeds the maximum length of %d characters", maxTagKey))
		case utf8.RuneCountInString(value) > maxTagValue:
			return refuse("InvalidParameterValue", fmt.Sprintf("Tag value exceeds the maximum length of %d characters", maxTagValue))
		case seen[key]:
			return refuse("InvalidParameterValue", fmt.Sprintf("Duplicate tag key '%s' specified.", key))
		}
		seen[key] = true
	}
	if len(tags) > maxTags {
		return refuse("TagLimitExceeded", fmt.Sprintf("More than %d tags specified", maxTags))
	}
	return nil
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
		if len(merged) > maxTags {
			return nil, refuse("TagLimitExceeded", fmt.Sprintf("The maximum number of Tags for a resource has been reached. (%d)", maxTags))
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

func tagMap(tags []types.Tag) map[string]string {
	m := make(map[string]string, len(tags))
	for _, tag := range tags {
		m[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
	}
	return m
}

func tagList(m map[string]string) []types.Tag {
	tags := make([]types.Tag, 0, len(m))
	for _, key := range slices.Sorted(maps.Keys(m)) {
		tags = append(tags, types.Tag{Key: aws.String(key), Value: aws.String(m[key])})
	}
	return tags
}
