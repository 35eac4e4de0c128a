package dynamodbtest

import (
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// keyOf returns the key of an item, which must have all of its attributes in the type that the table says.
func (t *table) keyOf(item map[string]types.AttributeValue) (map[string]types.AttributeValue, error) {
	typeOf := map[string]types.ScalarAttributeType{}
	for _, a := range t.in.AttributeDefinitions {
		typeOf[aws.ToString(a.AttributeName)] = a.AttributeType
	}
	found := map[string]types.AttributeValue{}
	for _, k := range t.in.KeySchema {
		name := aws.ToString(k.AttributeName)
		value, ok := item[name]
		if !ok {
			return nil, wrong("Missing the key %s in the item", name)
		}
		var is types.ScalarAttributeType
		switch value.(type) {
		case *types.AttributeValueMemberS:
			is = types.ScalarAttributeTypeS
		case *types.AttributeValueMemberN:
			is = types.ScalarAttributeTypeN
		case *types.AttributeValueMemberB:
			is = types.ScalarAttributeTypeB
		}
		if is != typeOf[name] {
			return nil, wrong("Type mismatch for key %s expected: %s", name, typeOf[name])
		}
		found[name] = value
	}
	return found, nil
}

// same writes a key so that equal ones are written alike.
func same(key map[string]types.AttributeValue) string {
	text := map[string]string{}
	for name, value := range key {
		switch v := value.(type) {
		case *types.AttributeValueMemberS:
			text[name] = v.Value
		case *types.AttributeValueMemberN:
			text[name] = v.Value
		case *types.AttributeValueMemberB:
			text[name] = string(v.Value)
		}
	}
	return fmt.Sprintf("%q", text) // in the order of names
}

// putItem puts an item in the place of the one with the same key.
func (d *DynamoDB) putItem(region string, in *dynamodb.PutItemInput) (*dynamodb.PutItemOutput, error) {
	t, err := d.filled(region, in.TableName)
	if err != nil {
		return nil, err
	}
	return &dynamodb.PutItemOutput{}, t.put(in.Item)
}

func (t *table) put(item map[string]types.AttributeValue) error {
	key, err := t.keyOf(item)
	if err != nil {
		return err
	}
	for i, old := range t.items {
		if is, _ := t.keyOf(old); same(is) == same(key) {
			t.items[i] = item
			return nil
		}
	}
	t.items, t.counted = append(t.items, item), append(t.counted, time.Now())
	return nil
}

// filled returns the table of a name for a call on its items.
func (d *DynamoDB) filled(region string, name *string) (*table, error) {
	t, err := d.at(region, name)
	if err != nil {
		return nil, err
	}
	if t.status(time.Now()) == types.TableStatusCreating {
		return nil, resourceNotFound(t.name)
	}
	return t, nil
}

// scan returns items in the order in which they came.
func (d *DynamoDB) scan(region string, in *dynamodb.ScanInput) (*dynamodb.ScanOutput, error) {
	t, err := d.filled(region, in.TableName)
	if err != nil {
		return nil, err
	}
	if in.FilterExpression != nil {
		return nil, validation("filters are not simulated")
	}
	out, begun := &dynamodb.ScanOutput{}, len(in.ExclusiveStartKey) == 0
	for _, item := range t.items {
		key, err := t.keyOf(item)
		if err != nil {
			return nil, err
		}
		if !begun {
			begun = same(key) == same(in.ExclusiveStartKey)
			continue
		}
		out.Count++
		if in.Select != types.SelectCount {
			out.Items = append(out.Items, item)
		}
		if in.Limit != nil && out.Count == *in.Limit {
			out.LastEvaluatedKey = key // also if nothing follows
			break
		}
	}
	out.ScannedCount = out.Count
	return out, nil
}
