package cloudwatchdriver_test

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"

	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/cloudwatchdriver"
	"github.com/peppercorn-go/peppercorn/provision/cloudwatchdriver/cloudwatchtest"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// Usually an engine calls the driver. Here it is called directly. Programs outside of this module get the simulated CloudWatch
// from package awstest.
func Example() {
	cloud := sim.New()
	service := cloudwatchtest.Register(cloud, func(o *cloudwatchtest.Options) { o.Settle = 0 })
	driver := cloudwatchdriver.New(cloudwatch.NewFromConfig(cloud.Config()), func(o *cloudwatchdriver.Options) {
		o.Settle = time.Millisecond
	})

	alarm, err := driver.Create(context.Background(), provision.Call{
		Owner: provision.Owner{Registry: "r3g1", Base: "shop.example.com", App: "shop", Env: "1f0c9d3ab2e4", Attempt: "k3v9"},
		Node:  "errors",
		Spec: kinds.Alarm{
			Namespace: "AWS/ApplicationELB", Metric: "HTTPCode_Target_5XX_Count",
			Dimensions: map[string]provision.Text{"LoadBalancer": "app/web/50dc6c495c0c9188"},
			Statistic:  "Sum", Comparison: "GreaterThanThreshold", Threshold: 10,
			Evaluations: 5, Breaching: 3, MissingData: "notBreaching",
		},
	})
	fmt.Println(alarm.Outputs["ARN"], err)
	fmt.Println(service.Alarms()[0].State)
	// Output:
	// arn:aws:cloudwatch:us-east-1:123456789012:alarm:shop-errors-aeexynsgf7gik <nil>
	// INSUFFICIENT_DATA
}
