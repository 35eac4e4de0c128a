package snsdriver

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/peppercorn-go/peppercorn/provision"
)

// Await waits until SNS knows the topic, which it may not do for a moment after its creation. It does not wait for people or
// programs that are to confirm their subscriptions. A topic that SNS does not know for [Options.Appear] is a
// [provision.ErrGone].
func (d *Driver) Await(ctx context.Context, s provision.State) (provision.State, error) {
	err := d.retry(ctx, d.opts.Appear, unknown, func() error {
		_, err := d.api.GetTopicAttributes(ctx, &sns.GetTopicAttributesInput{TopicArn: aws.String(s.ID)})
		return err
	})
	switch {
	case unknown(err):
		return provision.State{}, fmt.Errorf("snsdriver: topic %s of node %q %w: %w", s.ID, s.Node, provision.ErrGone, err)
	case err != nil:
		return provision.State{}, fmt.Errorf("snsdriver: awaiting topic %s: %w", s.ID, err)
	}
	s.Outputs = outputs(s.ID)
	return s, nil
}
