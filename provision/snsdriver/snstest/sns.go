package snstest

import (
	"context"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/peppercorn-go/peppercorn/internal/sim"
)

// Options of a simulated SNS. Durations that are 0 or below mean that the thing takes no time.
type Options struct {
	// Settle is how long a new topic is unknown to other calls. SNS promises no time. Default 1 s.
	Settle time.Duration
	// TagLag is how long after that its tags are not seen. SNS promises no time. Default 1 s.
	TagLag time.Duration
	// Linger is how long a deleted topic is still listed. SNS promises no time. Default 3 s.
	Linger time.Duration
	// Stale is how long the tags of a deleted topic stand in the way of a new one. SNS speaks of a short while. Default 10 s.
	Stale time.Duration
	// Orphan is how long the subscriptions of a deleted topic stay. SNS deletes them within 48 hours. Default 48 h.
	Orphan time.Duration
	// Rate and Burst of all calls together, in calls a second. 0 means no limit. Default 100 and 200.
	Rate  float64
	Burst int
	// TagRate is the rate and the burst of calls on tags, in calls a second. 0 means no limit. Default 10.
	TagRate float64
	// AllTags makes CreateTopic compare all tags of an existing topic, and not only those in the request.
	AllTags bool
}

// listRate is the rate of ListTopics (API reference, ListTopics).
const listRate = 30

// SNS is the simulated service of all regions of one account. It is safe for concurrent use.
type SNS struct {
	opts      Options
	cloud     *sim.Cloud
	calls     *sim.Bucket
	tagCalls  *sim.Bucket
	listCalls *sim.Bucket

	mu            sync.Mutex
	topics        map[string]*topic // by ARN, deleted ones too
	subscriptions []*subscription
	subscribed    int // subscriptions so far, for their ids
}

// Register makes a simulated SNS and registers it with the cloud, whose account and page size it honours.
func Register(c *sim.Cloud, optFns ...func(*Options)) *SNS {
	opts := Options{
		Settle:  time.Second,
		TagLag:  time.Second,
		Linger:  3 * time.Second,
		Stale:   10 * time.Second,
		Orphan:  48 * time.Hour,
		Rate:    100,
		Burst:   200,
		TagRate: 10,
	}
	for _, fn := range optFns {
		fn(&opts)
	}
	s := &SNS{
		opts:      opts,
		cloud:     c,
		calls:     sim.NewBucket(opts.Rate, opts.Burst),
		tagCalls:  sim.NewBucket(opts.TagRate, max(1, int(opts.TagRate))),
		listCalls: sim.NewBucket(listRate, listRate),
		topics:    map[string]*topic{},
	}
	c.Register(sns.ServiceID, s)
	return s
}

// Throttled returns the error by which SNS refuses a call for its rate. The cloud asks for it.
func (s *SNS) Throttled() error { return throttling() }

// Serve answers one call. The cloud calls it; programs call SNS through the SDK.
func (s *SNS) Serve(_ context.Context, call *sim.Call) (any, error) {
	if !s.calls.Take() {
		return nil, throttling()
	}
	switch call.Input.(type) {
	case *sns.ListTagsForResourceInput, *sns.TagResourceInput, *sns.UntagResourceInput:
		if !s.tagCalls.Take() {
			return nil, throttling()
		}
	case *sns.ListTopicsInput:
		if !s.listCalls.Take() {
			return nil, throttling()
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch in := call.Input.(type) {
	case *sns.CreateTopicInput:
		return s.createTopic(call.Region, in)
	case *sns.DeleteTopicInput:
		return s.deleteTopic(call.Region, in)
	case *sns.ListTopicsInput:
		return s.listTopics(call.Region, in)
	case *sns.GetTopicAttributesInput:
		return s.getTopicAttributes(call.Region, in)
	case *sns.SetTopicAttributesInput:
		return s.setTopicAttributes(call.Region, in)
	case *sns.ListTagsForResourceInput:
		return s.listTagsForResource(call.Region, in)
	case *sns.TagResourceInput:
		return s.tagResource(call.Region, in)
	case *sns.UntagResourceInput:
		return s.untagResource(call.Region, in)
	case *sns.SubscribeInput:
		return s.subscribe(call.Region, in)
	case *sns.UnsubscribeInput:
		return s.unsubscribe(call.Region, in)
	case *sns.ListSubscriptionsInput:
		return s.listSubscriptions(call.Region, in)
	case *sns.ListSubscriptionsByTopicInput:
		return s.listSubscriptionsByTopic(call.Region, in)
	}
	return nil, sim.UnknownOperation(call)
}
