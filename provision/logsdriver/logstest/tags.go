package logstest

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
)

// Limits of tags (CloudWatch Logs API reference, TagResource).
const (
	maxTags     = 50
	maxTagKey   = 128
	maxTagValue = 256
)

// tagText is the alphabet of keys and values. Keys have at least one character.
var tagText = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$`)

func checkTags(tags map[string]string) error {
	if len(tags) > maxTags {
		return &types.TooManyTagsException{Message: aws.String("The resource can have no more than 50 tags.")}
	}
	for _, k := range slices.Sorted(maps.Keys(tags)) {
		v := tags[k]
		switch {
		case k == "" || utf8.RuneCountInString(k) > maxTagKey:
			return invalid("Tag keys must be between 1 and %d characters in length.", maxTagKey)
		case strings.HasPrefix(strings.ToLower(k), "aws:"):
			return invalid("Tag keys must not start with aws:, which is reserved: %s", k)
		case utf8.RuneCountInString(v) > maxTagValue:
			return invalid("Tag values must have at most %d characters: the value of %s has %d.", maxTagValue, k, utf8.RuneCountInString(v))
		case !tagText.MatchString(k) || !tagText.MatchString(v):
			return invalid("Tags can only include letters, digits, spaces and _.:/=+-@: %s is %q.", k, v)
		}
	}
	return nil
}

// at returns the group that an ARN means. Calls on tags take it without the ":*" that policies need.
func (l *Logs) at(region string, arn *string) (*group, error) {
	address := aws.ToString(arn)
	name := address[strings.LastIndex(address, ":")+1:]
	if address != l.arnOf(region, name) || !groupName.MatchString(name) {
		return nil, invalid("1 validation error detected: Value %q at 'resourceArn' failed to satisfy constraint", address)
	}
	return l.named(region, &name)
}

func (l *Logs) listTagsForResource(region string, in *cloudwatchlogs.ListTagsForResourceInput) (*cloudwatchlogs.ListTagsForResourceOutput, error) {
	g, err := l.at(region, in.ResourceArn)
	if err != nil {
		return nil, err
	}
	return &cloudwatchlogs.ListTagsForResourceOutput{Tags: maps.Clone(g.tags)}, nil
}

func (l *Logs) tagResource(region string, in *cloudwatchlogs.TagResourceInput) (*cloudwatchlogs.TagResourceOutput, error) {
	g, err := l.at(region, in.ResourceArn)
	if err != nil {
		return nil, err
	}
	tags := maps.Clone(g.tags)
	maps.Copy(tags, in.Tags)
	if err := checkTags(tags); err != nil {
		return nil, err
	}
	g.tags = tags
	return &cloudwatchlogs.TagResourceOutput{}, nil
}

func (l *Logs) untagResource(region string, in *cloudwatchlogs.UntagResourceInput) (*cloudwatchlogs.UntagResourceOutput, error) {
	g, err := l.at(region, in.ResourceArn)
	if err != nil {
		return nil, err
	}
	for _, k := range in.TagKeys {
		delete(g.tags, k)
	}
	return &cloudwatchlogs.UntagResourceOutput{}, nil
}
