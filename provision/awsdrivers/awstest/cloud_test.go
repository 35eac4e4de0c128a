package awstest_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/dns"
	"github.com/peppercorn-go/peppercorn/internal/drivertest"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/awsdrivers"
	"github.com/peppercorn-go/peppercorn/provision/awsdrivers/awstest"
	"github.com/peppercorn-go/peppercorn/provision/ec2driver/ec2test"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// shop is a blueprint of a small application.
func shop() *provision.Blueprint {
	var b provision.Blueprint
	dead := kinds.AddQueue(&b, "dead", kinds.Queue{})
	jobs := kinds.AddQueue(&b, "jobs", kinds.Queue{Redrive: kinds.Redrive{Queue: dead.ARN(), MaxReceives: 5}})
	http := kinds.AddSecurityGroup(&b, "http", kinds.SecurityGroup{Description: "web", Ingress: []kinds.Rule{kinds.TCP(80, "0.0.0.0/0")}})
	web := kinds.AddInstance(&b, "web", kinds.Instance{
		Image: ec2test.Linux, Type: "t3.micro", SecurityGroups: []provision.Text{http.ID()},
		Environment: map[string]provision.Text{"JOBS": jobs.URL()},
	})
	b.Entrance.Host = web.PublicDNS()
	return &b
}

func owner() provision.Owner { return drivertest.Owner("a1") }

// engineOf is one run of a program that deploys.
func engineOf(t *testing.T, cloud *awstest.Cloud, cfg aws.Config, optFns ...func(*provision.Options)) *provision.Engine {
	t.Helper()
	optFns = append(optFns, cloud.PaceEngine, func(o *provision.Options) { o.Place = awsdrivers.Place(cfg) })
	engine, err := provision.NewEngine(awsdrivers.All(cfg, cloud.PaceDrivers, ofAllTypes), optFns...)
	require.NoError(t, err)
	return engine
}

// ofAllTypes has a driver for the resource types without a kind that the tests take.
func ofAllTypes(o *awsdrivers.Options) { o.CloudControlTypes = []kinds.CloudControlType{repository} }

// life deploys everything and takes it down again, and returns how long both took.
func life(ctx context.Context, t *testing.T, cloud *awstest.Cloud) (up, down time.Duration) {
	t.Helper()
	first := cloud.Process("first")
	first.CrashAt(4, awstest.After)
	_, err := engineOf(t, cloud, first.Config()).Apply(ctx, owner(), shop())
	require.ErrorIs(t, err, awstest.ErrCrashed)

	second := engineOf(t, cloud, cloud.Process("second").Config())
	start := time.Now()
	applied, err := second.Apply(ctx, owner(), shop())
	require.NoError(t, err)
	up = time.Since(start)
	require.Len(t, applied.States, 4)
	require.Len(t, cloud.SQS.Queues(), 2)
	require.Len(t, cloud.EC2.LiveInstances(), 1)
	require.Equal(t, *cloud.EC2.LiveInstances()[0].PublicDnsName, applied.Host)

	start = time.Now()
	destroyed, err := second.Destroy(ctx, owner(), func(o *provision.DestroyOptions) { o.Expect = 4 })
	require.NoError(t, err)
	down = time.Since(start)
	require.Len(t, destroyed.Gone, 4)
	require.Empty(t, cloud.SQS.Queues())
	require.Empty(t, cloud.EC2.LiveInstances())
	return up, down
}

func TestDeploymentWithACrashInTheMiddle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := awstest.New(func(o *awstest.Options) {
			o.Latency, o.PageSize, o.ServerSkew = awstest.Published, 2, 3*time.Second
		})
		up, down := life(t.Context(), t, cloud)
		require.Greater(t, up, 10*time.Second, "an instance takes its time")
		require.Less(t, up, time.Minute)
		require.Greater(t, down, 30*time.Second, "and so does the end of a queue")
		require.Less(t, down, 3*time.Minute)
	})
}

func TestScaleMakesEverythingFasterInTheSameMeasure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		real := awstest.New(func(o *awstest.Options) { o.Latency = awstest.Published })
		fast := awstest.New(func(o *awstest.Options) { o.Latency, o.Scale = awstest.Published, 100 })
		up, down := life(t.Context(), t, real)
		fastUp, fastDown := life(t.Context(), t, fast)
		// Not exactly in the same measure: the driver of queues cannot tell times below a second apart.
		require.InDelta(t, 1, float64(fastUp)*100/float64(up), 0.1, "%v and %v", fastUp, up)
		require.InDelta(t, 1, float64(fastDown)*100/float64(down), 0.1, "%v and %v", fastDown, down)

		for cloud, limit := range map[*awstest.Cloud]time.Duration{real: 45 * time.Second, fast: 450 * time.Millisecond} {
			id := cloud.Route53.AddZone("example.com", false)
			api := dns.Limit(route53.NewFromConfig(cloud.Config()), cloud.Rate(dns.DefaultRate))
			zone := dns.Open(api, id, cloud.PaceZone)
			start := time.Now()
			change, err := zone.Swap(t.Context(), "production.example.com", "", "a.example.com")
			require.NoError(t, err)
			require.NoError(t, zone.Wait(t.Context(), change))
			took := time.Since(start)
			require.Less(t, took, limit)
			require.Greater(t, took, limit/2)
		}
	})
}

func TestWhoIsCalling(t *testing.T) {
	t.Parallel()
	cloud := awstest.New(func(o *awstest.Options) { o.Account = "210987654321" })
	client := sts.NewFromConfig(cloud.Process("deployer").Config())
	out, err := client.GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	require.NoError(t, err)
	require.Equal(t, "210987654321", *out.Account)
	require.Equal(t, "arn:aws:iam::210987654321:user/deployer", *out.Arn)
	_, err = client.GetSessionToken(t.Context(), &sts.GetSessionTokenInput{})
	require.ErrorContains(t, err, "does not know the operation GetSessionToken")
	require.Equal(t, provision.Place{Account: "210987654321", Region: "us-east-1"}, cloud.Place())
}

func TestLatencyIsThatOfTheOptions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, c := range []struct {
			scale       float64
			least, most time.Duration
		}{{1, 75 * time.Millisecond, 225 * time.Millisecond}, {10, 7500 * time.Microsecond, 22500 * time.Microsecond}} {
			cloud := awstest.New(func(o *awstest.Options) { o.Latency, o.Scale = awstest.Published, c.scale })
			client := sqs.NewFromConfig(cloud.Config())
			for _, name := range []string{"a", "b", "c"} {
				start := time.Now()
				_, err := client.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: &name})
				require.NoError(t, err)
				require.GreaterOrEqual(t, time.Since(start), c.least)
				require.LessOrEqual(t, time.Since(start), c.most)
			}
		}
	})
}

func TestServicesCanBeConfigured(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := awstest.New(func(o *awstest.Options) {
			o.Region = "eu-central-1"
			o.EC2 = append(o.EC2, func(o *ec2test.Options) { o.NoDefaultVPC = true })
		})
		_, err := engineOf(t, cloud, cloud.Config()).Apply(t.Context(), owner(), shop())
		require.ErrorContains(t, err, "default VPC")
		require.Empty(t, cloud.SQS.Queues(), "that was found out before the first create")
		var b provision.Blueprint
		kinds.AddQueue(&b, "jobs", kinds.Queue{})
		_, err = engineOf(t, cloud, cloud.Config()).Apply(t.Context(), owner(), &b)
		require.NoError(t, err)
		require.Equal(t, "eu-central-1", cloud.SQS.Queues()[0].Region)
		require.NotEmpty(t, cloud.Calls())
		cloud.ForgetCalls()
		require.Empty(t, cloud.Calls())
	})
}
