package bench_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/dns"
	"github.com/peppercorn-go/peppercorn/env"
	"github.com/peppercorn-go/peppercorn/env/envtest"
	"github.com/peppercorn-go/peppercorn/examples/shop/stack"
	"github.com/peppercorn-go/peppercorn/guard"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/awsdrivers"
	"github.com/peppercorn-go/peppercorn/provision/awsdrivers/awstest"
	"github.com/peppercorn-go/peppercorn/provision/ec2driver/ec2test"
)

// shop is a program that deploys the reference stack to a simulated AWS that takes its time. It is made in a bubble of
// testing/synctest.
type shop struct {
	*env.Manager
	t         *testing.T
	cloud     *awstest.Cloud
	history   *envtest.History
	blueprint *provision.Blueprint

	mu     sync.Mutex
	events []env.Event // of the verb that was measured last
}

func newShop(t *testing.T) *shop {
	s := &shop{t: t, history: &envtest.History{}, cloud: awstest.New(func(o *awstest.Options) { o.Latency = awstest.Published })}
	zone := s.cloud.Route53.AddZone("example.com", false)
	s.blueprint = stack.Blueprint(stack.Home{Image: ec2test.Linux})
	cfg := s.cloud.Config()
	engine, err := provision.NewEngine(awsdrivers.All(cfg), func(o *provision.Options) { o.Place = awsdrivers.Place(cfg) })
	require.NoError(t, err)
	api := dns.Limit(route53.NewFromConfig(cfg), dns.DefaultRate)
	s.Manager, err = env.New(env.Config{
		App: "shop", Base: "shop.example.com", Zone: dns.Open(api, zone), Engine: engine, Repo: s.history, Observe: s.observe,
		Guard: guard.New(guard.NothingPointsAt(), guard.Drained(0)),
	})
	require.NoError(t, err)
	return s
}

func (s *shop) observe(_ context.Context, e env.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events = append(s.events, e)
}

// cost is what one verb takes.
type cost struct {
	began  time.Time
	took   time.Duration
	reads  int
	writes int // requests that change something, also those that are refused
	looks  int // at Route 53, to see whether a change is on all its servers
}

func (c cost) requests() int { return c.reads + c.writes + c.looks }

// measure measures a verb, which has to succeed.
func (s *shop) measure(verb func(context.Context) error) cost {
	s.t.Helper()
	s.cloud.ForgetCalls()
	s.mu.Lock()
	s.events = nil
	s.mu.Unlock()
	c := cost{began: time.Now()}
	require.NoError(s.t, verb(s.t.Context()))
	c.took = time.Since(c.began)
	for _, call := range s.cloud.Calls() {
		switch {
		case call.Op == "GetChange":
			c.looks++
		case isRead(call.Op):
			c.reads++
		default:
			c.writes++
		}
	}
	return c
}

func isRead(op string) bool {
	for _, prefix := range []string{"Get", "List", "Describe", "Head"} {
		if strings.HasPrefix(op, prefix) {
			return true
		}
	}
	return false
}

// steps are when the nodes came to a phase in the verb that was measured last.
func (s *shop) steps(phase provision.Phase) map[string]time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := map[string]time.Time{}
	for _, e := range s.events {
		if p, ok := e.(env.Progress); ok && p.Step.Phase == phase {
			if _, seen := at[p.Step.Node]; !seen {
				at[p.Step.Node] = p.Step.At
			}
		}
	}
	return at
}

// changed is when the environment came to a state in the verb that was measured last.
func (s *shop) changed(to env.State) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.events {
		if c, ok := e.(env.StateChanged); ok && c.To == to {
			return c.Change.At
		}
	}
	require.Fail(s.t, "the environment never was "+string(to))
	return time.Time{}
}
