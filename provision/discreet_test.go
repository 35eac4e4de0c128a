package provision_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/provisiontest"
)

// diary is a spec of which most is private.
type diary struct {
	Title provision.Text
	Pages map[string]provision.Text
}

func (diary) Kind() provision.Kind        { return "test/thing" }
func (diary) Outputs() []provision.Output { return nil }
func (diary) Validate() error             { return nil }

func (d diary) Private() []string {
	var all []string
	for _, page := range d.Pages {
		all = append(all, string(page))
	}
	return all
}

var errRefused = errors.New("refused")

// Services like to repeat what they were sent, and what they say ends up in logs.
func TestErrorsRepeatNothingPrivate(t *testing.T) {
	t.Parallel()
	const echo = `Value '%s' at 'pages', {"page":"the \"canary\" and more"}, the "canary", title %s, 1 page`
	b := &provision.Blueprint{Inputs: map[string]string{"page": "the quick canary"}}
	b.Add("diary", diary{Title: "the-title", Pages: map[string]provision.Text{
		"a": "${{in.page}}", "b": `the "canary" and more`, "c": `the "canary"`, "d": "1",
	}})
	refuse := func(c provision.Call) error {
		d := c.Spec.(diary)
		return fmt.Errorf("%w: "+echo, errRefused, d.Pages["a"], d.Title)
	}
	const want = `refused: Value '(hidden)' at 'pages', {"page":"(hidden)"}, (hidden), title the-title, 1 page`

	checks := memory(func(o *provisiontest.MemoryOptions) {
		o.Check = func(c provision.Call) error { return errors.Join(refuse(c), refuse(c)) }
	})
	_, err := engine(t, checks).Check(t.Context(), owner, b)
	require.ErrorIs(t, err, errRefused)
	var problems *provision.CheckError
	require.ErrorAs(t, err, &problems)
	require.Len(t, problems.Problems, 2)
	require.EqualError(t, problems.Problems[1].Err, want)

	for _, op := range []provisiontest.Op{provisiontest.OpCreate, provisiontest.OpAwait} {
		call := provision.Call{Spec: diary{Title: "the-title", Pages: map[string]provision.Text{"a": "the quick canary"}}}
		m := memory(func(o *provisiontest.MemoryOptions) {
			o.Before = func(now provisiontest.Op, _ string) error {
				if now == op {
					return refuse(call)
				}
				return nil
			}
		})
		var steps []provision.Step
		_, err := engine(t, m).Apply(t.Context(), owner, b, func(o *provision.ApplyOptions) {
			o.Observe = func(s provision.Step) { steps = append(steps, s) }
		})
		var failed *provision.ApplyError
		require.ErrorAs(t, err, &failed, op)
		require.ErrorIs(t, err, errRefused)
		require.EqualError(t, failed.Failed[0].Err, want, op)
		require.NotContains(t, fmt.Sprintf("%v %+v %+v", err, failed, steps), "canary", op)
		require.Contains(t, errors.Unwrap(failed.Failed[0].Err).Error(), "canary", "who unwraps it sees what the service said")
	}
}

// A service may quote as JSON does, as JavaScript and most others do, or as Go does.
func TestPrivateTextsAreHiddenInQuotesOfAnySort(t *testing.T) {
	t.Parallel()
	const secret = "<canary>&\"\x01\x7f"
	for _, echo := range []string{
		`<canary>&"` + "\x01\x7f", `\u003ccanary\u003e\u0026\"\u0001` + "\x7f", `<canary>&\"\u0001` + "\x7f", `<canary>&\"\x01\x7f`,
	} {
		m := memory(func(o *provisiontest.MemoryOptions) {
			o.Before = func(provisiontest.Op, string) error { return fmt.Errorf("%w: '%s'", errRefused, echo) }
		})
		b := &provision.Blueprint{}
		b.Add("diary", diary{Pages: map[string]provision.Text{"a": secret}})
		_, err := engine(t, m).Apply(t.Context(), owner, b)
		require.ErrorContains(t, err, "refused: '(hidden)'", echo)
	}
}

// sized judges its label.
type sized struct{ Label provision.Text }

func (sized) Kind() provision.Kind        { return "test/thing" }
func (sized) Outputs() []provision.Output { return []provision.Output{{Name: "ID"}} }
func (s sized) Validate() error {
	if refs, _ := provision.Text(s.Label).References(); len(refs) == 0 && len(s.Label) > 3 {
		return fmt.Errorf("Label %q: at most 3 characters", s.Label)
	}
	return nil
}

// An input is known before the first call, so it is judged then, and not when AWS refuses it.
func TestInputsAreJudgedLikeLiterals(t *testing.T) {
	t.Parallel()
	for label, want := range map[provision.Text]string{
		"${{in.short}}":            "",
		"${{in.long}}":             `node "b": Label "a long one": at most 3 characters`,
		"${{in.long}}-${{a.ID}}":   "", // as long as something of it is not known
		"${{in.long}}-${{commit}}": "",
		"${{in.none}}":             `node "b": Label: there is no input "none"; did you mean "long"?`,
	} {
		b := &provision.Blueprint{Inputs: map[string]string{"short": "abc", "long": "a long one"}}
		b.Add("a", sized{})
		b.Add("b", sized{Label: label})
		err := b.Validate()
		if want == "" {
			require.NoError(t, err, label)
			continue
		}
		require.EqualError(t, err, want, label)
	}
}
