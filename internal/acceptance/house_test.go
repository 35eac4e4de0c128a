package acceptance_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/dns"
	"github.com/peppercorn-go/peppercorn/dns/dnstest"
	"github.com/peppercorn-go/peppercorn/env"
	"github.com/peppercorn-go/peppercorn/env/envtest"
	"github.com/peppercorn-go/peppercorn/gitmeta"
	"github.com/peppercorn-go/peppercorn/guard"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/awsdrivers"
	"github.com/peppercorn-go/peppercorn/provision/awsdrivers/awstest"
	"github.com/peppercorn-go/peppercorn/provision/ec2driver/ec2test"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

const base = "shop.example.com"

// house is a simulated AWS with a hosted zone, and a history of two commits.
type house struct {
	t     testing.TB
	ctx   context.Context
	cloud *awstest.Cloud
	zone  string // its id
	// services are those whose drivers the program has, nil for all, and drivers is what it tells them.
	services []string
	drivers  []func(*awsdrivers.Options)

	// apex is the alias that is the base itself.
	apex string

	history       *envtest.History
	first, second gitmeta.Commit
}

// newHouse makes an AWS that takes its time over everything: calls, new ids and tags, instances, queues, DNS.
func newHouse(t testing.TB, optFns ...func(*awstest.Options)) *house {
	h := &house{t: t, ctx: t.Context(), services: []string{"ec2", "sqs"}, history: &envtest.History{}}
	h.first, h.second = h.history.Commit("Open the shop"), h.history.Commit(`feat(cart): "basket" — 50% 🚀`)
	h.cloud = awstest.New(func(o *awstest.Options) {
		o.Latency = awstest.Published
		o.EC2 = append(o.EC2, func(o *ec2test.Options) { o.Lag, o.TagLag = 500*time.Millisecond, 300*time.Millisecond })
		for _, fn := range optFns {
			fn(o)
		}
	})
	h.zone = h.cloud.Route53.AddZone("example.com", false)
	return h
}

// pause is the time between two looks at the same thing: longer than the default, so that a look is not most of the calls.
const pause = 10 * time.Second

// program starts a run of the deploying program: a manager with the real drivers, whose calls all belong to one process.
func (h *house) program(name string, policies ...guard.Policy) (*env.Manager, *awstest.Process) {
	h.t.Helper()
	p := h.cloud.Process(name)
	cfg := p.Config()
	drivers := awsdrivers.All(cfg, h.drivers...)
	if h.services != nil {
		drivers = ofServices(drivers, h.services...)
	}
	engine, err := provision.NewEngine(drivers, func(o *provision.Options) {
		o.Place, o.Poll = awsdrivers.Place(cfg), pause
	})
	require.NoError(h.t, err)
	zone := dns.Open(route53.NewFromConfig(cfg), h.zone, func(o *dns.Options) { o.Poll = pause })
	m, err := env.New(env.Config{App: "shop", Base: base, Zone: zone, Engine: engine, Apex: h.apex, Repo: h.history, Guard: guard.New(policies...)})
	require.NoError(h.t, err)
	return m, p
}

// ofServices leaves out the drivers that the blueprint does not need. Each would be asked what it finds, and each question be two more
// crashes that say nothing new; awstest has the matrices of the other services.
func ofServices(drivers []provision.Driver, services ...string) []provision.Driver {
	return slices.DeleteFunc(drivers, func(d provision.Driver) bool {
		return !slices.ContainsFunc(d.Kinds(), func(k provision.Kind) bool { return slices.Contains(services, k.Service()) })
	})
}

// full is a blueprint of queues, a group and an instance, with references of every sort: early and late outputs, between services, and the entrance.
func full(image provision.Text) *provision.Blueprint {
	b := &provision.Blueprint{}
	dead := kinds.AddQueue(b, "dead", kinds.Queue{})
	jobs := kinds.AddQueue(b, "jobs", kinds.Queue{Redrive: kinds.Redrive{Queue: dead.ARN(), MaxReceives: 5}})
	http := kinds.AddSecurityGroup(b, "http", kinds.SecurityGroup{Ingress: []kinds.Rule{kinds.TCP(80, "0.0.0.0/0")}})
	web := kinds.AddInstance(b, "web", kinds.Instance{
		Image: image, Type: "t3.micro", SecurityGroups: []provision.Text{http.ID()},
		Environment: map[string]provision.Text{"JOBS": jobs.URL()},
	})
	b.Entrance.Host = web.PublicDNS()
	return b
}

// small is a blueprint for verbs that touch nothing but DNS.
func small() *provision.Blueprint {
	b := &provision.Blueprint{}
	jobs := kinds.AddQueue(b, "jobs", kinds.Queue{})
	b.Entrance.Host = jobs.Name() + ".elb.example.net"
	return b
}

func (h *house) deploy(m *env.Manager, c gitmeta.Commit, b *provision.Blueprint) env.Environment {
	h.t.Helper()
	e, err := m.Deploy(h.ctx, c, b)
	require.NoError(h.t, err)
	return e
}

func (h *house) promote(m *env.Manager, alias string, c gitmeta.Commit) {
	h.t.Helper()
	_, err := m.Promote(h.ctx, alias, c.Hash)
	require.NoError(h.t, err)
}

// edit points an alias somewhere by hand.
func (h *house) edit(alias, from, to string) {
	h.t.Helper()
	name := alias + "." + base
	require.NoError(h.t, h.cloud.Route53.Edit(h.zone,
		dnstest.Change(types.ChangeActionDelete, dnstest.Set(name, types.RRTypeCname, 60, from+"."+base)),
		dnstest.Change(types.ChangeActionCreate, dnstest.Set(name, types.RRTypeCname, 60, to+"."+base))))
}

// lose deletes a queue by hand.
func (h *house) lose(node string) {
	h.t.Helper()
	client := sqs.NewFromConfig(h.cloud.Process("a hand").Config())
	for _, q := range h.cloud.SQS.Queues() {
		if q.Tags[provision.TagNode] == node {
			_, err := client.DeleteQueue(h.ctx, &sqs.DeleteQueueInput{QueueUrl: &q.URL})
			require.NoError(h.t, err)
		}
	}
}

// waive sets policies aside that would only make the story longer.
func waive(policies ...string) env.Option {
	var waivers []guard.Waiver
	for _, p := range policies {
		waivers = append(waivers, guard.Waiver{Policy: p, Reason: "a test", By: "the test"})
	}
	return env.Waive(waivers...)
}
