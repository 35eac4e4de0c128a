package sim_test

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/internal/sim"
)

func TestTagRules(t *testing.T) {
	t.Parallel()
	many := map[string]string{}
	for i := range sim.MaxTags + 1 {
		many[strconv.Itoa(i)] = ""
	}
	narrow := sim.TagRules{Text: regexp.MustCompile(`^[a-z]*$`)}
	strict := sim.TagRules{Reserved: []string{"rds:"}, ReservedValues: true}
	for name, c := range map[string]struct {
		rules sim.TagRules
		tags  map[string]string
		want  sim.TagFault // 0 for none
	}{
		"none":                            {},
		"plain":                           {tags: map[string]string{"team": "shop", "Ünï": "größe 1.2_3:/=+-@", "empty": ""}},
		"as long as can be":               {tags: map[string]string{strings.Repeat("ü", 128): strings.Repeat("ü", 256)}},
		"a key too long":                  {tags: map[string]string{strings.Repeat("ü", 129): ""}, want: sim.TagInvalid},
		"a value too long":                {tags: map[string]string{"a": strings.Repeat("ü", 257)}, want: sim.TagInvalid},
		"no key":                          {tags: map[string]string{"": "a"}, want: sim.TagInvalid},
		"a key with a star":               {tags: map[string]string{"a*": "a"}, want: sim.TagInvalid},
		"a value with a percent":          {tags: map[string]string{"a": "50%"}, want: sim.TagInvalid},
		"AWS's own":                       {tags: map[string]string{"AwS:a": "a"}, want: sim.TagReserved},
		"a value like AWS's own":          {tags: map[string]string{"a": "aws:a"}},
		"a value that is reserved":        {rules: strict, tags: map[string]string{"a": "RDS:a"}, want: sim.TagReserved},
		"a key that the service reserves": {rules: strict, tags: map[string]string{"rds:a": "a"}, want: sim.TagReserved},
		"another alphabet":                {rules: narrow, tags: map[string]string{"a": "a1"}, want: sim.TagInvalid},
		"too many":                        {tags: many, want: sim.TagTooMany},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := c.rules.Check(c.tags)
			if c.want == 0 {
				require.Nil(t, err)
				return
			}
			require.NotNil(t, err)
			require.Equal(t, c.want, err.Fault, err.Message)
			require.NotEmpty(t, err.Message)
		})
	}
}

func TestMergeTags(t *testing.T) {
	t.Parallel()
	pair := func(tag [2]string) (key, value *string) { return &tag[0], &tag[1] }
	old := map[string]string{"a": "0", "c": "3"}
	tags, err := sim.MergeTags(sim.TagRules{}, old, [][2]string{{"b", "2"}, {"a", "1"}}, pair)
	require.Nil(t, err)
	require.Equal(t, map[string]string{"a": "1", "b": "2", "c": "3"}, tags)
	require.Equal(t, map[string]string{"a": "0", "c": "3"}, old)

	_, err = sim.MergeTags(sim.TagRules{}, old, [][2]string{{"b", "1"}, {"a", "1"}, {"a", "1"}}, pair)
	require.Equal(t, sim.TagTwice, err.Fault)
	require.Equal(t, "Duplicate tag key: a", err.Message)

	_, err = sim.MergeTags(sim.TagRules{}, nil, [][2]string{{"aws:a", "1"}, {"aws:a", "1"}}, pair)
	require.Equal(t, sim.TagReserved, err.Fault)

	many := map[string]string{}
	for i := range sim.MaxTags {
		many[strconv.Itoa(i)] = ""
	}
	_, err = sim.MergeTags(sim.TagRules{}, many, [][2]string{{"0", "another value"}}, pair)
	require.Nil(t, err)
	_, err = sim.MergeTags(sim.TagRules{}, many, [][2]string{{"one", "more"}}, pair)
	require.Equal(t, sim.TagTooMany, err.Fault)
}
