package sqsdriver

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/peppercorn-go/peppercorn/internal/wait"
	"github.com/peppercorn-go/peppercorn/provision"
)

// Await waits until the queue can be used, which is a second after its creation, and adds its ARN to the outputs. A queue
// that SQS does not know for [Options.Appear] is a [provision.ErrGone].
func (d *Driver) Await(ctx context.Context, s provision.State) (provision.State, error) {
	var out *sqs.GetQueueAttributesOutput
	err := d.retry(ctx, d.opts.Appear, unknown, func() (err error) {
		out, err = d.api.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
			QueueUrl: aws.String(s.ID),
			AttributeNames: []types.QueueAttributeName{
				types.QueueAttributeNameQueueArn, types.QueueAttributeNameCreatedTimestamp,
			},
		})
		return err
	})
	switch {
	case unknown(err):
		return provision.State{}, fmt.Errorf("sqsdriver: queue %s of node %q %w: %w", s.ID, s.Node, provision.ErrGone, err)
	case err != nil:
		return provision.State{}, fmt.Errorf("sqsdriver: awaiting queue %s: %w", s.ID, err)
	}
	if !d.settled(out) {
		if err := wait.Sleep(ctx, d.opts.Settle); err != nil {
			return provision.State{}, fmt.Errorf("sqsdriver: awaiting queue %s: %w", s.ID, err)
		}
	}
	return withARN(s, out.Attributes[string(types.QueueAttributeNameQueueArn)]), nil
}

// settled reports whether the queue is certainly old enough to be used. Both times are SQS's own, so the clock of this
// machine does not matter, and both are cut to whole seconds, so that a difference of n may be little more than n-1.
func (d *Driver) settled(out *sqs.GetQueueAttributesOutput) bool {
	created, err := strconv.ParseFloat(out.Attributes[string(types.QueueAttributeNameCreatedTimestamp)], 64)
	if err != nil {
		return false
	}
	now, ok := awsmiddleware.GetServerTime(out.ResultMetadata)
	return ok && now.Sub(time.Unix(int64(created), 0)) >= d.opts.Settle+time.Second
}
