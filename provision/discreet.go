package provision

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// Discreet is an optional power of a Spec: it says which of its texts are between its author and the service, such as the values
// of environment variables. They are no place for a secret, but some day somebody puts one there.
type Discreet interface {
	Spec
	// Private lists these texts. The engine takes them out of what the errors of a driver say, in which services like to repeat
	// what they were sent.
	Private() []string
}

// hidden stands in the text of an error where a private text was.
const hidden = "(hidden)"

// shortestPrivate is how many bytes a text must have to be hidden. Taking out "1" or "on" would leave nobody any the wiser.
const shortestPrivate = 6

// conceal returns err with a text that repeats nothing private of spec, which has no references any more. Everything else about err
// stays: it unwraps to what it was.
func conceal(err error, spec Spec) error {
	discreet, ok := spec.(Discreet)
	if err == nil || !ok {
		return err
	}
	text := err.Error()
	concealed := text
	words := discreet.Private()
	slices.SortFunc(words, func(a, b string) int { return cmp.Compare(len(b), len(a)) }) // a word may be part of another
	for _, word := range words {
		if len(word) < shortestPrivate {
			continue
		}
		for _, spelling := range spellings(word) {
			concealed = strings.ReplaceAll(concealed, spelling, hidden)
		}
	}
	if concealed == text {
		return err
	}
	return &concealedError{text: concealed, err: err}
}

// spellings are a text as it is, and as it is written between quotes: in JSON, in JSON that is safe within HTML, and in Go.
func spellings(text string) []string {
	all := []string{text}
	var b strings.Builder
	plain := json.NewEncoder(&b)
	plain.SetEscapeHTML(false)
	if err := plain.Encode(text); err == nil {
		all = append(all, unquoted(strings.TrimSuffix(b.String(), "\n")))
	}
	if safe, err := json.Marshal(text); err == nil {
		all = append(all, unquoted(string(safe)))
	}
	return append(all, unquoted(strconv.Quote(text)))
}

// unquoted is s without the quotes around it; what is escaped stays so.
func unquoted(s string) string { return s[1 : len(s)-1] }

// concealedError is an error whose own text must not be shown.
type concealedError struct {
	text string
	err  error
}

func (e *concealedError) Error() string { return e.text }
func (e *concealedError) Unwrap() error { return e.err }
