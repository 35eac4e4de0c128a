package elbdriver_test

import (
	"context"
	"encoding/xml"
	"errors"
	"hash/fnv"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/internal/drivertest"
	"github.com/peppercorn-go/peppercorn/internal/moto"
	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/elbdriver"
	"github.com/peppercorn-go/peppercorn/provision/elbdriver/elbtest"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
	"github.com/peppercorn-go/peppercorn/provision/provisiontest"
)

func TestDriverOnSimulatedELB(t *testing.T) {
	provisiontest.TestDriver(t, provisiontest.Harness{
		Name: "simulated ELB",
		New: func(t testing.TB) provisiontest.World {
			cloud := sim.New(func(o *sim.Options) { o.PageSize = 2 })
			service := elbtest.Register(cloud)
			w := worldOf(elbv2.NewFromConfig(cloud.Config(), patient), anyNetwork)
			w.LoseReply = drivertest.LoseReply(t, cloud, drivertest.Changes)
			w.Hide = drivertest.Hide(cloud, &types.LoadBalancerNotFoundException{}, "DescribeLoadBalancers", "DescribeTargetGroups", "DescribeListeners")
			w.Count = func(_ context.Context, k provision.Kind) int {
				switch k {
				case kinds.LoadBalancerKind:
					return len(service.Balancers())
				case kinds.TargetGroupKind:
					return len(service.TargetGroups())
				}
				return len(service.Listeners())
			}
			return w
		},
		Gaps: map[string]string{
			"deleting elbv2/load-balancer": "ELB shows nothing of a deletion under way: for some seconds the balancer is listed and answers as before",
		},
	})
}

func TestDriverOnMoto(t *testing.T) {
	server := moto.Start(t)
	net := networkOf(t, server.URL)
	provisiontest.TestDriver(t, provisiontest.Harness{
		Name:     "moto",
		RealTime: true,
		New: func(t testing.TB) provisiontest.World {
			cfg := server.Config()
			wire := drivertest.NewWire(t, &cfg, drivertest.Changes, drivertest.Only("CreateTargetGroup"))
			client := elbv2.NewFromConfig(cfg)
			w := worldOf(client, net, func(o *elbdriver.Options) { // nothing takes time on moto
				o.Poll, o.Settle, o.Appear = 10*time.Millisecond, 10*time.Millisecond, 50*time.Millisecond
			})
			w.LoseReply = wire.Lose
			w.Count = func(ctx context.Context, k provision.Kind) int { return counted(ctx, client, k) }
			return w
		},
		Gaps: map[string]string{
			"together elbv2/load-balancer":   "moto makes a second balancer of the same name",
			"together elbv2/listener":        "moto makes a second listener on the same port",
			"lost reply elbv2/load-balancer": "moto makes a second balancer of the same name when the SDK repeats the call",
			"lost reply elbv2/listener":      "moto makes a second listener on the same port when the SDK repeats the call",
		},
	})
}

// patient lets a client wait for a rate limit as long as a deployment would.
func patient(o *elbv2.Options) { o.RetryMaxAttempts = 12 }

// network is where balancers can be put.
type network struct {
	vpc     string
	subnets []provision.Text // in different zones
	// moto is true where every balancer has the ARN of an application balancer, so that the specs of listeners of network
	// balancers are refused before any call.
	moto bool
}

var anyNetwork = network{vpc: elbtest.AnyVPC, subnets: []provision.Text{"subnet-1a", "subnet-1b"}}

// networkOf asks moto for its default VPC. It does so without the SDK of EC2, which would have to be compiled for it.
func networkOf(t *testing.T, server string) network {
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server,
		strings.NewReader(url.Values{"Action": {"DescribeSubnets"}, "Version": {"2016-11-15"}}.Encode()))
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=testing/20200101/us-east-1/ec2/aws4_request, SignedHeaders=host, Signature=0")
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	var answer struct {
		Subnets []struct {
			ID  string `xml:"subnetId"`
			VPC string `xml:"vpcId"`
		} `xml:"subnetSet>item"`
	}
	require.NoError(t, xml.Unmarshal(body, &answer), "%s", body)
	require.GreaterOrEqual(t, len(answer.Subnets), 2, "%s", body)
	return network{answer.Subnets[0].VPC, []provision.Text{provision.Text(answer.Subnets[0].ID), provision.Text(answer.Subnets[1].ID)}, true}
}

// counted counts what there is, by the service's own lists; -1 if it cannot.
func counted(ctx context.Context, client *elbv2.Client, k provision.Kind) int {
	if k == kinds.TargetGroupKind {
		out, err := client.DescribeTargetGroups(ctx, &elbv2.DescribeTargetGroupsInput{})
		if err != nil {
			return -1
		}
		return len(out.TargetGroups)
	}
	out, err := client.DescribeLoadBalancers(ctx, &elbv2.DescribeLoadBalancersInput{})
	if err != nil {
		return -1
	}
	if k == kinds.LoadBalancerKind {
		return len(out.LoadBalancers)
	}
	n := 0
	for _, lb := range out.LoadBalancers {
		out, err := client.DescribeListeners(ctx, &elbv2.DescribeListenersInput{LoadBalancerArn: lb.LoadBalancerArn})
		if err != nil {
			return -1
		}
		n += len(out.Listeners)
	}
	return n
}

// spread gives the listeners of different nodes different ports, so that cases that make many nodes from one spec can do so
// on one balancer.
type spread struct{ *elbdriver.Driver }

func (d spread) Create(ctx context.Context, c provision.Call) (provision.State, error) {
	if l, ok := c.Spec.(kinds.Listener); ok && c.Node != "web" {
		h := fnv.New32a()
		_, _ = h.Write([]byte(c.Node))
		l.Port = 1024 + int(h.Sum32()%60000)
		c.Spec = l
	}
	return d.Driver.Create(ctx, c)
}

// worldOf is a world behind any client; who stands behind it adds LoseReply and Count.
func worldOf(client *elbv2.Client, net network, optFns ...func(*elbdriver.Options)) provisiontest.World {
	maker := &strangers{client: client, net: net}
	return provisiontest.World{
		Driver:   spread{elbdriver.New(client, optFns...)},
		Specs:    maker.samples,
		Stranger: maker.stranger,
	}
}

// strangers makes samples, and what is in the way of them.
type strangers struct {
	client *elbv2.Client
	net    network

	mu       sync.Mutex
	balancer string // the last that was made for a listener
}

const certificate = "arn:aws:iam::123456789012:server-certificate/shop"

func (m *strangers) samples(k provision.Kind) []provisiontest.Sample {
	switch k {
	case kinds.LoadBalancerKind:
		return []provisiontest.Sample{
			{Name: "minimal", Spec: kinds.LoadBalancer{Subnets: m.net.subnets}},
			{Name: "full", Spec: kinds.LoadBalancer{Subnets: m.net.subnets, Internal: true, SecurityGroups: []provision.Text{"sg-1", "sg-2"},
				DualStack: true, IdleTimeout: 2 * time.Minute, KeepInvalidHeaders: true}},
			{Name: "network", Spec: kinds.LoadBalancer{Network: true, Subnets: m.net.subnets[:1], CrossZone: true}},
		}
	case kinds.TargetGroupKind:
		vpc := provision.Text(m.net.vpc)
		return []provisiontest.Sample{
			{Name: "minimal", Spec: kinds.TargetGroup{Port: 80, VPC: vpc}},
			{Name: "full", Spec: kinds.TargetGroup{TargetType: "ip", Protocol: "HTTPS", ProtocolVersion: "HTTP2", Port: 8443, VPC: vpc,
				HealthCheck: kinds.HealthCheck{Protocol: "HTTPS", Path: "/healthz", Matcher: "200-299", Port: 8444, Interval: 10 * time.Second,
					Timeout: 5 * time.Second, Healthy: 2, Unhealthy: 3},
				DeregistrationDelay: 30 * time.Second, Stickiness: time.Hour, SlowStart: time.Minute}},
			{Name: "network", Spec: kinds.TargetGroup{Protocol: "TCP", Port: 5432, VPC: vpc}},
			{Name: "function", Spec: kinds.TargetGroup{TargetType: "lambda"}},
		}
	}
	samples := []provisiontest.Sample{
		{Name: "redirect", Prepare: func(ctx context.Context, t testing.TB, d provision.Driver, o provision.Owner) provision.Spec {
			return kinds.Listener{LoadBalancer: m.prepare(ctx, t, d, o, "lb", kinds.LoadBalancer{Subnets: m.net.subnets}), RedirectToHTTPS: true}
		}},
		{Name: "encrypted", Prepare: func(ctx context.Context, t testing.TB, d provision.Driver, o provision.Owner) provision.Spec {
			return kinds.Listener{
				LoadBalancer: m.prepare(ctx, t, d, o, "lb", kinds.LoadBalancer{Subnets: m.net.subnets}),
				TargetGroup:  m.prepare(ctx, t, d, o, "targets", kinds.TargetGroup{Port: 80, VPC: provision.Text(m.net.vpc)}),
				Certificate:  certificate,
			}
		}},
		{Name: "network", Prepare: func(ctx context.Context, t testing.TB, d provision.Driver, o provision.Owner) provision.Spec {
			return kinds.Listener{
				LoadBalancer: m.prepare(ctx, t, d, o, "lb", kinds.LoadBalancer{Network: true, Subnets: m.net.subnets}),
				TargetGroup:  m.prepare(ctx, t, d, o, "targets", kinds.TargetGroup{Protocol: "TCP", Port: 5432, VPC: provision.Text(m.net.vpc)}),
				Protocol:     "TCP", Port: 5432,
			}
		}},
	}
	if m.net.moto {
		return samples[:2]
	}
	return samples
}

// prepare makes what a listener needs, and returns its ARN.
func (m *strangers) prepare(ctx context.Context, t testing.TB, d provision.Driver, o provision.Owner, node string, spec provision.Spec) provision.Text {
	s, err := d.Create(ctx, provision.Call{Owner: o, Node: node, Spec: spec})
	require.NoError(t, err)
	if node == "lb" {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.balancer = s.ID
	}
	return provision.Text(s.ID)
}

// stranger makes somebody else's thing with the settings of the first sample.
func (m *strangers) stranger(ctx context.Context, k provision.Kind, name string) (string, func() error, error) {
	var arn string
	team := []types.Tag{{Key: aws.String("team"), Value: aws.String("somebody else")}}
	switch k {
	case kinds.LoadBalancerKind:
		out, err := m.client.CreateLoadBalancer(ctx, &elbv2.CreateLoadBalancerInput{
			Name: &name, Subnets: []string{string(m.net.subnets[0]), string(m.net.subnets[1])}, Tags: team,
		})
		if err != nil {
			return "", nil, err
		}
		arn = *out.LoadBalancers[0].LoadBalancerArn
	case kinds.TargetGroupKind:
		out, err := m.client.CreateTargetGroup(ctx, &elbv2.CreateTargetGroupInput{
			Name: &name, Port: aws.Int32(80), Protocol: types.ProtocolEnumHttp, VpcId: &m.net.vpc, Tags: team,
		})
		if err != nil {
			return "", nil, err
		}
		arn = *out.TargetGroups[0].TargetGroupArn
	case kinds.ListenerKind:
		out, err := m.client.CreateListener(ctx, &elbv2.CreateListenerInput{
			LoadBalancerArn: &m.balancer, Port: aws.Int32(80), Protocol: types.ProtocolEnumHttp, Tags: team,
			DefaultActions: []types.Action{{Type: types.ActionTypeEnumRedirect, RedirectConfig: &types.RedirectActionConfig{
				StatusCode: types.RedirectActionStatusCodeEnumHttp301, Protocol: aws.String("HTTPS"), Port: aws.String("443"),
			}}},
		})
		if err != nil {
			return "", nil, err
		}
		arn = *out.Listeners[0].ListenerArn
	}
	see := func() ([]any, error) { return look(ctx, m.client, arn) }
	for start := time.Now(); time.Since(start) < 5*time.Second; time.Sleep(time.Second) {
		if _, err := see(); err == nil {
			break // ELB knows it
		}
	}
	unchanged, err := drivertest.Unchanged(see)
	return arn, unchanged, err
}

// look returns all that one can change about a thing, but for the state of a balancer, which changes by itself.
func look(ctx context.Context, client *elbv2.Client, arn string) ([]any, error) {
	tags, err := client.DescribeTags(ctx, &elbv2.DescribeTagsInput{ResourceArns: []string{arn}})
	switch {
	case err != nil:
		return nil, err
	case len(tags.TagDescriptions) != 1 || len(tags.TagDescriptions[0].Tags) == 0:
		return nil, errors.New("no tags yet")
	}
	switch {
	case strings.Contains(arn, ":loadbalancer/"):
		out, err := client.DescribeLoadBalancers(ctx, &elbv2.DescribeLoadBalancersInput{LoadBalancerArns: []string{arn}})
		if err != nil {
			return nil, err
		}
		out.LoadBalancers[0].State = nil
		attributes, err := client.DescribeLoadBalancerAttributes(ctx, &elbv2.DescribeLoadBalancerAttributesInput{LoadBalancerArn: &arn})
		if err != nil {
			return nil, err
		}
		return []any{tags.TagDescriptions, out.LoadBalancers, attributes.Attributes}, nil
	case strings.Contains(arn, ":targetgroup/"):
		out, err := client.DescribeTargetGroups(ctx, &elbv2.DescribeTargetGroupsInput{TargetGroupArns: []string{arn}})
		if err != nil {
			return nil, err
		}
		attributes, err := client.DescribeTargetGroupAttributes(ctx, &elbv2.DescribeTargetGroupAttributesInput{TargetGroupArn: &arn})
		if err != nil {
			return nil, err
		}
		return []any{tags.TagDescriptions, out.TargetGroups, attributes.Attributes}, nil
	}
	out, err := client.DescribeListeners(ctx, &elbv2.DescribeListenersInput{ListenerArns: []string{arn}})
	if err != nil {
		return nil, err
	}
	return []any{tags.TagDescriptions, out.Listeners}, nil
}
