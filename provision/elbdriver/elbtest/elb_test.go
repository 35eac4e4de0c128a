package elbtest_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/provision/elbdriver/elbtest"
)

type world struct {
	*elbv2.Client
	cloud   *sim.Cloud
	service *elbtest.ELB
}

// in runs a test in a bubble of virtual time, without a limit to the rate.
func in(t *testing.T, test func(ctx context.Context, t *testing.T, w world), optFns ...func(*elbtest.Options)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cloud := sim.New()
		optFns = append([]func(*elbtest.Options){func(o *elbtest.Options) { o.Rate, o.WriteRate = 0, 0 }}, optFns...)
		service := elbtest.Register(cloud, optFns...)
		test(t.Context(), t, world{elbv2.NewFromConfig(cloud.Config()), cloud, service})
	})
}

// code is ELB's word for what was wrong; "" if nothing was.
func code(err error) string {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return ""
	}
	return api.ErrorCode()
}

func application(name string) *elbv2.CreateLoadBalancerInput {
	return &elbv2.CreateLoadBalancerInput{Name: &name, Subnets: []string{"subnet-1a", "subnet-1b"}}
}

func servers(name string) *elbv2.CreateTargetGroupInput {
	return &elbv2.CreateTargetGroupInput{Name: &name, Protocol: "HTTP", Port: aws.Int32(80), VpcId: aws.String(elbtest.AnyVPC)}
}

func forward(lb, group string, port int32) *elbv2.CreateListenerInput {
	return &elbv2.CreateListenerInput{LoadBalancerArn: &lb, Port: &port, Protocol: "HTTP", DefaultActions: []types.Action{
		{Type: types.ActionTypeEnumForward, TargetGroupArn: &group},
	}}
}

// stack makes a balancer, a target group and a listener.
func (w world) stack(ctx context.Context, t *testing.T) (lb, group, listener string) {
	t.Helper()
	b, err := w.CreateLoadBalancer(ctx, application("shop"))
	require.NoError(t, err)
	g, err := w.CreateTargetGroup(ctx, servers("servers"))
	require.NoError(t, err)
	time.Sleep(time.Second)
	lb, group = *b.LoadBalancers[0].LoadBalancerArn, *g.TargetGroups[0].TargetGroupArn
	l, err := w.CreateListener(ctx, forward(lb, group, 80))
	require.NoError(t, err)
	time.Sleep(time.Second)
	return lb, group, *l.Listeners[0].ListenerArn
}

// A create of what is there hands it out, whoever made it, and never changes it.
func TestCreatesShareSilently(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		lb, group, listener := w.stack(ctx, t)
		tags := []types.Tag{{Key: aws.String("team"), Value: aws.String("another")}}
		balancer := application("shop")
		balancer.Tags = tags
		b, err := w.CreateLoadBalancer(ctx, balancer)
		require.NoError(t, err)
		require.Equal(t, lb, *b.LoadBalancers[0].LoadBalancerArn)
		targets := servers("servers")
		targets.Tags = tags
		g, err := w.CreateTargetGroup(ctx, targets)
		require.NoError(t, err)
		require.Equal(t, group, *g.TargetGroups[0].TargetGroupArn)
		port := forward(lb, group, 80)
		port.Tags = tags
		l, err := w.CreateListener(ctx, port)
		require.NoError(t, err)
		require.Equal(t, listener, *l.Listeners[0].ListenerArn)
		require.Empty(t, w.service.Balancers()[0].Tags)

		balancer.Subnets[1] = "subnet-1c"
		_, err = w.CreateLoadBalancer(ctx, balancer)
		require.Equal(t, "DuplicateLoadBalancerName", code(err))
		require.ErrorContains(t, err, "A load balancer with the same name 'shop' exists, but with different settings")
		targets.HealthCheckPath = aws.String("/up")
		_, err = w.CreateTargetGroup(ctx, targets)
		require.Equal(t, "DuplicateTargetGroupName", code(err))
		port.DefaultActions[0] = types.Action{Type: types.ActionTypeEnumFixedResponse}
		_, err = w.CreateListener(ctx, port)
		require.Equal(t, "DuplicateListener", code(err))
		require.Len(t, w.service.Balancers(), 1)
	})
}

func TestTagsMayCountAsSettings(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		w.stack(ctx, t)
		balancer := application("shop")
		_, err := w.CreateLoadBalancer(ctx, balancer)
		require.NoError(t, err)
		balancer.Tags = []types.Tag{{Key: aws.String("team"), Value: aws.String("another")}}
		_, err = w.CreateLoadBalancer(ctx, balancer)
		require.Equal(t, "DuplicateLoadBalancerName", code(err))
	}, func(o *elbtest.Options) { o.CompareTags = true })
}

func TestBalancersAreRefused(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*elbv2.CreateLoadBalancerInput)
		code   string
	}{
		"a long name":       {func(in *elbv2.CreateLoadBalancerInput) { in.Name = aws.String(strings.Repeat("x", 33)) }, "ValidationError"},
		"an underscore":     {func(in *elbv2.CreateLoadBalancerInput) { in.Name = aws.String("a_b") }, "ValidationError"},
		"a dash at the end": {func(in *elbv2.CreateLoadBalancerInput) { in.Name = aws.String("a-") }, "ValidationError"},
		"internal":          {func(in *elbv2.CreateLoadBalancerInput) { in.Name = aws.String("internal-a") }, "ValidationError"},
		"one subnet":        {func(in *elbv2.CreateLoadBalancerInput) { in.Subnets = in.Subnets[:1] }, "ValidationError"},
		"two in a zone":     {func(in *elbv2.CreateLoadBalancerInput) { in.Subnets[1] = "subnet-2a" }, "InvalidConfigurationRequest"},
		"an unknown subnet": {func(in *elbv2.CreateLoadBalancerInput) { in.Subnets[1] = "net-1" }, "SubnetNotFound"},
		"an unknown group":  {func(in *elbv2.CreateLoadBalancerInput) { in.SecurityGroups = []string{"web"} }, "InvalidSecurityGroup"},
		"a tag with brackets": {func(in *elbv2.CreateLoadBalancerInput) {
			in.Tags = []types.Tag{{Key: aws.String("a"), Value: aws.String("feat(x)")}}
		}, "ValidationError"},
		"a reserved tag": {func(in *elbv2.CreateLoadBalancerInput) {
			in.Tags = []types.Tag{{Key: aws.String("AWS:a"), Value: aws.String("")}}
		}, "ValidationError"},
		"a tag twice": {func(in *elbv2.CreateLoadBalancerInput) {
			in.Tags = []types.Tag{{Key: aws.String("a")}, {Key: aws.String("a")}}
		}, "DuplicateTagKeys"},
		"51 tags": {func(in *elbv2.CreateLoadBalancerInput) {
			for i := range 51 {
				in.Tags = append(in.Tags, types.Tag{Key: aws.String(fmt.Sprint(i))})
			}
		}, "TooManyTags"},
		"no subnet of a network balancer": {func(in *elbv2.CreateLoadBalancerInput) { in.Type, in.Subnets = "network", nil }, "ValidationError"},
	} {
		t.Run(name, func(t *testing.T) {
			in(t, func(ctx context.Context, t *testing.T, w world) {
				input := application("shop")
				tt.change(input)
				_, err := w.CreateLoadBalancer(ctx, input)
				require.Equal(t, tt.code, code(err), "%v", err)
				require.Empty(t, w.service.Balancers())
			})
		})
	}
}

func TestTargetGroupsAreRefused(t *testing.T) {
	for name, change := range map[string]func(*elbv2.CreateTargetGroupInput){
		"no port":                      func(in *elbv2.CreateTargetGroupInput) { in.Port = nil },
		"no protocol":                  func(in *elbv2.CreateTargetGroupInput) { in.Protocol = "" },
		"no VPC":                       func(in *elbv2.CreateTargetGroupInput) { in.VpcId = nil },
		"an unknown VPC":               func(in *elbv2.CreateTargetGroupInput) { in.VpcId = aws.String("net") },
		"a long name":                  func(in *elbv2.CreateTargetGroupInput) { in.Name = aws.String(strings.Repeat("x", 33)) },
		"a function with a port":       func(in *elbv2.CreateTargetGroupInput) { in.TargetType = "lambda" },
		"a balancer spoken to by HTTP": func(in *elbv2.CreateTargetGroupInput) { in.TargetType = "alb" },
		"HTTP checked by TCP":          func(in *elbv2.CreateTargetGroupInput) { in.HealthCheckProtocol = "TCP" },
		"a long interval":              func(in *elbv2.CreateTargetGroupInput) { in.HealthCheckIntervalSeconds = aws.Int32(301) },
		"a timeout like the interval": func(in *elbv2.CreateTargetGroupInput) {
			in.HealthCheckIntervalSeconds, in.HealthCheckTimeoutSeconds = aws.Int32(10), aws.Int32(10)
		},
		"one good answer":        func(in *elbv2.CreateTargetGroupInput) { in.HealthyThresholdCount = aws.Int32(1) },
		"a code that is none":    func(in *elbv2.CreateTargetGroupInput) { in.Matcher = &types.Matcher{HttpCode: aws.String("ok")} },
		"a version of TCP":       func(in *elbv2.CreateTargetGroupInput) { in.Protocol, in.ProtocolVersion = "TCP", aws.String("HTTP1") },
		"a path to check by TCP": func(in *elbv2.CreateTargetGroupInput) { in.Protocol, in.HealthCheckPath = "TCP", aws.String("/") },
	} {
		t.Run(name, func(t *testing.T) {
			in(t, func(ctx context.Context, t *testing.T, w world) {
				input := servers("servers")
				change(input)
				_, err := w.CreateTargetGroup(ctx, input)
				require.Equal(t, "ValidationError", code(err), "%v", err)
				require.Empty(t, w.service.TargetGroups())
			})
		})
	}
}

func TestListenersAreRefused(t *testing.T) {
	const certificate = "arn:aws:acm:us-east-1:123456789012:certificate/1"
	encrypted := func(in *elbv2.CreateListenerInput) {
		in.Protocol, in.Certificates = "HTTPS", []types.Certificate{{CertificateArn: aws.String(certificate)}}
	}
	for name, tt := range map[string]struct {
		change func(*elbv2.CreateListenerInput)
		code   string
	}{
		"no port":                {func(in *elbv2.CreateListenerInput) { in.Port = nil }, "ValidationError"},
		"TCP":                    {func(in *elbv2.CreateListenerInput) { in.Protocol = "TCP" }, "ValidationError"},
		"no certificate":         {func(in *elbv2.CreateListenerInput) { in.Protocol = "HTTPS" }, "ValidationError"},
		"a certificate for HTTP": {func(in *elbv2.CreateListenerInput) { encrypted(in); in.Protocol = "HTTP" }, "ValidationError"},
		"an unknown certificate": {func(in *elbv2.CreateListenerInput) {
			encrypted(in)
			in.Certificates[0].CertificateArn = aws.String("x")
		}, "CertificateNotFound"},
		"an unknown policy":       {func(in *elbv2.CreateListenerInput) { encrypted(in); in.SslPolicy = aws.String("TLS9") }, "SSLPolicyNotFound"},
		"an unknown balancer":     {func(in *elbv2.CreateListenerInput) { *in.LoadBalancerArn += "x" }, "LoadBalancerNotFound"},
		"an unknown target group": {func(in *elbv2.CreateListenerInput) { *in.DefaultActions[0].TargetGroupArn += "x" }, "TargetGroupNotFound"},
		"a loop": {func(in *elbv2.CreateListenerInput) {
			in.DefaultActions = []types.Action{{Type: "redirect", RedirectConfig: &types.RedirectActionConfig{StatusCode: "HTTP_301", Protocol: aws.String("HTTP"), Port: aws.String("81")}}}
		}, "InvalidLoadBalancerAction"},
	} {
		t.Run(name, func(t *testing.T) {
			in(t, func(ctx context.Context, t *testing.T, w world) {
				lb, group, _ := w.stack(ctx, t)
				input := forward(lb, group, 81)
				tt.change(input)
				_, err := w.CreateListener(ctx, input)
				require.Equal(t, tt.code, code(err), "%v", err)
				require.Len(t, w.service.Listeners(), 1)
			})
		})
	}
}

func TestATargetGroupIsOfOneBalancer(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		_, group, _ := w.stack(ctx, t)
		other, err := w.service.AddBalancer(*application("other"))
		require.NoError(t, err)
		_, err = w.CreateListener(ctx, forward(other, group, 80))
		require.Equal(t, "TargetGroupAssociationLimit", code(err))
		tcp, err := w.service.AddTargetGroup(elbv2.CreateTargetGroupInput{Name: aws.String("tcp"), Protocol: "TCP", Port: aws.Int32(80), VpcId: aws.String(elbtest.AnyVPC)})
		require.NoError(t, err)
		_, err = w.CreateListener(ctx, forward(other, tcp, 80))
		require.Equal(t, "IncompatibleProtocols", code(err))
	})
}

func TestNewThingsAreUnknownForAWhile(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		input := application("shop")
		input.Tags = []types.Tag{{Key: aws.String("a"), Value: aws.String("b")}}
		out, err := w.CreateLoadBalancer(ctx, input)
		require.NoError(t, err)
		arn := *out.LoadBalancers[0].LoadBalancerArn
		_, err = w.DescribeLoadBalancers(ctx, &elbv2.DescribeLoadBalancersInput{LoadBalancerArns: []string{arn}})
		require.Equal(t, "LoadBalancerNotFound", code(err))
		_, err = w.DescribeLoadBalancers(ctx, &elbv2.DescribeLoadBalancersInput{Names: []string{"shop"}})
		require.Equal(t, "LoadBalancerNotFound", code(err))
		_, err = w.DescribeTags(ctx, &elbv2.DescribeTagsInput{ResourceArns: []string{arn}})
		require.Equal(t, "LoadBalancerNotFound", code(err))
		tags := func() []types.Tag {
			out, err := w.DescribeTags(ctx, &elbv2.DescribeTagsInput{ResourceArns: []string{arn}})
			require.NoError(t, err)
			return out.TagDescriptions[0].Tags
		}
		time.Sleep(time.Second)
		require.Empty(t, tags())
		time.Sleep(time.Second)
		require.Len(t, tags(), 1)
	})
}

// A balancer goes after a while, and its interfaces hold its groups for longer.
func TestTheEndOfABalancer(t *testing.T) {
	var told []elbtest.Interfaces
	in(t, func(ctx context.Context, t *testing.T, w world) {
		lb, group, _ := w.stack(ctx, t)
		require.Len(t, told, 1)
		require.Equal(t, []string{"sg-default"}, told[0].Groups)
		require.Regexp(t, `^ELB app/shop/[0-9a-f]{16}$`, told[0].Description)
		require.Zero(t, told[0].Until)

		_, err := w.DeleteLoadBalancer(ctx, &elbv2.DeleteLoadBalancerInput{LoadBalancerArn: &lb})
		require.NoError(t, err)
		require.True(t, w.service.Balancers()[0].Deleting)
		require.Len(t, told, 2)
		require.Equal(t, lb, told[1].Balancer)
		require.Equal(t, time.Now().Add(130*time.Second), told[1].Until)
		_, err = w.CreateLoadBalancer(ctx, application("shop"))
		require.Equal(t, "DuplicateLoadBalancerName", code(err), "the name is not free yet")
		time.Sleep(10 * time.Second)
		require.Empty(t, w.service.Balancers())
		require.Empty(t, w.service.Listeners(), "they went with it")
		_, err = w.DeleteLoadBalancer(ctx, &elbv2.DeleteLoadBalancerInput{LoadBalancerArn: &lb})
		require.NoError(t, err, "to delete what is gone is a success")

		_, err = w.DeleteTargetGroup(ctx, &elbv2.DeleteTargetGroupInput{TargetGroupArn: &group})
		require.Equal(t, "ResourceInUse", code(err), "for a while still")
		time.Sleep(15 * time.Second)
		_, err = w.DeleteTargetGroup(ctx, &elbv2.DeleteTargetGroupInput{TargetGroupArn: &group})
		require.NoError(t, err)
		require.Empty(t, w.service.TargetGroups())
	}, func(o *elbtest.Options) { o.Interfaces = func(n elbtest.Interfaces) { told = append(told, n) } })
}

func TestDeletionProtection(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		lb, _, _ := w.stack(ctx, t)
		set := func(value string) error {
			_, err := w.ModifyLoadBalancerAttributes(ctx, &elbv2.ModifyLoadBalancerAttributesInput{LoadBalancerArn: &lb,
				Attributes: []types.LoadBalancerAttribute{{Key: aws.String("deletion_protection.enabled"), Value: &value}}})
			return err
		}
		require.Equal(t, "ValidationError", code(set("yes")))
		require.NoError(t, set("true"))
		_, err := w.DeleteLoadBalancer(ctx, &elbv2.DeleteLoadBalancerInput{LoadBalancerArn: &lb})
		require.Equal(t, "OperationNotPermitted", code(err))
		require.NoError(t, set("false"))
		_, err = w.DeleteLoadBalancer(ctx, &elbv2.DeleteLoadBalancerInput{LoadBalancerArn: &lb})
		require.NoError(t, err)
	})
}

func TestAttributesAreChecked(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		lb, group, _ := w.stack(ctx, t)
		for key, values := range map[string][3]string{ // one that is right and two that are wrong
			"idle_timeout.timeout_seconds":      {"4000", "4001", "0"},
			"load_balancing.cross_zone.enabled": {"true", "false", "maybe"},
			"routing.http2.enabled":             {"false", "1", ""},
		} {
			for i, value := range values {
				_, err := w.ModifyLoadBalancerAttributes(ctx, &elbv2.ModifyLoadBalancerAttributesInput{LoadBalancerArn: &lb,
					Attributes: []types.LoadBalancerAttribute{{Key: &key, Value: &value}}})
				require.Equal(t, i > 0, err != nil, "%s=%s: %v", key, value, err)
			}
		}
		for key, values := range map[string][3]string{
			"deregistration_delay.timeout_seconds":  {"0", "3601", "x"},
			"slow_start.duration_seconds":           {"30", "29", "901"},
			"stickiness.lb_cookie.duration_seconds": {"604800", "0", "604801"},
			"stickiness.enabled":                    {"true", "on", ""},
		} {
			for i, value := range values {
				_, err := w.ModifyTargetGroupAttributes(ctx, &elbv2.ModifyTargetGroupAttributesInput{TargetGroupArn: &group,
					Attributes: []types.TargetGroupAttribute{{Key: &key, Value: &value}}})
				require.Equal(t, i > 0, err != nil, "%s=%s: %v", key, value, err)
			}
		}
		_, err := w.ModifyTargetGroupAttributes(ctx, &elbv2.ModifyTargetGroupAttributesInput{TargetGroupArn: &group,
			Attributes: []types.TargetGroupAttribute{{Key: aws.String("proxy_protocol_v2.enabled"), Value: aws.String("true")}}})
		require.Equal(t, "ValidationError", code(err), "an attribute of network balancers")
		out, err := w.DescribeTargetGroupAttributes(ctx, &elbv2.DescribeTargetGroupAttributesInput{TargetGroupArn: &group})
		require.NoError(t, err)
		require.Contains(t, out.Attributes, types.TargetGroupAttribute{Key: aws.String("slow_start.duration_seconds"), Value: aws.String("30")})
	})
}

func TestTargetsBecomeHealthyAndDrain(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		_, group, listener := w.stack(ctx, t)
		require.NoError(t, w.service.Register(group, "i-1", 0))
		require.Equal(t, "initial", w.service.Health(group, "i-1"))
		time.Sleep(2 * time.Minute)
		require.Equal(t, "healthy", w.service.Health(group, "i-1"))
		require.NoError(t, w.service.SetHealth(group, "i-1", "Health checks failed with these codes: [500]"))
		out, err := w.DescribeTargetHealth(ctx, &elbv2.DescribeTargetHealthInput{TargetGroupArn: &group})
		require.NoError(t, err)
		require.Equal(t, types.TargetHealthStateEnumUnhealthy, out.TargetHealthDescriptions[0].TargetHealth.State)
		require.Contains(t, *out.TargetHealthDescriptions[0].TargetHealth.Description, "[500]")

		_, err = w.DeregisterTargets(ctx, &elbv2.DeregisterTargetsInput{TargetGroupArn: &group, Targets: []types.TargetDescription{{Id: aws.String("i-1")}}})
		require.NoError(t, err)
		require.Equal(t, "draining", w.service.TargetGroups()[0].Targets["i-1"])
		time.Sleep(5 * time.Minute)
		require.Empty(t, w.service.Health(group, "i-1"))

		_, err = w.DeleteListener(ctx, &elbv2.DeleteListenerInput{ListenerArn: &listener})
		require.NoError(t, err)
		_, err = w.RegisterTargets(ctx, &elbv2.RegisterTargetsInput{TargetGroupArn: &group, Targets: []types.TargetDescription{{Id: aws.String("i-2")}}})
		require.NoError(t, err)
		require.Equal(t, "unused", w.service.Health(group, "i-2"), "nobody sends it traffic")
		require.Error(t, w.service.Deregister(group, "i-3"))
	})
}

func TestSpeedIsThatOfChecksAndDelays(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		_, group, _ := w.stack(ctx, t)
		require.NoError(t, w.service.Register(group, "i-1", 0))
		time.Sleep(1199 * time.Millisecond)
		require.Equal(t, "initial", w.service.Health(group, "i-1"))
		time.Sleep(time.Millisecond)
		require.Equal(t, "healthy", w.service.Health(group, "i-1"), "5 checks, one every 30 s")
		require.NoError(t, w.service.Deregister(group, "i-1"))
		time.Sleep(3 * time.Second)
		require.Empty(t, w.service.Health(group, "i-1"), "300 s")
	}, func(o *elbtest.Options) { o.Speed = 100 })
}

func TestPagesAndBatches(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		var arns []string
		for name := range strings.SplitSeq("a b c d e f g h i j k l m n o p q r s t u", " ") {
			arn, err := w.service.AddTargetGroup(*servers(name))
			require.NoError(t, err)
			arns = append(arns, arn)
		}
		var seen []string
		pages := elbv2.NewDescribeTargetGroupsPaginator(w, &elbv2.DescribeTargetGroupsInput{PageSize: aws.Int32(4)})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			require.NoError(t, err)
			require.LessOrEqual(t, len(page.TargetGroups), 4)
			for _, g := range page.TargetGroups {
				seen = append(seen, *g.TargetGroupArn)
			}
		}
		require.Equal(t, arns, seen)
		_, err := w.DescribeTags(ctx, &elbv2.DescribeTagsInput{ResourceArns: arns})
		require.Equal(t, "ValidationError", code(err), "21 are too many")
		_, err = w.DescribeTags(ctx, &elbv2.DescribeTagsInput{ResourceArns: arns[:20]})
		require.NoError(t, err)
		_, err = w.DescribeTags(ctx, &elbv2.DescribeTagsInput{ResourceArns: []string{arns[0], arns[1] + "x"}})
		require.Equal(t, "TargetGroupNotFound", code(err), "one that is unknown spoils the batch")
		_, err = w.DescribeListeners(ctx, &elbv2.DescribeListenersInput{})
		require.Equal(t, "ValidationError", code(err))
	})
}

func TestRates(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		hasty := elbv2.NewFromConfig(w.cloud.Config(), func(o *elbv2.Options) { o.RetryMaxAttempts = 1 })
		describe := func() error {
			_, err := hasty.DescribeLoadBalancers(ctx, &elbv2.DescribeLoadBalancersInput{})
			return err
		}
		for range 40 {
			require.NoError(t, describe())
		}
		require.Equal(t, "ThrottlingException", code(describe()))
		_, err := hasty.CreateLoadBalancer(ctx, application("shop"))
		require.NoError(t, err, "calls that change something have a bucket of their own")
		time.Sleep(100 * time.Millisecond)
		require.NoError(t, describe())
	}, func(o *elbtest.Options) { o.Rate, o.WriteRate = 10, 5 })
}
