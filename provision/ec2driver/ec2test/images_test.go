package ec2test_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision/ec2driver/ec2test"
)

func small(o *ec2test.Options) {
	o.Cloud = append(o.Cloud, func(o *ec2test.CloudOptions) { o.PageSize = 1 })
}

func TestImagesThatAreShown(t *testing.T) {
	t.Parallel()
	const amazon = "137112412989"
	long := aws.String("2000-01-01T00:00:00.000Z")
	cloud := ec2test.New(small, func(o *ec2test.Options) { o.Images = nil })
	own := cloud.AddImage(types.Image{Name: aws.String("own"), DeprecationTime: long})
	theirs := cloud.AddImage(types.Image{Name: aws.String("theirs"), OwnerId: aws.String(amazon), ImageOwnerAlias: aws.String("amazon")})
	old := cloud.AddImage(types.Image{Name: aws.String("old"), OwnerId: aws.String(amazon), DeprecationTime: long})
	off := cloud.AddImage(types.Image{Name: aws.String("off"), State: types.ImageStateDisabled})
	list := func(in ec2.DescribeImagesInput) (ids []string) {
		if len(in.ImageIds) == 0 {
			in.MaxResults = aws.Int32(10)
		}
		pages := ec2.NewDescribeImagesPaginator(cloud.Client(), &in)
		for pages.HasMorePages() {
			page, err := pages.NextPage(t.Context())
			require.NoError(t, err)
			for _, image := range page.Images {
				ids = append(ids, *image.ImageId)
			}
		}
		return ids
	}
	require.Equal(t, []string{own, theirs}, list(ec2.DescribeImagesInput{}))
	require.Equal(t, []string{own, theirs, old, off}, list(ec2.DescribeImagesInput{IncludeDeprecated: aws.Bool(true), IncludeDisabled: aws.Bool(true)}))
	require.Equal(t, []string{own}, list(ec2.DescribeImagesInput{Owners: []string{"self"}}))
	require.Equal(t, []string{theirs}, list(ec2.DescribeImagesInput{Owners: []string{"amazon"}}))
	require.Equal(t, []string{theirs}, list(ec2.DescribeImagesInput{Owners: []string{amazon}}))
	require.Equal(t, []string{old}, list(ec2.DescribeImagesInput{ImageIds: []string{old}}), "who asks by id is shown it")
	require.Empty(t, list(ec2.DescribeImagesInput{ImageIds: []string{off}}))

	for code, in := range map[string]*ec2.DescribeImagesInput{
		"InvalidUserID.Malformed":     {Owners: []string{"*"}},
		"InvalidParameterCombination": {ImageIds: []string{own}, MaxResults: aws.Int32(10)},
		"InvalidAMIID.NotFound":       {ImageIds: []string{"ami-00000000000000000"}},
		"InvalidAMIID.Malformed":      {ImageIds: []string{"ami-x"}},
	} {
		_, err := cloud.Client().DescribeImages(t.Context(), in)
		require.ErrorContains(t, err, code)
	}
	run := &ec2.RunInstancesInput{MinCount: aws.Int32(1), MaxCount: aws.Int32(1), ImageId: &off, InstanceType: "t3.micro"}
	_, err := cloud.Client().RunInstances(t.Context(), run)
	require.ErrorContains(t, err, "InvalidAMIID.Unavailable")
	require.NoError(t, cloud.SetImageState(off, types.ImageStateAvailable))
	_, err = cloud.Client().RunInstances(t.Context(), run)
	require.NoError(t, err)
}

func TestNetworksHaveTagsAndPages(t *testing.T) {
	t.Parallel()
	cloud := ec2test.New(small)
	vpc := cloud.AddVPC("10.1", map[string]string{"Name": "production"})
	subnet, err := cloud.AddSubnet(vpc, "a", map[string]string{"tier": "public"})
	require.NoError(t, err)
	client := cloud.Client()
	tag := func(name, value string) []types.Filter { return []types.Filter{{Name: &name, Values: []string{value}}} }

	var ids []string
	vpcs := ec2.NewDescribeVpcsPaginator(client, &ec2.DescribeVpcsInput{})
	for vpcs.HasMorePages() {
		page, err := vpcs.NextPage(t.Context())
		require.NoError(t, err)
		require.Len(t, page.Vpcs, 1)
		ids = append(ids, *page.Vpcs[0].VpcId)
	}
	require.Equal(t, []string{cloud.DefaultVPC(), cloud.OtherVPC(), vpc}, ids)
	found, err := client.DescribeVpcs(t.Context(), &ec2.DescribeVpcsInput{Filters: tag("tag:Name", "prod*")})
	require.NoError(t, err)
	require.Len(t, found.Vpcs, 1)

	n := 0
	subnets := ec2.NewDescribeSubnetsPaginator(client, &ec2.DescribeSubnetsInput{Filters: tag("vpc-id", vpc)})
	for subnets.HasMorePages() {
		page, err := subnets.NextPage(t.Context())
		require.NoError(t, err)
		n += len(page.Subnets)
	}
	require.Equal(t, 4, n)
	_, err = client.CreateTags(t.Context(), &ec2.CreateTagsInput{
		Resources: []string{subnet, vpc}, Tags: []types.Tag{{Key: aws.String("tier"), Value: aws.String("private")}},
	})
	require.NoError(t, err)
	in, err := client.DescribeSubnets(t.Context(), &ec2.DescribeSubnetsInput{Filters: tag("tag:tier", "private")})
	require.NoError(t, err)
	require.Equal(t, subnet, *in.Subnets[0].SubnetId)
	_, err = client.DescribeSubnets(t.Context(), &ec2.DescribeSubnetsInput{SubnetIds: []string{subnet}, MaxResults: aws.Int32(5)})
	require.ErrorContains(t, err, "InvalidParameterCombination")
	cloud.RemoveSubnet(subnet)
	_, err = client.DescribeSubnets(t.Context(), &ec2.DescribeSubnetsInput{SubnetIds: []string{subnet}})
	require.ErrorContains(t, err, "InvalidSubnetID.NotFound")

	keys, err := client.DescribeKeyPairs(t.Context(), &ec2.DescribeKeyPairsInput{Filters: tag("key-name", "op?")})
	require.NoError(t, err)
	require.Len(t, keys.KeyPairs, 1)
	_, err = client.DescribeKeyPairs(t.Context(), &ec2.DescribeKeyPairsInput{KeyNames: []string{"nobodys"}})
	require.ErrorContains(t, err, "InvalidKeyPair.NotFound")
}
