package ssmdriver_test

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/peppercorn-go/peppercorn/internal/drivertest"
	"github.com/peppercorn-go/peppercorn/internal/moto"
	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
	"github.com/peppercorn-go/peppercorn/provision/provisiontest"
	"github.com/peppercorn-go/peppercorn/provision/ssmdriver"
	"github.com/peppercorn-go/peppercorn/provision/ssmdriver/ssmtest"
)

// changes are the operations of the driver that change something.
var changes = drivertest.Only("PutParameter", "DeleteParameter")

func TestDriverOnSimulatedSSM(t *testing.T) {
	provisiontest.TestDriver(t, provisiontest.Harness{
		Name: "simulated Parameter Store",
		New: func(t testing.TB) provisiontest.World {
			cloud := sim.New(func(o *sim.Options) { o.PageSize = 2 })
			service := ssmtest.Register(cloud)
			w := worldOf(clientOf(cloud.Config()))
			w.LoseReply = drivertest.LoseReply(t, cloud, changes)
			w.Hide = drivertest.Hide(cloud, &types.InvalidResourceId{}, "ListTagsForResource")
			w.Count = func(context.Context, provision.Kind) int { return len(service.Parameters()) }
			return w
		},
	})
}

func TestDriverOnMoto(t *testing.T) {
	server := moto.Start(t)
	provisiontest.TestDriver(t, provisiontest.Harness{
		Name:     "moto",
		RealTime: true,
		New: func(t testing.TB) provisiontest.World {
			cfg := server.Config()
			wire := drivertest.NewWire(t, &cfg, changes, nil)
			client := ssm.NewFromConfig(cfg)
			w := worldOf(client, func(o *ssmdriver.Options) {
				o.Settle, o.Appear = 10*time.Millisecond, 100*time.Millisecond // nothing takes time on moto
			})
			w.LoseReply = wire.Lose
			w.Count = func(ctx context.Context, _ provision.Kind) int {
				return drivertest.Count(ctx, ssm.NewDescribeParametersPaginator(client, &ssm.DescribeParametersInput{}),
					func(page *ssm.DescribeParametersOutput) int { return len(page.Parameters) })
			}
			return w
		},
	})
}

// clientOf is a client that retries as often as a deployment needs.
func clientOf(cfg aws.Config) *ssm.Client {
	return ssm.NewFromConfig(cfg, func(o *ssm.Options) { o.RetryMaxAttempts = 10 })
}

// worldOf is a world behind any client; who stands behind it adds LoseReply and Count.
func worldOf(client *ssm.Client, optFns ...func(*ssmdriver.Options)) provisiontest.World {
	return provisiontest.World{
		Driver: ssmdriver.New(client, optFns...),
		Specs: func(provision.Kind) []provisiontest.Sample {
			return []provisiontest.Sample{
				{Name: "minimal", Spec: kinds.Parameter{Value: "on"}},
				{Name: "full", Spec: kinds.Parameter{
					Values: []provision.Text{"10.0.0.1", "10.0.0.2"}, Description: "who answers: the first that is up", Advanced: true,
				}},
			}
		},
		Stranger: func(ctx context.Context, _ provision.Kind, name string) (string, func() error, error) {
			name = "/peppercorn/" + name
			_, err := client.PutParameter(ctx, &ssm.PutParameterInput{
				Name: &name, Value: aws.String("on"), Type: types.ParameterTypeString,
				Tags: []types.Tag{{Key: aws.String("team"), Value: aws.String("somebody else")}},
			})
			if err != nil {
				return "", nil, err
			}
			time.Sleep(time.Second)
			unchanged, err := drivertest.Unchanged(func() ([]any, error) { return look(ctx, client, name) })
			return name, unchanged, err
		},
	}
}

// look returns all that one can change about a parameter.
func look(ctx context.Context, client *ssm.Client, name string) ([]any, error) {
	parameter, err := client.GetParameter(ctx, &ssm.GetParameterInput{Name: &name})
	if err != nil {
		return nil, err
	}
	tags, err := client.ListTagsForResource(ctx, &ssm.ListTagsForResourceInput{
		ResourceType: types.ResourceTypeForTaggingParameter, ResourceId: &name,
	})
	if err != nil {
		return nil, err
	}
	return []any{parameter.Parameter, tags.TagList}, nil
}
