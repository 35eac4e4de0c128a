package sqsdriver

import (
	"context"
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/peppercorn-go/peppercorn/internal/wait"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// Delete deletes a queue, with all messages in it, if its tags say that it is s.Owner's. It answers
// [provision.ErrDeleting] until SQS has said twice that there is no such queue; that takes up to a minute.
//
// Between reading the tags and deleting nobody can have put another queue in the place of this one: a name cannot be used
// again for a minute.
func (d *Driver) Delete(ctx context.Context, s provision.State) error {
	var tags map[string]string
	err := wait.Twice(ctx, d.opts.Settle, unknown, func() (err error) {
		tags, err = d.tags(ctx, s.ID)
		return err
	})
	switch {
	case unknown(err):
		return nil
	case err != nil:
		return fmt.Errorf("sqsdriver: whose is queue %s? reading its tags: %w", s.ID, err)
	}
	owner := provision.Call{Owner: s.Owner, Node: s.Node}
	if err := owner.CheckOwner(kinds.QueueKind, s.ID, tags); err != nil {
		return err
	}
	// If SQS knows no such queue by now, the next call finds that out, and does not take it from a single answer.
	_, err = d.api.DeleteQueue(ctx, &sqs.DeleteQueueInput{QueueUrl: aws.String(s.ID)})
	if err != nil && !unknown(err) {
		return fmt.Errorf("sqsdriver: deleting queue %s: %w", s.ID, err)
	}
	return fmt.Errorf("sqsdriver: queue %s %w", s.ID, provision.ErrDeleting)
}

// Loses counts the messages that deleting the queue would lose: those that wait, those that are being worked on, and
// those that are not due yet. SQS calls its own counts approximate: they may be off, and they may stay so for a minute
// after the last message was sent. So none means that a worker has probably done its work, and not that nobody sends any
// more.
func (d *Driver) Loses(ctx context.Context, s provision.State) ([]provision.Loss, error) {
	counts := []types.QueueAttributeName{
		types.QueueAttributeNameApproximateNumberOfMessages,
		types.QueueAttributeNameApproximateNumberOfMessagesNotVisible,
		types.QueueAttributeNameApproximateNumberOfMessagesDelayed,
	}
	out, err := d.api.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		QueueUrl:       aws.String(s.ID),
		AttributeNames: counts,
	})
	switch {
	case unknown(err):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("sqsdriver: counting the messages of queue %s: %w", s.ID, err)
	}
	total := 0
	for _, name := range counts {
		n, err := strconv.Atoi(out.Attributes[string(name)])
		if err != nil {
			return nil, fmt.Errorf("sqsdriver: counting the messages of queue %s: %s: %w", s.ID, name, err)
		}
		total += n
	}
	if total == 0 {
		return nil, nil
	}
	what := fmt.Sprintf("%d messages", total)
	if total == 1 {
		what = "1 message"
	}
	return []provision.Loss{{Node: s.Node, Kind: s.Kind, ID: s.ID, What: what}}, nil
}
