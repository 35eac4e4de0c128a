package cachedriver_test

import (
	"context"
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
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/cachedriver"
	"github.com/peppercorn-go/peppercorn/provision/cachedriver/cachetest"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// world is a driver on a simulated ElastiCache.
type world struct {
	*cachedriver.Driver
	drivertest.Lab
	service *cachetest.ElastiCache
	client  *elasticache.Client
}

// in runs a test in a bubble of virtual time.
func in(t *testing.T, test func(ctx context.Context, t *testing.T, w world), optFns ...func(*cachetest.Options)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		cloud := sim.New(func(o *sim.Options) { o.PageSize = 2 })
		service := cachetest.Register(cloud, optFns...)
		client := elasticache.NewFromConfig(cloud.Config())
		driver := cachedriver.New(client)
		test(t.Context(), t, world{driver, drivertest.NewLab(cloud, driver), service, client})
	})
}

// small is the least that a cache needs.
var small = kinds.Cache{NodeType: "cache.t4g.micro", SubnetGroup: "default"}

// sessions is a call for a cache of an attempt.
func sessions(attempt string, c kinds.Cache) provision.Call {
	return provision.Call{Owner: drivertest.Owner(attempt), Node: "sessions", Spec: c}
}

func TestCacheIsMadeAsTheBlueprintSays(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		w.service.AddSubnetGroup("private")
		w.service.AddParameterGroup("tuned")
		c := sessions("a1", kinds.Cache{
			Engine: kinds.Redis, EngineVersion: "7.1", NodeType: "cache.m7g.large", Replicas: 2, AutomaticFailover: true, MultiAZ: true,
			SubnetGroup: "private", ParameterGroup: "tuned", SecurityGroups: []provision.Text{"sg-1", "sg-2"}, Port: 6380, KMSKey: "alias/shop",
		})
		c.Keep = true
		s := w.Made(ctx, t, c)
		require.Equal(t, c.Name(40, ""), s.Name)
		require.Equal(t, c.Owner, s.Owner)
		require.True(t, s.Keep)
		group := w.service.Groups()[0]
		require.Equal(t, group.ARN, s.Outputs["ARN"].String())
		require.True(t, s.Outputs["Port"].Equal(provision.NumberValue(6380)))
		require.Regexp(t, `^master\.`+s.Name+`\.[0-9a-f]{6}\.us-east-1\.cache\.amazonaws\.com$`, s.Outputs["Endpoint"].String())
		require.Regexp(t, `^replica\.`, s.Outputs["ReaderEndpoint"].String())
		require.Equal(t, c.Tags(), group.Tags)
		request := w.Sent("CreateReplicationGroup")[0].(*elasticache.CreateReplicationGroupInput)
		request.Tags = nil
		require.Equal(t, &elasticache.CreateReplicationGroupInput{
			ReplicationGroupId: aws.String(s.Name), ReplicationGroupDescription: aws.String(
				"peppercorn r3g1 shop.example.com shop 1f0c9d3ab2e4 1f0c9d3ab2e4c5d6e7f8091a2b3c4d5e6f708192 a1 sessions true"),
			Engine: aws.String("redis"), EngineVersion: aws.String("7.1"), CacheNodeType: aws.String("cache.m7g.large"),
			NumCacheClusters: aws.Int32(3), AutomaticFailoverEnabled: aws.Bool(true), MultiAZEnabled: aws.Bool(true),
			CacheSubnetGroupName: aws.String("private"), CacheParameterGroupName: aws.String("tuned"), SecurityGroupIds: []string{"sg-1", "sg-2"},
			Port: aws.Int32(6380), AtRestEncryptionEnabled: aws.Bool(true), KmsKeyId: aws.String("alias/shop"), TransitEncryptionEnabled: aws.Bool(true),
		}, request)
	})
}

func TestDefaultsAreSafe(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		w.Made(ctx, t, sessions("a1", small))
		group := w.service.Groups()[0]
		require.True(t, group.TransitEncryption)
		require.True(t, group.AtRestEncryption)
		require.False(t, group.AuthToken, "which would be a secret")
		require.Equal(t, "valkey", group.Engine)
		require.Equal(t, 1, group.Nodes)
	})
}

func TestLostReplyMakesOneCache(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		w.Cloud.Inject(sim.Fault{Match: sim.On("ElastiCache", "CreateReplicationGroup"), Times: 1, Kind: sim.LostReply})
		s := w.Made(ctx, t, sessions("a1", small))
		require.Len(t, w.Sent("CreateReplicationGroup"), 2)
		require.Len(t, w.service.Groups(), 1)
		require.Equal(t, s, w.Made(ctx, t, sessions("a1", small)))
	})
}

func TestStrangersCacheIsNeverAdopted(t *testing.T) {
	ours, other := sessions("a1", small), sessions("a2", small)
	for name, stranger := range map[string]struct {
		description string
		tags        map[string]string
	}{
		"no tags":            {"sessions of somebody", nil},
		"another attempt's":  {"sessions", other.Tags()},
		"our words, no tags": {"peppercorn r3g1 shop.example.com shop 1f0c9d3ab2e4 1f0c9d3ab2e4c5d6e7f8091a2b3c4d5e6f708192 a1 sessions -", nil},
	} {
		t.Run(name, func(t *testing.T) {
			in(t, func(ctx context.Context, t *testing.T, w world) {
				request := &elasticache.CreateReplicationGroupInput{
					ReplicationGroupId: aws.String(ours.Name(40, "")), ReplicationGroupDescription: &stranger.description,
					CacheNodeType: aws.String("cache.t4g.micro"),
				}
				for k, v := range stranger.tags {
					request.Tags = append(request.Tags, types.Tag{Key: aws.String(k), Value: aws.String(v)})
				}
				before, err := w.service.AddGroup(request)
				require.NoError(t, err)
				_, err = w.Create(ctx, ours)
				var foreign *provision.ForeignError
				require.ErrorAs(t, err, &foreign)
				require.Equal(t, before.Name, foreign.ID)
				require.Equal(t, "sessions", foreign.Node)
				err = w.Delete(ctx, provision.State{ID: before.Name, Owner: ours.Owner, Node: "sessions", Kind: kinds.CacheKind})
				require.ErrorIs(t, err, provision.ErrForeign)
				require.Equal(t, []cachetest.Group{before}, w.service.Groups())
			})
		})
	}
}

// The description stands in for the tags as long as ElastiCache hides them.
func TestStrangerIsSeenWhileItIsBeingMade(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		ours := sessions("a1", small)
		_, err := w.client.CreateReplicationGroup(ctx, &elasticache.CreateReplicationGroupInput{
			ReplicationGroupId: aws.String(ours.Name(40, "")), ReplicationGroupDescription: aws.String("sessions"), CacheNodeType: aws.String("cache.t4g.micro"),
		})
		require.NoError(t, err)
		start := time.Now()
		_, err = w.Create(ctx, ours)
		require.ErrorIs(t, err, provision.ErrForeign)
		require.Less(t, time.Since(start), 10*time.Second)
		require.Empty(t, w.Sent("ListTagsForResource"), "ElastiCache would refuse")
	})
}

func TestOwnerIsKnownInEveryStatus(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		c := sessions("a1", small)
		c.Node, c.Keep = "all sessions - here", true
		s, err := w.Create(ctx, c)
		require.NoError(t, err)
		require.Equal(t, c.Owner, s.Owner, "with the subject, which the caller knows")
		quiet := c.Owner
		quiet.Subject = ""
		for _, status := range []string{"creating", "modifying", "snapshotting", "deleting", "create-failed"} {
			require.True(t, w.service.SetStatus(s.ID, status, ""))
			found, err := w.Found(ctx, c.Owner)
			require.NoError(t, err, status)
			require.Len(t, found, 1, status)
			require.Equal(t, quiet, found[0].Owner, status)
			require.Equal(t, c.Node, found[0].Node)
			require.True(t, found[0].Keep)
			require.Equal(t, status == "deleting", found[0].Deleting)
		}
		require.True(t, w.service.SetStatus(s.ID, "", ""))
		_, err = w.Await(ctx, s)
		require.NoError(t, err)
		found, err := w.Found(ctx, c.Owner)
		require.NoError(t, err)
		require.Equal(t, c.Owner, found[0].Owner, "the tags have the subject")

		// Between the listing and the reading of the tags somebody begins to change the group.
		w.Cloud.Inject(sim.Fault{Kind: sim.Delay, Match: func(call *sim.Call) bool {
			return call.Op == "ListTagsForResource" && w.service.SetStatus(s.ID, "modifying", "")
		}})
		found, err = w.Found(ctx, c.Owner)
		require.NoError(t, err)
		require.Equal(t, quiet, found[0].Owner)

		// The description is a stand-in: the tags decide whenever they can be read.
		require.True(t, w.service.SetDescription(s.ID, "sessions"))
		found, err = w.Found(ctx, c.Owner)
		require.NoError(t, err)
		require.Empty(t, found)
	})
}

func TestTagsDecideWhereTheyCanBeRead(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		s := w.Made(ctx, t, sessions("a1", small))
		require.True(t, w.service.SetDescription(s.ID, "sessions of the shop"))
		found, err := w.Found(ctx, s.Owner)
		require.NoError(t, err)
		require.Equal(t, []provision.State{s}, found, "with all outputs")
		require.True(t, w.service.SetStatus(s.ID, "snapshotting", ""))
		require.ErrorIs(t, w.Delete(ctx, s), provision.ErrBusy, "nobody can tell whose it is now, but later")
		require.True(t, w.service.SetStatus(s.ID, "", ""))
		w.Gone(ctx, t, found[0])
	})
}

func TestEverySubjectReachesTheTags(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		for i, subject := range []string{
			`feat(api): "don't" — 50% 🚀 #12`, "tab\there \x00 \xff", " blanks ", "aws:x", strings.Repeat("🚀", 300),
		} {
			c := sessions("a1", small)
			c.Node, c.Owner.Subject = fmt.Sprintf("cache-%d", i), subject
			w.Made(ctx, t, c)
			found, err := w.Found(ctx, c.Owner)
			require.NoError(t, err)
			require.Len(t, found, i+1)
			want, _ := provision.DecodeTag(provision.EncodeTag(subject))
			require.Equal(t, want, found[i].Owner.Subject)
		}
	}, hasty)
}

func TestOwnerThatDoesNotFitIsRefusedFirst(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		c := sessions("a1", small)
		c.Owner.Base = strings.Repeat("long.", 40) + "example.com"
		require.ErrorContains(t, w.Validate(c), "room for 255")
		_, err := w.Create(ctx, c)
		require.ErrorContains(t, err, `node "sessions"`)
		require.Empty(t, w.Cloud.Calls())
		c.Owner.Base = strings.Repeat("x", 60) + ".example.com"
		require.NoError(t, w.Validate(c))
		c.Spec = &small
		require.ErrorContains(t, w.Validate(c), "*kinds.Cache")
	})
}

func TestAwait(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		start := time.Now()
		s := w.Made(ctx, t, sessions("a1", small))
		require.Greater(t, time.Since(start), 6*time.Minute)
		require.Less(t, time.Since(start), 13*time.Minute)
		require.True(t, w.service.SetStatus(s.ID, "snapshotting", ""))
		start = time.Now()
		_, err := w.Await(ctx, s)
		require.NoError(t, err)
		require.Zero(t, time.Since(start), "what answers is not waited for")

		require.True(t, w.service.SetStatus(s.ID, "create-failed", "There is no capacity."))
		_, err = w.Await(ctx, s)
		var lost *cachedriver.StatusError
		require.ErrorAs(t, err, &lost)
		require.Equal(t, cachedriver.StatusError{ID: s.ID, Status: "create-failed", Reason: "There is no capacity."}, *lost)
		require.Zero(t, time.Since(start))

		w.Gone(ctx, t, s) // what could not be made can be deleted
		_, err = w.Await(ctx, s)
		require.ErrorIs(t, err, provision.ErrGone)

		s, err = w.Create(ctx, sessions("a2", small))
		require.NoError(t, err)
		remove := w.Cloud.Inject(sim.Fault{Match: sim.On("ElastiCache", "DescribeReplicationGroups"), Probability: 0.9, Kind: sim.Throttle})
		_, err = w.Await(ctx, s)
		require.NoError(t, err)
		remove()
		require.True(t, w.service.SetStatus(s.ID, "rebooting", ""))
		_, err = w.Await(ctx, s)
		require.ErrorContains(t, err, "not ready after 2h")
		short, cancel := context.WithTimeout(ctx, time.Minute)
		defer cancel()
		_, err = w.Await(short, s)
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
}

func TestDelete(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		s, err := w.Create(ctx, sessions("a1", small))
		require.NoError(t, err)
		err = w.Delete(ctx, s)
		var busy *provision.BusyError
		require.ErrorAs(t, err, &busy)
		require.Equal(t, "itself: its status is creating", busy.Blocker)
		require.ErrorContains(t, err, "InvalidReplicationGroupState")
		_, err = w.Await(ctx, s)
		require.NoError(t, err)

		alive := w.Made(ctx, t, sessions("a2", small))
		mixed := alive
		mixed.Owner = s.Owner // whatever the state says: the tags decide
		require.ErrorIs(t, w.Delete(ctx, mixed), provision.ErrForeign)

		w.Cloud.Inject(sim.Fault{Match: sim.On("ElastiCache", "DeleteReplicationGroup"), Times: 1, Kind: sim.LostReply})
		require.ErrorIs(t, w.Delete(ctx, s), provision.ErrDeleting)
		_, err = w.Create(ctx, sessions("a1", small))
		require.ErrorIs(t, err, provision.ErrDeleting)
		_, err = w.Await(ctx, s)
		require.ErrorIs(t, err, provision.ErrDeleting)
		start := time.Now()
		w.Gone(ctx, t, s) // and is never busy: nobody need do anything
		require.Greater(t, time.Since(start), 3*time.Minute)
		require.NoError(t, w.Delete(ctx, s))
		require.Len(t, w.service.Groups(), 1)
		require.Equal(t, alive.ID, w.service.Groups()[0].Name)
	})
}

func TestFindFailsRatherThanMissACache(t *testing.T) {
	for _, op := range []string{"DescribeReplicationGroups", "ListTagsForResource"} {
		t.Run(op, func(t *testing.T) {
			in(t, func(ctx context.Context, t *testing.T, w world) {
				w.Made(ctx, t, sessions("a1", small))
				w.Cloud.Inject(sim.Fault{Match: sim.On("ElastiCache", op), Kind: sim.Fail, Err: sim.Error("AccessDenied", "no", 403)})
				_, err := w.Found(ctx, sessions("a1", small).Owner)
				require.ErrorContains(t, err, "AccessDenied")
			})
		})
	}
}

func TestErrorsNameTheCacheAndUnwrap(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		denied := sim.Error("AccessDenied", "not for you", 403)
		c := sessions("a1", small)
		s := w.Made(ctx, t, c)
		for op, call := range map[string]func() error{
			"CreateReplicationGroup":    func() error { _, err := w.Create(ctx, c); return err },
			"DescribeReplicationGroups": func() error { _, err := w.Await(ctx, s); return err },
			"ListTagsForResource":       func() error { return w.Delete(ctx, s) },
			"DeleteReplicationGroup":    func() error { return w.Delete(ctx, s) },
		} {
			remove := w.Cloud.Inject(sim.Fault{Match: sim.On("ElastiCache", op), Kind: sim.Fail, Err: denied})
			err := call()
			remove()
			var api smithy.APIError
			require.ErrorAs(t, err, &api, op)
			require.Equal(t, "AccessDenied", api.ErrorCode(), op)
			require.ErrorContains(t, err, s.Name, op)
		}
	})
}

// changed is a client that sees replication groups as the function makes them, with what cachetest does not simulate.
type changed struct {
	*elasticache.Client
	change func(*types.ReplicationGroup)
}

func (c changed) DescribeReplicationGroups(
	ctx context.Context, in *elasticache.DescribeReplicationGroupsInput, optFns ...func(*elasticache.Options),
) (*elasticache.DescribeReplicationGroupsOutput, error) {
	out, err := c.Client.DescribeReplicationGroups(ctx, in, optFns...)
	if err == nil {
		for i := range out.ReplicationGroups {
			c.change(&out.ReplicationGroups[i])
		}
	}
	return out, err
}

func TestClusterModeIsRefusedAtOnce(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		s := w.Made(ctx, t, sessions("a1", small))
		driver := cachedriver.New(changed{w.client, func(g *types.ReplicationGroup) {
			g.ConfigurationEndpoint, g.NodeGroups[0].PrimaryEndpoint = g.NodeGroups[0].PrimaryEndpoint, nil
		}})
		_, err := driver.Await(ctx, s)
		require.ErrorContains(t, err, "cluster-enabled=no")
	})
}

func TestGlobalDatastoreIsNamedAsTheBlocker(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		s := w.Made(ctx, t, sessions("a1", small))
		driver := cachedriver.New(changed{w.client, func(g *types.ReplicationGroup) {
			g.GlobalReplicationGroupInfo = &types.GlobalReplicationGroupInfo{GlobalReplicationGroupId: aws.String("ldgnf-shop")}
		}})
		w.Cloud.Inject(sim.Fault{Match: sim.On("ElastiCache", "DeleteReplicationGroup"), Kind: sim.Fail, Err: &types.InvalidReplicationGroupStateFault{}})
		err := driver.Delete(ctx, s)
		var busy *provision.BusyError
		require.ErrorAs(t, err, &busy)
		require.Equal(t, "global datastore ldgnf-shop", busy.Blocker)
	})
}
