package snstest

import (
	"encoding/base64"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"github.com/peppercorn-go/peppercorn/internal/sim"
)

// pageLimit is how many topics or subscriptions SNS lists in one answer.
const pageLimit = 100

// topic is one incarnation of a topic. All times are compared with now when somebody asks: nothing runs by itself.
type topic struct {
	region, name, arn string
	attributes        map[string]string // that were given
	tags              map[string]string

	created time.Time
	usable  time.Time // from then on it answers
	tagged  time.Time // from then on its tags are seen
	deleted time.Time // zero if it was not
}

// answers reports whether calls on the topic succeed.
func (t *topic) answers(now time.Time) bool { return !now.Before(t.usable) && t.deleted.IsZero() }

func (t *topic) fifo() bool { return strings.HasSuffix(t.name, ".fifo") }

func (s *SNS) arnOf(region, name string) string {
	return fmt.Sprintf("arn:aws:sns:%s:%s:%s", region, s.cloud.Options().Account, name)
}

// at returns the topic of an ARN, if it answers.
func (s *SNS) at(region string, arn *string) (*topic, error) {
	text := aws.ToString(arn)
	name := text[strings.LastIndex(text, ":")+1:]
	if text != s.arnOf(region, name) {
		return nil, invalidParameter("TopicArn")
	}
	t := s.topics[text]
	if t == nil || !t.answers(time.Now()) {
		return nil, topicNotFound()
	}
	return t, nil
}

var (
	standardName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,256}$`)
	fifoName     = regexp.MustCompile(`^[A-Za-z0-9_-]{1,251}\.fifo$`)
)

// settable are the attributes that can be given, and those of FIFO topics.
var (
	settable = []string{
		"DeliveryPolicy", "DisplayName", "KmsMasterKeyId", "MaximumMessageSize", "Policy", "SignatureVersion", "TracingConfig",
	}
	settableFIFO = []string{"ContentBasedDeduplication", "FifoThroughputScope", "FifoTopic"}
)

func checkTopic(name string, attributes map[string]string) error {
	if fifo := attributes["FifoTopic"] == "true"; fifo && !fifoName.MatchString(name) {
		return invalidParameter("Topic Name Reason: Fifo Topic names must end with .fifo and must be made up of only uppercase " +
			"and lowercase ASCII letters, numbers, underscores, and hyphens, and must be between 1 and 256 characters long.")
	} else if !fifo && !standardName.MatchString(name) {
		return invalidParameter("Topic Name")
	}
	for _, key := range slices.Sorted(maps.Keys(attributes)) {
		value := attributes[key]
		switch {
		case slices.Contains(settable, key):
		case !slices.Contains(settableFIFO, key):
			return invalidParameter("Attributes Reason: Unknown attribute %s", key)
		case key != "FifoThroughputScope" && value != "true" && value != "false":
			return invalidParameter("Attributes Reason: %s: Invalid value [%s]. Must be true or false.", key, value)
		case key == "ContentBasedDeduplication" && attributes["FifoTopic"] != "true":
			return invalidParameter("Attributes Reason: Content-based deduplication can only be set for FIFO topics")
		}
	}
	return nil
}

func (s *SNS) createTopic(region string, in *sns.CreateTopicInput) (*sns.CreateTopicOutput, error) {
	tags, fault := sim.MergeTags(rules, nil, in.Tags, pair)
	if fault != nil {
		return nil, refused(fault)
	}
	t, err := s.create(region, aws.ToString(in.Name), in.Attributes, tags)
	if err != nil {
		return nil, err
	}
	return &sns.CreateTopicOutput{TopicArn: aws.String(t.arn)}, nil
}

func (s *SNS) create(region, name string, attributes, tags map[string]string) (*topic, error) {
	if err := checkTopic(name, attributes); err != nil {
		return nil, err
	}
	now, arn := time.Now(), s.arnOf(region, name)
	if old := s.topics[arn]; old != nil {
		if old.deleted.IsZero() {
			return old, s.compare(old, attributes, tags)
		}
		if len(tags) > 0 && now.Before(old.deleted.Add(s.opts.Stale)) {
			return nil, staleTag()
		}
	}
	t := &topic{
		region: region, name: name, arn: arn,
		attributes: map[string]string{}, tags: tags,
		created: now, usable: now.Add(s.opts.Settle), tagged: now.Add(s.opts.Settle + s.opts.TagLag),
	}
	maps.Copy(t.attributes, attributes)
	s.topics[arn] = t
	return t, nil
}

// compare refuses a request for a topic that exists with other attributes or tags. What the request does not name is not
// compared.
func (s *SNS) compare(t *topic, attributes, tags map[string]string) error {
	is := s.allAttributes(t)
	for key, value := range attributes {
		if is[key] != value {
			return invalidParameter("Attributes Reason: Topic already exists with different attributes")
		}
	}
	differ := s.opts.AllTags && len(tags) != len(t.tags)
	for key, value := range tags {
		if got, ok := t.tags[key]; !ok || got != value {
			differ = true
		}
	}
	if differ {
		return invalidParameter("Tags Reason: Topic already exists with different tags")
	}
	return nil
}

// deleteTopic deletes the topic and leaves its subscriptions to time. To delete what is not there is no error.
func (s *SNS) deleteTopic(region string, in *sns.DeleteTopicInput) (*sns.DeleteTopicOutput, error) {
	arn := aws.ToString(in.TopicArn)
	if arn != s.arnOf(region, arn[strings.LastIndex(arn, ":")+1:]) {
		return nil, invalidParameter("TopicArn")
	}
	if t := s.topics[arn]; t != nil && t.deleted.IsZero() {
		t.deleted = time.Now()
		for _, sub := range s.subscriptions {
			if sub.topic == t {
				sub.orphaned = t.deleted
			}
		}
	}
	return &sns.DeleteTopicOutput{}, nil
}

func (s *SNS) listTopics(region string, in *sns.ListTopicsInput) (*sns.ListTopicsOutput, error) {
	now := time.Now()
	var arns []string
	for arn, t := range s.topics {
		if t.region == region && (t.answers(now) || !t.deleted.IsZero() && now.Before(t.deleted.Add(s.opts.Linger))) {
			arns = append(arns, arn)
		}
	}
	slices.Sort(arns)
	page, next, err := paged(s, arns, in.NextToken, func(arn string) string { return arn })
	if err != nil {
		return nil, err
	}
	out := &sns.ListTopicsOutput{NextToken: next}
	for _, arn := range page {
		out.Topics = append(out.Topics, types.Topic{TopicArn: aws.String(arn)})
	}
	return out, nil
}

// paged returns the part of a sorted list that stands behind the token, which is the key that the last page ended with. What is
// made or deleted between two pages is seen or not as it falls.
func paged[T any](s *SNS, sorted []T, token *string, key func(T) string) (page []T, next *string, err error) {
	after, err := base64.URLEncoding.DecodeString(aws.ToString(token))
	if err != nil {
		return nil, nil, invalidParameter("NextToken")
	}
	limit := pageLimit
	if size := s.cloud.Options().PageSize; size > 0 {
		limit = min(limit, size)
	}
	for _, item := range sorted {
		if key(item) <= string(after) {
			continue
		}
		if len(page) == limit {
			return page, aws.String(base64.URLEncoding.EncodeToString([]byte(key(page[limit-1])))), nil
		}
		page = append(page, item)
	}
	return page, nil, nil
}

func (s *SNS) getTopicAttributes(region string, in *sns.GetTopicAttributesInput) (*sns.GetTopicAttributesOutput, error) {
	t, err := s.at(region, in.TopicArn)
	if err != nil {
		return nil, err
	}
	return &sns.GetTopicAttributesOutput{Attributes: s.allAttributes(t)}, nil
}

// allAttributes returns settings and facts.
func (s *SNS) allAttributes(t *topic) map[string]string {
	all := map[string]string{"DisplayName": "", "Owner": s.cloud.Options().Account, "TopicArn": t.arn}
	if t.fifo() {
		all["FifoTopic"], all["ContentBasedDeduplication"] = "true", "false"
	}
	maps.Copy(all, t.attributes)
	now, waiting, confirmed := time.Now(), 0, 0
	for _, sub := range s.subscriptions {
		switch {
		case sub.topic != t || !sub.there(now, s.opts.Orphan):
		case sub.confirmed:
			confirmed++
		default:
			waiting++
		}
	}
	all["SubscriptionsPending"], all["SubscriptionsConfirmed"] = fmt.Sprint(waiting), fmt.Sprint(confirmed)
	return all
}

func (s *SNS) setTopicAttributes(region string, in *sns.SetTopicAttributesInput) (*sns.SetTopicAttributesOutput, error) {
	t, err := s.at(region, in.TopicArn)
	if err != nil {
		return nil, err
	}
	key := aws.ToString(in.AttributeName)
	if key == "FifoTopic" {
		return nil, invalidParameter("AttributeName") // it can be given at creation only
	}
	after := maps.Clone(t.attributes)
	after[key] = aws.ToString(in.AttributeValue)
	if err := checkTopic(t.name, after); err != nil {
		return nil, err
	}
	t.attributes = after
	return &sns.SetTopicAttributesOutput{}, nil
}
