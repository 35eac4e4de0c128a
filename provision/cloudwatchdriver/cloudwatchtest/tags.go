package cloudwatchtest

import (
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/peppercorn-go/peppercorn/internal/sim"
	"github.com/peppercorn-go/peppercorn/internal/taglist"
)

func pair(tag types.Tag) (key, value *string) { return tag.Key, tag.Value }

// merged returns old tags with those of a request on top of them, or the refusal of the request. The rules are those that most services
// document: CloudWatch models no alphabet.
func merged(old map[string]string, given []types.Tag) (map[string]string, error) {
	tags, err := sim.MergeTags(sim.TagRules{}, old, given, pair)
	if err != nil {
		return nil, invalid("%s", err.Message)
	}
	return tags, nil
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
	return &cloudwatch.ListTagsForResourceOutput{Tags: taglist.Of(a.tags, func(key, value *string) types.Tag {
		return types.Tag{Key: key, Value: value}
	})}, nil
}

func (w *CloudWatch) tagResource(region string, in *cloudwatch.TagResourceInput) (*cloudwatch.TagResourceOutput, error) {
	a, err := w.at(region, in.ResourceARN)
	if err != nil {
		return nil, err
	}
	tags, err := merged(a.tags, in.Tags)
	if err != nil {
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
