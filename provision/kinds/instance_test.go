package kinds_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

func TestInstanceValidate(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		change func(*kinds.Instance)
		want   []string
	}{
		{"the least", func(*kinds.Instance) {}, nil},
		{"the zero value", func(i *kinds.Instance) { *i = kinds.Instance{} }, []string{"Image", "Type"}},
		{"everything", func(i *kinds.Instance) {
			*i = kinds.Instance{
				Image: "ami-0123", Type: "u-6tb1.metal", Subnet: "subnet-0123",
				SecurityGroups: []provision.Text{"sg-0123", "${{http.ID}}"}, Profile: "app/role", KeyName: "ops key",
				PublicIP: kinds.On, RootGiB: 65536, MetadataHops: 64, Script: "#!/bin/sh\n",
				Environment: map[string]provision.Text{"A": "", "_b2": "it's\n${{jobs.URL}}"},
			}
			i.Profile = "arn:aws:iam::123456789012:instance-profile/app"
		}, nil},
		{"references", func(i *kinds.Instance) {
			*i = kinds.Instance{Image: "${{in.image}}", Type: "${{in.type}}", Subnet: "${{in.subnet}}", Profile: "${{in.profile}}"}
		}, nil},
		{"an image that is none", func(i *kinds.Instance) { i.Image = "ubuntu" }, []string{"Image"}},
		{"a type that is none", func(i *kinds.Instance) { i.Type = "T3 Micro" }, []string{"Type"}},
		{"a subnet that is none", func(i *kinds.Instance) { i.Subnet = "vpc-1" }, []string{"Subnet"}},
		{"a group that is none", func(i *kinds.Instance) { i.SecurityGroups = []provision.Text{"sg-1", "default"} }, []string{"SecurityGroups[1]"}},
		{"an empty group", func(i *kinds.Instance) { i.SecurityGroups = []provision.Text{""} }, []string{"SecurityGroups[0]"}},
		{"a group twice", func(i *kinds.Instance) { i.SecurityGroups = []provision.Text{"sg-1", "sg-1"} }, []string{"SecurityGroups[1]"}},
		{"six groups", func(i *kinds.Instance) {
			i.SecurityGroups = []provision.Text{"sg-1", "sg-2", "sg-3", "sg-4", "sg-5", "sg-6"}
		}, []string{"SecurityGroups"}},
		{"a role for a profile", func(i *kinds.Instance) { i.Profile = "arn:aws:iam::123456789012:role/app" }, []string{"Profile"}},
		{"a profile with a blank", func(i *kinds.Instance) { i.Profile = "my app" }, []string{"Profile"}},
		{"a long key name", func(i *kinds.Instance) { i.KeyName = provision.Text(strings.Repeat("k", 256)) }, []string{"KeyName"}},
		{"neither on nor off", func(i *kinds.Instance) { i.PublicIP = "yes" }, []string{"PublicIP"}},
		{"sizes out of range", func(i *kinds.Instance) { i.RootGiB, i.MetadataHops = 65537, 65 }, []string{"RootGiB", "MetadataHops"}},
		{"negative sizes", func(i *kinds.Instance) { i.RootGiB, i.MetadataHops = -1, -1 }, []string{"RootGiB", "MetadataHops"}},
		{"a script that would not run", func(i *kinds.Instance) { i.Script = "\n#!/bin/sh\n" }, []string{"Script"}},
		{"a script too long", func(i *kinds.Instance) { i.Script = "#!" + strings.Repeat("x", kinds.MaxUserData) }, []string{"Script"}},
		{"names that are none", func(i *kinds.Instance) {
			i.Environment = map[string]provision.Text{"": "", "1A": "", "A-B": "", "A=B": "", "É": "", "OK": "", "A\nB": ""}
		}, []string{`Environment[""]`, `Environment["1A"]`, `Environment["A\nB"]`, `Environment["A-B"]`, `Environment["A=B"]`, `Environment["É"]`}},
		{"a value that no variable can have", func(i *kinds.Instance) {
			i.Environment = map[string]provision.Text{"A": "a\x00b"}
		}, []string{`Environment["A"]`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			i := kinds.Instance{Image: "ami-0123", Type: "t3.micro"}
			tt.change(&i)
			err := i.Validate()
			require.Equal(t, tt.want, fields(err), "%v", err)
		})
	}
}
