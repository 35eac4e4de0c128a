package logsdriver_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"github.com/peppercorn-go/peppercorn/internal/drivertest"
	"github.com/peppercorn-go/peppercorn/internal/moto"
	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
	"github.com/peppercorn-go/peppercorn/provision/logsdriver"
	"github.com/peppercorn-go/peppercorn/provision/logsdriver/logstest"
	"github.com/peppercorn-go/peppercorn/provision/provisiontest"
)

// changes are the operations of the driver that change something.
var changes = drivertest.Only("CreateLogGroup", "PutRetentionPolicy", "DeleteLogGroup")

func TestDriverOnSimulatedLogs(t *testing.T) {
	provisiontest.TestDriver(t, provisiontest.Harness{
		Name: "simulated CloudWatch Logs",
		New: func(t testing.TB) provisiontest.World {
			cloud := sim.New(func(o *sim.Options) { o.PageSize = 2 })
			service := logstest.Register(cloud)
			w := worldOf(clientOf(cloud.Config()))
			w.LoseReply = drivertest.LoseReply(t, cloud, changes)
			w.Hide = drivertest.Hide(cloud, &types.ResourceNotFoundException{}, "DescribeLogGroups")
			w.Count = func(context.Context, provision.Kind) int { return len(service.Groups()) }
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
			client := cloudwatchlogs.NewFromConfig(cfg)
			w := worldOf(client, func(o *logsdriver.Options) {
				o.Settle, o.Appear = 10*time.Millisecond, 100*time.Millisecond // nothing takes time on moto
			})
			w.LoseReply = wire.Lose
			w.Count = func(ctx context.Context, _ provision.Kind) int {
				return drivertest.Count(ctx, cloudwatchlogs.NewDescribeLogGroupsPaginator(client, &cloudwatchlogs.DescribeLogGroupsInput{}),
					func(page *cloudwatchlogs.DescribeLogGroupsOutput) int { return len(page.LogGroups) })
			}
			return w
		},
	})
}

// clientOf is a client that retries as often as a deployment needs: CloudWatch Logs counts its calls strictly.
func clientOf(cfg aws.Config) *cloudwatchlogs.Client {
	return cloudwatchlogs.NewFromConfig(cfg, func(o *cloudwatchlogs.Options) { o.RetryMaxAttempts = 10 })
}

const key = "arn:aws:kms:us-east-1:123456789012:key/0a1b2c3d"

// worldOf is a world behind any client; who stands behind it adds LoseReply and Count.
func worldOf(client *cloudwatchlogs.Client, optFns ...func(*logsdriver.Options)) provisiontest.World {
	return provisiontest.World{
		Driver: logsdriver.New(client, optFns...),
		Specs: func(provision.Kind) []provisiontest.Sample {
			return []provisiontest.Sample{
				{Name: "minimal", Spec: kinds.LogGroup{}},
				{Name: "full", Spec: kinds.LogGroup{RetentionDays: 30, KMSKey: key, Class: kinds.InfrequentLogs}},
			}
		},
		Stranger: func(ctx context.Context, _ provision.Kind, name string) (string, func() error, error) {
			_, err := client.CreateLogGroup(ctx, &cloudwatchlogs.CreateLogGroupInput{
				LogGroupName: &name, Tags: map[string]string{"team": "somebody else"},
			})
			if err != nil {
				return "", nil, err
			}
			time.Sleep(time.Second)
			unchanged, err := drivertest.Unchanged(func() ([]any, error) { return look(ctx, client, name) })
			return name, unchanged, err
		},
		Fill: func(ctx context.Context, s provision.State) error { return write(ctx, client, s.Name) },
	}
}

// write writes an event to a log group.
func write(ctx context.Context, client *cloudwatchlogs.Client, name string) error {
	stream := aws.String("web/1")
	_, err := client.CreateLogStream(ctx, &cloudwatchlogs.CreateLogStreamInput{LogGroupName: &name, LogStreamName: stream})
	if err != nil {
		return err
	}
	_, err = client.PutLogEvents(ctx, &cloudwatchlogs.PutLogEventsInput{
		LogGroupName: &name, LogStreamName: stream,
		LogEvents: []types.InputLogEvent{{Message: aws.String("served"), Timestamp: aws.Int64(time.Now().UnixMilli())}},
	})
	return err
}

// look returns all that one can change about a log group.
func look(ctx context.Context, client *cloudwatchlogs.Client, name string) ([]any, error) {
	groups, err := client.DescribeLogGroups(ctx, &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: &name})
	if err != nil {
		return nil, err
	}
	if len(groups.LogGroups) != 1 {
		return nil, fmt.Errorf("there are %d groups of the name %s", len(groups.LogGroups), name)
	}
	tags, err := client.ListTagsForResource(ctx, &cloudwatchlogs.ListTagsForResourceInput{ResourceArn: groups.LogGroups[0].LogGroupArn})
	if err != nil {
		return nil, err
	}
	return []any{groups.LogGroups[0], tags.Tags}, nil
}
