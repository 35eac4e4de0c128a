package awstest_test

import (
	"maps"
	"path"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/awsdrivers/awstest"
)

// place begins the ARNs of what is in the account and region of the simulation, behind the service.
const place = ":us-east-1:123456789012:"

// A target is a resource that IAM checks for a call. Its ARN is what stands behind the place, or whole, with the values of the
// request's fields in braces: a list makes several, an ARN stands for itself, and of a URL only the end counts.
type target struct {
	as  part
	arn string
}

// launched and launchedWith are what IAM checks when instances are run.
var (
	launched     = []target{{made, "instance/i-1"}, {made, "network-interface/eni-1"}, {made, "volume/vol-1"}}
	launchedWith = []target{
		{used, "arn:aws:ec2:us-east-1::image/ami-1"}, {used, "key-pair/ops"}, {used, "security-group/sg-1"}, {used, "subnet/subnet-1"},
	}
)

// targets are those of the calls whose resources IAM tells apart (Service Authorization Reference, resource types of each action). All
// other calls are checked on everything.
var targets = map[string][]target{
	"acm:DescribeCertificate": {{used, "{CertificateArn}"}},

	"autoscaling:CreateAutoScalingGroup": {{made, "autoScalingGroup:7f6e:autoScalingGroupName/{AutoScalingGroupName}"}},
	"autoscaling:DeleteAutoScalingGroup": {{ours, "autoScalingGroup:7f6e:autoScalingGroupName/{AutoScalingGroupName}"}},

	"cloudwatch:DeleteAlarms":        {{ours, "alarm:{AlarmNames}"}},
	"cloudwatch:ListTagsForResource": {{ours, "{ResourceARN}"}},
	"cloudwatch:PutMetricAlarm":      {{made, "alarm:{AlarmName}"}},

	"dynamodb:CreateTable":               {{made, "table/{TableName}"}},
	"dynamodb:DeleteTable":               {{ours, "table/{TableName}"}},
	"dynamodb:DescribeContinuousBackups": {{ours, "table/{TableName}"}},
	"dynamodb:DescribeTable":             {{ours, "table/{TableName}"}},
	"dynamodb:ListTagsOfResource":        {{ours, "{ResourceArn}"}},
	"dynamodb:Scan":                      {{ours, "table/{TableName}"}},
	"dynamodb:UpdateContinuousBackups":   {{ours, "table/{TableName}"}},

	"ec2:AuthorizeSecurityGroupEgress":  {{ours, "security-group/{GroupId}"}},
	"ec2:AuthorizeSecurityGroupIngress": {{ours, "security-group/{GroupId}"}},
	"ec2:CreateLaunchTemplate":          {{made, "launch-template/lt-1"}},
	"ec2:CreateSecurityGroup":           {{made, "security-group/sg-1"}, {used, "vpc/vpc-1"}},
	"ec2:DeleteLaunchTemplate":          {{ours, "launch-template/{LaunchTemplateId}"}},
	"ec2:DeleteSecurityGroup":           {{ours, "security-group/{GroupId}"}},
	"ec2:RevokeSecurityGroupEgress":     {{ours, "security-group/{GroupId}"}},
	"ec2:RunInstances":                  slices.Concat(launched, launchedWith),
	"ec2:TerminateInstances":            {{ours, "instance/{InstanceIds}"}},

	"ecr:DescribeImages": {{used, "repository/{RepositoryName}"}},

	"ecs:CreateService":          {{made, "service/{Cluster}/{ServiceName}"}},
	"ecs:DeleteService":          {{ours, "service/{Cluster}/{Service}"}},
	"ecs:DeleteTaskDefinitions":  {{ours, "{TaskDefinitions}"}},
	"ecs:DescribeClusters":       {{used, "cluster/{Clusters}"}},
	"ecs:DescribeServices":       {{ours, "service/{Cluster}/{Services}"}},
	"ecs:RegisterTaskDefinition": {{made, "task-definition/{Family}:1"}},

	"elasticache:CreateReplicationGroup": {
		{made, "replicationgroup:{ReplicationGroupId}"}, {used, "parametergroup:default.valkey8"}, {used, "subnetgroup:default"},
	},
	"elasticache:DeleteReplicationGroup": {{ours, "replicationgroup:{ReplicationGroupId}"}},
	"elasticache:ListTagsForResource":    {{ours, "{ResourceName}"}},

	"elasticloadbalancing:CreateListener":               {{ours, "{LoadBalancerArn}"}, {born, "listener/app/shop-lb-1/50dc/f2f7"}},
	"elasticloadbalancing:CreateLoadBalancer":           {{made, "loadbalancer/app/{Name}/50dc"}},
	"elasticloadbalancing:CreateTargetGroup":            {{made, "targetgroup/{Name}/943f"}},
	"elasticloadbalancing:DeleteListener":               {{ours, "{ListenerArn}"}},
	"elasticloadbalancing:DeleteLoadBalancer":           {{ours, "{LoadBalancerArn}"}},
	"elasticloadbalancing:DeleteTargetGroup":            {{ours, "{TargetGroupArn}"}},
	"elasticloadbalancing:ModifyLoadBalancerAttributes": {{ours, "{LoadBalancerArn}"}},
	"elasticloadbalancing:ModifyTargetGroupAttributes":  {{ours, "{TargetGroupArn}"}},

	"iam:GetInstanceProfile": {{used, "arn:aws:iam::123456789012:instance-profile/{InstanceProfileName}"}},
	"iam:GetRole":            {{used, "arn:aws:iam::123456789012:role/{RoleName}"}},

	"lambda:AddPermission":           {{ours, "function:{FunctionName}"}},
	"lambda:CreateFunction":          {{made, "function:{FunctionName}"}},
	"lambda:CreateFunctionUrlConfig": {{ours, "function:{FunctionName}"}},
	"lambda:DeleteFunction":          {{ours, "function:{FunctionName}"}},
	"lambda:GetFunction":             {{ours, "function:{FunctionName}"}},
	"lambda:GetFunctionUrlConfig":    {{ours, "function:{FunctionName}"}},
	"lambda:GetPolicy":               {{ours, "function:{FunctionName}"}},
	"lambda:ListVersionsByFunction":  {{ours, "function:{FunctionName}"}},

	"logs:CreateLogGroup":      {{made, "log-group:{LogGroupName}"}},
	"logs:DeleteLogGroup":      {{ours, "log-group:{LogGroupName}:*"}},
	"logs:DescribeLogStreams":  {{ours, "log-group:{LogGroupName}:*"}},
	"logs:ListTagsForResource": {{ours, "{ResourceArn}"}},
	"logs:PutRetentionPolicy":  {{ours, "log-group:{LogGroupName}:*"}},

	"rds:CreateDBInstance": {
		{made, "db:{DBInstanceIdentifier}"}, {used, "og:default"}, {used, "pg:default.postgres17"}, {used, "subgrp:default"},
	},
	"rds:DescribeDBParameterGroups": {{used, "pg:{DBParameterGroupName}"}},
	"rds:DescribeDBSubnetGroups":    {{used, "subgrp:{DBSubnetGroupName}"}},
	"rds:DeleteDBInstance":          {{ours, "db:{DBInstanceIdentifier}"}, {born, "snapshot:{FinalDBSnapshotIdentifier}"}},
	"rds:ModifyDBInstance":          {{ours, "db:{DBInstanceIdentifier}"}},
	"rds:RestoreDBInstanceFromDBSnapshot": {
		{made, "db:{DBInstanceIdentifier}"}, {used, "og:default"}, {used, "pg:default.postgres17"}, {used, "subgrp:default"},
		{used, "snapshot:{DBSnapshotIdentifier}"},
	},

	"s3:CreateBucket":         {{made, "arn:aws:s3:::{Bucket}"}},
	"s3:DeleteBucket":         {{ours, "arn:aws:s3:::{Bucket}"}},
	"s3:HeadObject":           {{used, "arn:aws:s3:::{Bucket}/{Key}"}},
	"s3:GetBucketEncryption":  {{ours, "arn:aws:s3:::{Bucket}"}},
	"s3:GetBucketTagging":     {{ours, "arn:aws:s3:::{Bucket}"}},
	"s3:GetBucketVersioning":  {{ours, "arn:aws:s3:::{Bucket}"}},
	"s3:GetPublicAccessBlock": {{ours, "arn:aws:s3:::{Bucket}"}},
	"s3:ListObjectVersions":   {{ours, "arn:aws:s3:::{Bucket}"}},
	"s3:PutBucketEncryption":  {{ours, "arn:aws:s3:::{Bucket}"}},
	"s3:PutBucketVersioning":  {{ours, "arn:aws:s3:::{Bucket}"}},
	"s3:PutPublicAccessBlock": {{ours, "arn:aws:s3:::{Bucket}"}},

	"secretsmanager:DescribeSecret": {{used, "secret:{SecretId}"}},

	"sns:CreateTopic":              {{made, "{Name}"}},
	"sns:DeleteTopic":              {{ours, "{TopicArn}"}},
	"sns:GetTopicAttributes":       {{ours, "{TopicArn}"}},
	"sns:ListSubscriptionsByTopic": {{ours, "{TopicArn}"}},
	"sns:ListTagsForResource":      {{ours, "{ResourceArn}"}},
	"sns:Subscribe":                {{ours, "{TopicArn}"}},

	"sqs:CreateQueue":        {{made, "{QueueName}"}},
	"sqs:DeleteQueue":        {{ours, "{QueueUrl}"}},
	"sqs:GetQueueAttributes": {{ours, "{QueueUrl}"}},
	"sqs:GetQueueUrl":        {{ours, "{QueueName}"}},
	"sqs:ListQueueTags":      {{ours, "{QueueUrl}"}},

	"ssm:DeleteParameter":     {{ours, "parameter{Name}"}},
	"ssm:GetParameter":        {{ours, "parameter{Name}"}},
	"ssm:ListTagsForResource": {{ours, "parameter{ResourceId}"}},
	"ssm:PutParameter":        {{made, "parameter{Name}"}},
}

// everything is the target of all other calls.
var everything = []target{{ours, "*"}}

// requestsOf is what IAM is asked for a call: its own actions on its targets, and those that AWS asks for besides.
func requestsOf(t *testing.T, call awstest.Call, needs []need) (all []request) {
	t.Helper()
	name := callName(t, call)
	on, ok := targets[name]
	if !ok {
		on = everything
	}
	asked := map[string]bool{}
	for _, n := range needs {
		if n.call != name || asked[n.Name] {
			continue
		}
		asked[n.Name] = true
		if n.Why != "" {
			all = append(all, companions(t, n, call, on)...)
			continue
		}
		for _, target := range on {
			if target.as != born {
				all = append(all, target.requests(t, n.Name, call)...)
			}
		}
	}
	require.NotEmpty(t, all, name)
	return all
}

// requests are those of an action on one target: as many as that has ARNs.
func (target target) requests(t *testing.T, action string, call awstest.Call) (all []request) {
	t.Helper()
	for _, arn := range arnsOf(t, target.arn, call) {
		r := request{action: action, resource: arn, as: target.as, keys: map[string][]string{}}
		if target.as != used {
			_, kind, _ := strings.Cut(arn, place)
			kind, _, _ = strings.Cut(kind, "/")
			for key, value := range tagsIn(reflect.ValueOf(call.Input), kind) {
				r.keys["aws:RequestTag/"+key] = []string{value}
			}
		}
		if target.as == ours {
			for key, value := range (provision.Call{Owner: owner(), Node: "it"}).Tags() {
				r.keys["aws:ResourceTag/"+key] = []string{value}
			}
		}
		if call.Op == "Scan" {
			r.keys["dynamodb:Select"] = valuesOf(t, call, "Select")
		}
		all = append(all, r)
	}
	return all
}

// companions are the requests for an action that AWS asks for besides the call's own.
func companions(t *testing.T, n need, call awstest.Call, on []target) (all []request) {
	t.Helper()
	service, _, _ := strings.Cut(n.call, ":")
	one := func(resource string, keys map[string][]string) []request {
		return []request{{action: n.Name, resource: resource, keys: keys, companion: true}}
	}
	passedTo := map[string]string{"ec2": "ec2", "autoscaling": "ec2", "ecs": "ecs-tasks", "lambda": "lambda"}
	linked := map[string]string{
		"autoscaling": "AutoScaling", "ecs": "ECS", "elasticache": "ElastiCache", "elasticloadbalancing": "ElasticLoadBalancing", "rds": "RDS",
	}
	switch of, verb, _ := strings.Cut(n.Name, ":"); {
	case n.Name == "iam:PassRole":
		return one("arn:aws:iam::123456789012:role/shop", map[string][]string{"iam:PassedToService": {passedTo[service] + ".amazonaws.com"}})
	case n.Name == "iam:CreateServiceLinkedRole":
		return one("arn:aws:iam::123456789012:role/aws-service-role/"+service+".amazonaws.com/AWSServiceRoleFor"+linked[service], nil)
	case of == "secretsmanager":
		return one("arn:aws:secretsmanager"+place+"secret:rds!db-033d7456-2c96-450d-9d48-f5de3025e51c-xmJRDx", nil)
	case n.Name == "kms:DescribeKey":
		return one("arn:aws:kms"+place+"key/aws-rds", nil)
	case of == "kms":
		return one("arn:aws:kms"+place+"key/shop", nil)
	case of == "s3" && service == "lambda":
		return one("arn:aws:s3:::builds/1f0c9d3ab2e4.zip", nil)
	case of == "ec2" && strings.HasPrefix(verb, "Describe"):
		return one("*", nil)
	case n.Name == "ec2:RunInstances": // for an Auto Scaling group
		template := "arn:aws:ec2" + place + "launch-template/lt-1"
		all = target{ours, template}.requests(t, n.Name, call)
		for _, x := range slices.Concat(launched, launchedWith) {
			for _, arn := range arnsOf(t, "arn:aws:ec2"+place+strings.TrimPrefix(x.arn, "arn:aws:ec2:us-east-1::"), call) {
				if strings.HasPrefix(x.arn, "arn:") {
					arn = x.arn
				}
				all = append(all, one(arn, map[string][]string{"ec2:LaunchTemplate": {template}})...)
			}
		}
	case n.Name == "ec2:CreateTags" && service == "autoscaling":
		for _, x := range launched {
			all = append(all, one("arn:aws:ec2"+place+x.arn, map[string][]string{"ec2:CreateAction": {"RunInstances"}})...)
		}
	case of == service: // what is made gets tags, or what is there is looked at
		if slices.ContainsFunc(on, func(target target) bool { return target.as == made || target.as == born }) {
			on = slices.DeleteFunc(slices.Clone(on), func(target target) bool { return target.as != made && target.as != born })
		}
		for _, target := range on {
			for _, r := range target.requests(t, n.Name, call) {
				r.keys[service+":CreateAction"] = []string{call.Op}
				all = append(all, r)
			}
		}
	default:
		t.Errorf("what is %s asked for? it goes with %s", n.Name, n.call)
	}
	for i := range all {
		all[i].companion = true
	}
	return all
}

var field = regexp.MustCompile(`\{(\w+)\}`)

// arnsOf fills in the fields of a target's ARN. A target whose field is not set is none.
func arnsOf(t *testing.T, pattern string, call awstest.Call) []string {
	t.Helper()
	if pattern == "*" {
		return []string{pattern}
	}
	arns := []string{pattern}
	if !strings.HasPrefix(pattern, "arn:") {
		arns[0] = "arn:aws:" + prefixes[call.Service] + place + pattern
	}
	fields := field.FindAllStringSubmatch(pattern, -1)
	for i, f := range fields {
		var filled []string
		for _, arn := range arns {
			for _, value := range valuesOf(t, call, f[1]) {
				switch {
				case strings.HasPrefix(value, "https:"):
					value = path.Base(value)
				case strings.HasPrefix(value, "arn:") && i == len(fields)-1:
					filled = append(filled, value)
					continue
				case strings.HasPrefix(value, "arn:"):
					value = path.Base(value)
				}
				filled = append(filled, strings.ReplaceAll(arn, f[0], value))
			}
		}
		arns = filled
	}
	return arns
}

// valuesOf reads a field of a request that is a text, or a list of them.
func valuesOf(t *testing.T, call awstest.Call, name string) []string {
	t.Helper()
	v := reflect.ValueOf(call.Input).Elem().FieldByName(name)
	require.True(t, v.IsValid(), "%T has no field %s", call.Input, name)
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return nil
		}
		return []string{v.Elem().String()}
	case reflect.Slice:
		var all []string
		for i := range v.Len() {
			all = append(all, v.Index(i).String())
		}
		return all
	default:
		return []string{v.String()}
	}
}

// tagsIn collects the tags that a request gives, wherever in it the service wants them. EC2 is told for each kind of resource.
func tagsIn(v reflect.Value, kind string) map[string]string {
	tags := map[string]string{}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			return tagsIn(v.Elem(), kind)
		}
	case reflect.Slice:
		for i := range v.Len() {
			maps.Copy(tags, tagsIn(v.Index(i), kind))
		}
	case reflect.Struct:
		if key, value := v.FieldByName("Key"), v.FieldByName("Value"); v.Type().Name() == "Tag" && !key.IsNil() && !value.IsNil() {
			return map[string]string{key.Elem().String(): value.Elem().String()}
		}
		if of := v.FieldByName("ResourceType"); v.Type().Name() == "TagSpecification" && of.String() != kind {
			return nil
		}
		for i := range v.NumField() {
			f := v.Type().Field(i)
			switch {
			case !f.IsExported():
			case f.Name == "Tags" && f.Type.Kind() == reflect.Map:
				for _, key := range v.Field(i).MapKeys() {
					tags[key.String()] = v.Field(i).MapIndex(key).String()
				}
			case strings.Contains(f.Name, "Tag") || f.Name == "CreateBucketConfiguration":
				maps.Copy(tags, tagsIn(v.Field(i), kind))
			}
		}
	}
	return tags
}
