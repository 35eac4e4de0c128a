package elbdriver

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// Find lists the balancers, listeners and target groups that o owns: balancers page by page, each with its listeners, then
// the target groups.
func (d *Driver) Find(ctx context.Context, o provision.Owner) iter.Seq2[provision.State, error] {
	return func(yield func(provision.State, error) bool) {
		if o.Registry == "" {
			return // such an owner owns nothing, see Owner.Matches
		}
		if d.findBalancers(ctx, o, yield) {
			d.findGroups(ctx, o, yield)
		}
	}
}

// findBalancers reports whether the search goes on.
func (d *Driver) findBalancers(ctx context.Context, o provision.Owner, yield func(provision.State, error) bool) bool {
	prefix := o.NamePrefix(maxName)
	pages := elbv2.NewDescribeLoadBalancersPaginator(d.api, &elbv2.DescribeLoadBalancersInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			yield(provision.State{}, fmt.Errorf("elbdriver: listing load balancers: %w", err))
			return false
		}
		var found []thing
		for _, lb := range page.LoadBalancers {
			if strings.HasPrefix(aws.ToString(lb.LoadBalancerName), prefix) {
				found = append(found, describeBalancer(lb))
			}
		}
		for s, err := range d.owned(ctx, o, kinds.LoadBalancerKind, found) {
			if !yield(s, err) || err != nil || !d.findListeners(ctx, o, s.ID, yield) {
				return false
			}
		}
	}
	return true
}

// findListeners lists the listeners of a balancer of o's, and reports whether the search goes on. On other balancers o has
// none, because Create makes none there.
func (d *Driver) findListeners(ctx context.Context, o provision.Owner, balancer string, yield func(provision.State, error) bool) bool {
	var found []thing
	for l, err := range d.listeners(ctx, balancer) {
		if missing(err) {
			return true // the balancer has gone meanwhile, and its listeners with it
		}
		if err != nil {
			yield(provision.State{}, fmt.Errorf("elbdriver: listing the listeners of load balancer %s: %w", balancer, err))
			return false
		}
		found = append(found, describeListener(l))
	}
	for s, err := range d.owned(ctx, o, kinds.ListenerKind, found) {
		if !yield(s, err) || err != nil {
			return false
		}
	}
	return true
}

func (d *Driver) findGroups(ctx context.Context, o provision.Owner, yield func(provision.State, error) bool) {
	prefix := o.NamePrefix(maxName)
	pages := elbv2.NewDescribeTargetGroupsPaginator(d.api, &elbv2.DescribeTargetGroupsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			yield(provision.State{}, fmt.Errorf("elbdriver: listing target groups: %w", err))
			return
		}
		var found []thing
		for _, g := range page.TargetGroups {
			if strings.HasPrefix(aws.ToString(g.TargetGroupName), prefix) {
				found = append(found, describeGroup(g))
			}
		}
		for s, err := range d.owned(ctx, o, kinds.TargetGroupKind, found) {
			if !yield(s, err) || err != nil {
				return
			}
		}
	}
}

// owned lists what o owns of some things.
func (d *Driver) owned(ctx context.Context, o provision.Owner, k provision.Kind, things []thing) iter.Seq2[provision.State, error] {
	return func(yield func(provision.State, error) bool) {
		arns := make([]string, len(things))
		for i, t := range things {
			arns[i] = t.arn
		}
		tags, err := d.tagsOf(ctx, arns)
		if err != nil {
			yield(provision.State{}, err)
			return
		}
		for _, t := range things {
			if _, _, _, ours := provision.ParseTags(tags[t.arn]); !ours || !o.Matches(tags[t.arn]) {
				continue
			}
			if !yield(t.state(k, tags[t.arn]), nil) {
				return
			}
		}
	}
}
