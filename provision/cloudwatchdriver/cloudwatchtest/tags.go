package cloudwatchtest

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
)

// Limits of tags, which CloudWatch shares with the other services.
const (
	maxTags     = 50
	maxTagKey   = 128
	maxTagValue = 256
)

// tagText is the alphabet of keys and values that most services document. CloudWatch does not model one; a program that
// keeps to the strictest is right everywhere.
var tagText = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$`)

func textOf(tags []types.Tag) map[string]string {
	text := make(map[string]string, len(tags))
	for _, tag := range tags {
		text[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
	}
	return text
}

func checkTags(tags map[string]string) error {
	if len(tags) > maxTags {
		return invalid("Too many tags: %d were given, the limit is %d.", len(tags), maxTags)
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

// at returns the alarm that an ARN means.
func (w *CloudWatch) at(region string, arn *string) (*alarm, error) {
	address := aws.ToString(arn)
	name, ok := strings.CutPrefix(address, w.arnOf(region, ""))
	if !ok {
		return nil, invalid("Invalid ARN of an alarm: %s", address)
	}
	if a := w.alarms[key{region, name}]; a != nil && !time.Now().Before(a.usable) {
		return a, nil
	}
	return nil, &types.ResourceNotFoundException{
		Message: aws.String("Resource not found."), ResourceType: aws.String("Alarm"), ResourceId: arn,
	}
}

func (w *CloudWatch) listTagsForResource(region string, in *cloudwatch.ListTagsForResourceInput) (*cloudwatch.ListTagsForResourceOutput, error) {
	a, err := w.at(region, in.ResourceARN)
	if err != nil {
		return nil, err
	}
	out := &cloudwatch.ListTagsForResourceOutput{}
	for _, k := range slices.Sorted(maps.Keys(a.tags)) {
		out.Tags = append(out.Tags, types.Tag{Key: aws.String(k), Value: aws.String(a.tags[k])})
	}
	return out, nil
}

func (w *CloudWatch) tagResource(region string, in *cloudwatch.TagResourceInput) (*cloudwatch.TagResourceOutput, error) {
	a, err := w.at(region, in.ResourceARN)
	if err != nil {
		return nil, err
	}
	tags := maps.Clone(a.tags)
	maps.Copy(tags, textOf(in.Tags))
	if err := checkTags(tags); err != nil {
		return nil, err
	}
	a.tags = tags
	return &cloudwatch.TagResourceOutput{}, nil
}

func (w *CloudWatch) untagResource(region string, in *cloudwatch.UntagResourceInput) (*cloudwatch.UntagResourceOutput, error) {
	a, err := w.at(region, in.ResourceARN)
	if err != nil {
		return nil, err
	}
	for _, k := range in.TagKeys {
		delete(a.tags, k)
	}
	return &cloudwatch.UntagResourceOutput{}, nil
}
