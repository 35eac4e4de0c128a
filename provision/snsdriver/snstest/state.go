package snstest

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Topic is a topic as it is at one moment, for tests to look at. It shares nothing with the service.
type Topic struct {
	// Region, Name and ARN of the topic.
	Region, Name, ARN string
	// Attributes are what GetTopicAttributes would answer.
	Attributes map[string]string
	// Tags of the topic.
	Tags map[string]string
	// Created is when CreateTopic made it.
	Created time.Time
}

// Subscription is a subscription as it is at one moment.
type Subscription struct {
	// ARN of the subscription, also if it is not confirmed, and that of its topic, also if that is gone.
	ARN, TopicARN string
	// Protocol and Endpoint of the subscription.
	Protocol, Endpoint string
	// Attributes of the subscription.
	Attributes map[string]string
	// Confirmed is false while somebody has to confirm it.
	Confirmed bool
	// Orphaned is true if its topic was deleted.
	Orphaned bool
}

// Topics returns all topics of all regions that are not deleted, also those that cannot be used yet, in the order of their
// ARNs. It is no call: nothing is recorded, and no fault strikes.
func (s *SNS) Topics() []Topic {
	s.mu.Lock()
	defer s.mu.Unlock()
	var topics []Topic
	for _, t := range s.topics {
		if t.deleted.IsZero() {
			topics = append(topics, s.snapshot(t))
		}
	}
	slices.SortFunc(topics, func(a, b Topic) int { return cmp.Compare(a.ARN, b.ARN) })
	return topics
}

func (s *SNS) snapshot(t *topic) Topic {
	return Topic{
		Region: t.region, Name: t.name, ARN: t.arn,
		Attributes: s.allAttributes(t),
		Tags:       maps.Clone(t.tags),
		Created:    t.created,
	}
}

// Subscriptions returns all subscriptions of all regions, those of deleted topics among them, in the order in which they were
// made. It is no call.
func (s *SNS) Subscriptions() []Subscription {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	var all []Subscription
	for _, sub := range s.subscriptions {
		if sub.there(now, s.opts.Orphan) {
			all = append(all, Subscription{
				ARN: sub.arn, TopicARN: sub.topic.arn, Protocol: sub.protocol, Endpoint: sub.endpoint,
				Attributes: maps.Clone(sub.attributes), Confirmed: sub.confirmed, Orphaned: !sub.orphaned.IsZero(),
			})
		}
	}
	return all
}

// AddTopic makes a topic by somebody else's hand, in the region of the cloud: no call is recorded, no fault strikes, and it
// can be used at once. It refuses what CreateTopic would refuse, and returns the existing topic when CreateTopic would.
func (s *SNS) AddTopic(name string, attributes, tags map[string]string) (Topic, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, err := s.create(s.cloud.Options().Region, name, attributes, maps.Clone(tags))
	if err != nil {
		return Topic{}, err
	}
	t.usable, t.tagged = t.created, t.created
	return s.snapshot(t), nil
}

// AddSubscription subscribes a queue of another account to a topic, as that account would do it: the subscription is
// confirmed, and belongs to the other account.
func (s *SNS) AddSubscription(topicARN, queueARN string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.topics[topicARN]
	if t == nil || !t.deleted.IsZero() {
		return fmt.Errorf("snstest: subscribing %s: %w", queueARN, topicNotFound())
	}
	s.subscribed++
	s.subscriptions = append(s.subscriptions, &subscription{
		topic: t, arn: fmt.Sprintf("%s:00000000-0000-4000-8000-%012d", t.arn, s.subscribed),
		protocol: "sqs", endpoint: queueARN, attributes: map[string]string{"RawMessageDelivery": "false"},
		owner: anotherAccount, confirmed: true, created: time.Now(),
	})
	return nil
}

// anotherAccount owns the subscriptions that AddSubscription makes.
const anotherAccount = "999999999999"

// Confirm confirms all subscriptions of an endpoint, as whoever answers there would, and returns how many they were.
func (s *SNS) Confirm(endpoint string) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	for _, sub := range s.subscriptions {
		if sub.endpoint == endpoint && !sub.confirmed && sub.there(now, s.opts.Orphan) {
			sub.confirmed = true
			n++
		}
	}
	return n
}
