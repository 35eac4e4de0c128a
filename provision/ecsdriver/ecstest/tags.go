package ecstest

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// Limits of tags (ECS API reference, Tag).
const (
	maxTags     = 50
	maxTagKey   = 128
	maxTagValue = 256
)

var tagText = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$`)

func checkTags(tags []types.Tag) error {
	if len(tags) > maxTags {
		return invalid("A resource can have at most %d tags.", maxTags)
	}
	seen := map[string]bool{}
	for _, tag := range tags {
		k, v := aws.ToString(tag.Key), aws.ToString(tag.Value)
		switch {
		case k == "" || utf8.RuneCountInString(k) > maxTagKey:
			return invalid("The key of a tag has 1 to %d characters: %q", maxTagKey, k)
		case seen[k]:
			return invalid("Duplicate tag keys found: %q", k)
		case strings.HasPrefix(strings.ToLower(k), "aws:") || strings.HasPrefix(strings.ToLower(v), "aws:"):
			return invalid("aws: is reserved: %q is %q", k, v)
		case utf8.RuneCountInString(v) > maxTagValue:
			return invalid("The value of a tag has at most %d characters: %q", maxTagValue, v)
		case !tagText.MatchString(k) || !tagText.MatchString(v):
			return invalid("Tags consist of letters, digits, spaces and _.:/=+-@: %q is %q", k, v)
		}
		seen[k] = true
	}
	return nil
}

func tagMap(tags []types.Tag) map[string]string {
	m := make(map[string]string, len(tags))
	for _, tag := range tags {
		m[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
	}
	return m
}
