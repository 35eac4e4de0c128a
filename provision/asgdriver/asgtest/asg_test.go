package asgtest_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/provision/asgdriver/asgtest"
)

const targetGroup = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/shop/0123456789abcdef"

// in runs a test in a bubble of virtual time.
func in(t *testing.T, test func(t *testing.T, service *asgtest.ASG, client *autoscaling.Client), optFns ...func(*asgtest.Options)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		cloud := sim.New(func(o *sim.Options) { o.PageSize = 2 })
		service := asgtest.Register(cloud, optFns...)
		test(t, service, autoscaling.NewFromConfig(cloud.Config(), func(o *autoscaling.Options) {
			o.RetryMaxAttempts = 10 // the pauses of the SDK's three are random, and may all be too short for the rate
		}))
	})
}

// request is for a group of two in two zones.
func request(name string, optFns ...func(*autoscaling.CreateAutoScalingGroupInput)) *autoscaling.CreateAutoScalingGroupInput {
	in := &autoscaling.CreateAutoScalingGroupInput{
		AutoScalingGroupName: aws.String(name), MinSize: aws.Int32(0), MaxSize: aws.Int32(4), DesiredCapacity: aws.Int32(2),
		LaunchTemplate:    &types.LaunchTemplateSpecification{LaunchTemplateId: aws.String(asgtest.Template), Version: aws.String("1")},
		AvailabilityZones: []string{"us-east-1a", "us-east-1b"},
	}
	for _, fn := range optFns {
		fn(in)
	}
	return in
}

func create(t *testing.T, client *autoscaling.Client, in *autoscaling.CreateAutoScalingGroupInput) {
	t.Helper()
	_, err := client.CreateAutoScalingGroup(t.Context(), in)
	require.NoError(t, err)
}

// refused wants an error with this code and a message that has this text in it.
func refused(t *testing.T, code, text string, err error) {
	t.Helper()
	var api smithy.APIError
	require.ErrorAs(t, err, &api)
	require.Equal(t, code, api.ErrorCode(), "%v", err)
	require.Contains(t, api.ErrorMessage(), text)
}

func life(g types.AutoScalingGroup) (all []string) {
	for _, i := range g.Instances {
		all = append(all, fmt.Sprintf("%s %s %s", *i.AvailabilityZone, i.LifecycleState, *i.HealthStatus))
	}
	return all
}

func activities(t *testing.T, client *autoscaling.Client, name string) (all []string) {
	t.Helper()
	pages := autoscaling.NewDescribeScalingActivitiesPaginator(client, &autoscaling.DescribeScalingActivitiesInput{
		AutoScalingGroupName: &name, IncludeDeletedGroups: aws.Bool(true),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		require.NoError(t, err)
		for _, a := range page.Activities {
			all = append(all, strings.Split(*a.Description, " ")[0]+" "+string(a.StatusCode))
		}
	}
	return all
}

func TestAGroupLivesByTheClock(t *testing.T) {
	in(t, func(t *testing.T, service *asgtest.ASG, client *autoscaling.Client) {
		create(t, client, request("web"))
		require.Empty(t, life(service.Groups()[0]))
		time.Sleep(15 * time.Second)
		require.Equal(t, []string{"us-east-1a Pending Healthy", "us-east-1b Pending Healthy"}, life(service.Groups()[0]))
		require.Equal(t, []string{"Launching InProgress", "Launching InProgress"}, activities(t, client, "web"))
		time.Sleep(30 * time.Second)
		require.Equal(t, []string{"us-east-1a InService Healthy", "us-east-1b InService Healthy"}, life(service.Groups()[0]))
		require.Equal(t, []string{"Launching Successful", "Launching Successful"}, activities(t, client, "web"))

		service.KillInstance(*service.Groups()[0].Instances[0].InstanceId)
		require.Equal(t, []string{"us-east-1b InService Healthy", "us-east-1a Terminating Unhealthy"}, life(service.Groups()[0]))
		time.Sleep(15 * time.Second)
		service.Groups()
		time.Sleep(30 * time.Second)
		require.Equal(t, []string{"us-east-1b InService Healthy", "us-east-1a InService Healthy"}, life(service.Groups()[0]))
		require.Equal(t, []string{"Launching Successful", "Terminating Successful", "Launching Successful", "Launching Successful"}, activities(t, client, "web"))

		_, err := client.UpdateAutoScalingGroup(t.Context(), &autoscaling.UpdateAutoScalingGroupInput{
			AutoScalingGroupName: aws.String("web"), DesiredCapacity: aws.Int32(1),
		})
		require.NoError(t, err)
		time.Sleep(time.Minute)
		service.Groups()
		time.Sleep(time.Minute)
		require.Len(t, life(service.Groups()[0]), 1)
	})
}

func TestLoadBalancersDecideWhoIsHealthy(t *testing.T) {
	in(t, func(t *testing.T, service *asgtest.ASG, client *autoscaling.Client) {
		create(t, client, request("web", func(in *autoscaling.CreateAutoScalingGroupInput) {
			in.TargetGroupARNs, in.HealthCheckType, in.HealthCheckGracePeriod = []string{targetGroup}, aws.String("ELB"), aws.Int32(60)
		}))
		state := func() string {
			out, err := client.DescribeLoadBalancerTargetGroups(t.Context(), &autoscaling.DescribeLoadBalancerTargetGroupsInput{AutoScalingGroupName: aws.String("web")})
			require.NoError(t, err)
			return *out.LoadBalancerTargetGroups[0].State
		}
		require.Equal(t, "Adding", state())
		time.Sleep(15 * time.Second)
		require.Equal(t, "Adding", state())
		time.Sleep(30 * time.Second)
		require.Equal(t, "Added", state())
		time.Sleep(20 * time.Second)
		require.Equal(t, "InService", state())

		sick := *service.Groups()[0].Instances[0].InstanceId
		service.SetTargetHealth(targetGroup, sick, "unhealthy")
		require.Equal(t, []string{"us-east-1a InService Healthy", "us-east-1b InService Healthy"}, life(service.Groups()[0]), "grace")
		time.Sleep(time.Minute)
		require.Equal(t, []string{"us-east-1b InService Healthy", "us-east-1a Terminating Unhealthy"}, life(service.Groups()[0]))
		health, err := service.TargetHealth(t.Context(), targetGroup)
		require.NoError(t, err)
		require.NotContains(t, health, sick)
	})
}

func TestCreateIsStrict(t *testing.T) {
	tag := func(key, value string) types.Tag { return types.Tag{Key: &key, Value: &value} }
	for _, tt := range []struct {
		name   string
		change func(*autoscaling.CreateAutoScalingGroupInput)
		code   string
		text   string
	}{
		{"a name that is taken", func(in *autoscaling.CreateAutoScalingGroupInput) { in.MaxSize = aws.Int32(9) }, "AlreadyExists", "web"},
		{"a colon", func(in *autoscaling.CreateAutoScalingGroupInput) { in.AutoScalingGroupName = aws.String("a:b") }, "ValidationError", "a:b"},
		{"a blank", func(in *autoscaling.CreateAutoScalingGroupInput) { in.AutoScalingGroupName = aws.String("a b") }, "ValidationError", "a b"},
		{"a long name", func(in *autoscaling.CreateAutoScalingGroupInput) {
			in.AutoScalingGroupName = aws.String(strings.Repeat("a", 256))
		}, "ValidationError", "255"},
		{"more at least than at most", func(in *autoscaling.CreateAutoScalingGroupInput) { in.MinSize = aws.Int32(5) }, "ValidationError", "Max bound, 4"},
		{"more than at most", func(in *autoscaling.CreateAutoScalingGroupInput) { in.DesiredCapacity = aws.Int32(5) }, "ValidationError", "Desired capacity:5"},
		{"no template", func(in *autoscaling.CreateAutoScalingGroupInput) { in.LaunchTemplate = nil }, "ValidationError", "LaunchTemplate"},
		{"a template that is none", func(in *autoscaling.CreateAutoScalingGroupInput) {
			in.LaunchTemplate.LaunchTemplateId = aws.String("lt-1")
		}, "ValidationError", "You must use a valid fully-formed launch template. The specified launch template, with template ID lt-1"},
		{"a version that is none", func(in *autoscaling.CreateAutoScalingGroupInput) { in.LaunchTemplate.Version = aws.String("7") }, "ValidationError", "version 7"},
		{"nowhere", func(in *autoscaling.CreateAutoScalingGroupInput) { in.AvailabilityZones = nil }, "ValidationError", "At least one Availability Zone"},
		{"unknown health checks", func(in *autoscaling.CreateAutoScalingGroupInput) { in.HealthCheckType = aws.String("ALB") }, "ValidationError", "ALB"},
		{"a target group that is none", func(in *autoscaling.CreateAutoScalingGroupInput) { in.TargetGroupARNs = []string{"shop"} }, "ValidationError", "Provided Target Groups"},
		{"a reserved tag", func(in *autoscaling.CreateAutoScalingGroupInput) { in.Tags = []types.Tag{tag("aws:x", "")} }, "ValidationError", "reserved"},
		{"a tag twice", func(in *autoscaling.CreateAutoScalingGroupInput) { in.Tags = []types.Tag{tag("a", ""), tag("a", "")} }, "ValidationError", "Duplicate"},
		{"a long tag", func(in *autoscaling.CreateAutoScalingGroupInput) {
			in.Tags = []types.Tag{tag("a", strings.Repeat("ü", 257))}
		}, "ValidationError", "256"},
		{"a tag of another group", func(in *autoscaling.CreateAutoScalingGroupInput) {
			in.Tags = []types.Tag{{Key: aws.String("a"), ResourceId: aws.String("other")}}
		}, "ValidationError", "other"},
		{"51 tags", func(in *autoscaling.CreateAutoScalingGroupInput) {
			for i := range 51 {
				in.Tags = append(in.Tags, tag(fmt.Sprint(i), ""))
			}
		}, "ValidationError", "50"},
		{"what is not simulated", func(in *autoscaling.CreateAutoScalingGroupInput) { in.PlacementGroup = aws.String("p") }, "NotSimulated", "PlacementGroup"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			in(t, func(t *testing.T, service *asgtest.ASG, client *autoscaling.Client) {
				create(t, client, request("web"))
				wrong := request("new")
				if tt.code == "AlreadyExists" {
					wrong = request("web")
				}
				tt.change(wrong)
				_, err := client.CreateAutoScalingGroup(t.Context(), wrong)
				refused(t, tt.code, tt.text, err)
				require.Len(t, service.Groups(), 1)
			})
		})
	}
}

func TestDeleteIsStrict(t *testing.T) {
	in(t, func(t *testing.T, service *asgtest.ASG, client *autoscaling.Client) {
		remove := func(name string, force bool) error {
			_, err := client.DeleteAutoScalingGroup(t.Context(), &autoscaling.DeleteAutoScalingGroupInput{AutoScalingGroupName: &name, ForceDelete: &force})
			return err
		}
		protect := func(level types.DeletionProtection) {
			_, err := client.UpdateAutoScalingGroup(t.Context(), &autoscaling.UpdateAutoScalingGroupInput{AutoScalingGroupName: aws.String("web"), DeletionProtection: level})
			require.NoError(t, err)
		}
		refused(t, "ValidationError", "AutoScalingGroup name not found", remove("web", true))
		create(t, client, request("web"))
		time.Sleep(time.Minute)
		protect(types.DeletionProtectionPreventAllDeletion)
		refused(t, "ValidationError", "prevent-all-deletion", remove("web", false))
		protect(types.DeletionProtectionPreventForceDeletion)
		refused(t, "ValidationError", "prevent-force-deletion", remove("web", true))
		refused(t, "ResourceInUse", "while there are instances", remove("web", false))
		protect(types.DeletionProtectionNone)
		require.NoError(t, remove("web", true))
		require.Equal(t, "Delete in progress", *service.Groups()[0].Status)
		refused(t, "ScalingActivityInProgress", "scaling activities in progress", remove("web", true))
		_, err := client.CreateAutoScalingGroup(t.Context(), request("web"))
		refused(t, "AlreadyExists", "web", err)

		time.Sleep(20 * time.Second)
		require.Empty(t, service.Groups())
		require.Equal(t, []string{"Terminating InProgress", "Terminating InProgress"}, activities(t, client, "web")[:2])
		_, err = client.DescribeScalingActivities(t.Context(), &autoscaling.DescribeScalingActivitiesInput{AutoScalingGroupName: aws.String("web")})
		refused(t, "ValidationError", "not found", err)
		time.Sleep(10 * time.Second)
		require.Equal(t, []string{"Terminating Successful", "Terminating Successful"}, activities(t, client, "web")[:2])
		create(t, client, request("web"))
	})
}

func TestFiltersPagesAndLag(t *testing.T) {
	in(t, func(t *testing.T, service *asgtest.ASG, client *autoscaling.Client) {
		for i := range 5 {
			create(t, client, request(fmt.Sprintf("web-%d", i), func(in *autoscaling.CreateAutoScalingGroupInput) {
				in.Tags = []types.Tag{{Key: aws.String("odd"), Value: aws.String(fmt.Sprint(i%2 == 1))}, {Key: aws.String("n"), Value: aws.String(fmt.Sprint(i))}}
			}))
		}
		list := func(filters ...types.Filter) (names []string) {
			pages := autoscaling.NewDescribeAutoScalingGroupsPaginator(client, &autoscaling.DescribeAutoScalingGroupsInput{Filters: filters})
			for pages.HasMorePages() {
				page, err := pages.NextPage(t.Context())
				require.NoError(t, err)
				require.LessOrEqual(t, len(page.AutoScalingGroups), 2)
				for _, g := range page.AutoScalingGroups {
					names = append(names, *g.AutoScalingGroupName)
				}
			}
			return names
		}
		require.Empty(t, list(), "not yet")
		require.Len(t, service.Groups(), 5)
		time.Sleep(10 * time.Second)
		filter := func(name string, values ...string) types.Filter { return types.Filter{Name: &name, Values: values} }
		require.Equal(t, []string{"web-0", "web-1", "web-2", "web-3", "web-4"}, list())
		require.Equal(t, []string{"web-1", "web-3"}, list(filter("tag:odd", "true")))
		require.Equal(t, []string{"web-3"}, list(filter("tag:odd", "true"), filter("tag:n", "2", "3")))
		require.Equal(t, []string{"web-2"}, list(filter("tag-value", "2")))
		require.Empty(t, list(filter("tag:odd", "tr*")), "there are no wildcards")
		require.Empty(t, list(filter("tag-key", "even")))

		for _, in := range []*autoscaling.DescribeAutoScalingGroupsInput{
			{Filters: []types.Filter{filter("name", "web")}}, {MaxRecords: aws.Int32(101)}, {AutoScalingGroupNames: make([]string, 51)},
		} {
			_, err := client.DescribeAutoScalingGroups(t.Context(), in)
			refused(t, "ValidationError", "", err)
		}
		_, err := client.DescribeAutoScalingGroups(t.Context(), &autoscaling.DescribeAutoScalingGroupsInput{NextToken: aws.String("x")})
		refused(t, "InvalidNextToken", "", err)

		_, err = client.CreateOrUpdateTags(t.Context(), &autoscaling.CreateOrUpdateTagsInput{Tags: []types.Tag{{
			Key: aws.String("odd"), Value: aws.String("no"), ResourceId: aws.String("web-1"), ResourceType: aws.String("auto-scaling-group"), PropagateAtLaunch: aws.Bool(true),
		}}})
		require.NoError(t, err)
		require.Equal(t, []string{"web-3"}, list(filter("tag:odd", "true")))
	}, func(o *asgtest.Options) { o.Lag = 10 * time.Second })
}

func TestTagsCanBeChangedLater(t *testing.T) {
	in(t, func(t *testing.T, service *asgtest.ASG, client *autoscaling.Client) {
		require.NoError(t, service.AddGroup("web", map[string]string{"a": "1", "b": "2"}))
		require.NoError(t, service.AddGroup("jobs", nil))
		tag := func(group, k, v string) types.Tag { return types.Tag{ResourceId: &group, Key: &k, Value: &v} }
		change := func(tags ...types.Tag) error {
			_, err := client.CreateOrUpdateTags(t.Context(), &autoscaling.CreateOrUpdateTagsInput{Tags: tags})
			return err
		}
		tags := func(group int) map[string]string {
			all := map[string]string{}
			for _, tag := range service.Groups()[group].Tags {
				all[*tag.Key] = *tag.Value
			}
			return all
		}
		require.NoError(t, change(tag("web", "b", "3"), tag("web", "c", "4")))
		refused(t, "ValidationError", "reserved", change(tag("jobs", "a", "5"), tag("web", "a", "5"), tag("web", "aws:x", "")))
		require.Equal(t, map[string]string{"a": "1", "b": "3", "c": "4"}, tags(0))
		require.Empty(t, tags(1), "one bad tag spoils those of the other group, too")

		var more []types.Tag // up to the 50 that there can be
		for i := range 47 {
			more = append(more, tag("web", fmt.Sprint(i), ""))
		}
		require.NoError(t, change(more...))
		full := tags(0)
		require.Len(t, full, 50)
		refused(t, "ValidationError", "More than 50 tags", change(tag("jobs", "a", "5"), tag("web", "a", "5"), tag("web", "d", "")))
		require.Equal(t, full, tags(0))
		require.Empty(t, tags(1))
		require.NoError(t, change(tag("web", "a", "5")), "there are no more of them than before")
	})
}

func TestRates(t *testing.T) {
	in(t, func(t *testing.T, service *asgtest.ASG, client *autoscaling.Client) {
		for range 10 {
			_, err := client.DescribeAutoScalingGroups(t.Context(), &autoscaling.DescribeAutoScalingGroupsInput{})
			require.NoError(t, err, "the SDK asks again")
		}
		throttled := 0
		for _, c := range service.Cloud().Calls() {
			if c.Err != nil {
				refused(t, "Throttling", "Rate exceeded", c.Err)
				throttled++
			}
		}
		require.Positive(t, throttled)
	}, func(o *asgtest.Options) { o.Rate, o.Burst = 2, 2 })
}

func TestRegionsAreWorldsOfTheirOwn(t *testing.T) {
	in(t, func(t *testing.T, service *asgtest.ASG, client *autoscaling.Client) {
		create(t, client, request("web"))
		abroad := autoscaling.NewFromConfig(service.Cloud().Config(), func(o *autoscaling.Options) { o.Region = "eu-central-1" })
		out, err := abroad.DescribeAutoScalingGroups(t.Context(), &autoscaling.DescribeAutoScalingGroupsInput{})
		require.NoError(t, err)
		require.Empty(t, out.AutoScalingGroups)
		create(t, abroad, request("web"))
		require.Len(t, service.Groups(), 2)
		_, err = abroad.StartInstanceRefresh(t.Context(), &autoscaling.StartInstanceRefreshInput{AutoScalingGroupName: aws.String("web")})
		refused(t, "NotSimulated", "StartInstanceRefresh", err)
	})
}
