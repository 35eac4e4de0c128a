package awstest

import (
	"cmp"
	"slices"
	"time"

	"github.com/peppercorn-go/peppercorn/dns"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/asgdriver"
	"github.com/peppercorn-go/peppercorn/provision/awsdrivers"
	"github.com/peppercorn-go/peppercorn/provision/cachedriver"
	"github.com/peppercorn-go/peppercorn/provision/ccdriver"
	"github.com/peppercorn-go/peppercorn/provision/cloudwatchdriver"
	"github.com/peppercorn-go/peppercorn/provision/dynamodbdriver"
	"github.com/peppercorn-go/peppercorn/provision/ec2driver"
	"github.com/peppercorn-go/peppercorn/provision/ecsdriver"
	"github.com/peppercorn-go/peppercorn/provision/elbdriver"
	"github.com/peppercorn-go/peppercorn/provision/iamdriver"
	"github.com/peppercorn-go/peppercorn/provision/lambdadriver"
	"github.com/peppercorn-go/peppercorn/provision/logsdriver"
	"github.com/peppercorn-go/peppercorn/provision/rdsdriver"
	"github.com/peppercorn-go/peppercorn/provision/s3driver"
	"github.com/peppercorn-go/peppercorn/provision/snsdriver"
	"github.com/peppercorn-go/peppercorn/provision/sqsdriver"
	"github.com/peppercorn-go/peppercorn/provision/ssmdriver"
)

// PaceDrivers makes drivers wait as much less as this cloud is faster than AWS:
//
//	drivers := awsdrivers.All(cloud.Config(), cloud.PaceDrivers)
func (c *Cloud) PaceDrivers(o *awsdrivers.Options) {
	o.Retry = append(o.Retry, func(o *awsdrivers.RetryOptions) { c.shorten(&o.Base, &o.Most) })
	o.Limits = slices.Clone(o.Limits)
	for i := range o.Limits {
		o.Limits[i].PerSecond *= c.scale
	}
	o.EC2 = append(o.EC2, func(o *ec2driver.Options) { c.shorten(&o.Poll, &o.MaxPoll, &o.Visible, &o.Ready) })
	o.AutoScaling = append(o.AutoScaling, func(o *asgdriver.Options) { c.shorten(&o.Poll, &o.MaxPoll, &o.Lag, &o.Visible, &o.Ready) })
	o.ELB = append(o.ELB, func(o *elbdriver.Options) { c.shorten(&o.Poll, &o.MaxPoll, &o.Settle, &o.Appear, &o.Ready) })
	o.ECS = append(o.ECS, func(o *ecsdriver.Options) { c.shorten(&o.Settle, &o.Appear, &o.Poll, &o.Ready) })
	o.Lambda = append(o.Lambda, func(o *lambdadriver.Options) { c.shorten(&o.Settle, &o.Appear, &o.Role, &o.Ready) })
	o.RDS = append(o.RDS, func(o *rdsdriver.Options) { c.shorten(&o.Poll, &o.MaxPoll, &o.Settle, &o.Appear, &o.Ready) })
	o.ElastiCache = append(o.ElastiCache, func(o *cachedriver.Options) { c.shorten(&o.Poll, &o.MaxPoll, &o.Settle, &o.Appear, &o.Ready) })
	o.DynamoDB = append(o.DynamoDB, func(o *dynamodbdriver.Options) {
		o.TagRate *= c.scale
		c.shorten(&o.Settle, &o.Appear, &o.Ready)
	})
	o.S3 = append(o.S3, func(o *s3driver.Options) { c.shorten(&o.Settle, &o.Appear, &o.Reuse) })
	o.SNS = append(o.SNS, func(o *snsdriver.Options) {
		o.TagRate *= c.scale
		c.shorten(&o.Settle, &o.Appear, &o.Reuse)
	})
	o.SQS = append(o.SQS, func(o *sqsdriver.Options) { c.shorten(&o.Settle, &o.Appear, &o.Reuse) })
	o.SSM = append(o.SSM, func(o *ssmdriver.Options) { c.shorten(&o.Settle, &o.Appear) })
	o.CloudWatch = append(o.CloudWatch, func(o *cloudwatchdriver.Options) { c.shorten(&o.Settle, &o.Appear) })
	o.Logs = append(o.Logs, func(o *logsdriver.Options) { c.shorten(&o.Settle, &o.Appear) })
	o.IAM = append(o.IAM, func(o *iamdriver.Options) { c.shorten(&o.Settle, &o.Appear) })
	o.CloudControl = append(o.CloudControl, func(o *ccdriver.Options) { c.shorten(&o.Settle, &o.Appear, &o.Step) })
}

// PaceEngine makes an engine wait as much less as this cloud is faster than AWS:
//
//	engine, err := provision.NewEngine(drivers, cloud.PaceEngine)
func (c *Cloud) PaceEngine(o *provision.Options) { c.shorten(&o.Settle, &o.Poll, &o.BusyTimeout) }

// PaceZone makes a zone wait as much less as this cloud is faster than AWS. Its limit of requests a second is that of the
// API that it is opened on:
//
//	api := dns.Limit(route53.NewFromConfig(cloud.Config()), cloud.Rate(dns.DefaultRate))
//	zone := dns.Open(api, zoneID, cloud.PaceZone)
func (c *Cloud) PaceZone(o *dns.Options) {
	// A zone fills in its defaults last: what nobody has set is zero here.
	o.Poll = c.scaled(cmp.Or(o.Poll, 2*time.Second))
	o.Busy = c.scaled(cmp.Or(o.Busy, 2*time.Minute))
}

// Rate is as much more a second than perSecond as this cloud is faster than AWS.
func (c *Cloud) Rate(perSecond float64) float64 { return perSecond * c.scale }
