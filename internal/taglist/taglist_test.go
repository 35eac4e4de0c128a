package taglist_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/internal/taglist"
)

type tag struct{ Key, Value *string }

func pair(t tag) (key, value *string) { return t.Key, t.Value }

func made(key, value *string) tag { return tag{key, value} }

func TestThereAndBack(t *testing.T) {
	t.Parallel()
	want := map[string]string{"b": "2", "a": "", "c": "three"}
	list := taglist.Of(want, made)
	require.Equal(t, []tag{{aws.String("a"), aws.String("")}, {aws.String("b"), aws.String("2")}, {aws.String("c"), aws.String("three")}}, list)
	require.Equal(t, want, taglist.Map(list, pair))
}

func TestNothing(t *testing.T) {
	t.Parallel()
	require.Nil(t, taglist.Of(nil, made))
	require.Equal(t, map[string]string{}, taglist.Map(nil, pair))
	require.Equal(t, map[string]string{"": ""}, taglist.Map([]tag{{}}, pair), "a server that lies does not crash us")
	require.Equal(t, map[string]string{"a": "2"}, taglist.Map([]tag{{aws.String("a"), aws.String("1")}, {aws.String("a"), aws.String("2")}}, pair))
}
