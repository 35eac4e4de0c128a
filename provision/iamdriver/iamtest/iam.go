package iamtest

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/peppercorn-go/peppercorn/internal/sim"
)

// Options of a simulated IAM. Durations that are 0 or below mean that the thing takes no time.
type Options struct {
	// Settle is how long what is new is unknown. IAM promises nothing. Default 2 s.
	Settle time.Duration
	// Rate and Burst of all calls together, in calls a second. IAM does not publish its own. 0 means no limit. Default 20
	// and 20.
	Rate  float64
	Burst int
}

// IAM is the simulated service of one account. It is safe for concurrent use.
type IAM struct {
	opts  Options
	cloud *sim.Cloud
	calls *sim.Bucket

	mu       sync.Mutex
	dice     *rand.Rand
	roles    map[string]*role // by name in lower case, as are the profiles
	profiles map[string]*profile
}

// Register makes a simulated IAM and registers it with the cloud, whose account it honours.
func Register(c *sim.Cloud, optFns ...func(*Options)) *IAM {
	opts := Options{Settle: 2 * time.Second, Rate: 20, Burst: 20}
	for _, fn := range optFns {
		fn(&opts)
	}
	s := &IAM{
		opts:     opts,
		cloud:    c,
		calls:    sim.NewBucket(opts.Rate, opts.Burst),
		dice:     c.Rand(iam.ServiceID),
		roles:    map[string]*role{},
		profiles: map[string]*profile{},
	}
	c.Register(iam.ServiceID, s)
	return s
}

// Serve answers one call. The cloud calls it; programs call the service through the SDK.
func (s *IAM) Serve(_ context.Context, call *sim.Call) (any, error) {
	if !s.calls.Take() {
		return nil, sim.ThrottleError(iam.ServiceID)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch in := call.Input.(type) {
	case *iam.CreateRoleInput:
		return s.createRole(in)
	case *iam.GetRoleInput:
		return s.getRole(in)
	case *iam.DeleteRoleInput:
		return s.deleteRole(in)
	case *iam.CreateInstanceProfileInput:
		return s.createInstanceProfile(in)
	case *iam.GetInstanceProfileInput:
		return s.getInstanceProfile(in)
	case *iam.DeleteInstanceProfileInput:
		return s.deleteInstanceProfile(in)
	case *iam.AddRoleToInstanceProfileInput:
		return s.addRoleToInstanceProfile(in)
	case *iam.RemoveRoleFromInstanceProfileInput:
		return s.removeRoleFromInstanceProfile(in)
	default:
		return nil, sim.UnknownOperation(call)
	}
}
