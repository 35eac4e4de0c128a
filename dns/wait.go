package dns

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/aws/smithy-go/middleware"
)

// slowestPoll bounds the growing time between two looks of Wait.
const slowestPoll = 5 * time.Second

// Wait returns when every authoritative server of the zone answers with the change
// (GetChange says INSYNC), which commonly takes under a minute. It waits for as
// long as ctx allows. A change without an id is not waited for.
func (z *Zone) Wait(ctx context.Context, c Change) error {
	if c.ID == "" {
		return nil
	}
	for pause := z.opts.Poll; ; pause = min(pause+pause/2, max(slowestPoll, z.opts.Poll)) {
		var out *route53.GetChangeOutput
		what := fmt.Sprintf("waiting for change %s of zone %s", c.ID, z.id)
		err := z.read(ctx, z.id, what, func(ctx context.Context) (_ middleware.Metadata, err error) {
			if out, err = z.api.GetChange(ctx, &route53.GetChangeInput{Id: aws.String(c.ID)}); err != nil {
				return middleware.Metadata{}, err
			}
			return out.ResultMetadata, nil
		})
		if err != nil {
			return err
		}
		if out.ChangeInfo != nil && out.ChangeInfo.Status == types.ChangeStatusInsync {
			return nil
		}
		if err := sleep(ctx, pause); err != nil {
			return fmt.Errorf("dns: %s: %w", what, err)
		}
	}
}
