package elbdriver_test

import (
	"context"
	"fmt"
	"time"

	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"

	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/elbdriver"
	"github.com/peppercorn-go/peppercorn/provision/elbdriver/elbtest"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// Usually an engine calls the driver. Here it is called directly: a balancer is made, and its host name is known minutes
// before it is active. Programs outside of this module get the simulated ELB from package awstest.
func Example() {
	cloud := sim.New()
	service := elbtest.Register(cloud, func(o *elbtest.Options) { o.Lag, o.TagLag, o.Provision = 0, 0, 0 })
	driver := elbdriver.New(elbv2.NewFromConfig(cloud.Config()), func(o *elbdriver.Options) { o.Poll = time.Millisecond })

	ctx := context.Background()
	balancer, err := driver.Create(ctx, provision.Call{
		Owner: provision.Owner{Registry: "r3g1", Base: "shop.example.com", App: "shop", Env: "1f0c9d3ab2e4", Attempt: "k3v9"},
		Node:  "lb",
		Spec:  kinds.LoadBalancer{Subnets: []provision.Text{"subnet-1a", "subnet-1b"}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(balancer.Name, "in zone", balancer.Outputs["ZoneID"])

	_, err = driver.Await(ctx, balancer)
	fmt.Println(service.Balancers()[0].State, err)
	// Output:
	// shop-lb-dygzft6ligrcr in zone Z35SXDOTRQ7X7K
	// active <nil>
}
