package dynamodbtest_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/internal/drivertest"
	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/internal/taglist"
	"github.com/peppercorn-go/peppercorn/provision/dynamodbdriver/dynamodbtest"
)

// world is a service and a client of it.
type world struct {
	*dynamodb.Client
	service *dynamodbtest.DynamoDB
	cloud   *sim.Cloud
}

// in runs a test in a bubble of virtual time.
func in(t *testing.T, test func(ctx context.Context, t *testing.T, w world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		cloud := sim.New(func(o *sim.Options) { o.PageSize = 2 })
		service := dynamodbtest.Register(cloud)
		test(t.Context(), t, world{dynamodb.NewFromConfig(cloud.Config()), service, cloud})
	})
}

func tag(k, v string) types.Tag { return types.Tag{Key: &k, Value: &v} }

// code of an error, or nothing.
func code(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

// simple is a table with one key, changed as a test wants.
func simple(name string, change ...func(*dynamodb.CreateTableInput)) *dynamodb.CreateTableInput {
	in := &dynamodb.CreateTableInput{
		TableName: &name, BillingMode: types.BillingModePayPerRequest,
		KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String("id"), KeyType: types.KeyTypeHash}},
		AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String("id"), AttributeType: types.ScalarAttributeTypeS}},
	}
	for _, fn := range change {
		fn(in)
	}
	return in
}

func index(name string, projection *types.Projection) types.GlobalSecondaryIndex {
	return types.GlobalSecondaryIndex{
		IndexName: &name, Projection: projection,
		KeySchema: []types.KeySchemaElement{{AttributeName: aws.String("id"), KeyType: types.KeyTypeHash}},
	}
}

func TestWhatIsRefused(t *testing.T) {
	all := &types.Projection{ProjectionType: types.ProjectionTypeAll}
	units := &types.ProvisionedThroughput{ReadCapacityUnits: aws.Int64(1), WriteCapacityUnits: aws.Int64(1)}
	many := make([]types.Tag, 51)
	for i := range many {
		many[i] = tag(fmt.Sprint("k", i), "v")
	}
	for name, change := range map[string]func(*dynamodb.CreateTableInput){
		"a short name":       func(in *dynamodb.CreateTableInput) { in.TableName = aws.String("ab") },
		"a name with blanks": func(in *dynamodb.CreateTableInput) { in.TableName = aws.String("a b c") },
		"a key undefined":    func(in *dynamodb.CreateTableInput) { in.KeySchema[0].AttributeName = aws.String("x") },
		"a sort key first":   func(in *dynamodb.CreateTableInput) { in.KeySchema[0].KeyType = types.KeyTypeRange },
		"one key twice": func(in *dynamodb.CreateTableInput) {
			in.KeySchema = append(in.KeySchema, types.KeySchemaElement{AttributeName: aws.String("id"), KeyType: types.KeyTypeRange})
		},
		"an attribute unused": func(in *dynamodb.CreateTableInput) {
			in.AttributeDefinitions = append(in.AttributeDefinitions, types.AttributeDefinition{AttributeName: aws.String("x"), AttributeType: "S"})
		},
		"a type unknown":     func(in *dynamodb.CreateTableInput) { in.AttributeDefinitions[0].AttributeType = "SS" },
		"capacity on demand": func(in *dynamodb.CreateTableInput) { in.ProvisionedThroughput = units },
		"no capacity":        func(in *dynamodb.CreateTableInput) { in.BillingMode = types.BillingModeProvisioned },
		"no indexes":         func(in *dynamodb.CreateTableInput) { in.GlobalSecondaryIndexes = []types.GlobalSecondaryIndex{} },
		"an index twice": func(in *dynamodb.CreateTableInput) {
			in.GlobalSecondaryIndexes = []types.GlobalSecondaryIndex{index("abc", all), index("abc", all)}
		},
		"an index unprojected": func(in *dynamodb.CreateTableInput) {
			in.GlobalSecondaryIndexes = []types.GlobalSecondaryIndex{index("abc", &types.Projection{})}
		},
		"included nothing": func(in *dynamodb.CreateTableInput) {
			in.GlobalSecondaryIndexes = []types.GlobalSecondaryIndex{index("abc", &types.Projection{ProjectionType: "INCLUDE"})}
		},
		"a stream of nothing": func(in *dynamodb.CreateTableInput) {
			in.StreamSpecification = &types.StreamSpecification{StreamEnabled: aws.Bool(true)}
		},
		"a tag's parentheses": func(in *dynamodb.CreateTableInput) { in.Tags = []types.Tag{tag("a", "feat(api)")} },
		"a reserved tag":      func(in *dynamodb.CreateTableInput) { in.Tags = []types.Tag{tag("aws:a", "b")} },
		"a tag twice":         func(in *dynamodb.CreateTableInput) { in.Tags = []types.Tag{tag("a", "b"), tag("a", "c")} },
		"a tag too long":      func(in *dynamodb.CreateTableInput) { in.Tags = []types.Tag{tag("a", strings.Repeat("x", 257))} },
		"too many tags":       func(in *dynamodb.CreateTableInput) { in.Tags = many },
	} {
		t.Run(name, func(t *testing.T) {
			in(t, func(ctx context.Context, t *testing.T, w world) {
				_, err := w.CreateTable(ctx, simple("abc", change))
				require.Equal(t, "ValidationException", code(err), "%v", err)
				require.Empty(t, w.service.Tables())
			})
		})
	}
	in(t, func(ctx context.Context, t *testing.T, w world) {
		_, err := w.CreateTable(ctx, simple("abc", func(in *dynamodb.CreateTableInput) {
			in.GlobalSecondaryIndexes = []types.GlobalSecondaryIndex{index("abc", all)}
			in.Tags = many[:50]
		}))
		require.NoError(t, err)
	})
}

func TestTagsCanBeChangedLater(t *testing.T) {
	tagOf := func(key, value *string) types.Tag { return types.Tag{Key: key, Value: value} }
	in(t, func(ctx context.Context, t *testing.T, w world) {
		table, err := w.service.AddTable("abc", map[string]string{"a": "1", "b": "2"})
		require.NoError(t, err)
		drivertest.TestTagsLater(t, drivertest.Tagged{
			Tags: func() map[string]string { return w.service.Tables()[0].Tags },
			Change: func(tags map[string]string) error {
				_, err := w.TagResource(ctx, &dynamodb.TagResourceInput{ResourceArn: &table.ARN, Tags: taglist.Of(tags, tagOf)})
				return err
			},
			Invalid: func(err error) { require.Equal(t, "ValidationException", code(err)) },
			TooMany: func(err error) {
				require.Equal(t, "ValidationException", code(err))
				require.ErrorContains(t, err, "51 tags", "the code is that of all refusals")
			},
		})
	})
}

func TestLifeOfATable(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		out, err := w.CreateTable(ctx, simple("abc", func(in *dynamodb.CreateTableInput) {
			in.Tags = []types.Tag{tag("a", "1"), tag("b", "2"), tag("c", "3")}
		}))
		require.NoError(t, err)
		arn := out.TableDescription.TableArn
		require.Equal(t, types.TableStatusCreating, out.TableDescription.TableStatus)
		_, err = w.CreateTable(ctx, simple("abc"))
		require.Equal(t, "ResourceInUseException", code(err))
		describe := func() (types.TableStatus, error) {
			out, err := w.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: aws.String("abc")})
			if err != nil {
				return "", err
			}
			return out.Table.TableStatus, nil
		}
		tags := func() int {
			out, err := w.ListTagsOfResource(ctx, &dynamodb.ListTagsOfResourceInput{ResourceArn: arn})
			require.NoError(t, err)
			return len(out.Tags)
		}
		restorable := func() error {
			_, err := w.UpdateContinuousBackups(ctx, &dynamodb.UpdateContinuousBackupsInput{
				TableName: aws.String("abc"), PointInTimeRecoverySpecification: &types.PointInTimeRecoverySpecification{PointInTimeRecoveryEnabled: aws.Bool(true)},
			})
			return err
		}
		_, err = describe()
		require.Equal(t, "ResourceNotFoundException", code(err))
		require.Equal(t, "TableNotFoundException", code(restorable()))

		time.Sleep(time.Second)
		status, err := describe()
		require.NoError(t, err)
		require.Equal(t, types.TableStatusCreating, status)
		require.Zero(t, tags())
		require.Equal(t, "ContinuousBackupsUnavailableException", code(restorable()))
		_, err = w.DeleteTable(ctx, &dynamodb.DeleteTableInput{TableName: aws.String("abc")})
		require.Equal(t, "ResourceInUseException", code(err))
		_, err = w.Scan(ctx, &dynamodb.ScanInput{TableName: aws.String("abc")})
		require.Equal(t, "ResourceNotFoundException", code(err))

		time.Sleep(time.Second)
		require.Equal(t, 2, tags(), "a page")
		time.Sleep(6 * time.Second)
		status, err = describe()
		require.NoError(t, err)
		require.Equal(t, types.TableStatusActive, status)
		require.Equal(t, "ContinuousBackupsUnavailableException", code(restorable()))
		time.Sleep(2 * time.Second)
		require.NoError(t, restorable())
		require.True(t, w.service.Tables()[0].Recovery)

		_, err = w.UpdateTable(ctx, &dynamodb.UpdateTableInput{TableName: aws.String("abc"), DeletionProtectionEnabled: aws.Bool(true)})
		require.NoError(t, err)
		_, err = w.DeleteTable(ctx, &dynamodb.DeleteTableInput{TableName: aws.String("abc")})
		require.Equal(t, "ValidationException", code(err))
		_, err = w.UpdateTable(ctx, &dynamodb.UpdateTableInput{TableName: aws.String("abc"), DeletionProtectionEnabled: aws.Bool(false)})
		require.NoError(t, err)
		for range 2 { // once more is no error
			_, err = w.DeleteTable(ctx, &dynamodb.DeleteTableInput{TableName: arn})
			require.NoError(t, err)
		}
		status, err = describe()
		require.NoError(t, err)
		require.Equal(t, types.TableStatusDeleting, status)
		_, err = w.CreateTable(ctx, simple("abc"))
		require.Equal(t, "ResourceInUseException", code(err))
		time.Sleep(10 * time.Second)
		_, err = describe()
		require.Equal(t, "ResourceNotFoundException", code(err))
		require.Empty(t, w.service.Tables())
		_, err = w.CreateTable(ctx, simple("abc"))
		require.NoError(t, err)
	})
}

func TestItems(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		_, err := w.service.AddTable("abc", nil)
		require.NoError(t, err)
		put := func(item map[string]types.AttributeValue) error {
			_, err := w.PutItem(ctx, &dynamodb.PutItemInput{TableName: aws.String("abc"), Item: item})
			return err
		}
		require.Equal(t, "ValidationException", code(put(map[string]types.AttributeValue{"x": &types.AttributeValueMemberS{Value: "1"}})))
		require.Equal(t, "ValidationException", code(put(map[string]types.AttributeValue{"id": &types.AttributeValueMemberN{Value: "1"}})))
		for _, id := range []string{"1", "2", "1", "3"} {
			require.NoError(t, put(map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: id}}))
		}
		pages, n := 0, 0
		for scan := dynamodb.NewScanPaginator(w.Client, &dynamodb.ScanInput{TableName: aws.String("abc"), Limit: aws.Int32(2)}); scan.HasMorePages(); pages++ {
			page, err := scan.NextPage(ctx)
			require.NoError(t, err)
			n += len(page.Items)
		}
		require.Equal(t, [2]int{2, 3}, [2]int{pages, n})
		count := func() int64 {
			out, err := w.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: aws.String("abc")})
			require.NoError(t, err)
			return *out.Table.ItemCount
		}
		require.Zero(t, count())
		time.Sleep(6 * time.Hour)
		require.Equal(t, int64(3), count())
	})
}

func TestRates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := sim.New()
		service := dynamodbtest.Register(cloud, func(o *dynamodbtest.Options) { o.TagRate = 1 })
		table, err := service.AddTable("abc", nil)
		require.NoError(t, err)
		client := dynamodb.NewFromConfig(cloud.Config(), func(o *dynamodb.Options) { o.RetryMaxAttempts = 1 })
		in := &dynamodb.ListTagsOfResourceInput{ResourceArn: aws.String(table.ARN)}
		_, err = client.ListTagsOfResource(t.Context(), in)
		require.NoError(t, err)
		_, err = client.ListTagsOfResource(t.Context(), in)
		require.Equal(t, "ThrottlingException", code(err))
	})
}
