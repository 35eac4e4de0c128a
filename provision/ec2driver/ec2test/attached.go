package ec2test

import (
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// An eni is a network interface.
type eni struct {
	age
	id, instance, description string
	groups                    []string
	subnet                    types.Subnet
	privateIP                 string
	tags                      []types.Tag

	// Of an interface that another service has; see managed.go.
	service, thing string
	until          time.Time // when it goes; zero if that is not known
}

// A volume is an EBS volume. One that does not go with its instance stays, and costs.
type volume struct {
	age
	id, instance, device string
	gib                  int32
	goes, encrypted      bool
	tags                 []types.Tag
}

func (w *world) describeNetworkInterfaces(in *ec2.DescribeNetworkInterfacesInput) (*ec2.DescribeNetworkInterfacesOutput, error) {
	for _, id := range in.NetworkInterfaceIds {
		if w.enis[id] == nil {
			return nil, refuse("InvalidNetworkInterfaceID.NotFound", fmt.Sprintf("The networkInterface ID '%s' does not exist", id))
		}
	}
	var found []*eni
	for _, n := range inOrder(w.enis, eniSeq) {
		ok, err := matches(in.Filters, func(name string) ([]string, bool) { return eniValue(n, name) })
		if err != nil {
			return nil, err
		}
		if ok && w.isKnown(n.age) && wanted(in.NetworkInterfaceIds, n.id) {
			found = append(found, n)
		}
	}
	found, next, err := page(w, found, eniSeq, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &ec2.DescribeNetworkInterfacesOutput{NextToken: next}
	for _, n := range found {
		out.NetworkInterfaces = append(out.NetworkInterfaces, w.showENI(n))
	}
	return out, nil
}

func eniSeq(n *eni) int { return n.seq }

func eniValue(n *eni, filter string) (values []string, known bool) {
	switch filter {
	case "network-interface-id":
		return []string{n.id}, true
	case "group-id":
		return n.groups, true
	case "subnet-id":
		return []string{*n.subnet.SubnetId}, true
	case "vpc-id":
		return []string{*n.subnet.VpcId}, true
	case "attachment.instance-id":
		return []string{n.instance}, true
	case "description":
		return []string{n.description}, true
	}
	return tagFilter(filter, n.tags)
}

func (w *world) showENI(n *eni) types.NetworkInterface {
	shown := types.NetworkInterface{
		NetworkInterfaceId: aws.String(n.id), Description: aws.String(n.description), SubnetId: n.subnet.SubnetId,
		VpcId: n.subnet.VpcId, AvailabilityZone: n.subnet.AvailabilityZone, OwnerId: aws.String(w.account()),
		PrivateIpAddress: aws.String(n.privateIP), Status: types.NetworkInterfaceStatusAvailable, TagSet: n.tags,
	}
	if n.instance != "" {
		shown.Status = types.NetworkInterfaceStatusInUse
		shown.Attachment = &types.NetworkInterfaceAttachment{InstanceId: aws.String(n.instance), DeviceIndex: aws.Int32(0)}
	}
	n.showService(&shown)
	for _, id := range n.groups {
		shown.Groups = append(shown.Groups, w.showGroupName(id))
	}
	return shown
}

func (w *world) describeVolumes(in *ec2.DescribeVolumesInput) (*ec2.DescribeVolumesOutput, error) {
	for _, id := range in.VolumeIds {
		if w.volumes[id] == nil {
			return nil, refuse("InvalidVolume.NotFound", fmt.Sprintf("The volume '%s' does not exist.", id))
		}
	}
	var found []*volume
	for _, v := range inOrder(w.volumes, volumeSeq) {
		ok, err := matches(in.Filters, func(name string) ([]string, bool) {
			switch name {
			case "volume-id":
				return []string{v.id}, true
			case "attachment.instance-id":
				return []string{v.instance}, true
			}
			return tagFilter(name, v.tags)
		})
		if err != nil {
			return nil, err
		}
		if ok && w.isKnown(v.age) && wanted(in.VolumeIds, v.id) {
			found = append(found, v)
		}
	}
	found, next, err := page(w, found, volumeSeq, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &ec2.DescribeVolumesOutput{NextToken: next}
	for _, v := range found {
		out.Volumes = append(out.Volumes, showVolume(v))
	}
	return out, nil
}

func volumeSeq(v *volume) int { return v.seq }

func showVolume(v *volume) types.Volume {
	shown := types.Volume{
		VolumeId: aws.String(v.id), Size: aws.Int32(v.gib), Encrypted: aws.Bool(v.encrypted), Tags: v.tags,
		State: types.VolumeStateAvailable, CreateTime: aws.Time(v.born),
	}
	if v.instance != "" {
		shown.State = types.VolumeStateInUse
		shown.Attachments = []types.VolumeAttachment{{
			VolumeId: aws.String(v.id), InstanceId: aws.String(v.instance), Device: aws.String(v.device),
			DeleteOnTermination: aws.Bool(v.goes), State: types.VolumeAttachmentStateAttached,
		}}
	}
	return shown
}
