package awstest

import (
	"cmp"
	"math"
	"time"

	"github.com/peppercorn-go/peppercorn/dns/dnstest"
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

func (c *Cloud) scaleELB(o *elbtest.Options) {
	o.Rate *= c.scale
	o.WriteRate *= c.scale
	o.Speed *= c.scale
	c.shorten(&o.Lag, &o.TagLag, &o.Provision, &o.Deletion, &o.Release, &o.Detach)
}

func (c *Cloud) scaleAutoScaling(o *asgtest.Options) {
	o.Rate *= c.scale
	c.shorten(&o.Scale, &o.InService, &o.Retry, &o.Deletion, &o.Lag, &o.Boot, &o.Shutdown, &o.Healthy)
}

func (c *Cloud) scaleECS(o *ecstest.Options) {
	o.Rate *= c.scale
	c.shorten(&o.Settle, &o.Start, &o.Stop, &o.Purge)
}

func (c *Cloud) scaleLambda(o *lambdatest.Options) {
	o.Rate *= c.scale
	o.ReadRate *= c.scale
	c.shorten(&o.Appear, &o.Pending, &o.PendingVPC, &o.Linger, &o.Release)
}

func (c *Cloud) scaleRDS(o *rdstest.Options) {
	o.Rate *= c.scale
	c.shorten(&o.Visible, &o.Creation, &o.Restore, &o.Backup, &o.Snapshot, &o.Deletion, &o.Modification)
}

func (c *Cloud) scaleElastiCache(o *cachetest.Options) {
	o.Rate *= c.scale
	c.shorten(&o.Visible, &o.Creation, &o.Deletion)
}

func (c *Cloud) scaleDynamoDB(o *dynamodbtest.Options) {
	o.Rate *= c.scale
	o.TagRate *= c.scale
	c.shorten(&o.Creation, &o.Deletion, &o.Settle, &o.TagLag, &o.Backups)
}

func (c *Cloud) scaleS3(o *s3test.Options) {
	o.Rate *= c.scale
	c.shorten(&o.Settle, &o.TagLag, &o.Linger, &o.Reserve)
}

func (c *Cloud) scaleSNS(o *snstest.Options) {
	o.Rate *= c.scale
	o.TagRate *= c.scale
	c.shorten(&o.Settle, &o.TagLag, &o.Linger, &o.Stale, &o.Orphan)
}

func (c *Cloud) scaleSQS(o *sqstest.Options) {
	o.Rate *= c.scale
	o.TagRate *= c.scale
	c.shorten(&o.Settle, &o.Deletion, &o.Reserve)
}

func (c *Cloud) scaleSSM(o *ssmtest.Options) {
	o.Rate *= c.scale
	c.shorten(&o.Settle, &o.Reserve)
}

func (c *Cloud) scaleCloudWatch(o *cloudwatchtest.Options) {
	o.WriteRate *= c.scale
	o.ReadRate *= c.scale
	c.shorten(&o.Settle)
}

func (c *Cloud) scaleLogs(o *logstest.Options) {
	o.Rate *= c.scale
	c.shorten(&o.Settle, &o.CountLag)
}

func (c *Cloud) scaleIAM(o *iamtest.Options) {
	o.Rate *= c.scale
	c.shorten(&o.Settle)
}

func (c *Cloud) scaleACM(o *acmtest.Options) {
	o.Rate *= c.scale
	c.shorten(&o.Settle)
}

func (c *Cloud) scaleSecretsManager(o *secretstest.Options) {
	o.Rate *= c.scale
	o.WriteRate *= c.scale
}

func (c *Cloud) scaleECR(o *ecrtest.Options) { o.Rate *= c.scale }

func (c *Cloud) scaleCloudControl(o *cctest.Options) {
	o.Rate *= c.scale
	c.shorten(&o.Start, &o.Make, &o.Remove, &o.Gap, &o.Poll)
}
