package logstest

import (
	"context"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"github.com/peppercorn-go/peppercorn/internal/sim"
)

// Options of a simulated CloudWatch Logs. Durations that are 0 or below mean that the thing takes no time.
type Options struct {
	// Settle is how long a new group is unknown. The service promises nothing. Default 1 s.
	Settle time.Duration
	// CountLag is how long written bytes are missing in the count of their group. Default 1 h.
	CountLag time.Duration
	// Rate and burst of each operation, in calls a second; the service's own quotas for most operations on log groups are of
	// that size. 0 means no limit. Default 10.
	Rate float64
}

// Logs is the simulated service of all regions of one account. It is safe for concurrent use.
type Logs struct {
	opts  Options
	cloud *sim.Cloud

	mu        sync.Mutex
	groups    map[key]*group
	retention map[string]int32       // of the account, by region
	calls     map[string]*sim.Bucket // by operation
}

// key names a group of the account.
type key struct{ region, name string }

// Register makes a simulated CloudWatch Logs and registers it with the cloud, whose account and page size it honours.
func Register(c *sim.Cloud, optFns ...func(*Options)) *Logs {
	opts := Options{Settle: time.Second, CountLag: time.Hour, Rate: 10}
	for _, fn := range optFns {
		fn(&opts)
	}
	l := &Logs{
		opts:      opts,
		cloud:     c,
		groups:    map[key]*group{},
		retention: map[string]int32{},
		calls:     map[string]*sim.Bucket{},
	}
	c.Register(cloudwatchlogs.ServiceID, l)
	return l
}

// Throttled returns the error by which the service refuses a call for its rate. The cloud asks for it.
func (l *Logs) Throttled() error { return throttled() }

// Serve answers one call. The cloud calls it; programs call the service through the SDK.
func (l *Logs) Serve(_ context.Context, call *sim.Call) (any, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.bucket(call.Op).Take() {
		return nil, throttled()
	}
	switch in := call.Input.(type) {
	case *cloudwatchlogs.CreateLogGroupInput:
		return l.createLogGroup(call.Region, in)
	case *cloudwatchlogs.DeleteLogGroupInput:
		return l.deleteLogGroup(call.Region, in)
	case *cloudwatchlogs.DescribeLogGroupsInput:
		return l.describeLogGroups(call.Region, in)
	case *cloudwatchlogs.PutRetentionPolicyInput:
		return l.putRetentionPolicy(call.Region, in)
	case *cloudwatchlogs.DeleteRetentionPolicyInput:
		return l.deleteRetentionPolicy(call.Region, in)
	case *cloudwatchlogs.PutLogGroupDeletionProtectionInput:
		return l.putLogGroupDeletionProtection(call.Region, in)
	case *cloudwatchlogs.ListTagsForResourceInput:
		return l.listTagsForResource(call.Region, in)
	case *cloudwatchlogs.TagResourceInput:
		return l.tagResource(call.Region, in)
	case *cloudwatchlogs.UntagResourceInput:
		return l.untagResource(call.Region, in)
	case *cloudwatchlogs.CreateLogStreamInput:
		return l.createLogStream(call.Region, in)
	case *cloudwatchlogs.DescribeLogStreamsInput:
		return l.describeLogStreams(call.Region, in)
	case *cloudwatchlogs.PutLogEventsInput:
		return l.putLogEvents(call.Region, in)
	}
	return nil, sim.UnknownOperation(call)
}

// bucket returns the tokens of an operation.
func (l *Logs) bucket(op string) *sim.Bucket {
	b := l.calls[op]
	if b == nil {
		b = sim.NewBucket(l.opts.Rate, max(1, int(l.opts.Rate)))
		l.calls[op] = b
	}
	return b
}
