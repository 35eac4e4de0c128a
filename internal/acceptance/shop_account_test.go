package acceptance_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/env"
	"github.com/peppercorn-go/peppercorn/provision"
)

// account looks at what there is of the reference stack, with clients that have nothing to do with the program.
type account struct {
	ec2     *ec2.Client
	scaling *autoscaling.Client
	elb     *elbv2.Client
	rds     *rds.Client
	sqs     *sqs.Client
}

func newAccount(cfg aws.Config) *account {
	return &account{ec2.NewFromConfig(cfg), autoscaling.NewFromConfig(cfg), elbv2.NewFromConfig(cfg), rds.NewFromConfig(cfg), sqs.NewFromConfig(cfg)}
}

// stands checks that an environment consists of what the stack says. The instances may call themselves by the name of another
// node than that of their group: see shopGaps.
func (a *account) stands(t *testing.T, e env.Environment, instance string) {
	t.Helper()
	var own []string
	for _, line := range a.of(t, e) {
		own = append(own, strings.TrimSuffix(line, " of "+e.ID))
	}
	require.Equal(t, []string{
		"balancer lb", "database db", "group inside", "group public", "instance " + instance, "instance " + instance, "listener http",
		"queue dead-letters", "queue jobs", "scaling group web", "target group servers, 2 healthy", "template template",
	}, own)
}

// inventory lists everything in the region that carries the tags of this library, by kind, node and environment.
func (a *account) inventory(t *testing.T) (lines []string) {
	t.Helper()
	ctx := t.Context()
	add := func(what string, tags map[string]string, also string) {
		owner, node, _, ok := provision.ParseTags(tags)
		require.True(t, ok, "a stranger's %s: %v", what, tags)
		lines = append(lines, fmt.Sprintf("%s %s%s of %s", what, node, also, owner.Env))
	}
	for _, i := range instances(t, a.ec2) {
		add("instance", tagMap(i.Tags), "")
	}
	for _, g := range groups(t, a.ec2) {
		add("group", tagMap(g.Tags), "")
	}
	templates, err := a.ec2.DescribeLaunchTemplates(ctx, &ec2.DescribeLaunchTemplatesInput{})
	require.NoError(t, err)
	for _, l := range templates.LaunchTemplates {
		add("template", tagMap(l.Tags), "")
	}
	fleets, err := a.scaling.DescribeAutoScalingGroups(ctx, &autoscaling.DescribeAutoScalingGroupsInput{})
	require.NoError(t, err)
	for _, g := range fleets.AutoScalingGroups {
		tags := map[string]string{}
		for _, tag := range g.Tags {
			tags[*tag.Key] = *tag.Value
		}
		add("scaling group", tags, "")
	}
	databases, err := a.rds.DescribeDBInstances(ctx, &rds.DescribeDBInstancesInput{})
	require.NoError(t, err)
	for _, d := range databases.DBInstances {
		tags := map[string]string{}
		for _, tag := range d.TagList {
			tags[*tag.Key] = *tag.Value
		}
		add("database", tags, "")
	}
	queues, err := a.sqs.ListQueues(ctx, &sqs.ListQueuesInput{})
	require.NoError(t, err)
	for _, url := range queues.QueueUrls {
		tags, err := a.sqs.ListQueueTags(ctx, &sqs.ListQueueTagsInput{QueueUrl: aws.String(url)})
		require.NoError(t, err)
		add("queue", tags.Tags, "")
	}
	a.balancing(t, add)
	slices.Sort(lines)
	return lines
}

// balancing lists balancers, their listeners and target groups.
func (a *account) balancing(t *testing.T, add func(what string, tags map[string]string, also string)) {
	t.Helper()
	ctx := t.Context()
	tags := func(arn *string) map[string]string {
		out, err := a.elb.DescribeTags(ctx, &elbv2.DescribeTagsInput{ResourceArns: []string{*arn}})
		require.NoError(t, err)
		all := map[string]string{}
		for _, tag := range out.TagDescriptions[0].Tags {
			all[*tag.Key] = *tag.Value
		}
		return all
	}
	balancers, err := a.elb.DescribeLoadBalancers(ctx, &elbv2.DescribeLoadBalancersInput{})
	require.NoError(t, err)
	for _, b := range balancers.LoadBalancers {
		add("balancer", tags(b.LoadBalancerArn), "")
		listeners, err := a.elb.DescribeListeners(ctx, &elbv2.DescribeListenersInput{LoadBalancerArn: b.LoadBalancerArn})
		require.NoError(t, err)
		for _, l := range listeners.Listeners {
			add("listener", tags(l.ListenerArn), "")
		}
	}
	groups, err := a.elb.DescribeTargetGroups(ctx, &elbv2.DescribeTargetGroupsInput{})
	require.NoError(t, err)
	for _, g := range groups.TargetGroups {
		health, err := a.elb.DescribeTargetHealth(ctx, &elbv2.DescribeTargetHealthInput{TargetGroupArn: g.TargetGroupArn})
		require.NoError(t, err)
		add("target group", tags(g.TargetGroupArn), fmt.Sprintf(", %d healthy", len(health.TargetHealthDescriptions)))
	}
}

// queue finds the queue of an environment by its tags.
func (a *account) queue(t *testing.T, e env.Environment) *string {
	t.Helper()
	queues, err := a.sqs.ListQueues(t.Context(), &sqs.ListQueuesInput{})
	require.NoError(t, err)
	for _, url := range queues.QueueUrls {
		tags, err := a.sqs.ListQueueTags(t.Context(), &sqs.ListQueueTagsInput{QueueUrl: aws.String(url)})
		require.NoError(t, err)
		if owner, node, _, _ := provision.ParseTags(tags.Tags); owner.Env == e.ID && node == "jobs" {
			return aws.String(url)
		}
	}
	require.Fail(t, "there is no queue", e.ID)
	return nil
}

// send leaves a message in the queue of an environment.
func (a *account) send(t *testing.T, e env.Environment) {
	t.Helper()
	_, err := a.sqs.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: a.queue(t, e), MessageBody: aws.String("an order")})
	require.NoError(t, err)
}

// purge throws away the messages of the queue of an environment.
func (a *account) purge(t *testing.T, e env.Environment) {
	t.Helper()
	_, err := a.sqs.PurgeQueue(t.Context(), &sqs.PurgeQueueInput{QueueUrl: a.queue(t, e)})
	require.NoError(t, err)
}
