package dns

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// noteVersion is the first word of every note that this package writes.
const noteVersion = "p1"

// revKey holds the stamp.
const revKey = "rev"

// Note is the text of a TXT record that this package compares by its stamp:
//
//	p1 rev=7.k2v9x0m3q8zta to=4f1c2a9b0d3e at=1767225600
//
// The first word is the version of the form. The stamp is rev: a count, and a
// nonce that is random and new in every batch, so no stamp ever comes back.
// Everything else is keys and values of the caller's, in the caller's order; keys
// that a program does not know stay as they are when it writes the note again.
// A note without a stamp is one that was never written by [Tx.PutNote].
//
// A Note is a value; its methods return changed copies. The zero Note is empty.
type Note struct {
	words []word // with rev, if any, where it was read
}

// word is one key and value, and the two as written: a note that was read and is
// written again is the same to the byte, escapes and all.
type word struct{ key, value, raw string }

// NewNote returns a note of keys and values in turn. A key without a value is
// left out, and so is "rev", which only [Tx.PutNote] sets.
func NewNote(kv ...string) Note {
	var n Note
	for i := 0; i+1 < len(kv); i += 2 {
		n = n.With(kv[i], kv[i+1])
	}
	return n
}

// ParseNote reads the text of a note. The error is a [*NoteError]; it matches
// [ErrVersion] if the text is a note of another version, which must not be
// rewritten by a program that does not understand it.
func ParseNote(text string) (Note, error) {
	malformed := func(format string, args ...any) (Note, error) {
		return Note{}, &NoteError{Text: text, Reason: fmt.Sprintf(format, args...)}
	}
	fields := strings.Split(text, " ")
	if version := fields[0]; version != noteVersion {
		if len(version) > 1 && version[0] == 'p' && strings.Trim(version[1:], "0123456789") == "" {
			return Note{}, &NoteError{Text: text, Reason: fmt.Sprintf("version %q is not %q", version, noteVersion), Err: ErrVersion}
		}
		return malformed("it does not start with %q", noteVersion)
	}
	var n Note
	for _, raw := range fields[1:] {
		rawKey, rawValue, ok := strings.Cut(raw, "=")
		if !ok || rawKey == "" {
			return malformed("%q is not key=value", raw)
		}
		key, okKey := unescape(rawKey)
		value, okValue := unescape(rawValue)
		switch {
		case !okKey || !okValue:
			return malformed("%q is not made of bare words", raw)
		case n.index(key) >= 0:
			return malformed("the key %q stands twice", key)
		}
		if _, _, ok := cutStamp(value); key == revKey && !ok {
			return malformed("rev=%s is not a count and a nonce", value)
		}
		n.words = append(n.words, word{key, value, raw})
	}
	return n, nil
}

// String returns the text of the note.
func (n Note) String() string {
	var b strings.Builder
	b.WriteString(noteVersion)
	for _, w := range n.words {
		b.WriteByte(' ')
		b.WriteString(w.raw)
	}
	return b.String()
}

// Stamp returns the whole stamp, such as "7.k2v9x0m3q8zta", or "" if the note has
// none. Stamps are compared whole: the count starts again when a record is made
// again.
func (n Note) Stamp() string { return n.Value(revKey) }

// Rev returns the two parts of the stamp, zero if the note has none.
func (n Note) Rev() (count uint64, nonce string) {
	count, nonce, _ = cutStamp(n.Stamp())
	return count, nonce
}

// Get returns the value of a key and whether the note has it.
func (n Note) Get(key string) (value string, ok bool) {
	i := n.index(key)
	if i < 0 {
		return "", false
	}
	return n.words[i].value, true
}

// Value returns the value of a key, or "" if the note does not have it.
func (n Note) Value(key string) string {
	value, _ := n.Get(key)
	return value
}

// Keys returns the keys in their order, without "rev".
func (n Note) Keys() []string {
	keys := make([]string, 0, len(n.words))
	for _, w := range n.words {
		if w.key != revKey {
			keys = append(keys, w.key)
		}
	}
	return keys
}

// With returns the note with key set to value, in its old place if it has one and
// else at the end; an empty value removes the key. Keys and values may be any
// text: what is not a bare word is written escaped, a byte as %XX. The key "rev"
// is left alone, see [Tx.PutNote].
func (n Note) With(key, value string) Note {
	if key == revKey || key == "" {
		return n
	}
	i := n.index(key)
	if i >= 0 && n.words[i].value == value {
		return n // and as it was written
	}
	words := slices.Clone(n.words)
	// The first "=" of a word ends its key, so a key has none of its own.
	w := word{key, value, strings.ReplaceAll(escape(key), "=", "%3D") + "=" + escape(value)}
	switch {
	case i >= 0 && value == "":
		words = slices.Delete(words, i, i+1)
	case i >= 0:
		words[i] = w
	case value != "":
		words = append(words, w)
	}
	return Note{words}
}

// stamped returns the note with that stamp, which goes first.
func (n Note) stamped(count uint64, nonce string) Note {
	stamp := strconv.FormatUint(count, 10) + "." + nonce
	words := []word{{revKey, stamp, revKey + "=" + stamp}}
	for _, w := range n.words {
		if w.key != revKey {
			words = append(words, w)
		}
	}
	return Note{words}
}

// index returns the place of a key, or -1.
func (n Note) index(key string) int {
	return slices.IndexFunc(n.words, func(w word) bool { return w.key == key })
}

// cutStamp takes a stamp apart.
func cutStamp(stamp string) (count uint64, nonce string, ok bool) {
	digits, nonce, ok := strings.Cut(stamp, ".")
	if !ok || nonce == "" {
		return 0, "", false
	}
	count, err := strconv.ParseUint(digits, 10, 64)
	if err != nil {
		return 0, "", false
	}
	return count, nonce, true
}

// bare reports whether a character stands for itself in a note. A space ends a
// word, and what TXT records escape is kept out of them.
func bare(c byte) bool {
	return c > ' ' && c <= '~' && c != '"' && c != '\\' && c != '%'
}

// escape writes any text as a bare word.
func escape(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if c := text[i]; bare(c) {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// unescape is the reverse of escape.
func unescape(word string) (text string, ok bool) {
	var b strings.Builder
	for i := 0; i < len(word); i++ {
		switch c := word[i]; {
		case bare(c):
			b.WriteByte(c)
		case c == '%' && i+2 < len(word):
			decoded, err := strconv.ParseUint(word[i+1:i+3], 16, 8)
			if err != nil {
				return "", false
			}
			b.WriteByte(byte(decoded))
			i += 2
		default:
			return "", false
		}
	}
	return b.String(), true
}
