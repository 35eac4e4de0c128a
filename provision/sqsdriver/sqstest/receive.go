package sqstest

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/peppercorn-go/peppercorn/internal/sim"
)

// receiveMessage waits for messages as long as the request or the queue says. The lock is not held while it waits.
func (s *SQS) receiveMessage(ctx context.Context, call *sim.Call) (any, error) {
	in := call.Input.(*sqs.ReceiveMessageInput)
	limit := 1
	if in.MaxNumberOfMessages != 0 {
		limit = int(in.MaxNumberOfMessages)
	}
	if limit < 1 || limit > 10 {
		return nil, invalidParameter("Value %d for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 "+
			"and 10, if provided.", limit)
	}
	if in.WaitTimeSeconds < 0 || in.WaitTimeSeconds > 20 {
		return nil, invalidParameter("Value %d for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, "+
			"if provided.", in.WaitTimeSeconds)
	}
	if in.VisibilityTimeout < 0 || in.VisibilityTimeout > 12*3600 {
		return nil, invalidParameter("Value %d for parameter VisibilityTimeout is invalid. Reason: Must be >= 0 and <= "+
			"43200, if provided.", in.VisibilityTimeout)
	}
	start := time.Now()
	for {
		messages, wait, arrived, err := s.take(call.Region, in, limit, start)
		if err != nil || len(messages) > 0 || wait <= 0 {
			return &sqs.ReceiveMessageOutput{Messages: messages}, err
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil, ctx.Err()
		case <-arrived:
			timer.Stop()
		case <-timer.C:
		}
	}
}

// take receives what there is. If that is nothing, it says how long it is worth waiting, and for what.
func (s *SQS) take(region string, in *sqs.ReceiveMessageInput, limit int, start time.Time) (
	received []types.Message, wait time.Duration, arrived <-chan struct{}, err error,
) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.at(region, in.QueueUrl)
	if err != nil {
		return nil, 0, nil, err
	}
	now := time.Now()
	q.expire(now)
	s.redrive(q, now)
	visibility := q.seconds("VisibilityTimeout")
	if in.VisibilityTimeout != 0 {
		visibility = time.Duration(in.VisibilityTimeout) * time.Second
	}
	end := start.Add(q.seconds("ReceiveMessageWaitTimeSeconds"))
	if in.WaitTimeSeconds != 0 {
		end = start.Add(time.Duration(in.WaitTimeSeconds) * time.Second)
	}
	next := end
	blocked := map[string]bool{} // groups of a FIFO queue whose first message is hidden
	for _, m := range q.messages {
		if now.Before(m.visible) {
			blocked[m.group] = true
			if m.visible.Before(next) {
				next = m.visible
			}
			continue
		}
		if len(received) == limit || q.fifo() && blocked[m.group] {
			continue
		}
		m.receives++
		m.visible = now.Add(visibility)
		m.handle = fmt.Sprintf("receipt-%s-%d", m.id, m.receives)
		received = append(received, m.received())
	}
	return received, next.Sub(now), s.arrived, nil
}

func (m *message) received() types.Message {
	attributes := map[string]string{
		"ApproximateReceiveCount": strconv.Itoa(m.receives),
		"SentTimestamp":           strconv.FormatInt(m.sent.UnixMilli(), 10),
	}
	if m.group != "" {
		attributes["MessageGroupId"] = m.group
	}
	return types.Message{
		MessageId:     aws.String(m.id),
		Body:          aws.String(m.body),
		MD5OfBody:     aws.String(md5Of(m.body)),
		ReceiptHandle: aws.String(m.handle),
		Attributes:    attributes,
	}
}

// redrive moves what was received too often to the dead-letter queue. If that is gone, the messages stay.
func (s *SQS) redrive(q *queue, now time.Time) {
	policy, ok := q.redrive()
	if !ok {
		return
	}
	dead, err := s.named(q.region, policy.Target[strings.LastIndex(policy.Target, ":")+1:])
	if err != nil {
		return
	}
	q.messages = slices.DeleteFunc(q.messages, func(m *message) bool {
		if now.Before(m.visible) || m.receives < policy.maxReceives() {
			return false
		}
		moved := *m
		moved.receives, moved.handle, moved.visible = 0, "", now
		dead.messages = append(dead.messages, &moved)
		return true
	})
}

var handlePattern = regexp.MustCompile(`^receipt-[0-9a-f-]{36}-[0-9]+$`)

func validHandle(handle string) bool { return handlePattern.MatchString(handle) }

func (s *SQS) changeMessageVisibility(region string, in *sqs.ChangeMessageVisibilityInput) (
	*sqs.ChangeMessageVisibilityOutput, error,
) {
	q, err := s.at(region, in.QueueUrl)
	if err != nil {
		return nil, err
	}
	if in.VisibilityTimeout < 0 || in.VisibilityTimeout > 12*3600 {
		return nil, invalidParameter("Value %d for parameter VisibilityTimeout is invalid. Reason: Must be >= 0 and <= "+
			"43200, if provided.", in.VisibilityTimeout)
	}
	m, err := q.byHandle(in.ReceiptHandle)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	if m == nil || !now.Before(m.visible) {
		return nil, &types.MessageNotInflight{ErrorCodeOverride: aws.String("AWS.SimpleQueueService.MessageNotInflight")}
	}
	m.visible = now.Add(time.Duration(in.VisibilityTimeout) * time.Second)
	return &sqs.ChangeMessageVisibilityOutput{}, nil
}
