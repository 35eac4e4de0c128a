package awstest_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/awsdrivers/awstest"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// What stands in a VPC holds its security group by its network interfaces, until it is gone or, if it is a function, for
// long after. Nobody has to know: the group is busy, says who needs it, and goes in the end.
func TestWhatStandsInAVPCHoldsItsSecurityGroup(t *testing.T) {
	in := func(group kinds.SecurityGroupRef) []provision.Text { return []provision.Text{group.ID()} }
	for _, c := range []struct {
		name    string
		add     func(cloud *awstest.Cloud, b *provision.Blueprint, group kinds.SecurityGroupRef)
		wants   string // what the group says who needs it
		count   int    // how many interfaces
		service string // whose they are
		after   time.Duration
	}{
		{"database", func(_ *awstest.Cloud, b *provision.Blueprint, group kinds.SecurityGroupRef) {
			kinds.AddDatabase(b, "it", kinds.Database{
				Engine: kinds.Postgres, Class: "db.t4g.micro", StorageGiB: 20, MultiAZ: true, SecurityGroups: in(group),
			})
		}, "(RDSNetworkInterface)", 2, "amazon-rds", 0},
		{"cache", func(_ *awstest.Cloud, b *provision.Blueprint, group kinds.SecurityGroupRef) {
			kinds.AddCache(b, "it", kinds.Cache{NodeType: "cache.t4g.micro", SubnetGroup: "default", SecurityGroups: in(group)})
		}, "(ElastiCache shop-it-", 1, "amazon-elasticache", 0},
		{"service", func(cloud *awstest.Cloud, b *provision.Blueprint, group kinds.SecurityGroupRef) {
			definition := kinds.AddTaskDefinition(b, "task", task)
			kinds.AddService(b, "it", kinds.Service{
				Cluster: cluster(cloud), TaskDefinition: definition.ARN(), Subnets: subnets(cloud), SecurityGroups: in(group),
			})
		}, "(arn:aws:ecs:us-east-1:123456789012:attachment/", 2, "amazon-ecs", 0},
		{"function", func(cloud *awstest.Cloud, b *provision.Blueprint, group kinds.SecurityGroupRef) {
			kinds.AddFunction(b, "it", kinds.Function{
				Role: roleNamed(cloud, "shop"), Subnets: subnets(cloud), SecurityGroups: in(group),
				Zip: code(cloud),
			})
		}, "(AWS Lambda VPC ENI-shop-it-", 2, "amazon-lambda", 15 * time.Minute},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(ctx context.Context, t *testing.T, cloud *awstest.Cloud) {
				var b provision.Blueprint
				c.add(cloud, &b, kinds.AddSecurityGroup(&b, "group", kinds.SecurityGroup{}))
				engine := engineOf(t, cloud, cloud.Config())
				_, err := engine.Apply(ctx, owner(), &b)
				require.NoError(t, err)
				interfaces := cloud.EC2.NetworkInterfaces()
				require.Len(t, interfaces, c.count)
				for _, i := range interfaces {
					require.Equal(t, c.service, *i.RequesterId)
					require.Equal(t, []types.GroupIdentifier{interfaces[0].Groups[0]}, i.Groups)
				}

				var j journal
				_, err = engine.Destroy(ctx, owner(), j.destroy)
				require.NoError(t, err)
				require.Empty(t, cloud.EC2.NetworkInterfaces())
				held := j.at(t, provision.Gone, "group").Sub(j.at(t, provision.Gone, "it"))
				require.InDelta(t, c.after.Seconds(), held.Seconds(), 30, "as exactly as both are looked at")
				require.Contains(t, lastBlocker(j, "group"), c.wants)
			})
		})
	}
}

// lastBlocker is what a node waited for in the end.
func lastBlocker(j journal, node string) (blocker string) {
	for _, s := range j {
		if s.Phase == provision.Blocked && s.Node == node {
			blocker = s.Waiting
		}
	}
	return blocker
}

// The tasks of a service are targets of the load balancer, and it is ready when the balancer finds all of them healthy.
func TestTasksAreTargets(t *testing.T) {
	inBubble(t, func(ctx context.Context, t *testing.T, cloud *awstest.Cloud) {
		engine := engineOf(t, cloud, cloud.Config())
		sick := time.AfterFunc(90*time.Second, func() {
			for id := range cloud.ELB.TargetGroups()[0].Targets {
				require.NoError(t, cloud.ELB.SetHealth(cloud.ELB.TargetGroups()[0].ARN, id, "Health checks failed"))
				arn := cloud.ELB.TargetGroups()[0].ARN
				time.AfterFunc(10*time.Minute, func() { require.NoError(t, cloud.ELB.SetHealth(arn, id, "")) })
				return
			}
		})
		defer sick.Stop()
		start := time.Now()
		_, err := engine.Apply(ctx, owner(), containerStack(cloud))
		require.NoError(t, err)
		require.Greater(t, time.Since(start), 11*time.Minute, "it waited for the sick one")
		targets := cloud.ELB.TargetGroups()[0].Targets
		require.Len(t, targets, 2)
		for address, state := range targets {
			require.True(t, strings.HasPrefix(address, "172.31."), address)
			require.Equal(t, "healthy", state)
		}
		_, err = engine.Destroy(ctx, owner())
		require.NoError(t, err)
		require.Empty(t, census(t, cloud))
	})
}

// ECS refuses a target group that no balancer uses, and so the service has to start after the listener.
func TestAServiceNeedsABalancerBehindItsTargets(t *testing.T) {
	inBubble(t, func(ctx context.Context, t *testing.T, cloud *awstest.Cloud) {
		b := containerStack(cloud)
		b.Nodes[len(b.Nodes)-1].After = nil
		for i := range b.Nodes {
			if b.Nodes[i].Name == "port80" {
				b.Nodes = append(b.Nodes[:i], b.Nodes[i+1:]...)
				break
			}
		}
		_, err := engineOf(t, cloud, cloud.Config()).Apply(ctx, owner(), b)
		require.ErrorContains(t, err, "does not have an associated load balancer")
	})
}
