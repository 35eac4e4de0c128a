package ec2test

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

var idForm = regexp.MustCompile(`^[0-9a-f]{8}([0-9a-f]{9})?$`)

// wellFormed refuses what cannot be an id.
func wellFormed(id, prefix, code string) error {
	if rest, ok := strings.CutPrefix(id, prefix+"-"); ok && idForm.MatchString(rest) {
		return nil
	}
	return refuse(code, fmt.Sprintf("Invalid id: %q (expecting \"%s-...\")", id, prefix))
}

// wanted reports whether an id was asked for; without any, all are.
func wanted(ids []string, id string) bool { return len(ids) == 0 || slices.Contains(ids, id) }

// inOrder lists resources in the order in which they were made.
func inOrder[T any](m map[string]T, seq func(T) int) []T {
	return slices.SortedFunc(maps.Values(m), func(a, b T) int { return cmp.Compare(seq(a), seq(b)) })
}

// matches applies filters: all of them must match, each by any of its values. attr tells the values that a resource has
// by the name of a filter, and whether there is such a filter.
func matches(filters []types.Filter, attr func(name string) (values []string, known bool)) (bool, error) {
	all := true
	for _, f := range filters {
		have, known := attr(aws.ToString(f.Name))
		if !known {
			return false, refuse("InvalidParameterValue", fmt.Sprintf("The filter '%s' is invalid", aws.ToString(f.Name)))
		}
		if len(f.Values) == 0 {
			return false, refuse("InvalidParameterValue", "The filter 'null' is invalid: a filter needs a value")
		}
		all = all && slices.ContainsFunc(f.Values, func(value string) bool {
			pattern := wildcard(value)
			return slices.ContainsFunc(have, pattern.MatchString)
		})
	}
	return all, nil
}

// tagFilter answers the filters that every resource with tags has.
func tagFilter(name string, tags []types.Tag) (values []string, known bool) {
	key, isTag := strings.CutPrefix(name, "tag:")
	if !isTag && name != "tag-key" {
		return nil, false
	}
	for _, tag := range tags {
		switch {
		case !isTag:
			values = append(values, aws.ToString(tag.Key))
		case aws.ToString(tag.Key) == key:
			values = append(values, aws.ToString(tag.Value))
		}
	}
	return values, true
}

// wildcard reads the value of a filter: * is any text, ? any one character, and \ takes their meaning from both and from
// itself. Case matters.
func wildcard(value string) *regexp.Regexp {
	var b strings.Builder
	b.WriteString(`(?s)\A`)
	escaped := false
	for _, c := range value {
		switch {
		case !escaped && c == '\\':
			escaped = true
			continue
		case !escaped && c == '*':
			b.WriteString(".*")
		case !escaped && c == '?':
			b.WriteString(".")
		default:
			b.WriteString(regexp.QuoteMeta(string(c)))
		}
		escaped = false
	}
	b.WriteString(`\z`)
	return regexp.MustCompile(b.String())
}

// page cuts a page out of items, which come in order. A token is the place where the page before ended, so that what
// is made or deleted in between neither repeats nor hides the rest.
func page[T any](w *world, items []T, seq func(T) int, maxResults *int32, token *string) ([]T, *string, error) {
	return pageWithin(w, items, seq, maxResults, token, 5, 1000)
}

// pageWithin is page for operations whose pages have other bounds.
func pageWithin[T any](w *world, items []T, seq func(T) int, maxResults *int32, token *string, least, most int32) (
	[]T, *string, error,
) {
	if n := maxResults; n != nil && (*n < least || *n > most) {
		return nil, nil, refuse("InvalidParameterValue", fmt.Sprintf(
			"Value ( %d ) for parameter maxResults is invalid. Expecting a value between %d and %d.", *n, least, most))
	}
	if token != nil {
		after, err := readToken(*token)
		if err != nil {
			return nil, nil, err
		}
		items = slices.DeleteFunc(slices.Clone(items), func(item T) bool { return seq(item) <= after })
	}
	size := len(items)
	if maxResults != nil {
		size = min(size, int(*maxResults))
	}
	if forced := w.ec2.cloud.Options().PageSize; forced > 0 {
		size = min(size, forced)
	}
	if size == len(items) {
		return items, nil, nil
	}
	next := base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "after %d", seq(items[size-1])))
	return items[:size], aws.String(next), nil
}

func readToken(token string) (after int, err error) {
	data, err := base64.StdEncoding.DecodeString(token)
	if err == nil {
		_, err = fmt.Sscanf(string(data), "after %d", &after)
	}
	if err != nil {
		return 0, refuse("InvalidNextToken", "Unable to parse pagination token")
	}
	return after, nil
}
