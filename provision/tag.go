package provision

import (
	"strings"
	"unicode/utf8"
)

const (
	// longestTag is the number of characters that every service allows in the value of a tag.
	longestTag = 256
	// cutMark ends a value that was too long. It cannot come from an escape, which has two hexadecimal digits after the sign.
	cutMark = "=.."
	// upperHex are the digits of an escape.
	upperHex = "0123456789ABCDEF"
)

// EncodeTag writes any text as the value of a tag that every AWS service accepts, in a way that people can still read: letters,
// digits, space and + - . _ : / @ of ASCII stand for themselves, and every other byte is written as '=' and two hexadecimal
// digits. (S3 has the strictest alphabet: it refuses the parentheses of a conventional commit's subject.) Also escaped are blanks at
// either end, which a console may strip, and the first letter of "aws:" and "rds:", which are reserved at the start of a value.
//
// A result of more than 256 characters is cut, never inside a character of s, and then ends in "=..".
func EncodeTag(s string) string {
	var b strings.Builder
	fits := 0 // how much of b may stay if the mark has to follow
	for i := 0; i < len(s); {
		_, width := utf8.DecodeRuneInString(s[i:])
		for j := i; j < i+width; j++ {
			c := s[j]
			atEdge := j == 0 || j == len(s)-1
			if isTagByte(c) && (c != ' ' || !atEdge) && (j != 0 || !reservedPrefix(s)) {
				b.WriteByte(c)
				continue
			}
			b.WriteByte('=')
			b.WriteByte(upperHex[c>>4])
			b.WriteByte(upperHex[c&0xF])
		}
		if b.Len() > longestTag {
			return b.String()[:fits] + cutMark
		}
		if b.Len() <= longestTag-len(cutMark) {
			fits = b.Len()
		}
		i += width
	}
	return b.String()
}

// DecodeTag reads what EncodeTag wrote, and says whether it had been cut. What EncodeTag would not have written is kept as it is.
func DecodeTag(value string) (text string, cut bool) {
	if !strings.Contains(value, "=") {
		return value, false
	}
	value, cut = strings.CutSuffix(value, cutMark)
	var b strings.Builder
	for i := 0; i < len(value); i++ {
		if value[i] == '=' && i+2 < len(value) {
			high, low := strings.IndexByte(upperHex, value[i+1]), strings.IndexByte(upperHex, value[i+2])
			if high >= 0 && low >= 0 {
				b.WriteByte(byte(high<<4 | low))
				i += 2
				continue
			}
		}
		b.WriteByte(value[i])
	}
	return b.String(), cut
}

// isTagByte reports whether c is in the alphabet that all services share. '=' is too, but is needed for escapes.
func isTagByte(c byte) bool {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		return true
	}
	return strings.IndexByte(" +-._:/@", c) >= 0
}

// reservedPrefix reports whether s begins with a prefix that a service keeps to itself, in any case of letters.
func reservedPrefix(s string) bool {
	return len(s) >= 4 && (strings.EqualFold(s[:4], "aws:") || strings.EqualFold(s[:4], "rds:"))
}
