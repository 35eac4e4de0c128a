package awstest_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/peppercorn-go/peppercorn/provision/awsdrivers/awstest"
)

// A program under test gets its configuration from the cloud, and is killed before its second call. What it did until
// then is there for the next one to find.
func Example() {
	program := func(cfg aws.Config) error {
		client := sqs.NewFromConfig(cfg)
		for _, name := range []string{"orders", "invoices"} {
			if _, err := client.CreateQueue(context.Background(), &sqs.CreateQueueInput{QueueName: &name}); err != nil {
				return err
			}
		}
		return nil
	}

	cloud := awstest.New()
	first := cloud.Process("first run")
	first.CrashAt(2, awstest.Before)
	err := program(first.Config())
	fmt.Println("crashed:", errors.Is(err, awstest.ErrCrashed))
	fmt.Println("queues:", len(cloud.SQS.Queues()))

	fmt.Println("second run:", program(cloud.Process("second run").Config()))
	for _, q := range cloud.SQS.Queues() {
		fmt.Println(q.ARN)
	}
	// Output:
	// crashed: true
	// queues: 1
	// second run: <nil>
	// arn:aws:sqs:us-east-1:123456789012:invoices
	// arn:aws:sqs:us-east-1:123456789012:orders
}

// A lost reply is the worst of faults: the call has had its effect, and the SDK makes it once more.
func ExampleCloud_Inject() {
	cloud := awstest.New()
	cloud.Inject(awstest.Fault{Match: awstest.On("SQS", "CreateQueue"), Times: 1, Kind: awstest.LostReply})

	client := sqs.NewFromConfig(cloud.Config())
	_, err := client.CreateQueue(context.Background(), &sqs.CreateQueueInput{QueueName: aws.String("orders")})
	fmt.Println(err, len(cloud.SQS.Queues()))
	for _, call := range cloud.Calls() {
		fmt.Printf("attempt %d: %s, effect %v, fault %q\n", call.Attempt, call.Op, call.Effect, call.Fault)
	}
	// Output:
	// <nil> 1
	// attempt 1: CreateQueue, effect true, fault "lost reply"
	// attempt 2: CreateQueue, effect true, fault ""
}
