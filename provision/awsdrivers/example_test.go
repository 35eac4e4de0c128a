package awsdrivers_test

import (
	"context"
	"fmt"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/awsdrivers"
	"github.com/peppercorn-go/peppercorn/provision/awsdrivers/awstest"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

func ExampleAll() {
	// On AWS: cfg, err := config.LoadDefaultConfig(ctx), and neither Scale nor Pace.
	cloud := awstest.New(func(o *awstest.Options) { o.Scale = 1000 })
	cfg := cloud.Config()

	engine, err := provision.NewEngine(awsdrivers.All(cfg, cloud.PaceDrivers), cloud.PaceEngine,
		func(o *provision.Options) { o.Place = awsdrivers.Place(cfg) })
	if err != nil {
		fmt.Println(err)
		return
	}
	var b provision.Blueprint
	kinds.AddQueue(&b, "jobs", kinds.Queue{})
	owner := provision.Owner{Registry: "r3g1", Base: "shop.example.com", App: "shop", Env: "1f0c9d3ab2e4", Attempt: "k3v9"}
	applied, err := engine.Apply(context.Background(), owner, &b)
	if err != nil {
		fmt.Println(err)
		return
	}
	place, err := engine.Place(context.Background())
	fmt.Println(place, err)
	fmt.Println(applied.States[0].Name)
	// Output:
	// 123456789012/us-east-1 <nil>
	// shop-jobs-3jvdn5yacuwtd
}
