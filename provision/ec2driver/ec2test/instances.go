package ec2test

import (
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// An instance has its states by the clock: nothing moves it from one to the next.
type instance struct {
	age
	id, reservation   string
	in                *ec2.RunInstancesInput // what it was run with
	tags              []types.Tag
	userData          []byte
	subnet            types.Subnet
	groups            []string
	eni               string
	volumes           []string
	privateIP, public string // public is empty if it gets no public address

	protected, impaired bool
	stopped             time.Time          // when it was stopped; zero if it was not
	dies                time.Time          // when it begins to shut down; zero if it does not
	fails               bool               // dies without shutting down, because it did not start
	reason              *types.StateReason // why it dies or was stopped
}

// end is when the instance is terminated, if it is to be.
func (i *instance) end(w *world) (time.Time, bool) {
	switch {
	case i.dies.IsZero():
		return time.Time{}, false
	case i.fails:
		return i.dies, true
	}
	return i.dies.Add(max(w.ec2.opts.Shutdown, 0)), true
}

func (i *instance) state(w *world) types.InstanceStateName {
	now := time.Now()
	ended, dying := i.end(w)
	switch {
	case dying && !now.Before(ended):
		return types.InstanceStateNameTerminated
	case dying && !i.fails:
		return types.InstanceStateNameShuttingDown
	case !i.stopped.IsZero():
		return types.InstanceStateNameStopped
	case now.Before(i.born.Add(w.ec2.opts.Boot)):
		return types.InstanceStateNamePending
	}
	return types.InstanceStateNameRunning
}

var stateCodes = map[types.InstanceStateName]int32{
	types.InstanceStateNamePending: 0, types.InstanceStateNameRunning: 16, types.InstanceStateNameShuttingDown: 32,
	types.InstanceStateNameTerminated: 48, types.InstanceStateNameStopping: 64, types.InstanceStateNameStopped: 80,
}

func showState(name types.InstanceStateName) *types.InstanceState {
	return &types.InstanceState{Name: name, Code: aws.Int32(stateCodes[name])}
}

// instance finds the instance that a call addresses.
func (w *world) instance(id string) (*instance, error) {
	if err := wellFormed(id, "i", "InvalidInstanceID.Malformed"); err != nil {
		return nil, err
	}
	if i := w.instances[id]; i != nil && w.isKnown(i.age) {
		return i, nil
	}
	return nil, noInstance(id)
}

func noInstance(id string) error {
	return refuse("InvalidInstanceID.NotFound", fmt.Sprintf("The instance ID '%s' does not exist", id))
}

func instanceSeq(i *instance) int { return i.seq }

func (w *world) describeInstances(in *ec2.DescribeInstancesInput) (*ec2.DescribeInstancesOutput, error) {
	if in.MaxResults != nil && len(in.InstanceIds) > 0 {
		return nil, refuse("InvalidParameterCombination",
			"The parameter instancesSet cannot be used with the parameter maxResults")
	}
	for _, id := range in.InstanceIds {
		if _, err := w.instance(id); err != nil {
			return nil, err
		}
	}
	var found []*instance
	for _, i := range inOrder(w.instances, instanceSeq) {
		ok, err := matches(in.Filters, func(name string) ([]string, bool) { return w.instanceValue(i, name) })
		if err != nil {
			return nil, err
		}
		if ok && w.isKnown(i.age) && wanted(in.InstanceIds, i.id) {
			found = append(found, i)
		}
	}
	found, next, err := page(w, found, instanceSeq, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &ec2.DescribeInstancesOutput{NextToken: next}
	for _, i := range found {
		if n := len(out.Reservations); n == 0 || *out.Reservations[n-1].ReservationId != i.reservation {
			out.Reservations = append(out.Reservations, types.Reservation{
				ReservationId: aws.String(i.reservation), OwnerId: aws.String(w.account()),
			})
		}
		r := &out.Reservations[len(out.Reservations)-1]
		r.Instances = append(r.Instances, w.showInstance(i))
	}
	return out, nil
}

func (w *world) instanceValue(i *instance, filter string) (values []string, known bool) {
	shown := w.showInstance(i)
	one := func(value *string) ([]string, bool) {
		if value == nil {
			return nil, true
		}
		return []string{*value}, true
	}
	switch filter {
	case "instance-id":
		return one(shown.InstanceId)
	case "instance-state-name":
		return []string{string(shown.State.Name)}, true
	case "instance-type":
		return []string{string(shown.InstanceType)}, true
	case "image-id":
		return one(shown.ImageId)
	case "client-token":
		return one(shown.ClientToken)
	case "vpc-id", "network-interface.vpc-id":
		return one(shown.VpcId)
	case "subnet-id", "network-interface.subnet-id":
		return one(shown.SubnetId)
	case "availability-zone":
		return one(shown.Placement.AvailabilityZone)
	case "reservation-id":
		return []string{i.reservation}, true
	case "dns-name":
		return one(shown.PublicDnsName)
	case "ip-address":
		return one(shown.PublicIpAddress)
	case "private-ip-address":
		return one(shown.PrivateIpAddress)
	case "instance.group-id":
		for _, g := range shown.SecurityGroups {
			values = append(values, *g.GroupId)
		}
		return values, true
	}
	return tagFilter(filter, shown.Tags)
}

// showInstance is how EC2 describes an instance now. A terminated one has lost what it had of the network.
func (w *world) showInstance(i *instance) types.Instance {
	state := i.state(w)
	shown := types.Instance{
		InstanceId:     aws.String(i.id),
		ImageId:        i.in.ImageId,
		InstanceType:   i.in.InstanceType,
		KeyName:        i.in.KeyName,
		ClientToken:    i.in.ClientToken,
		LaunchTime:     aws.Time(i.born.UTC()),
		AmiLaunchIndex: aws.Int32(0),
		State:          showState(state),
		Placement:      &types.Placement{AvailabilityZone: i.subnet.AvailabilityZone, Tenancy: types.TenancyDefault},
		RootDeviceType: types.DeviceTypeEbs,
		Tags:           w.shownTags(i.age, i.tags),
		PublicDnsName:  aws.String(""),
		PrivateDnsName: aws.String(""),
	}
	if image, err := w.image(aws.ToString(i.in.ImageId)); err == nil {
		shown.RootDeviceName, shown.Architecture = image.RootDeviceName, image.Architecture
	}
	if m := i.in.MetadataOptions; m != nil {
		shown.MetadataOptions = &types.InstanceMetadataOptionsResponse{
			HttpTokens: m.HttpTokens, HttpEndpoint: m.HttpEndpoint, HttpPutResponseHopLimit: m.HttpPutResponseHopLimit,
			State: types.InstanceMetadataOptionsStateApplied,
		}
	}
	w.showDeath(i, state, &shown)
	if state == types.InstanceStateNameTerminated {
		return shown
	}
	shown.VpcId, shown.SubnetId = i.subnet.VpcId, i.subnet.SubnetId
	shown.PrivateIpAddress, shown.PrivateDnsName = aws.String(i.privateIP), aws.String(w.privateName(i.privateIP))
	if state == types.InstanceStateNameRunning && i.public != "" {
		shown.PublicIpAddress, shown.PublicDnsName = aws.String(i.public), aws.String(w.publicName(i.public))
	}
	for _, id := range i.groups {
		shown.SecurityGroups = append(shown.SecurityGroups, w.showGroupName(id))
	}
	if p := i.in.IamInstanceProfile; p != nil {
		shown.IamInstanceProfile = &types.IamInstanceProfile{Arn: aws.String(w.profileARN(p))}
	}
	shown.NetworkInterfaces = []types.InstanceNetworkInterface{{
		NetworkInterfaceId: aws.String(i.eni), SubnetId: i.subnet.SubnetId, VpcId: i.subnet.VpcId,
		PrivateIpAddress: aws.String(i.privateIP), Groups: shown.SecurityGroups, Status: types.NetworkInterfaceStatusInUse,
	}}
	for _, id := range i.volumes {
		if v := w.volumes[id]; v != nil {
			shown.BlockDeviceMappings = append(shown.BlockDeviceMappings, types.InstanceBlockDeviceMapping{
				DeviceName: aws.String(v.device),
				Ebs:        &types.EbsInstanceBlockDevice{VolumeId: aws.String(v.id), DeleteOnTermination: aws.Bool(v.goes)},
			})
		}
	}
	return shown
}

// showDeath tells why an instance is on its way out, gone or stopped.
func (w *world) showDeath(i *instance, state types.InstanceStateName, shown *types.Instance) {
	switch state {
	case types.InstanceStateNameShuttingDown, types.InstanceStateNameTerminated:
		shown.StateReason = i.reason
		shown.StateTransitionReason = aws.String(fmt.Sprintf("User initiated (%s)", i.dies.UTC().Format("2006-01-02 15:04:05 GMT")))
	case types.InstanceStateNameStopped:
		shown.StateReason = i.reason
	}
}

func (w *world) showGroupName(id string) types.GroupIdentifier {
	shown := types.GroupIdentifier{GroupId: aws.String(id)}
	if g := w.groups[id]; g != nil {
		shown.GroupName = aws.String(g.name)
	}
	return shown
}

func (w *world) describeInstanceStatus(in *ec2.DescribeInstanceStatusInput) (*ec2.DescribeInstanceStatusOutput, error) {
	for _, id := range in.InstanceIds {
		if _, err := w.instance(id); err != nil {
			return nil, err
		}
	}
	if len(in.Filters) > 0 {
		return nil, refuse("NotSimulated", "the simulated EC2 has no filters for DescribeInstanceStatus")
	}
	var found []*instance
	for _, i := range inOrder(w.instances, instanceSeq) {
		shown := i.state(w) == types.InstanceStateNameRunning || aws.ToBool(in.IncludeAllInstances)
		if shown && w.isKnown(i.age) && wanted(in.InstanceIds, i.id) {
			found = append(found, i)
		}
	}
	found, next, err := page(w, found, instanceSeq, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &ec2.DescribeInstanceStatusOutput{NextToken: next}
	for _, i := range found {
		status := types.SummaryStatusOk
		switch {
		case i.state(w) != types.InstanceStateNameRunning:
			status = types.SummaryStatusNotApplicable
		case i.impaired:
			status = types.SummaryStatusImpaired
		case time.Since(i.born) < w.ec2.opts.Boot+w.ec2.opts.Checks:
			status = types.SummaryStatusInitializing
		}
		out.InstanceStatuses = append(out.InstanceStatuses, types.InstanceStatus{
			InstanceId:       aws.String(i.id),
			AvailabilityZone: i.subnet.AvailabilityZone,
			InstanceState:    showState(i.state(w)),
			InstanceStatus:   &types.InstanceStatusSummary{Status: status},
			SystemStatus:     &types.InstanceStatusSummary{Status: status},
		})
	}
	return out, nil
}

// terminateInstances checks all ids before it does anything. A protected instance spares those of its availability zone
// only: the others are terminated, although the call fails (EC2 user guide, terminating instances).
func (w *world) terminateInstances(in *ec2.TerminateInstancesInput) (*ec2.TerminateInstancesOutput, error) {
	if b := w.ec2.touched["TerminateInstances"]; b != nil && !b.TakeN(len(in.InstanceIds)) {
		return nil, throttled()
	}
	var all []*instance
	var refusal error
	protected := map[string]bool{} // zones
	for _, id := range in.InstanceIds {
		i, err := w.instance(id)
		if err != nil {
			return nil, err
		}
		all = append(all, i)
		if i.protected && i.dies.IsZero() {
			protected[aws.ToString(i.subnet.AvailabilityZone)] = true
			refusal = refuse("OperationNotPermitted", fmt.Sprintf("The instance '%s' may not be terminated. Modify its "+
				"'disableApiTermination' instance attribute and try again.", id))
		}
	}
	if err := dryRun(in.DryRun); err != nil {
		return nil, err
	}
	out := &ec2.TerminateInstancesOutput{}
	for _, i := range all {
		if protected[aws.ToString(i.subnet.AvailabilityZone)] {
			continue
		}
		before := i.state(w)
		i.die("Client.UserInitiatedShutdown", "Client.UserInitiatedShutdown: User initiated shutdown")
		out.TerminatingInstances = append(out.TerminatingInstances, types.InstanceStateChange{
			InstanceId: aws.String(i.id), PreviousState: showState(before), CurrentState: showState(i.state(w)),
		})
	}
	w.settle(time.Now())
	if refusal != nil {
		return nil, refusal
	}
	return out, nil
}

// die begins the end of an instance, once. One that is about to fail by itself is ended all the same.
func (i *instance) die(code, message string) {
	if !i.dies.IsZero() && !(i.fails && time.Now().Before(i.dies)) {
		return
	}
	i.dies, i.fails = time.Now(), false
	i.reason = &types.StateReason{Code: aws.String(code), Message: aws.String(message)}
}

// publicName and privateName are as in a VPC with DNS host names.
func (w *world) publicName(ip string) string {
	if w.region == "us-east-1" {
		return "ec2-" + dashed(ip) + ".compute-1.amazonaws.com"
	}
	return "ec2-" + dashed(ip) + "." + w.region + ".compute.amazonaws.com"
}

func (w *world) privateName(ip string) string {
	if w.region == "us-east-1" {
		return "ip-" + dashed(ip) + ".ec2.internal"
	}
	return "ip-" + dashed(ip) + "." + w.region + ".compute.internal"
}

func dashed(ip string) string {
	b := []byte(ip)
	for n := range b {
		if b[n] == '.' {
			b[n] = '-'
		}
	}
	return string(b)
}

// tokenUse is what a client token was first used for.
type tokenUse struct {
	in        *ec2.RunInstancesInput
	instances []*instance
}

// isDead reports whether all instances of a token are terminated.
func (u *tokenUse) isDead(w *world) bool {
	return !slices.ContainsFunc(u.instances, func(i *instance) bool { return i.state(w) != types.InstanceStateNameTerminated })
}
