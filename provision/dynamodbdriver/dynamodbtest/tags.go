package dynamodbtest

import (
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/internal/taglist"
)

// tagPage is how many tags DynamoDB lists in one answer, at most.
const tagPage = 10

// rules are those that most services document. DynamoDB models none.
var rules sim.TagRules

func pair(tag types.Tag) (key, value *string) { return tag.Key, tag.Value }

func tagOf(key, value *string) types.Tag { return types.Tag{Key: key, Value: value} }

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
	for _, tag := range taglist.Of(t.tags, tagOf) {
		if in.NextToken != nil && *tag.Key <= *in.NextToken {
			continue
		}
		if len(out.Tags) == limit {
			out.NextToken = out.Tags[limit-1].Key
			break
		}
		out.Tags = append(out.Tags, tag)
	}
	return out, nil
}

func (d *DynamoDB) tagResource(region string, in *dynamodb.TagResourceInput) (*dynamodb.TagResourceOutput, error) {
	t, err := d.tagged(region, in.ResourceArn)
	if err != nil {
		return nil, err
	}
	tags, fault := sim.MergeTags(rules, t.tags, in.Tags, pair)
	if fault != nil {
		return nil, wrong("%s", fault.Message)
	}
	t.tags = tags
	return &dynamodb.TagResourceOutput{}, nil
}
