package logsdriver_test

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
	"github.com/peppercorn-go/peppercorn/provision/logsdriver"
	"github.com/peppercorn-go/peppercorn/provision/logsdriver/logstest"
)

// Usually an engine calls the driver. Here it is called directly: a log group is made, written to, and asked what its end
// would cost. Programs outside of this module get the simulated CloudWatch Logs from package awstest.
func Example() {
	cloud := sim.New()
	logstest.Register(cloud, func(o *logstest.Options) { o.Settle = 0 })
	client := cloudwatchlogs.NewFromConfig(cloud.Config())
	driver := logsdriver.New(client, func(o *logsdriver.Options) { o.Settle = time.Millisecond })

	ctx := context.Background()
	group, err := driver.Create(ctx, provision.Call{
		Owner: provision.Owner{Registry: "r3g1", Base: "shop.example.com", App: "shop", Env: "1f0c9d3ab2e4", Attempt: "k3v9"},
		Node:  "logs",
		Spec:  kinds.LogGroup{RetentionDays: 30},
	})
	fmt.Println(group.Outputs["ARN"], err)

	_, err = client.CreateLogStream(ctx, &cloudwatchlogs.CreateLogStreamInput{
		LogGroupName: aws.String(group.Name), LogStreamName: aws.String("web/1"),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	losses, err := driver.Loses(ctx, group)
	fmt.Println(losses[0].What, err)
	// Output:
	// arn:aws:logs:us-east-1:123456789012:log-group:shop-logs-xmm2isa2vcms3 <nil>
	// log events <nil>
}
