package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"time"

	"github.com/peppercorn-go/peppercorn/env"
	"github.com/peppercorn-go/peppercorn/guard"
	"github.com/peppercorn-go/peppercorn/provision"
)

// screen shows what the library returns and reports. What the story does not expect becomes its error.
type screen struct{ out io.Writer }

func (s *screen) line(format string, args ...any) { fmt.Fprintf(s.out, "   "+format+"\n", args...) }

func (s *screen) title(title string) { fmt.Fprintf(s.out, "\n%s\n", title) }

func (s *screen) opening(w *world, b *provision.Blueprint) {
	s.title("A version of the shop")
	for _, n := range b.Nodes {
		s.line("%-12s  %s", n.Name, n.Spec.Kind())
	}
	s.title("The last two commits")
	for _, c := range w.commits {
		s.line("%v", c)
	}
	if w.speed > 1 {
		s.title(fmt.Sprintf("AWS is simulated, and %v times as fast as it is: a second here shows as two minutes", w.speed))
	}
}

// observer shows events as they happen, with AWS's time since the verb began.
func (s *screen) observer(speed float64) func(context.Context, env.Event) {
	var begun time.Time
	at := func(t time.Time, format string, args ...any) {
		d := time.Duration(float64(t.Sub(begun)) * speed).Round(time.Second)
		s.line("%2d:%02d  %s", int(d.Minutes()), int(d.Seconds())%60, fmt.Sprintf(format, args...))
	}
	return func(_ context.Context, e env.Event) {
		switch e := e.(type) {
		case env.Began:
			begun = e.At
		case env.Progress:
			switch step := e.Step; step.Phase {
			case provision.Created, provision.Ready, provision.Gone:
				at(step.At, "%-12s  %-22s  %-7v  %s", step.Node, step.Kind, step.Phase, path.Base(step.ID))
			case provision.Blocked:
				at(step.At, "%-12s  %-22s  is needed by %s", step.Node, step.Kind, cmp.Or(step.Waiting, "something"))
			}
		case env.StateChanged:
			if e.To == "" {
				e.To = "forgotten"
			}
			at(e.Change.At, "%s is %s", e.Environment, e.To)
		case env.AliasMoved:
			if e.To == "" {
				e.To = "nothing"
			}
			at(e.Change.At, "%s points at %s", e.Alias, e.To)
		}
	}
}

func (s *screen) deployed(e env.Environment, err error) error {
	if err == nil {
		s.line("its %d resources answer at %s", e.Made, e.Name)
	}
	return err
}

func (s *screen) promoted(p env.Promotion, err error) error {
	if err != nil {
		return err
	}
	s.line("%s is %v", p.Name, p.To.Commit)
	for _, c := range p.Gained {
		s.line("gained:  %v", c)
	}
	for _, c := range p.Dropped {
		s.line("dropped: %v", c)
	}
	return nil
}

// refused shows why something may not be done. That it was done would be a mistake of the story.
func (s *screen) refused(t env.Termination, err error) error {
	var refusal *guard.Refusal
	switch {
	case errors.As(err, &refusal):
		s.line("refused, for %d reasons:", len(refusal.Decisions))
		for _, d := range refusal.Decisions {
			s.line("  %s: %s", d.Policy, d.Reason)
		}
		return nil
	case err == nil:
		return fmt.Errorf("%s should not have been terminated", t.Environment.ID)
	}
	return err
}

func (s *screen) terminated(t env.Termination, err error) error {
	if err != nil {
		return err
	}
	for _, w := range t.Waived {
		s.line("%s was waived by %s: %s", w.Waiver.Policy, w.Waiver.By, w.Waiver.Reason)
	}
	s.line("%v is gone, with %d resources; the final snapshot of its database stays", t.Environment.Commit, len(t.Gone))
	return nil
}

// left shows the environments that there are. There should be none.
func (s *screen) left(ctx context.Context, m *env.Manager) error {
	var ids []string
	for e, err := range m.List(ctx) {
		if err != nil {
			return err
		}
		ids = append(ids, e.ID)
	}
	if len(ids) > 0 {
		return fmt.Errorf("these should be gone: %s", strings.Join(ids, ", "))
	}
	s.line("no environment, two snapshots, and the record in the zone by which the registry is known")
	return nil
}
