package ec2driver_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/internal/moto"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/ec2driver"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
	"github.com/peppercorn-go/peppercorn/provision/provisiontest"
)

// account sends requests to an account of moto of its own, so that each world is a fresh one.
type account struct {
	ec2.HTTPClient
	id string
}

func (a account) Do(r *http.Request) (*http.Response, error) {
	r.Header.Set("x-moto-account-id", a.id)
	return a.HTTPClient.Do(r)
}

func TestLookerOnMoto(t *testing.T) {
	t.Parallel()
	server, accounts := moto.Start(t), 300000000000
	provisiontest.TestLooker(t, provisiontest.LookHarness{
		Name:     "moto",
		RealTime: true,
		Gaps:     map[string]string{"denied": "moto lets everybody do everything"},
		New: func(t testing.TB) provisiontest.LookWorld {
			accounts++
			cfg := server.Config()
			cfg.HTTPClient = account{cfg.HTTPClient, fmt.Sprint(accounts)}
			client := ec2.NewFromConfig(cfg)
			return provisiontest.LookWorld{
				Looker: ec2driver.New(client),
				Sights: func(kind provision.Kind) []provisiontest.Sight {
					if kind == kinds.ExistingNetworkKind {
						return motoNetworks(t, client)
					}
					return motoImages(t, client)
				},
				Changes: func() []string { return nil }, // the simulation tells
			}
		},
	})
}

func motoNetworks(t testing.TB, client *ec2.Client) []provisiontest.Sight {
	tagged := func(kind types.ResourceType, key, value string) []types.TagSpecification {
		return []types.TagSpecification{{ResourceType: kind, Tags: []types.Tag{{Key: &key, Value: &value}}}}
	}
	made, err := client.CreateVpc(t.Context(), &ec2.CreateVpcInput{
		CidrBlock: aws.String("10.7.0.0/16"), TagSpecifications: tagged(types.ResourceTypeVpc, "Name", "production"),
	})
	require.NoError(t, err)
	vpc := aws.ToString(made.Vpc.VpcId)
	subnet := func(ctx context.Context, cidr, zone string) (string, error) {
		out, err := client.CreateSubnet(ctx, &ec2.CreateSubnetInput{
			VpcId: &vpc, CidrBlock: &cidr, AvailabilityZone: &zone, TagSpecifications: tagged(types.ResourceTypeSubnet, "tier", "public"),
		})
		if err != nil {
			return "", err
		}
		return aws.ToString(out.Subnet.SubnetId), nil
	}
	b, err := subnet(t.Context(), "10.7.1.0/24", "us-east-1b")
	require.NoError(t, err)
	a, err := subnet(t.Context(), "10.7.2.0/24", "us-east-1a")
	require.NoError(t, err)
	return []provisiontest.Sight{
		{
			Name: "the default VPC", Spec: kinds.ExistingNetwork{OnePerZone: true}, ID: motoVPC(t, client),
			Want:    map[string]provision.Value{"CIDR": provision.TextValue("172.31.0.0/16")},
			Missing: kinds.ExistingNetwork{Tags: tags("Name", "test")}, Names: "Tags: a VPC with the tags Name=test does not exist",
		},
		{
			Name: "by tags", Spec: kinds.ExistingNetwork{Tags: tags("Name", "production"), SubnetTags: tags("tier", "public")}, ID: vpc,
			Want: map[string]provision.Value{
				"Subnets": provision.ListValue([]string{a, b}), "AvailabilityZones": provision.ListValue([]string{"us-east-1a", "us-east-1b"}),
			},
			Newer: func(ctx context.Context) error { _, err := subnet(ctx, "10.7.3.0/24", "us-east-1c"); return err },
			Remove: func(ctx context.Context) (string, error) {
				_, err := client.DeleteSubnet(ctx, &ec2.DeleteSubnetInput{SubnetId: &a})
				return a, err
			},
			Missing: kinds.ExistingNetwork{VPC: "vpc-00000000000000000"}, Names: "VPC vpc-00000000000000000",
		},
	}
}

func motoImages(t testing.TB, client *ec2.Client) []provisiontest.Sight {
	// What moto makes within a second is of the same age, so the next one waits for the next second.
	tick := func() { time.Sleep(time.Until(time.Now().Truncate(time.Second).Add(time.Second))) }
	register := func(ctx context.Context, name string) (string, error) {
		out, err := client.RegisterImage(ctx, &ec2.RegisterImageInput{
			Name: &name, RootDeviceName: aws.String("/dev/xvda"), Architecture: types.ArchitectureValuesArm64,
		})
		return aws.ToString(out.ImageId), err
	}
	_, err := register(t.Context(), "golden-9")
	require.NoError(t, err)
	tick()
	newest, err := register(t.Context(), "golden-1")
	require.NoError(t, err)
	_, err = register(t.Context(), "silver-2")
	require.NoError(t, err)
	return []provisiontest.Sight{
		{
			Name: "the newest", Spec: kinds.ExistingImage{Owner: "self", Name: "golden-*"}, ID: newest,
			Want:  map[string]provision.Value{"Name": provision.TextValue("golden-1")},
			Newer: func(ctx context.Context) error { tick(); _, err := register(ctx, "golden-0"); return err },
			Remove: func(ctx context.Context) (string, error) {
				_, err := client.DeregisterImage(ctx, &ec2.DeregisterImageInput{ImageId: &newest})
				return newest, err
			},
			Missing: kinds.ExistingImage{Owner: "self", Name: "bronze-*"}, Names: "Name: an image of self with the name bronze-* does not exist",
		},
		{
			Name: "by id", Spec: kinds.ExistingImage{ID: motoImage}, ID: motoImage,
			Missing: kinds.ExistingImage{ID: "ami-00000000000000000"}, Names: "ID: image ami-00000000000000000",
		},
	}
}
