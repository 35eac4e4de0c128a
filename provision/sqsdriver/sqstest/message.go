package sqstest

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// deduplicationInterval is how long a FIFO queue remembers what was sent.
const deduplicationInterval = 5 * time.Minute

// message is in its queue from SendMessage to DeleteMessage, or to the end of its retention.
type message struct {
	id, body, group string
	sent            time.Time
	visible         time.Time // hidden from receivers until then
	receives        int
	handle          string // of the latest receive
}

// deduplication is what a FIFO queue remembers of one id.
type deduplication struct {
	messageID string
	until     time.Time
}

// seconds reads an attribute that checkAttributes has checked.
func (q *queue) seconds(attribute string) time.Duration {
	n, _ := strconv.Atoi(q.attributes[attribute])
	return time.Duration(n) * time.Second
}

// expire drops what is older than the retention period.
func (q *queue) expire(now time.Time) {
	retention := q.seconds("MessageRetentionPeriod")
	q.messages = slices.DeleteFunc(q.messages, func(m *message) bool { return now.Sub(m.sent) >= retention })
}

// count returns the three numbers that SQS approximates: what can be received, what is being worked on, and what is not
// due yet.
func (q *queue) count(now time.Time) (waiting, hidden, delayed int) {
	q.expire(now)
	for _, m := range q.messages {
		switch {
		case !now.Before(m.visible):
			waiting++
		case m.receives > 0:
			hidden++
		default:
			delayed++
		}
	}
	return waiting, hidden, delayed
}

func (s *SQS) sendMessage(region string, in *sqs.SendMessageInput) (*sqs.SendMessageOutput, error) {
	q, err := s.at(region, in.QueueUrl)
	if err != nil {
		return nil, err
	}
	body := aws.ToString(in.MessageBody)
	if limit, _ := strconv.Atoi(q.attributes["MaximumMessageSize"]); len(body) > limit {
		return nil, invalidParameter("One or more parameters are invalid. Reason: Message must be shorter than %d bytes.",
			limit)
	}
	if body == "" {
		return nil, missingParameter("MessageBody")
	}
	delay := q.seconds("DelaySeconds")
	if in.DelaySeconds != 0 {
		if in.DelaySeconds < 0 || in.DelaySeconds > 900 || q.fifo() {
			return nil, invalidParameter("Value %d for parameter DelaySeconds is invalid.", in.DelaySeconds)
		}
		delay = time.Duration(in.DelaySeconds) * time.Second
	}
	now := time.Now()
	id, duplicate, err := q.deduplicate(in, now)
	if err != nil {
		return nil, err
	}
	if !duplicate {
		id = s.send(q, body, aws.ToString(in.MessageGroupId), delay, now)
		q.remember(in, id, now)
	}
	return &sqs.SendMessageOutput{MessageId: aws.String(id), MD5OfMessageBody: aws.String(md5Of(body))}, nil
}

// send puts a message into a queue and wakes those who wait for one.
func (s *SQS) send(q *queue, body, group string, delay time.Duration, now time.Time) (id string) {
	s.sent++
	id = fmt.Sprintf("%08x-0000-4000-8000-%012x", s.cloud.Options().Seed&0xffffffff, s.sent)
	q.messages = append(q.messages, &message{id: id, body: body, group: group, sent: now, visible: now.Add(delay)})
	close(s.arrived)
	s.arrived = make(chan struct{})
	return id
}

// deduplicationID is the one given, or else the hash of the body if the queue takes it. It is "" for a standard queue.
func (q *queue) deduplicationID(in *sqs.SendMessageInput) string {
	id := aws.ToString(in.MessageDeduplicationId)
	if id == "" && q.attributes["ContentBasedDeduplication"] == "true" {
		sum := sha256.Sum256([]byte(aws.ToString(in.MessageBody)))
		id = hex.EncodeToString(sum[:])
	}
	if id != "" && q.attributes["DeduplicationScope"] == "messageGroup" {
		id = aws.ToString(in.MessageGroupId) + "\x00" + id
	}
	return id
}

// deduplicate checks what a FIFO queue demands, and reports whether the message was sent before.
func (q *queue) deduplicate(in *sqs.SendMessageInput, now time.Time) (id string, duplicate bool, err error) {
	if !q.fifo() {
		return "", false, nil
	}
	if aws.ToString(in.MessageGroupId) == "" {
		return "", false, missingParameter("MessageGroupId")
	}
	key := q.deduplicationID(in)
	if key == "" {
		return "", false, invalidParameter("The queue should either have ContentBasedDeduplication enabled or " +
			"MessageDeduplicationId provided explicitly")
	}
	before, ok := q.deduplicated[key]
	return before.messageID, ok && now.Before(before.until), nil
}

func (q *queue) remember(in *sqs.SendMessageInput, id string, now time.Time) {
	if q.fifo() {
		q.deduplicated[q.deduplicationID(in)] = deduplication{id, now.Add(deduplicationInterval)}
	}
}

// byHandle finds the message that a receipt handle belongs to. A handle of an earlier receive is void; nil means so.
func (q *queue) byHandle(handle *string) (*message, error) {
	i := slices.IndexFunc(q.messages, func(m *message) bool { return m.handle != "" && m.handle == aws.ToString(handle) })
	if i >= 0 {
		return q.messages[i], nil
	}
	if !validHandle(aws.ToString(handle)) {
		return nil, receiptHandleIsInvalid(aws.ToString(handle))
	}
	return nil, nil
}

// deleteMessage succeeds for a message that is gone already, as SQS does.
func (s *SQS) deleteMessage(region string, in *sqs.DeleteMessageInput) (*sqs.DeleteMessageOutput, error) {
	q, err := s.at(region, in.QueueUrl)
	if err != nil {
		return nil, err
	}
	found, err := q.byHandle(in.ReceiptHandle)
	if err != nil {
		return nil, err
	}
	q.messages = slices.DeleteFunc(q.messages, func(m *message) bool { return m == found })
	return &sqs.DeleteMessageOutput{}, nil
}

func (s *SQS) purgeQueue(region string, in *sqs.PurgeQueueInput) (*sqs.PurgeQueueOutput, error) {
	q, err := s.at(region, in.QueueUrl)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	if !q.purged.IsZero() && now.Before(q.purged.Add(time.Minute)) {
		return nil, purgeQueueInProgress(q.name)
	}
	q.purged, q.messages = now, nil
	return &sqs.PurgeQueueOutput{}, nil
}

// md5Of is what the SDK checks bodies against; SQS demands this hash.
func md5Of(body string) string {
	sum := md5.Sum([]byte(body))
	return hex.EncodeToString(sum[:])
}
