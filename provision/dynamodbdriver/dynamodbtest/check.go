package dynamodbtest

import (
	"regexp"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// maxIndexes is how many global secondary indexes a table has at most.
const maxIndexes = 20

// goodName is the alphabet of the names of tables and indexes.
var goodName = regexp.MustCompile(`^[a-zA-Z0-9_.-]{3,255}$`)

// checkTable checks what a table is to be.
func checkTable(in *dynamodb.CreateTableInput) error {
	if name := aws.ToString(in.TableName); !goodName.MatchString(name) {
		return validation("Invalid table name: %q", name)
	}
	defined := map[string]bool{}
	for _, a := range in.AttributeDefinitions {
		if !slices.Contains(a.AttributeType.Values(), a.AttributeType) {
			return wrong("Unknown attribute type %s", a.AttributeType)
		}
		defined[aws.ToString(a.AttributeName)] = true
	}
	used := map[string]bool{}
	if err := checkSchema(in.KeySchema, defined, used); err != nil {
		return err
	}
	if err := checkIndexes(in, defined, used); err != nil {
		return err
	}
	if len(used) != len(defined) {
		return wrong("Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions")
	}
	if err := checkCapacity(in.BillingMode, in.ProvisionedThroughput); err != nil {
		return err
	}
	if s := in.StreamSpecification; s != nil && aws.ToBool(s.StreamEnabled) && !slices.Contains(s.StreamViewType.Values(), s.StreamViewType) {
		return wrong("Unknown stream view type %q", s.StreamViewType)
	}
	return nil
}

func checkSchema(schema []types.KeySchemaElement, defined, used map[string]bool) error {
	if len(schema) < 1 || len(schema) > 2 {
		return wrong("a key schema has one or two elements")
	}
	for i, k := range schema {
		name := aws.ToString(k.AttributeName)
		switch want := []types.KeyType{types.KeyTypeHash, types.KeyTypeRange}[i]; {
		case k.KeyType != want:
			return wrong("The KeySchema element %d is not a %s key", i+1, want)
		case !defined[name]:
			return wrong("Some index key attributes are not defined in AttributeDefinitions: %s", name)
		case i == 1 && name == aws.ToString(schema[0].AttributeName):
			return wrong("Both the Hash Key and the Range Key element in the KeySchema have the same name")
		}
		used[name] = true
	}
	return nil
}

func checkIndexes(in *dynamodb.CreateTableInput, defined, used map[string]bool) error {
	if in.GlobalSecondaryIndexes != nil && len(in.GlobalSecondaryIndexes) == 0 {
		return wrong("List of GlobalSecondaryIndexes is empty")
	}
	if n := len(in.GlobalSecondaryIndexes); n > maxIndexes {
		return wrong("GlobalSecondaryIndex count exceeds the per-table limit of %d", maxIndexes)
	}
	names := map[string]bool{}
	for _, x := range in.GlobalSecondaryIndexes {
		name := aws.ToString(x.IndexName)
		switch {
		case !goodName.MatchString(name):
			return validation("Invalid index name: %q", name)
		case names[name]:
			return wrong("Duplicate index name: %s", name)
		case x.Projection == nil || x.Projection.ProjectionType == "":
			return wrong("Unknown ProjectionType: null")
		case (x.Projection.ProjectionType == types.ProjectionTypeInclude) != (len(x.Projection.NonKeyAttributes) > 0):
			return wrong("ProjectionType is %s, but NonKeyAttributes is specified or missing", x.Projection.ProjectionType)
		}
		names[name] = true
		if err := checkSchema(x.KeySchema, defined, used); err != nil {
			return err
		}
		if err := checkCapacity(in.BillingMode, x.ProvisionedThroughput); err != nil {
			return err
		}
	}
	return nil
}

func checkCapacity(mode types.BillingMode, t *types.ProvisionedThroughput) error {
	switch {
	case mode == types.BillingModePayPerRequest && t != nil:
		return wrong("Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST")
	case mode == types.BillingModePayPerRequest:
	case t == nil || aws.ToInt64(t.ReadCapacityUnits) < 1 || aws.ToInt64(t.WriteCapacityUnits) < 1:
		return wrong("ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED")
	}
	return nil
}
