package provision

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTextReferences(t *testing.T) {
	t.Parallel()
	jobs := Reference{Node: "jobs", Output: "URL"}
	for _, tt := range []struct {
		name string
		text Text
		want []part
	}{
		{"empty", "", nil},
		{"literal", "plain $HOME ${x} {{y}} }}", []part{{literal: "plain $HOME ${x} {{y}} }}"}}},
		{"lone reference", "${{jobs.URL}}", []part{{ref: jobs, isRef: true}}},
		{"blanks inside", "${{  jobs.URL\t}}", []part{{ref: jobs, isRef: true}}},
		{"inside a text", "a ${{jobs.URL}} b", []part{{literal: "a "}, {ref: jobs, isRef: true}, {literal: " b"}}},
		{"two in a row", "${{app}}${{env}}", []part{{ref: Reference{Output: "app"}, isRef: true}, {ref: Reference{Output: "env"}, isRef: true}}},
		{"variables", "${{commit}}${{base}}", []part{{ref: Reference{Output: "commit"}, isRef: true}, {ref: Reference{Output: "base"}, isRef: true}}},
		{"input", "${{in.vpc_id}}", []part{{ref: Reference{Node: "in", Output: "vpc_id"}, isRef: true}}},
		{"dotted output", "${{db.Endpoint.Address}}", []part{{ref: Reference{Node: "db", Output: "Endpoint.Address"}, isRef: true}}},
		{"escaped", "a $${{jobs.URL}} b", []part{{literal: "a ${{jobs.URL}} b"}}},
		{"dollar, then reference", "$$${{jobs.URL}}", []part{{literal: "$"}, {ref: jobs, isRef: true}}},
		{"dollar, then literal braces", "$$$${{x", []part{{literal: "$${{x"}}},
		{"braces without dollar beside a reference", "{{a}} ${{jobs.URL}}", []part{{literal: "{{a}} "}, {ref: jobs, isRef: true}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			parts, err := parse(tt.text)
			require.NoError(t, err)
			require.Equal(t, tt.want, parts)
		})
	}
}

func TestTextMistakes(t *testing.T) {
	t.Parallel()
	for text, want := range map[Text]string{
		"${{jobs.URL":         "no closing }}",
		"${{}}":               "is empty",
		"${{ }}":              "is empty",
		"${{jobs}}":           "neither node.Output, in.NAME, commit, app, env nor base",
		"${{Jobs.URL}}":       "does not begin with a lower-case letter",
		"${{.URL}}":           "needs a name",
		"${{jobs.}}":          "does not end in the name of an output",
		"${{jobs.1}}":         "does not end in the name of an output",
		"${{jobs.UR L}}":      "does not end in the name of an output",
		"${{jobs.URL}} ${{x}": "no closing }}",
	} {
		_, err := text.References()
		require.ErrorContains(t, err, want, "%s", text)
	}
}

func TestLiteral(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]Text{
		"plain $x":    "plain $x",
		"${{a.B}}":    "$${{a.B}}",
		"$${{a.B}}":   "$$$${{a.B}}",
		"{{go.tmpl}}": "{{go.tmpl}}",
		"${{${{":      "$${{$${{",
	} {
		require.Equal(t, want, Literal(s))
	}
}

// FuzzText looks for texts that a reader and a writer of references understand differently.
func FuzzText(f *testing.F) {
	for _, seed := range []string{
		"", "plain", "${{jobs.URL}}", "a$${{b}}$$${{in.x}}", "${{", "}}", "{{", "$", "${{{a.B}}}", "${{ app }}$", "$${{{{", "${{a.b}}$${{", "é${{a.B}}\xff",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		parts, err := parse(Literal(s))
		require.NoError(t, err, "a literal is always well formed")
		switch {
		case s == "":
			require.Empty(t, parts)
		default:
			require.Equal(t, []part{{literal: s}}, parts, "a literal stands for itself")
		}
		if parts, err = parse(Text(s)); err != nil {
			return
		}
		again, err := parse(render(parts))
		require.NoError(t, err, "what is rendered is well formed")
		require.Equal(t, parts, again, "and means the same")
		require.Equal(t, render(parts), render(again), "and has one spelling")
	})
}
