package sqsdriver_test

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/internal/drivertest"
	"github.com/peppercorn-go/peppercorn/internal/moto"
	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
	"github.com/peppercorn-go/peppercorn/provision/provisiontest"
	"github.com/peppercorn-go/peppercorn/provision/sqsdriver"
	"github.com/peppercorn-go/peppercorn/provision/sqsdriver/sqstest"
)

// changes are the operations of the driver that change something.
var changes = drivertest.Only("CreateQueue", "DeleteQueue")

func TestDriverOnSimulatedSQS(t *testing.T) {
	provisiontest.TestDriver(t, provisiontest.Harness{
		Name: "simulated SQS",
		New: func(t testing.TB) provisiontest.World {
			cloud := sim.New(func(o *sim.Options) { o.PageSize = 2 })
			service := sqstest.Register(cloud)
			w := worldOf(sqs.NewFromConfig(cloud.Config()))
			w.LoseReply = drivertest.LoseReply(t, cloud, changes)
			w.Hide = drivertest.Hide(cloud, &types.QueueDoesNotExist{}, "ListQueueTags")
			w.Count = func(context.Context, provision.Kind) int { return len(service.Queues()) }
			return w
		},
		Gaps: map[string]string{
			"deleting": "SQS shows nothing of a deletion under way: for up to a minute the queue is listed and answers as before",
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
			client := sqs.NewFromConfig(cfg)
			w := worldOf(client, func(o *sqsdriver.Options) {
				o.Settle, o.Appear = 10*time.Millisecond, 100*time.Millisecond // nothing takes time on moto
			})
			w.LoseReply = wire.Lose
			w.Count = func(ctx context.Context, _ provision.Kind) int {
				return drivertest.Count(ctx, sqs.NewListQueuesPaginator(client, &sqs.ListQueuesInput{}),
					func(page *sqs.ListQueuesOutput) int { return len(page.QueueUrls) })
			}
			return w
		},
		Gaps: map[string]string{
			"foreign": "moto gives a queue that exists the tags of the request, so a stranger's queue becomes ours before we can look",
		},
	})
}

// worldOf is a world behind any client; who stands behind it adds LoseReply and Count.
func worldOf(client *sqs.Client, optFns ...func(*sqsdriver.Options)) provisiontest.World {
	return provisiontest.World{
		Driver: sqsdriver.New(client, optFns...),
		Specs: func(provision.Kind) []provisiontest.Sample {
			return []provisiontest.Sample{
				{Name: "minimal", Spec: kinds.Queue{}},
				{Name: "full", Prepare: fullQueue},
			}
		},
		Stranger: func(ctx context.Context, _ provision.Kind, name string) (string, func() error, error) {
			out, err := client.CreateQueue(ctx, &sqs.CreateQueueInput{
				QueueName: &name, Tags: map[string]string{"team": "somebody else"},
			})
			if err != nil {
				return "", nil, err
			}
			time.Sleep(time.Second) // SQS asks for it
			unchanged, err := drivertest.Unchanged(func() ([2]map[string]string, error) { return look(ctx, client, *out.QueueUrl) })
			return *out.QueueUrl, unchanged, err
		},
		Fill: func(ctx context.Context, s provision.State) error {
			_, err := client.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &s.ID, MessageBody: aws.String("work")})
			return err
		},
	}
}

// fullQueue has every field set that a standard queue can have; its dead-letter queue is made first.
func fullQueue(ctx context.Context, t testing.TB, d provision.Driver, o provision.Owner) provision.Spec {
	s, err := d.Create(ctx, provision.Call{Owner: o, Node: "dead", Spec: kinds.Queue{Retention: 14 * 24 * time.Hour}})
	require.NoError(t, err)
	s, err = d.Await(ctx, s)
	require.NoError(t, err)
	return kinds.Queue{
		VisibilityTimeout: time.Minute,
		Retention:         time.Hour,
		Delay:             time.Second,
		MaxMessageBytes:   2048,
		ReceiveWait:       20 * time.Second,
		Redrive:           kinds.Redrive{Queue: provision.Text(s.Outputs["ARN"].String()), MaxReceives: 3},
		KMSKey:            "alias/shop",
	}
}

// look returns all that one can change about a queue.
func look(ctx context.Context, client *sqs.Client, url string) ([2]map[string]string, error) {
	attributes, err := client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		QueueUrl: &url, AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameAll},
	})
	if err != nil {
		return [2]map[string]string{}, err
	}
	tags, err := client.ListQueueTags(ctx, &sqs.ListQueueTagsInput{QueueUrl: &url})
	if err != nil {
		return [2]map[string]string{}, err
	}
	return [2]map[string]string{attributes.Attributes, tags.Tags}, nil
}
