package ccdriver

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/cloudcontrol"
	"github.com/aws/aws-sdk-go-v2/service/cloudcontrol/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/peppercorn-go/peppercorn/internal/wait"
)

// longestPause is how long a request is not asked about if the service does not say when to ask again.
const longestPause = 15 * time.Second

// requestsPage is the most that ListResourceRequests gives at a time.
const requestsPage = 100

// ended reports whether nothing more will happen to a request.
func ended(event *types.ProgressEvent) bool {
	switch event.OperationStatus {
	case types.OperationStatusSuccess, types.OperationStatusFailed, types.OperationStatusCancelComplete:
		return true
	}
	return false
}

// identified reports whether a request has ended, or at least says what it makes.
func identified(event *types.ProgressEvent) bool {
	return ended(event) || aws.ToString(event.Identifier) != ""
}

// follow asks about a request until the answer is enough, or for the time given; 0 means for as long as it takes. It
// asks not before the event's RetryAfter. meta is that of the answer that event came with.
func (d *Driver) follow(ctx context.Context, event *types.ProgressEvent, meta middleware.Metadata,
	enough func(*types.ProgressEvent) bool, limit time.Duration,
) (*types.ProgressEvent, error) {
	start := time.Now()
	for pause := d.opts.Settle; !enough(event); pause = min(2*pause, longestPause) {
		next := untilRetry(event, meta)
		if next == 0 {
			next = pause
		}
		if limit > 0 {
			left := limit - time.Since(start)
			if left <= 0 {
				return event, nil
			}
			if next > left {
				// The service asked not to be asked before: the answer would be the same.
				return event, wait.Sleep(ctx, left)
			}
		}
		if err := wait.Sleep(ctx, next); err != nil {
			return nil, err
		}
		out, err := d.api.GetResourceRequestStatus(ctx, &cloudcontrol.GetResourceRequestStatusInput{RequestToken: event.RequestToken})
		if err != nil {
			return nil, fmt.Errorf("following request %s: %w", aws.ToString(event.RequestToken), err)
		}
		if out.ProgressEvent == nil {
			return nil, fmt.Errorf("following request %s: %w", aws.ToString(event.RequestToken), errNoEvent)
		}
		event, meta = out.ProgressEvent, out.ResultMetadata
	}
	return event, nil
}

// errNoEvent would be a fault of the service.
var errNoEvent = errors.New("the service answered without a progress event")

// untilRetry returns how long to wait for the event's RetryAfter. That is a time of the service's clock, so it is compared
// with the time of the service's answer, if that is known.
func untilRetry(event *types.ProgressEvent, meta middleware.Metadata) time.Duration {
	if event.RetryAfter == nil {
		return 0
	}
	now, ok := awsmiddleware.GetServerTime(meta)
	if !ok {
		now = time.Now()
	}
	return max(event.RetryAfter.Sub(now), 0)
}

// requests lists the requests of the last seven days, of these operations and, if any are given, with these statuses.
func (d *Driver) requests(ctx context.Context, operations []types.Operation, statuses []types.OperationStatus) (
	events []types.ProgressEvent, meta middleware.Metadata, err error,
) {
	pages := cloudcontrol.NewListResourceRequestsPaginator(d.api, &cloudcontrol.ListResourceRequestsInput{
		MaxResults:                  aws.Int32(requestsPage),
		ResourceRequestStatusFilter: &types.ResourceRequestStatusFilter{Operations: operations, OperationStatuses: statuses},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, meta, fmt.Errorf("listing requests: %w", err)
		}
		events, meta = append(events, page.ResourceRequestStatusSummaries...), page.ResultMetadata
	}
	return events, meta, nil
}

// active are the statuses of a request that has not ended.
func active() []types.OperationStatus {
	return []types.OperationStatus{
		types.OperationStatusPending, types.OperationStatusInProgress, types.OperationStatusCancelInProgress,
	}
}

// newest returns the latest request about a resource, nil if there is none. Creates that met what was there already are
// passed over: they are not about how it was made.
func (d *Driver) newest(ctx context.Context, typeName, identifier string, operations ...types.Operation) (
	*types.ProgressEvent, middleware.Metadata, error,
) {
	events, meta, err := d.requests(ctx, operations, nil)
	if err != nil {
		return nil, meta, err
	}
	var latest *types.ProgressEvent
	for i := range events {
		event := &events[i]
		if aws.ToString(event.TypeName) != typeName || aws.ToString(event.Identifier) != identifier ||
			event.ErrorCode == types.HandlerErrorCodeAlreadyExists {
			continue
		}
		if latest == nil || aws.ToTime(event.EventTime).After(aws.ToTime(latest.EventTime)) {
			latest = event
		}
	}
	return latest, meta, nil
}

// ongoing returns the ids of the resources that a request of this operation is working on.
func (d *Driver) ongoing(ctx context.Context, operation types.Operation) (map[string]bool, error) {
	events, _, err := d.requests(ctx, []types.Operation{operation}, active())
	if err != nil {
		return nil, err
	}
	ids := make(map[string]bool, len(events))
	for _, event := range events {
		ids[idOf(aws.ToString(event.TypeName), aws.ToString(event.Identifier))] = true
	}
	return ids, nil
}
