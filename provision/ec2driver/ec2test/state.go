package ec2test

import (
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/peppercorn-go/peppercorn/internal/sim"
)

// home is the world of the cloud's own region, which is the one that the methods of this file speak of.
func (e *EC2) home() *world {
	w := e.world(e.cloud.Options().Region)
	w.settle(time.Now())
	return w
}

// Instances returns all instances as Describe would show them, also those whose ids have not got around yet, and the
// terminated ones that are still shown. In order of their launch.
func (e *EC2) Instances() []types.Instance {
	e.mu.Lock()
	defer e.mu.Unlock()
	w := e.home()
	var all []types.Instance
	for _, i := range inOrder(w.instances, instanceSeq) {
		shown := w.showInstance(i)
		shown.Tags = i.tags
		all = append(all, shown)
	}
	return sim.Clone(all)
}

// LiveInstances returns those of [EC2.Instances] that are not terminated.
func (e *EC2) LiveInstances() []types.Instance {
	return slices.DeleteFunc(e.Instances(), func(i types.Instance) bool {
		return i.State.Name == types.InstanceStateNameTerminated
	})
}

// SecurityGroups returns all groups but the default groups of VPCs, also those whose ids have not got around yet. In order
// of their creation.
func (e *EC2) SecurityGroups() []types.SecurityGroup {
	e.mu.Lock()
	defer e.mu.Unlock()
	w := e.home()
	var all []types.SecurityGroup
	for _, g := range inOrder(w.groups, groupSeq) {
		if g.name == "default" {
			continue
		}
		shown := w.showGroup(g)
		shown.Tags = g.tags
		all = append(all, shown)
	}
	return sim.Clone(all)
}

// Volumes returns all volumes, attached or left over, in order of their creation.
func (e *EC2) Volumes() []types.Volume {
	e.mu.Lock()
	defer e.mu.Unlock()
	var all []types.Volume
	for _, v := range inOrder(e.home().volumes, volumeSeq) {
		all = append(all, showVolume(v))
	}
	return sim.Clone(all)
}

// NetworkInterfaces returns all network interfaces, in order of their creation.
func (e *EC2) NetworkInterfaces() []types.NetworkInterface {
	e.mu.Lock()
	defer e.mu.Unlock()
	w := e.home()
	var all []types.NetworkInterface
	for _, n := range inOrder(w.enis, eniSeq) {
		all = append(all, w.showENI(n))
	}
	return sim.Clone(all)
}

// UserData returns the user data of an instance, decoded.
func (e *EC2) UserData(id string) []byte {
	e.mu.Lock()
	defer e.mu.Unlock()
	if i := e.home().instances[id]; i != nil {
		return slices.Clone(i.userData)
	}
	return nil
}

// DefaultVPC returns the id of the default VPC, and OtherVPC that of the other one.
func (e *EC2) DefaultVPC() string { return e.vpc(true) }

// OtherVPC returns the id of the VPC that is not the default one.
func (e *EC2) OtherVPC() string { return e.vpc(false) }

func (e *EC2) vpc(isDefault bool) string {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, vpc := range e.home().vpcs {
		if *vpc.IsDefault == isDefault {
			return *vpc.VpcId
		}
	}
	return ""
}

// Subnets returns the ids of the three subnets of a VPC.
func (e *EC2) Subnets(vpc string) []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	var ids []string
	for _, s := range e.home().subnets {
		if *s.VpcId == vpc {
			ids = append(ids, *s.SubnetId)
		}
	}
	return ids
}

// AddSecurityGroup makes somebody's group of that very name in a VPC ("" is the default one), with these tags, and
// returns its id.
func (e *EC2) AddSecurityGroup(name, vpc string, tags map[string]string) string {
	e.mu.Lock()
	defer e.mu.Unlock()
	w := e.home()
	if vpc == "" {
		vpc = w.defaultVPC()
	}
	g := w.newGroup(name, "not ours", vpc, tagList(tags))
	g.born = time.Time{}
	return g.id
}

// AddRule gives a group a rule that lets all members of another group in, and so makes it depend on that one.
func (e *EC2) AddRule(group, from string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	_, err := e.home().authorizeIngress(&ec2.AuthorizeSecurityGroupIngressInput{
		GroupId: aws.String(group),
		IpPermissions: []types.IpPermission{{
			IpProtocol: aws.String("-1"), UserIdGroupPairs: []types.UserIdGroupPair{{GroupId: aws.String(from)}},
		}},
	})
	return err
}

// AddInstance runs somebody's instance with these tags and groups, and returns its id. It is running at once.
func (e *EC2) AddInstance(tags map[string]string, groups ...string) (string, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	w := e.home()
	in := &ec2.RunInstancesInput{
		MinCount: aws.Int32(1), MaxCount: aws.Int32(1), ImageId: e.opts.Images[0].ImageId,
		InstanceType: types.InstanceType(e.opts.InstanceTypes[0]), SecurityGroupIds: groups,
	}
	if len(tags) > 0 {
		in.TagSpecifications = []types.TagSpecification{{ResourceType: types.ResourceTypeInstance, Tags: tagList(tags)}}
	}
	out, err := w.runInstances(in)
	if err != nil {
		return "", err
	}
	id := aws.ToString(out.Instances[0].InstanceId)
	w.instances[id].born = time.Now().Add(-e.opts.Boot - e.opts.Lag - e.opts.TagLag)
	return id, nil
}

// AddNetworkInterface makes an interface that carries a group, as load balancers and functions have them, and returns its
// id. [EC2.RemoveNetworkInterface] takes it away.
func (e *EC2) AddNetworkInterface(group, description string) (string, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	w := e.home()
	g, err := w.group(&group, nil)
	if err != nil {
		return "", err
	}
	n := &eni{age: age{seq: w.next()}, id: w.id("eni"), description: description, groups: []string{g.id}}
	for _, s := range w.subnets {
		if *s.VpcId == g.vpc {
			n.subnet = s
		}
	}
	w.enis[n.id] = n
	return n.id, nil
}

// RemoveNetworkInterface takes an interface away.
func (e *EC2) RemoveNetworkInterface(id string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.home().enis, id)
}

// Kill is AWS terminating an instance at once, with a reason such as "Server.InternalError".
func (e *EC2) Kill(id, code, message string) error {
	return e.change(id, func(i *instance) {
		i.die(code, message)
		i.fails = true
	})
}

// Stop is somebody stopping an instance.
func (e *EC2) Stop(id string) error {
	return e.change(id, func(i *instance) {
		i.stopped = time.Now()
		i.reason = &types.StateReason{
			Code: aws.String("Client.UserInitiatedShutdown"), Message: aws.String("Client.UserInitiatedShutdown: User initiated shutdown"),
		}
	})
}

// Impair makes the status checks of an instance fail.
func (e *EC2) Impair(id string) error { return e.change(id, func(i *instance) { i.impaired = true }) }

// Protect switches termination protection on or off.
func (e *EC2) Protect(id string, on bool) error {
	return e.change(id, func(i *instance) { i.protected = on })
}

func (e *EC2) change(id string, fn func(*instance)) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	w := e.home()
	i := w.instances[id]
	if i == nil {
		return fmt.Errorf("ec2test: there is no instance %s", id)
	}
	fn(i)
	w.settle(time.Now())
	return nil
}
