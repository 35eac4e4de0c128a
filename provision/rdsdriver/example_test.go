package rdsdriver_test

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/rds"

	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
	"github.com/peppercorn-go/peppercorn/provision/rdsdriver"
	"github.com/peppercorn-go/peppercorn/provision/rdsdriver/rdstest"
)

// Usually an engine calls the driver. Here it is called directly: a database is made, and its end begun. Programs outside of
// this module get the simulated RDS from package awstest.
func Example() {
	cloud := sim.New()
	rdstest.Register(cloud, func(o *rdstest.Options) { o.Visible, o.Creation, o.Backup = 0, 0, 0 })
	driver := rdsdriver.New(rds.NewFromConfig(cloud.Config()), func(o *rdsdriver.Options) { o.Poll = time.Millisecond })

	ctx := context.Background()
	database, err := driver.Create(ctx, provision.Call{
		Owner: provision.Owner{Registry: "r3g1", Base: "shop.example.com", App: "shop", Env: "1f0c9d3ab2e4", Attempt: "k3v9"},
		Node:  "orders",
		Spec:  kinds.Database{Engine: kinds.Postgres, Class: "db.t4g.micro", StorageGiB: 20},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	database, err = driver.Await(ctx, database)
	fmt.Println(database.Outputs["ARN"], database.Outputs["Port"], err)

	fmt.Println(driver.Delete(ctx, database))
	fmt.Println(rdsdriver.FinalSnapshot(database))
	// Output:
	// arn:aws:rds:us-east-1:123456789012:db:shop-orders-me3g4mly6cijd 5432 <nil>
	// rdsdriver: database shop-orders-me3g4mly6cijd is being deleted
	// shop-orders-me3g4mly6cijd-final
}

// A database is restored from what the last teardown of its node has left. The pin keeps the choice for later.
func ExampleDriver_Look() {
	cloud := sim.New()
	service := rdstest.Register(cloud)
	for _, name := range []string{"before-the-upgrade", "nightly"} {
		if _, err := service.AddSnapshot(name, kinds.Postgres, true); err != nil {
			fmt.Println(err)
			return
		}
	}
	driver := rdsdriver.New(rds.NewFromConfig(cloud.Config()))

	var b provision.Blueprint
	old := kinds.AddExistingSnapshot(&b, "old", kinds.ExistingSnapshot{Name: "before-the-upgrade"})
	kinds.AddDatabase(&b, "orders", kinds.Database{Engine: kinds.Postgres, Class: "db.t4g.micro", Snapshot: old.ID()})
	latest := kinds.ExistingSnapshot{Instance: "source-of-nightly"}

	for _, spec := range []provision.Spec{b.Nodes[0].Spec, latest, kinds.ExistingSnapshot{Node: "orders"}} {
		found, pin, err := driver.Look(context.Background(), provision.Call{
			Owner: provision.Owner{Registry: "r3g1", Base: "shop.example.com", App: "shop", Env: "1f0c9d3ab2e4", Attempt: "k3v9"},
			Node:  "old", Spec: spec,
		}, "")
		fmt.Printf("%q %q %v\n", found.Outputs["ID"], pin, err)
	}
	// Output:
	// "before-the-upgrade" "" <nil>
	// "nightly" "nightly" <nil>
	// "" "" rdsdriver: Node: a final snapshot of node "orders" of shop does not exist
}
