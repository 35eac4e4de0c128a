package dynamodbtest

import (
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/peppercorn-go/peppercorn/internal/sim"
)

// Limits of tags, which DynamoDB shares with the other services.
const (
	maxTags     = 50
	maxTagKey   = 128
	maxTagValue = 256
	tagPage     = 10
)

// tagText is the alphabet of keys and values that most services document. DynamoDB does not model one; a program that keeps to
// the strictest is right everywhere.
var tagText = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$`)

// tagsOf checks tags and returns them as a map.
func tagsOf(list []types.Tag) (map[string]string, error) {
	tags := map[string]string{}
	for _, tag := range list {
		k, v := aws.ToString(tag.Key), aws.ToString(tag.Value)
		switch _, twice := tags[k]; {
		case twice:
			return nil, wrong("duplicate tag key %s", k)
		case k == "" || utf8.RuneCountInString(k) > maxTagKey || !tagText.MatchString(k) || strings.HasPrefix(strings.ToLower(k), "aws:"):
			return nil, wrong("the tag key %q is invalid", k)
		case utf8.RuneCountInString(v) > maxTagValue || !tagText.MatchString(v):
			return nil, wrong("the tag value %q is invalid", v)
		}
		tags[k] = v
	}
	if len(tags) > maxTags {
		return nil, wrong("Too many tags: %d were given, the limit is %d", len(tags), maxTags)
	}
	return tags, nil
}

// tagged returns the table of an ARN for a call on tags; a name will not do.
func (d *DynamoDB) tagged(region string, arn *string) (*table, error) {
	if !strings.HasPrefix(aws.ToString(arn), d.arnOf(region, "")) {
		return nil, sim.Error("AccessDeniedException", "the resource is of another account or region, or not an ARN", http.StatusBadRequest)
	}
	return d.at(region, arn)
}

// listTagsOfResource gives no tags of a table that is too new, which is no error.
func (d *DynamoDB) listTagsOfResource(region string, in *dynamodb.ListTagsOfResourceInput) (*dynamodb.ListTagsOfResourceOutput, error) {
	t, err := d.tagged(region, in.ResourceArn)
	if err != nil {
		return nil, err
	}
	out := &dynamodb.ListTagsOfResourceOutput{}
	if time.Now().Before(t.tagged) {
		return out, nil
	}
	limit := tagPage
	if size := d.cloud.Options().PageSize; size > 0 {
		limit = min(limit, size)
	}
	for _, k := range slices.Sorted(maps.Keys(t.tags)) {
		if in.NextToken != nil && k <= *in.NextToken {
			continue
		}
		if len(out.Tags) == limit {
			out.NextToken = out.Tags[limit-1].Key
			break
		}
		out.Tags = append(out.Tags, types.Tag{Key: aws.String(k), Value: aws.String(t.tags[k])})
	}
	return out, nil
}

func (d *DynamoDB) tagResource(region string, in *dynamodb.TagResourceInput) (*dynamodb.TagResourceOutput, error) {
	t, err := d.tagged(region, in.ResourceArn)
	if err != nil {
		return nil, err
	}
	given, err := tagsOf(in.Tags)
	if err != nil {
		return nil, err
	}
	tags := maps.Clone(t.tags)
	maps.Copy(tags, given)
	if len(tags) > maxTags {
		return nil, wrong("Too many tags: %d, the limit is %d", len(tags), maxTags)
	}
	t.tags = tags
	return &dynamodb.TagResourceOutput{}, nil
}
