package ec2test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

type group struct {
	age
	id, name, description, vpc string
	tags                       []types.Tag
	rules                      map[rule]string // with descriptions
	also                       []string        // VPCs that it is associated with beside its own
}

// groupText is the alphabet of names and descriptions (API reference, CreateSecurityGroup).
var groupText = regexp.MustCompile(`^[a-zA-Z0-9 ._\-:/()#,@\[\]+=&;{}!$*]{1,255}$`)

func (w *world) createSecurityGroup(in *ec2.CreateSecurityGroupInput) (*ec2.CreateSecurityGroupOutput, error) {
	name, description := aws.ToString(in.GroupName), aws.ToString(in.Description)
	switch {
	case !groupText.MatchString(name):
		return nil, refuse("InvalidParameterValue", fmt.Sprintf("Value (%s) for parameter GroupName is invalid. "+
			"It must have 1 to 255 characters of a-z, A-Z, 0-9, spaces and ._-:/()#,@[]+=&;{}!$*", name))
	case strings.HasPrefix(name, "sg-"):
		return nil, refuse("InvalidParameterValue", fmt.Sprintf("Value (%s) for parameter GroupName is invalid. "+
			"Group names may not be in the format sg-*", name))
	case strings.EqualFold(name, "default"):
		return nil, refuse("InvalidGroup.Reserved", "The security group 'default' is reserved")
	case !groupText.MatchString(description):
		return nil, refuse("InvalidParameterValue", fmt.Sprintf("Value (%s) for parameter GroupDescription is invalid. "+
			"It must have 1 to 255 characters of a-z, A-Z, 0-9, spaces and ._-:/()#,@[]+=&;{}!$*", description))
	}
	vpc, err := w.vpcFor(in.VpcId)
	if err != nil {
		return nil, err
	}
	tags, err := birthTags(in.TagSpecifications, types.ResourceTypeSecurityGroup)
	if err != nil {
		return nil, err
	}
	for _, g := range w.groups {
		if g.vpc == vpc && strings.EqualFold(g.name, name) {
			return nil, refuse("InvalidGroup.Duplicate",
				fmt.Sprintf("The security group '%s' already exists for VPC '%s'", name, vpc))
		}
	}
	if err := dryRun(in.DryRun); err != nil {
		return nil, err
	}
	g := w.newGroup(name, description, vpc, tags[types.ResourceTypeSecurityGroup])
	return &ec2.CreateSecurityGroupOutput{GroupId: aws.String(g.id), Tags: g.tags, SecurityGroupArn: aws.String(w.arn(g))}, nil
}

// newGroup makes a group with AWS's default rule: all IPv4 traffic may go out.
func (w *world) newGroup(name, description, vpc string, tags []types.Tag) *group {
	g := &group{
		age: w.birth(), id: w.id("sg"), name: name, description: description, vpc: vpc, tags: tags,
		rules: map[rule]string{{egress: true, protocol: "-1", from: -1, to: -1, peer: "0.0.0.0/0"}: ""},
	}
	w.groups[g.id] = g
	return g
}

func (w *world) vpcFor(id *string) (string, error) {
	if id == nil {
		if vpc := w.defaultVPC(); vpc != "" {
			return vpc, nil
		}
		return "", refuse("VPCIdNotSpecified", "No default VPC for this user")
	}
	for _, vpc := range w.vpcs {
		if *vpc.VpcId == *id {
			return *id, nil
		}
	}
	return "", refuse("InvalidVpcID.NotFound", fmt.Sprintf("The vpc ID '%s' does not exist", *id))
}

// group finds the group that a call addresses by id or, in the default VPC, by name.
func (w *world) group(id, name *string) (*group, error) {
	if id == nil {
		for _, g := range w.groups {
			if name != nil && g.vpc == w.defaultVPC() && g.name == *name && w.isKnown(g.age) {
				return g, nil
			}
		}
		if name == nil {
			return nil, refuse("MissingParameter", "The request must contain the parameter groupName or groupId")
		}
		return nil, noGroup(*name)
	}
	if err := wellFormed(*id, "sg", "InvalidGroupId.Malformed"); err != nil {
		return nil, err
	}
	if g := w.groups[*id]; g != nil && w.isKnown(g.age) {
		return g, nil
	}
	return nil, noGroup(*id)
}

func noGroup(id string) error {
	return refuse("InvalidGroup.NotFound", fmt.Sprintf("The security group '%s' does not exist", id))
}

func (w *world) describeSecurityGroups(in *ec2.DescribeSecurityGroupsInput) (*ec2.DescribeSecurityGroupsOutput, error) {
	if in.MaxResults != nil && len(in.GroupIds) > 0 {
		return nil, refuse("InvalidParameterCombination", "The parameter GroupIds cannot be used with the parameter MaxResults")
	}
	for _, id := range in.GroupIds {
		if _, err := w.group(&id, nil); err != nil {
			return nil, err
		}
	}
	for _, name := range in.GroupNames {
		if _, err := w.group(nil, &name); err != nil {
			return nil, err
		}
	}
	var found []*group
	for _, g := range inOrder(w.groups, groupSeq) {
		named := len(in.GroupNames) == 0 || g.vpc == w.defaultVPC() && wanted(in.GroupNames, g.name)
		ok, err := matches(in.Filters, func(name string) ([]string, bool) { return w.groupValue(g, name) })
		if err != nil {
			return nil, err
		}
		if ok && named && w.isKnown(g.age) && wanted(in.GroupIds, g.id) {
			found = append(found, g)
		}
	}
	found, next, err := page(w, found, groupSeq, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &ec2.DescribeSecurityGroupsOutput{NextToken: next}
	for _, g := range found {
		out.SecurityGroups = append(out.SecurityGroups, w.showGroup(g))
	}
	return out, nil
}

func groupSeq(g *group) int { return g.seq }

func (w *world) groupValue(g *group, filter string) (values []string, known bool) {
	switch filter {
	case "group-id":
		return []string{g.id}, true
	case "group-name":
		return []string{g.name}, true
	case "description":
		return []string{g.description}, true
	case "vpc-id":
		return []string{g.vpc}, true
	case "owner-id":
		return []string{w.account()}, true
	case "ip-permission.group-id", "egress.ip-permission.group-id", "ip-permission.cidr", "egress.ip-permission.cidr",
		"ip-permission.ipv6-cidr", "egress.ip-permission.ipv6-cidr":
		for r := range g.rules {
			if r.egress == strings.HasPrefix(filter, "egress.") {
				values = append(values, r.peer)
			}
		}
		return values, true
	}
	return tagFilter(filter, w.shownTags(g.age, g.tags))
}

func (w *world) showGroup(g *group) types.SecurityGroup {
	return types.SecurityGroup{
		GroupId:             aws.String(g.id),
		GroupName:           aws.String(g.name),
		Description:         aws.String(g.description),
		VpcId:               aws.String(g.vpc),
		OwnerId:             aws.String(w.account()),
		SecurityGroupArn:    aws.String(w.arn(g)),
		Tags:                w.shownTags(g.age, g.tags),
		IpPermissions:       w.permissions(g, false),
		IpPermissionsEgress: w.permissions(g, true),
	}
}

func (w *world) arn(g *group) string {
	return fmt.Sprintf("arn:aws:ec2:%s:%s:security-group/%s", w.region, w.account(), g.id)
}

// deleteSecurityGroup refuses while a network interface carries the group or another group has a rule about it. A
// group's rules about itself do not matter.
func (w *world) deleteSecurityGroup(in *ec2.DeleteSecurityGroupInput) (*ec2.DeleteSecurityGroupOutput, error) {
	g, err := w.group(in.GroupId, in.GroupName)
	if err != nil {
		return nil, err
	}
	if g.name == "default" {
		return nil, refuse("CannotDelete",
			fmt.Sprintf("the specified group: %q name: %q cannot be deleted by a user", g.id, g.name))
	}
	if w.isUsed(g) {
		return nil, refuse("DependencyViolation", fmt.Sprintf("resource %s has a dependent object", g.id))
	}
	if err := dryRun(in.DryRun); err != nil {
		return nil, err
	}
	delete(w.groups, g.id)
	return &ec2.DeleteSecurityGroupOutput{GroupId: aws.String(g.id), Return: aws.Bool(true)}, nil
}

func (w *world) isUsed(g *group) bool {
	for _, n := range w.enis {
		if slices.Contains(n.groups, g.id) {
			return true
		}
	}
	for _, other := range w.groups {
		for r := range other.rules {
			if other != g && r.peer == g.id {
				return true
			}
		}
	}
	return false
}
