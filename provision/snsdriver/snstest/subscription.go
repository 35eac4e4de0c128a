package snstest

import (
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
)

const (
	// pending stands for the ARN of a subscription that waits for its confirmation, in lists and in answers.
	pending         = "PendingConfirmation"
	pendingAnswered = "pending confirmation"
	// patience is how long a subscription waits for its confirmation.
	patience = 48 * time.Hour
)

// subscription is one endpoint of one incarnation of a topic.
type subscription struct {
	topic              *topic
	arn                string
	protocol, endpoint string
	attributes         map[string]string
	owner              string
	confirmed          bool
	created, orphaned  time.Time
}

// there reports whether the subscription is not gone.
func (s *subscription) there(now time.Time, orphan time.Duration) bool {
	switch {
	case !s.orphaned.IsZero() && !now.Before(s.orphaned.Add(orphan)):
		return false
	case !s.confirmed && !now.Before(s.created.Add(patience)):
		return false
	}
	return true
}

var (
	queueARN    = regexp.MustCompile(`^arn:aws[a-z-]*:sqs:[a-z0-9-]+:(\d{12}):[A-Za-z0-9_-]+(\.fifo)?$`)
	functionARN = regexp.MustCompile(`^arn:aws[a-z-]*:lambda:[a-z0-9-]+:(\d{12}):function:[A-Za-z0-9_:$-]+$`)
)

// checkEndpoint checks a protocol and an endpoint, and says whether the account of the topic owns what is meant.
func (s *SNS) checkEndpoint(t *topic, protocol, endpoint string) (own bool, err error) {
	if t.fifo() && protocol != "sqs" {
		return false, invalidParameter("Invalid protocol type: %s. FIFO topics support SQS queues only", protocol)
	}
	invalid := func(reason string) error { return invalidParameter("Endpoint Reason: %s", reason) }
	switch protocol {
	case "sqs":
		part := queueARN.FindStringSubmatch(endpoint)
		if part == nil {
			return false, invalidParameter("SQS endpoint ARN")
		}
		if part[2] != "" && !t.fifo() {
			return false, invalidParameter("Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics")
		}
		return part[1] == s.cloud.Options().Account, nil
	case "lambda":
		part := functionARN.FindStringSubmatch(endpoint)
		if part == nil {
			return false, invalidParameter("Lambda endpoint ARN")
		}
		return part[1] == s.cloud.Options().Account, nil
	case "http", "https":
		if u, err := url.Parse(endpoint); err != nil || u.Scheme != protocol || u.Host == "" {
			return false, invalid("Endpoint must match the specified protocol")
		}
		return false, nil
	case "email", "email-json":
		if !strings.Contains(endpoint, "@") {
			return false, invalidParameter("Email address")
		}
		return false, nil
	}
	return false, invalidParameter("Does not support this protocol string: %s", protocol)
}

func checkSubscription(protocol string, attributes map[string]string) error {
	for _, key := range slices.Sorted(maps.Keys(attributes)) {
		value := attributes[key]
		switch key {
		case "RawMessageDelivery":
			if value != "true" && value != "false" {
				return invalidParameter("Attributes Reason: RawMessageDelivery: Invalid value [%s]. Must be true or false.", value)
			}
			if protocol != "sqs" && protocol != "http" && protocol != "https" {
				return invalidParameter("Attributes Reason: Delivery protocol [%s] does not support raw message delivery.", protocol)
			}
		case "FilterPolicy", "FilterPolicyScope", "RedrivePolicy", "DeliveryPolicy":
		default:
			return invalidParameter("Attributes Reason: Unknown attribute %s", key)
		}
	}
	return nil
}

func (s *SNS) subscribe(region string, in *sns.SubscribeInput) (*sns.SubscribeOutput, error) {
	t, err := s.at(region, in.TopicArn)
	if err != nil {
		return nil, err
	}
	protocol, endpoint := aws.ToString(in.Protocol), aws.ToString(in.Endpoint)
	own, err := s.checkEndpoint(t, protocol, endpoint)
	if err != nil {
		return nil, err
	}
	if err := checkSubscription(protocol, in.Attributes); err != nil {
		return nil, err
	}
	now := time.Now()
	sub := s.subscriptionOf(t, protocol, endpoint, now)
	if sub == nil {
		s.subscribed++
		sub = &subscription{
			topic:    t,
			arn:      fmt.Sprintf("%s:00000000-0000-4000-8000-%012d", t.arn, s.subscribed),
			protocol: protocol, endpoint: endpoint,
			attributes: map[string]string{"RawMessageDelivery": "false"},
			owner:      s.cloud.Options().Account,
			confirmed:  own, created: now,
		}
		maps.Copy(sub.attributes, in.Attributes)
		s.subscriptions = append(s.subscriptions, sub)
	}
	for key, value := range in.Attributes {
		if sub.attributes[key] != value {
			return nil, invalidParameter("Attributes Reason: Subscription already exists with different attributes")
		}
	}
	out := &sns.SubscribeOutput{SubscriptionArn: aws.String(sub.arn)}
	if !sub.confirmed && !in.ReturnSubscriptionArn {
		out.SubscriptionArn = aws.String(pendingAnswered)
	}
	return out, nil
}

func (s *SNS) subscriptionOf(t *topic, protocol, endpoint string, now time.Time) *subscription {
	for _, sub := range s.subscriptions {
		if sub.topic == t && sub.protocol == protocol && sub.endpoint == endpoint && sub.there(now, s.opts.Orphan) {
			return sub
		}
	}
	return nil
}

// unsubscribe ends a subscription, also one whose topic is gone. One that is not there is no error.
func (s *SNS) unsubscribe(region string, in *sns.UnsubscribeInput) (*sns.UnsubscribeOutput, error) {
	arn := aws.ToString(in.SubscriptionArn)
	if !strings.HasPrefix(arn, s.arnOf(region, "")) {
		return nil, invalidParameter("SubscriptionArn Reason: An ARN must have at least 6 elements, not %d", len(strings.Split(arn, ":")))
	}
	for _, sub := range s.subscriptions {
		if sub.arn == arn && !sub.confirmed {
			return nil, invalidParameter("SubscriptionArn Reason: Cannot unsubscribe a subscription that is pending confirmation")
		}
	}
	s.subscriptions = slices.DeleteFunc(s.subscriptions, func(sub *subscription) bool { return sub.arn == arn })
	return &sns.UnsubscribeOutput{}, nil
}

func (s *SNS) listSubscriptions(region string, in *sns.ListSubscriptionsInput) (*sns.ListSubscriptionsOutput, error) {
	list, next, err := s.list(in.NextToken, func(sub *subscription) bool { return sub.topic.region == region })
	if err != nil {
		return nil, err
	}
	return &sns.ListSubscriptionsOutput{Subscriptions: list, NextToken: next}, nil
}

func (s *SNS) listSubscriptionsByTopic(region string, in *sns.ListSubscriptionsByTopicInput) (
	*sns.ListSubscriptionsByTopicOutput, error,
) {
	t, err := s.at(region, in.TopicArn)
	if err != nil {
		return nil, err
	}
	list, next, err := s.list(in.NextToken, func(sub *subscription) bool { return sub.topic == t })
	if err != nil {
		return nil, err
	}
	return &sns.ListSubscriptionsByTopicOutput{Subscriptions: list, NextToken: next}, nil
}

func (s *SNS) list(token *string, wanted func(*subscription) bool) (list []types.Subscription, next *string, err error) {
	now := time.Now()
	var all []*subscription
	for _, sub := range s.subscriptions {
		if wanted(sub) && sub.there(now, s.opts.Orphan) {
			all = append(all, sub)
		}
	}
	slices.SortFunc(all, func(a, b *subscription) int { return strings.Compare(a.arn, b.arn) })
	page, next, err := paged(s, all, token, func(sub *subscription) string { return sub.arn })
	for _, sub := range page {
		shown := types.Subscription{
			TopicArn: aws.String(sub.topic.arn), SubscriptionArn: aws.String(sub.arn), Owner: aws.String(sub.owner),
			Protocol: aws.String(sub.protocol), Endpoint: aws.String(sub.endpoint),
		}
		if !sub.confirmed {
			shown.SubscriptionArn = aws.String(pending)
		}
		list = append(list, shown)
	}
	return list, next, err
}
