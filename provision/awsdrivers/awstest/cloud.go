package awstest

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/peppercorn-go/peppercorn/dns/dnstest"
	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/acmdriver/acmtest"
	"github.com/peppercorn-go/peppercorn/provision/asgdriver/asgtest"
	"github.com/peppercorn-go/peppercorn/provision/cachedriver/cachetest"
	"github.com/peppercorn-go/peppercorn/provision/ccdriver/cctest"
	"github.com/peppercorn-go/peppercorn/provision/cloudwatchdriver/cloudwatchtest"
	"github.com/peppercorn-go/peppercorn/provision/dynamodbdriver/dynamodbtest"
	"github.com/peppercorn-go/peppercorn/provision/ec2driver/ec2test"
	"github.com/peppercorn-go/peppercorn/provision/ecrdriver/ecrtest"
	"github.com/peppercorn-go/peppercorn/provision/ecsdriver/ecstest"
	"github.com/peppercorn-go/peppercorn/provision/elbdriver/elbtest"
	"github.com/peppercorn-go/peppercorn/provision/iamdriver/iamtest"
	"github.com/peppercorn-go/peppercorn/provision/lambdadriver/lambdatest"
	"github.com/peppercorn-go/peppercorn/provision/logsdriver/logstest"
	"github.com/peppercorn-go/peppercorn/provision/rdsdriver/rdstest"
	"github.com/peppercorn-go/peppercorn/provision/s3driver/s3test"
	"github.com/peppercorn-go/peppercorn/provision/secretsdriver/secretstest"
	"github.com/peppercorn-go/peppercorn/provision/snsdriver/snstest"
	"github.com/peppercorn-go/peppercorn/provision/sqsdriver/sqstest"
	"github.com/peppercorn-go/peppercorn/provision/ssmdriver/ssmtest"
)

// Options of [New]. The zero value of each field means its default.
type Options struct {
	// Account is the account's id. Default "123456789012".
	Account string
	// Region of clients that do not choose another one. Default "us-east-1".
	Region string
	// Seed of every random choice. Equal seeds and equal calls give equal runs.
	Seed uint64
	// PageSize above 0 forces listings to pages of at most this size, so that a program that forgets the second page
	// fails with two items instead of a thousand.
	PageSize int
	// ServerSkew is what the clocks of AWS are ahead of ours.
	ServerSkew time.Duration
	// Latency of one call: the time until its effect, and from there until the reply. Default none. See [Published].
	Latency func(service, op string, r *rand.Rand) (before, after time.Duration)
	// Scale is how many times as fast as AWS the services are: it divides every duration and multiplies every rate.
	// Default 1.
	Scale float64
	// Route53 and those below it configure the services, in AWS's time: Scale is applied to the durations and rates that
	// they set.
	Route53        []func(*dnstest.Route53Options)
	EC2            []func(*ec2test.Options)
	AutoScaling    []func(*asgtest.Options)
	ELB            []func(*elbtest.Options)
	ECS            []func(*ecstest.Options)
	Lambda         []func(*lambdatest.Options)
	RDS            []func(*rdstest.Options)
	ElastiCache    []func(*cachetest.Options)
	DynamoDB       []func(*dynamodbtest.Options)
	S3             []func(*s3test.Options)
	SNS            []func(*snstest.Options)
	SQS            []func(*sqstest.Options)
	SSM            []func(*ssmtest.Options)
	CloudWatch     []func(*cloudwatchtest.Options)
	Logs           []func(*logstest.Options)
	CloudControl   []func(*cctest.Options)
	IAM            []func(*iamtest.Options)
	ACM            []func(*acmtest.Options)
	SecretsManager []func(*secretstest.Options)
	ECR            []func(*ecrtest.Options)
}

// Cloud is one simulated AWS account. It is safe for concurrent use.
type Cloud struct {
	// Route53 and those below it are the services, to prepare and to look at.
	Route53        *dnstest.Route53
	EC2            *ec2test.EC2
	AutoScaling    *asgtest.ASG
	ELB            *elbtest.ELB
	ECS            *ecstest.ECS
	Lambda         *lambdatest.Lambda
	RDS            *rdstest.RDS
	ElastiCache    *cachetest.ElastiCache
	DynamoDB       *dynamodbtest.DynamoDB
	S3             *s3test.S3
	SNS            *snstest.SNS
	SQS            *sqstest.SQS
	SSM            *ssmtest.SSM
	CloudWatch     *cloudwatchtest.CloudWatch
	Logs           *logstest.Logs
	CloudControl   *cctest.CloudControl
	IAM            *iamtest.IAM
	ACM            *acmtest.ACM
	SecretsManager *secretstest.Secrets
	ECR            *ecrtest.ECR

	cloud *sim.Cloud
	scale float64
}

// New makes a simulated AWS without anything in it but what a new account has.
func New(optFns ...func(*Options)) *Cloud {
	var opts Options
	for _, fn := range optFns {
		fn(&opts)
	}
	if opts.Scale <= 0 {
		opts.Scale = 1
	}
	c := &Cloud{scale: opts.Scale}
	c.cloud = sim.New(func(o *sim.Options) {
		if opts.Account != "" {
			o.Account = opts.Account
		}
		if opts.Region != "" {
			o.Region = opts.Region
		}
		o.Seed, o.PageSize, o.ServerSkew = opts.Seed, opts.PageSize, opts.ServerSkew
		if opts.Latency != nil {
			o.Latency = func(service, op string, r *rand.Rand) (time.Duration, time.Duration) {
				before, after := opts.Latency(service, op, r)
				return c.scaled(before), c.scaled(after)
			}
		}
	})
	c.Route53 = dnstest.Register(c.cloud, append(opts.Route53, c.scaleRoute53)...)
	c.EC2 = ec2test.Register(c.cloud, between(c.connectEC2, opts.EC2, c.scaleEC2)...)
	c.ELB = elbtest.Register(c.cloud, between(c.connectELB, opts.ELB, c.scaleELB)...)
	c.AutoScaling = asgtest.Register(c.cloud, between(c.connectAutoScaling, opts.AutoScaling, c.scaleAutoScaling)...)
	c.ECS = ecstest.Register(c.cloud, between(c.connectECS, opts.ECS, c.scaleECS)...)
	c.Lambda = lambdatest.Register(c.cloud, between(c.connectLambda, opts.Lambda, c.scaleLambda)...)
	c.RDS = rdstest.Register(c.cloud, between(c.connectRDS, opts.RDS, c.scaleRDS)...)
	c.ElastiCache = cachetest.Register(c.cloud, between(c.connectElastiCache, opts.ElastiCache, c.scaleElastiCache)...)
	c.DynamoDB = dynamodbtest.Register(c.cloud, append(opts.DynamoDB, c.scaleDynamoDB)...)
	c.S3 = s3test.Register(c.cloud, append(opts.S3, c.scaleS3)...)
	c.SNS = snstest.Register(c.cloud, append(opts.SNS, c.scaleSNS)...)
	c.SQS = sqstest.Register(c.cloud, append(opts.SQS, c.scaleSQS)...)
	c.SSM = ssmtest.Register(c.cloud, append(opts.SSM, c.scaleSSM)...)
	c.CloudWatch = cloudwatchtest.Register(c.cloud, append(opts.CloudWatch, c.scaleCloudWatch)...)
	c.Logs = logstest.Register(c.cloud, append(opts.Logs, c.scaleLogs)...)
	c.CloudControl = cctest.Register(c.cloud, append(opts.CloudControl, c.scaleCloudControl)...)
	c.IAM = iamtest.Register(c.cloud, append(opts.IAM, c.scaleIAM)...)
	c.ACM = acmtest.Register(c.cloud, append(opts.ACM, c.scaleACM)...)
	c.SecretsManager = secretstest.Register(c.cloud, append(opts.SecretsManager, c.scaleSecretsManager)...)
	c.ECR = ecrtest.Register(c.cloud, append(opts.ECR, c.scaleECR)...)
	registerSTS(c.cloud)
	return c
}

// between puts what the caller of [New] wants of a service after what connects it with the others, and before what scales
// it. It leaves the caller's list as it is.
func between[O any](connect func(*O), wanted []func(*O), scale func(*O)) []func(*O) {
	return slices.Concat([]func(*O){connect}, wanted, []func(*O){scale})
}

// Config returns a configuration whose clients belong to the process "main": fake credentials, the region of the cloud,
// and an HTTP client that refuses every request.
func (c *Cloud) Config() aws.Config { return c.cloud.Config() }

// Process returns the client program of that name, and starts it when there is none. Its Config makes clients that die
// with it.
func (c *Cloud) Process(name string) *Process { return c.cloud.Process(name) }

// Place is where the clients act that do not choose another region.
func (c *Cloud) Place() provision.Place {
	return provision.Place{Account: c.cloud.Options().Account, Region: c.cloud.Options().Region}
}

// Inject adds a fault, and returns what takes it away again. Faults are tried in the order in which they were added.
func (c *Cloud) Inject(f Fault) (remove func()) { return c.cloud.Inject(f) }

// Calls returns every attempt at a call that reached the cloud, in order of arrival.
func (c *Cloud) Calls() []Call { return c.cloud.Calls() }

// ForgetCalls empties the record of calls, so that a test can look at what comes next.
func (c *Cloud) ForgetCalls() { c.cloud.ForgetCalls() }
