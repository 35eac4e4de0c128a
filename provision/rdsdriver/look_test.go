package rdsdriver_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/internal/drivertest"
	"github.com/peppercorn-go/peppercorn/internal/moto"
	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
	"github.com/peppercorn-go/peppercorn/provision/provisiontest"
	"github.com/peppercorn-go/peppercorn/provision/rdsdriver"
	"github.com/peppercorn-go/peppercorn/provision/rdsdriver/rdstest"
)

// denial is how RDS refuses who may not ask.
var denial = sim.Fault{Kind: sim.Fail, Err: sim.Error("AccessDenied", "User is not authorized to perform this action", 403)}

func TestLookerOnSimulatedRDS(t *testing.T) {
	t.Parallel()
	provisiontest.TestLooker(t, provisiontest.LookHarness{
		Name: "simulated RDS",
		New: func(t testing.TB) provisiontest.LookWorld {
			cloud := sim.New(func(o *sim.Options) { o.PageSize = 2 })
			rdstest.Register(cloud, hasty)
			w := lookWorld(t, rds.NewFromConfig(cloud.Config()), time.Second)
			w.Changes = func() (changes []string) {
				for _, c := range cloud.Calls() {
					if c.Effect && drivertest.Changes(c.Op) {
						changes = append(changes, c.Op)
					}
				}
				return changes
			}
			w.Deny = func() { cloud.Inject(denial) }
			return w
		},
	})
}

func TestLookerOnMoto(t *testing.T) {
	t.Parallel()
	server, accounts := moto.Start(t), 200000000000
	provisiontest.TestLooker(t, provisiontest.LookHarness{
		Name:     "moto",
		RealTime: true,
		Gaps:     map[string]string{"denied": "moto lets everybody do everything"},
		New: func(t testing.TB) provisiontest.LookWorld {
			accounts++
			cfg := server.Config()
			cfg.HTTPClient = account{cfg.HTTPClient, fmt.Sprint(accounts)}
			w := lookWorld(t, rds.NewFromConfig(cfg), 20*time.Millisecond, func(o *rdsdriver.Options) {
				o.Poll, o.Settle, o.Appear = 10*time.Millisecond, 10*time.Millisecond, 100*time.Millisecond
			})
			w.Changes = func() []string { return nil } // the simulation tells
			return w
		},
	})
}

// account sends requests to an account of moto of its own, so that each world is a fresh one.
type account struct {
	rds.HTTPClient
	id string
}

func (a account) Do(r *http.Request) (*http.Response, error) {
	r.Header.Set("x-moto-account-id", a.id)
	return a.HTTPClient.Do(r)
}

// lookWorld is a driver where there are databases and snapshots, which it finds; made with nothing but calls of RDS, and with this pause
// between two of them where RDS takes its time.
func lookWorld(t testing.TB, client *rds.Client, pause time.Duration, optFns ...func(*rdsdriver.Options)) provisiontest.LookWorld {
	driver := rdsdriver.New(client, optFns...)
	owner := orders("a1", small).Owner
	return provisiontest.LookWorld{
		Looker: driver,
		Owner:  owner,
		Sights: func(kind provision.Kind) []provisiontest.Sight {
			ctx := t.Context()
			if kind == kinds.ExistingDatabaseKind {
				return databaseSights(ctx, t, client)
			}
			return snapshotSights(ctx, t, client, driver, owner, pause)
		},
	}
}

// existing makes a database, unless it is there, and waits until it is available.
func existing(ctx context.Context, t testing.TB, client *rds.Client, name string, managed bool) types.DBInstance {
	t.Helper()
	in := &rds.CreateDBInstanceInput{
		DBInstanceIdentifier: &name, DBInstanceClass: aws.String("db.t4g.micro"), Engine: aws.String("postgres"), Port: aws.Int32(5433),
		AllocatedStorage: aws.Int32(20), MasterUsername: aws.String("owner"), StorageEncrypted: aws.Bool(true),
	}
	if managed {
		in.ManageMasterUserPassword = aws.Bool(true)
	} else {
		in.MasterUserPassword = aws.String("not-a-real-secret")
	}
	_, err := client.CreateDBInstance(ctx, in)
	var exists *types.DBInstanceAlreadyExistsFault
	if !errors.As(err, &exists) {
		require.NoError(t, err)
	}
	for {
		db, err := look(ctx, client, name)
		if err == nil && aws.ToString(db.DBInstanceStatus) == "available" {
			return db
		}
		time.Sleep(time.Second)
	}
}

// photograph takes a snapshot and waits until it is available.
func photograph(ctx context.Context, t testing.TB, client *rds.Client, instance, name string) {
	t.Helper()
	_, err := client.CreateDBSnapshot(ctx, &rds.CreateDBSnapshotInput{DBInstanceIdentifier: &instance, DBSnapshotIdentifier: &name})
	require.NoError(t, err)
	for {
		out, err := client.DescribeDBSnapshots(ctx, &rds.DescribeDBSnapshotsInput{DBSnapshotIdentifier: &name})
		require.NoError(t, err)
		if aws.ToString(out.DBSnapshots[0].Status) == "available" {
			return
		}
		time.Sleep(time.Second)
	}
}

func databaseSights(ctx context.Context, t testing.TB, client *rds.Client) []provisiontest.Sight {
	shared, plain := existing(ctx, t, client, "shared", true), existing(ctx, t, client, "plain", false)
	text := func(s *string) provision.Value { return provision.TextValue(aws.ToString(s)) }
	require.NotEmpty(t, shared.MasterUserSecret.SecretArn)
	return []provisiontest.Sight{
		{
			Name: "with a secret", Spec: kinds.ExistingDatabase{Name: "Shared"}, ID: "shared",
			Want: map[string]provision.Value{
				"Name": provision.TextValue("shared"), "Endpoint": text(shared.Endpoint.Address), "Port": provision.NumberValue(5433),
				"ARN": text(shared.DBInstanceArn), "SecretARN": text(shared.MasterUserSecret.SecretArn), "Engine": provision.TextValue("postgres"),
			},
			Missing: kinds.ExistingDatabase{Name: "nobodys"}, Names: "Name: database nobodys does not exist",
		},
		{
			Name: "without", Spec: kinds.ExistingDatabase{Name: "plain", NoSecret: true}, ID: "plain",
			Want:    map[string]provision.Value{"SecretARN": provision.TextValue(""), "Endpoint": text(plain.Endpoint.Address)},
			Missing: kinds.ExistingDatabase{Name: "plain"}, Names: "Name: database plain: RDS does not keep its master password in Secrets Manager",
		},
	}
}

func snapshotSights(
	ctx context.Context, t testing.TB, client *rds.Client, d *rdsdriver.Driver, o provision.Owner, pause time.Duration,
) []provisiontest.Sight {
	existing(ctx, t, client, "source", false)
	photograph(ctx, t, client, "source", "b-first")
	photograph(ctx, t, client, "source", "a-second")
	// teardown leaves the final snapshot of a node, as another attempt of another environment has made it.
	teardown := func(attempt, app, node string) string {
		c := orders(attempt, small)
		c.Owner.App, c.Owner.Env, c.Node = app, "e"+attempt, node
		s, err := d.Create(ctx, c)
		require.NoError(t, err)
		_, err = d.Await(ctx, s)
		require.NoError(t, err)
		for err = d.Delete(ctx, s); err != nil; err = d.Delete(ctx, s) {
			require.ErrorIs(t, err, provision.ErrDeleting)
			time.Sleep(pause)
		}
		return rdsdriver.FinalSnapshot(s)
	}
	teardown("a1", o.App, "orders")
	last := teardown("a2", o.App, "orders")
	teardown("a3", "another", "orders")
	teardown("a3", o.App, "invoices")
	remove := func(name string) func(context.Context) (string, error) {
		return func(ctx context.Context) (string, error) {
			_, err := client.DeleteDBSnapshot(ctx, &rds.DeleteDBSnapshotInput{DBSnapshotIdentifier: &name})
			return name, err
		}
	}
	return []provisiontest.Sight{
		{
			Name: "by name", Spec: kinds.ExistingSnapshot{Name: "B-First"}, ID: "b-first",
			Want: map[string]provision.Value{
				"ID": provision.TextValue("b-first"), "Instance": provision.TextValue("source"), "Engine": provision.TextValue("postgres"),
				"StorageGiB": provision.NumberValue(20),
			},
			Missing: kinds.ExistingSnapshot{Name: "c-third"}, Names: "Name: snapshot c-third does not exist",
		},
		{
			Name: "the latest of an instance", Spec: kinds.ExistingSnapshot{Instance: "source"}, ID: "a-second",
			Newer: func(ctx context.Context) error {
				photograph(ctx, t, client, "source", "a-0-third")
				return nil
			},
			Remove:  remove("a-second"),
			Missing: kinds.ExistingSnapshot{Instance: "nobodys"}, Names: "Instance: an available snapshot of database nobodys",
		},
		{
			Name: "the last that a teardown left of a node", Spec: kinds.ExistingSnapshot{Node: "orders"}, ID: last,
			Newer: func(context.Context) error {
				teardown("a4", o.App, "orders")
				return nil
			},
			Remove:  remove(last),
			Missing: kinds.ExistingSnapshot{Node: "payments"}, Names: `Node: a final snapshot of node "payments" of shop`,
		},
	}
}

func TestAutomatedSnapshots(t *testing.T) {
	t.Parallel()
	in(t, func(ctx context.Context, t *testing.T, w world) {
		existing(ctx, t, w.client, "source", true)
		require.NoError(t, second(w.service.AddSnapshotOf("source", "by-hand")))
		time.Sleep(time.Hour)
		const nightly = "rds:source-2000-01-01-03-00"
		require.NoError(t, second(w.service.AddSnapshotOf("source", nightly)))
		find := func(spec kinds.ExistingSnapshot, pin string) (provision.State, string, error) {
			return w.Look(ctx, provision.Call{Owner: orders("a1", small).Owner, Node: "latest", Spec: spec}, pin)
		}
		s, pin, err := find(kinds.ExistingSnapshot{Instance: "source"}, "")
		require.NoError(t, err)
		require.Equal(t, nightly, s.ID)
		again, _, err := find(kinds.ExistingSnapshot{Instance: "source"}, pin)
		require.NoError(t, err)
		require.Equal(t, s, again)
		s, _, err = find(kinds.ExistingSnapshot{Name: nightly}, "")
		require.NoError(t, err)
		require.Equal(t, nightly, s.ID)
		s, _, err = find(kinds.ExistingSnapshot{Instance: "source", Manual: true}, "")
		require.NoError(t, err)
		require.Equal(t, "by-hand", s.ID)

		// One that RDS is still taking is not chosen, and one that is too old is gone.
		_, err = w.client.CreateDBSnapshot(ctx, &rds.CreateDBSnapshotInput{
			DBInstanceIdentifier: aws.String("source"), DBSnapshotIdentifier: aws.String("unfinished"),
		})
		require.NoError(t, err)
		s, _, err = find(kinds.ExistingSnapshot{Instance: "source"}, "")
		require.NoError(t, err)
		require.Equal(t, nightly, s.ID)
		_, _, err = find(kinds.ExistingSnapshot{Name: "unfinished"}, "")
		require.ErrorIs(t, err, provision.ErrMissing)
		require.ErrorContains(t, err, "its status is creating")
		w.service.RemoveSnapshot(nightly)
		_, _, err = find(kinds.ExistingSnapshot{Instance: "source"}, pin)
		require.ErrorIs(t, err, provision.ErrMissing)
		require.ErrorContains(t, err, "snapshot "+nightly+", which is pinned, does not exist")
	})
}

func TestDatabasesThatCannotBeUsedAreMissing(t *testing.T) {
	t.Parallel()
	in(t, func(ctx context.Context, t *testing.T, w world) {
		find := func() error {
			_, _, err := w.Look(ctx, provision.Call{Node: "db", Spec: kinds.ExistingDatabase{Name: "shared"}}, "")
			return err
		}
		_, err := w.client.CreateDBInstance(ctx, &rds.CreateDBInstanceInput{
			DBInstanceIdentifier: aws.String("shared"), DBInstanceClass: aws.String("db.t4g.micro"), Engine: aws.String("mysql"),
			AllocatedStorage: aws.Int32(20), MasterUsername: aws.String("owner"), ManageMasterUserPassword: aws.Bool(true),
		})
		require.NoError(t, err)
		time.Sleep(2 * time.Second)
		require.ErrorIs(t, find(), provision.ErrMissing)
		require.ErrorContains(t, find(), "it has no endpoint yet, its status is creating")
		existing(ctx, t, w.client, "shared", true)
		for status, usable := range map[string]bool{"stopped": true, "backing-up": true, "modifying": true, "failed": false, "incompatible-network": false} {
			w.service.SetStatus("shared", status, "")
			if usable {
				require.NoError(t, find(), status)
				continue
			}
			require.ErrorIs(t, find(), provision.ErrMissing, status)
			require.ErrorContains(t, find(), "its status is "+status)
		}
	})
}

// The whole way: an application is torn down, and deployed again from what its teardown left. The next teardown leaves another snapshot,
// and who has pinned the first one still gets that.
func TestDatabaseComesBackFromItsLastSnapshot(t *testing.T) {
	t.Parallel()
	in(t, func(ctx context.Context, t *testing.T, w world) {
		first := w.Made(ctx, t, orders("a1", small))
		w.Gone(ctx, t, first)

		var b provision.Blueprint
		latest := kinds.AddExistingSnapshot(&b, "latest", kinds.ExistingSnapshot{Node: "orders"})
		kinds.AddDatabase(&b, "orders", kinds.Database{Engine: kinds.Postgres, Class: "db.t4g.micro", Snapshot: latest.ID()})
		engine, err := provision.NewEngine([]provision.Driver{w.Driver})
		require.NoError(t, err)
		owner := orders("a2", small).Owner
		checked, err := engine.Check(ctx, owner, &b)
		require.NoError(t, err)
		require.Equal(t, map[string]string{"latest": rdsdriver.FinalSnapshot(first)}, checked.Pins)
		deploy := func(owner provision.Owner, b *provision.Blueprint) string {
			_, err := engine.Apply(ctx, owner, b)
			require.NoError(t, err)
			all := w.Sent("RestoreDBInstanceFromDBSnapshot")
			return aws.ToString(all[len(all)-1].(*rds.RestoreDBInstanceFromDBSnapshotInput).DBSnapshotIdentifier)
		}
		require.Equal(t, rdsdriver.FinalSnapshot(first), deploy(owner, &b))
		_, err = engine.Destroy(ctx, owner)
		require.NoError(t, err)

		again := orders("a3", small).Owner
		second := deploy(again, &b)
		require.NotEqual(t, rdsdriver.FinalSnapshot(first), second)
		require.Contains(t, second, "-final")
		pinned := b
		pinned.Pins = checked.Pins
		fourth := orders("a4", small).Owner
		require.Equal(t, rdsdriver.FinalSnapshot(first), deploy(fourth, &pinned))

		// The database outlives its snapshot, and so does what can be done with it.
		w.service.RemoveSnapshot(rdsdriver.FinalSnapshot(first))
		restored := len(w.Sent("RestoreDBInstanceFromDBSnapshot"))
		deploy(fourth, &pinned)
		named := provision.Blueprint{Nodes: []provision.Node{{Name: "orders", Spec: kinds.Database{
			Engine: kinds.Postgres, Class: "db.t4g.micro", Snapshot: provision.Text(rdsdriver.FinalSnapshot(first)),
		}}}}
		deploy(fourth, &named)
		require.Len(t, w.Sent("RestoreDBInstanceFromDBSnapshot"), restored)
		_, err = engine.Apply(ctx, orders("a5", small).Owner, &pinned)
		require.ErrorIs(t, err, provision.ErrMissing)
	}, hasty)
}

func TestCheck(t *testing.T) {
	t.Parallel()
	in(t, func(ctx context.Context, t *testing.T, w world) {
		w.service.AddSubnetGroup("private")
		w.service.AddParameterGroup("tuned")
		require.NoError(t, second(w.service.AddSnapshot("good", "postgres", true)))
		require.NoError(t, second(w.service.AddSnapshot("plain", "postgres", false)))
		var asked []provision.Text
		d := rdsdriver.New(w.client, func(o *rdsdriver.Options) {
			o.Network = func(_ context.Context, subnets, groups []provision.Text) error {
				require.Empty(t, subnets)
				asked = append(asked, groups...)
				return nil
			}
		})
		check := func(spec kinds.Database) error { return d.Check(ctx, orders("a1", spec)) }
		missing := func(err error, texts ...string) {
			t.Helper()
			var problems interface{ Unwrap() []error }
			require.ErrorAs(t, err, &problems)
			require.Len(t, problems.Unwrap(), len(texts))
			for i, text := range texts {
				require.ErrorIs(t, problems.Unwrap()[i], provision.ErrMissing)
				require.ErrorContains(t, problems.Unwrap()[i], text)
			}
		}
		full := small
		full.SubnetGroup, full.ParameterGroup, full.EngineVersion, full.SecurityGroups = "private", "tuned", "17", []provision.Text{"sg-1"}
		require.NoError(t, check(small))
		require.NoError(t, check(full))
		require.Equal(t, []provision.Text{"sg-1"}, asked)
		full.SubnetGroup, full.ParameterGroup, full.EngineVersion = "public", "loose", "17.99"
		missing(check(full), "SubnetGroup: DB subnet group public does not exist", "ParameterGroup: DB parameter group loose does not exist",
			"EngineVersion: version 17.99 of postgres: RDS does not offer it in this region")
		full.SubnetGroup, full.ParameterGroup, full.EngineVersion, full.Snapshot = "${{a.ID}}", "${{a.ID}}", "${{a.ID}}", "${{a.ID}}"
		require.NoError(t, check(full), "what is still to be made is not asked for")

		from := kinds.Database{Engine: kinds.Postgres, Class: "db.t4g.micro", Snapshot: "good"}
		require.NoError(t, check(from))
		from.Engine = kinds.MySQL
		missing(check(from), "Snapshot: snapshot good: is one of postgres, not of mysql")
		from.Snapshot = "plain"
		missing(check(from), "Snapshot: snapshot plain: is not encrypted")
		from.Snapshot = "none"
		missing(check(from), "Snapshot: snapshot none does not exist")

		remove := w.Cloud.Inject(denial)
		full.SubnetGroup, full.ParameterGroup, full.EngineVersion, full.Snapshot = "public", "loose", "17.99", "none"
		require.NoError(t, check(full), "who may create and not describe is not kept from creating")
		remove()
		w.Cloud.Inject(sim.Fault{Kind: sim.Fail, Err: sim.Error("ExpiredToken", "The security token is expired", 403)})
		require.ErrorContains(t, check(full), "ExpiredToken")
	})
}
