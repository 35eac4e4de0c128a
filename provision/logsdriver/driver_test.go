package logsdriver_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/internal/drivertest"
	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
	"github.com/peppercorn-go/peppercorn/provision/logsdriver"
	"github.com/peppercorn-go/peppercorn/provision/logsdriver/logstest"
)

// world is a driver on a simulated CloudWatch Logs.
type world struct {
	*logsdriver.Driver
	drivertest.Lab
	service *logstest.Logs
	client  *cloudwatchlogs.Client
}

// in runs a test in a bubble of virtual time.
func in(t *testing.T, test func(ctx context.Context, t *testing.T, w world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		cloud := sim.New(func(o *sim.Options) { o.PageSize = 2 })
		service := logstest.Register(cloud)
		client := clientOf(cloud.Config())
		driver := logsdriver.New(client)
		test(t.Context(), t, world{driver, drivertest.NewLab(cloud, driver), service, client})
	})
}

// logs is a call for a log group of an attempt.
func logs(attempt string, g kinds.LogGroup) provision.Call {
	return provision.Call{Owner: drivertest.Owner(attempt), Node: "logs", Spec: g}
}

func TestGroupIsMadeAsTheBlueprintSays(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		c := logs("a1", kinds.LogGroup{RetentionDays: 30, KMSKey: key, Class: kinds.InfrequentLogs, Disposable: true})
		c.Keep = true
		s := w.Made(ctx, t, c)
		group := w.service.Groups()[0]
		require.Equal(t, c.Name(512, ""), group.Name)
		require.Equal(t, 30, group.RetentionDays)
		require.Equal(t, key, group.KMSKey)
		require.Equal(t, "INFREQUENT_ACCESS", group.Class)
		tags := c.Tags()
		tags[logsdriver.TagDisposable] = "true"
		require.Equal(t, tags, group.Tags)
		require.Equal(t, group.ARN, s.ID)
		require.Equal(t, group.ARN, s.Outputs["ARN"].String())
		require.Equal(t, group.Name, s.Outputs["Name"].String())
		require.Equal(t, c.Owner, s.Owner)
		require.True(t, s.Keep)
	})
}

func TestLostReplyMakesOneGroup(t *testing.T) {
	for _, op := range []string{"CreateLogGroup", "PutRetentionPolicy"} {
		t.Run(op, func(t *testing.T) {
			in(t, func(ctx context.Context, t *testing.T, w world) {
				w.Cloud.Inject(sim.Fault{Match: sim.On("CloudWatch Logs", op), Times: 1, Kind: sim.LostReply})
				c := logs("a1", kinds.LogGroup{RetentionDays: 7})
				s := w.Made(ctx, t, c)
				require.GreaterOrEqual(t, w.Times(op), 2)
				require.Len(t, w.service.Groups(), 1)
				require.Equal(t, 7, w.service.Groups()[0].RetentionDays)
				require.Equal(t, s, w.Made(ctx, t, c))
				require.Len(t, w.service.Groups(), 1)
			})
		})
	}
}

// Whenever the program dies, the next one completes what it has begun.
func TestCrashAtEveryCallIsCompleted(t *testing.T) {
	c := logs("a1", kinds.LogGroup{RetentionDays: 14})
	for _, when := range []sim.When{sim.Before, sim.After} {
		for k := 1; ; k++ {
			finished := false
			in(t, func(ctx context.Context, t *testing.T, w world) {
				doomed := w.Cloud.Process("doomed")
				doomed.CrashAt(k, when)
				_, err := logsdriver.New(clientOf(doomed.Config())).Create(ctx, c)
				if finished = !doomed.Crashed(); finished {
					require.NoError(t, err)
				} else if when == sim.Before || err != nil {
					require.ErrorIs(t, err, sim.ErrCrashed)
				}
				w.Made(ctx, t, c)
				require.Len(t, w.service.Groups(), 1)
				require.Equal(t, 14, w.service.Groups()[0].RetentionDays, "crash %v call %d", when, k)
			})
			if finished {
				require.Greater(t, k, 4, "create, describe, tags and retention are four calls")
				break
			}
		}
	}
}

func TestStrangersGroupIsNeverAdopted(t *testing.T) {
	ours := logs("a1", kinds.LogGroup{RetentionDays: 7})
	for name, tags := range map[string]map[string]string{
		"no tags":           nil,
		"another attempt's": logs("a2", kinds.LogGroup{}).Tags(),
	} {
		t.Run(name, func(t *testing.T) {
			in(t, func(ctx context.Context, t *testing.T, w world) {
				before, err := w.service.AddGroup(ours.Name(512, ""), tags)
				require.NoError(t, err)
				_, err = w.Create(ctx, ours)
				var foreign *provision.ForeignError
				require.ErrorAs(t, err, &foreign)
				require.Equal(t, before.ARN, foreign.ID)
				err = w.Delete(ctx, provision.State{ID: before.ARN, Owner: ours.Owner, Node: "logs", Kind: kinds.LogGroupKind})
				require.ErrorIs(t, err, provision.ErrForeign)
				require.Equal(t, []logstest.Group{before}, w.service.Groups())
			})
		})
	}
}

func TestRetentionThatIsSetIsNotSetAgain(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		c := logs("a1", kinds.LogGroup{RetentionDays: 7})
		w.Made(ctx, t, c)
		w.Made(ctx, t, c)
		require.Equal(t, 1, w.Times("PutRetentionPolicy"))
	})
}

// CloudWatch Logs looks for the beginning of a name only.
func TestGroupOfALongerNameIsAnother(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		c := logs("a1", kinds.LogGroup{})
		longer, err := w.service.AddGroup(c.Name(512, "")+"-old", nil)
		require.NoError(t, err)
		s := w.Made(ctx, t, c)
		require.NotEqual(t, longer.ARN, s.ID)
		require.ErrorIs(t, w.Delete(ctx, s), provision.ErrDeleting)
		require.NoError(t, w.Delete(ctx, s))
		_, err = w.Await(ctx, s)
		require.ErrorIs(t, err, provision.ErrGone)
		require.Equal(t, []logstest.Group{longer}, w.service.Groups())
	})
}

func TestRetentionOfAnotherHandIsNotSetBack(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		c := logs("a1", kinds.LogGroup{RetentionDays: 7})
		s := w.Made(ctx, t, c)
		_, err := w.client.PutRetentionPolicy(ctx, &cloudwatchlogs.PutRetentionPolicyInput{
			LogGroupName: &s.Name, RetentionInDays: aws.Int32(365),
		})
		require.NoError(t, err)
		_, err = w.Create(ctx, c)
		require.ErrorContains(t, err, "RetentionDays is 365, not 7")
		require.ErrorContains(t, err, s.ID)
		require.NotErrorIs(t, err, provision.ErrForeign)
		require.Equal(t, 365, w.service.Groups()[0].RetentionDays)
	})
}

func TestRetentionOfTheAccountIsNoDifference(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		w.service.SetAccountRetention(90)
		c := logs("a1", kinds.LogGroup{RetentionDays: 7})
		w.Made(ctx, t, c)
		w.Made(ctx, t, c)
		require.Equal(t, 7, w.service.Groups()[0].RetentionDays, "it holds again when the policy is gone")
	})
}

func TestOtherSettingsAreNamed(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		w.Made(ctx, t, logs("a1", kinds.LogGroup{}))
		_, err := w.Create(ctx, logs("a1", kinds.LogGroup{KMSKey: key, Class: kinds.InfrequentLogs, Disposable: true}))
		require.ErrorContains(t, err, "KMSKey is absent, not "+key)
		require.ErrorContains(t, err, "Class is STANDARD, not INFREQUENT_ACCESS")
		require.ErrorContains(t, err, "Disposable is false, not true")
	})
}

func TestLosesWhatIsNotDisposable(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		c := logs("a1", kinds.LogGroup{})
		s := w.Made(ctx, t, c)
		loses := func(s provision.State) string {
			losses, err := w.Loses(ctx, s)
			require.NoError(t, err)
			if len(losses) == 0 {
				return ""
			}
			require.Equal(t, provision.Loss{Node: s.Node, Kind: "logs/log-group", ID: s.ID, What: losses[0].What}, losses[0])
			return losses[0].What
		}
		require.Empty(t, loses(s))
		require.NoError(t, write(ctx, w.client, s.Name))
		require.Equal(t, "log events", loses(s), "long before the bytes are counted")
		time.Sleep(time.Hour)
		require.Equal(t, "log events, 32 bytes at the last count", loses(s))

		c.Node, c.Spec = "chatter", kinds.LogGroup{Disposable: true}
		chatter := w.Made(ctx, t, c)
		require.NoError(t, write(ctx, w.client, chatter.Name))
		require.Empty(t, loses(chatter))

		w.Cloud.Inject(sim.Fault{Match: sim.On("CloudWatch Logs", "DescribeLogStreams"), Kind: sim.Fail, Err: sim.Error("AccessDenied", "no", 403)})
		_, err := w.Loses(ctx, s)
		require.ErrorContains(t, err, "AccessDenied", "what cannot be known is not nothing")
	})
}

func TestProtectionIsNeverSwitchedOff(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		s := w.Made(ctx, t, logs("a1", kinds.LogGroup{}))
		_, err := w.client.PutLogGroupDeletionProtection(ctx, &cloudwatchlogs.PutLogGroupDeletionProtectionInput{
			LogGroupIdentifier: &s.Name, DeletionProtectionEnabled: aws.Bool(true),
		})
		require.NoError(t, err)
		err = w.Delete(ctx, s)
		var refusal *types.ValidationException
		require.ErrorAs(t, err, &refusal)
		require.ErrorContains(t, err, "deletion protection, which somebody switched on")
		require.NotErrorIs(t, err, provision.ErrDeleting)
		require.True(t, w.service.Groups()[0].Protected)
	})
}

// A group that was made a moment ago is not listed yet, which is no proof that it is gone.
func TestDeleteWaitsForWhatIsNew(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		c := logs("a1", kinds.LogGroup{})
		name := c.Name(512, "")
		_, err := w.client.CreateLogGroup(ctx, &cloudwatchlogs.CreateLogGroupInput{LogGroupName: &name, Tags: c.Tags()})
		require.NoError(t, err)
		s := provision.State{Node: c.Node, Kind: kinds.LogGroupKind, ID: w.service.Groups()[0].ARN, Owner: c.Owner}
		require.ErrorIs(t, w.Delete(ctx, s), provision.ErrDeleting)
		require.NoError(t, w.Delete(ctx, s))
		require.Empty(t, w.service.Groups())
	})
}

func TestGroupThatAnotherCallChangesIsTriedAgain(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		busy := &types.OperationAbortedException{Message: aws.String("concurrent")}
		for _, op := range []string{"CreateLogGroup", "PutRetentionPolicy"} {
			w.Cloud.Inject(sim.Fault{Match: sim.On("CloudWatch Logs", op), Times: 1, Kind: sim.Fail, Err: busy})
		}
		s := w.Made(ctx, t, logs("a1", kinds.LogGroup{RetentionDays: 7}))
		w.Cloud.Inject(sim.Fault{Match: sim.On("CloudWatch Logs", "DeleteLogGroup"), Times: 1, Kind: sim.Fail, Err: busy})
		require.ErrorIs(t, w.Delete(ctx, s), provision.ErrDeleting)
		require.Len(t, w.service.Groups(), 1)
		require.ErrorIs(t, w.Delete(ctx, s), provision.ErrDeleting)
		require.NoError(t, w.Delete(ctx, s))
	})
}

func TestFindFailsRatherThanMissAGroup(t *testing.T) {
	for _, op := range []string{"DescribeLogGroups", "ListTagsForResource"} {
		t.Run(op, func(t *testing.T) {
			in(t, func(ctx context.Context, t *testing.T, w world) {
				s := w.Made(ctx, t, logs("a1", kinds.LogGroup{}))
				w.Cloud.Inject(sim.Fault{Match: sim.On("CloudWatch Logs", op), Kind: sim.Fail, Err: sim.Error("AccessDenied", "no", 403)})
				_, err := w.Found(ctx, s.Owner)
				var api smithy.APIError
				require.ErrorAs(t, err, &api)
				require.Equal(t, "AccessDenied", api.ErrorCode())
			})
		})
	}
}

// What goes between the list and the look at its tags is nobody's, and no failure.
func TestFindPassesOverAGroupThatGoesMeanwhile(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		s := w.Made(ctx, t, logs("a1", kinds.LogGroup{}))
		w.Cloud.Inject(sim.Fault{
			Match: sim.On("CloudWatch Logs", "ListTagsForResource"), Times: 1, Kind: sim.Fail, Err: &types.ResourceNotFoundException{},
		})
		found, err := w.Found(ctx, s.Owner)
		require.NoError(t, err)
		require.Empty(t, found)
	})
}

func TestFindLeavesOtherApplicationsInPeace(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		s := w.Made(ctx, t, logs("a1", kinds.LogGroup{}))
		for i := range 3 {
			_, err := w.service.AddGroup(fmt.Sprintf("/aws/lambda/%d", i), nil)
			require.NoError(t, err)
		}
		w.Cloud.ForgetCalls()
		found, err := w.Found(ctx, s.Owner)
		require.NoError(t, err)
		require.Equal(t, []provision.State{s}, found)
		require.Equal(t, 1, w.Times("ListTagsForResource"))
	})
}

func TestOtherSpecsAreRefused(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		c := logs("a1", kinds.LogGroup{})
		c.Spec = &kinds.LogGroup{}
		require.ErrorContains(t, w.Validate(c), "*kinds.LogGroup")
		_, err := w.Create(ctx, c)
		require.ErrorContains(t, err, `node "logs"`)
		require.Empty(t, w.Cloud.Calls())
		require.NoError(t, w.Validate(logs("a1", kinds.LogGroup{})))
	})
}
