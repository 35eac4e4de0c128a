package ec2driver_test

import (
	"context"
	"encoding/base64"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/internal/drivertest"
	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/ec2driver"
	"github.com/peppercorn-go/peppercorn/provision/ec2driver/ec2test"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// template is the smallest launch template.
func template() kinds.LaunchTemplate {
	return kinds.LaunchTemplate{Image: ec2test.Linux, Type: "t3.micro"}
}

// fullTemplate sets everything but the security groups.
func fullTemplate() kinds.LaunchTemplate {
	return kinds.LaunchTemplate{
		Image: ec2test.Data, Type: "t3.micro", Profile: "app", KeyName: "ops", PublicIP: kinds.Off, RootGiB: 20, MetadataHops: 2,
		Environment: map[string]provision.Text{"A": "1", "B": "it's", "C": "x\ny"}, Script: "#!/bin/sh\necho hello\n",
	}
}

// strangersTemplate is a template of somebody else.
func strangersTemplate(cloud *ec2test.EC2, name string) (string, func() error, error) {
	id := cloud.AddLaunchTemplate(name, map[string]string{"owner": "somebody"})
	unchanged, err := drivertest.Unchanged(func() ([]types.LaunchTemplate, error) {
		return slices.DeleteFunc(cloud.LaunchTemplates(), func(t types.LaunchTemplate) bool { return *t.LaunchTemplateId != id }), nil
	})
	return id, unchanged, err
}

// A group that runs should be healed although the image of its template was withdrawn.
func TestATemplateOutlivesItsImage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cloud := ec2test.New()
		d := ec2driver.New(cloud.Client())
		engine, err := provision.NewEngine([]provision.Driver{d})
		require.NoError(t, err)
		b := &provision.Blueprint{Nodes: []provision.Node{{Name: "web", Spec: template()}}}
		first, err := engine.Apply(t.Context(), call(template()).Owner, b)
		require.NoError(t, err)
		cloud.RemoveImage(ec2test.Linux)
		again, err := engine.Apply(t.Context(), call(template()).Owner, b)
		require.NoError(t, err)
		require.Equal(t, first, again)

		b.Nodes[0].Name = "other"
		_, err = engine.Apply(t.Context(), call(template()).Owner, b)
		require.ErrorIs(t, err, provision.ErrMissing)
		third := call(template())
		third.Node = "third"
		cloud.AddLaunchTemplate(third.Name(125, ""), map[string]string{"owner": "somebody"})
		_, err = d.Create(t.Context(), third)
		require.ErrorIs(t, err, provision.ErrForeign)
	})
}

// TestATemplateMakesWhatTheDriverMakes fails when something of an instance is lost on its way through a launch template.
func TestATemplateMakesWhatTheDriverMakes(t *testing.T) {
	t.Parallel()
	for _, toggle := range []kinds.Toggle{kinds.Default, kinds.On, kinds.Off} {
		synctest.Test(t, func(t *testing.T) {
			cloud := ec2test.New()
			d := ec2driver.New(cloud.Client())
			spec := fullTemplate()
			spec.PublicIP = toggle
			spec.SecurityGroups = []provision.Text{provision.Text(cloud.AddSecurityGroup("web", "", nil))}
			s, err := d.Create(t.Context(), call(spec))
			require.NoError(t, err)
			direct, err := d.Create(t.Context(), call(spec.Instance()))
			require.NoError(t, err)
			launched, zone, err := cloud.Launch(ec2test.Launch{
				Region: "us-east-1", Template: s.ID, Version: s.Outputs["Version"].String(), Subnet: cloud.Subnets(cloud.DefaultVPC())[0],
			})
			require.NoError(t, err)
			require.Equal(t, "us-east-1a", zone)
			require.Equal(t, cloud.UserData(direct.ID), cloud.UserData(launched))

			type likeness struct {
				types.Instance
				public bool
			}
			alike := func(id string) likeness {
				i := cloud.Instances()[slices.IndexFunc(cloud.Instances(), func(i types.Instance) bool { return *i.InstanceId == id })]
				return likeness{types.Instance{
					ImageId: i.ImageId, InstanceType: i.InstanceType, KeyName: i.KeyName, Tags: i.Tags, IamInstanceProfile: i.IamInstanceProfile,
					SecurityGroups: i.SecurityGroups, SubnetId: i.SubnetId, MetadataOptions: i.MetadataOptions,
				}, *i.PublicDnsName != ""}
			}
			time.Sleep(time.Minute)
			require.Equal(t, alike(direct.ID), alike(launched))
			require.Equal(t, types.HttpTokensStateRequired, alike(launched).MetadataOptions.HttpTokens)
			disks := map[string][]types.Volume{}
			for _, v := range cloud.Volumes() {
				id := *v.Attachments[0].InstanceId
				require.True(t, *v.Encrypted && *v.Attachments[0].DeleteOnTermination)
				disks[id] = append(disks[id], types.Volume{Size: v.Size, Tags: v.Tags})
			}
			require.Len(t, disks[launched], 2)
			require.Equal(t, disks[direct.ID], disks[launched])
		})
	}
}

func TestWhatIsInATemplate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cloud := ec2test.New()
		c := call(fullTemplate())
		s, err := ec2driver.New(cloud.Client()).Create(t.Context(), c)
		require.NoError(t, err)
		made := cloud.LaunchTemplates()[0]
		require.Equal(t, c.Name(125, ""), *made.LaunchTemplateName)
		require.Equal(t, s.Name, *made.LaunchTemplateName)
		require.Equal(t, map[string]string{"ID": s.ID, "Name": s.Name, "Version": "1"}, texts(s))

		tags := c.Tags()
		tags["Name"] = s.Name
		require.Equal(t, tags, tagMap(made.Tags))
		data := cloud.LaunchTemplateData(s.ID)
		instanceName := c.Name(255, "")
		tags["Name"] = instanceName
		var tagged []types.ResourceType
		for _, spec := range data.TagSpecifications {
			tagged = append(tagged, spec.ResourceType)
			require.Equal(t, tags, tagMap(spec.Tags), "an Auto Scaling group gives no tags to volumes, so these must do")
		}
		require.Equal(t, []types.ResourceType{types.ResourceTypeInstance, types.ResourceTypeNetworkInterface, types.ResourceTypeVolume}, tagged)
		require.Equal(t, types.LaunchTemplateHttpTokensStateRequired, data.MetadataOptions.HttpTokens)
		script, err := base64.StdEncoding.DecodeString(*data.UserData)
		require.NoError(t, err)
		require.Contains(t, string(script), "/etc/peppercorn/env")
	})
}

func texts(s provision.State) map[string]string {
	all := map[string]string{}
	for name, value := range s.Outputs {
		all[name] = value.String()
	}
	return all
}

// TestATemplateThatWasDeletedIsMadeAnew would fail with a client token that does not change: EC2 would give back the id of
// the one that is gone.
func TestATemplateThatWasDeletedIsMadeAnew(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cloud := ec2test.New(wire)
		d := ec2driver.New(cloud.Client())
		first, err := d.Create(t.Context(), call(template()))
		require.NoError(t, err)
		require.NoError(t, d.Delete(t.Context(), first))
		started := time.Now()
		again, err := d.Create(t.Context(), call(template()))
		require.NoError(t, err)
		require.NotEqual(t, first.ID, again.ID)
		require.Less(t, time.Since(started), time.Minute)
		_, err = d.Await(t.Context(), again)
		require.NoError(t, err)
	})
}

func TestALostReplyOfATemplateIsRepeatedWithItsToken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cloud := ec2test.New()
		d := ec2driver.New(cloud.Client())
		lab := labOf(cloud, d)
		cloud.Cloud().Inject(sim.Fault{Match: sim.On("EC2", "CreateLaunchTemplate"), Times: 1, Kind: sim.LostReply})
		s := lab.Created(t.Context(), t, call(template()))
		require.Len(t, cloud.LaunchTemplates(), 1)
		sent := lab.Sent("CreateLaunchTemplate")
		require.Len(t, sent, 2)
		require.Equal(t, sent[0], sent[1])

		again := lab.Created(t.Context(), t, call(template())) // by another process: another token, the same name
		require.Equal(t, s, again)
		sent = lab.Sent("CreateLaunchTemplate")
		require.NotEqual(t, *sent[0].(*ec2.CreateLaunchTemplateInput).ClientToken, *sent[2].(*ec2.CreateLaunchTemplateInput).ClientToken)
		require.Len(t, cloud.LaunchTemplates(), 1)
	})
}

func TestTheNextAttemptsTemplateIsForeign(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cloud := ec2test.New()
		d := ec2driver.New(cloud.Client())
		c := call(template())
		id := cloud.AddLaunchTemplate(c.Name(125, ""), tagsOf(func(o *provision.Owner) { o.Attempt = "a2" }))
		_, err := d.Create(t.Context(), c)
		var foreign *provision.ForeignError
		require.ErrorAs(t, err, &foreign)
		require.Equal(t, id, foreign.ID)
		s := provision.State{Kind: kinds.LaunchTemplateKind, ID: id, Owner: owner, Node: "web"}
		require.ErrorIs(t, d.Delete(t.Context(), s), provision.ErrForeign)
		_, err = d.Await(t.Context(), s)
		require.ErrorIs(t, err, provision.ErrForeign)
		require.Len(t, cloud.LaunchTemplates(), 1)
	})
}

// TestMembersOfAnAutoScalingGroupAreTheGroups would fail if the instances of a group, which carry its tags, were taken for
// instances of the environment: they would be counted, and deleted, one by one.
func TestMembersOfAnAutoScalingGroupAreTheGroups(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cloud := ec2test.New()
		d := ec2driver.New(cloud.Client())
		s, err := d.Create(t.Context(), call(template()))
		require.NoError(t, err)
		tags := provision.Call{Owner: owner, Node: "fleet"}.Tags()
		tags["aws:autoscaling:groupName"] = "shop-fleet"
		member, _, err := cloud.Launch(ec2test.Launch{Region: "us-east-1", Template: s.ID, Zone: "us-east-1b", Tags: tags})
		require.NoError(t, err)

		found, err := labOf(cloud, d).Found(t.Context(), owner)
		require.NoError(t, err)
		require.Equal(t, []provision.State{s}, found)

		// A node of that very name gets an instance of its own.
		own, err := d.Create(t.Context(), provision.Call{Owner: owner, Node: "fleet", Spec: web()})
		require.NoError(t, err)
		require.NotEqual(t, member, own.ID)
	})
}

func TestATemplateIsCheckedBeforeTheFirstCall(t *testing.T) {
	t.Parallel()
	cloud := ec2test.New()
	spec := template()
	spec.Environment = map[string]provision.Text{"A": provision.Text(make([]byte, kinds.MaxUserData))}
	require.ErrorContains(t, ec2driver.New(cloud.Client()).Validate(call(spec)), "NUL")
	spec.Environment, spec.Script = map[string]provision.Text{"A": "1"}, "#!"+string(make([]byte, kinds.MaxUserData-2))
	require.ErrorContains(t, ec2driver.New(cloud.Client()).Validate(call(spec)), "EC2 allows 16384")
	require.Empty(t, cloud.Cloud().Calls())
}

func TestErrorsOfTemplatesNameThemAndUnwrap(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cloud := ec2test.New()
		d := ec2driver.New(cloud.Client())
		s, err := d.Create(t.Context(), call(template()))
		require.NoError(t, err)
		for op, do := range map[string]func() error{
			"CreateLaunchTemplate":    func() error { _, err := d.Create(t.Context(), call(template())); return err },
			"DescribeLaunchTemplates": func() error { _, err := d.Await(t.Context(), s); return err },
			"DeleteLaunchTemplate":    func() error { return d.Delete(t.Context(), s) },
		} {
			remove := cloud.Cloud().Inject(sim.Fault{
				Match: sim.On("EC2", op), Kind: sim.Fail, Err: sim.Error("UnauthorizedOperation", "not for you", 403),
			})
			err := do()
			remove()
			var api smithy.APIError
			require.ErrorAs(t, err, &api, op)
			require.Equal(t, "UnauthorizedOperation", api.ErrorCode())
			require.ErrorContains(t, err, "launch template ")
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err = d.Create(ctx, call(template()))
		require.ErrorIs(t, err, context.Canceled)
	})
}
