package awsdrivers

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/peppercorn-go/peppercorn/provision"
)

// identifier is what [Place] asks of AWS STS. Every principal may call it; no policy can forbid it.
type identifier interface {
	GetCallerIdentity(context.Context, *sts.GetCallerIdentityInput, ...func(*sts.Options)) (*sts.GetCallerIdentityOutput, error)
}

var _ identifier = (*sts.Client)(nil)

// errNoRegion says that drivers made from a configuration would not know where to act.
var errNoRegion = errors.New("awsdrivers: the configuration has no region (set AWS_REGION, or region in the profile)")

// Place returns a function that tells the account and region in which drivers made from cfg act, for
// [provision.Options].Place. The region is cfg's; the account is that of the credentials, as AWS STS says. Credentials
// can change their keys but not their account while a program runs, so the answer is kept once there is one; a failure
// is not kept. The function is safe for concurrent use: callers that come at the same time share one request.
func Place(cfg aws.Config, optFns ...func(*Options)) func(context.Context) (provision.Place, error) {
	var opts Options
	for _, fn := range optFns {
		fn(&opts)
	}
	cfg = withRetryer(cfg, opts.Retry)
	return placeBy(sts.NewFromConfig(cfg), cfg.Region)
}

func placeBy(api identifier, region string) func(context.Context) (provision.Place, error) {
	var place provision.Place
	turn := make(chan struct{}, 1) // a lock that can be waited for with a context; it guards place
	return func(ctx context.Context) (provision.Place, error) {
		if region == "" {
			return provision.Place{}, errNoRegion
		}
		select {
		case turn <- struct{}{}:
			defer func() { <-turn }()
		case <-ctx.Done():
			return provision.Place{}, fmt.Errorf("awsdrivers: in which account are we? %w", ctx.Err())
		}
		if place.Account != "" {
			return place, nil
		}
		out, err := api.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
		if err != nil {
			return provision.Place{}, fmt.Errorf("awsdrivers: in which account are we? %w", err)
		}
		if aws.ToString(out.Account) == "" {
			return provision.Place{}, errors.New("awsdrivers: in which account are we? STS did not say")
		}
		place = provision.Place{Account: *out.Account, Region: region}
		return place, nil
	}
}
