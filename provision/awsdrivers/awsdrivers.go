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
package awsdrivers

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/ec2driver"
	"github.com/peppercorn-go/peppercorn/provision/sqsdriver"
)

// Options of [All].
type Options struct {
	// Retry configures the retryer that each client gets one of.
	Retry []func(*RetryOptions)
	// EC2 configures the driver of security groups and instances.
	EC2 []func(*ec2driver.Options)
	// SQS configures the driver of queues.
	SQS []func(*sqsdriver.Options)
}

// All returns every driver of this library, each with a client of its own that acts in the account and region of cfg. They
// are safe for concurrent use. A Retryer that cfg brings is kept instead of [NewRetryer]'s, and a RetryMaxAttempts that
// cfg brings (from AWS_MAX_ATTEMPTS, for example) limits either.
func All(cfg aws.Config, optFns ...func(*Options)) []provision.Driver {
	var opts Options
	for _, fn := range optFns {
		fn(&opts)
	}
	cfg = withRetryer(cfg, opts.Retry)
	// The driver of EC2 gives its calls a retryer of its own choice, past that of the client.
	ec2Retryer := func(o *ec2driver.Options) { o.Retryer = cfg.Retryer() }
	return []provision.Driver{
		ec2driver.New(ec2.NewFromConfig(cfg), append([]func(*ec2driver.Options){ec2Retryer}, opts.EC2...)...),
		sqsdriver.New(sqs.NewFromConfig(cfg), opts.SQS...),
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
