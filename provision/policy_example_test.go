package provision_test

import (
	"fmt"
	"log"

	"github.com/peppercorn-go/peppercorn/provision"
)

// queues stands for a driver. Those of this library all say what they need; see the method Actions of each.
type queues struct{ provision.Driver }

func (queues) Actions() []provision.Action {
	queue := []string{"arn:${Partition}:sqs:${Region}:${Account}:${Name}"}
	return []provision.Action{
		{Name: "sqs:CreateQueue", Resources: queue, Tags: provision.TagsGiven},
		{Name: "sqs:TagQueue", Resources: queue, Tags: provision.TagsGiven, For: []string{"CreateQueue"}, Why: "it gives tags"},
		{Name: "sqs:DeleteQueue", Resources: queue, Tags: provision.TagsThere},
		{Name: "sqs:ListQueues"},
	}
}

// A policy for the role that deploys one application in one region. With the drivers of package awsdrivers it would be that of the
// whole catalogue, in several documents.
func ExamplePolicy() {
	documents, err := provision.Policy(provision.PolicyOptions{
		Partition: "aws", Account: "123456789012", Region: "eu-central-1", App: "shop",
	}, []provision.Driver{queues{}})
	if err != nil {
		log.Fatal(err)
	}
	for _, d := range documents {
		fmt.Println(d)
	}
	// Output:
	// {
	//   "Version": "2012-10-17",
	//   "Statement": [
	//     {
	//       "Sid": "Change",
	//       "Effect": "Allow",
	//       "Action": [
	//         "sqs:DeleteQueue"
	//       ],
	//       "Resource": [
	//         "arn:aws:sqs:eu-central-1:123456789012:shop-*"
	//       ],
	//       "Condition": {
	//         "StringEquals": {
	//           "aws:ResourceTag/peppercorn:app": [
	//             "shop"
	//           ]
	//         },
	//         "StringLike": {
	//           "aws:ResourceTag/peppercorn:registry": [
	//             "*"
	//           ]
	//         }
	//       }
	//     },
	//     {
	//       "Sid": "Create",
	//       "Effect": "Allow",
	//       "Action": [
	//         "sqs:CreateQueue",
	//         "sqs:TagQueue"
	//       ],
	//       "Resource": [
	//         "arn:aws:sqs:eu-central-1:123456789012:shop-*"
	//       ],
	//       "Condition": {
	//         "StringEquals": {
	//           "aws:RequestTag/peppercorn:app": [
	//             "shop"
	//           ]
	//         },
	//         "StringLike": {
	//           "aws:RequestTag/peppercorn:registry": [
	//             "*"
	//           ]
	//         }
	//       }
	//     },
	//     {
	//       "Sid": "UseAny",
	//       "Effect": "Allow",
	//       "Action": [
	//         "sqs:ListQueues"
	//       ],
	//       "Resource": [
	//         "*"
	//       ]
	//     }
	//   ]
	// }
}
