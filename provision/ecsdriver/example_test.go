package ecsdriver_test

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ecs"

	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/ecsdriver"
	"github.com/peppercorn-go/peppercorn/provision/ecsdriver/ecstest"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// Usually an engine calls the driver. Here it is called directly.
func Example() {
	cloud := sim.New()
	ecstest.Register(cloud, func(o *ecstest.Options) { o.Settle = 0 })
	driver := ecsdriver.New(ecs.NewFromConfig(cloud.Config()), func(o *ecsdriver.Options) { o.Settle = time.Millisecond })

	task, err := driver.Create(context.Background(), provision.Call{
		Owner: provision.Owner{Registry: "r3g1", Base: "shop.example.com", App: "shop", Env: "1f0c9d3ab2e4", Attempt: "k3v9"},
		Node:  "task",
		Spec:  kinds.TaskDefinition{Containers: []kinds.Container{{Name: "web", Image: "nginx:1", Ports: []int{8080}}}},
	})
	fmt.Println(task.Outputs["ARN"], err)
	// Output:
	// arn:aws:ecs:us-east-1:123456789012:task-definition/shop-task-msfmschdkr33v:1 <nil>
}
