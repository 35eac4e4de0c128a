package sim_test

import (
	"context"
	"fmt"
	"log"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/peppercorn-go/peppercorn/internal/sim"
)

// purge is a service that knows one operation.
type purge struct{}

func (purge) Serve(_ context.Context, call *sim.Call) (any, error) {
	switch call.Input.(type) {
	case *sqs.PurgeQueueInput:
		return &sqs.PurgeQueueOutput{}, nil
	default:
		return nil, sim.UnknownOperation(call)
	}
}

// A client of the SDK works against a simulated service, and survives a connection that breaks.
func Example() {
	cloud := sim.New()
	cloud.Register("SQS", purge{})
	cloud.Inject(sim.Fault{Match: sim.On("SQS", "PurgeQueue"), Times: 1, Kind: sim.LostReply})

	client := sqs.NewFromConfig(cloud.Config())
	if _, err := client.PurgeQueue(context.Background(), &sqs.PurgeQueueInput{QueueUrl: aws.String("q")}); err != nil {
		log.Fatal(err)
	}
	for _, call := range cloud.Calls() {
		fmt.Printf("%d: %s, attempt %d, effect %t, fault %q\n", call.N, call.Op, call.Attempt, call.Effect, call.Fault)
	}
	// Output:
	// 1: PurgeQueue, attempt 1, effect true, fault "lost reply"
	// 2: PurgeQueue, attempt 2, effect true, fault ""
}
