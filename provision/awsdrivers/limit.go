package awsdrivers

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"
	"golang.org/x/time/rate"
)

// A Limit is how often some operations of a service may be called. It is a bucket that holds Burst tokens when it is full and
// gains PerSecond a second; each attempt at a call takes one, or waits for it.
type Limit struct {
	// Service is the SDK's ServiceID, such as "SQS" or "Elastic Load Balancing v2".
	Service string
	// Operations that it is for, such as "RunInstances". "Describe*" means all whose names begin like that. None means all.
	Operations []string
	// Each gives every operation a bucket of its own. Otherwise they share one.
	Each bool
	// PerSecond is the rate; 0 and below mean that there is no limit. Burst is at least 1.
	PerSecond float64
	Burst     int
}

// covers reports whether the limit is for an operation.
func (l Limit) covers(service, operation string) bool {
	return l.Service == service && (len(l.Operations) == 0 || slices.ContainsFunc(l.Operations, func(name string) bool {
		prefix, all := strings.CutSuffix(name, "*")
		return name == operation || all && strings.HasPrefix(operation, prefix)
	}))
}

// limiter makes calls wait their turn. All clients of one [All] share it.
type limiter struct {
	limits []Limit

	mu      sync.Mutex
	buckets map[bucketKey]*bucket
}

// bucketKey tells the buckets of a limiter apart.
type bucketKey struct {
	limit     int    // the index of the limit
	operation string // empty if they share one
}

// A bucket gives its tokens to calls in the order in which they came. Only the first of them reserves one, because a reservation that
// others have been made behind cannot be given back: whoever gave up would keep them waiting for a call that is never made.
type bucket struct {
	first  chan struct{} // holds an element while a call is the first
	tokens *rate.Limiter
}

func newLimiter(limits []Limit) *limiter {
	return &limiter{limits: slices.Clone(limits), buckets: map[bucketKey]*bucket{}}
}

// of returns the bucket for an operation, nil if there is no limit. The first limit that covers it counts.
func (l *limiter) of(service, operation string) *bucket {
	i := slices.IndexFunc(l.limits, func(limit Limit) bool { return limit.covers(service, operation) })
	if i < 0 || l.limits[i].PerSecond <= 0 {
		return nil
	}
	at := bucketKey{limit: i}
	if l.limits[i].Each {
		at.operation = operation
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.buckets[at]
	if b == nil {
		b = &bucket{
			first:  make(chan struct{}, 1),
			tokens: rate.NewLimiter(rate.Limit(l.limits[i].PerSecond), max(1, l.limits[i].Burst)),
		}
		l.buckets[at] = b
	}
	return b
}

// wait takes a token. It takes none if the context ends first.
func (l *limiter) wait(ctx context.Context, service, operation string) error {
	b := l.of(service, operation)
	if b == nil || b.take(ctx) {
		return nil
	}
	// The SDK's own error for this case is one that it does not try again.
	return &aws.RequestCanceledError{
		Err: fmt.Errorf("awsdrivers: %s of %s waits for its rate limit: %w", operation, service, ctx.Err()),
	}
}

// take takes a token, and reports whether it got one before ctx ended.
func (b *bucket) take(ctx context.Context) bool {
	select {
	case b.first <- struct{}{}:
		defer func() { <-b.first }()
	case <-ctx.Done():
		return false
	}
	turn := b.tokens.Reserve()
	timer := time.NewTimer(turn.Delay())
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		turn.Cancel()
		return false
	}
}

// addTo puts the limiter into a client's stack: behind the retries, because every attempt counts, and before the signing,
// whose time must not be old.
func (l *limiter) addTo(stack *middleware.Stack) error {
	step := middleware.FinalizeMiddlewareFunc("Peppercorn:RateLimit", func(
		ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler,
	) (middleware.FinalizeOutput, middleware.Metadata, error) {
		if err := l.wait(ctx, awsmiddleware.GetServiceID(ctx), middleware.GetOperationName(ctx)); err != nil {
			return middleware.FinalizeOutput{}, middleware.Metadata{}, err
		}
		return next.HandleFinalize(ctx, in)
	})
	const retries = "Retry"
	if _, ok := stack.Finalize.Get(retries); !ok {
		return stack.Finalize.Add(step, middleware.Before)
	}
	return stack.Finalize.Insert(step, retries, middleware.After)
}
