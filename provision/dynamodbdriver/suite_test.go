package dynamodbdriver_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/peppercorn-go/peppercorn/internal/drivertest"
	"github.com/peppercorn-go/peppercorn/internal/moto"
	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/dynamodbdriver"
	"github.com/peppercorn-go/peppercorn/provision/dynamodbdriver/dynamodbtest"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
	"github.com/peppercorn-go/peppercorn/provision/provisiontest"
)

// changes are the operations of the driver that change something.
var changes = drivertest.Only("CreateTable", "DeleteTable", "UpdateContinuousBackups")

func TestDriverOnSimulatedDynamoDB(t *testing.T) {
	provisiontest.TestDriver(t, provisiontest.Harness{
		Name: "simulated DynamoDB",
		New: func(t testing.TB) provisiontest.World {
			cloud := sim.New(func(o *sim.Options) { o.PageSize = 2 })
			service := dynamodbtest.Register(cloud)
			w := worldOf(dynamodb.NewFromConfig(cloud.Config()))
			w.LoseReply = drivertest.LoseReply(t, cloud, changes)
			w.Hide = drivertest.Hide(cloud, &types.ResourceNotFoundException{}, "DescribeTable")
			w.Count = func(context.Context, provision.Kind) int { return len(service.Tables()) }
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
			client := dynamodb.NewFromConfig(cfg)
			w := worldOf(client, func(o *dynamodbdriver.Options) {
				o.Settle, o.Appear, o.TagRate = 10*time.Millisecond, 100*time.Millisecond, 0 // nothing takes time on moto
			})
			w.LoseReply = wire.Lose
			w.Count = func(ctx context.Context, _ provision.Kind) int {
				return drivertest.Count(ctx, dynamodb.NewListTablesPaginator(client, &dynamodb.ListTablesInput{}),
					func(page *dynamodb.ListTablesOutput) int { return len(page.TableNames) })
			}
			return w
		},
	})
}

// worldOf is a world behind any client; who stands behind it adds LoseReply and Count.
func worldOf(client *dynamodb.Client, optFns ...func(*dynamodbdriver.Options)) provisiontest.World {
	return provisiontest.World{
		Driver: dynamodbdriver.New(client, optFns...),
		Specs: func(provision.Kind) []provisiontest.Sample {
			return []provisiontest.Sample{
				{Name: "minimal", Spec: kinds.Table{PartitionKey: id}},
				{Name: "full", Spec: kinds.Table{
					PartitionKey: id, SortKey: at,
					Indexes: []kinds.TableIndex{
						{Name: "by-user", PartitionKey: kinds.TableKey{Name: "user"}, SortKey: at, Include: []string{"total"}},
						{Name: "by-day", PartitionKey: kinds.TableKey{Name: "day", Type: "B"}, KeysOnly: true},
					},
					Capacity:   kinds.TableCapacity{Read: 5, Write: 2},
					NoRecovery: true, Stream: "NEW_AND_OLD_IMAGES", KMSKey: "alias/shop",
				}},
			}
		},
		Stranger: func(ctx context.Context, _ provision.Kind, name string) (string, func() error, error) {
			out, err := client.CreateTable(ctx, &dynamodb.CreateTableInput{
				TableName: &name, BillingMode: types.BillingModePayPerRequest,
				KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String("id"), KeyType: types.KeyTypeHash}},
				AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String("id"), AttributeType: types.ScalarAttributeTypeS}},
				Tags:                 []types.Tag{{Key: aws.String("team"), Value: aws.String("somebody else")}},
			})
			if err != nil {
				return "", nil, err
			}
			arn := *out.TableDescription.TableArn
			if err := dynamodb.NewTableExistsWaiter(client).Wait(ctx, &dynamodb.DescribeTableInput{TableName: &name}, time.Hour); err != nil {
				return "", nil, err
			}
			unchanged, err := drivertest.Unchanged(func() ([3]any, error) { return look(ctx, client, arn) })
			return arn, unchanged, err
		},
		Fill: func(ctx context.Context, s provision.State) error {
			_, err := client.PutItem(ctx, &dynamodb.PutItemInput{TableName: &s.Name, Item: map[string]types.AttributeValue{
				"id": &types.AttributeValueMemberS{Value: "1"}, "at": &types.AttributeValueMemberN{Value: "1"},
			}})
			return err
		},
	}
}

var (
	id = kinds.TableKey{Name: "id"}
	at = kinds.TableKey{Name: "at", Type: "N"}
)

// look returns all that one could have changed about a table.
func look(ctx context.Context, client *dynamodb.Client, arn string) (all [3]any, err error) {
	name := arn[strings.LastIndex(arn, "/")+1:]
	table, err := client.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &name})
	if err != nil {
		return all, err
	}
	tags, err := client.ListTagsOfResource(ctx, &dynamodb.ListTagsOfResourceInput{ResourceArn: &arn})
	if err != nil {
		return all, err
	}
	backups, err := client.DescribeContinuousBackups(ctx, &dynamodb.DescribeContinuousBackupsInput{TableName: &name})
	if err != nil {
		return all, err
	}
	return [3]any{table.Table.TableStatus, tags.Tags, backups.ContinuousBackupsDescription.PointInTimeRecoveryDescription.PointInTimeRecoveryStatus}, nil
}
