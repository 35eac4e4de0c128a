package dynamodbdriver

import (
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/peppercorn-go/peppercorn/internal/taglist"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// request writes a table in DynamoDB's words. It is a pure function of the call.
func request(c provision.Call, name string, t kinds.Table) *dynamodb.CreateTableInput {
	in := &dynamodb.CreateTableInput{
		TableName:                 aws.String(name),
		KeySchema:                 schema(t.PartitionKey, t.SortKey),
		AttributeDefinitions:      definitions(t),
		BillingMode:               billingOf(t),
		ProvisionedThroughput:     throughput(t),
		DeletionProtectionEnabled: aws.Bool(t.DeletionProtection),
	}
	for _, x := range t.Indexes {
		in.GlobalSecondaryIndexes = append(in.GlobalSecondaryIndexes, types.GlobalSecondaryIndex{
			IndexName:             aws.String(x.Name),
			KeySchema:             schema(x.PartitionKey, x.SortKey),
			Projection:            projection(x),
			ProvisionedThroughput: throughput(t),
		})
	}
	if t.Stream != "" {
		in.StreamSpecification = &types.StreamSpecification{
			StreamEnabled: aws.Bool(true), StreamViewType: types.StreamViewType(t.Stream),
		}
	}
	if t.KMSKey != "" {
		in.SSESpecification = &types.SSESpecification{
			Enabled: aws.Bool(true), SSEType: types.SSETypeKms, KMSMasterKeyId: aws.String(string(t.KMSKey)),
		}
	}
	tags := c.Tags()
	if t.NoRecovery {
		tags[TagRecovery] = noRecovery
	}
	in.Tags = taglist.Of(tags, func(key, value *string) types.Tag { return types.Tag{Key: key, Value: value} })
	return in
}

func billingOf(t kinds.Table) types.BillingMode {
	if t.Capacity == (kinds.TableCapacity{}) {
		return types.BillingModePayPerRequest
	}
	return types.BillingModeProvisioned
}

// throughput is what the table and each of its indexes reserve; nil on demand, where DynamoDB refuses it.
func throughput(t kinds.Table) *types.ProvisionedThroughput {
	if t.Capacity == (kinds.TableCapacity{}) {
		return nil
	}
	return &types.ProvisionedThroughput{
		ReadCapacityUnits: aws.Int64(int64(t.Capacity.Read)), WriteCapacityUnits: aws.Int64(int64(t.Capacity.Write)),
	}
}

func schema(partition, sort kinds.TableKey) []types.KeySchemaElement {
	keys := []types.KeySchemaElement{{AttributeName: aws.String(partition.Name), KeyType: types.KeyTypeHash}}
	if sort.Name != "" {
		keys = append(keys, types.KeySchemaElement{AttributeName: aws.String(sort.Name), KeyType: types.KeyTypeRange})
	}
	return keys
}

// definitions lists each attribute that is a key once, sorted. DynamoDB refuses to hear of others.
func definitions(t kinds.Table) []types.AttributeDefinition {
	keys := []kinds.TableKey{t.PartitionKey, t.SortKey}
	for _, x := range t.Indexes {
		keys = append(keys, x.PartitionKey, x.SortKey)
	}
	typeOf := map[string]string{}
	for _, k := range keys {
		if k.Name != "" {
			typeOf[k.Name] = k.DataType()
		}
	}
	var list []types.AttributeDefinition
	for _, name := range slices.Sorted(maps.Keys(typeOf)) {
		list = append(list, types.AttributeDefinition{
			AttributeName: aws.String(name), AttributeType: types.ScalarAttributeType(typeOf[name]),
		})
	}
	return list
}

func projection(x kinds.TableIndex) *types.Projection {
	switch {
	case x.KeysOnly:
		return &types.Projection{ProjectionType: types.ProjectionTypeKeysOnly}
	case len(x.Include) > 0:
		return &types.Projection{ProjectionType: types.ProjectionTypeInclude, NonKeyAttributes: slices.Clone(x.Include)}
	}
	return &types.Projection{ProjectionType: types.ProjectionTypeAll}
}
