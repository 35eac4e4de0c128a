package dynamodbdriver_test

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/dynamodbdriver"
	"github.com/peppercorn-go/peppercorn/provision/dynamodbdriver/dynamodbtest"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// Usually an engine calls the driver. Here it is called directly: a table is made, and what its end would cost is asked.
// Programs outside of this module get the simulated DynamoDB from package awstest.
func Example() {
	cloud := sim.New()
	service := dynamodbtest.Register(cloud, func(o *dynamodbtest.Options) {
		o.Creation, o.Settle, o.TagLag, o.Backups = 0, 0, 0, 0
	})
	driver := dynamodbdriver.New(dynamodb.NewFromConfig(cloud.Config()), func(o *dynamodbdriver.Options) { o.Settle = time.Millisecond })

	ctx := context.Background()
	table, err := driver.Create(ctx, provision.Call{
		Owner: provision.Owner{Registry: "r3g1", Base: "shop.example.com", App: "shop", Env: "1f0c9d3ab2e4", Attempt: "k3v9"},
		Node:  "sessions",
		Spec:  kinds.Table{PartitionKey: kinds.TableKey{Name: "id"}},
	})
	fmt.Println(table.Outputs["ARN"], err)
	table, err = driver.Await(ctx, table)
	fmt.Println("recovery", service.Tables()[0].Recovery, err)

	if err := service.AddItems(table.Name, 12); err != nil {
		fmt.Println(err)
		return
	}
	losses, err := driver.Loses(ctx, table)
	fmt.Println(losses[0].What, err)
	// Output:
	// arn:aws:dynamodb:us-east-1:123456789012:table/shop-sessions-ymivsolzimbsa <nil>
	// recovery true <nil>
	// items <nil>
}
