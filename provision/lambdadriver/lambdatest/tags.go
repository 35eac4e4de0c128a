package lambdatest

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/service/lambda"
)

// Limits of tags, which Lambda shares with the other services.
const (
	maxTags     = 50
	maxTagKey   = 128
	maxTagValue = 256
)

// tagText is the alphabet of keys and values.
var tagText = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$`)

func checkTags(tags map[string]string) error {
	if len(tags) > maxTags {
		return invalid("Too many tags: %d were given, the limit is %d.", len(tags), maxTags)
	}
	for _, k := range slices.Sorted(maps.Keys(tags)) {
		v := tags[k]
		switch {
		case k == "" || utf8.RuneCountInString(k) > maxTagKey || utf8.RuneCountInString(v) > maxTagValue:
			return invalid("The tag %s is too long: keys have 1 to %d characters, values up to %d.", k, maxTagKey, maxTagValue)
		case strings.HasPrefix(strings.ToLower(k), "aws:"):
			return invalid("Tag keys must not start with aws:, which is reserved: %s", k)
		case !tagText.MatchString(k) || !tagText.MatchString(v):
			return invalid("Tags can only include letters, digits, spaces and _.:/=+-@: %s is %q.", k, v)
		}
	}
	return nil
}

func (l *Lambda) tagResource(region string, in *lambda.TagResourceInput) (*lambda.TagResourceOutput, error) {
	f, err := l.find(region, in.Resource)
	if err != nil {
		return nil, err
	}
	tags := maps.Clone(f.tags)
	if tags == nil {
		tags = map[string]string{}
	}
	maps.Copy(tags, in.Tags)
	if err := checkTags(tags); err != nil {
		return nil, err
	}
	f.tags = tags
	return &lambda.TagResourceOutput{}, nil
}

func (l *Lambda) listTags(region string, in *lambda.ListTagsInput) (*lambda.ListTagsOutput, error) {
	f, err := l.find(region, in.Resource)
	if err != nil {
		return nil, err
	}
	return &lambda.ListTagsOutput{Tags: maps.Clone(f.tags)}, nil
}
