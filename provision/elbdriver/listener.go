package elbdriver

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// createListener makes a listener if the balancer is one of the same environment.
func (d *Driver) createListener(ctx context.Context, c provision.Call, spec kinds.Listener) (provision.State, error) {
	balancer := string(spec.LoadBalancer)
	tags, err := d.settledTags(ctx, balancer)
	if err != nil {
		return provision.State{}, fmt.Errorf("elbdriver: whose is load balancer %s? reading its tags: %w", balancer, err)
	}
	if !c.Owner.Matches(tags) {
		return provision.State{}, fmt.Errorf("elbdriver: a listener is made on balancers of its own environment only: %w",
			&provision.ForeignError{Kind: kinds.LoadBalancerKind, ID: balancer, Node: c.Node, Tags: tags})
	}
	return d.create(ctx, c, d.listenerMaker(c, spec))
}

// listenerMaker says how to make the listener that c asks for.
func (d *Driver) listenerMaker(c provision.Call, spec kinds.Listener) maker {
	in := listenerInput(c, spec)
	return maker{
		kind: kinds.ListenerKind,
		what: fmt.Sprintf("%s port %d of load balancer %s", in.Protocol, *in.Port, *in.LoadBalancerArn),
		look: func(ctx context.Context) (thing, error) {
			for l, err := range d.listeners(ctx, *in.LoadBalancerArn) {
				if err != nil {
					return thing{}, err
				}
				if aws.ToInt32(l.Port) == *in.Port {
					return listenerThing(l, in), nil
				}
			}
			return thing{}, &types.ListenerNotFoundException{Message: in.LoadBalancerArn}
		},
		make: func(ctx context.Context) (t thing, err error) {
			// What it refers to may be so new that not all of ELB has heard of it.
			err = d.retry(ctx, missing, func() error {
				out, err := d.api.CreateListener(ctx, in)
				if err == nil && len(out.Listeners) == 0 {
					err = errNothing
				}
				if err == nil {
					t = listenerThing(out.Listeners[0], in)
				}
				return err
			})
			return t, err
		},
	}
}

// listenerInput is the request that makes the listener: a pure function of the call.
func listenerInput(c provision.Call, spec kinds.Listener) *elbv2.CreateListenerInput {
	in := &elbv2.CreateListenerInput{
		LoadBalancerArn: aws.String(string(spec.LoadBalancer)),
		Protocol:        types.ProtocolEnum(spec.EffectiveProtocol()),
		Port:            aws.Int32(int32(spec.EffectivePort())),
		SslPolicy:       text(spec.EffectivePolicy()),
		DefaultActions:  []types.Action{actionOf(spec)},
		Tags:            tagList(c.Tags()),
	}
	if spec.Certificate != "" {
		in.Certificates = []types.Certificate{{CertificateArn: aws.String(string(spec.Certificate))}}
	}
	return in
}

func actionOf(spec kinds.Listener) types.Action {
	if !spec.RedirectToHTTPS {
		return types.Action{Type: types.ActionTypeEnumForward, TargetGroupArn: aws.String(string(spec.TargetGroup))}
	}
	return types.Action{Type: types.ActionTypeEnumRedirect, RedirectConfig: &types.RedirectActionConfig{
		StatusCode: types.RedirectActionStatusCodeEnumHttp301,
		Protocol:   aws.String("HTTPS"),
		Port:       aws.String("443"),
		Host:       aws.String("#{host}"), // this and what follows are the defaults
		Path:       aws.String("/#{path}"),
		Query:      aws.String("#{query}"),
	}}
}

// goesTo says in words what becomes of the traffic, so that two lists of actions can be compared whatever ELB has filled in.
func goesTo(actions []types.Action) string {
	var words []string
	for _, action := range actions {
		switch {
		case action.Type == types.ActionTypeEnumForward && aws.ToString(action.TargetGroupArn) != "":
			words = append(words, "forward to "+*action.TargetGroupArn)
		case action.Type == types.ActionTypeEnumForward && action.ForwardConfig != nil:
			for _, g := range action.ForwardConfig.TargetGroups {
				words = append(words, "forward to "+aws.ToString(g.TargetGroupArn))
			}
		case action.Type == types.ActionTypeEnumRedirect && action.RedirectConfig != nil:
			to := action.RedirectConfig
			words = append(words, fmt.Sprintf("redirect to %s://%s:%s%s?%s (%s)", aws.ToString(to.Protocol), orElse(to.Host, "#{host}"),
				orElse(to.Port, "#{port}"), orElse(to.Path, "/#{path}"), orElse(to.Query, "#{query}"), to.StatusCode))
		default:
			words = append(words, string(action.Type))
		}
	}
	return strings.Join(words, ", ")
}

func orElse(s *string, otherwise string) string {
	if s == nil || *s == "" {
		return otherwise
	}
	return *s
}

func listenerThing(l types.Listener, in *elbv2.CreateListenerInput) thing {
	t := describeListener(l)
	t.differs = differ(t.differs, "protocol", l.Protocol, in.Protocol)
	t.differs = differ(t.differs, "certificate", certificateOf(l.Certificates), certificateOf(in.Certificates))
	if in.SslPolicy != nil {
		t.differs = differIfGiven(t.differs, "security policy", l.SslPolicy, in.SslPolicy)
	}
	t.differs = differ(t.differs, "action", goesTo(l.DefaultActions), goesTo(in.DefaultActions))
	return t
}

func certificateOf(certificates []types.Certificate) string {
	if len(certificates) == 0 {
		return ""
	}
	return aws.ToString(certificates[0].CertificateArn)
}

// describeListener returns what is to be said of a listener, whatever it was meant to be.
func describeListener(l types.Listener) thing {
	arn := aws.ToString(l.ListenerArn)
	return thing{arn: arn, outputs: map[string]provision.Value{"ARN": provision.TextValue(arn)}}
}

// listeners lists the listeners of a balancer.
func (d *Driver) listeners(ctx context.Context, balancer string) iter.Seq2[types.Listener, error] {
	return func(yield func(types.Listener, error) bool) {
		pages := elbv2.NewDescribeListenersPaginator(d.api, &elbv2.DescribeListenersInput{LoadBalancerArn: aws.String(balancer)})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				yield(types.Listener{}, err)
				return
			}
			for _, l := range page.Listeners {
				if !yield(l, nil) {
					return
				}
			}
		}
	}
}

// listenerExists is nil if there is a listener of that ARN.
func (d *Driver) listenerExists(ctx context.Context, arn string) error {
	out, err := d.api.DescribeListeners(ctx, &elbv2.DescribeListenersInput{ListenerArns: []string{arn}})
	if err == nil && len(out.Listeners) == 0 {
		err = &types.ListenerNotFoundException{Message: aws.String(arn)}
	}
	return err
}

// deleteListener deletes a listener, and with it the rules that somebody may have added.
func (d *Driver) deleteListener(ctx context.Context, s provision.State) error {
	look := func() error { return d.listenerExists(ctx, s.ID) }
	gone, err := d.goneOrOurs(ctx, s, "listener", look)
	if gone || err != nil {
		return err
	}
	_, err = d.api.DeleteListener(ctx, &elbv2.DeleteListenerInput{ListenerArn: aws.String(s.ID)})
	switch {
	case inUse(err):
		return &provision.BusyError{Kind: s.Kind, ID: s.ID, Blocker: busyWith(err), Err: err}
	case err != nil && !missing(err):
		return fmt.Errorf("elbdriver: deleting listener %s: %w", s.ID, err)
	}
	return confirmGone(s, look())
}

// busyWith names what needs a listener, which ELB says in words only.
func busyWith(err error) string {
	var used *types.ResourceInUseException
	if errors.As(err, &used) {
		return "a network load balancer whose target it is: " + used.ErrorMessage()
	}
	return ""
}
