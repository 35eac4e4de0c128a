package dynamodbtest

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/peppercorn-go/peppercorn/internal/taglist"
)

// Table is a table as it is at one moment, for tests to look at. It shares nothing with the service.
type Table struct {
	// Region, Name and ARN of the table.
	Region, Name, ARN string
	// Status is "CREATING", "ACTIVE", "DELETING", or what [DynamoDB.Fail] said.
	Status string
	// Tags of the table.
	Tags map[string]string
	// Recovery is true if point-in-time recovery is on, Protected if deletion protection is.
	Recovery, Protected bool
	// Created is when CreateTable made it.
	Created time.Time
	// Items that it holds.
	Items int
}

// Tables returns all tables of all regions that are not gone, also those that are not known yet, in the order of regions and
// names. It is no call: nothing is recorded, and no fault strikes.
func (d *DynamoDB) Tables() []Table {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := time.Now()
	var tables []Table
	for _, t := range d.tables {
		if t.exists(now) {
			tables = append(tables, t.snapshot(now))
		}
	}
	slices.SortFunc(tables, func(a, b Table) int {
		return cmp.Or(cmp.Compare(a.Region, b.Region), cmp.Compare(a.Name, b.Name))
	})
	return tables
}

func (t *table) snapshot(now time.Time) Table {
	return Table{
		Region: t.region, Name: t.name, ARN: t.arn,
		Status:    string(t.status(now)),
		Tags:      maps.Clone(t.tags),
		Recovery:  t.recovery,
		Protected: aws.ToBool(t.in.DeletionProtectionEnabled),
		Created:   t.created,
		Items:     len(t.items),
	}
}

// AddTable makes a table by somebody else's hand, in the region of the cloud: no call is recorded, no fault strikes, and it can
// be used at once. Its key is the text "id". It refuses what CreateTable would refuse.
func (d *DynamoDB) AddTable(name string, tags map[string]string) (Table, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	in := &dynamodb.CreateTableInput{
		TableName: &name, BillingMode: types.BillingModePayPerRequest,
		KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String("id"), KeyType: types.KeyTypeHash}},
		AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String("id"), AttributeType: types.ScalarAttributeTypeS}},
		Tags:                 taglist.Of(tags, tagOf),
	}
	t, err := d.create(d.cloud.Options().Region, in)
	if err != nil {
		return Table{}, err
	}
	t.usable, t.tagged, t.active = t.created, t.created, t.created
	return t.snapshot(t.created), nil
}

// AddItems puts n items into the table of that name in the region of the cloud, as if somebody had written them.
func (d *DynamoDB) AddItems(name string, n int) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	t, err := d.filled(d.cloud.Options().Region, &name)
	if err != nil {
		return fmt.Errorf("dynamodbtest: adding items to %s: %w", name, err)
	}
	for i := range n {
		item := map[string]types.AttributeValue{}
		for _, a := range t.in.AttributeDefinitions {
			item[aws.ToString(a.AttributeName)] = value(a.AttributeType, len(t.items)+i)
		}
		if err := t.put(item); err != nil {
			return fmt.Errorf("dynamodbtest: adding items to %s: %w", name, err)
		}
	}
	return nil
}

// value returns a value of a type, another one for each number.
func value(typ types.ScalarAttributeType, i int) types.AttributeValue {
	text := fmt.Sprint(i)
	switch typ {
	case types.ScalarAttributeTypeN:
		return &types.AttributeValueMemberN{Value: text}
	case types.ScalarAttributeTypeB:
		return &types.AttributeValueMemberB{Value: []byte(text)}
	default:
		return &types.AttributeValueMemberS{Value: text}
	}
}

// Fail gives the table of that name in the region of the cloud another status than active, such as
// "INACCESSIBLE_ENCRYPTION_CREDENTIALS".
func (d *DynamoDB) Fail(name, status string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	t, err := d.at(d.cloud.Options().Region, &name)
	if err != nil {
		return fmt.Errorf("dynamodbtest: failing %s: %w", name, err)
	}
	t.failed = types.TableStatus(status)
	return nil
}
