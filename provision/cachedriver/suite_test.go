package cachedriver_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	"github.com/aws/aws-sdk-go-v2/service/elasticache/types"

	"github.com/peppercorn-go/peppercorn/internal/drivertest"
	"github.com/peppercorn-go/peppercorn/internal/moto"
	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/cachedriver"
	"github.com/peppercorn-go/peppercorn/provision/cachedriver/cachetest"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
	"github.com/peppercorn-go/peppercorn/provision/provisiontest"
)

func TestDriverOnSimulatedElastiCache(t *testing.T) {
	t.Parallel()
	provisiontest.TestDriver(t, provisiontest.Harness{
		Name: "simulated ElastiCache",
		New: func(t testing.TB) provisiontest.World {
			cloud := sim.New(func(o *sim.Options) { o.PageSize = 2 })
			service := cachetest.Register(cloud, hasty)
			service.AddSubnetGroup("private")
			service.AddParameterGroup("tuned")
			client := elasticache.NewFromConfig(cloud.Config())
			w := worldOf(client, client)
			w.LoseReply = drivertest.LoseReply(t, cloud, changes)
			w.Hide = drivertest.Hide(cloud, &types.ReplicationGroupNotFoundFault{}, "DescribeReplicationGroups")
			w.Count = func(context.Context, provision.Kind) int { return len(service.Groups()) }
			return w
		},
		Gaps: map[string]string{
			"tags": "ElastiCache lets nobody read the tags of a group that is still being made, and the description, which stands in for them, " +
				"has no room for the subject; TestEverySubjectReachesTheTags looks at it once the group is available",
		},
	})
}

// hasty is an ElastiCache with which the suite, which asks every second, does not ask a hundred thousand times.
func hasty(o *cachetest.Options) { o.Creation, o.Deletion = time.Minute, 40*time.Second }

func TestDriverOnMoto(t *testing.T) {
	t.Parallel()
	server := moto.Start(t)
	provisiontest.TestDriver(t, provisiontest.Harness{
		Name:     "moto",
		RealTime: true,
		New: func(t testing.TB) provisiontest.World {
			cfg := server.Config()
			wire := drivertest.NewWire(t, &cfg, changes, drivertest.Changes)
			client := elasticache.NewFromConfig(cfg)
			mortal := burying{client}
			w := worldOf(client, mortal, func(o *cachedriver.Options) {
				o.Poll, o.Settle, o.Appear = 10*time.Millisecond, 10*time.Millisecond, 100*time.Millisecond // nothing takes time on moto
			})
			w.LoseReply = wire.Lose
			w.Count = func(ctx context.Context, _ provision.Kind) int {
				return drivertest.Count(ctx, elasticache.NewDescribeReplicationGroupsPaginator(mortal, &elasticache.DescribeReplicationGroupsInput{}),
					func(page *elasticache.DescribeReplicationGroupsOutput) int { return len(page.ReplicationGroups) })
			}
			return w
		},
	})
}

// burying takes away what moto leaves in the status "deleting" for ever, as if it were gone at once.
type burying struct{ *elasticache.Client }

func (b burying) DescribeReplicationGroups(
	ctx context.Context, in *elasticache.DescribeReplicationGroupsInput, optFns ...func(*elasticache.Options),
) (*elasticache.DescribeReplicationGroupsOutput, error) {
	out, err := b.Client.DescribeReplicationGroups(ctx, in, optFns...)
	if err != nil {
		return nil, err
	}
	out.ReplicationGroups = slices.DeleteFunc(out.ReplicationGroups, func(g types.ReplicationGroup) bool {
		return aws.ToString(g.Status) == "deleting"
	})
	if in.ReplicationGroupId != nil && len(out.ReplicationGroups) == 0 {
		return nil, &types.ReplicationGroupNotFoundFault{}
	}
	return out, nil
}

// changes are the calls whose replies are worth losing.
var changes = drivertest.Only("CreateReplicationGroup", "DeleteReplicationGroup")

// worldOf is a world behind any client; who stands behind it adds LoseReply and Count.
func worldOf(client *elasticache.Client, api cachedriver.API, optFns ...func(*cachedriver.Options)) provisiontest.World {
	return provisiontest.World{
		Driver: cachedriver.New(api, optFns...),
		Specs: func(provision.Kind) []provisiontest.Sample {
			return []provisiontest.Sample{
				{Name: "minimal", Spec: kinds.Cache{NodeType: "cache.t4g.micro", SubnetGroup: "default"}},
				{Name: "full", Spec: kinds.Cache{
					Engine: kinds.Redis, EngineVersion: "7.1", NodeType: "cache.m7g.large", Replicas: 2, AutomaticFailover: true, MultiAZ: true,
					SubnetGroup: "private", ParameterGroup: "tuned", SecurityGroups: []provision.Text{"sg-0123456789abcdef0"}, Port: 6380,
					KMSKey: "alias/shop",
				}},
				{Name: "without TLS", Spec: kinds.Cache{NodeType: "cache.t4g.micro", NoTransitEncryption: true}},
			}
		},
		Stranger: func(ctx context.Context, _ provision.Kind, name string) (string, func() error, error) {
			_, err := client.CreateReplicationGroup(ctx, &elasticache.CreateReplicationGroupInput{
				ReplicationGroupId: &name, ReplicationGroupDescription: aws.String("somebody else's"), CacheNodeType: aws.String("cache.t4g.micro"),
				Tags: []types.Tag{{Key: aws.String("team"), Value: aws.String("somebody else")}},
			})
			if err != nil {
				return "", nil, err
			}
			watch := func() (func() error, error) {
				return drivertest.Unchanged(func() (all, error) { return look(ctx, client, name) })
			}
			unchanged, err := watch()
			for start := time.Now(); err != nil && time.Since(start) < 2*time.Minute; unchanged, err = watch() {
				time.Sleep(time.Second) // its tags cannot be read yet
			}
			return name, unchanged, err
		},
	}
}

// all is what one can change about a cache.
type all struct {
	group types.ReplicationGroup
	tags  []types.Tag
}

func look(ctx context.Context, client *elasticache.Client, name string) (all, error) {
	out, err := client.DescribeReplicationGroups(ctx, &elasticache.DescribeReplicationGroupsInput{ReplicationGroupId: &name})
	if err != nil {
		return all{}, err
	}
	tags, err := client.ListTagsForResource(ctx, &elasticache.ListTagsForResourceInput{ResourceName: out.ReplicationGroups[0].ARN})
	if err != nil {
		return all{}, err
	}
	return all{out.ReplicationGroups[0], tags.TagList}, nil
}
