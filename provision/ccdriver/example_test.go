package ccdriver_test

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudcontrol"

	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/ccdriver"
	"github.com/peppercorn-go/peppercorn/provision/ccdriver/cctest"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// Usually an engine calls the driver. Here it is called directly, to make a repository of container images.
func Example() {
	cloud := sim.New()
	cctest.Register(cloud, func(o *cctest.Options) { o.Start, o.Make, o.Gap, o.Poll = 0, 0, 0, 0 })
	repository := kinds.CloudControlType{
		Name: "AWS::ECR::Repository", NameProperty: "RepositoryName", NameIsIdentifier: true,
		Attributes: map[string]provision.Type{"RepositoryUri": provision.TextType},
	}
	driver := ccdriver.New(cloudcontrol.NewFromConfig(cloud.Config()), []kinds.CloudControlType{repository},
		func(o *ccdriver.Options) { o.Settle = time.Millisecond })

	ctx := context.Background()
	images, err := driver.Create(ctx, provision.Call{
		Owner: provision.Owner{Registry: "r3g1", Base: "shop.example.com", App: "shop", Env: "1f0c9d3ab2e4", Attempt: "k3v9"},
		Node:  "images",
		Spec: kinds.CloudControl{
			Type:       repository,
			Properties: map[string]any{"ImageTagMutability": provision.Text("IMMUTABLE")},
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	images, err = driver.Await(ctx, images)
	fmt.Println(images.Outputs["RepositoryUri"], err)
	// Output:
	// 123456789012.dkr.ecr.us-east-1.amazonaws.com/shop-images-ccdixaaidxhd7 <nil>
}
