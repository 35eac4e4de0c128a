package kinds

import (
	"slices"
	"strings"

	"github.com/peppercorn-go/peppercorn/provision"
)

// ListenerKind is the kind of a [Listener].
const ListenerKind provision.Kind = "elbv2/listener"

// DefaultTLSPolicy is the [Listener.Policy] of those that do not name one: TLS 1.2 and 1.3 with forward secrecy and
// authenticated encryption, and post-quantum key exchange with clients that know it. It is what AWS recommends (Elastic
// Load Balancing user guide, security policies), though not what a call that names none is given, which allows TLS 1.0.
const DefaultTLSPolicy = "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"

// A Listener is a port of a load balancer and what becomes of its traffic. LoadBalancer and one of TargetGroup and
// RedirectToHTTPS are required. The usual pair of a web application is
//
//	kinds.AddListener(&b, "https", kinds.Listener{LoadBalancer: lb.ARN(), Certificate: "arn:aws:acm:...", TargetGroup: web.ARN()})
//	kinds.AddListener(&b, "http", kinds.Listener{LoadBalancer: lb.ARN(), RedirectToHTTPS: true})
type Listener struct {
	// LoadBalancer is the ARN of the balancer, which must be one of the same environment: a port on anybody else's balancer
	// would change what is not ours. Required; usually the ARN output of another node.
	LoadBalancer provision.Text
	// Protocol that clients speak: "HTTP" or "HTTPS" for an application balancer, "TCP", "TLS", "UDP" or "TCP_UDP" for a
	// network balancer. Default "HTTPS" if there is a Certificate, otherwise "HTTP".
	Protocol string
	// Port that clients connect to, 1 to 65,535. Each balancer has one listener on a port. Default 443 for HTTPS and TLS, 80
	// for HTTP; otherwise required.
	Port int
	// Certificate is the ARN of the certificate, in ACM or IAM. HTTPS and TLS only, and required there.
	Certificate provision.Text
	// Policy names the security policy: which versions and ciphers of TLS are allowed. HTTPS and TLS only. Default
	// [DefaultTLSPolicy].
	Policy string
	// TargetGroup is the ARN of the target group that all traffic is forwarded to. It and RedirectToHTTPS exclude each other.
	TargetGroup provision.Text
	// RedirectToHTTPS answers every request with a permanent redirect (301) to the same host, path and query on the HTTPS
	// port 443. HTTP only.
	RedirectToHTTPS bool
}

// EffectiveProtocol returns Protocol with its default filled in.
func (l Listener) EffectiveProtocol() string {
	switch {
	case l.Protocol != "":
		return l.Protocol
	case l.Certificate != "":
		return "HTTPS"
	}
	return "HTTP"
}

// EffectivePort returns Port with its default filled in; 0 if there is none.
func (l Listener) EffectivePort() int {
	if l.Port != 0 {
		return l.Port
	}
	switch l.EffectiveProtocol() {
	case "HTTPS", "TLS":
		return 443
	case "HTTP":
		return 80
	}
	return 0
}

// IsEncrypted reports whether clients speak HTTPS or TLS.
func (l Listener) IsEncrypted() bool {
	protocol := l.EffectiveProtocol()
	return protocol == "HTTPS" || protocol == "TLS"
}

// EffectivePolicy returns Policy with its default filled in; "" for a protocol without encryption.
func (l Listener) EffectivePolicy() string {
	if l.Policy == "" && l.IsEncrypted() {
		return DefaultTLSPolicy
	}
	return l.Policy
}

// Kind returns [ListenerKind].
func (Listener) Kind() provision.Kind { return ListenerKind }

// Outputs of a listener.
func (Listener) Outputs() []provision.Output {
	return []provision.Output{
		{Name: "ARN", Type: provision.TextType, Early: true, Doc: "the listener's ARN"},
	}
}

// Validate checks ARNs as far as they are known, and which fields go together. It returns every problem, joined.
func (l Listener) Validate() error {
	var p problems
	protocol := l.EffectiveProtocol()
	p.required("LoadBalancer", l.LoadBalancer)
	balancer := p.arn("LoadBalancer", l.LoadBalancer, "elasticloadbalancing", "loadbalancer/", "a load balancer")
	p.oneOf("Protocol", l.Protocol, append(slices.Clone(httpProtocols), networkProtocols...))
	isHTTP := slices.Contains(httpProtocols, protocol)
	if strings.HasPrefix(balancer, "loadbalancer/app/") && !isHTTP {
		p.addf("Protocol", "%s is not for an application load balancer", protocol)
	}
	if strings.HasPrefix(balancer, "loadbalancer/net/") && isHTTP {
		p.addf("Protocol", "%s is not for a network load balancer", protocol)
	}
	p.port("Port", l.Port)
	if l.EffectivePort() == 0 {
		p.addf("Port", "is missing; %s has no default", protocol)
	}
	l.checkEncryption(&p)
	switch {
	case l.TargetGroup == "" && !l.RedirectToHTTPS:
		p.addf("TargetGroup", "is missing; one of TargetGroup and RedirectToHTTPS is needed")
	case l.TargetGroup != "" && l.RedirectToHTTPS:
		p.addf("RedirectToHTTPS", "excludes TargetGroup")
	case l.RedirectToHTTPS && protocol != "HTTP":
		p.addf("RedirectToHTTPS", "is for HTTP, not for %s", protocol)
	}
	p.arn("TargetGroup", l.TargetGroup, "elasticloadbalancing", "targetgroup/", "a target group")
	return p.err()
}

func (l Listener) checkEncryption(p *problems) {
	if !l.IsEncrypted() {
		if l.Certificate != "" {
			p.addf("Certificate", "only HTTPS and TLS have one")
		}
		if l.Policy != "" {
			p.addf("Policy", "only HTTPS and TLS have one")
		}
		return
	}
	p.required("Certificate", l.Certificate)
	if text, ok := literal(l.Certificate); ok && text != "" &&
		!strings.Contains(text, ":certificate/") && !strings.Contains(text, ":server-certificate/") {
		p.addf("Certificate", "%q is not the ARN of a certificate in ACM or IAM", text)
	}
	if l.Policy != "" && !strings.HasPrefix(l.Policy, "ELBSecurityPolicy-") {
		p.addf("Policy", "%q is not the name of a security policy such as %s", l.Policy, DefaultTLSPolicy)
	}
}

// ListenerRef is the handle of a [Listener] in a blueprint.
type ListenerRef struct{ provision.Ref }

// AddListener adds a listener to a blueprint. A bad name or a duplicate is reported by the blueprint's Validate.
func AddListener(b *provision.Blueprint, name string, l Listener, optFns ...func(*provision.Node)) ListenerRef {
	return ListenerRef{b.Add(name, l, optFns...)}
}

// ARN is the listener's ARN. An ECS service that is to start when its target group is in use names it, or says After.
// Known at once.
func (r ListenerRef) ARN() provision.Text { return r.Output("ARN") }
