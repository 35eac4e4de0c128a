package cloudwatchtest

import (
	"context"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"

	"github.com/peppercorn-go/peppercorn/internal/sim"
)

// Options of a simulated CloudWatch. Durations that are 0 or below mean that the thing takes no time.
type Options struct {
	// Settle is how long a new alarm is not listed. The service promises nothing. Default 1 s.
	Settle time.Duration
	// WriteRate is the rate and the burst of PutMetricAlarm, and likewise of each other operation that changes alarms, in
	// calls a second. 0 means no limit. Default 3, which is CloudWatch's quota.
	WriteRate float64
	// ReadRate is the rate and the burst of each other operation. 0 means no limit. Default 9, which is CloudWatch's quota of
	// DescribeAlarms.
	ReadRate float64
}

// CloudWatch is the simulated service of all regions of one account. It is safe for concurrent use.
type CloudWatch struct {
	opts  Options
	cloud *sim.Cloud

	mu     sync.Mutex
	alarms map[key]*alarm
	calls  map[string]*sim.Bucket // by operation
}

// key names an alarm of the account.
type key struct{ region, name string }

// Register makes a simulated CloudWatch and registers it with the cloud, whose account and page size it honours.
func Register(c *sim.Cloud, optFns ...func(*Options)) *CloudWatch {
	opts := Options{Settle: time.Second, WriteRate: 3, ReadRate: 9}
	for _, fn := range optFns {
		fn(&opts)
	}
	w := &CloudWatch{opts: opts, cloud: c, alarms: map[key]*alarm{}, calls: map[string]*sim.Bucket{}}
	c.Register(cloudwatch.ServiceID, w)
	return w
}

// Throttled returns the error by which CloudWatch refuses a call for its rate. The cloud asks for it.
func (w *CloudWatch) Throttled() error { return throttled() }

// Serve answers one call. The cloud calls it; programs call CloudWatch through the SDK.
func (w *CloudWatch) Serve(_ context.Context, call *sim.Call) (any, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.bucket(call).Take() {
		return nil, throttled()
	}
	switch in := call.Input.(type) {
	case *cloudwatch.PutMetricAlarmInput:
		return w.putMetricAlarm(call.Region, in)
	case *cloudwatch.PutCompositeAlarmInput:
		return w.putCompositeAlarm(call.Region, in)
	case *cloudwatch.DescribeAlarmsInput:
		return w.describeAlarms(call.Region, in)
	case *cloudwatch.DeleteAlarmsInput:
		return w.deleteAlarms(call.Region, in)
	case *cloudwatch.SetAlarmStateInput:
		return w.setAlarmState(call.Region, in)
	case *cloudwatch.DisableAlarmActionsInput:
		w.enable(call.Region, in.AlarmNames, false)
		return &cloudwatch.DisableAlarmActionsOutput{}, nil
	case *cloudwatch.EnableAlarmActionsInput:
		w.enable(call.Region, in.AlarmNames, true)
		return &cloudwatch.EnableAlarmActionsOutput{}, nil
	case *cloudwatch.ListTagsForResourceInput:
		return w.listTagsForResource(call.Region, in)
	case *cloudwatch.TagResourceInput:
		return w.tagResource(call.Region, in)
	case *cloudwatch.UntagResourceInput:
		return w.untagResource(call.Region, in)
	}
	return nil, sim.UnknownOperation(call)
}

// bucket returns the tokens of an operation.
func (w *CloudWatch) bucket(call *sim.Call) *sim.Bucket {
	b := w.calls[call.Op]
	if b == nil {
		rate := w.opts.ReadRate
		switch call.Input.(type) {
		case *cloudwatch.PutMetricAlarmInput, *cloudwatch.PutCompositeAlarmInput, *cloudwatch.DeleteAlarmsInput,
			*cloudwatch.SetAlarmStateInput, *cloudwatch.DisableAlarmActionsInput, *cloudwatch.EnableAlarmActionsInput:
			rate = w.opts.WriteRate
		}
		b = sim.NewBucket(rate, max(1, int(rate)))
		w.calls[call.Op] = b
	}
	return b
}
