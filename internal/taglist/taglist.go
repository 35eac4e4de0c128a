// Package taglist turns the tags of the services' SDKs, each of which has a type of its own for them, into maps and back.
package taglist

import (
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// Map returns the tags of a list, whose key and value pair tells. Of a key that is there twice the last one counts. It is empty,
// not nil, where the list is.
func Map[T any](list []T, pair func(T) (key, value *string)) map[string]string {
	tags := make(map[string]string, len(list))
	for _, tag := range list {
		key, value := pair(tag)
		tags[aws.ToString(key)] = aws.ToString(value)
	}
	return tags
}

// Of returns tags in the order of their keys, so that two requests that mean the same are the same; nil if there are none.
func Of[T any](tags map[string]string, tag func(key, value *string) T) []T {
	var list []T
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		list = append(list, tag(aws.String(key), aws.String(tags[key])))
	}
	return list
}
