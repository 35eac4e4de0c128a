package provision

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Text is a text in a spec: a literal, or text with references to values that are known only later.
//
//	${{jobs.URL}}    the output URL of the node jobs
//	${{in.vpc}}      the input vpc of the blueprint
//	${{commit}}      the full commit hash; likewise ${{app}}, ${{env}} (the environment's id) and ${{base}}
//
// Blanks inside the braces do not matter. A dollar sign means nothing by itself, so shell text stays as it is; only before
// "{{" it is special, and is doubled there to be meant literally: $${{ is the text ${{, and $$${{x.Y}} is a dollar sign and then a
// reference. Literal does this doubling.
type Text string

// Secret is a Text that leads to a secret: the ARN of one in Secrets Manager or of a parameter in SSM, never its value. Outputs that lead
// to secrets fit into fields of this type only, and these are the fields that AWS resolves, or whose value only the software
// sees. So no reference to a secret ends up in a name, a tag, a script or a DNS record by mistake.
type Secret string

// Reference is what stands between the braces of one ${{...}}.
type Reference struct {
	// Node is the name of the node that is referred to; "in" for an input; empty for commit, app, env and base.
	Node string
	// Output is the name of the output, of the input, or one of commit, app, env and base.
	Output string
}

// inputs is the word that stands before the dot in a reference to an input; no node may be called so.
const inputs = "in"

// IsInput reports whether r refers to an input of the blueprint.
func (r Reference) IsInput() bool { return r.Node == inputs }

// IsNode reports whether r refers to an output of a node.
func (r Reference) IsNode() bool { return r.Node != "" && r.Node != inputs }

// String returns r as it is written in a Text, "${{jobs.URL}}".
func (r Reference) String() string {
	if r.Node == "" {
		return "${{" + r.Output + "}}"
	}
	return "${{" + r.Node + "." + r.Output + "}}"
}

// Literal returns the Text that resolves to exactly s, whatever s contains.
func Literal(s string) Text {
	var b strings.Builder
	for {
		at := strings.Index(s, "{{")
		if at < 0 {
			b.WriteString(s)
			return Text(b.String())
		}
		b.WriteString(s[:at])
		b.WriteString(s[:at][len(strings.TrimRight(s[:at], "$")):]) // the dollar signs before the braces, once more
		b.WriteString("{{")
		s = s[at+len("{{"):]
	}
}

// References returns what t refers to, in the order of the text, repetitions included. It fails where t is not well formed.
func (t Text) References() ([]Reference, error) {
	parts, err := parse(t)
	if err != nil {
		return nil, err
	}
	var refs []Reference
	for _, p := range parts {
		if p.isRef {
			refs = append(refs, p.ref)
		}
	}
	return refs, nil
}

// Pending reports whether t refers to the output of a node. To a Checker it says that the value is not known yet.
func (t Text) Pending() bool {
	refs, err := t.References()
	return err == nil && slices.ContainsFunc(refs, Reference.IsNode)
}

// References returns what s refers to, as those of a Text.
func (s Secret) References() ([]Reference, error) { return Text(s).References() }

// Pending reports whether s refers to the output of a node, as that of a Text.
func (s Secret) Pending() bool { return Text(s).Pending() }

// part is a piece of a parsed Text: a literal or a reference.
type part struct {
	literal string
	ref     Reference
	isRef   bool
}

// parse takes t apart. Neighbouring literals come as one part, so a lone reference is exactly one part.
func parse(t Text) ([]part, error) {
	s := string(t)
	if !strings.Contains(s, "${{") {
		if s == "" {
			return nil, nil
		}
		return []part{{literal: s}}, nil
	}
	var (
		parts   = make([]part, 0, 2*strings.Count(s, "${{")+1) // a literal before each reference, and one after the last
		literal strings.Builder
	)
	flush := func() {
		if literal.Len() > 0 {
			parts = append(parts, part{literal: literal.String()})
			literal.Reset()
		}
	}
	for {
		at := strings.Index(s, "{{")
		if at < 0 {
			literal.WriteString(s)
			flush()
			return parts, nil
		}
		text := strings.TrimRight(s[:at], "$")
		dollars := at - len(text)
		literal.WriteString(text)
		literal.WriteString(strings.Repeat("$", dollars/2)) // of each two one is meant
		s = s[at+len("{{"):]
		if dollars%2 == 0 {
			literal.WriteString("{{")
			continue
		}
		end := strings.Index(s, "}}")
		if end < 0 {
			// What follows may be no reference but a password, so it is not shown.
			return nil, errors.New("a reference ${{ has no closing }} (write $${{ for a literal ${{)")
		}
		ref, err := parseReference(s[:end])
		if err != nil {
			return nil, err
		}
		flush()
		parts = append(parts, part{ref: ref, isRef: true})
		s = s[end+len("}}"):]
	}
}

// parseReference reads what stands between the braces.
func parseReference(inside string) (Reference, error) {
	word := strings.Trim(inside, " \t\r\n")
	node, output, dotted := strings.Cut(word, ".")
	if !dotted {
		node, output = "", word
	}
	switch {
	case word == "":
		return Reference{}, fmt.Errorf("the reference ${{%s}} is empty (write $${{ for a literal ${{)", cutText(inside, 40))
	case !dotted && !isVariable(word):
		return Reference{}, fmt.Errorf("the reference ${{%s}} is neither node.Output, in.NAME, commit, app, env nor base", cutText(word, 40))
	case dotted && checkName(node) != nil:
		return Reference{}, fmt.Errorf("the reference ${{%s}} does not begin with the name of a node: %w", cutText(word, 40), checkName(node))
	case dotted && !isOutputName(output):
		return Reference{}, fmt.Errorf("the reference ${{%s}} does not end in the name of an output or input (letters, digits, '_', '-' and '.', a letter first)", cutText(word, 40))
	}
	return Reference{Node: node, Output: output}, nil
}

// isVariable reports whether word is one of the values that every blueprint may refer to.
func isVariable(word string) bool {
	switch word {
	case "commit", "app", "env", "base":
		return true
	}
	return false
}

// isOutputName reports whether s can name an output or an input. Dots are allowed because the attributes of CloudFormation's
// resource types have them (Endpoint.Address).
func isOutputName(s string) bool {
	for i, c := range []byte(s) {
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		other := '0' <= c && c <= '9' || c == '_' || c == '-' || c == '.'
		if !letter && (i == 0 || !other) {
			return false
		}
	}
	return s != ""
}

// cutText shortens s for an error message, never inside a rune.
func cutText(s string, runes int) string {
	n := 0
	for i := range s {
		if n == runes {
			return s[:i] + "..."
		}
		n++
	}
	return s
}

// render is the inverse of parse: equal meanings are written alike.
func render(parts []part) Text {
	var b strings.Builder
	for _, p := range parts {
		if p.isRef {
			b.WriteString(trailingDollars(b.String()))
			b.WriteString(p.ref.String())
			continue
		}
		b.WriteString(string(Literal(p.literal)))
	}
	return Text(b.String())
}

// trailingDollars returns the dollar signs that s ends in; before a reference they are doubled.
func trailingDollars(s string) string { return s[len(strings.TrimRight(s, "$")):] }
