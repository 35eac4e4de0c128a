package asgdriver_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/autoscaling"

	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/asgdriver"
	"github.com/peppercorn-go/peppercorn/provision/asgdriver/asgtest"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// Usually an engine calls the driver. Here it is called directly: a group of two is made, awaited and deleted. Programs
// outside of this module get the simulated Auto Scaling from package awstest.
func Example() {
	cloud := sim.New()
	service := asgtest.Register(cloud, func(o *asgtest.Options) {
		o.Scale, o.Boot, o.InService, o.Shutdown, o.Deletion = 0, 0, 0, 0, 0
	})
	driver := asgdriver.New(autoscaling.NewFromConfig(cloud.Config()), func(o *asgdriver.Options) { o.Poll = time.Millisecond })

	ctx := context.Background()
	group, err := driver.Create(ctx, provision.Call{
		Owner: provision.Owner{Registry: "r3g1", Base: "shop.example.com", App: "shop", Env: "1f0c9d3ab2e4", Attempt: "k3v9"},
		Node:  "web",
		Spec:  kinds.Group{Template: asgtest.Template, Zones: []provision.Text{"us-east-1a", "us-east-1b"}, Desired: 2},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	group, err = driver.Await(ctx, group)
	fmt.Println(group.Outputs["Name"], err)
	for _, i := range service.Groups()[0].Instances {
		fmt.Println(*i.AvailabilityZone, i.LifecycleState)
	}

	err = driver.Delete(ctx, group)
	fmt.Println("it is on its way out:", errors.Is(err, provision.ErrDeleting))
	fmt.Println("it is gone:", driver.Delete(ctx, group) == nil)
	// Output:
	// shop-web-b3nh2sm6vf3yc <nil>
	// us-east-1a InService
	// us-east-1b InService
	// it is on its way out: true
	// it is gone: true
}
