package ccdriver_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cloudcontrol"

	"github.com/peppercorn-go/peppercorn/internal/drivertest"
	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/ccdriver"
	"github.com/peppercorn-go/peppercorn/provision/ccdriver/cctest"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
	"github.com/peppercorn-go/peppercorn/provision/provisiontest"
)

// One type for each way in which types differ.
var (
	repository = kinds.CloudControlType{ // the name is the identifier
		Name: "AWS::ECR::Repository", NameProperty: "RepositoryName", NameIsIdentifier: true,
		Attributes: map[string]provision.Type{"RepositoryUri": provision.TextType, "Arn": provision.TextType},
	}
	topic = kinds.CloudControlType{Name: "AWS::SNS::Topic", NameProperty: "TopicName", NameMax: 80} // the ARN is
	param = kinds.CloudControlType{                                                                 // its tags are a map
		Name: "AWS::SSM::Parameter", NameProperty: "Name", NameIsIdentifier: true, Tags: kinds.TagMap,
	}
	address = kinds.CloudControlType{ // it has no name, and is known by two properties
		Name: "AWS::EC2::EIP", Attributes: map[string]provision.Type{"PublicIp": provision.TextType},
	}
	group = kinds.CloudControlType{ // it takes no tags
		Name: "AWS::IAM::Group", NameProperty: "GroupName", NameIsIdentifier: true, NameMax: 128, Tags: kinds.NoTags,
		Attributes: map[string]provision.Type{"Arn": provision.TextType},
	}
	allTypes = []kinds.CloudControlType{repository, topic, param, address, group}
)

func TestDriverOnSimulatedCloudControl(t *testing.T) {
	provisiontest.TestDriver(t, provisiontest.Harness{
		Name: "simulated Cloud Control",
		New: func(t testing.TB) provisiontest.World {
			cloud := sim.New(func(o *sim.Options) { o.PageSize = 2 })
			service := cctest.Register(cloud)
			return provisiontest.World{
				Driver: ccdriver.New(cloudcontrol.NewFromConfig(cloud.Config()), allTypes),
				Specs:  func(provision.Kind) []provisiontest.Sample { return samples() },
				Stranger: func(_ context.Context, _ provision.Kind, name string) (string, func() error, error) {
					_, err := service.AddResource(repository.Name, map[string]any{
						"RepositoryName": name, "Tags": []any{map[string]any{"Key": "team", "Value": "somebody else"}},
					})
					if err != nil {
						return "", nil, err
					}
					unchanged, err := drivertest.Unchanged(func() (cctest.Resource, error) { return theirs(service, name) })
					return name, unchanged, err
				},
				LoseReply: drivertest.LoseReply(t, cloud, drivertest.Only("CreateResource", "DeleteResource")),
				Count:     func(context.Context, provision.Kind) int { return len(service.Resources()) },
			}
		},
	})
}

// moto has no Cloud Control API at all: every call to it is answered with a status of 500, so there is nothing to run the
// suite against, and no list of gaps could be kept honest.
func TestDriverOnMoto(t *testing.T) {
	t.Skip("NOT TESTED ON MOTO: moto has no AWS Cloud Control API (every call is an internal error), so the suite runs on the " +
		"simulation only")
}

func samples() []provisiontest.Sample {
	return []provisiontest.Sample{
		{Name: "minimal", Spec: kinds.CloudControl{Type: repository}},
		{Name: "full", Spec: kinds.CloudControl{Type: repository, Properties: map[string]any{
			"ImageTagMutability":         provision.Text("IMMUTABLE"),
			"ImageScanningConfiguration": map[string]any{"ScanOnPush": true},
		}}},
		{Name: "identified by ARN", Spec: kinds.CloudControl{Type: topic, Properties: map[string]any{"DisplayName": "Shop"}}},
		{Name: "map of tags", Spec: kinds.CloudControl{Type: param, Properties: map[string]any{"Type": "String", "Value": "x"}}},
		{Name: "without a name", Spec: kinds.CloudControl{Type: address}},
		{Name: "without tags", Spec: kinds.CloudControl{Type: group}},
	}
}

// theirs is the one resource of that name.
func theirs(service *cctest.CloudControl, name string) (cctest.Resource, error) {
	found := slices.DeleteFunc(service.Resources(), func(r cctest.Resource) bool { return r.Name != name })
	if len(found) != 1 {
		return cctest.Resource{}, fmt.Errorf("there are %d resources of the name %s", len(found), name)
	}
	return found[0], nil
}
