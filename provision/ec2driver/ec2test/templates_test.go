package ec2test_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision/ec2driver/ec2test"
)

func templateInput(change func(*ec2.CreateLaunchTemplateInput)) *ec2.CreateLaunchTemplateInput {
	in := &ec2.CreateLaunchTemplateInput{
		LaunchTemplateName: aws.String("web"), ClientToken: aws.String("token"),
		LaunchTemplateData: &types.RequestLaunchTemplateData{ImageId: aws.String(ec2test.Linux), InstanceType: "t3.micro"},
	}
	if change != nil {
		change(in)
	}
	return in
}

func TestLaunchTemplatesAreRefusedAsByEC2(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		change func(*ec2.CreateLaunchTemplateInput)
		code   string
	}{
		{"a name that is taken", func(in *ec2.CreateLaunchTemplateInput) { in.ClientToken = nil }, "InvalidLaunchTemplateName.AlreadyExistsException"},
		{"a short name", func(in *ec2.CreateLaunchTemplateInput) {
			in.LaunchTemplateName = aws.String("we")
			in.ClientToken = nil
		}, "InvalidLaunchTemplateName.MalformedException"},
		{"a name with a blank", func(in *ec2.CreateLaunchTemplateInput) {
			in.LaunchTemplateName = aws.String("my web")
			in.ClientToken = nil
		}, "InvalidLaunchTemplateName.MalformedException"},
		{"the token of another request", func(in *ec2.CreateLaunchTemplateInput) { in.LaunchTemplateName = aws.String("other") }, "IdempotentParameterMismatch"},
		{"a tag for something else", func(in *ec2.CreateLaunchTemplateInput) {
			in.ClientToken, in.LaunchTemplateName = nil, aws.String("other")
			in.TagSpecifications = []types.TagSpecification{{ResourceType: "instance", Tags: []types.Tag{{Key: aws.String("a"), Value: aws.String("b")}}}}
		}, "InvalidParameterValue"},
		{"user data that is not base64", func(in *ec2.CreateLaunchTemplateInput) {
			in.ClientToken, in.LaunchTemplateName = nil, aws.String("other")
			in.LaunchTemplateData.UserData = aws.String("#!")
		}, "InvalidUserData.Malformed"},
		{"what is not simulated", func(in *ec2.CreateLaunchTemplateInput) {
			in.ClientToken, in.LaunchTemplateName = nil, aws.String("other")
			in.LaunchTemplateData.RamDiskId = aws.String("ari-1")
		}, "NotSimulated"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			client := ec2test.New().Client()
			_, err := client.CreateLaunchTemplate(t.Context(), templateInput(nil))
			require.NoError(t, err)
			_, err = client.CreateLaunchTemplate(t.Context(), templateInput(tt.change))
			refused(t, tt.code, err)
		})
	}
}

func TestAClientTokenOutlivesItsLaunchTemplate(t *testing.T) {
	t.Parallel()
	cloud := ec2test.New()
	client := cloud.Client()
	first, err := client.CreateLaunchTemplate(t.Context(), templateInput(nil))
	require.NoError(t, err)
	id := first.LaunchTemplate.LaunchTemplateId
	_, err = client.DeleteLaunchTemplate(t.Context(), &ec2.DeleteLaunchTemplateInput{LaunchTemplateId: id})
	require.NoError(t, err)
	again, err := client.CreateLaunchTemplate(t.Context(), templateInput(nil))
	require.NoError(t, err)
	require.Equal(t, *id, *again.LaunchTemplate.LaunchTemplateId)
	require.Empty(t, cloud.LaunchTemplates())
	_, err = client.DescribeLaunchTemplates(t.Context(), &ec2.DescribeLaunchTemplatesInput{LaunchTemplateIds: []string{*id}})
	refused(t, "InvalidLaunchTemplateId.NotFound", err)
	_, err = client.DescribeLaunchTemplates(t.Context(), &ec2.DescribeLaunchTemplatesInput{LaunchTemplateNames: []string{"web"}})
	refused(t, "InvalidLaunchTemplateName.NotFoundException", err)
	_, err = client.DescribeLaunchTemplates(t.Context(), &ec2.DescribeLaunchTemplatesInput{MaxResults: aws.Int32(201)})
	refused(t, "InvalidParameterValue", err)
}

func TestLaunch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cloud := ec2test.New()
		_, err := cloud.Client().CreateLaunchTemplate(t.Context(), templateInput(func(in *ec2.CreateLaunchTemplateInput) {
			in.LaunchTemplateData.DisableApiTermination = aws.Bool(true)
		}))
		require.NoError(t, err)
		launch := ec2test.Launch{Region: "us-east-1", Template: "web", Version: "1", Zone: "us-east-1c", DryRun: true}
		for _, tt := range []struct {
			change func(*ec2test.Launch)
			code   string
		}{
			{func(l *ec2test.Launch) { l.Template = "lt-01234567" }, "InvalidLaunchTemplateId.NotFound"},
			{func(l *ec2test.Launch) { l.Region = "eu-central-1" }, "InvalidLaunchTemplateId.Malformed"},
			{func(l *ec2test.Launch) { l.Version = "2" }, "InvalidLaunchTemplateId.VersionNotFound"},
			{func(l *ec2test.Launch) { l.Zone = "eu-central-1a" }, "MissingInput"},
			{func(l *ec2test.Launch) { l.Subnet = "subnet-01234567" }, "InvalidSubnetID.NotFound"},
		} {
			wrong := launch
			tt.change(&wrong)
			_, _, err := cloud.Launch(wrong)
			refused(t, tt.code, err)
		}
		id, zone, err := cloud.Launch(launch)
		require.NoError(t, err)
		require.Empty(t, id)
		require.Equal(t, "us-east-1c", zone)
		require.Empty(t, cloud.Instances())

		launch.DryRun, launch.Tags = false, map[string]string{"aws:autoscaling:groupName": "g"}
		id, _, err = cloud.Launch(launch)
		require.NoError(t, err)
		require.Len(t, cloud.Instances()[0].Tags, 1)
		state, _ := cloud.InstanceState("us-east-1", id)
		require.Equal(t, "pending", state)
		time.Sleep(time.Minute)
		state, _ = cloud.InstanceState("us-east-1", id)
		require.Equal(t, "running", state)
		_, err = cloud.Client().CreateTags(t.Context(), &ec2.CreateTagsInput{
			Resources: []string{id}, Tags: []types.Tag{{Key: aws.String("team"), Value: aws.String("web")}},
		})
		require.NoError(t, err, "the tag that AWS gave, and nobody else may, is in nobody's way")
		require.Len(t, cloud.Instances()[0].Tags, 2)
		cloud.Terminate("us-east-1", id)
		state, reason := cloud.InstanceState("us-east-1", id)
		require.Equal(t, "shutting-down", state, "termination protection does not bind services")
		require.Contains(t, reason, "Client.UserInitiatedShutdown")
		time.Sleep(2 * time.Hour)
		state, _ = cloud.InstanceState("us-east-1", id)
		require.Empty(t, state)
	})
}
