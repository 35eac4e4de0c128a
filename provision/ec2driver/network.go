package ec2driver

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// network is a VPC and those of its subnets that were chosen.
type network struct {
	vpc     types.Vpc
	subnets []types.Subnet // in the order of zones and ids
}

// lookNetwork finds the network that was pinned, or chooses one.
func (d *Driver) lookNetwork(ctx context.Context, spec kinds.ExistingNetwork, pin string) (provision.State, string, error) {
	find := d.chooseNetwork
	if len(spec.Subnets) > 0 {
		find, pin = d.namedNetwork, ""
	} else if pin != "" {
		return d.pinnedNetwork(ctx, pin)
	}
	n, err := find(ctx, spec)
	if err != nil {
		return provision.State{}, "", err
	}
	if spec.OnePerZone {
		if err := n.onePerZone(); err != nil {
			return provision.State{}, "", err
		}
	}
	if len(spec.Subnets) == 0 {
		pin, err = n.pin()
	}
	return n.state(), pin, err
}

// chooseNetwork finds a VPC and then its subnets.
func (d *Driver) chooseNetwork(ctx context.Context, spec kinds.ExistingNetwork) (n network, err error) {
	if n.vpc, err = d.chooseVPC(ctx, spec); err != nil {
		return network{}, err
	}
	id := aws.ToString(n.vpc.VpcId)
	filters, field, what := []types.Filter{exactly("vpc-id", id)}, "", "a subnet of VPC "+id
	switch {
	case len(spec.SubnetTags) > 0:
		filters = append(filters, tagged(spec.SubnetTags)...)
		field, what = "SubnetTags", what+" with the tags "+tagText(spec.SubnetTags)
	case spec.VPC == "" && len(spec.Tags) == 0:
		filters = append(filters, filter("default-for-az", "true"))
		what = "a default subnet of the default VPC " + id
	}
	all, err := d.subnets(ctx, filters...)
	if err != nil {
		return network{}, fmt.Errorf("look for %s: %w", what, err)
	}
	n.subnets = slices.DeleteFunc(all, func(s types.Subnet) bool { return s.State != types.SubnetStateAvailable })
	if len(n.subnets) == 0 {
		return network{}, &provision.MissingError{Field: field, What: what}
	}
	return n, nil
}

// chooseVPC finds the VPC that is named, or that has the tags, or the default one.
func (d *Driver) chooseVPC(ctx context.Context, spec kinds.ExistingNetwork) (types.Vpc, error) {
	filters := []types.Filter{filter("is-default", "true")}
	missing := provision.MissingError{What: "the default VPC", Why: "there is none in this account and region; say VPC or Tags"}
	switch {
	case spec.VPC != "":
		filters = []types.Filter{exactly("vpc-id", string(spec.VPC))}
		missing = provision.MissingError{Field: "VPC", What: "VPC " + string(spec.VPC)}
	case len(spec.Tags) > 0:
		filters = tagged(spec.Tags)
		missing = provision.MissingError{Field: "Tags", What: "a VPC with the tags " + tagText(spec.Tags)}
	}
	all, err := d.vpcs(ctx, filters...)
	switch {
	case err != nil:
		return types.Vpc{}, fmt.Errorf("look for %s: %w", missing.What, err)
	case len(all) == 0:
		return types.Vpc{}, &missing
	case len(all) > 1:
		var ids []string
		for _, vpc := range all {
			ids = append(ids, aws.ToString(vpc.VpcId))
		}
		slices.Sort(ids)
		missing.Why = fmt.Sprintf("there are %d: %s; say which is meant by VPC, or by more Tags", len(ids), strings.Join(ids, ", "))
		return types.Vpc{}, &missing
	case all[0].State != types.VpcStateAvailable:
		missing.Why = "its state is " + string(all[0].State)
		return types.Vpc{}, &missing
	}
	return all[0], nil
}

// namedNetwork finds the subnets that are named, and with them their VPC, which must be the one that is meant.
func (d *Driver) namedNetwork(ctx context.Context, spec kinds.ExistingNetwork) (network, error) {
	var ids []string
	for _, id := range spec.Subnets {
		ids = append(ids, string(id))
	}
	found, err := d.subnetsByID(ctx, ids, func(i int) string { return fmt.Sprintf("Subnets[%d]", i) }, "")
	if err != nil {
		return network{}, err
	}
	in := kinds.ExistingNetwork{VPC: spec.VPC, Tags: spec.Tags}
	if in.VPC == "" && len(in.Tags) == 0 {
		in.VPC = provision.Text(aws.ToString(found[0].VpcId))
	}
	vpc, err := d.chooseVPC(ctx, in)
	if err != nil {
		return network{}, err
	}
	var problems []error
	for _, s := range found {
		if id := aws.ToString(s.SubnetId); aws.ToString(s.VpcId) != aws.ToString(vpc.VpcId) {
			problems = append(problems, &provision.MissingError{
				Field: fmt.Sprintf("Subnets[%d]", slices.Index(ids, id)), What: "subnet " + id,
				Why: fmt.Sprintf("is in VPC %s, not in %s", aws.ToString(s.VpcId), aws.ToString(vpc.VpcId)),
			})
		}
	}
	return network{vpc, found}, errors.Join(problems...)
}

// subnetsByID returns these subnets in the order of zones and ids. All must be there and available.
func (d *Driver) subnetsByID(ctx context.Context, ids []string, field func(int) string, remark string) ([]types.Subnet, error) {
	found, err := d.subnets(ctx, exactly("subnet-id", ids...))
	if err != nil {
		return nil, fmt.Errorf("look for subnets %s: %w", strings.Join(ids, ", "), err)
	}
	var problems []error
	for i, id := range ids {
		missing := &provision.MissingError{Field: field(i), What: "subnet " + id + remark}
		at := slices.IndexFunc(found, func(s types.Subnet) bool { return aws.ToString(s.SubnetId) == id })
		switch {
		case at < 0:
			problems = append(problems, missing)
		case found[at].State != types.SubnetStateAvailable:
			missing.Why = "its state is " + string(found[at].State)
			problems = append(problems, missing)
		}
	}
	return found, errors.Join(problems...)
}

// pinnedNetwork finds what a pin names.
func (d *Driver) pinnedNetwork(ctx context.Context, pin string) (provision.State, string, error) {
	vpcID, list, ok := strings.Cut(pin, ":")
	if !ok || vpcID == "" || list == "" {
		return provision.State{}, "", fmt.Errorf("%q is not the pin of a network, such as vpc-1:subnet-1,subnet-2", pin)
	}
	const pinned = ", which is pinned,"
	all, err := d.vpcs(ctx, exactly("vpc-id", vpcID))
	switch {
	case err != nil:
		return provision.State{}, "", fmt.Errorf("look for VPC %s: %w", vpcID, err)
	case len(all) == 0:
		return provision.State{}, "", &provision.MissingError{What: "VPC " + vpcID + pinned}
	}
	found, err := d.subnetsByID(ctx, strings.Split(list, ","), func(int) string { return "" }, pinned)
	if err != nil {
		return provision.State{}, "", err
	}
	return network{all[0], found}.state(), pin, nil
}

// maxPinned is how many subnets fit into a pin of at most 512 characters: with their comma each has 25, and the VPC has 21 and a
// colon.
const maxPinned = (512 - 22 + 1) / 25

// pin writes down what was chosen.
func (n network) pin() (string, error) {
	var ids []string
	for _, s := range n.subnets {
		ids = append(ids, aws.ToString(s.SubnetId))
	}
	if len(ids) > maxPinned {
		return "", wrong("SubnetTags", "%d subnets are too many to be pinned, at most %d are possible; choose fewer, or list them as Subnets",
			len(ids), maxPinned)
	}
	return aws.ToString(n.vpc.VpcId) + ":" + strings.Join(ids, ","), nil
}

// onePerZone refuses subnets that share a zone. To choose one of them would be arbitrary: one may be public, and the other not.
func (n network) onePerZone() error {
	var problems []error
	for i := 1; i < len(n.subnets); i++ {
		a, b := n.subnets[i-1], n.subnets[i]
		if zone := aws.ToString(b.AvailabilityZone); aws.ToString(a.AvailabilityZone) == zone {
			problems = append(problems, &provision.MissingError{
				Field: "OnePerZone", What: "one subnet per zone",
				Why: fmt.Sprintf("%s and %s are both in %s; choose by Subnets or SubnetTags", aws.ToString(a.SubnetId), aws.ToString(b.SubnetId), zone),
			})
		}
	}
	return errors.Join(problems...)
}

// state describes the network by the outputs of [kinds.ExistingNetwork].
func (n network) state() provision.State {
	var ids, zones []string
	for _, s := range n.subnets {
		ids, zones = append(ids, aws.ToString(s.SubnetId)), append(zones, aws.ToString(s.AvailabilityZone))
	}
	id := aws.ToString(n.vpc.VpcId)
	return provision.State{ID: id, Name: tagMap(n.vpc.Tags)["Name"], Outputs: map[string]provision.Value{
		"ID":                provision.TextValue(id),
		"Subnets":           provision.ListValue(ids),
		"AvailabilityZones": provision.ListValue(slices.Compact(zones)),
		"CIDR":              provision.TextValue(aws.ToString(n.vpc.CidrBlock)),
	}}
}

// tagged are the filters for what has all of these tags.
func tagged(tags map[string]provision.Text) []types.Filter {
	var filters []types.Filter
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		filters = append(filters, exactly("tag:"+key, string(tags[key])))
	}
	return filters
}

// tagText writes tags for people.
func tagText(tags map[string]provision.Text) string {
	var all []string
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		all = append(all, key+"="+string(tags[key]))
	}
	return strings.Join(all, ", ")
}
