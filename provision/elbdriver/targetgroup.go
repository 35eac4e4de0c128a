package elbdriver

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/peppercorn-go/peppercorn/internal/taglist"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// AWS's defaults of attributes, which the driver names in its request.
const (
	defaultDeregistration = 5 * time.Minute
	defaultStickiness     = 24 * time.Hour
)

// groupMaker says how to make the target group that c asks for.
func (d *Driver) groupMaker(c provision.Call, spec kinds.TargetGroup) maker {
	in := groupInput(c, spec)
	attributes := groupAttributes(spec)
	return maker{
		kind: kinds.TargetGroupKind,
		what: *in.Name,
		look: func(ctx context.Context) (thing, error) {
			out, err := d.api.DescribeTargetGroups(ctx, &elbv2.DescribeTargetGroupsInput{Names: []string{*in.Name}})
			if err != nil {
				return thing{}, err
			}
			if len(out.TargetGroups) == 0 {
				return thing{}, &types.TargetGroupNotFoundException{Message: in.Name}
			}
			return groupThing(out.TargetGroups[0], in), nil
		},
		make: func(ctx context.Context) (thing, error) {
			out, err := d.api.CreateTargetGroup(ctx, in)
			if err == nil && len(out.TargetGroups) == 0 {
				err = errNothing
			}
			if err != nil {
				return thing{}, err
			}
			return groupThing(out.TargetGroups[0], in), nil
		},
		attributes: attributes,
		get:        d.groupAttributes,
		set: func(ctx context.Context, arn string) error {
			modify := &elbv2.ModifyTargetGroupAttributesInput{TargetGroupArn: aws.String(arn)}
			for _, a := range attributes {
				modify.Attributes = append(modify.Attributes, types.TargetGroupAttribute{Key: aws.String(a.key), Value: aws.String(a.want)})
			}
			_, err := d.api.ModifyTargetGroupAttributes(ctx, modify)
			return err
		},
	}
}

// groupInput is the request that makes the group: a pure function of the call. What the spec leaves out of the health check
// is left to ELB, whose defaults depend on the protocol.
func groupInput(c provision.Call, spec kinds.TargetGroup) *elbv2.CreateTargetGroupInput {
	in := &elbv2.CreateTargetGroupInput{
		Name:       aws.String(c.Name(maxName, "")),
		TargetType: types.TargetTypeEnum(spec.EffectiveType()),
		Protocol:   types.ProtocolEnum(spec.EffectiveProtocol()),
		Port:       count(spec.Port),
		VpcId:      text(string(spec.VPC)),
		Tags:       tagList(c.Tags()),
	}
	if spec.IsHTTP() {
		in.ProtocolVersion = aws.String(cmp.Or(spec.ProtocolVersion, "HTTP1"))
	}
	check := spec.HealthCheck
	in.HealthCheckProtocol = types.ProtocolEnum(check.EffectiveProtocol(spec))
	in.HealthCheckPath = text(check.Path)
	in.HealthCheckIntervalSeconds = count(int(check.Interval / time.Second))
	in.HealthCheckTimeoutSeconds = count(int(check.Timeout / time.Second))
	in.HealthyThresholdCount = count(check.Healthy)
	in.UnhealthyThresholdCount = count(check.Unhealthy)
	if check.Port != 0 {
		in.HealthCheckPort = aws.String(strconv.Itoa(check.Port))
	}
	switch {
	case check.Matcher == "":
	case spec.ProtocolVersion == "GRPC":
		in.Matcher = &types.Matcher{GrpcCode: aws.String(check.Matcher)}
	default:
		in.Matcher = &types.Matcher{HttpCode: aws.String(check.Matcher)}
	}
	return in
}

// groupAttributes are those that the driver answers for; none of a function.
func groupAttributes(spec kinds.TargetGroup) []attribute {
	if spec.EffectiveType() == "lambda" {
		return nil
	}
	attributes := []attribute{
		{"deregistration_delay.timeout_seconds", seconds(cmp.Or(spec.DeregistrationDelay, defaultDeregistration)), "300"},
	}
	if !spec.IsHTTP() {
		return attributes
	}
	return append(attributes,
		attribute{"stickiness.enabled", strconv.FormatBool(spec.Stickiness != 0), "false"},
		attribute{"stickiness.type", "lb_cookie", "lb_cookie"},
		attribute{"stickiness.lb_cookie.duration_seconds", seconds(cmp.Or(spec.Stickiness, defaultStickiness)), "86400"},
		attribute{"slow_start.duration_seconds", seconds(spec.SlowStart), "0"},
	)
}

// groupThing compares what the request names; the rest is as ELB has filled it in.
func groupThing(g types.TargetGroup, in *elbv2.CreateTargetGroupInput) thing {
	t := describeGroup(g)
	t.differs = differ(t.differs, "target type", g.TargetType, in.TargetType)
	t.differs = differ(t.differs, "protocol", g.Protocol, in.Protocol)
	t.differs = differ(t.differs, "port", aws.ToInt32(g.Port), aws.ToInt32(in.Port))
	t.differs = differ(t.differs, "VPC", aws.ToString(g.VpcId), aws.ToString(in.VpcId))
	t.differs = differ(t.differs, "protocol version", aws.ToString(g.ProtocolVersion), aws.ToString(in.ProtocolVersion))
	if in.HealthCheckProtocol != "" {
		t.differs = differ(t.differs, "health check protocol", g.HealthCheckProtocol, in.HealthCheckProtocol)
	}
	t.differs = differIfGiven(t.differs, "health check path", g.HealthCheckPath, in.HealthCheckPath)
	t.differs = differIfGiven(t.differs, "health check port", g.HealthCheckPort, in.HealthCheckPort)
	t.differs = differIfGiven(t.differs, "health check interval", g.HealthCheckIntervalSeconds, in.HealthCheckIntervalSeconds)
	t.differs = differIfGiven(t.differs, "health check timeout", g.HealthCheckTimeoutSeconds, in.HealthCheckTimeoutSeconds)
	t.differs = differIfGiven(t.differs, "healthy threshold", g.HealthyThresholdCount, in.HealthyThresholdCount)
	t.differs = differIfGiven(t.differs, "unhealthy threshold", g.UnhealthyThresholdCount, in.UnhealthyThresholdCount)
	if in.Matcher != nil {
		got := cmp.Or(g.Matcher, &types.Matcher{})
		t.differs = differIfGiven(t.differs, "health check matcher", got.HttpCode, in.Matcher.HttpCode)
		t.differs = differIfGiven(t.differs, "health check matcher", got.GrpcCode, in.Matcher.GrpcCode)
	}
	return t
}

// differIfGiven is differ for a setting that the request may leave to ELB.
func differIfGiven[T comparable](differs []string, name string, got, want *T) []string {
	if want == nil {
		return differs
	}
	var value T
	if got != nil {
		value = *got
	}
	return differ(differs, name, value, *want)
}

// describeGroup returns what is to be said of a target group, whatever it was meant to be.
func describeGroup(g types.TargetGroup) thing {
	arn := aws.ToString(g.TargetGroupArn)
	fullName := arn[strings.LastIndex(arn, ":")+1:]
	return thing{
		arn:  arn,
		name: aws.ToString(g.TargetGroupName),
		outputs: map[string]provision.Value{
			"ARN":      provision.TextValue(arn),
			"Name":     provision.TextValue(aws.ToString(g.TargetGroupName)),
			"FullName": provision.TextValue(fullName),
		},
	}
}

func (d *Driver) group(ctx context.Context, arn string) (types.TargetGroup, error) {
	out, err := d.api.DescribeTargetGroups(ctx, &elbv2.DescribeTargetGroupsInput{TargetGroupArns: []string{arn}})
	if err != nil {
		return types.TargetGroup{}, err
	}
	if len(out.TargetGroups) == 0 {
		return types.TargetGroup{}, &types.TargetGroupNotFoundException{Message: aws.String(arn)}
	}
	return out.TargetGroups[0], nil
}

func (d *Driver) groupAttributes(ctx context.Context, arn string) (map[string]string, error) {
	out, err := d.api.DescribeTargetGroupAttributes(ctx, &elbv2.DescribeTargetGroupAttributesInput{TargetGroupArn: aws.String(arn)})
	if err != nil {
		return nil, err
	}
	return taglist.Map(out.Attributes, func(a types.TargetGroupAttribute) (key, value *string) { return a.Key, a.Value }), nil
}

// deleteGroup deletes a target group. It is busy as long as a listener forwards to it, and some time longer.
func (d *Driver) deleteGroup(ctx context.Context, s provision.State) error {
	look := func() error {
		_, err := d.group(ctx, s.ID)
		return err
	}
	gone, err := d.goneOrOurs(ctx, s, "target group", look)
	if gone || err != nil {
		return err
	}
	_, err = d.api.DeleteTargetGroup(ctx, &elbv2.DeleteTargetGroupInput{TargetGroupArn: aws.String(s.ID)})
	switch {
	case inUse(err):
		return &provision.BusyError{Kind: s.Kind, ID: s.ID, Blocker: d.groupBlocker(ctx, s), Err: err}
	case err != nil && !missing(err):
		return fmt.Errorf("elbdriver: deleting target group %s: %w", s.ID, err)
	}
	return confirmGone(s, look())
}

// confirmGone is what a deletion answers that ELB has accepted, given what it says of the thing now.
func confirmGone(s provision.State, err error) error {
	switch {
	case missing(err):
		return nil
	case err != nil:
		return fmt.Errorf("elbdriver: deleting %s %s: is it gone? %w", s.Kind, s.ID, err)
	}
	return fmt.Errorf("elbdriver: %s %s %w", s.Kind, s.ID, provision.ErrDeleting)
}

// groupBlocker finds out what ELB keeps to itself when it says ResourceInUse: which listener of which balancer. What is
// not ours is named as such. It returns "" if there is nothing to be seen, be it that it has just gone.
func (d *Driver) groupBlocker(ctx context.Context, s provision.State) string {
	g, err := d.group(ctx, s.ID)
	if err != nil || len(g.LoadBalancerArns) == 0 {
		return ""
	}
	balancer := g.LoadBalancerArns[0] // a group is of one balancer
	whose := ""
	if tags, err := d.describeTags(ctx, []string{balancer}); err == nil &&
		!(provision.Owner{Registry: s.Owner.Registry}).Matches(tags[balancer]) {
		whose = ", which is not ours and is left alone; let it forward to something else"
	}
	for l, err := range d.listeners(ctx, balancer) {
		if err != nil {
			break
		}
		if goesTo(l.DefaultActions) == "forward to "+s.ID {
			return fmt.Sprintf("listener %s (%s port %d) of load balancer %s%s",
				aws.ToString(l.ListenerArn), l.Protocol, aws.ToInt32(l.Port), balancer, whose)
		}
	}
	return fmt.Sprintf("load balancer %s%s", balancer, whose)
}

// text and count leave out what the spec leaves out.
func text(s string) *string {
	if s == "" {
		return nil
	}
	return aws.String(s)
}

func count(n int) *int32 {
	if n == 0 {
		return nil
	}
	return aws.Int32(int32(n))
}
