package ec2driver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

const (
	// maxToken is the longest client token of RunInstances.
	maxToken = 64
	// maxDead is how many dead instances of one node in one attempt the driver looks past before it gives up: something
	// keeps killing them.
	maxDead = 20
)

// createInstance finds the node's instance or runs one.
func (d *Driver) createInstance(ctx context.Context, c provision.Call, spec kinds.Instance) (provision.State, error) {
	instance, dead, err := d.nodeInstance(ctx, c)
	if err != nil {
		return provision.State{}, fmt.Errorf("ec2driver: node %q: look for its instance: %w", c.Node, err)
	}
	if instance == nil {
		instance, err = d.runInstance(ctx, c, spec, dead)
		if err != nil {
			return provision.State{}, fmt.Errorf("ec2driver: node %q: run instance: %w", c.Node, err)
		}
	}
	id := aws.ToString(instance.InstanceId)
	if err := c.CheckOwner(kinds.InstanceKind, id, tagMap(instance.Tags)); err != nil {
		return provision.State{}, err
	}
	s, _ := instanceState(instance)
	if s.Deleting {
		return provision.State{}, fmt.Errorf("ec2driver: node %q: instance %s: %w", c.Node, id, provision.ErrDeleting)
	}
	s.Outputs = map[string]provision.Value{"ID": provision.TextValue(id)}
	return s, nil
}

// nodeInstance returns the instance that the node has in this attempt, or nil, and how many dead ones are still shown.
// Should there be several, which client tokens prevent, the eldest that lives is the one: every deployer picks the same.
func (d *Driver) nodeInstance(ctx context.Context, c provision.Call) (instance *types.Instance, dead int, err error) {
	filters := append(owned(c.Owner), filter("tag:"+provision.TagNode, c.Tags()[provision.TagNode]))
	for i, err := range d.instances(ctx, filters) {
		switch {
		case err != nil:
			return nil, 0, err
		case c.CheckOwner(kinds.InstanceKind, aws.ToString(i.InstanceId), tagMap(i.Tags)) != nil, isMember(&i):
		case stateName(&i) == types.InstanceStateNameTerminated:
			dead++
		case instance == nil || precedes(&i, instance):
			instance = &i
		}
	}
	return instance, dead, nil
}

func precedes(a, b *types.Instance) bool {
	dying := func(i *types.Instance) int {
		if stateName(i) == types.InstanceStateNameShuttingDown {
			return 1
		}
		return 0
	}
	return cmp.Or(dying(a)-dying(b),
		aws.ToTime(a.LaunchTime).Compare(aws.ToTime(b.LaunchTime)),
		cmp.Compare(aws.ToString(a.InstanceId), aws.ToString(b.InstanceId))) < 0
}

// runInstance asks with a client token that counts the node's dead instances, and counts on when EC2 answers with one
// more. However few of them two deployers see, both end at the same token, and so with the same instance.
func (d *Driver) runInstance(ctx context.Context, c provision.Call, spec kinds.Instance, dead int) (*types.Instance, error) {
	in, err := d.runInput(ctx, c, spec)
	if err != nil {
		return nil, err
	}
	for n := dead; n <= dead+maxDead; n++ {
		in.ClientToken = aws.String(c.Token(maxToken, strconv.Itoa(n)))
		answered, err := d.runOnce(ctx, in)
		if err != nil {
			return nil, err
		}
		if answered == nil {
			continue
		}
		instance, err := d.instanceVisible(ctx, answered)
		if err != nil {
			return nil, err
		}
		if instance != nil {
			return instance, nil
		}
	}
	return nil, fmt.Errorf("%d instances of this node have been terminated in this attempt; something keeps killing them", maxDead)
}

// runOnce returns the instance that EC2 has for a client token, new or old, or nil if EC2 says that it is dead.
func (d *Driver) runOnce(ctx context.Context, in *ec2.RunInstancesInput) (*types.Instance, error) {
	var out *ec2.RunInstancesOutput
	err := d.onceKnown(ctx, codeGroupNotFound, func() (err error) {
		out, err = d.api.RunInstances(ctx, in, d.patient)
		return err
	})
	switch {
	case hasCode(err, codeTokenDead):
		return nil, nil
	case hasCode(err, codeTokenMismatch):
		return nil, fmt.Errorf("this attempt has asked for this instance before, with other parameters; "+
			"terminate the environment and deploy it again: %w", err)
	case err != nil:
		return nil, err
	case len(out.Instances) != 1:
		return nil, fmt.Errorf("EC2 answered with %d instances, 1 was asked for", len(out.Instances))
	case stateName(&out.Instances[0]) == types.InstanceStateNameTerminated:
		return nil, nil
	}
	return &out.Instances[0], nil
}

// instanceVisible waits until EC2 knows the instance that it answered with, with its tags. It returns nil if the answer
// was about an instance of the past that is dead or forgotten. A new one that is dead already has failed to start: that
// is for Await to say, and no reason to run the next one.
func (d *Driver) instanceVisible(ctx context.Context, answered *types.Instance) (*types.Instance, error) {
	id := aws.ToString(answered.InstanceId)
	isNew := time.Since(aws.ToTime(answered.LaunchTime)) < newborn
	var instance *types.Instance
	err := d.poll(ctx, d.opts.Visible, func() (done bool, err error) {
		instance, err = d.describeInstance(ctx, id)
		return instance != nil && len(instance.Tags) > 0, err
	})
	switch {
	case err != nil && !errors.Is(err, errLate):
		return nil, err
	case instance == nil && isNew:
		return nil, fmt.Errorf("EC2 runs %s, but does not know it: %w", id, err)
	case instance == nil:
		return nil, nil
	case stateName(instance) == types.InstanceStateNameTerminated && !isNew:
		return nil, nil
	}
	return instance, nil // also without tags: then it is not ours, and that is what the caller will say
}

// newborn is the age below which an instance that EC2 answers with may be one that this very call has run. It allows for
// clocks that differ.
const newborn = 10 * time.Minute

// describeInstance returns an instance, or nil if EC2 does not know it.
func (d *Driver) describeInstance(ctx context.Context, id string) (*types.Instance, error) {
	out, err := d.api.DescribeInstances(ctx, &ec2.DescribeInstancesInput{InstanceIds: []string{id}}, d.patient)
	if hasCode(err, codeInstanceNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for _, r := range out.Reservations {
		for i := range r.Instances {
			return &r.Instances[i], nil
		}
	}
	return nil, nil
}

// instances lists the instances that pass all filters, in every state.
func (d *Driver) instances(ctx context.Context, filters []types.Filter) iter.Seq2[types.Instance, error] {
	return each(ctx, d, ec2.NewDescribeInstancesPaginator(d.api, &ec2.DescribeInstancesInput{
		Filters:    filters,
		MaxResults: aws.Int32(maxResults),
	}), func(page *ec2.DescribeInstancesOutput) (all []types.Instance) {
		for _, r := range page.Reservations {
			all = append(all, r.Instances...)
		}
		return all
	})
}

func (d *Driver) findInstances(ctx context.Context, o provision.Owner) iter.Seq2[provision.State, error] {
	return func(yield func(provision.State, error) bool) {
		if o.Registry == "" {
			return
		}
		for i, err := range d.instances(ctx, append(owned(o), filter("instance-state-name", shown...))) {
			if err != nil {
				yield(provision.State{}, fmt.Errorf("ec2driver: list instances: %w", err))
				return
			}
			if s, ok := instanceState(&i); ok && !isMember(&i) && o.Matches(tagMap(i.Tags)) && !yield(s, nil) {
				return
			}
		}
	}
}

// isMember reports whether an instance is part of an Auto Scaling group, which gives it this tag and all of its own. A tag
// of that name cannot be given by anybody but AWS.
func isMember(i *types.Instance) bool {
	_, ok := tagMap(i.Tags)["aws:autoscaling:groupName"]
	return ok
}

// shown are the states of an instance but "terminated": EC2 goes on showing terminated ones for about an hour.
var shown = []string{
	string(types.InstanceStateNamePending),
	string(types.InstanceStateNameRunning),
	string(types.InstanceStateNameStopping),
	string(types.InstanceStateNameStopped),
	string(types.InstanceStateNameShuttingDown),
}

// instanceState reports false if the instance's tags are not ours.
func instanceState(i *types.Instance) (provision.State, bool) {
	tags := tagMap(i.Tags)
	s := provision.State{
		Kind: kinds.InstanceKind,
		ID:   aws.ToString(i.InstanceId),
		Name: tags["Name"],
		Outputs: map[string]provision.Value{
			"ID":         provision.TextValue(aws.ToString(i.InstanceId)),
			"PrivateIP":  provision.TextValue(aws.ToString(i.PrivateIpAddress)),
			"PrivateDNS": provision.TextValue(aws.ToString(i.PrivateDnsName)),
			"PublicIP":   provision.TextValue(aws.ToString(i.PublicIpAddress)),
			"PublicDNS":  provision.TextValue(aws.ToString(i.PublicDnsName)),
			"Subnet":     provision.TextValue(aws.ToString(i.SubnetId)),
			"Zone":       provision.TextValue(""),
		},
		Deleting: stateName(i) == types.InstanceStateNameShuttingDown,
	}
	if i.Placement != nil {
		s.Outputs["Zone"] = provision.TextValue(aws.ToString(i.Placement.AvailabilityZone))
	}
	ok := provision.StateOwner(&s, tags)
	return s, ok
}

func stateName(i *types.Instance) types.InstanceStateName {
	if i.State == nil {
		return ""
	}
	return i.State.Name
}

// deleteInstance terminates an instance that is still ours, or looks whether it has come to its end. Ids of instances are
// never given out again.
func (d *Driver) deleteInstance(ctx context.Context, s provision.State) error {
	instance, err := d.describeInstance(ctx, s.ID)
	switch {
	case err != nil:
		return fmt.Errorf("ec2driver: describe instance %s: %w", s.ID, err)
	case instance == nil || stateName(instance) == types.InstanceStateNameTerminated:
		return nil
	case !ours(s, tagMap(instance.Tags)):
		return foreign(s, tagMap(instance.Tags))
	case stateName(instance) == types.InstanceStateNameShuttingDown:
		return fmt.Errorf("ec2driver: instance %s: %w", s.ID, provision.ErrDeleting)
	}
	_, err = d.api.TerminateInstances(ctx, &ec2.TerminateInstancesInput{InstanceIds: []string{s.ID}}, d.patient)
	switch {
	case err == nil:
		return fmt.Errorf("ec2driver: instance %s: %w", s.ID, provision.ErrDeleting)
	case hasCode(err, codeInstanceNotFound):
		return nil
	case hasCode(err, codeProtected):
		return fmt.Errorf("ec2driver: instance %s has termination protection, which somebody switched on by hand; "+
			"it stays until they switch it off (its attribute disableApiTermination): %w", s.ID, err)
	}
	return fmt.Errorf("ec2driver: terminate instance %s: %w", s.ID, err)
}
