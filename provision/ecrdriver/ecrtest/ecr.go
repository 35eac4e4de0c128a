package ecrtest

import (
	"context"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"

	"github.com/peppercorn-go/peppercorn/internal/sim"
)

// Options of a simulated ECR.
type Options struct {
	// Rate and Burst of all calls together, in calls a second. What AWS publishes is about pushing and pulling; this is a guess.
	// 0 means no limit. Default 20 and 20.
	Rate  float64
	Burst int
}

// ECR is the simulated service of all regions, with the registries of one account and those of others that were pushed to. It is
// safe for concurrent use.
type ECR struct {
	cloud *sim.Cloud
	calls *sim.Bucket

	mu         sync.Mutex
	registries map[place]*registry
}

// place is where a registry is.
type place struct{ account, region string }

// Register makes a simulated ECR and registers it with the cloud, whose account, region and page size it honours.
func Register(c *sim.Cloud, optFns ...func(*Options)) *ECR {
	opts := Options{Rate: 20, Burst: 20}
	for _, fn := range optFns {
		fn(&opts)
	}
	s := &ECR{cloud: c, calls: sim.NewBucket(opts.Rate, opts.Burst), registries: map[place]*registry{}}
	c.Register(ecr.ServiceID, s)
	return s
}

// Serve answers one call. The cloud calls it; programs call the service through the SDK.
func (s *ECR) Serve(_ context.Context, call *sim.Call) (any, error) {
	if !s.calls.Take() {
		return nil, sim.ThrottleError(ecr.ServiceID)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch in := call.Input.(type) {
	case *ecr.DescribeImagesInput:
		return s.describeImages(call.Region, in)
	case *ecr.CreatePullThroughCacheRuleInput:
		return s.createPullThroughCacheRule(call.Region, in)
	case *ecr.DescribePullThroughCacheRulesInput:
		return s.describePullThroughCacheRules(call.Region, in)
	default:
		return nil, sim.UnknownOperation(call)
	}
}

// registry returns the registry of an account in a region, making it if it is the account's own.
func (s *ECR) registry(region string, id *string) (*registry, error) {
	own := s.cloud.Options().Account
	at := place{own, region}
	if id != nil {
		at.account = *id
	}
	r := s.registries[at]
	switch {
	case r != nil:
		return r, nil
	case !accountText.MatchString(at.account):
		return nil, invalid("Invalid parameter at 'registryId' failed to satisfy constraint: '[0-9]{12}'")
	case at.account != own:
		return nil, denied(at.account)
	}
	return s.make(at), nil
}

func (s *ECR) make(at place) *registry {
	if s.registries[at] == nil {
		s.registries[at] = &registry{place: at, repositories: map[string]*repository{}, rules: map[string]string{}}
	}
	return s.registries[at]
}

// pageOf cuts a page out of items that are sorted by their keys. The token is the key that the page before ended with.
func pageOf[T any](items []T, key func(T) string, token *string, limit int) (page []T, next *string) {
	for _, item := range items {
		if token != nil && key(item) <= *token {
			continue
		}
		if len(page) == limit {
			return page, aws.String(key(page[limit-1]))
		}
		page = append(page, item)
	}
	return page, nil
}

// limit is how many items a page has.
func (s *ECR) limit(asked *int32) (int, error) {
	const usual, most = 100, 1000
	limit := usual
	if asked != nil {
		if limit = int(*asked); limit < 1 || limit > most {
			return 0, invalid("Invalid parameter at 'maxResults' failed to satisfy constraint: 1 to %d", most)
		}
	}
	if size := s.cloud.Options().PageSize; size > 0 {
		limit = min(limit, size)
	}
	return limit, nil
}
