package elbtest_test

import (
	"context"
	"fmt"
	"testing"

	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/stretchr/testify/require"
)

func TestTagsCanBeChangedLater(t *testing.T) {
	in(t, func(ctx context.Context, t *testing.T, w world) {
		tag := func(k, v string) types.Tag { return types.Tag{Key: &k, Value: &v} }
		input := application("shop")
		input.Tags = []types.Tag{tag("a", "1"), tag("b", "2")}
		arn, err := w.service.AddBalancer(*input)
		require.NoError(t, err)
		change := func(tags ...types.Tag) error {
			_, err := w.AddTags(ctx, &elbv2.AddTagsInput{ResourceArns: []string{arn}, Tags: tags})
			return err
		}
		require.NoError(t, change(tag("b", "3"), tag("c", "4")))
		require.Equal(t, "ValidationError", code(change(tag("a", "5"), tag("d", "feat(api)"))))
		require.Equal(t, "DuplicateTagKeys", code(change(tag("a", "5"), tag("a", "6"))))
		require.Equal(t, map[string]string{"a": "1", "b": "3", "c": "4"}, w.service.Balancers()[0].Tags)

		var more []types.Tag // up to the 50 that there can be
		for i := range 47 {
			more = append(more, tag(fmt.Sprint(i), ""))
		}
		require.NoError(t, change(more...))
		full := w.service.Balancers()[0].Tags
		require.Len(t, full, 50)
		require.Equal(t, "TooManyTags", code(change(tag("a", "5"), tag("d", ""))))
		require.Equal(t, full, w.service.Balancers()[0].Tags)
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
