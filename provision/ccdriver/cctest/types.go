package cctest

import (
	"fmt"
	"maps"
	"regexp"
	"slices"

	"github.com/peppercorn-go/peppercorn/internal/sim"
)

// Type is a resource type, as far as the simulation knows it.
type Type struct {
	// Name of the type, "AWS::ECR::Repository".
	Name string
	// Identifier are the properties that are the primary identifier; several are joined by |.
	Identifier []string
	// NameProperty is the property that is unique in a region; the service makes a name up if none is given. Empty for
	// types without names.
	NameProperty string
	// TagsProperty takes tags: a list of {"Key", "Value"}, or an object if TagMap is set. Empty for types without tags.
	TagsProperty string
	TagMap       bool
	// Required properties, and Optional ones beside name and tags. All others are refused.
	Required, Optional []string
	// ReadOnly are the properties that the service makes. In texts, {region}, {account}, {name} and {id}, which is
	// unique, are replaced.
	ReadOnly map[string]any
	// Late types say the identifier only when the request has ended.
	Late bool
	// Whole types list their resources with all properties, the others with the identifier's only.
	Whole bool
	// Sharing types hand out what has the name already, whoever made it, as if they had made it: so do handlers whose
	// service does.
	Sharing bool
	// Bare types show a resource while the request still makes it, and without its tags.
	Bare bool
	// Unlistable types have no handler for lists.
	Unlistable bool
}

// Types returns the types that are simulated by default, each for something that types differ in: repositories are named
// by their identifier, topics by a part of it, parameters have a map of tags, addresses have no name, a compound
// identifier, and that late, and groups of IAM take no tags.
func Types() []Type {
	return []Type{
		{
			Name: "AWS::ECR::Repository", Identifier: []string{"RepositoryName"}, NameProperty: "RepositoryName",
			TagsProperty: "Tags", Optional: []string{"ImageTagMutability", "ImageScanningConfiguration", "LifecyclePolicy", "RepositoryPolicyText"},
			ReadOnly: map[string]any{
				"Arn":           "arn:aws:ecr:{region}:{account}:repository/{name}",
				"RepositoryUri": "{account}.dkr.ecr.{region}.amazonaws.com/{name}",
			},
		},
		{
			Name: "AWS::SNS::Topic", Identifier: []string{"TopicArn"}, NameProperty: "TopicName", TagsProperty: "Tags",
			Optional: []string{"DisplayName", "FifoTopic", "KmsMasterKeyId"}, Whole: true,
			ReadOnly: map[string]any{"TopicArn": "arn:aws:sns:{region}:{account}:{name}"},
		},
		{
			Name: "AWS::SSM::Parameter", Identifier: []string{"Name"}, NameProperty: "Name", TagsProperty: "Tags", TagMap: true,
			Required: []string{"Type", "Value"}, Optional: []string{"Description", "Tier"},
		},
		{
			Name: "AWS::EC2::EIP", Identifier: []string{"PublicIp", "AllocationId"}, TagsProperty: "Tags", Late: true,
			Optional: []string{"Domain", "NetworkBorderGroup"},
			ReadOnly: map[string]any{"PublicIp": "192.0.2.{id}", "AllocationId": "eipalloc-{id}"},
		},
		{
			Name: "AWS::IAM::Group", Identifier: []string{"GroupName"}, NameProperty: "GroupName",
			Optional: []string{"Path", "ManagedPolicyArns"},
			ReadOnly: map[string]any{"Arn": "arn:aws:iam::{account}:group/{name}"},
		},
	}
}

// check returns what the handler has against the properties, "" for nothing.
func (t Type) check(properties map[string]any) string {
	for _, name := range t.Required {
		if properties[name] == nil {
			return fmt.Sprintf("Model validation failed (#: required key [%s] not found)", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		switch {
		case name == t.NameProperty, name == t.TagsProperty, slices.Contains(t.Required, name), slices.Contains(t.Optional, name):
		case t.ReadOnly[name] != nil:
			return fmt.Sprintf("Encountered read-only property: %s", name)
		default:
			return fmt.Sprintf("Model validation failed (#: extraneous key [%s] is not permitted)", name)
		}
	}
	if name, given := properties[t.NameProperty]; given && t.NameProperty != "" {
		if text, ok := name.(string); !ok || !resourceName.MatchString(text) {
			return fmt.Sprintf("Model validation failed (#/%s: failed validation constraint for keyword [pattern])", t.NameProperty)
		}
	}
	return t.checkTags(properties)
}

var resourceName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{1,254}$`)

// rules are those that nearly all services share.
var rules sim.TagRules

func (t Type) checkTags(properties map[string]any) string {
	given, any := properties[t.TagsProperty]
	if !any || t.TagsProperty == "" {
		return ""
	}
	tags, ok := t.tags(given)
	if !ok {
		return fmt.Sprintf("Model validation failed (#/%s: expected type: %s)", t.TagsProperty, t.tagsKind())
	}
	if fault := rules.Check(tags); fault != nil {
		return fault.Message
	}
	return ""
}

func (t Type) tagsKind() string {
	if t.TagMap {
		return "JSONObject"
	}
	return "JSONArray"
}

// tags reads the tags property; ok is false if it is not of the form that the type wants.
func (t Type) tags(property any) (tags map[string]string, ok bool) {
	tags = map[string]string{}
	if t.TagMap {
		object, ok := property.(map[string]any)
		for k, v := range object {
			text, isText := v.(string)
			tags[k], ok = text, ok && isText
		}
		return tags, ok
	}
	list, ok := property.([]any)
	for _, element := range list {
		pair, isPair := element.(map[string]any)
		k, isKey := pair["Key"].(string)
		v, isValue := pair["Value"].(string)
		_, twice := tags[k]
		tags[k], ok = v, ok && isPair && isKey && isValue && !twice && len(pair) == 2
	}
	return tags, ok
}
