package dns

import (
	"fmt"
	"strings"
)

// Name returns the one spelling of a domain name that this package compares,
// stores in a [Record] and prints: ASCII letters in lower case, no trailing dot,
// and Route 53's octal escapes decoded (it lists "*.example.com" as
// "\052.example.com."). Two escapes stay, since without them two different names
// would look alike: "\056", a dot that separates nothing, and "\134", a backslash.
// Name is idempotent.
func Name(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); {
		c, size := s[i], 1
		if c == '\\' {
			if decoded, ok := octal(s[i:]); ok {
				c, size = decoded, 4
				if c == '.' {
					b.WriteString(`\056`)
					i += size
					continue
				}
			}
		}
		i += size
		switch {
		case c == '\\':
			b.WriteString(`\134`)
		case c == '.' && i == len(s):
			// The root: every name here is complete without saying so.
		case 'A' <= c && c <= 'Z':
			b.WriteByte(c + 'a' - 'A')
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// Under reports whether name is base or lies below it. Every name lies below "".
// Spelling does not matter, see [Name].
func Under(name, base string) bool {
	name, base = Name(name), Name(base)
	return base == "" || name == base || strings.HasSuffix(name, "."+base)
}

// wireName spells a name for a request: complete, and with everything but
// letters, digits, "-", "_", "." and "*" as an octal escape, as Route 53 demands
// (developer guide, "DNS domain name format").
func wireName(name string) string {
	name = Name(name)
	var b strings.Builder
	b.Grow(len(name) + 1)
	for i := 0; i < len(name); i++ {
		switch c := name[i]; {
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9', c == '-', c == '_', c == '.', c == '*':
			b.WriteByte(c)
		case c == '\\': // one of the two escapes that a normalised name keeps
			b.WriteString(name[i : i+4])
			i += 3
		default:
			fmt.Fprintf(&b, `\%03o`, c)
		}
	}
	b.WriteByte('.')
	return b.String()
}

// octal decodes the escape \ooo that s starts with.
func octal(s string) (c byte, ok bool) {
	if len(s) < 4 || s[0] != '\\' || s[1] < '0' || s[1] > '3' {
		return 0, false
	}
	for _, digit := range []byte(s[1:4]) {
		if digit < '0' || digit > '7' {
			return 0, false
		}
		c = c<<3 | (digit - '0')
	}
	return c, true
}
