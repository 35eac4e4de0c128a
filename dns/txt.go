package dns

import (
	"fmt"
	"strings"
)

// Limits of a TXT value (developer guide, "TXT record type").
const (
	maxTXTString = 255  // characters in one quoted string
	maxTXTValue  = 4000 // characters in the whole value
)

// quoteTXT writes text as the value of a TXT record: quoted strings of at most
// 255 characters, separated by spaces. Resolvers hand the strings out one by one
// and their readers join them, so where the cuts fall has no meaning. Characters
// are counted as written, which is never fewer than Route 53 may count.
func quoteTXT(text string) string {
	var b strings.Builder
	b.Grow(len(text) + 2)
	b.WriteByte('"')
	used := 0
	for i := 0; i < len(text); i++ {
		unit := text[i : i+1]
		switch c := text[i]; {
		case c == '"' || c == '\\':
			unit = `\` + unit
		case c < ' ' || c > '~':
			unit = fmt.Sprintf(`\%03o`, c)
		}
		if used+len(unit) > maxTXTString {
			b.WriteString(`" "`)
			used = 0
		}
		b.WriteString(unit)
		used += len(unit)
	}
	b.WriteByte('"')
	return b.String()
}

// unquoteTXT reads the value of a TXT record and joins its strings. ok is false
// for what is not a sequence of quoted strings.
func unquoteTXT(value string) (text string, ok bool) {
	var b strings.Builder
	b.Grow(len(value))
	quoted, strs := false, 0
	for i := 0; i < len(value); i++ {
		c := value[i]
		switch {
		case c == '"':
			if quoted = !quoted; quoted {
				strs++
			}
		case !quoted && (c == ' ' || c == '\t'):
		case !quoted:
			return "", false
		case c != '\\':
			b.WriteByte(c)
		default:
			if decoded, ok := octal(value[i:]); ok {
				b.WriteByte(decoded)
				i += 3
				continue
			}
			if i++; i == len(value) {
				return "", false
			}
			b.WriteByte(value[i])
		}
	}
	return b.String(), strs > 0 && !quoted
}
