package ec2test

import (
	"encoding/base64"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// Limits of RunInstances.
const (
	maxToken    = 64
	maxUserData = 16 << 10
	maxGroups   = 5
	maxHops     = 64
)

func (w *world) runInstances(in *ec2.RunInstancesInput) (*ec2.RunInstancesOutput, error) {
	if token := aws.ToString(in.ClientToken); token != "" {
		if out, err := w.replay(token, in); out != nil || err != nil {
			return out, err
		}
	}
	l, err := w.planLaunch(in)
	if err != nil {
		return nil, err
	}
	if b := w.ec2.touched["RunInstances"]; b != nil && !b.TakeN(int(*in.MaxCount)) {
		return nil, throttled()
	}
	if err := dryRun(in.DryRun); err != nil {
		return nil, err
	}
	use := &tokenUse{in: in}
	reservation := w.id("r")
	for range *in.MaxCount {
		use.instances = append(use.instances, w.launch(l, reservation))
	}
	if token := aws.ToString(in.ClientToken); token != "" {
		w.tokens[token] = use
	}
	return w.showRun(use), nil
}

// replay answers a client token that was used before: the same request gives the same instances, in whatever state they
// are, and another one is refused.
func (w *world) replay(token string, in *ec2.RunInstancesInput) (*ec2.RunInstancesOutput, error) {
	if len(token) > maxToken || strings.ContainsFunc(token, func(c rune) bool { return c > 127 }) {
		return nil, refuse("InvalidParameterValue", fmt.Sprintf("Value (%s) for parameter clientToken is invalid. "+
			"It may have up to %d ASCII characters", token, maxToken))
	}
	use := w.tokens[token]
	switch {
	case use == nil:
		return nil, nil
	case !reflect.DeepEqual(use.in, in):
		return nil, refuse("IdempotentParameterMismatch", "Arguments on this idempotent request are inconsistent with "+
			"arguments used in previous request(s).")
	case w.ec2.opts.DeadTokens == AnswerRefusal && use.isDead(w):
		return nil, refuse("IdempotentInstanceTerminated", "The request to launch an instance uses the same client token "+
			"as a previous request for which the instance has been terminated.")
	}
	out := w.showRun(use)
	if w.ec2.opts.DeadTokens == AnswerPending && use.isDead(w) {
		for i := range out.Instances {
			out.Instances[i].State = showState(types.InstanceStateNamePending)
		}
	}
	return out, nil
}

// showRun is the answer. It has the tags, however long Describe may not show them.
func (w *world) showRun(use *tokenUse) *ec2.RunInstancesOutput {
	out := &ec2.RunInstancesOutput{
		ReservationId: aws.String(use.instances[0].reservation),
		OwnerId:       aws.String(w.account()),
	}
	for _, i := range use.instances {
		shown := w.showInstance(i)
		shown.Tags = slices.Clone(i.tags)
		out.Instances = append(out.Instances, shown)
	}
	return out
}

// A launch is a checked request.
type launch struct {
	in       *ec2.RunInstancesInput
	image    *types.Image
	subnet   *types.Subnet
	groups   []string
	public   bool
	userData []byte
	tags     map[types.ResourceType][]types.Tag
	disks    []volume
}

// planLaunch makes all checks.
func (w *world) planLaunch(in *ec2.RunInstancesInput) (*launch, error) {
	if err := simulated(in); err != nil {
		return nil, err
	}
	l := &launch{in: in}
	for _, check := range []func(*launch) error{
		w.checkCount, w.checkImage, w.checkNetwork, w.checkGroups, w.checkProfile, w.checkUserData, w.checkDisks,
		w.checkMetadata, w.checkBirthTags,
	} {
		if err := check(l); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// simulated refuses parameters that this package does not know, so that no test passes because one was ignored.
func simulated(in *ec2.RunInstancesInput) error {
	known := []string{
		"MinCount", "MaxCount", "BlockDeviceMappings", "ClientToken", "DisableApiTermination", "DryRun", "IamInstanceProfile",
		"ImageId", "InstanceType", "KeyName", "MetadataOptions", "NetworkInterfaces", "SecurityGroupIds", "SubnetId",
		"TagSpecifications", "UserData", "InstanceInitiatedShutdownBehavior", "Monitoring",
	}
	v := reflect.ValueOf(in).Elem()
	for n := range v.NumField() {
		f := v.Type().Field(n)
		if f.IsExported() && !v.Field(n).IsZero() && !slices.Contains(known, f.Name) {
			return refuse("NotSimulated", "the simulated RunInstances does not know the parameter "+f.Name)
		}
	}
	return nil
}

func (w *world) checkCount(l *launch) error {
	if least, most := *l.in.MinCount, *l.in.MaxCount; least < 1 || least > most {
		return refuse("InvalidParameterValue", fmt.Sprintf("Value (%d) for parameter minCount is invalid. "+
			"It must be at least 1 and at most maxCount (%d)", least, most))
	}
	return nil
}

func (w *world) checkImage(l *launch) error {
	if l.in.ImageId == nil {
		return refuse("MissingParameter", "The request must contain the parameter ImageId")
	}
	image, err := w.image(*l.in.ImageId)
	if err != nil {
		return err
	}
	if image.State != types.ImageStateAvailable {
		return refuse("InvalidAMIID.Unavailable", fmt.Sprintf("The image ID '%s' is not available", *l.in.ImageId))
	}
	l.image = image
	if kind := string(l.in.InstanceType); !slices.Contains(w.ec2.opts.InstanceTypes, kind) {
		return refuse("InvalidParameterValue", fmt.Sprintf("Invalid value '%s' for InstanceType.", kind))
	}
	if key := aws.ToString(l.in.KeyName); key != "" && !slices.Contains(w.ec2.opts.KeyPairs, key) {
		return refuse("InvalidKeyPair.NotFound", fmt.Sprintf("The key pair '%s' does not exist", key))
	}
	return nil
}

// checkNetwork finds the subnet and whether there is to be a public address. What a network interface says must not be
// said beside it.
func (w *world) checkNetwork(l *launch) error {
	id, public := l.in.SubnetId, (*bool)(nil)
	l.groups = l.in.SecurityGroupIds
	switch n := l.in.NetworkInterfaces; {
	case len(n) > 1:
		return refuse("NotSimulated", "the simulated RunInstances knows one network interface only")
	case len(n) == 1 && l.in.SubnetId != nil:
		return refuse("InvalidParameterCombination", "Network interfaces and an instance-level subnet ID may not be specified on the same request")
	case len(n) == 1 && len(l.in.SecurityGroupIds) > 0:
		return refuse("InvalidParameterCombination", "Network interfaces and an instance-level security groups may not be specified on the same request")
	case len(n) == 1 && (n[0].DeviceIndex == nil || *n[0].DeviceIndex != 0):
		return refuse("InvalidParameterValue", "Each network interface requires a device index; the primary one is 0.")
	case len(n) == 1:
		id, public, l.groups = n[0].SubnetId, n[0].AssociatePublicIpAddress, n[0].Groups
	}
	if id == nil {
		for i := range w.subnets {
			if *w.subnets[i].VpcId == w.defaultVPC() {
				l.subnet = &w.subnets[i]
				break
			}
		}
		if l.subnet == nil {
			return refuse("VPCIdNotSpecified", "No default VPC for this user. GroupName is only supported for EC2-Classic and default VPC.")
		}
	} else if l.subnet = w.subnet(*id); l.subnet == nil {
		return noSubnet(*id)
	}
	l.public = *l.subnet.MapPublicIpOnLaunch
	if public != nil {
		l.public = *public
	}
	return nil
}

func (w *world) checkGroups(l *launch) error {
	if len(l.groups) > maxGroups {
		return refuse("SecurityGroupsPerInstanceLimitExceeded", fmt.Sprintf("The maximum number of security groups per interface is %d.", maxGroups))
	}
	seen := map[string]bool{}
	for _, id := range l.groups {
		g, err := w.group(&id, nil)
		switch {
		case err != nil:
			return err
		case seen[id]:
			return refuse("InvalidParameterValue", "Duplicate security group "+id)
		case g.vpc != *l.subnet.VpcId && !slices.Contains(g.also, *l.subnet.VpcId):
			return refuse("InvalidParameter", fmt.Sprintf("Security group %s and subnet %s belong to different networks.", id, *l.subnet.SubnetId))
		}
		seen[id] = true
	}
	if len(l.groups) == 0 {
		for _, g := range w.groups {
			if g.vpc == *l.subnet.VpcId && g.name == "default" {
				l.groups = []string{g.id}
			}
		}
	}
	return nil
}

func (w *world) checkProfile(l *launch) error {
	p := l.in.IamInstanceProfile
	if p == nil {
		return nil
	}
	if p.Name != nil && p.Arn != nil {
		return refuse("InvalidParameterCombination", "The parameter iamInstanceProfile.name may not be used in combination with iamInstanceProfile.arn")
	}
	field, value := "name", aws.ToString(p.Name)
	if p.Arn != nil {
		field, value = "arn", *p.Arn
	}
	if !w.ec2.opts.HasProfile(value[strings.LastIndex(value, "/")+1:]) {
		return refuse("InvalidParameterValue", fmt.Sprintf("Value (%s) for parameter iamInstanceProfile.%s is invalid. "+
			"Invalid IAM Instance Profile %s", value, field, field))
	}
	return nil
}

func (w *world) profileARN(p *types.IamInstanceProfileSpecification) string {
	if p.Arn != nil {
		return *p.Arn
	}
	return fmt.Sprintf("arn:aws:iam::%s:instance-profile/%s", w.account(), aws.ToString(p.Name))
}

func (w *world) checkUserData(l *launch) error {
	data, err := base64.StdEncoding.DecodeString(aws.ToString(l.in.UserData))
	if err != nil {
		return refuse("InvalidUserData.Malformed", "Invalid BASE64 encoding of user data.")
	}
	if len(data) > maxUserData {
		return refuse("InvalidParameterValue", fmt.Sprintf("User data is limited to %d bytes", maxUserData))
	}
	l.userData = data
	return nil
}

// checkDisks lays the request's block devices over the image's.
func (w *world) checkDisks(l *launch) error {
	asked := map[string]types.BlockDeviceMapping{}
	for _, m := range l.in.BlockDeviceMappings {
		device := aws.ToString(m.DeviceName)
		if _, twice := asked[device]; twice || device == "" {
			return refuse("InvalidBlockDeviceMapping", fmt.Sprintf("The device '%s' is used in more than one block-device mapping", device))
		}
		asked[device] = m
	}
	for _, m := range l.image.BlockDeviceMappings {
		disk := volume{device: aws.ToString(m.DeviceName), gib: aws.ToInt32(m.Ebs.VolumeSize), goes: aws.ToBool(m.Ebs.DeleteOnTermination)}
		if over, ok := asked[disk.device]; ok && over.Ebs != nil {
			delete(asked, disk.device)
			if over.Ebs.DeleteOnTermination != nil {
				disk.goes = *over.Ebs.DeleteOnTermination
			}
			if size := aws.ToInt32(over.Ebs.VolumeSize); size != 0 {
				if size < disk.gib {
					return refuse("InvalidBlockDeviceMapping", fmt.Sprintf("Volume of size %dGB is smaller than snapshot '%s', expect size>= %dGB",
						size, aws.ToString(m.Ebs.SnapshotId), disk.gib))
				}
				disk.gib = size
			}
			disk.encrypted = aws.ToBool(over.Ebs.Encrypted)
		}
		l.disks = append(l.disks, disk)
	}
	for device, m := range asked {
		if m.Ebs == nil || aws.ToInt32(m.Ebs.VolumeSize) == 0 {
			return refuse("InvalidBlockDeviceMapping", fmt.Sprintf("The image has no device '%s'; a new one needs a size", device))
		}
		l.disks = append(l.disks, volume{
			device: device, gib: *m.Ebs.VolumeSize, encrypted: aws.ToBool(m.Ebs.Encrypted),
			goes: m.Ebs.DeleteOnTermination == nil || *m.Ebs.DeleteOnTermination,
		})
	}
	slices.SortFunc(l.disks, func(a, b volume) int { return strings.Compare(a.device, b.device) })
	return nil
}

func (w *world) checkMetadata(l *launch) error {
	m := l.in.MetadataOptions
	if m == nil || m.HttpPutResponseHopLimit == nil {
		return nil
	}
	if hops := *m.HttpPutResponseHopLimit; hops < 1 || hops > maxHops {
		return refuse("InvalidParameterValue", fmt.Sprintf("Value (%d) for parameter HttpPutResponseHopLimit is invalid. "+
			"It must be between 1 and %d", hops, maxHops))
	}
	return nil
}

func (w *world) checkBirthTags(l *launch) (err error) {
	l.tags, err = birthTags(l.in.TagSpecifications,
		types.ResourceTypeInstance, types.ResourceTypeVolume, types.ResourceTypeNetworkInterface)
	return err
}

// launch makes an instance with its network interface and volumes.
func (w *world) launch(l *launch, reservation string) *instance {
	i := &instance{
		age: w.birth(), id: w.id("i"), reservation: reservation, in: l.in, userData: l.userData,
		tags: l.tags[types.ResourceTypeInstance], subnet: *l.subnet, groups: slices.Clone(l.groups),
		protected: aws.ToBool(l.in.DisableApiTermination),
	}
	network := strings.TrimSuffix(aws.ToString(l.subnet.CidrBlock), ".0/20")
	i.privateIP = fmt.Sprintf("%s.%d", network, 4+i.seq%250)
	if l.public {
		i.public = fmt.Sprintf("198.51.%d.%d", 100+i.seq/250%100, 1+i.seq%250)
	}
	eni := &eni{
		age: age{seq: w.next(), born: i.born}, id: w.id("eni"), instance: i.id, groups: i.groups,
		subnet: i.subnet, privateIP: i.privateIP, tags: slices.Clone(l.tags[types.ResourceTypeNetworkInterface]),
	}
	i.eni = eni.id
	w.enis[eni.id] = eni
	for _, disk := range l.disks {
		v := disk
		v.age, v.id, v.instance = age{seq: w.next(), born: i.born}, w.id("vol"), i.id
		v.tags = slices.Clone(l.tags[types.ResourceTypeVolume])
		w.volumes[v.id] = &v
		i.volumes = append(i.volumes, v.id)
	}
	if start := w.ec2.opts.Start; start != nil {
		if i.reason = start(l.in); i.reason != nil {
			i.fails, i.dies = true, i.born.Add(max(w.ec2.opts.Boot, 0))
		}
	}
	w.instances[i.id] = i
	w.settle(time.Now())
	return i
}
