package awsdrivers

import (
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/cloudcontrol"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
)

// DefaultLimits returns the rates that AWS grants an account in a region by default, as far as it publishes them and drivers come
// near them:
//
//   - EC2: each API has a bucket of its own (developer guide, request throttling). One that reads has 100 tokens and gains 20,
//     one that changes something 50 and 5, RunInstances 5 and 2, TerminateInstances 100 and 5.
//   - Elastic Load Balancing: 40 and 10 for all that describe, together (user guide, request throttling). For the others it says
//     only that they have less; half of it is assumed.
//   - ECS: buckets for groups of APIs (API reference, request throttling), from 20 and 1 for the registration of task
//     definitions to 100 and 20 for looks at services and tasks.
//   - Lambda: 100 a second of GetFunction and of GetPolicy each, and 15 of all else that manages functions (developer guide, quotas).
//   - DynamoDB: 10 a second of ListTagsOfResource (API reference).
//   - SNS: 30 a second of ListTopics (API reference), and 10 of all that is about tags.
//   - Systems Manager: 40 a second for the Parameter Store (quotas).
//   - CloudWatch: 3 a second of each call that changes alarms, 9 of each other (quotas).
//   - CloudWatch Logs: 10 a second of each call on log groups (quotas).
//   - Certificate Manager: 8 a second of ListCertificates, 10 of DescribeCertificate (user guide, quotas).
//   - Cloud Control: AWS says nothing; users measured some 30 a second.
//   - Of the other services AWS publishes no rates for what drivers call. It is assumed that 20 calls a second, and 40 at once,
//     leave enough to other programs.
//
// Of a bucket that AWS names no size for, the size is taken to be what it gains in a second.
//
// The first limit that covers an operation counts. So what is put in front of these goes before them:
//
//	drivers := awsdrivers.All(cfg, func(o *awsdrivers.Options) {
//		ours := awsdrivers.Limit{Service: lambda.ServiceID, PerSecond: 5, Burst: 5} // other programs need the rest
//		o.Limits = append([]awsdrivers.Limit{ours}, o.Limits...)
//	})
func DefaultLimits() []Limit {
	limits := []Limit{
		{Service: ec2.ServiceID, Operations: []string{"Describe*", "Get*"}, Each: true, PerSecond: 20, Burst: 100},
		{Service: ec2.ServiceID, Operations: []string{"RunInstances"}, PerSecond: 2, Burst: 5},
		{Service: ec2.ServiceID, Operations: []string{"TerminateInstances"}, PerSecond: 5, Burst: 100},
		{Service: ec2.ServiceID, Each: true, PerSecond: 5, Burst: 50},

		{Service: elbv2.ServiceID, Operations: []string{"Describe*"}, PerSecond: 10, Burst: 40},
		{Service: elbv2.ServiceID, PerSecond: 5, Burst: 20},

		{Service: ecs.ServiceID, Operations: []string{"RegisterTaskDefinition", "DeregisterTaskDefinition"}, PerSecond: 1, Burst: 20},
		{Service: ecs.ServiceID, Operations: []string{"DeleteTaskDefinitions"}, PerSecond: 1, Burst: 5},
		{Service: ecs.ServiceID, Operations: []string{"DescribeTaskDefinition", "ListTaskDefinition*"}, PerSecond: 20, Burst: 50},
		{Service: ecs.ServiceID, Operations: []string{"CreateService", "UpdateService", "DeleteService"}, PerSecond: 5, Burst: 50},
		{Service: ecs.ServiceID, Operations: []string{"DescribeServices", "ListServices"}, PerSecond: 20, Burst: 100},
		{Service: ecs.ServiceID, Operations: []string{"DescribeTasks", "ListTasks"}, PerSecond: 20, Burst: 100},
		{Service: ecs.ServiceID, Operations: []string{"DescribeClusters", "ListClusters"}, PerSecond: 20, Burst: 50},
		{Service: ecs.ServiceID, PerSecond: 10, Burst: 20},

		{Service: lambda.ServiceID, Operations: []string{"GetFunction", "GetPolicy"}, Each: true, PerSecond: 100, Burst: 100},
		{Service: lambda.ServiceID, PerSecond: 15, Burst: 15},

		{Service: dynamodb.ServiceID, Operations: []string{"ListTagsOfResource"}, PerSecond: 10, Burst: 10},

		{Service: sns.ServiceID, Operations: []string{"ListTopics"}, PerSecond: 30, Burst: 30},
		{Service: sns.ServiceID, Operations: []string{"ListTagsForResource", "TagResource", "UntagResource"}, PerSecond: 10, Burst: 10},

		{Service: ssm.ServiceID, PerSecond: 40, Burst: 40},

		{Service: cloudwatch.ServiceID, Operations: []string{"Describe*", "Get*", "List*"}, Each: true, PerSecond: 9, Burst: 9},
		{Service: cloudwatch.ServiceID, Each: true, PerSecond: 3, Burst: 3},

		{Service: cloudwatchlogs.ServiceID, Each: true, PerSecond: 10, Burst: 10},

		{Service: acm.ServiceID, Each: true, PerSecond: 8, Burst: 8},

		{Service: cloudcontrol.ServiceID, PerSecond: 30, Burst: 30},
	}
	for _, service := range []string{
		autoscaling.ServiceID, dynamodb.ServiceID, ecr.ServiceID, elasticache.ServiceID, iam.ServiceID, rds.ServiceID, s3.ServiceID,
		secretsmanager.ServiceID, sns.ServiceID, sqs.ServiceID,
	} {
		limits = append(limits, Limit{Service: service, PerSecond: 20, Burst: 40})
	}
	return limits
}
