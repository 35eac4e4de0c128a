package iamdriver_test

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/internal/drivertest"
	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/iamdriver"
	"github.com/peppercorn-go/peppercorn/provision/iamdriver/iamtest"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// world is a simulated IAM with a driver.
type world struct {
	*iam.Client
	cloud  *sim.Cloud
	iam    *iamtest.IAM
	driver *iamdriver.Driver
}

// in runs a test in virtual time, in a world with the role and profile web and the profile empty.
func in(t *testing.T, f func(ctx context.Context, t *testing.T, w world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		cloud := sim.New()
		w := world{cloud: cloud, iam: iamtest.Register(cloud), Client: iam.NewFromConfig(cloud.Config())}
		w.driver = iamdriver.New(w.Client)
		_, err := w.iam.AddRole("/teams/web")
		require.NoError(t, err)
		_, err = w.iam.AddInstanceProfile("web", "web")
		require.NoError(t, err)
		_, err = w.iam.AddInstanceProfile("empty", "")
		require.NoError(t, err)
		f(t.Context(), t, w)
	})
}

// A role that a program before this one has made is there a few seconds later; a misspelt one takes no longer to be noticed.
func TestWhatIsNewIsWaitedFor(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		_, err := w.CreateRole(ctx, &iam.CreateRoleInput{RoleName: aws.String("new"), AssumeRolePolicyDocument: aws.String("{}")})
		require.NoError(t, err)
		start := time.Now()
		s, err := look(ctx, w.driver, kinds.ExistingRole{Name: "new"})
		require.NoError(t, err)
		require.Equal(t, "arn:aws:iam::123456789012:role/new", s.ID)
		require.Less(t, time.Since(start), 4*time.Second)

		start = time.Now()
		_, err = look(ctx, w.driver, kinds.ExistingRole{Name: "nwe"})
		require.ErrorIs(t, err, provision.ErrMissing)
		require.LessOrEqual(t, time.Since(start), 8*time.Second)
	})
}

// Who has no time to ask again knows nothing.
func TestNoTimeToAskAgainIsNotMissing(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		for _, spec := range []provision.Spec{kinds.ExistingRole{Name: "new"}, kinds.ExistingInstanceProfile{Name: "new"}} {
			short, cancel := context.WithTimeout(ctx, 1500*time.Millisecond)
			defer cancel()
			_, err := look(short, w.driver, spec)
			require.ErrorIs(t, err, context.DeadlineExceeded)
			require.NotErrorIs(t, err, provision.ErrMissing)
		}
	})
}

func TestARoleThatWasJustAddedToAProfileIsWaitedFor(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		_, err := w.AddRoleToInstanceProfile(ctx, &iam.AddRoleToInstanceProfileInput{
			InstanceProfileName: aws.String("empty"), RoleName: aws.String("web"),
		})
		require.NoError(t, err)
		_, err = look(ctx, w.driver, kinds.ExistingInstanceProfile{Name: "empty"})
		require.NoError(t, err)
	})
}

func TestMissingNamesTheFieldAndTheWayOut(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		_, err := look(ctx, w.driver, kinds.ExistingInstanceProfile{Name: "empty"})
		require.EqualError(t, err, "Name: instance profile empty: it has no role in it, so instances could do nothing with it (add one: "+
			"AddRoleToInstanceProfile)")
		_, err = look(ctx, w.driver, kinds.ExistingRole{Name: "nobody"})
		require.ErrorContains(t, err, "Name: IAM role nobody does not exist: ")
		require.ErrorContains(t, err, "NoSuchEntity")
	})
}

func TestChecks(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		for _, tt := range []struct {
			name  string
			check func(context.Context, string) error
			want  string // in the error; empty for none
		}{
			{"web", w.driver.CheckRole, ""},
			{"arn:aws:iam::123456789012:role/teams/web", w.driver.CheckRole, ""},
			{"arn:aws:iam::123456789012:role/web", w.driver.CheckRole, "role/teams/web"},
			{"nobody", w.driver.CheckRole, "IAM role nobody does not exist"},
			{"web", w.driver.CheckInstanceProfile, ""},
			{"arn:aws:iam::123456789012:instance-profile/web", w.driver.CheckInstanceProfile, ""},
			{"nobody", w.driver.CheckInstanceProfile, "instance profile nobody does not exist"},
			{"empty", w.driver.CheckInstanceProfile, "no role in it"},
		} {
			err := tt.check(ctx, tt.name)
			if tt.want == "" {
				require.NoError(t, err, tt.name)
				continue
			}
			require.ErrorIs(t, err, provision.ErrMissing, tt.name)
			require.ErrorContains(t, err, tt.want)
		}
		denied := w.cloud.Inject(sim.Fault{Kind: sim.Fail, Err: sim.Error("AccessDenied", "you may not", http.StatusForbidden)})
		require.NoError(t, w.driver.CheckRole(ctx, "nobody"), "a question that may not be asked is no answer")
		require.NoError(t, w.driver.CheckInstanceProfile(ctx, "nobody"))
		denied()
		w.cloud.Inject(sim.Fault{Kind: sim.Fail, Err: sim.Error("InvalidClientTokenId", "who are you?", http.StatusForbidden)})
		require.ErrorContains(t, w.driver.CheckRole(ctx, "web"), "who are you?", "nobody knows, so it is an error")
	})
}

func TestOtherSpecsAreRefused(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		_, err := look(ctx, w.driver, kinds.ExistingSecret{Name: "x"})
		require.ErrorContains(t, err, `node "found": the spec is a kinds.ExistingSecret`)
		require.Empty(t, w.cloud.Calls())
	})
}

// The role is looked up before the first create, and its ARN reaches whoever asks for it.
func TestAnEngineTakesIt(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		engine, err := provision.NewEngine([]provision.Driver{w.driver})
		require.NoError(t, err)
		var b provision.Blueprint
		b.Inputs = map[string]string{"team": "web"}
		kinds.AddExistingRole(&b, "role", kinds.ExistingRole{Name: "${{in.team}}"})
		kinds.AddExistingInstanceProfile(&b, "profile", kinds.ExistingInstanceProfile{Name: "${{role.Name}}"})
		checked, err := engine.Check(ctx, drivertest.Owner("a1"), &b)
		require.NoError(t, err)
		require.Empty(t, checked.Pins, "a name leaves no choice")
	})
}
