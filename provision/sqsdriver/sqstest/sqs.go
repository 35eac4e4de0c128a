package sqstest

import (
	"context"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/peppercorn-go/peppercorn/internal/sim"
)

// Options of a simulated SQS. Durations that are 0 or below mean that the thing takes no time.
type Options struct {
	// Settle is how long a new queue cannot be used. SQS asks its callers to wait at least a second. Default 1 s.
	Settle time.Duration
	// Deletion is the longest time that a deletion takes. Each queue takes between half of it and all of it, depending
	// on the seed of the cloud and on the name. Default 60 s.
	Deletion time.Duration
	// Reserve is how long after DeleteQueue the name cannot be used again. Default 60 s.
	Reserve time.Duration
	// Rate and Burst of all calls together, in calls a second. SQS does not publish its own. 0 means no limit. Default
	// 100 and 200.
	Rate  float64
	Burst int
	// TagRate is the rate and the burst of ListQueueTags, TagQueue and UntagQueue together, in calls a second: SQS
	// limits those of an account. 0 means no limit. Default 30.
	TagRate float64
	// IgnoreTags makes CreateQueue hand out a queue whose tags differ from those in the request, if the attributes are the
	// same. That is what the API reference says; users report that SQS refuses, which is the default.
	IgnoreTags bool
}

// SQS is the simulated service of all regions of one account. It is safe for concurrent use.
type SQS struct {
	opts     Options
	cloud    *sim.Cloud
	calls    *sim.Bucket
	tagCalls *sim.Bucket

	mu      sync.Mutex
	queues  map[key]*queue
	arrived chan struct{} // closed, and replaced, whenever a message arrives
	sent    int           // messages so far, for their ids
}

// key names a queue of the account.
type key struct{ region, name string }

// Register makes a simulated SQS and registers it with the cloud, whose account, page size and seed it honours.
func Register(c *sim.Cloud, optFns ...func(*Options)) *SQS {
	opts := Options{
		Settle:   time.Second,
		Deletion: time.Minute,
		Reserve:  time.Minute,
		Rate:     100,
		Burst:    200,
		TagRate:  30,
	}
	for _, fn := range optFns {
		fn(&opts)
	}
	s := &SQS{
		opts:     opts,
		cloud:    c,
		calls:    sim.NewBucket(opts.Rate, opts.Burst),
		tagCalls: sim.NewBucket(opts.TagRate, max(1, int(opts.TagRate))),
		queues:   map[key]*queue{},
		arrived:  make(chan struct{}),
	}
	c.Register(sqs.ServiceID, s)
	return s
}

// Throttled returns the error by which SQS refuses a call for its rate. The cloud asks for it.
func (s *SQS) Throttled() error { return requestThrottled() }

// Serve answers one call. The cloud calls it; programs call SQS through the SDK.
func (s *SQS) Serve(ctx context.Context, call *sim.Call) (any, error) {
	if !s.calls.Take() {
		return nil, requestThrottled()
	}
	switch call.Input.(type) {
	case *sqs.ListQueueTagsInput, *sqs.TagQueueInput, *sqs.UntagQueueInput:
		if !s.tagCalls.Take() {
			return nil, requestThrottled()
		}
	case *sqs.ReceiveMessageInput:
		return s.receiveMessage(ctx, call) // it waits for messages, so it takes the lock by itself
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch in := call.Input.(type) {
	case *sqs.CreateQueueInput:
		return s.createQueue(call.Region, in)
	case *sqs.DeleteQueueInput:
		return s.deleteQueue(call.Region, in)
	case *sqs.GetQueueUrlInput:
		return s.getQueueURL(call.Region, in)
	case *sqs.ListQueuesInput:
		return s.listQueues(call.Region, in)
	case *sqs.GetQueueAttributesInput:
		return s.getQueueAttributes(call.Region, in)
	case *sqs.SetQueueAttributesInput:
		return s.setQueueAttributes(call.Region, in)
	case *sqs.ListQueueTagsInput:
		return s.listQueueTags(call.Region, in)
	case *sqs.TagQueueInput:
		return s.tagQueue(call.Region, in)
	case *sqs.UntagQueueInput:
		return s.untagQueue(call.Region, in)
	case *sqs.SendMessageInput:
		return s.sendMessage(call.Region, in)
	case *sqs.DeleteMessageInput:
		return s.deleteMessage(call.Region, in)
	case *sqs.ChangeMessageVisibilityInput:
		return s.changeMessageVisibility(call.Region, in)
	case *sqs.PurgeQueueInput:
		return s.purgeQueue(call.Region, in)
	}
	return nil, sim.UnknownOperation(call)
}
