package awstest_test

import (
	"context"
	"encoding/json"
	"reflect"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/cloudcontrol"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/awsdrivers/awstest"
	"github.com/peppercorn-go/peppercorn/provision/ec2driver/ec2test"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// nasty is a value that breaks whatever it is pasted into: JSON, a shell, and the language of references.
const nasty = `it's "quoted" \ $(id) ${{commit}} $${{x}}` + "\n日本"

// only is the input of the only call of its type that had an effect.
func only[I any](t *testing.T, cloud *awstest.Cloud) (in I) {
	t.Helper()
	n := 0
	for _, call := range cloud.Calls() {
		if input, ok := call.Input.(I); ok && call.Effect {
			in, n = input, n+1
		}
	}
	require.Equal(t, 1, n, "calls with %s", reflect.TypeFor[I]())
	return in
}

// What a field of a blueprint refers to arrives at AWS with the type that it has.
func TestInputsArriveAsTheyAre(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		add    func(cloud *awstest.Cloud, b *provision.Blueprint)
		expect func(t *testing.T, cloud *awstest.Cloud)
	}{
		{"a list is spliced into a list", func(_ *awstest.Cloud, b *provision.Blueprint) {
			net := kinds.AddExistingNetwork(b, "net", kinds.ExistingNetwork{})
			kinds.AddLoadBalancer(b, "lb", kinds.LoadBalancer{Subnets: []provision.Text{net.Subnets()}})
		}, func(t *testing.T, cloud *awstest.Cloud) {
			all := cloud.EC2.Subnets(cloud.EC2.DefaultVPC())
			require.Greater(t, len(all), 1)
			require.ElementsMatch(t, all, only[*elbv2.CreateLoadBalancerInput](t, cloud).Subnets)
		}},
		{"also beside other elements", func(cloud *awstest.Cloud, b *provision.Blueprint) {
			net := kinds.AddExistingNetwork(b, "net", kinds.ExistingNetwork{Subnets: subnets(cloud)[:1]})
			kinds.AddLoadBalancer(b, "lb", kinds.LoadBalancer{Subnets: []provision.Text{subnets(cloud)[1], net.Subnets()}})
		}, func(t *testing.T, cloud *awstest.Cloud) {
			want := []string{string(subnets(cloud)[1]), string(subnets(cloud)[0])}
			require.Equal(t, want, only[*elbv2.CreateLoadBalancerInput](t, cloud).Subnets)
		}},
		{"and becomes what Auto Scaling writes with commas", func(_ *awstest.Cloud, b *provision.Blueprint) {
			net := kinds.AddExistingNetwork(b, "net", kinds.ExistingNetwork{})
			template := kinds.AddLaunchTemplate(b, "template", kinds.LaunchTemplate{Image: ec2test.Linux, Type: "t3.micro"})
			kinds.AddGroup(b, "web", kinds.Group{Template: template.ID(), Subnets: []provision.Text{net.Subnets()}, Desired: 1})
		}, func(t *testing.T, cloud *awstest.Cloud) {
			zones := aws.ToString(only[*autoscaling.CreateAutoScalingGroupInput](t, cloud).VPCZoneIdentifier)
			for _, id := range cloud.EC2.Subnets(cloud.EC2.DefaultVPC()) {
				require.Contains(t, zones, id)
			}
		}},
		{"a list becomes the items of a parameter", func(_ *awstest.Cloud, b *provision.Blueprint) {
			net := kinds.AddExistingNetwork(b, "net", kinds.ExistingNetwork{})
			kinds.AddParameter(b, "subnets", kinds.Parameter{Values: []provision.Text{"first", net.AvailabilityZones()}})
		}, func(t *testing.T, cloud *awstest.Cloud) {
			in := only[*ssm.PutParameterInput](t, cloud)
			require.Equal(t, "StringList", string(in.Type))
			require.Regexp(t, `^first,us-east-1a,us-east-1b`, aws.ToString(in.Value))
		}},
		{"a tree keeps numbers, lists and documents", addTree, expectTree},
		{"the variables of a container", func(cloud *awstest.Cloud, b *provision.Blueprint) {
			db := kinds.AddDatabase(b, "db", kinds.Database{Engine: kinds.Postgres, Class: "db.t4g.micro", StorageGiB: 20, Port: 6543})
			b.Inputs = map[string]string{"nasty": nasty}
			kinds.AddTaskDefinition(b, "task", kinds.TaskDefinition{
				ExecutionRole: roleNamed(cloud, "ecs-execution"),
				Containers: []kinds.Container{{
					Name: "web", Image: "public.ecr.aws/shop/web:${{commit}}", Command: []provision.Text{"--port", db.Port(), "${{in.nasty}}"},
					Environment: map[string]provision.Text{
						"PORT": db.Port(), "URL": "postgres://" + db.Endpoint() + ":" + db.Port(), "NASTY": "${{in.nasty}}", "AS_IT_IS": provision.Literal(nasty),
					},
					Secrets: map[string]provision.Secret{"PASSWORD": db.SecretARN() + ":password::"},
				}},
			})
		}, func(t *testing.T, cloud *awstest.Cloud) {
			db := cloud.RDS.Instances()[0]
			web := only[*ecs.RegisterTaskDefinitionInput](t, cloud).ContainerDefinitions[0]
			require.Equal(t, "public.ecr.aws/shop/web:"+owner().Commit, *web.Image)
			require.Equal(t, []string{"--port", "6543", nasty}, web.Command)
			got := map[string]string{}
			for _, pair := range web.Environment {
				got[*pair.Name] = *pair.Value
			}
			require.Regexp(t, `^postgres://`+db.Name+`\.\w+\.us-east-1\.rds\.amazonaws\.com:6543$`, got["URL"])
			delete(got, "URL")
			require.Equal(t, map[string]string{"PORT": "6543", "NASTY": nasty, "AS_IT_IS": nasty}, got)
			require.Equal(t, []ecstypes.Secret{{Name: aws.String("PASSWORD"), ValueFrom: aws.String(db.SecretARN + ":password::")}}, web.Secrets)
		}},
		{"the variables of a function", func(cloud *awstest.Cloud, b *provision.Blueprint) {
			db := kinds.AddDatabase(b, "db", kinds.Database{Engine: kinds.Postgres, Class: "db.t4g.micro", StorageGiB: 20})
			kinds.AddFunction(b, "api", kinds.Function{
				Role: roleNamed(cloud, "shop"), Environment: map[string]provision.Text{"PORT": db.Port(), "NASTY": provision.Literal(nasty)},
				Secrets: map[string]provision.Secret{"SECRET": db.SecretARN()},
				Zip:     code(cloud),
			})
		}, func(t *testing.T, cloud *awstest.Cloud) {
			in := only[*lambda.CreateFunctionInput](t, cloud)
			require.Equal(t, owner().Commit+".zip", *in.Code.S3Key)
			require.Equal(t, map[string]string{
				"PORT": "5432", "NASTY": nasty, "SECRET": cloud.RDS.Instances()[0].SecretARN,
			}, in.Environment.Variables)
		}},
		{"nothing in a script is replaced", func(_ *awstest.Cloud, b *provision.Blueprint) {
			kinds.AddInstance(b, "web", kinds.Instance{Image: ec2test.Linux, Type: "t3.micro", Script: script})
		}, func(t *testing.T, cloud *awstest.Cloud) {
			require.Equal(t, script, string(cloud.EC2.UserData(*cloud.EC2.LiveInstances()[0].InstanceId)))
		}},
		{"nor in that of a template with an environment", func(_ *awstest.Cloud, b *provision.Blueprint) {
			jobs := kinds.AddQueue(b, "jobs", kinds.Queue{})
			kinds.AddLaunchTemplate(b, "template", kinds.LaunchTemplate{
				Image: ec2test.Linux, Type: "t3.micro", Script: script, Environment: map[string]provision.Text{"JOBS": jobs.URL()},
			})
		}, func(t *testing.T, cloud *awstest.Cloud) {
			texts := decoded(*only[*ec2.CreateLaunchTemplateInput](t, cloud).LaunchTemplateData.UserData)
			require.Contains(t, texts, script, "byte for byte")
			require.Contains(t, texts, "JOBS='"+cloud.SQS.Queues()[0].URL+"'\n", "which finds the value in its environment")
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(ctx context.Context, t *testing.T, cloud *awstest.Cloud) {
				var b provision.Blueprint
				tt.add(cloud, &b)
				_, err := engineOf(t, cloud, cloud.Config()).Apply(ctx, owner(), &b)
				require.NoError(t, err)
				tt.expect(t, cloud)
			}, brief)
		})
	}
}

// script holds what looks like references, to this library and to a shell, bytes that are no text, and line ends of both sorts.
const script = "#!/bin/sh\r\necho \"${{jobs.URL}} $(id) ${HOME} $${{commit}}\" '\xff' 日本\n\n"

// addTree adds a resource whose properties have every sort of value in them.
func addTree(cloud *awstest.Cloud, b *provision.Blueprint) {
	b.Inputs = map[string]string{"nasty": nasty}
	jobs := kinds.AddQueue(b, "jobs", kinds.Queue{})
	db := kinds.AddDatabase(b, "db", kinds.Database{Engine: kinds.Postgres, Class: "db.t4g.micro", StorageGiB: 20})
	net := kinds.AddExistingNetwork(b, "net", kinds.ExistingNetwork{Subnets: subnets(cloud)})
	kinds.AddCloudControl(b, "images", kinds.CloudControl{Type: repository, Properties: map[string]any{
		"ImageScanningConfiguration": map[string]any{
			"Port": db.Port(), "InText": "port " + db.Port(), "Alone": net.Subnets(), "Spliced": []any{"first", net.Subnets()},
			"Whole": 9007199254740993, "Half": 0.5, "Off": false, "None": nil, "Nasty": provision.Text("${{in.nasty}}"), "Plain": "$HOME",
		},
		"RepositoryPolicyText": map[string]any{"Version": "2012-10-17", "Statement": []any{map[string]any{
			"Effect": "Allow", "Resource": []any{jobs.ARN(), jobs.ARN() + "/*", db.SecretARN()},
			"Condition": map[string]any{"StringEquals": map[string]provision.Text{"aws:PrincipalTag/commit": "${{commit}}"}},
		}}},
	}})
}

func expectTree(t *testing.T, cloud *awstest.Cloud) {
	var got map[string]any
	document := aws.ToString(only[*cloudcontrol.CreateResourceInput](t, cloud).DesiredState)
	require.NoError(t, json.Unmarshal([]byte(document), &got))
	ids := []any{string(subnets(cloud)[0]), string(subnets(cloud)[1])}
	require.Equal(t, map[string]any{
		"Port": 5432.0, "InText": "port 5432", "Alone": ids, "Spliced": append([]any{"first"}, ids...),
		"Whole": 9007199254740992.0, "Half": 0.5, "Off": false, "None": nil, "Nasty": nasty, "Plain": "$HOME",
	}, got["ImageScanningConfiguration"])
	require.Contains(t, document, `"Port":5432,`, "a number, not a text")
	require.Contains(t, document, "9007199254740993", "with every digit")
	queue := cloud.SQS.Queues()[0].ARN
	require.Equal(t, map[string]any{"Version": "2012-10-17", "Statement": []any{map[string]any{
		"Effect": "Allow", "Resource": []any{queue, queue + "/*", cloud.RDS.Instances()[0].SecretARN},
		"Condition": map[string]any{"StringEquals": map[string]any{"aws:PrincipalTag/commit": owner().Commit}},
	}}}, got["RepositoryPolicyText"])
}
