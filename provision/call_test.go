package provision

import (
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var someone = Owner{
	Registry: "r4q9", Base: "shop.example.com", App: "shop", Env: "1f0c9d3ab2e4",
	Commit: "1f0c9d3ab2e4a5b6c7d8e9f00112233445566778", Attempt: "k3v9", Subject: "feat(api): x",
}

func TestName(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, app, node string
		max             int
		suffix, want    string
	}{
		{"roomy", "shop", "jobs", 80, "", "shop-jobs-"},
		{"suffix", "shop", "jobs", 80, ".fifo", "shop-jobs-"},
		{"load balancer", "warehouse-backend", "public-entrance", 32, "", "warehous-public-e-"},
		{"the short one is kept", "shop", "a-very-long-name-of-a-node", 32, "", "shop-a-very-long-n-"},
		{"no - at the cut", "shop", "abcdefghijkl-mnop", 32, "", "shop-abcdefghijkl-"},
		{"hash only", "shop", "jobs", 14, "", "p"},
		{"an application of another alphabet", "Ünter_Shop!", "web", 80, "", "nter-shop-web-"},
		{"an application of digits", "2048", "web", 80, "", "p2048-web-"},
		{"no application", "", "web", 80, "", "web-"},
		{"reserved by ELB", "internal", "web", 80, "", "pinternal-web-"},
		{"reserved by EC2", "sg", "web", 80, "", "psg-web-"},
		{"reserved once it is cut", "internalisation", "aaaaaaaaaaaaaaa", 32, "", "pinterna-aaaaaaaa-"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := someone
			o.App = tt.app
			got := Call{Owner: o, Node: tt.node}.Name(tt.max, tt.suffix)
			require.Regexp(t, "^"+regexp.QuoteMeta(tt.want)+"[a-z2-7]{13}"+regexp.QuoteMeta(tt.suffix)+"$", got)
			require.LessOrEqual(t, len(got), tt.max)
		})
	}
}

// TestNameIsPinned fails when names change: every environment that exists would lose its resources.
func TestNameIsPinned(t *testing.T) {
	t.Parallel()
	c := Call{Owner: someone, Node: "jobs"}
	require.Equal(t, "shop-jobs-y3sookbefclvl", c.Name(80, ""))
	require.Equal(t, "43f77121883af6f06e6b896a282eef67a87cd8afdcea1cb40f30132093dc537c", c.Token(64, "run"))
	require.Equal(t, c.Token(64, "run")[:36], c.Token(36, "run"))
}

func TestNameAlphabet(t *testing.T) {
	t.Parallel()
	legal := regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	r := rand.New(rand.NewPCG(1, 2))
	alphabet := []rune("ab-_9.ÄZ ")
	word := func() string {
		var b strings.Builder
		for range r.IntN(40) {
			b.WriteRune(alphabet[r.IntN(len(alphabet))])
		}
		return b.String()
	}
	for range 20_000 {
		c := Call{Owner: someone, Node: word()}
		c.Owner.App = word()
		size := 14 + r.IntN(70)
		name := c.Name(size, "")
		require.Regexp(t, legal, name)
		require.LessOrEqual(t, len(name), size, "%q", name)
		require.False(t, hasReservedWord(name), "%q", name)
	}
}

// TestNamesAndTokensDiffer changes one part at a time.
func TestNamesAndTokensDiffer(t *testing.T) {
	t.Parallel()
	seen := make(map[string]bool)
	add := func(c Call) {
		for _, s := range []string{c.Name(32, ""), c.Token(64, "a"), c.Token(64, "b")} {
			require.False(t, seen[s], "%s comes twice", s)
			seen[s] = true
		}
	}
	c := Call{Owner: someone, Node: "jobs"}
	add(c)
	for _, change := range []func(*Call){
		func(c *Call) { c.Owner.Registry += "x" },
		func(c *Call) { c.Owner.Env += "-blue" },
		func(c *Call) { c.Owner.Attempt += "x" },
		func(c *Call) { c.Node += "x" },
		func(c *Call) { c.Owner.Env, c.Owner.Attempt = c.Owner.Env+c.Owner.Attempt[:1], c.Owner.Attempt[1:] },
	} {
		other := c
		change(&other)
		add(other)
	}
	same := c
	same.Owner.Subject, same.Keep = "reworded", true
	require.Equal(t, c.Name(32, ""), same.Name(32, ""))
}

func TestTags(t *testing.T) {
	t.Parallel()
	c := Call{Owner: someone, Node: "jobs", Keep: true}
	tags := c.Tags()
	require.Equal(t, map[string]string{
		"peppercorn:registry": "r4q9",
		"peppercorn:base":     "shop.example.com",
		"peppercorn:app":      "shop",
		"peppercorn:env":      "1f0c9d3ab2e4",
		"peppercorn:commit":   "1f0c9d3ab2e4a5b6c7d8e9f00112233445566778",
		"peppercorn:attempt":  "k3v9",
		"peppercorn:node":     "jobs",
		"peppercorn:subject":  "feat=28api=29: x",
		"peppercorn:keep":     "true",
	}, tags)
	o, node, keep, ok := ParseTags(tags)
	require.True(t, ok)
	require.Equal(t, someone, o)
	require.Equal(t, "jobs", node)
	require.True(t, keep)

	var s State
	require.True(t, StateOwner(&s, tags))
	require.Equal(t, State{Node: "jobs", Owner: someone, Keep: true}, s)

	for _, key := range []string{TagRegistry, TagEnv, TagAttempt, TagNode} {
		part := c.Tags()
		delete(part, key)
		require.False(t, StateOwner(&s, part), "without %s nothing is ours", key)
		part[key] = strings.Repeat("x", 253) + cutMark
		require.False(t, StateOwner(&s, part), "a %s that was cut proves nothing", key)
	}
	require.Len(t, Call{Owner: Owner{Registry: "r"}, Node: "n"}.Tags(), 2, "what is empty is no tag")
}

func TestMatches(t *testing.T) {
	t.Parallel()
	tags := Call{Owner: someone, Node: "jobs"}.Tags()
	for _, tt := range []struct {
		name string
		o    Owner
		want bool
	}{
		{"all of it", someone, true},
		{"nobody is not everybody", Owner{}, false},
		{"no registry", Owner{App: "shop", Env: someone.Env, Attempt: someone.Attempt}, false},
		{"a registry", Owner{Registry: "r4q9"}, true},
		{"another registry", Owner{Registry: "r4q"}, false},
		{"an environment", Owner{Registry: "r4q9", Env: someone.Env}, true},
		{"another environment", Owner{Registry: "r4q9", Env: someone.Env + "-blue"}, false},
		{"another attempt", Owner{Registry: "r4q9", Env: someone.Env, Attempt: "x"}, false},
		{"another commit", Owner{Registry: "r4q9", Commit: "x"}, false},
		{"the subject is for people", Owner{Registry: "r4q9", Subject: "another"}, true},
	} {
		require.Equal(t, tt.want, tt.o.Matches(tags), tt.name)
		require.False(t, tt.o.Matches(nil), tt.name)
	}
	short := Owner{Registry: strings.Repeat("x", 253)}
	require.False(t, short.Matches(map[string]string{TagRegistry: EncodeTag(strings.Repeat("x", 300))}), "the beginning is not the whole")
	long := Owner{Registry: strings.Repeat("x", 300)}
	require.False(t, long.Matches(map[string]string{TagRegistry: EncodeTag(long.Registry)}), "what was cut proves nothing")
}

func TestCheckOwner(t *testing.T) {
	t.Parallel()
	c := Call{Owner: someone, Node: "jobs"}
	tags := c.Tags()
	require.NoError(t, c.CheckOwner("sqs/queue", "q", tags))
	for _, key := range []string{TagRegistry, TagBase, TagApp, TagEnv, TagAttempt, TagNode} {
		for _, value := range []string{"", "other"} {
			theirs := c.Tags()
			if theirs[key] = value; value == "" {
				delete(theirs, key)
			}
			err := c.CheckOwner("sqs/queue", "q", theirs)
			require.ErrorIs(t, err, ErrForeign, "%s=%q", key, value)
			foreign := (*ForeignError)(nil)
			require.ErrorAs(t, err, &foreign)
			require.Equal(t, &ForeignError{Kind: "sqs/queue", ID: "q", Node: "jobs", Tags: theirs}, foreign)
		}
	}
	require.ErrorContains(t, c.CheckOwner("sqs/queue", "q", nil), `node "jobs": sqs/queue q exists and is not ours: it has no tags of ours`)
	theirs := c.Tags()
	theirs[TagEnv] = "0badcafe"
	require.ErrorContains(t, c.CheckOwner("sqs/queue", "q", theirs), `it belongs to node "jobs" of shop/0badcafe (attempt k3v9)`)
	require.ErrorIs(t, Call{}.CheckOwner("sqs/queue", "q", map[string]string{}), ErrForeign, "a call for nobody owns nothing")
}
