package ssmdriver_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/internal/drivertest"
	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
	"github.com/peppercorn-go/peppercorn/provision/ssmdriver"
	"github.com/peppercorn-go/peppercorn/provision/ssmdriver/ssmtest"
)

// world is a driver on a simulated Parameter Store.
type world struct {
	*ssmdriver.Driver
	drivertest.Lab
	service *ssmtest.SSM
	client  *ssm.Client
}

// in runs a test in a bubble of virtual time.
func in(t *testing.T, test func(ctx context.Context, t *testing.T, w world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		cloud := sim.New(func(o *sim.Options) { o.PageSize = 2 })
		service := ssmtest.Register(cloud)
		client := clientOf(cloud.Config())
		driver := ssmdriver.New(client)
		test(t.Context(), t, world{driver, drivertest.NewLab(cloud, driver), service, client})
	})
}

// flag is a call for a parameter of an attempt.
func flag(attempt string, p kinds.Parameter) provision.Call {
	return provision.Call{Owner: drivertest.Owner(attempt), Node: "flag", Spec: p}
}

func TestParameterIsMadeAsTheBlueprintSays(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		c := flag("a1", kinds.Parameter{Values: []provision.Text{"a", "b"}, Description: "two", Advanced: true})
		c.Keep = true
		s := w.Made(ctx, t, c)
		p := w.service.Parameters()[0]
		require.Equal(t, "/peppercorn/"+c.Name(255, ""), p.Name)
		require.Equal(t, "StringList", p.Type)
		require.Equal(t, "a,b", p.Value)
		require.Equal(t, "two", p.Description)
		require.Equal(t, "Advanced", p.Tier)
		require.Equal(t, c.Tags(), p.Tags)
		require.Equal(t, p.Name, s.ID)
		require.Equal(t, c.Name(255, ""), s.Name)
		require.Equal(t, p.Name, s.Outputs["Name"].String())
		require.Equal(t, p.ARN, s.Outputs["ARN"].String())
		require.Equal(t, "arn:aws:ssm:us-east-1:123456789012:parameter"+p.Name, p.ARN)
		require.Equal(t, c.Owner, s.Owner)
		require.True(t, s.Keep)

		c.Node, c.Spec = "plain", kinds.Parameter{Value: "on, and off"}
		w.Made(ctx, t, c)
		plain := w.service.Parameters()[1]
		require.Equal(t, []string{"String", "on, and off", "Standard"}, []string{plain.Type, plain.Value, plain.Tier})
	})
}

// Parameter Store keeps names that begin with aws and ssm to itself.
func TestEveryApplicationMayHaveParameters(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		for _, app := range []string{"awesome", "awsome", "aws", "ssm-tools", "SSM", "9lives", "---"} {
			c := flag("a1", kinds.Parameter{Value: "on"})
			c.Owner.App = app
			w.Made(ctx, t, c)
		}
		require.Len(t, w.service.Parameters(), 7)
	})
}

func TestLostReplyMakesOneParameter(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		w.Cloud.Inject(sim.Fault{Match: sim.On("SSM", "PutParameter"), Times: 1, Kind: sim.LostReply})
		c := flag("a1", kinds.Parameter{Value: "on"})
		s := w.Made(ctx, t, c)
		require.GreaterOrEqual(t, w.Times("PutParameter"), 2)
		require.Equal(t, s, w.Made(ctx, t, c))
		require.Len(t, w.service.Parameters(), 1)
		require.Equal(t, 1, w.service.Parameters()[0].Version, "nothing was overwritten")
	})
}

func TestStrangersParameterIsNeverAdopted(t *testing.T) {
	ours := flag("a1", kinds.Parameter{Value: "on"})
	for name, tags := range map[string]map[string]string{
		"no tags":           nil,
		"another attempt's": flag("a2", kinds.Parameter{}).Tags(),
	} {
		t.Run(name, func(t *testing.T) {
			in(t, func(ctx context.Context, t *testing.T, w world) {
				before, err := w.service.AddParameter("/peppercorn/"+ours.Name(255, ""), "on", tags)
				require.NoError(t, err)
				_, err = w.Create(ctx, ours)
				var foreign *provision.ForeignError
				require.ErrorAs(t, err, &foreign)
				require.Equal(t, before.Name, foreign.ID)
				err = w.Delete(ctx, provision.State{ID: before.Name, Owner: ours.Owner, Node: "flag", Kind: kinds.ParameterKind})
				require.ErrorIs(t, err, provision.ErrForeign)
				require.Equal(t, []ssmtest.Parameter{before}, w.service.Parameters())
			})
		})
	}
}

// Somebody may have put a secret where the blueprint had none, so no value is in the error.
func TestValueOfAnotherHandIsNeitherSwallowedNorShown(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		c := flag("a1", kinds.Parameter{Value: "canary-of-the-blueprint"})
		s := w.Made(ctx, t, c)
		_, err := w.client.PutParameter(ctx, &ssm.PutParameterInput{
			Name: &s.ID, Value: aws.String("canary-of-another-hand"), Overwrite: aws.Bool(true),
		})
		require.NoError(t, err)
		_, err = w.Create(ctx, c)
		require.ErrorContains(t, err, s.ID)
		require.ErrorContains(t, err, "version 2")
		require.NotErrorIs(t, err, provision.ErrForeign)
		require.NotContains(t, err.Error(), "canary")
		require.Equal(t, 2, w.service.Parameters()[0].Version)
	})
}

func TestItemsThatOnlyTheDriverSees(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		for _, item := range []provision.Text{"a,b", ""} { // what a reference became
			_, err := w.Create(ctx, flag("a1", kinds.Parameter{Values: []provision.Text{"x", item}}))
			require.ErrorContains(t, err, "Values[1]")
		}
		require.Empty(t, w.Cloud.Calls())
	})
}

func TestNameOfADeletedParameterIsWaitedFor(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		c := flag("a1", kinds.Parameter{Value: "on"})
		s := w.Made(ctx, t, c)
		require.ErrorIs(t, w.Delete(ctx, s), provision.ErrDeleting)
		start := time.Now()
		hasty := ssmdriver.New(w.client, func(o *ssmdriver.Options) { o.Appear = 10 * time.Second })
		_, err := hasty.Create(ctx, c)
		require.ErrorIs(t, err, provision.ErrDeleting)
		require.Equal(t, s.ID, w.Made(ctx, t, c).ID)
		require.GreaterOrEqual(t, time.Since(start), 30*time.Second)
		require.Less(t, time.Since(start), time.Minute)
	})
}

func TestConcurrentUpdateIsTriedAgain(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		busy := &types.TooManyUpdates{Message: aws.String("concurrent")}
		w.Cloud.Inject(sim.Fault{Match: sim.On("SSM", "PutParameter"), Times: 2, Kind: sim.Fail, Err: busy})
		s := w.Made(ctx, t, flag("a1", kinds.Parameter{Value: "on"}))
		w.Cloud.Inject(sim.Fault{Match: sim.On("SSM", "DeleteParameter"), Times: 1, Kind: sim.Fail, Err: busy})
		require.ErrorIs(t, w.Delete(ctx, s), provision.ErrDeleting)
		require.Len(t, w.service.Parameters(), 1)
		require.ErrorIs(t, w.Delete(ctx, s), provision.ErrDeleting)
		require.NoError(t, w.Delete(ctx, s))
	})
}

func TestDeleteWaitsForWhatIsNew(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		w.Cloud.Inject(sim.Fault{Match: sim.On("SSM", "ListTagsForResource"), Times: 1, Kind: sim.Fail, Err: &types.InvalidResourceId{}})
		c := flag("a1", kinds.Parameter{Value: "on"})
		p, err := w.service.AddParameter("/peppercorn/"+c.Name(255, ""), "on", c.Tags())
		require.NoError(t, err)
		s := provision.State{Node: c.Node, Kind: kinds.ParameterKind, ID: p.Name, Owner: c.Owner}
		require.ErrorIs(t, w.Delete(ctx, s), provision.ErrDeleting)
		require.NoError(t, w.Delete(ctx, s))
		require.Empty(t, w.service.Parameters())
	})
}

// The first pages of the list have parameters of others only, so they are empty, and are not the end.
func TestFindGoesOnAfterAnEmptyPage(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		for _, name := range []string{"/a", "/b", "/c", "/d", "/e"} {
			_, err := w.service.AddParameter(name, "x", map[string]string{provision.TagRegistry: "another"})
			require.NoError(t, err)
		}
		s := w.Made(ctx, t, flag("a1", kinds.Parameter{Value: "on"}))
		w.Cloud.ForgetCalls()
		found, err := w.Found(ctx, s.Owner)
		require.NoError(t, err)
		require.Equal(t, []provision.State{s}, found)
		require.Equal(t, 3, w.Times("DescribeParameters"))
		require.Equal(t, 1, w.Times("ListTagsForResource"), "the filter spares the others")
	})
}

func TestFindFailsRatherThanMissAParameter(t *testing.T) {
	for _, op := range []string{"DescribeParameters", "ListTagsForResource"} {
		t.Run(op, func(t *testing.T) {
			in(t, func(ctx context.Context, t *testing.T, w world) {
				s := w.Made(ctx, t, flag("a1", kinds.Parameter{Value: "on"}))
				w.Cloud.Inject(sim.Fault{Match: sim.On("SSM", op), Kind: sim.Fail, Err: sim.Error("AccessDenied", "no", 403)})
				_, err := w.Found(ctx, s.Owner)
				var api smithy.APIError
				require.ErrorAs(t, err, &api)
				require.Equal(t, "AccessDenied", api.ErrorCode())
			})
		})
	}
}

func TestOtherSpecsAreRefused(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		c := flag("a1", kinds.Parameter{})
		c.Spec = &kinds.Parameter{}
		require.ErrorContains(t, w.Validate(c), "*kinds.Parameter")
		_, err := w.Create(ctx, c)
		require.ErrorContains(t, err, `node "flag"`)
		require.Empty(t, w.Cloud.Calls())
		require.NoError(t, w.Validate(flag("a1", kinds.Parameter{})))
	})
}
