package dnstest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// normal gives a domain name the form in which Route 53 keeps and returns it: lower-case, fully qualified with a trailing
// dot, and every character but letters, digits, hyphen and underscore as a three-digit octal escape, so "*" is "\052".
// The error is a reason of an InvalidChangeBatch.
func normal(name string) (string, error) {
	rest := strings.TrimSuffix(name, ".")
	if strings.HasSuffix(rest, `\`) {
		rest = name // an escaped dot ends the last label, not the name
	}
	if rest == "" {
		return "", fmt.Errorf("FATAL problem: DomainLabelEmpty (Domain label is empty) encountered at '%s'", name)
	}
	var b strings.Builder
	label, total := 0, 1
	for i := 0; i < len(rest); i++ {
		c := rest[i]
		switch {
		case c == '.':
			if label == 0 {
				return "", fmt.Errorf("FATAL problem: DomainLabelEmpty (Domain label is empty) encountered at '%s'", name)
			}
			b.WriteByte('.')
			label, total = 0, total+1
			continue
		case c == '\\':
			escaped, width, ok := escape(rest[i:])
			if !ok {
				return "", fmt.Errorf("FATAL problem: InvalidEscapeSequence (Escape sequence is invalid) encountered with '%s'", name)
			}
			c, i = escaped, i+width-1
		}
		b.WriteString(octal(c))
		label, total = label+1, total+1
		if label > 63 {
			return "", fmt.Errorf("FATAL problem: DomainLabelTooLong (Domain label is too long) encountered with '%s'", name)
		}
	}
	if label == 0 {
		return "", fmt.Errorf("FATAL problem: DomainLabelEmpty (Domain label is empty) encountered at '%s'", name)
	}
	if total+1 > 255 {
		return "", fmt.Errorf("FATAL problem: DomainNameTooLong (Domain name is too long) encountered with '%s'", name)
	}
	return b.String() + ".", nil
}

// escape reads the three-digit octal escape at the start of s.
func escape(s string) (c byte, width int, ok bool) {
	if len(s) < 4 {
		return 0, 0, false
	}
	n, err := strconv.ParseUint(s[1:4], 8, 8)
	return byte(n), 4, err == nil
}

func octal(c byte) string {
	switch {
	case 'A' <= c && c <= 'Z':
		return string(c - 'A' + 'a')
	case 'a' <= c && c <= 'z', '0' <= c && c <= '9', c == '-', c == '_':
		return string(c)
	default:
		return fmt.Sprintf(`\%03o`, c)
	}
}

// reversed turns "www.example.com." into "com.example.www.", the form in which Route 53 sorts names. The trailing dot
// stays at the end and takes part in the comparison: "a-b" comes before "a", since a hyphen sorts before the dot.
func reversed(name string) string {
	labels := strings.Split(strings.TrimSuffix(name, "."), ".")
	slices.Reverse(labels)
	return strings.Join(labels, ".") + "."
}

// within reports whether a normal name is a zone's own or below it.
func within(name, zone string) bool {
	return name == zone || strings.HasSuffix(name, "."+zone)
}
