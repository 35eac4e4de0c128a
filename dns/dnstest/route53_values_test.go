package dnstest_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/peppercorn-go/peppercorn/dns/dnstest"
)

func TestText(t *testing.T) {
	t.Parallel()
	r, zoneID := newZone(atOnce)
	long := `"` + strings.Repeat("x", 255) + `"`
	for _, tt := range []struct {
		rule    string
		value   string
		refusal string
	}{
		{"a quoted string", `"v=1 a=b; c"`, ""},
		{"an empty string", `""`, ""},
		{"several strings with spaces between", `"a" "b"  "c"`, ""},
		{"a quote is escaped", `"say \"hi\""`, ""},
		{"a backslash is escaped", `"a\\b"`, ""},
		{"octal escapes", `"\303\244\000"`, ""},
		{"255 characters", long, ""},
		{"an escape is one character", `"` + strings.Repeat(`\101`, 255) + `"`, ""},
		{"several long strings", strings.Repeat(long+" ", 15), ""},
		{"no quotes", `v=1`, `[Invalid Resource Record: 'FATAL problem: InvalidCharacterString (Value should be enclosed in quotation marks) encountered with 'v=1'']`},
		{"half a string", `"v=1`, "InvalidCharacterString"},
		{"an escaped end", `"v=1\"`, "InvalidCharacterString"},
		{"text after a string", `"a"b`, "InvalidCharacterString"},
		{"strings without a space", `"a""b"`, "InvalidCharacterString"},
		{"only spaces", ` `, "InvalidCharacterString"},
		{"256 characters", `"` + strings.Repeat("x", 256) + `"`, "CharacterStringTooLong (Value is too long)"},
		{"more than 4000 characters", strings.Repeat(long+" ", 16), "ResourceRecordTooLong"},
		{"a letter beyond ASCII", `"ä"`, "UnsupportedCharacter"},
		{"a control character", "\"a\tb\"", "UnsupportedCharacter"},
		{"another escape", `"a\n"`, "UnsupportedCharacter"},
		{"an escape beyond a byte", `"\400"`, "UnsupportedCharacter"},
		{"nothing", ``, "MissingValue"},
	} {
		err := r.Edit(zoneID, upsert(dnstest.Set("t.example.com", typeTXT, 60, tt.value)))
		if tt.refusal == "" {
			require.NoError(t, err, tt.rule)
			records := r.Records(zoneID)
			require.Equal(t, tt.value, *records[len(records)-1].ResourceRecords[0].Value, "what was written is what is listed")
		} else {
			require.Contains(t, reasons(err), tt.refusal, tt.rule)
		}
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	r, zoneID := newZone(atOnce)
	for given, want := range map[string]string{
		"WWW.Example.COM":          "www.example.com.",
		"_peppercorn.example.com.": "_peppercorn.example.com.",
		"*.b.example.com":          `\052.b.example.com.`,
		`\101.c.example.com`:       "a.c.example.com.",
		`a\056b.example.com`:       `a\056b.example.com.`,
		"a b.example.com":          `a\040b.example.com.`,
	} {
		require.NoError(t, r.Edit(zoneID, create(dnstest.Set(given, typeTXT, 60, `"x"`))), given)
		require.True(t, slices.Contains(lines(r.Records(zoneID)), want+" TXT"), given)
	}
	require.Contains(t, reasons(r.Edit(zoneID, create(dnstest.Set(`a\9.example.com`, typeTXT, 60, `"x"`)))), "InvalidEscapeSequence")
}
