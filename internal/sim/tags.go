package sim

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/peppercorn-go/peppercorn/internal/taglist"
)

// Limits of tags, which AWS's services share (AWS General Reference and Tagging AWS Resources, "Tag naming limits and requirements").
const (
	MaxTags     = 50
	MaxTagKey   = 128 // characters, not bytes
	MaxTagValue = 256
)

// tagText is the alphabet of keys and values that most services document. Some model none; a program that keeps to the strictest is
// right everywhere.
var tagText = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$`)

// TagRules are the rules for tags of a service. The zero value has those that the services share.
type TagRules struct {
	// Text is what keys and values have to match, if that is not the alphabet that most services document.
	Text *regexp.Regexp
	// Reserved are prefixes of keys, in lower case, that only AWS may use, beside "aws:".
	Reserved []string
	// ReservedValues is true where values may not have those prefixes either.
	ReservedValues bool
}

// TagFault says which rule tags break. Services have different errors for them.
type TagFault int

// The rules that tags can break.
const (
	_           TagFault = iota
	TagInvalid           // a key or a value is too long, or has characters that it must not have
	TagReserved          // a key, or a value, has a prefix that is reserved
	TagTwice             // a key is there twice
	TagTooMany           // there are more than 50
)

// TagError is why a service refuses tags.
type TagError struct {
	Fault   TagFault
	Message string // which tag, and what is wrong with it
}

// Check returns what is wrong with all tags of a thing, nil if nothing is.
func (r TagRules) Check(tags map[string]string) *TagError {
	if len(tags) > MaxTags {
		return &TagError{TagTooMany, fmt.Sprintf("There are %d tags; a resource can have %d.", len(tags), MaxTags)}
	}
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		if err := r.check(key, tags[key]); err != nil {
			return err
		}
	}
	return nil
}

func (r TagRules) check(key, value string) *TagError {
	text := r.Text
	if text == nil {
		text = tagText
	}
	switch {
	case key == "" || utf8.RuneCountInString(key) > MaxTagKey:
		return &TagError{TagInvalid, fmt.Sprintf("Tag keys must be between 1 and %d characters in length: %q", MaxTagKey, key)}
	case utf8.RuneCountInString(value) > MaxTagValue:
		return &TagError{TagInvalid, fmt.Sprintf("Tag values must have at most %d characters: the value of %s has %d.",
			MaxTagValue, key, utf8.RuneCountInString(value))}
	case r.reserved(key), r.ReservedValues && r.reserved(value):
		return &TagError{TagReserved, fmt.Sprintf("A prefix is reserved for AWS: %s is %q.", key, value)}
	case !text.MatchString(key) || !text.MatchString(value):
		return &TagError{TagInvalid, fmt.Sprintf("Tags must match %s: %s is %q.", text, key, value)}
	}
	return nil
}

func (r TagRules) reserved(text string) bool {
	text = strings.ToLower(text)
	return strings.HasPrefix(text, "aws:") || slices.ContainsFunc(r.Reserved, func(p string) bool { return strings.HasPrefix(text, p) })
}

// MergeTags returns old tags with those of a list, whose key and value pair tells, on top of them, or what is wrong with them. It leaves old
// as it is.
func MergeTags[T any](r TagRules, old map[string]string, list []T, pair func(T) (key, value *string)) (map[string]string, *TagError) {
	given := taglist.Map(list, pair)
	merged := make(map[string]string, len(old)+len(given))
	maps.Copy(merged, old)
	maps.Copy(merged, given)
	if err := r.Check(merged); err != nil {
		return nil, err
	}
	if len(given) != len(list) {
		return nil, &TagError{TagTwice, "Duplicate tag key: " + twice(list, pair)}
	}
	return merged, nil
}

// twice returns a key that is in a list twice.
func twice[T any](list []T, pair func(T) (key, value *string)) string {
	seen := map[string]bool{}
	for _, tag := range list {
		key, _ := pair(tag)
		if seen[aws.ToString(key)] {
			return aws.ToString(key)
		}
		seen[aws.ToString(key)] = true
	}
	return ""
}
