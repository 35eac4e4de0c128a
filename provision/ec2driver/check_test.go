package ec2driver_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/ec2driver"
	"github.com/peppercorn-go/peppercorn/provision/ec2driver/ec2test"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// unjoin takes joined errors apart.
func unjoin(err error) []error {
	var joined interface{ Unwrap() []error }
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &joined):
		return []error{err}
	}
	var all []error
	for _, inner := range joined.Unwrap() {
		all = append(all, unjoin(inner)...)
	}
	return all
}

func TestCheck(t *testing.T) {
	t.Parallel()
	const (
		noImage  = "ami-00000000000000000"
		noSubnet = "subnet-00000000000000000"
		noGroup  = "sg-00000000000000000"
	)
	cloud := ec2test.New(func(o *ec2test.Options) { o.Cloud = append(o.Cloud, func(o *ec2test.CloudOptions) { o.PageSize = 2 }) })
	disabled := cloud.AddImage(types.Image{State: types.ImageStateDisabled})
	here, there := provision.Text(cloud.Subnets(cloud.DefaultVPC())[0]), provision.Text(cloud.Subnets(cloud.OtherVPC())[0])
	groupHere := provision.Text(cloud.AddSecurityGroup("here", "", nil))
	groupThere := provision.Text(cloud.AddSecurityGroup("there", cloud.OtherVPC(), nil))
	// One that is associated with both VPCs, and two that meet in a third.
	groupBoth := provision.Text(cloud.AddSecurityGroup("both", cloud.OtherVPC(), nil))
	meetHere, meetThere := provision.Text(cloud.AddSecurityGroup("meet1", "", nil)), provision.Text(cloud.AddSecurityGroup("meet2", cloud.OtherVPC(), nil))
	third := cloud.AddVPC("10.3", nil)
	require.NoError(t, cloud.AssociateSecurityGroup(string(groupBoth), third))
	require.NoError(t, cloud.AssociateSecurityGroup(string(groupBoth), cloud.DefaultVPC()))
	require.NoError(t, cloud.AssociateSecurityGroup(string(meetHere), third))
	require.NoError(t, cloud.AssociateSecurityGroup(string(meetThere), third))
	profile := func(_ context.Context, name string) error {
		if name == "app" {
			return nil
		}
		return &provision.MissingError{What: "instance profile " + name}
	}
	d := ec2driver.New(cloud.Client(), func(o *ec2driver.Options) { o.InstanceProfile = profile })
	instance := func(change func(*kinds.Instance)) kinds.Instance {
		i := web()
		change(&i)
		return i
	}
	template := func(change func(*kinds.LaunchTemplate)) kinds.LaunchTemplate {
		l := kinds.LaunchTemplate{Image: ec2test.Linux, Type: "t3.micro"}
		change(&l)
		return l
	}
	for _, tt := range []struct {
		name string
		spec provision.Spec
		want []string
	}{
		{"the least instance", web(), nil},
		{"all is there", instance(func(i *kinds.Instance) {
			i.Subnet, i.SecurityGroups, i.KeyName, i.Profile = there, []provision.Text{groupThere}, "ops", "app"
		}), nil},
		{"all is still to be made", instance(func(i *kinds.Instance) {
			i.Image, i.Subnet, i.KeyName, i.Profile = "${{a.ID}}", "${{a.ID}}", "${{a.ID}}", "${{a.ID}}"
			i.SecurityGroups = []provision.Text{"${{a.ID}}"}
		}), nil},
		{"nothing is there", instance(func(i *kinds.Instance) {
			i.Image, i.Subnet, i.KeyName, i.Profile = noImage, noSubnet, "op?", "none"
			i.SecurityGroups = []provision.Text{"${{a.ID}}", noGroup}
		}), []string{
			"Image: image " + noImage + " does not exist: ",
			"KeyName: key pair op? does not exist", "Profile: instance profile none does not exist",
			"Subnet: subnet " + noSubnet + " does not exist", "SecurityGroups[1]: security group " + noGroup + " does not exist",
		}},
		{"a group of another VPC", instance(func(i *kinds.Instance) { i.Subnet, i.SecurityGroups = here, []provision.Text{groupHere, groupThere} }),
			[]string{"SecurityGroups[1]: security group " + string(groupThere) + ": is in VPC " + cloud.OtherVPC() + ", but subnet " + string(here) +
				" is in " + cloud.DefaultVPC()}},
		{"a group that is associated with the VPC", instance(func(i *kinds.Instance) {
			i.Subnet, i.SecurityGroups = here, []provision.Text{groupBoth, groupHere}
		}), nil},
		{"a group that is associated with another VPC", instance(func(i *kinds.Instance) {
			i.Subnet, i.SecurityGroups = here, []provision.Text{groupBoth, meetThere}
		}), []string{"SecurityGroups[1]: security group " + string(meetThere) + ": is in VPC " + cloud.OtherVPC() + ", but subnet"}},
		{"groups that meet", template(func(l *kinds.LaunchTemplate) { l.SecurityGroups = []provision.Text{meetHere, meetThere} }), nil},
		{"groups that do not all meet", template(func(l *kinds.LaunchTemplate) {
			l.SecurityGroups = []provision.Text{meetHere, meetThere, groupHere}
		}), []string{"SecurityGroups[1]: security group " + string(meetThere) + ": is in VPC " + cloud.OtherVPC() + ", but security group"}},
		{"a group outside of the default VPC", instance(func(i *kinds.Instance) { i.SecurityGroups = []provision.Text{groupThere} }),
			[]string{"but the default VPC, which is meant where no subnet is named, is " + cloud.DefaultVPC()}},
		{"a disabled image", instance(func(i *kinds.Instance) { i.Image = provision.Text(disabled) }),
			[]string{"Image: image " + disabled + ": its state is disabled"}},
		{"a template", template(func(l *kinds.LaunchTemplate) { l.SecurityGroups = []provision.Text{groupThere} }), nil},
		{"a template of nothing", template(func(l *kinds.LaunchTemplate) {
			l.Image, l.SecurityGroups = noImage, []provision.Text{groupHere, groupThere}
		}), []string{"Image: image " + noImage + " does not exist: ", "SecurityGroups[1]: security group " + string(groupThere) + ": is in VPC"}},
		{"a group", kinds.SecurityGroup{}, nil},
		{"a group of a VPC", kinds.SecurityGroup{VPC: provision.Text(cloud.OtherVPC()), Ingress: []kinds.Rule{{Protocol: "-1", Groups: []provision.Text{groupHere}}}}, nil},
		{"a group of no VPC", kinds.SecurityGroup{VPC: "vpc-00000000000000000", Egress: []kinds.Rule{kinds.TCP(80, "0.0.0.0/0"), {Groups: []provision.Text{groupHere, groupThere, noGroup}}}},
			[]string{"VPC: VPC vpc-00000000000000000 does not exist", "Egress[1].Groups[2]: security group " + noGroup + " does not exist"}},
		{"a group whose VPC is still to be made", kinds.SecurityGroup{VPC: "${{a.ID}}"}, nil},
		{"of another driver", kinds.Queue{}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			problems := unjoin(d.Check(t.Context(), call(tt.spec)))
			require.Len(t, problems, len(tt.want), "%v", problems)
			for i, want := range tt.want {
				require.ErrorIs(t, problems[i], provision.ErrMissing)
				require.ErrorContains(t, problems[i], want)
			}
		})
	}
	t.Cleanup(func() { require.Empty(t, ops(cloud), "a check changes nothing") })
}

func TestCheckWithoutADefaultVPC(t *testing.T) {
	t.Parallel()
	d := ec2driver.New(ec2test.New(func(o *ec2test.Options) { o.NoDefaultVPC = true }).Client())
	for _, spec := range []provision.Spec{web(), kinds.SecurityGroup{}} {
		err := d.Check(t.Context(), call(spec))
		require.ErrorIs(t, err, provision.ErrMissing)
		require.ErrorContains(t, err, "the default VPC: there is none in this account and region; say in which VPC or subnet it is to be")
	}
}

// Policies that were written before groups could be in several VPCs do not allow to ask whether they are, and old worlds cannot answer.
func TestCheckThatMayNotAskAboutAssociations(t *testing.T) {
	t.Parallel()
	cloud := ec2test.New()
	d := ec2driver.New(cloud.Client())
	i := web()
	i.SecurityGroups = []provision.Text{
		provision.Text(cloud.AddSecurityGroup("here", "", nil)), provision.Text(cloud.AddSecurityGroup("there", cloud.OtherVPC(), nil)),
	}
	for code, want := range map[string]bool{"UnauthorizedOperation": true, "InvalidAction": true, "InvalidParameterValue": false} {
		remove := cloud.Cloud().Inject(sim.Fault{
			Match: sim.On("EC2", "DescribeSecurityGroupVpcAssociations"), Kind: sim.Fail, Err: sim.Error(code, "No.", 400),
		})
		err := d.Check(t.Context(), call(i))
		require.Equal(t, want, err == nil, "%s: %v", code, err)
		remove()
	}
	require.ErrorIs(t, d.Check(t.Context(), call(i)), provision.ErrMissing)
}

// Who may create and not describe is not kept from creating; but what else goes wrong is no answer either.
func TestCheckThatMayNotAsk(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cloud := ec2test.New()
		d := ec2driver.New(cloud.Client(), func(o *ec2driver.Options) {
			o.InstanceProfile = func(context.Context, string) error {
				return sim.Error("AccessDenied", "not authorized to perform: iam:GetInstanceProfile", 403)
			}
		})
		full := web()
		full.KeyName, full.Profile, full.SecurityGroups = "none", "none", []provision.Text{"sg-00000000000000000"}
		remove := cloud.Cloud().Inject(sim.Fault{Kind: sim.Fail, Err: sim.Error("UnauthorizedOperation", "You are not authorized to perform this operation.", 403)})
		require.NoError(t, d.Check(t.Context(), call(full)))
		require.NoError(t, d.Check(t.Context(), call(kinds.SecurityGroup{VPC: "vpc-00000000000000000"})))
		remove()
		cloud.Cloud().Inject(sim.Fault{Kind: sim.Fail, Err: sim.Error("InvalidClientTokenId", "The security token is invalid.", 403)})
		require.ErrorContains(t, d.Check(t.Context(), call(full)), "InvalidClientTokenId")
		require.ErrorContains(t, d.Check(t.Context(), call(kinds.SecurityGroup{})), "InvalidClientTokenId")
	})
}
