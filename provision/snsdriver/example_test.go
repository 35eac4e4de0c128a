package snsdriver_test

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
	"github.com/peppercorn-go/peppercorn/provision/snsdriver"
	"github.com/peppercorn-go/peppercorn/provision/snsdriver/snstest"
)

// Usually an engine calls the driver. Here it is called directly. Programs outside of this module get the simulated SNS from
// package awstest.
func Example() {
	cloud := sim.New()
	service := snstest.Register(cloud, func(o *snstest.Options) { o.Settle, o.TagLag = 0, 0 })
	driver := snsdriver.New(sns.NewFromConfig(cloud.Config()), func(o *snsdriver.Options) { o.Settle = time.Millisecond })

	topic, err := driver.Create(context.Background(), provision.Call{
		Owner: provision.Owner{Registry: "r3g1", Base: "shop.example.com", App: "shop", Env: "1f0c9d3ab2e4", Attempt: "k3v9"},
		Node:  "orders",
		Spec: kinds.Topic{Subscriptions: []kinds.Subscription{
			{Protocol: kinds.ToQueue, Endpoint: "arn:aws:sqs:us-east-1:123456789012:jobs", Raw: true},
			{Protocol: kinds.ToEmail, Endpoint: "ops@example.com"},
		}},
	})
	fmt.Println(topic.Outputs["ARN"], err)
	for _, s := range service.Subscriptions() {
		fmt.Println(s.Protocol, s.Endpoint, s.Confirmed)
	}
	// Output:
	// arn:aws:sns:us-east-1:123456789012:shop-orders-me3g4mly6cijd <nil>
	// sqs arn:aws:sqs:us-east-1:123456789012:jobs true
	// email ops@example.com false
}
