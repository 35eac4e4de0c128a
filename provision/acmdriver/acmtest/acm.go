package acmtest

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/acm/types"

	"github.com/peppercorn-go/peppercorn/internal/sim"
)

// Options of a simulated Certificate Manager. Durations that are 0 or below mean that the thing takes no time.
type Options struct {
	// Settle is how long a certificate that was just requested cannot be described: "several seconds", says the API reference.
	// Default 5 s.
	Settle time.Duration
	// Rate and Burst of all calls together, in calls a second. ACM counts each operation by itself, 8 to 10 a second for those that
	// read. 0 means no limit. Default 10 and 10.
	Rate  float64
	Burst int
}

// ACM is the simulated service of all regions of one account. It is safe for concurrent use.
type ACM struct {
	opts  Options
	cloud *sim.Cloud
	calls *sim.Bucket

	mu           sync.Mutex
	dice         *rand.Rand
	certificates map[string]*certificate // by ARN
}

// Register makes a simulated Certificate Manager and registers it with the cloud, whose account, region and page size it honours.
func Register(c *sim.Cloud, optFns ...func(*Options)) *ACM {
	opts := Options{Settle: 5 * time.Second, Rate: 10, Burst: 10}
	for _, fn := range optFns {
		fn(&opts)
	}
	s := &ACM{
		opts:         opts,
		cloud:        c,
		calls:        sim.NewBucket(opts.Rate, opts.Burst),
		dice:         c.Rand(acm.ServiceID),
		certificates: map[string]*certificate{},
	}
	c.Register(acm.ServiceID, s)
	return s
}

// Throttled returns the error by which the service refuses a call for its rate. The cloud asks for it.
func (s *ACM) Throttled() error {
	return &types.ThrottlingException{Message: aws.String("Rate exceeded")}
}

// Serve answers one call. The cloud calls it; programs call the service through the SDK.
func (s *ACM) Serve(_ context.Context, call *sim.Call) (any, error) {
	if !s.calls.Take() {
		return nil, s.Throttled()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch in := call.Input.(type) {
	case *acm.RequestCertificateInput:
		return s.requestCertificate(call.Region, in)
	case *acm.DescribeCertificateInput:
		return s.describeCertificate(call.Region, in)
	case *acm.ListCertificatesInput:
		return s.listCertificates(call.Region, in)
	case *acm.DeleteCertificateInput:
		return s.deleteCertificate(call.Region, in)
	default:
		return nil, sim.UnknownOperation(call)
	}
}
