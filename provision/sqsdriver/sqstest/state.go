package sqstest

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Queue is a queue as it is at one moment, for tests to look at. It shares nothing with the service.
type Queue struct {
	// Region, Name, URL and ARN of the queue.
	Region, Name, URL, ARN string
	// Attributes are what GetQueueAttributes would answer for All.
	Attributes map[string]string
	// Tags of the queue.
	Tags map[string]string
	// Created is when CreateQueue made it.
	Created time.Time
	// Deleting is true from DeleteQueue until the queue is gone.
	Deleting bool
	// Messages that it holds, received and delayed ones among them.
	Messages int
}

// Queues returns all queues of all regions that are not gone, also those that cannot be used yet, in the order of regions
// and names. It is no call: nothing is recorded, and no fault strikes.
func (s *SQS) Queues() []Queue {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	var queues []Queue
	for _, q := range s.queues {
		if q.deleted.IsZero() || now.Before(q.gone) {
			queues = append(queues, q.snapshot(now))
		}
	}
	slices.SortFunc(queues, func(a, b Queue) int {
		return cmp.Or(cmp.Compare(a.Region, b.Region), cmp.Compare(a.Name, b.Name))
	})
	return queues
}

func (q *queue) snapshot(now time.Time) Queue {
	waiting, hidden, delayed := q.count(now)
	return Queue{
		Region: q.region, Name: q.name, URL: q.url, ARN: q.arn,
		Attributes: q.allAttributes(now),
		Tags:       maps.Clone(q.tags),
		Created:    q.created,
		Deleting:   !q.deleted.IsZero(),
		Messages:   waiting + hidden + delayed,
	}
}

// AddQueue makes a queue by somebody else's hand, in the region of the cloud: no call is recorded, no fault strikes, and
// it can be used at once. It refuses what CreateQueue would refuse, and returns the existing queue when CreateQueue would.
func (s *SQS) AddQueue(name string, attributes, tags map[string]string) (Queue, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.create(s.cloud.Options().Region, name, attributes, tags)
	if err != nil {
		return Queue{}, err
	}
	now := time.Now()
	q.usable = q.created
	return q.snapshot(now), nil
}

// AddMessages puts n messages into the queue of that name in the region of the cloud, as if somebody had sent them.
func (s *SQS) AddMessages(name string, n int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.named(s.cloud.Options().Region, name)
	if err != nil {
		return fmt.Errorf("sqstest: adding messages to %s: %w", name, err)
	}
	group := ""
	if q.fifo() {
		group = "sqstest"
	}
	now := time.Now()
	for i := range n {
		s.send(q, fmt.Sprintf("message %d of %d", i+1, n), group, q.seconds("DelaySeconds"), now)
	}
	return nil
}
