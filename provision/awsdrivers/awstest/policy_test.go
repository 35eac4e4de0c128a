package awstest_test

import (
	"flag"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/dns"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/acmdriver"
	"github.com/peppercorn-go/peppercorn/provision/asgdriver"
	"github.com/peppercorn-go/peppercorn/provision/awsdrivers"
	"github.com/peppercorn-go/peppercorn/provision/awsdrivers/awstest"
	"github.com/peppercorn-go/peppercorn/provision/cachedriver"
	"github.com/peppercorn-go/peppercorn/provision/ccdriver"
	"github.com/peppercorn-go/peppercorn/provision/cloudwatchdriver"
	"github.com/peppercorn-go/peppercorn/provision/dynamodbdriver"
	"github.com/peppercorn-go/peppercorn/provision/ec2driver"
	"github.com/peppercorn-go/peppercorn/provision/ecrdriver"
	"github.com/peppercorn-go/peppercorn/provision/ecsdriver"
	"github.com/peppercorn-go/peppercorn/provision/elbdriver"
	"github.com/peppercorn-go/peppercorn/provision/iamdriver"
	"github.com/peppercorn-go/peppercorn/provision/lambdadriver"
	"github.com/peppercorn-go/peppercorn/provision/logsdriver"
	"github.com/peppercorn-go/peppercorn/provision/rdsdriver"
	"github.com/peppercorn-go/peppercorn/provision/s3driver"
	"github.com/peppercorn-go/peppercorn/provision/secretsdriver"
	"github.com/peppercorn-go/peppercorn/provision/snsdriver"
	"github.com/peppercorn-go/peppercorn/provision/sqsdriver"
	"github.com/peppercorn-go/peppercorn/provision/ssmdriver"
)

// prefixes are what IAM calls the services, by the names that the SDK has for them.
var prefixes = map[string]string{
	"ACM":                       "acm",
	"Auto Scaling":              "autoscaling",
	"CloudControl":              "cloudformation",
	"CloudWatch":                "cloudwatch",
	"CloudWatch Logs":           "logs",
	"DynamoDB":                  "dynamodb",
	"EC2":                       "ec2",
	"ECR":                       "ecr",
	"ECS":                       "ecs",
	"ElastiCache":               "elasticache",
	"Elastic Load Balancing v2": "elasticloadbalancing",
	"IAM":                       "iam",
	"Lambda":                    "lambda",
	"RDS":                       "rds",
	"S3":                        "s3",
	"Secrets Manager":           "secretsmanager",
	"SNS":                       "sns",
	"SQS":                       "sqs",
	"SSM":                       "ssm",
}

// policyOptions are those of the role of a deployer of one application.
func policyOptions() provision.PolicyOptions {
	return provision.PolicyOptions{
		Partition: "aws", Account: "123456789012", Region: "us-east-1",
		App: owner().App, Base: owner().Base, Registry: owner().Registry,
		Zone:  "Z0123456789ABCDEFGHIJ",
		Roles: []string{"arn:aws:iam::123456789012:role/shop"},
		Keys:  []string{"arn:aws:kms:us-east-1:123456789012:key/shop"},
		Code:  []string{"arn:aws:s3:::builds/*"},

		Parameters: []string{"arn:aws:ssm:us-east-1:123456789012:parameter/images/*"},
	}
}

// need is an action of a driver, and the call that it is needed for, as IAM's prefix of the service and the SDK's operation.
type need struct {
	provision.Action
	call string
}

// needsOf lists what drivers need. An action that stands for a call is one of the service that is called; those that AWS asks
// for besides are for calls of the driver's own service.
func needsOf(t *testing.T, drivers []provision.Driver) (all []need) {
	t.Helper()
	for _, d := range drivers {
		actor, ok := d.(provision.Actor)
		if !ok {
			t.Errorf("%T has no Actions: nobody can say which permissions it needs. Give it a file actions.go, as sqsdriver has", d)
			continue
		}
		actions := actor.Actions()
		own, _, _ := strings.Cut(actions[slices.IndexFunc(actions, func(a provision.Action) bool { return a.Why == "" })].Name, ":")
		for _, a := range actions {
			service := own
			if a.Why == "" {
				service, _, _ = strings.Cut(a.Name, ":")
			}
			for _, op := range a.Operations() {
				all = append(all, need{a, service + ":" + op})
			}
		}
	}
	return all
}

// driversOf are all drivers of this library, for a process.
func driversOf(cloud *awstest.Cloud, process string, optFns ...func(*awsdrivers.Options)) []provision.Driver {
	optFns = append(optFns, cloud.PaceDrivers, ofAllTypes, everyCheck)
	return awsdrivers.All(cloud.Process(process).Config(), optFns...)
}

// policyDrivers are all drivers of this library, and once more with the options that take other calls.
func policyDrivers() []provision.Driver {
	return slices.Concat(driversOf(awstest.New(), deployer), driversOf(awstest.New(), deployer, healthUnasked))
}

// What drivers do is what they say, and what they say is what they do.
func TestDriversNeedWhatTheySay(t *testing.T) {
	t.Parallel()
	calls := recorded(t)
	needs := needsOf(t, policyDrivers())
	said, done := map[string]bool{}, map[string]bool{}
	for _, n := range needs {
		if n.Why == "" {
			said[n.call] = true
		}
	}
	for _, call := range calls {
		name := callName(t, call)
		done[name] = true
		if !said[name] {
			t.Errorf("%s is called, and no driver says that it needs an action for it", name)
			said[name] = true // once is enough
		}
	}
	for _, n := range needs {
		if !done[n.call] {
			t.Errorf("%s is needed for %s, which no test of this file has made a driver call", n.Name, n.call)
		}
	}
}

// apis are the calls that drivers can make at all, by their packages.
var apis = map[string]reflect.Type{
	"acmdriver":        reflect.TypeFor[acmdriver.API](),
	"asgdriver":        reflect.TypeFor[asgdriver.API](),
	"cachedriver":      reflect.TypeFor[cachedriver.API](),
	"ccdriver":         reflect.TypeFor[ccdriver.API](),
	"cloudwatchdriver": reflect.TypeFor[cloudwatchdriver.API](),
	"dynamodbdriver":   reflect.TypeFor[dynamodbdriver.API](),
	"ec2driver":        reflect.TypeFor[ec2driver.API](),
	"ecrdriver":        reflect.TypeFor[ecrdriver.API](),
	"ecsdriver":        reflect.TypeFor[ecsdriver.API](),
	"elbdriver":        reflect.TypeFor[elbdriver.API](),
	"iamdriver":        reflect.TypeFor[iamdriver.API](),
	"lambdadriver":     reflect.TypeFor[lambdadriver.API](),
	"logsdriver":       reflect.TypeFor[logsdriver.API](),
	"rdsdriver":        reflect.TypeFor[rdsdriver.API](),
	"s3driver":         reflect.TypeFor[s3driver.API](),
	"secretsdriver":    reflect.TypeFor[secretsdriver.API](),
	"snsdriver":        reflect.TypeFor[snsdriver.API](),
	"sqsdriver":        reflect.TypeFor[sqsdriver.API](),
	"ssmdriver":        reflect.TypeFor[ssmdriver.API](),
}

// A call that no test has a driver make is in its API all the same, and nothing is in an API that needs no permission.
func TestDriversSayWhatTheyCouldCall(t *testing.T) {
	t.Parallel()
	said := map[string]map[string]bool{}
	for _, d := range policyDrivers() {
		name := path.Base(reflect.TypeOf(d).Elem().PkgPath())
		require.Contains(t, apis, name, "a new driver is one here as well")
		if said[name] == nil {
			said[name] = map[string]bool{}
		}
		for _, n := range needsOf(t, []provision.Driver{d}) {
			if n.Why == "" {
				_, op, _ := strings.Cut(n.call, ":")
				said[name][op] = true
			}
		}
	}
	for name, ops := range said {
		for i := range apis[name].NumMethod() {
			op := apis[name].Method(i).Name
			if op != "Options" { // which makes no call
				require.Contains(t, ops, op, "%s can call %s and does not say so", name, op)
			}
		}
	}
}

// callName is the IAM prefix of the service and the SDK's operation.
func callName(t *testing.T, call awstest.Call) string {
	t.Helper()
	require.Contains(t, prefixes, call.Service, "which IAM prefix has it?")
	return prefixes[call.Service] + ":" + call.Op
}

// The policy allows each call of the drivers, with all that AWS asks for besides, on what is ours.
func TestPolicyAllowsEveryCallOnOurs(t *testing.T) {
	t.Parallel()
	policy := policyOf(t, policyOptions())
	needs := needsOf(t, policyDrivers())
	for _, call := range recorded(t) {
		for _, r := range requestsOf(t, call, needs) {
			require.True(t, policy.allows(r), "%s for %s\n%+v", r.action, callName(t, call), r)
		}
	}
}

// Whose a thing is, the policy lets drivers find out, also of what is not ours.
func TestPolicyAllowsToLook(t *testing.T) {
	t.Parallel()
	policy := policyOf(t, policyOptions())
	needs := needsOf(t, policyDrivers())
	neighbours := map[string]bool{}
	for _, call := range recorded(t) {
		if !reads.MatchString(call.Op) {
			continue
		}
		for _, r := range requestsOf(t, call, needs) {
			require.True(t, policy.allows(r.of("")), "%s on %s, which has no tags", r.action, r.resource)
			if strings.Contains(r.resource, neighbour) {
				neighbours[r.action] = true
			}
		}
	}
	require.Greater(t, len(neighbours), 8, "drivers look at what is named alike")
}

// free are the actions that are allowed on what is a stranger's, because AWS has no way to tell it from ours.
var free = map[string]string{
	"cloudformation:CreateResource": "Cloud Control knows no resources; the permissions for the services behind it decide",
	"cloudformation:DeleteResource": "Cloud Control knows no resources; the permissions for the services behind it decide",
	"ecs:DeregisterTaskDefinition":  "ECS knows no resource for it",
	"sns:Unsubscribe":               "SNS knows no resource for it",
}

// byName are the actions that tell ours by its name only, because tags are not heeded everywhere.
var byName = map[string]string{
	"dynamodb:CreateTable":             "DynamoDB heeds tags only where the account has it enabled",
	"dynamodb:DeleteTable":             "DynamoDB heeds tags only where the account has it enabled",
	"dynamodb:UpdateContinuousBackups": "DynamoDB heeds tags only where the account has it enabled",
	"s3:DeleteBucket":                  "S3 heeds tags only where the bucket has it enabled",
	"s3:PutBucketPublicAccessBlock":    "S3 heeds tags only where the bucket has it enabled",
	"s3:PutBucketVersioning":           "S3 heeds tags only where the bucket has it enabled",
	"s3:PutEncryptionConfiguration":    "S3 heeds tags only where the bucket has it enabled",
}

// The policy forbids to make what lacks our tags, and to change or delete what lacks them or is named otherwise. The lists of what AWS
// cannot tell hold nothing that it can.
func TestPolicyForbidsStrangersThings(t *testing.T) {
	t.Parallel()
	policy := policyOf(t, policyOptions())
	needs := needsOf(t, policyDrivers())
	seen := map[string]bool{}
	for _, call := range recorded(t) {
		if reads.MatchString(call.Op) || call.Op == "Scan" {
			continue
		}
		for _, r := range requestsOf(t, call, needs) {
			if r.companion || r.as == used {
				continue
			}
			seen[r.action] = true
			_, isFree := free[r.action]
			_, onlyName := byName[r.action]
			require.Equal(t, isFree, policy.allows(r.of("bank")), "%s on %s of another application", r.action, r.resource)
			require.Equal(t, isFree || onlyName, policy.allows(r.of("")), "%s on %s that has our name and nobody's tags", r.action, r.resource)
			require.Equal(t, isFree || onlyName, policy.allows(r.in("0ther")), "%s on %s of another registry", r.action, r.resource)
		}
	}
	require.Greater(t, len(seen), 30, "as many actions change something")
	for _, list := range []map[string]string{free, byName} {
		for action := range list {
			require.Contains(t, seen, action, "it is in a list of exceptions, and nobody calls it")
		}
	}
}

// Other applications and accounts are out of reach, whatever the action.
func TestPolicyStaysInItsPlace(t *testing.T) {
	t.Parallel()
	elsewhere := policyOptions()
	elsewhere.Region, elsewhere.Account = "eu-central-1", "210987654321"
	elsewhere.Parameters = nil // which are named in full
	policy := policyOf(t, elsewhere)
	needs := needsOf(t, policyDrivers())
	for _, call := range recorded(t) {
		for _, r := range requestsOf(t, call, needs) {
			if r.companion || r.resource == "*" || strings.HasPrefix(r.resource, "arn:aws:s3:::") {
				continue // nothing in it says where it is
			}
			require.Equal(t, isListed(policy, r.action), policy.allows(r), "%s on %s", r.action, r.resource)
		}
	}
}

// isListed reports whether an action is allowed on everything.
func isListed(p policy, action string) bool {
	return p.allows(request{action: action, resource: "*"})
}

// What package dns asks of Route 53 is in the policy of a zone, and nothing else.
func TestPolicyOfTheZone(t *testing.T) {
	t.Parallel()
	documents, err := provision.Policy(policyOptions(), nil)
	require.NoError(t, err)
	var allowed []string
	for _, d := range documents {
		for _, s := range d.Statement {
			for _, a := range s.Action {
				allowed = append(allowed, strings.TrimPrefix(a, "route53:"))
			}
		}
	}
	var called []string
	api := reflect.TypeFor[dns.API]()
	for i := range api.NumMethod() {
		called = append(called, api.Method(i).Name)
	}
	require.ElementsMatch(t, called, allowed)

	zone := policy{documents}
	change := func(zoneID string, names ...string) bool {
		return zone.allows(request{
			action: "route53:ChangeResourceRecordSets", resource: "arn:aws:route53:::hostedzone/" + zoneID,
			keys: map[string][]string{"route53:ChangeResourceRecordSetsNormalizedRecordNames": names},
		})
	}
	id := policyOptions().Zone
	require.True(t, change(id, "shop.example.com", "production.shop.example.com", "_peppercorn.shop.example.com", "a._env.shop.example.com"))
	require.False(t, change(id, "production.shop.example.com", "example.com"))
	require.False(t, change(id, "bank.example.com"))
	require.False(t, change(id, "myshop.example.com"))
	require.False(t, change("ZOTHER", "production.shop.example.com"))
}

var update = flag.Bool("update", false, "write the golden file of the policy anew")

// The policy of the whole catalogue, so that a review sees what changes in it.
func TestPolicyOfTheCatalogue(t *testing.T) {
	t.Parallel()
	documents, err := provision.Policy(policyOptions(), driversOf(awstest.New(), deployer))
	require.NoError(t, err)
	var all strings.Builder
	for _, d := range documents {
		require.LessOrEqual(t, d.Size(), provision.MaxDocument)
		fmt.Fprintln(&all, d)
	}
	require.LessOrEqual(t, len(documents), 10, "no role has room for more")
	golden := filepath.Join("testdata", "policy.json")
	if *update {
		require.NoError(t, os.WriteFile(golden, []byte(all.String()), 0o644)) //nolint:gosec // it is no secret
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	require.Equal(t, string(want), all.String(), "if that is as it should be: go test -run TestPolicyOfTheCatalogue -update")
}
