package elbtest

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

// targetGroup is one target group.
type targetGroup struct {
	thing
	name       string
	kind       types.TargetTypeEnum
	protocol   types.ProtocolEnum
	version    string
	port       int32
	vpc        string
	check      healthCheck
	attributes map[string]string
	targets    []*target

	// The balancer that the group was of last, and until when it is held although no listener forwards to it any more.
	heldBy string
	held   time.Time
}

// healthCheck has all defaults filled in, so that two of them can be compared.
type healthCheck struct {
	enabled                               bool
	protocol                              types.ProtocolEnum
	path, port, codes                     string
	interval, timeout, healthy, unhealthy int32
}

func isHTTP(p types.ProtocolEnum) bool {
	return p == types.ProtocolEnumHttp || p == types.ProtocolEnumHttps
}

// group returns the target group of an ARN, if calls of a region find it.
func (e *ELB) group(region, arn string) (*targetGroup, error) {
	g := e.groups[arn]
	if g == nil || !e.shown(g.thing, region) {
		return nil, targetGroupNotFound()
	}
	return g, nil
}

// users are the listeners that forward to the group.
func (e *ELB) users(g *targetGroup) (users []*listener) {
	for _, l := range e.listeners {
		if l.group == g {
			users = append(users, l)
		}
	}
	return users
}

// balancerOf returns the ARN of the balancer that the group is of, "" if there is none.
func (e *ELB) balancerOf(g *targetGroup) string {
	if users := e.users(g); len(users) > 0 {
		return users[0].balancer.arn
	}
	if time.Now().Before(g.held) {
		return g.heldBy
	}
	return ""
}

func (e *ELB) createTargetGroup(region string, in *elbv2.CreateTargetGroupInput) (*elbv2.CreateTargetGroupOutput, error) {
	g, err := e.newGroup(region, in)
	if err != nil {
		return nil, err
	}
	return &elbv2.CreateTargetGroupOutput{TargetGroups: []types.TargetGroup{g.show(e)}}, nil
}

func (e *ELB) newGroup(region string, in *elbv2.CreateTargetGroupInput) (*targetGroup, error) {
	name := aws.ToString(in.Name)
	if err := checkName("Target group", name); err != nil {
		return nil, err
	}
	tags, err := merged(nil, in.Tags)
	if err != nil {
		return nil, err
	}
	g := &targetGroup{
		name: name, kind: cmp.Or(in.TargetType, types.TargetTypeEnumInstance), protocol: in.Protocol,
		port: aws.ToInt32(in.Port), vpc: aws.ToString(in.VpcId), version: aws.ToString(in.ProtocolVersion),
	}
	if err := e.checkGroup(region, g); err != nil {
		return nil, err
	}
	if g.check, err = checkHealth(g, in); err != nil {
		return nil, err
	}
	for _, old := range e.groups {
		if old.name == name && old.region == region {
			if !sameGroup(old, g) || e.opts.CompareTags && !maps.Equal(old.tags, tags) {
				return nil, duplicateTargetGroup(name)
			}
			return old, nil
		}
	}
	g.thing = e.newThing(region, fmt.Sprintf("targetgroup/%s/%s", name, e.id()), tags)
	g.attributes = defaultGroupAttributes(g)
	e.groups[g.arn] = g
	return g, nil
}

func (e *ELB) checkGroup(region string, g *targetGroup) error {
	if g.kind == types.TargetTypeEnumLambda {
		if g.protocol != "" || g.port != 0 || g.vpc != "" {
			return validation("Protocol, port and VPC ID cannot be specified for target groups with target type 'lambda'")
		}
		return nil
	}
	if !slices.Contains(g.kind.Values(), g.kind) {
		return validation("Value '%s' at 'targetType' failed to satisfy constraint", g.kind)
	}
	switch g.protocol {
	case types.ProtocolEnumHttp, types.ProtocolEnumHttps:
		g.version = cmp.Or(g.version, "HTTP1")
		if !slices.Contains([]string{"HTTP1", "HTTP2", "GRPC"}, g.version) {
			return validation("Protocol version '%s' must be one of 'GRPC, HTTP1, HTTP2'", g.version)
		}
	case types.ProtocolEnumTcp, types.ProtocolEnumTls, types.ProtocolEnumUdp, types.ProtocolEnumTcpUdp:
		if g.version != "" {
			return validation("A protocol version cannot be specified for the protocol '%s'", g.protocol)
		}
	case "":
		return validation("A protocol must be specified")
	default:
		return validation("Target group protocol '%s' is not simulated", g.protocol)
	}
	switch {
	case g.kind == types.TargetTypeEnumAlb && g.protocol != types.ProtocolEnumTcp:
		return validation("Target group protocol '%s' is not supported for target groups with target type 'alb'", g.protocol)
	case g.port == 0:
		return validation("A port must be specified")
	case g.port < 1 || g.port > 65535:
		return validation("Target group port '%d' must be between '1-65535' inclusive", g.port)
	case g.vpc == "":
		return validation("A VPC ID must be specified")
	case !e.opts.Network.VPC(region, g.vpc):
		return validation("The VPC ID '%s' is not found", g.vpc)
	}
	return nil
}

var (
	httpCodes = regexp.MustCompile(`^[2-5]\d\d([,-][2-5]\d\d)*$`)
	grpcCodes = regexp.MustCompile(`^\d\d?([,-]\d\d?)*$`)
)

// checkHealth fills in the defaults of a health check and checks it (API reference, CreateTargetGroup).
func checkHealth(g *targetGroup, in *elbv2.CreateTargetGroupInput) (healthCheck, error) {
	h := defaultCheck(g)
	given := func(value *int32, to *int32) {
		if value != nil {
			*to = *value
		}
	}
	given(in.HealthCheckIntervalSeconds, &h.interval)
	given(in.HealthCheckTimeoutSeconds, &h.timeout)
	given(in.HealthyThresholdCount, &h.healthy)
	given(in.UnhealthyThresholdCount, &h.unhealthy)
	h.protocol = cmp.Or(in.HealthCheckProtocol, h.protocol)
	h.port = cmp.Or(aws.ToString(in.HealthCheckPort), h.port)
	if in.HealthCheckEnabled != nil {
		h.enabled = *in.HealthCheckEnabled
	}
	if !isHTTP(h.protocol) && g.kind != types.TargetTypeEnumLambda {
		h.path, h.codes = "", ""
		if in.HealthCheckPath != nil || in.Matcher != nil {
			return h, validation("A health check path and matcher cannot be specified for the protocol '%s'", h.protocol)
		}
	}
	h.path = cmp.Or(aws.ToString(in.HealthCheckPath), h.path)
	if in.Matcher != nil {
		h.codes = cmp.Or(aws.ToString(in.Matcher.HttpCode), aws.ToString(in.Matcher.GrpcCode))
		if codes := aws.ToString(in.Matcher.GrpcCode); (g.version == "GRPC") != (codes != "") || codes != "" && !grpcCodes.MatchString(codes) {
			return h, validation("Health check matcher GRPC code '%s' is not valid", codes)
		}
		if codes := aws.ToString(in.Matcher.HttpCode); codes != "" && !httpCodes.MatchString(codes) {
			return h, validation("Health check matcher HTTP code '%s' must be within '200-499' inclusive", codes)
		}
	}
	switch {
	case isHTTP(g.protocol) && !isHTTP(h.protocol):
		return h, validation("Health check protocol '%s' is not supported for the protocol '%s'", h.protocol, g.protocol)
	case h.protocol != "" && !isHTTP(h.protocol) && h.protocol != types.ProtocolEnumTcp:
		return h, validation("Health check protocol '%s' is not supported", h.protocol)
	case !h.enabled && g.kind != types.TargetTypeEnumLambda:
		return h, validation("Health check enabled must be true for target groups with target type '%s'", g.kind)
	case h.interval < 5 || h.interval > 300:
		return h, validation("Health check interval '%d' must be between '5-300' inclusive", h.interval)
	case h.timeout < 2 || h.timeout > 120:
		return h, validation("Health check timeout '%d' must be between '2-120' inclusive", h.timeout)
	case h.timeout > h.interval || isHTTP(g.protocol) && h.timeout == h.interval:
		return h, validation("Health check timeout '%d' must be smaller than the interval '%d'", h.timeout, h.interval)
	case h.healthy < 2 || h.healthy > 10 || h.unhealthy < 2 || h.unhealthy > 10:
		return h, validation("Health check thresholds must be between '2-10' inclusive")
	}
	return h, nil
}

func defaultCheck(g *targetGroup) healthCheck {
	h := healthCheck{enabled: true, port: "traffic-port", interval: 30, timeout: 10, healthy: 5, unhealthy: 2}
	switch {
	case g.kind == types.TargetTypeEnumLambda:
		return healthCheck{path: "/", codes: "200", interval: 35, timeout: 30, healthy: 5, unhealthy: 2}
	case isHTTP(g.protocol):
		h.protocol, h.path, h.codes, h.timeout = types.ProtocolEnumHttp, "/", "200", 5
		if g.version == "GRPC" {
			h.path, h.codes = "/AWS.ALB/healthcheck", "12"
		}
	case g.kind == types.TargetTypeEnumAlb:
		h.protocol, h.path, h.codes, h.timeout = types.ProtocolEnumHttp, "/", "200-399", 6
	default:
		h.protocol, h.path, h.codes = types.ProtocolEnumTcp, "/", "200-399" // the last two if the check is by HTTP after all
	}
	return h
}

func sameGroup(a, b *targetGroup) bool {
	return a.kind == b.kind && a.protocol == b.protocol && a.version == b.version && a.port == b.port && a.vpc == b.vpc &&
		a.check == b.check
}

func (g *targetGroup) show(e *ELB) types.TargetGroup {
	shown := types.TargetGroup{
		TargetGroupArn: aws.String(g.arn), TargetGroupName: aws.String(g.name), TargetType: g.kind, Protocol: g.protocol,
		HealthCheckEnabled: aws.Bool(g.check.enabled), HealthCheckProtocol: g.check.protocol,
		HealthCheckIntervalSeconds: aws.Int32(g.check.interval), HealthCheckTimeoutSeconds: aws.Int32(g.check.timeout),
		HealthyThresholdCount: aws.Int32(g.check.healthy), UnhealthyThresholdCount: aws.Int32(g.check.unhealthy),
		IpAddressType: types.TargetGroupIpAddressTypeEnumIpv4,
	}
	for value, to := range map[string]**string{
		g.version: &shown.ProtocolVersion, g.vpc: &shown.VpcId, g.check.path: &shown.HealthCheckPath,
		g.check.port: &shown.HealthCheckPort,
	} {
		if value != "" {
			*to = aws.String(value)
		}
	}
	if g.port != 0 {
		shown.Port = aws.Int32(g.port)
	}
	switch {
	case g.check.codes == "":
	case g.version == "GRPC":
		shown.Matcher = &types.Matcher{GrpcCode: aws.String(g.check.codes)}
	default:
		shown.Matcher = &types.Matcher{HttpCode: aws.String(g.check.codes)}
	}
	if arn := e.balancerOf(g); arn != "" {
		shown.LoadBalancerArns = []string{arn}
	}
	return shown
}

func (e *ELB) describeTargetGroups(region string, in *elbv2.DescribeTargetGroupsInput) (*elbv2.DescribeTargetGroupsOutput, error) {
	ways := 0
	for _, given := range []bool{in.LoadBalancerArn != nil, len(in.TargetGroupArns) > 0, len(in.Names) > 0} {
		if given {
			ways++
		}
	}
	if ways > 1 {
		return nil, validation("Target group names, target group ARNs, and a load balancer ARN cannot be specified at the same time")
	}
	if in.LoadBalancerArn != nil {
		if _, err := e.balancer(region, *in.LoadBalancerArn); err != nil {
			return nil, err
		}
	}
	all := slices.Collect(maps.Values(e.groups))
	all = slices.DeleteFunc(all, func(g *targetGroup) bool {
		return !e.shown(g.thing, region) ||
			len(in.TargetGroupArns) > 0 && !slices.Contains(in.TargetGroupArns, g.arn) ||
			len(in.Names) > 0 && !slices.Contains(in.Names, g.name) ||
			in.LoadBalancerArn != nil && e.balancerOf(g) != *in.LoadBalancerArn
	})
	if n := len(in.TargetGroupArns) + len(in.Names); n > 0 && len(all) != n {
		return nil, targetGroupNotFound()
	}
	page, next, err := paged(e, all, func(g *targetGroup) int { return g.seq }, in.PageSize, in.Marker)
	if err != nil {
		return nil, err
	}
	out := &elbv2.DescribeTargetGroupsOutput{NextMarker: next}
	for _, g := range page {
		out.TargetGroups = append(out.TargetGroups, g.show(e))
	}
	return out, nil
}

func (e *ELB) deleteTargetGroup(region string, in *elbv2.DeleteTargetGroupInput) (*elbv2.DeleteTargetGroupOutput, error) {
	g := e.groups[aws.ToString(in.TargetGroupArn)]
	if g == nil || g.region != region {
		return &elbv2.DeleteTargetGroupOutput{}, nil
	}
	if e.balancerOf(g) != "" {
		return nil, inUse("Target group '%s' is currently in use by a listener or a rule", g.arn)
	}
	delete(e.groups, g.arn)
	return &elbv2.DeleteTargetGroupOutput{}, nil
}
