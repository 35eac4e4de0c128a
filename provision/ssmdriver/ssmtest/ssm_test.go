package ssmtest_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/internal/drivertest"
	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/internal/taglist"
	"github.com/peppercorn-go/peppercorn/provision/ssmdriver/ssmtest"
)

// world is a service and a client of it.
type world struct {
	*ssm.Client
	service *ssmtest.SSM
}

// in runs a test in a bubble of virtual time.
func in(t *testing.T, test func(ctx context.Context, t *testing.T, w world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		cloud := sim.New(func(o *sim.Options) { o.PageSize = 2 })
		service := ssmtest.Register(cloud)
		test(t.Context(), t, world{ssm.NewFromConfig(cloud.Config()), service})
	})
}

// refused checks that a call is refused with a code.
func refused(t *testing.T, err error, code string) {
	t.Helper()
	var api smithy.APIError
	require.ErrorAs(t, err, &api)
	require.Equal(t, code, api.ErrorCode(), "%v", err)
}

// put is a request for a parameter of the type String.
func put(name, value string) *ssm.PutParameterInput {
	return &ssm.PutParameterInput{Name: &name, Value: &value, Type: types.ParameterTypeString}
}

func TestNameIsTakenAtOnceAndKnownASecondLater(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		out, err := w.PutParameter(ctx, put("/shop/flag", "on"))
		require.NoError(t, err)
		require.Equal(t, int64(1), out.Version)
		require.Equal(t, types.ParameterTierStandard, out.Tier)
		_, err = w.PutParameter(ctx, put("/shop/flag", "off"))
		refused(t, err, "ParameterAlreadyExists")
		name := aws.String("/shop/flag")
		_, err = w.GetParameter(ctx, &ssm.GetParameterInput{Name: name})
		refused(t, err, "ParameterNotFound")
		tags := &ssm.ListTagsForResourceInput{ResourceType: types.ResourceTypeForTaggingParameter, ResourceId: name}
		_, err = w.ListTagsForResource(ctx, tags)
		refused(t, err, "InvalidResourceId")
		time.Sleep(time.Second)
		got, err := w.GetParameter(ctx, &ssm.GetParameterInput{Name: name})
		require.NoError(t, err)
		require.Equal(t, "on", *got.Parameter.Value)
		require.Equal(t, "arn:aws:ssm:us-east-1:123456789012:parameter/shop/flag", *got.Parameter.ARN)
		_, err = w.ListTagsForResource(ctx, tags)
		require.NoError(t, err)
	})
}

func TestOverwriteMakesAVersionAndLeavesTheTags(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		_, err := w.service.AddParameter("flag", "on", map[string]string{"team": "a"})
		require.NoError(t, err)
		again := put("flag", "off")
		again.Overwrite, again.Tags = aws.Bool(true), []types.Tag{{Key: aws.String("team"), Value: aws.String("b")}}
		_, err = w.PutParameter(ctx, again)
		refused(t, err, "ValidationException")
		again.Tags = nil
		out, err := w.PutParameter(ctx, again)
		require.NoError(t, err)
		require.Equal(t, int64(2), out.Version)
		p := w.service.Parameters()[0]
		require.Equal(t, "off", p.Value)
		require.Equal(t, map[string]string{"team": "a"}, p.Tags)
		require.Equal(t, "arn:aws:ssm:us-east-1:123456789012:parameter/flag", p.ARN)
	})
}

func TestPublishedParametersCanBeGotAndNothingElse(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		const name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64"
		for version, value := range []string{"ami-1", "ami-2"} {
			require.NoError(t, w.service.Publish(name, value))
			got, err := w.GetParameter(ctx, &ssm.GetParameterInput{Name: aws.String(name)})
			require.NoError(t, err)
			require.Equal(t, value, *got.Parameter.Value)
			require.Equal(t, int64(version+1), got.Parameter.Version)
			require.Equal(t, "arn:aws:ssm:us-east-1::parameter"+name, *got.Parameter.ARN)
		}
		require.Empty(t, w.service.Parameters(), "it is in no account")
		_, err := w.PutParameter(ctx, put(name, "ami-0"))
		refused(t, err, "ValidationException")
		_, err = w.DeleteParameter(ctx, &ssm.DeleteParameterInput{Name: aws.String(name)})
		require.Error(t, err)
		for _, name := range []string{"/shop/image", "/aws/service/", "aws/service/x"} {
			require.Error(t, w.service.Publish(name, "x"), name)
		}
		require.Error(t, w.service.Publish(name, ""))
	})
}

func TestWhatIsNoParameterIsRefused(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		tagged := put("x", "y")
		tagged.Tags = []types.Tag{{Key: aws.String("subject"), Value: aws.String("don't")}}
		secret := put("x", "y")
		secret.Type = types.ParameterTypeSecureString
		for name, in := range map[string]*ssm.PutParameterInput{
			"aws first":        put("awsome", "y"),
			"aws in a path":    put("/AWS/x", "y"),
			"ssm first":        put("SSM-x", "y"),
			"a blank":          put("my flag", "y"),
			"half a path":      put("shop/flag", "y"),
			"a slash too many": put("/shop//flag", "y"),
			"too long":         put(strings.Repeat("x", 1000), "y"),
			"empty":            put("x", ""),
			"nested":           put("x", "{{ssm:y}}"),
			"too large":        put("x", strings.Repeat("y", 4097)),
			"a tag":            tagged,
			"a secret":         secret,
		} {
			_, err := w.PutParameter(ctx, in)
			require.Error(t, err, name)
			refused(t, err, "ValidationException")
		}
		_, err := w.PutParameter(ctx, put(strings.Repeat("/a", 16), "y"))
		refused(t, err, "HierarchyLevelLimitExceededException")
		require.Empty(t, w.service.Parameters())
		large := put("x", strings.Repeat("y", 8192))
		large.Tier = types.ParameterTierAdvanced
		_, err = w.PutParameter(ctx, large)
		require.NoError(t, err)
	})
}

func TestNameIsReservedAfterADeletion(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		_, err := w.service.AddParameter("flag", "on", nil)
		require.NoError(t, err)
		_, err = w.DeleteParameter(ctx, &ssm.DeleteParameterInput{Name: aws.String("flag")})
		require.NoError(t, err)
		_, err = w.DeleteParameter(ctx, &ssm.DeleteParameterInput{Name: aws.String("flag")})
		refused(t, err, "ParameterNotFound")
		time.Sleep(29 * time.Second)
		_, err = w.PutParameter(ctx, put("flag", "on"))
		refused(t, err, "ParameterAlreadyExists")
		time.Sleep(time.Second)
		_, err = w.PutParameter(ctx, put("flag", "on"))
		require.NoError(t, err)
	})
}

func TestFilters(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		for name, team := range map[string]string{"/shop/a": "red", "/shop/b": "blue", "/shop/deep/c": "red", "flag": "redder"} {
			_, err := w.service.AddParameter(name, "x", map[string]string{"team": team})
			require.NoError(t, err)
		}
		for _, tt := range []struct {
			key, option string
			values      []string
			want        []string
		}{
			{"tag:team", "Equals", []string{"red"}, []string{"/shop/a", "/shop/deep/c"}},
			{"tag:team", "", []string{"red", "blue"}, []string{"/shop/a", "/shop/b", "/shop/deep/c"}},
			{"tag:team", "BeginsWith", []string{"red"}, []string{"/shop/a", "/shop/deep/c", "flag"}},
			{"tag:nobody", "Equals", []string{"red"}, nil},
			{"tag:team", "Equals", nil, []string{"/shop/a", "/shop/b", "/shop/deep/c", "flag"}},
			{"Path", "OneLevel", []string{"/shop"}, []string{"/shop/a", "/shop/b"}},
			{"Path", "Recursive", []string{"/shop/"}, []string{"/shop/a", "/shop/b", "/shop/deep/c"}},
			{"Name", "Contains", []string{"deep"}, []string{"/shop/deep/c"}},
			{"Type", "Equals", []string{"StringList"}, nil},
		} {
			var names []string
			pages := ssm.NewDescribeParametersPaginator(w, &ssm.DescribeParametersInput{
				ParameterFilters: []types.ParameterStringFilter{{Key: &tt.key, Option: &tt.option, Values: tt.values}},
			})
			n := 0
			for ; pages.HasMorePages(); n++ {
				page, err := pages.NextPage(ctx)
				require.NoError(t, err)
				for _, p := range page.Parameters {
					names = append(names, *p.Name)
				}
			}
			require.Equal(t, tt.want, names, "%s %s %v", tt.key, tt.option, tt.values)
			require.Equal(t, 2, n, "pages are cut before they are filtered")
		}
		for _, bad := range []types.ParameterStringFilter{
			{Key: aws.String("Owner"), Values: []string{"me"}},
			{Key: aws.String("Path"), Option: aws.String("Equals"), Values: []string{"/"}},
			{Key: aws.String("Name")},
		} {
			_, err := w.DescribeParameters(ctx, &ssm.DescribeParametersInput{ParameterFilters: []types.ParameterStringFilter{bad}})
			require.ErrorContains(t, err, "InvalidFilter")
		}
	})
}

func TestTagsComeAndGo(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		_, err := w.service.AddParameter("flag", "on", map[string]string{"a": "1"})
		require.NoError(t, err)
		kind, id := types.ResourceTypeForTaggingParameter, aws.String("flag")
		_, err = w.AddTagsToResource(ctx, &ssm.AddTagsToResourceInput{ResourceType: kind, ResourceId: id, Tags: []types.Tag{
			{Key: aws.String("a"), Value: aws.String("2")}, {Key: aws.String("b"), Value: aws.String("3")},
		}})
		require.NoError(t, err)
		_, err = w.RemoveTagsFromResource(ctx, &ssm.RemoveTagsFromResourceInput{ResourceType: kind, ResourceId: id, TagKeys: []string{"b"}})
		require.NoError(t, err)
		require.Equal(t, map[string]string{"a": "2"}, w.service.Parameters()[0].Tags)
	})
}

func TestTagsCanBeChangedLater(t *testing.T) {
	tagOf := func(key, value *string) types.Tag { return types.Tag{Key: key, Value: value} }
	in(t, func(ctx context.Context, t *testing.T, w world) {
		_, err := w.service.AddParameter("flag", "on", map[string]string{"a": "1", "b": "2"})
		require.NoError(t, err)
		drivertest.TestTagsLater(t, drivertest.Tagged{
			Tags: func() map[string]string { return w.service.Parameters()[0].Tags },
			Change: func(tags map[string]string) error {
				_, err := w.AddTagsToResource(ctx, &ssm.AddTagsToResourceInput{
					ResourceType: types.ResourceTypeForTaggingParameter, ResourceId: aws.String("flag"), Tags: taglist.Of(tags, tagOf),
				})
				return err
			},
			Invalid: func(err error) { refused(t, err, "ValidationException") },
			TooMany: func(err error) {
				refused(t, err, "TooManyTagsError")
			},
		})
	})
}
