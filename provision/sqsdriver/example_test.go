package sqsdriver_test

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
	"github.com/peppercorn-go/peppercorn/provision/sqsdriver"
	"github.com/peppercorn-go/peppercorn/provision/sqsdriver/sqstest"
)

// Usually an engine calls the driver. Here it is called directly: a queue is made, and what its end would cost is asked.
// Programs outside of this module get the simulated SQS from package awstest.
func Example() {
	cloud := sim.New()
	service := sqstest.Register(cloud, func(o *sqstest.Options) { o.Settle = 0 })
	driver := sqsdriver.New(sqs.NewFromConfig(cloud.Config()), func(o *sqsdriver.Options) { o.Settle = time.Millisecond })

	ctx := context.Background()
	queue, err := driver.Create(ctx, provision.Call{
		Owner: provision.Owner{Registry: "r3g1", Base: "shop.example.com", App: "shop", Env: "1f0c9d3ab2e4", Attempt: "k3v9"},
		Node:  "jobs",
		Spec:  kinds.Queue{FIFO: true},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	queue, err = driver.Await(ctx, queue)
	fmt.Println(queue.Outputs["ARN"], err)

	if err := service.AddMessages(queue.Name, 12); err != nil {
		fmt.Println(err)
		return
	}
	losses, err := driver.Loses(ctx, queue)
	fmt.Println(losses[0].What, err)
	// Output:
	// arn:aws:sqs:us-east-1:123456789012:shop-jobs-3jvdn5yacuwtd.fifo <nil>
	// 12 messages <nil>
}
