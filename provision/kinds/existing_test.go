package kinds_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

func TestExistingValidate(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		spec provision.Spec
		want []string // fields
	}{
		{"the default VPC", kinds.ExistingNetwork{}, nil},
		{"by ids", kinds.ExistingNetwork{VPC: "vpc-1", Subnets: []provision.Text{"subnet-1", "subnet-2"}, OnePerZone: true}, nil},
		{"by tags", kinds.ExistingNetwork{Tags: map[string]provision.Text{"Name": "a*", "x": ""}, SubnetTags: map[string]provision.Text{"tier": "${{in.tier}}"}}, nil},
		{"a list is known later", kinds.ExistingNetwork{VPC: "${{in.vpc}}", Subnets: []provision.Text{"${{in.subnets}}"}}, nil},
		{"two ways at once", kinds.ExistingNetwork{VPC: "vpc-1", Tags: map[string]provision.Text{"a": "b"}, Subnets: []provision.Text{"subnet-1"},
			SubnetTags: map[string]provision.Text{"a": "b"}}, []string{"Tags", "SubnetTags"}},
		{"no ids", kinds.ExistingNetwork{VPC: "subnet-1", Subnets: []provision.Text{"", "vpc-1", "subnet-1", "subnet-1"}},
			[]string{"VPC", "Subnets[0]", "Subnets[1]", "Subnets[3]"}},
		{"no keys", kinds.ExistingNetwork{Tags: map[string]provision.Text{"": "a", "${{in.key}}": "b"}}, []string{`Tags[""]`, `Tags["${{in.key}}"]`}},

		{"an image by id", kinds.ExistingImage{ID: "ami-1"}, nil},
		{"an image by parameter", kinds.ExistingImage{Parameter: "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64", Architecture: "arm64"}, nil},
		{"an image by name", kinds.ExistingImage{Owner: "099720109477", Name: "ubuntu/images/hvm-ssd/*"}, nil},
		{"an image known later", kinds.ExistingImage{Owner: "${{in.owner}}", Name: "${{in.name}}"}, nil},
		{"no image", kinds.ExistingImage{}, []string{"ID"}},
		{"three images", kinds.ExistingImage{ID: "ami-1", Parameter: "/a", Name: "a", Owner: "self"}, []string{"Parameter"}},
		{"whoAMI", kinds.ExistingImage{Name: "ubuntu*"}, []string{"Owner"}},
		{"everybody is no owner", kinds.ExistingImage{Name: "ubuntu*", Owner: "*"}, []string{"Owner"}},
		{"an owner of nothing", kinds.ExistingImage{ID: "ami-1", Owner: "self"}, []string{"Owner"}},
		{"every image", kinds.ExistingImage{Name: "*", Owner: "amazon"}, []string{"Name"}},
		{"not an image", kinds.ExistingImage{ID: "i-1", Architecture: "amd64"}, []string{"ID", "Architecture"}},
		{"not a parameter", kinds.ExistingImage{Parameter: "a b"}, []string{"Parameter"}},

		{"a database", kinds.ExistingDatabase{Name: "shared-1"}, nil},
		{"no database", kinds.ExistingDatabase{}, []string{"Name"}},
		{"not a database", kinds.ExistingDatabase{Name: "a--b"}, []string{"Name"}},

		{"a snapshot by name", kinds.ExistingSnapshot{Name: "rds:shop-2026-01-01-00-00"}, nil},
		{"a shared snapshot", kinds.ExistingSnapshot{Name: "arn:aws:rds:eu-central-1:210987654321:snapshot:shop"}, nil},
		{"the latest of an instance", kinds.ExistingSnapshot{Instance: "shop", Manual: true}, nil},
		{"the latest of a node", kinds.ExistingSnapshot{Node: "orders-2"}, nil},
		{"no snapshot", kinds.ExistingSnapshot{}, []string{"Name"}},
		{"two snapshots", kinds.ExistingSnapshot{Name: "a", Node: "b"}, []string{"Node"}},
		{"not a snapshot", kinds.ExistingSnapshot{Name: "1"}, []string{"Name"}},
		{"not an instance", kinds.ExistingSnapshot{Instance: "shop-"}, []string{"Instance"}},
		{"not a node", kinds.ExistingSnapshot{Node: "${{in.node}}"}, []string{"Node"}},
		{"all of a node's are manual", kinds.ExistingSnapshot{Node: "orders", Manual: true}, []string{"Manual"}},

		{"a cluster", kinds.ExistingCluster{Name: "production"}, nil},
		{"a cluster by ARN", kinds.ExistingCluster{Name: "arn:aws:ecs:eu-central-1:123456789012:cluster/production"}, nil},
		{"no cluster", kinds.ExistingCluster{}, []string{"Name"}},
		{"the ARN of a service", kinds.ExistingCluster{Name: "arn:aws:ecs:eu-central-1:123456789012:service/production/web"}, []string{"Name"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := tt.spec.Validate()
			require.Equal(t, tt.want, fields(err), "%v", err)
			require.Implements(t, (*provision.Existing)(nil), tt.spec)
		})
	}
}

func TestExistingHandles(t *testing.T) {
	t.Parallel()
	var b provision.Blueprint
	for _, tt := range []struct {
		spec   provision.Spec
		handle provision.Handle
	}{
		{kinds.ExistingNetwork{}, kinds.AddExistingNetwork(&b, "n", kinds.ExistingNetwork{})},
		{kinds.ExistingImage{}, kinds.AddExistingImage(&b, "n", kinds.ExistingImage{})},
		{kinds.ExistingDatabase{}, kinds.AddExistingDatabase(&b, "n", kinds.ExistingDatabase{})},
		{kinds.ExistingSnapshot{}, kinds.AddExistingSnapshot(&b, "n", kinds.ExistingSnapshot{})},
		{kinds.ExistingCluster{}, kinds.AddExistingCluster(&b, "n", kinds.ExistingCluster{})},
	} {
		requireHandle(t, tt.spec, tt.handle)
	}
}

// A database that is looked up can take the place of one that is made: in a blueprint for tests, for example.
func TestExistingDatabaseStandsInForADatabase(t *testing.T) {
	t.Parallel()
	made, found := map[string]provision.Type{}, map[string]provision.Type{}
	for _, out := range (kinds.Database{}).Outputs() {
		made[out.Name] = out.Type
	}
	for _, out := range (kinds.ExistingDatabase{}).Outputs() {
		found[out.Name] = out.Type
	}
	require.Equal(t, made, found)
}
