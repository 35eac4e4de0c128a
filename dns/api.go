package dns

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/smithy-go/middleware"
	"golang.org/x/time/rate"
)

// API is what this package asks of Route 53, and so the list of permissions that
// it needs: route53:ListHostedZonesByName, route53:ListResourceRecordSets,
// route53:ChangeResourceRecordSets and route53:GetChange. A [*route53.Client] is one.
type API interface {
	ListHostedZonesByName(ctx context.Context, in *route53.ListHostedZonesByNameInput, optFns ...func(*route53.Options)) (*route53.ListHostedZonesByNameOutput, error)
	ListResourceRecordSets(ctx context.Context, in *route53.ListResourceRecordSetsInput, optFns ...func(*route53.Options)) (*route53.ListResourceRecordSetsOutput, error)
	ChangeResourceRecordSets(ctx context.Context, in *route53.ChangeResourceRecordSetsInput, optFns ...func(*route53.Options)) (*route53.ChangeResourceRecordSetsOutput, error)
	GetChange(ctx context.Context, in *route53.GetChangeInput, optFns ...func(*route53.Options)) (*route53.GetChangeOutput, error)
}

var (
	_ API = (*route53.Client)(nil)
	_ API = (*limited)(nil)
)

// DefaultRate is the number of requests a second that a zone opened on an API
// without a limit makes at most. Route 53 grants five a second to the whole
// account (Quotas, "Maximums on API requests"); one of them is left to others.
const DefaultRate = 4.0

// Limit returns an API that makes at most perSecond requests a second, evenly
// spaced. The limit of Route 53 counts per account, so open every zone of an
// account on one such API. Requests that the SDK client repeats of its own accord
// count as well. A rate of zero or less stands for [DefaultRate], [math.Inf](1)
// for no limit at all. The result is safe for concurrent use if api is.
func Limit(api API, perSecond float64) API {
	limit := rate.Limit(perSecond)
	switch {
	case perSecond <= 0 || math.IsNaN(perSecond):
		limit = DefaultRate
	case math.IsInf(perSecond, 1):
		limit = rate.Inf
	}
	return &limited{api: api, limiter: rate.NewLimiter(limit, 1)}
}

// limited is an API with a limiter before every request.
type limited struct {
	api     API
	limiter *rate.Limiter
}

func (l *limited) ListHostedZonesByName(ctx context.Context, in *route53.ListHostedZonesByNameInput, optFns ...func(*route53.Options)) (*route53.ListHostedZonesByNameOutput, error) {
	if err := l.turn(ctx); err != nil {
		return nil, err
	}
	return l.api.ListHostedZonesByName(ctx, in, l.with(optFns)...)
}

func (l *limited) ListResourceRecordSets(ctx context.Context, in *route53.ListResourceRecordSetsInput, optFns ...func(*route53.Options)) (*route53.ListResourceRecordSetsOutput, error) {
	if err := l.turn(ctx); err != nil {
		return nil, err
	}
	return l.api.ListResourceRecordSets(ctx, in, l.with(optFns)...)
}

func (l *limited) ChangeResourceRecordSets(ctx context.Context, in *route53.ChangeResourceRecordSetsInput, optFns ...func(*route53.Options)) (*route53.ChangeResourceRecordSetsOutput, error) {
	if err := l.turn(ctx); err != nil {
		return nil, err
	}
	return l.api.ChangeResourceRecordSets(ctx, in, l.with(optFns)...)
}

func (l *limited) GetChange(ctx context.Context, in *route53.GetChangeInput, optFns ...func(*route53.Options)) (*route53.GetChangeOutput, error) {
	if err := l.turn(ctx); err != nil {
		return nil, err
	}
	return l.api.GetChange(ctx, in, l.with(optFns)...)
}

// turn waits until a request may be made. Its error says that none was.
func (l *limited) turn(ctx context.Context) error {
	err := l.limiter.Wait(ctx)
	if err == nil {
		return nil
	}
	if ctx.Err() == nil {
		// The limiter gives up at once when the turn lies beyond the deadline.
		return &unsentError{fmt.Errorf("no turn before the deadline: %w", context.DeadlineExceeded)}
	}
	return &unsentError{ctx.Err()}
}

// with makes the SDK client wait for a turn before each request that it repeats;
// turn has waited for the first one.
func (l *limited) with(optFns []func(*route53.Options)) []func(*route53.Options) {
	return append(slices.Clip(optFns), eachAttempt("PeppercornLimit", func(ctx context.Context, n int, send func() error) error {
		if n > 1 {
			if err := l.turn(ctx); err != nil {
				return err
			}
		}
		return send()
	}))
}

// unsentError is the failure of a request that never left this process.
type unsentError struct{ err error }

func (e *unsentError) Error() string { return e.err.Error() }
func (e *unsentError) Unwrap() error { return e.err }

// eachAttempt is an option of one SDK call: around is called for each request on
// the wire, the n-th of the call counted from one, and makes it by send.
func eachAttempt(id string, around func(ctx context.Context, n int, send func() error) error) func(*route53.Options) {
	var count atomic.Int64
	step := middleware.FinalizeMiddlewareFunc(id, func(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (out middleware.FinalizeOutput, metadata middleware.Metadata, err error) {
		err = around(ctx, int(count.Add(1)), func() error {
			out, metadata, err = next.HandleFinalize(ctx, in)
			return err
		})
		return out, metadata, err
	})
	return func(o *route53.Options) {
		o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
			// The end of this step stands behind "Retry", so it runs once a request,
			// and behind everything that can fail before there is one.
			return stack.Finalize.Add(step, middleware.After)
		})
	}
}
