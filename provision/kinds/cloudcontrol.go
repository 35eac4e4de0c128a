package kinds

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"

	"github.com/peppercorn-go/peppercorn/provision"
)

// CloudControlKind is the kind of a [CloudControl].
const CloudControlKind provision.Kind = "cloudcontrol/resource"

// A CloudControl is a resource of any type that AWS Cloud Control API can make, and so the way to what has no kind of its
// own:
//
//	repository := kinds.CloudControlType{
//		Name:             "AWS::ECR::Repository",
//		NameProperty:     "RepositoryName",
//		NameIsIdentifier: true,
//		Attributes:       map[string]provision.Type{"RepositoryUri": provision.TextType},
//	}
//	images := kinds.AddCloudControl(&b, "images", kinds.CloudControl{
//		Type:       repository,
//		Properties: map[string]any{"ImageTagMutability": provision.Text("IMMUTABLE")},
//	})
//	... images.Attribute("RepositoryUri") ...
//
// The same type is given to the driver, which could not tell otherwise what to look through for resources of ours, and which
// package awsdrivers makes only if there is such a type:
//
//	drivers := awsdrivers.All(cfg, func(o *awsdrivers.Options) { o.CloudControlTypes = []kinds.CloudControlType{repository} })
type CloudControl struct {
	// Type is what to make. Required.
	Type CloudControlType
	// Properties are what CloudFormation's documentation of the type lists, as a JSON tree: maps, slices, bools, numbers, nil
	// and texts. A [provision.Text] may hold references, and one that is nothing but a reference keeps the type of what it
	// refers to: a number stays a number, and a list becomes a list, or a part of the list it stands in. A plain string is
	// taken as it is. [CloudControlProperties] reads a JSON document. Name and tags are not among them: the driver writes both.
	//
	// Properties make the digest of the blueprint and are sent as they are, so a secret's value has no place in them, and some
	// that are known to take one are refused, such as MasterUserPassword. Nearly every type that needs a secret takes the ARN of
	// one in Secrets Manager: a [provision.Secret] in the tree, which arrives as text. Default: none but name and tags.
	Properties map[string]any
}

// Private returns all texts in the properties, which no error repeats.
func (r CloudControl) Private() []string { return privateTree(r.Properties) }

// A CloudControlType says what the driver must know of a resource type, all of which its documentation, or its schema (aws
// cloudformation describe-type), says.
type CloudControlType struct {
	// Name of the type, "AWS::ECR::Repository". Required.
	Name string
	// Tags says how the type takes tags. Default [TagList]. A type that takes none must have NameIsIdentifier.
	Tags TagStyle
	// TagsProperty is the property that takes the tags. Default "Tags".
	TagsProperty string
	// NameProperty is the property that takes a name, which the driver computes. Default: none, the service makes up names.
	NameProperty string
	// NameMax is the longest name that the type takes, in bytes, NameSuffix included: 14 to 255. Default 63.
	NameMax int
	// NameSuffix is what every name must end in, such as ".fifo". Default nothing.
	NameSuffix string
	// NameIsIdentifier says that the name is the primary identifier of the type. Default: the service makes the identifier.
	NameIsIdentifier bool
	// Attributes are the properties that the node has as outputs, with their types, such as "RepositoryUri", or with dots
	// through nested ones, "Endpoint.Address". They are known when the resource is ready. Default: none.
	Attributes map[string]provision.Type
	// SecretOutputs are those of the Attributes that lead to a secret, and "Identifier" if that one does, as the ARN of an
	// AWS::SecretsManager::Secret. They fit only into fields for secrets: node.Secret("Identifier"). Default: none.
	SecretOutputs []string
}

// TagStyle says how a resource type takes its tags.
type TagStyle string

// The ways to take tags.
const (
	TagList TagStyle = ""     // a list of {"Key": ..., "Value": ...}, as most types
	TagMap  TagStyle = "map"  // an object: {"key": "value"}
	NoTags  TagStyle = "none" // not at all
)

const (
	cloudControlNameMax = 63
	cloudControlMinName = 14 // one letter and the hash of 13
	cloudControlMaxName = 255
	// cloudControlDeepest is how deep properties may be nested. Reading them must come to an end if they point at themselves.
	cloudControlDeepest = 60
)

var (
	cloudControlTypeName  = regexp.MustCompile(`^[A-Za-z0-9]{2,64}::[A-Za-z0-9]{2,64}::[A-Za-z0-9]{2,64}$`)
	cloudControlAttribute = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]*(\.[A-Za-z][A-Za-z0-9_-]*)*$`)
)

// TagProperty returns the property that takes the tags; empty if the type takes none.
func (t CloudControlType) TagProperty() string {
	switch {
	case t.Tags == NoTags:
		return ""
	case t.TagsProperty == "":
		return "Tags"
	}
	return t.TagsProperty
}

// ResourceName returns the name that a resource of this type has for c; empty if the service makes up names.
func (t CloudControlType) ResourceName(c provision.Call) string {
	if t.NameProperty == "" {
		return ""
	}
	longest := t.NameMax
	if longest == 0 {
		longest = cloudControlNameMax
	}
	return c.Name(longest, t.NameSuffix)
}

// Kind returns [CloudControlKind].
func (CloudControl) Kind() provision.Kind { return CloudControlKind }

// Outputs of the resource: Identifier, and its type's Attributes in the order of their names.
func (r CloudControl) Outputs() []provision.Output {
	outputs := []provision.Output{{
		Name: "Identifier", Type: provision.TextType, Secret: slices.Contains(r.Type.SecretOutputs, "Identifier"),
		Doc: "the primary identifier, in which several properties are joined by |",
	}}
	for _, name := range slices.Sorted(maps.Keys(r.Type.Attributes)) {
		outputs = append(outputs, provision.Output{
			Name: name, Type: r.Type.Attributes[name], Secret: slices.Contains(r.Type.SecretOutputs, name),
			Doc: fmt.Sprintf("the property %s of %s", name, r.Type.Name),
		})
	}
	return outputs
}

// Validate checks the type, and that the properties are a JSON tree without name and tags. Whether the type has these properties
// only AWS can tell. It returns every problem, joined.
func (r CloudControl) Validate() error {
	var p problems
	r.Type.check(&p)
	for _, name := range slices.Sorted(maps.Keys(r.Properties)) {
		switch name {
		case "":
			p.addf("Properties", "a property has no name")
		case r.Type.TagProperty():
			p.addf("Properties["+name+"]", "the driver writes the tags")
		case r.Type.NameProperty:
			p.addf("Properties["+name+"]", "the driver computes the name")
		default:
			p.plainSecret("Properties["+name+"]", name, r.Properties[name])
			checkTree(&p, "Properties["+name+"]", r.Properties[name], 0)
		}
	}
	return p.err()
}

func (t CloudControlType) check(p *problems) {
	if !cloudControlTypeName.MatchString(t.Name) {
		p.addf("Type.Name", "%q is not the name of a resource type, such as AWS::ECR::Repository", t.Name)
	}
	switch t.Tags {
	case TagList, TagMap:
	case NoTags:
		if t.TagsProperty != "" {
			p.addf("Type.TagsProperty", "is set, but Type.Tags says that there is none")
		}
		if !t.NameIsIdentifier {
			p.addf("Type.Tags", "what takes no tags can be told to be ours by its name only: Type.NameIsIdentifier must be "+
				"true, or the type cannot be offered")
		}
	default:
		p.addf("Type.Tags", "%q is not one of TagList, TagMap (map) and NoTags (none)", t.Tags)
	}
	if t.NameProperty == "" && (t.NameIsIdentifier || t.NameMax != 0 || t.NameSuffix != "") {
		p.addf("Type.NameProperty", "is missing, but something is said about the name")
	}
	if t.NameProperty != "" && t.NameProperty == t.TagProperty() {
		p.addf("Type.NameProperty", "%q takes the tags", t.NameProperty)
	}
	if least := cloudControlMinName + len(t.NameSuffix); t.NameMax != 0 && (t.NameMax < least || t.NameMax > cloudControlMaxName) {
		p.addf("Type.NameMax", "%d is out of range, it may be %d to %d", t.NameMax, least, cloudControlMaxName)
	}
	for _, name := range slices.Sorted(maps.Keys(t.Attributes)) {
		field := "Type.Attributes[" + name + "]"
		switch typ := t.Attributes[name]; {
		case name == "Identifier":
			p.addf(field, "every resource has this output")
		case !cloudControlAttribute.MatchString(name):
			p.addf(field, "is not the name of a property, or several joined by dots")
		case typ != provision.TextType && typ != provision.NumberType && typ != provision.ListType:
			p.addf(field, "there is no %v", typ)
		}
	}
	for i, name := range t.SecretOutputs {
		if typ, ok := t.Attributes[name]; name != "Identifier" && (!ok || typ != provision.TextType) {
			p.addf(indexed("Type.SecretOutputs", i), "%q is neither Identifier nor an attribute that is a text", name)
		}
	}
}

// checkTree checks that a value is a JSON tree. It shows no value: one may be what nobody should see.
func checkTree(p *problems, field string, value any, depth int) {
	if depth > cloudControlDeepest {
		p.addf(field[:min(len(field), 80)], "nested more than %d deep; does it point at itself?", cloudControlDeepest)
		return
	}
	switch v := value.(type) {
	case nil, bool, provision.Text, int, int32, int64, []provision.Text:
	case provision.Secret:
		p.secret(field, v)
	case []provision.Secret:
		for i, secret := range v {
			p.secret(indexed(field, i), secret)
		}
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			p.addf(field, "JSON has no way to write %v", v)
		}
	case string:
		if strings.Contains(v, "${{") {
			p.addf(field, "a plain string holds no references: make it a provision.Text, or provision.Literal(...) if it "+
				"is meant as it is")
		}
	case map[string]provision.Text:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			p.plainSecret(field+"["+key+"]", key, v[key])
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			p.plainSecret(field+"["+key+"]", key, v[key])
			checkTree(p, field+"["+key+"]", v[key], depth+1)
		}
	case []any:
		for i, element := range v {
			checkTree(p, indexed(field, i), element, depth+1)
		}
	default:
		p.addf(field, "is a %T; a JSON tree has map[string]any, []any, provision.Text, provision.Secret, string, bool, int, "+
			"float64 and nil", v)
	}
}

// CloudControlProperties reads a JSON object, as documentation and templates show it, for [CloudControl.Properties]. Every
// string in it becomes a [provision.Text], so it may hold references; keys may not. A number that is whole stays exact. A reference
// to a secret has to be put into the tree afterwards, as a [provision.Secret].
func CloudControlProperties(document string) (map[string]any, error) {
	decoder := json.NewDecoder(strings.NewReader(document))
	decoder.UseNumber()
	var properties map[string]any
	if err := decoder.Decode(&properties); err != nil {
		return nil, fmt.Errorf("kinds: properties are a JSON object: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("kinds: something follows the JSON object of the properties")
	}
	for key, value := range properties {
		natural, err := treeOf(value)
		if err != nil {
			return nil, fmt.Errorf("kinds: property %s: %w", key, err)
		}
		properties[key] = natural
	}
	return properties, nil
}

// treeOf makes what package json has read a tree whose strings are texts. It changes maps and slices in place.
func treeOf(value any) (any, error) {
	switch v := value.(type) {
	case string:
		return provision.Text(v), nil
	case json.Number:
		if whole, err := v.Int64(); err == nil {
			return whole, nil
		}
		return v.Float64()
	case map[string]any:
		for key, inner := range v {
			natural, err := treeOf(inner)
			if err != nil {
				return nil, err
			}
			v[key] = natural
		}
	case []any:
		for i, inner := range v {
			natural, err := treeOf(inner)
			if err != nil {
				return nil, err
			}
			v[i] = natural
		}
	}
	return value, nil
}

// CloudControlRef is the handle of a [CloudControl] in a blueprint.
type CloudControlRef struct{ provision.Ref }

// AddCloudControl adds a resource of any type to a blueprint. A bad name or a duplicate is reported by the blueprint's
// Validate.
func AddCloudControl(b *provision.Blueprint, name string, r CloudControl, optFns ...func(*provision.Node)) CloudControlRef {
	return CloudControlRef{b.Add(name, r, optFns...)}
}

// Identifier is the primary identifier of the resource. Known when it is ready. One that leads to a secret is
// Secret("Identifier").
func (r CloudControlRef) Identifier() provision.Text { return r.Output("Identifier") }

// Attribute is one of the type's Attributes. Known when it is ready. A name that is not among them is reported by the
// blueprint's Validate. One that leads to a secret is Secret(name).
func (r CloudControlRef) Attribute(name string) provision.Text { return r.Output(name) }
