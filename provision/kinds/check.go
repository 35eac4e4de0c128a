package kinds

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/peppercorn-go/peppercorn/provision"
)

// problems collects everything that is wrong with a spec, so that its author can put all of it right at once.
type problems []error

// addf notes that a field is wrong. The blueprint that the spec is part of adds the node.
func (p *problems) addf(field, format string, args ...any) {
	*p = append(*p, &provision.BlueprintError{Field: field, Err: fmt.Errorf(format, args...)})
}

func (p *problems) err() error { return errors.Join(*p...) }

// literal returns what a text will be, unless that depends on references.
func literal(t provision.Text) (string, bool) {
	return string(t), !strings.Contains(string(t), "${{")
}

// seconds checks a duration that AWS counts in whole seconds. Zero means the default and is always right.
func (p *problems) seconds(field string, d, least, most time.Duration) {
	switch {
	case d == 0:
	case d < least || d > most:
		p.addf(field, "%v is out of range, it may be %v to %v", d, least, most)
	case d%time.Second != 0:
		p.addf(field, "%v is not a whole number of seconds", d)
	}
}

// required checks that a text is there.
func (p *problems) required(field string, t provision.Text) {
	if t == "" {
		p.addf(field, "is missing")
	}
}

// id checks the prefix of an AWS id that is known.
func (p *problems) id(field string, id provision.Text, prefix string) {
	if text, ok := literal(id); ok && text != "" && (!strings.HasPrefix(text, prefix) || len(text) == len(prefix)) {
		p.addf(field, "%q is not an id of the form %s...", text, prefix)
	}
}

func indexed(field string, i int) string { return fmt.Sprintf("%s[%d]", field, i) }

// maxPort is the highest port of TCP and UDP.
const maxPort = 1<<16 - 1
