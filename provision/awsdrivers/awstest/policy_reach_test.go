package awstest_test

import (
	"context"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/awsdrivers/awstest"
)

// Another account may share a network and a snapshot: their ARNs have that account's number in them.
func TestPolicyAllowsWhatIsShared(t *testing.T) {
	t.Parallel()
	policy := policyOf(t, policyOptions())
	const shared = ":us-east-1:210987654321:"
	for _, c := range []struct{ action, resource string }{
		{"ec2:CreateSecurityGroup", "arn:aws:ec2" + shared + "vpc/vpc-1"},
		{"ec2:RunInstances", "arn:aws:ec2" + shared + "subnet/subnet-1"},
		{"ec2:RunInstances", "arn:aws:ec2" + shared + "security-group/sg-1"},
		{"rds:RestoreDBInstanceFromDBSnapshot", "arn:aws:rds" + shared + "snapshot:yesterday"},
	} {
		require.True(t, policy.allows(request{action: c.action, resource: c.resource}), "%s on %s", c.action, c.resource)
	}
	fromTemplate := map[string][]string{"ec2:LaunchTemplate": {"arn:aws:ec2:us-east-1:123456789012:launch-template/lt-1"}}
	require.True(t, policy.allows(request{action: "ec2:RunInstances", resource: "arn:aws:ec2" + shared + "subnet/subnet-1", keys: fromTemplate}))
	// What is made is made in the account.
	require.False(t, policy.allows(request{action: "ec2:RunInstances", resource: "arn:aws:ec2" + shared + "instance/i-1", keys: fromTemplate}))
}

// tagging are the actions that give tags, in the words of all services.
var tagging = regexp.MustCompile(`:(AddTags|AddTagsToResource|CreateOrUpdateTags|CreateTags|Tag[A-Z]\w*)$`)

// retagged are the actions that can give tags to what exists already, each with a thing of ours that has the name.
var retagged = map[string]string{
	"autoscaling:CreateOrUpdateTags": "arn:aws:autoscaling" + place + "autoScalingGroup:7f6e:autoScalingGroupName/shop-web",
	"cloudwatch:TagResource":         "arn:aws:cloudwatch" + place + "alarm:shop-web",
	"dynamodb:TagResource":           "arn:aws:dynamodb" + place + "table/shop-web",
	"elasticache:AddTagsToResource":  "arn:aws:elasticache" + place + "replicationgroup:shop-web",
	"lambda:TagResource":             "arn:aws:lambda" + place + "function:shop-web",
	"logs:TagResource":               "arn:aws:logs" + place + "log-group:shop-web",
	"rds:AddTagsToResource":          "arn:aws:rds" + place + "db:shop-web",
	"s3:TagResource":                 "arn:aws:s3:::shop-web",
	"secretsmanager:TagResource":     "arn:aws:secretsmanager" + place + "secret:rds!db-1",
	"sns:TagResource":                "arn:aws:sns" + place + "shop-web",
	"sqs:TagQueue":                   "arn:aws:sqs" + place + "shop-web",
	"ssm:AddTagsToResource":          "arn:aws:ssm" + place + "parameter/peppercorn/shop-web",
}

// Whoever could give our tags to what is a stranger's could delete it then. Where the service says that a thing is being made, the
// policy allows to tag nothing that exists; elsewhere nothing whose name is not ours. The document on permissions lists these.
func TestPolicyTagsNoStrangersThings(t *testing.T) {
	t.Parallel()
	policy := policyOf(t, policyOptions())
	given := request{as: made, keys: map[string][]string{}}.tagged(owner())
	atBirth := 0
	for _, d := range policy.documents {
		for _, s := range d.Statement {
			for _, action := range s.Action {
				if !tagging.MatchString(action) {
					continue
				}
				ask := func(resource string, keys map[string][]string) bool {
					return policy.allows(request{action: action, resource: resource, keys: keys})
				}
				service, _, _ := strings.Cut(action, ":")
				ours, byName := retagged[action]
				if byName {
					require.True(t, ask(ours, given.keys), "%s is in the list, and cannot tag what exists", action)
					theirs := strings.Replace(ours, "shop-web", "bank-web", 1)
					require.Equal(t, theirs == ours, ask(theirs, given.keys), "%s on %s", action, theirs)
					continue
				}
				atBirth++
				for _, pattern := range s.Resource {
					if strings.HasPrefix(pattern, "arn:aws:"+service+":") {
						require.False(t, ask(strings.ReplaceAll(pattern, "*", "1"), given.keys), "%s on %s, which exists", action, pattern)
					}
				}
			}
		}
	}
	require.GreaterOrEqual(t, atBirth, 3, "EC2, ECS and Elastic Load Balancing")
}

// An application whose name is the beginning of a word that a service reserves has two sorts of names, and neither is everybody's.
func TestPolicyOfAReservedName(t *testing.T) {
	t.Parallel()
	o := policyOptions()
	o.App = "internals"
	policy := policyOf(t, o)
	table := func(name string) request {
		return request{action: "dynamodb:DeleteTable", resource: "arn:aws:dynamodb" + place + "table/" + name}
	}
	for _, room := range []int{32, 255} {
		name := provision.Call{Owner: provision.Owner{App: o.App}, Node: "a-node-with-a-long-name"}.Name(room, "")
		require.True(t, policy.allows(table(name)), name)
	}
	require.False(t, policy.allows(table("bank-accounts")))
}

// What AWS does in the caller's name reaches no farther than what the caller does, and nobody reads what others keep.
func TestPolicyForbids(t *testing.T) {
	t.Parallel()
	policy := policyOf(t, policyOptions())
	const role = "arn:aws:iam::123456789012:role/"
	passedTo := func(service string) map[string][]string { return map[string][]string{"iam:PassedToService": {service}} }
	selecting := func(what string) map[string][]string { return map[string][]string{"dynamodb:Select": {what}} }
	require.True(t, policy.allows(request{action: "iam:PassRole", resource: role + "shop", keys: passedTo("lambda.amazonaws.com")}))
	require.True(t, policy.allows(request{action: "dynamodb:Scan", resource: "arn:aws:dynamodb" + place + "table/shop-1", keys: selecting("COUNT")}))
	for _, r := range []request{
		{action: "iam:PassRole", resource: role + "admin", keys: passedTo("lambda.amazonaws.com")},
		{action: "iam:PassRole", resource: role + "shop", keys: passedTo("glue.amazonaws.com")},
		{action: "iam:PassRole", resource: role + "shop"},
		{action: "iam:CreateServiceLinkedRole", resource: role + "aws-service-role/organizations.amazonaws.com/AWSServiceRoleForOrganizations"},
		{action: "ec2:RunInstances", resource: "arn:aws:ec2" + place + "launch-template/lt-stranger"},
		{action: "ec2:RunInstances", resource: "arn:aws:ec2" + place + "instance/i-1"},
		{action: "rds:CreateDBSnapshot", resource: "arn:aws:rds" + place + "db:bank"},
		{action: "rds:CreateDBSnapshot", resource: "arn:aws:rds" + place + "snapshot:bank"},
		{action: "secretsmanager:CreateSecret", resource: "arn:aws:secretsmanager" + place + "secret:bank-AbCdEf"},
		{action: "secretsmanager:GetSecretValue", resource: "arn:aws:secretsmanager" + place + "secret:rds!db-1"},
		{action: "kms:Decrypt", resource: "arn:aws:kms" + place + "key/bank"},
		{action: "s3:GetObject", resource: "arn:aws:s3:::shop-assets/private.txt"},
		{action: "ssm:GetParameter", resource: "arn:aws:ssm" + place + "parameter/bank/password"},
		{action: "ssm:GetParameter", resource: "arn:aws:ssm" + place + "parameter/peppercorn/bank-password"},
		{action: "lambda:GetFunction", resource: "arn:aws:lambda" + place + "function:bank"},
		{action: "dynamodb:Scan", resource: "arn:aws:dynamodb" + place + "table/shop-1", keys: selecting("ALL_ATTRIBUTES")},
		{action: "dynamodb:Scan", resource: "arn:aws:dynamodb" + place + "table/shop-1"},
		{action: "dynamodb:Scan", resource: "arn:aws:dynamodb" + place + "table/bank-1", keys: selecting("COUNT")},
	} {
		require.False(t, policy.allows(r), "%s on %s %v", r.action, r.resource, r.keys)
	}
	for _, d := range policy.documents {
		for _, s := range d.Statement {
			for _, action := range s.Action {
				require.NotRegexp(t, `\*|:(GetItem|BatchGet|Query|ReceiveMessage|GetLogEvents|FilterLogEvents|GetSecretValue|Invoke)`, action)
			}
		}
	}
}

// An account has things of other applications too, in which drivers must not need to look: one that they may not look at would fail the
// whole search.
func TestPolicyIsEnoughAmongStrangers(t *testing.T) {
	policy := policyOf(t, policyOptions())
	needs := needsOf(t, policyDrivers())
	for _, e := range catalogue {
		if e.stranger == nil || e.goes != "" {
			continue
		}
		t.Run(string(e.kind), func(t *testing.T) {
			inBubble(t, func(ctx context.Context, t *testing.T, cloud *awstest.Cloud) {
				life := diversion{
					name:      string(e.kind),
					blueprint: func(cloud *awstest.Cloud) *provision.Blueprint { return e.blueprint(cloud, "it") },
					before: func(ctx context.Context, t *testing.T, cloud *awstest.Cloud) {
						_, err := e.stranger(ctx, cloud, "bank-web-abcdefghijklm")
						require.NoError(t, err)
						time.Sleep(time.Minute) // it has been there for long enough to be listed
					},
				}
				life.live(ctx, t, cloud)
				for _, call := range cloud.Calls() {
					if call.Process != deployer || call.Service == "STS" {
						continue
					}
					for _, r := range requestsOf(t, call, needs) {
						require.True(t, policy.allows(r), "%s for %s\n%+v", r.action, callName(t, call), r)
					}
				}
			}, brief)
		})
	}
}
