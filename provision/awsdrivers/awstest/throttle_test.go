package awstest_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/awsdrivers"
	"github.com/peppercorn-go/peppercorn/provision/awsdrivers/awstest"
	"github.com/peppercorn-go/peppercorn/provision/ec2driver/ec2test"
	"github.com/peppercorn-go/peppercorn/provision/ecsdriver/ecstest"
	"github.com/peppercorn-go/peppercorn/provision/rdsdriver/rdstest"
)

// many is how many things of a kind a large deployment makes. With -short it is a smaller one.
func many() int {
	if testing.Short() {
		return 40
	}
	return 200
}

// nodes are the names of that many.
func nodes() (names []string) {
	for i := range many() {
		names = append(names, fmt.Sprintf("n%d", i))
	}
	return names
}

// roomy has room for many of everything.
func roomy(o *awstest.Options) {
	o.RDS = append(o.RDS, func(o *rdstest.Options) { o.Quota = 2 * many() })
}

// halfThrottled refuses every second attempt at each call. Which ones depends on the call and not on the order in which
// goroutines come. What a driver asks for in one call, it may ask for in two in the next run, so runs differ a little.
func halfThrottled(cloud *awstest.Cloud) {
	cloud.Inject(awstest.Fault{Kind: awstest.Throttle, Match: func(call *awstest.Call) bool {
		in, _ := json.Marshal(call.Input) // what cannot be written is the same for all calls
		sum := sha256.Sum256(fmt.Append(in, call.Op, call.Attempt))
		return sum[0]&1 == 0
	}})
}

// throttled counts the attempts that a cloud refused for their rate.
func throttled(cloud *awstest.Cloud) (n int) {
	for _, call := range cloud.Calls() {
		if call.Err != nil && isThrottle(call.Err) {
			n++
		}
	}
	return n
}

// applyMany makes many things of a kind at the same time.
func applyMany(ctx context.Context, cloud *awstest.Cloud, e entry, optFns ...func(*awsdrivers.Options)) error {
	drivers := awsdrivers.All(cloud.Config(), append(optFns, ofAllTypes)...)
	engine, err := provision.NewEngine(drivers, unhurried, func(o *provision.Options) { o.Parallel = many() })
	if err != nil {
		return err
	}
	_, err = engine.Apply(ctx, owner(), e.blueprint(cloud, nodes()...))
	return err
}

// A large deployment survives a service that refuses every second call, whichever service that is.
func TestManyOfEveryKindSurviveThrottling(t *testing.T) {
	forEveryKind(t, func(ctx context.Context, t *testing.T, cloud *awstest.Cloud, e entry) {
		halfThrottled(cloud)
		require.NoError(t, applyMany(ctx, cloud, e))
		require.Len(t, e.things(cloud), many())
		refused, calls := throttled(cloud), len(cloud.Calls())
		// Of each call every second attempt is refused; calls that are alike, such as a listing that all wait for, have one fate.
		require.Greater(t, refused, calls/4, "the test must throttle, or it shows nothing")
		t.Logf("%d of %d calls refused", refused, calls)
	}, roomy)
}

// Clients that wait their turn are hardly ever refused. Without limits the same deployment is refused again and again, and
// may even fail, however patient its retryer is.
func TestLimitsSaveCallsThatWouldBeRefused(t *testing.T) {
	unlimited := func(o *awsdrivers.Options) { o.Limits = nil }
	saved := 0
	for _, e := range catalogue {
		var without, with int
		synctest.Test(t, func(t *testing.T) {
			cloud := awstest.New(roomy, granted)
			err := applyMany(t.Context(), cloud, e, unlimited)
			without = throttled(cloud)
			t.Logf("%s without limits: %d of %d calls refused, %v", e.kind, without, len(cloud.Calls()), err)
		})
		synctest.Test(t, func(t *testing.T) {
			cloud := awstest.New(roomy, granted)
			require.NoError(t, applyMany(t.Context(), cloud, e))
			with = throttled(cloud)
			t.Logf("%s with limits: %d of %d calls refused", e.kind, with, len(cloud.Calls()))
		})
		require.LessOrEqual(t, with, without/10+5, "%s: a bucket that is just full is a matter of rounding", e.kind)
		saved += without - with
	}
	require.Greater(t, saved, 5*many())
}

// granted makes the simulated EC2 and ECS grant what AWS says that they grant.
func granted(o *awstest.Options) {
	rates := map[string]ec2test.Rate{"RunInstances": {PerSecond: 2, Burst: 5}}
	for _, op := range []string{"CreateSecurityGroup", "AuthorizeSecurityGroupIngress", "CreateLaunchTemplate"} {
		rates[op] = ec2test.Rate{PerSecond: 5, Burst: 50}
	}
	for _, op := range []string{"DescribeInstances", "DescribeSecurityGroups", "DescribeLaunchTemplates"} {
		rates[op] = ec2test.Rate{PerSecond: 20, Burst: 100}
	}
	o.EC2 = append(o.EC2, func(o *ec2test.Options) { o.Rates = rates })
	o.ECS = append(o.ECS, func(o *ecstest.Options) { o.Burst = 100 }) // of looks at services; half of it is for other looks
}

// isThrottle reports whether a service refuses a call for its rate.
func isThrottle(err error) bool {
	return retry.IsErrorThrottles(retry.DefaultThrottles).IsErrorThrottle(err) == aws.TrueTernary
}
