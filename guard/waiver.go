package guard

import (
	"fmt"
	"strings"
)

// A Waiver sets one policy aside for one call. All three fields are required;
// a waiver that lacks one, names a policy that the guard does not have, or one
// that is [Absolute], is itself a reason to refuse: whoever wrote it believes
// something that is not so.
type Waiver struct {
	Policy string // the name of the policy, as in Decision.Policy
	Reason string // why it is right this time
	By     string // who says so
}

// A SetAside is a refusal that a waiver set aside.
type SetAside struct {
	Decision        // what the policy said
	Waiver   Waiver // who set it aside, and why
}

// flaw says what is wrong with the waiver itself, or nothing.
func (w Waiver) flaw() string {
	var missing []string
	for _, field := range []struct{ name, value string }{
		{"the policy", w.Policy}, {"a reason", w.Reason}, {"the person who answers for it", w.By},
	} {
		if strings.TrimSpace(field.value) == "" {
			missing = append(missing, field.name)
		}
	}
	if len(missing) == 0 {
		return ""
	}
	return fmt.Sprintf("a waiver has to name %s", strings.Join(missing, " and "))
}
