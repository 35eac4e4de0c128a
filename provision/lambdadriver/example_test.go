package lambdadriver_test

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
	"github.com/peppercorn-go/peppercorn/provision/lambdadriver"
	"github.com/peppercorn-go/peppercorn/provision/lambdadriver/lambdatest"
)

// Usually an engine calls the driver. Here it is called directly. Programs outside of this module get the simulated Lambda
// from package awstest.
func Example() {
	cloud := sim.New()
	lambdatest.Register(cloud, func(o *lambdatest.Options) { o.Appear, o.Pending = 0, 0 })
	driver := lambdadriver.New(lambda.NewFromConfig(cloud.Config()), func(o *lambdadriver.Options) { o.Settle = time.Millisecond })

	ctx := context.Background()
	function, err := driver.Create(ctx, provision.Call{
		Owner: provision.Owner{Registry: "r3g1", Base: "shop.example.com", App: "shop", Env: "1f0c9d3ab2e4", Attempt: "k3v9"},
		Node:  "web",
		Spec: kinds.Function{
			Image: "123456789012.dkr.ecr.us-east-1.amazonaws.com/shop:1f0c9d3ab2e4",
			Role:  "arn:aws:iam::123456789012:role/shop",
			URL:   kinds.PublicURL,
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	function, err = driver.Await(ctx, function)
	fmt.Println(function.Outputs["VersionARN"], err)
	fmt.Println(function.Outputs["URLHost"])
	// Output:
	// arn:aws:lambda:us-east-1:123456789012:function:shop-web-b3nh2sm6vf3yc:1 <nil>
	// f0000000000000000000000000000001.lambda-url.us-east-1.on.aws
}
