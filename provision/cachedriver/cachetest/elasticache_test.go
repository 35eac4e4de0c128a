package cachetest_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	"github.com/aws/aws-sdk-go-v2/service/elasticache/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/internal/drivertest"
	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/internal/taglist"
	"github.com/peppercorn-go/peppercorn/provision/cachedriver/cachetest"
)

// world is a service and a client of it.
type world struct {
	*elasticache.Client
	service *cachetest.ElastiCache
	cloud   *sim.Cloud
}

// in runs a test in a bubble of virtual time.
func in(t *testing.T, test func(ctx context.Context, t *testing.T, w world), optFns ...func(*cachetest.Options)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		cloud := sim.New(func(o *sim.Options) { o.PageSize = 2 })
		service := cachetest.Register(cloud, optFns...)
		test(t.Context(), t, world{elasticache.NewFromConfig(cloud.Config()), service, cloud})
	})
}

// request is a request that is right, changed.
func request(name string, change func(*elasticache.CreateReplicationGroupInput)) *elasticache.CreateReplicationGroupInput {
	in := &elasticache.CreateReplicationGroupInput{
		ReplicationGroupId: &name, ReplicationGroupDescription: aws.String("sessions"), CacheNodeType: aws.String("cache.t4g.micro"),
		Engine: aws.String("valkey"),
	}
	if change != nil {
		change(in)
	}
	return in
}

func (w world) describe(ctx context.Context, name string) (types.ReplicationGroup, error) {
	out, err := w.DescribeReplicationGroups(ctx, &elasticache.DescribeReplicationGroupsInput{ReplicationGroupId: &name})
	if err != nil {
		return types.ReplicationGroup{}, err
	}
	return out.ReplicationGroups[0], nil
}

// code returns the code by which ElastiCache refused a call, "" for none.
func code(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return fmt.Sprint(err)
}

func TestLifeOfAGroup(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		_, err := w.CreateReplicationGroup(ctx, request("Cache", func(in *elasticache.CreateReplicationGroupInput) {
			in.Tags = []types.Tag{{Key: aws.String("k"), Value: aws.String("v")}}
		}))
		require.NoError(t, err)
		_, err = w.describe(ctx, "cache")
		require.Equal(t, "ReplicationGroupNotFoundFault", code(err), "not seen at once")
		_, err = w.CreateReplicationGroup(ctx, request("cache", nil))
		require.Equal(t, "ReplicationGroupAlreadyExists", code(err), "though it is there")
		time.Sleep(time.Second)
		group, err := w.describe(ctx, "cache")
		require.NoError(t, err)
		require.Equal(t, "creating", *group.Status)
		require.Empty(t, group.NodeGroups)
		_, err = w.ListTagsForResource(ctx, &elasticache.ListTagsForResourceInput{ResourceName: group.ARN})
		require.Equal(t, "InvalidReplicationGroupState", code(err))
		remove := func() error {
			_, err := w.DeleteReplicationGroup(ctx, &elasticache.DeleteReplicationGroupInput{ReplicationGroupId: aws.String("cache")})
			return err
		}
		require.ErrorContains(t, remove(), "has status creating which is not valid for deletion")

		ask := &elasticache.DescribeReplicationGroupsInput{ReplicationGroupId: aws.String("cache")}
		require.NoError(t, elasticache.NewReplicationGroupAvailableWaiter(w.Client).Wait(ctx, ask, time.Hour))
		group, err = w.describe(ctx, "cache")
		require.NoError(t, err)
		require.Equal(t, int32(6379), *group.NodeGroups[0].PrimaryEndpoint.Port)
		require.True(t, strings.HasPrefix(*group.NodeGroups[0].PrimaryEndpoint.Address, "cache."))
		tags, err := w.ListTagsForResource(ctx, &elasticache.ListTagsForResourceInput{ResourceName: group.ARN})
		require.NoError(t, err)
		require.Equal(t, []types.Tag{{Key: aws.String("k"), Value: aws.String("v")}}, tags.TagList)

		require.NoError(t, remove())
		require.Equal(t, "InvalidReplicationGroupState", code(remove()))
		_, err = w.CreateReplicationGroup(ctx, request("cache", nil))
		require.Equal(t, "ReplicationGroupAlreadyExists", code(err), "the id is taken until it is gone")
		require.NoError(t, elasticache.NewReplicationGroupDeletedWaiter(w.Client).Wait(ctx, ask, time.Hour))
		require.Equal(t, "ReplicationGroupNotFoundFault", code(remove()))
		require.Empty(t, w.service.Groups())
		require.False(t, w.service.SetStatus("cache", "modifying", ""))
		require.False(t, w.service.SetDescription("cache", ""))
	})
}

func TestBadRequests(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		tag := func(k, v string) func(*elasticache.CreateReplicationGroupInput) {
			return func(in *elasticache.CreateReplicationGroupInput) { in.Tags = []types.Tag{{Key: &k, Value: &v}} }
		}
		for i, c := range []struct {
			name   string
			change func(*elasticache.CreateReplicationGroupInput)
			code   string // of the refusal; "" if the request is right
		}{
			{"40 characters", func(in *elasticache.CreateReplicationGroupInput) {
				in.ReplicationGroupId = aws.String(strings.Repeat("a", 40))
			}, ""},
			{"41 characters", func(in *elasticache.CreateReplicationGroupInput) {
				in.ReplicationGroupId = aws.String(strings.Repeat("a", 41))
			}, "InvalidParameterValue"},
			{"two hyphens", func(in *elasticache.CreateReplicationGroupInput) { in.ReplicationGroupId = aws.String("a--b") }, "InvalidParameterValue"},
			{"long description", func(in *elasticache.CreateReplicationGroupInput) {
				in.ReplicationGroupDescription = aws.String(strings.Repeat("d", 256))
			}, "InvalidParameterValue"},
			{"engine", func(in *elasticache.CreateReplicationGroupInput) { in.Engine = aws.String("memcached") }, "InvalidParameterValue"},
			{"version", func(in *elasticache.CreateReplicationGroupInput) { in.EngineVersion = aws.String("new") }, "InvalidParameterCombination"},
			{"6.x", func(in *elasticache.CreateReplicationGroupInput) { in.EngineVersion = aws.String("6.x") }, ""},
			{"node type", func(in *elasticache.CreateReplicationGroupInput) { in.CacheNodeType = aws.String("t4g.micro") }, "InvalidParameterValue"},
			{"one node", func(in *elasticache.CreateReplicationGroupInput) { in.NumCacheClusters = aws.Int32(1) }, "InvalidParameterValue"},
			{"seven nodes", func(in *elasticache.CreateReplicationGroupInput) { in.NumCacheClusters = aws.Int32(7) }, "InvalidParameterValue"},
			{"failover of one", func(in *elasticache.CreateReplicationGroupInput) { in.AutomaticFailoverEnabled = aws.Bool(true) }, "InvalidParameterCombination"},
			{"zones without failover", func(in *elasticache.CreateReplicationGroupInput) { in.MultiAZEnabled = aws.Bool(true) }, "InvalidParameterCombination"},
			{"TLS nowhere", func(in *elasticache.CreateReplicationGroupInput) { in.TransitEncryptionEnabled = aws.Bool(true) }, "InvalidParameterCombination"},
			{"token without TLS", func(in *elasticache.CreateReplicationGroupInput) { in.AuthToken = aws.String("sixteen characters") }, "InvalidParameterCombination"},
			{"key without encryption", func(in *elasticache.CreateReplicationGroupInput) { in.KmsKeyId = aws.String("alias/x") }, "InvalidParameterCombination"},
			{"port", func(in *elasticache.CreateReplicationGroupInput) { in.Port = aws.Int32(0) }, "InvalidParameterValue"},
			{"subnet group", func(in *elasticache.CreateReplicationGroupInput) { in.CacheSubnetGroupName = aws.String("none") }, "CacheSubnetGroupNotFoundFault"},
			{"parameter group", func(in *elasticache.CreateReplicationGroupInput) { in.CacheParameterGroupName = aws.String("none") }, "CacheParameterGroupNotFound"},
			{"security group", func(in *elasticache.CreateReplicationGroupInput) { in.SecurityGroupIds = []string{"web"} }, "InvalidParameterValue"},
			{"51 tags", func(in *elasticache.CreateReplicationGroupInput) {
				for i := range 51 {
					in.Tags = append(in.Tags, types.Tag{Key: aws.String(fmt.Sprint(i))})
				}
			}, "TagQuotaPerResourceExceeded"},
			{"long key", tag(strings.Repeat("k", 129), ""), "InvalidParameterValue"},
			{"long value", tag("k", strings.Repeat("ü", 257)), "InvalidParameterValue"},
			{"reserved key", tag("aws:k", ""), "InvalidParameterValue"},
			{"parentheses", tag("k", "feat(api)"), "InvalidParameterValue"},
		} {
			before := len(w.service.Groups())
			_, err := w.CreateReplicationGroup(ctx, request(fmt.Sprintf("cache-%d", i), c.change))
			if c.code == "" {
				require.NoError(t, err, c.name)
				continue
			}
			require.Equal(t, c.code, code(err), "%s: %v", c.name, err)
			require.Len(t, w.service.Groups(), before, c.name)
		}
	})
}

func TestPagesTagsEventsQuotaAndRate(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		for _, name := range []string{"b", "a", "c"} {
			_, err := w.service.AddGroup(request(name, nil))
			require.NoError(t, err)
		}
		_, err := w.service.AddGroup(request("d", nil))
		require.Equal(t, "NodeQuotaForCustomerExceeded", code(err))
		var names []string
		pages := elasticache.NewDescribeReplicationGroupsPaginator(w.Client, &elasticache.DescribeReplicationGroupsInput{MaxRecords: aws.Int32(20)})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			require.NoError(t, err)
			require.LessOrEqual(t, len(page.ReplicationGroups), 2)
			for _, group := range page.ReplicationGroups {
				names = append(names, *group.ReplicationGroupId)
			}
		}
		require.Equal(t, []string{"a", "b", "c"}, names)

		arn := aws.String(w.service.Groups()[0].ARN)
		_, err = w.AddTagsToResource(ctx, &elasticache.AddTagsToResourceInput{ResourceName: arn, Tags: []types.Tag{{Key: aws.String("x")}, {Key: aws.String("y")}}})
		require.NoError(t, err)
		_, err = w.RemoveTagsFromResource(ctx, &elasticache.RemoveTagsFromResourceInput{ResourceName: arn, TagKeys: []string{"y"}})
		require.NoError(t, err)
		require.Equal(t, map[string]string{"x": ""}, w.service.Groups()[0].Tags)
		_, err = w.ListTagsForResource(ctx, &elasticache.ListTagsForResourceInput{ResourceName: aws.String("a")})
		require.Equal(t, "InvalidARN", code(err))

		require.True(t, w.service.SetStatus("a", "create-failed", "There is no capacity."))
		events, err := w.DescribeEvents(ctx, &elasticache.DescribeEventsInput{SourceIdentifier: aws.String("a"), SourceType: types.SourceTypeReplicationGroup})
		require.NoError(t, err)
		require.Len(t, events.Events, 1)

		abroad := elasticache.NewFromConfig(w.cloud.Config(), func(o *elasticache.Options) { o.Region = "eu-central-1" })
		_, err = abroad.DescribeReplicationGroups(ctx, &elasticache.DescribeReplicationGroupsInput{ReplicationGroupId: aws.String("a")})
		require.Equal(t, "ReplicationGroupNotFoundFault", code(err))
		time.Sleep(time.Minute)
		throttled := 0
		for range 12 {
			_, err = w.DescribeReplicationGroups(ctx, &elasticache.DescribeReplicationGroupsInput{}, func(o *elasticache.Options) { o.Retryer = aws.NopRetryer{} })
			if err != nil {
				require.Equal(t, "Throttling", code(err))
				throttled++
			}
		}
		require.Equal(t, 2, throttled)
		_, err = w.DescribeCacheClusters(ctx, &elasticache.DescribeCacheClustersInput{})
		require.ErrorContains(t, err, "does not know the operation")
	}, func(o *cachetest.Options) { o.Quota, o.Rate, o.Burst = 3, 10, 10 })
}

func TestTagsCanBeChangedLater(t *testing.T) {
	tagOf := func(key, value *string) types.Tag { return types.Tag{Key: key, Value: value} }
	in(t, func(ctx context.Context, t *testing.T, w world) {
		group, err := w.service.AddGroup(request("cache", func(in *elasticache.CreateReplicationGroupInput) {
			in.Tags = taglist.Of(map[string]string{"a": "1", "b": "2"}, tagOf)
		}))
		require.NoError(t, err)
		drivertest.TestTagsLater(t, drivertest.Tagged{
			Tags: func() map[string]string { return w.service.Groups()[0].Tags },
			Change: func(tags map[string]string) error {
				_, err := w.AddTagsToResource(ctx, &elasticache.AddTagsToResourceInput{ResourceName: &group.ARN, Tags: taglist.Of(tags, tagOf)})
				return err
			},
			Invalid: func(err error) { require.Equal(t, "InvalidParameterValue", code(err)) },
			TooMany: func(err error) {
				require.Equal(t, "TagQuotaPerResourceExceeded", code(err))
			},
		})
	})
}
