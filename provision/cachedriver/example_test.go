package cachedriver_test

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/elasticache"

	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/cachedriver"
	"github.com/peppercorn-go/peppercorn/provision/cachedriver/cachetest"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// Usually an engine calls the driver. Here it is called directly. Programs outside of this module get the simulated
// ElastiCache from package awstest.
func Example() {
	cloud := sim.New()
	cachetest.Register(cloud, func(o *cachetest.Options) { o.Visible, o.Creation = 0, 0 })
	driver := cachedriver.New(elasticache.NewFromConfig(cloud.Config()), func(o *cachedriver.Options) { o.Poll = time.Millisecond })

	ctx := context.Background()
	cache, err := driver.Create(ctx, provision.Call{
		Owner: provision.Owner{Registry: "r3g1", Base: "shop.example.com", App: "shop", Env: "1f0c9d3ab2e4", Attempt: "k3v9"},
		Node:  "sessions",
		Spec:  kinds.Cache{NodeType: "cache.t4g.micro", SubnetGroup: "default"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	cache, err = driver.Await(ctx, cache)
	fmt.Println(cache.Outputs["ARN"], cache.Outputs["Port"], err)
	fmt.Println(driver.Delete(ctx, cache))
	// Output:
	// arn:aws:elasticache:us-east-1:123456789012:replicationgroup:shop-sessions-ymivsolzimbsa 6379 <nil>
	// cachedriver: cache shop-sessions-ymivsolzimbsa is being deleted
}
