package provision_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/provisiontest"
)

// place is a look-up of a network, say.
type place struct {
	Name provision.Text
	In   provision.Text
}

func (place) Kind() provision.Kind { return "test/place" }
func (place) Existing()            {}
func (place) Validate() error      { return nil }
func (place) Outputs() []provision.Output {
	return []provision.Output{{Name: "ID"}, {Name: "Parts", Type: provision.ListType}, {Name: "Key", Secret: true}}
}

// world is a memory in which the newest place of each name has a number that a test may raise.
func world(newest map[string]int, optFns ...func(*provisiontest.MemoryOptions)) *provisiontest.Memory {
	return memory(append(optFns, func(o *provisiontest.MemoryOptions) {
		o.Looks = []provision.Kind{"test/place"}
		o.Look = func(c provision.Call, pin string) (provision.State, string, error) {
			p := c.Spec.(place)
			number, ok := newest[string(p.Name)]
			if !ok {
				return provision.State{}, "", &provision.MissingError{Field: "Name", What: fmt.Sprintf("place %q", p.Name)}
			}
			if pin == "" {
				pin = fmt.Sprintf("%s-%d", p.Name, number)
			}
			return provision.State{ID: string(p.In) + "/" + pin, Outputs: map[string]provision.Value{
				"ID":    provision.TextValue(pin),
				"Parts": provision.ListValue([]string{pin + "a", pin + "b"}),
				"Key":   provision.TextValue("arn:" + pin),
			}}, pin, nil
		}
	})...)
}

func TestLookUps(t *testing.T) {
	t.Parallel()
	newest := map[string]int{"net": 7, "image": 1}
	m := world(newest)
	e := engine(t, m)
	b := &provision.Blueprint{Inputs: map[string]string{"net": "net"}}
	b.Add("web", thing{Label: "${{image.ID}}", Uses: []provision.Text{"x", "${{net.Parts}}"}})
	b.Add("image", place{Name: "image", In: "${{net.ID}}"})
	b.Add("net", place{Name: "${{in.net}}", In: "${{app}}"})

	checked, err := e.Check(t.Context(), owner, b)
	require.NoError(t, err)
	require.Equal(t, map[string]string{"net": "net-7", "image": "image-1"}, checked.Pins)
	require.Zero(t, m.Count(provisiontest.OpCreate))
	require.Equal(t, 2, m.Count(provisiontest.OpLook))

	j := newJournal()
	applied, err := e.Apply(t.Context(), owner, b, j.apply, func(o *provision.ApplyOptions) { o.Checked = checked })
	require.NoError(t, err)
	require.Equal(t, 2, m.Count(provisiontest.OpLook), "what was checked is not looked up again")
	require.Len(t, applied.States, 1, "what exists already is not ours")
	require.Equal(t, "found image", strings.Fields(j.lines()[0])[0]+" "+strings.Fields(j.lines()[0])[1])
	require.Equal(t, "net-7/image-1", j.steps[0].ID)
	states, err := e.Find(t.Context(), owner)
	require.NoError(t, err)
	require.Len(t, states, 1)

	t.Run("a pin repeats the choice, and is a part of the digest", func(t *testing.T) {
		newest["image"] = 2
		again, err := e.Check(t.Context(), owner, b)
		require.NoError(t, err)
		require.Equal(t, "image-2", again.Pins["image"])
		pinned := *b
		pinned.Pins = checked.Pins
		again, err = e.Check(t.Context(), owner, &pinned)
		require.NoError(t, err)
		require.Equal(t, checked.Pins, again.Pins)
		digest := func(b *provision.Blueprint) string {
			d, err := b.Digest()
			require.NoError(t, err)
			return d
		}
		require.NotEqual(t, digest(b), digest(&pinned))
		other := *b
		other.Pins = map[string]string{"net": "net-7", "image": "image-2"}
		require.NotEqual(t, digest(&other), digest(&pinned))
		// Memory refuses another spec under the same name, so this shows that the very same was asked for.
		_, err = e.Apply(t.Context(), owner, &pinned)
		require.NoError(t, err)
		_, err = e.Apply(t.Context(), owner, b)
		require.Error(t, err)
	})
	t.Run("what was checked for another blueprint is looked up", func(t *testing.T) {
		more := *b
		more.Nodes = append([]provision.Node{{Name: "image2", Spec: place{Name: "image"}}}, b.Nodes...)
		more.Pins = checked.Pins
		_, err := e.Apply(t.Context(), owner, &more, func(o *provision.ApplyOptions) { o.Checked = checked })
		require.NoError(t, err)
	})
}

func TestCheckReportsAllAtOnceAndMakesNothing(t *testing.T) {
	t.Parallel()
	asked := make(chan provision.Call, 10)
	m := world(map[string]int{"image": 1}, func(o *provisiontest.MemoryOptions) {
		o.Check = func(c provision.Call) error {
			asked <- c
			if c.Node == "fine" {
				return nil
			}
			return errors.Join(
				&provision.MissingError{Field: "Label", What: "label " + string(c.Spec.(thing).Label)},
				&provision.MissingError{Field: "Uses[0]", What: "certificate c", Why: "has expired"})
		}
	})
	b := &provision.Blueprint{}
	b.Add("net", place{Name: "net"})
	b.Add("image", place{Name: "image"})
	b.Add("inner", place{Name: "image", In: "${{net.ID}}"})
	b.Add("fine", thing{})
	b.Add("web", thing{Label: "${{image.ID}} of ${{commit}}", Uses: []provision.Text{"${{fine.ID}}", "${{fine.Parts}}", "${{image.Parts}}"}})
	for name, do := range map[string]func() error{
		"Check": func() error { _, err := engine(t, m).Check(t.Context(), owner, b); return err },
		"Apply": func() error { _, err := engine(t, m).Apply(t.Context(), owner, b); return err },
	} {
		err := do()
		var all *provision.CheckError
		require.ErrorAs(t, err, &all, name)
		require.Len(t, all.Problems, 3, "inner waits for net, and that is said once: %v", err)
		require.Equal(t, []string{"net", "web", "web"}, []string{all.Problems[0].Node, all.Problems[1].Node, all.Problems[2].Node})
		require.ErrorIs(t, err, provision.ErrMissing)
		require.EqualError(t, err, `provision: nothing was made, for 3 reasons:
- node "net" (test/place): check: Name: place "net" does not exist
- node "web" (test/thing): check: Label: label image-1 of `+owner.Commit+` does not exist
- node "web" (test/thing): check: Uses[0]: certificate c: has expired`)
		require.Zero(t, m.Count(provisiontest.OpCreate), name)
	}
	for range 4 {
		if c := <-asked; c.Node == "web" {
			uses := c.Spec.(thing).Uses
			require.Equal(t, []provision.Text{"${{fine.ID}}", "${{fine.Parts}}", "image-1a", "image-1b"}, uses)
			require.True(t, uses[0].Pending())
			require.False(t, uses[2].Pending())
		}
	}
}

// strict is a look-up that must say something.
type strict struct{ Name provision.Text }

func (strict) Kind() provision.Kind        { return "test/place" }
func (strict) Existing()                   {}
func (strict) Outputs() []provision.Output { return nil }
func (s strict) Validate() error {
	if s.Name == "" {
		return &provision.BlueprintError{Field: "Name", Err: errors.New("is missing")}
	}
	return nil
}

// Private lists its name.
func (s strict) Private() []string { return []string{string(s.Name)} }

func TestLookUpsRepeatNothingPrivate(t *testing.T) {
	t.Parallel()
	m := memory(func(o *provisiontest.MemoryOptions) {
		o.Looks = []provision.Kind{"test/place"}
		o.Look = func(c provision.Call, _ string) (provision.State, string, error) {
			return provision.State{}, "", &provision.MissingError{What: "place " + string(c.Spec.(strict).Name)}
		}
	})
	b := &provision.Blueprint{}
	b.Add("net", strict{Name: "the quick canary"})
	_, err := engine(t, m).Check(t.Context(), owner, b)
	require.ErrorIs(t, err, provision.ErrMissing)
	require.ErrorContains(t, err, "place (hidden) does not exist")
}

// A reference that comes out empty must not turn "the newest image of this owner" into "of anybody".
func TestLookUpsAreJudgedWithWhatTheirReferencesCameOutAs(t *testing.T) {
	t.Parallel()
	m := memory(func(o *provisiontest.MemoryOptions) {
		o.Looks = []provision.Kind{"test/place"}
		o.Look = func(provision.Call, string) (provision.State, string, error) {
			return provision.State{ID: "x", Outputs: with(all(), "ID", provision.TextValue(""))}, "", nil
		}
	})
	b := &provision.Blueprint{}
	b.Add("image", strict{Name: "${{owner.ID}}"})
	b.Add("owner", place{})
	_, err := engine(t, m).Check(t.Context(), owner, b)
	require.ErrorContains(t, err, `node "image" (test/place): check: Name: is missing`)
	require.Equal(t, 1, m.Count(provisiontest.OpLook))
}

// Who has no pin to give, such as a program with an empty flag, gives none.
func TestEmptyPinIsNone(t *testing.T) {
	t.Parallel()
	digest := func(pins map[string]string) string {
		b := &provision.Blueprint{Pins: pins}
		b.Add("net", place{Name: "net"})
		d, err := b.Digest()
		require.NoError(t, err)
		return d
	}
	require.Equal(t, digest(nil), digest(map[string]string{"net": ""}))
	require.NotEqual(t, digest(nil), digest(map[string]string{"net": "net-1"}))
}

func TestCheckStops(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := world(map[string]int{"net": 1}, func(o *provisiontest.MemoryOptions) {
			o.Latency = func(provisiontest.Op, provision.Kind, string) time.Duration { return time.Minute }
		})
		b := &provision.Blueprint{}
		for i := range 40 {
			b.Add(fmt.Sprintf("net%d", i), place{Name: "net"})
		}
		start := time.Now()
		_, err := engine(t, m).Check(t.Context(), owner, b)
		require.NoError(t, err)
		require.Equal(t, 2*time.Minute, time.Since(start), "32 at a time")
		ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
		defer cancel()
		_, err = engine(t, m).Check(ctx, owner, b)
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
}

func TestBadLookUps(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(b *provision.Blueprint)
		want   string
	}{
		"needs what is made": {func(b *provision.Blueprint) { b.Add("net", place{Name: "${{web.ID}}"}) },
			`node "net": Name: "web" is made after all look-ups, so a look-up cannot need it`},
		"after what is made": {func(b *provision.Blueprint) { b.Add("net", place{}, provision.After(provision.Ref{Name: "web"})) },
			`node "net": After: "web" is made after`},
		"kept":                  {func(b *provision.Blueprint) { b.Add("net", place{}, provision.Keep) }, `node "net": Keep is for what is made`},
		"a pin of no node":      {func(b *provision.Blueprint) { b.Pins = map[string]string{"wbe": "x"} }, `Pins: there is no node "wbe"; did you mean "web"?`},
		"a pin of what is made": {func(b *provision.Blueprint) { b.Pins = map[string]string{"web": "x"} }, `node "web": Pins: only look-ups have pins`},
		"a pin with a blank": {func(b *provision.Blueprint) { b.Add("net", place{}); b.Pins = map[string]string{"net": "a b"} },
			`node "net": Pins: the pin "a b" has ' ' in it`},
		"a long pin": {func(b *provision.Blueprint) {
			b.Add("net", place{})
			b.Pins = map[string]string{"net": strings.Repeat("x", 513)}
		},
			`has 513 characters; at most 512 are allowed`},
		"a secret in a text": {func(b *provision.Blueprint) {
			b.Add("net", place{Name: "net"})
			b.Add("w", thing{Label: "a ${{net.Key}}"})
		},
			`node "w": Label: ${{net.Key}} leads to a secret and fits only into a field for secrets`},
		"a secret in a map": {func(b *provision.Blueprint) {
			b.Add("net", place{})
			b.Add("w", thing{Env: map[string]provision.Text{"A": "${{net.Key}}"}})
		}, `Env[A]: ${{net.Key}} leads to a secret`},
		"a secret as a text in a tree": {func(b *provision.Blueprint) {
			b.Add("net", place{})
			b.Add("w", thing{Any: []any{provision.Text("${{net.Key}}")}})
		}, `Any[0]: ${{net.Key}} leads to a secret`},
		"a secret as the entrance": {func(b *provision.Blueprint) { b.Add("net", place{}); b.Entrance.Host = "${{net.Key}}" },
			`Entrance.Host: ${{net.Key}} leads to a secret`},
	} {
		b := &provision.Blueprint{}
		b.Add("web", thing{})
		c.change(b)
		require.ErrorContains(t, b.Validate(), c.want, name)
	}
}

// noLooker is a driver without the power to look up.
type noLooker struct{ provision.Driver }

func (noLooker) Kinds() []provision.Kind { return []provision.Kind{"test/place"} }

func TestLookerLies(t *testing.T) {
	t.Parallel()
	b := &provision.Blueprint{}
	b.Add("net", place{})
	require.ErrorContains(t, engine(t, noLooker{}).Validate(owner, b), "does not look anything up")
	for name, c := range map[string]struct {
		state provision.State
		pin   string
		want  string
	}{
		"no id":       {provision.State{Outputs: all()}, "", "did not give an id"},
		"no output":   {provision.State{ID: "x", Outputs: map[string]provision.Value{}}, "", "did not give the output"},
		"a bad pin":   {provision.State{ID: "x", Outputs: all()}, "a=b", `the pin "a=b" has '=' in it`},
		"wrong types": {provision.State{ID: "x", Outputs: with(all(), "Parts", provision.TextValue("x"))}, "", "as a text; promised was a list"},
	} {
		m := memory(func(o *provisiontest.MemoryOptions) {
			o.Looks = []provision.Kind{"test/place"}
			o.Look = func(provision.Call, string) (provision.State, string, error) { return c.state, c.pin, nil }
		})
		_, err := engine(t, m).Check(t.Context(), owner, b)
		require.ErrorContains(t, err, c.want, name)
	}
}

func all() map[string]provision.Value {
	return map[string]provision.Value{"ID": provision.TextValue("x"), "Parts": provision.ListValue(nil), "Key": provision.TextValue("x")}
}

func with(m map[string]provision.Value, key string, v provision.Value) map[string]provision.Value {
	m[key] = v
	return m
}

// vault has a field for secrets.
type vault struct {
	Secrets map[string]provision.Secret
	Tree    any
}

func (vault) Kind() provision.Kind        { return "test/thing" }
func (vault) Outputs() []provision.Output { return nil }
func (vault) Validate() error             { return nil }

func TestSecretsFitIntoFieldsForSecrets(t *testing.T) {
	t.Parallel()
	b := &provision.Blueprint{}
	net := b.Add("net", place{Name: "net"})
	b.Add("vault", vault{
		Secrets: map[string]provision.Secret{"A": net.Secret("Key"), "B": net.Secret("Key") + ":password::", "C": "arn:${{commit}}"},
		Tree:    map[string]any{"Resource": []any{net.Secret("Key")}},
	})
	require.NoError(t, b.Validate())
	var got vault
	m := world(map[string]int{"net": 1}, func(o *provisiontest.MemoryOptions) {
		o.Check = func(c provision.Call) error { got = c.Spec.(vault); return nil }
	})
	_, err := engine(t, m).Check(t.Context(), owner, b)
	require.NoError(t, err)
	require.Equal(t, vault{
		Secrets: map[string]provision.Secret{"A": "arn:net-1", "B": "arn:net-1:password::", "C": provision.Secret("arn:" + owner.Commit)},
		Tree:    map[string]any{"Resource": []any{provision.Secret("arn:net-1")}},
	}, got)
	require.True(t, net.Secret("Key").Pending())
}
