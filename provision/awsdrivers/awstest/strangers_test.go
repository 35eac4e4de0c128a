package awstest_test

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/rds"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/awsdrivers/awstest"
)

// Things of somebody else, each of the very name that ours would have and, where the service hands out what is there to
// whoever asks for the same settings, with those of the catalogue's blueprint.

// theirTags say that a thing is not ours.
var theirTags = map[string]string{"team": "somebody else"}

func strangersSecurityGroup(_ context.Context, cloud *awstest.Cloud, name string) (string, error) {
	return cloud.EC2.AddSecurityGroup(name, "", theirTags), nil
}

func strangersLaunchTemplate(_ context.Context, cloud *awstest.Cloud, name string) (string, error) {
	return cloud.EC2.AddLaunchTemplate(name, theirTags), nil
}

func strangersGroup(_ context.Context, cloud *awstest.Cloud, name string) (string, error) {
	return name, cloud.AutoScaling.AddGroup(name, theirTags)
}

func strangersLoadBalancer(_ context.Context, cloud *awstest.Cloud, name string) (string, error) {
	return cloud.ELB.AddBalancer(elbv2.CreateLoadBalancerInput{Name: &name, Subnets: texts(subnets(cloud))})
}

func strangersTargetGroup(_ context.Context, cloud *awstest.Cloud, name string) (string, error) {
	return cloud.ELB.AddTargetGroup(elbv2.CreateTargetGroupInput{
		Name: &name, Port: aws.Int32(80), Protocol: elbtypes.ProtocolEnumHttp, VpcId: aws.String(cloud.EC2.DefaultVPC()),
	})
}

// A listener has no name: it is unique by the port of its balancer. So the stranger has put one on ours.
func strangersListener(ctx context.Context, cloud *awstest.Cloud, _ string) (string, error) {
	client := elbv2.NewFromConfig(cloud.Process("stranger").Config())
	out, err := client.CreateListener(ctx, &elbv2.CreateListenerInput{
		LoadBalancerArn: aws.String(cloud.ELB.Balancers()[0].ARN), Port: aws.Int32(8000), Protocol: elbtypes.ProtocolEnumHttp,
		DefaultActions: []elbtypes.Action{{Type: elbtypes.ActionTypeEnumFixedResponse, FixedResponseConfig: &elbtypes.FixedResponseActionConfig{
			StatusCode: aws.String("503"),
		}}},
	})
	if err != nil {
		return "", err
	}
	return *out.Listeners[0].ListenerArn, nil
}

func strangersTaskDefinition(ctx context.Context, cloud *awstest.Cloud, name string) (string, error) {
	client := ecs.NewFromConfig(cloud.Process("stranger").Config())
	out, err := client.RegisterTaskDefinition(ctx, &ecs.RegisterTaskDefinitionInput{
		Family: &name, Cpu: aws.String("256"), Memory: aws.String("512"), NetworkMode: ecstypes.NetworkModeAwsvpc,
		RequiresCompatibilities: []ecstypes.Compatibility{ecstypes.CompatibilityFargate},
		ContainerDefinitions:    []ecstypes.ContainerDefinition{{Name: aws.String("web"), Image: aws.String("nginx:1")}},
	})
	if err != nil {
		return "", err
	}
	return *out.TaskDefinition.TaskDefinitionArn, nil
}

func strangersService(ctx context.Context, cloud *awstest.Cloud, name string) (string, error) {
	definition, err := strangersTaskDefinition(ctx, cloud, "theirs")
	if err != nil {
		return "", err
	}
	client := ecs.NewFromConfig(cloud.Process("stranger").Config())
	out, err := client.CreateService(ctx, &ecs.CreateServiceInput{
		ServiceName: &name, Cluster: aws.String(string(cluster(cloud))), TaskDefinition: &definition, DesiredCount: aws.Int32(1),
		LaunchType: ecstypes.LaunchTypeFargate, NetworkConfiguration: &ecstypes.NetworkConfiguration{
			AwsvpcConfiguration: &ecstypes.AwsVpcConfiguration{Subnets: texts(subnets(cloud))},
		},
	})
	if err != nil {
		return "", err
	}
	return *out.Service.ServiceArn, nil
}

func strangersFunction(_ context.Context, cloud *awstest.Cloud, name string) (string, error) {
	f, err := cloud.Lambda.AddFunction(&lambda.CreateFunctionInput{
		FunctionName: &name, Role: aws.String("arn:aws:iam::123456789012:role/theirs"), Tags: theirTags,
		Code:    &lambdatypes.FunctionCode{S3Bucket: aws.String("theirs"), S3Key: aws.String("code.zip")},
		Runtime: lambdatypes.RuntimeProvidedal2023, Handler: aws.String("bootstrap"),
	})
	return f.ARN, err
}

func strangersDatabase(_ context.Context, cloud *awstest.Cloud, name string) (string, error) {
	db, err := cloud.RDS.AddInstance(&rds.CreateDBInstanceInput{
		DBInstanceIdentifier: &name, Engine: aws.String("postgres"), DBInstanceClass: aws.String("db.t4g.micro"),
		AllocatedStorage: aws.Int32(20), MasterUsername: aws.String("theirs"), ManageMasterUserPassword: aws.Bool(true),
	})
	return db.Name, err
}

func strangersCache(_ context.Context, cloud *awstest.Cloud, name string) (string, error) {
	group, err := cloud.ElastiCache.AddGroup(&elasticache.CreateReplicationGroupInput{
		ReplicationGroupId: &name, ReplicationGroupDescription: aws.String("theirs"), CacheNodeType: aws.String("cache.t4g.micro"),
	})
	return group.Name, err
}

func strangersTable(_ context.Context, cloud *awstest.Cloud, name string) (string, error) {
	table, err := cloud.DynamoDB.AddTable(name, theirTags)
	return table.ARN, err
}

func strangersBucket(_ context.Context, cloud *awstest.Cloud, name string) (string, error) {
	bucket, err := cloud.S3.AddBucket(name, theirTags)
	return bucket.Name, err
}

func strangersTopic(_ context.Context, cloud *awstest.Cloud, name string) (string, error) {
	topic, err := cloud.SNS.AddTopic(name, nil, theirTags)
	return topic.ARN, err
}

func strangersQueue(_ context.Context, cloud *awstest.Cloud, name string) (string, error) {
	queue, err := cloud.SQS.AddQueue(name, nil, theirTags)
	return queue.URL, err
}

func strangersParameter(_ context.Context, cloud *awstest.Cloud, name string) (string, error) {
	parameter, err := cloud.SSM.AddParameter("/peppercorn/"+name, "green", theirTags) // names are shown without the folder
	return parameter.Name, err
}

func strangersAlarm(_ context.Context, cloud *awstest.Cloud, name string) (string, error) {
	alarm, err := cloud.CloudWatch.AddAlarm(name, cloudwatch.PutMetricAlarmInput{})
	return alarm.ARN, err
}

func strangersLogGroup(_ context.Context, cloud *awstest.Cloud, name string) (string, error) {
	group, err := cloud.Logs.AddGroup(name, theirTags)
	return group.ARN, err
}

func strangersResource(_ context.Context, cloud *awstest.Cloud, name string) (string, error) {
	made, err := cloud.CloudControl.AddResource(repository.Name, map[string]any{repository.NameProperty: name})
	return made.Type + "/" + made.Identifier, err
}

// texts are literals as the SDK takes them.
func texts(literals []provision.Text) []string {
	plain := make([]string, len(literals))
	for i, l := range literals {
		plain[i] = string(l)
	}
	return plain
}
