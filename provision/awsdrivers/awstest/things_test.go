package awstest_test

import (
	asgtypes "github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/peppercorn-go/peppercorn/provision/awsdrivers/awstest"
	"github.com/peppercorn-go/peppercorn/provision/cachedriver/cachetest"
	"github.com/peppercorn-go/peppercorn/provision/ccdriver/cctest"
	"github.com/peppercorn-go/peppercorn/provision/cloudwatchdriver/cloudwatchtest"
	"github.com/peppercorn-go/peppercorn/provision/dynamodbdriver/dynamodbtest"
	"github.com/peppercorn-go/peppercorn/provision/ecsdriver/ecstest"
	"github.com/peppercorn-go/peppercorn/provision/elbdriver/elbtest"
	"github.com/peppercorn-go/peppercorn/provision/lambdadriver/lambdatest"
	"github.com/peppercorn-go/peppercorn/provision/logsdriver/logstest"
	"github.com/peppercorn-go/peppercorn/provision/rdsdriver/rdstest"
	"github.com/peppercorn-go/peppercorn/provision/s3driver/s3test"
	"github.com/peppercorn-go/peppercorn/provision/snsdriver/snstest"
	"github.com/peppercorn-go/peppercorn/provision/sqsdriver/sqstest"
	"github.com/peppercorn-go/peppercorn/provision/ssmdriver/ssmtest"
)

// What each service has, as things of the catalogue's table.

func ec2Tags(list []ec2types.Tag) map[string]string {
	return tagsOf(list, func(t ec2types.Tag) (_, _ *string) { return t.Key, t.Value })
}

func securityGroups(cloud *awstest.Cloud) []thing {
	return thingsOf(cloud.EC2.SecurityGroups(), func(g ec2types.SecurityGroup) (string, map[string]string) {
		return *g.GroupId, ec2Tags(g.Tags)
	})
}

func instances(cloud *awstest.Cloud) []thing {
	return thingsOf(cloud.EC2.LiveInstances(), func(i ec2types.Instance) (string, map[string]string) {
		return *i.InstanceId, ec2Tags(i.Tags)
	})
}

func launchTemplates(cloud *awstest.Cloud) []thing {
	return thingsOf(cloud.EC2.LaunchTemplates(), func(lt ec2types.LaunchTemplate) (string, map[string]string) {
		return *lt.LaunchTemplateId, ec2Tags(lt.Tags)
	})
}

func groups(cloud *awstest.Cloud) []thing {
	return thingsOf(cloud.AutoScaling.Groups(), func(g asgtypes.AutoScalingGroup) (string, map[string]string) {
		return *g.AutoScalingGroupName, tagsOf(g.Tags, func(t asgtypes.TagDescription) (_, _ *string) { return t.Key, t.Value })
	})
}

func loadBalancers(cloud *awstest.Cloud) []thing {
	return thingsOf(cloud.ELB.Balancers(), func(b elbtest.Balancer) (string, map[string]string) { return b.ARN, b.Tags })
}

func targetGroups(cloud *awstest.Cloud) []thing {
	return thingsOf(cloud.ELB.TargetGroups(), func(g elbtest.TargetGroup) (string, map[string]string) { return g.ARN, g.Tags })
}

func listeners(cloud *awstest.Cloud) []thing {
	return thingsOf(cloud.ELB.Listeners(), func(l elbtest.Listener) (string, map[string]string) { return l.ARN, l.Tags })
}

func taskDefinitions(cloud *awstest.Cloud) []thing {
	return thingsOf(liveRevisions(cloud), func(r ecstest.Revision) (string, map[string]string) {
		if r.Status != "ACTIVE" {
			return "", nil // nothing can be started from it
		}
		return r.ARN, r.Tags
	})
}

func services(cloud *awstest.Cloud) []thing {
	return thingsOf(liveServices(cloud), func(s ecstest.Service) (string, map[string]string) { return s.ARN, s.Tags })
}

func functions(cloud *awstest.Cloud) []thing {
	return thingsOf(cloud.Lambda.Functions(), func(f lambdatest.Function) (string, map[string]string) { return f.ARN, f.Tags })
}

func databases(cloud *awstest.Cloud) []thing {
	return thingsOf(cloud.RDS.Instances(), func(i rdstest.Instance) (string, map[string]string) { return i.Name, i.Tags })
}

func caches(cloud *awstest.Cloud) []thing {
	return thingsOf(cloud.ElastiCache.Groups(), func(g cachetest.Group) (string, map[string]string) { return g.Name, g.Tags })
}

func tables(cloud *awstest.Cloud) []thing {
	return thingsOf(cloud.DynamoDB.Tables(), func(t dynamodbtest.Table) (string, map[string]string) { return t.ARN, t.Tags })
}

func buckets(cloud *awstest.Cloud) []thing {
	return thingsOf(cloud.S3.Buckets(), func(b s3test.Bucket) (string, map[string]string) { return b.Name, b.Tags })
}

func topics(cloud *awstest.Cloud) []thing {
	return thingsOf(cloud.SNS.Topics(), func(t snstest.Topic) (string, map[string]string) { return t.ARN, t.Tags })
}

func queues(cloud *awstest.Cloud) []thing {
	return thingsOf(cloud.SQS.Queues(), func(q sqstest.Queue) (string, map[string]string) { return q.URL, q.Tags })
}

func parameters(cloud *awstest.Cloud) []thing {
	return thingsOf(cloud.SSM.Parameters(), func(p ssmtest.Parameter) (string, map[string]string) { return p.Name, p.Tags })
}

func alarms(cloud *awstest.Cloud) []thing {
	return thingsOf(cloud.CloudWatch.Alarms(), func(a cloudwatchtest.Alarm) (string, map[string]string) { return a.ARN, a.Tags })
}

func logGroups(cloud *awstest.Cloud) []thing {
	return thingsOf(cloud.Logs.Groups(), func(g logstest.Group) (string, map[string]string) { return g.ARN, g.Tags })
}

func resources(cloud *awstest.Cloud) []thing {
	return thingsOf(cloud.CloudControl.Resources(), func(r cctest.Resource) (string, map[string]string) {
		return r.Type + "/" + r.Identifier, r.Tags
	})
}
