package cctest

import (
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudcontrol"
	"github.com/aws/aws-sdk-go-v2/service/cloudcontrol/types"
)

const (
	tokenLife   = 36 * time.Hour
	requestLife = 7 * 24 * time.Hour
	// Pages of ListResourceRequests.
	requestsPage, maxRequestsPage = 20, 100
)

// request is one create or delete. What will come of it is decided when it is made; when it shows depends on the time.
type request struct {
	region, clientToken, parameters string
	token, typeName                 string
	operation                       types.Operation
	made, begins, ends              time.Time
	identifier                      string
	late                            bool // the identifier shows in the end only
	code                            types.HandlerErrorCode
	message                         string
	subject                         *resource // what it makes or removes; nil if it fails
	settled                         bool
	askAgain                        time.Time // the latest RetryAfter that was given
}

// settle carries out what has ended by now.
func (s *CloudControl) settle(now time.Time) {
	for _, r := range s.requests {
		if r.settled || now.Before(r.ends) {
			continue
		}
		r.settled = true
		if r.operation == types.OperationDelete && r.code == "" {
			s.resources = slices.DeleteFunc(s.resources, func(other *resource) bool { return other == r.subject })
		}
		if r.subject != nil {
			r.subject.busy = false
		}
	}
}

// event shows a request as it stands.
func (s *CloudControl) event(r *request, now time.Time) *types.ProgressEvent {
	event := &types.ProgressEvent{
		EventTime:    aws.Time(r.made),
		Operation:    r.operation,
		RequestToken: aws.String(r.token),
		TypeName:     aws.String(r.typeName),
	}
	if r.identifier != "" && (!r.late || !now.Before(r.ends)) && !now.Before(r.begins) {
		event.Identifier = aws.String(r.identifier)
	}
	switch {
	case now.Before(r.ends):
		event.OperationStatus = types.OperationStatusInProgress
		if now.Before(r.begins) {
			event.OperationStatus = types.OperationStatusPending
		}
		if s.opts.Poll > 0 {
			event.RetryAfter = aws.Time(now.Add(s.opts.Poll))
		}
	case r.code != "":
		event.OperationStatus, event.ErrorCode, event.StatusMessage = types.OperationStatusFailed, r.code, aws.String(r.message)
	default:
		event.OperationStatus = types.OperationStatusSuccess
	}
	return event
}

// repeated returns the request that the client token was used for, if that was less than 36 hours ago.
func (s *CloudControl) repeated(region string, token *string, parameters string, now time.Time) (*request, error) {
	if aws.ToString(token) == "" {
		return nil, nil
	}
	for _, r := range slices.Backward(s.requests) {
		if r.region != region || r.clientToken != *token || !now.Before(r.made.Add(tokenLife)) {
			continue
		}
		if r.parameters != parameters {
			return nil, tokenConflict(*token)
		}
		return r, nil
	}
	return nil, nil
}

// add makes a request that takes the time given.
func (s *CloudControl) add(r *request, now time.Time, takes time.Duration) *request {
	r.made, r.begins = now, now.Add(max(s.opts.Start, 0))
	r.ends = now.Add(max(takes, 0))
	if r.ends.Before(r.begins) {
		r.begins = r.ends
	}
	n := len(s.requests) + 1
	r.token = fmt.Sprintf("%08x-0000-4000-8000-%012x", n, n)
	s.requests = append(s.requests, r)
	s.settle(now)
	return r
}

func (s *CloudControl) getResourceRequestStatus(region string, in *cloudcontrol.GetResourceRequestStatusInput, now time.Time) (
	*cloudcontrol.GetResourceRequestStatusOutput, error,
) {
	i := slices.IndexFunc(s.requests, func(r *request) bool {
		return r.region == region && r.token == aws.ToString(in.RequestToken) && now.Before(r.made.Add(requestLife))
	})
	if i < 0 {
		return nil, requestTokenNotFound(aws.ToString(in.RequestToken))
	}
	r := s.requests[i]
	if now.Before(r.askAgain) {
		s.early++
	}
	event := s.event(r, now)
	r.askAgain = aws.ToTime(event.RetryAfter)
	return &cloudcontrol.GetResourceRequestStatusOutput{ProgressEvent: event}, nil
}

func (s *CloudControl) listResourceRequests(region string, in *cloudcontrol.ListResourceRequestsInput, now time.Time) (
	*cloudcontrol.ListResourceRequestsOutput, error,
) {
	limit := requestsPage
	if in.MaxResults != nil {
		if *in.MaxResults < 1 || *in.MaxResults > maxRequestsPage {
			return nil, invalidRequest("MaxResults must be between 1 and %d", maxRequestsPage)
		}
		limit = int(*in.MaxResults)
	}
	filter := types.ResourceRequestStatusFilter{}
	if in.ResourceRequestStatusFilter != nil {
		filter = *in.ResourceRequestStatusFilter
	}
	var events []types.ProgressEvent
	for _, r := range slices.Backward(s.requests) {
		event := s.event(r, now)
		if r.region != region || !now.Before(r.made.Add(requestLife)) ||
			len(filter.Operations) > 0 && !slices.Contains(filter.Operations, event.Operation) ||
			len(filter.OperationStatuses) > 0 && !slices.Contains(filter.OperationStatuses, event.OperationStatus) {
			continue
		}
		events = append(events, *event)
	}
	from, to, next, err := s.page(len(events), limit, in.NextToken)
	if err != nil {
		return nil, err
	}
	return &cloudcontrol.ListResourceRequestsOutput{ResourceRequestStatusSummaries: events[from:to], NextToken: next}, nil
}
