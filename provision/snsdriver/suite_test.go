package snsdriver_test

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"github.com/peppercorn-go/peppercorn/internal/drivertest"
	"github.com/peppercorn-go/peppercorn/internal/moto"
	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
	"github.com/peppercorn-go/peppercorn/provision/provisiontest"
	"github.com/peppercorn-go/peppercorn/provision/snsdriver"
	"github.com/peppercorn-go/peppercorn/provision/snsdriver/snstest"
)

// changes are the operations of the driver that change something.
var changes = drivertest.Only("CreateTopic", "DeleteTopic", "Subscribe", "Unsubscribe")

func TestDriverOnSimulatedSNS(t *testing.T) {
	provisiontest.TestDriver(t, provisiontest.Harness{
		Name: "simulated SNS",
		New: func(t testing.TB) provisiontest.World {
			cloud := sim.New(func(o *sim.Options) { o.PageSize = 2 })
			service := snstest.Register(cloud)
			w := worldOf(sns.NewFromConfig(cloud.Config()))
			w.LoseReply = drivertest.LoseReply(t, cloud, changes)
			w.Hide = drivertest.Hide(cloud, &types.ResourceNotFoundException{}, "ListTagsForResource", "GetTopicAttributes")
			w.Count = func(context.Context, provision.Kind) int { return len(service.Topics()) }
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
			client := sns.NewFromConfig(cfg)
			w := worldOf(client, func(o *snsdriver.Options) {
				o.Settle, o.Appear, o.TagRate = 10*time.Millisecond, 100*time.Millisecond, 0 // nothing takes time on moto
			})
			w.LoseReply = wire.Lose
			w.Count = func(ctx context.Context, _ provision.Kind) int {
				return drivertest.Count(ctx, sns.NewListTopicsPaginator(client, &sns.ListTopicsInput{}),
					func(page *sns.ListTopicsOutput) int { return len(page.Topics) })
			}
			return w
		},
	})
}

// worldOf is a world behind any client; who stands behind it adds LoseReply and Count.
func worldOf(client *sns.Client, optFns ...func(*snsdriver.Options)) provisiontest.World {
	const queue = "arn:aws:sqs:us-east-1:123456789012:jobs"
	return provisiontest.World{
		Driver: snsdriver.New(client, optFns...),
		Specs: func(provision.Kind) []provisiontest.Sample {
			return []provisiontest.Sample{
				{Name: "minimal", Spec: kinds.Topic{}},
				{Name: "full", Spec: kinds.Topic{KMSKey: "alias/shop", Subscriptions: []kinds.Subscription{
					{Protocol: kinds.ToQueue, Endpoint: queue, Raw: true},
					{Protocol: kinds.ToHTTPS, Endpoint: "https://hooks.example.com/a"},
					{Protocol: kinds.ToEmail, Endpoint: "ops@example.com"},
				}}},
				{Name: "FIFO", Spec: kinds.Topic{FIFO: true, ContentDeduplication: true, Subscriptions: []kinds.Subscription{
					{Protocol: kinds.ToQueue, Endpoint: queue + ".fifo"},
				}}},
			}
		},
		Stranger: func(ctx context.Context, _ provision.Kind, name string) (string, func() error, error) {
			out, err := client.CreateTopic(ctx, &sns.CreateTopicInput{
				Name: &name, Tags: []types.Tag{{Key: aws.String("team"), Value: aws.String("somebody else")}},
			})
			if err != nil {
				return "", nil, err
			}
			time.Sleep(2 * time.Second) // SNS may not know it at once, or its tags
			unchanged, err := drivertest.Unchanged(func() ([2]any, error) { return look(ctx, client, *out.TopicArn) })
			return *out.TopicArn, unchanged, err
		},
	}
}

// look returns all that one can change about a topic.
func look(ctx context.Context, client *sns.Client, arn string) (all [2]any, err error) {
	attributes, err := client.GetTopicAttributes(ctx, &sns.GetTopicAttributesInput{TopicArn: &arn})
	if err != nil {
		return all, err
	}
	tags, err := client.ListTagsForResource(ctx, &sns.ListTagsForResourceInput{ResourceArn: &arn})
	if err != nil {
		return all, err
	}
	return [2]any{attributes.Attributes, tags.Tags}, nil
}
