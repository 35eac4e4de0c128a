package cachedriver

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision"
)

func TestMarkSaysWhatTheTagsSay(t *testing.T) {
	for _, c := range []provision.Call{
		{Owner: provision.Owner{Registry: "r", Env: "e", Attempt: "a"}, Node: "n"},
		{Owner: provision.Owner{Registry: "-", Base: "b c", App: " =20 ", Env: "Übung", Commit: "=2D", Attempt: "a\x00"}, Node: "- -", Keep: true},
		{Owner: provision.Owner{Registry: "r", Base: "b", App: "a", Env: "e", Commit: strings.Repeat("f", 64), Attempt: "x", Subject: "s"}, Node: "peppercorn"},
	} {
		mark, err := markOf(c)
		require.NoError(t, err)
		o, node, keep, ok := provision.ParseTags(readMark(mark))
		require.True(t, ok, mark)
		want := c.Owner
		want.Subject = ""
		require.Equal(t, want, o, mark)
		require.Equal(t, c.Node, node)
		require.Equal(t, c.Keep, keep)
		require.NotContains(t, mark, "  ")
		require.Equal(t, mark, strings.TrimSpace(mark))
	}
}

func TestOtherDescriptionsAreNoMarks(t *testing.T) {
	for _, description := range []string{
		"", "sessions", "peppercorn", "peppercorn r b a e c x n", "peppercorn r b a e c x n - more", "pepper r b a e c x n -",
	} {
		require.Empty(t, readMark(description), description)
	}
}
