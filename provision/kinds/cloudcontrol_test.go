package kinds_test

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

func repository() kinds.CloudControl {
	return kinds.CloudControl{
		Type: kinds.CloudControlType{
			Name: "AWS::ECR::Repository", NameProperty: "RepositoryName", NameIsIdentifier: true,
			Attributes: map[string]provision.Type{"RepositoryUri": provision.TextType, "Endpoint.Port": provision.NumberType},
		},
		Properties: map[string]any{"ImageTagMutability": provision.Text("IMMUTABLE")},
	}
}

func TestCloudControlValidate(t *testing.T) {
	t.Parallel()
	loop := map[string]any{}
	loop["again"] = loop
	for _, tt := range []struct {
		name   string
		change func(r *kinds.CloudControl)
		want   []string // fields
	}{
		{"as it is", func(*kinds.CloudControl) {}, nil},
		{"nothing", func(r *kinds.CloudControl) { *r = kinds.CloudControl{} }, []string{"Type.Name"}},
		{"two words", func(r *kinds.CloudControl) { r.Type.Name = "AWS::ECR" }, []string{"Type.Name"}},
		{"a slash", func(r *kinds.CloudControl) { r.Type.Name = "AWS::ECR::Repository/x" }, []string{"Type.Name"}},
		{"a map of tags", func(r *kinds.CloudControl) { r.Type.Tags = kinds.TagMap }, nil},
		{"unknown tags", func(r *kinds.CloudControl) { r.Type.Tags = "set" }, []string{"Type.Tags"}},
		{"no tags but a name", func(r *kinds.CloudControl) { r.Type.Tags = kinds.NoTags }, nil},
		{"no tags and no name", func(r *kinds.CloudControl) {
			r.Type.Tags, r.Type.NameProperty, r.Type.NameIsIdentifier = kinds.NoTags, "", false
		}, []string{"Type.Tags"}},
		{"no tags and a name that identifies nothing", func(r *kinds.CloudControl) {
			r.Type.Tags, r.Type.NameIsIdentifier = kinds.NoTags, false
		}, []string{"Type.Tags"}},
		{"no tags in a property", func(r *kinds.CloudControl) {
			r.Type.Tags, r.Type.TagsProperty = kinds.NoTags, "Tags"
		}, []string{"Type.TagsProperty"}},
		{"a suffix of no name", func(r *kinds.CloudControl) {
			r.Type.NameProperty, r.Type.NameIsIdentifier, r.Type.NameSuffix = "", false, ".x"
		}, []string{"Type.NameProperty"}},
		{"a name for tags", func(r *kinds.CloudControl) { r.Type.NameProperty = "Tags" }, []string{"Type.NameProperty"}},
		{"a short name", func(r *kinds.CloudControl) { r.Type.NameMax, r.Type.NameSuffix = 18, ".fifo" }, []string{"Type.NameMax"}},
		{"a name just long enough", func(r *kinds.CloudControl) { r.Type.NameMax, r.Type.NameSuffix = 19, ".fifo" }, nil},
		{"an endless name", func(r *kinds.CloudControl) { r.Type.NameMax = 256 }, []string{"Type.NameMax"}},
		{"attributes", func(r *kinds.CloudControl) {
			r.Type.Attributes = map[string]provision.Type{"Identifier": 0, "A..B": 0, "C": 7}
		}, []string{"Type.Attributes[A..B]", "Type.Attributes[C]", "Type.Attributes[Identifier]"}},
		{"tags of one's own", func(r *kinds.CloudControl) { r.Properties["Tags"] = []any{} }, []string{"Properties[Tags]"}},
		{"tags by another name", func(r *kinds.CloudControl) {
			r.Type.TagsProperty, r.Properties["RepositoryTags"] = "RepositoryTags", []any{}
		}, []string{"Properties[RepositoryTags]"}},
		{"a name of one's own", func(r *kinds.CloudControl) { r.Properties["RepositoryName"] = "x" }, []string{"Properties[RepositoryName]"}},
		{"a tree", func(r *kinds.CloudControl) {
			r.Properties["Tree"] = map[string]any{"a": []any{1, 2.5, true, nil, "b", provision.Text("${{x.Y}}")}, "c": []provision.Text{"d"}}
		}, nil},
		{"a reference that would be pasted", func(r *kinds.CloudControl) {
			r.Properties["Tree"] = map[string]any{"a": []any{"ok", "${{x.Y}}"}}
		}, []string{"Properties[Tree][a][1]"}},
		{"no number", func(r *kinds.CloudControl) { r.Properties["N"] = math.Inf(1) }, []string{"Properties[N]"}},
		{"bytes", func(r *kinds.CloudControl) { r.Properties["B"] = []byte("x") }, []string{"Properties[B]"}},
		{"endless", func(r *kinds.CloudControl) { r.Properties["Tree"] = loop }, []string{"Properties[Tree]"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := repository()
			tt.change(&r)
			err := r.Validate()
			if tt.want == nil {
				require.NoError(t, err)
				return
			}
			require.Error(t, err)
			var fields []string
			for _, one := range err.(interface{ Unwrap() []error }).Unwrap() {
				var problem *provision.BlueprintError
				require.ErrorAs(t, one, &problem)
				fields = append(fields, problem.Field)
			}
			if tt.name == "endless" {
				require.Len(t, fields, 1)
				require.Contains(t, fields[0], tt.want[0])
				return
			}
			require.ElementsMatch(t, tt.want, fields)
		})
	}
}

// A text pasted into JSON breaks at the first quote, and a number in quotes is not a number.
func TestCloudControlPropertiesAreResolvedAsATree(t *testing.T) {
	t.Parallel()
	r := repository()
	var err error
	r.Properties, err = kinds.CloudControlProperties(`{
		"Port": "${{db.Port}}",
		"Subnets": ["subnet-0", "${{net.Subnets}}"],
		"Groups": "${{net.Subnets}}",
		"Policy": {"Statement": [{"Resource": "${{jobs.ARN}}/*", "Price": "$5", "Literal": "$${{x}}"}]},
		"Big": 9007199254740993, "Half": 0.5, "Off": false, "None": null
	}`)
	require.NoError(t, err)
	require.NoError(t, r.Validate())
	values := map[string]provision.Value{
		"db.Port": provision.NumberValue(5432), "net.Subnets": provision.ListValue([]string{"subnet-1", "subnet-2"}),
		"jobs.ARN": provision.TextValue(`arn:"quoted"\`),
	}
	resolved, err := provision.Resolve(r, func(ref provision.Reference) (provision.Value, error) {
		return values[ref.Node+"."+ref.Output], nil
	})
	require.NoError(t, err)
	document, err := json.Marshal(resolved.(kinds.CloudControl).Properties)
	require.NoError(t, err)
	require.JSONEq(t, `{
		"Port": 5432,
		"Subnets": ["subnet-0", "subnet-1", "subnet-2"],
		"Groups": ["subnet-1", "subnet-2"],
		"Policy": {"Statement": [{"Resource": "arn:\"quoted\"\\/*", "Price": "$5", "Literal": "${{x}}"}]},
		"Big": 9007199254740993, "Half": 0.5, "Off": false, "None": null
	}`, string(document))
	require.Contains(t, string(document), "9007199254740993", "a float would have lost the last digit")
	require.Equal(t, provision.Text("${{db.Port}}"), r.Properties["Port"], "the original stays as it was")
}

func TestCloudControlPropertiesRefusesWhatIsNoObject(t *testing.T) {
	t.Parallel()
	for _, document := range []string{``, `[]`, `"x"`, `{"a": 1} {"b": 2}`, `{"a": 1e999}`, `{"a": [{"b": 1e999}]}`} {
		_, err := kinds.CloudControlProperties(document)
		require.Error(t, err, document)
	}
}

func TestCloudControlHandle(t *testing.T) {
	t.Parallel()
	var b provision.Blueprint
	images := kinds.AddCloudControl(&b, "images", repository())
	require.Equal(t, provision.Text("${{images.Identifier}}"), images.Identifier())
	b.Inputs = map[string]string{}
	user := kinds.CloudControl{
		Type:       kinds.CloudControlType{Name: "AWS::SSM::Document"},
		Properties: map[string]any{"Uri": images.Attribute("RepositoryUri"), "Port": images.Attribute("Endpoint.Port")},
	}
	kinds.AddCloudControl(&b, "user", user)
	require.NoError(t, b.Validate())
	kinds.AddCloudControl(&b, "wrong", kinds.CloudControl{
		Type: user.Type, Properties: map[string]any{"Uri": []any{images.Attribute("RepositoryUrl")}},
	})
	require.ErrorContains(t, b.Validate(), "Properties[Uri][0]")
	names := []string{}
	for _, out := range repository().Outputs() {
		names = append(names, out.Name)
		require.False(t, out.Early)
		require.NotEmpty(t, out.Doc)
	}
	require.Equal(t, []string{"Identifier", "Endpoint.Port", "RepositoryUri"}, names)
}
