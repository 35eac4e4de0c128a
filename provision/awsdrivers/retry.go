package awsdrivers

import (
	"math/rand/v2"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
)

// RetryOptions configure [NewRetryer].
type RetryOptions struct {
	// Attempts at one call, the first one included. Default 16: while a service refuses every second request, ten attempts
	// would still fail one call in a thousand, and a large deployment makes that many. With the other defaults it takes
	// about two minutes until a call fails for good. 0 means without end, as it does in the SDK.
	Attempts int
	// Base is the longest pause before the first repetition; the longest before the n-th is 2ⁿ⁻¹ times that. The pause
	// itself is a random part of it, so that clients that were refused together do not come back together. Default 1 s.
	Base time.Duration
	// Most is the longest of these pauses. Default 20 s.
	Most time.Duration
}

// NewRetryer returns a retryer that is fit for deployments: the SDK's standard one, which decides what is worth another
// attempt, with the pauses of [RetryOptions] and without a quota for retries. Give each client one of its own, by
//
//	cfg.Retryer = func() aws.Retryer { return awsdrivers.NewRetryer() }
func NewRetryer(optFns ...func(*RetryOptions)) aws.Retryer {
	opts := RetryOptions{Attempts: 16, Base: time.Second, Most: 20 * time.Second}
	for _, fn := range optFns {
		fn(&opts)
	}
	return retry.NewStandard(func(o *retry.StandardOptions) {
		o.MaxAttempts = opts.Attempts
		o.MaxBackoff = opts.Most
		o.Backoff = retry.BackoffDelayerFunc(func(attempt int, _ error) (time.Duration, error) {
			return pause(opts, attempt), nil
		})
		o.RateLimiter = ratelimit.None
	})
}

// pause chooses the time to wait after the attempt of that number, the first being 1. The SDK's own back-off is not random
// any more once it has reached its longest pause.
func pause(o RetryOptions, attempt int) time.Duration {
	longest := o.Base
	for range attempt - 1 {
		if longest >= o.Most {
			break
		}
		longest *= 2
	}
	return time.Duration(rand.Float64() * float64(min(longest, o.Most)))
}
