package sqstest

import (
	"encoding/base64"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// listLimit is how many queues SQS lists in one answer, at most.
const listLimit = 1000

// queue is one incarnation of a queue. All times are compared with now when somebody asks: nothing runs by itself.
type queue struct {
	region, name string
	url, arn     string
	attributes   map[string]string // that were given, and the defaults of all others
	tags         map[string]string

	created, modified time.Time
	usable            time.Time // from then on it answers
	deleted           time.Time // when DeleteQueue was called; zero if it was not
	gone              time.Time // from then on it answers no more
	purged            time.Time

	messages     []*message
	deduplicated map[string]deduplication
}

// answers reports whether calls on the queue succeed.
func (q *queue) answers(now time.Time) bool {
	return !now.Before(q.usable) && (q.deleted.IsZero() || now.Before(q.gone))
}

func (q *queue) fifo() bool { return strings.HasSuffix(q.name, ".fifo") }

func (s *SQS) urlOf(region, name string) string {
	return fmt.Sprintf("https://sqs.%s.amazonaws.com/%s/%s", region, s.cloud.Options().Account, name)
}

func (s *SQS) arnOf(region, name string) string {
	return fmt.Sprintf("arn:aws:sqs:%s:%s:%s", region, s.cloud.Options().Account, name)
}

// at returns the queue that a QueueUrl means, if it answers.
func (s *SQS) at(region string, queueURL *string) (*queue, error) {
	address := aws.ToString(queueURL)
	u, err := url.Parse(address)
	if err != nil {
		return nil, invalidAddress(address)
	}
	name := u.Path[strings.LastIndex(u.Path, "/")+1:]
	if address != s.urlOf(region, name) {
		return nil, invalidAddress(address)
	}
	return s.named(region, name)
}

func (s *SQS) named(region, name string) (*queue, error) {
	q := s.queues[key{region, name}]
	if q == nil || !q.answers(time.Now()) {
		return nil, queueDoesNotExist()
	}
	return q, nil
}

var (
	standardName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,80}$`)
	fifoName     = regexp.MustCompile(`^[A-Za-z0-9_-]{1,75}\.fifo$`)
)

func checkName(name string, attributes map[string]string) error {
	if attributes["FifoQueue"] == "true" {
		if !fifoName.MatchString(name) {
			return invalidParameter("The name of a FIFO queue can only include alphanumeric characters, hyphens, or " +
				"underscores, must end with .fifo suffix and be 1 to 80 in length")
		}
		return nil
	}
	if !standardName.MatchString(name) {
		return invalidParameter("Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length")
	}
	return nil
}

func (s *SQS) createQueue(region string, in *sqs.CreateQueueInput) (*sqs.CreateQueueOutput, error) {
	q, err := s.create(region, aws.ToString(in.QueueName), in.Attributes, in.Tags)
	if err != nil {
		return nil, err
	}
	return &sqs.CreateQueueOutput{QueueUrl: aws.String(q.url)}, nil
}

func (s *SQS) create(region, name string, attributes, tags map[string]string) (*queue, error) {
	if err := checkName(name, attributes); err != nil {
		return nil, err
	}
	if err := s.checkAttributes(region, name, attributes); err != nil {
		return nil, err
	}
	if err := checkTags(tags); err != nil {
		return nil, err
	}
	now := time.Now()
	if old := s.queues[key{region, name}]; old != nil {
		if old.deleted.IsZero() {
			if err := old.differs(attributes); err != nil {
				return nil, err
			}
			if len(tags) > 0 && !s.opts.IgnoreTags && !maps.Equal(tags, old.tags) {
				return nil, queueNameExists("Tags")
			}
			return old, nil
		}
		if now.Before(old.gone) || now.Before(old.deleted.Add(s.opts.Reserve)) {
			return nil, queueDeletedRecently()
		}
	}
	q := &queue{
		region: region, name: name,
		url: s.urlOf(region, name), arn: s.arnOf(region, name),
		attributes: maps.Clone(attributes), tags: maps.Clone(tags),
		created: now, modified: now, usable: now.Add(s.opts.Settle),
		deduplicated: map[string]deduplication{},
	}
	if q.attributes == nil {
		q.attributes = map[string]string{}
	}
	if q.tags == nil {
		q.tags = map[string]string{}
	}
	q.fillDefaults()
	s.queues[key{region, name}] = q
	return q, nil
}

func (s *SQS) deleteQueue(region string, in *sqs.DeleteQueueInput) (*sqs.DeleteQueueOutput, error) {
	q, err := s.at(region, in.QueueUrl)
	if err != nil {
		return nil, err
	}
	if q.deleted.IsZero() {
		half := s.opts.Deletion / 2
		share := s.cloud.Rand("SQS deletion of " + q.name).Float64()
		q.deleted = time.Now()
		q.gone = q.deleted.Add(half + time.Duration(share*float64(half)))
	}
	return &sqs.DeleteQueueOutput{}, nil
}

func (s *SQS) getQueueURL(region string, in *sqs.GetQueueUrlInput) (*sqs.GetQueueUrlOutput, error) {
	if owner := aws.ToString(in.QueueOwnerAWSAccountId); owner != "" && owner != s.cloud.Options().Account {
		return nil, queueDoesNotExist()
	}
	q, err := s.named(region, aws.ToString(in.QueueName))
	if err != nil {
		return nil, err
	}
	return &sqs.GetQueueUrlOutput{QueueUrl: aws.String(q.url)}, nil
}

// listQueues lists what answers now, in the order of names. The token is the name that the last page ended with, so what
// is made or deleted between two pages is seen or not as it falls.
func (s *SQS) listQueues(region string, in *sqs.ListQueuesInput) (*sqs.ListQueuesOutput, error) {
	limit := listLimit
	if in.MaxResults != nil {
		if *in.MaxResults < 1 || *in.MaxResults > listLimit {
			return nil, invalidParameter("Value for parameter MaxResults is invalid. Reason: Must be an integer from 1 "+
				"to %d.", listLimit)
		}
		limit = int(*in.MaxResults)
	}
	if size := s.cloud.Options().PageSize; size > 0 {
		limit = min(limit, size)
	}
	after, err := base64.URLEncoding.DecodeString(aws.ToString(in.NextToken))
	if err != nil {
		return nil, invalidParameter("Invalid or expired next token.")
	}
	now := time.Now()
	var names []string
	for k, q := range s.queues {
		if k.region == region && q.answers(now) && k.name > string(after) &&
			strings.HasPrefix(k.name, aws.ToString(in.QueueNamePrefix)) {
			names = append(names, k.name)
		}
	}
	slices.Sort(names)
	out := &sqs.ListQueuesOutput{}
	if len(names) > limit {
		names = names[:limit]
		if in.MaxResults != nil {
			out.NextToken = aws.String(base64.URLEncoding.EncodeToString([]byte(names[limit-1])))
		}
	}
	for _, name := range names {
		out.QueueUrls = append(out.QueueUrls, s.urlOf(region, name))
	}
	return out, nil
}
