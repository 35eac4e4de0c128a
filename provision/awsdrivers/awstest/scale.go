package awstest

import (
	"cmp"
	"math"
	"time"

	"github.com/peppercorn-go/peppercorn/dns"
	"github.com/peppercorn-go/peppercorn/dns/dnstest"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/awsdrivers"
	"github.com/peppercorn-go/peppercorn/provision/ec2driver"
	"github.com/peppercorn-go/peppercorn/provision/ec2driver/ec2test"
	"github.com/peppercorn-go/peppercorn/provision/sqsdriver"
	"github.com/peppercorn-go/peppercorn/provision/sqsdriver/sqstest"
)

// scaled is d in the time of this cloud. It is never zero unless d was, because most options take zero for their default.
func (c *Cloud) scaled(d time.Duration) time.Duration {
	if d <= 0 {
		return d
	}
	return max(1, time.Duration(math.Round(float64(d)/c.scale)))
}

// shorten scales durations in place.
func (c *Cloud) shorten(durations ...*time.Duration) {
	for _, d := range durations {
		*d = c.scaled(*d)
	}
}

// scaleRoute53 knows the defaults, which the other services have filled in by the time they are configured and Route 53
// fills in last.
func (c *Cloud) scaleRoute53(o *dnstest.Route53Options) {
	o.RequestsPerSecond = cmp.Or(o.RequestsPerSecond, 5) * c.scale
	o.Processing = c.scaled(cmp.Or(o.Processing, 300*time.Millisecond))
	o.Propagation = c.scaled(cmp.Or(o.Propagation, 30*time.Second))
}

func (c *Cloud) scaleEC2(o *ec2test.Options) {
	o.Rates, o.Instances = c.faster(o.Rates), c.faster(o.Instances)
	c.shorten(&o.Boot, &o.Shutdown, &o.Checks, &o.Remember, &o.TokenLife, &o.Lag, &o.TagLag)
}

// faster leaves the map that it is given as it is, because that may configure another cloud as well.
func (c *Cloud) faster(rates map[string]ec2test.Rate) map[string]ec2test.Rate {
	scaled := make(map[string]ec2test.Rate, len(rates))
	for op, rate := range rates {
		scaled[op] = ec2test.Rate{PerSecond: rate.PerSecond * c.scale, Burst: rate.Burst}
	}
	return scaled
}

func (c *Cloud) scaleSQS(o *sqstest.Options) {
	o.Rate *= c.scale
	o.TagRate *= c.scale
	c.shorten(&o.Settle, &o.Deletion, &o.Reserve)
}

// PaceDrivers makes drivers wait as much less as this cloud is faster than AWS:
//
//	drivers := awsdrivers.All(cloud.Config(), cloud.PaceDrivers)
func (c *Cloud) PaceDrivers(o *awsdrivers.Options) {
	o.Retry = append(o.Retry, func(o *awsdrivers.RetryOptions) { c.shorten(&o.Base, &o.Most) })
	o.EC2 = append(o.EC2, func(o *ec2driver.Options) { c.shorten(&o.Poll, &o.MaxPoll, &o.Visible, &o.Ready) })
	o.SQS = append(o.SQS, func(o *sqsdriver.Options) { c.shorten(&o.Settle, &o.Appear, &o.Reuse) })
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
