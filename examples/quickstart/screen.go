package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"time"

	"github.com/peppercorn-go/peppercorn/dns"
	"github.com/peppercorn-go/peppercorn/env"
	"github.com/peppercorn-go/peppercorn/gitmeta"
	"github.com/peppercorn-go/peppercorn/guard"
	"github.com/peppercorn-go/peppercorn/provision"
	"github.com/peppercorn-go/peppercorn/provision/awsdrivers/awstest"
)

// screen shows what the library returns and reports. It decides nothing; what the story does not expect becomes its error.
type screen struct {
	out   io.Writer
	begun time.Time // of the verb whose events come in
}

func (s *screen) line(format string, args ...any) { fmt.Fprintf(s.out, "   "+format+"\n", args...) }

func (s *screen) title(title string) { fmt.Fprintf(s.out, "\n%s\n", title) }

func (s *screen) opening(commits []gitmeta.Commit) {
	s.title("A git repository with three commits")
	for _, c := range commits {
		s.line("%v", c)
	}
	s.title(fmt.Sprintf("AWS is simulated, and %d times as fast as it is: a second here shows as a minute", speed))
}

// observe shows events as they happen, with AWS's time since the verb began.
func (s *screen) observe(_ context.Context, e env.Event) {
	switch e := e.(type) {
	case env.Began:
		s.begun = e.At
	case env.Progress:
		if p := e.Step.Phase; p == provision.Created || p == provision.Ready || p == provision.Gone {
			s.at(e.Step.At, "%-12s  %-18s  %-7v  %s", e.Step.Node, e.Step.Kind, p, path.Base(e.Step.ID))
		}
	case env.StateChanged:
		if e.To == "" {
			s.at(e.Change.At, "environment %s is forgotten", e.Environment)
		} else {
			s.at(e.Change.At, "environment %s is %s", e.Environment, e.To)
		}
	case env.AliasMoved:
		s.at(e.Change.At, "alias %s points at %s", e.Alias, e.To)
	}
}

func (s *screen) at(t time.Time, format string, args ...any) {
	d := max(0, t.Sub(s.begun)) * speed
	s.line("%d:%02d  "+format, append([]any{int(d.Minutes()), int(d.Seconds()) % 60}, args...)...)
}

func (s *screen) deployed(e env.Environment, err error) error {
	if err == nil {
		s.line("it has %d resources and answers at %s", e.Made, e.Name)
	}
	return err
}

func (s *screen) promoted(p env.Promotion, err error) error {
	if err != nil {
		return err
	}
	s.line("%s is  %v", p.Name, p.To.Commit)
	if p.From.ID != "" {
		s.line("%s was %v", p.Name, p.From.Commit)
	}
	for _, c := range p.Gained {
		s.line("gained:  %v", c)
	}
	for _, c := range p.Dropped {
		s.line("dropped: %v", c)
	}
	if p.Pinned {
		s.line("it is pinned, so that no automation promotes over it")
	}
	return nil
}

func (s *screen) live(aliases []env.Alias, err error) error {
	for _, a := range aliases {
		s.line("%-11s %v, by %s, since %s UTC", a.Alias, a.Commit, a.Commit.Author, a.Since.Format(time.TimeOnly))
	}
	return err
}

// terminated shows what is gone, or why it may not be.
func (s *screen) terminated(t env.Termination, err error) error {
	var refusal *guard.Refusal
	switch {
	case errors.As(err, &refusal):
		s.line("refused: %v", refusal.Operation)
		for _, d := range refusal.Decisions {
			s.line("  %s: %s", d.Policy, strings.Join(wrap(d.Reason, 110), "\n       "))
		}
		return nil
	case err != nil:
		return err
	}
	s.line("gone: %v, with %d resources", t.Environment.Commit, len(t.Gone))
	return nil
}

// crashed shows how far a deploy came.
func (s *screen) crashed(err error) error {
	var a *provision.ApplyError
	if !errors.Is(err, awstest.ErrCrashed) || !errors.As(err, &a) {
		return fmt.Errorf("this should have crashed in the middle: %w", err)
	}
	s.line("%v", awstest.ErrCrashed)
	for _, m := range a.Made {
		s.line("made:        %s", m.Node)
	}
	for _, f := range a.Failed {
		s.line("interrupted: %s, %v", f.Node, f.Phase)
	}
	for _, n := range a.NotStarted {
		s.line("not begun:   %s", n)
	}
	return nil
}

func (s *screen) inventory(inv env.Inventory, err error) error {
	if err != nil {
		return err
	}
	s.line("%d resources carry the tags of %s, and %d were made:", len(inv.Resources), inv.Environment.ID, inv.Environment.Made)
	for _, r := range inv.Resources {
		s.line("%-12s  %-18s  %-33s  %s", r.Node, r.Kind, r.Name, path.Base(r.ID))
	}
	if len(inv.Resources) != inv.Environment.Made {
		return errors.New("these numbers should be the same")
	}
	return nil
}

// leftovers compares what is in the account with what the environments say that they consist of, and shows the zone, which is all
// the state there is.
func (s *screen) leftovers(ctx context.Context, p program) error {
	root, err := p.zone.Get(ctx, "_peppercorn.shop.example.com", dns.TypeTXT)
	if err != nil {
		return err
	}
	note, err := root.Note()
	if err != nil {
		return err
	}
	found, err := p.engine.Find(ctx, provision.Owner{Registry: note.Value("registry")})
	if err != nil {
		return err
	}
	s.line("%d resources of the account carry our tags:", len(found))
	left := len(found)
	for e, err := range p.List(ctx) {
		if err != nil {
			return err
		}
		s.line("%d are of %v, %s, held by %s", e.Made, e.Commit, e.State, strings.Join(e.Held, " and "))
		left -= e.Made
	}
	s.line("%d are left over", left)
	s.title("All the state there is: the records of the zone")
	for r, err := range p.zone.Records(ctx, "shop.example.com") {
		if err != nil {
			return err
		}
		for i, part := range wrap(r.Value(), 90) {
			if i == 0 {
				s.line("%s %s", r.Name, r.Type)
			}
			s.line("    %s", part)
		}
	}
	if left != 0 {
		return fmt.Errorf("%d resources should not be there", left)
	}
	return nil
}

// wrap breaks a text into lines of at most that many bytes, where a word allows it.
func wrap(text string, width int) (lines []string) {
	for word := range strings.FieldsSeq(text) {
		if n := len(lines); n > 0 && len(lines[n-1])+1+len(word) <= width {
			lines[n-1] += " " + word
			continue
		}
		lines = append(lines, word)
	}
	return lines
}
