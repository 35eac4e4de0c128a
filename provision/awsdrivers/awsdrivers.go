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
// # Rates
//
// AWS counts what all programs of an account call in a region, and refuses what is too much. A program that runs into that all
// the time takes longer than one that keeps below, and takes from its neighbours what their calls need. So the clients of [All]
// keep below the rates that AWS publishes, [DefaultLimits], each call waiting its turn; [Options].Limits sets others.
//
// # What drivers do for each other
//
// A driver knows one service. Auto Scaling tells no more of a target group than that one instance of a group is healthy in it, so
// [All] gives its driver the means to ask Elastic Load Balancing about each: a group is ready when all are. The principal needs
// elasticloadbalancing:DescribeTargetHealth for that.
//
// In the same way EC2, IAM, Certificate Manager, ECR and S3 are asked whether the networks, roles, certificates, images and code are there
// that a blueprint names, before anything is made: see [provision.Engine.Check]. A question that many nodes have in common is one call
// (not so what the driver of EC2 asks its own service, for each instance), and what the principal may not ask about is passed over.
// [kinds.ExistingImage] reads the Parameter Store.
package awsdrivers

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/cloudcontrol"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/asgdriver"
	"github.com/peppercorn-go/peppercorn/provision/cachedriver"
	"github.com/peppercorn-go/peppercorn/provision/ccdriver"
	"github.com/peppercorn-go/peppercorn/provision/cloudwatchdriver"
	"github.com/peppercorn-go/peppercorn/provision/dynamodbdriver"
	"github.com/peppercorn-go/peppercorn/provision/ec2driver"
	"github.com/peppercorn-go/peppercorn/provision/ecsdriver"
	"github.com/peppercorn-go/peppercorn/provision/elbdriver"
	"github.com/peppercorn-go/peppercorn/provision/iamdriver"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
	"github.com/peppercorn-go/peppercorn/provision/lambdadriver"
	"github.com/peppercorn-go/peppercorn/provision/logsdriver"
	"github.com/peppercorn-go/peppercorn/provision/rdsdriver"
	"github.com/peppercorn-go/peppercorn/provision/s3driver"
	"github.com/peppercorn-go/peppercorn/provision/secretsdriver"
	"github.com/peppercorn-go/peppercorn/provision/snsdriver"
	"github.com/peppercorn-go/peppercorn/provision/sqsdriver"
	"github.com/peppercorn-go/peppercorn/provision/ssmdriver"
)

// Options of [All].
type Options struct {
	// Retry configures the retryer that each client gets one of.
	Retry []func(*RetryOptions)
	// Limits are the rates that all clients together keep below, so that the account has something left for others and AWS
	// has nothing to refuse. The first one that covers an operation counts. Two calls of [All] do not know of each other. Default
	// [DefaultLimits]; nil means none.
	Limits []Limit
	// EC2 configures the driver of security groups, instances and launch templates.
	EC2 []func(*ec2driver.Options)
	// AutoScaling configures the driver of groups of instances. It asks Elastic Load Balancing for the health of their targets
	// unless these say otherwise.
	AutoScaling []func(*asgdriver.Options)
	// ELB configures the driver of load balancers, target groups and listeners.
	ELB []func(*elbdriver.Options)
	// ECS configures the driver of task definitions and services.
	ECS []func(*ecsdriver.Options)
	// Lambda configures the driver of functions.
	Lambda []func(*lambdadriver.Options)
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
	// IAM configures the driver that looks up roles and instance profiles.
	IAM []func(*iamdriver.Options)
	// CloudControlTypes are the types of resources that blueprints take by [kinds.CloudControl]. Without any, there is no driver of
	// that kind. Take a type off the list only when no environment has resources of it any more, for they would not be found.
	CloudControlTypes []kinds.CloudControlType
	// CloudControl configures the driver of resources of these types.
	CloudControl []func(*ccdriver.Options)
}

// All returns the drivers of this library, each with a client of its own that acts in the account and region of cfg; that of
// Cloud Control only if there are [Options].CloudControlTypes. The drivers are safe for concurrent use. A Retryer that cfg
// brings is kept instead of [NewRetryer]'s, and a RetryMaxAttempts that cfg brings (from AWS_MAX_ATTEMPTS, for example)
// limits either.
func All(cfg aws.Config, optFns ...func(*Options)) []provision.Driver {
	opts := Options{Limits: DefaultLimits()}
	for _, fn := range optFns {
		fn(&opts)
	}
	cfg = withRetryer(cfg, opts.Retry)
	cfg.APIOptions = append(slices.Clone(cfg.APIOptions), newLimiter(opts.Limits).addTo)
	asked := newChecks(cfg, opts)
	balancers := elbv2.NewFromConfig(cfg)
	groups := func(o *asgdriver.Options) {
		// It gives its calls a retryer of its own choice, past that of the client, as the driver of EC2 does.
		o.Retryer, o.TargetHealth = cfg.Retryer(), targetHealth(balancers)
	}
	drivers := []provision.Driver{
		asked.networks,
		asgdriver.New(autoscaling.NewFromConfig(cfg), before(opts.AutoScaling, groups, asked.groups)...),
		elbdriver.New(balancers, before(opts.ELB, asked.balancers)...),
		ecsdriver.New(ecs.NewFromConfig(cfg), before(opts.ECS, asked.containers)...),
		lambdadriver.New(lambda.NewFromConfig(cfg), before(opts.Lambda, asked.functions)...),
		rdsdriver.New(rds.NewFromConfig(cfg), before(opts.RDS, asked.databases)...),
		cachedriver.New(elasticache.NewFromConfig(cfg), opts.ElastiCache...),
		dynamodbdriver.New(dynamodb.NewFromConfig(cfg), opts.DynamoDB...),
		s3driver.New(s3.NewFromConfig(cfg), opts.S3...),
		snsdriver.New(sns.NewFromConfig(cfg), opts.SNS...),
		sqsdriver.New(sqs.NewFromConfig(cfg), opts.SQS...),
		ssmdriver.New(ssm.NewFromConfig(cfg), opts.SSM...),
		cloudwatchdriver.New(cloudwatch.NewFromConfig(cfg), opts.CloudWatch...),
		logsdriver.New(cloudwatchlogs.NewFromConfig(cfg), opts.Logs...),
		asked.roles, asked.certificates, asked.images,
		secretsdriver.New(secretsmanager.NewFromConfig(cfg)),
	}
	if len(opts.CloudControlTypes) > 0 {
		drivers = append(drivers, ccdriver.New(cloudcontrol.NewFromConfig(cfg), opts.CloudControlTypes, opts.CloudControl...))
	}
	return drivers
}

// before puts what [All] wants of a driver before what its caller does, which leaves the caller the last word.
func before[O any](wanted []func(*O), ours ...func(*O)) []func(*O) {
	return slices.Concat(ours, wanted)
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
