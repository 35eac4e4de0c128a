package ec2driver

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

var _ provision.Checker = (*Driver)(nil)

// Check asks whether what an instance, a launch template or a security group refers to is there: the image, which must be available;
// subnet and security groups, which must be in one VPC; the default VPC, where none is named; the key pair; and with
// [Options.InstanceProfile] the instance profile.
func (d *Driver) Check(ctx context.Context, c provision.Call) error {
	switch spec := c.Spec.(type) {
	case kinds.SecurityGroup:
		return d.checkGroup(ctx, spec)
	case kinds.Instance:
		var subnets []provision.Text
		if spec.Subnet != "" {
			subnets = append(subnets, spec.Subnet)
		}
		return errors.Join(d.checkImage(ctx, spec.Image), d.checkKey(ctx, spec.KeyName), d.checkProfile(ctx, spec.Profile),
			d.checkPlaces(ctx, fielded("Subnet", subnets, false), fielded("SecurityGroups", spec.SecurityGroups, true), spec.Subnet == ""))
	case kinds.LaunchTemplate:
		return errors.Join(d.checkImage(ctx, spec.Image), d.checkKey(ctx, spec.KeyName), d.checkProfile(ctx, spec.Profile),
			d.CheckNetwork(ctx, nil, spec.SecurityGroups))
	}
	return nil
}

// CheckNetwork asks whether subnets and security groups are there and in one VPC. It is for the Checkers of other drivers, whose
// services refer to them: the errors name the fields Subnets and SecurityGroups. What refers to things that are still to be made is
// passed over, and so is what the principal may not ask about.
func (d *Driver) CheckNetwork(ctx context.Context, subnets, groups []provision.Text) error {
	return d.checkPlaces(ctx, fielded("Subnets", subnets, true), fielded("SecurityGroups", groups, true), false)
}

// referred is something with an id that is in a VPC, and the field that names it.
type referred struct{ field, id string }

// fielded are the texts of a field that are known.
func fielded(field string, texts []provision.Text, isList bool) []referred {
	var known []referred
	for i, text := range texts {
		at := field
		if isList {
			at = fmt.Sprintf("%s[%d]", field, i)
		}
		if text != "" && !text.Pending() {
			known = append(known, referred{at, string(text)})
		}
	}
	return known
}

// checkPlaces asks for subnets, groups, and if so the default VPC, and wants all in one VPC: that of the first that is found.
func (d *Driver) checkPlaces(ctx context.Context, subnets, groups []referred, defaultVPC bool) error {
	var v vpcCheck
	if defaultVPC {
		v.vpc(ctx, d)
	}
	v.add("subnet", subnets, func(ids []string) (map[string]string, error) {
		all, err := d.subnets(ctx, exactly("subnet-id", ids...))
		in := make(map[string]string, len(all))
		for _, s := range all {
			in[aws.ToString(s.SubnetId)] = aws.ToString(s.VpcId)
		}
		return in, err
	})
	v.add(groupWord, groups, func(ids []string) (map[string]string, error) { return d.groupsWithin(ctx, ids, v.id) })
	return errors.Join(v.problems...)
}

// groupWord is what errors call a security group.
const groupWord = "security group"

// groupVPCs returns in which VPC each of these groups is that is there.
func (d *Driver) groupVPCs(ctx context.Context, ids []string) (map[string]string, error) {
	in := make(map[string]string, len(ids))
	for g, err := range d.groups(ctx, []types.Filter{exactly("group-id", ids...)}) {
		if err != nil {
			return nil, err
		}
		in[aws.ToString(g.GroupId)] = aws.ToString(g.VpcId)
	}
	return in, nil
}

// vpcCheck collects what is missing, or in another VPC than what came first.
type vpcCheck struct {
	id, first string // the VPC, and what decided which: "subnet subnet-1 is in"
	anyVPC    bool
	problems  []error
}

// vpc makes the default VPC the one.
func (v *vpcCheck) vpc(ctx context.Context, d *Driver) {
	found, err := d.chooseVPC(ctx, kinds.ExistingNetwork{})
	switch {
	case isDenied(err):
	case errors.Is(err, provision.ErrMissing):
		v.problems = append(v.problems, &provision.MissingError{
			What: "the default VPC", Why: "there is none in this account and region; say in which VPC or subnet it is to be",
		})
	case err != nil:
		v.problems = append(v.problems, err)
	default:
		v.id, v.first = aws.ToString(found.VpcId), "the default VPC, which is meant where no subnet is named, is"
	}
}

// add asks for some places, which must be in the VPC.
func (v *vpcCheck) add(what string, places []referred, ask func(ids []string) (map[string]string, error)) {
	if len(places) == 0 {
		return
	}
	var ids []string
	for _, p := range places {
		if !slices.Contains(ids, p.id) {
			ids = append(ids, p.id)
		}
	}
	in, err := ask(ids)
	if err != nil {
		if !isDenied(err) {
			v.problems = append(v.problems, fmt.Errorf("look for %ss %v: %w", what, ids, err))
		}
		return
	}
	for _, p := range places {
		vpc, ok := in[p.id]
		switch {
		case !ok:
			v.problems = append(v.problems, &provision.MissingError{Field: p.field, What: what + " " + p.id})
		case v.anyVPC:
		case v.id == "":
			v.id, v.first = vpc, what+" "+p.id+" is in"
		case vpc != v.id:
			v.problems = append(v.problems, &provision.MissingError{
				Field: p.field, What: what + " " + p.id, Why: fmt.Sprintf("is in VPC %s, but %s %s", vpc, v.first, v.id),
			})
		}
	}
}

// checkGroup asks for the VPC of a security group and for the groups that its rules name.
func (d *Driver) checkGroup(ctx context.Context, spec kinds.SecurityGroup) error {
	var v vpcCheck
	switch {
	case spec.VPC == "":
		v.vpc(ctx, d)
	case !spec.VPC.Pending():
		_, err := d.chooseVPC(ctx, kinds.ExistingNetwork{VPC: spec.VPC})
		v.problems = append(v.problems, unlessDenied(err))
	}
	var peers []referred
	for _, rules := range []struct {
		field string
		list  []kinds.Rule
	}{{"Ingress", spec.Ingress}, {"Egress", spec.Egress}} {
		for i, rule := range rules.list {
			peers = append(peers, fielded(fmt.Sprintf("%s[%d].Groups", rules.field, i), rule.Groups, true)...)
		}
	}
	// They may be in another VPC that is peered with this one.
	peered := vpcCheck{anyVPC: true}
	peered.add(groupWord, peers, func(ids []string) (map[string]string, error) { return d.groupVPCs(ctx, ids) })
	return errors.Join(append(v.problems, peered.problems...)...)
}

func (d *Driver) checkImage(ctx context.Context, id provision.Text) error {
	if id.Pending() {
		return nil
	}
	_, err := d.usableImage(ctx, "Image", string(id), "")
	return unlessDenied(err)
}

func (d *Driver) checkKey(ctx context.Context, name provision.Text) error {
	if name == "" || name.Pending() {
		return nil
	}
	out, err := d.api.DescribeKeyPairs(ctx, &ec2.DescribeKeyPairsInput{Filters: []types.Filter{exactly("key-name", string(name))}}, d.patient)
	if err == nil && len(out.KeyPairs) == 0 {
		err = &provision.MissingError{Field: "KeyName", What: "key pair " + string(name)}
	}
	return unlessDenied(err)
}

func (d *Driver) checkProfile(ctx context.Context, name provision.Text) error {
	if name == "" || name.Pending() || d.opts.InstanceProfile == nil {
		return nil
	}
	if err := unlessDenied(d.opts.InstanceProfile(ctx, string(name))); err != nil {
		return &provision.BlueprintError{Field: "Profile", Err: err}
	}
	return nil
}

// isDenied reports whether a question may not be asked.
func isDenied(err error) bool {
	return hasCode(err, codeDenied, "AccessDenied", "AccessDeniedException")
}

// unlessDenied returns the error of a question, but none if it may not be asked: the create that follows asks again.
func unlessDenied(err error) error {
	if isDenied(err) {
		return nil
	}
	return err
}
