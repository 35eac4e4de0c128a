package kinds_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

const (
	applicationARN = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/shop/50dc6c495c0c9188"
	networkARN     = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/net/shop/50dc6c495c0c9188"
	targetsARN     = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/web/50dc6c495c0c9188"
	certificateARN = "arn:aws:acm:us-east-1:123456789012:certificate/7c0a"
)

func TestListenerValidate(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		listener kinds.Listener
		want     []string
	}{
		{"a redirect", kinds.Listener{LoadBalancer: applicationARN, RedirectToHTTPS: true}, nil},
		{"HTTPS", kinds.Listener{LoadBalancer: applicationARN, Certificate: certificateARN, TargetGroup: targetsARN}, nil},
		{"everything", kinds.Listener{LoadBalancer: applicationARN, Protocol: "HTTPS", Port: 8443, TargetGroup: targetsARN,
			Certificate: "arn:aws:iam::123456789012:server-certificate/shop", Policy: "ELBSecurityPolicy-TLS13-1-3-2021-06"}, nil},
		{"references", kinds.Listener{LoadBalancer: "${{lb.ARN}}", Certificate: "${{in.certificate}}", TargetGroup: "${{web.ARN}}"}, nil},
		{"TCP", kinds.Listener{LoadBalancer: networkARN, Protocol: "TCP", Port: 5432, TargetGroup: targetsARN}, nil},
		{"TLS", kinds.Listener{LoadBalancer: networkARN, Protocol: "TLS", Certificate: certificateARN, TargetGroup: targetsARN}, nil},
		{"nothing", kinds.Listener{}, []string{"LoadBalancer", "TargetGroup"}},
		{"both of two that exclude each other", kinds.Listener{LoadBalancer: applicationARN, TargetGroup: targetsARN, RedirectToHTTPS: true},
			[]string{"RedirectToHTTPS"}},
		{"a redirect from HTTPS", kinds.Listener{LoadBalancer: applicationARN, Certificate: certificateARN, RedirectToHTTPS: true},
			[]string{"RedirectToHTTPS"}},
		{"no certificate", kinds.Listener{LoadBalancer: applicationARN, Protocol: "HTTPS", TargetGroup: targetsARN}, []string{"Certificate"}},
		{"a certificate for HTTP", kinds.Listener{LoadBalancer: applicationARN, Protocol: "HTTP", Certificate: certificateARN,
			Policy: kinds.DefaultTLSPolicy, TargetGroup: targetsARN}, []string{"Certificate", "Policy"}},
		{"a certificate that is none", kinds.Listener{LoadBalancer: applicationARN, Certificate: "shop.example.com", TargetGroup: targetsARN},
			[]string{"Certificate"}},
		{"a policy that is none", kinds.Listener{LoadBalancer: applicationARN, Certificate: certificateARN, Policy: "TLS-1.3", TargetGroup: targetsARN},
			[]string{"Policy"}},
		{"no port", kinds.Listener{LoadBalancer: networkARN, Protocol: "TCP", TargetGroup: targetsARN}, []string{"Port"}},
		{"a port too high", kinds.Listener{LoadBalancer: applicationARN, Port: 65536, TargetGroup: targetsARN}, []string{"Port"}},
		{"an unknown protocol", kinds.Listener{LoadBalancer: "${{lb.ARN}}", Protocol: "https", Port: 1, TargetGroup: targetsARN}, []string{"Protocol"}},
		{"TCP of an application balancer", kinds.Listener{LoadBalancer: applicationARN, Protocol: "TCP", Port: 1, TargetGroup: targetsARN}, []string{"Protocol"}},
		{"HTTP of a network balancer", kinds.Listener{LoadBalancer: networkARN, TargetGroup: targetsARN}, []string{"Protocol"}},
		{"ARNs of the wrong things", kinds.Listener{LoadBalancer: targetsARN, TargetGroup: applicationARN}, []string{"LoadBalancer", "TargetGroup"}},
		{"a name", kinds.Listener{LoadBalancer: "shop", TargetGroup: targetsARN}, []string{"LoadBalancer"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := tt.listener.Validate()
			require.Equal(t, tt.want, fields(err), "%v", err)
		})
	}
}

func TestListenerDefaults(t *testing.T) {
	t.Parallel()
	plain, encrypted := kinds.Listener{}, kinds.Listener{Certificate: certificateARN}
	require.Equal(t, "HTTP", plain.EffectiveProtocol())
	require.Equal(t, 80, plain.EffectivePort())
	require.Empty(t, plain.EffectivePolicy())
	require.Equal(t, "HTTPS", encrypted.EffectiveProtocol())
	require.Equal(t, 443, encrypted.EffectivePort())
	require.Equal(t, kinds.DefaultTLSPolicy, encrypted.EffectivePolicy())
	require.Equal(t, 8443, kinds.Listener{Certificate: certificateARN, Port: 8443}.EffectivePort())
}
