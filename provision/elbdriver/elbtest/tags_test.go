package elbtest_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/internal/drivertest"
	"github.com/peppercorn-go/peppercorn/internal/taglist"
)

func TestTagsCanBeChangedLater(t *testing.T) {
	tagOf := func(key, value *string) types.Tag { return types.Tag{Key: key, Value: value} }
	in(t, func(ctx context.Context, t *testing.T, w world) {
		input := application("shop")
		input.Tags = taglist.Of(map[string]string{"a": "1", "b": "2"}, tagOf)
		arn, err := w.service.AddBalancer(*input)
		require.NoError(t, err)
		drivertest.TestTagsLater(t, drivertest.Tagged{
			Tags: func() map[string]string { return w.service.Balancers()[0].Tags },
			Change: func(tags map[string]string) error {
				_, err := w.AddTags(ctx, &elbv2.AddTagsInput{ResourceArns: []string{arn}, Tags: taglist.Of(tags, tagOf)})
				return err
			},
			Invalid: func(err error) { require.Equal(t, "ValidationError", code(err)) },
			TooMany: func(err error) {
				require.Equal(t, "TooManyTags", code(err))
			},
		})
		twice := []types.Tag{tagOf(aws.String("a"), aws.String("5")), tagOf(aws.String("a"), aws.String("6"))}
		_, err = w.AddTags(ctx, &elbv2.AddTagsInput{ResourceArns: []string{arn}, Tags: twice})
		require.Equal(t, "DuplicateTagKeys", code(err))
		require.Equal(t, "1", w.service.Balancers()[0].Tags["a"])
	})
}

// The tags of a request are wrong by themselves, whatever they are for.
func TestTagsForNothingAreCheckedToo(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		tag := func(k, v string) types.Tag { return types.Tag{Key: &k, Value: &v} }
		var many []types.Tag
		for i := range 51 {
			many = append(many, tag(fmt.Sprint(i), ""))
		}
		for _, tt := range []struct {
			tags []types.Tag
			code string // of the refusal; "" if the tags are right
		}{
			{many[:50], ""},
			{many, "TooManyTags"},
			{[]types.Tag{tag("a", "1"), tag("a", "2")}, "DuplicateTagKeys"},
			{[]types.Tag{tag("a", "feat(api)")}, "ValidationError"},
			{[]types.Tag{tag("aws:a", "")}, "ValidationError"},
		} {
			_, err := w.AddTags(ctx, &elbv2.AddTagsInput{ResourceArns: []string{}, Tags: tt.tags})
			require.Equal(t, tt.code, code(err), "%v", err)
			if tt.code == "" {
				require.NoError(t, err)
			}
		}
	})
}
