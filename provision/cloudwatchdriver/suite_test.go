package cloudwatchdriver_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/schemas"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/smithy-go/transport/http/protocol/awsjson"

	"github.com/peppercorn-go/peppercorn/internal/drivertest"
	"github.com/peppercorn-go/peppercorn/internal/moto"
	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/cloudwatchdriver"
	"github.com/peppercorn-go/peppercorn/provision/cloudwatchdriver/cloudwatchtest"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
	"github.com/peppercorn-go/peppercorn/provision/provisiontest"
)

// changes are the operations of the driver that change something.
var changes = drivertest.Only("PutMetricAlarm", "DeleteAlarms")

func TestDriverOnSimulatedCloudWatch(t *testing.T) {
	provisiontest.TestDriver(t, provisiontest.Harness{
		Name: "simulated CloudWatch",
		New: func(t testing.TB) provisiontest.World {
			cloud := sim.New(func(o *sim.Options) { o.PageSize = 2 })
			service := cloudwatchtest.Register(cloud)
			w := worldOf(clientOf(cloud.Config()))
			w.LoseReply = drivertest.LoseReply(t, cloud, changes)
			w.Hide = drivertest.Hide(cloud, &types.ResourceNotFoundException{}, "DescribeAlarms")
			w.Count = func(context.Context, provision.Kind) int { return len(service.Alarms()) }
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
			client := cloudwatch.NewFromConfig(cfg, func(o *cloudwatch.Options) {
				o.Protocol = awsjson.New10(schemas.GraniteServiceVersion20100801) // moto does not speak CBOR, the SDK's choice
			})
			w := worldOf(client, func(o *cloudwatchdriver.Options) {
				o.Settle, o.Appear = 10*time.Millisecond, 100*time.Millisecond // nothing takes time on moto
			})
			w.LoseReply = wire.Lose
			w.Count = func(ctx context.Context, _ provision.Kind) int {
				return drivertest.Count(ctx, cloudwatch.NewDescribeAlarmsPaginator(client, &cloudwatch.DescribeAlarmsInput{}),
					func(page *cloudwatch.DescribeAlarmsOutput) int { return len(page.MetricAlarms) })
			}
			return w
		},
	})
}

// clientOf is a client that retries as often as a deployment needs: CloudWatch takes three alarms a second.
func clientOf(cfg aws.Config) *cloudwatch.Client {
	return cloudwatch.NewFromConfig(cfg, func(o *cloudwatch.Options) { o.RetryMaxAttempts = 10 })
}

// worldOf is a world behind any client; who stands behind it adds LoseReply and Count.
func worldOf(client *cloudwatch.Client, optFns ...func(*cloudwatchdriver.Options)) provisiontest.World {
	return provisiontest.World{
		Driver: cloudwatchdriver.New(client, optFns...),
		Specs: func(provision.Kind) []provisiontest.Sample {
			return []provisiontest.Sample{{Name: "minimal", Spec: minimal}, {Name: "full", Spec: full}}
		},
		Stranger: func(ctx context.Context, _ provision.Kind, name string) (string, func() error, error) {
			_, err := client.PutMetricAlarm(ctx, &cloudwatch.PutMetricAlarmInput{
				AlarmName: &name, Namespace: aws.String("Theirs"), MetricName: aws.String("Load"), Statistic: types.StatisticMaximum,
				Period: aws.Int32(300), EvaluationPeriods: aws.Int32(2), Threshold: aws.Float64(7),
				ComparisonOperator: types.ComparisonOperatorLessThanThreshold,
				Tags:               []types.Tag{{Key: aws.String("team"), Value: aws.String("somebody else")}},
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

var (
	minimal = kinds.Alarm{
		Namespace: "Shop", Metric: "Errors", Statistic: "Sum", Comparison: "GreaterThanThreshold",
	}
	full = kinds.Alarm{
		Description: "Customers see errors: roll back.", Namespace: "AWS/ApplicationELB", Metric: "TargetResponseTime",
		Dimensions: map[string]provision.Text{"TargetGroup": "targetgroup/web/1", "LoadBalancer": "app/web/2"},
		Statistic:  "p99.9", Period: 5 * time.Minute, Evaluations: 5, Breaching: 3, Comparison: "GreaterThanOrEqualToThreshold",
		Threshold: 0.25, MissingData: "notBreaching",
		AlarmActions: []provision.Text{"arn:aws:sns:us-east-1:123456789012:pages"},
		OKActions:    []provision.Text{"arn:aws:sns:us-east-1:123456789012:relief"},
	}
)

// look returns all that one can change about an alarm.
func look(ctx context.Context, client *cloudwatch.Client, name string) ([]any, error) {
	alarms, err := client.DescribeAlarms(ctx, &cloudwatch.DescribeAlarmsInput{AlarmNames: []string{name}})
	if err != nil {
		return nil, err
	}
	if len(alarms.MetricAlarms) != 1 {
		return nil, fmt.Errorf("there are %d alarms of the name %s", len(alarms.MetricAlarms), name)
	}
	tags, err := client.ListTagsForResource(ctx, &cloudwatch.ListTagsForResourceInput{ResourceARN: alarms.MetricAlarms[0].AlarmArn})
	if err != nil {
		return nil, err
	}
	return []any{alarms.MetricAlarms[0], tags.Tags}, nil
}
