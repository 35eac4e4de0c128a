package dynamodbdriver_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/internal/drivertest"
	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/dynamodbdriver"
	"github.com/peppercorn-go/peppercorn/provision/dynamodbdriver/dynamodbtest"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// world is a driver on a simulated DynamoDB.
type world struct {
	*dynamodbdriver.Driver
	drivertest.Lab
	service *dynamodbtest.DynamoDB
	client  *dynamodb.Client
}

// in runs a test in a bubble of virtual time.
func in(t *testing.T, test func(ctx context.Context, t *testing.T, w world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		cloud := sim.New(func(o *sim.Options) { o.PageSize = 2 })
		service := dynamodbtest.Register(cloud)
		client := dynamodb.NewFromConfig(cloud.Config())
		driver := dynamodbdriver.New(client)
		test(t.Context(), t, world{driver, drivertest.NewLab(cloud, driver), service, client})
	})
}

var plain = kinds.Table{PartitionKey: id}

// sessions is a call for a table of an attempt.
func sessions(attempt string, spec kinds.Table) provision.Call {
	return provision.Call{Owner: drivertest.Owner(attempt), Node: "sessions", Spec: spec}
}

func TestTableIsMadeAsTheBlueprintSays(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		c := sessions("a1", kinds.Table{
			PartitionKey: id, SortKey: at, DeletionProtection: true, Stream: "NEW_IMAGE", KMSKey: "alias/shop",
			Indexes: []kinds.TableIndex{
				{Name: "by-user", PartitionKey: kinds.TableKey{Name: "user"}, SortKey: at, Include: []string{"total"}},
				{Name: "by-at", PartitionKey: at, KeysOnly: true},
				{Name: "all", PartitionKey: kinds.TableKey{Name: "user"}},
			},
		})
		c.Keep = true
		s := w.Created(ctx, t, c)
		require.Equal(t, "CREATING", w.service.Tables()[0].Status, "Create does not wait")
		s, err := w.Await(ctx, s)
		require.NoError(t, err)
		require.Equal(t, c.Name(255, ""), s.Name)
		require.Equal(t, "arn:aws:dynamodb:us-east-1:123456789012:table/"+s.Name, s.ID)
		require.Equal(t, c.Owner, s.Owner)
		require.True(t, s.Keep)
		require.Contains(t, s.Outputs["StreamARN"].String(), s.ID+"/stream/")
		table := w.service.Tables()[0]
		require.Equal(t, c.Tags(), table.Tags)
		require.True(t, table.Recovery)
		require.True(t, table.Protected)

		request := w.Cloud.Calls()[0].Input.(*dynamodb.CreateTableInput)
		require.Equal(t, types.BillingModePayPerRequest, request.BillingMode)
		require.Nil(t, request.ProvisionedThroughput)
		var names []string
		for _, a := range request.AttributeDefinitions {
			names = append(names, *a.AttributeName+" "+string(a.AttributeType))
		}
		require.Equal(t, []string{"at N", "id S", "user S"}, names)
		var projections []types.ProjectionType
		for _, x := range request.GlobalSecondaryIndexes {
			projections = append(projections, x.Projection.ProjectionType)
		}
		require.Equal(t, []types.ProjectionType{"INCLUDE", "KEYS_ONLY", "ALL"}, projections)
		require.Equal(t, "alias/shop", *request.SSESpecification.KMSMasterKeyId)
	})
}

func TestRecoveryIsOnUnlessTheBlueprintSaysSo(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		s := w.Made(ctx, t, sessions("a1", plain))
		require.Empty(t, s.Outputs["StreamARN"].String())
		require.True(t, w.service.Tables()[0].Recovery)
		w.Cloud.ForgetCalls()
		w.Made(ctx, t, sessions("a1", plain))
		require.Zero(t, w.Times("UpdateContinuousBackups"), "it is on already")

		w.Made(ctx, t, sessions("a2", kinds.Table{PartitionKey: id, NoRecovery: true}))
		for _, table := range w.service.Tables() {
			require.Equal(t, table.Name == s.Name, table.Recovery)
			require.Equal(t, table.Name != s.Name, table.Tags[dynamodbdriver.TagRecovery] == "none")
		}
	})
}

// A program that is killed anywhere between the first call and the last leaves a table that the next run finishes.
func TestCrashBetweenTheStepsIsCompleted(t *testing.T) {
	c := sessions("a1", plain)
	for _, when := range []sim.When{sim.Before, sim.After} {
		for k, done := 1, false; !done; k++ {
			in(t, func(ctx context.Context, t *testing.T, w world) {
				require.Less(t, k, 100)
				first := w.Cloud.Process("first")
				first.CrashAt(k, when)
				driver := dynamodbdriver.New(dynamodb.NewFromConfig(first.Config()))
				s, err := driver.Create(ctx, c)
				if err == nil {
					_, err = driver.Await(ctx, s)
				}
				if done = !first.Crashed(); done {
					require.NoError(t, err)
					return
				}
				for _, table := range w.service.Tables() {
					require.Equal(t, c.Tags(), table.Tags, "what exists is ours from birth")
				}
				w.Made(ctx, t, c)
				require.Len(t, w.service.Tables(), 1)
				require.True(t, w.service.Tables()[0].Recovery)
			})
		}
	}
}

func TestLostReplyMakesOneTable(t *testing.T) {
	for _, op := range []string{"CreateTable", "UpdateContinuousBackups"} {
		in(t, func(ctx context.Context, t *testing.T, w world) {
			w.Cloud.Inject(sim.Fault{Match: sim.On("DynamoDB", op), Times: 1, Kind: sim.LostReply})
			s := w.Made(ctx, t, sessions("a1", plain))
			require.Equal(t, s, w.Made(ctx, t, sessions("a1", plain)))
			require.Len(t, w.service.Tables(), 1)
			require.True(t, w.service.Tables()[0].Recovery)
		})
	}
}

func TestStrangersTableIsNeverAdopted(t *testing.T) {
	ours, other := sessions("a1", plain), sessions("a2", plain)
	for name, tags := range map[string]map[string]string{"without tags": nil, "another attempt's": other.Tags()} {
		t.Run(name, func(t *testing.T) {
			in(t, func(ctx context.Context, t *testing.T, w world) {
				before, err := w.service.AddTable(ours.Name(255, ""), tags)
				require.NoError(t, err)
				start := time.Now()
				_, err = w.Create(ctx, ours)
				var foreign *provision.ForeignError
				require.ErrorAs(t, err, &foreign)
				require.ErrorIs(t, err, provision.ErrForeign)
				require.Equal(t, before.ARN, foreign.ID)
				require.Equal(t, "sessions", foreign.Node)
				require.LessOrEqual(t, time.Since(start), time.Minute)

				err = w.Delete(ctx, provision.State{ID: before.ARN, Owner: ours.Owner, Node: "sessions", Kind: kinds.TableKind})
				require.ErrorIs(t, err, provision.ErrForeign)
				require.Equal(t, []dynamodbtest.Table{before}, w.service.Tables())
			})
		})
	}
}

func TestHandEditsAreNamed(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		c := sessions("a1", kinds.Table{PartitionKey: id, DeletionProtection: true, Stream: "NEW_IMAGE"})
		s := w.Made(ctx, t, c)
		_, err := w.client.UpdateTable(ctx, &dynamodb.UpdateTableInput{
			TableName: &s.Name, DeletionProtectionEnabled: aws.Bool(false), BillingMode: types.BillingModeProvisioned,
			ProvisionedThroughput: &types.ProvisionedThroughput{ReadCapacityUnits: aws.Int64(1), WriteCapacityUnits: aws.Int64(1)},
			StreamSpecification:   &types.StreamSpecification{StreamEnabled: aws.Bool(false)},
		})
		require.NoError(t, err)
		_, err = w.Create(ctx, c)
		require.NotErrorIs(t, err, provision.ErrForeign)
		require.ErrorContains(t, err, s.Name)
		require.ErrorContains(t, err, `the billing mode is PROVISIONED, not PAY_PER_REQUEST, deletion protection is off, not on, the stream is "", not "NEW_IMAGE"`)
	})
	in(t, func(ctx context.Context, t *testing.T, w world) {
		s := w.Made(ctx, t, sessions("a1", plain))
		_, err := w.client.UpdateTable(ctx, &dynamodb.UpdateTableInput{TableName: &s.Name, DeletionProtectionEnabled: aws.Bool(true)})
		require.NoError(t, err)
		w.Made(ctx, t, sessions("a1", plain)) // somebody wanted to keep it, which is no reason to stop
	})
}

func TestTableThatWillNotBecomeActive(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		s := w.Created(ctx, t, sessions("a1", plain))
		require.NoError(t, w.service.Fail(s.Name, "INACCESSIBLE_ENCRYPTION_CREDENTIALS"))
		start := time.Now()
		_, err := w.Await(ctx, s)
		require.ErrorContains(t, err, "KMS key")
		require.ErrorContains(t, err, s.Name)
		require.Less(t, time.Since(start), time.Minute, "there is nothing to wait for")
	})
}

func TestTableOnItsWayOutIsNotAdopted(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		s := w.Made(ctx, t, sessions("a1", plain))
		require.ErrorIs(t, w.Delete(ctx, s), provision.ErrDeleting)
		_, err := w.Create(ctx, sessions("a1", plain))
		require.ErrorIs(t, err, provision.ErrDeleting)
		_, err = w.Await(ctx, s)
		require.ErrorIs(t, err, provision.ErrGone)
		states, err := w.Found(ctx, s.Owner)
		require.NoError(t, err)
		require.Len(t, states, 1)
		require.True(t, states[0].Deleting)
		for err := w.Delete(ctx, s); err != nil; err = w.Delete(ctx, s) {
			require.ErrorIs(t, err, provision.ErrDeleting)
			time.Sleep(time.Second)
		}
		require.Empty(t, w.service.Tables())
		require.Equal(t, s.ID, w.Made(ctx, t, sessions("a1", plain)).ID)
	})
}

func TestProtectionIsNeverSwitchedOff(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		s := w.Made(ctx, t, sessions("a1", kinds.Table{PartitionKey: id, DeletionProtection: true}))
		w.Cloud.ForgetCalls()
		var busy *provision.BusyError
		require.ErrorAs(t, w.Delete(ctx, s), &busy)
		require.Equal(t, s.ID, busy.ID)
		require.Contains(t, busy.Blocker, "deletion protection")
		require.Zero(t, w.Times("DeleteTable"))
		require.True(t, w.service.Tables()[0].Protected)
		_, err := w.client.UpdateTable(ctx, &dynamodb.UpdateTableInput{TableName: &s.Name, DeletionProtectionEnabled: aws.Bool(false)})
		require.NoError(t, err)
		require.ErrorIs(t, w.Delete(ctx, s), provision.ErrDeleting)
	})
}

func TestTableThatIsBeingMadeIsBusy(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		s := w.Created(ctx, t, sessions("a1", plain))
		var busy *provision.BusyError
		require.ErrorAs(t, w.Delete(ctx, s), &busy)
		require.Contains(t, busy.Blocker, "CREATING")
		time.Sleep(10 * time.Second)
		require.ErrorIs(t, w.Delete(ctx, s), provision.ErrDeleting)
	})
}

func TestLosesLooksForItemsItself(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		s := w.Created(ctx, t, sessions("a1", plain))
		loses := func() string {
			losses, err := w.Loses(ctx, s)
			require.NoError(t, err)
			if len(losses) == 0 {
				return ""
			}
			require.Equal(t, provision.Loss{Node: "sessions", Kind: kinds.TableKind, ID: s.ID, What: losses[0].What}, losses[0])
			return losses[0].What
		}
		require.Empty(t, loses(), "a table that is being made has no items")
		s, err := w.Await(ctx, s)
		require.NoError(t, err)
		require.Empty(t, loses())
		_, err = w.client.PutItem(ctx, &dynamodb.PutItemInput{TableName: &s.Name, Item: map[string]types.AttributeValue{
			"id": &types.AttributeValueMemberS{Value: "canary"},
		}})
		require.NoError(t, err)
		require.NoError(t, w.service.AddItems(s.Name, 11))
		require.Equal(t, "items", loses(), "DynamoDB has not counted them yet")
		time.Sleep(7 * time.Hour)
		require.Equal(t, "items, about 12 when DynamoDB last counted", loses())
		for _, call := range w.Cloud.Calls() {
			if scan, ok := call.Output.(*dynamodb.ScanOutput); ok {
				require.Empty(t, scan.Items, "no item leaves the service")
			}
		}
		w.Cloud.Inject(sim.Fault{Match: sim.On("DynamoDB", "Scan"), Times: 1, Kind: sim.Fail, Err: sim.Error("AccessDeniedException", "no", 400)})
		_, err = w.Loses(ctx, s)
		require.ErrorContains(t, err, "AccessDeniedException", "what cannot be looked at is not nothing")
		w.Gone(ctx, t, s)
		require.Empty(t, loses())
	})
}

// A table that was made a moment ago may be unknown to one part of DynamoDB and not to the next.
func TestDeleteEndsWhenDynamoDBSaysSoTwice(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		s := w.Made(ctx, t, sessions("a1", plain))
		w.Cloud.Inject(sim.Fault{Match: sim.On("DynamoDB", "DescribeTable"), Times: 1, Kind: sim.Fail, Err: &types.ResourceNotFoundException{}})
		require.ErrorIs(t, w.Delete(ctx, s), provision.ErrDeleting)
		require.Equal(t, "DELETING", w.service.Tables()[0].Status)
	})
}

func TestDeleteLeavesTheNextAttemptAlone(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		dead := w.Made(ctx, t, sessions("a1", plain))
		alive := w.Made(ctx, t, sessions("a2", plain))
		mixed := alive
		mixed.Owner = dead.Owner // whatever state says: the tags decide
		require.ErrorIs(t, w.Delete(ctx, mixed), provision.ErrForeign)
		require.ErrorIs(t, w.Delete(ctx, dead), provision.ErrDeleting)
		time.Sleep(time.Minute)
		require.Len(t, w.service.Tables(), 1)
		require.Equal(t, alive.ID, w.service.Tables()[0].ARN)
	})
}

func TestFindReadsAllPagesAndOnlyItsOwn(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		var want []string
		for i := range 5 {
			c := sessions("a1", plain)
			c.Node = fmt.Sprintf("sessions-%d", i)
			want = append(want, w.Made(ctx, t, c).ID)
		}
		w.Made(ctx, t, sessions("a2", plain))
		warehouse := sessions("a1", plain)
		warehouse.Owner.App = "warehouse"
		for _, name := range []string{"shop-legacy", "warehouse", "Shop.News", warehouse.Name(255, "")} {
			_, err := w.service.AddTable(name, map[string]string{"peppercorn:registry": "r3g1"})
			require.NoError(t, err)
		}
		w.Cloud.ForgetCalls()
		states, err := w.Found(ctx, sessions("a1", plain).Owner)
		require.NoError(t, err)
		var got []string
		for _, s := range states {
			require.Len(t, s.Outputs, 3)
			got = append(got, s.ID)
		}
		require.ElementsMatch(t, want, got)
		require.Equal(t, 6, w.Times("DescribeTable"), "tables of other names are left in peace")
		states, err = w.Found(ctx, provision.Owner{Registry: "r3g1"})
		require.NoError(t, err)
		require.Len(t, states, 6)
	})
}

// DynamoDB throttles those who read tags faster than ten times a second, and the SDK gives up after three attempts.
func TestFindKeepsToTheRateOfTags(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		for i := range 20 {
			c := sessions("a1", plain)
			c.Node = fmt.Sprintf("sessions-%d", i)
			_, err := w.service.AddTable(c.Name(255, ""), c.Tags())
			require.NoError(t, err)
		}
		states, err := w.Found(ctx, provision.Owner{Registry: "r3g1"})
		require.NoError(t, err)
		require.Len(t, states, 20)
		for _, call := range w.Cloud.Calls() {
			require.NoError(t, call.Err, "nothing was throttled")
		}
	})
}

func TestFindFailsRatherThanMissATable(t *testing.T) {
	for _, op := range []string{"ListTables", "DescribeTable", "ListTagsOfResource"} {
		in(t, func(ctx context.Context, t *testing.T, w world) {
			w.Made(ctx, t, sessions("a1", plain))
			w.Cloud.Inject(sim.Fault{Match: sim.On("DynamoDB", op), Kind: sim.Fail, Err: sim.Error("AccessDeniedException", "no", 400)})
			_, err := w.Found(ctx, sessions("a1", plain).Owner)
			require.ErrorContains(t, err, "AccessDeniedException")
		})
	}
}

func TestErrorsNameTheTableAndUnwrap(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		c := sessions("a1", plain)
		s := w.Made(ctx, t, c)
		create := func() error { _, err := w.Create(ctx, c); return err }
		await := func() error { _, err := w.Await(ctx, s); return err }
		remove := func() error { return w.Delete(ctx, s) }
		for op, call := range map[string]func() error{
			"CreateTable":               create,
			"DescribeTable":             create,
			"ListTagsOfResource":        remove,
			"DescribeContinuousBackups": await,
			"DeleteTable":               remove,
		} {
			heal := w.Cloud.Inject(sim.Fault{Match: sim.On("DynamoDB", op), Kind: sim.Fail, Err: sim.Error("AccessDeniedException", "not for you", 400)})
			err := call()
			heal()
			var refusal smithy.APIError
			require.ErrorAs(t, err, &refusal, op)
			require.Equal(t, "AccessDeniedException", refusal.ErrorCode(), op)
			require.ErrorContains(t, err, s.Name, op)
		}
		ended, cancel := context.WithCancelCause(ctx)
		cancel(errors.New("enough"))
		_, err := w.Create(ended, c)
		require.ErrorIs(t, err, context.Canceled)
	})
}

func TestOtherSpecsAreRefused(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		c := sessions("a1", plain)
		require.NoError(t, w.Validate(c))
		c.Spec = &kinds.Table{}
		require.ErrorContains(t, w.Validate(c), "*kinds.Table")
		_, err := w.Create(ctx, c)
		require.ErrorContains(t, err, `node "sessions"`)
		require.Empty(t, w.Cloud.Calls())
	})
}
