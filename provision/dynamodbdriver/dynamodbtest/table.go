package dynamodbtest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/peppercorn-go/peppercorn/internal/sim"
)

// listLimit is how many tables DynamoDB lists in one answer, at most.
const listLimit = 100

// table is one incarnation of a table. All times are compared with now when somebody asks: nothing runs by itself.
type table struct {
	region, name, arn string
	in                *dynamodb.CreateTableInput // as it was made, and changed since
	tags              map[string]string
	recovery          bool
	failed            types.TableStatus // what it is instead of active, if somebody said so
	items             []map[string]types.AttributeValue
	counted           []time.Time // when each item came

	created time.Time
	usable  time.Time // from then on it is known
	tagged  time.Time // from then on its tags are seen
	active  time.Time
	deleted time.Time // when DeleteTable was called; zero if it was not
	gone    time.Time // from then on it does not exist
}

// exists reports whether the table is not gone, known or not.
func (t *table) exists(now time.Time) bool { return t.deleted.IsZero() || now.Before(t.gone) }

// known reports whether calls find the table.
func (t *table) known(now time.Time) bool { return !now.Before(t.usable) && t.exists(now) }

func (t *table) status(now time.Time) types.TableStatus {
	switch {
	case !t.deleted.IsZero():
		return types.TableStatusDeleting
	case t.failed != "":
		return t.failed
	case now.Before(t.active):
		return types.TableStatusCreating
	}
	return types.TableStatusActive
}

func (d *DynamoDB) arnOf(region, name string) string {
	return fmt.Sprintf("arn:aws:dynamodb:%s:%s:table/%s", region, d.cloud.Options().Account, name)
}

// at returns the table of a name or ARN, if it is known.
func (d *DynamoDB) at(region string, nameOrARN *string) (*table, error) {
	name := aws.ToString(nameOrARN)
	name = strings.TrimPrefix(name, d.arnOf(region, ""))
	t := d.tables[key{region, name}]
	if t == nil || !t.known(time.Now()) {
		return nil, resourceNotFound(name)
	}
	return t, nil
}

func (d *DynamoDB) createTable(region string, in *dynamodb.CreateTableInput) (*dynamodb.CreateTableOutput, error) {
	t, err := d.create(region, in)
	if err != nil {
		return nil, err
	}
	return &dynamodb.CreateTableOutput{TableDescription: t.describe(time.Now())}, nil
}

func (d *DynamoDB) create(region string, in *dynamodb.CreateTableInput) (*table, error) {
	if err := checkTable(in); err != nil {
		return nil, err
	}
	tags, fault := sim.MergeTags(rules, nil, in.Tags, pair)
	if fault != nil {
		return nil, wrong("%s", fault.Message)
	}
	name, now := aws.ToString(in.TableName), time.Now()
	if old := d.tables[key{region, name}]; old != nil && old.exists(now) {
		return nil, resourceInUse("Table already exists: %s", name)
	}
	t := &table{
		region: region, name: name, arn: d.arnOf(region, name), in: in, tags: tags,
		created: now, usable: now.Add(d.opts.Settle), tagged: now.Add(d.opts.Settle + d.opts.TagLag), active: now.Add(d.opts.Creation),
	}
	d.tables[key{region, name}] = t
	return t, nil
}

func (d *DynamoDB) deleteTable(region string, in *dynamodb.DeleteTableInput) (*dynamodb.DeleteTableOutput, error) {
	t, err := d.at(region, in.TableName)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	switch status := t.status(now); {
	case status == types.TableStatusDeleting: // once more changes nothing
	case aws.ToBool(t.in.DeletionProtectionEnabled):
		return nil, validation("Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.")
	case status == types.TableStatusCreating || status == types.TableStatusUpdating:
		return nil, resourceInUse("Attempt to change a resource which is still in use: Table is being created: %s", t.name)
	default:
		t.deleted, t.gone = now, now.Add(d.opts.Deletion)
	}
	return &dynamodb.DeleteTableOutput{TableDescription: t.describe(now)}, nil
}

func (d *DynamoDB) describeTable(region string, in *dynamodb.DescribeTableInput) (*dynamodb.DescribeTableOutput, error) {
	t, err := d.at(region, in.TableName)
	if err != nil {
		return nil, err
	}
	return &dynamodb.DescribeTableOutput{Table: t.describe(time.Now())}, nil
}

// staleness is how old the count of items is at most.
const staleness = 6 * time.Hour

func (t *table) describe(now time.Time) *types.TableDescription {
	status := t.status(now)
	out := &types.TableDescription{
		TableName: aws.String(t.name), TableArn: aws.String(t.arn), TableStatus: status,
		CreationDateTime:          aws.Time(t.created),
		DeletionProtectionEnabled: aws.Bool(aws.ToBool(t.in.DeletionProtectionEnabled)),
		ItemCount:                 aws.Int64(0),
	}
	for _, at := range t.counted {
		if now.Sub(at) >= staleness {
			*out.ItemCount++
		}
	}
	if t.in.BillingMode == types.BillingModePayPerRequest {
		out.BillingModeSummary = &types.BillingModeSummary{BillingMode: types.BillingModePayPerRequest}
	}
	if s := t.in.StreamSpecification; s != nil && aws.ToBool(s.StreamEnabled) {
		out.StreamSpecification = s
		out.LatestStreamArn = aws.String(t.arn + "/stream/" + t.created.UTC().Format("2006-01-02T15:04:05.000"))
	}
	if s := t.in.SSESpecification; s != nil && aws.ToBool(s.Enabled) {
		out.SSEDescription = &types.SSEDescription{
			Status: types.SSEStatusEnabled, SSEType: types.SSETypeKms, KMSMasterKeyArn: s.KMSMasterKeyId,
		}
	}
	if status == types.TableStatusDeleting {
		return out // of indexes and keys nothing is told any more
	}
	out.KeySchema, out.AttributeDefinitions = t.in.KeySchema, t.in.AttributeDefinitions
	for _, x := range t.in.GlobalSecondaryIndexes {
		out.GlobalSecondaryIndexes = append(out.GlobalSecondaryIndexes, types.GlobalSecondaryIndexDescription{
			IndexName: x.IndexName, IndexArn: aws.String(t.arn + "/index/" + aws.ToString(x.IndexName)),
			IndexStatus: types.IndexStatus(status), KeySchema: x.KeySchema, Projection: x.Projection,
		})
	}
	return out
}

// updateTable changes the settings that are simulated, at once.
func (d *DynamoDB) updateTable(region string, in *dynamodb.UpdateTableInput) (*dynamodb.UpdateTableOutput, error) {
	t, err := d.at(region, in.TableName)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	if status := t.status(now); status != types.TableStatusActive {
		return nil, resourceInUse("Attempt to change a resource which is still in use: Table is %s: %s", status, t.name)
	}
	after := *t.in
	if in.DeletionProtectionEnabled != nil {
		after.DeletionProtectionEnabled = in.DeletionProtectionEnabled
	}
	if in.BillingMode != "" {
		after.BillingMode, after.ProvisionedThroughput = in.BillingMode, in.ProvisionedThroughput
	}
	if in.StreamSpecification != nil {
		after.StreamSpecification = in.StreamSpecification
	}
	if err := checkTable(&after); err != nil {
		return nil, err
	}
	t.in = &after
	return &dynamodb.UpdateTableOutput{TableDescription: t.describe(now)}, nil
}

func (d *DynamoDB) listTables(region string, in *dynamodb.ListTablesInput) (*dynamodb.ListTablesOutput, error) {
	limit := listLimit
	if in.Limit != nil {
		if *in.Limit < 1 || *in.Limit > listLimit {
			return nil, validation("1 validation error detected: Value '%d' at 'limit' failed to satisfy constraint", *in.Limit)
		}
		limit = int(*in.Limit)
	}
	if size := d.cloud.Options().PageSize; size > 0 {
		limit = min(limit, size)
	}
	now := time.Now()
	out := &dynamodb.ListTablesOutput{}
	byName := func(a, b key) int { return strings.Compare(a.name, b.name) }
	for _, k := range slices.SortedFunc(maps.Keys(d.tables), byName) {
		if k.region != region || k.name <= aws.ToString(in.ExclusiveStartTableName) || !d.tables[k].known(now) {
			continue
		}
		if len(out.TableNames) == limit {
			out.LastEvaluatedTableName = aws.String(out.TableNames[limit-1])
			break
		}
		out.TableNames = append(out.TableNames, k.name)
	}
	return out, nil
}
