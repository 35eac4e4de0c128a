package elbdriver

import (
	"cmp"
	"context"
	"errors"
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

// defaultIdleTimeout is AWS's. The driver says so in its request: what a request does not name is not compared.
const defaultIdleTimeout = time.Minute

// balancerMaker says how to make the balancer that c asks for.
func (d *Driver) balancerMaker(c provision.Call, spec kinds.LoadBalancer) maker {
	in := balancerInput(c, spec)
	attributes := balancerAttributes(spec)
	return maker{
		kind: kinds.LoadBalancerKind,
		what: *in.Name,
		look: func(ctx context.Context) (thing, error) {
			out, err := d.api.DescribeLoadBalancers(ctx, &elbv2.DescribeLoadBalancersInput{Names: []string{*in.Name}})
			if err != nil {
				return thing{}, err
			}
			if len(out.LoadBalancers) == 0 {
				return thing{}, &types.LoadBalancerNotFoundException{Message: in.Name}
			}
			return balancerThing(out.LoadBalancers[0], in), nil
		},
		make: func(ctx context.Context) (thing, error) {
			out, err := d.api.CreateLoadBalancer(ctx, in)
			if err == nil && len(out.LoadBalancers) == 0 {
				err = errNothing
			}
			if err != nil {
				return thing{}, err
			}
			return balancerThing(out.LoadBalancers[0], in), nil
		},
		attributes: attributes,
		get:        d.balancerAttributes,
		set: func(ctx context.Context, arn string) error {
			modify := &elbv2.ModifyLoadBalancerAttributesInput{LoadBalancerArn: aws.String(arn)}
			for _, a := range attributes {
				modify.Attributes = append(modify.Attributes, types.LoadBalancerAttribute{Key: aws.String(a.key), Value: aws.String(a.want)})
			}
			_, err := d.api.ModifyLoadBalancerAttributes(ctx, modify)
			return err
		},
	}
}

// balancerInput is the request that makes the balancer: a pure function of the call.
func balancerInput(c provision.Call, spec kinds.LoadBalancer) *elbv2.CreateLoadBalancerInput {
	in := &elbv2.CreateLoadBalancerInput{
		Name:           aws.String(c.Name(maxName, "")),
		Type:           types.LoadBalancerTypeEnumApplication,
		Scheme:         types.LoadBalancerSchemeEnumInternetFacing,
		IpAddressType:  types.IpAddressTypeIpv4,
		Subnets:        texts(spec.Subnets),
		SecurityGroups: texts(spec.SecurityGroups),
		Tags:           tagList(c.Tags()),
	}
	if spec.Network {
		in.Type = types.LoadBalancerTypeEnumNetwork
	}
	if spec.Internal {
		in.Scheme = types.LoadBalancerSchemeEnumInternal
	}
	if spec.DualStack {
		in.IpAddressType = types.IpAddressTypeDualstack
	}
	return in
}

// balancerAttributes are those that the driver answers for. Deletion protection is none of them: it is not ours to touch.
func balancerAttributes(spec kinds.LoadBalancer) []attribute {
	if spec.Network {
		return []attribute{{"load_balancing.cross_zone.enabled", strconv.FormatBool(spec.CrossZone), "false"}}
	}
	return []attribute{
		{"idle_timeout.timeout_seconds", seconds(cmp.Or(spec.IdleTimeout, defaultIdleTimeout)), "60"},
		{"routing.http.drop_invalid_header_fields.enabled", strconv.FormatBool(!spec.KeepInvalidHeaders), "false"},
	}
}

func balancerThing(lb types.LoadBalancer, in *elbv2.CreateLoadBalancerInput) thing {
	t := describeBalancer(lb)
	var subnets []string
	for _, zone := range lb.AvailabilityZones {
		subnets = append(subnets, aws.ToString(zone.SubnetId))
	}
	t.differs = differ(t.differs, "type", lb.Type, in.Type)
	t.differs = differ(t.differs, "scheme", lb.Scheme, in.Scheme)
	t.differs = differ(t.differs, "address type", lb.IpAddressType, in.IpAddressType)
	t.differs = differSet(t.differs, "subnets", subnets, in.Subnets)
	if len(in.SecurityGroups) > 0 { // otherwise ELB has filled in the VPC's default
		t.differs = differSet(t.differs, "security groups", lb.SecurityGroups, in.SecurityGroups)
	}
	return t
}

// describeBalancer returns what is to be said of a balancer, whatever it was meant to be.
func describeBalancer(lb types.LoadBalancer) thing {
	arn := aws.ToString(lb.LoadBalancerArn)
	_, fullName, _ := strings.Cut(arn, ":loadbalancer/")
	return thing{
		arn:  arn,
		name: aws.ToString(lb.LoadBalancerName),
		outputs: map[string]provision.Value{
			"ARN":      provision.TextValue(arn),
			"Name":     provision.TextValue(aws.ToString(lb.LoadBalancerName)),
			"FullName": provision.TextValue(fullName),
			"DNSName":  provision.TextValue(aws.ToString(lb.DNSName)),
			"ZoneID":   provision.TextValue(aws.ToString(lb.CanonicalHostedZoneId)),
		},
	}
}

func (d *Driver) balancer(ctx context.Context, arn string) (types.LoadBalancer, error) {
	out, err := d.api.DescribeLoadBalancers(ctx, &elbv2.DescribeLoadBalancersInput{LoadBalancerArns: []string{arn}})
	if err != nil {
		return types.LoadBalancer{}, err
	}
	if len(out.LoadBalancers) == 0 {
		return types.LoadBalancer{}, &types.LoadBalancerNotFoundException{Message: aws.String(arn)}
	}
	return out.LoadBalancers[0], nil
}

func (d *Driver) balancerAttributes(ctx context.Context, arn string) (map[string]string, error) {
	out, err := d.api.DescribeLoadBalancerAttributes(ctx, &elbv2.DescribeLoadBalancerAttributesInput{LoadBalancerArn: aws.String(arn)})
	if err != nil {
		return nil, err
	}
	return taglist.Map(out.Attributes, func(a types.LoadBalancerAttribute) (key, value *string) { return a.Key, a.Value }), nil
}

// isActive reports whether the balancer routes traffic. One that cannot scale any further does.
func (d *Driver) isActive(ctx context.Context, arn string) (bool, error) {
	lb, err := d.balancer(ctx, arn)
	if err != nil || lb.State == nil {
		return false, err
	}
	switch lb.State.Code {
	case types.LoadBalancerStateEnumActive, types.LoadBalancerStateEnumActiveImpaired:
		return true, nil
	case types.LoadBalancerStateEnumFailed:
		return false, &FailedError{ARN: arn, Reason: aws.ToString(lb.State.Reason)}
	}
	return false, nil
}

// deleteBalancer deletes a balancer, with all of its listeners. It answers ErrDeleting until ELB does not know the balancer
// any more.
func (d *Driver) deleteBalancer(ctx context.Context, s provision.State) error {
	gone, err := d.goneOrOurs(ctx, s, "load balancer", func() error {
		_, err := d.balancer(ctx, s.ID)
		return err
	})
	if gone || err != nil {
		return err
	}
	_, err = d.api.DeleteLoadBalancer(ctx, &elbv2.DeleteLoadBalancerInput{LoadBalancerArn: aws.String(s.ID)})
	var refused *types.OperationNotPermittedException
	switch {
	case errors.As(err, &refused):
		return d.explain(ctx, s, err)
	case inUse(err):
		return &provision.BusyError{Kind: s.Kind, ID: s.ID, Blocker: "a service that it is an endpoint or a target of", Err: err}
	case err != nil:
		return fmt.Errorf("elbdriver: deleting load balancer %s: %w", s.ID, err)
	}
	return fmt.Errorf("elbdriver: load balancer %s %w", s.ID, provision.ErrDeleting)
}

// explain says why a balancer must not be deleted, and what to do about it.
func (d *Driver) explain(ctx context.Context, s provision.State, refusal error) error {
	attributes, err := d.balancerAttributes(ctx, s.ID)
	if err != nil || attributes["deletion_protection.enabled"] != "true" {
		return fmt.Errorf("elbdriver: deleting load balancer %s: %w", s.ID, refusal)
	}
	return fmt.Errorf("elbdriver: load balancer %s of node %q has deletion protection, which somebody switched on and only "+
		"people may switch off (aws elbv2 modify-load-balancer-attributes --load-balancer-arn %s --attributes "+
		"Key=deletion_protection.enabled,Value=false): %w", s.ID, s.Node, s.ID, refusal)
}

func texts(list []provision.Text) []string {
	if len(list) == 0 {
		return nil
	}
	all := make([]string, len(list))
	for i, text := range list {
		all[i] = string(text)
	}
	return all
}

func seconds(d time.Duration) string { return strconv.FormatInt(int64(d/time.Second), 10) }
