package provisiontest_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/provisiontest"
)

// shelf is a look-up: the newest shelf of a name.
type shelf struct{ Name string }

func (shelf) Kind() provision.Kind { return "test/shelf" }
func (shelf) Existing()            {}
func (shelf) Validate() error      { return nil }
func (shelf) Outputs() []provision.Output {
	return []provision.Output{{Name: "ID"}, {Name: "Boxes", Type: provision.ListType}}
}

// refusal is how a service says that a call is not allowed.
type refusal struct{}

func (refusal) Error() string     { return "you may not" }
func (refusal) ErrorCode() string { return "AccessDenied" }

// library is a Looker with shelves, and with a mistake or none.
type library struct {
	*provisiontest.Memory
	newest  int
	gone    map[string]bool
	denied  bool
	changes atomic.Int32
	mistake string
}

func newLibrary(mistake string) *library {
	l := &library{newest: 1, gone: make(map[string]bool), mistake: mistake}
	l.Memory = provisiontest.NewMemory(func(o *provisiontest.MemoryOptions) {
		o.Looks, o.Look = []provision.Kind{"test/shelf"}, l.find
	})
	return l
}

func (l *library) Look(ctx context.Context, c provision.Call, pin string) (provision.State, string, error) {
	if l.mistake == "deaf" {
		ctx = context.WithoutCancel(ctx)
	}
	if l.mistake == "forgets pins" {
		pin = ""
	}
	s, newPin, err := l.Memory.Look(ctx, c, pin)
	if l.mistake == "its own errors" && err != nil {
		err = errors.New(err.Error())
	}
	if l.mistake == "loses pins" && pin != "" {
		newPin = ""
	}
	return s, newPin, err
}

func (l *library) find(c provision.Call, pin string) (provision.State, string, error) {
	name := c.Spec.(shelf).Name
	id := fmt.Sprintf("%s-%d", name, l.newest)
	switch {
	case l.denied && l.mistake == "denied is missing":
		return provision.State{}, "", &provision.MissingError{What: name, Err: refusal{}}
	case l.denied:
		return provision.State{}, "", fmt.Errorf("looking: %w", refusal{})
	case name != "atlas":
		return provision.State{}, "", &provision.MissingError{What: "shelf " + name}
	case pin != "":
		id = pin
	}
	if l.gone[id] && l.mistake != "finds the dead" {
		return provision.State{}, "", &provision.MissingError{What: "shelf " + id}
	}
	s := provision.State{ID: id, Outputs: map[string]provision.Value{"ID": provision.TextValue(id), "Boxes": provision.ListValue([]string{"a"})}}
	switch l.mistake {
	case "changes":
		l.changes.Add(1)
	case "a text for a list":
		s.Outputs["Boxes"] = provision.TextValue("a")
	case "an output less":
		delete(s.Outputs, "Boxes")
	case "a bad pin":
		id += " "
	case "unsteady":
		l.newest++
	case "finds anything":
		s.ID = "x"
	}
	return s, id, nil
}

func shelves(mistake string) provisiontest.LookHarness {
	return provisiontest.LookHarness{
		Name: "memory",
		New: func(testing.TB) provisiontest.LookWorld {
			l := newLibrary(mistake)
			return provisiontest.LookWorld{
				Looker: l,
				Sights: func(provision.Kind) []provisiontest.Sight {
					return []provisiontest.Sight{{
						Name: "the newest", Spec: shelf{"atlas"}, ID: "atlas-1",
						Want:    map[string]provision.Value{"ID": provision.TextValue("atlas-1")},
						Newer:   func(context.Context) error { l.newest++; return nil },
						Remove:  func(context.Context) (string, error) { l.gone["atlas-1"] = true; return "atlas-1", nil },
						Missing: shelf{"globe"}, Names: "globe",
					}}
				},
				Changes: func() []string { return make([]string, l.changes.Load()) },
				Deny:    func() { l.denied = true },
			}
		},
	}
}

func TestLooker(t *testing.T) {
	t.Parallel()
	provisiontest.TestLooker(t, shelves(""))
}

// A suite that passes everything is worth nothing: each mistake fails the case that is about it. A gap must fail, so a harness whose
// gap is that case passes.
func TestLookerNoticesMistakes(t *testing.T) {
	t.Parallel()
	for mistake, cases := range map[string][]string{
		"changes":           {"finds", "pin", "gone"},
		"a text for a list": {"finds", "pin", "gone"},
		"an output less":    {"finds", "pin", "gone"},
		"a bad pin":         {"finds", "pin", "gone"},
		"unsteady":          {"finds"},
		"finds anything":    {"finds"},
		"forgets pins":      {"pin"},
		"loses pins":        {"pin"},
		"finds the dead":    {"gone"},
		"its own errors":    {"gone", "missing", "denied", "cancelled"},
		"denied is missing": {"denied"},
		"deaf":              {"cancelled"},
	} {
		t.Run(mistake, func(t *testing.T) {
			t.Parallel()
			h := shelves(mistake)
			h.Gaps = make(map[string]string)
			for _, name := range cases {
				h.Gaps[name] = "a mistake that was made on purpose"
			}
			provisiontest.TestLooker(t, h)
		})
	}
}
