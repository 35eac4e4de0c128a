package secretstest

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/peppercorn-go/peppercorn/internal/sim"
)

// Options of a simulated Secrets Manager.
type Options struct {
	// Rate and Burst of DescribeSecret and GetSecretValue together, in calls a second: 10,000 by the default quota. 0 means
	// no limit. Default 10,000 and 10,000.
	Rate  float64
	Burst int
	// WriteRate and WriteBurst of all other calls together: 50 a second by the default quota. Default 50 and 50.
	WriteRate  float64
	WriteBurst int
}

// Secrets is the simulated service of all regions of one account. It is safe for concurrent use.
type Secrets struct {
	cloud  *sim.Cloud
	reads  *sim.Bucket
	writes *sim.Bucket

	mu      sync.Mutex
	dice    *rand.Rand
	secrets map[string]*secret // by ARN
	read    []Read
}

// Register makes a simulated Secrets Manager and registers it with the cloud, whose account it honours.
func Register(c *sim.Cloud, optFns ...func(*Options)) *Secrets {
	opts := Options{Rate: 10_000, Burst: 10_000, WriteRate: 50, WriteBurst: 50}
	for _, fn := range optFns {
		fn(&opts)
	}
	s := &Secrets{
		cloud:   c,
		reads:   sim.NewBucket(opts.Rate, opts.Burst),
		writes:  sim.NewBucket(opts.WriteRate, opts.WriteBurst),
		dice:    c.Rand(secretsmanager.ServiceID),
		secrets: map[string]*secret{},
	}
	c.Register(secretsmanager.ServiceID, s)
	return s
}

// Serve answers one call. The cloud calls it; programs call the service through the SDK.
func (s *Secrets) Serve(_ context.Context, call *sim.Call) (any, error) {
	bucket := s.writes
	switch call.Input.(type) {
	case *secretsmanager.DescribeSecretInput, *secretsmanager.GetSecretValueInput:
		bucket = s.reads
	}
	if !bucket.Take() {
		return nil, sim.ThrottleError(secretsmanager.ServiceID)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.purge(time.Now())
	switch in := call.Input.(type) {
	case *secretsmanager.CreateSecretInput:
		return s.createSecret(call.Region, in)
	case *secretsmanager.DescribeSecretInput:
		return s.describeSecret(call.Region, in)
	case *secretsmanager.GetSecretValueInput:
		return s.getSecretValue(call, in)
	case *secretsmanager.PutSecretValueInput:
		return s.putSecretValue(call.Region, in)
	case *secretsmanager.DeleteSecretInput:
		return s.deleteSecret(call.Region, in)
	case *secretsmanager.RestoreSecretInput:
		return s.restoreSecret(call.Region, in)
	default:
		return nil, sim.UnknownOperation(call)
	}
}
