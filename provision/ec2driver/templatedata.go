package ec2driver

import (
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

// templateData says what a request for an instance says in the words of a launch template. So an instance that a group
// makes is like one that the driver makes itself. The tags of its volumes come from here only: an Auto Scaling group gives
// its own tags to instances, but not to volumes.
func templateData(run *ec2.RunInstancesInput) *types.RequestLaunchTemplateData {
	data := &types.RequestLaunchTemplateData{
		ImageId:          run.ImageId,
		InstanceType:     run.InstanceType,
		KeyName:          run.KeyName,
		UserData:         run.UserData,
		SecurityGroupIds: run.SecurityGroupIds,
	}
	if p := run.IamInstanceProfile; p != nil {
		data.IamInstanceProfile = &types.LaunchTemplateIamInstanceProfileSpecificationRequest{Arn: p.Arn, Name: p.Name}
	}
	if m := run.MetadataOptions; m != nil {
		data.MetadataOptions = &types.LaunchTemplateInstanceMetadataOptionsRequest{
			HttpEndpoint:            types.LaunchTemplateInstanceMetadataEndpointState(m.HttpEndpoint),
			HttpTokens:              types.LaunchTemplateHttpTokensState(m.HttpTokens),
			HttpPutResponseHopLimit: m.HttpPutResponseHopLimit,
		}
	}
	for _, disk := range run.BlockDeviceMappings {
		data.BlockDeviceMappings = append(data.BlockDeviceMappings, types.LaunchTemplateBlockDeviceMappingRequest{
			DeviceName: disk.DeviceName,
			Ebs: &types.LaunchTemplateEbsBlockDeviceRequest{
				DeleteOnTermination: disk.Ebs.DeleteOnTermination,
				Encrypted:           disk.Ebs.Encrypted,
				VolumeSize:          disk.Ebs.VolumeSize,
			},
		})
	}
	for _, card := range run.NetworkInterfaces {
		data.NetworkInterfaces = append(data.NetworkInterfaces, types.LaunchTemplateInstanceNetworkInterfaceSpecificationRequest{
			DeviceIndex:              card.DeviceIndex,
			AssociatePublicIpAddress: card.AssociatePublicIpAddress,
			DeleteOnTermination:      card.DeleteOnTermination,
			Groups:                   card.Groups,
		})
	}
	for _, spec := range run.TagSpecifications {
		data.TagSpecifications = append(data.TagSpecifications, types.LaunchTemplateTagSpecificationRequest{
			ResourceType: spec.ResourceType, Tags: spec.Tags,
		})
	}
	return data
}
