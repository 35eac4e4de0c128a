package dnstest

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/route53/types"
)

const (
	maxValue  = 4000 // characters of one value
	maxString = 255  // characters of one string in a TXT value
)

// checkValue tells what is wrong with one value of a record set, in the words of Route 53. Types that the library does
// not write are only checked for not being empty.
func checkValue(typ types.RRType, value string) error {
	if value == "" {
		return fmt.Errorf("FATAL problem: MissingValue (Value is missing) encountered with ''")
	}
	if len(value) > maxValue {
		return fmt.Errorf("FATAL problem: ResourceRecordTooLong (Value is too long) encountered with '%s...'", value[:32])
	}
	switch typ {
	case types.RRTypeA:
		if ip, err := netip.ParseAddr(value); err != nil || !ip.Is4() {
			return fmt.Errorf("FATAL problem: ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address) encountered with '%s'", value)
		}
	case types.RRTypeAaaa:
		if ip, err := netip.ParseAddr(value); err != nil || !ip.Is6() || ip.Zone() != "" {
			return fmt.Errorf("FATAL problem: AAAARRDATAIllegalIPv6Address (Value is not a valid IPv6 address) encountered with '%s'", value)
		}
	case types.RRTypeCname, types.RRTypeNs, types.RRTypePtr:
		return checkHost(value)
	case types.RRTypeMx:
		return checkFields(value, 1)
	case types.RRTypeSrv:
		return checkFields(value, 3)
	case types.RRTypeTxt, types.RRTypeSpf:
		return checkText(value)
	}
	return nil
}

// checkHost wants a domain name without anything that would have to be escaped as white space or a control character.
func checkHost(value string) error {
	for _, c := range []byte(value) {
		if c <= ' ' || c >= 127 {
			return fmt.Errorf("FATAL problem: UnsupportedCharacter (Value contains unsupported characters) encountered with '%s'", value)
		}
	}
	_, err := normal(value)
	return err
}

// checkFields wants n numbers of 16 bits and a host, as MX and SRV have them.
func checkFields(value string, n int) error {
	fields := strings.Fields(value)
	if len(fields) != n+1 {
		return fmt.Errorf("FATAL problem: RDATAFieldCount (Value has the wrong number of fields) encountered with '%s'", value)
	}
	for _, field := range fields[:n] {
		if _, err := strconv.ParseUint(field, 10, 16); err != nil {
			return fmt.Errorf("FATAL problem: InvalidNumber (Value is not a number) encountered with '%s'", value)
		}
	}
	return checkHost(fields[n])
}

// checkText wants one or more quoted strings with spaces between them. In a string, a quote is written \", a backslash \\,
// and what is not printable ASCII as a three-digit octal escape.
func checkText(value string) error {
	const unquoted = "InvalidCharacterString (Value should be enclosed in quotation marks)"
	rest := strings.Trim(value, " ")
	for {
		if !strings.HasPrefix(rest, `"`) {
			return badText(unquoted, value)
		}
		after, length, ok := quoted(rest[1:])
		switch {
		case !ok:
			return badText(unquoted, value)
		case length < 0:
			return badText("UnsupportedCharacter (Value contains unsupported characters)", value)
		case length > maxString:
			return badText("CharacterStringTooLong (Value is too long)", value)
		case after == "":
			return nil
		}
		rest = strings.TrimLeft(after, " ")
		if rest == after {
			return badText(unquoted, value)
		}
	}
}

func badText(problem, value string) error {
	return fmt.Errorf("Invalid Resource Record: 'FATAL problem: %s encountered with '%s''", problem, value)
}

// quoted reads a string up to its closing quote. The length is in decoded characters, and -1 if one of them may not stand
// there unescaped, or the escape is unknown.
func quoted(s string) (after string, length int, ok bool) {
	bad := false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			if bad {
				length = -1
			}
			return s[i+1:], length, true
		case c == '\\' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\'):
			i++
		case c == '\\':
			_, width, ok := escape(s[i:])
			if ok {
				i += width - 1
			} else {
				bad = true
			}
		case c < ' ' || c >= 127:
			bad = true
		}
		length++
	}
	return "", 0, false
}
