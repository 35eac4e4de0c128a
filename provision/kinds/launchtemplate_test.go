package kinds_test

import (
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

func TestLaunchTemplateValidate(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		spec kinds.LaunchTemplate
		want []string
	}{
		{"the least", kinds.LaunchTemplate{Image: "ami-0123", Type: "t3.micro"}, nil},
		{"the zero value", kinds.LaunchTemplate{}, []string{"Image", "Type"}},
		{"references", kinds.LaunchTemplate{Image: "${{in.image}}", Type: "${{in.type}}", Profile: "${{in.profile}}"}, nil},
		{"everything wrong", kinds.LaunchTemplate{
			Image: "ubuntu", Type: "T3 Micro", SecurityGroups: []provision.Text{"default"}, Profile: "my app", PublicIP: "yes",
			RootGiB: -1, MetadataHops: 65, Script: "echo", Environment: map[string]provision.Text{"A-B": ""},
		}, []string{
			"Image", "Type", "SecurityGroups[0]", "Profile", "PublicIP", "RootGiB", "MetadataHops", "Script", `Environment["A-B"]`,
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := tt.spec.Validate()
			require.Equal(t, tt.want, fields(err), "%v", err)
		})
	}
}

// TestATemplateIsAnInstanceWithoutASubnet fails when one of the two gets a field that the other lacks, or when a field is
// forgotten on the way from one to the other.
func TestATemplateIsAnInstanceWithoutASubnet(t *testing.T) {
	t.Parallel()
	template := kinds.LaunchTemplate{
		Image: "ami-1", Type: "t3.micro", SecurityGroups: []provision.Text{"sg-1"}, Profile: "app", KeyName: "ops",
		PublicIP: kinds.On, RootGiB: 9, MetadataHops: 2, Script: "#!", Environment: map[string]provision.Text{"A": "1"},
		Secrets: map[string]provision.Secret{"B": "arn:aws:ssm:eu-central-1:123456789012:parameter/key"},
	}
	from, to := reflect.ValueOf(template), reflect.ValueOf(template.Instance())
	for i := range to.NumField() {
		name := to.Type().Field(i).Name
		if name == "Subnet" {
			continue
		}
		field := from.FieldByName(name)
		require.True(t, field.IsValid(), "a template has no %s", name)
		require.False(t, field.IsZero(), "this test sets no %s", name)
		require.Equal(t, field.Interface(), to.Field(i).Interface(), name)
	}
	require.Equal(t, to.NumField()-1, from.NumField())
}
