package kinds_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

func TestTargetGroupValidate(t *testing.T) {
	t.Parallel()
	http := func(change func(*kinds.TargetGroup)) kinds.TargetGroup {
		g := kinds.TargetGroup{Port: 80, VPC: "vpc-1"}
		change(&g)
		return g
	}
	check := func(h kinds.HealthCheck) kinds.TargetGroup {
		return kinds.TargetGroup{Port: 80, VPC: "vpc-1", HealthCheck: h}
	}
	for _, tt := range []struct {
		name  string
		group kinds.TargetGroup
		want  []string
	}{
		{"the least", http(func(*kinds.TargetGroup) {}), nil},
		{"the least of a function", kinds.TargetGroup{TargetType: "lambda"}, nil},
		{"a balancer", kinds.TargetGroup{TargetType: "alb", Port: 80, VPC: "${{in.vpc}}", HealthCheck: kinds.HealthCheck{Path: "/up"}}, nil},
		{"everything", kinds.TargetGroup{TargetType: "ip", Protocol: "HTTPS", ProtocolVersion: "HTTP2", Port: 65535, VPC: "vpc-1",
			HealthCheck: kinds.HealthCheck{Protocol: "HTTPS", Path: "/up", Matcher: "200,204,301-399", Port: 1, Interval: 5 * time.Second,
				Timeout: 2 * time.Second, Healthy: 2, Unhealthy: 10},
			DeregistrationDelay: time.Hour, Stickiness: 7 * 24 * time.Hour, SlowStart: 15 * time.Minute}, nil},
		{"gRPC", kinds.TargetGroup{ProtocolVersion: "GRPC", Port: 80, VPC: "vpc-1", HealthCheck: kinds.HealthCheck{Matcher: "0-99"}}, nil},
		{"TCP checked by HTTP", kinds.TargetGroup{Protocol: "TCP", Port: 80, VPC: "vpc-1", HealthCheck: kinds.HealthCheck{Protocol: "HTTP", Path: "/up"}}, nil},
		{"nothing", kinds.TargetGroup{}, []string{"Port", "VPC"}},
		{"ports out of range", kinds.TargetGroup{Port: 65536, VPC: "vpc-1", HealthCheck: kinds.HealthCheck{Port: -1}}, []string{"Port", "HealthCheck.Port"}},
		{"a VPC that is none", kinds.TargetGroup{Port: 80, VPC: "subnet-1"}, []string{"VPC"}},
		{"unknown words", http(func(g *kinds.TargetGroup) { g.TargetType, g.Protocol = "pod", "http" }), []string{"TargetType", "Protocol"}},
		{"a function like a server", kinds.TargetGroup{TargetType: "lambda", Protocol: "TCP", Port: 80, VPC: "vpc-1",
			DeregistrationDelay: time.Minute, HealthCheck: kinds.HealthCheck{Healthy: 2}},
			[]string{"Protocol", "Port", "VPC", "DeregistrationDelay", "HealthCheck"}},
		{"a balancer spoken to by HTTP", kinds.TargetGroup{TargetType: "alb", Protocol: "HTTP", Port: 80, VPC: "vpc-1"}, []string{"Protocol"}},
		{"TCP like HTTP", kinds.TargetGroup{Protocol: "TCP", ProtocolVersion: "HTTP1", Port: 80, VPC: "vpc-1", Stickiness: time.Hour, SlowStart: time.Minute},
			[]string{"ProtocolVersion", "Stickiness", "SlowStart"}},
		{"an unknown version", http(func(g *kinds.TargetGroup) { g.ProtocolVersion = "HTTP3" }), []string{"ProtocolVersion"}},
		{"too long", http(func(g *kinds.TargetGroup) {
			g.DeregistrationDelay, g.Stickiness, g.SlowStart = time.Hour+time.Second, 8*24*time.Hour, 901*time.Second
		}), []string{"DeregistrationDelay", "Stickiness", "SlowStart"}},
		{"too short", http(func(g *kinds.TargetGroup) { g.SlowStart = 29 * time.Second }), []string{"SlowStart"}},
		{"HTTP checked by TCP", check(kinds.HealthCheck{Protocol: "TCP", Path: "/", Matcher: "200"}),
			[]string{"HealthCheck.Protocol", "HealthCheck.Path", "HealthCheck.Matcher"}},
		{"an unknown check", check(kinds.HealthCheck{Protocol: "UDP"}), []string{"HealthCheck.Protocol"}},
		{"paths that are none", check(kinds.HealthCheck{Path: "up"}), []string{"HealthCheck.Path"}},
		{"a long path", check(kinds.HealthCheck{Path: "/" + strings.Repeat("x", 1024)}), []string{"HealthCheck.Path"}},
		{"codes that are none", check(kinds.HealthCheck{Matcher: "2xx"}), []string{"HealthCheck.Matcher"}},
		{"gRPC's codes for HTTP", check(kinds.HealthCheck{Matcher: "0"}), []string{"HealthCheck.Matcher"}},
		{"a timeout like the interval", check(kinds.HealthCheck{Interval: 10 * time.Second, Timeout: 10 * time.Second}), []string{"HealthCheck.Timeout"}},
		{"out of range", check(kinds.HealthCheck{Interval: 4 * time.Second, Timeout: time.Second, Healthy: 1, Unhealthy: 11}),
			[]string{"HealthCheck.Interval", "HealthCheck.Timeout", "HealthCheck.Healthy", "HealthCheck.Unhealthy"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := tt.group.Validate()
			require.Equal(t, tt.want, fields(err), "%v", err)
		})
	}
}

func TestTargetGroupDefaults(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		group           kinds.TargetGroup
		protocol, check string
	}{
		{kinds.TargetGroup{}, "HTTP", "HTTP"},
		{kinds.TargetGroup{TargetType: "ip", Protocol: "HTTPS"}, "HTTPS", "HTTP"},
		{kinds.TargetGroup{Protocol: "TLS"}, "TLS", "TCP"},
		{kinds.TargetGroup{TargetType: "alb"}, "TCP", "HTTP"},
		{kinds.TargetGroup{TargetType: "lambda"}, "", ""},
		{kinds.TargetGroup{Protocol: "TCP", HealthCheck: kinds.HealthCheck{Protocol: "HTTPS"}}, "TCP", "HTTPS"},
	} {
		require.Equal(t, tt.protocol, tt.group.EffectiveProtocol(), "%+v", tt.group)
		require.Equal(t, tt.check, tt.group.HealthCheck.EffectiveProtocol(tt.group), "%+v", tt.group)
	}
}
