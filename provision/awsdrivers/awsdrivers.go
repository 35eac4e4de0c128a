// Package awsdrivers has every driver of this library at once, for programs that do not mind to compile the SDKs of all
// services. EC2's alone takes a minute of CPU and some gigabytes of memory; a program that needs few kinds takes the
// drivers that make them, such as package sqsdriver.
//
//	cfg, err := config.LoadDefaultConfig(ctx)
//	...
//	engine, err := provision.NewEngine(awsdrivers.All(cfg), func(o *provision.Options) {
//		o.Place = awsdrivers.Place(cfg)
//	})
//
// An environment lives in one account and one region. Those of cfg decide where all drivers act, and [Place] says which
// they are. To try all of it without an account, take cfg from package awstest.
//
// # Retries
//
// The SDK gives up after three attempts, some six seconds. Worse, each client has a quota of 500 tokens for its retries, of
// which each one takes five, and when that is used up every call that fails does so at once, with an error that
// reads as if the service had refused ("retry quota exceeded"). That protects a server under load from its clients; a
// deployment of many resources runs into it because AWS throttles by design. So the clients of [All] have the retryer of
// [NewRetryer]: more attempts, growing pauses that are spread at random, and no quota. The SDK's adaptive mode would be no
// help: it never gives tokens back.
//
// # What drivers do for each other
//
// A driver knows one service. Auto Scaling tells no more of a target group than that one instance of a group is healthy in it, so
// [All] gives its driver the means to ask Elastic Load Balancing about each: a group is ready when all are. The principal needs
// elasticloadbalancing:DescribeTargetHealth for that.
package awsdrivers

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/asgdriver"
	"github.com/peppercorn-go/peppercorn/provision/cachedriver"
	"github.com/peppercorn-go/peppercorn/provision/cloudwatchdriver"
	"github.com/peppercorn-go/peppercorn/provision/dynamodbdriver"
	"github.com/peppercorn-go/peppercorn/provision/ec2driver"
	"github.com/peppercorn-go/peppercorn/provision/elbdriver"
	"github.com/peppercorn-go/peppercorn/provision/logsdriver"
	"github.com/peppercorn-go/peppercorn/provision/rdsdriver"
	"github.com/peppercorn-go/peppercorn/provision/s3driver"
	"github.com/peppercorn-go/peppercorn/provision/snsdriver"
	"github.com/peppercorn-go/peppercorn/provision/sqsdriver"
	"github.com/peppercorn-go/peppercorn/provision/ssmdriver"
)

// Options of [All].
type Options struct {
	// Retry configures the retryer that each client gets one of.
	Retry []func(*RetryOptions)
	// EC2 configures the driver of security groups, instances and launch templates.
	EC2 []func(*ec2driver.Options)
	// AutoScaling configures the driver of groups of instances. It asks Elastic Load Balancing for the health of their targets
	// unless these say otherwise.
	AutoScaling []func(*asgdriver.Options)
	// ELB configures the driver of load balancers, target groups and listeners.
	ELB []func(*elbdriver.Options)
	// RDS configures the driver of databases.
	RDS []func(*rdsdriver.Options)
	// ElastiCache configures the driver of caches.
	ElastiCache []func(*cachedriver.Options)
	// DynamoDB configures the driver of tables.
	DynamoDB []func(*dynamodbdriver.Options)
	// S3 configures the driver of buckets.
	S3 []func(*s3driver.Options)
	// SNS configures the driver of topics.
	SNS []func(*snsdriver.Options)
	// SQS configures the driver of queues.
	SQS []func(*sqsdriver.Options)
	// SSM configures the driver of parameters.
	SSM []func(*ssmdriver.Options)
	// CloudWatch configures the driver of alarms.
	CloudWatch []func(*cloudwatchdriver.Options)
	// Logs configures the driver of log groups.
	Logs []func(*logsdriver.Options)
}

// All returns the drivers of this library, each with a client of its own that acts in the account and region of cfg. Those of
// ecsdriver, lambdadriver and ccdriver are not among them: make them with their New. The drivers
// are safe for concurrent use. A Retryer that cfg brings is kept instead of [NewRetryer]'s, and a RetryMaxAttempts that
// cfg brings (from AWS_MAX_ATTEMPTS, for example) limits either.
func All(cfg aws.Config, optFns ...func(*Options)) []provision.Driver {
	var opts Options
	for _, fn := range optFns {
		fn(&opts)
	}
	cfg = withRetryer(cfg, opts.Retry)
	// The drivers of EC2 and Auto Scaling give their calls a retryer of their own choice, past that of the client.
	ec2Retryer := func(o *ec2driver.Options) { o.Retryer = cfg.Retryer() }
	balancers := elbv2.NewFromConfig(cfg)
	groups := func(o *asgdriver.Options) {
		o.Retryer, o.TargetHealth = cfg.Retryer(), targetHealth(balancers)
	}
	return []provision.Driver{
		ec2driver.New(ec2.NewFromConfig(cfg), append([]func(*ec2driver.Options){ec2Retryer}, opts.EC2...)...),
		asgdriver.New(autoscaling.NewFromConfig(cfg), append([]func(*asgdriver.Options){groups}, opts.AutoScaling...)...),
		elbdriver.New(balancers, opts.ELB...),
		rdsdriver.New(rds.NewFromConfig(cfg), opts.RDS...),
		cachedriver.New(elasticache.NewFromConfig(cfg), opts.ElastiCache...),
		dynamodbdriver.New(dynamodb.NewFromConfig(cfg), opts.DynamoDB...),
		s3driver.New(s3.NewFromConfig(cfg), opts.S3...),
		snsdriver.New(sns.NewFromConfig(cfg), opts.SNS...),
		sqsdriver.New(sqs.NewFromConfig(cfg), opts.SQS...),
		ssmdriver.New(ssm.NewFromConfig(cfg), opts.SSM...),
		cloudwatchdriver.New(cloudwatch.NewFromConfig(cfg), opts.CloudWatch...),
		logsdriver.New(cloudwatchlogs.NewFromConfig(cfg), opts.Logs...),
	}
}

// withRetryer gives cfg a function that makes a new retryer for each client. It sees to the limit of attempts itself,
// because clients apply theirs only to the retryers that they are made with.
func withRetryer(cfg aws.Config, optFns []func(*RetryOptions)) aws.Config {
	cfg = cfg.Copy()
	fresh, most := cfg.Retryer, cfg.RetryMaxAttempts
	if fresh == nil {
		fresh = func() aws.Retryer { return NewRetryer(optFns...) }
	}
	cfg.Retryer = func() aws.Retryer {
		if most == 0 {
			return fresh()
		}
		return retry.AddWithMaxAttempts(fresh(), most)
	}
	return cfg
}
