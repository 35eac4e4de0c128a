package elbtest

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/peppercorn-go/peppercorn/internal/taglist"
)

// Attributes that the simulation acts upon.
const (
	deletionProtection  = "deletion_protection.enabled"
	deregistrationDelay = "deregistration_delay.timeout_seconds"
	slowStart           = "slow_start.duration_seconds"
)

// defaultBalancerAttributes are those of a new balancer, which are also all that it may have (API reference,
// LoadBalancerAttribute).
func defaultBalancerAttributes(b *balancer) map[string]string {
	all := map[string]string{
		deletionProtection: "false", "access_logs.s3.enabled": "false", "access_logs.s3.bucket": "", "access_logs.s3.prefix": "",
		"ipv6.deny_all_igw_traffic":  strconv.FormatBool(b.scheme == types.LoadBalancerSchemeEnumInternal),
		"zonal_shift.config.enabled": "false",
	}
	if b.isNetwork() {
		maps.Copy(all, map[string]string{
			"load_balancing.cross_zone.enabled": "false", "dns_record.client_routing_policy": "any_availability_zone",
			"secondary_ips.auto_assigned.per_subnet": "0",
		})
		return all
	}
	maps.Copy(all, map[string]string{
		"load_balancing.cross_zone.enabled": "true", "idle_timeout.timeout_seconds": "60", "client_keep_alive.seconds": "3600",
		"connection_logs.s3.enabled": "false", "connection_logs.s3.bucket": "", "connection_logs.s3.prefix": "",
		"routing.http.desync_mitigation_mode": "defensive", "routing.http.drop_invalid_header_fields.enabled": "false",
		"routing.http.preserve_host_header.enabled": "false", "routing.http.x_amzn_tls_version_and_cipher_suite.enabled": "false",
		"routing.http.xff_client_port.enabled": "false", "routing.http.xff_header_processing.mode": "append",
		"routing.http2.enabled": "true", "waf.fail_open.enabled": "false",
	})
	return all
}

// defaultGroupAttributes are those of a new target group, which are also all that it may have (API reference,
// TargetGroupAttribute).
func defaultGroupAttributes(g *targetGroup) map[string]string {
	all := map[string]string{
		"stickiness.enabled":                "false",
		"load_balancing.cross_zone.enabled": "use_load_balancer_configuration",
	}
	switch {
	case g.kind == types.TargetTypeEnumLambda:
		all["lambda.multi_value_headers.enabled"] = "false"
		return all
	case isHTTP(g.protocol):
		maps.Copy(all, map[string]string{
			"stickiness.type": "lb_cookie", "stickiness.lb_cookie.duration_seconds": "86400",
			"stickiness.app_cookie.cookie_name": "", "stickiness.app_cookie.duration_seconds": "86400",
			slowStart: "0", "load_balancing.algorithm.type": "round_robin",
			"load_balancing.algorithm.anomaly_mitigation": "off",
		})
	default:
		maps.Copy(all, map[string]string{
			"stickiness.type": "source_ip", "deregistration_delay.connection_termination.enabled": "false",
			"preserve_client_ip.enabled": "true", "proxy_protocol_v2.enabled": "false",
		})
	}
	all[deregistrationDelay] = "300"
	return all
}

// ranges are the bounds of attributes that are numbers.
var ranges = map[string][2]int{
	"idle_timeout.timeout_seconds":           {1, 4000},
	"client_keep_alive.seconds":              {60, 604800},
	"secondary_ips.auto_assigned.per_subnet": {0, 7},
	deregistrationDelay:                      {0, 3600},
	"stickiness.lb_cookie.duration_seconds":  {1, 604800},
	"stickiness.app_cookie.duration_seconds": {1, 604800},
	slowStart:                                {30, 900}, // or 0, which is off
}

// changed returns attributes with some of them set to other values.
func changed(old, set map[string]string) (map[string]string, error) {
	all := maps.Clone(old)
	for _, key := range slices.Sorted(maps.Keys(set)) {
		value := set[key]
		if _, known := old[key]; !known {
			return nil, validation("Attribute key '%s' is not recognized", key)
		}
		if bounds, number := ranges[key]; number {
			n, err := strconv.Atoi(value)
			if off := key == slowStart && value == "0"; !off && (err != nil || n < bounds[0] || n > bounds[1]) {
				return nil, validation("'%s' value '%s' must be between '%d-%d' inclusive", key, value, bounds[0], bounds[1])
			}
		}
		if strings.HasSuffix(key, ".enabled") && old[key] != "use_load_balancer_configuration" && value != "true" && value != "false" {
			return nil, validation("'%s' must be one of [true, false], not '%s'", key, value)
		}
		all[key] = value
	}
	return all, nil
}

func (e *ELB) describeLoadBalancerAttributes(region string, in *elbv2.DescribeLoadBalancerAttributesInput) (
	*elbv2.DescribeLoadBalancerAttributesOutput, error,
) {
	b, err := e.balancer(region, aws.ToString(in.LoadBalancerArn))
	if err != nil {
		return nil, err
	}
	return &elbv2.DescribeLoadBalancerAttributesOutput{Attributes: showBalancerAttributes(b.attributes)}, nil
}

func (e *ELB) modifyLoadBalancerAttributes(region string, in *elbv2.ModifyLoadBalancerAttributesInput) (
	*elbv2.ModifyLoadBalancerAttributesOutput, error,
) {
	b, err := e.balancer(region, aws.ToString(in.LoadBalancerArn))
	if err != nil {
		return nil, err
	}
	set := taglist.Map(in.Attributes, func(a types.LoadBalancerAttribute) (key, value *string) { return a.Key, a.Value })
	if v, ok := set["load_balancing.cross_zone.enabled"]; ok && v != "true" && !b.isNetwork() {
		return nil, invalidConfiguration("Cross-zone load balancing cannot be switched off for an application load balancer")
	}
	if b.attributes, err = orOld(b.attributes, set); err != nil {
		return nil, err
	}
	return &elbv2.ModifyLoadBalancerAttributesOutput{Attributes: showBalancerAttributes(set)}, nil
}

// orOld is changed, but returns the old attributes with an error.
func orOld(old, set map[string]string) (map[string]string, error) {
	all, err := changed(old, set)
	if err != nil {
		return old, err
	}
	return all, nil
}

func showBalancerAttributes(attributes map[string]string) []types.LoadBalancerAttribute {
	return taglist.Of(attributes, func(key, value *string) types.LoadBalancerAttribute {
		return types.LoadBalancerAttribute{Key: key, Value: value}
	})
}

func (e *ELB) describeTargetGroupAttributes(region string, in *elbv2.DescribeTargetGroupAttributesInput) (
	*elbv2.DescribeTargetGroupAttributesOutput, error,
) {
	g, err := e.group(region, aws.ToString(in.TargetGroupArn))
	if err != nil {
		return nil, err
	}
	return &elbv2.DescribeTargetGroupAttributesOutput{Attributes: showGroupAttributes(g.attributes)}, nil
}

func (e *ELB) modifyTargetGroupAttributes(region string, in *elbv2.ModifyTargetGroupAttributesInput) (
	*elbv2.ModifyTargetGroupAttributesOutput, error,
) {
	g, err := e.group(region, aws.ToString(in.TargetGroupArn))
	if err != nil {
		return nil, err
	}
	set := taglist.Map(in.Attributes, func(a types.TargetGroupAttribute) (key, value *string) { return a.Key, a.Value })
	if g.attributes, err = orOld(g.attributes, set); err != nil {
		return nil, err
	}
	return &elbv2.ModifyTargetGroupAttributesOutput{Attributes: showGroupAttributes(set)}, nil
}

func showGroupAttributes(attributes map[string]string) []types.TargetGroupAttribute {
	return taglist.Of(attributes, func(key, value *string) types.TargetGroupAttribute {
		return types.TargetGroupAttribute{Key: key, Value: value}
	})
}
