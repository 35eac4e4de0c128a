package elbtest

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

// listener is one listener.
type listener struct {
	thing
	balancer    *balancer
	port        int32
	protocol    types.ProtocolEnum
	certificate string
	policy      string
	actions     []types.Action
	group       *targetGroup // that the default action forwards to; nil if it does not
}

// maxListeners is the quota of a balancer.
const maxListeners = 50

// oldPolicy is what a listener gets whose request names no security policy.
const oldPolicy = "ELBSecurityPolicy-2016-08"

// policies are the security policies that there are (Elastic Load Balancing user guide, security policies).
var policies = []string{
	oldPolicy, "ELBSecurityPolicy-TLS-1-1-2017-01", "ELBSecurityPolicy-TLS-1-2-2017-01", "ELBSecurityPolicy-TLS-1-2-Ext-2018-06",
	"ELBSecurityPolicy-FS-2018-06", "ELBSecurityPolicy-FS-1-2-Res-2020-10",
	"ELBSecurityPolicy-TLS13-1-0-2021-06", "ELBSecurityPolicy-TLS13-1-1-2021-06", "ELBSecurityPolicy-TLS13-1-2-2021-06",
	"ELBSecurityPolicy-TLS13-1-2-Res-2021-06", "ELBSecurityPolicy-TLS13-1-2-Ext1-2021-06", "ELBSecurityPolicy-TLS13-1-2-Ext2-2021-06",
	"ELBSecurityPolicy-TLS13-1-3-2021-06", "ELBSecurityPolicy-TLS13-1-2-FIPS-2023-04", "ELBSecurityPolicy-TLS13-1-2-Res-FIPS-2023-04",
	"ELBSecurityPolicy-TLS13-1-3-FIPS-2023-04",
	"ELBSecurityPolicy-TLS13-1-2-PQ-2025-09", "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09", "ELBSecurityPolicy-TLS13-1-3-PQ-2025-09",
	"ELBSecurityPolicy-TLS13-1-2-FIPS-PQ-2025-09", "ELBSecurityPolicy-TLS13-1-2-Res-FIPS-PQ-2025-09", "ELBSecurityPolicy-TLS13-1-3-FIPS-PQ-2025-09",
}

// listener returns the listener of an ARN, if calls of a region find it.
func (e *ELB) listener(region, arn string) (*listener, error) {
	l := e.listeners[arn]
	if l == nil || !e.shown(l.thing, region) {
		return nil, listenerNotFound(arn)
	}
	return l, nil
}

// remove takes a listener away. Its target group is held for a while.
func (e *ELB) remove(l *listener, at time.Time) {
	delete(e.listeners, l.arn)
	if l.group != nil {
		l.group.heldBy, l.group.held = l.balancer.arn, at.Add(e.opts.Detach)
	}
}

func (e *ELB) createListener(region string, in *elbv2.CreateListenerInput) (*elbv2.CreateListenerOutput, error) {
	tags, err := merged(nil, in.Tags)
	if err != nil {
		return nil, err
	}
	b, err := e.balancer(region, aws.ToString(in.LoadBalancerArn))
	if err != nil {
		return nil, err
	}
	l := &listener{balancer: b, port: aws.ToInt32(in.Port), protocol: in.Protocol, actions: in.DefaultActions}
	if err := l.checkPort(); err != nil {
		return nil, err
	}
	if err := e.encrypt(l, in); err != nil {
		return nil, err
	}
	if err := e.direct(l); err != nil {
		return nil, err
	}
	count := 0
	for _, old := range e.listeners {
		if old.balancer != b {
			continue
		}
		if old.port == l.port {
			if !sameListener(old, l) || e.opts.CompareTags && !maps.Equal(old.tags, tags) {
				return nil, duplicateListener(b.arn)
			}
			return &elbv2.CreateListenerOutput{Listeners: []types.Listener{old.show()}}, nil
		}
		count++
	}
	if count >= maxListeners {
		return nil, &types.TooManyListenersException{Message: aws.String(fmt.Sprintf(
			"The maximum number of listeners has been reached on load balancer '%s'", b.arn))}
	}
	l.thing = e.newThing(region, fmt.Sprintf("listener/%s/%s", b.fullName(), e.id()), tags)
	e.listeners[l.arn] = l
	return &elbv2.CreateListenerOutput{Listeners: []types.Listener{l.show()}}, nil
}

func (l *listener) checkPort() error {
	allowed := []types.ProtocolEnum{types.ProtocolEnumHttp, types.ProtocolEnumHttps}
	if l.balancer.isNetwork() {
		allowed = []types.ProtocolEnum{types.ProtocolEnumTcp, types.ProtocolEnumTls, types.ProtocolEnumUdp, types.ProtocolEnumTcpUdp}
	}
	switch {
	case l.port == 0:
		return validation("A listener port must be specified")
	case l.port < 1 || l.port > 65535:
		return validation("Listener port '%d' must be between '1-65535' inclusive", l.port)
	case l.protocol == "":
		return validation("A listener protocol must be specified")
	case !slices.Contains(allowed, l.protocol):
		return validation("Listener protocol '%s' must be one of '%v'", l.protocol, allowed)
	}
	return nil
}

// encrypt checks certificate and security policy, and fills in the default of the latter.
func (e *ELB) encrypt(l *listener, in *elbv2.CreateListenerInput) error {
	if l.protocol != types.ProtocolEnumHttps && l.protocol != types.ProtocolEnumTls {
		if len(in.Certificates) > 0 || in.SslPolicy != nil {
			return validation("A certificate or a security policy cannot be specified for %s listeners", l.protocol)
		}
		return nil
	}
	if len(in.Certificates) != 1 {
		return validation("A certificate must be specified for %s listeners", l.protocol)
	}
	l.certificate = aws.ToString(in.Certificates[0].CertificateArn)
	known := strings.Contains(l.certificate, ":certificate/") || strings.Contains(l.certificate, ":server-certificate/")
	if e.opts.Certificate != nil {
		known = e.opts.Certificate(l.balancer.region, l.certificate)
	}
	if !known {
		return &types.CertificateNotFoundException{Message: aws.String(fmt.Sprintf("Certificate '%s' not found", l.certificate))}
	}
	l.policy = oldPolicy
	if in.SslPolicy != nil {
		l.policy = *in.SslPolicy
	}
	if !slices.Contains(policies, l.policy) {
		return &types.SSLPolicyNotFoundException{Message: aws.String(fmt.Sprintf("SSL policy '%s' not found", l.policy))}
	}
	return nil
}

// direct checks the default action.
func (e *ELB) direct(l *listener) error {
	if len(l.actions) != 1 {
		return validation("%d default actions were given; one is simulated", len(l.actions))
	}
	switch action := l.actions[0]; action.Type {
	case types.ActionTypeEnumForward:
		arn := aws.ToString(action.TargetGroupArn)
		if forward := action.ForwardConfig; arn == "" && forward != nil && len(forward.TargetGroups) == 1 {
			arn = aws.ToString(forward.TargetGroups[0].TargetGroupArn)
		}
		g, err := e.group(l.balancer.region, arn)
		if err != nil {
			return err
		}
		if of := e.balancerOf(g); of != "" && of != l.balancer.arn {
			return &types.TargetGroupAssociationLimitException{Message: aws.String(fmt.Sprintf(
				"The following target groups cannot be associated with more than one load balancer: %s", g.arn))}
		}
		if isHTTP(g.protocol) == l.balancer.isNetwork() && g.kind != types.TargetTypeEnumLambda {
			return &types.IncompatibleProtocolsException{Message: aws.String(fmt.Sprintf(
				"The target group protocol '%s' is not compatible with the listener protocol '%s'", g.protocol, l.protocol))}
		}
		if g.vpc != "" && g.vpc != l.balancer.vpc {
			return invalidConfiguration("The target group '%s' and the load balancer '%s' are in different VPCs", g.arn, l.balancer.arn)
		}
		l.group = g
	case types.ActionTypeEnumRedirect:
		if l.balancer.isNetwork() || action.RedirectConfig == nil {
			return &types.InvalidLoadBalancerActionException{Message: aws.String("A redirect needs an application load balancer and a configuration")}
		}
		to := action.RedirectConfig
		if aws.ToString(to.Protocol) == string(l.protocol) && (aws.ToString(to.Port) == fmt.Sprint(l.port) || to.Port == nil) &&
			to.Host == nil && to.Path == nil && to.Query == nil {
			return &types.InvalidLoadBalancerActionException{Message: aws.String("The redirect configuration is not valid because it creates a loop.")}
		}
	case types.ActionTypeEnumFixedResponse:
	default:
		return validation("The action type '%s' is not simulated", action.Type)
	}
	return nil
}

func sameListener(a, b *listener) bool {
	return a.protocol == b.protocol && a.certificate == b.certificate && a.policy == b.policy && a.group == b.group &&
		reflect.DeepEqual(a.actions, b.actions)
}

func (l *listener) show() types.Listener {
	shown := types.Listener{
		ListenerArn: aws.String(l.arn), LoadBalancerArn: aws.String(l.balancer.arn), Port: aws.Int32(l.port),
		Protocol: l.protocol, DefaultActions: l.actions,
	}
	if l.certificate != "" {
		shown.Certificates = []types.Certificate{{CertificateArn: aws.String(l.certificate)}}
		shown.SslPolicy = aws.String(l.policy)
	}
	return shown
}

func (e *ELB) describeListeners(region string, in *elbv2.DescribeListenersInput) (*elbv2.DescribeListenersOutput, error) {
	if (in.LoadBalancerArn == nil) == (len(in.ListenerArns) == 0) {
		return nil, validation("You must specify either listener ARNs or a load balancer ARN")
	}
	out := &elbv2.DescribeListenersOutput{}
	for _, arn := range in.ListenerArns {
		l, err := e.listener(region, arn)
		if err != nil {
			return nil, err
		}
		out.Listeners = append(out.Listeners, l.show())
	}
	if in.LoadBalancerArn == nil {
		return out, nil
	}
	b, err := e.balancer(region, *in.LoadBalancerArn)
	if err != nil {
		return nil, err
	}
	all := slices.Collect(maps.Values(e.listeners))
	all = slices.DeleteFunc(all, func(l *listener) bool { return l.balancer != b || !e.shown(l.thing, region) })
	page, next, err := paged(e, all, func(l *listener) int { return l.seq }, in.PageSize, in.Marker)
	if err != nil {
		return nil, err
	}
	for _, l := range page {
		out.Listeners = append(out.Listeners, l.show())
	}
	out.NextMarker = next
	return out, nil
}

func (e *ELB) deleteListener(region string, in *elbv2.DeleteListenerInput) (*elbv2.DeleteListenerOutput, error) {
	l, err := e.listener(region, aws.ToString(in.ListenerArn))
	if err != nil {
		return nil, err
	}
	for _, g := range e.groups {
		if t := g.target(l.balancer.arn); t != nil && t.port == l.port {
			return nil, inUse("Listener port '%d' is in use by registered target '%s' and cannot be removed.", l.port, l.balancer.arn)
		}
	}
	e.remove(l, time.Now())
	return &elbv2.DeleteListenerOutput{}, nil
}
