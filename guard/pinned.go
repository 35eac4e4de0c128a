package guard

import (
	"fmt"
	"strings"
)

// NotPinned refuses to promote to an alias that a rollback has pinned, so that
// the next run of automation does not undo what a person has just done. Rolling
// back further is allowed. The way out is to unpin the alias, which says that
// the trouble is over.
//
// It needs [FactHistory], which is advisory: as of gathering. A pin that is set
// in the meantime changes the alias's record, which promote replaces.
func NotPinned() Policy { return notPinned{} }

type notPinned struct{}

func (notPinned) Name() string { return "NotPinned" }

func (p notPinned) Judge(op Operation) Decision {
	if op.Action != ActionPromote {
		return unconcerned(p, op)
	}
	reasons := unread(op, FactHistory)
	found := false
	for _, alias := range op.Aliases {
		if !strings.EqualFold(alias.Name, op.Alias) {
			continue
		}
		found = true
		if alias.Pinned {
			reasons = append(reasons, fmt.Sprintf("the alias %q is pinned to %s since %s; unpin it first",
				alias.Name, alias.Environment, stamp(alias.Since)))
		}
	}
	if !found && op.From != "" {
		// It points somewhere, so it exists and could be pinned.
		reasons = append(reasons, fmt.Sprintf("the alias %q points at %s, but nothing is known of it", op.Alias, op.From))
	}
	return decide(p, reasons)
}
