package provision_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision"
)

// odd is a spec that is not plain data.
type odd struct {
	thing
	Func func()
	Chan chan int
	Keys map[int]string
}

func nodes(nodes ...provision.Node) *provision.Blueprint { return &provision.Blueprint{Nodes: nodes} }

func TestValidate(t *testing.T) {
	t.Parallel()
	named := func(name string) *provision.Blueprint { return nodes(provision.Node{Name: name, Spec: thing{}}) }
	with := func(s thing) *provision.Blueprint {
		return &provision.Blueprint{
			Nodes:  []provision.Node{{Name: "web", Spec: s}, {Name: "jobs", Spec: thing{}}},
			Inputs: map[string]string{"vpc": "vpc-1"},
		}
	}
	type loop struct{ Next any }
	endless := &loop{}
	endless.Next = endless

	for _, tt := range []struct {
		name string
		b    *provision.Blueprint
		want []string // one for each mistake
	}{
		{"empty", &provision.Blueprint{}, nil},
		{"all sorts of good references", with(thing{
			Label: "${{jobs.Host}}:${{jobs.Port}}/${{in.vpc}}/${{commit}}${{app}}${{env}}${{base}}",
			Uses:  []provision.Text{"${{jobs.Parts}}", "${{jobs.ID}}"},
			Env:   map[string]provision.Text{"QUEUE": "${{jobs.ID}}"},
			Any:   map[string]any{"Parts": provision.Text("${{jobs.Parts}}"), "data": "${{not looked at}}"},
		}), nil},
		{"a name of 31 characters", named(strings.Repeat("a", 31)), nil},
		{"no name", named(""), []string{"a node needs a name"}},
		{"a name too long", named(strings.Repeat("a", 32)), []string{"has 32 characters; at most 31"}},
		{"a name in capitals", named("Web"), []string{`"Web": the name "Web" does not begin with a lower-case letter`}},
		{"a digit first", named("1web"), []string{"does not begin with a lower-case letter"}},
		{"an underscore", named("we_b"), []string{`has '_' in it`}},
		{"a - at the end", named("web-"), []string{`a "-" at its end`}},
		{"two -", named("w--b"), []string{"two in a row"}},
		{"a name that is taken by inputs", named("in"), []string{`the name "in" is taken`}},
		{"a name that is taken by a node", nodes(provision.Node{Name: "web", Spec: thing{}}, provision.Node{Name: "web", Spec: thing{}}),
			[]string{`node "web": the name is taken by another node`}},
		{"no spec", nodes(provision.Node{Name: "web"}), []string{`node "web": the node has no spec`}},
		{"no kind", nodes(provision.Node{Name: "web", Spec: kindless{}}), []string{`the kind "thing" is not of the form service/thing`}},
		{"an output promised twice", nodes(provision.Node{Name: "web", Spec: stammering{}}), []string{`node "web": the spec promises the output "ID" twice`}},
		{"an unknown node", with(thing{Label: "${{job.URL}}"}), []string{`node "web": Label: ${{job.URL}}: there is no node "job"; did you mean "jobs"?`}},
		{"a node unlike all others", with(thing{Label: "${{database.URL}}"}), []string{`there is no node "database"`}},
		{"an unknown output", with(thing{Label: "${{jobs.Hots}}"}), []string{`Label: ${{jobs.Hots}}: test/thing "jobs" has no output "Hots"; did you mean "Host"?`}},
		{"an output in small letters", with(thing{Label: "${{jobs.host}}"}), []string{`did you mean "Host"?`}},
		{"an unknown input", with(thing{Label: "${{in.vcp}}"}), []string{`Label: there is no input "vcp"; did you mean "vpc"?`}},
		{"an unknown After", nodes(provision.Node{Name: "web", Spec: thing{}, After: []string{"wbe"}}),
			[]string{`node "web": After: there is no node "wbe"; did you mean "web"?`}},
		{"a malformed reference", with(thing{Rules: []rule{{}, {From: "${{x"}}}), []string{`Rules[1].From: a reference ${{ has no closing }}`}},
		{"a map", with(thing{Env: map[string]provision.Text{"A": "${{x}}"}}), []string{`Env[A]: the reference ${{x}} is neither`}},
		{"a pointer", with(thing{Limit: &rule{From: "${{no.X}}"}}), []string{`Limit.From: ${{no.X}}: there is no node "no"`}},
		{"an array", with(thing{Zones: [2]provision.Text{"a", "${{jobs.Parts}}"}}), []string{`Zones[1]: ${{jobs.Parts}} is a list and does not fit where one text is wanted`}},
		{"a list in a text", with(thing{Uses: []provision.Text{"a ${{jobs.Parts}}"}}), []string{`Uses[0]: ${{jobs.Parts}} is a list and does not fit into a longer text`}},
		{"a list for a text", with(thing{Label: "${{jobs.Parts}}"}), []string{`Label: ${{jobs.Parts}} is a list and does not fit where one text is wanted`}},
		{"what the spec itself says", with(thing{Size: -1, Timeout: 2 * time.Hour}), []string{`node "web": Size -1: must not be negative`, `node "web": Timeout: at most one hour`}},
		{"the entrance", &provision.Blueprint{Entrance: provision.Entrance{Host: "${{web.Host}}"}}, []string{`Entrance.Host: ${{web.Host}}: there is no node "web"`}},
		{"a zone of no host", &provision.Blueprint{Entrance: provision.Entrance{ZoneID: "Z1"}}, []string{`Entrance.ZoneID: is given, but no Host`}},
		{"not data", nodes(provision.Node{Name: "web", Spec: odd{Func: func() {}, Chan: make(chan int), Keys: map[int]string{1: "a"}}}),
			[]string{"thing: a spec is plain data and has no unexported fields", "Func: a spec is plain data and has no func", "Chan: a spec is plain data and has no chan",
				"Keys: the keys of a map in a spec are strings, not int"}},
		{"endless", with(thing{Any: endless}), []string{"nested more than 64 deep; does it point at itself?"}},
		{"needs itself", nodes(provision.Node{Name: "web", Spec: thing{Label: "${{web.ID}}"}}), []string{"the nodes wait for each other: web needs web (Label)"}},
		{"a cycle with a tail", nodes(
			provision.Node{Name: "a", Spec: thing{Label: "${{b.ID}}"}},
			provision.Node{Name: "b", Spec: thing{Uses: []provision.Text{"${{c.Host}}"}}},
			provision.Node{Name: "c", Spec: thing{}, After: []string{"b"}},
			provision.Node{Name: "d", Spec: thing{}, After: []string{"e"}},
			provision.Node{Name: "e", Spec: thing{}, After: []string{"d"}},
		), []string{"the nodes wait for each other: b needs c (Uses[0]), c needs b (After)", "the nodes wait for each other: d needs e (After), e needs d (After)"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := tt.b.Validate()
			if tt.want == nil {
				require.NoError(t, err)
				return
			}
			require.Error(t, err)
			joined, ok := err.(interface{ Unwrap() []error })
			require.True(t, ok)
			var got []string
			for _, err := range joined.Unwrap() {
				require.ErrorAs(t, err, new(*provision.BlueprintError))
				got = append(got, err.Error())
			}
			require.Len(t, got, len(tt.want), "%q", got)
			for i, want := range tt.want {
				require.Contains(t, got[i], want)
			}
			_, err = tt.b.Digest()
			require.Error(t, err, "an invalid blueprint has no digest")
		})
	}
}

// stammering promises an output twice, of different types.
type stammering struct{}

func (stammering) Kind() provision.Kind { return "test/stammering" }
func (stammering) Validate() error      { return nil }
func (stammering) Outputs() []provision.Output {
	return []provision.Output{{Name: "ID"}, {Name: "Host"}, {Name: "ID", Type: provision.NumberType}}
}

// kindless is a spec whose kind names no service.
type kindless struct{}

func (kindless) Kind() provision.Kind        { return "thing" }
func (kindless) Outputs() []provision.Output { return nil }
func (kindless) Validate() error             { return nil }

func TestValidateReportsAllAtOnce(t *testing.T) {
	t.Parallel()
	b := nodes(
		provision.Node{Name: "Web", Spec: thing{Label: "${{x.Y}}", Size: -1}},
		provision.Node{Name: "db", Spec: thing{Label: "${{Web"}},
	)
	err := b.Validate()
	for _, want := range []string{"lower-case letter", `no node "x"`, "negative", "no closing"} {
		require.ErrorContains(t, err, want)
	}
	detail := (*provision.BlueprintError)(nil)
	require.True(t, errors.As(err, &detail))
	require.Equal(t, "Web", detail.Node)
}

// TestValidateLongChain would overflow a stack that grows with the blueprint, or take minutes if it were quadratic.
func TestValidateLongChain(t *testing.T) {
	t.Parallel()
	b := &provision.Blueprint{}
	last := b.Add("n0", thing{})
	for i := range 20_000 {
		last = b.Add(fmt.Sprintf("n%d", i+1), thing{Label: last.Output("Host")})
	}
	require.NoError(t, b.Validate())
	b.Nodes[0].Spec = thing{Label: last.Output("Host")}
	err := b.Validate()
	require.ErrorContains(t, err, "the nodes wait for each other: n0 needs n20000 (Label), n20000 needs n19999 (Label)")
	require.ErrorContains(t, err, "and 19981 more")
	require.Less(t, len(err.Error()), 2000)
}

func TestAdd(t *testing.T) {
	t.Parallel()
	var b provision.Blueprint
	db := b.Add("db", thing{}, provision.Keep)
	type handle struct{ provision.Ref }
	web := handle{b.Add("web", thing{Label: db.Output("Host")})}
	b.Add("job", thing{}, provision.After(db, web), provision.Keep)
	require.NoError(t, b.Validate())
	require.Equal(t, []provision.Node{
		{Name: "db", Spec: thing{}, Keep: true},
		{Name: "web", Spec: thing{Label: "${{db.Host}}"}},
		{Name: "job", Spec: thing{}, After: []string{"db", "web"}, Keep: true},
	}, b.Nodes)
}

// What is kept holds what it stands on, so that must be kept too; what only comes before it need not.
func TestKeepNeedsWhatItRefersTo(t *testing.T) {
	t.Parallel()
	var b provision.Blueprint
	group := b.Add("group", thing{})
	b.Add("db", thing{Uses: []provision.Text{"literal", group.Output("ID")}}, provision.Keep)
	b.Add("last", thing{}, provision.After(group), provision.Keep)
	err := b.Validate()
	require.EqualError(t, err, `node "db": Uses[1]: it is kept, and "group", which it needs, is not; keep both, or give it something that is made elsewhere`)
	b.Nodes[0].Keep = true
	require.NoError(t, b.Validate())
}

func TestResolve(t *testing.T) {
	t.Parallel()
	original := func() thing {
		return thing{
			Label: "http://${{jobs.Host}}:${{jobs.Port}}/$${{x}}",
			Uses:  []provision.Text{"a", "${{jobs.Parts}}", "${{jobs.Port}}", "${{none.Parts}}"},
			Env:   map[string]provision.Text{"HOST": "${{jobs.Host}}", "SHELL": "$HOME ${x}"},
			Rules: []rule{{From: "${{jobs.Host}}", Port: 1}},
			Limit: &rule{From: "${{jobs.Host}}"},
			Any: map[string]any{
				"Port":  provision.Text("${{jobs.Port}}"),
				"Parts": provision.Text("${{jobs.Parts}}"),
				"Mixed": []any{provision.Text("${{jobs.Parts}}"), 1, "${{jobs.Host}}", nil},
			},
			Start: time.Date(2024, 1, 2, 3, 4, 5, 6, time.UTC),
			Zones: [2]provision.Text{"a", "${{jobs.Host}}"},
		}
	}
	values := map[string]provision.Value{
		"${{jobs.Host}}":  provision.TextValue("h${{jobs.Port}}"), // not looked at again
		"${{jobs.Port}}":  provision.NumberValue(8080),
		"${{jobs.Parts}}": provision.ListValue([]string{"x", "y"}),
		"${{none.Parts}}": provision.ListValue(nil),
	}
	lookup := func(r provision.Reference) (provision.Value, error) {
		v, ok := values[r.String()]
		if !ok {
			return v, errors.New("not known")
		}
		return v, nil
	}
	before := original()
	got, err := provision.Resolve(before, lookup)
	require.NoError(t, err)
	require.Equal(t, thing{
		Label: "http://h${{jobs.Port}}:8080/${{x}}",
		Uses:  []provision.Text{"a", "x", "y", "8080"},
		Env:   map[string]provision.Text{"HOST": "h${{jobs.Port}}", "SHELL": "$HOME ${x}"},
		Rules: []rule{{From: "h${{jobs.Port}}", Port: 1}},
		Limit: &rule{From: "h${{jobs.Port}}"},
		Any: map[string]any{
			"Port":  8080.0,
			"Parts": []provision.Text{"x", "y"},
			"Mixed": []any{provision.Text("x"), provision.Text("y"), 1, "${{jobs.Host}}", nil},
		},
		Start: before.Start,
		Zones: [2]provision.Text{"a", "h${{jobs.Port}}"},
	}, got)
	require.Equal(t, original(), before, "the original was changed")

	resolved := got.(thing)
	resolved.Rules[0].Port, resolved.Limit.Port, resolved.Env["X"] = 9, 9, "x"
	require.Equal(t, original(), before, "the copy shares memory with the original")

	byPointer, err := provision.Resolve(&before, lookup)
	require.NoError(t, err)
	require.Equal(t, got.(thing).Label, byPointer.(*thing).Label)

	_, err = provision.Resolve(thing{Label: "${{a.B}}", Zones: [2]provision.Text{"${{jobs.Parts}}"}, Env: map[string]provision.Text{"A": "x${{jobs.Parts}}"}}, lookup)
	for _, want := range []string{"Label: not known", "Zones[0]: a list does not fit", "Env[A]: ${{jobs.Parts}} is a list and does not fit into a longer text"} {
		require.ErrorContains(t, err, want)
	}
	_, err = provision.Resolve(nil, lookup)
	require.Error(t, err)
	require.Nil(t, mustResolve(t, thing{}).(thing).Uses, "nil stays nil")
}

func mustResolve(t *testing.T, s provision.Spec) provision.Spec {
	t.Helper()
	got, err := provision.Resolve(s, nil)
	require.NoError(t, err)
	return got
}

func reference() *provision.Blueprint {
	b := &provision.Blueprint{Inputs: map[string]string{"vpc": "vpc-1", "unused": "x"}}
	dead := b.Add("dead", thing{Size: 3}, provision.Keep)
	jobs := b.Add("jobs", thing{
		Label: dead.Output("ID"), Timeout: 30 * time.Second, Limit: &rule{},
		Env: map[string]provision.Text{"A": "1", "B": "${{in.vpc}}", "C": "é \"quoted\"\n"},
		Any: map[string]any{"x": 1.5, "y": []any{true, nil, provision.Text("${{commit}}")}},
	})
	web := b.Add("web", thing{Uses: []provision.Text{jobs.Output("ID")}, Start: time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC)}, provision.After(dead, jobs))
	b.Entrance.Host = web.Output("Host")
	return b
}

func digest(t *testing.T, b *provision.Blueprint) string {
	t.Helper()
	d, err := b.Digest()
	require.NoError(t, err)
	require.Regexp(t, `^[A-Za-z0-9_-]{22}$`, d)
	return d
}

// TestDigestIsPinned fails when digests change: every environment that exists would look as if it had another blueprint.
func TestDigestIsPinned(t *testing.T) {
	t.Parallel()
	require.Equal(t, "PVnwcgLHv3wbcrvuOVXuqw", digest(t, &provision.Blueprint{}))
	require.Equal(t, "_A1DwPKU_F2eKEAADxrrJA", digest(t, reference()))
}

func TestDigestIgnores(t *testing.T) {
	t.Parallel()
	want := digest(t, reference())
	for name, change := range map[string]func(b *provision.Blueprint){
		"the order of nodes":      func(b *provision.Blueprint) { slices.Reverse(b.Nodes) },
		"the order of After":      func(b *provision.Blueprint) { slices.Reverse(b.Nodes[2].After) },
		"After twice":             func(b *provision.Blueprint) { b.Nodes[2].After = append(b.Nodes[2].After, "dead") },
		"inputs that nobody uses": func(b *provision.Blueprint) { b.Inputs["unused"], b.Inputs["more"] = "y", "z" },
		"blanks in references":    func(b *provision.Blueprint) { b.Entrance.Host = "${{  web.Host }}" },
		"the order of keys in a map": func(b *provision.Blueprint) {
			s := b.Nodes[1].Spec.(thing)
			s.Env = map[string]provision.Text{"C": s.Env["C"], "B": s.Env["B"], "A": s.Env["A"]}
			b.Nodes[1].Spec = s
		},
	} {
		b := reference()
		change(b)
		require.Equal(t, want, digest(t, b), name)
	}
	for range 20 { // maps are ranged over in another order each time
		require.Equal(t, want, digest(t, reference()))
	}
}

func TestDigestNotices(t *testing.T) {
	t.Parallel()
	seen := map[string]string{digest(t, reference()): "nothing"}
	spec := func(i int, change func(s *thing)) func(b *provision.Blueprint) {
		return func(b *provision.Blueprint) {
			s := b.Nodes[i].Spec.(thing)
			change(&s)
			b.Nodes[i].Spec = s
		}
	}
	for name, change := range map[string]func(b *provision.Blueprint){
		"a node more":                   func(b *provision.Blueprint) { b.Add("more", thing{}) },
		"a node less":                   func(b *provision.Blueprint) { b.Nodes = b.Nodes[:2]; b.Entrance.Host = "" },
		"an After less":                 func(b *provision.Blueprint) { b.Nodes[2].After = []string{"dead"} },
		"Keep":                          func(b *provision.Blueprint) { b.Nodes[0].Keep = false },
		"an input that is used":         func(b *provision.Blueprint) { b.Inputs["vpc"] = "vpc-2" },
		"the entrance":                  func(b *provision.Blueprint) { b.Entrance.Host = "${{jobs.Host}}" },
		"the entrance's zone":           func(b *provision.Blueprint) { b.Entrance.ZoneID = "Z1" },
		"no entrance":                   func(b *provision.Blueprint) { b.Entrance.Host = "" },
		"a number":                      spec(0, func(s *thing) { s.Size = 4 }),
		"a bool":                        spec(0, func(s *thing) { s.On = true }),
		"a duration":                    spec(1, func(s *thing) { s.Timeout++ }),
		"a float":                       spec(1, func(s *thing) { s.Ratio = 0.1 }),
		"a time":                        spec(2, func(s *thing) { s.Start = s.Start.Add(1) }),
		"a pointer to zero, or nil":     spec(1, func(s *thing) { s.Limit = nil }),
		"an empty slice, or nil":        spec(1, func(s *thing) { s.Rules = []rule{} }),
		"an element of zero":            spec(1, func(s *thing) { s.Rules = []rule{{}} }),
		"where an array holds it":       spec(1, func(s *thing) { s.Zones[1] = "x" }),
		"where an array holds it (0)":   spec(1, func(s *thing) { s.Zones[0] = "x" }),
		"a literal for a reference":     spec(1, func(s *thing) { s.Label = "$${{dead.ID}}" }),
		"a dollar before a reference":   spec(1, func(s *thing) { s.Label = "$$${{dead.ID}}" }),
		"another reference":             spec(1, func(s *thing) { s.Label = "${{dead.Host}}" }),
		"a text in another field":       spec(1, func(s *thing) { s.Label, s.Uses = "", []provision.Text{s.Label} }),
		"a key in a map":                spec(1, func(s *thing) { s.Env = map[string]provision.Text{"A": "1", "B": "${{in.vpc}}", "D": s.Env["C"]} }),
		"what is inside an any":         spec(1, func(s *thing) { s.Any = map[string]any{"x": 1.5} }),
		"the order of a list":           spec(2, func(s *thing) { s.Uses = []provision.Text{"a", s.Uses[0]} }),
		"the order of a list, reversed": spec(2, func(s *thing) { s.Uses = []provision.Text{s.Uses[0], "a"} }),
		"invalid UTF-8":                 spec(2, func(s *thing) { s.Label = "\xff" }),
		"other invalid UTF-8":           spec(2, func(s *thing) { s.Label = "\xfe" }),
	} {
		b := reference()
		change(b)
		d := digest(t, b)
		require.NotContains(t, seen, d, "%s has the digest of %s", name, seen[d])
		seen[d] = name
	}
}

// older and newer are one kind before and after a field was added and the fields were put into another order.
type (
	older struct {
		Size  int
		Label provision.Text
		Rule  struct{ Port int }
	}
	newer struct {
		Label provision.Text
		Added []string
		Rule  struct {
			Added provision.Text
			Port  int
		}
		Size int
		More *int
	}
)

func (older) Kind() provision.Kind        { return "test/kind" }
func (older) Outputs() []provision.Output { return nil }
func (older) Validate() error             { return nil }
func (newer) Kind() provision.Kind        { return "test/kind" }
func (newer) Outputs() []provision.Output { return nil }
func (newer) Validate() error             { return nil }

func TestDigestSurvivesNewFields(t *testing.T) {
	t.Parallel()
	was, is := older{Size: 1, Label: "x"}, newer{Size: 1, Label: "x"}
	was.Rule.Port, is.Rule.Port = 80, 80
	before := digest(t, nodes(provision.Node{Name: "a", Spec: was}))
	require.Equal(t, before, digest(t, nodes(provision.Node{Name: "a", Spec: is})))
	is.Added = []string{"x"}
	require.NotEqual(t, before, digest(t, nodes(provision.Node{Name: "a", Spec: is})))
}

// A pointer to a kind has all the methods of the kind, so that the compiler takes it; no driver does, and it would say so halfway through.
func TestSpecsThatAreNone(t *testing.T) {
	t.Parallel()
	e := engine(t, memory())
	for want, b := range map[string]*provision.Blueprint{
		"there is no blueprint":            nil,
		`node "n": the node has no spec`:   {Nodes: []provision.Node{{Name: "n"}, {Name: "m", Spec: thing{Label: "${{n.ID}}"}}}},
		`node "p": the node has no spec`:   {Nodes: []provision.Node{{Name: "p", Spec: (*thing)(nil)}, {Name: "m", Spec: thing{Label: "${{p.ID}}"}}}},
		"the spec is a pointer to a provi": {Nodes: []provision.Node{{Name: "p", Spec: &thing{}}, {Name: "m", Spec: thing{Label: "${{p.ID}}"}}}},
	} {
		require.ErrorContains(t, b.Validate(), want)
		require.ErrorContains(t, e.Validate(owner, b), want)
		_, err := b.Digest()
		require.ErrorContains(t, err, want)
		_, err = e.Apply(t.Context(), owner, b)
		require.ErrorContains(t, err, want)
	}
}
