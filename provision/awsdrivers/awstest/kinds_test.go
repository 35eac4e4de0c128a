package awstest_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/awsdrivers/awstest"
)

// A reply that is lost after its effect, of each call in turn by which a kind is made, leaves one thing, and it is ours: be it that the
// SDK calls once more, or that the program does because the SDK has given up.
func TestLostReplyOfEveryCallOfEveryKind(t *testing.T) {
	for _, e := range catalogue {
		t.Run(string(e.kind), func(t *testing.T) {
			t.Parallel()
			var want []string
			calls := 0
			synctest.Test(t, func(t *testing.T) {
				cloud := awstest.New(brief)
				calls = len(making(t.Context(), t, cloud, e))
				want = settled(t, cloud)
			})
			require.Positive(t, calls)
			for lost := 1; lost <= calls; lost++ {
				for _, attempts := range []int{0, 1} { // of the SDK at one call; 0 is this library's default
					synctest.Test(t, func(t *testing.T) {
						cloud := awstest.New(brief)
						op := loseReply(t.Context(), t, cloud, e, lost, attempts)
						states, err := engineOf(t, cloud, cloud.Config()).Find(t.Context(), owner())
						require.NoError(t, err)
						require.Equal(t, want, settled(t, cloud), "%s: the same things, and nothing else", op)
						things := owned(e.things(cloud), owner(), "it")
						require.Len(t, things, 1, op)
						require.Equal(t, things[0].ID, one(t, states, "it").ID, "%s: and it is found", op)
					})
				}
			}
		})
	}
}

// settled is the census without the revisions of task definitions that were taken back. Registering one is idempotent by no
// means, so of two calls the later makes a revision too many, which the driver deregisters: nothing can be started from it.
func settled(t *testing.T, cloud *awstest.Cloud) []string {
	t.Helper()
	return slices.DeleteFunc(census(t, cloud), func(thing string) bool {
		return strings.HasPrefix(thing, "ecstest.Revision ") && strings.Contains(thing, `"Status":"INACTIVE"`)
	})
}

// making makes what an entry needs, and then the thing itself. It returns the calls by which that was made.
func making(ctx context.Context, t *testing.T, cloud *awstest.Cloud, e entry) []string {
	t.Helper()
	engine := engineOf(t, cloud, cloud.Config())
	_, err := engine.Apply(ctx, owner(), e.blueprint(cloud))
	require.NoError(t, err)
	cloud.ForgetCalls()
	_, err = engine.Apply(ctx, owner(), e.blueprint(cloud, "it"))
	require.NoError(t, err)
	return changes(cloud)
}

// loseReply makes the same in a cloud that loses the reply to one of the calls that make the thing, and returns that call's name.
func loseReply(ctx context.Context, t *testing.T, cloud *awstest.Cloud, e entry, lost, attempts int) (op string) {
	t.Helper()
	_, err := engineOf(t, cloud, cloud.Config()).Apply(ctx, owner(), e.blueprint(cloud))
	require.NoError(t, err)
	var n atomic.Int64
	cloud.Inject(awstest.Fault{Kind: awstest.LostReply, Match: func(call *awstest.Call) bool {
		if reads.MatchString(call.Op) || n.Add(1) != int64(lost) {
			return false
		}
		op = call.Op
		return true
	}})
	cfg := cloud.Config()
	cfg.RetryMaxAttempts = attempts
	_, err = engineOf(t, cloud, cfg).Apply(ctx, owner(), e.blueprint(cloud, "it"))
	if attempts == 1 && err != nil {
		_, err = engineOf(t, cloud, cloud.Config()).Apply(ctx, owner(), e.blueprint(cloud, "it"))
	}
	require.NoError(t, err, "the reply of %s was lost", op)
	require.NotEmpty(t, op, "a reply must be lost, or the test shows nothing")
	return op
}

// one is the only state of a node.
func one(t *testing.T, states []provision.State, node string) (s provision.State) {
	t.Helper()
	n := 0
	for i := range states {
		if states[i].Node == node {
			s, n = states[i], n+1
		}
	}
	require.Equal(t, 1, n, "%s in %v", node, states)
	return s
}

// A call that a service throttles for longer than the retryer has patience fails the deployment, with the service's error.
// Nothing takes it for one that has succeeded, and the next deployment goes on from there.
func TestEveryCallOfEveryKindMayBeThrottledToTheEnd(t *testing.T) {
	for _, e := range catalogue {
		t.Run(string(e.kind), func(t *testing.T) {
			t.Parallel()
			var want, ops []string
			synctest.Test(t, func(t *testing.T) {
				cloud := awstest.New(brief)
				ops = making(t.Context(), t, cloud, e)
				want = settled(t, cloud)
			})
			slices.Sort(ops)
			for _, op := range slices.Compact(ops) {
				synctest.Test(t, func(t *testing.T) {
					cloud := awstest.New(brief)
					_, err := engineOf(t, cloud, cloud.Config()).Apply(t.Context(), owner(), e.blueprint(cloud))
					require.NoError(t, err)
					relent := cloud.Inject(awstest.Fault{Kind: awstest.Throttle, Match: func(call *awstest.Call) bool { return call.Op == op }})
					cfg := cloud.Config()
					cfg.RetryMaxAttempts = 2
					_, err = engineOf(t, cloud, cfg).Apply(t.Context(), owner(), e.blueprint(cloud, "it"))
					refusal := (*provision.ApplyError)(nil)
					require.ErrorAs(t, err, &refusal, op)
					require.Len(t, refusal.Failed, 1)
					require.True(t, isThrottle(err), "%s: %v", op, err)
					relent()
					_, err = engineOf(t, cloud, cfg).Apply(t.Context(), owner(), e.blueprint(cloud, "it"))
					require.NoError(t, err, op)
					require.Equal(t, want, settled(t, cloud), op)
				})
			}
		})
	}
}

// What has the very name that ours would get and is somebody else's is reported with its id, and stays as it is.
func TestStrangersOfEveryKindStayAsTheyAre(t *testing.T) {
	forEveryKind(t, func(ctx context.Context, t *testing.T, cloud *awstest.Cloud, e entry) {
		if e.stranger == nil {
			t.Log(e.noStranger)
			return
		}
		// The name is that of another account, since it depends on the owner and the node only.
		elsewhere := awstest.New(brief)
		engine := engineOf(t, elsewhere, elsewhere.Config())
		_, err := engine.Apply(ctx, owner(), e.blueprint(elsewhere, "it"))
		require.NoError(t, err)
		states, err := engine.Find(ctx, owner())
		require.NoError(t, err)

		engine = engineOf(t, cloud, cloud.Config())
		_, err = engine.Apply(ctx, owner(), e.blueprint(cloud))
		require.NoError(t, err)
		id, err := e.stranger(ctx, cloud, one(t, states, "it").Name)
		require.NoError(t, err)
		time.Sleep(time.Minute) // it has been there for long enough to be listed
		before, things := census(t, cloud), e.things(cloud)

		_, err = engine.Apply(ctx, owner(), e.blueprint(cloud, "it"))
		require.ErrorIs(t, err, provision.ErrForeign)
		foreign := (*provision.ForeignError)(nil)
		require.ErrorAs(t, err, &foreign)
		require.Equal(t, id, foreign.ID)
		require.Equal(t, before, census(t, cloud), "nothing is made, and nothing is touched")
		require.Equal(t, things, e.things(cloud))

		_, err = engine.Destroy(ctx, owner())
		require.NoError(t, err)
		if e.goes != "" {
			t.Log(e.goes)
			things = nil
		}
		require.Equal(t, things, e.things(cloud), "nor does a teardown touch it")
	}, brief)
}

// Subjects of commits that most services refuse in a tag as they are.
var subjects = []string{
	`feat(api): "don't" — 50% 🚀 #12`,
	string([]rune(strings.Repeat("fix(ünïcode): 日本 🚀 #1; ", 20))[:300]),
}

// A subject arrives as it is or, if it is too long for a tag, marked as cut, whatever the alphabet of the service.
func TestSubjectsReachTheTagsOfEveryKind(t *testing.T) {
	for i, subject := range subjects {
		t.Run(fmt.Sprint(utf8.RuneCountInString(subject), " runes"), func(t *testing.T) {
			forEveryKind(t, func(ctx context.Context, t *testing.T, cloud *awstest.Cloud, e entry) {
				who := owner()
				who.Subject = subject
				engine := engineOf(t, cloud, cloud.Config())
				_, err := engine.Apply(ctx, who, e.blueprint(cloud, "it"))
				require.NoError(t, err)
				things := owned(e.things(cloud), who, "it")
				require.Len(t, things, 1)
				text, cut := provision.DecodeTag(things[0].Tags[provision.TagSubject])
				require.True(t, utf8.ValidString(text))
				require.Equal(t, i > 0, cut)
				if cut {
					require.True(t, strings.HasPrefix(subject, text), text)
					require.Greater(t, len(text), 50)
				} else {
					require.Equal(t, subject, text)
				}
				states, err := engine.Find(ctx, who)
				require.NoError(t, err)
				require.Equal(t, text, one(t, states, "it").Owner.Subject)
			}, brief)
		})
	}
}
