package ec2test_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision/ec2driver/ec2test"
)

// refused checks that EC2 refused a call with a code.
func refused(t *testing.T, code string, err error) {
	t.Helper()
	var api smithy.APIError
	require.ErrorAs(t, err, &api)
	require.Equal(t, code, api.ErrorCode(), api.ErrorMessage())
}

func makeGroup(t *testing.T, client *ec2.Client, name string) string {
	t.Helper()
	out, err := client.CreateSecurityGroup(t.Context(), &ec2.CreateSecurityGroupInput{GroupName: aws.String(name), Description: aws.String("d")})
	require.NoError(t, err)
	return *out.GroupId
}

func tcp(port int32, cidrs ...string) types.IpPermission {
	p := types.IpPermission{IpProtocol: aws.String("tcp"), FromPort: aws.Int32(port), ToPort: aws.Int32(port)}
	for _, cidr := range cidrs {
		p.IpRanges = append(p.IpRanges, types.IpRange{CidrIp: aws.String(cidr)})
	}
	return p
}

func TestCreateSecurityGroupIsStrict(t *testing.T) {
	t.Parallel()
	cloud := ec2test.New()
	client := cloud.Client()
	makeGroup(t, client, "Web")
	tag := func(key, value string) []types.TagSpecification {
		return []types.TagSpecification{{ResourceType: types.ResourceTypeSecurityGroup,
			Tags: []types.Tag{{Key: aws.String(key), Value: aws.String(value)}}}}
	}
	many := tag("k", "v")
	for i := range 50 {
		many[0].Tags = append(many[0].Tags, types.Tag{Key: aws.String(fmt.Sprint(i)), Value: aws.String("")})
	}
	for _, tt := range []struct {
		name, description string
		vpc               string
		tags              []types.TagSpecification
		code              string
	}{
		{name: "other"},
		{name: strings.Repeat("x", 255), description: "._-:/()#,@[]+=&;{}!$* 09azAZ"},
		{name: "Web", vpc: cloud.OtherVPC()},
		{name: "Web", code: "InvalidGroup.Duplicate"},
		{name: "wEB", code: "InvalidGroup.Duplicate"},
		{name: "sg-web", code: "InvalidParameterValue"},
		{name: strings.Repeat("x", 256), code: "InvalidParameterValue"},
		{name: "wéb", code: "InvalidParameterValue"},
		{name: "Default", code: "InvalidGroup.Reserved"},
		{name: "d1", description: "don't", code: "InvalidParameterValue"},
		{name: "d2", description: strings.Repeat("x", 256), code: "InvalidParameterValue"},
		{name: "v1", vpc: "vpc-00000000", code: "InvalidVpcID.NotFound"},
		{name: "t1", tags: tag("any", `value (at all) "🚀"`)},
		{name: "t2", tags: tag(strings.Repeat("é", 128), strings.Repeat("🚀", 256))},
		{name: "t3", tags: tag("AWS:x", "v"), code: "InvalidParameterValue"},
		{name: "t4", tags: tag(strings.Repeat("k", 129), "v"), code: "InvalidParameterValue"},
		{name: "t5", tags: tag("k", strings.Repeat("v", 257)), code: "InvalidParameterValue"},
		{name: "t6", tags: many, code: "TagLimitExceeded"},
		{name: "t7", tags: append(tag("k", "v"), tag("l", "v")...), code: "InvalidParameterValue"},
		{name: "t8", tags: []types.TagSpecification{{ResourceType: types.ResourceTypeInstance, Tags: tag("k", "v")[0].Tags}},
			code: "InvalidParameterValue"},
	} {
		in := &ec2.CreateSecurityGroupInput{GroupName: aws.String(tt.name), Description: aws.String("d"), TagSpecifications: tt.tags}
		if tt.description != "" {
			in.Description = aws.String(tt.description)
		}
		if tt.vpc != "" {
			in.VpcId = aws.String(tt.vpc)
		}
		_, err := client.CreateSecurityGroup(t.Context(), in)
		if tt.code == "" {
			require.NoError(t, err, tt.name)
			continue
		}
		refused(t, tt.code, err)
	}
}

func TestRulesAreStrict(t *testing.T) {
	t.Parallel()
	cloud := ec2test.New()
	client := cloud.Client()
	group, abroad := makeGroup(t, client, "web"), cloud.AddSecurityGroup("abroad", cloud.OtherVPC(), nil)
	add := func(permissions ...types.IpPermission) error {
		_, err := client.AuthorizeSecurityGroupIngress(t.Context(),
			&ec2.AuthorizeSecurityGroupIngressInput{GroupId: aws.String(group), IpPermissions: permissions})
		return err
	}
	require.NoError(t, add(tcp(80, "10.0.0.0/8"), tcp(443, "0.0.0.0/0")))
	refused(t, "InvalidPermission.Duplicate", add(tcp(81, "10.0.0.0/8"), tcp(80, "10.99.0.0/8"))) // the same, once the bits are cleared
	refused(t, "InvalidParameterValue", add(tcp(82, "10.0.0.0/8", "10.0.0.0/8")))
	refused(t, "InvalidParameterValue", add(tcp(82, "10.0.0.0/33")))
	refused(t, "InvalidParameterValue", add(tcp(82, "::/0")))
	refused(t, "InvalidParameterValue", add(tcp(65536, "10.0.0.0/8")))
	refused(t, "MissingParameter", add(tcp(82)))
	odd := tcp(82, "10.0.0.0/8")
	odd.IpProtocol = aws.String("carrier-pigeon")
	refused(t, "InvalidParameterValue", add(odd))
	far := tcp(82)
	far.UserIdGroupPairs = []types.UserIdGroupPair{{GroupId: aws.String(abroad)}}
	refused(t, "InvalidGroup.NotFound", add(far))
	var many []types.IpPermission
	for i := range 59 {
		many = append(many, tcp(int32(1000+i), "10.0.0.0/8"))
	}
	refused(t, "RulesPerSecurityGroupLimitExceeded", add(many...))

	shown := cloud.SecurityGroups()[0].IpPermissions
	require.Len(t, shown, 2, "a refused call has added nothing")

	revoke := func(p types.IpPermission) error {
		_, err := client.RevokeSecurityGroupIngress(t.Context(),
			&ec2.RevokeSecurityGroupIngressInput{GroupId: aws.String(group), IpPermissions: []types.IpPermission{p}})
		return err
	}
	refused(t, "InvalidPermission.NotFound", revoke(tcp(81, "10.0.0.0/8")))
	require.NoError(t, revoke(tcp(80, "10.0.0.0/8")))
	require.Len(t, cloud.SecurityGroups()[0].IpPermissions, 1)
}

func TestAGroupInUseCannotBeDeleted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cloud := ec2test.New()
		client := cloud.Client()
		group, other := makeGroup(t, client, "web"), makeGroup(t, client, "other")
		remove := func(id string) error {
			_, err := client.DeleteSecurityGroup(t.Context(), &ec2.DeleteSecurityGroupInput{GroupId: aws.String(id)})
			return err
		}
		require.NoError(t, cloud.AddRule(group, group)) // of itself, which does not matter
		require.NoError(t, cloud.AddRule(other, group))
		refused(t, "DependencyViolation", remove(group))
		require.NoError(t, remove(other))

		eni, err := cloud.AddNetworkInterface(group, "ELB")
		require.NoError(t, err)
		refused(t, "DependencyViolation", remove(group))
		cloud.RemoveNetworkInterface(eni)

		id, err := cloud.AddInstance(nil, group)
		require.NoError(t, err)
		refused(t, "DependencyViolation", remove(group))
		_, err = client.TerminateInstances(t.Context(), &ec2.TerminateInstancesInput{InstanceIds: []string{id}})
		require.NoError(t, err)
		refused(t, "DependencyViolation", remove(group))
		time.Sleep(time.Minute)
		require.NoError(t, remove(group))
		refused(t, "InvalidGroup.NotFound", remove(group))
		refused(t, "InvalidGroupId.Malformed", remove("web"))

		out, err := client.DescribeSecurityGroups(t.Context(), &ec2.DescribeSecurityGroupsInput{GroupNames: []string{"default"}})
		require.NoError(t, err)
		require.Len(t, out.SecurityGroups, 1)
		refused(t, "CannotDelete", remove(*out.SecurityGroups[0].GroupId))
	})
}

func TestFiltersAndPages(t *testing.T) {
	t.Parallel()
	cloud := ec2test.New()
	client := cloud.Client()
	for i := range 12 {
		cloud.AddSecurityGroup(fmt.Sprintf("g%02d", i), "", map[string]string{"n": fmt.Sprint(i), "star": "a*b"})
	}
	list := func(in *ec2.DescribeSecurityGroupsInput) (names []string, pages int) {
		p := ec2.NewDescribeSecurityGroupsPaginator(client, in)
		for ; p.HasMorePages(); pages++ {
			page, err := p.NextPage(t.Context())
			require.NoError(t, err)
			for _, g := range page.SecurityGroups {
				names = append(names, *g.GroupName)
			}
		}
		return names, pages
	}
	filter := func(name string, values ...string) *ec2.DescribeSecurityGroupsInput {
		return &ec2.DescribeSecurityGroupsInput{Filters: []types.Filter{{Name: aws.String(name), Values: values}}}
	}
	names, pages := list(&ec2.DescribeSecurityGroupsInput{MaxResults: aws.Int32(5), Filters: filter("tag-key", "n").Filters})
	require.Len(t, names, 12)
	require.Equal(t, 3, pages)
	for _, tt := range []struct {
		name   string
		values []string
		want   int
	}{
		{"group-name", []string{"g0*"}, 10},
		{"group-name", []string{"g0?"}, 10},
		{"group-name", []string{"G00"}, 0},
		{"tag:n", []string{"3", "4"}, 2},
		{"tag:N", []string{"3"}, 0},
		{"tag:star", []string{`a\*b`}, 12},
		{"tag:star", []string{`a\?b`}, 0},
		{"vpc-id", []string{cloud.OtherVPC()}, 1}, // its default group
	} {
		names, _ := list(filter(tt.name, tt.values...))
		require.Len(t, names, tt.want, "%s %v", tt.name, tt.values)
	}
	for _, tt := range []struct {
		in   *ec2.DescribeSecurityGroupsInput
		code string
	}{
		{filter("colour", "red"), "InvalidParameterValue"},
		{&ec2.DescribeSecurityGroupsInput{MaxResults: aws.Int32(4)}, "InvalidParameterValue"},
		{&ec2.DescribeSecurityGroupsInput{MaxResults: aws.Int32(1001)}, "InvalidParameterValue"},
		{&ec2.DescribeSecurityGroupsInput{MaxResults: aws.Int32(5), GroupIds: []string{"sg-00000000"}}, "InvalidParameterCombination"},
		{&ec2.DescribeSecurityGroupsInput{NextToken: aws.String("2")}, "InvalidNextToken"},
		{&ec2.DescribeSecurityGroupsInput{GroupIds: []string{"sg-00000000"}}, "InvalidGroup.NotFound"},
	} {
		_, err := client.DescribeSecurityGroups(t.Context(), tt.in)
		refused(t, tt.code, err)
	}
}

func TestANewIDIsUnknownForAWhile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cloud := ec2test.New(func(o *ec2test.Options) { o.Lag, o.TagLag = 10*time.Second, 5*time.Second })
		client := cloud.Client()
		out, err := client.CreateSecurityGroup(t.Context(), &ec2.CreateSecurityGroupInput{
			GroupName: aws.String("web"), Description: aws.String("d"),
			TagSpecifications: []types.TagSpecification{{ResourceType: types.ResourceTypeSecurityGroup,
				Tags: []types.Tag{{Key: aws.String("k"), Value: aws.String("v")}}}},
		})
		require.NoError(t, err)
		describe := func() (*ec2.DescribeSecurityGroupsOutput, error) {
			return client.DescribeSecurityGroups(t.Context(), &ec2.DescribeSecurityGroupsInput{GroupIds: []string{*out.GroupId}})
		}
		_, err = describe()
		refused(t, "InvalidGroup.NotFound", err)
		_, err = client.AuthorizeSecurityGroupIngress(t.Context(), &ec2.AuthorizeSecurityGroupIngressInput{
			GroupId: out.GroupId, IpPermissions: []types.IpPermission{tcp(80, "10.0.0.0/8")}})
		refused(t, "InvalidGroup.NotFound", err)
		_, err = client.CreateSecurityGroup(t.Context(), &ec2.CreateSecurityGroupInput{GroupName: aws.String("web"), Description: aws.String("d")})
		refused(t, "InvalidGroup.Duplicate", err) // but its name is taken at once
		require.Len(t, cloud.SecurityGroups(), 1, "tests see it")

		time.Sleep(10 * time.Second)
		seen, err := describe()
		require.NoError(t, err)
		require.Empty(t, seen.SecurityGroups[0].Tags)
		time.Sleep(5 * time.Second)
		seen, err = describe()
		require.NoError(t, err)
		require.Len(t, seen.SecurityGroups[0].Tags, 1)
	})
}
