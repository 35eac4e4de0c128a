package drivertest

import (
	"maps"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/internal/sim"
)

// Tagged is a thing of a simulated service that was made with the tags a=1 and b=2.
type Tagged struct {
	Tags   func() map[string]string           // that it has now
	Change func(tags map[string]string) error // adds and replaces tags by the service's own operation

	Invalid func(error) // wants the service's own refusal of a value that is no text for a tag
	TooMany func(error) // and of more tags than there can be
}

// TestTagsLater proves that tags can be changed later, and that what is refused changes nothing: old tags count, and none gets lost.
func TestTagsLater(t testing.TB, thing Tagged) {
	t.Helper()
	require.Equal(t, map[string]string{"a": "1", "b": "2"}, thing.Tags())
	require.NoError(t, thing.Change(map[string]string{"b": "3", "c": "4"}))
	thing.Invalid(thing.Change(map[string]string{"a": "5", "d": "feat(api)"}))
	require.Equal(t, map[string]string{"a": "1", "b": "3", "c": "4"}, thing.Tags())

	more := map[string]string{}
	for i := range sim.MaxTags - len(thing.Tags()) {
		more[strconv.Itoa(i)] = ""
	}
	require.NoError(t, thing.Change(more))
	full := maps.Clone(thing.Tags())
	require.Len(t, full, sim.MaxTags)
	thing.TooMany(thing.Change(map[string]string{"a": "5", "d": ""}))
	require.Equal(t, full, thing.Tags())
}
