package ec2driver

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/peppercorn-go/peppercorn/internal/listing"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// maxGroupName is the longest name of a security group.
const maxGroupName = 255

// createGroup makes a group or finds the one that an earlier call made, and gives it the rules that it lacks. EC2 makes a
// group and its rules in different calls, so a crash may have left a group without some of them.
func (d *Driver) createGroup(ctx context.Context, c provision.Call, spec kinds.SecurityGroup) (provision.State, error) {
	wanted, err := wantedRules(spec)
	if err != nil {
		return provision.State{}, fmt.Errorf("ec2driver: node %q: %w", c.Node, err)
	}
	name := c.Name(maxGroupName, "")
	description := spec.Description
	if description == "" {
		description = fmt.Sprintf("%s of %s", c.Node, c.Owner.App)
	}
	out, err := d.api.CreateSecurityGroup(ctx, &ec2.CreateSecurityGroupInput{
		GroupName:         aws.String(name),
		Description:       aws.String(description),
		VpcId:             optional(spec.VPC),
		TagSpecifications: []types.TagSpecification{tagSpec(types.ResourceTypeSecurityGroup, name, c.Tags())},
	}, d.patient)
	var group *types.SecurityGroup
	switch {
	case err == nil:
		group, err = d.groupVisible(ctx, aws.ToString(out.GroupId), c.Tags())
	case hasCode(err, codeGroupDuplicate):
		group, err = d.groupNamed(ctx, c, name, string(spec.VPC))
	}
	if err != nil {
		return provision.State{}, fmt.Errorf("ec2driver: create security group %s: %w", name, err)
	}
	id := aws.ToString(group.GroupId)
	if err := c.CheckOwner(kinds.SecurityGroupKind, id, tagMap(group.Tags)); err != nil {
		return provision.State{}, err
	}
	if err := d.completeRules(ctx, group, wanted, spec.NoEgress || len(spec.Egress) > 0); err != nil {
		return provision.State{}, fmt.Errorf("ec2driver: rules of security group %s (%s): %w", id, name, err)
	}
	s, _ := groupState(group)
	delete(s.Outputs, "VPC") // only what is early: what is read here may be read elsewhere before EC2 knows the group there
	return s, nil
}

// groupVisible waits until EC2 knows a group that it has just made, with tags.
func (d *Driver) groupVisible(ctx context.Context, id string, tags map[string]string) (*types.SecurityGroup, error) {
	var group *types.SecurityGroup
	err := d.poll(ctx, d.opts.Visible, func() (done bool, err error) {
		group, err = d.describeGroup(ctx, id)
		return group != nil && (len(tags) == 0 || len(group.Tags) > 0), err
	})
	if err != nil && group == nil {
		return nil, fmt.Errorf("EC2 made %s, but does not know it: %w", id, err)
	}
	// Tags that did not show up in time fail the ownership check.
	if errors.Is(err, errLate) {
		err = nil
	}
	return group, err
}

// groupNamed finds the group by which EC2 called a name taken. One without any tags may be ours, made a moment ago by
// another deployer and not shown with its tags yet; it is given some time.
func (d *Driver) groupNamed(ctx context.Context, c provision.Call, name, vpc string) (*types.SecurityGroup, error) {
	var group *types.SecurityGroup
	started := time.Now()
	err := d.poll(ctx, d.opts.Visible, func() (done bool, err error) {
		group, err = d.lookUpName(ctx, c, name, vpc)
		return group != nil && (len(group.Tags) > 0 || time.Since(started) >= maxLag), err
	})
	if err != nil && group == nil {
		return nil, fmt.Errorf("EC2 says that the name is taken, but lists no group that has it: %w", err)
	}
	if errors.Is(err, errLate) {
		err = nil
	}
	return group, err
}

// lookUpName returns a group of that name, or nil. Ours is preferred, because without a VPC in the spec the name may exist
// in several. EC2 ignores the case of names where it makes groups and heeds it where it finds them, so if nothing has the
// very name all are looked at.
func (d *Driver) lookUpName(ctx context.Context, c provision.Call, name, vpc string) (group *types.SecurityGroup, err error) {
	var all []types.Filter
	if vpc != "" {
		all = append(all, filter("vpc-id", vpc))
	}
	exact := append(slices.Clone(all), filter("group-name", name))
	for _, filters := range [][]types.Filter{exact, all} {
		for g, err := range d.groups(ctx, filters) {
			if err != nil {
				return nil, err
			}
			if !strings.EqualFold(aws.ToString(g.GroupName), name) {
				continue
			}
			if c.CheckOwner(kinds.SecurityGroupKind, aws.ToString(g.GroupId), tagMap(g.Tags)) == nil {
				return &g, nil
			}
			if group == nil {
				group = &g
			}
		}
		if group != nil {
			return group, nil
		}
	}
	return nil, nil
}

// describeGroup returns a group, or nil if EC2 does not know it.
func (d *Driver) describeGroup(ctx context.Context, id string) (*types.SecurityGroup, error) {
	out, err := d.api.DescribeSecurityGroups(ctx, &ec2.DescribeSecurityGroupsInput{GroupIds: []string{id}}, d.patient)
	if hasCode(err, codeGroupNotFound) {
		return nil, nil
	}
	if err != nil || len(out.SecurityGroups) == 0 {
		return nil, err
	}
	return &out.SecurityGroups[0], nil
}

// groups lists the groups that pass all filters.
func (d *Driver) groups(ctx context.Context, filters []types.Filter) iter.Seq2[types.SecurityGroup, error] {
	return each(ctx, d, ec2.NewDescribeSecurityGroupsPaginator(d.api, &ec2.DescribeSecurityGroupsInput{
		Filters:    filters,
		MaxResults: aws.Int32(maxResults),
	}), func(page *ec2.DescribeSecurityGroupsOutput) []types.SecurityGroup { return page.SecurityGroups })
}

// each gives everything on pages, which can be read once. An error ends it, and is the last that it gives.
func each[Page, T any](
	ctx context.Context, d *Driver, pages listing.Pages[Page, ec2.Options], on func(Page) []T,
) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx, d.patient)
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, thing := range on(page) {
				if !yield(thing, nil) {
					return
				}
			}
		}
	}
}

// maxResults is the largest page that EC2 gives.
const maxResults = 1000

func (d *Driver) awaitGroup(ctx context.Context, s provision.State) (provision.State, error) {
	group, err := d.groupVisible(ctx, s.ID, nil)
	switch {
	case errors.Is(err, errLate):
		return provision.State{}, fmt.Errorf("ec2driver: security group %s: %w: %w", s.ID, provision.ErrGone, err)
	case err != nil:
		return provision.State{}, fmt.Errorf("ec2driver: describe security group %s: %w", s.ID, err)
	}
	ready, ok := groupState(group)
	if !ok || !ours(s, tagMap(group.Tags)) {
		return provision.State{}, foreign(s, tagMap(group.Tags))
	}
	return ready, nil
}

func (d *Driver) findGroups(ctx context.Context, o provision.Owner) iter.Seq2[provision.State, error] {
	return func(yield func(provision.State, error) bool) {
		if o.Registry == "" {
			return
		}
		for g, err := range d.groups(ctx, owned(o)) {
			if err != nil {
				yield(provision.State{}, fmt.Errorf("ec2driver: list security groups: %w", err))
				return
			}
			if s, ok := groupState(&g); ok && o.Matches(tagMap(g.Tags)) && !yield(s, nil) {
				return
			}
		}
	}
}

// groupState reports false if the group's tags are not ours.
func groupState(g *types.SecurityGroup) (provision.State, bool) {
	s := provision.State{
		Kind: kinds.SecurityGroupKind,
		ID:   aws.ToString(g.GroupId),
		Name: aws.ToString(g.GroupName),
		Outputs: map[string]provision.Value{
			"ID":   provision.TextValue(aws.ToString(g.GroupId)),
			"Name": provision.TextValue(aws.ToString(g.GroupName)),
			"VPC":  provision.TextValue(aws.ToString(g.VpcId)),
		},
	}
	ok := provision.StateOwner(&s, tagMap(g.Tags))
	return s, ok
}

// deleteGroup deletes a group that is still ours. Its id is never given to another group, so nothing can take its place
// between the look and the deed.
func (d *Driver) deleteGroup(ctx context.Context, s provision.State) error {
	group, err := d.describeGroup(ctx, s.ID)
	switch {
	case err != nil:
		return fmt.Errorf("ec2driver: describe security group %s: %w", s.ID, err)
	case group == nil:
		return nil
	case !ours(s, tagMap(group.Tags)):
		return foreign(s, tagMap(group.Tags))
	}
	_, err = d.api.DeleteSecurityGroup(ctx, &ec2.DeleteSecurityGroupInput{GroupId: group.GroupId}, d.patient)
	switch {
	case err == nil, hasCode(err, codeGroupNotFound):
		return nil
	case hasCode(err, codeDependency, codeGroupInUse):
		return &provision.BusyError{Kind: s.Kind, ID: s.ID, Blocker: d.groupBlocker(ctx, s), Err: err}
	}
	return fmt.Errorf("ec2driver: delete security group %s: %w", s.ID, err)
}

func foreign(s provision.State, tags map[string]string) error {
	return &provision.ForeignError{Kind: s.Kind, ID: s.ID, Node: s.Node, Tags: tags}
}
