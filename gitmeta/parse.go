package gitmeta

import (
	"bytes"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// parseCommit reads a commit object: header lines up to the first blank line, then the message. It takes any bytes, because
// old tools and imports have made commits that git would refuse today; what it cannot find is left empty.
func parseCommit(hash string, raw []byte) (c Commit, parents []string) {
	header, message, _ := bytes.Cut(raw, []byte("\n\n"))
	var author, committer, encoding []byte
	for line := range bytes.SplitSeq(header, []byte("\n")) {
		key, value, _ := bytes.Cut(line, []byte(" ")) // a continuation line (gpgsig) has an empty key
		switch string(key) {
		case "parent":
			parents = append(parents, string(value))
		case "author":
			author = value
		case "committer":
			committer = value
		case "encoding":
			encoding = value
		}
	}
	text := decoder(string(encoding))
	c = Commit{Hash: hash, Subject: subject(text(message))}
	name, email, _ := person(author)
	c.Author, c.AuthorEmail = oneLine(text(name)), oneLine(text(email))
	_, _, c.Time = person(committer)
	return c, parents
}

// person splits "Name <email> 1700000000 +0100".
func person(line []byte) (name, email []byte, when time.Time) {
	name, rest, _ := bytes.Cut(line, []byte("<"))
	email, _, _ = bytes.Cut(rest, []byte(">"))
	// As git does, look for the date behind the last ">": names with stray brackets exist.
	date := bytes.Fields(line[bytes.LastIndexByte(line, '>')+1:])
	if len(date) > 0 {
		if sec, err := strconv.ParseInt(string(date[0]), 10, 64); err == nil {
			when = time.Unix(sec, 0).UTC() // the zone says where the committer was, not when
		}
	}
	return name, email, when
}

// subject returns the first paragraph of a message on one line: what git log --format=%s shows.
func subject(message string) string {
	var lines []string
	for line := range strings.SplitSeq(message, "\n") {
		line = strings.TrimRightFunc(line, unicode.IsSpace)
		if line == "" && len(lines) > 0 {
			break
		}
		if line != "" {
			lines = append(lines, line)
		}
	}
	return oneLine(strings.Join(lines, " "))
}

// oneLine makes a text safe to print and to log: control characters, which could forge lines or drive a terminal, and
// Unicode's own line ends become spaces.
func oneLine(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, s))
}

// decoder returns what turns a commit's bytes into valid UTF-8. A commit without an encoding header is UTF-8 by git's rule.
// ISO-8859-1 is decoded exactly; of any other encoding the bytes that are UTF-8 are kept and the others become U+FFFD.
func decoder(encoding string) func([]byte) string {
	switch strings.ToLower(strings.NewReplacer("-", "", "_", "").Replace(encoding)) {
	case "iso88591", "latin1":
		return latin1
	}
	return func(b []byte) string { return strings.ToValidUTF8(string(b), "\uFFFD") }
}

// latin1 decodes ISO-8859-1, whose bytes are the first 256 code points.
func latin1(b []byte) string {
	runes := make([]rune, len(b))
	for i, c := range b {
		runes[i] = rune(c)
	}
	return string(runes)
}
