package dynamodbtest

import (
	"context"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/peppercorn-go/peppercorn/internal/sim"
)

// Options of a simulated DynamoDB. Durations that are 0 or below mean that the thing takes no time.
type Options struct {
	// Creation is how long a table is CREATING. Default 8 s.
	Creation time.Duration
	// Deletion is how long a table is DELETING. Default 10 s.
	Deletion time.Duration
	// Settle is how long a new table is unknown to other calls. DynamoDB speaks of a few seconds. Default 1 s.
	Settle time.Duration
	// TagLag is how long after that its tags are not seen. Default 1 s.
	TagLag time.Duration
	// Backups is how long after a table became active point-in-time recovery cannot be turned on. Default 2 s.
	Backups time.Duration
	// Rate and Burst of all calls together, in calls a second. 0 means no limit. Default 100 and 200.
	Rate  float64
	Burst int
	// TagRate is the rate and the burst of ListTagsOfResource, in calls a second (API reference). 0 means no limit.
	// Default 10.
	TagRate float64
}

// DynamoDB is the simulated service of all regions of one account. It is safe for concurrent use.
type DynamoDB struct {
	opts     Options
	cloud    *sim.Cloud
	calls    *sim.Bucket
	tagCalls *sim.Bucket

	mu     sync.Mutex
	tables map[key]*table
}

// key names a table of the account.
type key struct{ region, name string }

// Register makes a simulated DynamoDB and registers it with the cloud, whose account and page size it honours.
func Register(c *sim.Cloud, optFns ...func(*Options)) *DynamoDB {
	opts := Options{
		Creation: 8 * time.Second,
		Deletion: 10 * time.Second,
		Settle:   time.Second,
		TagLag:   time.Second,
		Backups:  2 * time.Second,
		Rate:     100,
		Burst:    200,
		TagRate:  10,
	}
	for _, fn := range optFns {
		fn(&opts)
	}
	d := &DynamoDB{
		opts:     opts,
		cloud:    c,
		calls:    sim.NewBucket(opts.Rate, opts.Burst),
		tagCalls: sim.NewBucket(opts.TagRate, max(1, int(opts.TagRate))),
		tables:   map[key]*table{},
	}
	c.Register(dynamodb.ServiceID, d)
	return d
}

// Throttled returns the error by which DynamoDB refuses a call for its rate. The cloud asks for it.
func (d *DynamoDB) Throttled() error { return throttling() }

// Serve answers one call. The cloud calls it; programs call DynamoDB through the SDK.
func (d *DynamoDB) Serve(_ context.Context, call *sim.Call) (any, error) {
	if !d.calls.Take() {
		return nil, throttling()
	}
	if _, tags := call.Input.(*dynamodb.ListTagsOfResourceInput); tags && !d.tagCalls.Take() {
		return nil, throttling()
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	switch in := call.Input.(type) {
	case *dynamodb.CreateTableInput:
		return d.createTable(call.Region, in)
	case *dynamodb.DeleteTableInput:
		return d.deleteTable(call.Region, in)
	case *dynamodb.DescribeTableInput:
		return d.describeTable(call.Region, in)
	case *dynamodb.UpdateTableInput:
		return d.updateTable(call.Region, in)
	case *dynamodb.ListTablesInput:
		return d.listTables(call.Region, in)
	case *dynamodb.ListTagsOfResourceInput:
		return d.listTagsOfResource(call.Region, in)
	case *dynamodb.TagResourceInput:
		return d.tagResource(call.Region, in)
	case *dynamodb.DescribeContinuousBackupsInput:
		return d.describeContinuousBackups(call.Region, in)
	case *dynamodb.UpdateContinuousBackupsInput:
		return d.updateContinuousBackups(call.Region, in)
	case *dynamodb.PutItemInput:
		return d.putItem(call.Region, in)
	case *dynamodb.ScanInput:
		return d.scan(call.Region, in)
	}
	return nil, sim.UnknownOperation(call)
}
