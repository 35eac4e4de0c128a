package asgdriver_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/internal/taglist"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/asgdriver"
	"github.com/peppercorn-go/peppercorn/provision/asgdriver/asgtest"
	"github.com/peppercorn-go/peppercorn/provision/ec2driver"
	"github.com/peppercorn-go/peppercorn/provision/ec2driver/ec2test"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// A simulated EC2 is a fleet.
var _ asgtest.Fleet = (*ec2test.EC2)(nil)

// TestAGroupOnEC2 deploys and destroys a firewall, a template and a group of two as an environment does: with an engine, on
// both services at once.
func TestAGroupOnEC2(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := sim.New(func(o *sim.Options) { o.PageSize = 2 })
		machines := ec2test.Register(cloud)
		groups := asgtest.Register(cloud, func(o *asgtest.Options) { o.Fleet = machines })
		engine, err := provision.NewEngine([]provision.Driver{
			ec2driver.New(ec2.NewFromConfig(cloud.Config())), asgdriver.New(autoscaling.NewFromConfig(cloud.Config())),
		})
		require.NoError(t, err)

		var b provision.Blueprint
		http := kinds.AddSecurityGroup(&b, "http", kinds.SecurityGroup{Ingress: []kinds.Rule{kinds.TCP(80, "0.0.0.0/0")}})
		template := kinds.AddLaunchTemplate(&b, "template", kinds.LaunchTemplate{
			Image: ec2test.Data, Type: "t3.micro", SecurityGroups: []provision.Text{http.ID()},
		})
		kinds.AddGroup(&b, "web", kinds.Group{
			Template: template.ID(), Version: template.Version(), Zones: []provision.Text{"us-east-1a", "us-east-1b"}, Desired: 2,
		})
		owner := web(two()).Owner
		applied, err := engine.Apply(t.Context(), owner, &b)
		require.NoError(t, err)
		require.Len(t, applied.States, 3)
		require.Len(t, groups.Groups()[0].Instances, 2)

		group := *groups.Groups()[0].AutoScalingGroupName
		for _, i := range machines.LiveInstances() {
			require.Equal(t, ec2types.InstanceStateNameRunning, i.State.Name)
			want := provision.Call{Owner: owner, Node: "web"}.Tags()
			want["Name"], want["aws:autoscaling:groupName"] = group, group
			require.Equal(t, want, tagsOf(i.Tags), "the group's tags win over the template's")
		}
		for _, v := range machines.Volumes() {
			require.True(t, owner.Matches(tagsOf(v.Tags)), "the template tags the volumes")
		}

		found, err := engine.Find(t.Context(), owner)
		require.NoError(t, err)
		require.Len(t, found, 3, "instances of a group are not resources of their own")

		// The firewall cannot go before the instances have, which the group's deletion does not wait for by itself.
		destroyed, err := engine.Destroy(t.Context(), owner, func(o *provision.DestroyOptions) { o.Expect = 3 })
		require.NoError(t, err)
		require.Len(t, destroyed.Gone, 3)
		require.Empty(t, machines.LiveInstances())
		require.Empty(t, machines.Volumes())
		require.Empty(t, machines.LaunchTemplates())
		require.Empty(t, machines.SecurityGroups())
		require.Empty(t, groups.Groups())
	})
}

func tagsOf(tags []ec2types.Tag) map[string]string {
	return taglist.Map(tags, func(tag ec2types.Tag) (key, value *string) { return tag.Key, tag.Value })
}

// TestEC2sReasonReachesTheDeployer follows the reason for which an instance does not start through both services.
func TestEC2sReasonReachesTheDeployer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := sim.New()
		machines := ec2test.Register(cloud, func(o *ec2test.Options) {
			o.Start = func(*ec2.RunInstancesInput) *ec2types.StateReason {
				return &ec2types.StateReason{Code: aws.String("Client.InvalidKMSKey.InvalidState"), Message: aws.String("the key is disabled")}
			}
		})
		asgtest.Register(cloud, func(o *asgtest.Options) { o.Fleet = machines })
		engine, err := provision.NewEngine([]provision.Driver{
			ec2driver.New(ec2.NewFromConfig(cloud.Config())), asgdriver.New(autoscaling.NewFromConfig(cloud.Config())),
		})
		require.NoError(t, err)
		var b provision.Blueprint
		template := kinds.AddLaunchTemplate(&b, "template", kinds.LaunchTemplate{Image: ec2test.Linux, Type: "t3.micro"})
		kinds.AddGroup(&b, "web", kinds.Group{Template: template.ID(), Zones: []provision.Text{"us-east-1a"}, Desired: 1})
		start := time.Now()
		_, err = engine.Apply(context.WithoutCancel(t.Context()), web(two()).Owner, &b)
		var failed *asgdriver.LaunchError
		require.ErrorAs(t, err, &failed)
		require.Contains(t, failed.Reason, "Client.InvalidKMSKey.InvalidState: the key is disabled")
		require.ErrorContains(t, err, `node "web"`)
		require.Less(t, time.Since(start), 2*time.Minute)
	})
}
