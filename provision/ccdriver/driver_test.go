package ccdriver_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudcontrol"
	"github.com/aws/aws-sdk-go-v2/service/cloudcontrol/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/internal/drivertest"
	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/ccdriver"
	"github.com/peppercorn-go/peppercorn/provision/ccdriver/cctest"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// world is a driver on a simulated service.
type world struct {
	*ccdriver.Driver
	drivertest.Lab
	service *cctest.CloudControl
}

// in runs a test in virtual time.
func in(t *testing.T, test func(ctx context.Context, t *testing.T, w world), optFns ...func(*cctest.Options)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		cloud := sim.New()
		service := cctest.Register(cloud, optFns...)
		driver := driverOf(cloud, "main")
		test(t.Context(), t, world{driver, drivertest.NewLab(cloud, driver), service})
	})
}

// driverOf is the driver of one client program.
func driverOf(cloud *sim.Cloud, process string) *ccdriver.Driver {
	return ccdriver.New(cloudcontrol.NewFromConfig(cloud.Process(process).Config()), allTypes)
}

func callFor(attempt string, r kinds.CloudControl) provision.Call {
	return provision.Call{Owner: drivertest.Owner(attempt), Node: "images", Spec: r}
}

// A token is forgotten after 36 hours; what has no name would then be made a second time.
func TestCreateIsIdempotentBeyondTheLifeOfAToken(t *testing.T) {
	for _, typ := range allTypes {
		t.Run(typ.Name, func(t *testing.T) {
			in(t, func(ctx context.Context, t *testing.T, w world) {
				c := callFor("a1", specOf(typ))
				first := w.Made(ctx, t, c)
				time.Sleep(40 * time.Hour)
				again := w.Created(ctx, t, c)
				require.Equal(t, first.ID, again.ID)
				time.Sleep(8 * 24 * time.Hour) // requests are forgotten, too
				require.Equal(t, first, w.Made(ctx, t, c))
				require.Len(t, w.service.Resources(), 1)
			})
		})
	}
}

func specOf(typ kinds.CloudControlType) kinds.CloudControl {
	r := kinds.CloudControl{Type: typ}
	if typ.Name == param.Name {
		r.Properties = map[string]any{"Type": "String", "Value": "x"}
	}
	return r
}

// Whatever call a deployer dies at, the next one ends with one resource, which is ours, and one teardown with none.
func TestACrashAtAnyCallLeavesNothingTwice(t *testing.T) {
	for _, typ := range allTypes {
		for _, when := range []sim.When{sim.Before, sim.After} {
			t.Run(fmt.Sprintf("%s %v", typ.Name, when), func(t *testing.T) {
				crashed := true
				for k := 1; crashed; k++ {
					in(t, func(ctx context.Context, t *testing.T, w world) {
						c := callFor("a1", specOf(typ))
						dying := w.Cloud.Process("dying")
						dying.CrashAt(k, when)
						d := driverOf(w.Cloud, "dying")
						if s, err := d.Create(ctx, c); err == nil {
							if s, err = d.Await(ctx, s); err == nil {
								err = d.Delete(ctx, s)
							}
							crashed = err != nil && dying.Crashed()
						}
						var s provision.State
						for {
							var err error
							if s, err = w.Create(ctx, c); err == nil {
								break
							}
							require.ErrorIs(t, err, provision.ErrDeleting)
							time.Sleep(5 * time.Second)
						}
						s, err := w.Await(ctx, s)
						require.NoError(t, err)
						require.Len(t, w.service.Resources(), 1, "call %d", k)
						states, err := w.Found(ctx, c.Owner)
						require.NoError(t, err)
						require.Len(t, states, 1)
						require.Equal(t, s.ID, states[0].ID)
						w.Gone(ctx, t, s, provision.ErrBusy)
						require.Empty(t, w.service.Resources())
					})
				}
			})
		}
	}
}

func TestAHandlersFailureIsATypedErrorAtOnce(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		start := time.Now()
		_, err := w.Create(ctx, callFor("a1", kinds.CloudControl{Type: repository, Properties: map[string]any{"Nonsense": 1}}))
		var handler *ccdriver.HandlerError
		require.ErrorAs(t, err, &handler)
		require.Equal(t, types.HandlerErrorCodeInvalidRequest, handler.Code)
		require.Equal(t, types.OperationCreate, handler.Operation)
		require.NotEmpty(t, handler.Token)
		require.ErrorContains(t, err, "Nonsense")
		require.ErrorContains(t, err, `node "images"`)
		var api smithy.APIError
		require.ErrorAs(t, err, &api)
		require.Equal(t, "InvalidRequest", api.ErrorCode())
		require.Less(t, time.Since(start), 10*time.Second)
		require.Equal(t, 1, w.Times("CreateResource"))
		require.Empty(t, w.service.Resources())
	})
}

// For 36 hours a token would repeat the failure, whatever has been put right since.
func TestAFailureThatWasPutRightIsNotRepeated(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		w.service.Fail(cctest.Failure{
			Type: address.Name, Operation: types.OperationCreate, Code: types.HandlerErrorCodeAccessDenied, Message: "not for you", Times: 2,
		})
		c := callFor("a1", specOf(address))
		for range 2 {
			_, err := w.Create(ctx, c)
			require.ErrorContains(t, err, "not for you")
		}
		require.Equal(t, "images", w.Made(ctx, t, c).Node)
		require.Len(t, w.service.Resources(), 1)
		require.Equal(t, 1+2+3, w.Times("CreateResource"))
	})
}

func TestAFailureThatPassesIsTriedAgain(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		w.service.Fail(cctest.Failure{Type: address.Name, Operation: types.OperationCreate, Code: types.HandlerErrorCodeThrottling, Times: 3})
		w.Made(ctx, t, callFor("a1", specOf(address)))
		require.Len(t, w.service.Resources(), 1)
		require.Equal(t, 4, w.Times("CreateResource"))
	})
}

func TestTriesEnd(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		w.service.Fail(cctest.Failure{
			Type: address.Name, Operation: types.OperationCreate, Code: types.HandlerErrorCodeServiceInternalError, Message: "ill", Times: 1000,
		})
		_, err := w.Create(ctx, callFor("a1", specOf(address)))
		require.ErrorContains(t, err, "12 requests")
		require.ErrorContains(t, err, "ill")
		require.Equal(t, 12, w.Times("CreateResource"))
	})
}

// What a failed create leaves behind has our tags: it is reported, found, and torn down, and no second one is made.
func TestAHalfMadeResourceIsOursToDelete(t *testing.T) {
	for _, typ := range []kinds.CloudControlType{repository, address} {
		t.Run(typ.Name, func(t *testing.T) {
			in(t, func(ctx context.Context, t *testing.T, w world) {
				w.service.Fail(cctest.Failure{
					Type: typ.Name, Operation: types.OperationCreate, Code: types.HandlerErrorCodeNotStabilized, Message: "stuck", Half: true,
				})
				c := callFor("a1", specOf(typ))
				for range 2 {
					_, err := w.Await(ctx, w.Created(ctx, t, c))
					require.ErrorContains(t, err, "stuck")
					require.NotErrorIs(t, err, provision.ErrGone)
				}
				states, err := w.Found(ctx, c.Owner)
				require.NoError(t, err)
				require.Len(t, states, 1)
				w.Gone(ctx, t, states[0])
				require.Empty(t, w.service.Resources())
				w.Made(ctx, t, c)
			}, func(o *cctest.Options) { o.Gap = 0 })
		})
	}
}

func TestWhatIsOnItsWayOutIsNotAdopted(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		c := callFor("a1", specOf(repository))
		s := w.Made(ctx, t, c)
		require.ErrorIs(t, w.Delete(ctx, s), provision.ErrDeleting)
		_, err := w.Create(ctx, c)
		require.ErrorIs(t, err, provision.ErrDeleting)
		require.ErrorContains(t, err, s.ID)
		w.Gone(ctx, t, s)
		w.Made(ctx, t, c)
	})
}

// peculiar returns options under which repositories are of a type with a peculiarity.
func peculiar(change func(*cctest.Type)) func(*cctest.Options) {
	return func(o *cctest.Options) {
		for i := range o.Types {
			if o.Types[i].Name == repository.Name {
				change(&o.Types[i])
			}
		}
	}
}

// overtake has a stranger make a repository of the name that c asks for, while the request to make it is under way.
func (w world) overtake(c provision.Call) {
	w.Cloud.Inject(sim.Fault{
		Match: sim.On(cloudcontrol.ServiceID, "CreateResource"), Times: 1, Kind: sim.Delay, Delay: time.Minute,
	})
	time.AfterFunc(30*time.Second, func() {
		_, _ = w.service.AddResource(repository.Name, map[string]any{"RepositoryName": repository.ResourceName(c)})
	})
}

// A load balancer of somebody else is handed out as if it had been made: a stranger who is quicker is seen only by the tags.
func TestWhatIsHandedOutIsNotTakenForOurs(t *testing.T) {
	for _, late := range []bool{false, true} {
		in(t, func(ctx context.Context, t *testing.T, w world) {
			c := callFor("a1", specOf(repository))
			w.overtake(c)
			s, err := w.Create(ctx, c)
			if !late {
				require.NoError(t, err, "its identifier is known, and no more")
				_, err = w.Await(ctx, s)
			}
			require.ErrorIs(t, err, provision.ErrForeign)
			require.Len(t, w.service.Resources(), 1)
		}, peculiar(func(typ *cctest.Type) { typ.Sharing, typ.Late = true, late }))
	}
}

// While a handler has not tagged yet what it makes, our own resource looks like a stranger's.
func TestWhatIsNotTaggedYetIsNotForeign(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		c := callFor("a1", specOf(repository))
		first := w.Created(ctx, t, c)
		again := w.Created(ctx, t, c)
		require.Equal(t, first.ID, again.ID)
		require.ErrorIs(t, w.Delete(ctx, again), provision.ErrBusy)
		_, err := w.Await(ctx, again)
		require.NoError(t, err)
		require.Len(t, w.service.Resources(), 1)
		w.Gone(ctx, t, again)
	}, peculiar(func(typ *cctest.Type) { typ.Bare = true }))
}

// For 36 hours the token says that the resource was made, which is true, and no help.
func TestWhatSomebodyDeletedIsMadeAgain(t *testing.T) {
	for _, typ := range allTypes {
		t.Run(typ.Name, func(t *testing.T) {
			in(t, func(ctx context.Context, t *testing.T, w world) {
				c := callFor("a1", specOf(typ))
				for range 3 {
					first := w.Made(ctx, t, c)
					_, identifier, _ := strings.Cut(first.ID, "/")
					w.service.Vanish(typ.Name, identifier)
				}
				w.Made(ctx, t, c)
				require.Len(t, w.service.Resources(), 1)
			})
		})
	}
}

func TestRetryAfterIsHonoured(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		start := time.Now()
		s := w.Made(ctx, t, callFor("a1", specOf(address)))
		require.Zero(t, w.service.Impatient())
		require.Less(t, time.Since(start), 11*time.Minute)
		require.InDelta(t, 10*60/37, w.Times("GetResourceRequestStatus"), 2, "every 37 seconds, and not every second")
		w.Gone(ctx, t, s)
		require.Zero(t, w.service.Impatient())
	}, func(o *cctest.Options) { o.Make, o.Poll = 10*time.Minute, 37*time.Second })
}

func TestSomebodyElsesNameIsForeignAlsoWhereItIsNotTheIdentifier(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		c := callFor("a1", specOf(topic))
		stranger, err := w.service.AddResource(topic.Name, map[string]any{"TopicName": topic.ResourceName(c)})
		require.NoError(t, err)
		_, err = w.Create(ctx, c)
		var foreign *provision.ForeignError
		require.ErrorAs(t, err, &foreign)
		require.Equal(t, topic.Name+"/"+stranger.Identifier, foreign.ID)
		require.Zero(t, w.Times("CreateResource"))
		require.Equal(t, []cctest.Resource{stranger}, w.service.Resources())
	})
}

// A stranger who is quicker is met by the handler only.
func TestANameThatIsTakenMeanwhileIsForeign(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		c := callFor("a1", specOf(repository))
		w.overtake(c)
		_, err := w.Create(ctx, c)
		require.ErrorIs(t, err, provision.ErrForeign)
		require.Len(t, w.service.Resources(), 1)
	})
}

// What is a moment old may be unknown. Who has no time to ask again knows nothing, and must not take it for gone.
func TestNoTimeToBeCertainIsNotGone(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		s := w.Created(ctx, t, callFor("a1", specOf(repository)))
		time.Sleep(20 * time.Second) // the request has ended well, and its service does not know the repository yet
		short, cancel := context.WithTimeout(ctx, 2500*time.Millisecond)
		defer cancel()
		_, err := w.Await(short, s)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.NotErrorIs(t, err, provision.ErrGone)
		short, cancel = context.WithTimeout(ctx, 2500*time.Millisecond)
		defer cancel()
		require.ErrorIs(t, w.Delete(short, s), context.DeadlineExceeded)
		require.Len(t, w.service.Resources(), 1)
	}, func(o *cctest.Options) { o.Gap = 10 * time.Second })
}

func TestDeleteNamesWhatNeedsTheResource(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		s := w.Made(ctx, t, callFor("a1", specOf(repository)))
		_, identifier, _ := strings.Cut(s.ID, "/")
		w.service.Block(repository.Name, identifier, "replication rule 7 needs it")
		var busy *provision.BusyError
		for range 2 {
			require.ErrorAs(t, w.Delete(ctx, s), &busy)
			require.Equal(t, "replication rule 7 needs it", busy.Blocker)
			require.Equal(t, s.ID, busy.ID)
		}
		w.service.Block(repository.Name, identifier, "")
		w.Gone(ctx, t, s)
	})
}

func TestAFailedDeletionIsAnError(t *testing.T) {
	for _, tt := range []struct {
		code    types.HandlerErrorCode
		message string
		busy    bool
	}{
		{types.HandlerErrorCodeAccessDenied, "no", false},
		{types.HandlerErrorCodeGeneralServiceException, "no", false},
		{types.HandlerErrorCodeGeneralServiceException, "vpc-1 has dependencies (Service: Ec2, Code: DependencyViolation)", true},
		{types.HandlerErrorCodeThrottling, "Rate exceeded", true},
		{types.HandlerErrorCodeResourceConflict, "in use", true},
	} {
		t.Run(string(tt.code)+" "+tt.message, func(t *testing.T) {
			in(t, func(ctx context.Context, t *testing.T, w world) {
				s := w.Made(ctx, t, callFor("a1", specOf(repository)))
				w.service.Fail(cctest.Failure{Type: repository.Name, Operation: types.OperationDelete, Code: tt.code, Message: tt.message})
				err := w.Delete(ctx, s)
				var handler *ccdriver.HandlerError
				require.ErrorAs(t, err, &handler)
				require.Equal(t, tt.code, handler.Code)
				require.Equal(t, tt.busy, errors.Is(err, provision.ErrBusy))
				require.ErrorContains(t, err, s.ID)
				w.Gone(ctx, t, s)
			})
		})
	}
}

func TestFindFailsRatherThanMissAResource(t *testing.T) {
	for _, op := range []string{"ListResources", "GetResource", "ListResourceRequests"} {
		t.Run(op, func(t *testing.T) {
			in(t, func(ctx context.Context, t *testing.T, w world) {
				c := callFor("a1", specOf(repository))
				w.Made(ctx, t, c)
				w.Cloud.Inject(sim.Fault{
					Match: sim.On(cloudcontrol.ServiceID, op), Kind: sim.Fail, Err: sim.Error("AccessDeniedException", "no", 400),
				})
				_, err := w.Found(ctx, c.Owner)
				require.ErrorContains(t, err, "AccessDenied")
			})
		})
	}
}
