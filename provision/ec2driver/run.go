package ec2driver

import (
	"cmp"
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/kinds"
)

// runInput is the request for a node's instance, but for its client token. It must be the same each time: EC2 refuses a
// token that comes with other parameters. So it depends on c and on the image, which nobody can change, and everything in
// it that comes from a map is sorted.
func (d *Driver) runInput(ctx context.Context, c provision.Call, spec kinds.Instance) (*ec2.RunInstancesInput, error) {
	data, err := userData(spec)
	if err != nil {
		return nil, err
	}
	disks, err := d.disks(ctx, spec)
	if err != nil {
		return nil, err
	}
	name, tags := c.Name(maxName, ""), c.Tags()
	in := &ec2.RunInstancesInput{
		MinCount:            aws.Int32(1),
		MaxCount:            aws.Int32(1),
		ImageId:             aws.String(string(spec.Image)),
		InstanceType:        types.InstanceType(spec.Type),
		KeyName:             optional(spec.KeyName),
		BlockDeviceMappings: disks,
		MetadataOptions: &types.InstanceMetadataOptionsRequest{
			HttpEndpoint:            types.InstanceMetadataEndpointStateEnabled,
			HttpTokens:              types.HttpTokensStateRequired,
			HttpPutResponseHopLimit: aws.Int32(int32(max(spec.MetadataHops, 1))),
		},
		TagSpecifications: []types.TagSpecification{
			tagSpec(types.ResourceTypeInstance, name, tags),
			tagSpec(types.ResourceTypeNetworkInterface, name, tags),
		},
	}
	if len(disks) > 0 {
		in.TagSpecifications = append(in.TagSpecifications, tagSpec(types.ResourceTypeVolume, name, tags))
	}
	if len(data) > 0 {
		in.UserData = aws.String(base64.StdEncoding.EncodeToString(data))
	}
	if spec.Profile != "" {
		in.IamInstanceProfile = profile(string(spec.Profile))
	}
	place(in, spec)
	return in, nil
}

// maxName is the longest "Name" tag; nothing else limits what people call an instance.
const maxName = 255

// place says where the instance goes. Whether it gets a public address can be said of a network interface only, and then
// subnet and groups must be said there as well.
func place(in *ec2.RunInstancesInput, spec kinds.Instance) {
	var groups []string
	for _, id := range spec.SecurityGroups {
		groups = append(groups, string(id))
	}
	if spec.PublicIP == kinds.Default {
		in.SubnetId, in.SecurityGroupIds = optional(spec.Subnet), groups
		return
	}
	in.NetworkInterfaces = []types.InstanceNetworkInterfaceSpecification{{
		DeviceIndex:              aws.Int32(0),
		AssociatePublicIpAddress: aws.Bool(spec.PublicIP == kinds.On),
		DeleteOnTermination:      aws.Bool(true),
		SubnetId:                 optional(spec.Subnet),
		Groups:                   groups,
	}}
}

func profile(name string) *types.IamInstanceProfileSpecification {
	if strings.HasPrefix(name, "arn:") {
		return &types.IamInstanceProfileSpecification{Arn: aws.String(name)}
	}
	return &types.IamInstanceProfileSpecification{Name: aws.String(name)}
}

// disks says of every volume that the image brings that it is encrypted and goes with the instance. By themselves, images
// may bring volumes that are neither, and those would be left over.
func (d *Driver) disks(ctx context.Context, spec kinds.Instance) ([]types.BlockDeviceMapping, error) {
	out, err := d.api.DescribeImages(ctx, &ec2.DescribeImagesInput{ImageIds: []string{string(spec.Image)}}, d.patient)
	if err != nil {
		return nil, fmt.Errorf("look at image %s: %w", spec.Image, err)
	}
	if len(out.Images) == 0 {
		return nil, fmt.Errorf("image %s does not exist, or is not shared with this account in this region", spec.Image)
	}
	image := out.Images[0]
	root, rootGiB := aws.ToString(image.RootDeviceName), int32(0)
	var disks []types.BlockDeviceMapping
	for _, m := range image.BlockDeviceMappings {
		if m.Ebs == nil {
			continue
		}
		disk := types.BlockDeviceMapping{
			DeviceName: m.DeviceName,
			Ebs: &types.EbsBlockDevice{
				DeleteOnTermination: aws.Bool(true), Encrypted: aws.Bool(true), VolumeSize: m.Ebs.VolumeSize,
			},
		}
		if aws.ToString(m.DeviceName) == root {
			rootGiB = aws.ToInt32(m.Ebs.VolumeSize)
			if spec.RootGiB > 0 {
				disk.Ebs.VolumeSize = aws.Int32(int32(spec.RootGiB))
			}
			root = ""
		}
		disks = append(disks, disk)
	}
	switch {
	case spec.RootGiB > 0 && root != "":
		return nil, wrong("RootGiB", "image %s has no root volume that could be resized", spec.Image)
	case spec.RootGiB > 0 && int32(spec.RootGiB) < rootGiB:
		return nil, wrong("RootGiB", "%d is less than the %d that image %s needs", spec.RootGiB, rootGiB, spec.Image)
	}
	slices.SortFunc(disks, func(a, b types.BlockDeviceMapping) int {
		return cmp.Compare(aws.ToString(a.DeviceName), aws.ToString(b.DeviceName))
	})
	return disks, nil
}
