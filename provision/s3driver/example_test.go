package s3driver_test

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
	"github.com/peppercorn-go/peppercorn/provision/s3driver"
	"github.com/peppercorn-go/peppercorn/provision/s3driver/s3test"
)

// Usually an engine calls the driver. Here it is called directly: a bucket is made, and what its end would cost is asked.
// Programs outside of this module get the simulated S3 from package awstest.
func Example() {
	cloud := sim.New()
	service := s3test.Register(cloud, func(o *s3test.Options) { o.Settle, o.TagLag = 0, 0 })
	driver := s3driver.New(s3.NewFromConfig(cloud.Config()), func(o *s3driver.Options) { o.Settle = time.Millisecond })

	ctx := context.Background()
	bucket, err := driver.Create(ctx, provision.Call{
		Owner: provision.Owner{Registry: "r3g1", Base: "shop.example.com", App: "shop", Env: "1f0c9d3ab2e4", Attempt: "k3v9"},
		Node:  "uploads",
		Spec:  kinds.Bucket{Versioned: true},
	})
	fmt.Println(bucket.Outputs["RegionalDomain"], err)

	if err := service.AddObjects(bucket.Name, 12); err != nil {
		fmt.Println(err)
		return
	}
	losses, err := driver.Loses(ctx, bucket)
	fmt.Println(losses[0].What, err)
	fmt.Println(driver.Delete(ctx, bucket) != nil)
	// Output:
	// shop-uploads-aqwoed44mdbcx.s3.us-east-1.amazonaws.com <nil>
	// 12 objects <nil>
	// true
}
