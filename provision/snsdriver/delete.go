package snsdriver

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/peppercorn-go/peppercorn/internal/wait"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// Delete deletes a topic if its tags say that it is s.Owner's, after the subscriptions to it that belong to the topic's
// account. Messages that SNS is still trying to deliver are lost.
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
		return fmt.Errorf("snsdriver: whose is topic %s? reading its tags: %w", s.ID, err)
	}
	owner := provision.Call{Owner: s.Owner, Node: s.Node}
	if err := owner.CheckOwner(kinds.TopicKind, s.ID, tags); err != nil {
		return err
	}
	if err := d.unsubscribe(ctx, s.ID); err != nil && !unknown(err) {
		return fmt.Errorf("snsdriver: deleting topic %s: %w", s.ID, err)
	}
	// DeleteTopic of what is gone succeeds.
	if _, err := d.api.DeleteTopic(ctx, &sns.DeleteTopicInput{TopicArn: aws.String(s.ID)}); err != nil && !unknown(err) {
		return fmt.Errorf("snsdriver: deleting topic %s: %w", s.ID, err)
	}
	return nil
}
